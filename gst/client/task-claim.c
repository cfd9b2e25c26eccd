/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-claim.c: what the store knows of the shot, and keeping it right. */
#include "task-private.h"

#include <unistd.h>

#include "clip.h"
#include "debug.h"

/* flock() cannot be waited for together with a cancel */
#define LOCK_INTERVAL (100 * G_TIME_SPAN_MILLISECOND)

/* --- writing ------------------------------------------------------------ */

gboolean
gst_hailuo_task_write_record (
    GstHailuoTask *self, GstHailuoRecordState state, GError **error)
{
  if (state == GST_HAILUO_RECORD_INTENT) {
    g_clear_pointer (&self->record.task_id, g_free);
    self->record.created = g_get_real_time ();
    if (self->before.state != GST_HAILUO_RECORD_NONE
        && !gst_hailuo_store_archive (self->store, &self->before, error))
      return FALSE;
  }
  self->record.state = state;
  if (!gst_hailuo_record_has_clip (&self->record)) {
    self->record.size = 0;
    g_clear_pointer (&self->record.sha256, g_free);
  }
  if (state != GST_HAILUO_RECORD_NONE)
    return gst_hailuo_store_write (self->store, &self->record, error);
  if (self->before.state != GST_HAILUO_RECORD_NONE)
    return gst_hailuo_store_restore (self->store, &self->before, error);
  return gst_hailuo_store_remove (self->store, self->record.id, error);
}

void
gst_hailuo_task_try_record (GstHailuoTask *self, GstHailuoRecordState state)
{
  g_autoptr (GError) problem = NULL;
  g_autofree gchar *text = NULL;

  if (gst_hailuo_task_write_record (self, state, &problem))
    return;
  text = self->status.task_id[0] != '\0'
      ? g_strdup_printf ("%s This run goes on; should it end early, run again"
                         " with task-id=%s.",
          problem->message, self->status.task_id)
      : g_strdup (problem->message);
  self->listener->warning (text, self->user_data);
}

/* What the store has of @id.  The id of a shot or task says whose it is, so a
 * record of another host has been put there. */
static gboolean
find_record (GstHailuoTask *self, GstHailuoStore *store, const gchar *id,
    GstHailuoRecord *record, GError **error)
{
  const GstHailuoMeans *means = &self->means;
  g_autofree gchar *path = NULL;

  if (!gst_hailuo_store_read (store, id, record, error))
    return FALSE;
  if (record->state == GST_HAILUO_RECORD_NONE
      || (g_str_equal (record->provider, means->provider->catalogue.nick)
          && g_str_equal (record->base_url, means->base_url)))
    return TRUE;
  path = gst_hailuo_store_get_path (store, id);
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_STORE,
      "The record %s is of %s at %s, and the shot is not: it is not trusted, so"
      " nothing is submitted. Look for the task at both hosts, then run"
      " 'hailuo-shots --forget %s'.",
      path, record->provider, record->base_url, id);
  gst_hailuo_record_clear (record);
  return FALSE;
}

void
gst_hailuo_task_delivered (GstHailuoTask *self)
{
  g_auto (GstHailuoRecord) now = { 0 };

  if (self->status.stage != GST_HAILUO_STAGE_DONE || self->store == NULL
      || self->record.state != GST_HAILUO_RECORD_FETCHED)
    return;
  /* somebody who has the lock knows more than we do */
  self->lock = gst_hailuo_store_lock (self->store, self->record.id, NULL);
  if (self->lock < 0)
    return;
  if (find_record (self, self->store, self->record.id, &now, NULL)
      && now.state == GST_HAILUO_RECORD_FETCHED
      && g_strcmp0 (now.task_id, self->record.task_id) == 0)
    gst_hailuo_task_try_record (self, GST_HAILUO_RECORD_DELIVERED);
  gst_hailuo_store_unlock (&self->lock);
}

/* --- the lock ----------------------------------------------------------- */

