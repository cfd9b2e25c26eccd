/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* http.h over the host and the clock of the world. */
#include "world.h"

#include <string.h>

#include "part.h"
#include "secret.h"

struct _GstHailuoHttp
{
  gboolean cancelled;
  gboolean woken;
  gboolean open; /* a POST that was cancelled after it went out */
  guint intent;  /* that it was sent for */
  Answer answer;
  gint64 arrives;
};

GstHailuoHttp *
gst_hailuo_http_new (void)
{
  return g_new0 (GstHailuoHttp, 1);
}

void
gst_hailuo_http_free (GstHailuoHttp *self)
{
  host_answer_clear (&self->answer);
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

gboolean
gst_hailuo_http_is_post_open (GstHailuoHttp *self)
{
  return self->open;
}

void
gst_hailuo_http_take_post (GstHailuoHttp *self, GstHailuoHttpReply *reply)
{
  const gboolean here = !world.dead && !self->answer.lost
      && self->arrives <= world.now;

  world_trace (
      here ? "the open POST is answered" : "the open POST is given up");
  self->open = FALSE;
  if (here && self->answer.refusal)
    disk_get_intent (self->intent)->refused = TRUE;
  reply->key = g_strdup (SECRET_KEY);
  reply->status = here ? self->answer.status : 0;
  reply->body = here ? g_byte_array_new_take (
                    (guint8 *) self->answer.body, strlen (self->answer.body))
                     : g_byte_array_new ();
  if (here)
    self->answer.body = NULL;
  host_answer_clear (&self->answer);
}

void
gst_hailuo_http_reply_clear (GstHailuoHttpReply *self)
{
  g_clear_pointer (&self->body, g_byte_array_unref);
  gst_hailuo_secret_clear (&self->key);
}

void
gst_hailuo_http_file_clear (GstHailuoHttpFile *self)
{
  g_clear_pointer (&self->validator, g_free);
  g_clear_pointer (&self->sum, g_checksum_free);
}

/* --- time ---------------------------------------------------------------- */

static gboolean
set_cancelled (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
  return FALSE;
}

/* The time goes on until @until, or until it is cancelled. */
static gboolean
pass_time (GstHailuoHttp *self, gint64 until, GError **error)
{
  if (!self->cancelled && world_chance (world.chances.cancel)) {
    world.figures.cancels++;
    self->cancelled = TRUE;
    if (until > world.now)
      world.now += g_rand_double (world.rand) * (until - world.now);
  }
  if (self->cancelled) {
    world_trace ("cancelled");
    return set_cancelled (error);
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
  return pass_time (self, until + world_below (2000), error);
}

/* --- requests ------------------------------------------------------------ */

static gboolean
set_broken (GError **error, GstHailuoError code, gboolean retryable)
{
  gst_hailuo_set_error (error, code, "It broke. Check the network.");
  gst_hailuo_error_get_facts (*error)->retryable = retryable;
  return FALSE;
}

/* Gives @answer, or what it is to lose it. */
static gboolean
deliver (Answer *answer, gint64 arrives, gint64 until,
    GstHailuoHttpReply *reply, GError **error)
{
  const gboolean late = arrives >= until;

  if (late || answer->lost) {
    world_trace (late ? "timeout" : "the answer is lost");
    return set_broken (error, GST_HAILUO_ERROR_CONNECT, TRUE);
  }
  world_trace ("%u %s", answer->status, answer->body);
  reply->key = g_strdup (SECRET_KEY);
  reply->status = answer->status;
  reply->retry_after = answer->retry_after;
  reply->body = g_byte_array_new_take (
      (guint8 *) answer->body, strlen (answer->body));
  answer->body = NULL;
  return TRUE;
}

static void
check_request (const gchar *url, const gchar *key)
{
  if (world.run.silent)
    world_violate ("a request with reuse=only");
  if (g_strcmp0 (key, SECRET_KEY) != 0
      || !g_str_has_prefix (url, world.provider->base_url))
    world_violate ("a request to the wrong place");
}

/* The record that must be there before a submit, and durable. */
static Intent *
check_post (const gchar *body, guint *number)
{
  const gint shot = world.run.shot;
  const Entry *entry = shot >= 0 ? disk_get (world.shot_ids[shot]) : NULL;
  const Snapshot *record = entry ? entry->disk.record : NULL;
  Intent *intent;

  world.run.posts++;
  world.run.task_posts++;
  world.figures.posts++;
  if (world.run.adopt != NULL)
    world_violate ("a submit beside a task id");
  if (strstr (body, SECRET_PROMPT) == NULL)
    world_violate ("a submit without the prompt");
  if (record == NULL || record->record.state != GST_HAILUO_RECORD_INTENT
      || entry->now.record != record) {
    world_violate ("a submit without a durable intent");
    return NULL;
  }
  if (entry->holder != HOLDER_US)
    world_violate ("a submit without the lock");
  *number = record->intent;
  intent = disk_get_intent (*number);
  if (intent->process != world.process)
    world_violate ("a submit after an intent of an earlier process");
  if (intent->posted)
    world_violate ("a second submit after one intent");
  return intent;
}

/* FALSE: nothing went out. */
static gboolean
send_post (GstHailuoHttp *self, const gchar *body, GError **error)
{
  static const GstHailuoError codes[] = { GST_HAILUO_ERROR_CONNECT,
    GST_HAILUO_ERROR_NOT_FOUND };
  GstHailuoError code;
  guint number = 0;
  Intent *intent = check_post (body, &number);

  if (intent == NULL)
    return world_set_dead (error);
  if (self->cancelled) {
    intent->refused = TRUE;
    return set_cancelled (error);
  }
  if (world_chance (world.chances.refuse)) {
    world_trace ("the connection is refused");
    intent->refused = TRUE;
    world.now += world_below (2 * G_TIME_SPAN_SECOND);
    code = codes[world_below (2)];
    return set_broken (error, code, world_below (4) != 0);
  }
  intent->posted = TRUE;
  self->intent = number;
  self->answer = (Answer){ .retry_after = -1 };
  host_submit (number, &self->answer);
  self->arrives = world.now + self->answer.delay;
  return TRUE;
}

static gboolean
post (GstHailuoHttp *self, const gchar *body, gint64 until, Fate fate,
    GstHailuoHttpReply *reply, gboolean *sent, GError **error)
{
  const gboolean was_open = self->open;
  gboolean done;

  *sent = was_open;
  if (!was_open && !send_post (self, body, error))
    return FALSE;
  *sent = TRUE;
  self->open = FALSE;
  if (fate == FATE_DIES_LATE)
    world_die ();
  if (world.dead) {
    host_answer_clear (&self->answer);
    return world_set_dead (error);
  }
  if (!pass_time (self, MIN (self->arrives, until), error)) {
    self->open = TRUE;
    return FALSE;
  }
  if (self->answer.refusal && self->arrives < until)
    disk_get_intent (self->intent)->refused = TRUE;
  done = deliver (&self->answer, self->arrives, until, reply, error);
  host_answer_clear (&self->answer);
  return done;
}

/* The id of the task that is asked about. */
static const gchar *
check_poll (const gchar *url)
{
  const gchar *id = strstr (url, "taskId=");

  id = id ? id + strlen ("taskId=") : strrchr (url, '/') + 1;
  world.figures.polls++;
  if (!disk_knows (id) && !g_hash_table_contains (world.told, id))
    world_violate ("a poll before anybody knows of task %s", id);
  return id;
}

static gboolean
get (GstHailuoHttp *self, const gchar *url, gint64 until,
    GstHailuoHttpReply *reply, GError **error)
{
  Answer answer = { .retry_after = -1 };
  const gchar *id = check_poll (url);
  gboolean done;

  if (self->cancelled)
    return set_cancelled (error);
  if (world_chance (world.chances.noise / 4)) {
    world_trace ("the connection is refused");
    return set_broken (error, GST_HAILUO_ERROR_CONNECT, world_below (8) != 0);
  }
  host_poll (id, &answer);
  done = pass_time (self, MIN (world.now + answer.delay, until), error)
      && deliver (&answer, world.now, until, reply, error);
  host_answer_clear (&answer);
  return done;
}

gboolean
gst_hailuo_http_perform (GstHailuoHttp *self, const gchar *url,
    const gchar *key, const gchar *body, gint64 until,
    GstHailuoHttpReply *reply, gboolean *sent, GError **error)
{
  const Fate fate = world_step (STEP_NETWORK);

  *sent = FALSE;
  if (fate == FATE_DIES || (fate == FATE_DIES_LATE && body == NULL))
    world_die ();
  if (world.dead) {
    self->open = FALSE;
    host_answer_clear (&self->answer);
    return world_set_dead (error);
  }
  world_trace (
      "%s %s", body ? self->open ? "POST (goes on)" : "POST" : "GET", url);
  check_request (url, key);
  /* an answer that an earlier run asked for is no request of this one */
  if (body == NULL || !self->open)
    world.run.requests++;
  return body ? post (self, body, until, fate, reply, sent, error)
              : get (self, url, until, reply, error);
}

/* --- downloads: no run knows what an earlier one left -------------------- */

void
gst_hailuo_part_open (GstHailuoHttpFile *file, const gchar *task_id)
{
  file->received = 0;
  file->total = 0;
}

gboolean
gst_hailuo_part_is_of_use (const GstHailuoHttpFile *file)
{
  return FALSE;
}

gboolean
gst_hailuo_part_seal (const GstHailuoHttpFile *file, const gchar *task_id)
{
  return FALSE;
}

static gboolean
refuse_file (GstHailuoHttpFile *file, guint status, GError **error)
{
  world_trace ("the link answers %u", status);
  file->status = status;
  gst_hailuo_set_error (error, gst_hailuo_error_from_status (status),
      "The clip cannot be downloaded: its link answered %u.", status);
  gst_hailuo_error_get_facts (*error)->http_status = status;
  gst_hailuo_error_get_facts (*error)->retryable =
      gst_hailuo_status_is_transient (status);
  return FALSE;
}

/* The content comes, whole or not. */
static gboolean
take_file (GstHailuoHttpFile *file, File *to, const HostTask *task,
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
    GstHailuoHttpFile *file, File *to, HostTask *task, GError **error)
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
      return set_broken (error, GST_HAILUO_ERROR_CONNECT, TRUE);
  }
}

gboolean
gst_hailuo_http_download (GstHailuoHttp *self, const gchar *url,
    GstHailuoHttpFile *file, gint64 until, GError **error)
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
  if (!pass_time (self, world.now + world_below (G_TIME_SPAN_SECOND), error))
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
