/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "clip.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"

/* Bounds on what is looked at: a clip has a handful of each. */
#define BOXES_MAX 4096 /* on one level */
#define DEPTH_MAX 8
#define SAMPLES_AT_ONCE 4096
#define BYTES_AT_ONCE (256 * 1024) /* about a millisecond of hashing */

typedef struct
{
  gint fd;
  guint64 size;
  gboolean exact;
  guint boxes; /* looked at so far */
  GstHailuoClipInfo info;
  gboolean has_moov, has_mdat, has_track;
  /* of the track that is being read */
  gboolean is_video;
  guint width, height;
  GError **error;
} Walk;

typedef struct
{
  guint32 type;
  guint64 start, end; /* of the content, in the file */
} Box;

#define FOURCC(a, b, c, d) \
  ((guint32) (a) << 24 | (guint32) (b) << 16 | (guint32) (c) << 8 | (d))
#define FTYP FOURCC ('f', 't', 'y', 'p')
#define MOOV FOURCC ('m', 'o', 'o', 'v')
#define MDAT FOURCC ('m', 'd', 'a', 't')
#define MVHD FOURCC ('m', 'v', 'h', 'd')
#define TRAK FOURCC ('t', 'r', 'a', 'k')
#define TKHD FOURCC ('t', 'k', 'h', 'd')
#define MDIA FOURCC ('m', 'd', 'i', 'a')
#define HDLR FOURCC ('h', 'd', 'l', 'r')
#define MINF FOURCC ('m', 'i', 'n', 'f')
#define STBL FOURCC ('s', 't', 'b', 'l')
#define STCO FOURCC ('s', 't', 'c', 'o')
#define CO64 FOURCC ('c', 'o', '6', '4')
#define VIDE FOURCC ('v', 'i', 'd', 'e')

static gboolean
fail (Walk *walk, const gchar *why)
{
  gst_hailuo_set_error (walk->error, GST_HAILUO_ERROR_DOWNLOAD,
      "the file is not a whole MP4: %s", why);
  return FALSE;
}

static gboolean
read_at (Walk *walk, guint64 offset, gpointer data, gsize length)
{
  gchar *to = data;

  while (length > 0) {
    gssize n = pread (walk->fd, to, length, offset);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return fail (walk, n == 0 ? "it ends early" : g_strerror (errno));
    to += n;
    offset += n;
    length -= n;
  }
  return TRUE;
}

static guint32
get_u32 (const guint8 *data)
{
  return FOURCC (data[0], data[1], data[2], data[3]);
}

static guint64
get_u64 (const guint8 *data)
{
  return (guint64) get_u32 (data) << 32 | get_u32 (data + 4);
}

/* The box at @offset, which must end by @limit. */
static gboolean
read_box (Walk *walk, guint64 offset, guint64 limit, guint depth, Box *box)
{
  guint8 head[16];
  guint64 size;
  guint header = 8;

  if (++walk->boxes > BOXES_MAX)
    return fail (walk, "it has too many boxes");
  if (limit - offset < header)
    return fail (walk, "a box is cut off");
  if (!read_at (walk, offset, head, header))
    return FALSE;
  size = get_u32 (head);
  box->type = get_u32 (head + 4);
  if (size == 1) {
    header = 16;
    if (limit - offset < header)
      return fail (walk, "a box is cut off");
    if (!read_at (walk, offset + 8, head + 8, 8))
      return FALSE;
    size = get_u64 (head + 8);
  } else if (size == 0) {
    /* "to the end of the file" says nothing about where that is */
    if (depth > 0 || !walk->exact)
      return fail (walk, "its last box has no size");
    size = limit - offset;
  }
  if (size < header)
    return fail (walk, "a box has an impossible size");
  if (size > limit - offset)
    return fail (walk, "it ends in the middle of a box");
  box->start = offset + header;
  box->end = offset + size;
  return TRUE;
}

/* mvhd: version 0 has 32 bits for times and durations, version 1 has 64 */
static gboolean
read_mvhd (Walk *walk, const Box *box)
{
  guint8 data[32];
  guint64 duration;
  guint32 timescale;
  gboolean known;
  gsize need = 20;

  if (box->end - box->start < need)
    return fail (walk, "its header is cut off");
  if (!read_at (walk, box->start, data, need))
    return FALSE;
  if (data[0] == 1) {
    need = sizeof data;
    if (box->end - box->start < need)
      return fail (walk, "its header is cut off");
    if (!read_at (walk, box->start, data, need))
      return FALSE;
  }
  timescale = get_u32 (data + (data[0] == 1 ? 20 : 12));
  duration = data[0] == 1 ? get_u64 (data + 24) : get_u32 (data + 16);
  /* all ones: not known; a week is no clip */
  known = data[0] == 1 ? duration != G_MAXUINT64 : duration != G_MAXUINT32;
  if (known && timescale > 0 && duration / timescale < 7 * 24 * 3600)
    walk->info.duration = duration / timescale * G_GUINT64_CONSTANT (1000000000)
        + duration % timescale * G_GUINT64_CONSTANT (1000000000) / timescale;
  return TRUE;
}

/* tkhd: width and height are its last two fields, 16.16 */
static gboolean
read_tkhd (Walk *walk, const Box *box)
{
  guint8 data[8];

  if (box->end - box->start < 84)
    return fail (walk, "the header of a track is cut off");
  if (!read_at (walk, box->end - 8, data, sizeof data))
    return FALSE;
  walk->width = get_u32 (data) >> 16;
  walk->height = get_u32 (data + 4) >> 16;
  return TRUE;
}

