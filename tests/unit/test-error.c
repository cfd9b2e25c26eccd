/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error domain: codes, facts beside the sentence, and server text. */
#include "unit.h"

#include "error.h"

typedef struct
{
  const gchar *description;
  const gchar *text;
  const gchar *exact; /* what must come out; NULL: anything that is sane */
  const gchar *keeps; /* what must still be in it; NULL: nothing */
} SanitizeRow;

/* The bytes of U+202E and friends are written out: the characters themselves
 * would turn this file around in an editor. */
static const SanitizeRow sanitize_rows[] = {
  { "plain", "Invalid API key", "Invalid API key", NULL },
  { "spaces inside", "a b  c", NULL, "a b" },
  { "percent", "100 %s %n %d", "100 %s %n %d", NULL },
  { "quotes and markup", "<b>\"x\\y\" & 'z'</b>", "<b>\"x\\y\" & 'z'</b>",
      NULL },
  { "Chinese", "\xe5\xaf\x86\xe9\x92\xa5", "\xe5\xaf\x86\xe9\x92\xa5", NULL },
  { "Hebrew", "\xd7\xa9\xd7\x9c", "\xd7\xa9\xd7\x9c", NULL },
  { "emoji", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", NULL },
  { "newline", "line one\nline two", NULL, "line two" },
  { "carriage return", "old\rnew", NULL, "new" },
  { "tab", "a\tb", NULL, "b" },
  { "escape sequence", "\x1b[31mred\x1b[0m", NULL, "red" },
  { "bell and backspace", "a\a\bz", NULL, "z" },
  { "delete", "a\x7fz", NULL, "z" },
  { "C1 next line", "a\xc2\x85z", NULL, "z" },
  { "C1 control sequence introducer",
      "a\xc2\x9b"
      "31mz",
      NULL, "z" },
  { "right-to-left override",
      "gpj\xe2\x80\xae"
      "exe.mp4",
      NULL, "exe.mp4" },
  { "left-to-right embedding", "a\xe2\x80\xaaz", NULL, "z" },
  { "pop directional formatting", "a\xe2\x80\xacz", NULL, "z" },
  { "left-to-right mark", "a\xe2\x80\x8ez", NULL, "z" },
  { "right-to-left mark", "a\xe2\x80\x8fz", NULL, "z" },
  { "Arabic letter mark", "a\xd8\x9cz", NULL, "z" },
  { "isolates",
      "a\xe2\x81\xa6"
      "b\xe2\x81\xa7"
      "c\xe2\x81\xa8"
      "d\xe2\x81\xa9z",
      NULL, "z" },
  { "zero width space", "a\xe2\x80\x8bz", "az", NULL },
  { "soft hyphen", "a\xc2\xadz", "az", NULL },
  { "tag letter", "a\xf3\xa0\x81\x81z", "az", NULL },
  { "private use", "a\xee\x80\x80z", "az", NULL },
  { "no character", "a\xef\xbf\xbez", "az", NULL },
  { "combining accent", "e\xcc\x81z", "e\xcc\x81z", NULL },
  { "line separator", "a\xe2\x80\xa8z", NULL, "z" },
  { "paragraph separator", "a\xe2\x80\xa9z", NULL, "z" },
  { "stray byte", "a\xffz", NULL, "z" },
  { "Latin-1", "caf\xe9 closed", NULL, "closed" },
  { "cut character", "end \xe2\x82", NULL, "end" },
  { "overlong newline", "a\xc0\x8az", NULL, "z" },
  { "encoded surrogate", "a\xed\xa0\x80z", NULL, "z" },

  { "a URL", "see https://x.org/a/b now", "see https://x.org/a/b now", NULL },
  { "a query", "see https://x.org/a?sesame=1 now",
      "see https://x.org/a?... now", NULL },
  { "a query with brackets", "https://[::1]:80/a?b[c]=(sesame)",
      "https://[::1]:80/a?...", NULL },
  { "a fragment", "https://x.org/a#sesame", "https://x.org/a#...", NULL },
  { "a question", "Is it https://x.org/a?", "Is it https://x.org/a?", NULL },
  { "no URL", "what?sesame", "what?sesame", NULL },
  { "a user", "at ftp://me:sesame@x.org/a now", "at ftp://...@x.org/a now",
      NULL },
  { "a user and a query", "ftp://me:sesame@x.org/a?sesame",
      "ftp://...@x.org/a?...", NULL },
  { "a password with an @", "ftp://me:sesame@open@x.org", "ftp://...@x.org",
      NULL },
  { "a password with a slash", "'http://me:open/sesame@x.org': no",
      "'http://...@x.org': no", NULL },
  { "a proxy", "in 'me:sesame@x.org:99999': bad", "in ...@x.org:99999': bad",
      NULL },
  { "an address", "write to help@x.org, please", "write to help@x.org, please",
      NULL },
};

typedef struct
{
  const gchar *description;
  const gchar *url;
  const gchar *shown;
} UrlRow;

static const UrlRow url_rows[] = {
  { "plain", "https://x.org:81/a/b", "base-url=https://x.org:81/a/b" },
  { "no path", "https://x.org", "base-url=https://x.org" },
  { "another scheme", "ftp://x.org/a", "base-url=ftp://x.org/a" },
  { "an IPv6 address", "https://[::1]:81/a", "base-url=https://[::1]:81/a" },
  { "a query", "https://x.org/a?sesame", "base-url=https://x.org/a" },
  { "a fragment", "https://x.org/a#sesame", "base-url=https://x.org/a" },
  { "a user", "ftp://sesame@x.org/a", "base-url=ftp://x.org/a" },
  { "a password", "ftp://me:sesame@x.org/a", "base-url=ftp://x.org/a" },
  { "a password with an @", "ftp://me:a@sesame@x.org/a", "base-url" },
  { "a password with a slash", "ftp://me:a/sesame@x.org/a", "base-url" },
  { "a password of digits and a slash", "ftp://sesame:1/x@x.org/a",
      "base-url=ftp://...@x.org/a" },
  { "no host", "sesame://", "base-url" },
  { "no slashes", "me:sesame@x.org", "base-url" },
  { "a path", "/sesame", "base-url" },
  { "a word", "sesame", "base-url" },
  { "a line end", "https://x.org/a\nb", "base-url=https://x.org/a%0Ab" },
};

static void
test_describe_url (gconstpointer data)
{
  const UrlRow *row = data;
  g_autofree gchar *shown = gst_hailuo_describe_url ("base-url", row->url);

  g_assert_cmpstr (shown, ==, row->shown);
}

/* The end of a text is cut off, and with it what tells that it is a password. */
static void
test_sanitize_cut (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree gchar *sane = NULL;

  /* a long query makes room for what is behind it */
  g_string_append (text, "https://x.org/?");
  while (text->len < 980)
    g_string_append_c (text, 'x');
  g_string_append (text, " ftp://me:");
  while (text->len < 1040)
    g_string_append (text, "sesame");
  g_string_append (text, "@x.org");
  sane = gst_hailuo_sanitize (text->str);
  g_assert_cmpstr (sane, ==, "https://x.org/?... ftp://...");
}

static void
test_sanitize (gconstpointer data)
{
  const SanitizeRow *row = data;
  g_autofree gchar *text = gst_hailuo_sanitize (row->text);

  g_assert_nonnull (text);
  unit_assert_sane (text);
  if (row->exact != NULL)
    g_assert_cmpstr (text, ==, row->exact);
  if (row->keeps != NULL)
    g_assert_nonnull (strstr (text, row->keeps));
}

static void
test_sanitize_nothing (void)
{
  g_assert_null (gst_hailuo_sanitize (NULL));
  g_assert_null (gst_hailuo_sanitize (""));
}

/* Nothing but what may not be shown: there may be nothing left, or signs that
 * stand for it, but never an empty string. */
static void
test_sanitize_rubbish (void)
{
  g_autofree gchar *text = gst_hailuo_sanitize ("\n\x01\xe2\x80\xae\x1b");

  if (text != NULL)
    unit_assert_sane (text);
}

/* Paths, names and whatever else a sentence shows */
static void
test_sentence (void)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  const gchar *path = "/no\033[31m\n\302\233\342\200\256\342\200\213\377";
  g_autoptr (GError) error = NULL;

  gst_hailuo_set_error (&error, GST_HAILUO_ERROR_STORE, "%s: no.", path);
  gst_hailuo_add_problem (problems, "%s: no.", path);
  g_assert_cmpstr (error->message, ==, "/no [31m  \357\277\275: no.");
  g_assert_cmpstr (problems->pdata[0], ==, error->message);
}

