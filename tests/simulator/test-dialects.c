/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-dialects.c: each host's documented requests succeed, its documented
 * refusals refuse.  The bodies marked D are the documents' own. */
#undef G_DISABLE_ASSERT
#include <string.h>

#include "test-client.h"

#define APIXO "/api/v1/generateTask/hailuo-2-3"
#define FAST "/api/v1/generateTask/hailuo-2-3-fast"
#define ONE "/api/v1/videos/generations"

#define T2V "\"mode\":\"standard-text-to-video\""
#define I2V "\"mode\":\"standard-image-to-video\""
#define PRO_I2V "\"mode\":\"pro-image-to-video\""
#define P "\"prompt\":\"p\""
#define IMG "\"image_urls\":[\"https://example.com/input.jpg\"]"
#define D6 "\"duration\":6"

typedef struct
{
  const gchar *name;
  const gchar *path;
  const gchar *body;
  guint status;
  const gchar *expected; /* the error, or "mode duration resolution" */
} Submit;

static const Submit apixo_submits[] = {
  /* D: the request bodies of the page for hailuo-2-3 */
  { "standard-text", APIXO,
      "{\n  \"request_type\": \"async\",\n"
      "  \"input\": {\n    \"mode\": \"standard-text-to-video\",\n"
      "    \"prompt\": \"a dramatic sunrise over a futuristic skyline with "
      "slow cinematic camera movement\",\n    \"duration\": 6\n  }\n}",
      200, "standard-text-to-video 6 768p" },
  { "standard-image", APIXO,
      "{\n  \"request_type\": \"async\",\n"
      "  \"input\": {\n    \"mode\": \"standard-image-to-video\",\n"
      "    \"prompt\": \"make this still image move naturally with cinematic "
      "camera motion\",\n    \"image_urls\": [\n"
      "      \"https://example.com/input.jpg\"\n    ],\n"
      "    \"duration\": 10\n  }\n}",
      200, "standard-image-to-video 10 768p" },
  { "pro-text", APIXO,
      "{\n  \"request_type\": \"async\",\n"
      "  \"input\": {\n    \"mode\": \"pro-text-to-video\",\n"
      "    \"prompt\": \"a premium commercial shot of a glass perfume bottle "
      "with elegant camera movement\"\n  }\n}",
      200, "pro-text-to-video 5 1080p" },
  { "pro-image", APIXO,
      "{\n  \"request_type\": \"async\",\n"
      "  \"input\": {\n    \"mode\": \"pro-image-to-video\",\n"
      "    \"prompt\": \"smoothly animate this image with a subtle camera "
      "push-in and natural lighting variation\",\n    \"image_urls\": [\n"
      "      \"https://example.com/input.jpg\"\n    ]\n  }\n}",
      200, "pro-image-to-video 5 1080p" },
  { "callback", APIXO,
      "{\n    \"request_type\": \"callback\",\n"
      "    \"callback_url\": \"https://your-server.com/webhooks/apixo\",\n"
      "    \"input\": {\n      \"mode\": \"pro-image-to-video\",\n"
      "      \"prompt\": \"animate this product image with a clean studio "
      "camera move\",\n      \"image_urls\": [\n"
      "        \"https://example.com/product.jpg\"\n      ]\n    }\n  }",
      200, "pro-image-to-video 5 1080p" },
  /* documented in words */
  { "no-request-type", APIXO, "{\"input\":{" T2V "," P "," D6 "}}", 200,
      "standard-text-to-video 6 768p" },
  { "provider", APIXO,
      "{\"provider\":\"official\",\"input\":{" T2V "," P "," D6 "}}", 200,
      "standard-text-to-video 6 768p" },
  { "pro-ignores-duration", APIXO,
      "{\"input\":{\"mode\":\"pro-text-to-video\"," P ",\"duration\":7}}", 200,
      "pro-text-to-video 5 1080p" },
  { "fast-standard", FAST, "{\"input\":{" I2V "," P "," IMG "," D6 "}}", 200,
      "standard-image-to-video 6 768p" },
  { "fast-pro", FAST, "{\"input\":{" PRO_I2V "," P "," IMG ",\"duration\":9}}",
      200, "pro-image-to-video 6 1080p" },

  { "no-input", APIXO, "{}", 400, "Missing required field: input" },
  { "input-is-string", APIXO, "{\"input\":\"x\"}", 400,
      "Missing required field: input" },
  { "no-prompt", APIXO, "{\"input\":{" T2V "," D6 "}}", 400,
      "Missing required field: input.prompt" },
  { "empty-prompt", APIXO, "{\"input\":{" T2V ",\"prompt\":\"\"," D6 "}}", 400,
      "Missing required field: input.prompt" },
  { "no-mode", APIXO, "{\"input\":{" P "," D6 "}}", 400, "Invalid mode type." },
  { "unknown-mode", APIXO, "{\"input\":{\"mode\":\"turbo\"," P "," D6 "}}", 400,
      "Invalid mode type." },
  { "fast-text", FAST, "{\"input\":{" T2V "," P "," D6 "}}", 400,
      "Invalid mode type." },
  { "no-image", APIXO, "{\"input\":{" I2V "," P "," D6 "}}", 400,
      "Missing required field: input.image_urls" },
  { "0-images", APIXO, "{\"input\":{" I2V "," P ",\"image_urls\":[]," D6 "}}",
      400, "input.image_urls must contain exactly 1 URL" },
  { "2-images", APIXO,
      "{\"input\":{" PRO_I2V "," P ",\"image_urls\":["
      "\"https://example.com/a.jpg\",\"https://example.com/b.jpg\"]}}",
      400, "input.image_urls must contain exactly 1 URL" },
  { "image-no-url", APIXO,
      "{\"input\":{" PRO_I2V "," P ",\"image_urls\":[\"input.jpg\"]}}", 400,
      "Invalid image URL" },
  { "no-duration", APIXO, "{\"input\":{" T2V "," P "}}", 400,
      "Missing required field: input.duration" },
  { "duration-7", APIXO, "{\"input\":{" T2V "," P ",\"duration\":7}}", 400,
      "input.duration must be 6 or 10" },
  { "duration-string", APIXO, "{\"input\":{" T2V "," P ",\"duration\":\"6\"}}",
      400, "input.duration must be 6 or 10" },
  { "callback-no-url", APIXO,
      "{\"request_type\":\"callback\",\"input\":{" T2V "," P "," D6 "}}", 400,
      "Missing required field: callback_url" },
  { "callback-http", APIXO,
      "{\"request_type\":\"callback\",\"callback_url\":"
      "\"http://your-server.com/\",\"input\":{" T2V "," P "," D6 "}}",
      400, "callback_url must be a public HTTPS URL" },
  { "request-type", APIXO,
      "{\"request_type\":\"sync\",\"input\":{" T2V "," P "," D6 "}}", 400,
      "Invalid request_type" },
  { "provider-unknown", APIXO,
      "{\"provider\":\"cheap\",\"input\":{" T2V "," P "," D6 "}}", 400,
      "Invalid provider" },
  { "no-json", APIXO, "prompt=p", 400, "Request body is not a JSON object" },
  { "no-object", APIXO, "[]", 400, "Request body is not a JSON object" },
  { "no-model", "/api/v1/generateTask/hailuo-9", "{}", 404,
      "Model not found: hailuo-9" },
};

