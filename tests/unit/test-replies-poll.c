/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The response to a poll: state, clip, failure, or that it does not tell. */
#include "unit.h"

#include "provider.h"

#define APIXO &gst_hailuo_provider_apixo
#define APIINONE &gst_hailuo_provider_apiinone
#define PENDING GST_HAILUO_STATE_PENDING
#define PROCESSING GST_HAILUO_STATE_PROCESSING
#define SUCCESS GST_HAILUO_STATE_SUCCESS
#define FAILED GST_HAILUO_STATE_FAILED
#define CLIP "https://file.apixo.ai/video.mp4"
#define CODE_200 "{\"code\":200,\"message\":\"success\",\"data\":{"

static gboolean
parse (const GstHailuoProvider *provider, guint status, const gchar *text,
    GstHailuoReport *report, GError **error)
{
  return unit_parse_poll (
      provider, status, text, NULL, unit_find_task (text), report, error);
}

static void
parse_fine (const GstHailuoProvider *provider, const gchar *text,
    GstHailuoReport *report)
{
  g_autoptr (GError) error = NULL;
  gboolean fine = parse (provider, 200, text, report, &error);

  g_assert_no_error (error);
  g_assert_true (fine);
  g_assert_true (report->url != NULL ? report->made : report->state != SUCCESS);
  g_assert_true ((report->failure != NULL) == (report->state == FAILED));
}

typedef struct
{
  const gchar *description;
  const GstHailuoProvider *provider;
  const gchar *words;
  GstHailuoState state;
} StateRow;

static const StateRow state_rows[] = {
  { "APIXO, pending", APIXO, "pending", PENDING },
  { "APIXO, processing", APIXO, "processing", PROCESSING },
  { "APIXO, success", APIXO, "success", SUCCESS },
  { "APIXO, failed", APIXO, "failed fail", FAILED },
  { "API in One, pending", APIINONE,
      "pending queued waiting submitted not_started created", PENDING },
  { "API in One, processing", APIINONE,
      "in_progress processing running generating started", PROCESSING },
  { "API in One, success", APIINONE,
      "completed complete success succeeded finished done", SUCCESS },
  { "API in One, failed", APIINONE,
      "failed fail cancelled canceled timeout rejected", FAILED },
};

static gchar *
state_body (const GstHailuoProvider *provider, const gchar *word, guint form,
    GstHailuoState state)
{
  gboolean has_link = state == SUCCESS;

  if (provider == APIXO)
    return g_strdup_printf (CODE_200 "\"taskId\":\"t\",\"state\":\"%s\"%s}}",
        word,
        has_link ? ",\"resultJson\":\"{\\\"resultUrls\\\":[\\\"" CLIP "\\\"]}\""
                 : "");
  if (form == 0)
    return g_strdup_printf (CODE_200 "\"task_id\":\"t\",\"status\":\"%s\"%s}}",
        word, has_link ? ",\"output\":{\"video_url\":\"" CLIP "\"}" : "");
  return g_strdup_printf ("{\"id\":\"t\",\"status\":\"%s\"%s}", word,
      has_link ? ",\"output\":{\"video_url\":\"" CLIP "\"}" : "");
}

static void
test_states (gconstpointer data)
{
  const StateRow *row = data;
  g_auto (GStrv) words = g_strsplit (row->words, " ", -1);

  for (guint i = 0; words[i] != NULL; i++) {
    g_autofree gchar *upper = g_ascii_strup (words[i], -1);
    g_autofree gchar *mixed = g_strdup (words[i]);
    const gchar *spelled[] = { words[i], upper, mixed };

    mixed[0] = g_ascii_toupper (mixed[0]);
    for (guint j = 0; j < G_N_ELEMENTS (spelled); j++) {
      for (guint form = 0; form < 2; form++) {
        g_autofree gchar *body = state_body (
            row->provider, spelled[j], form, row->state);
        g_auto (GstHailuoReport) report = { 0 };

        g_test_message ("%s", body);
        parse_fine (row->provider, body, &report);
        g_assert_cmpint (report.state, ==, row->state);
        g_assert_null (report.unknown_word);
        if (row->state == SUCCESS)
          g_assert_cmpstr (report.url, ==, CLIP);
      }
    }
  }
}

