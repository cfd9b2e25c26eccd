/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* debug.h: the debug category of the client.  Logging and byte order macros are
 * all that it uses of GStreamer.  Keys, bodies and links are never logged. */
#pragma once

#include <gst/gst.h>

GST_DEBUG_CATEGORY_EXTERN (gst_hailuo_debug);
#define GST_CAT_DEFAULT gst_hailuo_debug

/* Creates the category.  May be called any number of times. */
void gst_hailuo_debug_init (void);
