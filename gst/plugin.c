/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/gst.h>

#include "gsthailuosrc.h"

static gboolean
plugin_init (GstPlugin *plugin)
{
  return GST_ELEMENT_REGISTER (hailuosrc, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, hailuo,
    "Clips from hosted generative-video APIs", plugin_init, PACKAGE_VERSION,
    "LGPL", PACKAGE, PACKAGE_ORIGIN)
