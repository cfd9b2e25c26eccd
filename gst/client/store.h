/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* store.h: the folder that keeps what was paid, its locks and its clips.
 *
 *   hailuo.db          what is known of all attempts (ledger.h)
 *   locks/SHOT.lock    held with flock() while somebody works on the shot; stays
 *   parts/SHOT.part    a clip while it is downloaded, by who has the lock; or
 *                      what an earlier run left of it (part.h)
 *   clips/SHA256.mp4   a verified clip; flock()ed shared while it is played
 *
 * The folders are 0700 where they are made here, the files are 0600.  Errors are
 * GST_HAILUO_ERROR_STORE and name the file.
 */
#pragma once

#include "clip.h"
#include "error.h"

G_BEGIN_DECLS

typedef struct _GstHailuoStore GstHailuoStore;

/* The folder that is used where the user names none: "hailuo" below the XDG
 * state folder.  It is an error where the environment knows no absolute one: in
 * another current folder the same line would have another store, and pay again.
 * (transfer full) (nullable) */
gchar *gst_hailuo_store_get_default_folder (GError **error);

/* @create: makes the folders where they are missing.  It is refused where the
 * folder, or the way to it, is not to be trusted (trust.h).  Without @create a
 * missing folder is an empty store.  (transfer full) (nullable) */
GstHailuoStore *gst_hailuo_store_open (const gchar *folder, gboolean create,
    GError **error);
void gst_hailuo_store_free (GstHailuoStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoStore, gst_hailuo_store_free)

/* Whether a shot of it was ever worked on: its lock stays. */
gboolean gst_hailuo_store_is_used (GstHailuoStore *self);

/* Of the database. (transfer none) */
const gchar *gst_hailuo_store_get_database (GstHailuoStore *self);

/* --- locks -------------------------------------------------------------- */

/* Takes the lock of the shot: a file descriptor that unlocks when it is closed
 * or the process dies.  -1 with no error: another one, in this process or
 * elsewhere, has it. */
gint gst_hailuo_store_lock (GstHailuoStore *self, const gchar *shot,
    GError **error);
void gst_hailuo_store_unlock (gint *lock);

/* --- clips -------------------------------------------------------------- */

/* The partial clip of the shot, to write and read: that of an earlier run, or a
 * new one.  Partial clips that nobody writes go: those that no run can go on with
 * all, others beyond @max_size bytes.  -1: error. */
gint gst_hailuo_store_open_part (GstHailuoStore *self, const gchar *shot,
    guint64 max_size, GError **error);
void gst_hailuo_store_remove_part (GstHailuoStore *self, const gchar *shot);

/* Makes the partial clip, complete in @fd, the clip with that SHA-256;
 * durably. */
gboolean gst_hailuo_store_keep_clip (GstHailuoStore *self, const gchar *shot,
    const gchar *sha256, gint fd, GError **error);

/* Whether there is a file for the clip, whole or not. */
gboolean gst_hailuo_store_has_clip (GstHailuoStore *self, const gchar *sha256);

/* The clip to read, marked as in use until it is closed.  FALSE with no error: it
 * is not there. */
gboolean gst_hailuo_store_open_clip (GstHailuoStore *self, const gchar *sha256,
    GstHailuoClip *clip, GError **error);

/* As the user wants it. */
gboolean gst_hailuo_store_remove_clip (GstHailuoStore *self,
    const gchar *sha256, GError **error);

/* Removes clips that are not in use, but none of @wanted (SHA-256; element-type
 * utf8), and partial ones that nobody writes, the one used longest ago first,
 * until all together, with what is being downloaded, have at most @max_size
 * bytes.  Never fails: what cannot be removed stays. */
void gst_hailuo_store_evict (GstHailuoStore *self, GPtrArray *wanted,
    guint64 max_size);

G_END_DECLS
