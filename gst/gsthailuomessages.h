/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsthailuomessages.h: messages, tags and statistics for the application.  The
 * functions post from the calling thread, which must not hold a lock. */
#pragma once

#include <gst/gst.h>

#include "client/task.h"

G_BEGIN_DECLS

/* Posts @error as an element error with details.  @task_id: (nullable) the task
 * it is about. */
void gst_hailuo_messages_post_error (GstElement *element, const GError *error,
    const gchar *task_id);

/* Whether @pad is linked, so that its data would arrive; otherwise posts an
 * error. */
gboolean gst_hailuo_messages_check_linked (GstElement *element, GstPad *pad);

/* Posts a warning if the element is stopped before the answer to the submit is in
 * the ledger. */
void gst_hailuo_messages_post_stopped (GstElement *element,
    GstHailuoTask *task);

/* Posts the error for an EOS event that was sent by the application before there
 * was a clip. */
void gst_hailuo_messages_post_early_eos (GstElement *element,
    GstHailuoTask *task);

/* Posts all @problems (element-type utf8) as one error. */
void gst_hailuo_messages_post_problems (GstElement *element,
    GstHailuoError code, GPtrArray *problems);

/* The progress message posted last */
typedef struct
{
  GstProgressType type;
  GstHailuoStage stage;
} GstHailuoProgress;

/* Posts a progress message.  @percent: -1 if unknown. */
void gst_hailuo_messages_post_progress (GstElement *element,
    GstHailuoProgress *progress, const GstHailuoStatus *status,
    GstHailuoStep step, const gchar *text, gint percent);

/* Posts the end, CANCELED or ERROR, of an operation that has started, if any:
 * applications that saw START wait for it, and so does gst-launch-1.0 -e. */
void gst_hailuo_messages_end_progress (GstElement *element,
    GstHailuoProgress *progress, GstProgressType type, const gchar *text,
    const gchar *task_id);

/* Posts the element message hailuo-task. */
void gst_hailuo_messages_post_task (GstElement *element,
    const GstHailuoStatus *status, GstHailuoTask *task);

/* The tags of the clip of @task. (transfer full) */
GstTagList *gst_hailuo_messages_make_tags (GstHailuoTask *task);

/* Sends the tags to the peer of @pad again, before EOS: a demuxer forwards them
 * to the pads it has at that time, and adds its pads only after it has parsed
 * moov.  Not pushed on @pad, which drops events once EOS is pending.
 * @tags: (transfer full) */
void gst_hailuo_messages_repeat_tags (GstPad *pad, GstEvent *tags);

/* The value of the property `stats`. (transfer full) */
GstStructure *gst_hailuo_messages_make_stats (const GstHailuoStatus *status);

G_END_DECLS
