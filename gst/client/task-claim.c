/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-claim.c: decides what to do, given the attempts at the shot. */
#include "task-private.h"

/* For reuse=never: keeps only the attempt whose open POST an earlier run of
 * this task handed over to a thread.  That one is resumed, just like one that
 * is stopped later. */
static void
keep_handed_over (GstHailuoTask *self, GPtrArray *attempts)
{
  guint i;

  for (i = attempts->len; i > 0; i--) {
    const GstHailuoAttempt *attempt = g_ptr_array_index (attempts, i - 1);

    if (attempt->number != self->handed_over
        || (!gst_hailuo_task_is_unknown (self, attempt)
            && !gst_hailuo_task_is_unfinished (self, attempt)))
      g_ptr_array_remove_index (attempts, i - 1);
  }
}

static gboolean
set_unknown (GstHailuoTask *self, GError **error)
{
  g_propagate_error (error,
      gst_hailuo_task_make_unknown_outcome (self, self->shot->id,
          "an earlier run ended before the host answered, or the answer was not"
          " understood or not recorded."));
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
  if (self->config.reuse == GST_HAILUO_REUSE_NEVER)
    keep_handed_over (self, attempts);
  self->handed_over = 0;
  found = gst_hailuo_task_find_newest (
      self, attempts, gst_hailuo_task_is_unfinished);
  if (found == NULL && !gst_hailuo_task_use_any_clip (self, attempts, error))
    return FALSE;
  if (self->status.stage == GST_HAILUO_STAGE_DONE)
    return TRUE;
  if (found == NULL)
    found = gst_hailuo_task_find_newest (
        self, attempts, gst_hailuo_task_is_gone);
  if (found == NULL) /* no longer known to the host, or failed though made */
    found = gst_hailuo_task_find_newest (
        self, attempts, gst_hailuo_task_is_submitted);
  if (found != NULL) {
    gst_hailuo_task_resume (self, found);
    return TRUE;
  }
  if (gst_hailuo_task_find_newest (self, attempts, gst_hailuo_task_is_unknown)
      != NULL)
    return set_unknown (self, error);
  if (!gst_hailuo_task_check_failures (self, attempts, error))
    return FALSE;
  self->status.origin = GST_HAILUO_ORIGIN_NONE;
  gst_hailuo_task_enter (self, GST_HAILUO_STAGE_SUBMIT);
  return TRUE;
}

/* Uses nothing but the store; takes no lock, since nothing changes. */
static gboolean
claim_clip (GstHailuoTask *self, GError **error)
{
  g_autoptr (GPtrArray) attempts = gst_hailuo_task_list_attempts (self, error);

  if (attempts == NULL || !gst_hailuo_task_use_any_clip (self, attempts, error))
    return FALSE;
  if (self->status.stage == GST_HAILUO_STAGE_DONE)
    return TRUE;
  if (gst_hailuo_task_find_newest (self, attempts, gst_hailuo_task_is_gone)
          != NULL
      && !self->config.from_uri)
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_NOT_FOUND,
        "The clip of this shot is missing from the store %s, or damaged, and"
        " reuse=only does not contact the host. Run once with reuse=always to"
        " fetch it again, at no cost.",
        self->config.folder);
  else
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_NOT_FOUND,
        self->config.from_uri
            ? "The store %s has no clip of this shot, and a URI alone neither"
              " buys nor fetches one. Generate it first with hailuosrc"
              " prompt=..., then play it. To allow it here, set reuse=always on"
              " the element after the URI, or set HAILUO_URI_BUDGET in the"
              " environment to the amount in US dollars that all URIs of the"
              " process may spend together; a URI with reuse=only still spends"
              " nothing."
            : "The store %s has no clip of this shot, and reuse=only does not"
              " contact the host. Run once with reuse=always to generate it.",
        self->config.folder);
  return FALSE;
}

gboolean
gst_hailuo_task_claim (GstHailuoTask *self, GError **error)
{
  const gboolean only = self->config.reuse == GST_HAILUO_REUSE_ONLY;
  gboolean done;

  /* that of the task of an earlier claim */
  g_clear_pointer (&self->url, g_free);
  /* open it anew: a quote or an earlier run may have found no directory */
  g_clear_pointer (&self->ledger, gst_hailuo_ledger_free);
  g_clear_pointer (&self->store, gst_hailuo_store_free);
  if (!gst_hailuo_task_open_store (self, !only, error))
    return FALSE;
  if (only)
    return claim_clip (self, error);
  if (self->before == NULL)
    self->before = gst_hailuo_task_list_attempts (self, error);
  if (self->before == NULL)
    return FALSE;
  done = self->adopt ? gst_hailuo_task_claim_named (self, error)
                     : claim_shot (self, error);
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
    /* somebody else has the task by now, or the attempt meant for it */
    gst_hailuo_store_unlock (&self->lock);
    gst_hailuo_task_enter (self, GST_HAILUO_STAGE_CLAIM);
  } else if (found != NULL) {
    /* somebody else may have continued it in the meantime */
    gst_hailuo_task_set_attempt (self, found);
    gst_hailuo_task_use_clip (self, found, &problem);
  } else if (problem == NULL)
    /* the user had it forgotten, yet resumes it: save it again */
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
  return self->adopt == NULL && self->config.reuse != GST_HAILUO_REUSE_ONLY
      && (self->config.reuse == GST_HAILUO_REUSE_NEVER
          || (gst_hailuo_task_find_newest (
                  self, attempts, gst_hailuo_task_is_gone)
                  == NULL
              && gst_hailuo_task_find_newest (
                     self, attempts, gst_hailuo_task_is_submitted)
                  == NULL));
}

/* The origin that a run would have. */
static GstHailuoOrigin
predict_origin (GstHailuoTask *self, gboolean submits)
{
  if (submits)
    return GST_HAILUO_ORIGIN_SUBMITTED;
  if (self->status.stored)
    return GST_HAILUO_ORIGIN_REUSED;
  return self->config.reuse == GST_HAILUO_REUSE_ONLY
      ? GST_HAILUO_ORIGIN_NONE
      : GST_HAILUO_ORIGIN_RESUMED;
}

gboolean
gst_hailuo_task_quote (GstHailuoTask *self, GError **error)
{
  g_autoptr (GPtrArray) attempts = NULL;
  gboolean submits;

  if (!gst_hailuo_task_open_store (self, FALSE, error))
    return FALSE;
  attempts = gst_hailuo_task_list_attempts (self, error);
  if (attempts == NULL)
    return FALSE;
  submits = would_submit (self, attempts);
  if (submits && !gst_hailuo_task_check_cost (self, error))
    return FALSE;
  self->status.stored = gst_hailuo_task_find_newest (self, attempts, is_stored)
      != NULL;
  self->status.planned = predict_origin (self, submits);
  gst_hailuo_task_notify_state (self, GST_HAILUO_STATE_QUOTED);
  return TRUE;
}
