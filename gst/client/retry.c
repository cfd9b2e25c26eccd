/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "retry.h"

gint64
gst_hailuo_retry_delay (guint failures, gint64 base, gint64 floor,
    gint64 retry_after, gint64 left, gdouble random)
{
  gint64 delay;

  if (retry_after >= 0) {
    /* 0 is no excuse to hammer the host */
    delay = CLAMP (retry_after, MIN (base, GST_HAILUO_RETRY_AFTER_MAX),
        GST_HAILUO_RETRY_AFTER_MAX);
  } else {
    guint doublings = MIN (failures > 0 ? failures - 1 : 0, 20);

    delay = MIN (base, GST_HAILUO_RETRY_MAX) << doublings;
    delay = MIN (delay, GST_HAILUO_RETRY_MAX);
    /* jitter: clients that failed together must not all come back together */
    delay = delay / 2 + (gint64) (random * (delay / 2));
    delay = MAX (delay, floor);
  }
  if (left >= 0)
    delay = MIN (delay, left);
  return delay;
}
