/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* store.h over the disk of the world; what the client writes there is checked
 * as it is written. */
#include "world.h"

#include <string.h>

struct _GstHailuoStore
{
  gboolean missing;
};

static gboolean
set_failed (GError **error, const gchar *what)
{
  world.write_failed = TRUE;
  world_trace ("%s: fails", what);
  gst_hailuo_set_error (
      error, GST_HAILUO_ERROR_STORE, "%s: No space left on device.", what);
  return FALSE;
}

/* FALSE, with an error: nothing is to be done. */
static gboolean
begin (Step step, const gchar *what, Fate *fate, GError **error)
{
  *fate = world_step (step);
  if (*fate == FATE_DIES)
    world_die ();
  if (world.dead)
    return world_set_dead (error);
  return *fate == FATE_FAILS ? set_failed (error, what) : TRUE;
}

/* Ends what was done. */
static gboolean
end (const gchar *what, Fate fate, GError **error)
{
  if (fate == FATE_DIES_LATE) {
    if (world_below (2) == 0)
      disk_sync ();
    world_die ();
  }
  if (world.dead)
    return world_set_dead (error);
  if (fate == FATE_FAILS_LATE)
    return set_failed (error, what);
  disk_sync ();
  return TRUE;
}

static void
check_lock (const Entry *entry, const gchar *what)
{
  if (entry->holder != HOLDER_US)
    world_violate ("%s %.8s without its lock", what, entry->id);
  if (world.run.silent)
    world_violate ("%s %.8s with reuse=only", what, entry->id);
}

/* --- records ------------------------------------------------------------- */

static void
check_secrets (const GstHailuoRecord *record)
{
  GstHailuoRecord copy = { 0 };
  g_autofree gchar *text = NULL;
  g_autofree gchar *again = NULL;
  g_autoptr (GError) error = NULL;

  world_check_text (record->model);
  world_check_text (record->base_url);
  world_check_text (record->task_id);
  if (world.seed % 16 != 0) /* the rest takes its time */
    return;
  text = gst_hailuo_record_to_text (record);
  world_check_text (text);
  if (!gst_hailuo_record_from_text (
          text, strlen (text), record->id, &copy, &error)) {
    world_violate ("a record cannot be read: %s", error->message);
    return;
  }
  again = gst_hailuo_record_to_text (&copy);
  if (strcmp (text, again) != 0)
    world_violate ("a record is read as another");
  gst_hailuo_record_clear (&copy);
}

static gboolean
is_same (const GstHailuoRecord *a, const GstHailuoRecord *b)
{
  return a->state == b->state && a->created == b->created
      && g_strcmp0 (a->task_id, b->task_id) == 0;
}

/* Where a record is put aside. */
static Entry *
get_aside (const GstHailuoRecord *record)
{
  g_autofree gchar *created = g_strdup_printf (
      "%s %" G_GINT64_FORMAT, record->id, record->created);
  g_autofree gchar *id = gst_hailuo_record_make_task_key (record->provider,
      record->base_url, record->task_id ? record->task_id : created);

  return disk_get (id);
}

static gboolean
is_aside (const Snapshot *record)
{
  const Snapshot *aside = record ? get_aside (&record->record)->now.record
                                 : NULL;

  return aside != NULL && is_same (&aside->record, &record->record);
}

/* The submit that is announced may have no other in its place, but for one that
 * is kept aside. */
static void
check_intent (const Entry *entry)
{
  const Snapshot *old = entry->now.record;
  const Intent *intent = old ? disk_get_intent (old->intent) : NULL;

  if (world.run.adopt != NULL || entry->shot != world.run.shot)
    world_violate ("an intent that nobody wanted");
  if (is_aside (old))
    return;
  if (old != NULL && old->record.state != GST_HAILUO_RECORD_INTENT)
    world_violate ("an intent over a record of a task");
  else if (old != NULL
      && (intent->process != world.process
          || (intent->posted && !intent->refused)))
    world_violate ("an intent over another whose outcome is unknown");
}

