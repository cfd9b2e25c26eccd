/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-fetch.c: from the link to a whole MP4. */
#include "task-private.h"

#include "debug.h"
#include "part.h"

#define REFRESHES_MAX 3    /* of a link that no longer works */
#define REFETCHES_MAX 3    /* of a clip that is not a whole MP4 */
#define REFILL (64 * 1024) /* new bytes that count as progress */

#define REPORT_INTERVAL (500 * G_TIME_SPAN_MILLISECOND)

/* Rate-limited: on a fast connection, reporting each step would be a flood. */
static void
on_bytes (guint64 received, guint64 total, gpointer user_data)
{
  GstHailuoTask *self = user_data;
  gint percent = total > 0 ? (gint) (received * 100 / total) : -1;
  gint64 now = gst_hailuo_http_now (self->http);

  if (percent < 0 || now < self->notified + REPORT_INTERVAL)
    return;
  self->notified = now;
  gst_hailuo_task_notify_progress (self, GST_HAILUO_STEP_CONTINUE, percent,
      "%.1f of %.1f MB, %d %%", received / 1e6, total / 1e6, percent);
}

/* Asks the host for the link again, since links expire. */
static gboolean
refresh_url (GstHailuoTask *self, GError **error)
{
  g_auto (GstHailuoReport) report = { 0 };
  GError *problem = NULL;

  g_clear_pointer (&self->url, g_free);
  if (!gst_hailuo_task_poll (
          self, gst_hailuo_task_get_deadline (self), &report, error)
      || !gst_hailuo_task_take_report (self, &report, error))
    return FALSE;
  if (self->url != NULL)
    return TRUE;
  gst_hailuo_set_error (&problem, GST_HAILUO_ERROR_DOWNLOAD,
      "%s reported the clip of task %s as ready, but no longer does.",
      self->config.provider->catalogue.title, self->status.task_id);
  gst_hailuo_error_get_facts (problem)->retryable = TRUE;
  return gst_hailuo_task_propagate_as_billed (error, problem);
}

static gboolean
is_url_gone (const GError *problem)
{
  const GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (problem);

  return facts != NULL
      && (facts->http_status == 403 || facts->http_status == 404
          || facts->http_status == 410);
}

static gboolean
set_deadline_error (GstHailuoTask *self, GError **error)
{
  g_autofree gchar *kept = g_strdup_printf (
      "%.1f MB are kept", self->part.received / 1e6);
  GError *problem = NULL;

  /* the next run gets the full timeout again */
  self->deadline = 0;
  gst_hailuo_set_error (&problem, GST_HAILUO_ERROR_TIMEOUT,
      "The clip of task %s could not be downloaded within %u s (timeout), but"
      " is not lost: %s.",
      self->status.task_id, self->config.timeout,
      gst_hailuo_task_keeps_part (self)
          ? kept
          : "the part received cannot be kept, so set a longer timeout");
  gst_hailuo_error_get_facts (problem)->retryable = TRUE;
  return gst_hailuo_task_propagate_as_billed (error, problem);
}

/* The link no longer works: drops it to request another, but not forever. */
static gboolean
drop_url (GstHailuoTask *self, guint *refreshes, GError *problem)
{
  gst_hailuo_error_get_facts (problem)->attempts = *refreshes + 1;
  if ((*refreshes)++ >= REFRESHES_MAX)
    return FALSE;
  g_clear_pointer (&self->url, g_free);
  return TRUE;
}

/* What to do after a download that broke with *@problem. */
static GstHailuoNext
next_download (
    GstHailuoTask *self, GstHailuoRetry *retry, guint64 *best, GError **problem)
{
  const gint64 retry_after = self->part.retry_after;
  GstHailuoNext next;

  if (gst_hailuo_is_cancelled (*problem))
    return GST_HAILUO_NEXT_CANCELLED;
  gst_hailuo_error_get_facts (*problem)->retry_after = retry_after > 0
      ? retry_after
      : -1;
  /* a host that keeps starting over and breaking off makes no progress */
  if (self->part.received >= *best + REFILL)
    retry->tries = 0;
  *best = MAX (*best, self->part.received);
  next = gst_hailuo_task_next (self, retry, problem);
  /* the next run requests another one */
  if (next == GST_HAILUO_NEXT_GIVE_UP)
    g_clear_pointer (&self->url, g_free);
  return next;
}

