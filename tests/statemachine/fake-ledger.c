/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ledger.h over the rows of the world; what the client writes there is checked
 * as it is written. */
#include "world.h"

#include <string.h>

struct _GstHailuoLedger
{
  GstHailuoDatabaseWait wait;
  gpointer user_data;
};

GstHailuoLedger *
gst_hailuo_ledger_new (const gchar *path, gboolean used,
    GstHailuoDatabaseWait wait, gpointer user_data)
{
  GstHailuoLedger *self = g_new0 (GstHailuoLedger, 1);

  self->wait = wait;
  self->user_data = user_data;
  return self;
}

void
gst_hailuo_ledger_free (GstHailuoLedger *self)
{
  g_free (self);
}

/* Waits for whoever has the database, and begins. */
static gboolean
begin (GstHailuoLedger *self, Step step, const gchar *what, Fate *fate,
    GError **error)
{
  while (!world.dead && world_chance (world.chances.busy)) {
    world_trace ("%s: the ledger is busy", what);
    if (self->wait == NULL)
      world.now += 5 * G_TIME_SPAN_MILLISECOND;
    else if (!self->wait (self->user_data))
      return world.dead ? world_set_dead (error) : net_set_cancelled (error);
  }
  return disk_begin (step, what, fate, error);
}

gboolean
gst_hailuo_ledger_make (GstHailuoLedger *self, GError **error)
{
  Fate fate;

  return begin (self, STEP_WRITE, "make", &fate, error)
      && disk_end ("make", fate, error);
}

/* --- reading ------------------------------------------------------------- */

GPtrArray *
gst_hailuo_ledger_list (
    GstHailuoLedger *self, const gchar *shot, GError **error)
{
  GPtrArray *attempts;
  Fate fate;
  guint i;

  if (!begin (self, STEP_READ, "list", &fate, error))
    return NULL;
  attempts = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_hailuo_attempt_free);
  for (i = world.rows->len; i > 0; i--) {
    const GstHailuoAttempt *attempt =
        ((Row *) g_ptr_array_index (world.rows, i - 1))->attempt;

    if (shot == NULL || g_str_has_prefix (attempt->shot, shot))
      g_ptr_array_add (attempts, gst_hailuo_attempt_copy (attempt));
  }
  world_trace ("list %.8s: %u attempts", shot, attempts->len);
  judge_list ();
  return attempts;
}

GstHailuoAttempt *
gst_hailuo_ledger_find (GstHailuoLedger *self, const gchar *provider,
    const gchar *base_url, const gchar *task_id, GError **error)
{
  const Row *row;
  Fate fate;

  if (!begin (self, STEP_READ, "find", &fate, error))
    return NULL;
  row = disk_find_row (task_id);
  world_trace ("find %s: %s", task_id,
      row ? gst_hailuo_attempt_state_get_name (row->attempt->state) : "none");
  if (row == NULL || strcmp (row->attempt->provider, provider) != 0
      || strcmp (row->attempt->base_url, base_url) != 0)
    return NULL;
  world.run.found = TRUE;
  return gst_hailuo_attempt_copy (row->attempt);
}

GPtrArray *
gst_hailuo_ledger_list_undelivered (GstHailuoLedger *self, GError **error)
{
  GPtrArray *clips;
  Fate fate;
  guint i;

  if (!begin (self, STEP_READ, "list undelivered", &fate, error))
    return NULL;
  clips = g_ptr_array_new_with_free_func (g_free);
  for (i = 0; i < world.rows->len; i++) {
    const Row *row = g_ptr_array_index (world.rows, i);

    if (row->attempt->state == GST_HAILUO_ATTEMPT_FETCHED)
      g_ptr_array_add (clips, g_strdup (row->attempt->sha256));
  }
  return clips;
}

/* --- writing ------------------------------------------------------------- */

static gboolean
check_limit (gint64 price, const GstHailuoLimit *limit, GError **error)
{
  const gint64 now = world.wall + world.now;
  gint64 sum = price;
  guint i;

  for (i = 0; i < world.rows->len; i++) {
    const GstHailuoAttempt *before =
        ((Row *) g_ptr_array_index (world.rows, i))->attempt;

    if (before->billed != GST_HAILUO_BILLED_NO
        && before->created > now - limit->period)
      sum += MAX (before->price, 0);
  }
  if (price >= 0 && sum <= limit->budget)
    return TRUE;
  world_trace ("the budget does not allow it");
  world.figures.over_budget++;
  gst_hailuo_set_error (
      error, GST_HAILUO_ERROR_LIMIT, "The budget does not allow it.");
  return FALSE;
}

