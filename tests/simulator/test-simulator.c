/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-simulator.c: what the simulator promises beyond the dialects: links,
 * rules, the ledger, callbacks. */
#undef G_DISABLE_ASSERT
#include <string.h>

#include "test-client.h"

#define SHOT \
  "{\"input\":{\"mode\":\"standard-text-to-video\"," \
  "\"prompt\":\"waves\",\"duration\":6}}"
#define SUBMIT "/api/v1/generateTask/hailuo-2-3"

/* All tasks end at once. */
#define FAST_SCALE 1e9

/* Result links */

static void
get_clip (gchar **data, gsize *size)
{
  g_assert_true (
      g_file_get_contents (g_getenv ("TEST_CLIP"), data, size, NULL));
}

static gchar *
finished_link (Simulator *simulator)
{
  g_autofree gchar *id = test_submit (simulator);

  return test_link (simulator, id);
}

static void
test_whole (void)
{
  g_autoptr (Simulator) simulator = test_simulator_new (FAST_SCALE);
  g_autofree gchar *link = finished_link (simulator);
  g_autofree gchar *clip = NULL;
  g_autoptr (TestReply) reply = test_file ("GET", link, NULL);
  g_autoptr (TestReply) head = test_file ("HEAD", link, "Range: bytes=0-9");
  gsize size;

  get_clip (&clip, &size);
  g_assert_true (reply->complete);
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpmem (reply->body->str, reply->body->len, clip, size);
  g_assert_cmpstr (
      g_hash_table_lookup (reply->headers, "accept-ranges"), ==, "bytes");
  g_assert_cmpstr (
      g_hash_table_lookup (reply->headers, "content-type"), ==, "video/mp4");

  g_assert_cmpuint (head->status, ==, 200);
  g_assert_cmpuint (head->body->len, ==, 0);
  g_assert_cmpstr (g_hash_table_lookup (head->headers, "content-length"), ==,
      g_hash_table_lookup (reply->headers, "content-length"));
  g_assert_cmpstr (g_hash_table_lookup (head->headers, "etag"), ==,
      g_hash_table_lookup (reply->headers, "etag"));
}

static void
test_ranges (void)
{
  g_autofree gchar *clip = NULL;
  gsize n;
  struct
  {
    const gchar *range;
    guint status;
    gsize first;
    gsize size;
  } rows[] = {
    { "bytes=0-9", 206, 0, 10 },
    { "bytes=5-5", 206, 5, 1 },
    { "bytes=100-", 206, 100, 0 },
    { "bytes=-7", 206, 0, 7 },
    { "bytes=0-99999999", 206, 0, 0 },
    { "bytes=-99999999", 206, 0, 0 },
    { "bytes=99999999-", 416, 0, 0 },
    { "bytes=-0", 416, 0, 0 },
    /* more than one, or none that can be read: to be ignored */
    { "bytes=0-1,4-5", 200, 0, 0 },
    { "bytes=9-5", 200, 0, 0 },
    { "bytes=a-b", 200, 0, 0 },
    { "bytes=-", 200, 0, 0 },
    { "lines=0-9", 200, 0, 0 },
  };
  g_autoptr (Simulator) simulator = test_simulator_new (FAST_SCALE);
  g_autofree gchar *link = finished_link (simulator);
  guint i;

  get_clip (&clip, &n);
  rows[3].first = n - 7;
  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *header = g_strconcat ("Range: ", rows[i].range, NULL);
    g_autoptr (TestReply) reply = test_file ("GET", link, header);
    gsize size = rows[i].size != 0 ? rows[i].size : n - rows[i].first;
    g_autofree gchar *expected = rows[i].status == 206
        ? g_strdup_printf (
            "bytes %zu-%zu/%zu", rows[i].first, rows[i].first + size - 1, n)
        : rows[i].status == 416 ? g_strdup_printf ("bytes */%zu", n)
                                : NULL;

    g_test_message ("%s", rows[i].range);
    g_assert_cmpuint (reply->status, ==, rows[i].status);
    g_assert_cmpstr (
        g_hash_table_lookup (reply->headers, "content-range"), ==, expected);
    if (rows[i].status != 416)
      g_assert_cmpmem (
          reply->body->str, reply->body->len, clip + rows[i].first, size);
  }
}

