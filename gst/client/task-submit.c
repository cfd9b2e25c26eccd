/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-submit.c: the only stage that costs money. */
#include "budget.h"
#include "debug.h"
#include "task-private.h"

/* Between two tries to write an answer that no run waits for */
#define SETTLE_INTERVAL G_TIME_SPAN_SECOND

/* --- what may be spent -------------------------------------------------- */

static gboolean
check_max_cost (GstHailuoTask *self, GError **error)
{
  const gint64 price = self->shot->offer->price;
  g_autofree gchar *cost = gst_hailuo_price_to_string (MAX (price, 0));
  g_autofree gchar *limit = gst_hailuo_price_to_string (
      MAX (self->means.max_cost, 0));

  if (self->means.max_cost == GST_HAILUO_NO_LIMIT
      || (price != GST_HAILUO_PRICE_UNKNOWN && price <= self->means.max_cost))
    return TRUE;
  if (price == GST_HAILUO_PRICE_UNKNOWN)
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_SETTINGS,
        "max-cost=%s: the price of model %s at %s is not known, so it is not"
        " submitted; -1 (no limit) makes it all the same.",
        limit, self->shot->model, self->shot->catalogue->title);
  else
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_SETTINGS,
        "max-cost=%s: the shot costs about $%s, so it is not submitted.", limit,
        cost);
  return FALSE;
}

gboolean
gst_hailuo_task_check_cost (GstHailuoTask *self, GError **error)
{
  return check_max_cost (self, error)
      && gst_hailuo_ledger_check_limit (
          self->ledger, self->shot->offer->price, &self->means.limit, error);
}

/* Unless it is reserved already. */
static gboolean
reserve (GstHailuoTask *self, GError **error)
{
  const gint64 price = self->shot->offer->price;

  if (!self->means.from_uri || self->reserved > 0)
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

GError *
gst_hailuo_task_make_unknown_outcome (
    GstHailuoTask *self, const gchar *shot, const gchar *why)
{
  const gchar *host = self->means.provider->catalogue.title;
  GError *error = NULL;

  gst_hailuo_set_error (&error, GST_HAILUO_ERROR_OUTCOME_UNKNOWN,
      "The submit of shot %.12s was sent, but its outcome is unknown: %s The"
      " task may have been made and charged, so it is not submitted again."
      " Look at %s's list of tasks. If it is there, run the same line with"
      " task-id set to its id; if it is not, with reuse=never; or leave it and"
      " change take.",
      shot, why, host);
  gst_hailuo_error_get_facts (error)->billed = GST_HAILUO_BILLED_UNKNOWN;
  gst_hailuo_error_get_facts (error)->attempts = 1;
  return error;
}

/* Something went out and nothing that can be understood came back. */
static void
set_unknown_outcome (GstHailuoTask *self, GError **error, GError *cause)
{
  GError *unknown = gst_hailuo_task_make_unknown_outcome (
      self, self->attempt->shot, cause->message);
  GstHailuoErrorPrivate *to, *from = gst_hailuo_error_get_facts (cause);

  to = gst_hailuo_error_get_facts (unknown);
  if (from != NULL) {
    to->http_status = from->http_status;
    to->provider_message = g_strdup (from->provider_message);
  }
  g_propagate_error (error, unknown);
}

/* The task id in the answer to the POST; the ledger is to have it before anyone
 * is told. */
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
  gchar *task_id = self->means.provider->parse_submit (&answer, error);

  if (task_id == NULL)
    return FALSE;
  self->attempt->state = GST_HAILUO_ATTEMPT_SUBMITTED;
  self->attempt->task_id = task_id;
  self->attempt->submitted = g_get_real_time ();
  return TRUE;
}

/* Waits for the answer to the POST.  FALSE with `billed` NO: nothing was made,
 * and `retryable` says whether the same may be sent again. */
