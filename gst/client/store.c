/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "debug.h"
#include "part.h"
#include "trust.h"

struct _GstHailuoStore
{
  gchar *folder;
  gboolean missing; /* the folder is not there, and not to be made */
};

gchar *
gst_hailuo_store_get_default_folder (void)
{
  const gchar *state = g_get_user_state_dir ();

  /* one that is relative is to be ignored, and GLib does not */
  if (!g_path_is_absolute (state))
    return g_build_filename (
        g_get_home_dir (), ".local", "state", "hailuo", NULL);
  return g_build_filename (state, "hailuo", NULL);
}

static gchar *
get_file (GstHailuoStore *self, const gchar *id, const gchar *ending)
{
  return g_strconcat (self->folder, G_DIR_SEPARATOR_S, id, ending, NULL);
}

gchar *
gst_hailuo_store_get_path (GstHailuoStore *self, const gchar *id)
{
  return get_file (self, id, ".record");
}

/* --- the folder --------------------------------------------------------- */

/* Without it a file that was made or renamed in the folder is gone after a
 * power cut, synced or not. */
static gboolean
sync_folder (const gchar *folder, GError **error)
{
  gint fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean done = fd >= 0 && fsync (fd) == 0;

  if (!done)
    gst_hailuo_trust_set_errno (error, folder, "synced");
  if (fd >= 0)
    close (fd);
  return done;
}

/* Makes the folder and what is missing above it; each durably. */
static gboolean
make_folder (const gchar *folder, GError **error)
{
  g_autofree gchar *parent = g_path_get_dirname (folder);

  if (mkdir (folder, 0700) != 0) {
    if (errno == EEXIST)
      return TRUE;
    if (errno != ENOENT || g_str_equal (parent, folder))
      return gst_hailuo_trust_set_errno (error, folder, "made");
    if (!make_folder (parent, error))
      return FALSE;
    if (mkdir (folder, 0700) != 0 && errno != EEXIST)
      return gst_hailuo_trust_set_errno (error, folder, "made");
  }
  return sync_folder (parent, error);
}

GstHailuoStore *
gst_hailuo_store_open (const gchar *folder, gboolean create, GError **error)
{
  g_autoptr (GstHailuoStore) self = g_new0 (GstHailuoStore, 1);

  gst_hailuo_debug_init ();
  self->folder = g_canonicalize_filename (folder, NULL);
  if (!gst_hailuo_trust_check_way (self->folder, error)
      || (create && !g_file_test (self->folder, G_FILE_TEST_EXISTS)
          && !make_folder (self->folder, error))
      || !gst_hailuo_trust_check_folder (self->folder, error))
    return NULL;
  self->missing = !create && !g_file_test (self->folder, G_FILE_TEST_IS_DIR);
  return g_steal_pointer (&self);
}

void
gst_hailuo_store_free (GstHailuoStore *self)
{
  if (self == NULL)
    return;
  g_free (self->folder);
  g_free (self);
}

/* --- locks -------------------------------------------------------------- */

gint
gst_hailuo_store_lock (GstHailuoStore *self, const gchar *id, GError **error)
{
  g_autofree gchar *path = get_file (self, id, ".lock");
  gint lock;
  gint result;

  lock = gst_hailuo_trust_open (path, O_RDWR | O_CREAT, error);
  if (lock < 0)
    return -1;
  do
    result = flock (lock, LOCK_EX | LOCK_NB);
  while (result != 0 && errno == EINTR);
  if (result == 0)
    return lock;
  if (errno != EWOULDBLOCK)
    gst_hailuo_trust_set_errno (error, path, "locked");
  close (lock);
  return -1;
}

void
gst_hailuo_store_unlock (gint *lock)
{
  if (*lock >= 0) {
    /* a child that the application forked has it open too */
    flock (*lock, LOCK_UN);
    close (*lock);
  }
  *lock = -1;
}

/* --- records ------------------------------------------------------------ */

/* The content of a file of ours; NULL with no error: it is not there. */
static gchar *
read_file (const gchar *path, gsize *length, GError **error)
{
  gchar text[GST_HAILUO_RECORD_MAX_SIZE + 1];
  gssize n = 0;
  gint fd = gst_hailuo_trust_open (path, O_RDONLY, error);

  if (fd < 0)
    return NULL;
  *length = 0;
  while ((n = read (fd, text + *length, sizeof text - *length)) != 0) {
    if (n > 0)
      *length += n;
    else if (errno != EINTR)
      break;
  }
  if (n < 0)
    gst_hailuo_trust_set_errno (error, path, "read");
  close (fd);
  return n < 0 ? NULL : g_strndup (text, *length);
}

