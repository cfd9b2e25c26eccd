/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "post.h"

#include "http-request-private.h"

#define POST_TIMEOUT (120 * G_TIME_SPAN_SECOND)

struct _GstHailuoPost
{
  GstHailuoHttp *http; /* its own, with no connection that was used before:
                        * libcurl sends a POST again where such a one dies */
  GstHailuoTransfer *transfer;
  gint64 until; /* when it is given up */
};

GstHailuoPost *
gst_hailuo_post_new (
    GstHailuoHttp *http, const gchar *url, const gchar *key, const gchar *body)
{
  GstHailuoPost *self = g_new0 (GstHailuoPost, 1);

  self->http = gst_hailuo_http_new_like (http);
  self->transfer = gst_hailuo_transfer_new_for_api (self->http, url, key, body);
  self->until = gst_hailuo_http_now (self->http) + POST_TIMEOUT;
  return self;
}

void
gst_hailuo_post_free (GstHailuoPost *self)
{
  if (self == NULL)
    return;
  gst_hailuo_transfer_free (self->transfer);
  gst_hailuo_http_free (self->http);
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

gboolean
gst_hailuo_post_hand_over (
    GstHailuoPost *self, GThreadFunc finish, gpointer user_data)
{
  GThread *thread = g_thread_try_new ("hailuo-post", finish, user_data, NULL);

  if (thread == NULL)
    return FALSE;
  g_thread_unref (thread);
  return TRUE;
}
