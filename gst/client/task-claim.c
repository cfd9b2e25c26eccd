/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-claim.c: what the attempts of the shot say that is to be done. */
#include "task-private.h"

#include "debug.h"

#define HOST_FAILURES_MAX 3 /* in a row, then the user has to ask for more */

static void
resume (GstHailuoTask *self, const GstHailuoAttempt *attempt)
{
  gst_hailuo_task_set_attempt (self, attempt);
  g_strlcpy (
      self->status.task_id, attempt->task_id, sizeof self->status.task_id);
  self->status.origin = GST_HAILUO_ORIGIN_RESUMED;
  self->next_poll = 0;
  gst_hailuo_task_enter (self, GST_HAILUO_STAGE_GENERATE);
}

/* --- what the attempts say ---------------------------------------------- */

/* The newest one that @fits. (transfer none) (nullable) */
static const GstHailuoAttempt *
find_newest (GstHailuoTask *self, GPtrArray *attempts,
    gboolean (*fits) (GstHailuoTask *self, const GstHailuoAttempt *attempt))
{
  guint i;

  for (i = 0; i < attempts->len; i++) {
    if (fits (self, g_ptr_array_index (attempts, i)))
      return g_ptr_array_index (attempts, i);
  }
  return NULL;
}

static gboolean
is_unfinished (GstHailuoTask *self, const GstHailuoAttempt *attempt)
{
  return attempt->state == GST_HAILUO_ATTEMPT_SUBMITTED && attempt->ended == 0;
}

/* Whether it was in its state before this run began.  No clock tells: those of two
 * machines differ, and one is set. */
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

/* Not, with reuse=unfinished, where it was delivered before this run began. */
static gboolean
is_wanted (GstHailuoTask *self, const GstHailuoAttempt *attempt)
{
  return self->means.reuse != GST_HAILUO_REUSE_UNFINISHED
      || attempt->state != GST_HAILUO_ATTEMPT_DELIVERED
      || !is_old (self, attempt);
}

/* It was there, and can be had again where the host still knows the task. */
static gboolean
is_gone (GstHailuoTask *self, const GstHailuoAttempt *attempt)
{
  return gst_hailuo_attempt_has_clip (attempt) && is_wanted (self, attempt);
}

/* It may be had from the host; also where that has said, after a failure, that the
 * clip was made. */
static gboolean
is_submitted (GstHailuoTask *self, const GstHailuoAttempt *attempt)
{
  return attempt->state == GST_HAILUO_ATTEMPT_SUBMITTED
      || (attempt->state == GST_HAILUO_ATTEMPT_FAILED
          && attempt->billed == GST_HAILUO_BILLED_YES);
}

static gboolean
is_unknown (GstHailuoTask *self, const GstHailuoAttempt *attempt)
{
  return attempt->state == GST_HAILUO_ATTEMPT_INTENT;
}

static gboolean
is_refused (GstHailuoTask *self, const GstHailuoAttempt *attempt)
{
  return attempt->fault == GST_HAILUO_FAULT_REQUEST;
}

/* A newer attempt than the one that is played came to nothing. */
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

/* Plays the newest clip that is whole. */
static gboolean
use_any_clip (GstHailuoTask *self, GPtrArray *attempts, GError **error)
{
  guint i;

  for (i = 0; i < attempts->len && self->status.stage != GST_HAILUO_STAGE_DONE;
       i++) {
    if (is_wanted (self, g_ptr_array_index (attempts, i))
        && !gst_hailuo_task_use_clip (
            self, g_ptr_array_index (attempts, i), error))
      return FALSE;
  }
  if (self->status.stage == GST_HAILUO_STAGE_DONE)
    warn_of_newer (self, g_ptr_array_index (attempts, 0));
  return TRUE;
}

/* --- errors that the attempts stand for --------------------------------- */

static gboolean
set_failed (const GstHailuoAttempt *attempt, GstHailuoError code,
    GError **error, const gchar *format, ...) G_GNUC_PRINTF (4, 5);

/* The failure of @attempt; returns FALSE. */
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

