/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a file server answers: the input is a letter and a raw HTTP answer.
 *
 *   w   a download from its start
 *   r   one that goes on after 10 of 20 bytes
 *   u   one that goes on after 10 bytes of nobody knows how many
 *
 * libcurl itself reads the answer, from a socket that is connected to nothing
 * but this process, so that Content-Range, Retry-After, lengths and encodings
 * take the way they take in life.  The functions between libcurl and the file
 * are static, so their file is a part of this one.
 */
#include "http-download.c"

#include <sys/mman.h>
#include <sys/socket.h>

#include "fuzz.h"
#include "retry.h"

#define MAX_SIZE 1000
#define HAVE "0123456789"
#define VALIDATOR "\"v1\""
#define URL "http://127.0.0.1/clip.mp4"

static curl_socket_t
give_socket (
    void *user_data, curlsocktype purpose, struct curl_sockaddr *address)
{
  gint *ours = user_data;
  curl_socket_t theirs = *ours;

  /* only once: there is no second answer */
  *ours = -1;
  return theirs < 0 ? CURL_SOCKET_BAD : theirs;
}

/* In the place of the system's, for libcurl too: its socket has its other end.
 * (libcurl 7.88 connects also after CURL_SOCKOPT_ALREADY_CONNECTED.) */
int
connect (int fd, const struct sockaddr *address, socklen_t length)
{
  return 0;
}

/* Nothing waits: the answer is all there before it is asked for. */
static CURLcode
answer (CURL *easy, const guint8 *data, gsize size)
{
  gint pair[2];
  CURLcode code;

  g_assert_cmpint (
      socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  g_assert_cmpint (write (pair[1], data, size), ==, size);
  shutdown (pair[1], SHUT_WR);
  curl_easy_setopt (easy, CURLOPT_OPENSOCKETFUNCTION, give_socket);
  curl_easy_setopt (easy, CURLOPT_OPENSOCKETDATA, &pair[0]);
  code = curl_easy_perform (easy);
  if (pair[0] >= 0)
    close (pair[0]);
  close (pair[1]);
  return code;
}

static void
begin_file (GstHailuoDownload *file, gchar kind)
{
  static gint fd = -1;

  if (fd < 0)
    fd = memfd_create ("part", MFD_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, 0), ==, 0);
  file->fd = fd;
  file->max_size = MAX_SIZE;
  if (kind != 'r' && kind != 'u')
    return;
  file->received = strlen (HAVE);
  file->total = kind == 'r' ? 20 : 0;
  file->validator = g_strdup (VALIDATOR);
  file->sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (file->sum, (const guchar *) HAVE, strlen (HAVE));
  g_assert_cmpint (pwrite (fd, HAVE, strlen (HAVE), 0), ==, strlen (HAVE));
}

/* Whether the answer has the words, in capitals or not. */
static gboolean
has_words (const guint8 *data, gsize size, const gchar *words)
{
  gsize length = strlen (words), i;

  for (i = 0; i + length <= size; i++) {
    if (g_ascii_strncasecmp ((const gchar *) data + i, words, length) == 0)
      return TRUE;
  }
  return FALSE;
}

/* Whether it says somewhere that a range begins there: "bytes 010-". */
static gboolean
has_range_from (const guint8 *data, gsize size, guint64 first)
{
  g_autofree gchar *text = g_malloc0 (size + 1);
  gsize i;

  memcpy (text, data, size);
  for (i = 0; i + 6 < size; i++) {
    gchar *end;

    if (g_ascii_strncasecmp (text + i, "bytes ", 6) == 0
        && g_ascii_strtoull (text + i + 6, &end, 10) == first && *end == '-')
      return TRUE;
  }
  return FALSE;
}

/* The sum is that of what is in the file, however it came there. */
static void
check_sum (const GstHailuoDownload *file, const gchar *bytes)
{
  g_autofree gchar *sha256 = g_compute_checksum_for_data (
      G_CHECKSUM_SHA256, (const guchar *) bytes, file->received);
  g_autoptr (GChecksum) sum = g_checksum_copy (file->sum);

  g_assert_cmpstr (g_checksum_get_string (sum), ==, sha256);
}

static void
check_done (
    const GstHailuoDownload *file, gsize before, const guint8 *data, gsize size)
{
  gchar bytes[MAX_SIZE];

  g_assert_true (file->status == 200 || file->status == 206);
  g_assert_cmpuint (file->received, <=, MAX_SIZE);
  g_assert_true (
      file->exact == (file->total != 0 && file->total == file->received));
  g_assert_true (file->total == 0 || file->exact);
  g_assert_cmpint (lseek (file->fd, 0, SEEK_END), >=, file->received);
  g_assert_cmpint (
      pread (file->fd, bytes, file->received, 0), ==, file->received);
  if (file->received > 0)
    check_sum (file, bytes);
  /* a range that was taken is the one that was asked for */
  if (file->status == 206 && file->received > before) {
    g_assert_true (has_range_from (data, size, before));
    g_assert_cmpmem (bytes, before, HAVE, before);
    g_assert_true (file->exact);
  }
}

static void
check_retry_after (GstHailuoTransfer *transfer, const GstHailuoDownload *file,
    const guint8 *data, gsize size)
{
  gint64 after = gst_hailuo_transfer_get_retry_after (transfer);

  g_assert_cmpint (after, ==, file->retry_after);
  g_assert_cmpint (after, >=, -1);
  g_assert_cmpint (after, <=, G_MAXINT32 * G_GINT64_CONSTANT (1000));
  g_assert_true (after == -1 || has_words (data, size, "retry-after:"));
}