gboolean
gst_hailuo_ledger_check_limit (GstHailuoLedger *self, gint64 price,
    const GstHailuoLimit *limit, GError **error)
{
  Fate fate;

  return limit->budget < 0
      || (begin (self, STEP_READ, "check limit", &fate, error)
          && check_limit (price, limit, error));
}

gboolean
gst_hailuo_ledger_add (GstHailuoLedger *self, GstHailuoAttempt *attempt,
    const GstHailuoLimit *limit, GError **error)
{
  const gboolean submit = attempt->state == GST_HAILUO_ATTEMPT_INTENT;
  guint intent;
  Fate fate;

  if (!begin (self, STEP_WRITE, "add", &fate, error))
    return FALSE;
  judge_add (attempt);
  if (limit != NULL && limit->budget >= 0
      && !check_limit (attempt->price, limit, error))
    return FALSE;
  if (fate != FATE_FINE)
    disk_note_rows ();
  attempt->number = ++world.last_number;
  intent = submit ? disk_add_intent (attempt, world.process) : 0;
  disk_insert_row (gst_hailuo_attempt_copy (attempt), intent);
  world_trace ("add attempt %d at %.8s: %s %s%s", (gint) attempt->number,
      attempt->shot, gst_hailuo_attempt_state_get_name (attempt->state),
      attempt->task_id ? attempt->task_id : "",
      fate == FATE_FINE ? "" : ", but");
  if (disk_end ("add", fate, error)) {
    world.run.intent = intent;
    return TRUE;
  }
  attempt->number = 0;
  return FALSE;
}

/* Another row with the task of @attempt (nullable) */
static Row *
find_other (const GstHailuoAttempt *attempt)
{
  Row *row = attempt->task_id ? disk_find_row (attempt->task_id) : NULL;

  return row != NULL && row->attempt->number != attempt->number ? row : NULL;
}

/* The row of @attempt once it says what that does */
static Row *
put_row (Row *row, GstHailuoAttempt *attempt)
{
  GstHailuoAttempt *after;

  if (attempt->number == 0)
    attempt->number = ++world.last_number;
  after = gst_hailuo_attempt_copy (attempt);
  if (row == NULL) /* or it was forgotten */
    return disk_insert_row (after, 0);
  if (row->attempt->billed == GST_HAILUO_BILLED_YES)
    after->billed = GST_HAILUO_BILLED_YES;
  gst_hailuo_attempt_free (row->attempt);
  row->attempt = after;
  return row;
}

gboolean
gst_hailuo_ledger_move (
    GstHailuoLedger *self, GstHailuoAttempt *attempt, GError **error)
{
  guint delivered = 0;
  Row *row, *other;
  Fate fate;

  if (!begin (self, STEP_WRITE, "move", &fate, error))
    return FALSE;
  other = find_other (attempt);
  if (other != NULL && !gst_hailuo_attempt_outranks (attempt, other->attempt))
    return attempt->adopted
        || disk_set_failed (error, "two attempts with one task");
  if (other != NULL)
    gst_hailuo_attempt_merge (attempt, other->attempt);
  row = disk_get_row (attempt->number);
  if (other != NULL)
    judge_bind (attempt);
  else if (attempt->number == 0)
    judge_add (attempt);
  else
    judge_move (row, attempt);
  if (world.dead)
    return world_set_dead (error);
  if (fate != FATE_FINE)
    disk_note_rows ();
  if (other != NULL) {
    delivered = other->delivered;
    disk_remove_row (other);
  }
  row = put_row (row, attempt);
  row->delivered = MAX (row->delivered, delivered);
  if (attempt->state == GST_HAILUO_ATTEMPT_DELIVERED && row->delivered == 0)
    row->delivered = ++world.moment;
  world_trace ("move attempt %d: %s %s%s", (gint) attempt->number,
      gst_hailuo_attempt_state_get_name (attempt->state),
      attempt->task_id ? attempt->task_id : "",
      fate == FATE_FINE ? "" : ", but");
  return disk_end ("move", fate, error);
}

gboolean
gst_hailuo_ledger_withdraw (
    GstHailuoLedger *self, const GstHailuoAttempt *attempt, GError **error)
{
  Fate fate;
  Row *row;

  if (!begin (self, STEP_WRITE, "withdraw", &fate, error))
    return FALSE;
  row = disk_get_row (attempt->number);
  if (fate != FATE_FINE)
    disk_note_rows ();
  if (row != NULL && row->attempt->created == attempt->created
      && row->attempt->state == GST_HAILUO_ATTEMPT_INTENT) {
    judge_withdraw (row);
    world_trace ("withdraw attempt %d%s", (gint) attempt->number,
        fate == FATE_FINE ? "" : ", but");
    disk_remove_row (row);
  }
  return disk_end ("withdraw", fate, error);
}
