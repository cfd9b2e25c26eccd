/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a clip costs, and the pure functions over a model's rows. */
#include "unit.h"

#include "model.h"
#include "task.h"

#define IMAGE "https://example.com/input.jpg"
#define STANDARD_TEXT GST_HAILUO_MODE_STANDARD_TEXT_TO_VIDEO
#define STANDARD_IMAGE GST_HAILUO_MODE_STANDARD_IMAGE_TO_VIDEO
#define PRO_TEXT GST_HAILUO_MODE_PRO_TEXT_TO_VIDEO
#define PRO_IMAGE GST_HAILUO_MODE_PRO_IMAGE_TO_VIDEO
#define AUTO GST_HAILUO_RESOLUTION_AUTO
#define P768 GST_HAILUO_RESOLUTION_768P
#define P1080 GST_HAILUO_RESOLUTION_1080P

typedef struct
{
  const gchar *description;
  GstHailuoProviderId provider;
  const gchar *model;
  GstHailuoMode mode;
  guint duration;
  GstHailuoResolution resolution;
  gint64 price;
} PriceRow;

static const PriceRow price_rows[] = {
  /* $0.056 a second; $0.49 a use */
  { "APIXO, standard text, 6 s", GST_HAILUO_PROVIDER_APIXO, NULL, STANDARD_TEXT,
      6, AUTO, 336000 },
  { "APIXO, standard text, 10 s", GST_HAILUO_PROVIDER_APIXO, NULL,
      STANDARD_TEXT, 10, AUTO, 560000 },
  { "APIXO, standard image, 6 s", GST_HAILUO_PROVIDER_APIXO, "hailuo-2-3",
      STANDARD_IMAGE, 6, P768, 336000 },
  { "APIXO, standard image, 10 s", GST_HAILUO_PROVIDER_APIXO, "hailuo-2-3",
      STANDARD_IMAGE, 10, P768, 560000 },
  { "APIXO, pro text", GST_HAILUO_PROVIDER_APIXO, NULL, PRO_TEXT, 6, P1080,
      490000 },
  { "APIXO, pro image", GST_HAILUO_PROVIDER_APIXO, NULL, PRO_IMAGE, 6, AUTO,
      490000 },
  { "APIXO, pro image, 10 s ignored", GST_HAILUO_PROVIDER_APIXO, NULL,
      PRO_IMAGE, 10, AUTO, 490000 },
  { "APIXO, fast standard", GST_HAILUO_PROVIDER_APIXO, "hailuo-2-3-fast",
      STANDARD_IMAGE, 6, AUTO, GST_HAILUO_PRICE_UNKNOWN },
  { "APIXO, fast pro", GST_HAILUO_PROVIDER_APIXO, "hailuo-2-3-fast", PRO_IMAGE,
      6, AUTO, GST_HAILUO_PRICE_UNKNOWN },
  { "APIXO, not listed", GST_HAILUO_PROVIDER_APIXO, "hailuo-9", STANDARD_TEXT,
      6, AUTO, GST_HAILUO_PRICE_UNKNOWN },

  /* "30 credits (6s 768P), 45 credits (10s or 1080P)", a credit is $0.01 */
  { "API in One, standard, 6 s", GST_HAILUO_PROVIDER_APIINONE, NULL,
      STANDARD_IMAGE, 6, AUTO, 300000 },
  { "API in One, standard, 6 s 768p", GST_HAILUO_PROVIDER_APIINONE,
      "hailuo-2-3", STANDARD_IMAGE, 6, P768, 300000 },
  { "API in One, standard, 6 s 1080p", GST_HAILUO_PROVIDER_APIINONE, NULL,
      STANDARD_IMAGE, 6, P1080, 450000 },
  { "API in One, standard, 10 s 768p", GST_HAILUO_PROVIDER_APIINONE, NULL,
      STANDARD_IMAGE, 10, P768, 450000 },
  { "API in One, the standard name, 10 s", GST_HAILUO_PROVIDER_APIINONE,
      "hailuo/2-3-image-to-video-standard", STANDARD_IMAGE, 10, AUTO, 450000 },
  /* "45-85 credits depending on duration and resolution": the lowest cell is
   * sure, and for a limit of cost the others may cost the most */
  { "API in One, pro, 6 s 768p", GST_HAILUO_PROVIDER_APIINONE, NULL, PRO_IMAGE,
      6, P768, 450000 },
  { "API in One, pro, 6 s", GST_HAILUO_PROVIDER_APIINONE, NULL, PRO_IMAGE, 6,
      AUTO, 450000 },
  { "API in One, pro, 6 s 1080p", GST_HAILUO_PROVIDER_APIINONE, NULL, PRO_IMAGE,
      6, P1080, 850000 },
  { "API in One, pro, 10 s 768p", GST_HAILUO_PROVIDER_APIINONE, NULL, PRO_IMAGE,
      10, P768, 850000 },
  { "API in One, the pro name, 10 s", GST_HAILUO_PROVIDER_APIINONE,
      "hailuo/2-3-image-to-video-pro", PRO_IMAGE, 10, AUTO, 850000 },
  { "API in One, not listed", GST_HAILUO_PROVIDER_APIINONE, "hailuo-9",
      STANDARD_IMAGE, 6, AUTO, GST_HAILUO_PRICE_UNKNOWN },
};

