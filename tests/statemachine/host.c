/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host: what it makes and bills, and its answers in the forms of both
 * dialects as their documents show them, or in none. */
#include "world.h"

#include <string.h>

#define LINK "https://file.example.com/%s.mp4?signature=" SECRET_LINK "&n=%u"

static gboolean
is_apixo (void)
{
  return world.provider == &gst_hailuo_provider_apixo;
}

void
host_answer_clear (Answer *answer)
{
  g_clear_pointer (&answer->body, g_free);
}

HostTask *
host_get (guint i)
{
  return &g_array_index (world.tasks, HostTask, i);
}

HostTask *
host_find (const gchar *task_id)
{
  guint i;

  for (i = 0; task_id != NULL && i < world.tasks->len; i++) {
    if (strcmp (host_get (i)->id, task_id) == 0)
      return host_get (i);
  }
  return NULL;
}

static const struct
{
  const gchar *code;
  gboolean refusal;
} failures[] = {
  { "PromptInvalid", TRUE },
  { "SensitiveContent", TRUE },
  { "InvalidImageSize", TRUE },
  { "RateLimited", FALSE },
  { "Timeout", FALSE },
  { "Unknown error", FALSE },
  { "E-17", FALSE },
};

gboolean
host_is_refusal (const gchar *fail_code)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (failures); i++) {
    if (strcmp (failures[i].code, fail_code) == 0)
      return failures[i].refusal;
  }
  g_return_val_if_reached (FALSE);
}

/* "Failed tasks are not charged", say the pages of one. */
gboolean
host_fails_free (void)
{
  return !is_apixo ();
}

guint
host_make_task (guint intent)
{
  const gint shot = disk_get_intent (intent)->shot;
  HostTask task = { .shot = shot, .intent = intent };

  task.model = world.provider->catalogue.models[0].name;
  task.polls = world_below (4);
  task.fails = world_chance (world.chances.fail_tasks);
  task.fail_code = failures[world_below (G_N_ELEMENTS (failures))].code;
  task.size = 100000 + world_below (1000000);
  task.content = world.tasks->len;
  if (task.content > 0 && world_below (16) == 0) {
    /* a host may make the same clip again */
    task.content = host_get (world_below (task.content))->content;
    task.size = host_get (task.content)->size;
  }
  g_snprintf (task.id, sizeof task.id, is_apixo () ? "task_%08x" : "n41%08x_h",
      g_rand_int (world.rand));
  g_array_append_val (world.tasks, task);
  world.figures.billed++;
  world.billed[shot]++;
  world_trace ("(the host bills %s of shot %d, number %u)", task.id, shot,
      world.billed[shot]);
  return world.tasks->len - 1;
}

/* --- answers ------------------------------------------------------------- */

static void
answer_ok (Answer *answer, gchar *body)
{
  answer->status = 200;
  answer->body = body;
}

/* Something that is not of the host's own form, or says nothing. */
static void
answer_noise (Answer *answer)
{
  static const struct
  {
    guint status;
    const gchar *body;
  } noises[] = {
    { 504, "{\"code\":504,\"message\":\"Upstream timeout\",\"data\":null}" },
    { 504, "<html><body>Gateway timeout</body></html>" },
    { 502, "<html><body>Bad gateway</body></html>" },
    { 503, "Service unavailable" },
    { 500, "" },
    { 500, "{\"message\":\"Internal error\"}" },
    { 408, "<html>Request timeout</html>" },
    { 200, "<!DOCTYPE html><html><body>Sign in</body></html>" },
    { 200, "" },
    { 200, "{\"code\":200,\"message\":\"success\",\"data\":{" },
    { 200, "{\"code\":200,\"message\":\"success\",\"data\":null}" },
    { 200, "{\"code\":504,\"message\":\"Upstream timeout\"}" },
    { 200, "%PDF-1.4" },
    { 200, "[[[[[[[[" },
    { 202,
        "{\"code\":200,\"data\":{\"taskId\":\"../x y\","
        "\"task_id\":\"../x y\"}}" },
  };
  const guint i = world_below (G_N_ELEMENTS (noises) + 3);

  if (i >= G_N_ELEMENTS (noises)) {
    answer->lost = TRUE;
    return;
  }
  answer->status = noises[i].status;
  answer->body = g_strdup (noises[i].body);
}