/* With any base, floor and time left, and the wait that the host asked for. */
static void
check_delay (gint64 retry_after, guint32 hash)
{
  static const gint64 times[] = { 0, 1, 999, 10000, 20000, 300000, 300001,
    G_MAXUINT32 };
  gint64 base = times[hash % 8], floor = times[hash / 8 % 8];
  gint64 left = hash / 64 % 2 ? times[hash / 128 % 8] : -1;
  gdouble random = (hash >> 16) / 65536.0;
  guint failures = hash / 1024 % 64;
  gint64 delay = gst_hailuo_retry_delay (
      failures, base, floor, retry_after, left, random);

  g_assert_cmpint (delay, >=, 0);
  if (left >= 0)
    g_assert_cmpint (delay, <=, left);
  if (retry_after >= 0) {
    g_assert_cmpint (delay, <=, GST_HAILUO_RETRY_AFTER_MAX);
    if (left < 0 && retry_after <= GST_HAILUO_RETRY_AFTER_MAX)
      g_assert_cmpint (delay, >=, retry_after);
  } else {
    g_assert_cmpint (delay, <=, MAX (GST_HAILUO_RETRY_MAX, floor));
    if (left < 0)
      g_assert_cmpint (delay, >=, floor);
  }
}

/* RFC 9110, 14.4: bytes first "-" last "/" total */
static gboolean
is_content_range (const gchar *text)
{
  static const gchar after[] = { '-', '/', '\0' };
  guint i;

  text += strlen ("bytes ");
  for (i = 0; i < G_N_ELEMENTS (after); i++) {
    gsize digits = strspn (text, "0123456789");

    if (digits == 0 || text[digits] != after[i])
      return FALSE;
    text += digits + 1;
  }
  return TRUE;
}

/* On its own, with the text from any line of the answer. */
static void
check_content_range (const gchar *text)
{
  guint64 first, last, total, again[3];
  g_autofree gchar *written = NULL;

  if (!parse_content_range (text, &first, &last, &total))
    return;
  g_assert_true (is_content_range (text));
  g_assert_cmpuint (first, <=, last);
  g_assert_cmpuint (last, <, total);
  g_assert_cmpuint (total, <=, G_MAXINT64);
  written = g_strdup_printf ("bytes %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT
                             "/%" G_GUINT64_FORMAT,
      first, last, total);
  g_assert_true (
      parse_content_range (written, &again[0], &again[1], &again[2]));
  g_assert_cmpuint (first, ==, again[0]);
  g_assert_cmpuint (last, ==, again[1]);
  g_assert_cmpuint (total, ==, again[2]);
}

/* Whether the first head has a coding that would have to be undone. */
static gboolean
has_coding (const guint8 *data, gsize size)
{
  static const gchar *const names[] = { "transfer-encoding:", "chunked",
    "content-encoding:", "identity" };
  g_autofree gchar *text = g_strndup ((const gchar *) data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  guint i, j, k;

  /* what has no line end is no line; to libcurl a return begins the body */
  for (i = 0; lines[i] != NULL && lines[i + 1] != NULL && lines[i][0] != '\0'
       && lines[i][0] != '\r';
       i++) {
    for (j = 0; j < G_N_ELEMENTS (names); j += 2) {
      const gsize length = strlen (names[j]);
      g_auto (GStrv) parts = NULL;

      if (g_ascii_strncasecmp (lines[i], names[j], length) != 0)
        continue;
      parts = g_strsplit (lines[i] + length, ",", -1);
      for (k = 0; parts[k] != NULL; k++) {
        g_strstrip (parts[k]);
        if (*parts[k] != '\0' && g_ascii_strcasecmp (parts[k], names[j + 1]))
          return TRUE;
      }
    }
  }
  return FALSE;
}

static void
check_lines (const guint8 *data, gsize size)
{
  g_autofree gchar *text = g_strndup ((const gchar *) data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 8);
  guint i;

  for (i = 0; lines[i] != NULL; i++) {
    const gchar *colon = strchr (lines[i], ':');

    check_content_range (g_strstrip (lines[i]));
    if (colon != NULL)
      check_content_range (colon + 1 + strspn (colon + 1, " "));
  }
}

gint
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static GstHailuoHttp *http;
  GstHailuoHttpPolicy policy = { .trust_loopback = TRUE };
  GstHailuoDownload file = { 0 };
  g_autoptr (GstHailuoTransfer) transfer = NULL;
  g_autoptr (GError) error = NULL;
  guint64 before;
  CURLcode code;

  if (size == 0)
    return 0;
  if (http == NULL) {
    http = gst_hailuo_http_new ();
    gst_hailuo_http_set_policy (http, &policy);
  }
  begin_file (&file, data[0]);
  before = file.received;
  transfer = transfer_new_for_file (http, URL, "", &file);
  code = answer (transfer->easy, data + 1, size - 1);
  flush (transfer);
  if (finish_file (transfer, code, &error)) {
    g_assert_no_error (error);
    check_done (&file, before, data, size);
    g_assert_false (has_coding (data + 1, size - 1));
  } else {
    fuzz_assert_error (error);
    g_assert_cmpuint (file.received, <=, MAX_SIZE);
  }
  /* it goes into the next request */
  if (file.validator != NULL)
    g_assert_null (strchr (file.validator, '\n'));
  check_retry_after (transfer, &file, data, size);
  check_delay (file.retry_after, (guint) (size * 256 + data[0]) * 2654435761u);
  check_lines (data + 1, size - 1);
  gst_hailuo_download_clear (&file);
  return 0;
}