static gboolean
set_busy (GstHailuoTask *self, GError **error)
{
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_BUSY,
      "Another process or element still makes this shot after %u s (timeout)."
      " Run the same line again: it plays what that one gets.",
      self->means.timeout);
  if (error != NULL)
    gst_hailuo_error_get_facts (*error)->retryable = TRUE;
  return FALSE;
}

/* Takes the lock of @id, and waits for whoever has it. */
static gboolean
take_lock (GstHailuoTask *self, const gchar *id, GError **error)
{
  const gint64 start = gst_hailuo_http_now (self->http);
  const gint64 deadline = start + self->means.timeout * G_TIME_SPAN_SECOND;
  gint64 told = 0;

  for (;;) {
    g_autoptr (GError) problem = NULL;
    gint64 now = gst_hailuo_http_now (self->http);

    self->lock = gst_hailuo_store_lock (self->store, id, &problem);
    if (problem != NULL) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
    if (self->lock >= 0)
      break;
    if (now >= deadline)
      return set_busy (self, error);
    if (told == 0 || now >= told + 5 * G_TIME_SPAN_SECOND) {
      gst_hailuo_task_tell_progress (self,
          told == 0 ? GST_HAILUO_STEP_START : GST_HAILUO_STEP_CONTINUE, -1,
          "Another process or element is making this shot: waiting for it,"
          " %d s",
          (gint) ((now - start) / G_TIME_SPAN_SECOND));
      told = now;
    }
    if (!gst_hailuo_http_wait (self->http, now + LOCK_INTERVAL, error))
      return FALSE;
  }
  self->waited = told != 0;
  if (told != 0)
    gst_hailuo_task_tell_progress (
        self, GST_HAILUO_STEP_COMPLETE, 100, "The other one is done");
  return TRUE;
}

static gboolean
open_store (GstHailuoTask *self, gboolean create, GError **error)
{
  if (self->store == NULL)
    self->store = gst_hailuo_store_open (self->means.folder, create, error);
  return self->store != NULL;
}

/* --- what the record says ----------------------------------------------- */

/* The record as a new one would be; its state is NONE. */
static void
init_record (GstHailuoTask *self, const gchar *id)
{
  GstHailuoRecord *record = &self->record;

  gst_hailuo_record_clear (record);
  record->id = g_strdup (id);
  record->provider = g_strdup (self->means.provider->catalogue.nick);
  record->base_url = g_strdup (self->means.base_url);
  record->model = g_strdup (self->means.model);
  record->mode = self->shot
      ? g_strdup (gst_hailuo_mode_get_nick (self->shot->offer->mode))
      : NULL;
  record->cost = self->shot ? self->shot->offer->price
                            : GST_HAILUO_PRICE_UNKNOWN;
}

static gboolean
read_record (GstHailuoTask *self, const gchar *id, GError **error)
{
  GstHailuoRecord found = { 0 };

  if (!find_record (self, self->store, id, &found, error))
    return FALSE;
  init_record (self, id);
  if (found.state != GST_HAILUO_RECORD_NONE) {
    gst_hailuo_record_clear (&self->record);
    self->record = found;
  }
  return TRUE;
}

static gboolean
lock_and_read (GstHailuoTask *self, const gchar *id, GError **error)
{
  return take_lock (self, id, error) && read_record (self, id, error);
}

GError *
gst_hailuo_task_make_unknown_outcome (GstHailuoTask *self, const gchar *why)
{
  const gchar *host = self->means.provider->catalogue.title;
  g_autofree gchar *path = gst_hailuo_store_get_path (
      self->store, self->record.id);
  GError *error = NULL;

  gst_hailuo_set_error (&error, GST_HAILUO_ERROR_OUTCOME_UNKNOWN,
      "The submit of shot %.12s was sent, but its outcome is unknown: %s The"
      " task may have been made and charged, so it is not submitted again."
      " Look at %s's list of tasks. If it is there, run the same line with"
      " task-id set to its id; if it is not, with reuse=never; or leave it and"
      " change take. The record is %s.",
      self->record.id, why, host, path);
  gst_hailuo_error_get_facts (error)->billed = GST_HAILUO_BILLED_UNKNOWN;
  gst_hailuo_error_get_facts (error)->attempts = 1;
  return error;
}

