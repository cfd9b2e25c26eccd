/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* api.c: the API port: the hosts' routes, and the simulator's own. */
#include <string.h>

#include "simulator-private.h"

#define JSON_TYPE "application/json"

static void
sim_route_clear (SimRoute *route)
{
  g_free (route->model);
  g_free (route->task_id);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SimRoute, sim_route_clear)

/* The simulator's own routes need no key and are no requests to a host. */
static gboolean
answer_control (Simulator *self, const SimRequest *request, SimAnswer *answer)
{
  gboolean get = g_str_equal (request->method, "GET");

  if (get && g_str_equal (request->path, "/ledger")) {
    sim_answer_take_text (answer, 200, JSON_TYPE, simulator_get_ledger (self));
  } else if (get && g_str_equal (request->path, "/requests")) {
    sim_answer_take_text (
        answer, 200, JSON_TYPE, sim_ledger_requests_text (self));
  } else if (g_str_equal (request->method, "POST")
      && g_str_equal (request->path, "/script")) {
    g_autoptr (GError) error = NULL;
    guint n = 0;

    if (sim_script_add (self, request->body->str, &n, &error))
      sim_answer_take_text (
          answer, 200, JSON_TYPE, g_strdup_printf ("{\"added\":%u}", n));
    else
      sim_answer_take_text (
          answer, 400, "text/plain", g_strdup_printf ("%s\n", error->message));
  } else {
    return FALSE;
  }
  return TRUE;
}

static void
find_route (const SimRequest *request, SimRoute *route)
{
  const SimDialect *const *dialect;

  route->kind = SIM_OTHER;
  for (dialect = sim_dialects (); *dialect != NULL; dialect++) {
    if ((*dialect)->route (request, route)) {
      route->dialect = *dialect;
      return;
    }
  }
}

static gboolean
check_key (Simulator *self, const SimRequest *request, GError **error)
{
  const gchar *value = g_hash_table_lookup (request->headers, "authorization");

  /* the scheme's name is written in any case, says HTTP */
  if (value != NULL && g_ascii_strncasecmp (value, "Bearer ", 7) == 0
      && g_str_equal (value + 7, self->api_key))
    return TRUE;
  g_set_error_literal (error, SIM_REFUSAL, 401, "");
  return FALSE;
}

/* lock */
static SimTask *
find_task (Simulator *self, const SimRoute *route)
{
  SimTask *task;

  if (route->kind != SIM_POLL || route->task_id == NULL)
    return NULL;
  task = sim_task_find (self, route->task_id);
  /* a task is found only by the host, and at APIXO the model, it was made
   * for: the model is part of the path */
  if (task == NULL || task->dialect != route->dialect
      || (route->model != NULL && !g_str_equal (route->model, task->model)))
    return NULL;
  return task;
}

/* Checks and accepts a submit.  lock */
static SimTask *
accept_submit (Simulator *self, const SimRequest *request,
    const SimRoute *route, GError **error)
{
  SimTask *task = route->dialect->read_submit (request, route, error);

  if (task != NULL)
    sim_task_accept (self, task);
  return task;
}

/* lock */
static gchar *
poll_body (Simulator *self, const SimRoute *route, SimTask *task,
    const SimRule *rule, GError **error)
{
  g_autofree gchar *link = NULL;
  SimStatus status;

  if (!route->dialect->check_poll (route, error))
    return NULL;
  if (task == NULL) {
    g_set_error_literal (error, SIM_REFUSAL, 404, "Task not found");
    return NULL;
  }

  sim_task_get_status (self, task, &status);
  link = sim_files_link (self, task);
  status.link = link;
  if (rule != NULL && rule->has_link)
    status.link = rule->link;
  if (rule != NULL)
    status.word = rule->state;
  return route->dialect->write_status (
      task, &status, rule != NULL ? rule->form : SIM_FORM_DEFAULT);
}

