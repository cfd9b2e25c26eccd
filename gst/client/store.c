/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempt.h"
#include "debug.h"
#include "part.h"
#include "trust.h"

struct _GstHailuoStore
{
  gchar *folder, *clips, *locks, *database;
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

/* (transfer full) */
static gchar *
get_file (const gchar *folder, const gchar *name, const gchar *ending)
{
  return g_strconcat (folder, G_DIR_SEPARATOR_S, name, ending, NULL);
}

const gchar *
gst_hailuo_store_get_database (GstHailuoStore *self)
{
  return self->database;
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

static gboolean
prepare_folder (const gchar *folder, gboolean create, GError **error)
{
  return (!create || g_file_test (folder, G_FILE_TEST_EXISTS)
             || make_folder (folder, error))
      && gst_hailuo_trust_check_folder (folder, error);
}

GstHailuoStore *
gst_hailuo_store_open (const gchar *folder, gboolean create, GError **error)
{
  g_autoptr (GstHailuoStore) self = g_new0 (GstHailuoStore, 1);

  gst_hailuo_debug_init ();
  self->folder = g_canonicalize_filename (folder, NULL);
  self->clips = g_build_filename (self->folder, "clips", NULL);
  self->locks = g_build_filename (self->folder, "locks", NULL);
  self->database = g_build_filename (self->folder, "hailuo.db", NULL);
  if (!gst_hailuo_trust_check_way (self->folder, error)
      || !prepare_folder (self->folder, create, error)
      || !prepare_folder (self->clips, create, error)
      || !prepare_folder (self->locks, create, error))
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
  g_free (self->clips);
  g_free (self->locks);
  g_free (self->database);
  g_free (self);
}

/* --- locks -------------------------------------------------------------- */

gint
gst_hailuo_store_lock (GstHailuoStore *self, const gchar *shot, GError **error)
{
  g_autofree gchar *path = get_file (self->locks, shot, ".lock");
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

/* --- clips -------------------------------------------------------------- */

/* What stands before that ending in the names of files.
 * (transfer full) (element-type utf8) */
static GPtrArray *
list_files (GstHailuoStore *self, const gchar *ending)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) folder = g_dir_open (self->clips, 0, NULL);
  const gchar *file;

  while (folder != NULL && (file = g_dir_read_name (folder)) != NULL) {
    g_autofree gchar *name = NULL;

    if (!g_str_has_suffix (file, ending))
      continue;
    name = g_strndup (file, strlen (file) - strlen (ending));
    if (gst_hailuo_is_sha256 (name))
      g_ptr_array_add (names, g_steal_pointer (&name));
  }
  return names;
}

void
gst_hailuo_store_remove_part (GstHailuoStore *self, const gchar *shot)
{
  g_autofree gchar *path = get_file (self->clips, shot, ".part");

  if (g_unlink (path) != 0 && errno != ENOENT)
    GST_WARNING ("%s is not removed: %s", path, g_strerror (errno));
}

typedef struct
{
  gchar *shot; /* (nullable) of a partial one */
  gchar *path;
  guint64 size;
  gint64 used;
} Evictable;

static void
evictable_free (Evictable *self)
{
  g_free (self->shot);
  g_free (self->path);
  g_free (self);
}

static void
add_evictable (GPtrArray *all, const gchar *shot, const gchar *path,
    const struct stat *about)
{
  Evictable *one = g_new (Evictable, 1);

  one->shot = g_strdup (shot);
  one->path = g_strdup (path);
  one->size = about->st_size;
  one->used = about->st_mtim.tv_sec * G_TIME_SPAN_SECOND
      + about->st_mtim.tv_nsec / 1000;
  g_ptr_array_add (all, one);
}

/* Removes the partial clips that nobody writes and nobody can go on with: those
 * of runs that were killed.  Returns the bytes of the others; those that nobody
 * writes come to @evictable. */
static guint64
remove_dead_parts (GstHailuoStore *self, GPtrArray *evictable)
{
  g_autoptr (GPtrArray) shots = list_files (self, ".part");
  guint64 total = 0;
  guint i;

  for (i = 0; i < shots->len; i++) {
    const gchar *shot = g_ptr_array_index (shots, i);
    g_autofree gchar *path = get_file (self->clips, shot, ".part");
    gint lock = gst_hailuo_store_lock (self, shot, NULL);
    gint fd = gst_hailuo_trust_open (path, O_RDONLY, NULL);
    struct stat about;

    if (lock >= 0 && (fd < 0 || !gst_hailuo_part_is_sealed (fd))) {
      gst_hailuo_store_remove_part (self, shot);
    } else if (fd >= 0 && fstat (fd, &about) == 0) {
      total += about.st_size;
      if (lock >= 0)
        add_evictable (evictable, shot, path, &about);
    }
    if (fd >= 0)
      close (fd);
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
  gint fd = one->shot ? gst_hailuo_store_lock (self, one->shot, NULL)
                      : gst_hailuo_trust_open (one->path, O_RDONLY, NULL);
  gboolean removed = fd >= 0
      && (one->shot || flock (fd, LOCK_EX | LOCK_NB) == 0)
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
    GstHailuoStore *self, const gchar *shot, guint64 max_size, GError **error)
{
  g_autofree gchar *path = get_file (self->clips, shot, ".part");
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
gst_hailuo_store_keep_clip (GstHailuoStore *self, const gchar *shot,
    const gchar *sha256, gint fd, GError **error)
{
  g_autofree gchar *from = get_file (self->clips, shot, ".part");
  g_autofree gchar *to = get_file (self->clips, sha256, ".mp4");

  if (fsync (fd) != 0)
    return gst_hailuo_trust_set_errno (error, from, "synced");
  /* before it has the name by which it could be evicted */
  if (flock (fd, LOCK_SH | LOCK_NB) != 0)
    GST_WARNING ("%s is not marked as in use: %s", to, g_strerror (errno));
  if (g_rename (from, to) != 0)
    return gst_hailuo_trust_set_errno (error, from, "renamed");
  return sync_folder (self->clips, error);
}

gboolean
gst_hailuo_store_has_clip (GstHailuoStore *self, const gchar *sha256)
{
  g_autofree gchar *path = get_file (self->clips, sha256, ".mp4");

  return !self->missing && g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

gint
gst_hailuo_store_open_clip (
    GstHailuoStore *self, const gchar *sha256, guint64 *size, GError **error)
{
  g_autofree gchar *path = get_file (self->clips, sha256, ".mp4");
  const struct timespec now[2] = { { .tv_nsec = UTIME_NOW },
    { .tv_nsec = UTIME_NOW } };
  struct stat about;
  gint fd;

  if (self->missing)
    return -1;
  fd = gst_hailuo_trust_open (path, O_RDONLY, error);
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

gboolean
gst_hailuo_store_remove_clip (
    GstHailuoStore *self, const gchar *sha256, GError **error)
{
  g_autofree gchar *path = get_file (self->clips, sha256, ".mp4");

  return g_unlink (path) == 0 || errno == ENOENT
      || gst_hailuo_trust_set_errno (error, path, "removed");
}

void
gst_hailuo_store_evict (
    GstHailuoStore *self, GPtrArray *wanted, guint64 max_size)
{
  g_autoptr (GPtrArray) clips = list_files (self, ".mp4");
  g_autoptr (GPtrArray)
      all = g_ptr_array_new_with_free_func ((GDestroyNotify) evictable_free);
  guint64 total = remove_dead_parts (self, all);
  guint i;

  for (i = 0; i < clips->len; i++) {
    const gchar *sha256 = g_ptr_array_index (clips, i);
    g_autofree gchar *path = get_file (self->clips, sha256, ".mp4");
    struct stat about;

    if (lstat (path, &about) != 0)
      continue;
    total += about.st_size;
    if (!g_ptr_array_find_with_equal_func (wanted, sha256, g_str_equal, NULL))
      add_evictable (all, NULL, path, &about);
  }
  make_room (self, all, total, max_size);
}
