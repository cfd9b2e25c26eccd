/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "task-private.h"

#include <string.h>

/* --- running ------------------------------------------------------------ */

static gboolean
run_step (GstHailuoTask *self, GError **error)
{
  const GstHailuoStage stage = self->status.stage;
  const gint64 start = gst_hailuo_http_now (self->http);
  gboolean done;

  switch (stage) {
    case GST_HAILUO_STAGE_CLAIM:
      done = gst_hailuo_task_claim (self, error);
      break;
    case GST_HAILUO_STAGE_SUBMIT:
      done = gst_hailuo_task_submit (self, error);
      break;
    case GST_HAILUO_STAGE_GENERATE:
      done = gst_hailuo_task_generate (self, error);
      break;
    case GST_HAILUO_STAGE_FETCH:
      done = gst_hailuo_task_fetch (self, error);
      break;
    default:
      g_propagate_error (error, g_error_copy (self->final));
      return FALSE;
  }
  self->status.spent[stage] += gst_hailuo_http_now (self->http) - start;
  return done;
}

/* A task that the ledger lacks is not left alone: it would be lost. */
static gboolean
is_detached (GstHailuoTask *self)
{
  return self->config.detach && !self->unsaved
      && (self->status.stage == GST_HAILUO_STAGE_GENERATE
          || self->status.stage == GST_HAILUO_STAGE_FETCH);
}

static gboolean
run_steps (GstHailuoTask *self, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (self->status.stage == GST_HAILUO_STAGE_DONE && self->fresh
      && !gst_hailuo_task_reuse (self, error))
    return FALSE;
  if (self->status.stage == GST_HAILUO_STAGE_DONE)
    return TRUE;
  if (self->lock < 0 && self->status.stage != GST_HAILUO_STAGE_CLAIM
      && self->status.stage != GST_HAILUO_STAGE_FAILED
      && !gst_hailuo_task_reclaim (self, &problem))
    return gst_hailuo_task_propagate_as_billed (
        error, g_steal_pointer (&problem));
  while (self->status.stage != GST_HAILUO_STAGE_DONE && !is_detached (self)) {
    if (!run_step (self, error))
      return FALSE;
  }
  /* unless it was submitted by this run, the task has not been reported yet */
  if (is_detached (self) && self->status.state == GST_HAILUO_STATE_NONE)
    gst_hailuo_task_notify_state (self, GST_HAILUO_STATE_PENDING);
  gst_hailuo_store_unlock (&self->lock);
  return TRUE;
}

/* Money is spent but nothing is lost: every error says how to resume. */
static void
set_resume_hint (GstHailuoTask *self, GError *error)
{
  GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (error);

  if (facts == NULL || facts->advice != NULL || self->final != NULL
      || self->status.task_id[0] == '\0'
      || gst_hailuo_task_is_forgotten (error))
    return;
  facts->advice = gst_hailuo_task_make_advice (self);
}

/* Nobody knows yet whether the task that the user named exists. */
static void
doubt_billing (GstHailuoTask *self, GError *error)
{
  GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (error);

  if (facts != NULL && self->adopt != NULL
      && (self->doubted
          || (self->status.stage == GST_HAILUO_STAGE_CLAIM
              && self->status.task_id[0] != '\0')))
    facts->billed = GST_HAILUO_BILLED_UNKNOWN;
}

