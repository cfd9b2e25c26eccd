/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* provider-apixo.c: APIXO, https://apixo.ai
 *
 * Based on its pages "Hailuo 2.3" and "Hailuo 2.3 Fast", its error pages and
 * its polling guide, as read on 2026-11-21.
 */
#include "provider.h"

#include <json-glib/json-glib.h>

#define STANDARD_T2V GST_HAILUO_MODE_STANDARD_TEXT_TO_VIDEO
#define STANDARD_I2V GST_HAILUO_MODE_STANDARD_IMAGE_TO_VIDEO
#define PRO_T2V GST_HAILUO_MODE_PRO_TEXT_TO_VIDEO
#define PRO_I2V GST_HAILUO_MODE_PRO_IMAGE_TO_VIDEO
#define R768 GST_HAILUO_RESOLUTION_768P
#define R1080 GST_HAILUO_RESOLUTION_1080P
#define UNKNOWN GST_HAILUO_PRICE_UNKNOWN

/* Standard: $0.056 per second.  Pro: $0.49 per task, whatever the duration; the
 * page promises 5 s for it. */
static const GstHailuoVariant variants_2_3[] = {
  /* mode, duration, resolution, seconds, price */
  { STANDARD_T2V, 6, R768, 6, 336000 },
  { STANDARD_T2V, 10, R768, 10, 560000 },
  { STANDARD_I2V, 6, R768, 6, 336000 },
  { STANDARD_I2V, 10, R768, 10, 560000 },
  { PRO_T2V, 0, R1080, 5, 490000 },
  { PRO_I2V, 0, R1080, 5, 490000 },
};

/* "standard is billed by duration, pro per task", without figures. */
static const GstHailuoVariant variants_2_3_fast[] = {
  { STANDARD_I2V, 6, R768, 6, UNKNOWN },
  { STANDARD_I2V, 10, R768, 10, UNKNOWN },
  { PRO_I2V, 0, R1080, 6, UNKNOWN },
};

/* A model unknown to this version: everything the dialect can express. */
static const GstHailuoVariant variants_unlisted[] = {
  { STANDARD_T2V, 6, R768, 6, UNKNOWN },
  { STANDARD_T2V, 10, R768, 10, UNKNOWN },
  { STANDARD_I2V, 6, R768, 6, UNKNOWN },
  { STANDARD_I2V, 10, R768, 10, UNKNOWN },
  { PRO_T2V, 0, R1080, 0, UNKNOWN },
  { PRO_I2V, 0, R1080, 0, UNKNOWN },
};

static const GstHailuoModel models[] = {
  { "hailuo-2-3", variants_2_3, G_N_ELEMENTS (variants_2_3),
      "APIXO, page Hailuo 2.3, Billing, read 2026-11-21" },
  { "hailuo-2-3-fast", variants_2_3_fast, G_N_ELEMENTS (variants_2_3_fast),
      NULL },
  { NULL, variants_unlisted, G_N_ELEMENTS (variants_unlisted), NULL },
};

static void
build_submit (const GstHailuoShot *shot, const gchar *callback_url,
    GstHailuoApiRequest *request)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *model = g_uri_escape_string (shot->model, NULL, FALSE);

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "request_type");
  json_builder_add_string_value (json, callback_url ? "callback" : "async");
  if (callback_url != NULL) {
    json_builder_set_member_name (json, "callback_url");
    json_builder_add_string_value (json, callback_url);
  }
  if (shot->routing != GST_HAILUO_ROUTING_DEFAULT) {
    json_builder_set_member_name (json, "provider");
    json_builder_add_string_value (
        json, gst_hailuo_routing_get_nick (shot->routing));
  }
  json_builder_set_member_name (json, "input");
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "mode");
  json_builder_add_string_value (
      json, gst_hailuo_mode_get_nick (shot->variant->mode));
  json_builder_set_member_name (json, "prompt");
  json_builder_add_string_value (json, shot->prompt);
  if (shot->image != NULL) {
    json_builder_set_member_name (json, "image_urls");
    json_builder_begin_array (json);
    json_builder_add_string_value (json, shot->image);
    json_builder_end_array (json);
  }
  if (shot->duration != 0) {
    json_builder_set_member_name (json, "duration");
    json_builder_add_int_value (json, shot->duration);
  }
  json_builder_end_object (json);
  json_builder_end_object (json);

  root = json_builder_get_root (json);
  request->path = g_strconcat ("/generateTask/", model, NULL);
  request->body = json_to_string (root, FALSE);
}

static void
build_poll (
    const gchar *model, const gchar *task_id, GstHailuoApiRequest *request)
{
  g_autofree gchar *name = g_uri_escape_string (model, NULL, FALSE);
  g_autofree gchar *id = g_uri_escape_string (task_id, NULL, FALSE);

  request->path = g_strconcat ("/statusTask/", name, "?taskId=", id, NULL);
}

static const GstHailuoStateWord words[] = {
  { "pending", GST_HAILUO_STATE_PENDING },
  { "processing", GST_HAILUO_STATE_PROCESSING },
  { "success", GST_HAILUO_STATE_SUCCESS },
  { "failed", GST_HAILUO_STATE_FAILED },
  { "fail", GST_HAILUO_STATE_FAILED },
};

const GstHailuoProvider gst_hailuo_provider_apixo = {
  .catalogue = {
    .nick = "apixo",
    .title = "APIXO",
    .models = models,
    .n_models = G_N_ELEMENTS (models),
    .has_routing = TRUE,
    .image_formats = "jpg jpeg png",
  },
  .base_url = "https://api.apixo.ai/api/v1",
  .key_env = "APIXO_API_KEY",
  .url_env = "APIXO_BASE_URL",
  /* "first poll 30 s; pro 45 s to 60 s; interval 10 s to 15 s" */
  .first_poll = { 30000, 45000 },
  .poll_interval = 10000,
  .typical = 120000,            /* costTime in the page's example */
  .dialect = {
    .task_ids = (const gchar *const[]){ "data.taskId", NULL },
    .error_ids = (const gchar *const[]){ "data.taskId", NULL },
    .names_task = TRUE,
    .codes = (const gchar *const[]){ "code", NULL },
    .messages = (const gchar *const[]){ "data.failMsg", "data.error", "failMsg",
        "message", NULL },
    .fail_codes = (const gchar *const[]){ "data.failCode", "failCode", NULL },
    .states = (const gchar *const[]){ "data.state", NULL },
    .words = words,
    .n_words = G_N_ELEMENTS (words),
    .failures = gst_hailuo_dialect_failures,
    .hints = gst_hailuo_dialect_hints,
    .image_advice = "Give the public URL of a JPG or PNG image of at most 20 MB, with"
                    " more than 300 pixels on the short side, between 2:5 and 5:2.",
    .urls = (const gchar *const[]){ "resultUrls.0", NULL },
    .embedded = (const gchar *const[]){ "data.resultJson", NULL },
    /* undocumented whether a failed task is charged */
    .failed_billed = GST_HAILUO_BILLED_UNKNOWN,
  },
  .build_submit = build_submit,
  .build_poll = build_poll,
};
