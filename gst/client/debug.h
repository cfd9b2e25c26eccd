/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* debug.h: the debug category of the client, the only thing of GStreamer that
 * it uses.  Keys, bodies and links never go into the log. */
#pragma once

#include <gst/gst.h>

GST_DEBUG_CATEGORY_EXTERN (gst_hailuo_debug);
#define GST_CAT_DEFAULT gst_hailuo_debug

/* Makes the category; any number of times. */
void gst_hailuo_debug_init (void);
