/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clip.h: checks that a file is a complete MP4, and describes it.
 *
 * A host may send HTML with status 200, and a truncated transfer without a
 * Content-Length looks complete to any HTTP client.  So the boxes are checked
 * before a byte goes downstream.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 duration;      /* ns, from mvhd; 0: unknown */
  guint width, height;   /* of the first video track; 0: unknown */
} GstHailuoClipInfo;

/* An open clip. */
typedef struct
{
  gint fd;               /* (owned) -1: none */
  guint64 size;          /* bytes */
} GstHailuoClip;

/* Closes the clip, if there is one, and sets its fd to -1. */
void gst_hailuo_clip_close (GstHailuoClip *self);

/* Reads exactly @length bytes; the range must lie inside the clip.  The error
 * is GST_HAILUO_ERROR_DOWNLOAD, and its message is just the reason. */
gboolean gst_hailuo_clip_read (const GstHailuoClip *self, guint64 offset,
    gpointer data, gsize length, GError **error);

/* Whether the @size bytes of @fd are a complete MP4: ftyp comes first, moov and
 * mdat are present, the top-level boxes end exactly at @size, a track has
 * pictures, and the samples of all tracks lie within the media data.  For a
 * fragmented MP4, only the boxes are checked.  Takes about 20 ms at most, and
 * about 100 KB of memory.  Leaves the file position alone.
 * @exact: the size is known from elsewhere (Content-Length), so a last box that
 * runs "to the end of the file" is accepted.
 * On failure @info is untouched and the error is GST_HAILUO_ERROR_DOWNLOAD. */
gboolean gst_hailuo_clip_check (gint fd, guint64 size, gboolean exact,
    GstHailuoClipInfo *info, GError **error);

/* The SHA-256 of the first @size bytes of @fd.  Leaves the file position alone.
 * A long file takes seconds, so @is_cancelled, which may be NULL, is called
 * every few milliseconds; if it returns TRUE, the error is
 * G_IO_ERROR_CANCELLED.  All other errors are GST_HAILUO_ERROR_DOWNLOAD.
 * (transfer full) (nullable) */
GChecksum *gst_hailuo_clip_sum (gint fd, guint64 size,
    gboolean (*is_cancelled) (gpointer user_data), gpointer user_data,
    GError **error);

/* Whether the first @size bytes of @fd have the SHA-256 @sha256 (hex).
 * Otherwise like gst_hailuo_clip_sum(). */
gboolean gst_hailuo_clip_compare (gint fd, guint64 size, const gchar *sha256,
    gboolean (*is_cancelled) (gpointer user_data), gpointer user_data,
    GError **error);

G_END_DECLS