/* Whether a failure of the past is an answer to this run too. */
static gboolean
check_failures (GstHailuoTask *self, GPtrArray *attempts, GError **error)
{
  const gchar *host = self->means.provider->catalogue.title;
  const GstHailuoAttempt *refused = find_newest (self, attempts, is_refused);
  const GstHailuoAttempt *newest = attempts->len > 0
      ? g_ptr_array_index (attempts, 0)
      : NULL;
  guint failures = 0;

  if (refused != NULL)
    return set_failed (refused, GST_HAILUO_ERROR_SETTINGS, error,
        "%s could not make this shot for what it asks for (task %s: %s), so it is"
        " not submitted again. Change the prompt or the image; or set another"
        " take, or reuse=never, to try, and pay, once more.",
        host, refused->task_id,
        refused->fail_code ? refused->fail_code : "no code");
  /* all who waited for it would buy another, each after the other */
  if (self->waited && newest != NULL
      && newest->state == GST_HAILUO_ATTEMPT_FAILED && !is_old (self, newest))
    return set_failed (newest, GST_HAILUO_ERROR_FAILED, error,
        "Another process or element made this shot, and its task %s failed at %s."
        " Nothing was submitted here: run the same line again to make, and pay, a"
        " new one.",
        newest->task_id, host);
  while (failures < attempts->len
      && ((GstHailuoAttempt *) g_ptr_array_index (attempts, failures))->fault
          == GST_HAILUO_FAULT_HOST)
    failures++;
  if (failures < HOST_FAILURES_MAX)
    return TRUE;
  return set_failed (newest, GST_HAILUO_ERROR_FAILED, error,
      "%s failed at this shot %u times in a row, last with task %s (%s), so it is"
      " not submitted again. Look at the host's status; set another take, or"
      " reuse=never, to try, and pay, once more.",
      host, failures, newest->task_id,
      newest->fail_code ? newest->fail_code : "no code");
}

/* --- the claims --------------------------------------------------------- */

/* Of reuse=never: leaves what an earlier run of this task has left to a thread while
 * its POST was open.  That goes on, as what is stopped later does. */
static void
keep_handed_over (GstHailuoTask *self, GPtrArray *attempts)
{
  guint i;

  for (i = attempts->len; i > 0; i--) {
    const GstHailuoAttempt *attempt = g_ptr_array_index (attempts, i - 1);

    if (attempt->number != self->handed_over
        || (!is_unknown (self, attempt) && !is_unfinished (self, attempt)))
      g_ptr_array_remove_index (attempts, i - 1);
  }
}

static gboolean
set_unknown (GstHailuoTask *self, GError **error)
{
  g_propagate_error (error,
      gst_hailuo_task_make_unknown_outcome (self, self->shot->id,
          "an earlier run ended before the host had answered, or its answer was"
          " not understood or not written down."));
  return FALSE;
}

static gboolean
claim_shot (GstHailuoTask *self, GError **error)
{
  const GstHailuoAttempt *found = NULL;
  g_autoptr (GPtrArray) attempts = NULL;

  if (!gst_hailuo_task_take_lock (self, self->shot->id, error))
    return FALSE;
  attempts = gst_hailuo_ledger_list (self->ledger, self->shot->id, error);
  if (attempts == NULL)
    return FALSE;
  gst_hailuo_task_set_attempt (self, NULL);
  if (self->means.reuse == GST_HAILUO_REUSE_NEVER)
    keep_handed_over (self, attempts);
  self->handed_over = 0;
  found = find_newest (self, attempts, is_unfinished);
  if (found == NULL && !use_any_clip (self, attempts, error))
    return FALSE;
  if (self->status.stage == GST_HAILUO_STAGE_DONE)
    return TRUE;
  if (found == NULL)
    found = find_newest (self, attempts, is_gone);
  if (found == NULL) /* the host knew no more of it, or unmade it */
    found = find_newest (self, attempts, is_submitted);
  if (found != NULL) {
    resume (self, found);
    return TRUE;
  }
  if (find_newest (self, attempts, is_unknown) != NULL)
    return set_unknown (self, error);
  if (!check_failures (self, attempts, error))
    return FALSE;
  self->status.origin = GST_HAILUO_ORIGIN_NONE;
  gst_hailuo_task_enter (self, GST_HAILUO_STAGE_SUBMIT);
  return TRUE;
}

/* Where the task that the user named for the shot belongs, which is in the ledger
 * as @found (nullable): to an attempt of which nobody knows what became; or, where
 * the shot has none at all, to a new one, else the same line without task-id would
 * buy what is paid.  NULL with no error: to neither. (transfer full) (nullable) */
static GstHailuoAttempt *
find_place (GstHailuoTask *self, const GstHailuoAttempt *found, GError **error)
{
  g_autoptr (GPtrArray) attempts = NULL;
  const GstHailuoAttempt *unknown;

  if (self->shot == NULL || self->means.task_of_uri
      || (found != NULL
          && (!found->adopted || g_str_equal (found->shot, self->shot->id))))
    return NULL;
  attempts = gst_hailuo_ledger_list (self->ledger, self->shot->id, error);
  if (attempts == NULL)
    return NULL;
  unknown = find_newest (self, attempts, is_unknown);
  if (unknown != NULL)
    return gst_hailuo_attempt_copy (unknown);
  return attempts->len == 0 && (found == NULL || found->mode == NULL)
      ? gst_hailuo_task_make_attempt (self, self->shot->id)
      : NULL;
}