gboolean
gst_hailuo_store_read (GstHailuoStore *self, const gchar *id,
    GstHailuoRecord *record, GError **error)
{
  g_autofree gchar *path = gst_hailuo_store_get_path (self, id);
  g_autoptr (GError) problem = NULL;
  g_autofree gchar *text = NULL;
  gsize length = 0;

  if (!self->missing)
    text = read_file (path, &length, &problem);
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  if (text == NULL) {
    record->state = GST_HAILUO_RECORD_NONE;
    return TRUE;
  }
  if (gst_hailuo_record_from_text (text, length, id, record, &problem))
    return TRUE;
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_STORE,
      "The record %s cannot be read: %s. It may stand for a paid task, so"
      " nothing is submitted. Look for the task at the host, then run"
      " 'hailuo-shots --forget %s'.",
      path, problem->message, id);
  return FALSE;
}

gboolean
gst_hailuo_store_write (
    GstHailuoStore *self, const GstHailuoRecord *record, GError **error)
{
  g_autofree gchar *path = gst_hailuo_store_get_path (self, record->id);
  g_autofree gchar *text = gst_hailuo_record_to_text (record);
  g_autoptr (GError) problem = NULL;

  /* DURABLE syncs the folder too, but does not tell where that fails */
  if (g_file_set_contents_full (path, text, -1,
          G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
          &problem)
      && sync_folder (self->folder, &problem)) {
    GST_INFO ("record %.8s is %s", record->id,
        gst_hailuo_record_state_get_name (record->state));
    return TRUE;
  }
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_STORE,
      "The record %s cannot be written: %s. Make room, mend it, or set store"
      " to another folder.",
      path, problem->message);
  return FALSE;
}

gboolean
gst_hailuo_store_remove (GstHailuoStore *self, const gchar *id, GError **error)
{
  g_autofree gchar *path = gst_hailuo_store_get_path (self, id);
  g_autofree gchar *clip = get_file (self, id, ".mp4");

  /* the record first: it must not speak of a clip that is gone */
  if (g_unlink (path) != 0 && errno != ENOENT)
    return gst_hailuo_trust_set_errno (error, path, "removed");
  g_unlink (clip);
  gst_hailuo_store_remove_part (self, id);
  return sync_folder (self->folder, error);
}

/* So that task-id finds it; an outcome that is unknown has none.
 * (transfer full) */
static gchar *
make_aside_id (const GstHailuoRecord *record)
{
  g_autofree gchar *created = g_strdup_printf (
      "%s %" G_GINT64_FORMAT, record->id, record->created);

  return gst_hailuo_record_make_task_key (record->provider, record->base_url,
      record->task_id ? record->task_id : created);
}

gboolean
gst_hailuo_store_archive (
    GstHailuoStore *self, const GstHailuoRecord *record, GError **error)
{
  g_auto (GstHailuoRecord) aside = { 0 };
  g_autofree gchar *from = get_file (self, record->id, ".mp4");
  g_autofree gchar *to = NULL;

  gst_hailuo_record_copy (record, &aside);
  g_free (aside.id);
  aside.id = make_aside_id (record);
  to = get_file (self, aside.id, ".mp4");
  /* a second name, so that at any moment one of the records has the clip */
  g_unlink (to);
  if (link (from, to) != 0 && errno != ENOENT)
    return gst_hailuo_trust_set_errno (error, to, "made");
  return gst_hailuo_store_write (self, &aside, error);
}

gboolean
gst_hailuo_store_restore (
    GstHailuoStore *self, const GstHailuoRecord *record, GError **error)
{
  g_autofree gchar *aside = make_aside_id (record);

  return gst_hailuo_store_write (self, record, error)
      && gst_hailuo_store_remove (self, aside, error);
}

/* --- clips -------------------------------------------------------------- */

/* The ids of which there is a file with that ending.
 * (transfer full) (element-type utf8) */
static GPtrArray *
list_files (GstHailuoStore *self, const gchar *ending)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) folder = g_dir_open (self->folder, 0, NULL);
  const gchar *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL) {
    g_autofree gchar *id = NULL;

    if (!g_str_has_suffix (name, ending))
      continue;
    id = g_strndup (name, strlen (name) - strlen (ending));
    if (gst_hailuo_record_id_is_valid (id))
      g_ptr_array_add (ids, g_steal_pointer (&id));
  }
  return ids;
}

