/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answer to a submit: a task id, a proof that there is no task, or "nobody
 * knows".  A wrong row here pays twice, or loses a paid clip. */
#include "unit.h"

#include "provider.h"

#define APIXO &gst_hailuo_provider_apixo
#define APIINONE &gst_hailuo_provider_apiinone
#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN
#define HTML "<!DOCTYPE html><html><body>Bad gateway</body></html>"

typedef struct
{
  const gchar *description;
  const GstHailuoProvider *provider;
  guint status;
  const gchar *body;
  const gchar *task_id;
} AcceptedRow;

#define BOTH_IDS \
  "{\"data\":{\"task_id\":\"a\",\"id\":\"c\"},\"task_id\":\"b\",\"id\":\"d\"}"

static const AcceptedRow accepted_rows[] = {
  { "APIXO, documented", APIXO, 200,
      "{\"code\":200,\"message\":\"success\","
      "\"data\":{\"taskId\":\"task_12345678\"}}",
      "task_12345678" },
  { "APIXO, seen", APIXO, 200,
      "{\"code\":200,\"message\":\"success\","
      "\"data\":{\"taskId\":\"dff8afd34c4e47719b85ad6651daa3f0\"}}",
      "dff8afd34c4e47719b85ad6651daa3f0" },
  { "APIXO, 201", APIXO, 201, "{\"code\":200,\"data\":{\"taskId\":\"x\"}}",
      "x" },
  { "APIXO, 202", APIXO, 202, "{\"code\":200,\"data\":{\"taskId\":\"x\"}}",
      "x" },
  { "APIXO, the code as text", APIXO, 200,
      "{\"code\":\"200\",\"data\":{\"taskId\":\"x\"}}", "x" },
  { "APIXO, the code as a fraction", APIXO, 200,
      "{\"code\":200.0,\"data\":{\"taskId\":\"x\"}}", "x" },
  { "APIXO, no code", APIXO, 200, "{\"data\":{\"taskId\":\"x\"}}", "x" },
  { "APIXO, members nobody knows", APIXO, 200,
      "{\"v\":[1,{}],\"code\":200,\"data\":{\"taskId\":\"x\",\"y\":null}}",
      "x" },
  { "APIXO, the id as a number", APIXO, 200,
      "{\"code\":200,\"data\":{\"taskId\":176843862716480}}",
      "176843862716480" },
  { "APIXO, the id as a large number", APIXO, 200,
      "{\"code\":200,\"data\":{\"taskId\":1768438627164801234}}",
      "1768438627164801234" },
  { "APIXO, white space around", APIXO, 200,
      "\n {\"code\":200,\"data\":{\"taskId\":\"x\"}} \r\n", "x" },
  { "APIXO, an id of 128 characters", APIXO, 200,
      "{\"code\":200,\"data\":{\"taskId\":\"" SIXTY SIXTY "12345678\"}}",
      SIXTY SIXTY "12345678" },

  { "API in One, flat", APIINONE, 200,
      "{\"id\":\"task_abc123\",\"status\":\"pending\",\"model\":\"kling-3\","
      "\"created_at\":\"2026-02-24T12:00:00Z\"}",
      "task_abc123" },
  { "API in One, enveloped", APIINONE, 200,
      "{\"code\":200,\"message\":\"success\",\"data\":{\"task_id\":"
      "\"n41xxxx_flux2\",\"status\":\"IN_PROGRESS\"}}",
      "n41xxxx_flux2" },
  { "API in One, flat task id", APIINONE, 200, "{\"task_id\":\"x\"}", "x" },
  { "API in One, enveloped id", APIINONE, 200,
      "{\"code\":200,\"data\":{\"id\":\"x\"}}", "x" },
  { "API in One, all ids", APIINONE, 200, BOTH_IDS, "a" },
  { "API in One, second id", APIINONE, 200,
      "{\"id\":\"d\",\"data\":{\"id\":\"c\"},\"task_id\":\"b\"}", "b" },
  { "API in One, third id", APIINONE, 200,
      "{\"id\":\"d\",\"data\":{\"id\":\"c\"}}", "c" },
  { "API in One, first id empty", APIINONE, 200,
      "{\"data\":{\"task_id\":\"\"},\"task_id\":\"b\"}", "b" },
  { "API in One, first id null", APIINONE, 200,
      "{\"data\":{\"task_id\":null},\"id\":\"d\"}", "d" },
  { "API in One, 201", APIINONE, 201, "{\"id\":\"x\"}", "x" },

  /* an error, but with the id of a task: it may be billed, so it is kept */
  { "APIXO, 500 with an id", APIXO, 500,
      "{\"code\":500,\"message\":\"x\",\"data\":{\"taskId\":\"t\"}}", "t" },
  { "APIXO, 504 with an id", APIXO, 504,
      "{\"code\":504,\"message\":\"x\",\"data\":{\"taskId\":\"t\"}}", "t" },
  { "APIXO, 429 with an id", APIXO, 429,
      "{\"code\":429,\"data\":{\"taskId\":\"t\"}}", "t" },
  { "APIXO, an error's code with an id", APIXO, 200,
      "{\"code\":500,\"data\":{\"taskId\":\"t\"}}", "t" },
  { "API in One, 500 with an id", APIINONE, 500,
      "{\"code\":500,\"data\":{\"task_id\":\"t\"}}", "t" },
  { "API in One, 502 with a flat id", APIINONE, 502,
      "{\"error\":{\"code\":502,\"message\":\"x\"},\"task_id\":\"t\"}", "t" },
};

