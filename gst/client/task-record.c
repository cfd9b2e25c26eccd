/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-record.c: the task's attempt, and saving it to the ledger. */
#include "task-private.h"

#include "debug.h"

GstHailuoAttempt *
gst_hailuo_task_make_attempt (GstHailuoTask *self, const gchar *shot)
{
  const GstHailuoConfig *config = &self->config;
  const gboolean of_shot = self->shot != NULL
      && g_str_equal (shot, self->shot->id);
  GstHailuoAttempt *attempt = gst_hailuo_attempt_new ();

  attempt->shot = g_strdup (shot);
  attempt->provider = g_strdup (config->provider->catalogue.nick);
  attempt->base_url = g_strdup (config->base_url);
  attempt->model = g_strdup (config->model);
  attempt->label = g_strdup (config->label);
  attempt->created = gst_hailuo_attempt_get_time ();
  attempt->adopted = self->adopt != NULL;
  if (!of_shot)
    return attempt;
  attempt->mode = g_strdup (
      gst_hailuo_mode_get_nick (self->shot->variant->mode));
  attempt->image = self->shot->image != NULL;
  attempt->duration = self->shot->duration;
  attempt->resolution = g_strdup (
      gst_hailuo_resolution_get_nick (self->shot->variant->resolution));
  attempt->take = self->shot->take;
  attempt->price = self->shot->variant->price;
  return attempt;
}

void
gst_hailuo_task_set_attempt (
    GstHailuoTask *self, const GstHailuoAttempt *attempt)
{
  gst_hailuo_attempt_free (self->attempt);
  self->attempt = attempt ? gst_hailuo_attempt_copy (attempt) : NULL;
}

/* us since the task was submitted; 0 if a clock that was set says less. */
static gint64
get_age (const GstHailuoAttempt *attempt)
{
  const gint64 start = attempt->adopted ? 0 : attempt->submitted;

  return start != 0 ? MAX (gst_hailuo_attempt_get_time () - start, 0) : 0;
}

void
gst_hailuo_task_resume (GstHailuoTask *self, const GstHailuoAttempt *attempt)
{
  gst_hailuo_task_set_attempt (self, attempt);
  g_strlcpy (
      self->status.task_id, attempt->task_id, sizeof self->status.task_id);
  self->status.origin = GST_HAILUO_ORIGIN_RESUMED;
  self->next_poll = 0;
  self->began = gst_hailuo_http_now (self->http) - get_age (attempt);
  gst_hailuo_task_enter (self, GST_HAILUO_STAGE_GENERATE);
}

gboolean
gst_hailuo_task_announce (GstHailuoTask *self, GError **error)
{
  const GstHailuoLimit *limit = &self->config.limit;
  g_autoptr (GstHailuoAttempt)
      attempt = gst_hailuo_task_make_attempt (self, self->shot->id);

  if (!gst_hailuo_ledger_add (self->ledger, attempt, limit, error))
    return FALSE;
  gst_hailuo_attempt_free (self->attempt);
  self->attempt = g_steal_pointer (&attempt);
  return TRUE;
}

gboolean
gst_hailuo_task_save (GstHailuoTask *self, GError **error)
{
  self->unsaved = !gst_hailuo_ledger_move (self->ledger, self->attempt, error);
  self->warned = self->warned && self->unsaved;
  return !self->unsaved;
}

void
gst_hailuo_task_warn_unsaved (GstHailuoTask *self, const gchar *why)
{
  g_autofree gchar *advice = gst_hailuo_task_make_advice (self);
  g_autofree gchar *text = NULL;

  if (self->warned)
    return;
  self->warned = TRUE;
  text = g_strdup_printf ("%s Saving is retried for as long as this %s. If it"
                          " ends first: %s",
      why, self->http ? "run continues" : "process runs", advice);
  self->listener->warning (text, self->user_data);
}

void
gst_hailuo_task_try_save (GstHailuoTask *self, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (gst_hailuo_task_save (self, &problem))
    return;
  if (gst_hailuo_is_cancelled (problem)
      || problem->code == GST_HAILUO_ERROR_OUTCOME_UNKNOWN)
    g_propagate_error (error, g_steal_pointer (&problem));
  else
    gst_hailuo_task_warn_unsaved (self, problem->message);
}

void
gst_hailuo_task_delivered (GstHailuoTask *self)
{
  g_autoptr (GstHailuoAttempt) now = NULL;

  if (self->status.stage != GST_HAILUO_STAGE_DONE || self->attempt == NULL
      || self->attempt->state != GST_HAILUO_ATTEMPT_FETCHED)
    return;
  /* whoever holds the lock knows more than we do */
  self->lock = gst_hailuo_store_lock (self->store, self->attempt->shot, NULL);
  if (self->lock < 0)
    return;
  now = gst_hailuo_ledger_find (self->ledger, self->attempt->provider,
      self->attempt->base_url, self->attempt->task_id, NULL);
  if (now != NULL && now->state == GST_HAILUO_ATTEMPT_FETCHED) {
    self->attempt->state = GST_HAILUO_ATTEMPT_DELIVERED;
    self->attempt->ended = gst_hailuo_attempt_get_time ();
    gst_hailuo_task_try_save (self, NULL);
  }
  gst_hailuo_store_unlock (&self->lock);
}
