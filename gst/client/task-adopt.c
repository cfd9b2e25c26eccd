/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-adopt.c: adopts a task that the user named. */
#include "task-private.h"

/* The attempt at the shot to which the task that the user named belongs; @found
 * (nullable) is what the ledger has for the task.  That is an attempt with an
 * unknown outcome or, if the shot has no attempts at all, a new one: otherwise
 * running the same settings without task-id would pay for it again.
 * NULL with no error: neither applies. (transfer full) (nullable) */
static GstHailuoAttempt *
find_place (GstHailuoTask *self, const GstHailuoAttempt *found, GError **error)
{
  g_autoptr (GPtrArray) attempts = NULL;
  const GstHailuoAttempt *unknown;

  if (self->shot == NULL || self->config.task_of_uri
      || (found != NULL
          && (!found->adopted || g_str_equal (found->shot, self->shot->id))))
    return NULL;
  attempts = gst_hailuo_ledger_list (self->ledger, self->shot->id, error);
  if (attempts == NULL)
    return NULL;
  unknown = gst_hailuo_task_find_newest (
      self, attempts, gst_hailuo_task_is_unknown);
  if (unknown != NULL)
    return gst_hailuo_attempt_copy (unknown);
  return attempts->len == 0 && (found == NULL || found->mode == NULL)
      ? gst_hailuo_task_make_attempt (self, self->shot->id)
      : NULL;
}

/* The attempt for the task that the user named.  *@kept: the ledger already has
 * it as returned; otherwise it is saved once the host has confirmed the task.
 * (transfer full) (nullable) */
static GstHailuoAttempt *
find_task (
    GstHailuoTask *self, const gchar *own, gboolean *kept, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GstHailuoAttempt) found = gst_hailuo_ledger_find (self->ledger,
      self->config.provider->catalogue.nick, self->config.base_url, self->adopt,
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
  place->submitted = gst_hailuo_attempt_get_time ();
  return place;
}

/* Like find_task(), but takes the lock of its shot and looks again: whoever
 * held the lock may have continued the task. (transfer full) (nullable) */
static GstHailuoAttempt *
lock_task (GstHailuoTask *self, GError **error)
{
  g_autofree gchar *own = gst_hailuo_attempt_make_shot (
      self->config.provider->catalogue.nick, self->config.base_url,
      self->adopt);
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
  /* so far known only by its id, but already confirmed by the host: save it */
  if (attempt != NULL && !kept && !self->doubted
      && !gst_hailuo_ledger_move (self->ledger, attempt, error))
    return NULL;
  return g_steal_pointer (&attempt);
}

/* A task named for a shot whose submit has an unknown outcome is meant to
 * settle that; one that belongs to another shot does not. */
static gboolean
warn_of_unsettled (
    GstHailuoTask *self, const GstHailuoAttempt *attempt, GError **error)
{
  g_autoptr (GPtrArray) attempts = NULL;
  g_autofree gchar *text = NULL;

  if (self->shot == NULL || self->config.task_of_uri
      || g_str_equal (attempt->shot, self->shot->id))
    return TRUE;
  attempts = gst_hailuo_ledger_list (self->ledger, self->shot->id, error);
  if (attempts == NULL)
    return FALSE;
  if (gst_hailuo_task_find_newest (self, attempts, gst_hailuo_task_is_unknown)
      == NULL)
    return TRUE;
  text = g_strdup_printf (
      "Task %s is kept as that of shot %.12s, so it does not settle the submit of"
      " shot %.12s, whose outcome stays unknown. If it is not that one's, run"
      " hailuo-shots --forget=%s and name it again.",
      attempt->task_id, attempt->shot, self->shot->id, attempt->task_id);
  self->listener->warning (text, self->user_data);
  return TRUE;
}

gboolean
gst_hailuo_task_claim_named (GstHailuoTask *self, GError **error)
{
  g_autoptr (GstHailuoAttempt) attempt = lock_task (self, error);

  if (attempt == NULL || !warn_of_unsettled (self, attempt, error))
    return FALSE;
  if (self->config.reuse != GST_HAILUO_REUSE_NEVER
      && gst_hailuo_task_is_wanted (self, attempt)
      && !gst_hailuo_task_use_clip (self, attempt, error))
    return FALSE;
  if (self->status.stage != GST_HAILUO_STAGE_DONE)
    gst_hailuo_task_resume (self, attempt);
  self->unsaved = self->doubted;
  return TRUE;
}
