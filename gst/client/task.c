/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "task-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "debug.h"
#include "part.h"
#include "retry.h"
#include "secret.h"

#define RETRY_BASE 500 /* ms */
#define BUSY_BASE 1000 /* ms, where the host said that it is busy */

void
gst_hailuo_means_clear (GstHailuoMeans *self)
{
  g_clear_pointer (&self->base_url, g_free);
  gst_hailuo_secret_clear (&self->key);
  g_clear_pointer (&self->callback_url, g_free);
  g_clear_pointer (&self->folder, g_free);
  g_clear_pointer (&self->model, g_free);
  g_clear_pointer (&self->label, g_free);
}

void
gst_hailuo_task_update_elapsed (GstHailuoTask *self)
{
  if (self->began != 0)
    self->status.elapsed = gst_hailuo_http_now (self->http) - self->began;
}

void
gst_hailuo_task_tell_state (GstHailuoTask *self, const gchar *state)
{
  g_autofree gchar *id = g_strdup (self->status.task_id);

  if (g_strcmp0 (self->status.state, state) == 0)
    return;
  self->status.state = state;
  gst_hailuo_task_update_elapsed (self);
  /* the id is the host's word, too */
  gst_hailuo_task_hide_prompt (self, &id);
  GST_INFO ("task %s is %s", id, state);
  self->listener->state (&self->status, self->user_data);
}

void
gst_hailuo_task_tell_progress (GstHailuoTask *self, GstHailuoStep step,
    gint percent, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  gst_hailuo_task_update_elapsed (self);
  self->listener->progress (
      &self->status, step, text, percent, self->user_data);
}

/* --- the prompt --------------------------------------------------------- */

#define PART_MIN 8 /* characters of a prompt that are not shown */

static void
replace (gchar **text, const gchar *what, const gchar *by)
{
  g_auto (GStrv) parts = NULL;

  if (*text == NULL || strstr (*text, what) == NULL)
    return;
  parts = g_strsplit (*text, what, -1);
  g_free (*text);
  *text = g_strjoinv (by, parts);
}

/* A long text is cut off, so its end may be a part of the prompt. */
static void
hide_end (gchar *text, const gchar *prompt)
{
  gsize length = strlen (text);
  gsize n;

  for (n = MIN (strlen (prompt), length); n >= PART_MIN; n--) {
    if (memcmp (text + length - n, prompt, n) == 0) {
      text[length - n] = '\0';
      return;
    }
  }
}

/* A host may repeat the prompt in its words, as it is or as it is made fit to be
 * shown. */
void
gst_hailuo_task_hide_prompt (GstHailuoTask *self, gchar **text)
{
  const gchar *prompt = self->shot ? self->shot->prompt : NULL;
  g_autofree gchar *shown = gst_hailuo_sanitize (prompt);
  const gchar *const forms[] = { prompt, shown };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (forms); i++) {
    /* a short one is in any text */
    if (*text == NULL || forms[i] == NULL || strlen (forms[i]) < PART_MIN)
      continue;
    replace (text, forms[i], "***");
    hide_end (*text, forms[i]);
  }
}

/* The same in what a host said and in the sentence around it */
static void
hide_said (GstHailuoTask *self, gchar **said, GError *error)
{
  g_autofree gchar *before = g_strdup (*said);

  gst_hailuo_task_hide_prompt (self, said);
  if (before != NULL && *before != '\0' && !g_str_equal (before, *said))
    replace (&error->message, before, *said);
}

static void
hide_prompt (GstHailuoTask *self, GError *error)
{
  GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (error);

  if (facts == NULL)
    return;
  hide_said (self, &facts->provider_code, error);
  hide_said (self, &facts->provider_message, error);
  gst_hailuo_task_hide_prompt (self, &error->message);
}

