/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clip-check.h: bytes as a file, and whether it is a whole MP4. */
#pragma once

#include "clip.h"

G_BEGIN_DECLS

/* A file that is gone when it is closed */
gint clip_open (void);
void clip_write (gint fd, goffset place, gconstpointer data, gsize length);

/* What is in an info that must not be touched */
extern const GstHailuoClipInfo clip_untouched;

/* gst_hailuo_clip_check(), and that all it promises beside the answer is so */
gboolean clip_check_fd (gint fd, guint64 size, gboolean exact,
    GstHailuoClipInfo *info);
gboolean clip_check_info (gconstpointer data, gsize length, gboolean exact,
    GstHailuoClipInfo *info);
gboolean clip_check (gconstpointer data, gsize length, gboolean exact);

G_END_DECLS
