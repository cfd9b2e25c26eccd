/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-submit.c: the only stage that costs money. */
#include "budget.h"
#include "task-private.h"

#define SUBMIT_TIMEOUT (120 * G_TIME_SPAN_SECOND)

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

/* One POST.  FALSE with `billed` NO: nothing was made, and `retryable` says
 * whether the same may be sent again. */
static gboolean
submit_once (
    GstHailuoTask *self, const GstHailuoRequest *request, GError **error)
{
  g_autofree gchar *url = g_strconcat (
      self->means.base_url, request->path, NULL);
  g_auto (GstHailuoHttpReply) reply = { 0 };
  g_autoptr (GError) problem = NULL;
  gboolean sent = FALSE;

  if (!gst_hailuo_http_is_post_open (self->http))
    self->status.submits++;
  if (!gst_hailuo_http_perform (self->http, url, self->means.key, request->body,
          gst_hailuo_http_now (self->http)
              + MIN (SUBMIT_TIMEOUT, self->means.timeout * G_TIME_SPAN_SECOND),
          &reply, &sent, &problem)) {
    /* an id is an id, though the answer broke after it */
    if (reply.body != NULL && take_answer (self, &reply, NULL))
      return TRUE;
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

static void
keep_submitted (GstHailuoTask *self)
{
  g_free (self->record.task_id);
  self->record.task_id = g_strdup (self->status.task_id);
  gst_hailuo_record_clear (&self->before);
}

void
gst_hailuo_task_save_answer (GstHailuoTask *self)
{
  g_auto (GstHailuoHttpReply) reply = { 0 };
  g_autoptr (GError) problem = NULL;

  if (!gst_hailuo_http_is_post_open (self->http))
    return;
  gst_hailuo_http_take_post (self->http, &reply);
  /* nobody is there to be told */
  if (take_answer (self, &reply, &problem)) {
    keep_submitted (self);
    gst_hailuo_task_write_record (self, GST_HAILUO_RECORD_SUBMITTED, NULL);
  } else if (gst_hailuo_error_get_facts (problem)->billed
      == GST_HAILUO_BILLED_NO) {
    gst_hailuo_task_give_back (self);
    gst_hailuo_task_write_record (self, GST_HAILUO_RECORD_NONE, NULL);
  }
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

/* A submit with the record, and the money, that must be there before it: where
 * it is certain that no task was made, there is after it what was there
 * before. */
static gboolean
submit_on_record (
    GstHailuoTask *self, const GstHailuoRequest *request, GError **error)
{
  g_autoptr (GError) problem = NULL;
  gboolean unknown;

  if (!gst_hailuo_http_is_post_open (self->http) && !prepare (self, error))
    return FALSE;
  if (submit_once (self, request, &problem)) {
    keep_submitted (self);
    gst_hailuo_task_try_record (self, GST_HAILUO_RECORD_SUBMITTED);
    return TRUE;
  }
  unknown = gst_hailuo_http_is_post_open (self->http)
      || g_error_matches (
          problem, GST_HAILUO_ERROR, GST_HAILUO_ERROR_OUTCOME_UNKNOWN);
  if (!unknown) {
    gst_hailuo_task_give_back (self);
    gst_hailuo_task_try_record (self, GST_HAILUO_RECORD_NONE);
  } else if (!gst_hailuo_http_is_post_open (self->http)) {
    self->final = g_error_copy (problem);
  }
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* TRUE, with no task id: the record that was there before is wanted after all,
 * since the run that goes on with an open POST may have another `reuse`. */
static gboolean
submit_with_retries (GstHailuoTask *self, GError **error)
{
  g_auto (GstHailuoRequest) request = { 0 };
  guint attempts;

  self->means.provider->build_submit (
      self->shot, self->means.callback_url, &request);
  for (attempts = 1;; attempts++) {
    g_autoptr (GError) problem = NULL;

    if (!gst_hailuo_http_is_post_open (self->http)
        && gst_hailuo_task_is_wanted (self, &self->before))
      return TRUE;
    if (submit_on_record (self, &request, &problem))
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
      "Submitting a new task to %s: %s, %s%s%s", provider->catalogue.title,
      gst_hailuo_mode_get_nick (offer->mode),
      gst_hailuo_resolution_get_nick (offer->resolution),
      offer->price >= 0 ? ", about $" : ", price not known",
      offer->price >= 0 ? price : "");
  if (self->began == 0)
    self->began = gst_hailuo_http_now (self->http);
  if (!submit_with_retries (self, error))
    return FALSE;
  if (self->status.task_id[0] == '\0') {
    gst_hailuo_store_unlock (&self->lock);
    gst_hailuo_task_enter (self, GST_HAILUO_STAGE_CLAIM);
    return TRUE;
  }

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