typedef struct
{
  const gchar *description;
  const GstHailuoProvider *provider;
  const gchar *body;
  GstHailuoState state;
  const gchar *url;
} ReportRow;

#define RESULT(json) \
  CODE_200 "\"taskId\":\"t\",\"state\":\"success\",\"resultJson\":" json "}}"
#define DONE(members) \
  "{\"data\":{\"task_id\":\"t\",\"status\":\"completed\"," members "}}"

static const ReportRow report_rows[] = {
  { "APIXO, documented processing", APIXO,
      CODE_200 "\"taskId\":\"task_12345678\",\"state\":\"processing\","
               "\"createTime\":1767965610929}}",
      PROCESSING },
  { "APIXO, documented success", APIXO,
      CODE_200 "\"taskId\":\"task_12345678\",\"state\":\"success\","
               "\"resultJson\":\"{\\\"resultUrls\\\":[\\\"" CLIP "\\\"]}\","
               "\"createTime\":1767965610929,\"completeTime\":1767965730929,"
               "\"costTime\":120000}}",
      SUCCESS, CLIP },
  { "APIXO, seen success", APIXO,
      "{\"code\":200,\"message\":\"success\",\"data\":{\"resultJson\":"
      "\"{\\\"resultUrls\\\":[\\\"https://file.apixo.ai/temp/out.mp4\\\"]}\","
      "\"state\":\"success\",\"taskId\":\"dff8afd34c4e47719b85ad6651daa3f0\","
      "\"createTime\":1780459451000,\"completeTime\":1780459536000}}",
      SUCCESS, "https://file.apixo.ai/temp/out.mp4" },
  { "APIXO, result as an object", APIXO,
      RESULT ("{\"resultUrls\":[\"" CLIP "\"]}"), SUCCESS, CLIP },
  { "APIXO, several links", APIXO,
      RESULT ("\"{\\\"resultUrls\\\":[\\\"" CLIP "\\\","
              "\\\"https://x.example/2.mp4\\\"]}\""),
      SUCCESS, CLIP },
  { "APIXO, a link with a query", APIXO,
      RESULT ("\"{\\\"resultUrls\\\":[\\\"" CLIP "?a=b&c=%2F\\\"]}\""), SUCCESS,
      CLIP "?a=b&c=%2F" },
  { "APIXO, a link with escapes", APIXO,
      RESULT ("\"{\\\"resultUrls\\\":[\\\"https:\\\\/\\\\/x.example"
              "\\\\/v.mp4\\\"]}\""),
      SUCCESS, "https://x.example/v.mp4" },
  { "APIXO, a link without an ending", APIXO,
      RESULT ("\"{\\\"resultUrls\\\":[\\\"https://x.example/v\\\"]}\""),
      SUCCESS, "https://x.example/v" },
  { "APIXO, success with empty fail members", APIXO,
      CODE_200
      "\"taskId\":\"t\",\"state\":\"success\",\"failCode\":\"\",\"failMsg\":\"\","
      "\"resultJson\":\"{\\\"resultUrls\\\":[\\\"" CLIP "\\\"]}\"}}",
      SUCCESS, CLIP },
  { "APIXO, processing with empty result", APIXO,
      CODE_200 "\"state\":\"processing\",\"resultJson\":\"\","
               "\"failCode\":null}}",
      PROCESSING },
  /* a state in the table is believed, whatever stands beside it */
  { "APIXO, processing with a link", APIXO,
      CODE_200 "\"state\":\"processing\",\"resultJson\":"
               "\"{\\\"resultUrls\\\":[\\\"" CLIP "\\\"]}\"}}",
      PROCESSING, CLIP },
  { "APIXO, failed with a link", APIXO,
      CODE_200
      "\"taskId\":\"t\",\"state\":\"failed\",\"failCode\":\"Timeout\",\"resultJson\":"
      "\"{\\\"resultUrls\\\":[\\\"" CLIP "\\\"]}\"}}",
      FAILED, CLIP },
  { "APIXO, failed with nothing", APIXO,
      CODE_200 "\"taskId\":\"t\",\"state\":\"failed\"}}", FAILED },

  { "API in One, first place", APIINONE,
      DONE ("\"video_url\":\"https://x.example/2.mp4\","
            "\"output\":{\"video_url\":\"" CLIP "\"}"),
      SUCCESS, CLIP },
  { "API in One, second place", APIINONE,
      DONE ("\"other\":\"https://x.example/2.mp4\",\"video_url\":\"" CLIP "\""),
      SUCCESS, CLIP },
  { "API in One, third place", APIINONE,
      "{\"status\":\"completed\",\"more\":\"https://x.example/2.mp4\","
      "\"output\":{\"video_url\":\"" CLIP "\"}}",
      SUCCESS, CLIP },
  { "API in One, a place with another ending", APIINONE,
      DONE ("\"output\":{\"video_url\":\"https://x.example/v?id=1\"}"), SUCCESS,
      "https://x.example/v?id=1" },
  { "API in One, found by its ending", APIINONE,
      DONE ("\"result\":[{\"href\":\"" CLIP "\"}]"), SUCCESS, CLIP },
  { "API in One, found before the query", APIINONE,
      DONE ("\"result\":\"" CLIP "?sig=a.b\""), SUCCESS, CLIP "?sig=a.b" },
  { "API in One, found by the first ending", APIINONE,
      DONE ("\"a\":\"" CLIP "\",\"b\":\"https://x.example/2.mp4\""), SUCCESS,
      CLIP },
  { "API in One, output is the link", APIINONE,
      DONE ("\"output\":\"" CLIP "\""), SUCCESS, CLIP },
  { "API in One, output is a list", APIINONE,
      DONE ("\"output\":[\"" CLIP "\"]"), SUCCESS, CLIP },
  { "API in One, JSON in a string", APIINONE,
      DONE ("\"resultJson\":\"{\\\"resultUrls\\\":[\\\"" CLIP "\\\"]}\""),
      SUCCESS, CLIP },
  { "API in One, found by the member video_url", APIINONE,
      DONE ("\"result\":{\"video_url\":\"https://x.example/v\"}"), SUCCESS,
      "https://x.example/v" },
  { "API in One, found by the member url", APIINONE,
      DONE ("\"result\":{\"url\":\"https://x.example/v\"}"), SUCCESS,
      "https://x.example/v" },
  { "API in One, the ending goes before the member", APIINONE,
      DONE ("\"a\":{\"url\":\"https://x.example/page\"},\"b\":{\"c\":\"" CLIP
            "\"}"),
      SUCCESS, CLIP },
  { "API in One, a poster beside it", APIINONE,
      DONE ("\"poster\":\"https://x.example/p.jpg\",\"cover\":{\"url\":"
            "\"https://x.example/c.jpg\"},\"result\":{\"url\":"
            "\"https://x.example/v\"}"),
      SUCCESS, "https://x.example/v" },
  { "API in One, the callback beside it", APIINONE,
      DONE ("\"callback_url\":\"https://me.example/hook\",\"result\":{\"url\":"
            "\"https://x.example/v\"}"),
      SUCCESS, "https://x.example/v" },
  { "API in One, the callback ends like a clip", APIINONE,
      DONE ("\"callback_url\":\"https://me.example/hook.mp4\",\"result\":"
            "{\"href\":\"" CLIP "\"}"),
      SUCCESS, CLIP },
  { "API in One, the request beside it", APIINONE,
      DONE ("\"input\":{\"image\":\"https://me.example/i.jpg\",\"prompt\":"
            "\"see https://me.example/x\"},\"result\":\"" CLIP "\""),
      SUCCESS, CLIP },
  { "API in One, an ending that is no link", APIINONE,
      DONE ("\"file\":\"video.mp4\",\"result\":\"" CLIP "\""), SUCCESS, CLIP },
  { "API in One, processing with a link", APIINONE,
      "{\"data\":{\"status\":\"processing\",\"output\":{\"video_url\":\"" CLIP
      "\"}}}",
      PROCESSING, CLIP },
  { "API in One, failed with a link", APIINONE,
      "{\"data\":{\"task_id\":\"t\",\"status\":\"failed\",\"result\":[\"" CLIP
      "\"]}}",
      FAILED, CLIP },
  { "API in One, the outer word is the request's", APIINONE,
      "{\"status\":\"success\",\"data\":{\"status\":\"processing\"}}",
      PROCESSING },

  { "API in One, a failed task with a number as code", APIINONE,
      "{\"id\":\"t\",\"status\":\"failed\",\"error\":{\"code\":500,"
      "\"message\":\"x\"}}",
      FAILED },
  { "API in One, a failed task in an envelope that says no", APIINONE,
      "{\"code\":501,\"message\":\"x\",\"data\":{\"task_id\":\"t\","
      "\"status\":\"FAILED\"}}",
      FAILED },
  { "APIXO, a failed task in an envelope that says no", APIXO,
      "{\"code\":501,\"message\":\"x\",\"data\":{\"taskId\":\"t\","
      "\"state\":\"fail\",\"failCode\":\"500\"}}",
      FAILED },

  /* a word in no table: evidence decides */
  { "an unknown word with a link", APIXO,
      CODE_200 "\"taskId\":\"t\",\"state\":\"galloping\",\"resultJson\":"
               "\"{\\\"resultUrls\\\":[\\\"" CLIP "\\\"]}\"}}",
      SUCCESS, CLIP },
  { "an unknown word with a link, API in One", APIINONE,
      "{\"status\":\"galloping\",\"output\":{\"video_url\":\"" CLIP "\"}}",
      SUCCESS, CLIP },
  { "the response's error, API in One", APIINONE,
      "{\"task_id\":\"t\",\"status\":\"error\",\"error\":{\"code\":"
      "\"rate_limit\"}}",
      PROCESSING },
  /* its clip may have been made, and charged */
  { "expired, API in One", APIINONE,
      "{\"data\":{\"task_id\":\"t\",\"status\":\"expired\"}}", PROCESSING },
  { "an unknown word with a fail code", APIXO,
      CODE_200
      "\"taskId\":\"t\",\"state\":\"galloping\",\"failCode\":\"Timeout\"}}",
      FAILED },
  { "an unknown word with a code that is none", APIXO,
      CODE_200 "\"taskId\":\"t\",\"state\":\"galloping\",\"failCode\":0}}",
      PROCESSING },
  { "an unknown word with a code in no table", APIXO,
      CODE_200 "\"taskId\":\"t\",\"state\":\"galloping\",\"failCode\":\"0\"}}",
      PROCESSING },
  { "an unknown word with a fail code of nobody", APIXO,
      CODE_200 "\"state\":\"galloping\",\"failCode\":\"Timeout\"}}",
      PROCESSING },
  { "API in One, the request's status is a number", APIINONE,
      "{\"status\":200,\"error\":{\"code\":0},\"data\":{\"state\":\"processing\"}}",
      PROCESSING },
  { "API in One, the inner word by another name", APIINONE,
      "{\"status\":\"success\",\"data\":{\"task_id\":\"t\",\"state\":\"processing\"}}",
      PROCESSING },
};

