/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* store.h over the disk of the world: locks and clips. */
#include "world.h"

#include <string.h>

struct _GstHailuoStore
{
  gboolean missing;
};

static void
check_lock (const Entry *entry, const gchar *what)
{
  if (entry->holder != HOLDER_US)
    world_violate ("%s %.8s without its lock", what, entry->id);
  if (world.run.silent)
    world_violate ("%s %.8s with reuse=only", what, entry->id);
}

/* --- the store and its locks --------------------------------------------- */

GstHailuoStore *
gst_hailuo_store_open (const gchar *folder, gboolean create, GError **error)
{
  GstHailuoStore *self;
  Fate fate;

  if (!disk_begin (create ? STEP_WRITE : STEP_READ, "open store", &fate, error))
    return NULL;
  if (create && world.run.silent)
    world_violate ("the store is made with reuse=only");
  world.folder = world.folder || create;
  if (!disk_end ("open store", fate, error))
    return NULL;
  self = g_new0 (GstHailuoStore, 1);
  self->missing = !world.folder;
  return self;
}

gboolean
gst_hailuo_store_is_used (GstHailuoStore *self)
{
  return TRUE;
}

void
gst_hailuo_store_free (GstHailuoStore *self)
{
  g_free (self);
}

const gchar *
gst_hailuo_store_get_database (GstHailuoStore *self)
{
  return "/store/hailuo.db";
}

gint
gst_hailuo_store_lock (GstHailuoStore *self, const gchar *id, GError **error)
{
  Entry *entry = disk_get (id);
  Fate fate;

  if (!disk_begin (STEP_READ, "lock", &fate, error))
    return -1;
  if (world.run.silent)
    world_violate ("lock with reuse=only");
  other_come (entry);
  if (entry->holder != HOLDER_NOBODY) {
    world.run.waited = TRUE;
    return -1;
  }
  world_trace ("lock %.8s", id);
  entry->holder = HOLDER_US;
  world.run.locked = TRUE;
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

  if (!disk_begin (STEP_WRITE, "open part", &fate, error))
    return -1;
  check_lock (entry, "part");
  world_trace ("part %.8s", id);
  entry->part = disk_add_file (-1, 0, FALSE);
  entry->part_process = 0;
  if (!disk_end ("open part", fate, error))
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
  if (!disk_begin (STEP_READ, "remove part", &fate, NULL))
    return;
  check_lock (entry, "remove part");
  world_trace ("remove part %.8s", id);
  entry->part = -1;
}

gboolean
gst_hailuo_store_keep_clip (GstHailuoStore *self, const gchar *id,
    const gchar *sha256, gint fd, GError **error)
{
  Entry *entry = disk_get (id);
  g_autoptr (GChecksum) sum = NULL;
  const Descriptor *descriptor;
  Fate fate;

  if (!disk_begin (STEP_WRITE, "keep clip", &fate, error))
    return FALSE;
  check_lock (entry, "keep clip");
  descriptor = world_get_descriptor (fd);
  if (descriptor == NULL)
    return world_set_dead (error);
  sum = disk_sum_file (descriptor->file);
  if (!disk_get_file (descriptor->file)->whole
      || strcmp (sha256, g_checksum_get_string (sum)) != 0)
    world_violate ("a clip is kept that is not whole");
  if (entry->part != descriptor->file)
    return disk_set_failed (error, "keep clip (no such file)");
  world_trace ("keep clip %.8s of %.8s", sha256, id);
  disk_get_clip (sha256)->now = descriptor->file;
  entry->part = -1;
  return disk_end ("keep clip", fate, error);
}

gboolean
gst_hailuo_store_has_clip (GstHailuoStore *self, const gchar *sha256)
{
  return !self->missing && disk_get_clip (sha256)->now >= 0;
}

gboolean
gst_hailuo_store_open_clip (GstHailuoStore *self, const gchar *sha256,
    GstHailuoClip *clip, GError **error)
{
  const gint file = disk_get_clip (sha256)->now;
  Fate fate;

  if (!disk_begin (STEP_READ, "open clip", &fate, error))
    return FALSE;
  world_trace ("open clip %.8s: %d", sha256, file);
  if (self->missing || file < 0)
    return FALSE;
  if (fate == FATE_DIES_LATE) {
    world_die ();
    return world_set_dead (error);
  }
  clip->size = disk_get_file (file)->size;
  clip->fd = world_open (NULL, file);
  return TRUE;
}

/* Whether it was fetched, and never delivered. */
static gboolean
is_owed (const Clip *clip)
{
  guint i;

  for (i = 0; i < world.rows->len; i++) {
    const GstHailuoAttempt *attempt =
        ((Row *) g_ptr_array_index (world.rows, i))->attempt;

    if (attempt->state == GST_HAILUO_ATTEMPT_FETCHED
        && strcmp (attempt->sha256, clip->sha256) == 0)
      return TRUE;
  }
  return FALSE;
}

void
gst_hailuo_store_evict (
    GstHailuoStore *self, GPtrArray *wanted, guint64 max_size)
{
  guint i;
  Fate fate;

  if (!disk_begin (STEP_READ, "evict", &fate, NULL) || max_size > 0)
    return;
  for (i = 0; i < world.clips->len; i++) {
    Clip *clip = &g_array_index (world.clips, Clip, i);

    if (clip->now < 0 || disk_is_open (clip->now)
        || g_ptr_array_find_with_equal_func (
            wanted, clip->sha256, g_str_equal, NULL))
      continue;
    world_trace ("evict %.8s", clip->sha256);
    if (is_owed (clip))
      world_violate ("a clip that was never delivered is evicted");
    clip->now = -1;
  }
}