static const Submit apiinone_submits[] = {
  /* D: the only body on the page */
  { "documented", ONE,
      "{\n  \"model\": \"hailuo-2-3\",\n  \"prompt\": "
      "\"A golden retriever running through a sunflower field at sunset, "
      "slow motion\",\n  \"image\": "
      "\"https://example.com/golden-retriever.jpg\",\n"
      "  \"duration\": \"6\",\n  \"resolution\": \"768P\"\n}",
      200, "standard-image-to-video 6 768p" },
  { "defaults", ONE,
      "{\"model\":\"hailuo/2-3-image-to-video-standard\"," P
      ",\"image\":\"https://example.com/i.jpg\"}",
      200, "standard-image-to-video 6 768p" },
  { "pro", ONE,
      "{\"model\":\"hailuo/2-3-image-to-video-pro\"," P
      ",\"image\":\"https://example.com/i.jpg\",\"duration\":\"10\","
      "\"resolution\":\"1080P\"}",
      200, "pro-image-to-video 10 1080p" },
  { "no-model", ONE, "{" P ",\"image\":\"https://example.com/i.jpg\"}", 400,
      "The 'model' parameter is required" },
  { "unknown-model", ONE,
      "{\"model\":\"x\"," P ",\"image\":\"https://example.com/i.jpg\"}", 400,
      "Unknown model" },
  { "no-prompt", ONE,
      "{\"model\":\"hailuo-2-3\","
      "\"image\":\"https://example.com/i.jpg\"}",
      400, "The 'prompt' parameter is required" },
  { "no-image", ONE, "{\"model\":\"hailuo-2-3\"," P "}", 400,
      "The 'image' parameter is required" },
  { "duration-number", ONE,
      "{\"model\":\"hailuo-2-3\"," P
      ",\"image\":\"https://example.com/i.jpg\",\"duration\":6}",
      400, "The 'duration' parameter must be \"6\" or \"10\"" },
  { "duration-7", ONE,
      "{\"model\":\"hailuo-2-3\"," P
      ",\"image\":\"https://example.com/i.jpg\",\"duration\":\"7\"}",
      400, "The 'duration' parameter must be \"6\" or \"10\"" },
  { "resolution-lower-case", ONE,
      "{\"model\":\"hailuo-2-3\"," P
      ",\"image\":\"https://example.com/i.jpg\",\"resolution\":\"768p\"}",
      400, "The 'resolution' parameter must be \"768P\" or \"1080P\"" },
  { "no-json", ONE, "{", 400, "Request body is not a JSON object" },
};

