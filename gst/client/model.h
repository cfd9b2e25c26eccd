/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* model.h: what one model can make, with limits and prices.
 *
 * The rows stand in the file of the provider that offers the model; here are
 * the type of a row and the pure functions over rows.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The values are those of the element's enum properties. */
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
  guint duration;                 /* s, as asked for; 0: the host takes none */
  GstHailuoResolution resolution; /* never AUTO */
  guint seconds;                  /* what the documents promise; 0: nothing */
  gint64 price;                   /* in 1/1000000 USD; -1: not known */
} GstHailuoOffer;

#define GST_HAILUO_PRICE_UNKNOWN (-1)

typedef struct
{
  const gchar *name;            /* as sent; NULL: any name not listed before */
  const GstHailuoOffer *offers; /* the first one of a mode is its default */
  guint n_offers;
  const gchar *prices;          /* source and date of the prices */
} GstHailuoModel;

gboolean gst_hailuo_mode_has_image (GstHailuoMode mode);
gboolean gst_hailuo_mode_is_pro (GstHailuoMode mode);

/* Nicks, as the properties and the hosts spell them. (transfer none) */
const gchar *gst_hailuo_mode_get_nick (GstHailuoMode mode);
const gchar *gst_hailuo_resolution_get_nick (GstHailuoResolution resolution);

/* Pixels on the short side; 0 for AUTO. */
guint gst_hailuo_resolution_get_pixels (GstHailuoResolution resolution);

/* Whether the model makes clips of that mode at all. */
gboolean gst_hailuo_model_has_mode (const GstHailuoModel *model,
    GstHailuoMode mode);

/* Whether one of its first @n offers has that duration. */
gboolean gst_hailuo_model_has_duration (const GstHailuoModel *model, guint n,
    guint duration);

/* The offer for exactly that clip; @resolution may be AUTO: the first one that
 * fits.  An offer with duration 0 fits every duration.
 * (transfer none) (nullable) */
const GstHailuoOffer *gst_hailuo_model_find_offer (const GstHailuoModel *model,
    GstHailuoMode mode, guint duration, GstHailuoResolution resolution);

/* What the model can make in that mode, for a sentence: "6 s at 768p, 10 s at
 * 768p". (transfer full) */
gchar *gst_hailuo_model_describe (const GstHailuoModel *model,
    GstHailuoMode mode);

/* "0.336": USD without the sign, no more digits than needed, two at least.
 * (transfer full) */
gchar *gst_hailuo_price_to_string (gint64 price);

G_END_DECLS