static void
test_if_range (void)
{
  g_autoptr (Simulator) simulator = test_simulator_new (FAST_SCALE);
  g_autofree gchar *link = finished_link (simulator);
  g_autoptr (TestReply) head = test_file ("HEAD", link, NULL);
  const gchar *etag = g_hash_table_lookup (head->headers, "etag");
  const struct
  {
    const gchar *if_range;
    guint status;
  } rows[] = {
    { etag, 206 },
    { "\"another\"", 200 },
    { "Wed, 21 Oct 2015 07:28:00 GMT", 200 },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *line = g_strconcat ("If-Range: ", rows[i].if_range, NULL);
    const gchar *const headers[] = { "Range: bytes=10-19", line, NULL };
    g_autoptr (TestReply) reply = test_send ("GET", link, headers, NULL, NULL);

    g_assert_cmpuint (reply->status, ==, rows[i].status);
  }
}

static void
test_bad_links (void)
{
  g_autoptr (Simulator) simulator = test_simulator_new (FAST_SCALE);
  g_autofree gchar *link = NULL;
  g_autofree gchar *expired = NULL;
  g_autoptr (GString) other_time = NULL, other_task = NULL,
                      unsigned_link = NULL;
  g_autofree gchar *id = NULL;

  simulator_script (simulator, "[{\"on\":\"task\",\"link-life\":0}]");
  expired = finished_link (simulator);
  id = test_submit (simulator);
  link = test_link (simulator, id);
  other_time = g_string_new (link);
  g_string_replace (other_time, "expires=", "expires=9", 0);
  other_task = g_string_new (link);
  g_string_replace (other_task, id, "00000000000000000000000000000000", 0);
  unsigned_link = g_string_new (link);
  g_string_truncate (unsigned_link, strchr (link, '?') - link);

  {
    const struct
    {
      const gchar *method;
      const gchar *link;
      guint status;
    } rows[] = {
      { "GET", link, 200 },
      { "GET", expired, 403 },
      { "GET", other_time->str, 403 },
      { "GET", other_task->str, 403 },
      { "GET", unsigned_link->str, 403 },
      { "GET", simulator_get_files_url (simulator), 404 },
      { "DELETE", link, 405 },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
      g_autoptr (TestReply)
          reply = test_file (rows[i].method, rows[i].link, NULL);

      g_assert_cmpuint (reply->status, ==, rows[i].status);
    }
  }
}

static void
test_link_origin (void)
{
  g_autoptr (Simulator) simulator = test_simulator_new (FAST_SCALE);
  g_autofree gchar *link = NULL;

  simulator_set_link_origin (simulator, "http://127.0.0.1:1");
  link = finished_link (simulator);
  g_assert_true (g_str_has_prefix (link, "http://127.0.0.1:1/files/"));
}

/* Rules */

typedef struct
{
  const gchar *name;
  const gchar *rules;
  guint status;      /* 0: no answer */
  const gchar *body; /* part of it; or NULL */
  guint billed;
} SubmitRule;

static const SubmitRule submit_rules[] = {
  { "status", "[{\"on\":\"submit\",\"status\":429}]", 429,
      "{\"code\":429,\"message\":\"Rate limit exceeded\"}", 0 },
  { "status-billed", "[{\"on\":\"submit\",\"status\":504,\"billed\":true}]",
      504, "Upstream timeout", 1 },
  { "other-success", "[{\"on\":\"submit\",\"status\":202}]", 202, "taskId", 1 },
  { "body", "[{\"on\":\"submit\",\"body\":\"<html>\"}]", 200, "<html>", 0 },
  { "json", "[{\"on\":\"submit\",\"status\":500,\"json\":{\"code\":500}}]", 500,
      "{\"code\":500}", 0 },
  { "task-id", "[{\"on\":\"submit\",\"billed\":true,\"body\":\"@task-id@!\"}]",
      200, "!", 1 },
  { "drop", "[{\"on\":\"submit\",\"drop\":true}]", 0, NULL, 0 },
  { "drop-billed", "[{\"on\":\"submit\",\"drop\":true,\"billed\":true}]", 0,
      NULL, 1 },
  { "delay", "[{\"on\":\"submit\",\"delay\":1}]", 200, "taskId", 1 },
  { "form", "[{\"on\":\"submit\",\"form\":\"flat\"}]", 200, "taskId", 1 },
  { "skip", "[{\"on\":\"submit\",\"skip\":1,\"status\":500}]", 200, "taskId",
      1 },
  { "other-kind", "[{\"on\":\"poll\",\"status\":500}]", 200, "taskId", 1 },
  { "redirect",
      "[{\"on\":\"submit\",\"status\":307,\"headers\":"
      "{\"Location\":\"http://127.0.0.1:1/\"}}]",
      307, NULL, 0 },
};

