/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-attempts.c: what follows from the attempts at the shot. */
#include "task-private.h"

#define HOST_FAILURES_MAX 3 /* in a row; then the user has to ask for more */

/* The newest attempt that @fits. (transfer none) (nullable) */
const GstHailuoAttempt *
gst_hailuo_task_find_newest (GstHailuoTask *self, GPtrArray *attempts,
    gboolean (*fits) (GstHailuoTask *self, const GstHailuoAttempt *attempt))
{
  guint i;

  for (i = 0; i < attempts->len; i++) {
    if (fits (self, g_ptr_array_index (attempts, i)))
      return g_ptr_array_index (attempts, i);
  }
  return NULL;
}

gboolean
gst_hailuo_task_is_unfinished (
    GstHailuoTask *self, const GstHailuoAttempt *attempt)
{
  return attempt->state == GST_HAILUO_ATTEMPT_SUBMITTED && attempt->ended == 0;
}

/* Whether it was already in this state before the run began.  Timestamps cannot
 * tell: the clocks of two machines differ, and a clock may be set. */
static gboolean
is_old (GstHailuoTask *self, const GstHailuoAttempt *attempt)
{
  guint i;

  for (i = 0; self->before != NULL && i < self->before->len; i++) {
    const GstHailuoAttempt *old = g_ptr_array_index (self->before, i);

    if (old->number == attempt->number)
      return old->state == attempt->state;
  }
  return FALSE;
}

/* FALSE only with reuse=unfinished, if delivered before this run began. */
gboolean
gst_hailuo_task_is_wanted (GstHailuoTask *self, const GstHailuoAttempt *attempt)
{
  return self->config.reuse != GST_HAILUO_REUSE_UNFINISHED
      || attempt->state != GST_HAILUO_ATTEMPT_DELIVERED
      || !is_old (self, attempt);
}

/* The clip was there, and can be fetched again while the host has the task. */
gboolean
gst_hailuo_task_is_gone (GstHailuoTask *self, const GstHailuoAttempt *attempt)
{
  return gst_hailuo_attempt_has_clip (attempt)
      && gst_hailuo_task_is_wanted (self, attempt);
}

/* The host may have the clip, even after a failure if the host has said since
 * then that the clip was made. */
gboolean
gst_hailuo_task_is_submitted (
    GstHailuoTask *self, const GstHailuoAttempt *attempt)
{
  return attempt->state == GST_HAILUO_ATTEMPT_SUBMITTED
      || (attempt->state == GST_HAILUO_ATTEMPT_FAILED
          && attempt->billed == GST_HAILUO_BILLED_YES);
}

gboolean
gst_hailuo_task_is_unknown (
    GstHailuoTask *self, const GstHailuoAttempt *attempt)
{
  return attempt->state == GST_HAILUO_ATTEMPT_INTENT;
}

static gboolean
is_refused (GstHailuoTask *self, const GstHailuoAttempt *attempt)
{
  return attempt->fault == GST_HAILUO_FAULT_REQUEST;
}

/* Warns if an attempt newer than the one being played came to nothing. */
static void
warn_of_newer (GstHailuoTask *self, const GstHailuoAttempt *newest)
{
  g_autofree gchar *text = NULL;

  if (newest->number <= self->attempt->number
      || gst_hailuo_attempt_has_clip (newest))
    return;
  text = g_strdup_printf (newest->task_id
          ? "A newer attempt at this shot, task %s, %s. This is the"
            " clip of task %s."
          : "A newer attempt at this shot%s %s. This is the clip of"
            " task %s.",
      newest->task_id ? newest->task_id : "",
      newest->state == GST_HAILUO_ATTEMPT_FAILED
          ? "failed"
          : "has an unknown outcome: look at the host's list of tasks",
      self->attempt->task_id);
  self->listener->warning (text, self->user_data);
}