static JsonObject *
object_of (JsonNode *root, const gchar *name)
{
  return json_object_get_object_member (json_node_get_object (root), name);
}

/* "mode duration resolution" of the last task in the ledger */
static gchar *
describe_last_task (Simulator *simulator)
{
  g_autofree gchar *text = simulator_get_ledger (simulator);
  g_autoptr (JsonNode) root = json_from_string (text, NULL);
  JsonArray *tasks = json_object_get_array_member (
      json_node_get_object (root), "tasks");
  JsonObject *task = json_array_get_object_element (
      tasks, json_array_get_length (tasks) - 1);

  return g_strdup_printf ("%s %d %s",
      json_object_get_string_member (task, "mode"),
      (gint) json_object_get_int_member (task, "duration"),
      json_object_get_string_member (task, "resolution"));
}

static const gchar *
error_text (const Submit *submit, JsonNode *root)
{
  if (g_str_equal (submit->path, ONE))
    return json_object_get_string_member (object_of (root, "error"), "message");

  /* {"code":400,"message":"Invalid request","data":{"error":"..."}} */
  g_assert_cmpint (
      json_object_get_int_member (json_node_get_object (root), "code"), ==,
      submit->status);
  g_assert_cmpstr (
      json_object_get_string_member (json_node_get_object (root), "message"),
      ==, submit->status == 400 ? "Invalid request" : "Not found");
  return json_object_get_string_member (object_of (root, "data"), "error");
}

static void
test_submit_row (gconstpointer data)
{
  const Submit *submit = data;
  g_autoptr (Simulator) simulator = test_simulator_new (1);
  g_autoptr (TestReply)
      reply = test_api (simulator, submit->path, submit->body);
  g_autoptr (JsonNode) root = json_from_string (reply->body->str, NULL);

  g_assert_cmpuint (reply->status, ==, submit->status);
  g_assert_cmpstr (g_hash_table_lookup (reply->headers, "content-type"), ==,
      "application/json");
  if (submit->status == 200) {
    g_autofree gchar *found = describe_last_task (simulator);

    g_assert_cmpstr (found, ==, submit->expected);
    g_assert_cmpuint (simulator_get_billed (simulator), ==, 1);
    test_assert_json (reply->body->str, "$.code", "200");
    test_assert_json (reply->body->str, "$.message", "\"success\"");
  } else {
    g_assert_cmpstr (error_text (submit, root), ==, submit->expected);
    g_assert_cmpuint (simulator_get_billed (simulator), ==, 0);
  }
  g_assert_cmpuint (simulator_get_requests (simulator, "submit"), ==, 1);
}

