/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "clip.h"

#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#include "clip-tables.h"
#include "error.h"

/* Parser limits; a real clip has a handful of each. */
#define BOXES_MAX 16384
#define DEPTH_MAX 16
#define STSD_MAX (256 * 1024)
#define BYTES_AT_ONCE (256 * 1024) /* about a millisecond of hashing */

typedef struct
{
  guint32 type;
  GstHailuoSpan span; /* file offsets of the content */
  gboolean open;      /* has no size: extends to the end */
} Box;

typedef struct
{
  GstHailuoClipFile file;
  guint boxes; /* parsed so far */
  GstHailuoClipInfo info;
  GstHailuoSpan moov;
  GstHailuoSpan media; /* from the first mdat to the last */
  gboolean has_moof, has_mvex, has_mvhd;
  gboolean has_video, has_samples; /* any video track; any with samples */
  /* of the current track */
  gboolean is_video;
  guint width, height;
  GstHailuoClipTables tables;
} Walk;

#define FTYP GST_MAKE_FOURCC ('f', 't', 'y', 'p')
#define MOOV GST_MAKE_FOURCC ('m', 'o', 'o', 'v')
#define MDAT GST_MAKE_FOURCC ('m', 'd', 'a', 't')
#define MOOF GST_MAKE_FOURCC ('m', 'o', 'o', 'f')
#define MVHD GST_MAKE_FOURCC ('m', 'v', 'h', 'd')
#define MVEX GST_MAKE_FOURCC ('m', 'v', 'e', 'x')
#define TRAK GST_MAKE_FOURCC ('t', 'r', 'a', 'k')
#define TKHD GST_MAKE_FOURCC ('t', 'k', 'h', 'd')
#define MDIA GST_MAKE_FOURCC ('m', 'd', 'i', 'a')
#define HDLR GST_MAKE_FOURCC ('h', 'd', 'l', 'r')
#define MINF GST_MAKE_FOURCC ('m', 'i', 'n', 'f')
#define STBL GST_MAKE_FOURCC ('s', 't', 'b', 'l')
#define STSD GST_MAKE_FOURCC ('s', 't', 's', 'd')
#define STSZ GST_MAKE_FOURCC ('s', 't', 's', 'z')
#define STSC GST_MAKE_FOURCC ('s', 't', 's', 'c')
#define STCO GST_MAKE_FOURCC ('s', 't', 'c', 'o')
#define CO64 GST_MAKE_FOURCC ('c', 'o', '6', '4')
#define META GST_MAKE_FOURCC ('m', 'e', 't', 'a')
#define VIDE GST_MAKE_FOURCC ('v', 'i', 'd', 'e')

static gboolean
fail (Walk *walk, const gchar *why)
{
  return gst_hailuo_clip_fail (&walk->file, why);
}

/* Reads the box at @offset, which must end by @limit.  @wrong: why it is not a
 * valid box, or NULL. */
static gboolean
read_box (
    Walk *walk, guint64 offset, guint64 limit, Box *box, const gchar **wrong)
{
  guint8 head[16];
  guint64 size;
  guint header = 8;

  *box = (Box){ 0 };
  *wrong = "a box is cut off";
  if (++walk->boxes > BOXES_MAX)
    return fail (walk, "it has too many boxes");
  if (limit - offset < header)
    return TRUE;
  if (!gst_hailuo_clip_file_read (&walk->file, offset, head, header))
    return FALSE;
  size = GST_READ_UINT32_BE (head);
  box->type = GST_READ_UINT32_LE (head + 4);
  *wrong = NULL;
  if (size == 1) {
    header = 16;
    if (limit - offset < header)
      *wrong = "a box is cut off";
    else if (!gst_hailuo_clip_file_read (&walk->file, offset + 8, head + 8, 8))
      return FALSE;
    else
      size = GST_READ_UINT64_BE (head + 8);
  } else if (size == 0) {
    *wrong = "its last box has no size";
    box->open = TRUE;
    size = limit - offset;
  }
  if (*wrong == NULL && size < header)
    *wrong = "a box has an impossible size";
  if (*wrong == NULL && size > limit - offset)
    *wrong = "it ends in the middle of a box";
  box->span = (GstHailuoSpan){ offset + header, offset + size };
  return TRUE;
}

/* Demuxers recurse into anything that looks like a box, so limit how deep such
 * boxes are nested. */