typedef struct
{
  const gchar *description;
  const gchar *character;
  guint times;
  guint at_least; /* characters that must be left */
} LengthRow;

static const LengthRow length_rows[] = {
  { "255 of one byte", "x", 255, 255 },
  { "256 of one byte", "x", 256, 256 },
  { "257 of one byte", "x", 257, 200 },
  { "10 kB", "x", 10240, 200 },
  { "1 MiB", "x", 1024 * 1024, 200 },
  { "256 of two bytes", "\xc3\xa9", 256, 256 },
  { "256 of four bytes", "\xf0\x9f\x98\x80", 256, 256 },
  { "300 of four bytes", "\xf0\x9f\x98\x80", 300, 200 },
  { "100000 stray bytes", "\xff", 100000, 1 },
};

static void
test_sanitize_length (gconstpointer data)
{
  const LengthRow *row = data;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree gchar *sane = NULL;

  for (guint i = 0; i < row->times; i++)
    g_string_append (text, row->character);
  sane = gst_hailuo_sanitize (text->str);
  g_assert_nonnull (sane);
  unit_assert_sane (sane);
  g_assert_cmpint (g_utf8_strlen (sane, -1), >=, row->at_least);
}

typedef struct
{
  const gchar *description;
  guint status;
  guint codes;
  gboolean transient;
} StatusRow;

