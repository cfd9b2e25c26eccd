/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "debug.h"
#include "link.h"

#define REPLY_MAX (1024 * 1024)
#define CONNECT_TIMEOUT 20000   /* ms */
#define SLOW_LIMIT 1000         /* bytes a second ... */
#define SLOW_TIME 30            /* ... over so many seconds are too slow */
#define REDIRECTS_MAX 5
#define IGNORED_BODY_MAX (256 * 1024)

typedef struct _Transfer Transfer;

struct _GstHailuoHttp
{
  CURLM *multi;
  gint cancelled;               /* atomic */
  gint woken;                   /* atomic */
  GstHailuoHttpPolicy policy;
  GBytes *certificates;         /* (nullable) PEM: those of policy.ca_file and
                                 * of the system */
  Transfer *post;               /* (nullable) a cancelled POST, still open */
};

/* One request and its answer. */
struct _Transfer
{
  CURL *easy;
  struct curl_slist *headers;
  gchar *body;                  /* of the request */
  gchar trouble[CURL_ERROR_SIZE];

  /* where the body of the answer goes */
  GByteArray *reply;            /* (not owned) or: */
  GstHailuoHttpFile *file;      /* (not owned) */
  guint64 ignored;              /* bytes of an answer that is no file */

  /* of the answer's headers, for files */
  gchar *etag, *last_modified, *content_range;

  GError *error;                /* set by a callback that gave up */
  gboolean private_address;     /* a connect was refused for its address */
  gboolean only_public;
};

static void
transfer_free (Transfer *self)
{
  if (self == NULL)
    return;
  curl_easy_cleanup (self->easy);
  curl_slist_free_all (self->headers);
  g_free (self->body);
  g_free (self->etag);
  g_free (self->last_modified);
  g_free (self->content_range);
  g_clear_error (&self->error);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Transfer, transfer_free)

/* --- callbacks ---------------------------------------------------------- */

/* CURLOPT_OPENSOCKETFUNCTION: the only place that sees where a name leads */
static curl_socket_t
open_socket (void *user_data, curlsocktype purpose,
    struct curl_sockaddr *address)
{
  Transfer *self = user_data;

  if (self->only_public) {
    g_autoptr (GSocketAddress) where =
        g_socket_address_new_from_native (&address->addr, address->addrlen);

    if (!G_IS_INET_SOCKET_ADDRESS (where)
        || !gst_hailuo_link_is_public (g_inet_socket_address_get_address
            (G_INET_SOCKET_ADDRESS (where)))) {
      self->private_address = TRUE;
      return CURL_SOCKET_BAD;
    }
  }
  /* a program the application starts must not inherit it */
  return socket (address->family, address->socktype | SOCK_CLOEXEC,
      address->protocol);
}

/* CURLOPT_WRITEFUNCTION of API requests */
static size_t
take_reply (char *data, size_t size, size_t n, void *user_data)
{
  Transfer *self = user_data;

  if (self->reply->len + n > REPLY_MAX) {
    gst_hailuo_set_error (&self->error, GST_HAILUO_ERROR_FAILED,
        "the reply has more than %d bytes", REPLY_MAX);
    return 0;
  }
  g_byte_array_append (self->reply, (const guint8 *) data, n);
  return n;
}

static void
take_header_value (const gchar *line, gsize length, const gchar *name,
    gchar **value)
{
  gsize n = strlen (name);

  if (length > n && g_ascii_strncasecmp (line, name, n) == 0) {
    g_free (*value);
    *value = g_strstrip (g_strndup (line + n, length - n));
  }
}

/* CURLOPT_HEADERFUNCTION of files */
static size_t
take_header (char *line, size_t size, size_t n, void *user_data)
{
  Transfer *self = user_data;

  if (n > 5 && strncmp (line, "HTTP/", 5) == 0) {
    /* 100 Continue and the like come first */
    g_clear_pointer (&self->etag, g_free);
    g_clear_pointer (&self->last_modified, g_free);
    g_clear_pointer (&self->content_range, g_free);
  }
  take_header_value (line, n, "etag:", &self->etag);
  take_header_value (line, n, "last-modified:", &self->last_modified);
  take_header_value (line, n, "content-range:", &self->content_range);
  return n;
}

/* What must be the same for two ranges to be of one file; a weak ETag does not
 * say that (RFC 9110, 13.1.5). (transfer full) (nullable) */
static gchar *
dup_validator (const Transfer *self)
{
  if (self->etag != NULL && self->etag[0] == '"')
    return g_strdup (self->etag);
  return self->etag == NULL ? g_strdup (self->last_modified) : NULL;
}