/* The intent that a record with a task id goes on from. */
static guint
check_task (const Entry *entry, const GstHailuoRecord *record)
{
  const Snapshot *old = entry->now.record;
  const HostTask *task = host_find (record->task_id);
  const HostTask *lost = old ? host_find (old->record.task_id) : NULL;

  if (world.run.adopt != NULL)
    return old ? old->intent : 0;
  if (task == NULL) {
    /* a wrong id that was adopted before */
    if (old == NULL || g_strcmp0 (old->record.task_id, record->task_id) != 0)
      world_violate ("a record names a task that nobody made");
    return old ? old->intent : 0;
  }
  if (old != NULL && old->record.state == GST_HAILUO_RECORD_INTENT
      && task->intent != old->intent)
    world_violate ("the record of a submit names the task of another");
  if (lost != NULL && lost != task && !lost->failed_told)
    world_violate ("the record of the paid task %s is lost", lost->id);
  return old ? old->intent : task->intent;
}

static gboolean
write_record (
    Entry *entry, const GstHailuoRecord *record, guint intent, GError **error)
{
  g_autofree gchar *what = g_strdup_printf ("write %.8s %s", record->id,
      gst_hailuo_record_state_get_name (record->state));
  Fate fate;

  if (!begin (STEP_WRITE, what, &fate, error))
    return FALSE;
  world_trace ("%s %s%s", what, record->task_id ? record->task_id : "",
      fate == FATE_FINE ? "" : ", but");
  entry->now.record = disk_add_snapshot (record, intent);
  return end (what, fate, error);
}

static void
note_replaced (guint number, const Snapshot *old)
{
  Intent *intent = disk_get_intent (number);

  if (is_aside (old))
    intent->replaces = old;
  else if (old != NULL)
    intent->replaces = disk_get_intent (old->intent)->replaces;
}

gboolean
gst_hailuo_store_write (
    GstHailuoStore *self, const GstHailuoRecord *record, GError **error)
{
  Entry *entry = disk_get (record->id);
  const Snapshot *old = entry->now.record;
  guint intent = 0;
  gboolean done;

  if (!world.dead) {
    check_lock (entry, "write");
    check_secrets (record);
    if (record->state == GST_HAILUO_RECORD_INTENT) {
      check_intent (entry);
      intent = disk_add_intent (entry->shot, world.process);
      note_replaced (intent, old);
    } else {
      intent = check_task (entry, record);
    }
  }
  done = write_record (entry, record, intent, error);
  if (record->state == GST_HAILUO_RECORD_INTENT && entry->now.record != old
      && is_aside (old))
    disk_count_wish (old);
  return done;
}

static gboolean
remove_record (Entry *entry, GError **error)
{
  Fate fate;

  if (!begin (STEP_WRITE, "remove", &fate, error))
    return FALSE;
  world_trace ("remove %.8s%s", entry->id, fate == FATE_FINE ? "" : ", but");
  entry->part = -1;
  entry->now.clip = -1;
  entry->now.record = NULL;
  return end ("remove", fate, error);
}

gboolean
gst_hailuo_store_remove (GstHailuoStore *self, const gchar *id, GError **error)
{
  Entry *entry = disk_get (id);
  const Snapshot *old = entry->now.record;
  const Intent *intent = old ? disk_get_intent (old->intent) : NULL;

  if (!world.dead) {
    check_lock (entry, "remove");
    if (old != NULL
        && (old->record.state != GST_HAILUO_RECORD_INTENT
            || intent->process != world.process
            || (intent->posted && !intent->refused)))
      world_violate ("a record is removed that may stand for a task");
  }
  return remove_record (entry, error);
}

gboolean
gst_hailuo_store_read (GstHailuoStore *self, const gchar *id,
    GstHailuoRecord *record, GError **error)
{
  Entry *entry = disk_get (id);
  Fate fate;

  if (!begin (STEP_READ, "read", &fate, error))
    return FALSE;
  world_trace ("read %.8s: %s", id,
      gst_hailuo_record_state_get_name (disk_get_state (entry)));
  if (entry->now.record == NULL)
    record->state = GST_HAILUO_RECORD_NONE;
  else
    gst_hailuo_record_copy (&entry->now.record->record, record);
  return TRUE;
}

static void
check_wish (const Snapshot *old)
{
  const GstHailuoReuse reuse = world.run.reuse;
  const HostTask *task = host_find (old->record.task_id);

  switch (old->record.state) {
    case GST_HAILUO_RECORD_FAILED:
      if (task == NULL || !task->failed_told)
        world_violate ("a task is given up that has not failed");
      break;
    case GST_HAILUO_RECORD_DELIVERED:
      if (reuse != GST_HAILUO_REUSE_NEVER
          && reuse != GST_HAILUO_REUSE_UNFINISHED)
        world_violate ("a delivered clip is put aside");
      break;
    default:
      if (reuse != GST_HAILUO_REUSE_NEVER)
        world_violate ("an unfinished task is put aside");
  }
}

