/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsthailuomessages.h: what hailuosrc tells the application.  All of them post
 * from the calling thread; no lock may be held. */
#pragma once

#include <gst/gst.h>

#include "client/task.h"

G_BEGIN_DECLS

/* Posts @error as an element error with its details; @task_id: of the task it
 * is about, or NULL. */
void gst_hailuo_messages_post_error (GstElement *element, const GError *error,
    const gchar *task_id);

/* Whether somebody would get what @pad pushes; else posts the error. */
gboolean gst_hailuo_messages_check_linked (GstElement *element, GstPad *pad);

/* The warning of a stop before the ledger has the answer to the submit, if that
 * is so */
void gst_hailuo_messages_post_stopped (GstElement *element,
    GstHailuoTask *task);

/* The error for an EOS that came from outside, before there was a clip */
void gst_hailuo_messages_post_early_eos (GstElement *element,
    GstHailuoTask *task);

/* Posts all @problems (element-type utf8) as one error. */
void gst_hailuo_messages_post_problems (GstElement *element,
    GstHailuoError code, GPtrArray *problems);

/* The progress message that was last posted */
typedef struct
{
  GstProgressType type;
  GstHailuoStage stage;         /* that it was about */
} GstHailuoProgress;

/* Posts a progress message; @percent -1: none. */
void gst_hailuo_messages_post_progress (GstElement *element,
    GstHailuoProgress *progress, const GstHailuoStatus *status,
    GstHailuoStep step, const gchar *text, gint percent);

/* Posts the end, CANCELED or ERROR, of what has begun, if anything has: an
 * application that saw START waits for it, gst-launch-1.0 -e too. */
void gst_hailuo_messages_end_progress (GstElement *element,
    GstHailuoProgress *progress, GstProgressType type, const gchar *text,
    const gchar *task_id);

/* Posts the element message hailuo-task. */
void gst_hailuo_messages_post_task (GstElement *element,
    const GstHailuoStatus *status, GstHailuoTask *task);

/* The tags of the clip of @task. (transfer full) */
GstTagList *gst_hailuo_messages_make_tags (GstHailuoTask *task);

/* Sends the peer of @pad the tags again, at the end: a demuxer hands them on to
 * the pads it has, and it has them only when it has seen moov.  @pad itself takes
 * no event once EOS is pending.  @tags: (transfer full) */
void gst_hailuo_messages_repeat_tags (GstPad *pad, GstEvent *tags);

/* The property stats. (transfer full) */
GstStructure *gst_hailuo_messages_make_stats (const GstHailuoStatus *status);

G_END_DECLS