static void
test_report (gconstpointer data)
{
  const ReportRow *row = data;
  g_auto (GstHailuoReport) report = { 0 };

  parse_fine (row->provider, row->body, &report);
  g_assert_cmpint (report.state, ==, row->state);
  g_assert_cmpstr (report.url, ==, row->url);
  if (report.failure != NULL)
    unit_assert_code (report.failure, ~0u);
}

static const ReportRow word_rows[] = {
  { "APIXO", APIXO, CODE_200 "\"taskId\":\"t\",\"state\":\"galloping\"}}" },
  { "API in One, enveloped", APIINONE, CODE_200 "\"status\":\"galloping\"}}" },
  { "API in One, flat", APIINONE, "{\"status\":\"galloping\"}" },
  { "not fit to be shown", APIXO,
      CODE_200 "\"state\":\"\\u202egalloping\\n\\u001b\"}}" },
  { "in capitals", APIXO, CODE_200 "\"state\":\"GALLOPING\"}}" },
};

static void
test_unknown_word (gconstpointer data)
{
  const ReportRow *row = data;
  g_auto (GstHailuoReport) report = { 0 };
  g_autofree gchar *lower = NULL;

  parse_fine (row->provider, row->body, &report);
  g_assert_cmpint (report.state, ==, PROCESSING);
  g_assert_nonnull (report.unknown_word);
  unit_assert_sane (report.unknown_word);
  lower = g_ascii_strdown (report.unknown_word, -1);
  g_assert_nonnull (strstr (lower, "galloping"));
}

