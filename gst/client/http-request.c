/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-request.h"

#include <string.h>

#include "debug.h"
#include "http-request-private.h"
#include "secret.h"

#define REPLY_MAX (1024 * 1024)

/* CURLOPT_WRITEFUNCTION for API requests */
static size_t
take_reply (char *data, size_t size, size_t n, void *user_data)
{
  GstHailuoTransfer *self = user_data;

  if (self->reply->len + n > REPLY_MAX) {
    gst_hailuo_set_error (&self->error, GST_HAILUO_ERROR_FAILED,
        "The reply has more than %d bytes. Check provider and base-url.",
        REPLY_MAX);
    return 0;
  }
  g_byte_array_append (self->reply, (const guint8 *) data, n);
  return n;
}

/* CURLOPT_HEADERFUNCTION for API requests */
static size_t
take_header (char *line, size_t size, size_t n, void *user_data)
{
  return gst_hailuo_transfer_take_header (user_data, line, n) ? n : 0;
}

static void
add_key (GstHailuoTransfer *self, const gchar *key)
{
  gchar *header = g_strconcat ("Authorization: Bearer ", key, NULL);

  gst_hailuo_transfer_add_header (self, header);
  gst_hailuo_secret_clear (&header);
}

GstHailuoTransfer *
gst_hailuo_transfer_new_for_api (
    GstHailuoHttp *self, const gchar *url, const gchar *key, const gchar *body)
{
  GstHailuoTransfer *transfer = gst_hailuo_transfer_new (self, url, key);
  CURL *easy = transfer->easy;

  transfer->reply = g_byte_array_new ();
  gst_hailuo_setopt (easy, CURLOPT_WRITEFUNCTION, take_reply);
  gst_hailuo_setopt (easy, CURLOPT_WRITEDATA, transfer);
  gst_hailuo_setopt (easy, CURLOPT_HEADERFUNCTION, take_header);
  gst_hailuo_setopt (easy, CURLOPT_HEADERDATA, transfer);
  gst_hailuo_transfer_add_header (transfer, "Accept: application/json");
  if (key != NULL)
    add_key (transfer, key);
  if (body != NULL) {
    transfer->body = g_strdup (body);
    gst_hailuo_transfer_add_header (transfer, "Content-Type: application/json");
    gst_hailuo_transfer_add_header (transfer, "Expect:");
    gst_hailuo_setopt (easy, CURLOPT_POSTFIELDSIZE, (long) strlen (body));
    gst_hailuo_setopt (easy, CURLOPT_POSTFIELDS, transfer->body);
  }
  gst_hailuo_transfer_begin (transfer, self);
  return transfer;
}

gboolean
gst_hailuo_transfer_finish (GstHailuoTransfer *self, CURLcode code,
    GstHailuoResponse *response, GError **error)
{
  long status = 0;

  curl_easy_getinfo (self->easy, CURLINFO_RESPONSE_CODE, &status);
  response->status = status;
  response->body = g_byte_array_free_to_bytes (g_steal_pointer (&self->reply));
  response->key = g_strdup (self->key);
  response->retry_after = gst_hailuo_transfer_get_retry_after (self);
  code = gst_hailuo_transfer_judge (self, code);
  if (code != CURLE_OK) {
    if (self->error != NULL)
      g_propagate_error (error, g_steal_pointer (&self->error));
    else
      gst_hailuo_transfer_set_error (self, code, error);
    return FALSE;
  }
  GST_DEBUG ("%s answered with status %u and %" G_GSIZE_FORMAT " bytes",
      self->body ? "submit" : "poll", response->status,
      g_bytes_get_size (response->body));
  return TRUE;
}

gboolean
gst_hailuo_http_get (GstHailuoHttp *self, const gchar *url, const gchar *key,
    gint64 until, GstHailuoResponse *response, GError **error)
{
  g_autoptr (GstHailuoTransfer)
      transfer = gst_hailuo_transfer_new_for_api (self, url, key, NULL);
  CURLcode code = CURLE_OK;

  return gst_hailuo_transfer_run (transfer, self, until, &code, error)
      && gst_hailuo_transfer_finish (transfer, code, response, error);
}
