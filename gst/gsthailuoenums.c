/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsthailuoenums.h"

#include "client/task.h"

/* The nicks are defined by the client. */
typedef const gchar *(*GetNick) (guint value);

static GType
register_enum (
    gsize *type, const gchar *name, GEnumValue *values, GetNick get_nick)
{
  GEnumValue *value;
  GType made;

  if (g_once_init_enter (type)) {
    for (value = values; value->value_name != NULL; value++)
      value->value_nick = get_nick (value->value);
    made = g_enum_register_static (name, values);
    gst_type_mark_as_plugin_api (made, 0);
    g_once_init_leave (type, made);
  }
  return *type;
}

GType
gst_hailuo_provider_get_type (void)
{
  static gsize type = 0;
  static GEnumValue values[GST_HAILUO_N_PROVIDERS + 1];
  guint i;
  GType made;

  if (g_once_init_enter (&type)) {
    for (i = 0; i < GST_HAILUO_N_PROVIDERS; i++) {
      const GstHailuoProvider *provider = gst_hailuo_provider_get (i);

      values[i].value = i;
      values[i].value_name = provider->catalogue.title;
      values[i].value_nick = provider->catalogue.nick;
    }
    made = g_enum_register_static ("GstHailuoProvider", values);
    gst_type_mark_as_plugin_api (made, 0);
    g_once_init_leave (&type, made);
  }
  return type;
}

GType
gst_hailuo_mode_get_type (void)
{
  static gsize type = 0;
  static GEnumValue values[] = {
    { GST_HAILUO_MODE_AUTO, "Standard, image-to-video if an image is set" },
    { GST_HAILUO_MODE_STANDARD_TEXT_TO_VIDEO, "Standard, text-to-video" },
    { GST_HAILUO_MODE_STANDARD_IMAGE_TO_VIDEO, "Standard, image-to-video" },
    { GST_HAILUO_MODE_PRO_TEXT_TO_VIDEO, "Pro, text-to-video" },
    { GST_HAILUO_MODE_PRO_IMAGE_TO_VIDEO, "Pro, image-to-video" },
    { 0, NULL, NULL },
  };

  return register_enum (
      &type, "GstHailuoMode", values, gst_hailuo_mode_get_nick);
}

GType
gst_hailuo_resolution_get_type (void)
{
  static gsize type = 0;
  static GEnumValue values[] = {
    { GST_HAILUO_RESOLUTION_AUTO, "Default of the mode and provider" },
    { GST_HAILUO_RESOLUTION_768P, "768 pixels on the short side" },
    { GST_HAILUO_RESOLUTION_1080P, "1080 pixels on the short side" },
    { 0, NULL, NULL },
  };

  return register_enum (
      &type, "GstHailuoResolution", values, gst_hailuo_resolution_get_nick);
}

GType
gst_hailuo_routing_get_type (void)
{
  static gsize type = 0;
  static GEnumValue values[] = {
    { GST_HAILUO_ROUTING_DEFAULT, "Default of the host, not sent" },
    { GST_HAILUO_ROUTING_AUTO, "Lowest price first, with failover" },
    { GST_HAILUO_ROUTING_VALUE, "Lowest price" },
    { GST_HAILUO_ROUTING_OFFICIAL, "Highest reliability" },
    { 0, NULL, NULL },
  };

  return register_enum (
      &type, "GstHailuoRouting", values, gst_hailuo_routing_get_nick);
}

GType
gst_hailuo_reuse_get_type (void)
{
  static gsize type = 0;
  static GEnumValue values[] = {
    { GST_HAILUO_REUSE_ALWAYS,
        "Play the clip of the same shot, or resume its task" },
    { GST_HAILUO_REUSE_UNFINISHED,
        "As always, but submit a new paid task instead of playing a delivered clip" },
    { GST_HAILUO_REUSE_NEVER, "Always submit a new paid task" },
    { GST_HAILUO_REUSE_ONLY,
        "Play the clip of the same shot, or fail at once" },
    { 0, NULL, NULL },
  };

  return register_enum (
      &type, "GstHailuoReuse", values, gst_hailuo_reuse_get_nick);
}
