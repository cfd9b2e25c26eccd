/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* model.h: what a model can make, with limits and prices.
 *
 * The rows are in the file of the provider that offers the model.  This file
 * has the type of a row and the pure functions on rows.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The values match the element's enum properties. */
typedef enum
{
  GST_HAILUO_MODE_AUTO,
  GST_HAILUO_MODE_STANDARD_TEXT_TO_VIDEO,
  GST_HAILUO_MODE_STANDARD_IMAGE_TO_VIDEO,
  GST_HAILUO_MODE_PRO_TEXT_TO_VIDEO,
  GST_HAILUO_MODE_PRO_IMAGE_TO_VIDEO
} GstHailuoMode;

typedef enum
{
  GST_HAILUO_RESOLUTION_AUTO,
  GST_HAILUO_RESOLUTION_768P,
  GST_HAILUO_RESOLUTION_1080P
} GstHailuoResolution;

/* One clip that a model can make. */
typedef struct
{
  GstHailuoMode mode;             /* never AUTO */
  guint duration;                 /* s, as requested; 0: the host takes none */
  GstHailuoResolution resolution; /* never AUTO */
  guint seconds;                  /* s that the documents promise; 0: none */
  gint64 price;                   /* 1/1000000 USD; -1: unknown */
} GstHailuoVariant;

#define GST_HAILUO_PRICE_UNKNOWN (-1)

typedef struct
{
  const gchar *name;                /* as sent; NULL: any name not listed above */
  const GstHailuoVariant *variants; /* the first of a mode is its default */
  guint n_variants;
  const gchar *prices;              /* source and date of the prices */
} GstHailuoModel;

gboolean gst_hailuo_mode_has_image (GstHailuoMode mode);
gboolean gst_hailuo_mode_is_pro (GstHailuoMode mode);

/* Nicks, as spelled by the properties and the hosts. (transfer none) */
const gchar *gst_hailuo_mode_get_nick (GstHailuoMode mode);
const gchar *gst_hailuo_resolution_get_nick (GstHailuoResolution resolution);

/* Pixels on the short side; 0 for AUTO. */
guint gst_hailuo_resolution_get_pixels (GstHailuoResolution resolution);

/* Whether the model makes any clips in that mode. */
gboolean gst_hailuo_model_has_mode (const GstHailuoModel *model,
    GstHailuoMode mode);

/* Whether one of its first @n variants has that duration. */
gboolean gst_hailuo_model_has_duration (const GstHailuoModel *model, guint n,
    guint duration);

/* The variant for exactly that clip; if @resolution is AUTO, the first one that
 * fits.  A variant with duration 0 fits any duration.
 * (transfer none) (nullable) */
const GstHailuoVariant *gst_hailuo_model_find_variant (
    const GstHailuoModel *model, GstHailuoMode mode, guint duration,
    GstHailuoResolution resolution);

/* What the model can make in that mode, for use in a sentence: "6 s at 768p,
 * 10 s at 768p". (transfer full) */
gchar *gst_hailuo_model_describe (const GstHailuoModel *model,
    GstHailuoMode mode);

/* The price in USD without the sign, such as "0.336": no more decimals than
 * needed, but at least two. (transfer full) */
gchar *gst_hailuo_price_to_string (gint64 price);

G_END_DECLS
