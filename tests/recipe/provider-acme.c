/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* provider-acme.c: a made-up host, which differs from the others wherever a row
 * lets it: paths, members, words, prices, limits. */
#include "provider.h"

#include <json-glib/json-glib.h>

static const GstHailuoVariant variants[] = {
  /* mode, duration, resolution, seconds, price */
  { GST_HAILUO_MODE_STANDARD_TEXT_TO_VIDEO, 4, GST_HAILUO_RESOLUTION_768P, 4,
      250000 },
};

static const GstHailuoModel models[] = {
  { "acme-1", variants, G_N_ELEMENTS (variants), "made up" },
};

static void
build_submit (const GstHailuoShot *shot, const gchar *callback_url,
    GstHailuoApiRequest *request)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "engine");
  json_builder_add_string_value (json, shot->model);
  json_builder_set_member_name (json, "text");
  json_builder_add_string_value (json, shot->prompt);
  json_builder_set_member_name (json, "seconds");
  json_builder_add_int_value (json, shot->duration);
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  request->path = g_strdup ("/renders");
  request->body = json_to_string (root, FALSE);
}

static void
build_poll (
    const gchar *model, const gchar *task_id, GstHailuoApiRequest *request)
{
  g_autofree gchar *id = g_uri_escape_string (task_id, NULL, FALSE);

  request->path = g_strconcat ("/renders/", id, NULL);
}

static const GstHailuoStateWord words[] = {
  { "waiting for a render node", GST_HAILUO_STATE_PENDING },
  { "rendering", GST_HAILUO_STATE_PROCESSING },
  { "rendered", GST_HAILUO_STATE_SUCCESS },
  { "crashed", GST_HAILUO_STATE_FAILED },
};

static const GstHailuoFailCode failures[] = {
  { "rude", GST_HAILUO_FAILURE_CONTENT },
  { NULL },
};

static const GstHailuoMessageHint hints[] = {
  { 400, "purse is empty", GST_HAILUO_ERROR_NO_CREDIT },
  { 0, NULL },
};

const GstHailuoProvider gst_hailuo_provider_acme = {
  .catalogue = {
    .nick = "acme",
    .title = "Acme",
    .models = models,
    .n_models = G_N_ELEMENTS (models),
  },
  .base_url = "https://api.acme.example/v9",
  .key_env = "ACME_API_KEY",
  .url_env = "ACME_BASE_URL",
  .first_poll = { 100, 100 },
  .poll_interval = 100,
  .typical = 1000,
  .dialect = {
    .task_ids = (const gchar *const[]){ "render.ref", NULL },
    .error_ids = (const gchar *const[]){ "render.ref", NULL },
    .names_task = TRUE,
    .codes = (const gchar *const[]){ "problem.number", NULL },
    .messages = (const gchar *const[]){ "problem.why", NULL },
    .fail_codes = (const gchar *const[]){ "problem.kind", NULL },
    .states = (const gchar *const[]){ "render.phase", NULL },
    .words = words,
    .n_words = G_N_ELEMENTS (words),
    .failures = failures,
    .hints = hints,
    .image_advice = "Acme takes no images.",
    .urls = (const gchar *const[]){ "render.film.href", NULL },
    .embedded = (const gchar *const[]){ NULL },
    .failed_billed = GST_HAILUO_BILLED_NO,
  },
  .build_submit = build_submit,
  .build_poll = build_poll,
};
