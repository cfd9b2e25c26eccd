/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The key in what a host says: in no value that leaves the parser. */
#include "unit.h"

#include <time.h>

#include "json.h"
#include "secret.h"

#define KEY "Canary/4f1d-9c07E2ab"

typedef struct
{
  const gchar *description;
  const gchar *key;
  const gchar *text;
  const gchar *masked; /* NULL: as it was */
} MaskRow;

static const MaskRow mask_rows[] = {
  { "all of it", KEY, KEY, "***" },
  { "within a sentence", KEY, "No key " KEY ", sorry", "No key ***, sorry" },
  { "twice", KEY, KEY " and " KEY, "*** and ***" },
  { "twice, side by side", KEY, KEY KEY, "***" },
  { "its first eight characters", KEY, "a Canary/4 b", "a *** b" },
  { "eight in the middle", KEY, "a 4f1d-9c0 b", "a *** b" },
  { "its last eight characters", KEY, "a 9c07E2ab", "a ***" },
  { "seven of them", KEY, "a Canary/ b 4f1d-9c", NULL },
  { "two parts that overlap in it", KEY, "4f1d-9c07 1d-9c07E", "*** ***" },
  { "in lower case", KEY, "canary/4f1d-9c07e2ab", "***" },
  { "percent-encoded", KEY, "?k=Canary%2f4f1d-9c07E2ab&x=1", "?k=***&x=1" },
  { "percent-encoded throughout", KEY, "%43%61%6E%61%72%79%2F%34!", "***!" },
  { "a percent sign that encodes nothing", KEY, "100% of %zz", NULL },
  { "one at the end", KEY, KEY "%4", "***%4" },
  { "a key with an escape in it", "abc%41defgh", "abc%41defgh", "***" },
  { "beside characters of several bytes", KEY, "\xc3\xa9" KEY "\xc3\xa9",
      "\xc3\xa9***\xc3\xa9" },
  { "JSON's escapes", KEY, "is \\u0043anary\\/4f1d-9\\u0063\\u00307E2ab a",
      "is *** a" },
  { "JSON in JSON", KEY, "\\\\u0043anary\\\\\\/4f1d-9c07E2ab", "***" },
  { "percent-encoded twice", KEY, "%2543%2561nary%252F4f1d-9c07E2ab", "***" },
  { "percent-encoded six times", KEY,
      "%252525252543anary/ 4f1d-9c0%252525252537E2",
      "%252525252543anary/ ***" },
  { "percent-encoded in JSON's escapes", KEY,
      "\\u0025\\u0034\\u0033anary%5Cu002f4f1d", "***" },
  { "zero width space", KEY,
      "Can\xe2\x80\x8b"
      "ary/4f1d",
      "***" },
  { "between all", KEY,
      "C\xc2\xad"
      "a\xe2\x81\xa0n\xef\xbb\xbf"
      "a\xe2\x80\xaer\xcd\x8fy/4",
      "***" },
  { "soft hyphen", KEY,
      "Can\xc2\xad"
      "ary/4f1d",
      "***" },
  { "combining accent", KEY,
      "Can\xcc\x81"
      "ary/4f1d!",
      "***!" },
  { "enclosing circle", KEY,
      "Can\xe2\x83\x9d"
      "ary/4f1d",
      "***" },
  { "tag letter", KEY,
      "Can\xf3\xa0\x81\x81"
      "ary/4f1d",
      "***" },
  { "private use", KEY,
      "Can\xee\x80\x80"
      "ary/4f1d",
      "***" },
  { "no character", KEY,
      "Can\xef\xbf\xbe"
      "ary/4f1d",
      "***" },
  { "Hangul filler", KEY,
      "Can\xe3\x85\xa4"
      "ary/4f1d",
      "***" },
  { "control", KEY, "Can\tary/4f1d", "***" },
  { "escaped zero width space", KEY, "Can\\u200bary/4f1d", "***" },
  { "percent-encoded zero width space", KEY, "Can%E2%80%8Bary/4f1d", "***" },
  { "twice percent-encoded zero width space", KEY, "Can%25E2%2580%258Bary/4f1d",
      "***" },
  { "escaped tag letter", KEY, "Can\\udb40\\udc41ary/4f1d", "***" },
  { "a space between", KEY, "Canary /4f1d-9", NULL },
  { "a letter between", KEY, "Canary\xc3\xa9/4f1d-9", NULL },
  { "what is half an escape", KEY, "Canary/4%4 \\u004", "***%4 \\u004" },
  { "nothing of it", KEY, "Invalid API key", NULL },
  { "no text", KEY, "", NULL },
  { "seven characters", "sk-1234", "is sk-1234 a key?", "is *** a key?" },
  { "six characters", "secret", "secret", "***" },
  { "a part of six", "secret", "secre", NULL },
  /* a shorter one is in any text */
  { "five characters", "video", "https://x.example/video", NULL },
  { "one character", "6", "666", NULL },
  { "no characters", "", "x", NULL },
  { "no key", NULL, "x", NULL },
  { "asterisks", "********", "a ********* b", "a *** b" },
  { "three asterisks", "***", "a *** b", NULL },
  /* their heads are alike, those in signed links too */
  { "the head of a token", "eyJhbGciOiJIUzI1NiJ9.Canary4f1d.9c07e2ab",
      "?t=eyJhbGciOiJIUzI1NiJ9.other", NULL },
  { "the rest of a token", "eyJhbGciOiJIUzI1NiJ9.Canary4f1d.9c07e2ab",
      "eyJhbGciOiJIUzI1NiJ9.Canary4f1d.9c07e2ab", "eyJhbGciOiJIUzI1NiJ9.***" },
};

