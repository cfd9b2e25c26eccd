/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model.h"

gboolean
gst_hailuo_mode_has_image (GstHailuoMode mode)
{
  return mode == GST_HAILUO_MODE_STANDARD_IMAGE_TO_VIDEO
      || mode == GST_HAILUO_MODE_PRO_IMAGE_TO_VIDEO;
}

gboolean
gst_hailuo_mode_is_pro (GstHailuoMode mode)
{
  return mode == GST_HAILUO_MODE_PRO_TEXT_TO_VIDEO
      || mode == GST_HAILUO_MODE_PRO_IMAGE_TO_VIDEO;
}

const gchar *
gst_hailuo_mode_get_nick (GstHailuoMode mode)
{
  static const gchar *const nicks[] = {
    [GST_HAILUO_MODE_AUTO] = "auto",
    [GST_HAILUO_MODE_STANDARD_TEXT_TO_VIDEO] = "standard-text-to-video",
    [GST_HAILUO_MODE_STANDARD_IMAGE_TO_VIDEO] = "standard-image-to-video",
    [GST_HAILUO_MODE_PRO_TEXT_TO_VIDEO] = "pro-text-to-video",
    [GST_HAILUO_MODE_PRO_IMAGE_TO_VIDEO] = "pro-image-to-video",
  };

  return nicks[mode];
}

const gchar *
gst_hailuo_resolution_get_nick (GstHailuoResolution resolution)
{
  static const gchar *const nicks[] = {
    [GST_HAILUO_RESOLUTION_AUTO] = "auto",
    [GST_HAILUO_RESOLUTION_768P] = "768p",
    [GST_HAILUO_RESOLUTION_1080P] = "1080p",
  };

  return nicks[resolution];
}

guint
gst_hailuo_resolution_get_pixels (GstHailuoResolution resolution)
{
  static const guint pixels[] = {
    [GST_HAILUO_RESOLUTION_AUTO] = 0,
    [GST_HAILUO_RESOLUTION_768P] = 768,
    [GST_HAILUO_RESOLUTION_1080P] = 1080,
  };

  return pixels[resolution];
}

gboolean
gst_hailuo_model_has_duration (
    const GstHailuoModel *model, guint n, guint duration)
{
  guint i;

  for (i = 0; i < n; i++) {
    if (model->variants[i].duration == duration)
      return TRUE;
  }
  return FALSE;
}

gboolean
gst_hailuo_model_has_mode (const GstHailuoModel *model, GstHailuoMode mode)
{
  guint i;

  for (i = 0; i < model->n_variants; i++) {
    if (model->variants[i].mode == mode)
      return TRUE;
  }
  return FALSE;
}

const GstHailuoVariant *
gst_hailuo_model_find_variant (const GstHailuoModel *model, GstHailuoMode mode,
    guint duration, GstHailuoResolution resolution)
{
  guint i;

  for (i = 0; i < model->n_variants; i++) {
    const GstHailuoVariant *variant = &model->variants[i];

    if (variant->mode == mode
        && (variant->duration == 0 || variant->duration == duration)
        && (resolution == GST_HAILUO_RESOLUTION_AUTO
            || variant->resolution == resolution))
      return variant;
  }
  return NULL;
}

gchar *
gst_hailuo_model_describe (const GstHailuoModel *model, GstHailuoMode mode)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint i;

  for (i = 0; i < model->n_variants; i++) {
    const GstHailuoVariant *variant = &model->variants[i];

    if (variant->mode != mode)
      continue;
    if (text->len > 0)
      g_string_append (text, ", ");
    if (variant->duration != 0)
      g_string_append_printf (text, "%u s at ", variant->duration);
    else
      g_string_append (text, "any duration at ");
    g_string_append (
        text, gst_hailuo_resolution_get_nick (variant->resolution));
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

gchar *
gst_hailuo_price_to_string (gint64 price)
{
  gchar text[32];
  gsize length;
  guint decimals;

  length = g_snprintf (text, sizeof text,
      "%" G_GINT64_FORMAT ".%06" G_GINT64_FORMAT, price / 1000000,
      price % 1000000);
  for (decimals = 6; decimals > 2 && text[length - 1] == '0'; decimals--)
    text[--length] = '\0';
  return g_strdup (text);
}
