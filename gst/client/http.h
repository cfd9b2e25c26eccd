/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* http.h: the one place that waits, for the network or for a time, in a way that
 * another thread can interrupt.
 *
 * Everything is called from one thread at a time (the streaming thread) but
 * _cancel, _uncancel, _is_cancelled and _wakeup, which any thread may call at
 * any time.  Cancelled is latched: until _uncancel, every call fails at once
 * with G_IO_ERROR_CANCELLED (what GstBaseSrcClass::unlock asks for).
 */
#pragma once

#include <gio/gio.h>

#include "error.h"

G_BEGIN_DECLS

typedef struct _GstHailuoHttp GstHailuoHttp;

typedef struct
{
  GBytes *certificates;    /* (owned) (nullable) PEM: trusted beside the system's */
  gboolean trust_loopback; /* the base URL is loopback: links may be http, and
                            * lead to loopback addresses too */
} GstHailuoHttpPolicy;

GstHailuoHttp *gst_hailuo_http_new (void);
/* Another one with the same policy. */
GstHailuoHttp *gst_hailuo_http_new_like (GstHailuoHttp *other);
void gst_hailuo_http_free (GstHailuoHttp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoHttp, gst_hailuo_http_free)

/* For the calls that follow. */
void gst_hailuo_http_set_policy (GstHailuoHttp *self,
    const GstHailuoHttpPolicy *policy);

/* Waits until @until (in gst_hailuo_http_now) or until a wakeup.
 * FALSE: cancelled. */
gboolean gst_hailuo_http_wait (GstHailuoHttp *self, gint64 until,
    GError **error);

/* Monotonic time in microseconds, the one that waits are counted in. */
gint64 gst_hailuo_http_now (GstHailuoHttp *self);

void gst_hailuo_http_cancel (GstHailuoHttp *self);
void gst_hailuo_http_uncancel (GstHailuoHttp *self);
gboolean gst_hailuo_http_is_cancelled (GstHailuoHttp *self);

/* Ends one wait now, or the next one at once. */
void gst_hailuo_http_wakeup (GstHailuoHttp *self);

G_END_DECLS