/* Plays the newest intact clip, if there is one. */
gboolean
gst_hailuo_task_use_any_clip (
    GstHailuoTask *self, GPtrArray *attempts, GError **error)
{
  guint i;

  for (i = 0; i < attempts->len && self->status.stage != GST_HAILUO_STAGE_DONE;
       i++) {
    if (gst_hailuo_task_is_wanted (self, g_ptr_array_index (attempts, i))
        && !gst_hailuo_task_use_clip (
            self, g_ptr_array_index (attempts, i), error))
      return FALSE;
  }
  if (self->status.stage == GST_HAILUO_STAGE_DONE)
    warn_of_newer (self, g_ptr_array_index (attempts, 0));
  return TRUE;
}

static gboolean
set_failed (const GstHailuoAttempt *attempt, GstHailuoError code,
    GError **error, const gchar *format, ...) G_GNUC_PRINTF (4, 5);

/* Sets the error for the failure of @attempt.  Returns FALSE. */
static gboolean
set_failed (const GstHailuoAttempt *attempt, GstHailuoError code,
    GError **error, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  GError *problem = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  gst_hailuo_set_error (&problem, code, "%s", text);
  gst_hailuo_error_get_facts (problem)->billed = attempt->billed;
  gst_hailuo_error_get_facts (problem)->provider_code = g_strdup (
      attempt->fail_code);
  g_propagate_error (error, problem);
  return FALSE;
}

/* FALSE with an error if an earlier failure applies to this run, too. */
gboolean
gst_hailuo_task_check_failures (
    GstHailuoTask *self, GPtrArray *attempts, GError **error)
{
  const gchar *host = self->config.provider->catalogue.title;
  const GstHailuoAttempt *refused = gst_hailuo_task_find_newest (
      self, attempts, is_refused);
  const GstHailuoAttempt *newest = attempts->len > 0
      ? g_ptr_array_index (attempts, 0)
      : NULL;
  guint failures = 0;

  if (refused != NULL)
    return set_failed (refused, GST_HAILUO_ERROR_SETTINGS, error,
        "%s rejected the prompt or image of this shot (task %s: %s), so it is not"
        " submitted again. Change the prompt or the image; a different take or"
        " reuse=never submits a new paid task.",
        host, refused->task_id,
        refused->fail_code ? refused->fail_code : "no code");
  /* otherwise all who waited would pay for another task, one after the other */
  if (self->waited && newest != NULL
      && newest->state == GST_HAILUO_ATTEMPT_FAILED && !is_old (self, newest))
    return set_failed (newest, GST_HAILUO_ERROR_FAILED, error,
        "Another process or element submitted this shot, and its task %s failed"
        " at %s. Nothing was submitted here; run again with the same settings"
        " to submit a new paid task.",
        newest->task_id, host);
  while (failures < attempts->len
      && ((GstHailuoAttempt *) g_ptr_array_index (attempts, failures))->fault
          == GST_HAILUO_FAULT_HOST)
    failures++;
  if (failures < HOST_FAILURES_MAX)
    return TRUE;
  return set_failed (newest, GST_HAILUO_ERROR_FAILED, error,
      "%s failed to generate this shot %u times in a row, most recently as task"
      " %s (%s), so it is not submitted again. Check the host's status; a"
      " different take or reuse=never submits a new paid task.",
      host, failures, newest->task_id,
      newest->fail_code ? newest->fail_code : "no code");
}

/* The attempts that concern this run, newest first.
 * (transfer full) (nullable) */
GPtrArray *
gst_hailuo_task_list_attempts (GstHailuoTask *self, GError **error)
{
  g_autoptr (GError) problem = NULL;
  GstHailuoAttempt *found;
  GPtrArray *attempts;

  if (self->adopt == NULL)
    return gst_hailuo_ledger_list (self->ledger, self->shot->id, error);
  found = gst_hailuo_ledger_find (self->ledger,
      self->config.provider->catalogue.nick, self->config.base_url, self->adopt,
      &problem);
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  attempts = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_hailuo_attempt_free);
  if (found != NULL)
    g_ptr_array_add (attempts, found);
  return attempts;
}