gboolean
gst_hailuo_task_wait_to_retry (GstHailuoTask *self, guint attempts, guint max,
    gint64 floor, gint64 deadline, GError **problem, GError **error)
{
  GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (*problem);
  gint64 now = gst_hailuo_http_now (self->http);
  gint64 left = deadline > 0 ? MAX (deadline - now, 0) / 1000 : -1;
  gint64 delay, until;

  hide_prompt (self, *problem);
  facts->attempts = attempts;
  if (!facts->retryable || attempts > max || left == 0) {
    g_propagate_error (error, g_steal_pointer (problem));
    return FALSE;
  }
  delay = gst_hailuo_retry_delay (attempts,
      (*problem)->code == GST_HAILUO_ERROR_BUSY ? BUSY_BASE : RETRY_BASE, floor,
      facts->retry_after, left, g_random_double ());
  GST_INFO ("attempt %u failed, next one in %" G_GINT64_FORMAT " ms: %s",
      attempts, delay, (*problem)->message);
  gst_hailuo_task_tell_progress (self, GST_HAILUO_STEP_CONTINUE, -1,
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

gint64
gst_hailuo_task_get_deadline (GstHailuoTask *self)
{
  if (self->deadline == 0)
    self->deadline = gst_hailuo_http_now (self->http)
        + self->means.timeout * G_TIME_SPAN_SECOND;
  return self->deadline;
}

void
gst_hailuo_task_enter (GstHailuoTask *self, GstHailuoStage stage)
{
  GST_DEBUG ("stage %d -> %d", self->status.stage, stage);
  self->status.stage = stage;
}

gboolean
gst_hailuo_is_cancelled (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

gboolean
gst_hailuo_task_propagate_as_billed (GError **error, GError *problem)
{
  GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (problem);

  if (facts != NULL)
    facts->billed = GST_HAILUO_BILLED_YES;
  g_propagate_error (error, problem);
  return FALSE;
}

/* --- the object --------------------------------------------------------- */

gboolean
gst_hailuo_task_is_cancelled (gpointer task)
{
  GstHailuoTask *self = task;

  return gst_hailuo_http_is_cancelled (self->http);
}

void
gst_hailuo_task_close_clip (GstHailuoTask *self)
{
  if (self->file.fd >= 0)
    close (self->file.fd);
  self->file.fd = -1;
  self->file.received = 0;
  self->file.total = 0;
}

static gboolean
run_step (GstHailuoTask *self, GError **error)
{
  const GstHailuoStage stage = self->status.stage;
  const gint64 start = gst_hailuo_http_now (self->http);
  gboolean done;

  switch (stage) {
    case GST_HAILUO_STAGE_CLAIM:
      done = gst_hailuo_task_claim (self, error);
      break;
    case GST_HAILUO_STAGE_SUBMIT:
      done = gst_hailuo_task_submit (self, error);
      break;
    case GST_HAILUO_STAGE_GENERATE:
      done = gst_hailuo_task_generate (self, error);
      break;
    case GST_HAILUO_STAGE_FETCH:
      done = gst_hailuo_task_fetch (self, error);
      break;
    default:
      g_propagate_error (error, g_error_copy (self->final));
      return FALSE;
  }
  self->status.spent[stage] += gst_hailuo_http_now (self->http) - start;
  return done;
}

static gboolean
run_steps (GstHailuoTask *self, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (self->status.stage == GST_HAILUO_STAGE_DONE && self->fresh
      && !gst_hailuo_task_reuse (self, error))
    return FALSE;
  if (self->status.stage == GST_HAILUO_STAGE_DONE)
    return TRUE;
  if (self->lock < 0 && self->status.stage != GST_HAILUO_STAGE_CLAIM
      && self->status.stage != GST_HAILUO_STAGE_FAILED
      && !gst_hailuo_task_reclaim (self, &problem))
    return gst_hailuo_task_propagate_as_billed (
        error, g_steal_pointer (&problem));
  while (self->status.stage != GST_HAILUO_STAGE_DONE) {
    if (!run_step (self, error))
      return FALSE;
  }
  gst_hailuo_store_unlock (&self->lock);
  return TRUE;
}

/* The id of the task that the host has told of and the ledger, perhaps, not. */
static const gchar *
get_unsaved_id (GstHailuoTask *self)
{
  if (self->attempt == NULL || self->adopt != NULL
      || (!self->unsaved && !self->answered))
    return NULL;
  return self->attempt->task_id;
}

gchar *
gst_hailuo_task_make_advice (GstHailuoTask *self)
{
  const gchar *unsaved = get_unsaved_id (self);
  /* the same line would buy another */
  const gchar *again = self->means.reuse == GST_HAILUO_REUSE_NEVER
          && self->adopt == NULL
      ? "Running it again without reuse=never"
      : "Running the same line again";

  if (unsaved != NULL)
    return g_strdup_printf (
        "Run again with task-id=%s: that continues the task,"
        " at no further cost.",
        unsaved);
  if (self->status.task_id[0] != '\0')
    return g_strdup_printf ("%s continues task %s, at no further cost.", again,
        self->status.task_id);
  return g_strdup_printf ("%s continues the task, or says what to do where the"
                          " answer was lost.",
      again);
}

/* Money is spent and nothing is lost: every error says so. */
static void
add_way_on (GstHailuoTask *self, GError *error)
{
  g_autofree gchar *advice = gst_hailuo_task_make_advice (self);
  gchar *text;

  if (error->domain != GST_HAILUO_ERROR || self->final != NULL
      || self->status.task_id[0] == '\0'
      || gst_hailuo_task_is_forgotten (error))
    return;
  text = g_strconcat (error->message, " ", advice, NULL);
  g_free (error->message);
  error->message = text;
}

/* Nobody knows whether there is such a task as the user named. */
static void
doubt_billing (GstHailuoTask *self, GError *error)
{
  GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (error);

  if (facts != NULL && self->adopt != NULL
      && (self->doubted
          || (self->status.stage == GST_HAILUO_STAGE_CLAIM
              && self->status.task_id[0] != '\0')))
    facts->billed = GST_HAILUO_BILLED_UNKNOWN;
}

gboolean
gst_hailuo_task_run (GstHailuoTask *self, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (run_steps (self, &problem)) {
    self->fresh = FALSE;
    return TRUE;
  }
  gst_hailuo_task_update_elapsed (self);
  hide_prompt (self, problem);
  add_way_on (self, problem);
  doubt_billing (self, problem);
  if (self->final != NULL)
    gst_hailuo_task_enter (self, GST_HAILUO_STAGE_FAILED);
  /* whoever waits for the shot need not wait until we are stopped */
  if (!gst_hailuo_is_cancelled (problem))
    gst_hailuo_task_end (self);
  /* a task that has an id goes on without us */
  if (!gst_hailuo_is_cancelled (problem)
      && (self->final != NULL || self->status.task_id[0] == '\0'))
    gst_hailuo_task_tell_state (self, "failed");
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

GstHailuoTask *
gst_hailuo_task_new (GstHailuoHttp *http, GstHailuoShot *shot,
    const gchar *task_id, const GstHailuoListener *listener, gpointer user_data)
{
  GstHailuoTask *self = g_new0 (GstHailuoTask, 1);

  gst_hailuo_debug_init ();
  self->http = http;
  self->shot = shot;
  self->listener = listener;
  self->user_data = user_data;
  self->adopt = g_strdup (task_id);
  self->file.fd = -1;
  self->lock = -1;
  return self;
}

gboolean
gst_hailuo_task_keeps_part (const GstHailuoTask *self)
{
  return self->file.received <= self->means.store_max_size
      && gst_hailuo_part_is_of_use (&self->file);
}

/* A clip that is not whole: for the next run, where that can go on with it.  The
 * lock is given up: without it the partial clip may become another's. */
static void
leave_part (GstHailuoTask *self)
{
  if (self->file.fd >= 0 && self->status.stage != GST_HAILUO_STAGE_DONE
      && (!gst_hailuo_task_keeps_part (self)
          || !gst_hailuo_part_seal (&self->file, self->status.task_id)))
    gst_hailuo_store_remove_part (self->store, self->attempt->shot);
  gst_hailuo_task_close_clip (self);
  gst_hailuo_store_unlock (&self->lock);
}

void
gst_hailuo_task_free (GstHailuoTask *self)
{
  if (self == NULL)
    return;
  gst_hailuo_task_hand_over (self);
  leave_part (self);
  gst_hailuo_http_file_clear (&self->file);
  gst_hailuo_attempt_free (self->attempt);
  gst_hailuo_ledger_free (self->ledger);
  gst_hailuo_store_free (self->store);
  g_clear_pointer (&self->before, g_ptr_array_unref);
  g_free (self->adopt);
  g_free (self->link);
  g_clear_error (&self->final);
  gst_hailuo_means_clear (&self->means);
  gst_hailuo_shot_free (self->shot);
  g_free (self);
}

void
gst_hailuo_task_begin (GstHailuoTask *self, GstHailuoMeans *means)
{
  gst_hailuo_means_clear (&self->means);
  self->means = *means;
  memset (means, 0, sizeof *means);
  self->status.state = NULL; /* each run tells it anew */
  self->fresh = TRUE;
  g_clear_pointer (&self->before, g_ptr_array_unref);
  /* time has passed: the clip may be ready, and the next wait is a new one */
  self->next_poll = 0;
  self->deadline = 0;
}

void
gst_hailuo_task_end (GstHailuoTask *self)
{
  if (self->status.stage == GST_HAILUO_STAGE_DONE)
    return;
  gst_hailuo_task_hand_over (self);
  leave_part (self);
  if (self->status.stage == GST_HAILUO_STAGE_SUBMIT)
    gst_hailuo_task_enter (self, GST_HAILUO_STAGE_CLAIM);
}

gboolean
gst_hailuo_task_is_for (GstHailuoTask *self, const gchar *shot_id,
    const gchar *task_id, const GstHailuoMeans *means)
{
  const GstHailuoStage stage = self->status.stage;

  if (self->means.provider != means->provider
      || g_strcmp0 (self->means.base_url, means->base_url) != 0
      || g_strcmp0 (self->means.folder, means->folder) != 0
      || g_strcmp0 (self->adopt, task_id) != 0
      || g_strcmp0 (self->shot ? self->shot->id : NULL, shot_id) != 0)
    return FALSE;
  if (stage == GST_HAILUO_STAGE_DONE)
    return means->reuse != GST_HAILUO_REUSE_NEVER;
  return means->reuse != GST_HAILUO_REUSE_ONLY
      && (stage == GST_HAILUO_STAGE_GENERATE || stage == GST_HAILUO_STAGE_FETCH
          || self->handed_over != 0);
}

const GstHailuoStatus *
gst_hailuo_task_get_status (GstHailuoTask *self)
{
  gst_hailuo_task_update_elapsed (self);
  self->status.unanswered = self->post != NULL && !self->answered;
  g_strlcpy (self->status.unwritten,
      self->answered && self->attempt->task_id ? self->attempt->task_id : "",
      sizeof self->status.unwritten);
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
  return self->file.fd;
}

gboolean
gst_hailuo_task_read_clip (GstHailuoTask *self, guint64 offset, guint8 *data,
    gsize length, GError **error)
{
  g_autofree gchar *advice = NULL;
  GError *problem = NULL;
  gssize n = 1;

  while (length > 0 && n > 0) {
    n = pread (self->file.fd, data, length, offset);
    if (n < 0 && errno == EINTR)
      n = 1;
    else if (n > 0) {
      data += n;
      offset += n;
      length -= n;
    }
  }
  if (length == 0)
    return TRUE;
  advice = gst_hailuo_task_make_advice (self);
  gst_hailuo_set_error (&problem, GST_HAILUO_ERROR_DOWNLOAD,
      "The stored clip cannot be read: %s. %s",
      n < 0 ? g_strerror (errno) : "it is shorter than it was", advice);
  return gst_hailuo_task_propagate_as_billed (error, problem);
}
