/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstpushsrc.h>

G_BEGIN_DECLS

#define GST_TYPE_HAILUO_SRC (gst_hailuo_src_get_type ())
G_DECLARE_FINAL_TYPE (GstHailuoSrc, gst_hailuo_src, GST, HAILUO_SRC,
    GstPushSrc)

GST_ELEMENT_REGISTER_DECLARE (hailuosrc);

G_END_DECLS