static void
test_mask (gconstpointer data)
{
  const MaskRow *row = data;
  g_autofree gchar *masked = gst_hailuo_secret_mask (row->key, row->text);

  g_assert_cmpstr (masked, ==, row->masked);
}

/* A host that means ill: the longest text it can send, of beginnings of keys, or
 * of escapes that are there again when one level is decoded */
static void
test_mask_time (gconstpointer unit)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree gchar *masked = NULL;
  clock_t start;

  while (text->len < 1024 * 1024)
    g_string_append (text, unit);
  start = clock ();
  masked = gst_hailuo_secret_mask (KEY, text->str);
  g_test_message ("%.1f ms", (clock () - start) * 1e3 / CLOCKS_PER_SEC);
  g_assert_null (masked);
}

static void
test_clear (void)
{
  gchar *key = g_strdup (KEY);

  gst_hailuo_secret_clear (&key);
  g_assert_null (key);
  gst_hailuo_secret_clear (&key);
}

/* --- values ------------------------------------------------------------- */

/* "Canary/4f1d-9c07E2ab" */
#define ESCAPED "\\u0043anary\\/4f1d-9c07E2ab"
/* in JSON that is a string: so that only what is decoded twice tells */
#define TWICE "\\\\u0043anary\\\\/4f\\\\u0031d-9c0\\\\u0037E2ab"

typedef struct
{
  const gchar *description;
  const gchar *key;
  const gchar *json;
  const gchar *path;
  const gchar *text;
} ValueRow;

static const ValueRow value_rows[] = {
  { "plain", KEY, "{\"a\":\"" KEY "\"}", "a", "***" },
  { "escaped", KEY, "{\"a\":\"x " ESCAPED "\"}", "a", "x ***" },
  { "escaped twice", KEY, "{\"a\":\"" TWICE "\"}", "a", "***" },
  { "escaped in itself", KEY, "{\"a\":\"Can\\u200bary\\u00ad\\/4f1d\"}", "a",
      "***" },
  { "in an array", KEY, "{\"a\":[0,[\"" ESCAPED "\"]]}", "a.1.0", "***" },
  { "in an object", KEY, "{\"a\":{\"b\":\"" ESCAPED "\"}}", "a.b", "***" },
  { "a number", "1234567890", "{\"a\":123456789}", "a", "***" },
  { "a large number", "1234567890", "{\"a\":99999999991234567890123}", "a",
      "9999999999***123" },
  { "a number with an exponent", "12345678", "{\"a\":1.2345678e7}", "a",
      "***" },
  { "another number", "1234567890", "{\"a\":200}", "a", "200" },
  /* names are compared with ours, and go nowhere */
  { "a name", "taskId", "{\"taskId\":\"t\"}", "taskId", "t" },
};