gboolean
gst_hailuo_task_run (GstHailuoTask *self, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (self->config.dry_run)
    return gst_hailuo_task_quote (self, error);
  if (run_steps (self, &problem)) {
    self->fresh = FALSE;
    return TRUE;
  }
  gst_hailuo_task_update_elapsed (self);
  gst_hailuo_task_hide_prompt_in_error (self, problem);
  set_resume_hint (self, problem);
  doubt_billing (self, problem);
  if (self->final != NULL)
    gst_hailuo_task_enter (self, GST_HAILUO_STAGE_FAILED);
  /* others waiting for the shot need not wait until we are stopped */
  if (!gst_hailuo_is_cancelled (problem))
    gst_hailuo_task_end (self);
  /* a task with an id goes on without us */
  if (!gst_hailuo_is_cancelled (problem)
      && (self->final != NULL || self->status.task_id[0] == '\0'))
    gst_hailuo_task_notify_state (self, GST_HAILUO_STATE_FAILED);
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* --- the object --------------------------------------------------------- */

void
gst_hailuo_task_free (GstHailuoTask *self)
{
  if (self == NULL)
    return;
  gst_hailuo_task_hand_over (self);
  gst_hailuo_task_leave_part (self);
  gst_hailuo_task_release (self);
}

void
gst_hailuo_task_begin (GstHailuoTask *self, GstHailuoConfig *config)
{
  gst_hailuo_config_clear (&self->config);
  self->config = *config;
  memset (config, 0, sizeof *config);
  self->status.state = GST_HAILUO_STATE_NONE; /* each run reports it anew */
  self->fresh = TRUE;
  g_clear_pointer (&self->before, g_ptr_array_unref);
  /* time has passed, so the clip may be ready: poll now, restart the timeout */
  self->next_poll = 0;
  self->deadline = 0;
}

void
gst_hailuo_task_end (GstHailuoTask *self)
{
  if (self->status.stage == GST_HAILUO_STAGE_DONE)
    return;
  gst_hailuo_task_hand_over (self);
  gst_hailuo_task_leave_part (self);
  if (self->status.stage == GST_HAILUO_STAGE_SUBMIT)
    gst_hailuo_task_enter (self, GST_HAILUO_STAGE_CLAIM);
}

gboolean
gst_hailuo_task_is_for (GstHailuoTask *self, const gchar *shot_id,
    const gchar *task_id, const GstHailuoConfig *config)
{
  const GstHailuoStage stage = self->status.stage;

  if (self->config.provider != config->provider
      || g_strcmp0 (self->config.base_url, config->base_url) != 0
      || g_strcmp0 (self->config.folder, config->folder) != 0
      || g_strcmp0 (self->adopt, task_id) != 0
      || g_strcmp0 (self->shot ? self->shot->id : NULL, shot_id) != 0)
    return FALSE;
  if (stage == GST_HAILUO_STAGE_DONE)
    return config->reuse != GST_HAILUO_REUSE_NEVER;
  return config->reuse != GST_HAILUO_REUSE_ONLY
      && (stage == GST_HAILUO_STAGE_GENERATE || stage == GST_HAILUO_STAGE_FETCH
          || self->handed_over != 0);
}

const GstHailuoStatus *
gst_hailuo_task_get_status (GstHailuoTask *self)
{
  gst_hailuo_task_update_elapsed (self);
  self->status.unanswered = self->post != NULL && !self->answered;
  g_strlcpy (self->status.unwritten,
      self->answered && self->attempt->task_id ? self->attempt->task_id : "",
      sizeof self->status.unwritten);
  return &self->status;
}

const GstHailuoShot *
gst_hailuo_task_get_shot (GstHailuoTask *self)
{
  return self->shot;
}

const GstHailuoConfig *
gst_hailuo_task_get_config (GstHailuoTask *self)
{
  return &self->config;
}

const GstHailuoClip *
gst_hailuo_task_get_clip (GstHailuoTask *self)
{
  return &self->clip;
}

gboolean
gst_hailuo_task_read_clip (GstHailuoTask *self, guint64 offset, guint8 *data,
    gsize length, GError **error)
{
  g_autoptr (GError) why = NULL;
  GError *problem = NULL;

  if (gst_hailuo_clip_read (&self->clip, offset, data, length, &why))
    return TRUE;
  gst_hailuo_set_error (&problem, GST_HAILUO_ERROR_DOWNLOAD,
      "The stored clip cannot be read: %s.", why->message);
  gst_hailuo_error_get_facts (problem)->advice = gst_hailuo_task_make_advice (
      self);
  return gst_hailuo_task_propagate_as_billed (error, problem);
}