static gboolean
download (GstHailuoTask *self, gint64 deadline, GError **error)
{
  const guint64 before = self->part.received;
  const gboolean done = gst_hailuo_http_download (
      self->http, self->url, &self->part, deadline, error);

  if (self->part.received > before)
    self->status.bytes += self->part.received - before;
  return done;
}

/* Downloads the whole file, despite interruptions and expired links. */
static gboolean
fetch_file (GstHailuoTask *self, guint *refreshes, GError **error)
{
  GstHailuoRetry retry = { .max = self->config.retries };
  guint64 best = 0; /* the most bytes that any try has reached */

  for (;;) {
    const gint64 deadline = gst_hailuo_task_get_deadline (self);
    g_autoptr (GError) problem = NULL;
    GstHailuoNext next;

    if (self->url == NULL && !refresh_url (self, error))
      return FALSE;
    if (download (self, deadline, &problem))
      return TRUE;
    if (gst_hailuo_error_is_retryable (problem)
        && gst_hailuo_http_now (self->http) >= deadline)
      return set_deadline_error (self, error);
    if (is_url_gone (problem) && drop_url (self, refreshes, problem))
      continue;
    retry.deadline = deadline;
    next = is_url_gone (problem)
        ? GST_HAILUO_NEXT_GIVE_UP
        : next_download (self, &retry, &best, &problem);
    if (next == GST_HAILUO_NEXT_GIVE_UP)
      return gst_hailuo_task_propagate_as_billed (
          error, g_steal_pointer (&problem));
    if (next == GST_HAILUO_NEXT_CANCELLED) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  }
}

/* Warns if the clip is not what was requested: hosts do not always deliver what
 * they document. */
static void
compare (GstHailuoTask *self, const GstHailuoClipInfo *info)
{
  const GstHailuoVariant *variant = self->shot ? self->shot->variant : NULL;
  guint side = MIN (info->width, info->height);
  gdouble made = info->duration / 1e9;
  g_autofree gchar *text = NULL;

  if (variant == NULL)
    return;
  if (info->duration > 0 && variant->seconds > 0
      && ABS (made - variant->seconds) > 0.5) {
    text = g_strdup_printf ("The clip is %.1f s long, but %u s were"
                            " expected.",
        made, variant->seconds);
    self->listener->warning (text, self->user_data);
    g_clear_pointer (&text, g_free);
  }
  if (side > 0
      && ABS ((gint) side
             - (gint) gst_hailuo_resolution_get_pixels (variant->resolution))
          > 16) {
    text = g_strdup_printf ("The clip has %ux%u pixels, but %s was expected.",
        info->width, info->height,
        gst_hailuo_resolution_get_nick (variant->resolution));
    self->listener->warning (text, self->user_data);
  }
}

/* Downloads until the file is a whole MP4. */
static gboolean
fetch_clip (GstHailuoTask *self, GstHailuoClipInfo *info, GError **error)
{
  guint refreshes = 0;
  guint refetches;

  for (refetches = 0;; refetches++) {
    g_autoptr (GError) problem = NULL;

    if (!fetch_file (self, &refreshes, error))
      return FALSE;
    if (gst_hailuo_clip_check (self->part.fd, self->part.received,
            self->part.exact, info, &problem))
      return TRUE;
    /* this is not the clip: request a new link and all of it again */
    GST_INFO ("%s", problem->message);
    self->part.received = 0;
    self->part.total = 0;
    g_clear_pointer (&self->url, g_free);
    if (refetches >= REFETCHES_MAX) {
      g_autofree gchar *why = g_strdup (problem->message);

      g_clear_error (&problem);
      gst_hailuo_set_error (&problem, GST_HAILUO_ERROR_DOWNLOAD,
          "The clip of task %s was downloaded %u times, and %s.",
          self->status.task_id, refetches + 1, why);
      gst_hailuo_error_get_facts (problem)->attempts = refetches + 1;
      gst_hailuo_error_get_facts (problem)->retryable = TRUE;
      return gst_hailuo_task_propagate_as_billed (
          error, g_steal_pointer (&problem));
    }
  }
}