static void
test_submit_rule (gconstpointer data)
{
  const SubmitRule *row = data;
  g_autoptr (Simulator) simulator = test_simulator_new (1);
  g_autoptr (TestReply) reply = NULL;

  simulator_script (simulator, row->rules);
  reply = test_api (simulator, SUBMIT, SHOT);
  g_assert_cmpuint (reply->status, ==, row->status);
  if (row->body != NULL)
    g_assert_nonnull (strstr (reply->body->str, row->body));
  g_assert_null (strstr (reply->body->str, "@task-id@"));
  g_assert_cmpuint (simulator_get_billed (simulator), ==, row->billed);
  g_assert_cmpuint (
      simulator_get_billed_for (simulator, "waves"), ==, row->billed);
  g_assert_cmpuint (simulator_get_requests (simulator, "submit"), ==, 1);
}

/* One answer after another: rules in order, skip, times, headers */
static void
test_rule_order (void)
{
  static const guint expected[] = { 200, 503, 503, 200, 502, 502, 502 };
  g_autoptr (Simulator) simulator = test_simulator_new (1);
  g_autofree gchar *id = test_submit (simulator);
  guint i;

  simulator_script (simulator,
      "[{\"on\":\"poll\",\"skip\":1,\"times\":2,"
      "\"status\":503,\"headers\":{\"Retry-After\":\"7\"}},"
      /* the two above were never seen here */
      "{\"on\":\"poll\",\"skip\":2,\"times\":0,\"status\":502}]");
  for (i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_autoptr (TestReply) reply = test_poll (simulator, id);

    g_assert_cmpuint (reply->status, ==, expected[i]);
    g_assert_cmpstr (g_hash_table_lookup (reply->headers, "retry-after"), ==,
        expected[i] == 503 ? "7" : NULL);
  }
}

static void
test_poll_rules (void)
{
  g_autoptr (Simulator) simulator = test_simulator_new (1);
  g_autofree gchar *running = test_submit (simulator);
  g_autofree gchar *done = NULL, *link = NULL;
  g_autoptr (TestReply) word = NULL, waiting = NULL, none = NULL;

  simulator_script (simulator,
      "[{\"on\":\"task\",\"work\":0},"
      "{\"on\":\"poll\",\"state\":\"SUCCEEDED\"},"
      "{\"on\":\"poll\",\"link\":\"http://127.0.0.1:1/x.mp4\"},"
      "{\"on\":\"poll\",\"link\":null}]");
  done = test_submit (simulator);

  word = test_poll (simulator, running);
  test_assert_json (word->body->str, "$.data.state", "\"SUCCEEDED\"");
  test_assert_json (word->body->str, "$.data.resultJson", "");
  /* a link waits for a success */
  waiting = test_poll (simulator, running);
  test_assert_json (waiting->body->str, "$.data.state", "\"pending\"");
  link = test_link (simulator, done);
  g_assert_cmpstr (link, ==, "http://127.0.0.1:1/x.mp4");
  none = test_poll (simulator, done);
  test_assert_json (none->body->str, "$.data.state", "\"success\"");
  test_assert_json (none->body->str, "$.data.resultJson", "");
}

