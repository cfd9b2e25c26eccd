/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trust.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_LINKS 40 /* in a path: as many as the kernel follows */

gboolean
gst_hailuo_trust_set_errno (
    GError **error, const gchar *path, const gchar *what)
{
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_STORE,
      "%s cannot be %s: %s. Free disk space, fix the permissions, or use"
      " another directory as the store.",
      path, what, g_strerror (errno));
  return FALSE;
}

/* What is wrong with one of our files or folders; NULL if nothing is. */
static const gchar *
find_fault (const struct stat *st, mode_t kind)
{
  if (S_ISLNK (st->st_mode))
    return "is a symbolic link";
  if ((st->st_mode & S_IFMT) != kind)
    return kind == S_IFDIR ? "is not a directory" : "is not a regular file";
  if (st->st_uid != geteuid ())
    return "belongs to another user";
  if ((st->st_mode & 022) != 0)
    return "is writable by others";
  /* whoever can read a lock file can hold the lock */
  if (kind == S_IFREG && (st->st_mode & 077) != 0)
    return "is readable by others";
  return NULL;
}

static gboolean
set_fault (GError **error, const gchar *path, const gchar *fault)
{
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_STORE,
      "%s %s, so the store is not used. Fix that, or use another directory as"
      " the store.",
      path, fault);
  return FALSE;
}

gint
gst_hailuo_trust_open (const gchar *path, gint flags, GError **error)
{
  const gchar *fault;
  struct stat st;
  gint fd;

  /* O_NONBLOCK: do not hang on a FIFO */
  fd = open (path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (fd < 0) {
    if (errno == ELOOP)
      set_fault (error, path, "is a symbolic link");
    else if (errno != ENOENT || (flags & O_CREAT) != 0)
      gst_hailuo_trust_set_errno (error, path, "opened");
    return -1;
  }
  if (fstat (fd, &st) != 0) {
    gst_hailuo_trust_set_errno (error, path, "read");
    close (fd);
    return -1;
  }
  fault = find_fault (&st, S_IFREG);
  if (fault == NULL)
    return fd;
  set_fault (error, path, fault);
  close (fd);
  return -1;
}

static gboolean
check (const gchar *path, mode_t kind, gboolean *missing, GError **error)
{
  const gchar *fault;
  struct stat st;

  *missing = FALSE;
  if (lstat (path, &st) != 0) {
    *missing = errno == ENOENT;
    return *missing || gst_hailuo_trust_set_errno (error, path, "used");
  }
  fault = find_fault (&st, kind);
  return fault == NULL || set_fault (error, path, fault);
}

gboolean
gst_hailuo_trust_check_file (
    const gchar *path, gboolean *missing, GError **error)
{
  return check (path, S_IFREG, missing, error);
}

gboolean
gst_hailuo_trust_check_folder (const gchar *folder, GError **error)
{
  gboolean missing;

  return check (folder, S_IFDIR, &missing, error);
}

/* --- the path to a folder ----------------------------------------------- */

/* Whether @uid stands for users that this user namespace does not map, above
 * all the machine's root, who owns / and /home there.  Nobody inside can become
 * one of them, and outside of a namespace there are none. */
static gboolean
is_outsider (uid_t uid)
{
  g_autofree gchar *overflow = NULL;
  g_autofree gchar *map = NULL;
  g_auto (GStrv) lines = NULL;
  guint i;

  if (!g_file_get_contents (
          "/proc/sys/kernel/overflowuid", &overflow, NULL, NULL)
      || g_ascii_strtoull (overflow, NULL, 10) != uid
      || !g_file_get_contents ("/proc/self/uid_map", &map, NULL, NULL))
    return FALSE;
  /* each line: first uid inside, first uid outside, count */
  lines = g_strsplit (map, "\n", -1);
  for (i = 0; lines[i] != NULL && *lines[i] != '\0'; i++) {
    gchar *rest;
    guint64 first = g_ascii_strtoull (lines[i], &rest, 10);
    guint64 count;

    g_ascii_strtoull (rest, &rest, 10);
    count = g_ascii_strtoull (rest, NULL, 10);
    if (uid >= first && uid - first < count)
      return FALSE; /* mapped: a user of this namespace */
  }
  return i > 0;
}

/* Progress along the path to a store. */
typedef struct
{
  const gchar *store;
  gchar *at; /* (owned) the folder reached so far, with all links resolved */
  guint links;
  gboolean missing; /* the next component does not exist */
} Walk;

/* Checks @path, a folder or link on the path to @store. */
static gboolean
check_part (const gchar *path, const struct stat *st, const gchar *store,
    GError **error)
{
  if (!S_ISDIR (st->st_mode) && !S_ISLNK (st->st_mode)) {
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_STORE,
        "%s is not a directory, so it cannot contain the store %s. Use another"
        " directory as the store.",
        path, store);
    return FALSE;
  }
  if (st->st_uid != 0 && st->st_uid != geteuid ()
      && !is_outsider (st->st_uid)) {
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_STORE,
        "%s belongs to another user, who could replace the store %s, so it is"
        " not used. Use a directory of your own.",
        path, store);
    return FALSE;
  }
  /* a link has no mode of its own; its target is checked separately */
  if (S_ISLNK (st->st_mode) || (st->st_mode & 022) == 0
      || (st->st_mode & S_ISVTX) != 0)
    return TRUE;
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_STORE,
      "%s is writable by others, who could replace the store %s, so it is not"
      " used. Run 'chmod %s-w %s', or use another directory as the store.",
      path, store, (st->st_mode & 02) != 0 ? "go" : "g", path);
  return FALSE;
}

static gboolean follow (Walk *self, const gchar *path, GError **error);

/* Moves on to @path, a folder or a link to one, in the current folder. */
static gboolean
enter (Walk *self, const gchar *path, GError **error)
{
  g_autofree gchar *target = NULL;
  struct stat st;

  if (lstat (path, &st) != 0) {
    self->missing = errno == ENOENT;
    return self->missing
        || gst_hailuo_trust_set_errno (error, self->store, "used");
  }
  if (!check_part (path, &st, self->store, error))
    return FALSE;
  if (!S_ISLNK (st.st_mode)) {
    g_free (self->at);
    self->at = g_strdup (path);
    return TRUE;
  }
  target = g_file_read_link (path, NULL);
  if (target == NULL)
    return gst_hailuo_trust_set_errno (error, self->store, "used");
  if (++self->links <= MAX_LINKS)
    return follow (self, target, error);
  errno = ELOOP;
  return gst_hailuo_trust_set_errno (error, self->store, "used");
}

/* Follows @path component by component, as the kernel does. */
static gboolean
follow (Walk *self, const gchar *path, GError **error)
{
  g_auto (GStrv) names = g_strsplit (path, G_DIR_SEPARATOR_S, -1);
  guint i;

  if (g_path_is_absolute (path) && !enter (self, G_DIR_SEPARATOR_S, error))
    return FALSE;
  for (i = 0; names[i] != NULL && !self->missing; i++) {
    g_autofree gchar *next = g_str_equal (names[i], "..")
        ? g_path_get_dirname (self->at)
        : g_build_filename (self->at, names[i], NULL);

    if (!g_str_equal (names[i], ".") && *names[i] != '\0'
        && !enter (self, next, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
gst_hailuo_trust_check_path (const gchar *folder, GError **error)
{
  g_autofree gchar *parent = g_path_get_dirname (folder);
  Walk walk = { .store = folder };
  gboolean trusted = follow (&walk, parent, error);

  g_free (walk.at);
  return trusted;
}
