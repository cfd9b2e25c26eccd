/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-generate.c: waits for the host, polling at intervals. */
#include "task-private.h"

#define TICK (5 * G_TIME_SPAN_SECOND) /* between two progress reports */

static gint
seconds (gint64 time)
{
  return time / G_TIME_SPAN_SECOND;
}

/* Only an estimate: the hosts report no progress. */
static gint
guess_percent (GstHailuoTask *self)
{
  gint64 typical = self->config.provider->typical * G_TIME_SPAN_MILLISECOND;

  gst_hailuo_task_update_elapsed (self);
  return MIN (self->status.elapsed * 100 / typical, 95);
}

static void
notify_waiting (GstHailuoTask *self)
{
  const gint64 typical = self->config.provider->typical
      * G_TIME_SPAN_MILLISECOND;
  const gint percent = guess_percent (self);

  if (self->status.elapsed < typical)
    gst_hailuo_task_notify_progress (self, GST_HAILUO_STEP_CONTINUE, percent,
        "%d s, about %d s left, %s", seconds (self->status.elapsed),
        seconds (typical - self->status.elapsed) + 1,
        gst_hailuo_state_get_name (self->status.state));
  else
    gst_hailuo_task_notify_progress (self, GST_HAILUO_STEP_CONTINUE, percent,
        "%d s, longer than usual, %s", seconds (self->status.elapsed),
        gst_hailuo_state_get_name (self->status.state));
}

static gboolean
set_deadline_error (GstHailuoTask *self, GError **error)
{
  GError *problem = NULL;

  /* the next run gets the full timeout again */
  self->deadline = 0;
  gst_hailuo_set_error (&problem, GST_HAILUO_ERROR_TIMEOUT,
      "No clip after %d s (timeout); the task continues at %s.",
      seconds (self->status.elapsed), self->config.provider->catalogue.title);
  gst_hailuo_error_get_facts (problem)->retryable = TRUE;
  return gst_hailuo_task_propagate_as_billed (error, problem);
}

/* Waits until the next poll is due, reporting the elapsed time every TICK. */
static gboolean
wait_for_poll (GstHailuoTask *self, GError **error)
{
  const gint64 deadline = gst_hailuo_task_get_deadline (self);

  for (;;) {
    gint64 now = gst_hailuo_http_now (self->http);
    gint64 until = MIN (MIN (self->next_poll, deadline), now + TICK);

    if (now >= deadline) {
      gst_hailuo_task_update_elapsed (self);
      return set_deadline_error (self, error);
    }
    if (now >= self->next_poll)
      return TRUE;
    if (!gst_hailuo_http_wait (self->http, until, error))
      return FALSE;
    now = gst_hailuo_http_now (self->http);
    /* woken up early: somebody has news, so poll now */
    if (now < until)
      self->next_poll = now;
    else if (now < self->next_poll)
      notify_waiting (self);
  }
}

gboolean
gst_hailuo_task_generate (GstHailuoTask *self, GError **error)
{
  const gchar *title = self->config.provider->catalogue.title;

  if (self->began == 0) /* adopted: its start is unknown */
    self->began = gst_hailuo_http_now (self->http);
  if (self->status.state == GST_HAILUO_STATE_NONE)
    gst_hailuo_task_notify_state (self, GST_HAILUO_STATE_PENDING);
  gst_hailuo_task_notify_progress (self, GST_HAILUO_STEP_START, -1,
      "%s is generating the clip, task %s (%s)", title, self->status.task_id,
      self->status.origin == GST_HAILUO_ORIGIN_SUBMITTED ? "submitted"
                                                         : "resumed");
  while (self->url == NULL) {
    g_auto (GstHailuoReport) report = { 0 };

    if (!wait_for_poll (self, error)
        || !gst_hailuo_task_poll (
            self, gst_hailuo_task_get_deadline (self), &report, error)
        || !gst_hailuo_task_take_report (self, &report, error))
      return FALSE;
    self->next_poll = gst_hailuo_http_now (self->http)
        + gst_hailuo_task_get_poll_interval (self) * G_TIME_SPAN_MILLISECOND;
    if (self->url == NULL)
      notify_waiting (self);
  }
  gst_hailuo_task_update_elapsed (self);
  gst_hailuo_task_notify_progress (self, GST_HAILUO_STEP_COMPLETE, 100,
      "Generated after %d s", seconds (self->status.elapsed));
  self->deadline = 0;
  gst_hailuo_task_enter (self, GST_HAILUO_STAGE_FETCH);
  return TRUE;
}