/* 500, 502 and 504: no document says which resource error they are. */
#define SERVER (UNIT_CODE (BUSY) | UNIT_CODE (FAILED) | UNIT_CODE (CONNECT))

static const StatusRow status_rows[] = {
  { "bad request", 400, UNIT_CODE (SETTINGS), FALSE },
  { "unauthorized", 401, UNIT_CODE (NOT_AUTHORIZED), FALSE },
  { "payment required", 402, UNIT_CODE (NO_CREDIT), FALSE },
  { "forbidden", 403, UNIT_CODE (NOT_AUTHORIZED), FALSE },
  { "not found", 404, UNIT_CODE (NOT_FOUND), FALSE },
  { "method not allowed", 405, UNIT_CODE (SETTINGS), FALSE },
  { "request timeout", 408, SERVER, TRUE },
  { "content too large", 413, UNIT_CODE (SETTINGS), FALSE },
  { "unprocessable content", 422, UNIT_CODE (SETTINGS), FALSE },
  { "too many requests", 429, UNIT_CODE (BUSY), TRUE },
  { "server error", 500, SERVER, TRUE },
  { "not implemented", 501, SERVER, TRUE },
  { "bad gateway", 502, SERVER, TRUE },
  { "unavailable", 503, UNIT_CODE (BUSY), TRUE },
  { "gateway timeout", 504, SERVER, TRUE },
  { "a proxy's own status", 520, SERVER, TRUE },
  { "last server status", 599, SERVER, TRUE },
  { "redirect", 302, UNIT_CODE (FAILED), FALSE },
};

static void
test_status (gconstpointer data)
{
  const StatusRow *row = data;
  guint code = gst_hailuo_error_from_status (row->status);

  g_assert_cmpuint (code, <=, GST_HAILUO_ERROR_LAST);
  g_assert_cmphex (row->codes & (1u << code), !=, 0);
  g_assert_cmpint (
      gst_hailuo_status_is_transient (row->status), ==, row->transient);
}

static void
test_status_fine (void)
{
  static const guint fine[] = { 0, 100, 200, 201, 202, 204, 206, 304, 418 };

  for (guint i = 0; i < G_N_ELEMENTS (fine); i++)
    g_assert_false (gst_hailuo_status_is_transient (fine[i]));
}

static void
test_billed (void)
{
  g_assert_cmpstr (gst_hailuo_billed_get_name (GST_HAILUO_BILLED_NO), ==, "no");
  g_assert_cmpstr (
      gst_hailuo_billed_get_name (GST_HAILUO_BILLED_YES), ==, "yes");
  g_assert_cmpstr (
      gst_hailuo_billed_get_name (GST_HAILUO_BILLED_UNKNOWN), ==, "unknown");
}