static const ReportRow no_state_rows[] = {
  { "APIXO, none", APIXO, CODE_200 "\"taskId\":\"t\"}}" },
  { "APIXO, null", APIXO, CODE_200 "\"state\":null}}" },
  { "APIXO, empty", APIXO, CODE_200 "\"state\":\"\"}}" },
  { "APIXO, an object", APIXO, CODE_200 "\"state\":{}}}" },
  { "APIXO, data a list", APIXO, "{\"code\":200,\"data\":[]}" },
  { "APIXO, data null", APIXO, "{\"code\":200,\"data\":null}" },
  { "API in One, none", APIINONE, "{\"id\":\"t\"}" },
  { "API in One, true", APIINONE, "{\"id\":\"t\",\"status\":true}" },
  { "API in One, data a list", APIINONE, "{\"code\":200,\"data\":[]}" },
};

/* No state at all is an answer that does not tell, or a word nobody knows: the
 * next poll may know more, and nothing is won or lost by this one. */
static void
test_no_state (gconstpointer data)
{
  const ReportRow *row = data;
  g_auto (GstHailuoReport) report = { 0 };
  g_autoptr (GError) error = NULL;

  if (parse (row->provider, 200, row->body, &report, &error)) {
    g_assert_cmpint (report.state, ==, PROCESSING);
    g_assert_nonnull (report.unknown_word);
    unit_assert_sane (report.unknown_word);
  } else {
    unit_assert_code (error, ~0u);
    g_assert_true (gst_hailuo_error_is_retryable (error));
  }
}

