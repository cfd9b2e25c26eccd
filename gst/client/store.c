/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store.h"

#include <dirent.h>
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

/* File name suffixes */
#define PART ".part"
#define CLIP ".mp4"

struct _GstHailuoStore
{
  gchar *folder, *parts, *clips, *locks, *database;
  gboolean missing; /* the folder does not exist and is not to be created */
};

gchar *
gst_hailuo_store_get_default_folder (GError **error)
{
  const gchar *state = g_get_user_state_dir ();
  const gchar *home = g_get_home_dir ();

  if (g_path_is_absolute (state))
    return g_build_filename (state, "hailuo", NULL);
  /* a relative path must be ignored, which GLib does not do */
  if (g_path_is_absolute (home))
    return g_build_filename (home, ".local", "state", "hailuo", NULL);
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_STORE,
      "There is no directory for the store: neither XDG_STATE_HOME nor HOME"
      " is an absolute path. Set one of them, or name a directory for it.");
  return NULL;
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

/* Without this, a file created or renamed in the folder may be gone after a
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

/* Creates the folder and any missing parents, each durably. */
static gboolean
make_folder (const gchar *folder, GError **error)
{
  g_autofree gchar *parent = g_path_get_dirname (folder);

  if (mkdir (folder, 0700) != 0) {
    if (errno == EEXIST)
      return TRUE;
    if (errno != ENOENT || g_str_equal (parent, folder))
      return gst_hailuo_trust_set_errno (error, folder, "created");
    if (!make_folder (parent, error))
      return FALSE;
    if (mkdir (folder, 0700) != 0 && errno != EEXIST)
      return gst_hailuo_trust_set_errno (error, folder, "created");
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
  gboolean missing;

  gst_hailuo_debug_init ();
  self->folder = g_canonicalize_filename (folder, NULL);
  self->parts = g_build_filename (self->folder, "parts", NULL);
  self->clips = g_build_filename (self->folder, "clips", NULL);
  self->locks = g_build_filename (self->folder, "locks", NULL);
  self->database = g_build_filename (self->folder, "hailuo.db", NULL);
  missing = !g_file_test (self->folder, G_FILE_TEST_EXISTS);
  /* somebody else may have created what was missing before we did */
  if (!gst_hailuo_trust_check_path (self->folder, error)
      || !prepare_folder (self->folder, create, error)
      || (missing && !gst_hailuo_trust_check_path (self->folder, error))
      || !prepare_folder (self->parts, create, error)
      || !prepare_folder (self->clips, create, error)
      || !prepare_folder (self->locks, create, error))
    return NULL;
  self->missing = !create && !g_file_test (self->folder, G_FILE_TEST_IS_DIR);
  return g_steal_pointer (&self);
}

gboolean
gst_hailuo_store_is_used (GstHailuoStore *self)
{
  g_autoptr (GDir) locks = g_dir_open (self->locks, 0, NULL);

  return locks != NULL && g_dir_read_name (locks) != NULL;
}

void
gst_hailuo_store_free (GstHailuoStore *self)
{
  if (self == NULL)
    return;
  g_free (self->folder);
  g_free (self->parts);
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
    /* a forked child of the application may still have it open */
    flock (*lock, LOCK_UN);
    close (*lock);
  }
  *lock = -1;
}

/* --- clips -------------------------------------------------------------- */

/* A clip or a partial clip */
typedef struct
{
  gchar name[64 + 1]; /* SHA-256 of the clip; of the shot if it is a part */
  gboolean part;
  guint64 size;
  gint64 used;
} File;

typedef struct
{
  GArray *files; /* (element-type File) */
  guint64 total; /* bytes */
} Content;

static void
content_init (Content *self)
{
  self->files = g_array_new (FALSE, FALSE, sizeof (File));
  self->total = 0;
}

static void
content_clear (Content *self)
{
  g_array_unref (self->files);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Content, content_clear)

