/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "task.h"

#include <string.h>
#include <unistd.h>

#include "clip.h"
#include "debug.h"
#include "retry.h"
#include "store.h"

#define SUBMIT_TIMEOUT (120 * G_TIME_SPAN_SECOND)
#define POLL_TIMEOUT (60 * G_TIME_SPAN_SECOND)
#define TICK (5 * G_TIME_SPAN_SECOND)   /* between two reports of progress */
#define RETRY_BASE 500          /* ms */
#define BUSY_BASE 1000          /* ms, where the host said that it is busy */
#define REFRESHES_MAX 3         /* of a link that has gone */
#define REFETCHES_MAX 3         /* of a clip that is not whole */
#define NOT_FOUND_MAX 2         /* polls after the first that may say 404 */
#define REFILL (64 * 1024)      /* bytes that make a broken download count as
                                 * progress */

struct _GstHailuoTask
{
  GstHailuoHttp *http;          /* not owned */
  GstHailuoShot *shot;          /* (owned) (nullable) */
  const GstHailuoListener *listener;
  gpointer user_data;
  GstHailuoMeans means;
  GstHailuoStatus status;
  GError *final;                /* FAILED: why */

  gint64 began;                 /* of the submit; 0: not yet */
  gint64 deadline;              /* for the result; 0: to be counted from now */
  gint64 next_poll;             /* 0: at once */
  gchar *link;                  /* (nullable) of the clip; never logged */
  gint clip;                    /* file descriptor; -1: none */
  GstHailuoHttpFile file;
  gint percent;                 /* of the download, as last told */
};

void
gst_hailuo_means_clear (GstHailuoMeans *self)
{
  g_clear_pointer (&self->base_url, g_free);
  if (self->key != NULL)
    explicit_bzero (self->key, strlen (self->key));
  g_clear_pointer (&self->key, g_free);
  g_clear_pointer (&self->callback_url, g_free);
  g_clear_pointer (&self->folder, g_free);
  g_clear_pointer (&self->model, g_free);
}

/* --- telling ------------------------------------------------------------ */

static void
update_elapsed (GstHailuoTask *self)
{
  if (self->began != 0)
    self->status.elapsed = gst_hailuo_http_now (self->http) - self->began;
}

static void
tell_state (GstHailuoTask *self, const gchar *state)
{
  if (g_strcmp0 (self->status.state, state) == 0)
    return;
  self->status.state = state;
  update_elapsed (self);
  GST_INFO ("task %s is %s", self->status.task_id, state);
  self->listener->state (&self->status, self->user_data);
}

static void
tell_progress (GstHailuoTask *self, GstHailuoStep step, gint percent,
    const gchar *format, ...) G_GNUC_PRINTF (4, 5);

static void
tell_progress (GstHailuoTask *self, GstHailuoStep step, gint percent,
    const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  update_elapsed (self);
  self->listener->progress (&self->status, step, text, percent,
      self->user_data);
}

static gint
seconds (gint64 time)
{
  return time / G_TIME_SPAN_SECOND;
}

/* --- waiting and trying again ------------------------------------------- */

/* Waits before attempt number @attempts + 1 of something that failed with
 * @problem.  FALSE, with @problem moved to @error: it was tried enough. */