void
gst_hailuo_store_remove_part (GstHailuoStore *self, const gchar *id)
{
  g_autofree gchar *path = get_file (self, id, ".part");

  if (g_unlink (path) != 0 && errno != ENOENT)
    GST_WARNING ("%s is not removed: %s", path, g_strerror (errno));
}

typedef struct
{
  gchar *id;
  gchar *path;
  gboolean part;
  guint64 size;
  gint64 used;
} Evictable;

static void
evictable_free (Evictable *self)
{
  g_free (self->id);
  g_free (self->path);
  g_free (self);
}

static void
add_evictable (GPtrArray *all, const gchar *id, const gchar *path,
    gboolean part, const struct stat *about)
{
  Evictable *one = g_new (Evictable, 1);

  one->id = g_strdup (id);
  one->path = g_strdup (path);
  one->part = part;
  one->size = about->st_size;
  one->used = about->st_mtim.tv_sec * G_TIME_SPAN_SECOND
      + about->st_mtim.tv_nsec / 1000;
  g_ptr_array_add (all, one);
}

/* Whether the next run of the shot, whose lock is held, can go on with ID.part. */
static gboolean
is_part_of_use (GstHailuoStore *self, const gchar *id, const gchar *path)
{
  g_auto (GstHailuoRecord) record = { 0 };
  gint fd = gst_hailuo_trust_open (path, O_RDONLY, NULL);
  const gboolean of_use = fd >= 0
      && gst_hailuo_store_read (self, id, &record, NULL)
      && record.state == GST_HAILUO_RECORD_SUBMITTED
      && gst_hailuo_part_is_sealed (fd, record.task_id);

  if (fd >= 0)
    close (fd);
  return of_use;
}

/* Removes the partial clips that nobody writes and nobody can go on with: of runs
 * that were killed, and of shots that have another clip, another task or none.
 * Returns the bytes of the others; those that nobody writes come to @evictable. */
static guint64
remove_dead_parts (GstHailuoStore *self, GPtrArray *evictable)
{
  g_autoptr (GPtrArray) ids = list_files (self, ".part");
  guint64 total = 0;
  guint i;

  for (i = 0; i < ids->len; i++) {
    const gchar *id = g_ptr_array_index (ids, i);
    g_autofree gchar *path = get_file (self, id, ".part");
    gint lock = gst_hailuo_store_lock (self, id, NULL);
    struct stat about;

    if (lock >= 0 && !is_part_of_use (self, id, path)) {
      gst_hailuo_store_remove_part (self, id);
    } else if (lstat (path, &about) == 0) {
      total += about.st_size;
      if (lock >= 0)
        add_evictable (evictable, id, path, TRUE, &about);
    }
    gst_hailuo_store_unlock (&lock);
  }
  return total;
}

static gint
compare_use (gconstpointer a, gconstpointer b)
{
  const Evictable *one = *(Evictable *const *) a;
  const Evictable *other = *(Evictable *const *) b;

  return one->used < other->used ? -1 : one->used > other->used;
}

/* A clip is locked by who plays it, a part by who has its shot's lock. */
static gboolean
remove_if_unused (GstHailuoStore *self, const Evictable *one)
{
  gint fd = one->part ? gst_hailuo_store_lock (self, one->id, NULL)
                      : gst_hailuo_trust_open (one->path, O_RDONLY, NULL);
  gboolean removed = fd >= 0
      && (one->part || flock (fd, LOCK_EX | LOCK_NB) == 0)
      && g_unlink (one->path) == 0;

  if (fd >= 0)
    close (fd);
  return removed;
}

/* Removes what was used longest ago, until @total is @max_size at most. */
static void
make_room (
    GstHailuoStore *self, GPtrArray *all, guint64 total, guint64 max_size)
{
  guint i;

  g_ptr_array_sort (all, compare_use);
  for (i = 0; i < all->len && total > max_size; i++) {
    const Evictable *one = g_ptr_array_index (all, i);

    if (remove_if_unused (self, one)) {
      GST_INFO ("%s made room", one->path);
      total -= one->size;
    }
  }
}

