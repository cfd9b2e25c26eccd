/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Another process that works on the same shot, by the same rules: it has the
 * lock, and what it does is there when it gives the lock back. */
#include "world.h"

#define OTHER G_MAXUINT /* its number as a process */

static void
put (Entry *entry, GstHailuoRecordState state, const gchar *task_id,
    guint intent)
{
  gchar model[] = "hailuo-2-3";
  const gboolean stored = state == GST_HAILUO_RECORD_FETCHED
      || state == GST_HAILUO_RECORD_DELIVERED;
  const gint clip = stored ? entry->now.clip : -1;
  g_autoptr (GChecksum) sum = clip >= 0 ? disk_sum_file (clip) : NULL;
  const GstHailuoRecord record = {
    .state = state,
    .id = entry->id,
    .provider = (gchar *) world.provider->catalogue.nick,
    .base_url = (gchar *) world.provider->base_url,
    .model = model,
    .task_id = (gchar *) task_id,
    .created = world.wall + world.now,
    .sha256 = sum ? (gchar *) g_checksum_get_string (sum) : NULL,
    .size = clip >= 0 ? disk_get_file (clip)->size : 0,
  };

  world_trace ("(the other one: %.8s %s %s)", entry->id,
      gst_hailuo_record_state_get_name (state), task_id ? task_id : "");
  entry->now.record = disk_add_snapshot (&record, intent);
  disk_sync ();
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
}

/* It has the task from here on. */
static void
submit (Entry *entry, guint number)
{
  Intent *intent = disk_get_intent (number);
  const guint luck = world_below (8);

  intent->posted = TRUE;
  if (luck == 0) {
    intent->refused = TRUE;
    entry->now.record = NULL;
    disk_sync ();
    world_trace ("(the other one is refused)");
    other_leave ();
  } else if (luck == 1) {
    if (world_below (2) == 0)
      host_make_task (number);
    other_leave ();
  } else {
    guint task = host_make_task (number);

    put (entry, GST_HAILUO_RECORD_SUBMITTED, host_get (task)->id, number);
  }
}

static void
ask (Entry *entry)
{
  const Snapshot *old = entry->now.record;
  HostTask *task = host_find (old->record.task_id);

  if (task == NULL || task->forgotten) {
    other_leave ();
  } else if (task->fails) {
    task->failed_told = TRUE;
    put (entry, GST_HAILUO_RECORD_FAILED, task->id, old->intent);
    other_leave ();
  } else {
    task->polls = 0;
    entry->part = -1;
    entry->now.clip = disk_add_file (task - host_get (0), task->size, TRUE);
    put (entry, GST_HAILUO_RECORD_FETCHED, task->id, old->intent);
  }
}

void
other_act (void)
{
  Entry *entry = world.other;
  const Snapshot *old = entry ? entry->now.record : NULL;

  if (entry == NULL || world.other_stuck || world_below (3) != 0)
    return;
  if (world_below (16) == 0) {
    other_leave (); /* it dies */
    return;
  }
  switch (disk_get_state (entry)) {
    case GST_HAILUO_RECORD_NONE:
      put (entry, GST_HAILUO_RECORD_INTENT, NULL,
          disk_add_intent (entry->shot, OTHER));
      break;
    case GST_HAILUO_RECORD_INTENT:
      if (disk_get_intent (old->intent)->process == OTHER
          && !disk_get_intent (old->intent)->posted)
        submit (entry, old->intent);
      else
        other_leave ();
      break;
    case GST_HAILUO_RECORD_SUBMITTED:
      ask (entry);
      break;
    case GST_HAILUO_RECORD_FETCHED:
      put (
          entry, GST_HAILUO_RECORD_DELIVERED, old->record.task_id, old->intent);
      break;
    default:
      other_leave ();
  }
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

/* Somebody wants another clip; the record goes where task-id finds it. */
static void
set_aside (Entry *entry)
{
  const Snapshot *old = entry->now.record;
  g_autofree gchar *created = g_strdup_printf (
      "%s %" G_GINT64_FORMAT, entry->id, old->record.created);
  g_autofree gchar *id = gst_hailuo_record_make_task_key (
      world.provider->catalogue.nick, world.provider->base_url,
      old->record.task_id ? old->record.task_id : created);
  Entry *to = disk_get (id);

  put (to, old->record.state, old->record.task_id, old->intent);
  to->now.clip = entry->now.clip;
  entry->now.clip = -1;
  entry->now.record = NULL;
  disk_sync ();
  disk_count_wish (old);
}

void
other_run (Entry *entry)
{
  gboolean wanted;

  if (world.other != NULL || entry->holder != HOLDER_NOBODY)
    return;
  world_trace ("(another one runs with %.8s)", entry->id);
  entry->holder = HOLDER_OTHER;
  world.other = entry;
  wanted = disk_get_state (entry) != GST_HAILUO_RECORD_FAILED
      && world_below (4) != 0;
  if (entry->now.record != NULL && !wanted)
    set_aside (entry);
  while (world.other != NULL)
    other_act ();
}