static gboolean
wait_to_retry (GstHailuoTask *self, guint attempts, guint max, gint64 floor,
    gint64 deadline, GError **problem, GError **error)
{
  GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (*problem);
  gint64 now = gst_hailuo_http_now (self->http);
  gint64 left = deadline > 0 ? MAX (deadline - now, 0) / 1000 : -1;
  gint64 delay, until;

  facts->attempts = attempts;
  if (!facts->retryable || attempts > max || left == 0) {
    g_propagate_error (error, g_steal_pointer (problem));
    return FALSE;
  }
  delay = gst_hailuo_retry_delay (attempts,
      (*problem)->code == GST_HAILUO_ERROR_BUSY ? BUSY_BASE : RETRY_BASE,
      floor, facts->retry_after, left, g_random_double ());
  GST_INFO ("attempt %u failed, next one in %" G_GINT64_FORMAT " ms: %s",
      attempts, delay, (*problem)->message);
  tell_progress (self, GST_HAILUO_STEP_CONTINUE, -1,
      "Attempt %u of %u failed, trying again in %.1f s", attempts, max + 1,
      delay / 1000.0);
  g_clear_error (problem);
  self->status.retries++;

  /* a wakeup must not cut a back-off short */
  until = now + delay * 1000;
  do {
    if (!gst_hailuo_http_wait (self->http, until, error))
      return FALSE;
  } while (gst_hailuo_http_now (self->http) < until);
  return TRUE;
}

static gint64
get_deadline (GstHailuoTask *self)
{
  if (self->deadline == 0)
    self->deadline = gst_hailuo_http_now (self->http)
        + self->means.timeout * G_TIME_SPAN_SECOND;
  return self->deadline;
}

static void
enter (GstHailuoTask *self, GstHailuoStage stage)
{
  GST_DEBUG ("stage %d -> %d", self->status.stage, stage);
  self->status.stage = stage;
}

