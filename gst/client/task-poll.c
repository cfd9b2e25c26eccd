/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-poll.c: polls the host for the state of the task, and handles
 * replies. */
#include "http-request.h"
#include "task-private.h"

#define POLL_TIMEOUT (60 * G_TIME_SPAN_SECOND)
#define NOT_FOUND_MAX 2 /* further polls that may return 404 */

/* The clip exists or existed, so it is charged.  A task that the user named is
 * saved once the host has confirmed it. */
static void
note_made (GstHailuoTask *self)
{
  const gboolean known = self->attempt->billed == GST_HAILUO_BILLED_YES;

  self->attempt->billed = GST_HAILUO_BILLED_YES;
  if (!self->doubted && (self->unsaved || !known))
    gst_hailuo_task_try_save (self, NULL);
}

static gboolean
poll_once (GstHailuoTask *self, gint64 deadline, GstHailuoReport *report,
    GError **error)
{
  const gint64 now = gst_hailuo_http_now (self->http);
  gint64 until = now + POLL_TIMEOUT;
  g_auto (GstHailuoApiRequest) request = { 0 };
  g_auto (GstHailuoResponse) response = { 0 };
  g_autofree gchar *url = NULL;
  gboolean parsed;

  /* the last poll, at the deadline, still gets time for its reply */
  if (deadline > 0)
    until = CLAMP (deadline, now + G_TIME_SPAN_SECOND, until);
  self->config.provider->build_poll (
      self->attempt->model, self->status.task_id, &request);
  url = g_strconcat (self->config.base_url, request.path, NULL);
  self->status.polls++;
  if (!gst_hailuo_http_get (
          self->http, url, self->config.key, until, &response, error))
    return FALSE;
  parsed = gst_hailuo_response_parse_poll (
      self->config.provider, &response, self->status.task_id, report, error);
  /* even if the reply tells nothing else */
  if (report->made)
    note_made (self);
  return parsed;
}

gint64
gst_hailuo_task_get_poll_interval (GstHailuoTask *self)
{
  return self->config.poll_interval != 0 ? self->config.poll_interval
                                         : self->config.provider->poll_interval;
}

/* (transfer full) */
static GError *
note_forgotten (GstHailuoTask *self, const GError *problem)
{
  /* a task that was named by mistake never existed */
  if (!self->doubted && self->attempt->state == GST_HAILUO_ATTEMPT_SUBMITTED) {
    self->attempt->ended = gst_hailuo_attempt_get_time ();
    gst_hailuo_task_try_save (self, NULL);
  }
  return gst_hailuo_error_new_from (problem,
      "%s has no task %s; it may have expired. Check provider, base-url and"
      " model, and run again to ask once more; reuse=never or a different take"
      " submits a new paid task.",
      self->config.provider->catalogue.title, self->status.task_id);
}

gboolean
gst_hailuo_task_poll (GstHailuoTask *self, gint64 deadline,
    GstHailuoReport *report, GError **error)
{
  GstHailuoRetry retry = {
    .floor = gst_hailuo_task_get_poll_interval (self),
    .deadline = deadline,
  };

  for (;;) {
    g_autoptr (GError) problem = NULL;
    GstHailuoNext next;
    gboolean forgotten;

    if (poll_once (self, deadline, report, &problem)) {
      self->doubted = FALSE;
      if (self->unsaved)
        gst_hailuo_task_try_save (self, NULL);
      return TRUE;
    }
    /* 404: a new task may not be known everywhere yet; an old one is gone */
    forgotten = gst_hailuo_task_is_forgotten (problem);
    retry.max = forgotten ? MIN (self->config.retries, NOT_FOUND_MAX)
                          : self->config.retries;
    next = gst_hailuo_task_next (self, &retry, &problem);
    if (next == GST_HAILUO_NEXT_CANCELLED) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
    if (next == GST_HAILUO_NEXT_GIVE_UP) {
      return gst_hailuo_task_propagate_as_billed (error,
          forgotten ? note_forgotten (self, problem)
                    : g_steal_pointer (&problem));
    }
  }
}

/* Advice on what another run does after a failure that the request did not
 * cause. (transfer full) (nullable) */
