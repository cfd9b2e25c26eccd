/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hailuo-run.h: runs hailuosrc to its end. */
#pragma once

#include "hailuo-view.h"
#include "hailuo.h"

G_BEGIN_DECLS

/* What is known after a run; strings are owned and nullable. */
typedef struct
{
  gchar *origin;        /* submitted, resumed or reused */
  gchar *action;        /* a dry run: submit, resume, reuse or none */
  gchar *task_id;
  gchar *provider;
  gchar *mode;
  gdouble cost;         /* USD; -1: unknown */
  gboolean stored;      /* a dry run: the store has the clip */
} HailuoResult;

void hailuo_result_clear (HailuoResult *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HailuoResult, hailuo_result_clear)

/* Runs a pipeline with @source, which a dry run or detach ends
 * without data, and writes the clip to @fd, unless that is -1.
 *
 * SIGINT, SIGTERM and SIGHUP end the run: with a message about the task that
 * continues at the host.  If a submit has not been answered, its answer is
 * waited for; another signal ends that, too. */
HailuoStatus hailuo_run (GstElement *source, gint fd, HailuoView *view,
    HailuoResult *result);

G_END_DECLS
