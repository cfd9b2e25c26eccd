/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keep-quarks.c: linked into test programs, as keep-folders.c is.
 *
 * GLib begins with a table for 2048 quarks.  Whoever needs more gets another one,
 * and the first is never freed, since it is read without a lock, and forgotten.
 * Here it is remembered: it is what GLib has of that size when it is loaded.
 */
#include <stddef.h>

#ifdef __SANITIZE_ADDRESS__
#include <link.h>
#include <string.h>

/* of clang's sanitizer/allocator_interface.h, which gcc does not install */
int __sanitizer_get_ownership (const volatile void *p);
size_t __sanitizer_get_allocated_size (const volatile void *p);

#define TABLE_SIZE (2048 * sizeof (char *))

static const volatile void *tables[4];

static void
look (const void *const *from, const void *const *to)
{
  static size_t n;

  for (; from < to && n < sizeof tables / sizeof tables[0]; from++) {
    if (__sanitizer_get_ownership (*from)
        && __sanitizer_get_allocated_size (*from) == TABLE_SIZE)
      tables[n++] = *from;
  }
}

/* dl_iterate_phdr() */
static int
look_in_glib (struct dl_phdr_info *info, size_t size, void *user_data)
{
  size_t i;

  if (strstr (info->dlpi_name, "/libglib-2.0.") == NULL)
    return 0;
  for (i = 0; i < info->dlpi_phnum; i++) {
    const ElfW (Phdr) *part = &info->dlpi_phdr[i];
    const char *data = (const char *) info->dlpi_addr + part->p_vaddr;

    if (part->p_type == PT_LOAD && (part->p_flags & PF_W) != 0)
      look ((const void *const *) data,
          (const void *const *) (data + part->p_memsz));
  }
  return 1;
}

static void __attribute__ ((constructor)) keep_quarks (void)
{
  dl_iterate_phdr (look_in_glib, NULL);
}
#endif
