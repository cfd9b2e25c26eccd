/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nosync.c: LD_PRELOAD with which syncing a folder does nothing: what was removed
 * is there again after a power cut, and what was renamed is gone.  It shows that
 * the power cuts of powerloss.py are real. */
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int
is_folder (int fd)
{
  struct stat about;

  return fstat (fd, &about) == 0 && S_ISDIR (about.st_mode);
}

int
fsync (int fd)
{
  return is_folder (fd) ? 0 : syscall (SYS_fsync, fd);
}

/* SQLite's way */
int
fdatasync (int fd)
{
  return is_folder (fd) ? 0 : syscall (SYS_fdatasync, fd);
}