static void
tell_reused (GstHailuoTask *self)
{
  self->status.origin = GST_HAILUO_ORIGIN_REUSED;
  gst_hailuo_task_enter (self, GST_HAILUO_STAGE_DONE);
  gst_hailuo_task_tell_state (self, "success");
  gst_hailuo_task_tell_progress (self, GST_HAILUO_STEP_START, -1,
      "Reused: the store has the clip of task %s", self->status.task_id);
  gst_hailuo_task_tell_progress (self, GST_HAILUO_STEP_COMPLETE, 100,
      "Reused: %.1f MB, nothing is paid", self->file.received / 1e6);
}

/* Plays the open clip, where it is the one that was downloaded: then the task
 * is DONE; else it is closed.  FALSE: cancelled. */
static gboolean
use_open_clip (GstHailuoTask *self, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (self->file.received == self->record.size
      && gst_hailuo_clip_compare (self->file.fd, self->record.size,
          self->record.sha256, gst_hailuo_task_is_cancelled, self, &problem)) {
    g_strlcpy (self->status.task_id, self->record.task_id,
        sizeof self->status.task_id);
    tell_reused (self);
    return TRUE;
  }
  if (gst_hailuo_is_cancelled (problem)) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  GST_WARNING ("the clip of record %.12s is not used: %s", self->record.id,
      problem ? problem->message : "its size is another");
  gst_hailuo_task_close_clip (self);
  return TRUE;
}

/* The same with the clip that the record speaks of, if it does. */
static gboolean
use_clip (GstHailuoTask *self, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (!gst_hailuo_record_has_clip (&self->record))
    return TRUE;
  self->file.fd = gst_hailuo_store_open_clip (
      self->store, self->record.id, &self->file.received, &problem);
  if (self->file.fd >= 0) {
    if (use_open_clip (self, error))
      return TRUE;
    gst_hailuo_task_close_clip (self);
    return FALSE;
  }
  GST_WARNING ("the clip of record %.12s is not used: %s", self->record.id,
      problem ? problem->message : "it is not there");
  return TRUE;
}

gboolean
gst_hailuo_task_reuse (GstHailuoTask *self, GError **error)
{
  if (!use_open_clip (self, error))
    return FALSE;
  if (self->file.fd >= 0)
    return TRUE;
  if (self->means.reuse == GST_HAILUO_REUSE_ONLY) {
    /* another file may be there by now, and nothing is fetched */
    self->status.task_id[0] = '\0';
    gst_hailuo_task_enter (self, GST_HAILUO_STAGE_CLAIM);
  } else {
    self->status.origin = GST_HAILUO_ORIGIN_RESUMED;
    gst_hailuo_task_enter (self, GST_HAILUO_STAGE_GENERATE);
  }
  return TRUE;
}

static void
resume_task (GstHailuoTask *self, const gchar *task_id)
{
  g_strlcpy (self->status.task_id, task_id, sizeof self->status.task_id);
  self->status.origin = GST_HAILUO_ORIGIN_RESUMED;
  self->next_poll = 0;
  gst_hailuo_task_enter (self, GST_HAILUO_STAGE_GENERATE);
}

gboolean
gst_hailuo_task_is_wanted (GstHailuoTask *self, const GstHailuoRecord *record)
{
  const GstHailuoReuse reuse = self->means.reuse;

  if (record->state == GST_HAILUO_RECORD_NONE
      || record->state == GST_HAILUO_RECORD_FAILED)
    return FALSE;
  if (reuse == GST_HAILUO_REUSE_UNFINISHED)
    return record->state != GST_HAILUO_RECORD_DELIVERED;
  return reuse != GST_HAILUO_REUSE_NEVER;
}