/* The attempt with the task that the user named.  *@kept: the ledger has it so;
 * otherwise it is to have it once the host has answered for the task.
 * (transfer full) (nullable) */
static GstHailuoAttempt *
find_task (
    GstHailuoTask *self, const gchar *own, gboolean *kept, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GstHailuoAttempt) found = gst_hailuo_ledger_find (self->ledger,
      self->means.provider->catalogue.nick, self->means.base_url, self->adopt,
      &problem);
  GstHailuoAttempt *place = NULL;

  if (problem == NULL)
    place = find_place (self, found, &problem);
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  self->doubted = found == NULL;
  *kept = found != NULL && place == NULL;
  if (*kept)
    return g_steal_pointer (&found);
  if (place == NULL)
    place = gst_hailuo_task_make_attempt (self, own);
  place->state = GST_HAILUO_ATTEMPT_SUBMITTED;
  place->task_id = g_strdup (self->adopt);
  place->submitted = g_get_real_time ();
  return place;
}

/* The same, with the lock of its shot: whoever had that may have gone on with
 * it. (transfer full) (nullable) */
static GstHailuoAttempt *
lock_task (GstHailuoTask *self, GError **error)
{
  g_autofree gchar *own = gst_hailuo_attempt_make_shot (
      self->means.provider->catalogue.nick, self->means.base_url, self->adopt);
  gboolean kept;
  g_autoptr (GstHailuoAttempt) attempt = find_task (self, own, &kept, error);

  while (attempt != NULL) {
    g_autoptr (GstHailuoAttempt) before = g_steal_pointer (&attempt);

    if (!gst_hailuo_task_take_lock (self, before->shot, error))
      return NULL;
    attempt = find_task (self, own, &kept, error);
    if (attempt == NULL)
      return NULL;
    if (g_str_equal (attempt->shot, before->shot))
      break;
    gst_hailuo_store_unlock (&self->lock);
  }
  /* known by its id only so far, and the host has answered for it */
  if (attempt != NULL && !kept && !self->doubted
      && !gst_hailuo_ledger_move (self->ledger, attempt, error))
    return NULL;
  return g_steal_pointer (&attempt);
}

/* Who names a task for a shot whose submit has an unknown outcome means to settle
 * that; a task that is another shot's does not. */
static gboolean
warn_of_unsettled (
    GstHailuoTask *self, const GstHailuoAttempt *attempt, GError **error)
{
  g_autoptr (GPtrArray) attempts = NULL;
  g_autofree gchar *text = NULL;

  if (self->shot == NULL || self->means.task_of_uri
      || g_str_equal (attempt->shot, self->shot->id))
    return TRUE;
  attempts = gst_hailuo_ledger_list (self->ledger, self->shot->id, error);
  if (attempts == NULL)
    return FALSE;
  if (find_newest (self, attempts, is_unknown) == NULL)
    return TRUE;
  text = g_strdup_printf (
      "Task %s is kept as that of shot %.12s, so it does not settle the submit of"
      " shot %.12s, whose outcome stays unknown. If it is not that one's, run"
      " hailuo-shots --forget=%s and name it again.",
      attempt->task_id, attempt->shot, self->shot->id, attempt->task_id);
  self->listener->warning (text, self->user_data);
  return TRUE;
}

static gboolean
claim_task (GstHailuoTask *self, GError **error)
{
  g_autoptr (GstHailuoAttempt) attempt = lock_task (self, error);

  if (attempt == NULL || !warn_of_unsettled (self, attempt, error))
    return FALSE;
  if (self->means.reuse != GST_HAILUO_REUSE_NEVER && is_wanted (self, attempt)
      && !gst_hailuo_task_use_clip (self, attempt, error))
    return FALSE;
  if (self->status.stage != GST_HAILUO_STAGE_DONE)
    resume (self, attempt);
  self->unsaved = self->doubted;
  return TRUE;
}

/* The attempts that the run is about, the newest first.
 * (transfer full) (nullable) */
