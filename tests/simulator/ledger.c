/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ledger.c: who asked for what, and who has to pay for it. */
#include "simulator-private.h"

static const struct
{
  SimKind kind;
  const gchar *nick;
} kinds[] = {
  { SIM_SUBMIT, "submit" },
  { SIM_POLL, "poll" },
  { SIM_FILE, "file" },
  { SIM_OTHER, "other" },
};

static const gchar *const state_nicks[] = {
  [SIM_STATE_PENDING] = "pending",
  [SIM_STATE_PROCESSING] = "processing",
  [SIM_STATE_SUCCESS] = "success",
  [SIM_STATE_FAILED] = "failed",
};

const gchar *
sim_kind_nick (SimKind kind)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].kind == kind)
      return kinds[i].nick;
  g_return_val_if_reached (NULL);
}

/* The bits that @what stands for; a typing error in a test must not make the
 * test pass. */
static guint
kinds_of (const gchar *what)
{
  guint i;

  if (g_str_equal (what, "any"))
    return SIM_SUBMIT | SIM_POLL | SIM_FILE | SIM_OTHER;
  for (i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].nick, what))
      return kinds[i].kind;
  g_error ("There are no requests of the kind \"%s\"", what);
}

/* Takes @request, which has arrived completely.  In the same locked section as
 * what it brings about: who has waited for a submit finds its bill.  lock */
void
sim_ledger_log (Simulator *self, SimRequest *request, SimKind kind)
{
  request->kind = kind;
  request->logged = TRUE;

  g_ptr_array_add (self->requests, request);
  g_cond_broadcast (&self->changed);
}

/* lock */
static guint
count_requests (Simulator *self, guint what)
{
  guint i, n = 0;

  for (i = 0; i < self->requests->len; i++) {
    const SimRequest *request = g_ptr_array_index (self->requests, i);

    if ((request->kind & what) != 0)
      n++;
  }
  return n;
}

static JsonObject *
request_to_json (const SimRequest *request)
{
  JsonObject *object = json_object_new ();
  JsonObject *headers = json_object_new ();
  g_autofree gchar *body = g_utf8_make_valid (
      request->body->str, request->body->len);
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, request->headers);
  while (g_hash_table_iter_next (&iter, &name, &value)) {
    g_autofree gchar *text = g_utf8_make_valid (value, -1);

    json_object_set_string_member (headers, name, text);
  }

  json_object_set_string_member (object, "kind", sim_kind_nick (request->kind));
  json_object_set_string_member (object, "method", request->method);
  json_object_set_string_member (object, "target", request->target);
  json_object_set_string_member (
      object, "port", request->files_port ? "files" : "api");
  json_object_set_object_member (object, "headers", headers);
  json_object_set_string_member (object, "body", body);
  return object;
}

gchar *
sim_ledger_requests_text (Simulator *self)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_new ();
  guint i;

  g_mutex_lock (&self->lock);
  for (i = 0; i < self->requests->len; i++)
    json_array_add_object_element (
        array, request_to_json (g_ptr_array_index (self->requests, i)));
  g_mutex_unlock (&self->lock);

  json_node_take_array (root, array);
  return json_to_string (root, FALSE);
}

guint
simulator_get_requests (Simulator *self, const gchar *what)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = count_requests (self, kinds_of (what));
  g_mutex_unlock (&self->lock);
  return n;
}

gchar *
simulator_get_request (Simulator *self, const gchar *what, guint n)
{
  guint bits = kinds_of (what);
  JsonObject *object = NULL;
  guint i;

  g_mutex_lock (&self->lock);
  for (i = 0; i < self->requests->len && object == NULL; i++) {
    const SimRequest *request = g_ptr_array_index (self->requests, i);

    if ((request->kind & bits) != 0 && n-- == 0)
      object = request_to_json (request);
  }
  g_mutex_unlock (&self->lock);

  return object != NULL ? sim_json_take_text (object) : NULL;
}

gboolean
simulator_wait_requests (
    Simulator *self, const gchar *what, guint n, guint timeout_ms)
{
  gint64 until = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;
  guint bits = kinds_of (what);
  gboolean arrived;

  g_mutex_lock (&self->lock);
  while (!(arrived = count_requests (self, bits) >= n))
    if (!g_cond_wait_until (&self->changed, &self->lock, until))
      break;
  g_mutex_unlock (&self->lock);
  return arrived;
}

/* Tasks */

static void
set_string (JsonObject *object, const gchar *name, const gchar *value)
{
  if (value != NULL)
    json_object_set_string_member (object, name, value);
  else
    json_object_set_null_member (object, name);
}

/* lock */
static JsonObject *
task_to_json (Simulator *self, const SimTask *task)
{
  JsonObject *object = json_object_new ();
  SimStatus status;

  sim_task_get_status (self, task, &status);
  set_string (object, "id", task->id);
  set_string (object, "provider", task->dialect->name);
  set_string (object, "model", task->model);
  set_string (object, "mode", task->mode);
  set_string (object, "prompt", task->prompt);
  set_string (object, "image", task->image);
  json_object_set_int_member (object, "duration", task->duration);
  set_string (object, "resolution", task->full_hd ? "1080p" : "768p");
  set_string (object, "callback_url", task->callback_url);
  set_string (object, "state", state_nicks[status.state]);
  set_string (object, "fail_code", status.fail_code);
  json_object_set_int_member (object, "created", task->created_ms);
  json_object_set_int_member (object, "callbacks", task->callbacks);
  json_object_set_boolean_member (object, "called_back", task->called_back);
  return object;
}

guint
simulator_get_billed (Simulator *self)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = self->tasks->len;
  g_mutex_unlock (&self->lock);
  return n;
}

guint
simulator_get_billed_for (Simulator *self, const gchar *prompt)
{
  guint i, n = 0;

  g_mutex_lock (&self->lock);
  for (i = 0; i < self->tasks->len; i++) {
    const SimTask *task = g_ptr_array_index (self->tasks, i);

    if (g_strcmp0 (task->prompt, prompt) == 0)
      n++;
  }
  g_mutex_unlock (&self->lock);
  return n;
}

gchar *
simulator_get_ledger (Simulator *self)
{
  JsonObject *object = json_object_new ();
  JsonArray *tasks = json_array_new ();
  guint i;

  g_mutex_lock (&self->lock);
  /* a task is billed when it is accepted, so each is in the bill */
  json_object_set_int_member (object, "billed", self->tasks->len);
  for (i = 0; i < self->tasks->len; i++)
    json_array_add_object_element (
        tasks, task_to_json (self, g_ptr_array_index (self->tasks, i)));
  g_mutex_unlock (&self->lock);

  json_object_set_array_member (object, "tasks", tasks);
  return sim_json_take_text (object);
}
