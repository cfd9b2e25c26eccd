/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* http.c: the simulator as a client.  It talks to this machine only: the
 * documents' own examples name hosts of others. */
#include <curl/curl.h>

#include "simulator-private.h"

typedef CURL AutoCurl;
typedef CURLM AutoCurlM;
typedef struct curl_slist AutoCurlSlist;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AutoCurl, curl_easy_cleanup)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AutoCurlM, curl_multi_cleanup)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AutoCurlSlist, curl_slist_free_all)

typedef struct
{
  GByteArray *bytes;
  gsize max_size;
} Sink;

gboolean
sim_http_is_loopback (const gchar *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  g_autoptr (GInetAddress) address = NULL;
  const gchar *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host == NULL)
    return FALSE;
  if (g_ascii_strcasecmp (host, "localhost") == 0)
    return TRUE;
  address = g_inet_address_new_from_string (host);
  return address != NULL && g_inet_address_get_is_loopback (address);
}

/* CURLOPT_WRITEFUNCTION */
static size_t
on_data (char *data, size_t size, size_t n, void *user_data)
{
  Sink *sink = user_data;

  if (sink->bytes->len + size * n > sink->max_size)
    return 0;
  g_byte_array_append (sink->bytes, (const guint8 *) data, size * n);
  return size * n;
}

static void
on_cancelled (GCancellable *cancellable, gpointer multi)
{
  curl_multi_wakeup (multi);
}

static CURLcode
run_transfer (CURLM *multi, GCancellable *cancellable)
{
  CURLMsg *message;
  int running = 1, left;

  while (curl_multi_perform (multi, &running) == CURLM_OK && running > 0) {
    if (g_cancellable_is_cancelled (cancellable))
      return CURLE_ABORTED_BY_CALLBACK;
    curl_multi_poll (multi, NULL, 0, 1000, NULL);
  }
  message = curl_multi_info_read (multi, &left);
  return message != NULL && message->msg == CURLMSG_DONE ? message->data.result
                                                         : CURLE_RECV_ERROR;
}

/* curl_easy_perform() that ends at once when @cancellable is cancelled */
static gboolean
perform (CURL *easy, GCancellable *cancellable, GError **error)
{
  g_autoptr (AutoCurlM) multi = curl_multi_init ();
  CURLcode result;
  gulong id;

  curl_multi_add_handle (multi, easy);
  id = g_cancellable_connect (
      cancellable, G_CALLBACK (on_cancelled), multi, NULL);
  result = run_transfer (multi, cancellable);
  g_cancellable_disconnect (cancellable, id);
  curl_multi_remove_handle (multi, easy);

  if (result != CURLE_OK)
    g_set_error_literal (
        error, G_IO_ERROR, G_IO_ERROR_FAILED, curl_easy_strerror (result));
  return result == CURLE_OK;
}

static CURL *
new_transfer (const gchar *url, Sink *sink, GError **error)
{
  CURL *easy;

  if (!sim_http_is_loopback (url)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
        "The simulator connects to this machine only");
    return NULL;
  }

  easy = curl_easy_init ();
  curl_easy_setopt (easy, CURLOPT_URL, url);
  curl_easy_setopt (easy, CURLOPT_PROXY, "");
  curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, on_data);
  curl_easy_setopt (easy, CURLOPT_WRITEDATA, sink);
  /* a test's own certificate is all there can be on a loopback address */
  curl_easy_setopt (easy, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt (easy, CURLOPT_SSL_VERIFYHOST, 0L);
  return easy;
}

GBytes *
sim_http_get (
    const gchar *url, gsize max_size, GCancellable *cancellable, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  Sink sink = { bytes, max_size };
  g_autoptr (AutoCurl) easy = new_transfer (url, &sink, error);

  if (easy == NULL)
    return NULL;
  curl_easy_setopt (easy, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt (easy, CURLOPT_TIMEOUT, 60L);
  if (!perform (easy, cancellable, error))
    return NULL;
  return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
}

guint
sim_http_post_json (const gchar *url, const gchar *body, guint timeout_ms,
    GCancellable *cancellable, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  Sink sink = { bytes, 1024 * 1024 };
  g_autoptr (AutoCurl) easy = new_transfer (url, &sink, error);
  g_autoptr (AutoCurlSlist) headers = NULL;
  long status = 0;

  if (easy == NULL)
    return 0;
  headers = curl_slist_append (NULL, "Content-Type: application/json");
  curl_easy_setopt (easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt (easy, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt (easy, CURLOPT_TIMEOUT_MS, (long) timeout_ms);
  if (!perform (easy, cancellable, error))
    return 0;
  curl_easy_getinfo (easy, CURLINFO_RESPONSE_CODE, &status);
  return status;
}
