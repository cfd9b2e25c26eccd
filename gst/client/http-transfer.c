/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-transfer.h"

#include <string.h>
#include <sys/socket.h>

#include "url.h"
#include "secret.h"

#define CONNECT_TIMEOUT 20000 /* ms */
#define HEADERS_MAX (64 * 1024)
#if CURL_AT_LEAST_VERSION(8, 6, 0)
#define TOO_LARGE CURLE_TOO_LARGE
#else
#define TOO_LARGE CURLE_OUT_OF_MEMORY
#endif
/* Bytes per read.  libcurl may read a hundred times before it returns, and
 * calls us for each chunk, which may be one byte. */
#define READ_SIZE 2048

static gboolean
is_open (const GstHailuoTransfer *self, struct curl_sockaddr *address)
{
  g_autoptr (GSocketAddress) where = g_socket_address_new_from_native (
      &address->addr, address->addrlen);

  return G_IS_INET_SOCKET_ADDRESS (where)
      && gst_hailuo_address_is_public (
          g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (where)),
          self->trust_loopback);
}

/* CURLOPT_OPENSOCKETFUNCTION: the only place that sees the resolved address */
static curl_socket_t
open_socket (
    void *user_data, curlsocktype purpose, struct curl_sockaddr *address)
{
  GstHailuoTransfer *self = user_data;

  if (self->check_address && !is_open (self, address)) {
    self->private_address = TRUE;
    return CURL_SOCKET_BAD;
  }
  if (self->look_up)
    return CURL_SOCKET_BAD;
  /* programs that the application starts must not inherit it */
  return socket (
      address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void
set_protocols (CURL *easy)
{
#if CURL_AT_LEAST_VERSION(7, 85, 0)
  gst_hailuo_setopt (easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  gst_hailuo_setopt (
      easy, CURLOPT_PROTOCOLS, (long) (CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static void
set_certificates (GstHailuoHttp *self, CURL *easy)
{
  struct curl_blob blob;
  gsize length;

  gst_hailuo_setopt (easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
  if (self->certificates == NULL)
    return;
  blob.data = (void *) g_bytes_get_data (self->certificates, &length);
  blob.len = length;
  blob.flags = CURL_BLOB_COPY;
  gst_hailuo_setopt (easy, CURLOPT_CAINFO_BLOB, &blob);
}

GstHailuoTransfer *
gst_hailuo_transfer_new (
    GstHailuoHttp *self, const gchar *url, const gchar *key)
{
  GstHailuoTransfer *transfer = g_new0 (GstHailuoTransfer, 1);
  CURL *easy = transfer->easy = curl_easy_init ();

  if (easy == NULL)
    g_error ("out of memory");
  transfer->key = g_strdup (key);
  transfer->trust_loopback = self->trust_loopback;
  gst_hailuo_setopt (easy, CURLOPT_URL, url);
  gst_hailuo_setopt (easy, CURLOPT_PRIVATE, transfer);
  gst_hailuo_setopt (easy, CURLOPT_ERRORBUFFER, transfer->error_buffer);
  gst_hailuo_setopt (easy, CURLOPT_USERAGENT, "hailuosrc/" PACKAGE_VERSION);
  gst_hailuo_setopt (easy, CURLOPT_NOSIGNAL, 1L);
  gst_hailuo_setopt (easy, CURLOPT_BUFFERSIZE, (long) READ_SIZE);
  /* not HTTP/2: libcurl may resend a refused request, frames may carry a single
   * byte, and we have only one request at a time anyway */
  gst_hailuo_setopt (easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
  gst_hailuo_setopt (easy, CURLOPT_FOLLOWLOCATION, 0L);
  gst_hailuo_setopt (easy, CURLOPT_CONNECTTIMEOUT_MS, (long) CONNECT_TIMEOUT);
  gst_hailuo_setopt (easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  gst_hailuo_setopt (easy, CURLOPT_OPENSOCKETDATA, transfer);
#if CURL_AT_LEAST_VERSION(7, 87, 0)
  /* otherwise cancelling waits for the resolver, for half a minute or more */
  gst_hailuo_setopt (easy, CURLOPT_QUICK_EXIT, 1L);
#endif
  /* a remote proxy cannot reach our loopback interface */
  if (self->trust_loopback)
    gst_hailuo_setopt (easy, CURLOPT_PROXY, "");
  set_protocols (easy);
  set_certificates (self, easy);
  /* not CURLOPT_ACCEPT_ENCODING, which would also make libcurl decode the
   * content */
  gst_hailuo_transfer_add_header (transfer, "Accept-Encoding: identity");
  return transfer;
}

void
gst_hailuo_transfer_free (GstHailuoTransfer *self)
{
  struct curl_slist *header;

  if (self == NULL)
    return;
  if (self->multi != NULL)
    curl_multi_remove_handle (self->multi, self->easy);
  curl_easy_cleanup (self->easy);
  /* one of them contains the key */
  for (header = self->headers; header != NULL; header = header->next)
    explicit_bzero (header->data, strlen (header->data));
  curl_slist_free_all (self->headers);
  g_free (self->body);
  g_clear_pointer (&self->reply, g_byte_array_unref);
  gst_hailuo_secret_clear (&self->key);
  g_free (self->gathered);
  g_free (self->etag);
  g_free (self->last_modified);
  g_free (self->content_range);
  g_free (self->location);
  g_clear_error (&self->error);
  g_free (self);
}

void
gst_hailuo_transfer_add_header (GstHailuoTransfer *self, const gchar *header)
{
  struct curl_slist *headers = curl_slist_append (self->headers, header);

  if (headers == NULL)
    g_error ("out of memory");
  self->headers = headers;
}

void
gst_hailuo_transfer_begin (GstHailuoTransfer *self, GstHailuoHttp *http)
{
  self->began = gst_hailuo_http_now (http);
  gst_hailuo_setopt (self->easy, CURLOPT_HTTPHEADER, self->headers);
  /* fails only when out of memory; the transfer would then never end */
  if (curl_multi_add_handle (http->multi, self->easy) != CURLM_OK)
    g_error ("out of memory");
  self->multi = http->multi;
}

/* libcurl decodes every transfer coding that the host names, requested or not,
 * in one call that cannot be cancelled and may turn a few KB into gigabytes.
 * So accept only the coding that does not expand the data. */
static const struct
{
  const gchar *header, *coding;
} codings[] = {
  { "transfer-encoding:", "chunked" },
  { "content-encoding:", "identity" },
};

/* Whether the list in @line names nothing but @coding. */
static gboolean
names_only (const gchar *line, gsize n, const gchar *coding)
{
  g_autofree gchar *text = g_strndup (line, n);
  g_auto (GStrv) names = g_strsplit (text, ",", -1);
  guint i;

  for (i = 0; names[i] != NULL; i++) {
    const gchar *name = g_strstrip (names[i]);

    if (*name != '\0' && g_ascii_strcasecmp (name, coding) != 0)
      return FALSE;
  }
  return TRUE;
}

/* Whether the headers that end here are those of the actual response; interim
 * ones such as 100 Continue only announce it (RFC 9110, 15.2). */
static gboolean
is_answer (GstHailuoTransfer *self)
{
  long status = 0;

  curl_easy_getinfo (self->easy, CURLINFO_RESPONSE_CODE, &status);
  return status == 101 || status >= 200;
}

gboolean
gst_hailuo_transfer_take_header (
    GstHailuoTransfer *self, const gchar *line, gsize n)
{
  guint i;

  self->header_bytes += n;
  if (self->header_bytes > HEADERS_MAX) {
    self->limit = "its headers have more than 64 KiB";
    return FALSE;
  }
  if (n > 0 && (*line == '\r' || *line == '\n'))
    self->answered = is_answer (self);
  /* otherwise the line continues the previous value (RFC 9112, 5.2) */
  if (n > 0 && *line != ' ' && *line != '\t')
    self->coding = NULL;
  for (i = 0; i < G_N_ELEMENTS (codings); i++) {
    const gsize length = strlen (codings[i].header);

    if (n >= length
        && g_ascii_strncasecmp (line, codings[i].header, length) == 0) {
      self->coding = codings[i].coding;
      line += length;
      n -= length;
    }
  }
  self->encoded = self->coding != NULL && !names_only (line, n, self->coding);
  return !self->encoded;
}

CURLcode
gst_hailuo_transfer_judge (GstHailuoTransfer *self, CURLcode code)
{
  if (code != CURLE_OK || self->answered)
    return code;
  g_strlcpy (self->error_buffer,
      "the connection ended in the headers of the answer",
      sizeof self->error_buffer);
  return CURLE_RECV_ERROR;
}

gboolean
gst_hailuo_transfer_is_stalled (GstHailuoTransfer *self, gint64 now)
{
  while (self->began + (self->second + 1) * G_TIME_SPAN_SECOND <= now) {
    guint64 *mark = &self->marks[++self->second % GST_HAILUO_PACE_TIME];

    if (self->second >= GST_HAILUO_PACE_TIME
        && self->arrived - *mark < GST_HAILUO_PACE_TIME * GST_HAILUO_PACE_MIN) {
      g_snprintf (self->error_buffer, sizeof self->error_buffer,
          "less than %d bytes a second came in the last %d s",
          GST_HAILUO_PACE_MIN, GST_HAILUO_PACE_TIME);
      return TRUE;
    }
    *mark = self->arrived;
  }
  return FALSE;
}

gboolean
gst_hailuo_transfer_was_sent (GstHailuoTransfer *self)
{
  curl_off_t handshake = 0;
  char *scheme = NULL;
  long bytes = 0;

  curl_easy_getinfo (self->easy, CURLINFO_REQUEST_SIZE, &bytes);
  curl_easy_getinfo (self->easy, CURLINFO_SCHEME, &scheme);
  curl_easy_getinfo (self->easy, CURLINFO_APPCONNECT_TIME_T, &handshake);
  /* the CONNECT to a proxy counts as bytes too, but the host receives nothing
   * before the TLS handshake */
  if (scheme != NULL && g_ascii_strcasecmp (scheme, "https") == 0
      && handshake == 0)
    return FALSE;
  return bytes > 0;
}

gint64
gst_hailuo_transfer_get_retry_after (GstHailuoTransfer *transfer)
{
  curl_off_t seconds = 0;

  if (curl_easy_getinfo (transfer->easy, CURLINFO_RETRY_AFTER, &seconds)
          != CURLE_OK
      || seconds <= 0)
    return -1;
  return MIN (seconds, G_MAXINT32) * G_GINT64_CONSTANT (1000);
}

static gboolean
take_result (GstHailuoTransfer *self, CURLcode *code)
{
  CURLMsg *message;
  int left;

  while ((message = curl_multi_info_read (self->multi, &left)) != NULL) {
    if (message->msg == CURLMSG_DONE && message->easy_handle == self->easy) {
      *code = message->data.result;
      return TRUE;
    }
  }
  return FALSE;
}

typedef struct
{
  GstHailuoTransfer *transfer;
  CURLcode code;
} Run;

/* GstHailuoHttpIsDone */
static gboolean
is_done (gint64 now, gpointer user_data)
{
  Run *self = user_data;

  return take_result (self->transfer, &self->code)
      || (self->transfer->download != NULL
          && gst_hailuo_transfer_is_stalled (self->transfer, now));
}

gboolean
gst_hailuo_transfer_run (GstHailuoTransfer *self, GstHailuoHttp *http,
    gint64 until, CURLcode *code, GError **error)
{
  Run run = { self, CURLE_OPERATION_TIMEDOUT };
  const gboolean done = gst_hailuo_http_run (http, self->multi, until,
      self->download != NULL ? G_TIME_SPAN_SECOND : G_TIME_SPAN_MINUTE, is_done,
      &run, error);

  *code = run.code;
  return done;
}

static const struct
{
  CURLcode code;
  GstHailuoError error;
  gboolean retryable;
  const gchar *advice;
} curl_errors[] = {
  { CURLE_COULDNT_RESOLVE_HOST, GST_HAILUO_ERROR_NOT_FOUND, TRUE,
      "Check the network and base-url." },
  { CURLE_COULDNT_RESOLVE_PROXY, GST_HAILUO_ERROR_NOT_FOUND, TRUE,
      "Check the proxy set in the environment." },
  { CURLE_PEER_FAILED_VERIFICATION, GST_HAILUO_ERROR_CONNECT, FALSE,
      "The certificate is not trusted; if it is correct, add its authority to"
      " ca-file." },
  { CURLE_SSL_CACERT_BADFILE, GST_HAILUO_ERROR_CONNECT, FALSE,
      "Check ca-file, and that the system's certificates (the package"
      " ca-certificates) are installed." },
  { CURLE_URL_MALFORMAT, GST_HAILUO_ERROR_SETTINGS, FALSE, "Check base-url." },
};

/* libcurl's message about a proxy quotes the environment variable verbatim. */
static gboolean
is_about_proxy (GstHailuoTransfer *transfer, CURLcode code)
{
  return code == CURLE_COULDNT_RESOLVE_PROXY
      || g_str_has_prefix (transfer->error_buffer, "Unsupported proxy");
}

/* Content codings are checked only by us, not by libcurl. */
static const gchar *
advise_on_coding (GstHailuoTransfer *transfer)
{
  return g_strcmp0 (transfer->coding, "identity") == 0
      ? "The response is compressed, which was not requested; if this persists,"
        " look for a proxy in between."
      : "The response has a transfer coding other than chunked, which is not"
        " supported; if this persists, look for a proxy in between.";
}

void
gst_hailuo_transfer_set_error (
    GstHailuoTransfer *transfer, CURLcode code, GError **error)
{
  g_autofree gchar *masked = gst_hailuo_secret_mask (
      transfer->key, transfer->error_buffer);
  g_autofree gchar *detail = gst_hailuo_sanitize (
      masked ? masked : transfer->error_buffer);
  GstHailuoError kind = GST_HAILUO_ERROR_CONNECT;
  gboolean retryable = TRUE;
  const gchar *advice = "Check the network, and try again.";
  const gchar *limit = transfer->limit;
  GError *problem = NULL;
  guint i;

  if (is_about_proxy (transfer, code)) {
    code = CURLE_COULDNT_RESOLVE_PROXY;
    g_free (detail);
    detail = g_strdup ("its address is not shown, since it may contain a"
                       " password");
  }
  for (i = 0; i < G_N_ELEMENTS (curl_errors); i++) {
    if (curl_errors[i].code == code) {
      kind = curl_errors[i].error;
      retryable = curl_errors[i].retryable;
      advice = curl_errors[i].advice;
    }
  }
  /* an overlong header line, or no memory left; libcurl's other limits, such as
   * the header count of newer versions, come with their own message */
  if (code == CURLE_OUT_OF_MEMORY || code == TOO_LARGE) {
    limit = "a header line exceeds 100 KiB, or memory ran out";
    if (detail != NULL && !g_str_equal (detail, curl_easy_strerror (code)))
      limit = detail;
  }
  /* newer libcurl rejects some codings by itself */
  if (transfer->encoded || code == CURLE_BAD_CONTENT_ENCODING) {
    code = CURLE_BAD_CONTENT_ENCODING;
    kind = transfer->download != NULL ? GST_HAILUO_ERROR_DOWNLOAD
                                      : GST_HAILUO_ERROR_FAILED;
    advice = advise_on_coding (transfer);
  }
  if (transfer->private_address) {
    kind = GST_HAILUO_ERROR_DOWNLOAD;
    retryable = FALSE;
    advice = "The link to the clip points to an address that is not public, so"
             " it is not fetched.";
  }
  /* do not suggest retrying a submit that may have arrived */
  if (transfer->body != NULL && gst_hailuo_transfer_was_sent (transfer))
    advice = "";
  gst_hailuo_set_error (&problem, kind, "%s: %s.%s%s",
      limit ? "The response was not read completely"
            : curl_easy_strerror (code),
      limit        ? limit
          : detail ? detail
                   : "no details are known",
      *advice != '\0' ? " " : "", advice);
  gst_hailuo_error_get_facts (problem)->retryable = retryable;
  g_propagate_error (error, problem);
}
