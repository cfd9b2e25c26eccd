/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-download.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "http-transfer.h"
#include "url.h"
#include "secret.h"

#define REDIRECTS_MAX 5
#define IGNORED_BODY_MAX (256 * 1024)
#define WRITE_SIZE (64 * 1024)

static void
take_header_value (GstHailuoTransfer *self, const gchar *line, gsize length,
    const gchar *name, gchar **value)
{
  gsize n = strlen (name);
  g_autofree gchar *said = NULL;

  if (length <= n || g_ascii_strncasecmp (line, name, n) != 0)
    return;
  said = g_strstrip (g_strndup (line + n, length - n));
  g_free (*value);
  *value = gst_hailuo_secret_mask (self->key, said);
  if (*value == NULL)
    *value = g_steal_pointer (&said);
}

/* CURLOPT_HEADERFUNCTION for files */
static size_t
take_header (char *line, size_t size, size_t n, void *user_data)
{
  GstHailuoTransfer *self = user_data;

  if (!gst_hailuo_transfer_take_header (self, line, n))
    return 0;
  if (n > 5 && strncmp (line, "HTTP/", 5) == 0 && g_ascii_isdigit (line[5])) {
    /* drop the headers of interim responses such as 100 Continue */
    g_clear_pointer (&self->etag, g_free);
    g_clear_pointer (&self->last_modified, g_free);
    g_clear_pointer (&self->content_range, g_free);
    g_clear_pointer (&self->location, g_free);
  }
  take_header_value (self, line, n, "etag:", &self->etag);
  take_header_value (self, line, n, "last-modified:", &self->last_modified);
  take_header_value (self, line, n, "content-range:", &self->content_range);
  take_header_value (self, line, n, "location:", &self->location);
  return n;
}

/* The validator for If-Range: two ranges with the same one are of the same
 * file.  A weak ETag does not guarantee that (RFC 9110, 13.1.5).
 * (transfer full) (nullable) */
static gchar *
dup_validator (const GstHailuoTransfer *self)
{
  const gchar *validator = self->etag != NULL ? self->etag
                                              : self->last_modified;

  /* a line break would inject another header; a value that contained the key
   * must not be sent, and is useless once the key is masked */
  if (validator == NULL || (self->etag != NULL && validator[0] != '"')
      || strpbrk (validator, "\r\n") != NULL
      || strstr (validator, GST_HAILUO_SECRET_MASK) != NULL)
    return NULL;
  return g_strdup (validator);
}

/* "bytes FIRST-LAST/TOTAL" */
static gboolean
parse_content_range (
    const gchar *text, guint64 *first, guint64 *last, guint64 *total)
{
  static const gchar ends[] = { '-', '/', '\0' };
  guint64 numbers[G_N_ELEMENTS (ends)];
  guint i;

  if (text == NULL || g_ascii_strncasecmp (text, "bytes ", 6) != 0)
    return FALSE;
  text += 6;
  for (i = 0; i < G_N_ELEMENTS (ends); i++) {
    gchar *end;

    if (!g_ascii_isdigit (*text))
      return FALSE;
    numbers[i] = g_ascii_strtoull (text, &end, 10);
    if (*end != ends[i])
      return FALSE;
    text = end + 1;
  }
  *first = numbers[0];
  *last = numbers[1];
  *total = numbers[2];
  return *first <= *last && *last < *total && *total <= G_MAXINT64;
}

static gboolean
break_off (GstHailuoTransfer *self, gboolean retryable, const gchar *why)
{
  if (self->error == NULL) {
    gst_hailuo_set_error (&self->error, GST_HAILUO_ERROR_DOWNLOAD,
        "The download was stopped: %s.", why);
    gst_hailuo_error_get_facts (self->error)->retryable = retryable;
  }
  return FALSE;
}

/* Also discards what was received: nobody will resume it. */
static gboolean
refuse_size (GstHailuoTransfer *self)
{
  self->download->received = 0;
  self->n_gathered = 0;
  break_off (self, FALSE, "the clip is larger than max-size");
  if (gst_hailuo_error_get_facts (self->error)->advice == NULL)
    gst_hailuo_error_get_facts (self->error)->advice = g_strdup (
        "Raise max-size and run again to download it, at no further cost.");
  return FALSE;
}

/* FALSE if the response contradicts the If-Range of the request; a weak ETag in
 * place of a strong one does. */