/* No, in the host's own form; by HTTP, or by the envelope's code alone. */
static void
answer_no (Answer *answer, guint status, const gchar *message)
{
  answer->status = world_below (4) == 0 ? 200 : status;
  if (!is_apixo () && world_below (2) == 0)
    answer->body = g_strdup_printf (
        "{\"error\":{\"code\":%u,\"message\":\"%s\"}}", status, message);
  else
    answer->body = g_strdup_printf (
        "{\"code\":%u,\"message\":\"%s\",\"data\":null}", status, message);
  if ((status == 429 || status == 503) && world_below (3) == 0)
    answer->retry_after = world_below (400000);
}

static void
answer_refusal (Answer *answer)
{
  static const struct
  {
    guint status;
    const gchar *message;
  } refusals[] = {
    { 400, "Missing input" },
    { 400, "Insufficient credits" },
    { 401, "Invalid key " SECRET_KEY },
    { 402, "Insufficient balance" },
    { 403, "No permission" },
    { 403, "Content violates policy" },
    { 404, "No such model" },
    { 429, "Rate limit reached" },
    { 429, "Rate limit reached" },
    { 429, "Rate limit reached" },
    { 500, "Server error" },
    { 502, "Upstream provider error" },
    { 503, "Service unavailable" },
  };
  const guint i = world_below (G_N_ELEMENTS (refusals) + 2);

  answer->refusal = TRUE;
  if (i < G_N_ELEMENTS (refusals)) {
    answer_no (answer, refusals[i].status, refusals[i].message);
  } else { /* a gateway's */
    answer->status = i % 2 == 0 ? 403 : 302;
    answer->body = g_strdup ("<html><body>No</body></html>");
  }
}

static void
answer_task (Answer *answer, const HostTask *task)
{
  if (is_apixo ())
    answer_ok (answer,
        g_strdup_printf ("{\"code\":200,\"message\":\"success\","
                         "\"data\":{\"taskId\":\"%s\"}}",
            task->id));
  else if (world_below (2) == 0)
    answer_ok (answer,
        g_strdup_printf ("{\"id\":\"%s\",\"status\":\"pending\",\"model\":"
                         "\"m\",\"created_at\":\"2026-02-24T12:00:00Z\"}",
            task->id));
  else
    answer_ok (answer,
        g_strdup_printf ("{\"code\":200,\"message\":\"success\",\"data\":"
                         "{\"task_id\":\"%s\",\"status\":\"IN_PROGRESS\"}}",
            task->id));
}

/* An error, but with the id of what was made. */
static void
answer_task_with_error (Answer *answer, const HostTask *task)
{
  answer->status = 500;
  answer->body = g_strdup_printf ("{\"code\":500,\"message\":\"Try again\","
                                  "\"data\":{\"%s\":\"%s\"}}",
      is_apixo () ? "taskId" : "task_id", task->id);
}

void
host_submit (guint intent, Answer *answer)
{
  const HostTask *task;

  answer->delay = world_below (3 * G_TIME_SPAN_SECOND);
  if (world_chance (world.chances.refuse)) {
    answer_refusal (answer);
    return;
  }
  if (world_chance (world.chances.unknown)) {
    if (world_below (2) == 0)
      host_make_task (intent);
    answer_noise (answer);
    if (world_below (8) == 0)
      answer->delay = 3600 * G_TIME_SPAN_SECOND;
    return;
  }
  task = host_get (host_make_task (intent));
  if (!world.healthy && world_below (16) == 0)
    answer_task_with_error (answer, task);
  else
    answer_task (answer, task);
}

/* --- polls --------------------------------------------------------------- */

static gchar *
make_state (const HostTask *task, const gchar *state, const gchar *more)
{
  if (is_apixo ())
    return g_strdup_printf (
        "{\"code\":200,\"message\":\"success\",\"data\":{\"taskId\":\"%s\","
        "\"state\":\"%s\"%s,\"createTime\":1767965610929}}",
        task->id, state, more);
  if (world_below (2) == 0)
    return g_strdup_printf (
        "{\"code\":200,\"message\":\"success\",\"data\":{\"task_id\":\"%s\","
        "\"status\":\"%s\"%s}}",
        task->id, state, more);
  return g_strdup_printf (
      "{\"id\":\"%s\",\"status\":\"%s\"%s}", task->id, state, more);
}

