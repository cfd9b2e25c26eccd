/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* http.h over the host and the clock of the world. */
#include "world.h"

#include <string.h>

#include "http-request.h"
#include "part.h"
#include "secret.h"

struct _GstHailuoHttp
{
  gboolean cancelled;
  gboolean woken;
};

GstHailuoHttp *
gst_hailuo_http_new (void)
{
  return g_new0 (GstHailuoHttp, 1);
}

void
gst_hailuo_http_free (GstHailuoHttp *self)
{
  g_free (self);
}

gint64
gst_hailuo_http_now (GstHailuoHttp *self)
{
  return world.now;
}

void
gst_hailuo_http_cancel (GstHailuoHttp *self)
{
  self->cancelled = TRUE;
}

void
gst_hailuo_http_uncancel (GstHailuoHttp *self)
{
  self->cancelled = FALSE;
}

gboolean
gst_hailuo_http_is_cancelled (GstHailuoHttp *self)
{
  return self->cancelled;
}

void
gst_hailuo_http_wakeup (GstHailuoHttp *self)
{
  self->woken = TRUE;
}

void
gst_hailuo_download_clear (GstHailuoDownload *self)
{
  g_clear_pointer (&self->validator, g_free);
  g_clear_pointer (&self->sum, g_checksum_free);
}

/* --- time ---------------------------------------------------------------- */

gboolean
net_set_cancelled (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
  return FALSE;
}

gboolean
net_pass_time (GstHailuoHttp *self, gint64 until, GError **error)
{
  if (!self->cancelled && world_chance (world.chances.cancel)) {
    world.figures.cancels++;
    self->cancelled = TRUE;
    if (until > world.now)
      world.now += g_rand_double (world.rand) * (until - world.now);
  }
  if (self->cancelled) {
    world_trace ("cancelled");
    return net_set_cancelled (error);
  }
  world.now = MAX (world.now, until);
  return TRUE;
}

gboolean
gst_hailuo_http_wait (GstHailuoHttp *self, gint64 until, GError **error)
{
  const Fate fate = world_step (STEP_WAIT);

  world.figures.waits++;
  if (fate != FATE_FINE && fate != FATE_DEAD)
    world_die ();
  if (world.dead)
    return world_set_dead (error);
  other_act ();
  if (!self->cancelled && (self->woken || world_below (128) == 0)) {
    self->woken = FALSE;
    if (until > world.now)
      world.now += g_rand_double (world.rand) * (until - world.now);
    return TRUE;
  }
  /* poll() wakes up late, not early */
  return net_pass_time (self, until + world_below (2000), error);
}

/* --- requests ------------------------------------------------------------ */

gboolean
net_set_broken (GError **error, GstHailuoError code, gboolean retryable)
{
  gst_hailuo_set_error (error, code, "It broke. Check the network.");
  gst_hailuo_error_get_facts (*error)->retryable = retryable;
  return FALSE;
}

gboolean
net_deliver (Answer *answer, gint64 arrives, gint64 until,
    GstHailuoResponse *response, GError **error)
{
  const gboolean late = arrives >= until;

  if (late || answer->lost) {
    world_trace (late ? "timeout" : "the answer is lost");
    return net_set_broken (error, GST_HAILUO_ERROR_CONNECT, TRUE);
  }
  world_trace ("%u %s", answer->status, answer->body);
  response->key = g_strdup (SECRET_KEY);
  response->status = answer->status;
  response->retry_after = answer->retry_after;
  response->body = g_bytes_new_take (answer->body, strlen (answer->body));
  answer->body = NULL;
  return TRUE;
}

void
net_check_request (const gchar *url, const gchar *key)
{
  if (world.run.silent)
    world_violate ("a request with reuse=only");
  if (g_strcmp0 (key, SECRET_KEY) != 0
      || !g_str_has_prefix (url, world.provider->base_url))
    world_violate ("a request to the wrong place");
}

/* The id of the task that is asked about. */
static const gchar *
check_poll (const gchar *url)
{
  const gchar *id = strstr (url, "taskId=");
  g_autofree gchar *model = NULL;
  const Row *row;

  id = id ? id + strlen ("taskId=") : strrchr (url, '/') + 1;
  row = disk_find_row (id);
  world.figures.polls++;
  if (row == NULL && g_strcmp0 (world.run.adopt, id) != 0
      && !g_hash_table_contains (world.told, id))
    world_violate ("a poll before anybody knows of task %s", id);
  model = row ? g_strdup_printf ("/%s?", row->attempt->model) : NULL;
  /* one that was not there yet, when it was looked for, has its own */
  if (model != NULL && (world.run.adopt == NULL || world.run.found)
      && strchr (url, '?') != NULL && strstr (url, model) == NULL)
    world_violate ("a poll with another model than task %s has", id);
  return id;
}

