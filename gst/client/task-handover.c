/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-handover.c: the answer to a submit that no run waits for any more. */
#include "task-private.h"

#include "debug.h"

/* Between tries to record an answer that no run waits for */
#define SETTLE_INTERVAL G_TIME_SPAN_SECOND

/* No application is listening any more, so it goes to stderr. */
static void
tell_user (const gchar *text, gpointer user_data)
{
  g_message ("%s", text);
}

static const GstHailuoListener nobody = { .warning = tell_user };

/* Like gst_hailuo_task_settle(), but outside of any run.  FALSE: try again. */
static gboolean
settle_alone (GstHailuoTask *self)
{
  g_autoptr (GError) problem = NULL;

  if (!gst_hailuo_task_is_made (self))
    gst_hailuo_task_give_back (self);
  if (gst_hailuo_task_is_made (self)
          ? gst_hailuo_task_save (self, &problem)
          : gst_hailuo_ledger_withdraw (self->ledger, self->attempt, &problem))
    return TRUE;
  GST_WARNING ("%s", problem->message);
  if (gst_hailuo_task_is_anothers (problem))
    return TRUE;
  if (!gst_hailuo_task_is_made (self))
    return FALSE;
  gst_hailuo_task_warn_unsaved (self, problem->message);
  return FALSE;
}

/* GThreadFunc: runs until the ledger has the answer, or the process ends */
static gpointer
finish_alone (gpointer task)
{
  g_autoptr (GstHailuoHttp) http = gst_hailuo_http_new ();
  GstHailuoTask *self = task;

  if (!self->answered)
    gst_hailuo_task_take_outcome (self, NULL);
  g_clear_pointer (&self->post, gst_hailuo_post_free);
  while (self->answered && !settle_alone (self)) {
    if (!gst_hailuo_http_wait (
            http, gst_hailuo_http_now (http) + SETTLE_INTERVAL, NULL))
      break;
  }
  gst_hailuo_task_release (self);
  return NULL;
}

/* Warns now: whoever stops a run may exit next and miss any later warning. */
static void
tell_unwritten (GstHailuoTask *heir)
{
  g_autofree gchar *text = NULL;

  if (!heir->answered || !gst_hailuo_task_is_made (heir))
    return;
  text = g_strdup_printf (
      "Stopped before the answer of %s was written down: task %s is made.",
      heir->config.provider->catalogue.title, heir->attempt->task_id);
  gst_hailuo_task_warn_unsaved (heir, text);
}

void
gst_hailuo_task_hand_over (GstHailuoTask *self)
{
  GstHailuoTask *heir;

  if (self->post == NULL)
    return;
  heir = gst_hailuo_task_new (NULL, NULL, NULL, &nobody, NULL);
  heir->config.provider = self->config.provider;
  heir->store = g_steal_pointer (&self->store);
  heir->ledger = gst_hailuo_ledger_new (
      gst_hailuo_store_get_database (heir->store), TRUE, NULL, NULL);
  if (self->config.reuse == GST_HAILUO_REUSE_NEVER)
    self->handed_over = self->attempt->number;
  heir->attempt = g_steal_pointer (&self->attempt);
  heir->lock = self->lock;
  heir->reserved = self->reserved;
  heir->answered = self->answered;
  heir->post = g_steal_pointer (&self->post);
  g_clear_pointer (&self->ledger, gst_hailuo_ledger_free);
  self->lock = -1;
  self->reserved = 0;
  self->answered = FALSE;
  tell_unwritten (heir);
  gst_hailuo_post_hand_over (heir->post, finish_alone, heir);
}
