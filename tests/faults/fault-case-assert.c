/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fault-case-assert.c: what a run cost, and what was said of it. */
#include <string.h>

#include "fault-case.h"

static guint
count (FaultProxy *proxy, const gchar *word)
{
  g_autoptr (GBytes) bytes = fault_proxy_get_requests (proxy);
  gsize left;
  const gchar *at = g_bytes_get_data (bytes, &left);
  const gchar *end = at + left;
  guint n = 0;

  while (at != NULL && (at = memmem (at, end - at, word, strlen (word)))) {
    n++;
    at += strlen (word);
  }
  return n;
}

guint
fault_case_count_posts (Run *run)
{
  return run->row->tls
      ? simulator_get_requests (run->fixture->simulator, "submit")
      : count (run->api, "POST /");
}

static void
assert_within (guint n, const guint bounds[2])
{
  g_assert_cmpuint (n, >=, bounds[0]);
  g_assert_cmpuint (n, <=, bounds[1]);
}

/* What came to another port than the API's came with no key, and so did what
 * no server got. */
void
fault_case_assert_keys (Run *run)
{
  fixture_assert_keys (run->fixture);
  g_assert_cmpuint (count (run->files, FIXTURE_KEY), ==, 0);
  g_assert_cmpuint (count (run->trap, FIXTURE_KEY), ==, 0);
  g_assert_cmpuint (count (run->api, FIXTURE_KEY), <=,
      count (run->api, "POST /") + count (run->api, "GET /"));
}

/* A proxy may have told of a fault before the host has billed. */
void
fault_case_assert_ledger (Run *run, guint billed, guint posts)
{
  if (billed > 0)
    fixture_wait_requests (run->fixture, "submit", posts);
  fixture_assert_ledger (run->fixture, billed);
}

/* What was not sent at once was sent again. */
static void
assert_retries (Run *run)
{
  g_autoptr (GstStructure) stats = NULL;
  guint retries;

  g_object_get (run->fixture->source, "stats", &stats, NULL);
  g_assert_true (gst_structure_get_uint (stats, "retries", &retries));
  g_assert_cmpuint (retries, >=, run->row->posts - 1);
}

void
fault_case_assert_costs (Run *run)
{
  const FaultCase *row = run->row;
  Simulator *simulator = run->fixture->simulator;
  guint polls = count (run->api, "GET /");
  guint gets = count (run->files, "GET /");

  if (row->tls) {
    polls = simulator_get_requests (simulator, "poll");
    gets = simulator_get_requests (simulator, "file");
  }
  g_test_message (
      "%u posts, %u polls, %u gets", fault_case_count_posts (run), polls, gets);
  fault_case_assert_ledger (run, row->billed, row->posts);
  g_assert_cmpuint (fault_case_count_posts (run), ==, row->posts);
  assert_within (polls, row->polls);
  assert_within (gets, row->gets);
  g_assert_cmpuint (fault_proxy_get_connections (run->trap), ==, row->trapped);
  /* each submit on a connection of its own */
  g_assert_cmpuint (
      fault_proxy_get_connections (run->api), >=, MAX (row->posts, row->taken));
  if (row->error == 0 && row->during == NULL)
    assert_retries (run);
  fault_case_assert_keys (run);
}

static guint
count_files (const gchar *store, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (store, name, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* What was delivered leaves nothing behind; what ends early may leave a part of
 * the clip, one at most, for the next run. */
void
fault_case_assert_parts (void)
{
  g_autofree gchar *store = fault_case_get_store ();

  g_assert_cmpuint (count_files (store, "parts"), <=,
      count_files (store, "clips") > 0 ? 0 : 1);
}

/* What an application was told */

/* The two ways that the progress of a paid task can end */
#define MADE "submit:start submit:complete generate:start "
#define NOT_GENERATED MADE "generate:error"
#define NOT_DOWNLOADED MADE "generate:complete download:start download:error"

static void
assert_progress (Run *run)
{
  const FixtureDetails *details = &run->row->details;
  const gboolean unknown = g_str_equal (details->billed, "unknown");
  g_autofree gchar *progress = fixture_progress (run->fixture);
  g_autofree gchar *states = fixture_task_states (run->fixture);

  g_test_message ("%s, %s", progress, states);
  if (details->task) {
    g_assert_true (g_str_equal (progress, NOT_DOWNLOADED)
        || (run->row->error != GST_RESOURCE_ERROR_READ
            && g_str_equal (progress, NOT_GENERATED)));
    /* what is paid goes on at the host, unless that says why it does not */
    g_assert_cmpint (g_str_has_suffix (states, " failed"), ==,
        !g_str_equal (details->billed, "yes")
            || (details->provider_code != NULL && *details->provider_code));
  } else if (details->attempts > 0 || unknown) {
    g_assert_cmpstr (progress, ==, "submit:start submit:error");
    g_assert_cmpstr (states, ==, "submitting failed");
  } else {
    g_assert_null (strstr (states, "pending"));
  }
}

void
fault_case_assert_error (Run *run, GstMessage *message)
{
  const FaultCase *row = run->row;
  g_autoptr (GError) error = NULL;

  fixture_assert_details (run->fixture, message, &row->details);
  fixture_assert_nothing (run->fixture);
  gst_message_parse_error (message, &error, NULL);
  if (row->says != NULL)
    g_assert_nonnull (strstr (error->message, row->says));
  if (!row->details.task && g_str_equal (row->details.billed, "unknown")) {
    g_assert_nonnull (strstr (error->message, "outcome"));
    g_assert_nonnull (strstr (error->message, "task-id"));
  }
  assert_progress (run);
}

void
fault_case_assert_warned (Run *run)
{
  const GPtrArray *messages = run->fixture->messages;
  gboolean found = run->row->warns == NULL;
  guint i;

  fixture_collect (run->fixture);
  for (i = 0; !found && i < messages->len; i++) {
    GstMessage *message = g_ptr_array_index (messages, i);
    g_autoptr (GError) warning = NULL;

    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_WARNING)
      continue;
    gst_message_parse_warning (message, &warning, NULL);
    g_test_message ("%s", warning->message);
    found = strstr (warning->message, run->row->warns) != NULL;
  }
  g_assert_true (found);
}

/* What was asked of the files: from where on, and by how many links.  Who goes
 * on with a clip says which one it is, by a strong ETag. */
void
fault_case_assert_gets (Run *run)
{
  Fixture *f = run->fixture;
  const guint n = simulator_get_requests (f->simulator, "file");
  g_autoptr (GString) starts = g_string_new (NULL);
  g_autoptr (GHashTable)
      links = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint i;

  for (i = 0; i < n; i++) {
    g_autoptr (JsonNode) request = fixture_get_request (f, "file", i);
    g_autofree gchar *range = fixture_get_header (f, "file", i, "range");
    g_autofree gchar *which = fixture_get_header (f, "file", i, "if-range");

    g_assert_true (range == NULL || g_str_has_prefix (range, "bytes="));
    g_assert_cmpint (which != NULL && which[0] == '"', ==, range != NULL);
    g_string_append_printf (starts, "%s%s", i > 0 ? " " : "",
        range != NULL ? range + strlen ("bytes=") : "0-");
    g_hash_table_add (links,
        g_strdup (json_object_get_string_member (
            json_node_get_object (request), "target")));
  }
  if (run->row->starts != NULL)
    g_assert_cmpstr (starts->str, ==, run->row->starts);
  if (run->row->links > 0)
    g_assert_cmpuint (g_hash_table_size (links), ==, run->row->links);
}