static void
test_set (void)
{
  g_autoptr (GError) error = NULL;
  GstHailuoErrorPrivate *facts;

  gst_hailuo_set_error (
      &error, GST_HAILUO_ERROR_BUSY, "%s is %u%% full", "it", 99u);
  g_assert_error (error, GST_HAILUO_ERROR, GST_HAILUO_ERROR_BUSY);
  g_assert_cmpstr (error->message, ==, "it is 99% full");
  facts = gst_hailuo_error_get_facts (error);
  g_assert_nonnull (facts);
  g_assert_cmpuint (facts->http_status, ==, 0);
  g_assert_null (facts->provider_code);
  g_assert_null (facts->provider_message);
  g_assert_cmpuint (facts->attempts, ==, 0);
  g_assert_false (facts->retryable);
  g_assert_cmpint (facts->retry_after, ==, -1);
  g_assert_false (gst_hailuo_error_is_retryable (error));
  facts->retryable = TRUE;
  g_assert_true (gst_hailuo_error_is_retryable (error));

  /* a caller that does not want to know */
  gst_hailuo_set_error (NULL, GST_HAILUO_ERROR_BUSY, "nobody reads %d", 1);
}

static void
test_copy (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) copy = NULL;
  GstHailuoErrorPrivate *a, *b;

  gst_hailuo_set_error (&error, GST_HAILUO_ERROR_SETTINGS, "no");
  a = gst_hailuo_error_get_facts (error);
  a->http_status = 400;
  a->provider_code = g_strdup ("PromptInvalid");
  a->provider_message = g_strdup ("try another");
  a->attempts = 3;
  a->retryable = TRUE;
  a->billed = GST_HAILUO_BILLED_UNKNOWN;
  a->retry_after = 7000;

  copy = g_error_copy (error);
  b = gst_hailuo_error_get_facts (copy);
  g_assert_true (a != b);
  g_assert_true (a->provider_code != b->provider_code);
  g_assert_true (a->provider_message != b->provider_message);
  /* the copy lives longer than what it was made of */
  g_clear_error (&error);
  g_prefix_error (&copy, "then: ");
  b = gst_hailuo_error_get_facts (copy);
  g_assert_cmpstr (copy->message, ==, "then: no");
  g_assert_cmpuint (b->http_status, ==, 400);
  g_assert_cmpstr (b->provider_code, ==, "PromptInvalid");
  g_assert_cmpstr (b->provider_message, ==, "try another");
  g_assert_cmpuint (b->attempts, ==, 3);
  g_assert_true (b->retryable);
  g_assert_cmpint (b->billed, ==, GST_HAILUO_BILLED_UNKNOWN);
  g_assert_cmpint (b->retry_after, ==, 7000);
}

static void
test_foreign (void)
{
  g_autoptr (GError)
      error = g_error_new_literal (g_quark_from_static_string ("somebody-else"),
          GST_HAILUO_ERROR_BUSY, "not ours");

  g_assert_null (gst_hailuo_error_get_facts (error));
  g_assert_false (gst_hailuo_error_is_retryable (error));
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  UNIT_ADD_TABLE ("/error/sanitize", sanitize_rows, test_sanitize);
  UNIT_ADD_TABLE ("/error/sanitize-length", length_rows, test_sanitize_length);
  g_test_add_func ("/error/sanitize-cut", test_sanitize_cut);
  UNIT_ADD_TABLE ("/error/describe-url", url_rows, test_describe_url);
  g_test_add_func ("/error/sanitize-nothing", test_sanitize_nothing);
  g_test_add_func ("/error/sanitize-rubbish", test_sanitize_rubbish);
  UNIT_ADD_TABLE ("/error/status", status_rows, test_status);
  g_test_add_func ("/error/status-fine", test_status_fine);
  g_test_add_func ("/error/billed", test_billed);
  g_test_add_func ("/error/set", test_set);
  g_test_add_func ("/error/sentence", test_sentence);
  g_test_add_func ("/error/copy", test_copy);
  g_test_add_func ("/error/foreign", test_foreign);

  return g_test_run ();
}
