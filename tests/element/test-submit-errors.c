/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-submit-errors.c: a submit that is refused, fails, or is never answered:
 * what is said, and that nobody pays twice. */
#include <string.h>

#include "fixture.h"

#define SETTINGS GST_RESOURCE_ERROR_SETTINGS
#define NOT_FOUND GST_RESOURCE_ERROR_NOT_FOUND
#define NOT_AUTHORIZED GST_RESOURCE_ERROR_NOT_AUTHORIZED
#define NO_SPACE GST_RESOURCE_ERROR_NO_SPACE_LEFT
#define BUSY GST_RESOURCE_ERROR_BUSY
#define FAILED GST_RESOURCE_ERROR_FAILED

typedef struct
{
  const gchar *description;
  const gchar *provider;
  const gchar *settings; /* beside the fixture's */
  const gchar *script;
  GstResourceError code;
  guint submits; /* how many arrive */
  FixtureDetails details;
} Refusal;

#define APIXO_BODY(code, text) "{'code':" code ",'message':'" text "'}"
#define RULE(rest) "[{'on':'submit','times':0," rest "}]"
#define NO_RETRY "retries=0"

/* The host said no, in its own form: nothing is billed. */
static const Refusal refusals[] = {
  { "401-bad-key", "apixo", "api-key=wrong", "[]", NOT_AUTHORIZED, 1,
      { 401, NULL, "Invalid or missing API key", 1, FALSE, "no", FALSE } },
  { "402", "apixo", NO_RETRY, RULE ("'status':402"), NO_SPACE, 1,
      { 402, NULL, "Insufficient credits", 1, -1, "no", FALSE } },
  { "403", "apixo", NO_RETRY, RULE ("'status':403"), NOT_AUTHORIZED, 1,
      { 403, NULL, "cannot access the model", 1, FALSE, "no", FALSE } },
  { "404-model", "apixo", "model=hailuo-9", "[]", NOT_FOUND, 1,
      { 404, NULL, NULL, 1, FALSE, "no", FALSE } },
  { "400", "apixo", "retries=5", RULE ("'status':400"), SETTINGS, 1,
      { 400, NULL, "Invalid request", 1, FALSE, "no", FALSE } },
  { "400-with-detail", "apixo", "retries=5",
      RULE ("'status':400,'json':{'code':400,'message':'Invalid request',"
            "'data':{'error':'Missing required field: input.prompt'}}"),
      SETTINGS, 1,
      { 400, NULL, "Missing required field: input.prompt", 1, FALSE, "no",
          FALSE } },
  { "400-no-credit", "apixo", NO_RETRY,
      RULE ("'status':400,'json':" APIXO_BODY ("400", "Insufficient credits")),
      NO_SPACE, 1, { 400, NULL, "Insufficient credits", 1, -1, "no", FALSE } },
  /* "a provider error identifier for some immediate errors" */
  { "400-moderation", "apixo", "retries=5",
      RULE ("'status':400,'json':{'code':400,'message':'Refused','data':"
            "{'failCode':'SensitiveContent','failMsg':'Not this'}}"),
      SETTINGS, 1, { 400, "SensitiveContent", NULL, 1, FALSE, "no", FALSE } },
  { "200-code-400", "apixo", "retries=5",
      RULE ("'json':" APIXO_BODY ("400", "Invalid mode type.")), SETTINGS, 1,
      { 400, NULL, "Invalid mode type.", 1, FALSE, "no", FALSE } },
  { "200-code-401", "apixo", "retries=5",
      RULE ("'json':" APIXO_BODY ("401", "Invalid or missing API key")),
      NOT_AUTHORIZED, 1,
      { 401, NULL, "Invalid or missing API key", 1, FALSE, "no", FALSE } },
  { "200-code-402", "apixo", NO_RETRY,
      RULE ("'json':" APIXO_BODY ("402", "Insufficient balance")), NO_SPACE, 1,
      { 402, NULL, "Insufficient balance", 1, -1, "no", FALSE } },
  { "200-code-403", "apixo", NO_RETRY,
      RULE ("'json':" APIXO_BODY ("403", "No route")), NOT_AUTHORIZED, 1,
      { 403, NULL, "No route", 1, FALSE, "no", FALSE } },
  { "200-code-429", "apixo", "retries=1",
      RULE ("'json':" APIXO_BODY ("429", "Slow down")), BUSY, 2,
      { 429, NULL, "Slow down", 2, TRUE, "no", FALSE } },
  { "429", "apixo", "retries=1", RULE ("'status':429"), BUSY, 2,
      { 429, NULL, "Rate limit exceeded", 2, TRUE, "no", FALSE } },
  { "apiinone-401-bad-key", "apiinone", "api-key=wrong", "[]", NOT_AUTHORIZED,
      1, { 401, NULL, "Invalid API key", 1, FALSE, "no", FALSE } },
  { "apiinone-401-enveloped", "apiinone", "api-key=wrong",
      RULE ("'form':'enveloped'"), NOT_AUTHORIZED, 1,
      { 401, NULL, "Invalid API key", 1, FALSE, "no", FALSE } },
  { "apiinone-402", "apiinone", NO_RETRY, RULE ("'status':402"), NO_SPACE, 1,
      { 402, NULL, "Insufficient credits", 1, -1, "no", FALSE } },
  { "apiinone-400-model", "apiinone", "model=hailuo-9", "[]", SETTINGS, 1,
      { 400, NULL, "Unknown model", 1, FALSE, "no", FALSE } },
  { "apiinone-200-error", "apiinone", NO_RETRY,
      RULE ("'json':{'error':{'code':403,'message':'Not for you'}}"),
      NOT_AUTHORIZED, 1, { 403, NULL, "Not for you", 1, FALSE, "no", FALSE } },
  { "apiinone-429", "apiinone", "retries=1", RULE ("'status':429"), BUSY, 2,
      { 429, NULL, "Rate limit exceeded", 2, TRUE, "no", FALSE } },
};

