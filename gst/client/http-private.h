/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* http-private.h: the loop that runs transfers, for http*.c only. */
#pragma once

#include "http.h"

#include <curl/curl.h>

G_BEGIN_DECLS

struct _GstHailuoHttp
{
  CURLM *multi;
  gint cancelled;               /* atomic */
  gint woken;                   /* atomic */
  GMutex lock;                  /* taken last, and for a moment */
  CURLM *polled;                /* lock: what is waited on; its own, or that of a
                                 * POST */
  gboolean trust_loopback;      /* of the policy */
  GBytes *certificates;         /* (nullable) PEM: those of the policy and
                                 * of the system */
};

/* Whether to end the wait; asked each time something may have happened.
 * @now: as gst_hailuo_http_now(). */
typedef gboolean (*GstHailuoHttpIsDone) (gint64 now, gpointer user_data);

/* Runs @multi, which may be that of another http, until @is_done says so, or until
 * @until; @is_done is asked every @interval (microseconds) at least.
 * FALSE: cancelled. */
gboolean gst_hailuo_http_run (GstHailuoHttp *self, CURLM *multi, gint64 until,
    gint64 interval, GstHailuoHttpIsDone is_done, gpointer user_data,
    GError **error);

G_END_DECLS