static void
test_value (gconstpointer data)
{
  const ValueRow *row = data;
  g_autoptr (JsonNode) root = gst_hailuo_json_parse (
      row->json, strlen (row->json), row->key, NULL);
  g_autofree gchar *text = NULL;

  g_assert_nonnull (root);
  text = gst_hailuo_json_dup_text (root, row->path);
  g_assert_cmpstr (text, ==, row->text);
}

static const ValueRow embedded_rows[] = {
  { "as it is", KEY, "{\"a\":\"{\\\"b\\\":\\\"" KEY "\\\"}\"}", "b", "***" },
  { "escaped twice", KEY, "{\"a\":\"{\\\"b\\\":\\\"" TWICE "\\\"}\"}", "b",
      "***" },
  /* the mask begins within an escape, and it is JSON all the same */
  { "behind an escape", KEY,
      "{\"a\":\"{\\\"b\\\":\\\"x\\\\/4f1d-9c0\\\",\\\"c\\\":\\\"y\\\"}\"}", "c",
      "y" },
  { "behind an escaped backslash", KEY,
      "{\"a\":\"{\\\"b\\\":\\\"x\\\\\\\\/4f1d-9c0\\\"}\"}", "b", "x***" },
};

static void
test_embedded (gconstpointer data)
{
  const ValueRow *row = data;
  g_autoptr (JsonNode) root = gst_hailuo_json_parse (
      row->json, strlen (row->json), row->key, NULL);
  g_autoptr (JsonNode) inner = NULL;

  g_assert_nonnull (root);
  inner = gst_hailuo_json_dup_embedded (root, "a", row->key);
  g_assert_nonnull (inner);
  g_assert_cmpstr (
      gst_hailuo_json_get_string (inner, row->path), ==, row->text);
}

/* --- answers ------------------------------------------------------------ */

static void
assert_error_is_clean (const GError *error)
{
  const GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (error);
  const gchar *const texts[] = { error->message, facts->provider_code,
    facts->provider_message };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree gchar *masked = gst_hailuo_secret_mask (KEY, texts[i]);

    g_assert_null (masked);
  }
}

typedef struct
{
  const gchar *description;
  guint status;
  const gchar *body;
  GstHailuoBilled billed;
} SubmitRow;

/* Where an id is there may be a task, whatever else the answer says. */
static const SubmitRow submit_rows[] = {
  { "an id", 200, "{\"code\":200,\"data\":{\"taskId\":\"" ESCAPED "\"}}",
      GST_HAILUO_BILLED_UNKNOWN },
  { "a part in an id", 200,
      "{\"code\":200,\"data\":{\"taskId\":\"t_4f1d-9c07\"}}",
      GST_HAILUO_BILLED_UNKNOWN },
  { "an id beside a refusal", 400,
      "{\"code\":400,\"message\":\"no\",\"data\":{\"taskId\":\"" ESCAPED "\"}}",
      GST_HAILUO_BILLED_UNKNOWN },
  { "an id beside a reason to try again", 503,
      "{\"code\":503,\"message\":\"busy\",\"data\":{\"taskId\":\"" ESCAPED
      "\"}}",
      GST_HAILUO_BILLED_UNKNOWN },
  { "words", 401, "{\"code\":401,\"message\":\"No key " ESCAPED "\"}",
      GST_HAILUO_BILLED_NO },
  { "a fail code", 400,
      "{\"code\":400,\"data\":{\"failCode\":\"" ESCAPED "\"}}",
      GST_HAILUO_BILLED_NO },
  { "words of an unknown outcome", 504, "{\"message\":\"" ESCAPED "\"}",
      GST_HAILUO_BILLED_UNKNOWN },
};