gboolean
gst_hailuo_store_archive (
    GstHailuoStore *self, const GstHailuoRecord *record, GError **error)
{
  Entry *from = disk_get (record->id);
  Entry *to = get_aside (record);
  const Snapshot *old = from->now.record;
  GstHailuoRecord aside;
  gboolean done;
  Fate fate;

  if (!begin (STEP_WRITE, "archive", &fate, error))
    return FALSE;
  check_lock (from, "archive");
  /* again, where it could not be put back */
  if (old != NULL && old->record.state == GST_HAILUO_RECORD_INTENT
      && !is_same (&old->record, record))
    old = disk_get_intent (old->intent)->replaces;
  if (old == NULL || !is_same (&old->record, record)) {
    world_violate ("what is put aside is not what is there");
    return set_failed (error, "archive");
  }
  check_wish (old);
  world_trace ("archive %.8s as %.8s", from->id, to->id);
  if (from->now.clip >= 0)
    to->now.clip = from->now.clip;
  if (fate == FATE_DIES_LATE)
    world_die ();
  gst_hailuo_record_copy (record, &aside);
  g_free (aside.id);
  aside.id = g_strdup (to->id);
  done = write_record (to, &aside, old->intent, error);
  gst_hailuo_record_clear (&aside);
  return done;
}

gboolean
gst_hailuo_store_restore (
    GstHailuoStore *self, const GstHailuoRecord *record, GError **error)
{
  Entry *entry = disk_get (record->id);
  Entry *aside = get_aside (record);
  const Snapshot *old = entry->now.record;
  const Intent *intent = old ? disk_get_intent (old->intent) : NULL;
  const Snapshot *before = old;

  if (!world.dead) {
    check_lock (entry, "restore");
    if (old != NULL && old->record.state == GST_HAILUO_RECORD_INTENT
        && !is_same (&old->record, record)) {
      before = intent->replaces;
      if (intent->process != world.process
          || (intent->posted && !intent->refused))
        world_violate ("a record is replaced that may stand for a task");
    }
    if (before == NULL || !is_same (&before->record, record)) {
      world_violate ("another record comes back");
      return set_failed (error, "restore");
    }
  }
  if (!write_record (entry, record, before ? before->intent : 0, error))
    return FALSE;
  disk_uncount_wish (before);
  return remove_record (aside, error);
}

gboolean
gst_hailuo_store_has_clip (GstHailuoStore *self, const gchar *id)
{
  return disk_get (id)->now.clip >= 0;
}

gchar *
gst_hailuo_store_find_task (GstHailuoStore *self, const gchar *provider,
    const gchar *base_url, const gchar *task_id)
{
  guint i;

  for (i = 0; i < world.n_entries; i++) {
    const Snapshot *snapshot = world.entries[i].now.record;

    if (snapshot != NULL && g_strcmp0 (snapshot->record.task_id, task_id) == 0
        && g_strcmp0 (snapshot->record.provider, provider) == 0
        && g_strcmp0 (snapshot->record.base_url, base_url) == 0)
      return g_strdup (world.entries[i].id);
  }
  return gst_hailuo_record_make_task_key (provider, base_url, task_id);
}

/* --- the store and its locks --------------------------------------------- */

GstHailuoStore *
gst_hailuo_store_open (const gchar *folder, gboolean create, GError **error)
{
  GstHailuoStore *self;
  Fate fate;

  if (!begin (create ? STEP_WRITE : STEP_READ, "open store", &fate, error))
    return NULL;
  if (create && world.run.silent)
    world_violate ("the store is made with reuse=only");
  world.folder = world.folder || create;
  if (!end ("open store", fate, error))
    return NULL;
  self = g_new0 (GstHailuoStore, 1);
  self->missing = !world.folder;
  return self;
}

void
gst_hailuo_store_free (GstHailuoStore *self)
{
  g_free (self);
}

gchar *
gst_hailuo_store_get_path (GstHailuoStore *self, const gchar *id)
{
  return g_strconcat ("/store/", id, ".record", NULL);
}

