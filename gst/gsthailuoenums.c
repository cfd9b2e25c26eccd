/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsthailuoenums.h"

#include "client/task.h"

static GType
register_enum (gsize *type, const gchar *name, const GEnumValue *values)
{
  if (g_once_init_enter (type)) {
    GType made = g_enum_register_static (name, values);

    gst_type_mark_as_plugin_api (made, 0);
    g_once_init_leave (type, made);
  }
  return *type;
}

GType
gst_hailuo_provider_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = { { GST_HAILUO_PROVIDER_APIXO,
                                           "APIXO (apixo.ai)", "apixo" },
    { GST_HAILUO_PROVIDER_APIINONE, "API in One (apiin.one)", "apiinone" },
    { 0, NULL, NULL } };

  return register_enum (&type, "GstHailuoProvider", values);
}

GType
gst_hailuo_mode_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_HAILUO_MODE_AUTO, "Standard, from the image where there is one",
        "auto" },
    { GST_HAILUO_MODE_STANDARD_TEXT_TO_VIDEO, "Standard, from the prompt",
        "standard-text-to-video" },
    { GST_HAILUO_MODE_STANDARD_IMAGE_TO_VIDEO,
        "Standard, from prompt and image", "standard-image-to-video" },
    { GST_HAILUO_MODE_PRO_TEXT_TO_VIDEO, "Pro, from the prompt",
        "pro-text-to-video" },
    { GST_HAILUO_MODE_PRO_IMAGE_TO_VIDEO, "Pro, from prompt and image",
        "pro-image-to-video" },
    { 0, NULL, NULL }
  };

  return register_enum (&type, "GstHailuoMode", values);
}

GType
gst_hailuo_resolution_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_HAILUO_RESOLUTION_AUTO, "What mode and provider imply", "auto" },
    { GST_HAILUO_RESOLUTION_768P, "768 pixels on the short side", "768p" },
    { GST_HAILUO_RESOLUTION_1080P, "1080 pixels on the short side", "1080p" },
    { 0, NULL, NULL }
  };

  return register_enum (&type, "GstHailuoResolution", values);
}

GType
gst_hailuo_routing_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = { { GST_HAILUO_ROUTING_DEFAULT,
                                           "Not sent: the host's own default",
                                           "default" },
    { GST_HAILUO_ROUTING_AUTO, "Lowest price first, with failover", "auto" },
    { GST_HAILUO_ROUTING_VALUE, "Lowest price", "value" },
    { GST_HAILUO_ROUTING_OFFICIAL, "Highest reliability", "official" },
    { 0, NULL, NULL } };

  return register_enum (&type, "GstHailuoRouting", values);
}

GType
gst_hailuo_reuse_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_HAILUO_REUSE_ALWAYS,
        "Play the clip of the same shot, or pick up its task", "always" },
    { GST_HAILUO_REUSE_UNFINISHED,
        "Pick up its task; where its clip was delivered before, buy a new one",
        "unfinished" },
    { GST_HAILUO_REUSE_NEVER, "Always buy a new clip", "never" },
    { GST_HAILUO_REUSE_ONLY, "Play the clip of the same shot, or fail at once",
        "only" },
    { 0, NULL, NULL }
  };

  return register_enum (&type, "GstHailuoReuse", values);
}
