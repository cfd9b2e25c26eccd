/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answer to a submit, by all providers: "200\n{...}" (see fuzz.h).  A wrong
 * "not billed" pays twice, a task id that is overlooked loses a clip. */
#include "fuzz.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "json.h"
#include "response-parser.h"

/* Where the documents put the id of a task and of nothing else */
static const gchar *const id_paths[GST_HAILUO_N_PROVIDERS][5] = {
  [GST_HAILUO_PROVIDER_APIXO] = { "data", "taskId", NULL },
  [GST_HAILUO_PROVIDER_APIINONE] = { "data", "task_id", NULL, "task_id", NULL },
};

static gboolean
is_id (const gchar *text)
{
  gsize i;

  for (i = 0; text[i] != '\0'; i++) {
    if (!g_ascii_isalnum (text[i]) && strchr ("._:-/+=@,", text[i]) == NULL)
      return FALSE;
  }
  return i > 0 && i <= 128 && strcmp (text, ".") != 0
      && strstr (text, "..") == NULL && !fuzz_has_key (text);
}

/* Reads json-glib's members, not by the client's getters. */
static gboolean
has_id_at (JsonNode *node, const gchar *const *path)
{
  for (; node != NULL && *path != NULL; path++) {
    if (!JSON_NODE_HOLDS_OBJECT (node))
      return FALSE;
    node = json_object_get_member (json_node_get_object (node), *path);
  }
  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING
      && is_id (json_node_get_string (node));
}

static gboolean
has_id (JsonNode *root, GstHailuoProviderId provider)
{
  const gchar *const *paths = id_paths[provider];

  return root != NULL
      && (has_id_at (root, paths)
          || (paths[3] != NULL && has_id_at (root, paths + 3)));
}

/* Whether an answer of that status may prove that there is no task; @own:
 * the host's own form. */
static gboolean
may_refuse (guint status, gboolean own)
{
  switch (status) {
    case 301:
    case 302:
    case 307:
    case 308:
      return TRUE;
    case 408:
      return FALSE;
    case 500:
    case 502:
    case 503:
      return own;
    default:
      return (status >= 400 && status < 500)
          || (status >= 200 && status < 300 && own);
  }
}

static void
check_error (
    const GError *error, const GstHailuoResponse *response, gboolean own)
{
  const GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (error);
  gboolean unknown = error->code == GST_HAILUO_ERROR_OUTCOME_UNKNOWN;

  fuzz_assert_error (error);
  g_assert_cmpint (facts->billed, ==,
      unknown ? GST_HAILUO_BILLED_UNKNOWN : GST_HAILUO_BILLED_NO);
  if (unknown) {
    g_assert_false (facts->retryable);
    return;
  }
  g_assert_true (may_refuse (response->status, own));
  g_assert_cmpint (facts->retry_after, ==, response->retry_after);
  if (facts->retryable) {
    g_assert_true (own);
    g_assert_true (facts->http_status == 429 || facts->http_status == 500
        || facts->http_status == 502 || facts->http_status == 503);
  }
}

static void
check (
    GstHailuoProviderId id, const GstHailuoResponse *response, JsonNode *root)
{
  const GstHailuoProvider *provider = gst_hailuo_provider_get (id);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *task_id = gst_hailuo_response_parse_submit (
      provider, response, &error);
  g_autofree gchar *again = gst_hailuo_response_parse_submit (
      provider, response, NULL);

  g_assert_cmpstr (task_id, ==, again);
  g_assert_true ((task_id == NULL) == (error != NULL));
  if (task_id != NULL) {
    g_assert_true (is_id (task_id));
    g_assert_true (gst_hailuo_task_id_is_valid (task_id));
    return;
  }
  check_error (error, response, root != NULL);
  g_assert_false (has_id (root, id));
}

gint
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_auto (GstHailuoResponse) response = { .retry_after = 7000 };
  g_autoptr (JsonParser) parser = NULL;
  JsonNode *root = NULL;
  const gchar *body;
  gsize length;
  guint i;

  if (!fuzz_split_response (data, size, &response))
    return 0;
  body = g_bytes_get_data (response.body, &length);
  if (body != NULL && gst_hailuo_json_validate (body, length, NULL)) {
    parser = json_parser_new ();
    g_assert_true (json_parser_load_from_data (parser, body, length, NULL));
    root = json_parser_get_root (parser);
    if (!JSON_NODE_HOLDS_OBJECT (root))
      root = NULL;
  }
  for (i = 0; i < GST_HAILUO_N_PROVIDERS; i++)
    check (i, &response, root);
  return 0;
}