static gboolean
is_cancelled (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* --- SUBMIT ------------------------------------------------------------- */

/* Something went out and nothing that can be understood came back. */
static void
set_unknown_outcome (GstHailuoTask *self, GError **error, GError *cause)
{
  GError *unknown = NULL;
  GstHailuoErrorPrivate *to, *from = gst_hailuo_error_get_facts (cause);

  gst_hailuo_set_error (&unknown, GST_HAILUO_ERROR_OUTCOME_UNKNOWN,
      "The submit was sent, but its outcome is unknown: %s The task may have"
      " been made and charged, so it is not sent again. Look at %s's list of"
      " tasks: if it is there, run again with task-id set to its id; if it is"
      " not, change take or the prompt.", cause->message,
      self->means.provider->catalogue.title);
  to = gst_hailuo_error_get_facts (unknown);
  to->billed = GST_HAILUO_BILLED_UNKNOWN;
  to->attempts = 1;
  if (from != NULL) {
    to->http_status = from->http_status;
    to->provider_message = g_strdup (from->provider_message);
  }
  g_propagate_error (error, unknown);
}

/* One POST.  FALSE with `billed` NO: nothing was made, and `retryable` says
 * whether the same may be sent again. */
static gboolean
submit_once (GstHailuoTask *self, const GstHailuoRequest *request,
    GError **error)
{
  g_autofree gchar *url = g_strconcat (self->means.base_url, request->path,
      NULL);
  g_auto (GstHailuoHttpReply) reply = { 0 };
  g_autoptr (GError) problem = NULL;
  g_autofree gchar *task_id = NULL;
  GstHailuoAnswer answer;
  gboolean sent = FALSE;

  if (!gst_hailuo_http_is_post_open (self->http))
    self->status.submits++;
  if (!gst_hailuo_http_perform (self->http, url, self->means.key,
          request->body, gst_hailuo_http_now (self->http)
          + MIN (SUBMIT_TIMEOUT, self->means.timeout * G_TIME_SPAN_SECOND),
          &reply, &sent, &problem)) {
    if (sent && !is_cancelled (problem))
      set_unknown_outcome (self, error, problem);
    else
      g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }

  answer = (GstHailuoAnswer) {
    .status = reply.status,
    .body = (const gchar *) reply.body->data,
    .length = reply.body->len,
    .retry_after = reply.retry_after,
  };
  task_id = self->means.provider->parse_submit (&answer, &problem);
  if (task_id == NULL) {
    if (problem->code == GST_HAILUO_ERROR_OUTCOME_UNKNOWN)
      set_unknown_outcome (self, error, problem);
    else
      g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  g_strlcpy (self->status.task_id, task_id, sizeof self->status.task_id);
  return TRUE;
}

static gboolean
submit_with_retries (GstHailuoTask *self, GError **error)
{
  g_auto (GstHailuoRequest) request = { 0 };
  guint attempts;

  self->means.provider->build_submit (self->shot, self->means.callback_url,
      &request);
  for (attempts = 1;; attempts++) {
    g_autoptr (GError) problem = NULL;

    if (submit_once (self, &request, &problem))
      return TRUE;
    if (is_cancelled (problem)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
    if (!wait_to_retry (self, attempts, self->means.retries, 0,
            get_deadline (self), &problem, error))
      return FALSE;
  }
}

static gboolean
step_submit (GstHailuoTask *self, GError **error)
{
  const GstHailuoProvider *provider = self->means.provider;
  const GstHailuoOffer *offer = self->shot->offer;
  g_autofree gchar *price = gst_hailuo_price_to_string (offer->price);

  tell_state (self, "submitting");
  tell_progress (self, GST_HAILUO_STEP_START, -1,
      "Submitting a new task to %s: %s, %s%s%s", provider->catalogue.title,
      gst_hailuo_mode_get_nick (offer->mode),
      gst_hailuo_resolution_get_nick (offer->resolution),
      offer->price >= 0 ? ", about $" : ", price not known",
      offer->price >= 0 ? price : "");
  if (self->began == 0)
    self->began = gst_hailuo_http_now (self->http);
  if (!submit_with_retries (self, error))
    return FALSE;

  self->next_poll = gst_hailuo_http_now (self->http)
      + G_TIME_SPAN_MILLISECOND * (self->means.first_poll != 0
      ? self->means.first_poll
      : provider->first_poll[gst_hailuo_mode_is_pro (offer->mode)]);
  enter (self, GST_HAILUO_STAGE_GENERATE);
  tell_state (self, "pending");
  self->status.stage = GST_HAILUO_STAGE_SUBMIT;
  tell_progress (self, GST_HAILUO_STEP_COMPLETE, 100,
      "Submitted: %s has it as task %s", provider->catalogue.title,
      self->status.task_id);
  self->status.stage = GST_HAILUO_STAGE_GENERATE;
  return TRUE;
}

/* --- GENERATE ----------------------------------------------------------- */

/* Whatever goes wrong from here on, the task is there and costs money. */
static gboolean
propagate_as_billed (GError **error, GError *problem)
{
  GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (problem);

  if (facts != NULL)
    facts->billed = GST_HAILUO_BILLED_YES;
  g_propagate_error (error, problem);
  return FALSE;
}

static gboolean
poll_once (GstHailuoTask *self, GstHailuoReport *report, GError **error)
{
  g_auto (GstHailuoRequest) request = { 0 };
  g_auto (GstHailuoHttpReply) reply = { 0 };
  g_autofree gchar *url = NULL;
  GstHailuoAnswer answer;
  gboolean sent;

  self->means.provider->build_poll (self->means.model, self->status.task_id,
      &request);
  url = g_strconcat (self->means.base_url, request.path, NULL);
  self->status.polls++;
  if (!gst_hailuo_http_perform (self->http, url, self->means.key, NULL,
          gst_hailuo_http_now (self->http) + POLL_TIMEOUT, &reply, &sent,
          error))
    return FALSE;
  answer = (GstHailuoAnswer) {
    .status = reply.status,
    .body = (const gchar *) reply.body->data,
    .length = reply.body->len,
    .retry_after = reply.retry_after,
  };
  return self->means.provider->parse_poll (&answer, report, error);
}

static gint64
get_interval (GstHailuoTask *self)
{
  return self->means.poll_interval != 0 ? self->means.poll_interval
      : self->means.provider->poll_interval;
}

/* A poll with its retries: one bad answer does not end the wait. */
static gboolean
poll_with_retries (GstHailuoTask *self, gint64 deadline,
    GstHailuoReport *report, GError **error)
{
  guint attempts;

  for (attempts = 1;; attempts++) {
    g_autoptr (GError) problem = NULL;
    guint max = self->means.retries;

    if (poll_once (self, report, &problem))
      return TRUE;
    if (is_cancelled (problem)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
    /* a new task may not be known everywhere yet; an old one is gone */
    if (g_error_matches (problem, GST_HAILUO_ERROR,
            GST_HAILUO_ERROR_NOT_FOUND)
        && gst_hailuo_error_get_facts (problem)->http_status == 404)
      max = MIN (max, NOT_FOUND_MAX);
    if (!wait_to_retry (self, attempts, max, get_interval (self), deadline,
            &problem, &problem))
      return is_cancelled (problem)
          ? (g_propagate_error (error, g_steal_pointer (&problem)), FALSE)
          : propagate_as_billed (error, g_steal_pointer (&problem));
  }
}

/* No more than an estimate: hosts tell no progress. */
static gint
guess_percent (GstHailuoTask *self)
{
  gint64 typical = self->means.provider->typical * G_TIME_SPAN_MILLISECOND;

  update_elapsed (self);
  return MIN (self->status.elapsed * 100 / typical, 95);
}

static void
tell_waiting (GstHailuoTask *self)
{
  gint percent = guess_percent (self);

  tell_progress (self, GST_HAILUO_STEP_CONTINUE, percent,
      "%d s, about %d %%, %s", seconds (self->status.elapsed), percent,
      self->status.state);
}

static gboolean
set_deadline_error (GstHailuoTask *self, GError **error)
{
  GError *problem = NULL;

  /* the next run waits anew */
  self->deadline = 0;
  gst_hailuo_set_error (&problem, GST_HAILUO_ERROR_CONNECT,
      "No clip after %d s (timeout). Task %s goes on at %s: run again with"
      " task-id set to it, or with a larger timeout.",
      seconds (self->status.elapsed), self->status.task_id,
      self->means.provider->catalogue.title);
  gst_hailuo_error_get_facts (problem)->retryable = TRUE;
  return propagate_as_billed (error, problem);
}

/* Waits until the next poll is due, and tells the time now and then. */
static gboolean
wait_for_poll (GstHailuoTask *self, GError **error)
{
  const gint64 deadline = get_deadline (self);

  for (;;) {
    gint64 now = gst_hailuo_http_now (self->http);
    gint64 until = MIN (MIN (self->next_poll, deadline), now + TICK);

    if (now >= deadline) {
      update_elapsed (self);
      return set_deadline_error (self, error);
    }
    if (now >= self->next_poll)
      return TRUE;
    if (!gst_hailuo_http_wait (self->http, until, error))
      return FALSE;
    now = gst_hailuo_http_now (self->http);
    /* somebody knows more: poll now */
    if (now < until)
      self->next_poll = now;
    else if (now < self->next_poll)
      tell_waiting (self);
  }
}

static gboolean
take_report (GstHailuoTask *self, GstHailuoReport *report, GError **error)
{
  if (report->unknown_word != NULL) {
    g_autofree gchar *text = g_strdup_printf ("%s answered with the state"
        " \"%s\", which is not known here; going by what else it says.",
        self->means.provider->catalogue.title, report->unknown_word);

    self->listener->warning (text, self->user_data);
  }
  switch (report->state) {
    case GST_HAILUO_PROGRESS_STATE_FAILED:
      tell_state (self, "failed");
      self->final = g_error_copy (report->failure);
      g_propagate_error (error, g_steal_pointer (&report->failure));
      return FALSE;
    case GST_HAILUO_PROGRESS_STATE_SUCCESS:
      g_free (self->link);
      self->link = g_steal_pointer (&report->url);
      return TRUE;
    case GST_HAILUO_PROGRESS_STATE_PENDING:
      tell_state (self, "pending");
      return TRUE;
    default:
      tell_state (self, "processing");
      return TRUE;
  }
}

static gboolean
step_generate (GstHailuoTask *self, GError **error)
{
  const gchar *title = self->means.provider->catalogue.title;

  if (self->began == 0)         /* adopted: nobody here knows when it began */
    self->began = gst_hailuo_http_now (self->http);
  if (self->status.state == NULL)
    tell_state (self, "pending");
  tell_progress (self, GST_HAILUO_STEP_START, -1, "%s makes the clip, task %s"
      " (%s)", title, self->status.task_id,
      self->status.origin == GST_HAILUO_ORIGIN_SUBMITTED ? "submitted"
      : "resumed");
  while (self->link == NULL) {
    g_auto (GstHailuoReport) report = { 0 };

    if (!wait_for_poll (self, error)
        || !poll_with_retries (self, get_deadline (self), &report, error)
        || !take_report (self, &report, error))
      return FALSE;
    self->next_poll = gst_hailuo_http_now (self->http)
        + get_interval (self) * G_TIME_SPAN_MILLISECOND;
    if (self->link == NULL)
      tell_waiting (self);
  }
  update_elapsed (self);
  tell_progress (self, GST_HAILUO_STEP_COMPLETE, 100, "Made after %d s",
      seconds (self->status.elapsed));
  enter (self, GST_HAILUO_STAGE_FETCH);
  return TRUE;
}

/* --- FETCH -------------------------------------------------------------- */

static void
on_bytes (guint64 received, guint64 total, gpointer user_data)
{
  GstHailuoTask *self = user_data;
  gint percent = total > 0 ? (gint) (received * 100 / total) : -1;

  if (percent < 0 || percent < self->percent + 5)
    return;
  self->percent = percent;
  tell_progress (self, GST_HAILUO_STEP_CONTINUE, percent,
      "%.1f of %.1f MB, %d %%", received / 1e6, total / 1e6, percent);
}

/* Asks the host for the link again: links expire. */
static gboolean
refresh_link (GstHailuoTask *self, GError **error)
{
  g_auto (GstHailuoReport) report = { 0 };
  GError *problem = NULL;

  g_clear_pointer (&self->link, g_free);
  if (!poll_with_retries (self, 0, &report, error)
      || !take_report (self, &report, error))
    return FALSE;
  if (self->link != NULL)
    return TRUE;
  gst_hailuo_set_error (&problem, GST_HAILUO_ERROR_DOWNLOAD,
      "%s had the clip of task %s ready, and now says that it has not. Run"
      " again with task-id set to it.", self->means.provider->catalogue.title,
      self->status.task_id);
  gst_hailuo_error_get_facts (problem)->retryable = TRUE;
  return propagate_as_billed (error, problem);
}

static gboolean
is_link_gone (const GError *problem)
{
  const GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (problem);

  return facts != NULL && (facts->http_status == 403
      || facts->http_status == 404 || facts->http_status == 410);
}

/* Downloads until it is all there, over breaks and expired links. */
static gboolean
fetch_file (GstHailuoTask *self, guint *refreshes, GError **error)
{
  guint attempts = 1;

  for (;;) {
    g_autoptr (GError) problem = NULL;
    guint64 before = self->file.received;
    gboolean done;

    if (self->link == NULL && !refresh_link (self, error))
      return FALSE;
    done = gst_hailuo_http_download (self->http, self->link, &self->file,
        &problem);
    if (self->file.received > before)
      self->status.bytes += self->file.received - before;
    if (done)
      return TRUE;
    if (is_cancelled (problem)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
    gst_hailuo_error_get_facts (problem)->retry_after =
        self->file.retry_after > 0 ? self->file.retry_after : -1;
    if (is_link_gone (problem)) {
      gst_hailuo_error_get_facts (problem)->attempts = *refreshes + 1;
      if ((*refreshes)++ >= REFRESHES_MAX)
        return propagate_as_billed (error, g_steal_pointer (&problem));
      g_clear_pointer (&self->link, g_free);
      continue;
    }
    if (self->file.received >= before + REFILL)
      attempts = 0;
    attempts++;
    if (!wait_to_retry (self, MAX (attempts - 1, 1), self->means.retries, 0, 0,
            &problem, &problem))
      return is_cancelled (problem)
          ? (g_propagate_error (error, g_steal_pointer (&problem)), FALSE)
          : propagate_as_billed (error, g_steal_pointer (&problem));
  }
}

/* The documents and the hosts do not always agree on what is made. */
static void
compare (GstHailuoTask *self, const GstHailuoClipInfo *info)
{
  const GstHailuoOffer *offer = self->shot ? self->shot->offer : NULL;
  guint side = MIN (info->width, info->height);
  gdouble made = info->duration / 1e9;
  g_autofree gchar *text = NULL;

  if (offer == NULL)
    return;
  if (info->duration > 0 && offer->seconds > 0
      && ABS (made - offer->seconds) > 0.5) {
    text = g_strdup_printf ("The clip has %.1f s, and %u s were asked for.",
        made, offer->seconds);
    self->listener->warning (text, self->user_data);
    g_clear_pointer (&text, g_free);
  }
  if (side > 0 && ABS ((gint) side
          - (offer->resolution == GST_HAILUO_RESOLUTION_1080P ? 1080 : 768))
      > 16) {
    text = g_strdup_printf ("The clip has %ux%u pixels, and %s was asked for.",
        info->width, info->height,
        gst_hailuo_resolution_get_nick (offer->resolution));
    self->listener->warning (text, self->user_data);
  }
}

/* Downloads until it is a whole MP4. */
static gboolean
fetch_clip (GstHailuoTask *self, GstHailuoClipInfo *info, GError **error)
{
  guint refreshes = 0;
  guint refetches;

  for (refetches = 0;; refetches++) {
    g_autoptr (GError) problem = NULL;

    if (!fetch_file (self, &refreshes, error))
      return FALSE;
    if (gst_hailuo_clip_check (self->clip, self->file.received,
            self->file.exact, info, &problem))
      return TRUE;
    /* what came is not the clip: ask for a link and for all of it again */
    GST_INFO ("%s", problem->message);
    self->file.received = 0;
    self->file.total = 0;
    g_clear_pointer (&self->link, g_free);
    self->percent = 0;
    if (refetches >= REFETCHES_MAX) {
      g_autofree gchar *why = g_strdup (problem->message);

      g_clear_error (&problem);
      gst_hailuo_set_error (&problem, GST_HAILUO_ERROR_DOWNLOAD,
          "The clip of task %s was downloaded %u times, and %s. Run again with"
          " task-id set to it.", self->status.task_id, refetches + 1, why);
      gst_hailuo_error_get_facts (problem)->attempts = refetches + 1;
      gst_hailuo_error_get_facts (problem)->retryable = TRUE;
      return propagate_as_billed (error, g_steal_pointer (&problem));
    }
  }
}

static gboolean
step_fetch (GstHailuoTask *self, GError **error)
{
  GstHailuoClipInfo info = { 0 };

  tell_state (self, "downloading");
  tell_progress (self, GST_HAILUO_STEP_START, -1,
      "Downloading the clip of task %s", self->status.task_id);
  if (self->clip < 0) {
    g_autoptr (GError) problem = NULL;

    self->clip = gst_hailuo_store_open_scratch (self->means.folder, &problem);
    if (self->clip < 0)
      return propagate_as_billed (error, g_steal_pointer (&problem));
    self->file.fd = self->clip;
  }
  self->file.max_size = self->means.max_size;
  self->percent = 0;
  if (!fetch_clip (self, &info, error))
    return FALSE;

  compare (self, &info);
  enter (self, GST_HAILUO_STAGE_DONE);
  tell_state (self, "success");
  self->status.stage = GST_HAILUO_STAGE_FETCH;
  tell_progress (self, GST_HAILUO_STEP_COMPLETE, 100, "Downloaded and verified"
      " %.1f MB: %.1f s, %ux%u", self->file.received / 1e6,
      info.duration / 1e9, info.width, info.height);
  self->status.stage = GST_HAILUO_STAGE_DONE;
  return TRUE;
}

/* --- the object --------------------------------------------------------- */

static gboolean
run_step (GstHailuoTask *self, GError **error)
{
  const GstHailuoStage stage = self->status.stage;
  const gint64 start = gst_hailuo_http_now (self->http);
  gboolean done;

  switch (stage) {
    case GST_HAILUO_STAGE_SUBMIT:
      done = step_submit (self, error);
      break;
    case GST_HAILUO_STAGE_GENERATE:
      done = step_generate (self, error);
      break;
    case GST_HAILUO_STAGE_FETCH:
      done = step_fetch (self, error);
      break;
    default:
      g_propagate_error (error, g_error_copy (self->final));
      return FALSE;
  }
  self->status.spent[stage] += gst_hailuo_http_now (self->http) - start;
  return done;
}

gboolean
gst_hailuo_task_run (GstHailuoTask *self, GError **error)
{
  g_autoptr (GError) problem = NULL;

  self->status.state = NULL;    /* each run tells it anew */
  while (self->status.stage != GST_HAILUO_STAGE_DONE) {
    if (run_step (self, &problem))
      continue;
    update_elapsed (self);
    if (g_error_matches (problem, GST_HAILUO_ERROR,
            GST_HAILUO_ERROR_OUTCOME_UNKNOWN) && self->final == NULL)
      self->final = g_error_copy (problem);
    if (self->final != NULL)
      enter (self, GST_HAILUO_STAGE_FAILED);
    /* a task that has an id goes on without us */
    if (!is_cancelled (problem)
        && (self->final != NULL || self->status.task_id[0] == '\0'))
      tell_state (self, "failed");
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  return TRUE;
}

GstHailuoTask *
gst_hailuo_task_new (GstHailuoHttp *http, GstHailuoShot *shot,
    const gchar *task_id, const GstHailuoListener *listener,
    gpointer user_data)
{
  GstHailuoTask *self = g_new0 (GstHailuoTask, 1);

  gst_hailuo_debug_init ();
  self->http = http;
  self->shot = shot;
  self->listener = listener;
  self->user_data = user_data;
  self->clip = -1;
  self->file.progress = on_bytes;
  self->file.user_data = self;
  if (task_id != NULL) {
    g_strlcpy (self->status.task_id, task_id, sizeof self->status.task_id);
    self->status.stage = GST_HAILUO_STAGE_GENERATE;
    self->status.origin = GST_HAILUO_ORIGIN_RESUMED;
  }
  return self;
}

void
gst_hailuo_task_free (GstHailuoTask *self)
{
  if (self == NULL)
    return;
  gst_hailuo_http_abandon_post (self->http);
  if (self->clip >= 0)
    close (self->clip);
  gst_hailuo_http_file_clear (&self->file);
  g_free (self->link);
  g_clear_error (&self->final);
  gst_hailuo_means_clear (&self->means);
  gst_hailuo_shot_free (self->shot);
  g_free (self);
}

void
gst_hailuo_task_set_means (GstHailuoTask *self, GstHailuoMeans *means)
{
  gst_hailuo_means_clear (&self->means);
  self->means = *means;
  memset (means, 0, sizeof *means);
}

gboolean
gst_hailuo_task_is_alive (GstHailuoTask *self)
{
  return self->status.task_id[0] != '\0' ? self->final == NULL
      : self->final != NULL || gst_hailuo_http_is_post_open (self->http);
}

const GstHailuoStatus *
gst_hailuo_task_get_status (GstHailuoTask *self)
{
  update_elapsed (self);
  return &self->status;
}

const GstHailuoShot *
gst_hailuo_task_get_shot (GstHailuoTask *self)
{
  return self->shot;
}

gint
gst_hailuo_task_get_clip (GstHailuoTask *self, guint64 *size)
{
  *size = self->file.received;
  return self->clip;
}
