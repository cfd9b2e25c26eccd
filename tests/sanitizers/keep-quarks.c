/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keep-quarks.c: linked into test programs, as keep-folders.c is.
 *
 * GLib begins with a table for 2048 quarks.  Whoever needs more gets another one,
 * and the first is never freed, since it is read without a lock, and forgotten.
 * Here it is remembered: it is what GLib has of that size when it is loaded.
 */
#include <stddef.h>

#ifdef __SANITIZE_ADDRESS__
#include <stdio.h>
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

/* What GLib may write, and the zeroes that follow it without a name */
static void __attribute__ ((constructor)) keep_quarks (void)
{
  FILE *maps = fopen ("/proc/self/maps", "re");
  unsigned long start, end, last = 0;
  char line[4096], mode[5];

  while (maps != NULL && fgets (line, sizeof line, maps) != NULL) {
    if (sscanf (line, "%lx-%lx %4s", &start, &end, mode) != 3
        || strncmp (mode, "rw", 2) != 0)
      continue;
    if (strstr (line, "/libglib-2.0.") == NULL
        && (start != last || strchr (line, '/') != NULL))
      continue;
    look ((const void *const *) start, (const void *const *) end);
    last = end;
  }
  if (maps != NULL)
    fclose (maps);
}
#endif
