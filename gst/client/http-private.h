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
  GMutex lock;                  /* taken last, and only briefly */
  CURLM *polled;                /* lock: the multi being waited on, our own or
                                 * that of a POST */
  gboolean trust_loopback;      /* from the policy */
  GBytes *certificates;         /* (nullable) PEM: those of the policy and of
                                 * the system */
};

/* Whether to end the wait; called whenever something may have happened.  @now:
 * as gst_hailuo_http_now(). */
typedef gboolean (*GstHailuoHttpIsDone) (gint64 now, gpointer user_data);

/* Runs @multi, which may belong to another http, until @is_done returns TRUE or
 * until @until.  Calls @is_done at least every @interval (us).
 * FALSE: cancelled. */
gboolean gst_hailuo_http_run (GstHailuoHttp *self, CURLM *multi, gint64 until,
    gint64 interval, GstHailuoHttpIsDone is_done, gpointer user_data,
    GError **error);

G_END_DECLS
