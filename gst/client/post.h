/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* post.h: the POST of a submit, whose answer is worth money.
 *
 * It has a connection of its own and is never repeated, neither here nor in
 * libcurl.  Nothing else ends it: who waits for its answer may be cancelled and
 * wait again, or leave that to a thread that outlives the element.
 *
 * Called from one thread at a time.
 */
#pragma once

#include "http.h"
#include "response.h"

G_BEGIN_DECLS

typedef struct _GstHailuoPost GstHailuoPost;

/* A POST of the JSON @body, with the policy of @http and the key as a bearer
 * token.  Nothing is sent before it is waited for; from now on there are 120 s
 * for its answer.  The thread that it may be left to is there from the start, so
 * that nothing can keep it from being left.  NULL: there can be no more threads.
 * (transfer full) (nullable) */
GstHailuoPost *gst_hailuo_post_new (GstHailuoHttp *http, const gchar *url,
    const gchar *key, const gchar *body, GError **error);
/* Gives it up. */
void gst_hailuo_post_free (GstHailuoPost *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoPost, gst_hailuo_post_free)

/* Whether a byte of it may have reached the host. */
gboolean gst_hailuo_post_was_sent (GstHailuoPost *self);

/* Waits for the answer; @waiter: whose cancel ends the wait, and not the POST;
 * NULL: nobody's.
 * TRUE: there is a response, of any status.  FALSE: it was cancelled; or it
 * did not come, or not whole, and never will: @response has what came of it, with no
 * body where that is nothing.  The error's `retryable` says whether a repeat may
 * help, where nothing was sent. */
gboolean gst_hailuo_post_wait (GstHailuoPost *self, GstHailuoHttp *waiter,
    GstHailuoResponse *response, GError **error);

/* Calls @finish, which waits for @self and frees it, in its thread. */
void gst_hailuo_post_hand_over (GstHailuoPost *self, GThreadFunc finish,
    gpointer user_data);

G_END_DECLS
