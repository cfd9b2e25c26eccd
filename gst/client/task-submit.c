/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-submit.c: the only stage that costs money. */
#include "budget.h"
#include "debug.h"
#include "task-private.h"

/* --- the budget of the URIs --------------------------------------------- */

static gboolean
reserve (GstHailuoTask *self, GError **error)
{
  const gint64 price = self->shot->offer->price;

  if (!self->means.from_uri)
    return TRUE;
  if (!gst_hailuo_budget_reserve (self->means.budget, price, error))
    return FALSE;
  self->reserved = price;
  return TRUE;
}

void
gst_hailuo_task_give_back (GstHailuoTask *self)
{
  gst_hailuo_budget_give_back (self->reserved);
  self->reserved = 0;
}

/* --- the submit --------------------------------------------------------- */

/* Something went out and nothing that can be understood came back. */
static void
set_unknown_outcome (GstHailuoTask *self, GError **error, GError *cause)
{
  GError *unknown = gst_hailuo_task_make_unknown_outcome (self, cause->message);
  GstHailuoErrorPrivate *to, *from = gst_hailuo_error_get_facts (cause);

  to = gst_hailuo_error_get_facts (unknown);
  if (from != NULL) {
    to->http_status = from->http_status;
    to->provider_message = g_strdup (from->provider_message);
  }
  g_propagate_error (error, unknown);
}

/* The task id in the answer to the POST. */
static gboolean
take_answer (
    GstHailuoTask *self, const GstHailuoHttpReply *reply, GError **error)
{
  const GstHailuoAnswer answer = {
    .status = reply->status,
    .body = (const gchar *) reply->body->data,
    .length = reply->body->len,
    .retry_after = reply->retry_after,
    .key = reply->key,
  };
  g_autofree gchar *task_id = self->means.provider->parse_submit (
      &answer, error);

  if (task_id == NULL)
    return FALSE;
  g_strlcpy (self->status.task_id, task_id, sizeof self->status.task_id);
  return TRUE;
}

/* Waits for the answer to the POST, which then is open no more; unless that is
 * cancelled after bytes went out.  FALSE with `billed` NO: nothing was made, and
 * `retryable` says whether the same may be sent again. */
