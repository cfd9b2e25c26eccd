/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* retry.h: how long to wait before retrying a free request.  A pure function. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define GST_HAILUO_RETRY_MAX 20000        /* ms, for our own back-off */
#define GST_HAILUO_RETRY_AFTER_MAX 300000 /* ms, for a host's Retry-After */

/* Milliseconds to wait after failure number @failures (from 1).  The back-off
 * grows exponentially from @base ms to RETRY_MAX; @random (0 to 1) picks a
 * value from its upper half; it is never less than @floor.  A host's
 * @retry_after (ms; -1: none) takes precedence, clamped to at least @base and
 * at most RETRY_AFTER_MAX.  The result is never more than @left, the ms to the
 * deadline (-1: none). */
gint64 gst_hailuo_retry_delay (guint failures, gint64 base, gint64 floor,
    gint64 retry_after, gint64 left, gdouble random);

G_END_DECLS