static void
test_file_rules (void)
{
  static const struct
  {
    const gchar *rules;
    guint status;
    gboolean complete;
    gssize size; /* -1: the whole clip */
  } rows[] = {
    { "[{\"on\":\"file\",\"status\":410}]", 410, TRUE, 4 },
    { "[{\"on\":\"file\",\"body\":\"<html>\"}]", 200, TRUE, 6 },
    { "[{\"on\":\"file\",\"cut\":100}]", 206, FALSE, 100 },
    { "[{\"on\":\"file\",\"cut\":0}]", 206, FALSE, 0 },
    { "[{\"on\":\"file\",\"cut\":1000,\"chunked\":true}]", 206, FALSE, 1000 },
    { "[{\"on\":\"file\",\"chunked\":true}]", 206, TRUE, -1 },
    { "[{\"on\":\"file\",\"status\":200}]", 200, TRUE, -1 },
    { "[{\"on\":\"file\",\"drop\":true}]", 0, FALSE, 0 },
    { "[{\"on\":\"file\",\"headers\":{\"Content-Range\":\"bytes 5-9/20\"}}]",
        206, TRUE, -1 },
  };
  g_autoptr (Simulator) simulator = test_simulator_new (FAST_SCALE);
  g_autofree gchar *link = finished_link (simulator);
  g_autofree gchar *clip = NULL;
  gsize n;
  guint i;

  get_clip (&clip, &n);
  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (TestReply) reply = NULL;

    g_test_message ("%s", rows[i].rules);
    simulator_script (simulator, rows[i].rules);
    reply = test_file ("GET", link, "Range: bytes=0-");
    g_assert_cmpuint (reply->status, ==, rows[i].status);
    g_assert_cmpint (reply->complete, ==, rows[i].complete);
    g_assert_cmpuint (
        reply->body->len, ==, rows[i].size < 0 ? n : (gsize) rows[i].size);
    g_assert_cmpint (g_hash_table_contains (reply->headers, "content-length"),
        ==, rows[i].status != 0 && strstr (rows[i].rules, "chunked") == NULL);
  }
}

static void
test_bad_rules (void)
{
  static const gchar *const bad[] = {
    "",
    "{}",
    "[1]",
    "[{}]",
    "[{\"on\":\"sumbit\"}]",
    "[{\"on\":\"submit\",\"stauts\":500}]",
    "[{\"on\":\"submit\",\"status\":\"500\"}]",
    "[{\"on\":\"submit\",\"status\":99}]",
    "[{\"on\":\"submit\",\"cut\":5}]",
    "[{\"on\":\"poll\",\"billed\":true}]",
    "[{\"on\":\"poll\",\"form\":\"round\"}]",
    "[{\"on\":\"poll\",\"delay\":-1}]",
    "[{\"on\":\"task\",\"status\":500}]",
    "[{\"on\":\"task\",\"outcome\":\"success\"}]",
    "[{\"on\":\"file\",\"headers\":{\"Content-Length\":\"1\"}}]",
    "[{\"on\":\"submit\",\"status\":500},{\"on\":\"nothing\"}]",
  };
  g_autoptr (Simulator) simulator = test_simulator_new (1);
  g_autoptr (TestReply) good = NULL;
  g_autofree gchar *id = NULL;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (TestReply) reply = test_api (simulator, "/script", bad[i]);

    g_assert_cmpuint (reply->status, ==, 400);
    g_assert_false (simulator_add_script (simulator, bad[i], &error));
    g_assert_nonnull (error);
  }
  id = test_submit (simulator);
  good = test_api (simulator, "/script", "[{\"on\":\"poll\",\"status\":500}]");
  g_assert_cmpstr (good->body->str, ==, "{\"added\":1}");
  g_assert_cmpuint (simulator_get_requests (simulator, "any"), ==, 1);
}

static void
test_bad_rule_aborts (void)
{
  if (g_test_subprocess ()) {
    g_autoptr (Simulator) simulator = test_simulator_new (1);

    simulator_script (simulator, "[{\"on\":\"poll\",\"stauts\":500}]");
    return;
  }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*\"stauts\" is no member of such a rule*");
}

/* The ledger */

static void
test_ledger (void)
{
  g_autoptr (Simulator) simulator = test_simulator_new (1);
  g_autofree gchar *id = test_submit (simulator);
  g_autofree gchar *quoted = g_strdup_printf ("\"%s\"", id);
  g_autoptr (TestReply) ledger = test_api (simulator, "/ledger", NULL);
  g_autoptr (TestReply) requests = test_api (simulator, "/requests", NULL);
  g_autofree gchar *request = simulator_get_request (simulator, "submit", 0);

  test_assert_json (ledger->body->str, "$.billed", "1");
  test_assert_json (ledger->body->str, "$.tasks[0].id", quoted);
  test_assert_json (ledger->body->str, "$.tasks[0].provider", "\"apixo\"");
  test_assert_json (ledger->body->str, "$.tasks[0].model", "\"hailuo-2-3\"");
  test_assert_json (ledger->body->str, "$.tasks[0].prompt", "\"waves\"");
  test_assert_json (ledger->body->str, "$.tasks[0].image", "null");
  test_assert_json (ledger->body->str, "$.tasks[0].state", "\"pending\"");

  test_assert_json (requests->body->str, "$[0].kind", "\"submit\"");
  test_assert_json (request, "$.method", "\"POST\"");
  test_assert_json (request, "$.target", "\"" SUBMIT "\"");
  test_assert_json (request, "$.port", "\"api\"");
  test_assert_json (
      request, "$.headers.authorization", "\"Bearer simulator-key\"");
  g_assert_nonnull (strstr (request, "\\\"prompt\\\":\\\"waves\\\""));
  g_assert_null (simulator_get_request (simulator, "submit", 1));
  g_assert_null (simulator_get_request (simulator, "poll", 0));
}