static gchar *
make_repeat_advice (GstHailuoTask *self, const GError *failure)
{
  if (failure->code != GST_HAILUO_ERROR_FAILED
      && failure->code != GST_HAILUO_ERROR_BUSY)
    return NULL;
  if (self->attempt->billed == GST_HAILUO_BILLED_YES)
    return gst_hailuo_task_make_advice (self);
  return g_strdup (self->adopt != NULL
          ? "Running it without task-id submits a new task, which may be"
            " charged again."
          : "Running it again with the same settings submits a new task, which"
            " may be charged again; after three failures in a row, that needs a"
            " different take or reuse=never.");
}

/* A clip that was made stays made, even if the host reports a failure along
 * with it or later; the next run asks for it again. (transfer full) */
static GError *
note_failure_of_made (GstHailuoTask *self, const GError *failure)
{
  const GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (failure);
  GError *error = gst_hailuo_error_new_from (failure,
      "%s reports that task %s failed (%s), but also that its clip was"
      " generated, so the task counts as charged and the next run asks for it"
      " again. reuse=never or a different take submits a new paid task.",
      self->config.provider->catalogue.title, self->status.task_id,
      facts->provider_code ? facts->provider_code : "no code given");

  gst_hailuo_error_get_facts (error)->billed = GST_HAILUO_BILLED_YES;
  if (!gst_hailuo_attempt_has_clip (self->attempt))
    self->attempt->ended = gst_hailuo_attempt_get_time ();
  return error;
}

/* (transfer full) */
static GError *
note_failure_of_task (GstHailuoTask *self, const GError *failure)
{
  const GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (failure);
  GstHailuoAttempt *attempt = self->attempt;

  attempt->billed = facts->billed;
  attempt->state = GST_HAILUO_ATTEMPT_FAILED;
  attempt->ended = gst_hailuo_attempt_get_time ();
  attempt->fault = failure->code == GST_HAILUO_ERROR_SETTINGS
      ? GST_HAILUO_FAULT_REQUEST
      : GST_HAILUO_FAULT_HOST;
  g_free (attempt->fail_code);
  attempt->fail_code = g_strdup (facts->provider_code);
  return g_error_copy (failure);
}

/* What is charged stays charged. (transfer full) */
static GError *
note_failure (GstHailuoTask *self, const GError *failure)
{
  GError *error = self->attempt->billed == GST_HAILUO_BILLED_YES
      ? note_failure_of_made (self, failure)
      : note_failure_of_task (self, failure);

  gst_hailuo_error_get_facts (error)->advice = make_repeat_advice (
      self, failure);
  if (self->attempt->billed == GST_HAILUO_BILLED_NO)
    gst_hailuo_task_give_back (self);
  gst_hailuo_task_try_save (self, NULL);
  return error;
}

gboolean
gst_hailuo_task_take_report (
    GstHailuoTask *self, GstHailuoReport *report, GError **error)
{
  if (report->unknown_word != NULL) {
    g_autofree gchar *text = NULL;

    gst_hailuo_task_hide_prompt (self, &report->unknown_word);
    text = g_strdup_printf (
        "%s reported the unknown state \"%s\"; going by the rest of its"
        " response.",
        self->config.provider->catalogue.title, report->unknown_word);

    self->listener->warning (text, self->user_data);
  }
  switch (report->state) {
    case GST_HAILUO_STATE_FAILED:
      gst_hailuo_task_notify_state (self, GST_HAILUO_STATE_FAILED);
      /* its fail code is kept in the ledger */
      gst_hailuo_task_hide_prompt_in_error (self, report->failure);
      self->final = note_failure (self, report->failure);
      g_propagate_error (error, g_error_copy (self->final));
      return FALSE;
    case GST_HAILUO_STATE_SUCCESS:
      g_free (self->url);
      self->url = g_steal_pointer (&report->url);
      return TRUE;
    case GST_HAILUO_STATE_PENDING:
      gst_hailuo_task_notify_state (self, GST_HAILUO_STATE_PENDING);
      return TRUE;
    default:
      gst_hailuo_task_notify_state (self, GST_HAILUO_STATE_PROCESSING);
      return TRUE;
  }
}