/* The answer by the documents, in the form the rule asks for.  lock */
static void
answer_as_host (Simulator *self, const SimRequest *request,
    const SimRoute *route, SimTask *task, const SimRule *rule,
    SimAnswer *answer)
{
  const SimDialect *dialect = route->dialect;
  SimForm form = rule != NULL ? rule->form : SIM_FORM_DEFAULT;
  g_autoptr (GError) error = NULL;
  gchar *body = NULL;

  if (!check_key (self, request, &error)) {
    /* error is set */
  } else if (route->kind == SIM_SUBMIT) {
    task = accept_submit (self, request, route, &error);
    if (task != NULL)
      body = dialect->write_submit (task, form);
  } else if (route->kind == SIM_POLL) {
    body = poll_body (self, route, task, rule, &error);
  } else {
    body = dialect->write_other (route);
  }

  if (body != NULL)
    sim_answer_take_text (answer, 200, JSON_TYPE, body);
  else
    sim_answer_take_text (answer, error->code, JSON_TYPE,
        dialect->write_error (error->code,
            *error->message != '\0' ? error->message : NULL, form));
}

/* @text with what only the simulator knows in the place of @task-id@ and
 * @link@.  lock */
static gchar *
fill_in (Simulator *self, const gchar *text, const SimTask *task)
{
  g_autoptr (GString) filled = g_string_new (text);

  if (task != NULL) {
    g_autofree gchar *link = sim_files_link (self, task);

    g_string_replace (filled, "@task-id@", task->id, 0);
    g_string_replace (filled, "@link@", link, 0);
  }
  return g_strdup (filled->str);
}

/* The answer is the rule's, so nothing of the request is checked but whether
 * a task can be made of it.  lock */
static void
answer_by_rule (Simulator *self, const SimRequest *request,
    const SimRoute *route, SimTask *task, const SimRule *rule,
    SimAnswer *answer)
{
  guint status = rule->status != 0 ? rule->status : 200;

  if (rule->billed)
    task = accept_submit (self, request, route, NULL);

  if (rule->body != NULL)
    sim_answer_take_text (answer, status,
        rule->is_json ? JSON_TYPE : "text/plain; charset=utf-8",
        fill_in (self, rule->body, task));
  else if (status >= 400)
    sim_answer_take_text (answer, status, JSON_TYPE,
        route->dialect->write_error (status, NULL, rule->form));
  else
    sim_answer_take_text (answer, status, "text/plain", g_strdup (""));
}

/* Does the rule have an answer of its own?  A success status alone changes
 * nothing but the status. */
static gboolean
replaces_answer (const SimRule *rule)
{
  return rule->body != NULL || rule->drop || rule->status >= 300;
}

static void
apply_rule (const SimRule *rule, SimAnswer *answer)
{
  GHashTableIter iter;
  gpointer name, value;

  answer->drop = rule->drop;
  answer->delay = rule->delay;
  if (rule->status != 0 && answer->status == 200)
    answer->status = rule->status;
  if (rule->headers == NULL)
    return;
  g_hash_table_iter_init (&iter, rule->headers);
  while (g_hash_table_iter_next (&iter, &name, &value))
    sim_answer_set_header (answer, name, value);
}

/* lock */
static const SimRule *
answer_route (Simulator *self, const SimRequest *request, const SimRoute *route,
    SimAnswer *answer)
{
  SimTask *task = find_task (self, route);
  const SimRule *rule = sim_script_take (self, route->kind,
      task != NULL && sim_task_get_state (self, task) == SIM_STATE_SUCCESS);

  if (route->dialect == NULL)
    /* not documented; in the shape of the hosts' other refusals */
    sim_answer_take_text (answer, 404, JSON_TYPE,
        g_strdup ("{\"code\":404,\"message\":\"Not found\"}"));
  else if (rule != NULL && replaces_answer (rule))
    answer_by_rule (self, request, route, task, rule, answer);
  else
    answer_as_host (self, request, route, task, rule, answer);
  return rule;
}

void
sim_api_answer (Simulator *self, SimRequest *request, SimAnswer *answer)
{
  g_auto (SimRoute) route = {
    0,
  };
  const SimRule *rule;

  if (answer_control (self, request, answer))
    return;

  find_route (request, &route);
  g_mutex_lock (&self->lock);
  sim_ledger_log (self, request, route.kind);
  rule = answer_route (self, request, &route, answer);
  g_mutex_unlock (&self->lock);
  if (rule != NULL)
    apply_rule (rule, answer);
}