/* All who waited for it would buy another, each after the other. */
static gboolean
set_failed_elsewhere (GstHailuoTask *self, GError **error)
{
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_FAILED,
      "Another process or element made this shot, and its task %s failed at %s."
      " Nothing was submitted here: run the same line again to make, and pay, a"
      " new one.",
      self->record.task_id, self->means.provider->catalogue.title);
  return FALSE;
}

/* --- the claims --------------------------------------------------------- */

static gboolean
claim_shot (GstHailuoTask *self, GError **error)
{
  GstHailuoRecord *record = &self->record;

  if (!lock_and_read (self, self->shot->id, error))
    return FALSE;
  if (gst_hailuo_task_is_wanted (self, record)) {
    if (record->state == GST_HAILUO_RECORD_INTENT) {
      g_propagate_error (error,
          gst_hailuo_task_make_unknown_outcome (
              self, "an earlier run ended before the host had answered."));
      return FALSE;
    }
    if (!use_clip (self, error))
      return FALSE;
    if (self->status.stage != GST_HAILUO_STAGE_DONE)
      resume_task (self, record->task_id);
    return TRUE;
  }
  if (self->waited && record->state == GST_HAILUO_RECORD_FAILED)
    return set_failed_elsewhere (self, error);
  gst_hailuo_record_clear (&self->before);
  if (record->state != GST_HAILUO_RECORD_NONE) {
    gst_hailuo_record_copy (record, &self->before);
    init_record (self, self->shot->id);
  }
  self->status.origin = GST_HAILUO_ORIGIN_SUBMITTED;
  gst_hailuo_task_enter (self, GST_HAILUO_STAGE_SUBMIT);
  return TRUE;
}

static gchar *
find_adopted (GstHailuoTask *self)
{
  return gst_hailuo_store_find_task (self->store,
      self->means.provider->catalogue.nick, self->means.base_url, self->adopt);
}

/* A task by its id.  It may be the one that the shot's record waits for: then
 * it is kept there, else where it is kept already, or under its own id. */
static gboolean
claim_task (GstHailuoTask *self, GError **error)
{
  GstHailuoRecord *record = &self->record;

  if (self->shot != NULL) {
    if (!lock_and_read (self, self->shot->id, error))
      return FALSE;
    if (record->state != GST_HAILUO_RECORD_INTENT
        && g_strcmp0 (record->task_id, self->adopt) != 0)
      gst_hailuo_store_unlock (&self->lock);
  }
  if (self->lock < 0) {
    g_autofree gchar *id = find_adopted (self);

    if (!lock_and_read (self, id, error))
      return FALSE;
    /* it was another's a moment ago */
    if (record->task_id != NULL
        && g_strcmp0 (record->task_id, self->adopt) != 0)
      return set_busy (self, error);
  }

  if (gst_hailuo_task_is_wanted (self, record) && !use_clip (self, error))
    return FALSE;
  if (self->status.stage == GST_HAILUO_STAGE_DONE)
    return TRUE;
  g_free (record->task_id);
  record->task_id = g_strdup (self->adopt);
  if (record->state == GST_HAILUO_RECORD_NONE)
    record->created = g_get_real_time ();
  resume_task (self, self->adopt);
  gst_hailuo_task_try_record (self, GST_HAILUO_RECORD_SUBMITTED);
  return TRUE;
}