static gboolean
check_depth (Walk *walk, GstHailuoSpan span, guint depth)
{
  if (depth > DEPTH_MAX)
    return fail (walk, "its boxes are nested too deep");
  while (span.start < span.end) {
    const gchar *wrong;
    GstHailuoSpan inner;
    Box box;

    if (!read_box (walk, span.start, span.end, &box, &wrong))
      return FALSE;
    if (wrong != NULL)
      return TRUE;
    inner = box.span;
    if (!check_depth (walk, inner, depth + 1))
      return FALSE;
    /* a meta box may start with version and flags */
    inner.start = MIN (inner.start + 4, inner.end);
    if (box.type == META && !check_depth (walk, inner, depth + 1))
      return FALSE;
    span.start = box.span.end;
  }
  return TRUE;
}

/* mvhd: times and durations have 32 bits in version 0, 64 bits in version 1 */
static gboolean
read_mvhd (Walk *walk, const Box *box)
{
  guint8 data[32];
  guint64 duration;
  guint32 timescale;
  gboolean known;
  gsize need = 20;

  walk->has_mvhd = TRUE;
  if (box->span.end - box->span.start < need)
    return fail (walk, "its header is cut off");
  if (!gst_hailuo_clip_file_read (&walk->file, box->span.start, data, need))
    return FALSE;
  if (data[0] == 1) {
    need = sizeof data;
    if (box->span.end - box->span.start < need)
      return fail (walk, "its header is cut off");
    if (!gst_hailuo_clip_file_read (&walk->file, box->span.start, data, need))
      return FALSE;
  }
  timescale = GST_READ_UINT32_BE (data + (data[0] == 1 ? 20 : 12));
  duration = data[0] == 1 ? GST_READ_UINT64_BE (data + 24)
                          : GST_READ_UINT32_BE (data + 16);
  /* all ones: unknown; ignore a week or more, which no clip has */
  known = data[0] == 1 ? duration != G_MAXUINT64 : duration != G_MAXUINT32;
  if (known && timescale > 0 && duration / timescale < 7 * 24 * 3600)
    walk->info.duration = duration / timescale * G_GUINT64_CONSTANT (1000000000)
        + duration % timescale * G_GUINT64_CONSTANT (1000000000) / timescale;
  return TRUE;
}

/* tkhd: width and height are the last two fields, 16.16 fixed point */
static gboolean
read_tkhd (Walk *walk, const Box *box)
{
  guint8 data[8];

  if (box->span.end - box->span.start < 84)
    return fail (walk, "the header of a track is cut off");
  if (!gst_hailuo_clip_file_read (
          &walk->file, box->span.end - 8, data, sizeof data))
    return FALSE;
  walk->width = GST_READ_UINT32_BE (data) >> 16;
  walk->height = GST_READ_UINT32_BE (data + 4) >> 16;
  return TRUE;
}

static gboolean
read_hdlr (Walk *walk, const Box *box)
{
  guint8 data[12];

  if (box->span.end - box->span.start < sizeof data)
    return fail (walk, "the handler of a track is cut off");
  if (!gst_hailuo_clip_file_read (
          &walk->file, box->span.start, data, sizeof data))
    return FALSE;
  if (GST_READ_UINT32_LE (data + 8) == VIDE)
    walk->is_video = TRUE;
  return TRUE;
}

static gboolean
keep_table (Walk *walk, const Box *box)
{
  GstHailuoSpan *span = &walk->tables.chunks;

  if (box->type == STSD)
    span = &walk->tables.stsd;
  else if (box->type == STSZ)
    span = &walk->tables.stsz;
  else if (box->type == STSC)
    span = &walk->tables.stsc;
  else
    walk->tables.large = box->type == CO64;
  if (span->start != 0)
    return fail (walk, "a track has two tables of one kind");
  /* boxes within stsd are not counted: only a demuxer knows where they start */
  if (box->type == STSD && box->span.end - box->span.start > STSD_MAX)
    return fail (walk, "the description of a track is too long");
  *span = box->span;
  return TRUE;
}

static gboolean
read_mvex (Walk *walk, const Box *box)
{
  walk->has_mvex = TRUE;
  return TRUE;
}

static gboolean walk_boxes (Walk *walk, const Box *box);

static gboolean
walk_track (Walk *walk, const Box *box)
{
  guint32 samples;

  walk->is_video = FALSE;
  walk->width = walk->height = 0;
  walk->tables = (GstHailuoClipTables){ 0 };
  if (!walk_boxes (walk, box)
      || !gst_hailuo_clip_check_tables (
          &walk->file, &walk->tables, &walk->media, &samples))
    return FALSE;
  if (!walk->is_video)
    return TRUE;
  walk->has_video = TRUE;
  walk->has_samples = walk->has_samples || samples > 0;
  if (walk->info.width == 0) {
    walk->info.width = walk->width;
    walk->info.height = walk->height;
  }
  return TRUE;
}

