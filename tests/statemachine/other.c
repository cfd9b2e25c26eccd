/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Another process that works on the same shot, by the same rules: it has the
 * lock, and what it does is there when it gives the lock back. */
#include "world.h"

#define OTHER G_MAXUINT /* its number as a process */

static void
trace (const Row *row)
{
  world_trace ("(the other one: attempt %d %s %s)", (gint) row->attempt->number,
      gst_hailuo_attempt_state_get_name (row->attempt->state),
      row->attempt->task_id ? row->attempt->task_id : "");
  disk_sync ();
}

/* It is an intent from here on. */
static void
begin (const Entry *entry)
{
  g_autoptr (GstHailuoShot) shot = element_make_shot (entry->shot);
  GstHailuoAttempt *attempt = gst_hailuo_attempt_new ();

  world.folder = TRUE;
  attempt->number = world.other_number = ++world.last_number;
  attempt->shot = g_strdup (entry->id);
  attempt->provider = g_strdup (world.provider->catalogue.nick);
  attempt->base_url = g_strdup (world.provider->base_url);
  attempt->model = g_strdup (world.provider->catalogue.models[0].name);
  attempt->mode = g_strdup ("standard-text-to-video");
  attempt->created = world.wall + world.now;
  attempt->price = shot->variant->price;
  trace (disk_insert_row (attempt, disk_add_intent (attempt, OTHER)));
}

void
other_leave (void)
{
  if (world.other == NULL)
    return;
  world_trace ("(the other one leaves)");
  if (world.other->holder == HOLDER_OTHER)
    world.other->holder = HOLDER_NOBODY;
  world.other = NULL;
  world.other_stuck = FALSE;
  world.other_never = FALSE;
  world.other_number = 0;
}

/* It has the task from here on. */
static void
submit (Row *row)
{
  Intent *intent = disk_get_intent (row->intent);
  const guint luck = world_below (8);
  guint task;

  intent->posted = TRUE;
  if (luck == 0) {
    intent->refused = TRUE;
    disk_remove_row (row);
    disk_sync ();
    world_trace ("(the other one is refused)");
    other_leave ();
  } else if (luck == 1) {
    if (world_below (2) == 0)
      host_make_task (row->intent);
    other_leave ();
  } else {
    task = host_make_task (row->intent);
    row->attempt->state = GST_HAILUO_ATTEMPT_SUBMITTED;
    row->attempt->task_id = g_strdup (host_get (task)->id);
    row->attempt->submitted = world.wall + world.now;
    trace (row);
  }
}

static void
fail (Row *row, HostTask *task)
{
  GstHailuoAttempt *attempt = row->attempt;

  task->failed_told = TRUE;
  if (attempt->billed != GST_HAILUO_BILLED_YES) {
    attempt->state = GST_HAILUO_ATTEMPT_FAILED;
    attempt->billed = host_fails_free () ? GST_HAILUO_BILLED_NO
                                         : GST_HAILUO_BILLED_UNKNOWN;
    attempt->fault = host_is_refusal (task->fail_code)
        ? GST_HAILUO_FAULT_REQUEST
        : GST_HAILUO_FAULT_HOST;
    attempt->ended = world.wall + world.now;
    trace (row);
  }
  other_leave ();
}

static void
fetch (const Entry *entry, Row *row, HostTask *task)
{
  const gint file = disk_add_file (task - host_get (0), task->size, TRUE);
  g_autoptr (GChecksum) sum = disk_sum_file (file);
  GstHailuoAttempt *attempt = row->attempt;

  task->polls = 0;
  task->link++;
  disk_get (entry->id)->part = -1;
  disk_get_clip (g_checksum_get_string (sum))->now = file;
  g_free (attempt->sha256);
  attempt->sha256 = g_strdup (g_checksum_get_string (sum));
  attempt->size = task->size;
  attempt->billed = GST_HAILUO_BILLED_YES;
  if (attempt->state == GST_HAILUO_ATTEMPT_SUBMITTED) {
    attempt->state = GST_HAILUO_ATTEMPT_FETCHED;
    attempt->ended = 0;
  }
  trace (row);
}

static void
ask (const Entry *entry, Row *row)
{
  HostTask *task = host_find (row->attempt->task_id);

  if (task->forgotten) {
    if (row->attempt->state == GST_HAILUO_ATTEMPT_SUBMITTED)
      row->attempt->ended = world.wall + world.now;
    trace (row);
    other_leave ();
  } else if (task->fails) {
    fail (row, task);
  } else {
    fetch (entry, row, task);
  }
}

static void
deliver (Row *row)
{
  row->attempt->state = GST_HAILUO_ATTEMPT_DELIVERED;
  row->attempt->ended = world.wall + world.now;
  row->delivered = ++world.moment;
  trace (row);
  other_leave ();
}

/* What the old attempts leave to do. */
static void
choose (const Entry *entry)
{
  const Row *which = NULL;
  const Verdict verdict = judge_shot (entry->shot,
      world.other_never ? GST_HAILUO_REUSE_NEVER : GST_HAILUO_REUSE_ALWAYS,
      FALSE, &which);

  if (verdict == VERDICT_NEW)
    begin (entry);
  else if (which != NULL)
    world.other_number = which->attempt->number;
  else
    other_leave ();
}

static void
go_on (const Entry *entry, Row *row)
{
  const Intent *intent = disk_get_intent (row->intent);

  switch (row->attempt->state) {
    case GST_HAILUO_ATTEMPT_INTENT:
      if (intent->process == OTHER && !intent->posted)
        submit (row);
      else
        other_leave ();
      break;
    case GST_HAILUO_ATTEMPT_SUBMITTED:
      ask (entry, row);
      break;
    case GST_HAILUO_ATTEMPT_FAILED:
      other_leave ();
      break;
    default:
      if (!disk_has_whole_clip (row->attempt))
        ask (entry, row);
      else if (row->delivered == 0)
        deliver (row);
      else
        other_leave ();
  }
}

void
other_act (void)
{
  const Entry *entry = world.other;
  Row *row;

  if (entry == NULL || world.other_stuck || world_below (3) != 0)
    return;
  if (world_below (16) == 0) {
    other_leave (); /* it dies */
    return;
  }
  if (world.other_number == 0) {
    choose (entry);
    return;
  }
  row = disk_get_row (world.other_number);
  if (row != NULL)
    go_on (entry, row);
  else
    other_leave ();
}

void
other_come (Entry *entry)
{
  other_act ();
  if (world.other != NULL || entry->holder != HOLDER_NOBODY || entry->shot < 0
      || !world_chance (world.chances.other))
    return;
  world_trace ("(another one takes the lock of %.8s)", entry->id);
  world.other = entry;
  world.other_stuck = world_below (64) == 0;
  entry->holder = HOLDER_OTHER;
}

void
other_run (Entry *entry)
{
  if (world.other != NULL || entry->holder != HOLDER_NOBODY)
    return;
  world_trace ("(another one runs with %.8s)", entry->id);
  entry->holder = HOLDER_OTHER;
  world.other = entry;
  world.other_never = world_below (4) == 0;
  while (world.other != NULL)
    other_act ();
}