static void
test_refusal (gconstpointer data)
{
  const Refusal *row = data;
  const FixtureOptions options = { .provider = row->provider };
  g_autoptr (Fixture) f = fixture_new (&options);
  g_autofree gchar *progress = NULL;
  g_autofree gchar *states = NULL;

  fixture_script (f, row->script);
  fixture_configure (f, row->settings);
  fixture_assert_details (f, fixture_run_error (f, row->code), &row->details);

  fixture_assert_ledger (f, 0);
  fixture_assert_requests (f, "submit", row->submits);
  fixture_assert_requests (f, "any", row->submits);
  fixture_assert_nothing (f);
  progress = fixture_progress (f);
  states = fixture_task_states (f);
  g_assert_cmpstr (progress, ==, "submit:start submit:error");
  g_assert_cmpstr (states, ==, "submitting failed");
}

/* Nobody knows: billed or not, nothing is sent again. */

typedef struct
{
  const gchar *description;
  const gchar *provider;
  const gchar *answer; /* the rest of the rule */
  gint status;
} Unknown;

static const Unknown unknowns[] = {
  { "dropped", "apixo", "'drop':true", 0 },
  { "500", "apixo", "'status':500", 500 },
  { "502", "apixo", "'status':502", 502 },
  { "503", "apixo", "'status':503", 503 },
  { "504", "apixo", "'status':504", 504 },
  { "200-code-504", "apixo", "'json':" APIXO_BODY ("504", "Timeout"), 504 },
  { "html", "apixo", "'body':'<html><body>Hello</body></html>'", 200 },
  { "empty", "apixo", "'body':''", 200 },
  { "truncated", "apixo",
      "'body':'{\\u0022code\\u0022:200,"
      "\\u0022data\\u0022:{\\u0022taskId\\u0022:\\u00229'",
      200 },
  { "no-task-id", "apixo", "'json':{'code':200,'message':'success','data':{}}",
      200 },
  { "null-task-id", "apixo",
      "'json':{'code':200,'message':'success','data':{'taskId':null}}", 200 },
  { "array", "apixo", "'json':[1,2,3]", 200 },
  { "deep", "apixo",
      "'body':'"
      "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
      "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
      "'",
      200 },
  { "409-html", "apixo", "'status':409,'body':'<html>Conflict</html>'", 409 },
  { "429-html", "apixo", "'status':429,'body':'<html>Slow down</html>'", 429 },
  { "429-empty", "apixo", "'status':429,'body':''", 429 },
  { "429-strange", "apixo", "'status':429,'json':{'error':'slow down'}", 429 },
  { "500-html", "apixo", "'status':500,'body':'<html>Oops</html>'", 500 },
  { "502-html", "apixo", "'status':502,'body':'<html>Bad gateway</html>'",
      502 },
  { "503-empty", "apixo", "'status':503,'body':''", 503 },
  { "see-other", "apixo",
      "'status':303,'headers':{'Location':'/api/v1/generateTask/hailuo-2-3'}",
      303 },
  { "apiinone-dropped", "apiinone", "'drop':true", 0 },
  { "apiinone-504", "apiinone", "'status':504", 504 },
  { "apiinone-429-html", "apiinone", "'status':429,'body':'<html></html>'",
      429 },
  { "apiinone-html", "apiinone", "'body':'<html></html>'", 200 },
  /* an id with the key in it is not kept; but there may be a task, whatever
   * else the answer says */
  { "key-as-id", "apixo",
      "'json':{'code':200,'data':{'taskId':'" FIXTURE_KEY "'}}", 200 },
  { "key-as-id-escaped", "apixo",
      "'body':'{\\u0022code\\u0022:200,\\u0022data\\u0022:{\\u0022taskId"
      "\\u0022:\\u0022\\\\u0073imul\\\\u0061tor-key\\u0022}}'",
      200 },
  { "part-of-the-key-in-id", "apixo",
      "'json':{'code':200,'data':{'taskId':'task_SIMULATO'}}", 200 },
  { "key-as-id-in-a-refusal", "apixo",
      "'status':400,'json':{'code':400,'message':'No','data':{'taskId':'" FIXTURE_KEY
      "'}}",
      400 },
  { "key-as-id-in-an-error", "apixo",
      "'status':503,'json':{'code':503,'message':'No','data':{'taskId':'" FIXTURE_KEY
      "'}}",
      503 },
  { "apiinone-key-as-id", "apiinone", "'json':{'task_id':'" FIXTURE_KEY "'}",
      200 },
};

