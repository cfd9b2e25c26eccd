/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dialect-apixo.c: api.apixo.ai, from the host's pages for hailuo-2-3 and
 * hailuo-2-3-fast.  Words in quotes in the comments are theirs. */
#include <string.h>

#include "simulator-private.h"

#define SUBMIT_PREFIX "/api/v1/generateTask/"
#define STATUS_PREFIX "/api/v1/statusTask/"
#define BALANCE_PATH "/api/v1/apikeys/current-balance"

static const struct
{
  const gchar *model;
  gboolean has_text; /* text-to-video modes */
  gint pro_duration; /* "fixed", in seconds */
} models[] = {
  { "hailuo-2-3", TRUE, 5 },
  { "hailuo-2-3-fast", FALSE, 6 },
};

static const struct
{
  const gchar *mode;
  gboolean image; /* "Exactly 1 image URL" */
  gboolean pro;   /* "duration is ignored", 1080p */
} modes[] = {
  { "standard-text-to-video", FALSE, FALSE },
  { "standard-image-to-video", TRUE, FALSE },
  { "pro-text-to-video", FALSE, TRUE },
  { "pro-image-to-video", TRUE, TRUE },
};

static const struct
{
  guint status;
  const gchar *message;
} messages[] = {
  { 400, "Invalid request" },
  { 401, "Invalid or missing API key" },
  { 402, "Insufficient credits" },
  { 403, "Key or route cannot access the model" },
  { 404, "Not found" },
  { 429, "Rate limit exceeded" },
  { 500, "Server error or unknown upstream failure" },
  { 502, "Upstream provider error" },
  { 503, "Temporarily unavailable" },
  { 504, "Upstream timeout" },
};

static gboolean
apixo_route (const SimRequest *request, SimRoute *route)
{
  const gchar *path = request->path;
  gboolean get = g_str_equal (request->method, "GET");

  if (g_str_equal (request->method, "POST")
      && g_str_has_prefix (path, SUBMIT_PREFIX)) {
    route->kind = SIM_SUBMIT;
    route->model = g_strdup (path + strlen (SUBMIT_PREFIX));
  } else if (get && g_str_has_prefix (path, STATUS_PREFIX)) {
    route->kind = SIM_POLL;
    route->model = g_strdup (path + strlen (STATUS_PREFIX));
    route->task_id = g_strdup (g_hash_table_lookup (request->query, "taskId"));
  } else if (get && g_str_equal (path, BALANCE_PATH)) {
    route->kind = SIM_OTHER;
  } else {
    return FALSE;
  }
  return TRUE;
}

static gint
find_model (const gchar *model, GError **error)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (models); i++)
    if (g_str_equal (models[i].model, model))
      return i;
  /* "404: model id or task id not found" */
  g_set_error (error, SIM_REFUSAL, 404, "Model not found: %s", model);
  return -1;
}

static gboolean
refuse (GError **error, const gchar *detail)
{
  g_set_error_literal (error, SIM_REFUSAL, 400, detail);
  return FALSE;
}

/* Is the member, where there is one, a string out of @allowed? */
static gboolean
check_choice (JsonObject *root, const gchar *name, const gchar *const *allowed,
    GError **error)
{
  const gchar *value;

  if (!json_object_has_member (root, name))
    return TRUE;
  value = sim_json_string (root, name);
  if (value != NULL && g_strv_contains (allowed, value))
    return TRUE;
  g_set_error (error, SIM_REFUSAL, 400, "Invalid %s", name);
  return FALSE;
}

/* "Required when request_type is callback.  Must be a public HTTPS URL that
 * can receive the final task payload."  Plain http is taken to this machine,
 * where no certificate can be had. */
static gboolean
read_callback (JsonObject *root, SimTask *task, GError **error)
{
  const gchar *type = sim_json_string (root, "request_type");
  const gchar *url = sim_json_string (root, "callback_url");

  if (g_strcmp0 (type, "callback") != 0)
    return TRUE; /* async is the default */
  if (url == NULL)
    return refuse (error, "Missing required field: callback_url");
  if (!sim_json_is_http_url (url)
      || (g_str_has_prefix (url, "http:") && !sim_http_is_loopback (url)))
    return refuse (error, "callback_url must be a public HTTPS URL");
  task->callback_url = g_strdup (url);
  return TRUE;
}

static gboolean
read_image (JsonObject *input, SimTask *task, GError **error)
{
  JsonNode *node = json_object_get_member (input, "image_urls");
  JsonNode *first;

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return refuse (error, "Missing required field: input.image_urls");
  if (!JSON_NODE_HOLDS_ARRAY (node)
      || json_array_get_length (json_node_get_array (node)) != 1)
    return refuse (error, "input.image_urls must contain exactly 1 URL");

  first = json_array_get_element (json_node_get_array (node), 0);
  if (json_node_get_value_type (first) != G_TYPE_STRING
      || !sim_json_is_http_url (json_node_get_string (first)))
    return refuse (error, "Invalid image URL");
  task->image = json_node_dup_string (first);
  return TRUE;
}

static gboolean
read_duration (JsonObject *input, SimTask *task, GError **error)
{
  gint64 duration;

  if (!json_object_has_member (input, "duration"))
    return refuse (error, "Missing required field: input.duration");
  /* an integer in the documents; a string is refused */
  if (!sim_json_integer (input, "duration", &duration)
      || (duration != 6 && duration != 10))
    return refuse (error, "input.duration must be 6 or 10");
  task->duration = duration;
  return TRUE;
}

