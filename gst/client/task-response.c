/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-response.c: takes the answer to the POST of a submit, and records it in
 * the ledger. */
#include "task-private.h"

/* Something was sent, but nothing intelligible came back. */
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

/* Takes the task id from the answer to the POST; it must be in the ledger
 * before anyone is told. */
static gboolean
take_answer (
    GstHailuoTask *self, const GstHailuoResponse *response, GError **error)
{
  gchar *task_id = gst_hailuo_response_parse_submit (
      self->config.provider, response, error);

  if (task_id == NULL)
    return FALSE;
  self->attempt->state = GST_HAILUO_ATTEMPT_SUBMITTED;
  self->attempt->task_id = task_id;
  self->attempt->submitted = gst_hailuo_attempt_get_time ();
  return TRUE;
}

/* Waits for the answer to the POST.  FALSE with `billed` NO: no task was
 * created, and `retryable` says whether the same request may be sent again. */
static gboolean
wait_for_answer (GstHailuoTask *self, GError **error)
{
  g_auto (GstHailuoResponse) response = { 0 };
  g_autoptr (GError) problem = NULL;

  if (!gst_hailuo_post_wait (self->post, self->http, &response, &problem)) {
    /* an id counts even if the answer broke off after it */
    if (response.body != NULL && take_answer (self, &response, NULL))
      return TRUE;
    if (gst_hailuo_post_was_sent (self->post)
        && !gst_hailuo_is_cancelled (problem))
      set_unknown_outcome (self, error, problem);
    else
      g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  if (take_answer (self, &response, &problem))
    return TRUE;
  if (problem->code == GST_HAILUO_ERROR_OUTCOME_UNKNOWN)
    set_unknown_outcome (self, error, problem);
  else
    g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

gboolean
gst_hailuo_task_is_made (GstHailuoTask *self)
{
  return self->attempt->state == GST_HAILUO_ATTEMPT_SUBMITTED;
}

/* The host answered with a task that belongs to another submit: the outcome of
 * this one is unknown, and the ledger says so. */
gboolean
gst_hailuo_task_is_anothers (const GError *problem)
{
  return g_error_matches (
      problem, GST_HAILUO_ERROR, GST_HAILUO_ERROR_OUTCOME_UNKNOWN);
}

/* Records the answer in the ledger: the task exists, or it is certain that none
 * was created.  FALSE: cancelled, so this is still to be done; or the outcome
 * is unknown. */
gboolean
gst_hailuo_task_settle (GstHailuoTask *self, GError **error)
{
  const gboolean made = gst_hailuo_task_is_made (self);
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
  if (made && gst_hailuo_task_is_anothers (problem)) {
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

/* Waits for the answer; if cancelled after bytes were sent, the POST stays
 * open.
 * self->answered: the answer still has to be recorded in the ledger. */
gboolean
gst_hailuo_task_take_outcome (GstHailuoTask *self, GError **error)
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