/* What failed may be the request, or another task: who takes it for this one
 * pays for another while this one goes on. */
static const ReportRow other_rows[] = {
  { "API in One, running and failed", APIINONE,
      "{\"task_id\":\"t\",\"state\":\"running\",\"status\":\"failed\"}" },
  { "API in One, another id", APIINONE,
      "{\"id\":\"request-1\",\"status\":\"timeout\"}" },
  { "API in One, no id", APIINONE, "{\"data\":{\"status\":\"failed\"}}" },
  { "API in One, another task", APIINONE,
      "{\"data\":{\"task_id\":\"other\",\"status\":\"failed\"}}" },
  { "APIXO, no id", APIXO, CODE_200 "\"state\":\"failed\"}}" },
  { "APIXO, another task", APIXO,
      CODE_200 "\"taskId\":\"other\",\"state\":\"failed\"}}" },
  { "APIXO, another task with its clip", APIXO,
      CODE_200 "\"taskId\":\"other\",\"state\":\"success\",\"resultJson\":"
               "{\"resultUrls\":[\"" CLIP "\"]}}}" },
  { "APIXO, a clip and no id", APIXO,
      CODE_200 "\"state\":\"success\",\"resultJson\":{\"resultUrls\":[\"" CLIP
               "\"]}}}" },
  { "APIXO, a clip, an unknown word and no id", APIXO,
      CODE_200 "\"state\":\"galloping\",\"resultJson\":"
               "{\"resultUrls\":[\"" CLIP "\"]}}}" },
  { "APIXO, another task in an envelope that says no", APIXO,
      "{\"code\":501,\"message\":\"x\",\"data\":{\"taskId\":\"other\","
      "\"state\":\"fail\",\"failCode\":\"500\"}}" },
};