static GPtrArray *
list_attempts (GstHailuoTask *self, GError **error)
{
  g_autoptr (GError) problem = NULL;
  GstHailuoAttempt *found;
  GPtrArray *attempts;

  if (self->adopt == NULL)
    return gst_hailuo_ledger_list (self->ledger, self->shot->id, error);
  found = gst_hailuo_ledger_find (self->ledger,
      self->means.provider->catalogue.nick, self->means.base_url, self->adopt,
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

/* Nothing but the store: no lock, since nothing is changed. */
static gboolean
claim_clip (GstHailuoTask *self, GError **error)
{
  g_autoptr (GPtrArray) attempts = list_attempts (self, error);

  if (attempts == NULL || !use_any_clip (self, attempts, error))
    return FALSE;
  if (self->status.stage == GST_HAILUO_STAGE_DONE)
    return TRUE;
  if (find_newest (self, attempts, is_gone) != NULL && !self->means.from_uri)
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_NOT_FOUND,
        "The clip of this shot is gone from the store %s, or not as it was"
        " downloaded, and reuse=only asks for nothing else. Run once with"
        " reuse=always to fetch it again, at no cost.",
        self->means.folder);
  else
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_NOT_FOUND,
        self->means.from_uri
            ? "The store %s has no clip of this shot, and a URI alone neither"
              " buys nor fetches one. Make it first with hailuosrc prompt=..., then"
              " play it. Or allow it: set reuse=always on the element after the"
              " URI, or HAILUO_URI_BUDGET in the environment to the US dollars"
              " that all URIs of the process together may spend. A URI that says"
              " reuse=only gets no more even then."
            : "The store %s has no clip of this shot, and reuse=only asks for"
              " nothing else. Run once with reuse=always to make it.",
        self->means.folder);
  return FALSE;
}

gboolean
gst_hailuo_task_claim (GstHailuoTask *self, GError **error)
{
  const gboolean only = self->means.reuse == GST_HAILUO_REUSE_ONLY;
  gboolean done;

  /* a quote, or an earlier run, may have found no folder */
  g_clear_pointer (&self->ledger, gst_hailuo_ledger_free);
  g_clear_pointer (&self->store, gst_hailuo_store_free);
  if (!gst_hailuo_task_open_store (self, !only, error))
    return FALSE;
  if (only)
    return claim_clip (self, error);
  if (self->before == NULL)
    self->before = list_attempts (self, error);
  if (self->before == NULL)
    return FALSE;
  done = self->adopt ? claim_task (self, error) : claim_shot (self, error);
  if (!done)
    gst_hailuo_store_unlock (&self->lock);
  return done;
}

gboolean
gst_hailuo_task_reclaim (GstHailuoTask *self, GError **error)
{
  g_autoptr (GstHailuoAttempt) found = NULL;
  g_autoptr (GError) problem = NULL;

  if (!gst_hailuo_task_take_lock (self, self->attempt->shot, error))
    return FALSE;
  found = gst_hailuo_ledger_find (self->ledger, self->attempt->provider,
      self->attempt->base_url, self->attempt->task_id, &problem);
  if (problem == NULL
      && (found ? !g_str_equal (found->shot, self->attempt->shot)
                : self->adopt != NULL)) {
    /* it is another's by now, or what it was to be kept in */
    gst_hailuo_store_unlock (&self->lock);
    gst_hailuo_task_enter (self, GST_HAILUO_STAGE_CLAIM);
  } else if (found != NULL) {
    /* somebody may have gone on with it meanwhile */
    gst_hailuo_task_set_attempt (self, found);
    gst_hailuo_task_use_clip (self, found, &problem);
  } else if (problem == NULL)
    /* the user had it forgotten, and goes on with it */
    gst_hailuo_task_try_save (self, NULL);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  gst_hailuo_store_unlock (&self->lock);
  return FALSE;
}

static gboolean
is_stored (GstHailuoTask *self, const GstHailuoAttempt *attempt)
{
  return attempt->sha256 != NULL
      && gst_hailuo_store_has_clip (self->store, attempt->sha256);
}

static gboolean
would_submit (GstHailuoTask *self, GPtrArray *attempts)
{
  return self->adopt == NULL && self->means.reuse != GST_HAILUO_REUSE_ONLY
      && (self->means.reuse == GST_HAILUO_REUSE_NEVER
          || (find_newest (self, attempts, is_gone) == NULL
              && find_newest (self, attempts, is_submitted) == NULL));
}

gboolean
gst_hailuo_task_quote (GstHailuoTask *self, GError **error)
{
  g_autoptr (GPtrArray) attempts = NULL;

  if (!gst_hailuo_task_open_store (self, FALSE, error))
    return FALSE;
  attempts = list_attempts (self, error);
  if (attempts == NULL
      || (would_submit (self, attempts)
          && !gst_hailuo_task_check_cost (self, error)))
    return FALSE;
  self->status.stored = find_newest (self, attempts, is_stored) != NULL;
  gst_hailuo_task_tell_state (self, "quoted");
  return TRUE;
}