static gboolean
read_input (JsonObject *input, gint model, SimTask *task, GError **error)
{
  const gchar *mode = sim_json_string (input, "mode");
  const gchar *prompt = sim_json_string (input, "prompt");
  guint i;

  for (i = 0; i < G_N_ELEMENTS (modes); i++)
    if (g_strcmp0 (modes[i].mode, mode) == 0)
      break;
  if (i == G_N_ELEMENTS (modes) || (!modes[i].image && !models[model].has_text))
    return refuse (error, "Invalid mode type.");

  /* "Missing or empty prompt"; how long it may be is not documented */
  if (prompt == NULL || *prompt == '\0')
    return refuse (error, "Missing required field: input.prompt");

  task->mode = g_strdup (mode);
  task->prompt = g_strdup (prompt);
  task->full_hd = modes[i].pro;
  if (modes[i].image && !read_image (input, task, error))
    return FALSE;
  if (!modes[i].pro)
    return read_duration (input, task, error);
  task->duration = models[model].pro_duration;
  return TRUE;
}

static SimTask *
apixo_read_submit (
    const SimRequest *request, const SimRoute *route, GError **error)
{
  static const gchar *const types[] = { "async", "callback", NULL };
  static const gchar *const providers[] = { "auto", "value", "official", NULL };
  g_autoptr (SimTask) task = sim_task_new (&sim_dialect_apixo);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *root, *input;
  gint model;

  model = find_model (route->model, error);
  if (model < 0)
    return NULL;
  node = sim_json_request_body (request, error);
  if (node == NULL)
    return NULL;

  root = json_node_get_object (node);
  input = sim_json_object (root, "input");
  if (input == NULL) {
    refuse (error, "Missing required field: input");
    return NULL;
  }

  task->model = g_strdup (route->model);
  if (!check_choice (root, "request_type", types, error)
      || !check_choice (root, "provider", providers, error)
      || !read_callback (root, task, error)
      || !read_input (input, model, task, error))
    return NULL;
  return g_steal_pointer (&task);
}

static gboolean
apixo_check_poll (const SimRoute *route, GError **error)
{
  if (find_model (route->model, error) < 0)
    return FALSE;
  if (route->task_id == NULL || *route->task_id == '\0')
    return refuse (error, "Missing required field: taskId");
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

static gchar *
apixo_write_submit (const SimTask *task, SimForm form)
{
  JsonObject *data = json_object_new ();

  json_object_set_string_member (data, "taskId", task->id);
  return envelope (data);
}

/* "JSON string containing resultUrls array" */
static gchar *
result_json (const gchar *link)
{
  JsonObject *result = json_object_new ();
  JsonArray *urls = json_array_new ();

  json_array_add_string_element (urls, link);
  json_object_set_array_member (result, "resultUrls", urls);
  return sim_json_take_text (result);
}

static gchar *
apixo_write_status (const SimTask *task, const SimStatus *status, SimForm form)
{
  static const gchar *const words[] = {
    [SIM_STATE_PENDING] = "pending",
    [SIM_STATE_PROCESSING] = "processing",
    [SIM_STATE_SUCCESS] = "success",
    [SIM_STATE_FAILED] = "failed",
  };
  JsonObject *data = json_object_new ();

  json_object_set_string_member (data, "taskId", task->id);
  json_object_set_string_member (data, "state",
      status->word != NULL ? status->word : words[status->state]);
  if (status->state == SIM_STATE_SUCCESS && status->link != NULL) {
    g_autofree gchar *result = result_json (status->link);

    json_object_set_string_member (data, "resultJson", result);
  }
  if (status->state == SIM_STATE_FAILED) {
    json_object_set_string_member (data, "failCode", status->fail_code);
    json_object_set_string_member (data, "failMsg", status->fail_message);
  }
  json_object_set_int_member (data, "createTime", task->created_ms);
  if (status->state >= SIM_STATE_SUCCESS) {
    json_object_set_int_member (
        data, "completeTime", task->created_ms + status->cost_ms);
    json_object_set_int_member (data, "costTime", status->cost_ms);
  }
  return envelope (data);
}

static gchar *
apixo_write_error (guint status, const gchar *detail, SimForm form)
{
  JsonObject *root = json_object_new ();
  const gchar *message = "Error";
  guint i;

  for (i = 0; i < G_N_ELEMENTS (messages); i++)
    if (messages[i].status == status)
      message = messages[i].message;

  json_object_set_int_member (root, "code", status);
  json_object_set_string_member (root, "message", message);
  if (detail != NULL) {
    JsonObject *data = json_object_new ();

    json_object_set_string_member (data, "error", detail);
    json_object_set_object_member (root, "data", data);
  }
  return sim_json_take_text (root);
}

/* The balance, the only one of the host's "System APIs"; always the sum in
 * the documents' example */
static gchar *
apixo_write_other (const SimRoute *route)
{
  JsonObject *root = json_object_new ();

  json_object_set_int_member (root, "code", 200);
  json_object_set_string_member (root, "message", "success");
  json_object_set_double_member (root, "data", 74.87);
  return sim_json_take_text (root);
}

const SimDialect sim_dialect_apixo = {
  .name = "apixo",
  .base_path = "/api/v1",
  .route = apixo_route,
  .read_submit = apixo_read_submit,
  .check_poll = apixo_check_poll,
  .write_submit = apixo_write_submit,
  .write_status = apixo_write_status,
  .write_error = apixo_write_error,
  .write_other = apixo_write_other,
};
