/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsthailuoenums.h: the types of the enum properties. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

GType gst_hailuo_provider_get_type (void);
GType gst_hailuo_mode_get_type (void);
GType gst_hailuo_resolution_get_type (void);
GType gst_hailuo_routing_get_type (void);
GType gst_hailuo_reuse_get_type (void);

G_END_DECLS
