/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a task failed: the hosts' fail codes, of three generations of names, and
 * what the user is told of them. */
#include "unit.h"

#include "provider.h"

#define APIXO &gst_hailuo_provider_apixo
#define APIINONE &gst_hailuo_provider_apiinone

static GError *
parse_failure (const GstHailuoProvider *provider, const gchar *body)
{
  g_auto (GstHailuoReport) report = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean fine = unit_parse_poll (
      provider, 200, body, NULL, unit_find_task (body), &report, &error);

  g_assert_no_error (error);
  g_assert_true (fine);
  g_assert_cmpint (report.state, ==, GST_HAILUO_STATE_FAILED);
  g_assert_null (report.url);
  g_assert_nonnull (report.failure);
  g_test_message ("%s", report.failure->message);
  return g_steal_pointer (&report.failure);
}

typedef struct
{
  const gchar *description;
  const gchar *names; /* separated by commas: one has a space in it */
  guint code;
  gint retryable; /* TRUE, FALSE; -1: either */
} ClassRow;

static const ClassRow class_rows[] = {
  { "content",
      "SensitiveContent,SensitiveContentDetected,"
      "InputImageSensitiveContentDetected,"
      "InputOutputSensitiveContentDetected,NSFW,ProhibitedContentDetected,"
      "CONTENT_VIOLATION,NSFW_DETECTED",
      UNIT_CODE (SETTINGS), FALSE },
  { "prompt",
      "PromptInvalid,PromptLengthExceeded,PROMPT_TOO_LONG,INVALID_PROMPT",
      UNIT_CODE (SETTINGS), FALSE },
  { "image",
      "ImageFormatIncorrect,InvalidImageSize,INVALID_IMAGE_URL,"
      "IMAGE_TOO_LARGE,UNSUPPORTED_FORMAT,IMAGE_DOWNLOAD_FAILED",
      UNIT_CODE (SETTINGS), FALSE },
  { "transient",
      "RateLimited,Timeout,Unknown error,PROCESSING_TIMEOUT,"
      "MODEL_UNAVAILABLE,GENERATION_FAILED",
      UNIT_CODE (BUSY), TRUE },
  { "money", "INSUFFICIENT_CREDITS", UNIT_CODE (NO_CREDIT), FALSE },
  { "in no table", "500,SomethingNew,NSFWish,Time,TimeoutX", UNIT_CODE (FAILED),
      -1 },
};

static void
assert_class (const ClassRow *row, const gchar *name)
{
  g_autofree gchar *body = g_strdup_printf (
      "{\"code\":200,\"message\":"
      "\"success\",\"data\":{\"taskId\":\"t\",\"state\":\"failed\","
      "\"failCode\":\"%s\",\"failMsg\":\"In the host's words\","
      "\"createTime\":1767965610929,\"costTime\":9041}}",
      name);
  g_autoptr (GError) failure = parse_failure (APIXO, body);
  GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (failure);

  unit_assert_code (failure, row->code);
  if (row->retryable >= 0)
    g_assert_cmpint (facts->retryable, ==, row->retryable);
  /* as the host spelled it */
  g_assert_cmpstr (facts->provider_code, ==, name);
  g_assert_cmpstr (facts->provider_message, ==, "In the host's words");
  /* APIXO does not say whether a failed task is charged */
  g_assert_cmpint (facts->billed, ==, GST_HAILUO_BILLED_UNKNOWN);
}

static void
test_class (gconstpointer data)
{
  const ClassRow *row = data;
  g_auto (GStrv) names = g_strsplit (row->names, ",", -1);

  for (guint i = 0; names[i] != NULL; i++) {
    g_autofree gchar *upper = g_ascii_strup (names[i], -1);
    g_autofree gchar *lower = g_ascii_strdown (names[i], -1);

    assert_class (row, names[i]);
    assert_class (row, upper);
    assert_class (row, lower);
  }
}

typedef struct
{
  const gchar *description;
  const GstHailuoProvider *provider;
  const gchar *body;
  guint codes;
  const gchar *provider_code;    /* NULL: any */
  const gchar *provider_message; /* a part of it; NULL: any */
  GstHailuoBilled billed;
} FailureRow;

#define DATA(members) \
  "{\"code\":200,\"data\":{\"taskId\":\"t\",\"task_id\":\"t\"," members "}}"
#define ANY (~0u)
#define NO GST_HAILUO_BILLED_NO
#define UNKNOWN GST_HAILUO_BILLED_UNKNOWN

