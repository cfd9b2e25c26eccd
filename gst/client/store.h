/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* store.h: the directory that keeps what was paid for, its locks and its clips.
 *
 *   hailuo.db          all that is known of attempts (ledger.h)
 *   locks/SHOT.lock    flock()ed while someone works on the shot; never removed
 *   parts/SHOT.part    a clip while the holder of the lock downloads it, or what
 *                      an earlier run left of it (part.h)
 *   clips/SHA256.mp4   a verified clip; flock()ed as shared while it is played
 *
 * Directories are created 0700, files 0600.  Errors are GST_HAILUO_ERROR_STORE
 * and name the file.
 */
#pragma once

#include "clip.h"
#include "error.h"

G_BEGIN_DECLS

typedef struct _GstHailuoStore GstHailuoStore;

/* The directory to use if the user names none: "hailuo" in the XDG state
 * directory.  Fails if the environment gives no absolute path: with a relative
 * one, the same settings in another current directory would use another store,
 * and pay again. (transfer full) (nullable) */
gchar *gst_hailuo_store_get_default_folder (GError **error);

/* @create: creates missing directories.  Without it a missing directory is an
 * empty store.  Fails if the directory, or the path to it, cannot be trusted
 * (trust.h). (transfer full) (nullable) */
GstHailuoStore *gst_hailuo_store_open (const gchar *folder, gboolean create,
    GError **error);
void gst_hailuo_store_free (GstHailuoStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoStore, gst_hailuo_store_free)

/* Whether anyone ever worked on a shot in it: lock files are never removed. */
gboolean gst_hailuo_store_is_used (GstHailuoStore *self);

/* The path of the database. (transfer none) */
const gchar *gst_hailuo_store_get_database (GstHailuoStore *self);

/* --- locks -------------------------------------------------------------- */

/* Takes the lock of the shot: a file descriptor that unlocks it when closed, or
 * when the process dies.  -1 without an error: someone else has the lock, in
 * this process or in another. */
gint gst_hailuo_store_lock (GstHailuoStore *self, const gchar *shot,
    GError **error);
void gst_hailuo_store_unlock (gint *lock);

/* --- clips -------------------------------------------------------------- */

/* Opens the partial clip of the shot for reading and writing: the one an
 * earlier run left, or a new one.  Of the partial clips that nobody is writing,
 * removes all that no run can resume, and others if they exceed @max_size bytes
 * together.  -1: error. */
gint gst_hailuo_store_open_part (GstHailuoStore *self, const gchar *shot,
    guint64 max_size, GError **error);
void gst_hailuo_store_remove_part (GstHailuoStore *self, const gchar *shot);

/* Turns the partial clip, complete in @fd, into the clip with that SHA-256,
 * durably. */
gboolean gst_hailuo_store_keep_clip (GstHailuoStore *self, const gchar *shot,
    const gchar *sha256, gint fd, GError **error);

/* Whether there is a file for the clip, intact or not. */
gboolean gst_hailuo_store_has_clip (GstHailuoStore *self, const gchar *sha256);

/* Opens the clip for reading and marks it as in use until it is closed.  FALSE
 * without an error: it does not exist. */
gboolean gst_hailuo_store_open_clip (GstHailuoStore *self, const gchar *sha256,
    GstHailuoClip *clip, GError **error);

/* Removes the clip at the user's request. */
gboolean gst_hailuo_store_remove_clip (GstHailuoStore *self,
    const gchar *sha256, GError **error);

/* Removes the least recently used clips, whole and partial, until all that are
 * left, including running downloads, have @max_size bytes or less.  Keeps clips
 * that are in use, those in @wanted (SHA-256; element-type utf8), and partial
 * clips that somebody is writing.  Never fails: what cannot be removed stays. */
void gst_hailuo_store_evict (GstHailuoStore *self, GPtrArray *wanted,
    guint64 max_size);

G_END_DECLS