static void
test_price (gconstpointer data)
{
  const PriceRow *row = data;
  GstHailuoParams wish = { row->model, row->mode, "a prompt", NULL,
    row->duration, row->resolution, GST_HAILUO_ROUTING_DEFAULT, 1 };
  g_autoptr (GstHailuoShot) shot = NULL;

  if (row->mode == STANDARD_IMAGE || row->mode == PRO_IMAGE)
    wish.image = IMAGE;
  shot = unit_shot (row->provider, &wish);
  g_assert_nonnull (shot->variant);
  g_assert_cmpint (shot->variant->price, ==, row->price);
}

typedef struct
{
  const gchar *description;
  gint64 price;
  const gchar *text;
} StringRow;

static const StringRow string_rows[] = {
  { "nothing", 0, "0.00" },
  { "three digits", 336000, "0.336" },
  { "two digits", 490000, "0.49" },
  { "one digit and a zero", 300000, "0.30" },
  { "eighty-five", 850000, "0.85" },
  { "fifty-six", 560000, "0.56" },
  { "whole", 12000000, "12.00" },
  { "half", 1500000, "1.50" },
  { "one cent", 10000, "0.01" },
  { "a thousandth", 1000, "0.001" },
  { "a millionth", 1, "0.000001" },
  { "zeros inside", 1000001, "1.000001" },
  { "six digits", 123456, "0.123456" },
  { "the greatest", G_MAXINT64, "9223372036854.775807" },
};

static void
test_string (gconstpointer data)
{
  const StringRow *row = data;
  g_autofree gchar *text = gst_hailuo_price_to_string (row->price);

  g_assert_cmpstr (text, ==, row->text);
}

static const GstHailuoVariant variants[] = {
  { STANDARD_TEXT, 6, P768, 6, 1 },
  { STANDARD_TEXT, 10, P768, 10, 2 },
  { STANDARD_IMAGE, 10, P1080, 10, 3 },
  { STANDARD_IMAGE, 6, P768, 6, 4 },
  { STANDARD_IMAGE, 6, P1080, 6, 5 },
  { PRO_IMAGE, 0, P1080, 5, 6 },
};

static const GstHailuoModel model = { "a-model", variants,
  G_N_ELEMENTS (variants), "nowhere" };

typedef struct
{
  const gchar *description;
  GstHailuoMode mode;
  guint duration;
  GstHailuoResolution resolution;
  gint variant; /* index; -1: none */
} VariantRow;

static const VariantRow variant_rows[] = {
  { "exactly", STANDARD_TEXT, 6, P768, 0 },
  { "the other duration", STANDARD_TEXT, 10, P768, 1 },
  { "any resolution", STANDARD_TEXT, 10, AUTO, 1 },
  { "any resolution, the first that fits", STANDARD_IMAGE, 6, AUTO, 3 },
  { "any resolution, only one fits", STANDARD_IMAGE, 10, AUTO, 2 },
  { "the other resolution", STANDARD_IMAGE, 6, P1080, 4 },
  { "takes every duration", PRO_IMAGE, 6, AUTO, 5 },
  { "takes duration 0", PRO_IMAGE, 0, AUTO, 5 },
  { "takes an odd duration", PRO_IMAGE, 77, P1080, 5 },
  { "no such duration", STANDARD_TEXT, 7, P768, -1 },
  { "no duration", STANDARD_TEXT, 0, AUTO, -1 },
  { "no such resolution", STANDARD_TEXT, 6, P1080, -1 },
  { "no such pair", STANDARD_IMAGE, 10, P768, -1 },
  { "no such resolution of pro", PRO_IMAGE, 6, P768, -1 },
  { "no such mode", PRO_TEXT, 6, AUTO, -1 },
};

static void
test_variant (gconstpointer data)
{
  const VariantRow *row = data;
  const GstHailuoVariant *variant = gst_hailuo_model_find_variant (
      &model, row->mode, row->duration, row->resolution);

  if (row->variant < 0)
    g_assert_null (variant);
  else
    g_assert_true (variant == &variants[row->variant]);
}