static void
test_other_task (gconstpointer data)
{
  const ReportRow *row = data;
  g_auto (GstHailuoReport) report = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (parse (row->provider, 200, row->body, &report, &error));
  g_assert_nonnull (error);
  g_assert_true (gst_hailuo_error_is_retryable (error));
  g_assert_null (report.url);
  g_assert_null (report.failure);
}

/* Success without a clip is an error, never an empty stream; whether the
 * answer or the task is to blame is left open. */
static const ReportRow no_link_rows[] = {
  { "APIXO, no result", APIXO, CODE_200 "\"state\":\"success\"}}" },
  { "APIXO, null", APIXO, RESULT ("null") },
  { "APIXO, empty", APIXO, RESULT ("\"\"") },
  { "APIXO, garbage", APIXO, RESULT ("\"{resultUrls\"") },
  { "APIXO, cut", APIXO, RESULT ("\"{\\\"resultUrls\\\":[\\\"https:\"") },
  { "APIXO, a number", APIXO, RESULT ("7") },
  { "APIXO, no list", APIXO, RESULT ("\"{}\"") },
  { "APIXO, an empty list", APIXO, RESULT ("\"{\\\"resultUrls\\\":[]}\"") },
  { "APIXO, a list of numbers", APIXO,
      RESULT ("\"{\\\"resultUrls\\\":[1,2]}\"") },
  { "APIXO, a list of nothing", APIXO,
      RESULT ("\"{\\\"resultUrls\\\":[\\\"\\\"]}\"") },
  { "APIXO, the same name twice", APIXO,
      RESULT ("\"{\\\"resultUrls\\\":[\\\"" CLIP "\\\"],"
              "\\\"resultUrls\\\":[]}\"") },
  { "API in One, no result", APIINONE, "{\"status\":\"completed\"}" },
  { "API in One, output null", APIINONE, DONE ("\"output\":null") },
  { "API in One, a number", APIINONE, DONE ("\"video_url\":7") },
  { "API in One, an empty link", APIINONE, DONE ("\"video_url\":\"\"") },
  { "API in One, only a poster", APIINONE,
      DONE ("\"poster_url\":\"https://x.example/p.jpg\"") },
  { "API in One, a poster as url", APIINONE,
      DONE ("\"cover\":{\"url\":\"https://x.example/p.jpg\"}") },
  { "API in One, a poster with a query as url", APIINONE,
      DONE ("\"cover\":{\"url\":\"https://x.example/p.png?v=.mp4\"}") },
  { "API in One, only the callback", APIINONE,
      DONE ("\"callback_url\":\"https://me.example/hook\"") },
  { "API in One, only the request", APIINONE,
      DONE ("\"input\":{\"image\":\"https://me.example/i.jpg\"}") },
  { "API in One, no scheme", APIINONE, DONE ("\"file\":\"v.mp4\"") },
  { "API in One, another scheme", APIINONE,
      DONE ("\"file\":\"file:///etc/v.mp4\"") },
  { "API in One, a url of another scheme", APIINONE,
      DONE ("\"result\":{\"url\":\"ftp://x.example/v\"}") },
};

static void
test_no_link (gconstpointer data)
{
  const ReportRow *row = data;
  g_auto (GstHailuoReport) report = { 0 };
  g_autoptr (GError) error = NULL;
  guint codes = UNIT_CODE (FAILED) | UNIT_CODE (DOWNLOAD);

  if (parse (row->provider, 200, row->body, &report, &error)) {
    g_assert_cmpint (report.state, ==, FAILED);
    unit_assert_code (report.failure, codes);
  } else {
    unit_assert_code (error, codes);
  }
  g_assert_null (report.url);
}

typedef struct
{
  const gchar *description;
  const GstHailuoProvider *provider; /* NULL: both */
  guint status;
  const gchar *body;
  guint codes;
  gboolean retryable;
} ErrorRow;

