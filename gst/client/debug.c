/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "debug.h"

GST_DEBUG_CATEGORY (gst_hailuo_debug);

void
gst_hailuo_debug_init (void)
{
  static gsize done = 0;

  if (g_once_init_enter (&done)) {
    GST_DEBUG_CATEGORY_INIT (
        gst_hailuo_debug, "hailuo", 0, "client of hosted video APIs");
    g_once_init_leave (&done, 1);
  }
}