static void
test_modes (void)
{
  g_assert_true (gst_hailuo_model_has_mode (&model, STANDARD_TEXT));
  g_assert_true (gst_hailuo_model_has_mode (&model, STANDARD_IMAGE));
  g_assert_false (gst_hailuo_model_has_mode (&model, PRO_TEXT));
  g_assert_true (gst_hailuo_model_has_mode (&model, PRO_IMAGE));

  g_assert_false (gst_hailuo_mode_has_image (STANDARD_TEXT));
  g_assert_true (gst_hailuo_mode_has_image (STANDARD_IMAGE));
  g_assert_false (gst_hailuo_mode_has_image (PRO_TEXT));
  g_assert_true (gst_hailuo_mode_has_image (PRO_IMAGE));

  g_assert_false (gst_hailuo_mode_is_pro (STANDARD_TEXT));
  g_assert_false (gst_hailuo_mode_is_pro (STANDARD_IMAGE));
  g_assert_true (gst_hailuo_mode_is_pro (PRO_TEXT));
  g_assert_true (gst_hailuo_mode_is_pro (PRO_IMAGE));
}

static void
test_nicks (void)
{
  g_assert_cmpstr (gst_hailuo_mode_get_nick (GST_HAILUO_MODE_AUTO), ==, "auto");
  g_assert_cmpstr (
      gst_hailuo_mode_get_nick (STANDARD_TEXT), ==, "standard-text-to-video");
  g_assert_cmpstr (
      gst_hailuo_mode_get_nick (STANDARD_IMAGE), ==, "standard-image-to-video");
  g_assert_cmpstr (
      gst_hailuo_mode_get_nick (PRO_TEXT), ==, "pro-text-to-video");
  g_assert_cmpstr (
      gst_hailuo_mode_get_nick (PRO_IMAGE), ==, "pro-image-to-video");

  g_assert_cmpstr (gst_hailuo_resolution_get_nick (AUTO), ==, "auto");
  g_assert_cmpstr (gst_hailuo_resolution_get_nick (P768), ==, "768p");
  g_assert_cmpstr (gst_hailuo_resolution_get_nick (P1080), ==, "1080p");

  g_assert_cmpstr (
      gst_hailuo_routing_get_nick (GST_HAILUO_ROUTING_DEFAULT), ==, "default");
  g_assert_cmpstr (
      gst_hailuo_routing_get_nick (GST_HAILUO_ROUTING_AUTO), ==, "auto");
  g_assert_cmpstr (
      gst_hailuo_routing_get_nick (GST_HAILUO_ROUTING_VALUE), ==, "value");
  g_assert_cmpstr (gst_hailuo_routing_get_nick (GST_HAILUO_ROUTING_OFFICIAL),
      ==, "official");

  g_assert_cmpstr (
      gst_hailuo_reuse_get_nick (GST_HAILUO_REUSE_ALWAYS), ==, "always");
  g_assert_cmpstr (gst_hailuo_reuse_get_nick (GST_HAILUO_REUSE_UNFINISHED), ==,
      "unfinished");
  g_assert_cmpstr (
      gst_hailuo_reuse_get_nick (GST_HAILUO_REUSE_NEVER), ==, "never");
  g_assert_cmpstr (
      gst_hailuo_reuse_get_nick (GST_HAILUO_REUSE_ONLY), ==, "only");
}

static void
test_describe (void)
{
  g_autofree gchar *two = gst_hailuo_model_describe (&model, STANDARD_TEXT);
  g_autofree gchar *three = gst_hailuo_model_describe (&model, STANDARD_IMAGE);
  g_autofree gchar *any = gst_hailuo_model_describe (&model, PRO_IMAGE);

  g_assert_cmpstr (two, ==, "6 s at 768p, 10 s at 768p");
  g_assert_cmpstr (three, ==, "10 s at 1080p, 6 s at 768p, 6 s at 1080p");
  /* how a duration that the host does not take is told is left open */
  g_assert_nonnull (strstr (any, "1080p"));
  g_assert_null (strstr (any, "0 s"));
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  UNIT_ADD_TABLE ("/price/cell", price_rows, test_price);
  UNIT_ADD_TABLE ("/price/string", string_rows, test_string);
  UNIT_ADD_TABLE ("/model/variant", variant_rows, test_variant);
  g_test_add_func ("/model/modes", test_modes);
  g_test_add_func ("/model/nicks", test_nicks);
  g_test_add_func ("/model/describe", test_describe);

  return g_test_run ();
}
