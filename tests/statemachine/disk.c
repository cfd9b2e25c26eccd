/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is on the disk, for all processes. */
#include "world.h"

#include <string.h>

/* --- operations ---------------------------------------------------------- */

gboolean
disk_set_failed (GError **error, const gchar *what)
{
  world.write_failed = TRUE;
  world_trace ("%s: fails", what);
  gst_hailuo_set_error (
      error, GST_HAILUO_ERROR_STORE, "%s: No space left on device.", what);
  return FALSE;
}

gboolean
disk_begin (Step step, const gchar *what, Fate *fate, GError **error)
{
  *fate = world_step (step);
  if (*fate == FATE_DIES)
    world_die ();
  if (world.dead)
    return world_set_dead (error);
  return *fate == FATE_FAILS ? disk_set_failed (error, what) : TRUE;
}

gboolean
disk_end (const gchar *what, Fate fate, GError **error)
{
  if (fate == FATE_DIES_LATE) {
    if (world_below (2) == 0)
      disk_sync ();
    world_die ();
  }
  if (world.dead)
    return world_set_dead (error);
  if (fate == FATE_FAILS_LATE)
    return disk_set_failed (error, what);
  disk_sync ();
  return TRUE;
}

void
disk_sync (void)
{
  guint i;

  for (i = 0; i < world.clips->len; i++) {
    Clip *clip = &g_array_index (world.clips, Clip, i);

    clip->disk = clip->now;
  }
  g_clear_pointer (&world.rows_before, g_ptr_array_unref);
}

void
disk_cut_power (void)
{
  guint i;

  for (i = 0; i < world.clips->len; i++) {
    Clip *clip = &g_array_index (world.clips, Clip, i);

    if (world_below (2) == 0)
      clip->now = clip->disk;
  }
  if (world.rows_before != NULL && world_below (2) == 0) {
    world_trace ("(the ledger is as it was)");
    g_ptr_array_unref (world.rows);
    world.rows = g_steal_pointer (&world.rows_before);
  }
  disk_sync ();
  for (i = 0; i < world.n_entries; i++)
    world.entries[i].part = -1;
}

/* --- shots and submits --------------------------------------------------- */

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
  entry->part = -1;
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
disk_add_intent (const GstHailuoAttempt *attempt, guint process)
{
  const Intent intent = {
    .shot = disk_get (attempt->shot)->shot,
    .process = process,
    .created = attempt->created,
    .price = attempt->price,
  };

  g_array_append_val (world.intents, intent);
  return world.intents->len - 1;
}

/* --- clips --------------------------------------------------------------- */

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
disk_sum_file (gint number)
{
  const File *file = disk_get_file (number);
  const gint content = file->task >= 0 ? host_get (file->task)->content : -1;
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (sum, (const guchar *) &content, sizeof content);
  g_checksum_update (sum, (const guchar *) &file->size, sizeof file->size);
  return sum;
}

Clip *
disk_get_clip (const gchar *sha256)
{
  Clip clip = { .now = -1, .disk = -1 };
  guint i;

  for (i = 0; i < world.clips->len; i++) {
    if (strcmp (g_array_index (world.clips, Clip, i).sha256, sha256) == 0)
      return &g_array_index (world.clips, Clip, i);
  }
  g_strlcpy (clip.sha256, sha256, sizeof clip.sha256);
  g_array_append_val (world.clips, clip);
  return &g_array_index (world.clips, Clip, world.clips->len - 1);
}

gboolean
disk_has_whole_clip (const GstHailuoAttempt *attempt)
{
  const gint file = attempt->sha256 ? disk_get_clip (attempt->sha256)->now : -1;

  return file >= 0 && disk_get_file (file)->whole
      && disk_get_file (file)->size == (guint64) attempt->size;
}

gboolean
disk_is_open (gint file)
{
  guint i;

  for (i = 0; i < world.descriptors->len; i++) {
    const Descriptor *descriptor = &g_array_index (
        world.descriptors, Descriptor, i);

    if (descriptor->open && descriptor->file == file)
      return TRUE;
  }
  return FALSE;
}

/* --- rows ---------------------------------------------------------------- */

static void
row_free (gpointer data)
{
  Row *self = data;

  gst_hailuo_attempt_free (self->attempt);
  g_free (self);
}

static gpointer
row_copy (gconstpointer data, gpointer user_data)
{
  Row *copy = g_memdup2 (data, sizeof *copy);

  copy->attempt = gst_hailuo_attempt_copy (copy->attempt);
  return copy;
}

Row *
disk_get_row (gint64 number)
{
  guint i;

  for (i = 0; i < world.rows->len; i++) {
    Row *row = g_ptr_array_index (world.rows, i);

    if (row->attempt->number == number)
      return row;
  }
  return NULL;
}

Row *
disk_find_row (const gchar *task_id)
{
  guint i;

  for (i = 0; i < world.rows->len; i++) {
    Row *row = g_ptr_array_index (world.rows, i);

    if (g_strcmp0 (row->attempt->task_id, task_id) == 0)
      return row;
  }
  return NULL;
}

gboolean
disk_is_of_shot (const Row *row, gint shot)
{
  return strcmp (row->attempt->shot, world.shot_ids[shot]) == 0;
}

gboolean
disk_is_unknown (gint shot)
{
  guint i;

  for (i = 0; i < world.rows->len; i++) {
    const Row *row = g_ptr_array_index (world.rows, i);

    if (disk_is_of_shot (row, shot)
        && row->attempt->state == GST_HAILUO_ATTEMPT_INTENT)
      return TRUE;
  }
  return FALSE;
}

void
disk_note_rows (void)
{
  if (world.rows_before != NULL)
    return;
  world.rows_before = g_ptr_array_copy (world.rows, row_copy, NULL);
}

Row *
disk_insert_row (GstHailuoAttempt *attempt, guint intent)
{
  Row *row = g_new0 (Row, 1);
  guint i;

  row->attempt = attempt;
  row->intent = intent;
  for (i = world.rows->len; i > 0; i--) {
    const Row *before = g_ptr_array_index (world.rows, i - 1);

    if (before->attempt->number < attempt->number)
      break;
  }
  g_ptr_array_insert (world.rows, i, row);
  world.figures.rows++;
  return row;
}

void
disk_remove_row (Row *row)
{
  g_ptr_array_remove (world.rows, row);
}

/* --- all of it ----------------------------------------------------------- */

void
disk_init (void)
{
  world.intents = g_array_new (FALSE, TRUE, sizeof (Intent));
  world.files = g_array_new (FALSE, TRUE, sizeof (File));
  world.clips = g_array_new (FALSE, TRUE, sizeof (Clip));
  world.rows = g_ptr_array_new_with_free_func (row_free);
}

void
disk_reset (void)
{
  g_array_set_size (world.intents, 0);
  g_array_set_size (world.intents, 1);
  g_array_set_size (world.files, 0);
  g_array_set_size (world.clips, 0);
  g_ptr_array_set_size (world.rows, 0);
  g_clear_pointer (&world.rows_before, g_ptr_array_unref);
  world.last_number = 0;
  world.n_entries = 0;
}

void
disk_clear (void)
{
  g_array_unref (world.intents);
  g_array_unref (world.files);
  g_array_unref (world.clips);
  g_ptr_array_unref (world.rows);
}
