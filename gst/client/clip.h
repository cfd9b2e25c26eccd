/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clip.h: is this file a whole MP4, and what is in it?
 *
 * A host may send HTML with status 200, and a cut transfer without a length
 * looks complete to any HTTP client: so the boxes are counted before a byte
 * goes downstream.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 duration;      /* ns, from mvhd; 0: it does not say */
  guint width, height;   /* of the first video track; 0: it does not say */
} GstHailuoClipInfo;

/* An open clip */
typedef struct
{
  gint fd;               /* (owned) -1: there is none */
  guint64 size;          /* bytes */
} GstHailuoClip;

/* Leaves none. */
void gst_hailuo_clip_close (GstHailuoClip *self);

/* Reads exactly @length bytes; the range must lie inside the clip.  The error is
 * GST_HAILUO_ERROR_DOWNLOAD, with no more than the reason. */
gboolean gst_hailuo_clip_read (const GstHailuoClip *self, guint64 offset,
    gpointer data, gsize length, GError **error);

/* Whether the @size bytes of @fd are a whole MP4: ftyp first; moov and mdat
 * there; the top-level boxes end exactly at @size; a track has pictures, and the
 * samples of all tracks lie in the data.  Of a fragmented one only the boxes are
 * looked at.  It takes some 20 ms at most, and few KB.  The file position is left
 * alone.
 * @exact: the size is known from elsewhere (Content-Length), so a last box
 * that runs "to the end of the file" is believed.  On failure @info is
 * untouched and @error is GST_HAILUO_ERROR_DOWNLOAD. */
gboolean gst_hailuo_clip_check (gint fd, guint64 size, gboolean exact,
    GstHailuoClipInfo *info, GError **error);

/* The SHA-256 of the first @size bytes of @fd.  The file position is left alone.
 * A long file takes seconds: @is_cancelled, which may be NULL, is asked every few
 * milliseconds, and where it says so the error is G_IO_ERROR_CANCELLED; else it
 * is GST_HAILUO_ERROR_DOWNLOAD. (transfer full) (nullable) */
GChecksum *gst_hailuo_clip_sum (gint fd, guint64 size,
    gboolean (*is_cancelled) (gpointer user_data), gpointer user_data,
    GError **error);

/* Whether the @size bytes of @fd are those with the SHA-256 @sha256 (hex); the
 * rest is as with gst_hailuo_clip_sum(). */
gboolean gst_hailuo_clip_compare (gint fd, guint64 size, const gchar *sha256,
    gboolean (*is_cancelled) (gpointer user_data), gpointer user_data,
    GError **error);

G_END_DECLS