static void
test_unknown (gconstpointer data)
{
  const Unknown *row = data;
  const FixtureOptions options = { .provider = row->provider };
  const FixtureDetails expected = { row->status, NULL, NULL, 1, FALSE,
    "unknown", FALSE };
  const FixtureDetails later = { 0, NULL, NULL, 1, FALSE, "unknown", FALSE };
  g_autoptr (Fixture) f = fixture_new (&options);
  g_autofree gchar *script = g_strdup_printf (
      "[{'on':'submit','billed':true,%s}]", row->answer);
  g_autoptr (GError) error = NULL;
  GstMessage *message;

  fixture_script (f, script);
  message = fixture_run_error (f, FAILED);
  fixture_assert_details (f, message, &expected);
  gst_message_parse_error (message, &error, NULL);
  g_assert_nonnull (strstr (error->message, "outcome"));
  g_assert_nonnull (strstr (error->message, "task-id"));
  g_assert_null (strstr (error->message, "imulato"));
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "any", 1);

  /* the same again, however it is started; the record does not know what the
   * host said */
  fixture_reset (f, GST_STATE_READY);
  fixture_assert_details (f, fixture_run_error (f, FAILED), &later);
  fixture_reset (f, GST_STATE_NULL);
  fixture_assert_details (f, fixture_run_error (f, FAILED), &later);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "any", 1);
  fixture_assert_nothing (f);
}