/* "bytes FIRST-LAST/TOTAL" */
static gboolean
parse_content_range (const gchar *text, guint64 *first, guint64 *last,
    guint64 *total)
{
  g_auto (GStrv) parts = NULL;

  if (text == NULL || g_ascii_strncasecmp (text, "bytes ", 6) != 0)
    return FALSE;
  parts = g_strsplit_set (text + 6, "-/", -1);
  return g_strv_length (parts) == 3
      && g_ascii_string_to_unsigned (parts[0], 10, 0, G_MAXINT64, first, NULL)
      && g_ascii_string_to_unsigned (parts[1], 10, *first, G_MAXINT64, last,
      NULL)
      && g_ascii_string_to_unsigned (parts[2], 10, *last + 1, G_MAXINT64,
      total, NULL);
}

static gboolean
break_off (Transfer *self, gboolean retryable, const gchar *why)
{
  if (self->error == NULL) {
    gst_hailuo_set_error (&self->error, GST_HAILUO_ERROR_DOWNLOAD,
        "The download was stopped: %s.", why);
    gst_hailuo_error_get_facts (self->error)->retryable = retryable;
  }
  return FALSE;
}

/* A 206: it must go on exactly where the file ends, and be of the same file. */
static gboolean
begin_range (Transfer *self)
{
  GstHailuoHttpFile *file = self->file;
  g_autofree gchar *validator = dup_validator (self);
  guint64 first, last, total;

  if (!parse_content_range (self->content_range, &first, &last, &total)
      || first != file->received || (file->total != 0 && total != file->total)
      || (validator != NULL && !g_str_equal (validator, file->validator))) {
    /* what is here cannot be trusted to fit: begin again */
    file->received = 0;
    file->total = 0;
    return break_off (self, TRUE, "the host sent another range than was asked"
        " for");
  }
  file->total = total;
  return TRUE;
}

/* A 200: the whole file, from its start. */
static gboolean
begin_whole (Transfer *self)
{
  GstHailuoHttpFile *file = self->file;
  curl_off_t length = -1;

  curl_easy_getinfo (self->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  if (ftruncate (file->fd, 0) != 0) {
    gst_hailuo_set_error (&self->error, GST_HAILUO_ERROR_STORE,
        "The clip cannot be stored: %s.", g_strerror (errno));
    return FALSE;
  }
  file->received = 0;
  file->total = length > 0 ? length : 0;
  g_free (file->validator);
  file->validator = dup_validator (self);
  return TRUE;
}

/* Called before the first byte of the body of each answer. */
static gboolean
begin_body (Transfer *self)
{
  GstHailuoHttpFile *file = self->file;

  if (!(file->status == 206 ? begin_range (self) : begin_whole (self)))
    return FALSE;
  if (file->total > file->max_size)
    return break_off (self, FALSE, "the clip is larger than max-size");
  return TRUE;
}

static gboolean
write_all (Transfer *self, const gchar *data, gsize n)
{
  GstHailuoHttpFile *file = self->file;

  while (n > 0) {
    gssize written = pwrite (file->fd, data, n, file->received);

    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0) {
      gst_hailuo_set_error (&self->error, GST_HAILUO_ERROR_STORE,
          "The clip cannot be stored: %s. Make room, or change store, and run"
          " the same line again.",
          g_strerror (written < 0 ? errno : ENOSPC));
      return FALSE;
    }
    file->received += written;
    data += written;
    n -= written;
  }
  return TRUE;
}

/* CURLOPT_WRITEFUNCTION of files */
static size_t
take_file (char *data, size_t size, size_t n, void *user_data)
{
  Transfer *self = user_data;
  GstHailuoHttpFile *file = self->file;

  if (file->status == 0) {
    long status = 0;

    curl_easy_getinfo (self->easy, CURLINFO_RESPONSE_CODE, &status);
    file->status = status;
    if ((status == 200 || status == 206) && !begin_body (self))
      return 0;
  }
  if (file->status != 200 && file->status != 206) {
    self->ignored += n;
    return self->ignored > IGNORED_BODY_MAX ? 0 : n;
  }
  if (file->received + n > file->max_size) {
    break_off (self, FALSE, "the clip is larger than max-size");
    return 0;
  }
  if (!write_all (self, data, n))
    return 0;
  if (file->progress != NULL)
    file->progress (file->received, file->total, file->user_data);
  return n;
}

/* --- transfers ---------------------------------------------------------- */