static gboolean
wait_for_answer (GstHailuoTask *self, GError **error)
{
  g_autoptr (GstHailuoPost) post = g_steal_pointer (&self->post);
  g_auto (GstHailuoHttpReply) reply = { 0 };
  g_autoptr (GError) problem = NULL;

  if (!gst_hailuo_post_wait (post, self->http, &reply, &problem)) {
    const gboolean sent = gst_hailuo_post_was_sent (post);

    /* an id is an id, though the answer broke after it */
    if (reply.body != NULL && take_answer (self, &reply, NULL))
      return TRUE;
    if (sent && gst_hailuo_is_cancelled (problem))
      self->post = g_steal_pointer (&post);
    if (sent && !gst_hailuo_is_cancelled (problem))
      set_unknown_outcome (self, error, problem);
    else
      g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  if (take_answer (self, &reply, &problem))
    return TRUE;
  if (problem->code == GST_HAILUO_ERROR_OUTCOME_UNKNOWN)
    set_unknown_outcome (self, error, problem);
  else
    g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* What must be there before a byte is sent */
static gboolean
prepare (GstHailuoTask *self, GError **error)
{
  if (!reserve (self, error))
    return FALSE;
  if (gst_hailuo_task_write_record (self, GST_HAILUO_RECORD_INTENT, error))
    return TRUE;
  /* nothing is sent; what is there of the record must not say otherwise */
  gst_hailuo_task_give_back (self);
  gst_hailuo_task_write_record (self, GST_HAILUO_RECORD_NONE, NULL);
  return FALSE;
}

/* Unless one is open: this run was cancelled, and goes on. */
static gboolean
begin_post (GstHailuoTask *self, GError **error)
{
  g_auto (GstHailuoRequest) request = { 0 };
  g_autofree gchar *url = NULL;

  if (self->post != NULL)
    return TRUE;
  if (!prepare (self, error))
    return FALSE;
  self->means.provider->build_submit (
      self->shot, self->means.callback_url, &request);
  url = g_strconcat (self->means.base_url, request.path, NULL);
  self->status.submits++;
  self->post = gst_hailuo_post_new (
      self->http, url, self->means.key, request.body);
  return TRUE;
}

/* The answer, and the record of what it says: where it is certain that no task
 * was made, there is after it what was there before. */
static gboolean
take_outcome (GstHailuoTask *self, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (wait_for_answer (self, &problem)) {
    g_free (self->record.task_id);
    self->record.task_id = g_strdup (self->status.task_id);
    gst_hailuo_record_clear (&self->before);
    gst_hailuo_task_try_record (self, GST_HAILUO_RECORD_SUBMITTED);
    return TRUE;
  }
  if (g_error_matches (
          problem, GST_HAILUO_ERROR, GST_HAILUO_ERROR_OUTCOME_UNKNOWN)) {
    self->final = g_error_copy (problem);
  } else if (self->post == NULL) {
    gst_hailuo_task_give_back (self);
    gst_hailuo_task_try_record (self, GST_HAILUO_RECORD_NONE);
  }
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* --- the answer that no run waits for ----------------------------------- */

static void
log_warning (const gchar *text, gpointer user_data)
{
  GST_WARNING ("%s", text);
}

static const GstHailuoListener nobody = { .warning = log_warning };

/* GThreadFunc */
static gpointer
finish_alone (gpointer task)
{
  g_autoptr (GstHailuoTask) self = task;

  take_outcome (self, NULL);
  return NULL;
}

void
gst_hailuo_task_hand_over (GstHailuoTask *self)
{
  GstHailuoTask *heir;

  if (self->post == NULL)
    return;
  heir = gst_hailuo_task_new (NULL, NULL, NULL, &nobody, NULL);
  heir->means.provider = self->means.provider;
  heir->store = g_steal_pointer (&self->store);
  heir->record = self->record;
  heir->before = self->before;
  heir->lock = self->lock;
  heir->reserved = self->reserved;
  heir->post = g_steal_pointer (&self->post);
  self->record = (GstHailuoRecord){ 0 };
  self->before = (GstHailuoRecord){ 0 };
  self->lock = -1;
  self->reserved = 0;
  if (gst_hailuo_post_hand_over (heir->post, finish_alone, heir))
    return;
  /* the outcome is unknown, and the record says so */
  g_clear_pointer (&heir->post, gst_hailuo_post_free);
  gst_hailuo_task_free (heir);
}

/* --- the stage ---------------------------------------------------------- */

static gboolean
submit_with_retries (GstHailuoTask *self, GError **error)
{
  guint attempts;

  for (attempts = 1;; attempts++) {
    g_autoptr (GError) problem = NULL;

    if (begin_post (self, &problem) && take_outcome (self, &problem))
      return TRUE;
    if (gst_hailuo_is_cancelled (problem)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
    if (!gst_hailuo_task_wait_to_retry (self, attempts, self->means.retries, 0,
            gst_hailuo_task_get_deadline (self), &problem, error))
      return FALSE;
  }
}

gboolean
gst_hailuo_task_submit (GstHailuoTask *self, GError **error)
{
  const GstHailuoProvider *provider = self->means.provider;
  const GstHailuoOffer *offer = self->shot->offer;
  g_autofree gchar *price = gst_hailuo_price_to_string (offer->price);

  gst_hailuo_task_tell_state (self, "submitting");
  gst_hailuo_task_tell_progress (self, GST_HAILUO_STEP_START, -1,
      /* who is stopped from outside says no more: gst-launch-1.0 at a Ctrl-C */
      "Submitting a new task to %s: %s, %s%s%s. If it is stopped before %s"
      " answers, a task may have been made: run the same line again",
      provider->catalogue.title, gst_hailuo_mode_get_nick (offer->mode),
      gst_hailuo_resolution_get_nick (offer->resolution),
      offer->price >= 0 ? ", about $" : ", price not known",
      offer->price >= 0 ? price : "", provider->catalogue.title);
  if (self->began == 0)
    self->began = gst_hailuo_http_now (self->http);
  if (!submit_with_retries (self, error))
    return FALSE;

  /* the wait for the result begins now, however long this took */
  self->deadline = 0;
  self->next_poll = gst_hailuo_http_now (self->http)
      + G_TIME_SPAN_MILLISECOND
          * (self->means.first_poll != 0
                  ? self->means.first_poll
                  : provider->first_poll[gst_hailuo_mode_is_pro (offer->mode)]);
  gst_hailuo_task_tell_progress (self, GST_HAILUO_STEP_COMPLETE, 100,
      "Submitted: %s has it as task %s", provider->catalogue.title,
      self->status.task_id);
  gst_hailuo_task_enter (self, GST_HAILUO_STAGE_GENERATE);
  gst_hailuo_task_tell_state (self, "pending");
  return TRUE;
}
