/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "clip-check.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "unit.h"

/* A file that is gone when it is closed. */
gint
clip_open (void)
{
  g_autofree gchar *name = NULL;
  g_autoptr (GError) error = NULL;
  gint fd = g_file_open_tmp ("clip-XXXXXX", &name, &error);

  g_assert_no_error (error);
  g_assert_cmpint (g_unlink (name), ==, 0);
  return fd;
}

void
clip_write (gint fd, goffset place, gconstpointer data, gsize length)
{
  g_assert_cmpint (pwrite (fd, data, length, place), ==, (gssize) length);
}

const GstHailuoClipInfo clip_untouched = { 4711, 47, 11 };

gboolean
clip_check_fd (gint fd, guint64 size, gboolean exact, GstHailuoClipInfo *info)
{
  g_autoptr (GError) error = NULL;
  gboolean whole;

  g_assert_cmpint (lseek (fd, 5, SEEK_SET), ==, 5);
  *info = clip_untouched;
  whole = gst_hailuo_clip_check (fd, size, exact, info, &error);
  /* somebody else reads from it */
  g_assert_cmpint (lseek (fd, 0, SEEK_CUR), ==, 5);
  if (whole) {
    g_assert_no_error (error);
    return TRUE;
  }
  unit_assert_code (error, UNIT_CODE (DOWNLOAD));
  g_assert_cmpuint (info->duration, ==, clip_untouched.duration);
  g_assert_cmpuint (info->width, ==, clip_untouched.width);
  g_assert_cmpuint (info->height, ==, clip_untouched.height);
  return FALSE;
}

gboolean
clip_check_info (
    gconstpointer data, gsize length, gboolean exact, GstHailuoClipInfo *info)
{
  gint fd = clip_open ();
  gboolean whole;

  clip_write (fd, 0, data, length);
  whole = clip_check_fd (fd, length, exact, info);
  close (fd);
  return whole;
}

gboolean
clip_check (gconstpointer data, gsize length, gboolean exact)
{
  GstHailuoClipInfo info;

  return clip_check_info (data, length, exact, &info);
}
