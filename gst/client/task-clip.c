/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-clip.c: plays a clip that the store has. */
#include "debug.h"
#include "task-private.h"

static void
tell_reused (GstHailuoTask *self)
{
  self->status.origin = GST_HAILUO_ORIGIN_REUSED;
  gst_hailuo_task_enter (self, GST_HAILUO_STAGE_DONE);
  gst_hailuo_task_notify_state (self, GST_HAILUO_STATE_SUCCESS);
  gst_hailuo_task_notify_progress (self, GST_HAILUO_STEP_START, -1,
      "Reused: the store has the clip of task %s", self->status.task_id);
  gst_hailuo_task_notify_progress (self, GST_HAILUO_STEP_COMPLETE, 100,
      "Reused: %.1f MB, nothing is paid", self->clip.size / 1e6);
}

/* Plays the open clip if it is the one that was downloaded, which makes the
 * task DONE; closes it otherwise.  FALSE: cancelled. */
static gboolean
use_open_clip (GstHailuoTask *self, GError **error)
{
  const GstHailuoAttempt *attempt = self->attempt;
  g_autoptr (GError) problem = NULL;

  if (self->clip.size == (guint64) attempt->size
      && gst_hailuo_clip_compare (self->clip.fd, attempt->size, attempt->sha256,
          gst_hailuo_task_is_cancelled, self, &problem)) {
    g_strlcpy (
        self->status.task_id, attempt->task_id, sizeof self->status.task_id);
    tell_reused (self);
    return TRUE;
  }
  if (gst_hailuo_is_cancelled (problem)) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  GST_WARNING ("the clip of attempt %" G_GINT64_FORMAT " is not used: %s",
      attempt->number, problem ? problem->message : "its size is another");
  gst_hailuo_clip_close (&self->clip);
  return TRUE;
}

gboolean
gst_hailuo_task_use_clip (
    GstHailuoTask *self, const GstHailuoAttempt *attempt, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (!gst_hailuo_attempt_has_clip (attempt))
    return TRUE;
  if (gst_hailuo_store_open_clip (
          self->store, attempt->sha256, &self->clip, &problem)) {
    gst_hailuo_task_set_attempt (self, attempt);
    if (use_open_clip (self, error))
      return TRUE;
    gst_hailuo_clip_close (&self->clip);
    return FALSE;
  }
  GST_WARNING ("the clip of attempt %" G_GINT64_FORMAT " is not used: %s",
      attempt->number, problem ? problem->message : "it is not there");
  return TRUE;
}

gboolean
gst_hailuo_task_reuse (GstHailuoTask *self, GError **error)
{
  if (!use_open_clip (self, error))
    return FALSE;
  if (self->clip.fd >= 0)
    return TRUE;
  if (self->config.reuse == GST_HAILUO_REUSE_ONLY) {
    /* another file may be there by now, and nothing may be fetched */
    self->status.task_id[0] = '\0';
    gst_hailuo_task_enter (self, GST_HAILUO_STAGE_CLAIM);
  } else {
    self->status.origin = GST_HAILUO_ORIGIN_RESUMED;
    gst_hailuo_task_enter (self, GST_HAILUO_STAGE_GENERATE);
  }
  return TRUE;
}
