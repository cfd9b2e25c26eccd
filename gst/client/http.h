/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* http.h: the only place that waits, for the network or for a time, so that
 * another thread can interrupt the wait.
 *
 * Call everything from one thread at a time (the streaming thread), except
 * _cancel, _uncancel, _is_cancelled and _wakeup, which any thread may call at
 * any time.  Cancelling is latched: until _uncancel, every call that waits
 * fails at once with G_IO_ERROR_CANCELLED, as GstBaseSrcClass::unlock requires.
 */
#pragma once

#include <gio/gio.h>

#include "error.h"

G_BEGIN_DECLS

typedef struct _GstHailuoHttp GstHailuoHttp;

typedef struct
{
  GBytes *certificates;    /* (owned) (nullable) PEM: trusted in addition to the
                            * system's */
  gboolean trust_loopback; /* the base URL is loopback: links may be http too,
                            * and lead to loopback addresses */
} GstHailuoHttpPolicy;

GstHailuoHttp *gst_hailuo_http_new (void);
/* A new one with the same policy. */
GstHailuoHttp *gst_hailuo_http_new_like (GstHailuoHttp *other);
void gst_hailuo_http_free (GstHailuoHttp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoHttp, gst_hailuo_http_free)

/* Applies to subsequent calls. */
void gst_hailuo_http_set_policy (GstHailuoHttp *self,
    const GstHailuoHttpPolicy *policy);

/* Waits until @until (gst_hailuo_http_now() time) or until a wakeup.
 * FALSE: cancelled. */
gboolean gst_hailuo_http_wait (GstHailuoHttp *self, gint64 until,
    GError **error);

/* Monotonic time in microseconds; all waits are measured in it. */
gint64 gst_hailuo_http_now (GstHailuoHttp *self);

void gst_hailuo_http_cancel (GstHailuoHttp *self);
void gst_hailuo_http_uncancel (GstHailuoHttp *self);
gboolean gst_hailuo_http_is_cancelled (GstHailuoHttp *self);

/* Ends the current wait, or the next one as soon as it begins. */
void gst_hailuo_http_wakeup (GstHailuoHttp *self);

G_END_DECLS
