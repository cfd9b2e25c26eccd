/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dialect-apiinone.c: apiin.one, from the host's page for hailuo-2-3 and what
 * could be read of its general pages.  Much is not documented; each guess is
 * marked with GUESS. */
#include <string.h>

#include "simulator-private.h"

#define SUBMIT_PATH "/api/v1/videos/generations"
#define TASKS_PREFIX "/api/v1/tasks/"

/* The documents give the member two meanings, the first in the examples, the
 * others in the table of parameters; so all are taken. */
static const struct
{
  const gchar *model;
  const gchar *mode;
} models[] = {
  { "hailuo-2-3", "standard-image-to-video" },
  { "hailuo/2-3-image-to-video-standard", "standard-image-to-video" },
  { "hailuo/2-3-image-to-video-pro", "pro-image-to-video" },
};

static gboolean
apiinone_route (const SimRequest *request, SimRoute *route)
{
  const gchar *path = request->path;

  if (g_str_equal (request->method, "POST")
      && g_str_equal (path, SUBMIT_PATH)) {
    route->kind = SIM_SUBMIT;
  } else if (g_str_equal (request->method, "GET")
      && g_str_has_prefix (path, TASKS_PREFIX)) {
    route->kind = SIM_POLL;
    route->task_id = g_strdup (path + strlen (TASKS_PREFIX));
  } else {
    return FALSE;
  }
  return TRUE;
}

static gboolean
refuse (GError **error, const gchar *detail)
{
  g_set_error_literal (error, SIM_REFUSAL, 400, detail);
  return FALSE;
}

static gboolean
read_required (JsonObject *root, SimTask *task, GError **error)
{
  const gchar *model = sim_json_string (root, "model");
  const gchar *prompt = sim_json_string (root, "prompt");
  const gchar *image = sim_json_string (root, "image");
  guint i;

  /* "The 'model' parameter is always required" */
  if (model == NULL)
    return refuse (error, "The 'model' parameter is required");
  for (i = 0; i < G_N_ELEMENTS (models); i++)
    if (g_str_equal (models[i].model, model))
      break;
  if (i == G_N_ELEMENTS (models))
    return refuse (error, "Unknown model");
  if (prompt == NULL || *prompt == '\0')
    return refuse (error, "The 'prompt' parameter is required");
  /* GUESS: that the URL's shape is looked at */
  if (!sim_json_is_http_url (image))
    return refuse (error, "The 'image' parameter is required");

  task->model = g_strdup (model);
  task->mode = g_strdup (models[i].mode);
  task->prompt = g_strdup (prompt);
  task->image = g_strdup (image);
  return TRUE;
}

/* The string of an optional member, @fallback where there is none, NULL where
 * it is not one out of @allowed */
static const gchar *
read_choice (JsonObject *root, const gchar *name, const gchar *const *allowed,
    const gchar *fallback)
{
  const gchar *value;

  if (!json_object_has_member (root, name))
    return fallback;
  value = sim_json_string (root, name);
  return value != NULL && g_strv_contains (allowed, value) ? value : NULL;
}

static gboolean
read_optional (JsonObject *root, SimTask *task, GError **error)
{
  static const gchar *const durations[] = { "6", "10", NULL };
  static const gchar *const resolutions[] = { "768P", "1080P", NULL };
  const gchar *duration = read_choice (root, "duration", durations, "6");
  const gchar *resolution = read_choice (
      root, "resolution", resolutions, "768P");

  /* a string in the documents, even the duration */
  if (duration == NULL)
    return refuse (error, "The 'duration' parameter must be \"6\" or \"10\"");
  if (resolution == NULL)
    return refuse (
        error, "The 'resolution' parameter must be \"768P\" or \"1080P\"");
  if (json_object_has_member (root, "callback_url")) {
    const gchar *url = sim_json_string (root, "callback_url");

    if (!sim_json_is_http_url (url))
      return refuse (error, "The 'callback_url' parameter must be a URL");
    task->callback_url = g_strdup (url);
  }

  task->duration = g_str_equal (duration, "10") ? 10 : 6;
  task->full_hd = g_str_equal (resolution, "1080P");
  return TRUE;
}

static SimTask *
apiinone_read_submit (
    const SimRequest *request, const SimRoute *route, GError **error)
{
  g_autoptr (SimTask) task = sim_task_new (&sim_dialect_apiinone);
  g_autoptr (JsonNode) node = sim_json_request_body (request, error);

  if (node == NULL || !read_required (json_node_get_object (node), task, error)
      || !read_optional (json_node_get_object (node), task, error))
    return NULL;
  return g_steal_pointer (&task);
}