gint
gst_hailuo_store_open_part (
    GstHailuoStore *self, const gchar *id, guint64 max_size, GError **error)
{
  g_autofree gchar *path = get_file (self, id, ".part");
  g_autoptr (GPtrArray)
      parts = g_ptr_array_new_with_free_func ((GDestroyNotify) evictable_free);
  gint fd;

  make_room (self, parts, remove_dead_parts (self, parts), max_size);
  fd = gst_hailuo_trust_open (path, O_RDWR, NULL);
  if (fd >= 0)
    return fd;
  g_unlink (path);
  fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    gst_hailuo_trust_set_errno (error, path, "made");
  return fd;
}

gboolean
gst_hailuo_store_keep_clip (
    GstHailuoStore *self, const gchar *id, gint fd, GError **error)
{
  g_autofree gchar *from = get_file (self, id, ".part");
  g_autofree gchar *to = get_file (self, id, ".mp4");

  if (fsync (fd) != 0)
    return gst_hailuo_trust_set_errno (error, from, "synced");
  /* before it has the name by which it could be evicted */
  if (flock (fd, LOCK_SH | LOCK_NB) != 0)
    GST_WARNING ("%s is not marked as in use: %s", to, g_strerror (errno));
  if (g_rename (from, to) != 0)
    return gst_hailuo_trust_set_errno (error, from, "renamed");
  return sync_folder (self->folder, error);
}

gboolean
gst_hailuo_store_has_clip (GstHailuoStore *self, const gchar *id)
{
  g_autofree gchar *path = get_file (self, id, ".mp4");

  return !self->missing && g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

gint
gst_hailuo_store_open_clip (
    GstHailuoStore *self, const gchar *id, guint64 *size, GError **error)
{
  g_autofree gchar *path = get_file (self, id, ".mp4");
  const struct timespec now[2] = { { .tv_nsec = UTIME_NOW },
    { .tv_nsec = UTIME_NOW } };
  struct stat about;
  gint fd;

  if (self->missing)
    return -1;
  fd = gst_hailuo_trust_open (path, O_RDWR, error);
  if (fd < 0)
    return -1;
  if (fstat (fd, &about) != 0) {
    gst_hailuo_trust_set_errno (error, path, "read");
    close (fd);
    return -1;
  }
  if (flock (fd, LOCK_SH | LOCK_NB) != 0)
    GST_WARNING ("%s is not marked as in use: %s", path, g_strerror (errno));
  /* the time of its last use is what it is evicted by */
  if (futimens (fd, now) != 0)
    GST_WARNING ("%s: %s", path, g_strerror (errno));
  *size = about.st_size;
  return fd;
}

/* --- the whole store ---------------------------------------------------- */

GPtrArray *
gst_hailuo_store_list (GstHailuoStore *self)
{
  return list_files (self, ".record");
}

gchar *
gst_hailuo_store_find_task (GstHailuoStore *self, const gchar *provider,
    const gchar *base_url, const gchar *task_id)
{
  g_autoptr (GPtrArray) ids = gst_hailuo_store_list (self);
  guint i;

  for (i = 0; i < ids->len; i++) {
    g_auto (GstHailuoRecord) record = { 0 };

    if (gst_hailuo_store_read (self, g_ptr_array_index (ids, i), &record, NULL)
        && record.state != GST_HAILUO_RECORD_NONE
        && g_strcmp0 (record.task_id, task_id) == 0
        && g_str_equal (record.provider, provider)
        && g_str_equal (record.base_url, base_url))
      return g_strdup (record.id);
  }
  return gst_hailuo_record_make_task_key (provider, base_url, task_id);
}

void
gst_hailuo_store_evict (GstHailuoStore *self, guint64 max_size)
{
  g_autoptr (GPtrArray) ids = gst_hailuo_store_list (self);
  g_autoptr (GPtrArray)
      all = g_ptr_array_new_with_free_func ((GDestroyNotify) evictable_free);
  guint64 total = remove_dead_parts (self, all);
  guint i;

  for (i = 0; i < ids->len; i++) {
    const gchar *id = g_ptr_array_index (ids, i);
    g_auto (GstHailuoRecord) record = { 0 };
    g_autofree gchar *path = get_file (self, id, ".mp4");
    struct stat about;

    if (lstat (path, &about) != 0)
      continue;
    total += about.st_size;
    if (gst_hailuo_store_read (self, id, &record, NULL)
        && record.state == GST_HAILUO_RECORD_DELIVERED)
      add_evictable (all, id, path, FALSE, &about);
  }
  make_room (self, all, total, max_size);
}
