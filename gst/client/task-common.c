/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-common.c: what all stages share: notifications, retries and errors. */
#include "task-private.h"

#include <string.h>

#include "debug.h"
#include "retry.h"
#include "secret.h"

#define RETRY_BASE 500 /* ms */
#define BUSY_BASE 1000 /* ms, if the host reported that it is busy */

const gchar *
gst_hailuo_reuse_get_nick (GstHailuoReuse reuse)
{
  static const gchar *const nicks[] = {
    [GST_HAILUO_REUSE_ALWAYS] = "always",
    [GST_HAILUO_REUSE_UNFINISHED] = "unfinished",
    [GST_HAILUO_REUSE_NEVER] = "never",
    [GST_HAILUO_REUSE_ONLY] = "only",
  };

  return nicks[reuse];
}

void
gst_hailuo_config_clear (GstHailuoConfig *self)
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
gst_hailuo_task_notify_state (GstHailuoTask *self, GstHailuoState state)
{
  g_autofree gchar *id = g_strdup (self->status.task_id);

  if (self->status.state == state)
    return;
  self->status.state = state;
  gst_hailuo_task_update_elapsed (self);
  /* the id comes from the host, too */
  gst_hailuo_task_hide_prompt (self, &id);
  GST_INFO ("task %s is %s", id, gst_hailuo_state_get_name (state));
  self->listener->state (&self->status, self->user_data);
}

void
gst_hailuo_task_notify_progress (GstHailuoTask *self, GstHailuoStep step,
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

/* --- hiding the prompt -------------------------------------------------- */

#define MASK "***" /* shorter than a part */
#define PART_MIN 8 /* bytes of a prompt; anything shorter is not hidden */

static void
replace (gchar **text, const gchar *what, const gchar *by)
{
  g_autoptr (GString) all = NULL;

  if (*text == NULL)
    return;
  all = g_string_new (*text);
  g_string_replace (all, what, by, 0);
  g_free (*text);
  *text = g_string_free (g_steal_pointer (&all), FALSE);
}

/* A long text is cut off, so it may end with the beginning of the prompt. */
static void
hide_end (gchar *text, const gchar *prompt)
{
  gsize length = strlen (text);
  gsize n;

  for (n = MIN (strlen (prompt), length); n >= PART_MIN; n--) {
    if (memcmp (text + length - n, prompt, n) == 0) {
      memcpy (text + length - n, MASK, sizeof MASK);
      return;
    }
  }
}

/* Hides the prompt, which a host may repeat verbatim or sanitized. */
void
gst_hailuo_task_hide_prompt (GstHailuoTask *self, gchar **text)
{
  const gchar *prompt = self->shot ? self->shot->prompt : NULL;
  g_autofree gchar *shown = gst_hailuo_sanitize (prompt);
  const gchar *const forms[] = { prompt, shown };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (forms); i++) {
    /* a short one occurs in any text */
    if (*text == NULL || forms[i] == NULL || strlen (forms[i]) < PART_MIN)
      continue;
    replace (text, forms[i], MASK);
    hide_end (*text, forms[i]);
  }
}

/* Hides the prompt in @said, the host's words, and in the message around it. */
static void
hide_said (GstHailuoTask *self, gchar **said, GError *error)
{
  g_autofree gchar *before = g_strdup (*said);

  gst_hailuo_task_hide_prompt (self, said);
  if (before != NULL && *before != '\0' && !g_str_equal (before, *said))
    replace (&error->message, before, *said);
}

void
gst_hailuo_task_hide_prompt_in_error (GstHailuoTask *self, GError *error)
{
  GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (error);

  if (facts == NULL)
    return;
  hide_said (self, &facts->provider_code, error);
  hide_said (self, &facts->provider_message, error);
  gst_hailuo_task_hide_prompt (self, &error->message);
}

/* --- retries ------------------------------------------------------------ */

/* A wakeup must not cut a back-off short. */
static gboolean
wait_for_try (GstHailuoTask *self, gint64 until, GError **error)
{
  do {
    if (!gst_hailuo_http_wait (self->http, until, error))
      return FALSE;
  } while (gst_hailuo_http_now (self->http) < until);
  return TRUE;
}