gboolean
gst_hailuo_http_get (GstHailuoHttp *self, const gchar *url, const gchar *key,
    gint64 until, GstHailuoResponse *response, GError **error)
{
  const Fate fate = world_step (STEP_NETWORK);
  Answer answer = { .retry_after = -1 };
  const gchar *id;
  gboolean done, told;

  if (fate != FATE_FINE && fate != FATE_DEAD)
    world_die ();
  if (world.dead)
    return world_set_dead (error);
  world_trace ("GET %s", url);
  net_check_request (url, key);
  world.run.requests++;
  id = check_poll (url);
  if (self->cancelled)
    return net_set_cancelled (error);
  if (world_chance (world.chances.noise / 4)) {
    world_trace ("the connection is refused");
    return net_set_broken (
        error, GST_HAILUO_ERROR_CONNECT, world_below (8) != 0);
  }
  told = host_poll (id, url, &answer);
  done = net_pass_time (self, MIN (world.now + answer.delay, until), error)
      && net_deliver (&answer, world.now, until, response, error);
  world.run.answered = world.run.answered || (done && told);
  host_answer_clear (&answer);
  return done;
}

/* --- downloads: no run knows what an earlier one left -------------------- */

void
gst_hailuo_part_open (GstHailuoDownload *file, const gchar *task_id)
{
  file->received = 0;
  file->total = 0;
}

gboolean
gst_hailuo_part_is_of_use (const GstHailuoDownload *file)
{
  return FALSE;
}

gboolean
gst_hailuo_part_seal (const GstHailuoDownload *file, const gchar *task_id)
{
  return FALSE;
}

static gboolean
refuse_file (GstHailuoDownload *file, guint status, GError **error)
{
  world_trace ("the link answers %u", status);
  file->status = status;
  gst_hailuo_set_error (error, gst_hailuo_error_from_status (status),
      "The clip cannot be downloaded: its link returned status %u.", status);
  gst_hailuo_error_get_facts (*error)->http_status = status;
  gst_hailuo_error_get_facts (*error)->retryable =
      gst_hailuo_status_is_transient (status);
  return FALSE;
}

/* The content comes, whole or not. */
static gboolean
take_file (GstHailuoDownload *file, File *to, const HostTask *task,
    guint64 size, gboolean whole)
{
  to->task = task - host_get (0);
  to->size = file->received = size;
  to->whole = whole;
  g_clear_pointer (&file->sum, g_checksum_free);
  file->sum = disk_sum_file (to - disk_get_file (0));
  file->status = 200;
  file->exact = whole;
  file->total = whole ? size : 0;
  if (file->progress != NULL)
    file->progress (size, file->total, file->user_data);
  return TRUE;
}

static gboolean
download_badly (
    GstHailuoDownload *file, File *to, HostTask *task, GError **error)
{
  static const guint gone[] = { 403, 404, 410 };
  static const guint others[] = { 500, 503, 429, 400, 416 };

  file->retry_after = world_below (8) == 0 ? 5000 : -1;
  switch (world_below (8)) {
    case 0:
      task->dead_links = task->link;
      if (world_below (8) == 0)
        task->polls = 1; /* it thinks again */
      return refuse_file (file, gone[world_below (3)], error);
    case 1:
      return refuse_file (file, others[world_below (5)], error);
    case 2: /* HTML */
      return take_file (file, to, task, 1000, FALSE);
    case 3: /* cut off, and no length */
      return take_file (file, to, task, task->size / 2, FALSE);
    case 4:
      gst_hailuo_set_error (
          error, GST_HAILUO_ERROR_STORE, "The clip cannot be stored.");
      return FALSE;
    case 5:
      gst_hailuo_set_error (
          error, GST_HAILUO_ERROR_DOWNLOAD, "the clip is larger than max-size");
      return FALSE;
    default: /* it breaks */
      take_file (file, to, task,
          MIN (file->received + task->size / 3, task->size), FALSE);
      world_trace ("it breaks after %u", (guint) file->received);
      return net_set_broken (error, GST_HAILUO_ERROR_CONNECT, TRUE);
  }
}

gboolean
gst_hailuo_http_download (GstHailuoHttp *self, const gchar *url,
    GstHailuoDownload *file, gint64 until, GError **error)
{
  const Fate fate = world_step (STEP_NETWORK);
  Descriptor *descriptor;
  gboolean expired = FALSE;
  HostTask *task;

  if (fate != FATE_FINE && fate != FATE_DEAD)
    world_die ();
  if (world.dead)
    return world_set_dead (error);
  world_trace ("download %s", url);
  world.run.requests++;
  descriptor = world_get_descriptor (file->fd);
  task = host_find_link (url, &expired);
  if (world.run.silent || task == NULL || descriptor == NULL) {
    world_violate ("a download that nobody wanted");
    return world_set_dead (error);
  }
  if (!net_pass_time (
          self, world.now + world_below (G_TIME_SPAN_SECOND), error))
    return FALSE;
  file->exact = FALSE;
  file->retry_after = -1;
  if (expired)
    return refuse_file (file, 403, error);
  if (world_chance (world.chances.spoil))
    return download_badly (file, disk_get_file (descriptor->file), task, error);
  world.figures.clips++;
  return take_file (
      file, disk_get_file (descriptor->file), task, task->size, TRUE);
}