#define HTML "<!DOCTYPE html><html><body>Bad gateway</body></html>"
#define FAILED_TASK(code) \
  "{\"code\":" code ",\"message\":\"x\",\"data\":{\"taskId\":\"t\"," \
  "\"state\":\"failed\"}}"
#define ERROR_BODY(code) "{\"code\":" code ",\"message\":\"x\"}"
#define ANY (~0u)
#define SERVER (UNIT_CODE (BUSY) | UNIT_CODE (FAILED) | UNIT_CODE (CONNECT))

static const ErrorRow error_rows[] = {
  { "401", NULL, 401, ERROR_BODY ("401"), UNIT_CODE (NOT_AUTHORIZED), FALSE },
  { "401, nothing", NULL, 401, "", UNIT_CODE (NOT_AUTHORIZED), FALSE },
  { "403", NULL, 403, ERROR_BODY ("403"), UNIT_CODE (NOT_AUTHORIZED), FALSE },
  { "403, HTML", NULL, 403, HTML, UNIT_CODE (NOT_AUTHORIZED), FALSE },
  { "400", NULL, 400, ERROR_BODY ("400"), UNIT_CODE (SETTINGS), FALSE },
  /* a task may not be visible at once */
  { "404", NULL, 404, ERROR_BODY ("404"), UNIT_CODE (NOT_FOUND), TRUE },
  { "404, HTML", NULL, 404, HTML, UNIT_CODE (NOT_FOUND), TRUE },
  { "404, API in One", APIINONE, 404,
      "{\"error\":{\"code\":404,\"message\":\"x\"}}", UNIT_CODE (NOT_FOUND),
      TRUE },
  { "408", NULL, 408, ERROR_BODY ("408"), SERVER, TRUE },
  { "429", NULL, 429, ERROR_BODY ("429"), UNIT_CODE (BUSY), TRUE },
  { "429, HTML", NULL, 429, HTML, UNIT_CODE (BUSY), TRUE },
  { "500", NULL, 500, ERROR_BODY ("500"), SERVER, TRUE },
  { "500, nothing", NULL, 500, "", SERVER, TRUE },
  { "502, HTML", NULL, 502, HTML, SERVER, TRUE },
  { "503", NULL, 503, ERROR_BODY ("503"), UNIT_CODE (BUSY), TRUE },
  { "504", NULL, 504, ERROR_BODY ("504"), SERVER, TRUE },
  { "520, HTML", NULL, 520, HTML, SERVER, TRUE },
  { "200 with code 401", NULL, 200, ERROR_BODY ("401"),
      UNIT_CODE (NOT_AUTHORIZED), FALSE },
  { "200 with code 403 as text", NULL, 200, ERROR_BODY ("\"403\""),
      UNIT_CODE (NOT_AUTHORIZED), FALSE },
  { "200 with code 404", NULL, 200, ERROR_BODY ("404"), UNIT_CODE (NOT_FOUND),
      TRUE },
  { "200 with code 429", NULL, 200, ERROR_BODY ("429"), UNIT_CODE (BUSY),
      TRUE },
  { "200 with code 500", NULL, 200, ERROR_BODY ("500"), SERVER, TRUE },
  { "200 with an error, API in One", APIINONE, 200,
      "{\"error\":{\"code\":401,\"message\":\"Invalid API key\"}}",
      UNIT_CODE (NOT_AUTHORIZED), FALSE },
  /* the state of the answer is not the state of the task: who takes this for a
   * failed task gives up a paid clip because of a wrong key */
  { "401, its state is error, API in One", APIINONE, 401,
      "{\"status\":\"error\",\"message\":\"Invalid API key\"}",
      UNIT_CODE (NOT_AUTHORIZED), FALSE },
  { "404, its state is error, API in One", APIINONE, 404,
      "{\"status\":\"error\",\"message\":\"x\"}", UNIT_CODE (NOT_FOUND), TRUE },
  { "429, its state is fail, API in One", APIINONE, 429,
      "{\"status\":\"fail\",\"message\":\"x\"}", UNIT_CODE (BUSY), TRUE },
  { "500, its state is error, API in One", APIINONE, 500,
      "{\"status\":\"error\",\"message\":\"x\"}", SERVER, TRUE },
  { "200 with code 401, its state is error, API in One", APIINONE, 200,
      "{\"code\":401,\"status\":\"error\",\"message\":\"x\"}",
      UNIT_CODE (NOT_AUTHORIZED), FALSE },
  /* a poll that was refused, with the last state that a cache had */
  { "429, the task failed", APIXO, 429, FAILED_TASK ("429"), UNIT_CODE (BUSY),
      TRUE },
  { "200 with code 402, the task failed", APIXO, 200, FAILED_TASK ("402"),
      UNIT_CODE (NO_CREDIT), FALSE },
  { "500, the task failed with a code", APIXO, 500,
      "{\"code\":500,\"data\":{\"taskId\":\"t\",\"state\":\"failed\","
      "\"failCode\":\"Timeout\"}}",
      SERVER, TRUE },
  { "401 that names the task, API in One", APIINONE, 401,
      "{\"task_id\":\"t\",\"status\":\"error\",\"error\":{\"code\":"
      "\"unauthorized\",\"message\":\"bad key\"}}",
      UNIT_CODE (NOT_AUTHORIZED), FALSE },
  { "200, HTML", NULL, 200, HTML, ANY, TRUE },
  { "200, nothing", NULL, 200, "", ANY, TRUE },
  { "200, cut", NULL, 200, CODE_200 "\"state\":\"proc", ANY, TRUE },
  { "200, not UTF-8", NULL, 200, "{\"x\":\"\xff\"}", ANY, TRUE },
  { "200, an array", NULL, 200, "[]", ANY, TRUE },
  { "200, a state twice", APIXO, 200,
      CODE_200 "\"state\":\"failed\",\"state\":\"success\"}}", ANY, TRUE },
  { "204, nothing", NULL, 204, "", ANY, TRUE },
  { "301", NULL, 301, "", UNIT_CODE (FAILED), FALSE },
  { "302, HTML", NULL, 302, HTML, UNIT_CODE (FAILED), FALSE },
  { "308, JSON", NULL, 308, "{}", UNIT_CODE (FAILED), FALSE },
};