GstHailuoNext
gst_hailuo_task_next (
    GstHailuoTask *self, GstHailuoRetry *retry, GError **problem)
{
  GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (*problem);
  gint64 now = gst_hailuo_http_now (self->http);
  gint64 left = retry->deadline > 0 ? MAX (retry->deadline - now, 0) / 1000
                                    : -1;
  g_autofree gchar *why = NULL;
  gint64 delay;

  if (gst_hailuo_is_cancelled (*problem))
    return GST_HAILUO_NEXT_CANCELLED;
  gst_hailuo_task_hide_prompt_in_error (self, *problem);
  facts->attempts = ++retry->tries;
  if (!facts->retryable || retry->tries > retry->max || left == 0)
    return GST_HAILUO_NEXT_GIVE_UP;
  delay = gst_hailuo_retry_delay (retry->tries,
      (*problem)->code == GST_HAILUO_ERROR_BUSY ? BUSY_BASE : RETRY_BASE,
      retry->floor, facts->retry_after, left, g_random_double ());
  why = facts->http_status != 0
      ? g_strdup_printf ("status %u", facts->http_status)
      : g_strdup ("no complete response");
  GST_INFO ("attempt %u failed, next one in %" G_GINT64_FORMAT " ms: %s",
      retry->tries, delay, (*problem)->message);
  gst_hailuo_task_notify_progress (self, GST_HAILUO_STEP_CONTINUE, -1,
      "Attempt %u of %u failed (%s), trying again in %.1f s", retry->tries,
      retry->max + 1, why, delay / 1000.0);
  g_clear_error (problem);
  self->status.retries++;
  return wait_for_try (self, now + delay * 1000, problem)
      ? GST_HAILUO_NEXT_TRY_AGAIN
      : GST_HAILUO_NEXT_CANCELLED;
}

gint64
gst_hailuo_task_get_deadline (GstHailuoTask *self)
{
  if (self->deadline == 0)
    self->deadline = gst_hailuo_http_now (self->http)
        + self->config.timeout * G_TIME_SPAN_SECOND;
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

gboolean
gst_hailuo_task_is_cancelled (gpointer task)
{
  GstHailuoTask *self = task;

  return gst_hailuo_http_is_cancelled (self->http);
}

/* --- errors ------------------------------------------------------------- */

/* A task id that the host has reported but the ledger may lack. (nullable) */
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
  /* the same settings would pay for another one */
  const gchar *again = self->config.reuse == GST_HAILUO_REUSE_NEVER
          && self->adopt == NULL
      ? "Run again without reuse=never"
      : "Run again with the same settings";

  if (unsaved != NULL)
    return g_strdup_printf (
        "Run again with task-id=%s to resume the task, at no further cost.",
        unsaved);
  if (self->status.task_id[0] != '\0')
    return g_strdup_printf ("%s to resume task %s, at no further cost.", again,
        self->status.task_id);
  return g_strdup_printf ("%s to resume the task, or to see what to do if the"
                          " answer was lost.",
      again);
}

GError *
gst_hailuo_task_make_unknown_outcome (
    GstHailuoTask *self, const gchar *shot, const gchar *why)
{
  const gchar *host = self->config.provider->catalogue.title;
  GError *error = NULL;

  gst_hailuo_set_error (&error, GST_HAILUO_ERROR_OUTCOME_UNKNOWN,
      "The submit of shot %.12s was sent, but its outcome is unknown: %s A task"
      " may have been created and charged, so the shot is not submitted again."
      " Look for it in %s's list of tasks. If it is there, set task-id to its"
      " id; if it is not, run once with reuse=never, which submits a new paid"
      " task; or leave it and change take.",
      shot, why, host);
  gst_hailuo_error_get_facts (error)->billed = GST_HAILUO_BILLED_UNKNOWN;
  gst_hailuo_error_get_facts (error)->attempts = 1;
  return error;
}

gboolean
gst_hailuo_task_is_forgotten (const GError *error)
{
  const GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (error);

  return facts != NULL && error->code == GST_HAILUO_ERROR_NOT_FOUND
      && facts->http_status == 404;
}

/* --- the object --------------------------------------------------------- */

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
  self->part.fd = -1;
  self->clip.fd = -1;
  self->lock = -1;
  return self;
}

void
gst_hailuo_task_release (GstHailuoTask *self)
{
  gst_hailuo_store_unlock (&self->lock);
  gst_hailuo_clip_close (&self->clip);
  gst_hailuo_download_clear (&self->part);
  gst_hailuo_attempt_free (self->attempt);
  gst_hailuo_ledger_free (self->ledger);
  gst_hailuo_store_free (self->store);
  g_clear_pointer (&self->before, g_ptr_array_unref);
  g_free (self->adopt);
  g_free (self->url);
  g_clear_error (&self->final);
  gst_hailuo_config_clear (&self->config);
  gst_hailuo_shot_free (self->shot);
  g_free (self);
}