void
gst_hailuo_store_remove_part (GstHailuoStore *self, const gchar *shot)
{
  g_autofree gchar *path = get_file (self->parts, shot, PART);

  if (g_unlink (path) != 0 && errno != ENOENT)
    GST_WARNING ("%s is not removed: %s", path, g_strerror (errno));
}

static void
add_file (
    Content *content, const gchar *name, gboolean part, const struct stat *st)
{
  File file = { .part = part,
    .size = st->st_size,
    .used = st->st_mtim.tv_sec * G_TIME_SPAN_SECOND
        + st->st_mtim.tv_nsec / 1000 };

  g_strlcpy (file.name, name, sizeof file.name);
  g_array_append_val (content->files, file);
  content->total += file.size;
}

/* Adds the partial clip of @shot.  One that nobody is writing and nobody can
 * resume, left by a killed run, is removed at once. */
static void
add_part (GstHailuoStore *self, Content *content, const gchar *shot)
{
  g_autofree gchar *path = get_file (self->parts, shot, PART);
  gint lock = gst_hailuo_store_lock (self, shot, NULL);
  gint fd = gst_hailuo_trust_open (path, O_RDONLY, NULL);
  struct stat st;

  if (lock >= 0 && (fd < 0 || !gst_hailuo_part_is_sealed (fd)))
    gst_hailuo_store_remove_part (self, shot);
  else if (fd >= 0 && fstat (fd, &st) == 0)
    add_file (content, shot, TRUE, &st);
  if (fd >= 0)
    close (fd);
  gst_hailuo_store_unlock (&lock);
}

/* @name without @ending; NULL if it has another ending, or the rest is not a
 * SHA-256. (transfer full) (nullable) */
static gchar *
get_sha256 (const gchar *name, const gchar *ending)
{
  g_autofree gchar *sha256 = NULL;

  if (!g_str_has_suffix (name, ending))
    return NULL;
  sha256 = g_strndup (name, strlen (name) - strlen (ending));
  return gst_hailuo_is_sha256 (sha256) ? g_steal_pointer (&sha256) : NULL;
}

static void
list_parts (GstHailuoStore *self, Content *content)
{
  g_autoptr (GDir) folder = g_dir_open (self->parts, 0, NULL);
  const gchar *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL) {
    g_autofree gchar *shot = get_sha256 (name, PART);

    if (shot != NULL)
      add_part (self, content, shot);
  }
}

/* There may be thousands, so use fstatat(): the kernel need not look up the
 * folder each time. */
static void
list_clips (GstHailuoStore *self, Content *content)
{
  DIR *folder = opendir (self->clips);
  struct dirent *file;
  struct stat st;

  while (folder != NULL && (file = readdir (folder)) != NULL) {
    g_autofree gchar *sha256 = get_sha256 (file->d_name, CLIP);

    if (sha256 != NULL
        && fstatat (dirfd (folder), file->d_name, &st, AT_SYMLINK_NOFOLLOW)
            == 0)
      add_file (content, sha256, FALSE, &st);
  }
  if (folder != NULL)
    closedir (folder);
}

static gint
compare_use (gconstpointer a, gconstpointer b)
{
  const File *one = a, *other = b;

  return one->used < other->used ? -1 : one->used > other->used;
}

static gboolean
is_wanted (const File *file, GPtrArray *wanted)
{
  return !file->part && wanted != NULL
      && g_ptr_array_find_with_equal_func (
          wanted, file->name, g_str_equal, NULL);
}

/* A clip is locked by whoever plays it, a partial clip by whoever holds the
 * lock of its shot. */
static gboolean
remove_if_unused (GstHailuoStore *self, const File *file)
{
  g_autofree gchar *path = file->part
      ? get_file (self->parts, file->name, PART)
      : get_file (self->clips, file->name, CLIP);
  gint fd = file->part ? gst_hailuo_store_lock (self, file->name, NULL)
                       : gst_hailuo_trust_open (path, O_RDONLY, NULL);
  gboolean removed = fd >= 0
      && (file->part || flock (fd, LOCK_EX | LOCK_NB) == 0)
      && g_unlink (path) == 0;

  if (fd >= 0)
    close (fd);
  if (removed)
    GST_INFO ("%s made room", path);
  return removed;
}

