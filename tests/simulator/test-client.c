/* SPDX-License-Identifier: LGPL-2.1-or-later */
#undef G_DISABLE_ASSERT
#include "test-client.h"

#include <curl/curl.h>
#include <string.h>

/* CURLOPT_WRITEFUNCTION */
static size_t
on_body (char *data, size_t size, size_t n, void *user_data)
{
  TestReply *reply = user_data;

  g_string_append_len (reply->body, data, size * n);
  return size * n;
}

/* CURLOPT_HEADERFUNCTION */
static size_t
on_header (char *data, size_t size, size_t n, void *user_data)
{
  TestReply *reply = user_data;
  g_autofree gchar *line = g_strndup (data, size * n);
  gchar *colon = strchr (line, ':');

  if (colon != NULL) {
    *colon = '\0';
    g_hash_table_insert (reply->headers, g_ascii_strdown (line, -1),
        g_strdup (g_strstrip (colon + 1)));
  }
  return size * n;
}

void
test_reply_free (TestReply *reply)
{
  g_string_free (reply->body, TRUE);
  g_hash_table_unref (reply->headers);
  g_free (reply);
}

Simulator *
test_simulator_new (gdouble time_scale)
{
  SimulatorOptions options = {
    .time_scale = time_scale,
    .clip_file = g_getenv ("TEST_CLIP"),
  };
  g_autoptr (GError) error = NULL;
  Simulator *simulator;

  g_assert_nonnull (options.clip_file);
  simulator = simulator_new (&options, &error);
  g_assert_no_error (error);
  return simulator;
}

static struct curl_slist *
header_list (const gchar *const *headers)
{
  /* libcurl's own Content-Type for a POST would hide a missing one */
  struct curl_slist *list = curl_slist_append (NULL, "Content-Type:");

  for (; headers != NULL && *headers != NULL; headers++)
    list = curl_slist_append (list, *headers);
  return list;
}

TestReply *
test_send (const gchar *method, const gchar *url, const gchar *const *headers,
    const gchar *body, const gchar *ca_file)
{
  TestReply *reply = g_new0 (TestReply, 1);
  struct curl_slist *list = header_list (headers);
  CURL *curl = curl_easy_init ();
  long status = 0;

  reply->body = g_string_new (NULL);
  reply->headers = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, g_free);

  curl_easy_setopt (curl, CURLOPT_URL, url);
  curl_easy_setopt (curl, CURLOPT_PROXY, "");
  curl_easy_setopt (curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (curl, CURLOPT_HTTPHEADER, list);
  curl_easy_setopt (curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt (curl, CURLOPT_WRITEDATA, reply);
  curl_easy_setopt (curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt (curl, CURLOPT_HEADERDATA, reply);
  curl_easy_setopt (curl, CURLOPT_TIMEOUT, 30L);
  if (ca_file != NULL)
    curl_easy_setopt (curl, CURLOPT_CAINFO, ca_file);
  if (body != NULL)
    curl_easy_setopt (curl, CURLOPT_POSTFIELDS, body);
  if (g_str_equal (method, "HEAD"))
    curl_easy_setopt (curl, CURLOPT_NOBODY, 1L);
  curl_easy_setopt (curl, CURLOPT_CUSTOMREQUEST, method);

  reply->complete = curl_easy_perform (curl) == CURLE_OK;
  curl_easy_getinfo (curl, CURLINFO_RESPONSE_CODE, &status);
  reply->status = status;
  curl_easy_cleanup (curl);
  curl_slist_free_all (list);
  return reply;
}

TestReply *
test_api (Simulator *simulator, const gchar *path, const gchar *body)
{
  const gchar *const headers[] = { TEST_AUTH, TEST_JSON, NULL };
  const gchar *base = simulator_get_base_url (simulator, "apiinone");
  g_autofree gchar *url = g_strconcat (base, path, NULL);

  return test_send (body != NULL ? "POST" : "GET", url, headers, body, NULL);
}

TestReply *
test_file (const gchar *method, const gchar *url, const gchar *header)
{
  const gchar *const headers[] = { header, NULL };

  return test_send (method, url, headers, NULL, NULL);
}

gchar *
test_submit (Simulator *simulator)
{
  g_autoptr (TestReply)
      reply = test_api (simulator, "/api/v1/generateTask/hailuo-2-3",
          "{\"input\":{\"mode\":"
          "\"standard-text-to-video\",\"prompt\":\"waves\",\"duration\":6}}");
  g_autoptr (JsonNode) root = NULL;
  JsonObject *data;

  g_assert_cmpuint (reply->status, ==, 200);
  root = json_from_string (reply->body->str, NULL);
  data = json_object_get_object_member (json_node_get_object (root), "data");
  return g_strdup (json_object_get_string_member (data, "taskId"));
}

TestReply *
test_poll (Simulator *simulator, const gchar *task_id)
{
  g_autofree gchar *path = g_strconcat (
      "/api/v1/statusTask/hailuo-2-3?taskId=", task_id, NULL);

  return test_api (simulator, path, NULL);
}

gchar *
test_link (Simulator *simulator, const gchar *task_id)
{
  g_autoptr (TestReply) reply = test_poll (simulator, task_id);
  g_autoptr (JsonNode) root = json_from_string (reply->body->str, NULL);
  g_autoptr (JsonNode) result = NULL;
  JsonObject *data;
  JsonArray *urls;

  data = json_object_get_object_member (json_node_get_object (root), "data");
  g_assert_cmpstr (
      json_object_get_string_member (data, "state"), ==, "success");
  result = json_from_string (
      json_object_get_string_member (data, "resultJson"), NULL);
  urls = json_object_get_array_member (
      json_node_get_object (result), "resultUrls");
  return g_strdup (json_array_get_string_element (urls, 0));
}

gchar *
test_json (const gchar *text, const gchar *path)
{
  g_autoptr (JsonNode) root = json_from_string (text, NULL);
  g_autoptr (JsonNode) found = NULL;
  JsonArray *matches;

  g_assert_nonnull (root);
  found = json_path_query (path, root, NULL);
  g_assert_nonnull (found);
  matches = json_node_get_array (found);
  if (json_array_get_length (matches) == 0)
    return g_strdup ("");
  g_assert_cmpuint (json_array_get_length (matches), ==, 1);
  return json_to_string (json_array_get_element (matches, 0), FALSE);
}
