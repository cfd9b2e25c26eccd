/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Is this file a whole MP4?  The input is the file. */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clip.h"

#define POSITION 3

/* The file @data in memory, always the same descriptor. */
static gint
make_file (const guint8 *data, gsize size)
{
  static gint fd = -1;

  if (fd < 0)
    fd = memfd_create ("clip", MFD_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, 0), ==, 0);
  g_assert_cmpint (pwrite (fd, data, size, 0), ==, size);
  g_assert_cmpint (lseek (fd, POSITION, SEEK_SET), ==, POSITION);
  return fd;
}

/* Checks the first @size bytes, and what holds for each call. */
static gboolean
check (gint fd, gsize size, gboolean exact, GstHailuoClipInfo *info)
{
  GstHailuoClipInfo untouched;
  g_autoptr (GError) error = NULL;
  gboolean whole;

  memset (info, 0x5a, sizeof *info);
  memset (&untouched, 0x5a, sizeof untouched);
  whole = gst_hailuo_clip_check (fd, size, exact, info, &error);
  g_assert_true (whole == (error == NULL));
  g_assert_cmpint (lseek (fd, 0, SEEK_CUR), ==, POSITION);
  if (!whole) {
    fuzz_assert_error (error);
    g_assert_cmpint (error->code, ==, GST_HAILUO_ERROR_DOWNLOAD);
    g_assert_cmpmem (info, sizeof *info, &untouched, sizeof untouched);
  }
  return whole;
}

static void
check_accepted (const guint8 *data, gsize size, const GstHailuoClipInfo *info)
{
  g_assert_cmpmem (data + 4, 4, "ftyp", 4);
  g_assert_nonnull (memmem (data, size, "moov", 4));
  g_assert_nonnull (memmem (data, size, "mdat", 4));
  g_assert_nonnull (memmem (data, size, "mvhd", 4));
  g_assert_nonnull (memmem (data, size, "trak", 4));
  g_assert_nonnull (memmem (data, size, "vide", 4));
  /* a week */
  g_assert_cmpuint (info->duration, <=, G_GUINT64_CONSTANT (604800000000000));
  g_assert_cmpuint (info->width, <=, G_MAXUINT16);
  g_assert_cmpuint (info->height, <=, G_MAXUINT16);
}

gint
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  GstHailuoClipInfo info, known, other;
  gint fd = make_file (data, size);
  gboolean whole = check (fd, size, FALSE, &info);
  gboolean known_whole = check (fd, size, TRUE, &known);

  /* to know the length makes nothing worse */
  g_assert_true (known_whole || !whole);
  if (known_whole)
    check_accepted (data, size, &known);
  if (whole) {
    g_assert_cmpmem (&info, sizeof info, &known, sizeof known);
    /* one byte less, one byte more */
    g_assert_false (check (fd, size - 1, FALSE, &other));
    g_assert_false (check (fd, size - 1, TRUE, &other));
    g_assert_cmpint (pwrite (fd, "", 1, size), ==, 1);
    g_assert_false (check (fd, size + 1, TRUE, &other));
  }
  return 0;
}
