/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* record.h: what is kept of one paid shot, as a value and as text.
 *
 * A record holds no key, no prompt and no link.  What a reader finds after a
 * crash, by the state of the record:
 *
 *   (none)     nothing was sent
 *   INTENT     a submit may have been sent: nobody knows what became of it
 *   SUBMITTED  the host has the task
 *   FETCHED    the verified clip is in the store
 *   DELIVERED  and went downstream to its end
 *   FAILED     the host could not make it
 */
#pragma once

#include "error.h"

G_BEGIN_DECLS

typedef enum
{
  GST_HAILUO_RECORD_NONE,
  GST_HAILUO_RECORD_INTENT,
  GST_HAILUO_RECORD_SUBMITTED,
  GST_HAILUO_RECORD_FETCHED,
  GST_HAILUO_RECORD_DELIVERED,
  GST_HAILUO_RECORD_FAILED
} GstHailuoRecordState;

#define GST_HAILUO_RECORD_ID_LENGTH 64    /* hex digits */
#define GST_HAILUO_RECORD_MAX_SIZE 16384  /* bytes of its text */

/* Strings are owned; NULL where the state does not have them. */
typedef struct
{
  GstHailuoRecordState state;
  gchar *id;            /* of the shot, or of an adopted task */
  gchar *provider;      /* nick */
  gchar *base_url;
  gchar *model;
  gchar *mode;          /* nick; NULL: an adopted task */
  gchar *task_id;       /* from SUBMITTED on */
  gchar *sha256;        /* hex, of the clip; with FETCHED and DELIVERED only */
  gint64 created;       /* us since 1970, of the INTENT */
  gint64 cost;          /* in 1/1000000 USD; -1: not known */
  guint64 size;         /* bytes of the clip; 0 where there is no sha256 */
} GstHailuoRecord;

void gst_hailuo_record_clear (GstHailuoRecord *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstHailuoRecord, gst_hailuo_record_clear)
void gst_hailuo_record_copy (const GstHailuoRecord *self,
    GstHailuoRecord *copy);

/* Whether it says that the clip is in the store. */
gboolean gst_hailuo_record_has_clip (const GstHailuoRecord *self);

/* "intent", "submitted", ... (transfer none) */
const gchar *gst_hailuo_record_state_get_name (GstHailuoRecordState state);

gboolean gst_hailuo_record_id_is_valid (const gchar *id);

/* The id under which a task is kept that is known by its own id only.
 * (transfer full) */
gchar *gst_hailuo_record_make_task_key (const gchar *provider,
    const gchar *base_url, const gchar *task_id);

/* (transfer full) */
gchar *gst_hailuo_record_to_text (const GstHailuoRecord *self);

/* Reads the text of the record @id.  Whatever is not exactly what _to_text
 * makes fails, and so does a field that breaks the rules of where it came from:
 * it might stand for a paid task, and who can compute a checksum could put
 * anything in it.  @error is GST_HAILUO_ERROR_STORE, its message the reason
 * only. */
gboolean gst_hailuo_record_from_text (const gchar *text, gsize length,
    const gchar *id, GstHailuoRecord *self, GError **error);

G_END_DECLS