static void
test_keys (void)
{
  static const gchar *const wrong[] = { NULL, "Authorization: Bearer other",
    "Authorization: Bearer", "Authorization: Key simulator-key",
    "Authorization: Bearer simulator-key2", "X-Api-Key: simulator-key" };
  static const gchar *const paths[] = { APIXO, FAST, ONE };
  g_autoptr (Simulator) simulator = test_simulator_new (1);
  guint i, j;

  for (i = 0; i < G_N_ELEMENTS (wrong); i++) {
    for (j = 0; j < G_N_ELEMENTS (paths); j++) {
      const gchar *const headers[] = { TEST_JSON, wrong[i], NULL };
      g_autofree gchar *url = g_strconcat (
          simulator_get_base_url (simulator, "apiinone"), paths[j], NULL);
      g_autoptr (TestReply)
          reply = test_send ("POST", url, headers, "{}", NULL);

      g_assert_cmpuint (reply->status, ==, 401);
      if (j < 2)
        g_assert_cmpstr (reply->body->str, ==,
            "{\"code\":401,\"message\":\"Invalid or missing API key\"}");
      else
        test_assert_json (
            reply->body->str, "$.error.message", "\"Invalid API key\"");
    }
  }
  g_assert_cmpuint (simulator_get_billed (simulator), ==, 0);
}

static void
test_content_type (void)
{
  static const gchar body[] = "{\"input\":{" T2V "," P "," D6 "}}";
  static const struct
  {
    const gchar *header;
    guint status;
  } rows[] = {
    { NULL, 400 },
    { "Content-Type: text/plain", 400 },
    { "Content-Type: application/x-www-form-urlencoded", 400 },
    { "Content-Type: application/json", 200 },
    { "Content-Type: Application/JSON; charset=utf-8", 200 },
  };
  g_autoptr (Simulator) simulator = test_simulator_new (1);
  g_autofree gchar *url = g_strconcat (
      simulator_get_base_url (simulator, "apixo"), "/generateTask/hailuo-2-3",
      NULL);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    const gchar *const headers[] = { TEST_AUTH, rows[i].header, NULL };
    g_autoptr (TestReply) reply = test_send ("POST", url, headers, body, NULL);

    g_assert_cmpuint (reply->status, ==, rows[i].status);
  }
}

static void
test_apixo_poll_refusals (void)
{
  g_autoptr (Simulator) simulator = test_simulator_new (1);
  g_autofree gchar *id = test_submit (simulator);
  g_autofree gchar *other = g_strconcat ("/api/v1/statusTask/hailuo-2-3-fast"
                                         "?taskId=",
      id, NULL);
  const struct
  {
    const gchar *path;
    guint status;
  } rows[] = {
    { "/api/v1/statusTask/hailuo-2-3", 400 },
    { "/api/v1/statusTask/hailuo-2-3?taskId=", 400 },
    { "/api/v1/statusTask/hailuo-2-3?taskId=task_12345678", 404 },
    { "/api/v1/statusTask/hailuo-9?taskId=task_12345678", 404 },
    { other, 404 },
    { "/api/v1/tasks/task_abc123", 404 },
    { "/api/v1/nothing", 404 },
    { "/", 404 },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (TestReply) reply = test_api (simulator, rows[i].path, NULL);

    g_assert_cmpuint (reply->status, ==, rows[i].status);
  }
}

