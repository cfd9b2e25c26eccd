/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-transfer.h"

#include <string.h>

#include "debug.h"
#include "secret.h"

#define REPLY_MAX (1024 * 1024)

/* --- the one place that waits ------------------------------------------- */

static void
set_polled (GstHailuoHttp *self, CURLM *multi)
{
  g_mutex_lock (&self->lock);
  self->polled = multi;
  g_mutex_unlock (&self->lock);
}

static void
interrupt (GstHailuoHttp *self)
{
  g_mutex_lock (&self->lock);
  curl_multi_wakeup (self->polled);
  g_mutex_unlock (&self->lock);
}

static gboolean
take_result (GstHailuoTransfer *transfer, CURLcode *code)
{
  CURLMsg *message;
  int left;

  while ((message = curl_multi_info_read (transfer->multi, &left)) != NULL) {
    if (message->msg == CURLMSG_DONE
        && message->easy_handle == transfer->easy) {
      *code = message->data.result;
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
run (GstHailuoHttp *self, CURLM *multi, GstHailuoTransfer *transfer,
    gint64 until, CURLcode *code, GError **error)
{
  const gboolean is_file = transfer != NULL && transfer->file != NULL;
  const gint64 pause = is_file ? G_TIME_SPAN_SECOND : G_TIME_SPAN_MINUTE;

  for (;;) {
    gint64 now;
    int running;

    if (g_atomic_int_get (&self->cancelled)) {
      g_set_error_literal (
          error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
      return FALSE;
    }
    curl_multi_perform (multi, &running);
    if (transfer != NULL && take_result (transfer, code))
      return TRUE;
    if (transfer == NULL
        && g_atomic_int_compare_and_exchange (&self->woken, 1, 0))
      return TRUE;
    now = gst_hailuo_http_now (self);
    if (now >= until
        || (is_file && gst_hailuo_transfer_is_stalled (transfer, now))) {
      if (transfer != NULL)
        *code = CURLE_OPERATION_TIMEDOUT;
      return TRUE;
    }
    curl_multi_poll (multi, NULL, 0, MIN (until - now, pause) / 1000 + 1, NULL);
  }
}

gboolean
gst_hailuo_http_run (GstHailuoHttp *self, GstHailuoTransfer *transfer,
    gint64 until, CURLcode *code, GError **error)
{
  CURLM *multi = transfer != NULL ? transfer->multi : self->multi;
  gboolean done;

  set_polled (self, multi);
  done = run (self, multi, transfer, until, code, error);
  set_polled (self, self->multi);
  return done;
}

gint64
gst_hailuo_http_now (GstHailuoHttp *self)
{
  return g_get_monotonic_time ();
}

gboolean
gst_hailuo_http_wait (GstHailuoHttp *self, gint64 until, GError **error)
{
  return gst_hailuo_http_run (self, NULL, until, NULL, error);
}

void
gst_hailuo_http_cancel (GstHailuoHttp *self)
{
  g_atomic_int_set (&self->cancelled, TRUE);
  interrupt (self);
}

void
gst_hailuo_http_uncancel (GstHailuoHttp *self)
{
  g_atomic_int_set (&self->cancelled, FALSE);
}

gboolean
gst_hailuo_http_is_cancelled (GstHailuoHttp *self)
{
  return g_atomic_int_get (&self->cancelled);
}

void
gst_hailuo_http_wakeup (GstHailuoHttp *self)
{
  g_atomic_int_set (&self->woken, TRUE);
  interrupt (self);
}

/* --- requests to the API ------------------------------------------------ */

/* CURLOPT_WRITEFUNCTION of API requests */
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

/* CURLOPT_HEADERFUNCTION of API requests */
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

void
gst_hailuo_http_reply_clear (GstHailuoHttpReply *self)
{
  g_clear_pointer (&self->body, g_byte_array_unref);
  gst_hailuo_secret_clear (&self->key);
}

gboolean
gst_hailuo_transfer_finish (GstHailuoTransfer *self, CURLcode code,
    GstHailuoHttpReply *reply, GError **error)
{
  long status = 0;

  curl_easy_getinfo (self->easy, CURLINFO_RESPONSE_CODE, &status);
  reply->status = status;
  reply->body = g_steal_pointer (&self->reply);
  reply->key = g_strdup (self->key);
  reply->retry_after = gst_hailuo_transfer_get_retry_after (self);
  code = gst_hailuo_transfer_judge (self, code);
  if (code != CURLE_OK) {
    if (self->error != NULL)
      g_propagate_error (error, g_steal_pointer (&self->error));
    else
      gst_hailuo_transfer_set_error (self, code, error);
    return FALSE;
  }
  GST_DEBUG ("%s answered with status %u and %u bytes",
      self->body ? "submit" : "poll", reply->status, reply->body->len);
  return TRUE;
}

gboolean
gst_hailuo_http_get (GstHailuoHttp *self, const gchar *url, const gchar *key,
    gint64 until, GstHailuoHttpReply *reply, GError **error)
{
  g_autoptr (GstHailuoTransfer)
      transfer = gst_hailuo_transfer_new_for_api (self, url, key, NULL);
  CURLcode code = CURLE_OK;

  return gst_hailuo_http_run (self, transfer, until, &code, error)
      && gst_hailuo_transfer_finish (transfer, code, reply, error);
}

/* --- the object --------------------------------------------------------- */

GstHailuoHttp *
gst_hailuo_http_new (void)
{
  static gsize initialized = 0;
  GstHailuoHttp *self;

  if (g_once_init_enter (&initialized)) {
    curl_global_init (CURL_GLOBAL_DEFAULT);
    g_once_init_leave (&initialized, 1);
  }
  self = g_new0 (GstHailuoHttp, 1);
  self->multi = curl_multi_init ();
  if (self->multi == NULL)
    g_error ("out of memory");
  self->polled = self->multi;
  g_mutex_init (&self->lock);
#ifdef HAVE_CURLMOPT_QUICK_EXIT
  curl_multi_setopt (self->multi, CURLMOPT_QUICK_EXIT, 1L);
#endif
  return self;
}

GstHailuoHttp *
gst_hailuo_http_new_like (GstHailuoHttp *other)
{
  GstHailuoHttp *self = gst_hailuo_http_new ();

  self->trust_loopback = other->trust_loopback;
  if (other->certificates != NULL)
    self->certificates = g_bytes_ref (other->certificates);
  return self;
}

static void
add_file (GByteArray *all, const gchar *path)
{
  g_autofree gchar *text = NULL;
  gsize length;

  if (path != NULL && g_file_get_contents (path, &text, &length, NULL))
    g_byte_array_append (all, (const guint8 *) text, length);
}

/* CURLOPT_CAINFO_BLOB takes the place of the system's bundle, so that has to be
 * in it as well. */
static GBytes *
add_system (GBytes *certificates)
{
  GByteArray *all = g_byte_array_new ();
  gsize length;
  gconstpointer data = g_bytes_get_data (certificates, &length);

  g_byte_array_append (all, data, length);
  g_byte_array_append (all, (const guint8 *) "\n", 1);
#if CURL_AT_LEAST_VERSION(7, 84, 0)
  {
    CURL *easy = curl_easy_init ();
    char *path = NULL;

    curl_easy_getinfo (easy, CURLINFO_CAINFO, &path);
    add_file (all, path);
    curl_easy_cleanup (easy);
  }
#endif
  return g_byte_array_free_to_bytes (all);
}

void
gst_hailuo_http_set_policy (
    GstHailuoHttp *self, const GstHailuoHttpPolicy *policy)
{
  g_clear_pointer (&self->certificates, g_bytes_unref);
  self->trust_loopback = policy->trust_loopback;
  if (policy->certificates != NULL)
    self->certificates = add_system (policy->certificates);
}

void
gst_hailuo_http_free (GstHailuoHttp *self)
{
  if (self == NULL)
    return;
  curl_multi_cleanup (self->multi);
  g_clear_pointer (&self->certificates, g_bytes_unref);
  g_mutex_clear (&self->lock);
  g_free (self);
}
