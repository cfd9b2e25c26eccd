/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keep-quarks.c: linked into test programs, as keep-folders.c is.
 *
 * GLib begins with a table for 2048 quarks.  Whoever needs more gets another one,
 * and the first is never freed, since it is read without a lock, and forgotten.
 * It is made by GLib's constructor: what is allocated before this program's own
 * constructors run is no leak.  The plugin is loaded later, and is not excused.
 */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>

/* The only code of a program that runs before the libraries' constructors */
static void (*const before_libraries) (void)
    __attribute__ ((section (".preinit_array"), used)) = __lsan_disable;

static void __attribute__ ((constructor)) after_libraries (void)
{
  __lsan_enable ();
}
#endif