static gboolean
wait_for_answer (GstHailuoTask *self, GError **error)
{
  g_auto (GstHailuoHttpReply) reply = { 0 };
  g_autoptr (GError) problem = NULL;

  if (!gst_hailuo_post_wait (self->post, self->http, &reply, &problem)) {
    /* an id is an id, though the answer broke after it */
    if (reply.body != NULL && take_answer (self, &reply, NULL))
      return TRUE;
    if (gst_hailuo_post_was_sent (self->post)
        && !gst_hailuo_is_cancelled (problem))
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
  if (gst_hailuo_task_announce (self, error))
    return TRUE;
  gst_hailuo_task_give_back (self);
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

static gboolean
is_made (GstHailuoTask *self)
{
  return self->attempt->state == GST_HAILUO_ATTEMPT_SUBMITTED;
}

/* The host named a task that is another submit's: nobody knows what became of
 * this one, and the ledger says so. */
static gboolean
is_anothers (const GError *problem)
{
  return g_error_matches (
      problem, GST_HAILUO_ERROR, GST_HAILUO_ERROR_OUTCOME_UNKNOWN);
}

/* Has the ledger say what the answer was: the task is there, or it is certain
 * that none was made.  FALSE: cancelled, and it is still to be done; or the outcome
 * is unknown. */
static gboolean
settle (GstHailuoTask *self, GError **error)
{
  const gboolean made = is_made (self);
  g_autoptr (GError) problem = NULL;

  if (made)
    gst_hailuo_task_try_save (self, &problem);
  else
    gst_hailuo_ledger_withdraw (self->ledger, self->attempt, &problem);
  if (gst_hailuo_is_cancelled (problem)) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  self->answered = FALSE;
  g_clear_pointer (&self->post, gst_hailuo_post_free);
  if (made && is_anothers (problem)) {
    set_unknown_outcome (self, &self->final, problem);
    g_propagate_error (error, g_error_copy (self->final));
    g_clear_pointer (&self->attempt, gst_hailuo_attempt_free);
    return FALSE;
  }
  if (made) {
    g_strlcpy (self->status.task_id, self->attempt->task_id,
        sizeof self->status.task_id);
    return TRUE;
  }
  if (problem != NULL)
    self->listener->warning (problem->message, self->user_data);
  gst_hailuo_task_give_back (self);
  g_clear_pointer (&self->attempt, gst_hailuo_attempt_free);
  return TRUE;
}

/* The answer; where that is cancelled after bytes went out the POST stays open.
 * self->answered: the ledger is to have what it says. */
static gboolean
take_outcome (GstHailuoTask *self, GError **error)
{
  g_autoptr (GError) problem = NULL;

  wait_for_answer (self, &problem);
  if (g_error_matches (
          problem, GST_HAILUO_ERROR, GST_HAILUO_ERROR_OUTCOME_UNKNOWN)) {
    self->final = g_error_copy (problem);
    g_clear_pointer (&self->post, gst_hailuo_post_free);
  } else if (!gst_hailuo_is_cancelled (problem)
      || !gst_hailuo_post_was_sent (self->post)) {
    self->answered = TRUE;
  }
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* --- the answer that no run waits for ----------------------------------- */

/* No application listens any more, so it goes to stderr. */
static void
tell_user (const gchar *text, gpointer user_data)
{
  g_message ("%s", text);
}

static const GstHailuoListener nobody = { .warning = tell_user };

/* The same where no run waits for it.  FALSE: it is to be tried again. */
static gboolean
settle_alone (GstHailuoTask *self)
{
  g_autoptr (GError) problem = NULL;

  if (!is_made (self))
    gst_hailuo_task_give_back (self);
  if (is_made (self)
          ? gst_hailuo_task_save (self, &problem)
          : gst_hailuo_ledger_withdraw (self->ledger, self->attempt, &problem))
    return TRUE;
  GST_WARNING ("%s", problem->message);
  if (is_anothers (problem))
    return TRUE;
  if (!is_made (self))
    return FALSE;
  gst_hailuo_task_warn_unsaved (self, problem->message);
  return FALSE;
}

/* GThreadFunc: until the ledger has the answer, or the process ends */
static gpointer
finish_alone (gpointer task)
{
  g_autoptr (GstHailuoHttp) http = gst_hailuo_http_new ();
  g_autoptr (GstHailuoTask) self = task;

  if (!self->answered)
    take_outcome (self, NULL);
  g_clear_pointer (&self->post, gst_hailuo_post_free);
  while (self->answered && !settle_alone (self)) {
    if (!gst_hailuo_http_wait (
            http, gst_hailuo_http_now (http) + SETTLE_INTERVAL, NULL))
      break;
  }
  return NULL;
}

/* Whoever stops a run may end the process with it, and hear no more of us. */
static void
tell_unwritten (GstHailuoTask *heir)
{
  g_autofree gchar *text = NULL;

  if (!heir->answered || !is_made (heir))
    return;
  text = g_strdup_printf (
      "Stopped before the answer of %s was written down: task %s is made.",
      heir->means.provider->catalogue.title, heir->attempt->task_id);
  gst_hailuo_task_warn_unsaved (heir, text);
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
  heir->ledger = gst_hailuo_ledger_new (
      gst_hailuo_store_get_database (heir->store), TRUE, NULL, NULL);
  if (self->means.reuse == GST_HAILUO_REUSE_NEVER)
    self->handed_over = self->attempt->number;
  heir->attempt = g_steal_pointer (&self->attempt);
  heir->lock = self->lock;
  heir->reserved = self->reserved;
  heir->answered = self->answered;
  heir->post = g_steal_pointer (&self->post);
  g_clear_pointer (&self->ledger, gst_hailuo_ledger_free);
  self->lock = -1;
  self->reserved = 0;
  self->answered = FALSE;
  tell_unwritten (heir);
  if (gst_hailuo_post_hand_over (heir->post, finish_alone, heir))
    return;
  /* else the outcome is unknown, and the ledger says so */
  if (heir->answered)
    settle_alone (heir);
  g_clear_pointer (&heir->post, gst_hailuo_post_free);
  gst_hailuo_task_free (heir);
}

/* --- the stage ---------------------------------------------------------- */

static gboolean
submit_with_retries (GstHailuoTask *self, GError **error)
{
  guint attempts;

  /* the answer came, and then the run was cancelled */
  if (self->answered && !settle (self, error))
    return FALSE;
  if (self->attempt != NULL
      && self->attempt->state == GST_HAILUO_ATTEMPT_SUBMITTED)
    return TRUE;
  for (attempts = 1;; attempts++) {
    g_autoptr (GError) problem = NULL;

    if (begin_post (self, &problem))
      take_outcome (self, &problem);
    if (self->answered && !settle (self, error))
      return FALSE;
    if (problem == NULL)
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
  g_autofree gchar *advice = gst_hailuo_task_make_advice (self);

  if (self->post == NULL && self->attempt == NULL
      && (!gst_hailuo_task_check_cost (self, error) || !reserve (self, error)))
    return FALSE;
  self->status.origin = GST_HAILUO_ORIGIN_SUBMITTED;
  gst_hailuo_task_tell_state (self, "submitting");
  gst_hailuo_task_tell_progress (self, GST_HAILUO_STEP_START, -1,
      /* who is stopped from outside says no more: gst-launch-1.0 at a Ctrl-C */
      "Submitting a new task to %s: %s, %s%s%s. If it is stopped before %s"
      " answers, a task may have been made. %s",
      provider->catalogue.title, gst_hailuo_mode_get_nick (offer->mode),
      gst_hailuo_resolution_get_nick (offer->resolution),
      offer->price >= 0 ? ", about $" : ", price not known",
      offer->price >= 0 ? price : "", provider->catalogue.title, advice);
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