/* What to parse, and only in the proper parent: a stray box proves nothing. */
static const struct
{
  guint32 parent, type;
  gboolean (*take) (Walk *walk, const Box *box);
} places[] = {
  { MOOV, MVHD, read_mvhd },
  { MOOV, MVEX, read_mvex },
  { MOOV, TRAK, walk_track },
  { TRAK, TKHD, read_tkhd },
  { TRAK, MDIA, walk_boxes },
  { MDIA, HDLR, read_hdlr },
  { MDIA, MINF, walk_boxes },
  { MINF, STBL, walk_boxes },
  { STBL, STSD, keep_table },
  { STBL, STSZ, keep_table },
  { STBL, STSC, keep_table },
  { STBL, STCO, keep_table },
  { STBL, CO64, keep_table },
};

/* Parses the boxes in @parent. */
static gboolean
walk_boxes (Walk *walk, const Box *parent)
{
  guint64 at = parent->span.start;

  while (at < parent->span.end) {
    const gchar *wrong;
    Box box;
    guint i;

    if (!read_box (walk, at, parent->span.end, &box, &wrong))
      return FALSE;
    if (wrong != NULL)
      return fail (walk, wrong);
    for (i = 0; i < G_N_ELEMENTS (places); i++) {
      if (places[i].parent == parent->type && places[i].type == box.type
          && !places[i].take (walk, &box))
        return FALSE;
    }
    at = box.span.end;
  }
  return TRUE;
}

static gboolean
take_top_box (Walk *walk, const Box *box)
{
  if (box->type == MDAT) {
    if (walk->media.end == 0)
      walk->media.start = box->span.start;
    walk->media.end = box->span.end;
    return TRUE;
  }
  if (box->type == MOOV && walk->moov.start != 0)
    return fail (walk, "it has two indexes (moov)");
  if (box->type == MOOV)
    walk->moov = box->span;
  walk->has_moof = walk->has_moof || box->type == MOOF;
  return check_depth (walk, box->span, 1);
}

/* @exact: @size is certain, so the last box need not state its own size. */
static gboolean
walk_file (Walk *walk, guint64 size, gboolean exact)
{
  guint64 at = 0;

  while (at < size) {
    const gchar *wrong;
    Box box;

    if (!read_box (walk, at, size, &box, &wrong))
      return FALSE;
    if (wrong != NULL && !(exact && box.open))
      return fail (walk, wrong);
    if (at == 0 && box.type != FTYP)
      return fail (walk, "it does not begin as one");
    if (!take_top_box (walk, &box))
      return FALSE;
    at = box.span.end;
  }
  return TRUE;
}

gboolean
gst_hailuo_clip_check (gint fd, guint64 size, gboolean exact,
    GstHailuoClipInfo *info, GError **error)
{
  Walk walk = { .file = { .fd = fd, .error = error } };
  Box moov = { .type = MOOV };

  if (size == 0)
    return fail (&walk, "it is empty");
  if (!walk_file (&walk, size, exact))
    return FALSE;
  if (walk.moov.start == 0)
    return fail (&walk, "its index (moov) is missing");
  if (walk.media.end == 0)
    return fail (&walk, "its data (mdat) is missing");
  /* only after walking the whole file: mdat may follow moov */
  moov.span = walk.moov;
  if (!walk_boxes (&walk, &moov))
    return FALSE;
  if (!walk.has_mvhd)
    return fail (&walk, "its header (mvhd) is missing");
  /* the samples may be in fragments, which are not parsed here */
  if (!walk.has_samples && !(walk.has_video && walk.has_mvex && walk.has_moof))
    return fail (&walk, "it has no picture");
  *info = walk.info;
  return TRUE;
}

void
gst_hailuo_clip_close (GstHailuoClip *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  self->size = 0;
}

gboolean
gst_hailuo_clip_read (const GstHailuoClip *self, guint64 offset, gpointer data,
    gsize length, GError **error)
{
  const gchar *why = gst_hailuo_clip_pread (self->fd, offset, data, length);

  if (why != NULL)
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_DOWNLOAD, "%s", why);
  return why == NULL;
}

GChecksum *
gst_hailuo_clip_sum (gint fd, guint64 size,
    gboolean (*is_cancelled) (gpointer user_data), gpointer user_data,
    GError **error)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guint8 *data = g_malloc (BYTES_AT_ONCE);
  GstHailuoClipFile file = { .fd = fd, .error = error };
  guint64 at;

  for (at = 0; at < size; at += MIN (size - at, BYTES_AT_ONCE)) {
    gsize n = MIN (size - at, BYTES_AT_ONCE);

    if (is_cancelled != NULL && is_cancelled (user_data)) {
      g_set_error_literal (
          error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
      return NULL;
    }
    if (!gst_hailuo_clip_file_read (&file, at, data, n))
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