/* The answers of the page for hailuo-2-3, member by member */
static void
test_apixo_answers (void)
{
  g_autoptr (Simulator) simulator = test_simulator_new (1);
  g_autofree gchar *running = test_submit (simulator);
  g_autofree gchar *done = NULL, *failed = NULL, *link = NULL;
  g_autoptr (TestReply) reply = test_poll (simulator, running);

  test_assert_json (reply->body->str, "$.data.state", "\"pending\"");
  test_assert_json (reply->body->str, "$.data.resultJson", "");
  test_assert_json (reply->body->str, "$.data.completeTime", "");
  g_assert_cmpuint (strlen (running), ==, 32);

  simulator_script (simulator,
      "[{\"on\":\"task\",\"work\":0},{\"on\":\"task\","
      "\"work\":0,\"outcome\":\"failed\",\"fail-code\":\"PromptInvalid\","
      "\"fail-message\":\"Prompt is invalid or rejected by provider\"}]");
  done = test_submit (simulator);
  link = test_link (simulator, done);
  g_assert_true (g_str_has_prefix (link, simulator_get_files_url (simulator)));

  failed = test_submit (simulator);
  g_clear_pointer (&reply, test_reply_free);
  reply = test_poll (simulator, failed);
  g_assert_cmpuint (reply->status, ==, 200);
  test_assert_json (reply->body->str, "$.code", "200");
  test_assert_json (reply->body->str, "$.message", "\"success\"");
  test_assert_json (reply->body->str, "$.data.state", "\"failed\"");
  test_assert_json (reply->body->str, "$.data.failCode", "\"PromptInvalid\"");
  test_assert_json (reply->body->str, "$.data.failMsg",
      "\"Prompt is invalid or rejected by provider\"");
  test_assert_json (reply->body->str, "$.data.costTime", "0");
  test_assert_json (reply->body->str, "$.data.resultJson", "");
}

static void
test_apixo_times (void)
{
  g_autoptr (Simulator) simulator = test_simulator_new (1e9);
  gint64 before = g_get_real_time () / 1000;
  g_autofree gchar *id = test_submit (simulator);
  g_autoptr (TestReply) reply = test_poll (simulator, id);
  g_autoptr (JsonNode) root = json_from_string (reply->body->str, NULL);
  JsonObject *data = object_of (root, "data");
  gint64 created = json_object_get_int_member (data, "createTime");

  g_assert_cmpint (created, >=, before);
  g_assert_cmpint (created, <=, g_get_real_time () / 1000);
  g_assert_cmpint (json_object_get_int_member (data, "costTime"), ==, 120000);
  g_assert_cmpint (
      json_object_get_int_member (data, "completeTime"), ==, created + 120000);
}

/* pending, processing, success: the server paces the polls, no one sleeps */
static void
test_apixo_states (void)
{
  g_autoptr (Simulator) simulator = test_simulator_new (1);
  g_autoptr (GString) walk = g_string_new (NULL);
  g_autofree gchar *id = NULL;
  g_autofree gchar *state = g_strdup ("");

  simulator_script (simulator,
      "[{\"on\":\"task\",\"work\":0.6},"
      "{\"on\":\"poll\",\"delay\":10,\"times\":0}]");
  id = test_submit (simulator);
  while (!g_str_equal (state, "\"success\"")) {
    g_autoptr (TestReply) reply = test_poll (simulator, id);
    g_autofree gchar *now = test_json (reply->body->str, "$.data.state");

    if (!g_str_equal (now, state))
      g_string_append (walk, now);
    g_free (state);
    state = g_steal_pointer (&now);
  }
  g_assert_cmpstr (walk->str, ==, "\"pending\"\"processing\"\"success\"");
}

static void
test_apixo_balance (void)
{
  g_autoptr (Simulator) simulator = test_simulator_new (1);
  g_autoptr (TestReply)
      reply = test_api (simulator, "/api/v1/apikeys/current-balance", NULL);
  g_autoptr (JsonNode) root = json_from_string (reply->body->str, NULL);

  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpfloat (
      json_object_get_double_member (json_node_get_object (root), "data"), ==,
      74.87);
}

static gchar *
submit_one (Simulator *simulator, const gchar *path)
{
  g_autoptr (TestReply)
      reply = test_api (simulator, ONE, apiinone_submits[0].body);
  g_autofree gchar *quoted = test_json (reply->body->str, path);

  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpuint (strlen (quoted), ==, 34);
  return g_strndup (quoted + 1, 32);
}

static TestReply *
poll_one (Simulator *simulator, const gchar *id)
{
  g_autofree gchar *path = g_strconcat ("/api/v1/tasks/", id, NULL);

  return test_api (simulator, path, NULL);
}

