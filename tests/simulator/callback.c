/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callback.c: tells the client's own server how a task ended.
 *
 * APIXO: "The callback payload mirrors the final status response shape"; the
 * endpoint must answer 200 within 30 s; up to three retries, after 30 s, 2 min
 * and 10 min.  No header or signature is documented.  Of API in One's callback
 * nothing is known: the same rules are assumed, with its status answer. */
#include "simulator-private.h"

#define ANSWER_TIMEOUT 30 /* seconds, not scaled */

static const gint retry_delays[] = { 30, 2 * 60, 10 * 60 };

/* A scaled timeout must still leave time for a round trip under valgrind. */
#define MIN_TIMEOUT_MS 1000

static gint64
scaled (Simulator *self, gint seconds)
{
  return (gint64) (seconds / self->time_scale * G_TIME_SPAN_SECOND);
}

/* The final status answer; NULL where the simulator ends first */
static gchar *
wait_for_end (Simulator *self, SimTask *task)
{
  g_autofree gchar *link = NULL;
  SimStatus status;

  /* the clip was rendered before, so only the clock is left to wait for */
  if (!sim_sleep_until (self, sim_task_get_end (self, task)))
    return NULL;

  g_mutex_lock (&self->lock);
  sim_task_get_status (self, task, &status);
  link = sim_files_link (self, task);
  g_mutex_unlock (&self->lock);
  status.link = link;
  return task->dialect->write_status (task, &status, SIM_FORM_DEFAULT);
}

static gboolean
deliver_once (Simulator *self, SimTask *task, const gchar *body)
{
  gint64 timeout_ms = scaled (self, ANSWER_TIMEOUT) / 1000;
  g_autoptr (GError) error = NULL;
  guint status;

  g_mutex_lock (&self->lock);
  task->callbacks++;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);

  status = sim_http_post_json (task->callback_url, body,
      MAX (timeout_ms, MIN_TIMEOUT_MS), self->cancellable, &error);
  if (error != NULL)
    g_info ("Callback of task %s: %s", task->id, error->message);
  if (status != 200)
    return FALSE;

  g_mutex_lock (&self->lock);
  task->called_back = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

void
sim_callback_deliver (Simulator *self, SimTask *task)
{
  g_autofree gchar *body = NULL;
  guint i;

  body = wait_for_end (self, task);
  if (body == NULL)
    return;
  for (i = 0; !deliver_once (self, task, body); i++) {
    if (i == G_N_ELEMENTS (retry_delays)
        || !sim_sleep_until (
            self, g_get_monotonic_time () + scaled (self, retry_delays[i])))
      return;
  }
}
