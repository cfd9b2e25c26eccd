/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* part.h: a partial clip, kept from one run to the next.
 *
 * A run that ends cleanly appends a seal to the file, which says what the bytes
 * are.  The next run removes the seal and requests the rest.  After a power cut
 * bytes may be missing, so a seal is only valid until the machine is restarted.
 */
#pragma once

#include "http-download.h"

G_BEGIN_DECLS

/* Takes over what file->fd has of the clip of @task_id, and removes the seal.
 * Without a valid seal for that task, the file is emptied.  The digest is left
 * to the caller. */
void gst_hailuo_part_open (GstHailuoDownload *file, const gchar *task_id);

/* Whether @file has bytes, and the next run can tell what they belong to. */
gboolean gst_hailuo_part_is_of_use (const GstHailuoDownload *file);

/* Seals @file for the next gst_hailuo_part_open().  FALSE: it cannot be
 * resumed, so remove it. */
gboolean gst_hailuo_part_seal (const GstHailuoDownload *file,
    const gchar *task_id);

/* Whether an earlier run sealed @fd, and the seal is still valid. */
gboolean gst_hailuo_part_is_sealed (gint fd);

G_END_DECLS
