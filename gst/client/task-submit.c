/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-submit.c: the only stage that costs money. */
#include "task-private.h"

/* Everything that must be in place before a byte is sent */
static gboolean
prepare (GstHailuoTask *self, GError **error)
{
  if (!gst_hailuo_task_reserve (self, error))
    return FALSE;
  if (gst_hailuo_task_announce (self, error))
    return TRUE;
  gst_hailuo_task_give_back (self);
  return FALSE;
}

/* Does nothing if a POST is open: this run was cancelled, and continues. */
static gboolean
begin_post (GstHailuoTask *self, GError **error)
{
  g_auto (GstHailuoApiRequest) request = { 0 };
  g_autoptr (GstHailuoPost) post = NULL;
  g_autofree gchar *url = NULL;

  if (self->post != NULL)
    return TRUE;
  self->config.provider->build_submit (
      self->shot, self->config.callback_url, &request);
  url = g_strconcat (self->config.base_url, request.path, NULL);
  post = gst_hailuo_post_new (
      self->http, url, self->config.key, request.body, error);
  if (post == NULL || !prepare (self, error))
    return FALSE;
  self->status.submits++;
  self->post = g_steal_pointer (&post);
  return TRUE;
}

static gboolean
submit_with_retries (GstHailuoTask *self, GError **error)
{
  GstHailuoRetry retry = { .max = self->config.retries };

  /* the answer came in before the run was cancelled */
  if (self->answered && !gst_hailuo_task_settle (self, error))
    return FALSE;
  if (self->attempt != NULL
      && self->attempt->state == GST_HAILUO_ATTEMPT_SUBMITTED)
    return TRUE;
  for (;;) {
    g_autoptr (GError) problem = NULL;

    if (begin_post (self, &problem))
      gst_hailuo_task_take_outcome (self, &problem);
    if (self->answered && !gst_hailuo_task_settle (self, error))
      return FALSE;
    if (problem == NULL)
      return TRUE;
    retry.deadline = gst_hailuo_task_get_deadline (self);
    if (gst_hailuo_task_next (self, &retry, &problem)
        != GST_HAILUO_NEXT_TRY_AGAIN) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  }
}

gboolean
gst_hailuo_task_submit (GstHailuoTask *self, GError **error)
{
  const GstHailuoProvider *provider = self->config.provider;
  const GstHailuoVariant *variant = self->shot->variant;
  g_autofree gchar *price = gst_hailuo_price_to_string (variant->price);
  g_autofree gchar *advice = gst_hailuo_task_make_advice (self);

  if (self->post == NULL && self->attempt == NULL
      && (!gst_hailuo_task_check_cost (self, error)
          || !gst_hailuo_task_reserve (self, error)))
    return FALSE;
  self->status.origin = GST_HAILUO_ORIGIN_SUBMITTED;
  gst_hailuo_task_notify_state (self, GST_HAILUO_STATE_SUBMITTING);
  gst_hailuo_task_notify_progress (self, GST_HAILUO_STEP_START, -1,
      /* say it up front: a run that is stopped from outside, such as by Ctrl-C
       * in gst-launch-1.0, cannot say it later */
      "Submitting a new task to %s: %s, %s%s%s. If it is stopped before %s"
      " answers, a task may have been created. %s",
      provider->catalogue.title, gst_hailuo_mode_get_nick (variant->mode),
      gst_hailuo_resolution_get_nick (variant->resolution),
      variant->price >= 0 ? ", about $" : ", price unknown",
      variant->price >= 0 ? price : "", provider->catalogue.title, advice);
  if (self->began == 0)
    self->began = gst_hailuo_http_now (self->http);
  if (!submit_with_retries (self, error))
    return FALSE;

  /* the timeout for the result starts now, however long this took */
  self->deadline = 0;
  self->next_poll = gst_hailuo_http_now (self->http)
      + G_TIME_SPAN_MILLISECOND
          * (self->config.first_poll != 0
                  ? self->config.first_poll
                  : provider
                        ->first_poll[gst_hailuo_mode_is_pro (variant->mode)]);
  gst_hailuo_task_notify_progress (self, GST_HAILUO_STEP_COMPLETE, 100,
      "Submitted: %s has it as task %s", provider->catalogue.title,
      self->status.task_id);
  gst_hailuo_task_enter (self, GST_HAILUO_STAGE_GENERATE);
  gst_hailuo_task_notify_state (self, GST_HAILUO_STATE_PENDING);
  return TRUE;
}