/* A proxy's address says nothing about where the link leads: then the proxy
 * decides, and only literal addresses are checked. */
static gboolean
has_proxy (void)
{
  static const gchar *const names[] =
      { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    const gchar *value = g_getenv (names[i]);

    if (value != NULL && *value != '\0')
      return TRUE;
  }
  return FALSE;
}

static void
set_protocols (CURL *easy)
{
#if CURL_AT_LEAST_VERSION (7, 85, 0)
  curl_easy_setopt (easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt (easy, CURLOPT_PROTOCOLS,
      (long) (CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static void
set_certificates (GstHailuoHttp *self, CURL *easy)
{
  struct curl_blob blob;
  gsize length;

  curl_easy_setopt (easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
  if (self->certificates == NULL)
    return;
  blob.data = (void *) g_bytes_get_data (self->certificates, &length);
  blob.len = length;
  blob.flags = CURL_BLOB_COPY;
  curl_easy_setopt (easy, CURLOPT_CAINFO_BLOB, &blob);
}

static Transfer *
transfer_new (GstHailuoHttp *self, const gchar *url)
{
  Transfer *transfer = g_new0 (Transfer, 1);
  CURL *easy = transfer->easy = curl_easy_init ();

  if (easy == NULL)
    g_error ("out of memory");
  curl_easy_setopt (easy, CURLOPT_URL, url);
  curl_easy_setopt (easy, CURLOPT_PRIVATE, transfer);
  curl_easy_setopt (easy, CURLOPT_ERRORBUFFER, transfer->trouble);
  curl_easy_setopt (easy, CURLOPT_USERAGENT, "hailuosrc/" PACKAGE_VERSION);
  curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt (easy, CURLOPT_CONNECTTIMEOUT_MS, (long) CONNECT_TIMEOUT);
  curl_easy_setopt (easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt (easy, CURLOPT_OPENSOCKETDATA, transfer);
#if CURL_AT_LEAST_VERSION (7, 87, 0)
  /* else cancelling waits for the resolver: half a minute and more */
  curl_easy_setopt (easy, CURLOPT_QUICK_EXIT, 1L);
#endif
  set_protocols (easy);
  set_certificates (self, easy);
  return transfer;
}

static void
add_header (Transfer *self, const gchar *header)
{
  self->headers = curl_slist_append (self->headers, header);
}

static void
add_key (Transfer *self, const gchar *key)
{
  gchar *header = g_strconcat ("Authorization: Bearer ", key, NULL);

  add_header (self, header);
  explicit_bzero (header, strlen (header));
  g_free (header);
}

static Transfer *
transfer_new_for_api (GstHailuoHttp *self, const gchar *url, const gchar *key,
    const gchar *body, GByteArray *reply)
{
  Transfer *transfer = transfer_new (self, url);
  CURL *easy = transfer->easy;

  transfer->reply = reply;
  curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, take_reply);
  curl_easy_setopt (easy, CURLOPT_WRITEDATA, transfer);
  add_header (transfer, "Accept: application/json");
  if (key != NULL)
    add_key (transfer, key);
  if (body != NULL) {
    transfer->body = g_strdup (body);
    add_header (transfer, "Content-Type: application/json");
    add_header (transfer, "Expect:");
    curl_easy_setopt (easy, CURLOPT_POSTFIELDSIZE, (long) strlen (body));
    curl_easy_setopt (easy, CURLOPT_POSTFIELDS, transfer->body);
    /* libcurl sends a POST again where a connection that it reused dies, and
     * HTTP/2 has refusals that it answers by sending again */
    curl_easy_setopt (easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt (easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt (easy, CURLOPT_HTTP_VERSION,
        (long) CURL_HTTP_VERSION_1_1);
  }
  curl_easy_setopt (easy, CURLOPT_HTTPHEADER, transfer->headers);
  return transfer;
}

static Transfer *
transfer_new_for_file (GstHailuoHttp *self, const gchar *url,
    GstHailuoHttpFile *file)
{
  Transfer *transfer = transfer_new (self, url);
  CURL *easy = transfer->easy;

  transfer->file = file;
  transfer->only_public = !self->policy.trust_loopback && !has_proxy ();
  curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, take_file);
  curl_easy_setopt (easy, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt (easy, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt (easy, CURLOPT_HEADERDATA, transfer);
  curl_easy_setopt (easy, CURLOPT_LOW_SPEED_LIMIT, (long) SLOW_LIMIT);
  curl_easy_setopt (easy, CURLOPT_LOW_SPEED_TIME, (long) SLOW_TIME);
  if (file->received > 0) {
    g_autofree gchar *range =
        g_strdup_printf ("%" G_GUINT64_FORMAT "-", file->received);
    g_autofree gchar *condition =
        g_strconcat ("If-Range: ", file->validator, NULL);

    curl_easy_setopt (easy, CURLOPT_RANGE, range);
    add_header (transfer, condition);
  }
  curl_easy_setopt (easy, CURLOPT_HTTPHEADER, transfer->headers);
  return transfer;
}

/* --- the one place that waits ------------------------------------------- */

static gboolean
take_result (GstHailuoHttp *self, Transfer *transfer, CURLcode *code)
{
  CURLMsg *message;
  int left;

  while ((message = curl_multi_info_read (self->multi, &left)) != NULL) {
    if (message->msg == CURLMSG_DONE
        && message->easy_handle == transfer->easy) {
      *code = message->data.result;
      return TRUE;
    }
  }
  return FALSE;
}

/* Until @transfer is done or, without one, until a wakeup; at most until
 * @until.  FALSE: cancelled. */
static gboolean
run (GstHailuoHttp *self, Transfer *transfer, gint64 until, CURLcode *code,
    GError **error)
{
  for (;;) {
    gint64 left;
    int running;

    if (g_atomic_int_get (&self->cancelled)) {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
          "cancelled");
      return FALSE;
    }
    curl_multi_perform (self->multi, &running);
    if (transfer != NULL && take_result (self, transfer, code))
      return TRUE;
    if (transfer == NULL
        && g_atomic_int_compare_and_exchange (&self->woken, 1, 0))
      return TRUE;
    left = until - gst_hailuo_http_now (self);
    if (left <= 0) {
      if (transfer != NULL)
        *code = CURLE_OPERATION_TIMEDOUT;
      return TRUE;
    }
    curl_multi_poll (self->multi, NULL, 0,
        MIN (left / 1000 + 1, G_TIME_SPAN_MINUTE / 1000), NULL);
  }
}

gint64
gst_hailuo_http_now (GstHailuoHttp *self)
{
  return g_get_monotonic_time ();
}

gboolean
gst_hailuo_http_wait (GstHailuoHttp *self, gint64 until, GError **error)
{
  return run (self, NULL, until, NULL, error);
}

void
gst_hailuo_http_cancel (GstHailuoHttp *self)
{
  g_atomic_int_set (&self->cancelled, TRUE);
  curl_multi_wakeup (self->multi);
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
  curl_multi_wakeup (self->multi);
}

/* --- errors ------------------------------------------------------------- */

static const struct
{
  CURLcode code;
  GstHailuoError error;
  gboolean retryable;
  const gchar *advice;
} troubles[] = {
  {CURLE_COULDNT_RESOLVE_HOST, GST_HAILUO_ERROR_NOT_FOUND, TRUE,
      "Check the network and base-url."},
  {CURLE_COULDNT_RESOLVE_PROXY, GST_HAILUO_ERROR_NOT_FOUND, TRUE,
      "Check the proxy that the environment names."},
  {CURLE_PEER_FAILED_VERIFICATION, GST_HAILUO_ERROR_CONNECT, FALSE,
      "The certificate is not trusted; if it is right, name its authority in"
      " ca-file."},
  {CURLE_SSL_CACERT_BADFILE, GST_HAILUO_ERROR_CONNECT, FALSE,
      "Check ca-file."},
  {CURLE_URL_MALFORMAT, GST_HAILUO_ERROR_SETTINGS, FALSE, "Check base-url."},
  {CURLE_UNSUPPORTED_PROTOCOL, GST_HAILUO_ERROR_SETTINGS, FALSE,
      "Check base-url."},
};

static void
set_trouble (GError **error, Transfer *transfer, CURLcode code)
{
  g_autofree gchar *detail = gst_hailuo_sanitize (transfer->trouble);
  GstHailuoError kind = GST_HAILUO_ERROR_CONNECT;
  gboolean retryable = TRUE;
  const gchar *advice = "Check the network, and try again.";
  GError *problem = NULL;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (troubles); i++) {
    if (troubles[i].code == code) {
      kind = troubles[i].error;
      retryable = troubles[i].retryable;
      advice = troubles[i].advice;
    }
  }
  if (transfer->private_address) {
    kind = GST_HAILUO_ERROR_DOWNLOAD;
    retryable = FALSE;
    advice = "The link of the clip leads to an address that is not public: it"
        " is not fetched.";
  }
  gst_hailuo_set_error (&problem, kind, "%s: %s. %s", curl_easy_strerror (code),
      detail ? detail : "no more is known", advice);
  gst_hailuo_error_get_facts (problem)->retryable = retryable;
  g_propagate_error (error, problem);
}

static gint64
get_retry_after (Transfer *transfer)
{
  curl_off_t seconds = 0;

  if (curl_easy_getinfo (transfer->easy, CURLINFO_RETRY_AFTER, &seconds)
      != CURLE_OK || seconds <= 0)
    return -1;
  return MIN (seconds, G_MAXINT32) * G_GINT64_CONSTANT (1000);
}

/* --- requests to the API ------------------------------------------------ */

void
gst_hailuo_http_reply_clear (GstHailuoHttpReply *self)
{
  g_clear_pointer (&self->body, g_byte_array_unref);
}

gboolean
gst_hailuo_http_is_post_open (GstHailuoHttp *self)
{
  return self->post != NULL;
}

void
gst_hailuo_http_abandon_post (GstHailuoHttp *self)
{
  if (self->post == NULL)
    return;
  curl_multi_remove_handle (self->multi, self->post->easy);
  g_clear_pointer (&self->post->reply, g_byte_array_unref);
  g_clear_pointer (&self->post, transfer_free);
}

static gboolean
was_sent (Transfer *transfer)
{
  long bytes = 0;

  curl_easy_getinfo (transfer->easy, CURLINFO_REQUEST_SIZE, &bytes);
  return bytes > 0;
}

gboolean
gst_hailuo_http_perform (GstHailuoHttp *self, const gchar *url,
    const gchar *key, const gchar *body, gint64 until,
    GstHailuoHttpReply *reply, gboolean *sent, GError **error)
{
  g_autoptr (GByteArray) data = NULL;
  g_autoptr (Transfer) transfer = NULL;
  CURLcode code = CURLE_OK;
  long status = 0;

  if (body != NULL && self->post != NULL) {
    transfer = g_steal_pointer (&self->post);
    data = transfer->reply;
  } else {
    data = g_byte_array_new ();
    transfer = transfer_new_for_api (self, url, key, body, data);
    curl_multi_add_handle (self->multi, transfer->easy);
  }

  if (!run (self, transfer, until, &code, error)) {
    *sent = was_sent (transfer);
    if (body != NULL && *sent) {
      self->post = g_steal_pointer (&transfer);
      data = NULL;              /* stays with the transfer */
    } else {
      curl_multi_remove_handle (self->multi, transfer->easy);
    }
    return FALSE;
  }
  *sent = was_sent (transfer);
  curl_multi_remove_handle (self->multi, transfer->easy);
  if (code != CURLE_OK) {
    if (transfer->error != NULL)
      g_propagate_error (error, g_steal_pointer (&transfer->error));
    else
      set_trouble (error, transfer, code);
    return FALSE;
  }
  curl_easy_getinfo (transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  GST_DEBUG ("%s answered with status %ld and %u bytes",
      body ? "submit" : "poll", status, data->len);
  reply->status = status;
  reply->body = g_steal_pointer (&data);
  reply->retry_after = get_retry_after (transfer);
  return TRUE;
}

/* --- files -------------------------------------------------------------- */

void
gst_hailuo_http_file_clear (GstHailuoHttpFile *self)
{
  g_clear_pointer (&self->validator, g_free);
}

/* An answer without a body never came to take_file(). */
static void
finish_headers (Transfer *transfer)
{
  long status = 0;

  if (transfer->file->status != 0)
    return;
  curl_easy_getinfo (transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  transfer->file->status = status;
}

static gboolean
finish_file (Transfer *transfer, CURLcode code, GError **error)
{
  GstHailuoHttpFile *file = transfer->file;
  GError *problem = NULL;

  finish_headers (transfer);
  file->retry_after = get_retry_after (transfer);
  if (transfer->error != NULL) {
    g_propagate_error (error, g_steal_pointer (&transfer->error));
    return FALSE;
  }
  if (file->status != 0 && file->status != 200 && file->status != 206) {
    /* 416: what is here is no part of what is there */
    if (file->status == 416)
      file->received = 0;
    gst_hailuo_set_error (&problem, file->status == 416
        ? GST_HAILUO_ERROR_DOWNLOAD
        : gst_hailuo_error_from_status (file->status),
        "The clip cannot be downloaded: its link answered %u.", file->status);
    gst_hailuo_error_get_facts (problem)->http_status = file->status;
    gst_hailuo_error_get_facts (problem)->retryable = file->status == 416
        || gst_hailuo_status_is_transient (file->status);
    g_propagate_error (error, problem);
    return FALSE;
  }
  if (code != CURLE_OK) {
    set_trouble (error, transfer, code);
    return FALSE;
  }
  file->exact = file->total != 0 && file->received == file->total;
  if (file->total != 0 && !file->exact) {
    break_off (transfer, TRUE, "the host sent fewer bytes than it promised");
    g_propagate_error (error, g_steal_pointer (&transfer->error));
    return FALSE;
  }
  return TRUE;
}

/* One answer; @next: where it redirects to. */
static gboolean
fetch_once (GstHailuoHttp *self, const gchar *url, GstHailuoHttpFile *file,
    gchar **next, GError **error)
{
  g_autoptr (Transfer) transfer = NULL;
  CURLcode code = CURLE_OK;
  char *location = NULL;
  gboolean done;

  if (!gst_hailuo_link_check (url, self->policy.trust_loopback, error))
    return FALSE;
  /* without a validator nobody knows whether the rest is of the same file */
  if (file->validator == NULL)
    file->received = 0;
  file->status = 0;
  file->exact = FALSE;
  transfer = transfer_new_for_file (self, url, file);
  curl_multi_add_handle (self->multi, transfer->easy);
  done = run (self, transfer, G_MAXINT64, &code, error);
  curl_multi_remove_handle (self->multi, transfer->easy);
  if (!done)
    return FALSE;

  finish_headers (transfer);
  if (file->status >= 300 && file->status < 400
      && curl_easy_getinfo (transfer->easy, CURLINFO_REDIRECT_URL, &location)
      == CURLE_OK && location != NULL) {
    *next = g_strdup (location);
    return TRUE;
  }
  return finish_file (transfer, code, error);
}

gboolean
gst_hailuo_http_download (GstHailuoHttp *self, const gchar *url,
    GstHailuoHttpFile *file, GError **error)
{
  g_autofree gchar *at = g_strdup (url);
  guint hop;

  for (hop = 0; hop <= REDIRECTS_MAX; hop++) {
    g_autofree gchar *next = NULL;

    if (!fetch_once (self, at, file, &next, error))
      return FALSE;
    if (next == NULL)
      return TRUE;
    g_free (at);
    at = g_steal_pointer (&next);
  }
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_DOWNLOAD,
      "The link of the clip redirects more than %d times.", REDIRECTS_MAX);
  return FALSE;
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
#ifdef HAVE_CURLMOPT_QUICK_EXIT
  curl_multi_setopt (self->multi, CURLMOPT_QUICK_EXIT, 1L);
#endif
  return self;
}

/* CURLOPT_CAINFO_BLOB takes the place of the system's bundle, so that has to be
 * in it as well. */
static GBytes *
load_certificates (const gchar *ca_file)
{
  GByteArray *all = g_byte_array_new ();
  const gchar *files[2] = { ca_file, NULL };
  guint i;

#if CURL_AT_LEAST_VERSION (7, 84, 0)
  {
    CURL *easy = curl_easy_init ();
    char *path = NULL;

    curl_easy_getinfo (easy, CURLINFO_CAINFO, &path);
    files[1] = path;
    curl_easy_cleanup (easy);
  }
#endif
  for (i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree gchar *text = NULL;
    gsize length;

    if (files[i] != NULL
        && g_file_get_contents (files[i], &text, &length, NULL)) {
      g_byte_array_append (all, (const guint8 *) text, length);
      g_byte_array_append (all, (const guint8 *) "\n", 1);
    }
  }
  return g_byte_array_free_to_bytes (all);
}

void
gst_hailuo_http_set_policy (GstHailuoHttp *self,
    const GstHailuoHttpPolicy *policy)
{
  g_clear_pointer (&self->certificates, g_bytes_unref);
  g_free (self->policy.ca_file);
  self->policy = *policy;
  self->policy.ca_file = g_strdup (policy->ca_file);
  if (policy->ca_file != NULL)
    self->certificates = load_certificates (policy->ca_file);
}

void
gst_hailuo_http_free (GstHailuoHttp *self)
{
  if (self == NULL)
    return;
  gst_hailuo_http_abandon_post (self);
  curl_multi_cleanup (self->multi);
  g_clear_pointer (&self->certificates, g_bytes_unref);
  g_free (self->policy.ca_file);
  g_free (self);
}