static gboolean
read_hdlr (Walk *walk, const Box *box)
{
  guint8 data[12];

  if (box->end - box->start < sizeof data)
    return fail (walk, "the handler of a track is cut off");
  if (!read_at (walk, box->start, data, sizeof data))
    return FALSE;
  if (get_u32 (data + 8) == VIDE)
    walk->is_video = TRUE;
  return TRUE;
}

/* stco, co64: where the chunks of a track begin; all in the file */
static gboolean
check_chunks (Walk *walk, const Box *box)
{
  const guint width = box->type == CO64 ? 8 : 4;
  g_autofree guint8 *data = NULL;
  guint64 at = box->start + 8;
  guint32 left;
  guint8 head[8];

  if (box->end - box->start < sizeof head)
    return fail (walk, "the chunks of a track are cut off");
  if (!read_at (walk, box->start, head, sizeof head))
    return FALSE;
  left = get_u32 (head + 4);
  if (left > (box->end - at) / width)
    return fail (walk, "the chunks of a track are cut off");

  data = g_malloc (SAMPLES_AT_ONCE * width);
  while (left > 0) {
    guint n = MIN (left, SAMPLES_AT_ONCE), i;

    if (!read_at (walk, at, data, n * width))
      return FALSE;
    for (i = 0; i < n; i++) {
      guint64 offset = width == 8 ? get_u64 (data + i * 8)
                                  : get_u32 (data + i * 4);

      if (offset >= walk->size)
        return fail (walk, "a track has data beyond its end");
    }
    at += n * width;
    left -= n;
  }
  return TRUE;
}

static gboolean
walk_boxes (Walk *walk, guint64 start, guint64 end, guint depth);

static gboolean
walk_track (Walk *walk, const Box *box, guint depth)
{
  walk->has_track = TRUE;
  walk->is_video = FALSE;
  walk->width = walk->height = 0;
  if (!walk_boxes (walk, box->start, box->end, depth))
    return FALSE;
  if (walk->is_video && walk->info.width == 0) {
    walk->info.width = walk->width;
    walk->info.height = walk->height;
  }
  return TRUE;
}

static gboolean
walk_box (Walk *walk, const Box *box, guint depth)
{
  /* only where they belong: a stray one proves nothing */
  if (depth == 0) {
    walk->has_mdat = walk->has_mdat || box->type == MDAT;
    if (box->type != MOOV)
      return TRUE;
    walk->has_moov = TRUE;
    return walk_boxes (walk, box->start, box->end, depth + 1);
  }
  switch (box->type) {
    case TRAK:
      return depth == 1 ? walk_track (walk, box, depth + 1) : TRUE;
    case MDIA:
    case MINF:
    case STBL:
      return walk_boxes (walk, box->start, box->end, depth + 1);
    case MVHD:
      return read_mvhd (walk, box);
    case TKHD:
      return read_tkhd (walk, box);
    case HDLR:
      return read_hdlr (walk, box);
    case STCO:
    case CO64:
      return check_chunks (walk, box);
    default:
      return TRUE;
  }
}

static gboolean
walk_boxes (Walk *walk, guint64 start, guint64 end, guint depth)
{
  guint64 at = start;

  if (depth > DEPTH_MAX)
    return fail (walk, "its boxes are nested too deep");
  while (at < end) {
    Box box;

    if (!read_box (walk, at, end, depth, &box))
      return FALSE;
    if (depth == 0 && at == 0 && box.type != FTYP)
      return fail (walk, "it does not begin as one");
    if (!walk_box (walk, &box, depth))
      return FALSE;
    at = box.end;
  }
  return TRUE;
}

gboolean
gst_hailuo_clip_check (gint fd, guint64 size, gboolean exact,
    GstHailuoClipInfo *info, GError **error)
{
  Walk walk = { .fd = fd, .size = size, .exact = exact, .error = error };

  if (size == 0)
    return fail (&walk, "it is empty");
  if (!walk_boxes (&walk, 0, size, 0))
    return FALSE;
  if (!walk.has_moov || !walk.has_track)
    return fail (&walk, "its index (moov) is missing");
  if (!walk.has_mdat)
    return fail (&walk, "its data (mdat) is missing");
  *info = walk.info;
  return TRUE;
}

GChecksum *
gst_hailuo_clip_sum (gint fd, guint64 size,
    gboolean (*is_cancelled) (gpointer user_data), gpointer user_data,
    GError **error)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guint8 *data = g_malloc (BYTES_AT_ONCE);
  Walk walk = { .fd = fd, .size = size, .error = error };
  guint64 at;

  for (at = 0; at < size; at += MIN (size - at, BYTES_AT_ONCE)) {
    gsize n = MIN (size - at, BYTES_AT_ONCE);

    if (is_cancelled != NULL && is_cancelled (user_data)) {
      g_set_error_literal (
          error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
      return NULL;
    }
    if (!read_at (&walk, at, data, n))
      return NULL;
    g_checksum_update (sum, data, n);
  }
  return g_steal_pointer (&sum);
}

gboolean
gst_hailuo_clip_compare (gint fd, guint64 size, const gchar *sha256,
    gboolean (*is_cancelled) (gpointer user_data), gpointer user_data,
    GError **error)
{
  g_autoptr (GChecksum)
      sum = gst_hailuo_clip_sum (fd, size, is_cancelled, user_data, error);

  if (sum == NULL)
    return FALSE;
  if (g_str_equal (g_checksum_get_string (sum), sha256))
    return TRUE;
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_DOWNLOAD,
      "the file is not the one that was downloaded");
  return FALSE;
}