/* Removes the least recently used files, except those in @wanted, until at most
 * @max_size bytes are left. */
static void
make_room (
    GstHailuoStore *self, Content *content, GPtrArray *wanted, guint64 max_size)
{
  guint i;

  if (content->total <= max_size)
    return;
  g_array_sort (content->files, compare_use);
  for (i = 0; i < content->files->len && content->total > max_size; i++) {
    const File *file = &g_array_index (content->files, File, i);

    if (!is_wanted (file, wanted) && remove_if_unused (self, file))
      content->total -= file->size;
  }
}

gint
gst_hailuo_store_open_part (
    GstHailuoStore *self, const gchar *shot, guint64 max_size, GError **error)
{
  g_autofree gchar *path = get_file (self->parts, shot, PART);
  g_auto (Content) parts;
  gint fd;

  content_init (&parts);
  list_parts (self, &parts);
  make_room (self, &parts, NULL, max_size);
  fd = gst_hailuo_trust_open (path, O_RDWR, NULL);
  if (fd >= 0)
    return fd;
  g_unlink (path);
  fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    gst_hailuo_trust_set_errno (error, path, "created");
  return fd;
}

gboolean
gst_hailuo_store_keep_clip (GstHailuoStore *self, const gchar *shot,
    const gchar *sha256, gint fd, GError **error)
{
  g_autofree gchar *from = get_file (self->parts, shot, PART);
  g_autofree gchar *to = get_file (self->clips, sha256, CLIP);

  if (fsync (fd) != 0)
    return gst_hailuo_trust_set_errno (error, from, "synced");
  /* lock it before it has a name under which it could be evicted */
  if (flock (fd, LOCK_SH | LOCK_NB) != 0)
    GST_WARNING ("%s is not marked as in use: %s", to, g_strerror (errno));
  if (g_rename (from, to) != 0)
    return gst_hailuo_trust_set_errno (error, from, "renamed");
  return sync_folder (self->clips, error);
}

gboolean
gst_hailuo_store_has_clip (GstHailuoStore *self, const gchar *sha256)
{
  g_autofree gchar *path = get_file (self->clips, sha256, CLIP);

  return !self->missing && g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

gboolean
gst_hailuo_store_open_clip (GstHailuoStore *self, const gchar *sha256,
    GstHailuoClip *clip, GError **error)
{
  g_autofree gchar *path = get_file (self->clips, sha256, CLIP);
  const struct timespec now[2] = { { .tv_nsec = UTIME_NOW },
    { .tv_nsec = UTIME_NOW } };
  struct stat st;
  gint fd;

  if (self->missing)
    return FALSE;
  fd = gst_hailuo_trust_open (path, O_RDONLY, error);
  if (fd < 0)
    return FALSE;
  if (fstat (fd, &st) != 0) {
    gst_hailuo_trust_set_errno (error, path, "read");
    close (fd);
    return FALSE;
  }
  if (flock (fd, LOCK_SH | LOCK_NB) != 0)
    GST_WARNING ("%s is not marked as in use: %s", path, g_strerror (errno));
  /* eviction goes by the time of last use */
  if (futimens (fd, now) != 0)
    GST_WARNING ("%s: %s", path, g_strerror (errno));
  clip->fd = fd;
  clip->size = st.st_size;
  return TRUE;
}

gboolean
gst_hailuo_store_remove_clip (
    GstHailuoStore *self, const gchar *sha256, GError **error)
{
  g_autofree gchar *path = get_file (self->clips, sha256, CLIP);

  return g_unlink (path) == 0 || errno == ENOENT
      || gst_hailuo_trust_set_errno (error, path, "removed");
}

void
gst_hailuo_store_evict (
    GstHailuoStore *self, GPtrArray *wanted, guint64 max_size)
{
  g_auto (Content) content;

  content_init (&content);
  list_parts (self, &content);
  list_clips (self, &content);
  make_room (self, &content, wanted, max_size);
}
