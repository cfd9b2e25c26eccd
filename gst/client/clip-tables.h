/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clip-tables.h: where the samples of a track are, for clip.c and
 * clip-tables.c only. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* A part of a file */
typedef struct
{
  guint64 start, end;
} GstHailuoSpan;

/* The file that is read, and what may still be read of it */
typedef struct
{
  gint fd;
  guint entries;        /* of all tables so far */
  GError **error;
} GstHailuoClipFile;

/* The tables of one track: the contents of their boxes.  No start: there is no
 * such box, as none begins a file. */
typedef struct
{
  GstHailuoSpan stsd, stsz, stsc, chunks;
  gboolean large;       /* chunks is a co64, not a stco */
} GstHailuoClipTables;

/* Sets the error, and is FALSE. */
gboolean gst_hailuo_clip_fail (GstHailuoClipFile *self, const gchar *why);

/* Reads exactly @length bytes.  NULL, or why not. (transfer none) (nullable) */
const gchar *gst_hailuo_clip_pread (gint fd, guint64 offset, gpointer data,
    gsize length);

/* The same, and sets the error. */
gboolean gst_hailuo_clip_file_read (GstHailuoClipFile *self, guint64 offset,
    gpointer data, gsize length);

/* Whether the tables fit each other, and each chunk lies in @media from its
 * first to its last byte.  @samples: how many the track has. */
gboolean gst_hailuo_clip_check_tables (GstHailuoClipFile *self,
    const GstHailuoClipTables *tables, const GstHailuoSpan *media,
    guint32 *samples);

G_END_DECLS