static void
test_apiinone_enveloped (void)
{
  g_autoptr (Simulator) simulator = test_simulator_new (1);
  g_autofree gchar *running = submit_one (simulator, "$.data.task_id");
  g_autofree gchar *done = NULL, *url = NULL;
  g_autoptr (TestReply) reply = poll_one (simulator, running);

  test_assert_json (reply->body->str, "$.data.status", "\"IN_PROGRESS\"");
  g_clear_pointer (&reply, test_reply_free);

  simulator_script (simulator, "[{\"on\":\"task\",\"work\":0}]");
  done = submit_one (simulator, "$.data.task_id");
  reply = poll_one (simulator, done);
  test_assert_json (reply->body->str, "$.code", "200");
  test_assert_json (reply->body->str, "$.data.status", "\"COMPLETED\"");
  url = test_json (reply->body->str, "$.data.output.video_url");
  g_assert_nonnull (strstr (url, ".mp4?"));
}

static void
test_apiinone_flat (void)
{
  g_autoptr (Simulator) simulator = test_simulator_new (1);
  g_autofree gchar *running = NULL, *failed = NULL;
  g_autoptr (TestReply) reply = NULL;

  simulator_script (simulator,
      "[{\"on\":\"submit\",\"form\":\"flat\",\"times\":0},"
      "{\"on\":\"poll\",\"form\":\"flat\",\"times\":0}]");
  running = submit_one (simulator, "$.id");
  reply = poll_one (simulator, running);
  test_assert_json (reply->body->str, "$.status", "\"pending\"");
  test_assert_json (reply->body->str, "$.model", "\"hailuo-2-3\"");
  test_assert_json (reply->body->str, "$.code", "");
  g_clear_pointer (&reply, test_reply_free);

  simulator_script (simulator,
      "[{\"on\":\"task\",\"work\":0,"
      "\"outcome\":\"failed\",\"fail-message\":\"No\"}]");
  failed = submit_one (simulator, "$.id");
  reply = poll_one (simulator, failed);
  test_assert_json (reply->body->str, "$.status", "\"failed\"");
  test_assert_json (reply->body->str, "$.error", "\"No\"");
}

static void
test_apiinone_errors (void)
{
  g_autoptr (Simulator) simulator = test_simulator_new (1);
  g_autoptr (TestReply) flat = test_api (simulator, ONE, "{}");
  g_autoptr (TestReply) enveloped = NULL;

  test_assert_json (flat->body->str, "$.error.code", "400");
  simulator_script (simulator, "[{\"on\":\"submit\",\"form\":\"enveloped\"}]");
  enveloped = test_api (simulator, ONE, "{}");
  g_assert_cmpuint (enveloped->status, ==, 400);
  test_assert_json (enveloped->body->str, "$.code", "400");
  test_assert_json (enveloped->body->str, "$.error", "");
}

static void
add_rows (const gchar *prefix, const Submit *rows, guint n)
{
  guint i;

  for (i = 0; i < n; i++) {
    g_autofree gchar *path = g_strconcat (prefix, rows[i].name, NULL);

    g_test_add_data_func (path, &rows[i], test_submit_row);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  add_rows ("/apixo/submit/", apixo_submits, G_N_ELEMENTS (apixo_submits));
  add_rows (
      "/apiinone/submit/", apiinone_submits, G_N_ELEMENTS (apiinone_submits));
  g_test_add_func ("/keys", test_keys);
  g_test_add_func ("/content-type", test_content_type);
  g_test_add_func ("/apixo/poll-refusals", test_apixo_poll_refusals);
  g_test_add_func ("/apixo/answers", test_apixo_answers);
  g_test_add_func ("/apixo/times", test_apixo_times);
  g_test_add_func ("/apixo/states", test_apixo_states);
  g_test_add_func ("/apixo/balance", test_apixo_balance);
  g_test_add_func ("/apiinone/enveloped", test_apiinone_enveloped);
  g_test_add_func ("/apiinone/flat", test_apiinone_flat);
  g_test_add_func ("/apiinone/errors", test_apiinone_errors);

  return g_test_run ();
}
