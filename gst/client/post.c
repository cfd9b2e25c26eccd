/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "post.h"

#include "http-request-private.h"

#define POST_TIMEOUT (120 * G_TIME_SPAN_SECOND)

struct _GstHailuoPost
{
  GstHailuoHttp *http; /* our own, so that no connection is reused: libcurl
                        * resends a POST if a reused one dies */
  GstHailuoTransfer *transfer;
  gint64 until; /* when to give up */

  GThread *thread; /* waits until it is needed or dismissed */
  GMutex lock;     /* taken last and held briefly */
  GCond cond;
  GThreadFunc finish; /* protected by lock; NULL until handed over */
  gpointer user_data; /* protected by lock */
  gboolean dismissed; /* protected by lock; the thread is not needed */
};

/* GThreadFunc */
static gpointer
wait_to_finish (gpointer post)
{
  GstHailuoPost *self = post;
  GThreadFunc finish;
  gpointer user_data;

  g_mutex_lock (&self->lock);
  while (self->finish == NULL && !self->dismissed)
    g_cond_wait (&self->cond, &self->lock);
  finish = self->finish;
  user_data = self->user_data;
  g_mutex_unlock (&self->lock);
  /* finish() frees us */
  return finish != NULL ? finish (user_data) : NULL;
}

static gboolean
make_thread (GstHailuoPost *self, GError **error)
{
  g_autoptr (GError) why = NULL;

  self->thread = g_thread_try_new ("hailuo-post", wait_to_finish, self, &why);
  if (self->thread == NULL) {
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_FAILED,
        "Nothing was submitted: cannot create the thread that would wait for"
        " the answer if this one is stopped (%s). Raise the process limit"
        " (ulimit -u, pids.max), or end some processes.",
        why->message);
    if (error != NULL)
      gst_hailuo_error_get_facts (*error)->retryable = TRUE;
  }
  return self->thread != NULL;
}

GstHailuoPost *
gst_hailuo_post_new (GstHailuoHttp *http, const gchar *url, const gchar *key,
    const gchar *body, GError **error)
{
  g_autoptr (GstHailuoPost) self = g_new0 (GstHailuoPost, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  if (!make_thread (self, error))
    return NULL;
  self->http = gst_hailuo_http_new_like (http);
  self->transfer = gst_hailuo_transfer_new_for_api (self->http, url, key, body);
  self->until = gst_hailuo_http_now (self->http) + POST_TIMEOUT;
  return g_steal_pointer (&self);
}

static void
end_thread (GstHailuoPost *self)
{
  if (self->thread == g_thread_self ()) {
    g_thread_unref (self->thread);
    return;
  }
  g_mutex_lock (&self->lock);
  self->dismissed = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
}

void
gst_hailuo_post_free (GstHailuoPost *self)
{
  if (self == NULL)
    return;
  if (self->thread != NULL)
    end_thread (self);
  gst_hailuo_transfer_free (self->transfer);
  gst_hailuo_http_free (self->http);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  g_free (self);
}

gboolean
gst_hailuo_post_was_sent (GstHailuoPost *self)
{
  return gst_hailuo_transfer_was_sent (self->transfer);
}

gboolean
gst_hailuo_post_wait (GstHailuoPost *self, GstHailuoHttp *waiter,
    GstHailuoResponse *response, GError **error)
{
  CURLcode code = CURLE_OK;

  return gst_hailuo_transfer_run (self->transfer,
             waiter != NULL ? waiter : self->http, self->until, &code, error)
      && gst_hailuo_transfer_finish (self->transfer, code, response, error);
}

void
gst_hailuo_post_hand_over (
    GstHailuoPost *self, GThreadFunc finish, gpointer user_data)
{
  g_mutex_lock (&self->lock);
  self->finish = finish;
  self->user_data = user_data;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}