static const FailureRow failure_rows[] = {
  { "APIXO, documented", APIXO,
      "{\"code\":200,\"message\":\"success\",\"data\":{\"taskId\":"
      "\"task_12345678\",\"state\":\"failed\",\"failCode\":\"PromptInvalid\","
      "\"failMsg\":\"Prompt is invalid or rejected by provider\","
      "\"createTime\":1767965610929,\"completeTime\":1767965620132,"
      "\"costTime\":9041}}",
      UNIT_CODE (SETTINGS), "PromptInvalid",
      "Prompt is invalid or rejected by provider", UNKNOWN },
  { "APIXO, no code", APIXO,
      DATA ("\"state\":\"failed\",\"failMsg\":\"It broke\""),
      UNIT_CODE (FAILED), NULL, "It broke", UNKNOWN },
  { "APIXO, no message", APIXO,
      DATA ("\"state\":\"failed\",\"failCode\":\"NSFW\""), UNIT_CODE (SETTINGS),
      "NSFW", NULL, UNKNOWN },
  { "APIXO, nothing", APIXO, DATA ("\"state\":\"failed\""), UNIT_CODE (FAILED),
      NULL, NULL, UNKNOWN },
  { "APIXO, empty", APIXO,
      DATA ("\"state\":\"failed\",\"failCode\":\"\",\"failMsg\":null"),
      UNIT_CODE (FAILED), NULL, NULL, UNKNOWN },
  { "APIXO, a number as code", APIXO,
      DATA ("\"state\":\"failed\",\"failCode\":500,\"failMsg\":\"x\""), ANY,
      "500", "x", UNKNOWN },
  { "APIXO, wrong types", APIXO,
      DATA ("\"state\":\"failed\",\"failCode\":{},\"failMsg\":[1]"),
      UNIT_CODE (FAILED), NULL, NULL, UNKNOWN },
  { "APIXO, fail", APIXO, DATA ("\"state\":\"fail\",\"failCode\":\"Timeout\""),
      UNIT_CODE (BUSY), "Timeout", NULL, UNKNOWN },

  /* "Billing: Successful requests" */
  { "API in One, a text", APIINONE,
      DATA ("\"status\":\"FAILED\",\"error\":\"It broke\""), ANY, NULL,
      "It broke", NO },
  { "API in One, a code and a text", APIINONE,
      DATA ("\"status\":\"failed\",\"error\":{\"code\":\"SensitiveContent\","
            "\"message\":\"Not this\"}"),
      UNIT_CODE (SETTINGS), "SensitiveContent", "Not this", NO },
  { "API in One, flat", APIINONE,
      "{\"id\":\"t\",\"status\":\"error\",\"error\":{\"code\":\"Timeout\","
      "\"message\":\"Too slow\"}}",
      UNIT_CODE (BUSY), "Timeout", "Too slow", NO },
  { "API in One, cancelled", APIINONE,
      "{\"id\":\"t\",\"status\":\"cancelled\"}", ANY, NULL, NULL, NO },
  { "API in One, nothing", APIINONE, DATA ("\"status\":\"failed\""),
      UNIT_CODE (FAILED), NULL, NULL, NO },
};

static void
test_failure (gconstpointer data)
{
  const FailureRow *row = data;
  g_autoptr (GError) failure = parse_failure (row->provider, row->body);
  GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (failure);

  unit_assert_code (failure, row->codes);
  g_assert_cmpint (facts->billed, ==, row->billed);
  if (row->provider_code != NULL)
    g_assert_cmpstr (facts->provider_code, ==, row->provider_code);
  if (row->provider_message != NULL) {
    g_assert_nonnull (facts->provider_message);
    g_assert_nonnull (strstr (facts->provider_message, row->provider_message));
  }
}

/* What a host says is somebody else's text: it is shown, never obeyed by a
 * terminal, and never without end. */
static void
test_hostile (void)
{
  g_autoptr (GString)
      text = g_string_new ("gpj\\u202eexe\\n\\u001b[31m\\u0085");

  while (text->len < 10240)
    g_string_append (text, " %s%n\xc3\xa9\xe2\x80\xa8");
  for (guint i = 0; i < GST_HAILUO_N_PROVIDERS; i++) {
    const gchar *format = i == GST_HAILUO_PROVIDER_APIXO
        ? DATA ("\"state\":\"failed\",\"failCode\":\"@\",\"failMsg\":\"@\"")
        : DATA ("\"status\":\"failed\",\"error\":{\"code\":\"@\","
                "\"message\":\"@\"}");
    g_auto (GStrv) parts = g_strsplit (format, "@", -1);
    g_autofree gchar *body = g_strjoinv (text->str, parts);
    g_autoptr (GError)
        failure = parse_failure (gst_hailuo_provider_get (i), body);
    GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (failure);

    g_assert_nonnull (facts->provider_code);
    unit_assert_sane (facts->provider_code);
    g_assert_nonnull (facts->provider_message);
    unit_assert_sane (facts->provider_message);
    g_assert_cmpuint (strlen (failure->message), <, 4096);
    g_assert_null (strstr (failure->message, "\xe2\x80\xae"));
    g_assert_null (strchr (failure->message, '\x1b'));
  }
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  UNIT_ADD_TABLE ("/failures/class", class_rows, test_class);
  UNIT_ADD_TABLE ("/failures/failure", failure_rows, test_failure);
  g_test_add_func ("/failures/hostile", test_hostile);

  return g_test_run ();
}