static gboolean
apiinone_check_poll (const SimRoute *route, GError **error)
{
  if (*route->task_id == '\0')
    return refuse (error, "The task id is required");
  return TRUE;
}

static gchar *
envelope (JsonObject *data)
{
  JsonObject *root = json_object_new ();

  json_object_set_int_member (root, "code", 200);
  json_object_set_string_member (root, "message", "success");
  json_object_set_object_member (root, "data", data);
  return sim_json_take_text (root);
}

/* What both flat answers begin with */
static JsonObject *
flat_object (const SimTask *task, const gchar *status)
{
  JsonObject *root = json_object_new ();
  g_autoptr (GDateTime)
      created = g_date_time_new_from_unix_utc (task->created_ms / 1000);
  g_autofree gchar *text = g_date_time_format (created, "%Y-%m-%dT%H:%M:%SZ");

  json_object_set_string_member (root, "id", task->id);
  json_object_set_string_member (root, "status", status);
  json_object_set_string_member (root, "model", task->model);
  json_object_set_string_member (root, "created_at", text);
  return root;
}

static JsonObject *
enveloped_object (const SimTask *task, const gchar *status)
{
  JsonObject *data = json_object_new ();

  json_object_set_string_member (data, "task_id", task->id);
  json_object_set_string_member (data, "status", status);
  return data;
}

/* Both forms are documented, on two versions of the same page; the enveloped
 * one is the newer. */
static gchar *
apiinone_write_submit (const SimTask *task, SimForm form)
{
  if (form == SIM_FORM_FLAT)
    return sim_json_take_text (flat_object (task, "pending"));
  return envelope (enveloped_object (task, "IN_PROGRESS"));
}

/* GUESS: the whole answer of a task is not documented but for "task_id ->
 * result".  This is what one public client reads (data.status,
 * data.output.video_url, data.error), itself made by guessing; the flat form
 * has the same members at the top, by analogy with the flat submit answer.
 * IN_PROGRESS and pending are the two words that are documented, as the states
 * of a submit answer. */
static gchar *
apiinone_write_status (
    const SimTask *task, const SimStatus *status, SimForm form)
{
  static const gchar *const words[][2] = {
    [SIM_STATE_PENDING] = { "IN_PROGRESS", "pending" },
    [SIM_STATE_PROCESSING] = { "IN_PROGRESS", "processing" },
    [SIM_STATE_SUCCESS] = { "COMPLETED", "completed" },
    [SIM_STATE_FAILED] = { "FAILED", "failed" },
  };
  gboolean flat = form == SIM_FORM_FLAT;
  const gchar *word = status->word != NULL ? status->word
                                           : words[status->state][flat ? 1 : 0];
  JsonObject *data = flat ? flat_object (task, word)
                          : enveloped_object (task, word);

  if (status->state == SIM_STATE_SUCCESS && status->link != NULL) {
    JsonObject *output = json_object_new ();

    json_object_set_string_member (output, "video_url", status->link);
    json_object_set_object_member (data, "output", output);
  }
  if (status->state == SIM_STATE_FAILED)
    json_object_set_string_member (data, "error", status->fail_message);

  return flat ? sim_json_take_text (data) : envelope (data);
}

static const gchar *
error_message (guint status)
{
  switch (status) {
    case 401:
      return "Invalid API key"; /* documented; the others are GUESSes */
    case 402:
      return "Insufficient credits";
    case 404:
      return "Task not found";
    case 429:
      return "Rate limit exceeded";
    default:
      return "Request failed";
  }
}

/* {"error":{"code":401,"message":"Invalid API key","type":...}} is documented
 * and so is the default, whatever the form of the other answers; the value of
 * "type" was not readable.  GUESS: the enveloped form, by analogy with the
 * enveloped submit answer. */
static gchar *
apiinone_write_error (guint status, const gchar *detail, SimForm form)
{
  JsonObject *object = json_object_new ();
  JsonObject *root;

  json_object_set_int_member (object, "code", status);
  json_object_set_string_member (
      object, "message", detail != NULL ? detail : error_message (status));
  if (form == SIM_FORM_ENVELOPED)
    return sim_json_take_text (object);

  json_object_set_string_member (object, "type", "api_error");
  root = json_object_new ();
  json_object_set_object_member (root, "error", object);
  return sim_json_take_text (root);
}

const SimDialect sim_dialect_apiinone = {
  .name = "apiinone",
  .base_path = "",
  .route = apiinone_route,
  .read_submit = apiinone_read_submit,
  .check_poll = apiinone_check_poll,
  .write_submit = apiinone_write_submit,
  .write_status = apiinone_write_status,
  .write_error = apiinone_write_error,
};
