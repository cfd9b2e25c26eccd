/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsthailuofile.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define BLOCK (16 * 1024)

gint
gst_hailuo_file_open (const gchar *path, struct stat *st, gchar **why)
{
  const gint flags = O_RDONLY | O_CLOEXEC | O_NOCTTY;
  /* a FIFO must not block us */
  gint fd = open (path, flags | O_NONBLOCK);

  /* a regular file on which another program holds a lease that it gives up
   * shortly */
  if (fd < 0 && errno == EWOULDBLOCK)
    fd = open (path, flags);
  if (fd < 0 || fstat (fd, st) != 0)
    *why = g_strdup_printf ("cannot be read: %s", g_strerror (errno));
  else if (!S_ISREG (st->st_mode))
    *why = g_strdup ("is not a regular file");
  else
    return fd;
  if (fd >= 0)
    close (fd);
  return -1;
}

GByteArray *
gst_hailuo_file_read (const gchar *path, gsize max, gchar **why)
{
  g_autoptr (GByteArray) content = g_byte_array_new ();
  struct stat st;
  gint fd = gst_hailuo_file_open (path, &st, why);
  gssize n = 1;

  if (fd < 0)
    return NULL;
  while (n > 0 && content->len <= max) {
    const guint length = content->len;

    g_byte_array_set_size (content, length + BLOCK);
    n = read (fd, content->data + length, BLOCK);
    g_byte_array_set_size (content, length + MAX (n, 0));
  }
  /* some special regular files, such as those in /proc, return EAGAIN */
  if (n < 0)
    *why = g_strdup_printf ("cannot be read: %s", g_strerror (errno));
  else if (content->len > max)
    *why = g_strdup_printf ("has more than %" G_GSIZE_FORMAT " bytes", max);
  close (fd);
  if (*why != NULL)
    return NULL;
  g_byte_array_append (content, (const guint8 *) "", 1);
  content->len--;
  return g_steal_pointer (&content);
}
