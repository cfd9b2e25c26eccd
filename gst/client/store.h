/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* store.h: the folder that remembers what was paid.
 *
 *   ID.record  what is known of the shot (record.h)
 *   ID.lock    held with flock() while somebody works on the shot; stays
 *   ID.part    the clip while it is downloaded, by who has the lock; or what an
 *              earlier run left of it (part.h).  It can go: the record counts
 *   ID.mp4     the verified clip; flock()ed shared while it is played
 *
 * The folder is 0700 where it is made here, the files are 0600.  A change of a
 * record is durable (file and folder synced) when the call returns: a power cut
 * finds the old one or the new one.  Errors are GST_HAILUO_ERROR_STORE and name
 * the file.
 */
#pragma once

#include "record.h"

G_BEGIN_DECLS

typedef struct _GstHailuoStore GstHailuoStore;

/* The folder that is used where the user names none: "hailuo" below the XDG
 * state folder. (transfer full) */
gchar *gst_hailuo_store_get_default_folder (void);

/* @create: makes the folder where it is missing.  It is refused where it, or
 * the way to it, is not to be trusted (trust.h).  Without @create a missing
 * folder is an empty store.  (transfer full) (nullable) */
GstHailuoStore *gst_hailuo_store_open (const gchar *folder, gboolean create,
    GError **error);
void gst_hailuo_store_free (GstHailuoStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoStore, gst_hailuo_store_free)

/* Takes the lock of the shot: a file descriptor that unlocks when it is closed
 * or the process dies.  -1 with no error: another one, in this process or
 * elsewhere, has it. */
gint gst_hailuo_store_lock (GstHailuoStore *self, const gchar *id,
    GError **error);
void gst_hailuo_store_unlock (gint *lock);

/* @record->state NONE: there is none.  Fails where there is one that cannot be
 * read and trusted; it is never taken for "not sent". */
gboolean gst_hailuo_store_read (GstHailuoStore *self, const gchar *id,
    GstHailuoRecord *record, GError **error);

/* Durably. */
gboolean gst_hailuo_store_write (GstHailuoStore *self,
    const GstHailuoRecord *record, GError **error);
gboolean gst_hailuo_store_remove (GstHailuoStore *self, const gchar *id,
    GError **error);

/* Keeps a record and its clip aside as well, under an id of their own, so that
 * another can take its place; durably. */
gboolean gst_hailuo_store_archive (GstHailuoStore *self,
    const GstHailuoRecord *record, GError **error);
/* Whether there is a file for the clip, whole or not. */
gboolean gst_hailuo_store_has_clip (GstHailuoStore *self, const gchar *id);

/* Takes that back: the record is in its place, and nowhere else. */
gboolean gst_hailuo_store_restore (GstHailuoStore *self,
    const GstHailuoRecord *record, GError **error);

/* ID.part to write and read: that of an earlier run, or a new one.  What killed
 * runs left of any shot is removed, and partial clips that nobody writes beyond
 * @max_size bytes.  -1: error. */
gint gst_hailuo_store_open_part (GstHailuoStore *self, const gchar *id,
    guint64 max_size, GError **error);
void gst_hailuo_store_remove_part (GstHailuoStore *self, const gchar *id);

/* Makes ID.part, complete in @fd, the clip; durably. */
gboolean gst_hailuo_store_keep_clip (GstHailuoStore *self, const gchar *id,
    gint fd, GError **error);

/* The clip to read, marked as in use until it is closed.  -1 with no error: it
 * is not there. */
gint gst_hailuo_store_open_clip (GstHailuoStore *self, const gchar *id,
    guint64 *size, GError **error);

/* Removes delivered clips that are not in use and partial ones that nobody
 * writes, the one used longest ago first, until all together, with what is being
 * downloaded, have at most @max_size bytes.  Their records stay.  Never fails: what cannot be removed stays. */
void gst_hailuo_store_evict (GstHailuoStore *self, guint64 max_size);

/* The ids of all records. (transfer full) (element-type utf8) */
GPtrArray *gst_hailuo_store_list (GstHailuoStore *self);

/* The id of the record that has the task or, without one, the id that it shall
 * have. (transfer full) */
gchar *gst_hailuo_store_find_task (GstHailuoStore *self, const gchar *provider,
    const gchar *base_url, const gchar *task_id);

/* Of the record, for messages. (transfer full) */
gchar *gst_hailuo_store_get_path (GstHailuoStore *self, const gchar *id);

G_END_DECLS