gint
gst_hailuo_store_lock (GstHailuoStore *self, const gchar *id, GError **error)
{
  Entry *entry = disk_get (id);
  Fate fate;

  if (!begin (STEP_READ, "lock", &fate, error))
    return -1;
  if (world.run.silent)
    world_violate ("lock with reuse=only");
  other_come (entry);
  if (entry->holder != HOLDER_NOBODY)
    return -1;
  world_trace ("lock %.8s", id);
  entry->holder = HOLDER_US;
  if (fate == FATE_DIES_LATE) {
    world_die ();
    world_set_dead (error);
    return -1;
  }
  return world_open (entry, -1);
}

void
gst_hailuo_store_unlock (gint *lock)
{
  const Descriptor *descriptor = *lock >= 0 ? world_get_descriptor (*lock)
                                            : NULL;

  if (!world.dead && descriptor != NULL && descriptor->lock->part >= 0
      && descriptor->lock->part_process == world.process)
    world_violate ("a run ends and leaves its part");
  if (*lock >= 0)
    world_close (*lock);
  *lock = -1;
}

/* --- clips --------------------------------------------------------------- */

gint
gst_hailuo_store_open_part (
    GstHailuoStore *self, const gchar *id, guint64 max_size, GError **error)
{
  Entry *entry = disk_get (id);
  Fate fate;

  if (!begin (STEP_WRITE, "open part", &fate, error))
    return -1;
  check_lock (entry, "part");
  world_trace ("part %.8s", id);
  entry->part = disk_add_file (-1, 0, FALSE);
  entry->part_process = 0;
  if (!end ("open part", fate, error))
    return -1;
  entry->part_process = world.process;
  return world_open (NULL, entry->part);
}

void
gst_hailuo_store_remove_part (GstHailuoStore *self, const gchar *id)
{
  Entry *entry = disk_get (id);
  Fate fate;

  entry->part_process = 0; /* it cannot do more */
  if (!begin (STEP_READ, "remove part", &fate, NULL))
    return;
  check_lock (entry, "remove part");
  world_trace ("remove part %.8s", id);
  entry->part = -1;
}

gboolean
gst_hailuo_store_keep_clip (
    GstHailuoStore *self, const gchar *id, gint fd, GError **error)
{
  Entry *entry = disk_get (id);
  const Descriptor *descriptor;
  Fate fate;

  if (!begin (STEP_WRITE, "keep clip", &fate, error))
    return FALSE;
  check_lock (entry, "keep clip");
  descriptor = world_get_descriptor (fd);
  if (descriptor == NULL)
    return world_set_dead (error);
  if (!disk_get_file (descriptor->file)->whole)
    world_violate ("a clip is kept that is not whole");
  if (entry->part != descriptor->file)
    return set_failed (error, "keep clip (no such file)");
  world_trace ("keep clip %.8s", id);
  entry->now.clip = descriptor->file;
  entry->part = -1;
  return end ("keep clip", fate, error);
}

gint
gst_hailuo_store_open_clip (
    GstHailuoStore *self, const gchar *id, guint64 *size, GError **error)
{
  const Entry *entry = disk_get (id);
  Fate fate;

  if (!begin (STEP_READ, "open clip", &fate, error))
    return -1;
  world_trace ("open clip %.8s: %d", id, entry->now.clip);
  if (self->missing || entry->now.clip < 0)
    return -1;
  if (fate == FATE_DIES_LATE) {
    world_die ();
    world_set_dead (error);
    return -1;
  }
  *size = disk_get_file (entry->now.clip)->size;
  return world_open (NULL, entry->now.clip);
}

static gboolean
is_open (gint file)
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

void
gst_hailuo_store_evict (GstHailuoStore *self, guint64 max_size)
{
  guint i;
  Fate fate;

  if (!begin (STEP_READ, "evict", &fate, NULL) || max_size > 0)
    return;
  for (i = 0; i < world.n_entries; i++) {
    Entry *entry = &world.entries[i];

    if (entry->now.clip >= 0 && !is_open (entry->now.clip)
        && disk_get_state (entry) == GST_HAILUO_RECORD_DELIVERED) {
      world_trace ("evict %.8s", entry->id);
      entry->now.clip = -1;
    }
  }
}
