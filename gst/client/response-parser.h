/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* response-parser.h: reads a host's responses, using its dialect. */
#pragma once

#include "provider.h"
#include "response.h"

G_BEGIN_DECLS

/* What a poll said. */
typedef struct
{
  GstHailuoState state; /* PENDING, PROCESSING, SUCCESS or FAILED */
  gchar *unknown_word;  /* (owned) (nullable) state word that is in no table,
                         * sanitised */
  gchar *url;           /* (owned) (nullable) SUCCESS: link to the clip */
  gboolean made;        /* whatever the state, the response shows that the clip
                         * was made: by the host's word for it, or by a link,
                         * even an unusable one */
  GError *failure;      /* (owned) (nullable) FAILED only: why, for the user */
} GstHailuoReport;

void gst_hailuo_report_clear (GstHailuoReport *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstHailuoReport, gst_hailuo_report_clear)

/* The task id in the response to a submit. (transfer full) (nullable)
 * On failure, `billed` is NO if the response proves that no task was created;
 * `retryable` then says whether the same submit may be sent again.  Otherwise
 * the error is OUTCOME_UNKNOWN, with `billed` UNKNOWN. */
gchar *gst_hailuo_response_parse_submit (const GstHailuoProvider *provider,
    const GstHailuoResponse *response, GError **error);

/* What became of task @task_id.  Fails if the response does not say, or is
 * about another task; `retryable` says whether another poll may help.  Even
 * then @report->made is set, but nothing else. */
gboolean gst_hailuo_response_parse_poll (const GstHailuoProvider *provider,
    const GstHailuoResponse *response, const gchar *task_id,
    GstHailuoReport *report, GError **error);

G_END_DECLS
