/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is on the disk, for all processes. */
#include "world.h"

#include <string.h>

Entry *
disk_get (const gchar *id)
{
  Entry *entry;
  guint i;

  for (i = 0; i < world.n_entries; i++) {
    if (strcmp (world.entries[i].id, id) == 0)
      return &world.entries[i];
  }
  g_assert_cmpuint (world.n_entries, <, ENTRIES_MAX);
  entry = &world.entries[world.n_entries++];
  memset (entry, 0, sizeof *entry);
  g_strlcpy (entry->id, id, sizeof entry->id);
  entry->now.clip = entry->disk.clip = entry->part = -1;
  entry->shot = -1;
  for (i = 0; i < N_SHOTS; i++) {
    if (strcmp (world.shot_ids[i], id) == 0)
      entry->shot = i;
  }
  return entry;
}

Intent *
disk_get_intent (guint number)
{
  return &g_array_index (world.intents, Intent, number);
}

guint
disk_add_intent (gint shot, guint process)
{
  const Intent intent = { .shot = shot, .process = process };

  g_array_append_val (world.intents, intent);
  return world.intents->len - 1;
}

File *
disk_get_file (gint file)
{
  return &g_array_index (world.files, File, file);
}

gint
disk_add_file (gint task, guint64 size, gboolean whole)
{
  const File file = { task, size, whole };

  g_array_append_val (world.files, file);
  return world.files->len - 1;
}

GChecksum *
disk_sum_file (gint file)
{
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (sum, (const guchar *) &file, sizeof file);
  return sum;
}

const Snapshot *
disk_add_snapshot (const GstHailuoRecord *record, guint intent)
{
  Snapshot *self = g_new0 (Snapshot, 1);

  gst_hailuo_record_copy (record, &self->record);
  self->intent = intent;
  g_ptr_array_add (world.snapshots, self);
  return self;
}

void
disk_sync (void)
{
  guint i;

  for (i = 0; i < world.n_entries; i++)
    world.entries[i].disk = world.entries[i].now;
}

GstHailuoRecordState
disk_get_state (const Entry *entry)
{
  return entry->now.record ? entry->now.record->record.state
                           : GST_HAILUO_RECORD_NONE;
}

static gboolean
names (const Snapshot *snapshot, const gchar *task_id)
{
  return snapshot != NULL && g_strcmp0 (snapshot->record.task_id, task_id) == 0;
}

gboolean
disk_knows (const gchar *task_id)
{
  guint i;

  for (i = 0; i < world.n_entries; i++) {
    if (names (world.entries[i].now.record, task_id)
        || names (world.entries[i].disk.record, task_id))
      return TRUE;
  }
  return FALSE;
}

void
disk_count_wish (const Snapshot *record)
{
  Intent *intent = disk_get_intent (record->intent);

  if (record->intent == 0 || intent->set_aside)
    return;
  intent->set_aside = TRUE;
  world.allowed[intent->shot]++;
  world_trace ("shot %d may be made %u times", intent->shot,
      world.allowed[intent->shot]);
}

void
disk_uncount_wish (const Snapshot *record)
{
  Intent *intent = disk_get_intent (record->intent);

  if (record->intent == 0 || !intent->set_aside)
    return;
  intent->set_aside = FALSE;
  world.allowed[intent->shot]--;
  world_trace ("shot %d may be made %u times", intent->shot,
      world.allowed[intent->shot]);
}