/* The way out: the user finds the task's id at the host. */
static void
test_unknown_adopted (void)
{
  g_autoptr (Fixture)
      f = fixture_new_script ("[{'on':'submit','billed':true,'drop':true}]");
  g_autofree gchar *ledger = NULL;
  g_autoptr (JsonNode) node = NULL;
  JsonArray *tasks;

  fixture_run_error (f, FAILED);
  ledger = simulator_get_ledger (f->simulator);
  node = json_from_string (ledger, NULL);
  tasks = json_object_get_array_member (json_node_get_object (node), "tasks");
  fixture_reset (f, GST_STATE_NULL);
  fixture_set (f, "task-id",
      json_object_get_string_member (
          json_array_get_object_element (tasks, 0), "id"));
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* The host names a task that is another submit's: which of them it made, nobody
 * knows. */
static void
test_id_of_another (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *task_id = NULL, *script = NULL;
  const FixtureDetails expected = { 0, NULL, NULL, 1, FALSE, "unknown", FALSE };
  guint run;

  fixture_run (f);
  task_id = fixture_get_task_id (f);
  script = g_strdup_printf (
      "[{'on':'submit','billed':true,'json':{'code':200,'message':'success',"
      "'data':{'taskId':'%s'}}}]",
      task_id);
  fixture_script (f, script);
  fixture_reset (f, GST_STATE_NULL);
  fixture_set (f, "take", 2);
  for (run = 0; run < 2; run++) {
    g_autoptr (GError) error = NULL;
    GstMessage *message;

    fixture_forget (f);
    message = fixture_run_error (f, FAILED);
    fixture_assert_details (f, message, &expected);
    gst_message_parse_error (message, &error, NULL);
    g_assert_nonnull (strstr (error->message, "outcome"));
    g_assert_true (run > 0 || strstr (error->message, task_id) != NULL);
    fixture_assert_nothing (f);
    fixture_reset (f, GST_STATE_NULL);
  }
  fixture_assert_ledger (f, 2);
  fixture_assert_requests (f, "submit", 2);
}

/* An error with a task id: it was made, so it is taken. */
static void
test_refused_with_task_id (void)
{
  g_autoptr (Fixture) f = fixture_new_script (
      "[{'on':'submit','billed':true,'status':500,'json':{'code':500,"
      "'message':'Oops','data':{'taskId':'@task-id@'}}}]");

  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* Nobody listens: nothing was sent, so it may be tried again. */
static void
test_refused_connection (void)
{
  const FixtureDetails expected = { 0, "", "", 2, TRUE, "no", FALSE };
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (GSocket) socket = g_socket_new (
      G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GInetAddress)
      host = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (host, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autofree gchar *url = NULL;

  /* bound, so that nobody else has the port, but not listening */
  g_assert_true (g_socket_bind (socket, any, FALSE, NULL));
  bound = g_socket_get_local_address (socket, NULL);
  url = g_strdup_printf ("http://127.0.0.1:%u/api/v1",
      g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
  fixture_set (f, "base-url", url, "retries", 1);
  fixture_assert_details (
      f, fixture_run_error (f, GST_RESOURCE_ERROR_OPEN_READ), &expected);

  /* and again, as there is no doubt about what became of it */
  fixture_reset (f, GST_STATE_NULL);
  fixture_set (f, "base-url", simulator_get_base_url (f->simulator, "apixo"));
  fixture_run (f);
  fixture_assert_ledger (f, 1);
}

/* Then good */

typedef struct
{
  const gchar *description;
  const gchar *script;
  guint submits;
} Recovery;

static const Recovery recoveries[] = {
  { "429", "[{'on':'submit','status':429}]", 2 },
  { "200-code-429", "[{'on':'submit','json':" APIXO_BODY ("429", "Oops") "}]",
      2 },
};

static void
test_recovery (gconstpointer data)
{
  const Recovery *row = data;
  g_autoptr (Fixture) f = fixture_new_script (row->script);
  g_autoptr (GstStructure) stats = NULL;
  guint retries;

  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", row->submits);
  g_object_get (f->source, "stats", &stats, NULL);
  g_assert_true (gst_structure_get_uint (stats, "retries", &retries));
  g_assert_cmpuint (retries, ==, row->submits - 1);
}

/* Retry-After, as a number and as a date */
static void
run_retry_after (const gchar *value, gint64 min_ms, gint64 max_ms)
{
  g_autofree gchar *script = g_strdup_printf (
      "[{'on':'submit','status':429,'headers':{'Retry-After':'%s'}}]", value);
  g_autoptr (Fixture) f = fixture_new_script (script);
  gint64 begin = g_get_monotonic_time (), took;

  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_requests (f, "submit", 2);
  took = (g_get_monotonic_time () - begin) / 1000;
  g_assert_cmpint (took, >=, min_ms);
  g_assert_cmpint (took, <, fixture_ms (max_ms));
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_clip (f);
  fixture_assert_ledger (f, 1);
}

static void
test_retry_after_seconds (void)
{
  run_retry_after ("1", 1000, 10000);
}

static void
test_retry_after_date (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) then = g_date_time_add_seconds (now, 3);
  g_autofree gchar *text = g_date_time_format (
      then, "%a, %d %b %Y %H:%M:%S GMT");

  /* a date has no fraction: two to three seconds */
  run_retry_after (text, 1900, 10000);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  FIXTURE_ADD_TABLE ("/submit-errors/refusal/", refusals, test_refusal);
  FIXTURE_ADD_TABLE ("/submit-errors/unknown/", unknowns, test_unknown);
  FIXTURE_ADD_TABLE ("/submit-errors/recovery/", recoveries, test_recovery);
  g_test_add_func ("/submit-errors/unknown-adopted", test_unknown_adopted);
  g_test_add_func ("/submit-errors/id-of-another", test_id_of_another);
  g_test_add_func (
      "/submit-errors/refused-with-task-id", test_refused_with_task_id);
  g_test_add_func (
      "/submit-errors/refused-connection", test_refused_connection);
  g_test_add_func (
      "/submit-errors/retry-after/seconds", test_retry_after_seconds);
  g_test_add_func ("/submit-errors/retry-after/date", test_retry_after_date);
  return fixture_finish ();
}