static void
test_submit (gconstpointer data)
{
  const SubmitRow *row = data;
  g_autoptr (GError) error = NULL;

  g_assert_null (unit_parse_submit (
      &gst_hailuo_provider_apixo, row->status, row->body, KEY, &error));
  g_test_message ("%s", error->message);
  g_assert_cmpint (gst_hailuo_error_get_facts (error)->billed, ==, row->billed);
  if (row->billed == GST_HAILUO_BILLED_UNKNOWN)
    g_assert_false (gst_hailuo_error_is_retryable (error));
  assert_error_is_clean (error);
}

/* The key elsewhere costs no id. */
static void
test_submit_good (void)
{
  static const gchar body[] = "{\"code\":200,\"message\":\"" KEY
                              "\",\"data\":{\"taskId\":\"t\"}}";
  g_autofree gchar *id = unit_parse_submit (
      &gst_hailuo_provider_apixo, 200, body, KEY, NULL);

  g_assert_cmpstr (id, ==, "t");
}

typedef struct
{
  const gchar *description;
  const gchar *data;
  const gchar *word, *url;
} PollRow;

static const PollRow poll_rows[] = {
  { "a state", "\"state\":\"" ESCAPED "\"", "***", NULL },
  { "a long state", "\"state\":\"" ESCAPED " and more than that\"",
      "*** and more than that", NULL },
  /* gst_hailuo_url_check() refuses them */
  { "a link",
      "\"state\":\"success\",\"resultJson\":{\"resultUrls\":"
      "[\"https://x.example/" ESCAPED ".mp4\"]}",
      NULL, "https://x.example/***.mp4" },
  { "a link in a string",
      "\"state\":\"success\",\"resultJson\":\""
      "{\\\"resultUrls\\\":[\\\"https://x.example/" TWICE "\\\"]}\"",
      NULL, "https://x.example/***" },
};

static void
test_poll (gconstpointer data)
{
  const PollRow *row = data;
  g_autofree gchar *body = g_strdup_printf (
      "{\"code\":200,\"data\":{\"taskId\":\"t\",%s}}", row->data);
  g_auto (GstHailuoReport) report = { 0 };
  g_autoptr (GError) error = NULL;

  unit_parse_poll (
      &gst_hailuo_provider_apixo, 200, body, KEY, "t", &report, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (report.unknown_word, ==, row->word);
  g_assert_cmpstr (report.url, ==, row->url);
}

static void
test_poll_failed (void)
{
  static const gchar body[] =
      "{\"code\":200,\"data\":{\"taskId\":\"t\",\"state\":\"failed\","
      "\"failCode\":\"" ESCAPED "\",\"failMsg\":\"x " ESCAPED "\"}}";
  g_auto (GstHailuoReport) report = { 0 };

  g_assert_true (unit_parse_poll (
      &gst_hailuo_provider_apixo, 200, body, KEY, "t", &report, NULL));
  g_assert_nonnull (report.failure);
  assert_error_is_clean (report.failure);
}

gint
main (gint argc, gchar **argv)
{
  static const gchar *const units[] = { "Canary", "%25", "%252525" };
  guint i;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  UNIT_ADD_TABLE ("/secret/mask", mask_rows, test_mask);
  for (i = 0; i < G_N_ELEMENTS (units); i++)
    unit_add_row ("/secret/mask-time", units[i], units[i], test_mask_time);
  g_test_add_func ("/secret/clear", test_clear);
  UNIT_ADD_TABLE ("/secret/value", value_rows, test_value);
  UNIT_ADD_TABLE ("/secret/embedded", embedded_rows, test_embedded);
  UNIT_ADD_TABLE ("/secret/submit", submit_rows, test_submit);
  g_test_add_func ("/secret/submit-good", test_submit_good);
  UNIT_ADD_TABLE ("/secret/poll", poll_rows, test_poll);
  g_test_add_func ("/secret/poll-failed", test_poll_failed);

  return g_test_run ();
}