static gpointer
submit_in_thread (gpointer simulator)
{
  return test_submit (simulator);
}

static void
test_wait_requests (void)
{
  g_autoptr (Simulator) simulator = test_simulator_new (1);
  g_autofree gchar *id = NULL;
  GThread *thread;

  g_assert_true (simulator_wait_requests (simulator, "any", 0, 0));
  g_assert_false (simulator_wait_requests (simulator, "submit", 1, 1));
  thread = g_thread_new ("submit", submit_in_thread, simulator);
  g_assert_true (simulator_wait_requests (simulator, "submit", 1, 30000));
  id = g_thread_join (thread);
}

/* Callbacks.  The receiver is the files port, which takes down everything. */

static gchar *
callback_shot (Simulator *simulator)
{
  return g_strdup_printf ("{\"request_type\":\"callback\","
                          "\"callback_url\":\"%s/hook\",\"input\":{\"mode\":"
                          "\"pro-text-to-video\",\"prompt\":\"waves\"}}",
      simulator_get_files_url (simulator));
}

static void
test_callback_retry (void)
{
  g_autoptr (Simulator) simulator = test_simulator_new (1e4);
  g_autofree gchar *shot = callback_shot (simulator);
  g_autofree gchar *first = NULL, *second = NULL, *body = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (TestReply) reply = NULL;

  simulator_script (simulator,
      "[{\"on\":\"file\",\"status\":500},"
      "{\"on\":\"file\",\"body\":\"ok\"}]");
  reply = test_api (simulator, SUBMIT, shot);
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_true (simulator_wait_requests (simulator, "file", 2, 30000));

  first = simulator_get_request (simulator, "file", 0);
  second = simulator_get_request (simulator, "file", 1);
  test_assert_json (first, "$.method", "\"POST\"");
  test_assert_json (first, "$.target", "\"/hook\"");
  test_assert_json (first, "$.headers.content-type", "\"application/json\"");
  test_assert_json (first, "$.headers.authorization", "");
  root = json_from_string (second, NULL);
  body = g_strdup (
      json_object_get_string_member (json_node_get_object (root), "body"));
  test_assert_json (body, "$.code", "200");
  test_assert_json (body, "$.data.state", "\"success\"");
  g_assert_nonnull (strstr (body, "resultUrls"));
}

/* One delivery and three retries, then silence */
static void
test_callback_given_up (void)
{
  g_autoptr (Simulator) simulator = test_simulator_new (1e5);
  g_autofree gchar *shot = callback_shot (simulator);
  g_autoptr (TestReply) reply = test_api (simulator, SUBMIT, shot);

  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_true (simulator_wait_requests (simulator, "file", 4, 30000));
  g_assert_false (simulator_wait_requests (simulator, "file", 5, 50));
}

static void
add_submit_rules (void)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (submit_rules); i++) {
    g_autofree gchar *path = g_strconcat (
        "/rules/submit/", submit_rules[i].name, NULL);

    g_test_add_data_func (path, &submit_rules[i], test_submit_rule);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/files/whole", test_whole);
  g_test_add_func ("/files/ranges", test_ranges);
  g_test_add_func ("/files/if-range", test_if_range);
  g_test_add_func ("/files/bad-links", test_bad_links);
  g_test_add_func ("/files/link-origin", test_link_origin);
  add_submit_rules ();
  g_test_add_func ("/rules/order", test_rule_order);
  g_test_add_func ("/rules/poll", test_poll_rules);
  g_test_add_func ("/rules/file", test_file_rules);
  g_test_add_func ("/rules/bad", test_bad_rules);
  g_test_add_func ("/rules/bad-aborts", test_bad_rule_aborts);
  g_test_add_func ("/ledger/contents", test_ledger);
  g_test_add_func ("/ledger/wait", test_wait_requests);
  g_test_add_func ("/callback/retry", test_callback_retry);
  g_test_add_func ("/callback/given-up", test_callback_given_up);

  return g_test_run ();
}