static gboolean
is_same_file (GstHailuoTransfer *self)
{
  const gchar *validator = self->download->validator;
  const gchar *said = validator[0] == '"' ? self->etag : self->last_modified;

  return said == NULL || g_str_equal (said, validator);
}

/* 206: the range must continue exactly where our file ends, run to the end, and
 * belong to the same file. */
static gboolean
begin_range (GstHailuoTransfer *self)
{
  GstHailuoDownload *file = self->download;
  guint64 first, last, total;
  curl_off_t length = -1;

  curl_easy_getinfo (self->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  /* with nothing received yet we asked for the whole file, not a range */
  if (file->received == 0
      || !parse_content_range (self->content_range, &first, &last, &total)
      || first != file->received || last != total - 1
      || (length >= 0 && (guint64) length != total - first)
      || (file->total != 0 && total != file->total) || !is_same_file (self)) {
    /* what we have may not match: start over */
    file->received = 0;
    file->total = 0;
    return break_off (
        self, TRUE, "the host sent a range other than the one requested");
  }
  file->total = total;
  return TRUE;
}

/* 200: the whole file from its start. */
static gboolean
begin_whole (GstHailuoTransfer *self)
{
  GstHailuoDownload *file = self->download;
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

/* Called before the first byte of each response body. */
static gboolean
begin_body (GstHailuoTransfer *self)
{
  GstHailuoDownload *file = self->download;

  if (!(file->status == 206 ? begin_range (self) : begin_whole (self)))
    return FALSE;
  if (file->total > file->max_size)
    return refuse_size (self);
  return TRUE;
}

/* Writes the buffered data.  Must be called at the end, even on failure. */
static gboolean
flush (GstHailuoTransfer *self)
{
  GstHailuoDownload *file = self->download;
  const gchar *data = self->gathered;
  gsize n = self->n_gathered;

  self->n_gathered = 0;
  while (n > 0) {
    gssize written = pwrite (file->fd, data, n, file->received);

    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0) {
      gst_hailuo_set_error (&self->error, GST_HAILUO_ERROR_STORE,
          "The clip cannot be stored: %s. Free disk space.",
          g_strerror (written < 0 ? errno : ENOSPC));
      return FALSE;
    }
    /* a write at offset 0 starts the file over */
    if (file->received == 0) {
      g_clear_pointer (&file->sum, g_checksum_free);
      file->sum = g_checksum_new (G_CHECKSUM_SHA256);
    }
    g_checksum_update (file->sum, (const guchar *) data, written);
    file->received += written;
    data += written;
    n -= written;
  }
  return TRUE;
}

/* Buffers the data: a write for every small chunk would take too long. */
static gboolean
gather (GstHailuoTransfer *self, const gchar *data, gsize n)
{
  if (self->n_gathered + n > WRITE_SIZE && !flush (self))
    return FALSE;
  if (self->gathered == NULL)
    self->gathered = g_malloc (WRITE_SIZE);
  memcpy (self->gathered + self->n_gathered, data, n);
  self->n_gathered += n;
  return TRUE;
}

static guint
get_status (GstHailuoTransfer *self)
{
  long status = 0;

  curl_easy_getinfo (self->easy, CURLINFO_RESPONSE_CODE, &status);
  /* 203: transformed by a proxy; what arrives is verified in any case */
  return status == 203 ? 200 : status;
}

/* CURLOPT_WRITEFUNCTION for files */
static size_t
take_file (char *data, size_t size, size_t n, void *user_data)
{
  GstHailuoTransfer *self = user_data;
  GstHailuoDownload *file = self->download;

  self->arrived += n;
  if (file->status == 0) {
    file->status = get_status (self);
    if ((file->status == 200 || file->status == 206) && !begin_body (self))
      return 0;
  }
  if (file->status != 200 && file->status != 206) {
    self->ignored += n;
    return self->ignored > IGNORED_BODY_MAX ? 0 : n;
  }
  if (file->received + self->n_gathered + n > file->max_size) {
    refuse_size (self);
    return 0;
  }
  if (!gather (self, data, n))
    return 0;
  if (file->progress != NULL)
    file->progress (
        file->received + self->n_gathered, file->total, file->user_data);
  return n;
}

static const gchar *
get_environment (const gchar *const *names)
{
  for (; *names != NULL; names++) {
    const gchar *value = g_getenv (*names);

    if (value != NULL && *value != '\0')
      return value;
  }
  return "";
}

/* The proxy that the environment sets for @url, or "" for none.  With
 * trust_loopback there is none: a remote proxy cannot reach our loopback
 * interface. (transfer full) */
static gchar *
find_proxy (GstHailuoHttp *self, const gchar *url)
{
  static const gchar *const proxy_names[] = { "https_proxy", "HTTPS_PROXY",
    "all_proxy", "ALL_PROXY", NULL };
  static const gchar *const ignore_names[] = { "no_proxy", "NO_PROXY", NULL };
  const gchar *proxy = get_environment (proxy_names);
  const gchar *ignored = get_environment (ignore_names);
  g_auto (GStrv) hosts = g_strsplit_set (ignored, ", ", -1);
  g_autoptr (GProxyResolver) resolver = NULL;
  g_auto (GStrv) found = NULL;

  if (self->trust_loopback || *proxy == '\0' || g_str_equal (ignored, "*"))
    return g_strdup ("");
  resolver = g_simple_proxy_resolver_new (proxy, hosts);
  found = g_proxy_resolver_lookup (resolver, url, NULL, NULL);
  return g_strdup (
      found != NULL && g_strcmp0 (found[0], "direct://") == 0 ? "" : proxy);
}

static GstHailuoTransfer *
transfer_new_for_file (GstHailuoHttp *self, const gchar *url,
    const gchar *proxy, GstHailuoDownload *file)
{
  GstHailuoTransfer *transfer = gst_hailuo_transfer_new (self, url, file->key);
  CURL *easy = transfer->easy;

  transfer->download = file;
  /* With a proxy we only see the proxy's address; check_name() checks where the
   * link leads.  Set the proxy explicitly, so that libcurl does not decide
   * differently whether to use one. */
  transfer->check_address = *proxy == '\0';
  gst_hailuo_setopt (easy, CURLOPT_PROXY, proxy);
  gst_hailuo_setopt (easy, CURLOPT_NOPROXY, "");
  /* always a new connection: its address is checked, and it is not the API's */
  gst_hailuo_setopt (easy, CURLOPT_FRESH_CONNECT, 1L);
  gst_hailuo_setopt (easy, CURLOPT_WRITEFUNCTION, take_file);
  gst_hailuo_setopt (easy, CURLOPT_WRITEDATA, transfer);
  gst_hailuo_setopt (easy, CURLOPT_HEADERFUNCTION, take_header);
  gst_hailuo_setopt (easy, CURLOPT_HEADERDATA, transfer);
  if (file->received > 0) {
    g_autofree gchar *range = g_strdup_printf (
        "%" G_GUINT64_FORMAT "-", file->received);
    g_autofree gchar *condition = g_strconcat (
        "If-Range: ", file->validator, NULL);

    gst_hailuo_setopt (easy, CURLOPT_RANGE, range);
    gst_hailuo_transfer_add_header (transfer, condition);
  }
  return transfer;
}

void
gst_hailuo_download_clear (GstHailuoDownload *self)
{
  g_clear_pointer (&self->validator, g_free);
  g_clear_pointer (&self->sum, g_checksum_free);
}

/* take_file() is never called for a response without a body. */
static void
finish_headers (GstHailuoTransfer *transfer)
{
  guint status;

  if (transfer->download->status != 0)
    return;
  status = get_status (transfer);
  /* an interim response such as 100 Continue is not an answer */
  transfer->download->status = transfer->answered || status >= 200 ? status : 0;
  /* the whole file is empty */
  if (status == 200 && transfer->answered)
    transfer->download->received = 0;
}

static gboolean
finish_file (GstHailuoTransfer *transfer, CURLcode code, GError **error)
{
  GstHailuoDownload *file = transfer->download;
  GError *problem = NULL;

  code = gst_hailuo_transfer_judge (transfer, code);
  finish_headers (transfer);
  file->retry_after = gst_hailuo_transfer_get_retry_after (transfer);
  if (transfer->error != NULL) {
    g_propagate_error (error, g_steal_pointer (&transfer->error));
    return FALSE;
  }
  if (transfer->answered && file->status != 200 && file->status != 206) {
    gst_hailuo_set_error (&problem, GST_HAILUO_ERROR_DOWNLOAD,
        "The clip cannot be downloaded: its link returned status"
        " %u.",
        file->status);
    gst_hailuo_error_get_facts (problem)->http_status = file->status;
    gst_hailuo_error_get_facts (problem)->retryable = file->status == 416
        || gst_hailuo_status_is_transient (file->status);
    g_propagate_error (error, problem);
    return FALSE;
  }
  if (code != CURLE_OK) {
    gst_hailuo_transfer_set_error (transfer, code, &problem);
    /* the host had responded: it is the download that broke */
    if (file->status != 0)
      problem->code = GST_HAILUO_ERROR_DOWNLOAD;
    g_propagate_error (error, problem);
    return FALSE;
  }
  file->exact = file->total != 0 && file->received == file->total;
  if (file->total != 0 && !file->exact) {
    break_off (transfer, TRUE, "the host sent fewer bytes than it announced");
    g_propagate_error (error, g_steal_pointer (&transfer->error));
    return FALSE;
  }
  return TRUE;
}

/* A proxy resolves the name itself, so check first what it resolves to here.
 * No address is connected to, so libcurl goes through all of them.  A name that
 * does not resolve here is left to the proxy. */
static gboolean
check_name (GstHailuoHttp *self, const gchar *url, gint64 until, GError **error)
{
  g_autoptr (GstHailuoTransfer)
      transfer = gst_hailuo_transfer_new (self, url, NULL);
  CURLcode code = CURLE_OK;
  gboolean done;

  transfer->check_address = TRUE;
  transfer->look_up = TRUE;
  gst_hailuo_setopt (transfer->easy, CURLOPT_PROXY, "");
  /* an existing connection would be reused without an address check */
  gst_hailuo_setopt (transfer->easy, CURLOPT_FRESH_CONNECT, 1L);
  gst_hailuo_transfer_begin (transfer, self);
  done = gst_hailuo_transfer_run (transfer, self, until, &code, error);
  if (done && transfer->private_address)
    gst_hailuo_transfer_set_error (transfer, code, error);
  return done && !transfer->private_address;
}

static gboolean
is_redirect (guint status)
{
  return (status >= 300 && status <= 303) || status == 307 || status == 308;
}

/* One request.  @next: where it redirects to, or @url itself to request the
 * whole file. */
static gboolean
fetch_once (GstHailuoHttp *self, const gchar *url, GstHailuoDownload *file,
    gint64 until, gchar **next, GError **error)
{
  g_autofree gchar *proxy = find_proxy (self, url);
  g_autoptr (GstHailuoTransfer) transfer = NULL;
  CURLcode code = CURLE_OK;
  gboolean done;

  if (!gst_hailuo_url_check (url, self->trust_loopback, error)
      || (*proxy != '\0' && !check_name (self, url, until, error)))
    return FALSE;
  /* without a validator we cannot tell whether the rest is of the same file */
  if (file->validator == NULL)
    file->received = 0;
  file->status = 0;
  file->exact = FALSE;
  transfer = transfer_new_for_file (self, url, proxy, file);
  gst_hailuo_transfer_begin (transfer, self);
  done = gst_hailuo_transfer_run (transfer, self, until, &code, error);
  flush (transfer);
  if (!done)
    return FALSE;

  finish_headers (transfer);
  if (!transfer->answered)
    return finish_file (transfer, code, error);
  /* not CURLINFO_REDIRECT_URL: newer libcurl drops the user name from it, so
   * that we could not refuse it */
  if (is_redirect (file->status) && transfer->location != NULL)
    *next = gst_hailuo_url_resolve (url, transfer->location);
  /* the host cannot continue our partial file: request all of it */
  if (file->received > 0 && (file->status == 304 || file->status == 416)) {
    file->received = 0;
    *next = g_strdup (url);
  }
  if (*next != NULL)
    return TRUE;
  return finish_file (transfer, code, error);
}

gboolean
gst_hailuo_http_download (GstHailuoHttp *self, const gchar *url,
    GstHailuoDownload *file, gint64 until, GError **error)
{
  g_autofree gchar *at = g_strdup (url);
  guint hop;

  for (hop = 0; hop <= REDIRECTS_MAX; hop++) {
    g_autofree gchar *next = NULL;

    if (!fetch_once (self, at, file, until, &next, error))
      return FALSE;
    if (next == NULL)
      return TRUE;
    g_free (at);
    at = g_steal_pointer (&next);
  }
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_DOWNLOAD,
      "The link to the clip redirects more than %d times.", REDIRECTS_MAX);
  return FALSE;
}