static void
answer_success (Answer *answer, HostTask *task)
{
  static const gchar *const words[] = { "success", "SUCCESS", "success",
    "ready_to_go" };
  static const gchar *const others[] = { "completed", "succeeded", "COMPLETED",
    "ready_to_go" };
  g_autofree gchar *more = NULL;

  task->link++;
  if (is_apixo ())
    more = g_strdup_printf (",\"resultJson\":\"{\\\"resultUrls\\\":[\\\"" LINK
                            "\\\"]}\"",
        task->id, task->link);
  else
    more = g_strdup_printf (
        ",\"output\":{\"video_url\":\"" LINK "\"}", task->id, task->link);
  answer_ok (answer,
      make_state (task, world_pick (is_apixo () ? words : others, 4), more));
}

static void
answer_failed (Answer *answer, HostTask *task)
{
  static const gchar *const states[] = { "failed", "FAILED", "gone_wrong" };
  g_autofree gchar *more = NULL;

  more = is_apixo ()
      ? g_strdup_printf (",\"failCode\":\"%s\",\"failMsg\":\"" SECRET_KEY
                         " no\"",
          task->fail_code)
      : g_strdup_printf (
          ",\"error\":{\"code\":\"%s\",\"message\":\"no\"}", task->fail_code);
  task->failed_told = TRUE;
  answer_ok (answer,
      make_state (task, world_pick (states, is_apixo () ? 3 : 2), more));
}

static void
answer_waiting (Answer *answer, const HostTask *task)
{
  static const gchar *const words[] = { "pending", "processing", "Processing",
    "warming_up" };
  static const gchar *const others[] = { "pending", "IN_PROGRESS", "queued",
    "warming_up" };

  answer_ok (answer,
      make_state (task, world_pick (is_apixo () ? words : others, 4), ""));
}

static void
answer_poll_noise (Answer *answer, const HostTask *task)
{
  static const guint statuses[] = { 429, 500, 502, 503, 404, 401, 403, 400 };

  switch (world_below (4)) {
    case 0:
      answer_no (answer, statuses[world_below (G_N_ELEMENTS (statuses))],
          "Not now, " SECRET_KEY);
      break;
    case 1: /* success without a link */
      answer_ok (
          answer, make_state (task, is_apixo () ? "success" : "completed", ""));
      break;
    default:
      answer_noise (answer);
  }
}

/* Where the model is part of the question, it must be the task's. */
static gboolean
knows (const HostTask *task, const gchar *url)
{
  g_autofree gchar *model = task ? g_strdup_printf ("/%s?", task->model) : NULL;

  return task != NULL && !task->forgotten
      && (!is_apixo () || strstr (url, model) != NULL);
}

gboolean
host_poll (const gchar *task_id, const gchar *url, Answer *answer)
{
  HostTask *task = host_find (task_id);

  answer->delay = world_below (2 * G_TIME_SPAN_SECOND);
  if (task != NULL && world_chance (world.chances.forget / 8))
    task->forgotten = TRUE;
  /* what was made may be said to have failed, or expired */
  if (task != NULL && task->link > 0 && world_chance (world.chances.turn))
    task->fails = TRUE;
  if (!knows (task, url)) {
    answer_no (answer, 404, "No such task");
    return FALSE;
  }
  if (world_chance (world.chances.noise)) {
    answer_poll_noise (answer, task);
    return FALSE;
  }
  if (task->polls > 0) {
    task->polls--;
    answer_waiting (answer, task);
  } else if (task->fails)
    answer_failed (answer, task);
  else
    answer_success (answer, task);
  return TRUE;
}

HostTask *
host_find_link (const gchar *url, gboolean *expired)
{
  const gchar *number = strstr (url, "&n=");
  guint i;

  for (i = 0; number != NULL && i < world.tasks->len; i++) {
    HostTask *task = host_get (i);

    if (strstr (url, task->id) != NULL) {
      *expired = g_ascii_strtoull (number + 3, NULL, 10) <= task->dead_links
          || task->forgotten;
      return task;
    }
  }
  return NULL;
}