static void
test_accepted (gconstpointer data)
{
  const AcceptedRow *row = data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *task_id = unit_parse_submit (
      row->provider, row->status, row->body, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (task_id, ==, row->task_id);
  g_assert_true (gst_hailuo_task_id_is_valid (task_id));
}

typedef enum
{
  NEVER,
  AGAIN,
  EITHER
} Retryable;

typedef struct
{
  const gchar *description;
  const GstHailuoProvider *provider;
  guint status;
  const gchar *body;
  guint codes;
  Retryable retryable;
  const gchar *tells;         /* in the message, or in the provider's */
  const gchar *provider_code; /* NULL: any */
} RefusedRow;

/* Refused, so nothing is billed. */
static const RefusedRow refused_rows[] = {
  { "APIXO, 400", APIXO, 400,
      "{\"code\":400,\"message\":\"Invalid request\",\"data\":{\"error\":"
      "\"Missing required field: input.prompt\"}}",
      UNIT_CODE (SETTINGS), NEVER, "input.prompt" },
  { "APIXO, 400, no credit", APIXO, 400,
      "{\"code\":400,\"message\":\"Insufficient credits\",\"data\":null}",
      UNIT_CODE (NO_CREDIT), NEVER, "Insufficient credits" },
  { "APIXO, 400, mode", APIXO, 400,
      "{\"code\":400,\"message\":\"Invalid mode type\"}", UNIT_CODE (SETTINGS),
      NEVER, "Invalid mode type" },
  { "APIXO, 401", APIXO, 401,
      "{\"code\":401,\"message\":\"Invalid or missing API key\"}",
      UNIT_CODE (NOT_AUTHORIZED), NEVER, "Invalid or missing API key" },
  { "APIXO, 402", APIXO, 402,
      "{\"code\":402,\"message\":\"Insufficient balance\"}",
      UNIT_CODE (NO_CREDIT), NEVER, "Insufficient balance" },
  { "APIXO, 403, key", APIXO, 403,
      "{\"code\":403,\"message\":\"Key or route cannot access the model\"}",
      UNIT_CODE (NOT_AUTHORIZED), NEVER, "cannot access" },
  { "APIXO, 403, content", APIXO, 403,
      "{\"code\":403,\"message\":\"Content violates policy\"}",
      UNIT_CODE (SETTINGS), NEVER, "Content violates policy" },
  { "APIXO, 404", APIXO, 404, "{\"code\":404,\"message\":\"No such model\"}",
      UNIT_CODE (NOT_FOUND), NEVER, "No such model" },
  { "APIXO, 422", APIXO, 422, "{\"code\":422,\"message\":\"x\"}",
      UNIT_CODE (SETTINGS), NEVER },
  { "APIXO, 429", APIXO, 429,
      "{\"code\":429,\"message\":\"Rate limit exceeded\"}", UNIT_CODE (BUSY),
      AGAIN, "Rate limit" },

  { "APIXO, 200 with code 400", APIXO, 200,
      "{\"code\":400,\"message\":\"Invalid request\"}", UNIT_CODE (SETTINGS),
      NEVER, "Invalid request" },
  { "APIXO, 200 with code 400, no credit", APIXO, 200,
      "{\"code\":400,\"message\":\"Insufficient credits\"}",
      UNIT_CODE (NO_CREDIT), NEVER },
  { "APIXO, 200 with code 401", APIXO, 200,
      "{\"code\":401,\"message\":\"Invalid or missing API key\"}",
      UNIT_CODE (NOT_AUTHORIZED), NEVER },
  { "APIXO, 200 with code 402", APIXO, 200, "{\"code\":402,\"message\":\"x\"}",
      UNIT_CODE (NO_CREDIT), NEVER },
  { "APIXO, 200 with code 403, content", APIXO, 200,
      "{\"code\":403,\"message\":\"Content violates policy\"}",
      UNIT_CODE (SETTINGS), NEVER },
  { "APIXO, 200 with code 429", APIXO, 200, "{\"code\":429,\"message\":\"x\"}",
      UNIT_CODE (BUSY), AGAIN },
  { "APIXO, 200 with code 429 as text", APIXO, 200,
      "{\"code\":\"429\",\"message\":\"x\"}", UNIT_CODE (BUSY), AGAIN },

  /* "a failure code may also be returned for some immediate errors" */
  { "APIXO, 400 with a fail code", APIXO, 400,
      "{\"code\":400,\"message\":\"x\",\"data\":{\"failCode\":"
      "\"SensitiveContent\",\"failMsg\":\"Not this\"}}",
      UNIT_CODE (SETTINGS), NEVER, NULL, "SensitiveContent" },
  { "APIXO, 400 with a fail code, no credit", APIXO, 400,
      "{\"code\":400,\"message\":\"x\",\"data\":{\"failCode\":"
      "\"INSUFFICIENT_CREDITS\"}}",
      UNIT_CODE (NO_CREDIT), NEVER, NULL, "INSUFFICIENT_CREDITS" },
  { "APIXO, 400 with a fail code at the top", APIXO, 400,
      "{\"code\":400,\"message\":\"x\",\"failCode\":\"PromptInvalid\"}",
      UNIT_CODE (SETTINGS), NEVER, NULL, "PromptInvalid" },
  { "APIXO, 200 with a code and a fail code", APIXO, 200,
      "{\"code\":400,\"message\":\"x\",\"data\":{\"failCode\":"
      "\"invalid_image_url\"}}",
      UNIT_CODE (SETTINGS), NEVER, NULL, "invalid_image_url" },

  { "API in One, 400", APIINONE, 400,
      "{\"error\":{\"code\":400,\"message\":\"image is required\"}}",
      UNIT_CODE (SETTINGS), NEVER, "image is required" },
  { "API in One, 401", APIINONE, 401,
      "{\"error\":{\"code\":401,\"message\":\"Invalid API key\","
      "\"type\":\"authentication_error\"}}",
      UNIT_CODE (NOT_AUTHORIZED), NEVER, "Invalid API key" },
  { "API in One, 402", APIINONE, 402,
      "{\"error\":{\"code\":402,\"message\":\"x\"}}", UNIT_CODE (NO_CREDIT),
      NEVER },
  { "API in One, 404", APIINONE, 404,
      "{\"error\":{\"code\":404,\"message\":\"x\"}}", UNIT_CODE (NOT_FOUND),
      NEVER },
  { "401 that repeats the path", APIXO, 401,
      "{\"timestamp\":1,\"status\":401,\"error\":\"Unauthorized\","
      "\"path\":\"/api/v1/generateTask/hailuo-2-3\"}",
      UNIT_CODE (NOT_AUTHORIZED), NEVER },
  { "APIXO, 429 with more members", APIXO, 429,
      "{\"code\":429,\"message\":\"x\",\"success\":false,\"request_id\":\"r\","
      "\"status\":\"error\",\"data\":null,\"timestamp\":1767965610929}",
      UNIT_CODE (BUSY), AGAIN },
  { "API in One, 429", APIINONE, 429,
      "{\"error\":{\"code\":429,\"message\":\"Slow down\"}}", UNIT_CODE (BUSY),
      AGAIN, "Slow down" },
  { "API in One, 200 with an error", APIINONE, 200,
      "{\"error\":{\"code\":401,\"message\":\"Invalid API key\"}}",
      UNIT_CODE (NOT_AUTHORIZED), NEVER, "Invalid API key" },
  { "API in One, 200 with an envelope's code", APIINONE, 200,
      "{\"code\":402,\"message\":\"No credits\",\"data\":null}",
      UNIT_CODE (NO_CREDIT), NEVER, "No credits" },
  { "API in One, 200 with code 429", APIINONE, 200,
      "{\"code\":429,\"message\":\"x\"}", UNIT_CODE (BUSY), AGAIN },
  { "APIXO, 402 with an empty id", APIXO, 402,
      "{\"code\":402,\"message\":\"x\",\"data\":{\"taskId\":\"\"}}",
      UNIT_CODE (NO_CREDIT), NEVER },
  /* the id of a request is not the id of a task */
  { "API in One, 401 with another id", APIINONE, 401,
      "{\"id\":\"req_1\",\"error\":{\"code\":401,\"message\":\"x\"}}",
      UNIT_CODE (NOT_AUTHORIZED), NEVER },
};

static void
assert_refused (const GError *error, guint codes, Retryable retryable)
{
  GstHailuoErrorPrivate *facts;

  unit_assert_code (error, codes);
  facts = gst_hailuo_error_get_facts (error);
  g_assert_cmpint (facts->billed, ==, GST_HAILUO_BILLED_NO);
  if (retryable != EITHER)
    g_assert_cmpint (facts->retryable, ==, retryable == AGAIN);
  if (facts->provider_message != NULL)
    unit_assert_sane (facts->provider_message);
}

/* Parses once with, once without a place for the error. */
static GError *
parse_error (const GstHailuoProvider *provider, guint status, const gchar *text)
{
  GError *error = NULL;

  g_assert_null (unit_parse_submit (provider, status, text, NULL, NULL));
  g_assert_null (unit_parse_submit (provider, status, text, NULL, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  return error;
}

static void
test_refused (gconstpointer data)
{
  const RefusedRow *row = data;
  g_autoptr (GError)
      error = parse_error (row->provider, row->status, row->body);
  GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (error);

  assert_refused (error, row->codes, row->retryable);
  g_assert_cmpuint (facts->http_status, >=, 300);
  g_assert_cmpint (facts->retry_after, ==, 7000);
  if (row->tells != NULL)
    g_assert_true (strstr (error->message, row->tells) != NULL
        || (facts->provider_message != NULL
            && strstr (facts->provider_message, row->tells) != NULL));
  if (row->provider_code != NULL)
    g_assert_cmpstr (facts->provider_code, ==, row->provider_code);
}

/* 400 and its like are a no whatever the words: nobody makes a task of a
 * request that he calls a bad one. */
static void
test_refused_in_any_words (void)
{
  static const struct
  {
    guint status;
    guint code;
  } statuses[] = { { 400, UNIT_CODE (SETTINGS) },
    { 401, UNIT_CODE (NOT_AUTHORIZED) }, { 402, UNIT_CODE (NO_CREDIT) },
    { 403, UNIT_CODE (NOT_AUTHORIZED) }, { 404, UNIT_CODE (NOT_FOUND) },
    { 405, UNIT_CODE (SETTINGS) }, { 413, UNIT_CODE (SETTINGS) },
    { 422, UNIT_CODE (SETTINGS) } };
  static const gchar *const bodies[] = { "", HTML, "{}", "[]", "null", "{",
    "{\"code\":\"x\"}", "\xff\xfe", "{\"message\":7,\"data\":[]}",
    "{\"error\":\"x\"}" };

  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++) {
    for (guint j = 0; j < G_N_ELEMENTS (bodies); j++) {
      for (guint k = 0; k < GST_HAILUO_N_PROVIDERS; k++) {
        g_autoptr (GError) error = parse_error (
            gst_hailuo_provider_get (k), statuses[i].status, bodies[j]);

        assert_refused (error, statuses[i].code, NEVER);
      }
    }
  }
}

typedef struct
{
  const gchar *description;
  const GstHailuoProvider *provider; /* NULL: both */
  guint status;
  const gchar *body;
} UnknownRow;

static const UnknownRow unknown_rows[] = {
  /* a redirect may answer a request that was carried out: POST, redirect, GET */
  { "301", NULL, 301, "" },
  { "302 in HTML", NULL, 302, HTML },
  { "303", NULL, 303, "" },
  { "307", NULL, 307, "" },
  { "308", NULL, 308, "{}" },
  /* and these may be of a gateway, for a request that it passed on */
  { "409 in HTML", NULL, 409, HTML },
  /* a refusal that the host calls a success is none */
  { "400 with code 200", NULL, 400, "{\"code\":200,\"message\":\"success\"}" },
  { "402 with code 200", NULL, 402, "{\"code\":200,\"message\":\"success\"}" },
  { "404 with code 201", NULL, 404, "{\"code\":201,\"data\":{}}" },
  /* nor one where the host says that it does not know */
  { "400 with code 500", NULL, 400, "{\"code\":500,\"message\":\"x\"}" },
  { "422 with code 504", NULL, 422, "{\"code\":504,\"message\":\"x\"}" },
  { "403 with code 599", NULL, 403, "{\"code\":599,\"message\":\"x\"}" },
  { "404 with code 408", NULL, 404, "{\"code\":408,\"message\":\"x\"}" },
  { "425 and nothing", NULL, 425, "" },
  { "429 in HTML", NULL, 429, HTML },
  { "429 and nothing", NULL, 429, "" },
  { "499 and nothing", NULL, 499, "" },
  { "200, nothing", NULL, 200, "" },
  { "200, HTML", NULL, 200, HTML },
  { "200, a word", NULL, 200, "ok" },
  { "200, an empty object", NULL, 200, "{}" },
  { "200, an array", NULL, 200, "[]" },
  { "200, a string", NULL, 200, "\"task_1\"" },
  { "200, a number", NULL, 200, "200" },
  { "200, null", NULL, 200, "null" },
  { "200, not UTF-8", NULL, 200, "\xff\xfe" },
  { "201, nothing", NULL, 201, "" },
  { "204, nothing", NULL, 204, "" },
  { "200, cut", APIXO, 200, "{\"code\":200,\"data\":{\"taskId\":\"task_123" },
  { "200, cut, API in One", APIINONE, 200, "{\"id\":\"task_abc" },
  { "200, two answers", APIXO, 200,
      "{\"code\":200,\"data\":{\"taskId\":\"a\"}}{\"code\":200}" },
  { "200, the same name twice", APIXO, 200,
      "{\"code\":200,\"data\":{\"taskId\":\"a\",\"taskId\":\"b\"}}" },
  { "200, a variable", APIXO, 200,
      "var x = {\"code\":200,\"data\":{\"taskId\":\"a\"}}" },
  { "200, no id", APIXO, 200, "{\"code\":200,\"message\":\"success\"}" },
  { "200, no id in the data", APIXO, 200, "{\"code\":200,\"data\":{}}" },
  { "200, empty id", APIXO, 200, "{\"code\":200,\"data\":{\"taskId\":\"\"}}" },
  { "200, null id", APIXO, 200, "{\"code\":200,\"data\":{\"taskId\":null}}" },
  { "200, id true", APIXO, 200, "{\"code\":200,\"data\":{\"taskId\":true}}" },
  { "200, id a fraction", APIXO, 200,
      "{\"code\":200,\"data\":{\"taskId\":1.5}}" },
  { "200, id an object", APIXO, 200,
      "{\"code\":200,\"data\":{\"taskId\":{}}}" },
  { "200, id a list", APIXO, 200,
      "{\"code\":200,\"data\":{\"taskId\":[\"a\"]}}" },
  { "200, data a list", APIXO, 200, "{\"code\":200,\"data\":[]}" },
  { "200, data a string", APIXO, 200, "{\"code\":200,\"data\":\"task_1\"}" },
  { "200, data null", APIXO, 200, "{\"code\":200,\"data\":null}" },
  { "200, no id, API in One", APIINONE, 200,
      "{\"status\":\"pending\",\"model\":\"hailuo-2-3\"}" },
  { "200, a path as id", APIXO, 200,
      "{\"code\":200,\"data\":{\"taskId\":\"../x\"}}" },
  { "200, a space in the id", APIXO, 200,
      "{\"code\":200,\"data\":{\"taskId\":\"a b\"}}" },
  { "200, a query in the id, API in One", APIINONE, 200, "{\"id\":\"a?b=c\"}" },
  { "200, an id of 129 characters", APIXO, 200,
      "{\"code\":200,\"data\":{\"taskId\":\"" SIXTY SIXTY "123456789\"}}" },
  { "200 with code 504", APIXO, 200, "{\"code\":504,\"message\":\"x\"}" },
  { "200 with code 408", APIXO, 200, "{\"code\":408,\"message\":\"x\"}" },
  /* its documents do not say what these mean */
  /* no document says when a task is created, and gateways answer so too */
  { "500", APIXO, 500, "{\"code\":500,\"message\":\"Server error\"}" },
  { "502", APIXO, 502,
      "{\"code\":502,\"message\":\"Upstream provider error\"}" },
  { "503", APIXO, 503, "{\"code\":503,\"message\":\"Unavailable\"}" },
  { "502, a gateway that gives a request id", APIXO, 502,
      "{\"status\":\"error\",\"code\":502,\"message\":\"Application failed to"
      " respond\",\"request_id\":\"x\"}" },
  { "503, a gateway that lost its upstream", APIXO, 503,
      "{\"code\":503,\"message\":\"upstream connect error or disconnect/reset"
      " before headers. reset reason: connection termination\"}" },
  { "200 with code 500", APIXO, 200, "{\"code\":500,\"message\":\"x\"}" },
  { "500 with a fail code", APIXO, 500,
      "{\"code\":500,\"message\":\"x\",\"data\":{\"failCode\":"
      "\"CONTENT_VIOLATION\"}}" },
  /* what is sent again has to be a refusal beyond doubt */
  { "429, an id", APIXO, 429, "{\"code\":429,\"message\":\"x\",\"id\":\"a\"}" },
  { "429, an id, API in One", APIINONE, 429,
      "{\"id\":\"a\",\"error\":{\"code\":429,\"message\":\"x\"}}" },
  { "429, taskID", APIXO, 429,
      "{\"code\":429,\"message\":\"x\",\"taskID\":\"a\"}" },
  { "429, task_id is a number", APIXO, 429,
      "{\"code\":429,\"message\":\"x\",\"task_id\":17}" },
  { "429, tasks", APIXO, 429,
      "{\"code\":429,\"message\":\"x\",\"tasks\":[{\"uuid\":\"a\"},{\"id\":4}]}" },
  { "400, a timeout, API in One", APIINONE, 400,
      "{\"error\":{\"code\":\"TIMEOUT\",\"message\":\"x\"}}" },
  { "422, upstream", APIXO, 422,
      "{\"code\":\"do_request_failed\",\"message\":\"x\"}" },
  { "400, status 504", NULL, 400, "{\"message\":\"x\",\"statusCode\":504}" },
  { "424", APIXO, 424, "{\"code\":424,\"message\":\"x\"}" },
  { "402, a task", APIXO, 402,
      "{\"code\":402,\"message\":\"x\",\"task\":{\"id\":\"a\"}}" },
  { "402, an existing task, API in One", APIINONE, 402,
      "{\"error\":{\"code\":402,\"message\":\"x\"},\"existing_task_id\":\"a\"}" },
  { "402, processing", APIXO, 402,
      "{\"code\":402,\"message\":\"x\",\"status\":\"processing\"}" },
  { "429, the URL of the poll", APIXO, 429,
      "{\"code\":429,\"message\":\"x\",\"poll\":\"/api/v1/tasks/a\"}" },
  { "429, success", APIXO, 429,
      "{\"code\":429,\"message\":\"x\",\"success\":true}" },
  { "200 with code 429, processing", APIXO, 200,
      "{\"code\":429,\"message\":\"x\",\"state\":\"Processing\"}" },
  { "500, API in One", APIINONE, 500,
      "{\"error\":{\"code\":500,\"message\":\"x\"}}" },
  { "503, API in One", APIINONE, 503,
      "{\"error\":{\"code\":503,\"message\":\"x\"}}" },
  { "500 in an envelope, API in One", APIINONE, 500,
      "{\"code\":500,\"message\":\"x\"}" },
  { "502, a code alone", NULL, 502, "{\"code\":502}" },
  { "409", APIXO, 409, "{\"code\":409,\"message\":\"x\"}" },
  { "499", APIXO, 499, "{\"code\":499,\"message\":\"x\"}" },
  { "408", APIXO, 408, "{\"code\":408,\"message\":\"x\"}" },
  { "408, API in One", APIINONE, 408,
      "{\"error\":{\"code\":408,\"message\":\"x\"}}" },
  { "408, HTML", NULL, 408, HTML },
  { "408, nothing", NULL, 408, "" },
  { "504", APIXO, 504, "{\"code\":504,\"message\":\"Upstream timeout\"}" },
  { "504, API in One", APIINONE, 504,
      "{\"error\":{\"code\":504,\"message\":\"x\"}}" },
  { "504, HTML", NULL, 504, HTML },
  { "504, nothing", NULL, 504, "" },
  { "504 with code 500", APIXO, 504, "{\"code\":500,\"message\":\"x\"}" },
  { "500 with code 504", APIXO, 500, "{\"code\":504,\"message\":\"x\"}" },
  { "500, HTML", NULL, 500, HTML },
  { "500, nothing", NULL, 500, "" },
  { "500, cut", NULL, 500, "{\"code\":500,\"mess" },
  { "500, an empty object", NULL, 500, "{}" },
  { "502, HTML", NULL, 502, HTML },
  { "503, HTML", NULL, 503, HTML },
  { "503, nothing", NULL, 503, "" },
  { "520, HTML", NULL, 520, HTML },
  /* a no with an id that cannot be asked about: there may be a task */
  { "503, a path as id", APIXO, 503,
      "{\"code\":503,\"data\":{\"taskId\":\"a/../b\"}}" },
  { "500, id an object", APIXO, 500,
      "{\"code\":500,\"data\":{\"taskId\":{\"a\":1}}}" },
  { "200 with code 500, a long id", APIXO, 200,
      "{\"code\":500,\"data\":{\"taskId\":\"" SIXTY SIXTY "123456789\"}}" },
  { "503, data a list", APIXO, 503,
      "{\"code\":503,\"data\":[{\"taskId\":\"a\"}]}" },
  { "429, the name of another dialect", APIXO, 429,
      "{\"code\":429,\"data\":{\"task_id\":\"a\"}}" },
  { "429, the name of another dialect, API in One", APIINONE, 429,
      "{\"error\":{\"code\":429,\"message\":\"x\"},\"taskId\":\"a\"}" },
  { "400, id at the top", APIXO, 400, "{\"code\":400,\"taskId\":\"a\"}" },
  { "400, an id in the data", APIXO, 400,
      "{\"code\":400,\"data\":{\"id\":\"a\"}}" },
  { "500, an id beside the error", APIINONE, 500,
      "{\"error\":{\"code\":500,\"message\":\"x\"},\"id\":\"a\","
      "\"status\":\"pending\"}" },
  { "200 with code 500, an id beside the error", APIINONE, 200,
      "{\"error\":{\"code\":500,\"message\":\"x\"},\"id\":\"a\"}" },
  { "400, an id beside a state", APIINONE, 400,
      "{\"error\":{\"code\":400},\"id\":\"a\",\"status\":\"pending\"}" },
  { "503, data a string", APIXO, 503, "{\"code\":503,\"data\":\"task_1\"}" },
  /* or with data that is not its reason */
  { "503, a task in the data", APIXO, 503,
      "{\"code\":503,\"message\":\"x\",\"data\":{\"task\":{\"id\":\"a\"}}}" },
  { "429, another spelling", APIXO, 429,
      "{\"code\":429,\"data\":{\"taskID\":\"a\"}}" },
  { "400, a list of tasks", APIXO, 400,
      "{\"code\":400,\"data\":{\"tasks\":[\"a\"]}}" },
  { "500, a list", APIXO, 500, "{\"code\":500,\"data\":[\"a\"]}" },
  { "200 with code 429, a state", APIXO, 200,
      "{\"code\":429,\"data\":{\"state\":\"pending\",\"createTime\":1}}" },
  { "402, a number", APIXO, 402, "{\"code\":402,\"data\":7}" },
  /* a no that cannot be read, and may name a task */
  { "400, a mark before it", APIXO, 400,
      "\xef\xbb\xbf{\"code\":400,\"data\":{\"taskId\":\"a\"}}" },
  { "402, something behind it", APIXO, 402,
      "{\"code\":402,\"data\":{\"taskId\":\"a\"}}}" },
  { "422, the data twice", APIXO, 422,
      "{\"code\":422,\"data\":{\"taskId\":\"a\"},\"data\":{}}" },
  { "404, not UTF-8", APIXO, 404,
      "{\"code\":404,\"message\":\"\xe9\",\"data\":{\"taskId\":\"a\"}}" },
  { "401, two answers, API in One", APIINONE, 401,
      "{\"error\":{\"code\":401}}{\"task_id\":\"a\"}" },
};

typedef struct
{
  const gchar *description;
  const gchar *body, *shown;
} OddRow;

static const OddRow odd_rows[] = {
  { "a space", "{\"code\":200,\"data\":{\"taskId\":\"task 77\"}}",
      "\"task 77\"" },
  { "not ASCII", "{\"code\":200,\"data\":{\"taskId\":\"t\\u00e4sk77\"}}",
      "\"t\xc3\xa4sk77\"" },
  { "another name", "{\"code\":200,\"data\":{\"task_id\":\"task_77\"}}",
      "\"task_77\"" },
  { "another place", "{\"code\":200,\"taskId\":\"task_77\"}", "\"task_77\"" },
  { "alone", "{\"code\":200,\"data\":\"task_77\"}", "\"task_77\"" },
  { "an escape", "{\"code\":200,\"data\":{\"taskId\":\"a\\u001b[31m b\"}}",
      "\"a [31m b\"" },
};

/* An id that is not used is told all the same: it may be paid. */
static void
test_odd (gconstpointer data)
{
  const OddRow *row = data;
  g_autoptr (GError) error = NULL;

  g_assert_null (unit_parse_submit (APIXO, 200, row->body, NULL, &error));
  unit_assert_code (error, UNIT_CODE (OUTCOME_UNKNOWN));
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, row->shown));
}

