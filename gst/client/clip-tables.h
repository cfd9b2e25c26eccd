/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clip-tables.h: where the samples of a track are, for clip.c and clip-tables.c
 * only. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* A byte range of a file; @end is exclusive. */
typedef struct
{
  guint64 start, end;
} GstHailuoSpan;

/* The file being checked. */
typedef struct
{
  gint fd;
  guint entries;        /* table entries so far; the total is limited */
  GError **error;
} GstHailuoClipFile;

/* The tables of one track, as the contents of their boxes.  Start 0: there is
 * no such box, as none can start there. */
typedef struct
{
  GstHailuoSpan stsd, stsz, stsc, chunks;
  gboolean large;       /* chunks is co64, not stco */
} GstHailuoClipTables;

/* Sets the error and returns FALSE. */
gboolean gst_hailuo_clip_fail (GstHailuoClipFile *self, const gchar *why);

/* Reads exactly @length bytes.  Returns NULL, or the reason why it failed.
 * (transfer none) (nullable) */
const gchar *gst_hailuo_clip_pread (gint fd, guint64 offset, gpointer data,
    gsize length);

/* Likewise, but returns FALSE and sets the error on failure. */
gboolean gst_hailuo_clip_file_read (GstHailuoClipFile *self, guint64 offset,
    gpointer data, gsize length);

/* Whether the tables are consistent and every chunk lies entirely within
 * @media.  @samples: (out) the number of samples in the track. */
gboolean gst_hailuo_clip_check_tables (GstHailuoClipFile *self,
    const GstHailuoClipTables *tables, const GstHailuoSpan *media,
    guint32 *samples);

G_END_DECLS