/* Opens the partial clip, with what an earlier run left in it. */
static gboolean
open_part (GstHailuoTask *self, GError **error)
{
  GstHailuoDownload *file = &self->part;
  GError *problem = NULL;

  if (file->fd < 0) {
    file->fd = gst_hailuo_store_open_part (self->store, self->attempt->shot,
        self->config.store_max_size, &problem);
    if (file->fd < 0)
      return gst_hailuo_task_propagate_as_billed (error, problem);
    gst_hailuo_part_open (file, self->status.task_id);
    g_clear_pointer (&file->sum, g_checksum_free);
  }
  if (file->received == 0 || file->sum != NULL)
    return TRUE;
  /* the digest must cover the whole clip, including what is already there */
  file->sum = gst_hailuo_clip_sum (
      file->fd, file->received, gst_hailuo_task_is_cancelled, self, &problem);
  if (file->sum == NULL && gst_hailuo_is_cancelled (problem)) {
    g_propagate_error (error, problem);
    return FALSE;
  }
  if (file->sum == NULL)
    file->received = 0;
  g_clear_error (&problem);
  return TRUE;
}

/* Stores the clip, records it in the ledger, and evicts older ones. */
static gboolean
keep_clip (GstHailuoTask *self, GError **error)
{
  const gchar *sha256 = g_checksum_get_string (self->part.sum);
  GstHailuoAttempt *attempt = self->attempt;
  g_autoptr (GPtrArray) wanted = NULL;

  if (!gst_hailuo_store_keep_clip (
          self->store, attempt->shot, sha256, self->part.fd, error)) {
    /* the file may already be the stored clip, even that of another attempt */
    gst_hailuo_task_close_part (self);
    gst_hailuo_store_remove_part (self->store, attempt->shot);
    return FALSE;
  }
  self->clip.fd = self->part.fd;
  self->clip.size = self->part.received;
  self->part.fd = -1;
  attempt->size = self->clip.size;
  g_free (attempt->sha256);
  attempt->sha256 = g_strdup (sha256);
  attempt->billed = GST_HAILUO_BILLED_YES;
  attempt->fault = GST_HAILUO_FAULT_NONE;
  attempt->used = gst_hailuo_attempt_get_time ();
  if (attempt->state != GST_HAILUO_ATTEMPT_DELIVERED) {
    attempt->state = GST_HAILUO_ATTEMPT_FETCHED;
    attempt->ended = 0;
  }
  gst_hailuo_task_try_save (self, NULL);
  wanted = gst_hailuo_ledger_list_undelivered (self->ledger, NULL);
  if (wanted != NULL)
    gst_hailuo_store_evict (self->store, wanted, self->config.store_max_size);
  return TRUE;
}

gboolean
gst_hailuo_task_fetch (GstHailuoTask *self, GError **error)
{
  g_autoptr (GError) problem = NULL;
  GstHailuoClipInfo info = { 0 };

  gst_hailuo_task_notify_state (self, GST_HAILUO_STATE_DOWNLOADING);
  gst_hailuo_task_notify_progress (self, GST_HAILUO_STEP_START, -1,
      "Downloading the clip of task %s", self->status.task_id);
  if (!open_part (self, error))
    return FALSE;
  self->part.max_size = self->config.max_size;
  self->part.key = self->config.key;
  self->part.progress = on_bytes;
  self->part.user_data = self;
  self->notified = gst_hailuo_http_now (self->http);
  if (!fetch_clip (self, &info, error))
    return FALSE;

  if (!keep_clip (self, &problem))
    return gst_hailuo_task_propagate_as_billed (
        error, g_steal_pointer (&problem));
  compare (self, &info);
  gst_hailuo_task_notify_progress (self, GST_HAILUO_STEP_COMPLETE, 100,
      "Downloaded and verified %.1f MB: %.1f s, %ux%u", self->clip.size / 1e6,
      info.duration / 1e9, info.width, info.height);
  gst_hailuo_task_enter (self, GST_HAILUO_STAGE_DONE);
  gst_hailuo_task_notify_state (self, GST_HAILUO_STATE_SUCCESS);
  return TRUE;
}