static void
assert_unknown (
    const GstHailuoProvider *provider, guint status, const gchar *body)
{
  g_autoptr (GError) error = parse_error (provider, status, body);
  GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (error);

  unit_assert_code (error, UNIT_CODE (OUTCOME_UNKNOWN));
  g_assert_cmpint (facts->billed, ==, GST_HAILUO_BILLED_UNKNOWN);
  g_assert_false (facts->retryable);
  g_assert_false (gst_hailuo_error_is_retryable (error));
}

static void
test_unknown (gconstpointer data)
{
  const UnknownRow *row = data;

  if (row->provider != NULL) {
    assert_unknown (row->provider, row->status, row->body);
    return;
  }
  for (guint i = 0; i < GST_HAILUO_N_PROVIDERS; i++)
    assert_unknown (gst_hailuo_provider_get (i), row->status, row->body);
}

/* What the host says is shown, but only as it may be shown. */
static void
test_hostile (void)
{
  g_autoptr (GString) body = g_string_new (
      "{\"code\":400,\"message\":\"gpj\\u202eexe\\n\\u001b[31m");
  g_autoptr (GError) error = NULL;
  GstHailuoErrorPrivate *facts;

  while (body->len < 10240)
    g_string_append (body, " %s\xc3\xa9");
  g_string_append (body, "\"}");
  error = parse_error (APIXO, 400, body->str);
  facts = gst_hailuo_error_get_facts (error);
  g_assert_nonnull (facts->provider_message);
  unit_assert_sane (facts->provider_message);
  g_assert_cmpuint (strlen (error->message), <, 2048);
  g_assert_null (strstr (error->message, "\xe2\x80\xae"));
  g_assert_null (strchr (error->message, '\x1b'));
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  UNIT_ADD_TABLE ("/submit/accepted", accepted_rows, test_accepted);
  UNIT_ADD_TABLE ("/submit/refused", refused_rows, test_refused);
  g_test_add_func ("/submit/refused-in-any-words", test_refused_in_any_words);
  UNIT_ADD_TABLE ("/submit/odd", odd_rows, test_odd);
  UNIT_ADD_TABLE ("/submit/unknown", unknown_rows, test_unknown);
  g_test_add_func ("/submit/hostile", test_hostile);

  return g_test_run ();
}