static void
assert_error (const ErrorRow *row, const GstHailuoProvider *provider)
{
  g_auto (GstHailuoReport) report = { 0 };
  g_autoptr (GError) error = NULL;
  GstHailuoErrorPrivate *facts;

  g_assert_false (parse (provider, row->status, row->body, &report, NULL));
  g_assert_false (parse (provider, row->status, row->body, &report, &error));
  unit_assert_code (error, row->codes);
  g_test_message ("%s", error->message);
  facts = gst_hailuo_error_get_facts (error);
  g_assert_cmpint (facts->retryable, ==, row->retryable);
  g_assert_cmpint (facts->retry_after, ==, 7000);
  /* outputs of what fails stay as they were */
  g_assert_cmpint (report.state, ==, GST_HAILUO_STATE_NONE);
  g_assert_null (report.unknown_word);
  g_assert_null (report.url);
  g_assert_null (report.failure);
}

static void
test_error (gconstpointer data)
{
  const ErrorRow *row = data;

  if (row->provider != NULL) {
    assert_error (row, row->provider);
    return;
  }
  for (guint i = 0; i < GST_HAILUO_N_PROVIDERS; i++)
    assert_error (row, gst_hailuo_provider_get (i));
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  UNIT_ADD_TABLE ("/poll/states", state_rows, test_states);
  UNIT_ADD_TABLE ("/poll/report", report_rows, test_report);
  UNIT_ADD_TABLE ("/poll/unknown-word", word_rows, test_unknown_word);
  UNIT_ADD_TABLE ("/poll/no-state", no_state_rows, test_no_state);
  UNIT_ADD_TABLE ("/poll/other-task", other_rows, test_other_task);
  UNIT_ADD_TABLE ("/poll/no-link", no_link_rows, test_no_link);
  UNIT_ADD_TABLE ("/poll/error", error_rows, test_error);

  return g_test_run ();
}
