/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-store.c: the store of the task, its ledger and the lock of its shot. */
#include <unistd.h>

#include "part.h"
#include "task-private.h"

/* flock() is polled, since waiting in it cannot be cancelled */
#define LOCK_INTERVAL (100 * G_TIME_SPAN_MILLISECOND)

static gboolean
set_busy (GstHailuoTask *self, GError **error)
{
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_BUSY,
      "Another process or element is still generating this shot after %u s"
      " (timeout). Run again%s to play its clip.",
      self->config.timeout,
      self->config.reuse == GST_HAILUO_REUSE_ALWAYS ? ""
                                                    : " with reuse=always");
  if (error != NULL)
    gst_hailuo_error_get_facts (*error)->retryable = TRUE;
  return FALSE;
}

gboolean
gst_hailuo_task_take_lock (
    GstHailuoTask *self, const gchar *shot, GError **error)
{
  const gint64 start = gst_hailuo_http_now (self->http);
  const gint64 deadline = start + self->config.timeout * G_TIME_SPAN_SECOND;
  gint64 notified = 0;

  for (;;) {
    g_autoptr (GError) problem = NULL;
    gint64 now = gst_hailuo_http_now (self->http);

    self->lock = gst_hailuo_store_lock (self->store, shot, &problem);
    if (problem != NULL) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
    if (self->lock >= 0)
      break;
    if (now >= deadline)
      return set_busy (self, error);
    if (notified == 0 || now >= notified + 5 * G_TIME_SPAN_SECOND) {
      gst_hailuo_task_notify_progress (self,
          notified == 0 ? GST_HAILUO_STEP_START : GST_HAILUO_STEP_CONTINUE, -1,
          "Waiting for another process or element that is generating this shot,"
          " %d s",
          (gint) ((now - start) / G_TIME_SPAN_SECOND));
      notified = now;
    }
    if (!gst_hailuo_http_wait (self->http, now + LOCK_INTERVAL, error))
      return FALSE;
  }
  self->waited = notified != 0;
  if (notified != 0)
    gst_hailuo_task_notify_progress (
        self, GST_HAILUO_STEP_COMPLETE, 100, "The other one has finished");
  return TRUE;
}

/* GstHailuoDatabaseWait */
static gboolean
wait_for_ledger (gpointer user_data)
{
  GstHailuoTask *self = user_data;

  return gst_hailuo_http_wait (self->http,
      gst_hailuo_http_now (self->http) + 5 * G_TIME_SPAN_MILLISECOND, NULL);
}

gboolean
gst_hailuo_task_open_store (
    GstHailuoTask *self, gboolean create, GError **error)
{
  if (self->store != NULL)
    return TRUE;
  self->store = gst_hailuo_store_open (self->config.folder, create, error);
  if (self->store == NULL)
    return FALSE;
  self->ledger = gst_hailuo_ledger_new (
      gst_hailuo_store_get_database (self->store),
      gst_hailuo_store_is_used (self->store), wait_for_ledger, self);
  /* before there is any lock: a lock file proves that there was a ledger */
  return !create || gst_hailuo_ledger_make (self->ledger, error);
}

/* --- the partial clip --------------------------------------------------- */

void
gst_hailuo_task_close_part (GstHailuoTask *self)
{
  if (self->part.fd >= 0)
    close (self->part.fd);
  self->part.fd = -1;
  self->part.received = 0;
  self->part.total = 0;
}

gboolean
gst_hailuo_task_keeps_part (const GstHailuoTask *self)
{
  return self->part.received <= self->config.store_max_size
      && gst_hailuo_part_is_of_use (&self->part);
}

/* Leaves an incomplete clip to the next run if that can resume it, and removes
 * it otherwise.  Also gives up the lock: without it the partial clip may become
 * somebody else's. */
void
gst_hailuo_task_leave_part (GstHailuoTask *self)
{
  if (self->part.fd >= 0 && self->status.stage != GST_HAILUO_STAGE_DONE
      && (!gst_hailuo_task_keeps_part (self)
          || !gst_hailuo_part_seal (&self->part, self->status.task_id)))
    gst_hailuo_store_remove_part (self->store, self->attempt->shot);
  gst_hailuo_task_close_part (self);
  gst_hailuo_store_unlock (&self->lock);
}
