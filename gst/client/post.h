/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* post.h: the POST of a submit, whose response is worth money.
 *
 * It has a connection of its own and is never repeated, either here or by
 * libcurl.  Cancelling the wait for its response does not end it: the caller
 * may wait again, or leave that to a thread that outlives the element.
 *
 * Call from one thread at a time.
 */
#pragma once

#include "http.h"
#include "response.h"

G_BEGIN_DECLS

typedef struct _GstHailuoPost GstHailuoPost;

/* Creates a POST of the JSON @body, with the policy of @http and with @key as
 * the bearer token.  Nothing is sent before the first wait.  The response must
 * arrive within 120 s from now.  The thread for gst_hailuo_post_hand_over() is
 * started here, so that handing over cannot fail.  NULL: no thread can be
 * started. (transfer full) (nullable) */
GstHailuoPost *gst_hailuo_post_new (GstHailuoHttp *http, const gchar *url,
    const gchar *key, const gchar *body, GError **error);
/* Frees the POST, abandoning it if it is still open. */
void gst_hailuo_post_free (GstHailuoPost *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoPost, gst_hailuo_post_free)

/* Whether a byte of it may have reached the host. */
gboolean gst_hailuo_post_was_sent (GstHailuoPost *self);

/* Waits for the response.  @waiter: (nullable) if it is cancelled, the wait
 * ends, but not the POST.
 * TRUE: there is a response, of any status.  FALSE: the wait was cancelled; or
 * the response is missing or incomplete, for good, and @response has what
 * arrived, which may be an empty body.  If nothing was sent, the error's
 * `retryable` says whether a retry may help. */
gboolean gst_hailuo_post_wait (GstHailuoPost *self, GstHailuoHttp *waiter,
    GstHailuoResponse *response, GError **error);

/* Calls @finish in the thread of the POST.  @finish must wait for @self and
 * free it. */
void gst_hailuo_post_hand_over (GstHailuoPost *self, GThreadFunc finish,
    gpointer user_data);

G_END_DECLS