/* Nothing but the store: no lock, since nothing is changed. */
static gboolean
claim_clip (GstHailuoTask *self, GError **error)
{
  g_autofree gchar *id = self->adopt ? find_adopted (self)
                                     : g_strdup (self->shot->id);

  if (!read_record (self, id, error))
    return FALSE;
  if (!use_clip (self, error))
    return FALSE;
  if (self->status.stage == GST_HAILUO_STAGE_DONE)
    return TRUE;
  if (gst_hailuo_record_has_clip (&self->record) && !self->means.from_uri)
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_NOT_FOUND,
        "The clip of this shot is gone from the store %s, or not as it was"
        " downloaded, and reuse=only asks for nothing else. Run once with"
        " reuse=always to fetch it again, at no cost.",
        self->means.folder);
  else
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_NOT_FOUND,
        self->means.from_uri
            ? "The store %s has no clip of this shot, and a URI alone neither"
              " buys nor fetches one. Make it first with hailuosrc prompt=..., then"
              " play it. Or allow it: set reuse=always on the element after the"
              " URI, or HAILUO_URI_BUDGET in the environment to the US dollars"
              " that all URIs of the process together may spend. A URI that says"
              " reuse=only gets no more even then."
            : "The store %s has no clip of this shot, and reuse=only asks for"
              " nothing else. Run once with reuse=always to make it.",
        self->means.folder);
  return FALSE;
}

gboolean
gst_hailuo_task_claim (GstHailuoTask *self, GError **error)
{
  const gboolean only = self->means.reuse == GST_HAILUO_REUSE_ONLY;
  gboolean done;

  if (!open_store (self, !only, error))
    return FALSE;
  if (only)
    return claim_clip (self, error);
  done = self->adopt ? claim_task (self, error) : claim_shot (self, error);
  if (!done)
    gst_hailuo_store_unlock (&self->lock);
  return done;
}

/* Whether the record @found in the store is the one of our task.  It is still
 * an INTENT where the disk was full when the host had answered. */
static gboolean
is_ours (GstHailuoTask *self, const GstHailuoRecord *found)
{
  return g_strcmp0 (found->task_id, self->status.task_id) == 0
      || (found->state == GST_HAILUO_RECORD_INTENT
          && found->created == self->record.created);
}

static gboolean
lock_and_find (GstHailuoTask *self, GstHailuoRecord *found, GError **error)
{
  if (take_lock (self, self->record.id, error)
      && find_record (self, self->store, self->record.id, found, error))
    return TRUE;
  gst_hailuo_store_unlock (&self->lock);
  return FALSE;
}

gboolean
gst_hailuo_task_reclaim (GstHailuoTask *self, GError **error)
{
  g_auto (GstHailuoRecord) found = { 0 };

  if (!lock_and_find (self, &found, error))
    return FALSE;
  if (!is_ours (self, &found)) {
    /* another task has taken its place: ours is kept under its own id */
    gst_hailuo_store_unlock (&self->lock);
    gst_hailuo_record_clear (&found);
    g_free (self->record.id);
    self->record.id = gst_hailuo_record_make_task_key (
        self->means.provider->catalogue.nick, self->means.base_url,
        self->status.task_id);
    if (!lock_and_find (self, &found, error))
      return FALSE;
  }
  /* somebody may have fetched it meanwhile */
  if (!gst_hailuo_record_has_clip (&found) || !is_ours (self, &found))
    return TRUE;
  gst_hailuo_record_clear (&self->record);
  gst_hailuo_record_copy (&found, &self->record);
  if (use_clip (self, error))
    return TRUE;
  gst_hailuo_store_unlock (&self->lock);
  return FALSE;
}

gboolean
gst_hailuo_task_quote (GstHailuoTask *self, GError **error)
{
  g_autoptr (GstHailuoStore)
      store = gst_hailuo_store_open (self->means.folder, FALSE, error);
  g_auto (GstHailuoRecord) record = { 0 };
  g_autofree gchar *key = NULL;

  if (store == NULL)
    return FALSE;
  key = self->adopt
      ? gst_hailuo_store_find_task (store, self->means.provider->catalogue.nick,
          self->means.base_url, self->adopt)
      : g_strdup (self->shot->id);
  if (!find_record (self, store, key, &record, error))
    return FALSE;
  self->status.stored = gst_hailuo_record_has_clip (&record)
      && gst_hailuo_store_has_clip (store, key);
  gst_hailuo_task_tell_state (self, "quoted");
  return TRUE;
}
