/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reply.h: reads a host's answers, by its dialect. */
#pragma once

#include "provider.h"
#include "response.h"

G_BEGIN_DECLS

/* What a poll told. */
typedef struct
{
  GstHailuoState state; /* PENDING, PROCESSING, SUCCESS or FAILED */
  gchar *unknown_word;  /* (owned) (nullable) state word in no table, sanitised */
  gchar *url;           /* (owned) (nullable) link of the clip: of SUCCESS */
  gboolean made;        /* the answer shows, in whatever state, that the clip was
                         * made: by its word for that, or by a link, also by one
                         * of no use */
  GError *failure;      /* (owned) (nullable) FAILED only: why, for the user */
} GstHailuoReport;

void gst_hailuo_report_clear (GstHailuoReport *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstHailuoReport, gst_hailuo_report_clear)

/* The task id in the answer to a submit (transfer full).  On failure the
 * error's `billed` is NO where the answer proves that no task was made, and
 * `retryable` beside it says that the same submit may be sent again;
 * otherwise the error is OUTCOME_UNKNOWN with `billed` UNKNOWN. */
gchar *gst_hailuo_reply_parse_submit (const GstHailuoProvider *provider,
    const GstHailuoResponse *response, GError **error);

/* What became of the task @task_id.  Fails where the answer does not tell, or
 * tells of another task; `retryable` says whether another poll may.  Sets
 * @report->made even then, and nothing else. */
gboolean gst_hailuo_reply_parse_poll (const GstHailuoProvider *provider,
    const GstHailuoResponse *response, const gchar *task_id,
    GstHailuoReport *report, GError **error);

G_END_DECLS
