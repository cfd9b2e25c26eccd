/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* retry.h: how long to wait before the same free thing is tried again. Pure. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define GST_HAILUO_RETRY_MAX 20000        /* ms, of our own back-off */
#define GST_HAILUO_RETRY_AFTER_MAX 300000 /* ms, of a host's Retry-After */

/* ms to wait after the failure number @failures (from 1): exponential from
 * @base ms up to RETRY_MAX, the upper half of it drawn by @random (0 to 1), and
 * never less than @floor.  A host's @retry_after (ms; -1: none) goes before
 * all that, clamped to RETRY_AFTER_MAX.  Never more than @left, the ms to the
 * deadline (-1: there is none). */
gint64 gst_hailuo_retry_delay (guint failures, gint64 base, gint64 floor,
    gint64 retry_after, gint64 left, gdouble random);

G_END_DECLS
