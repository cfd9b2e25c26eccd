/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* part.h: what is there of a clip, from one run to the next.
 *
 * A run that ends in good order writes behind the bytes what they are of; the
 * next one takes that off again, and asks for the rest.  Bytes that came before
 * a power cut may not be there: they are only trusted until the machine is
 * started again.
 */
#pragma once

#include "http-download.h"

G_BEGIN_DECLS

/* Takes over what file->fd has of the clip of @task_id; where that is not
 * certain, the file is empty from then on.  Its digest is left to the caller. */
void gst_hailuo_part_open (GstHailuoDownload *file, const gchar *task_id);

/* Whether there are bytes in @file, and the next run can tell what they are of. */
gboolean gst_hailuo_part_is_of_use (const GstHailuoDownload *file);

/* Leaves @file for the next gst_hailuo_part_open().  FALSE: it cannot be gone on
 * with, and is to be removed. */
gboolean gst_hailuo_part_seal (const GstHailuoDownload *file,
    const gchar *task_id);

/* Whether @fd is of a run that left it for the next one. */
gboolean gst_hailuo_part_is_sealed (gint fd);

G_END_DECLS
