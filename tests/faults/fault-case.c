/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fault-case.c: runs a case, in its plain form and in that which is cancelled. */
#include "fault-case.h"

#include <string.h>

/* A stop that waits for something takes longer than this; the element's own part
 * is measured in tests/element/test-cancel.c. */
#define STOP_MS 1000

static gint64 longest_stop; /* us, of all cases */

guint
fault_case_patience (void)
{
  return fixture_ms (FIXTURE_PATIENCE_MS);
}

/* Setting up */

static FaultProxy *
proxy_new (guint16 port)
{
  g_autoptr (GError) error = NULL;
  FaultProxy *proxy = fault_proxy_new (port, &error);

  g_assert_no_error (error);
  return proxy;
}

static void
add_rules (Run *run, FaultProxy *proxy, const gchar *rules)
{
  g_autofree gchar *text = fault_case_text (run, rules);
  g_autofree gchar *list = g_strdup_printf ("[%s]", text != NULL ? text : "");
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = json_from_string (list, &error);
  JsonArray *array;
  guint i;

  g_assert_no_error (error);
  array = json_node_get_array (root);
  for (i = 0; i < json_array_get_length (array); i++) {
    g_autofree gchar *rule = json_to_string (
        json_array_get_element (array, i), FALSE);

    fault_proxy_add (proxy, rule);
  }
}

/* Tasks are made at once where the case says nothing else. */
static void
add_script (Run *run)
{
  const gchar *script = run->row->script != NULL ? run->row->script : "";
  g_autofree gchar *text = fault_case_text (run, script);
  g_autofree gchar *list = g_strdup_printf ("[%s%s%s]",
      strstr (text, "\"task\"") == NULL ? "{\"on\":\"task\",\"work\":0}" : "",
      strstr (text, "\"task\"") == NULL && *text != '\0' ? "," : "", text);

  simulator_script (run->fixture->simulator, list);
}

/* @url with the port of @proxy (transfer full) */
static gchar *
through (const gchar *url, FaultProxy *proxy)
{
  const gchar *colon = strrchr (url, ':');
  const gchar *rest = colon + 1 + strspn (colon + 1, "0123456789");

  return g_strdup_printf ("%.*s:%u%s", (int) (colon - url), url,
      fault_proxy_get_port (proxy), rest);
}

static const gchar *
get_provider (const FaultCase *row)
{
  return row->provider != NULL ? row->provider : "apixo";
}

void
fault_case_configure (Run *run, Fixture *fixture, const gchar *settings)
{
  g_autofree gchar *text = fault_case_text (run, settings);
  g_autofree gchar *base_url = through (
      simulator_get_base_url (run->fixture->simulator, get_provider (run->row)),
      run->api);

  fixture_set (fixture, "base-url", base_url, "retries", 1);
  if (text != NULL)
    fixture_configure (fixture, text);
}

static void
set_origin (Run *run)
{
  g_autofree gchar *files = through (
      simulator_get_files_url (run->fixture->simulator), run->files);
  g_autofree gchar *origin = fault_case_text (run, run->row->origin);

  simulator_set_link_origin (
      run->fixture->simulator, origin != NULL ? origin : files);
}

static void
run_begin (Run *run, const FaultCase *row)
{
  const FixtureOptions options = {
    .provider = row->provider,
    .big_clip = row->big,
    .tls = row->tls,
    .rest = row->rest,
  };

  *run = (Run){ .row = row, .fixture = fixture_new (&options) };
  run->api = proxy_new (simulator_get_port (run->fixture->simulator));
  run->files = proxy_new (simulator_get_files_port (run->fixture->simulator));
  run->trap = proxy_new (simulator_get_files_port (run->fixture->simulator));
  set_origin (run);
  fault_case_configure (run, run->fixture, row->settings);
  add_script (run);
  add_rules (run, run->api, row->api);
  add_rules (run, run->files, row->files);
  if (row->prepare != NULL)
    row->prepare (run);
}

static void
run_clear (Run *run)
{
  fixture_free (run->fixture);
  fault_proxy_free (run->api);
  fault_proxy_free (run->files);
  fault_proxy_free (run->trap);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* The fault goes. */
static void
run_repair (Run *run)
{
  const gchar *files = simulator_get_files_url (run->fixture->simulator);
  g_autofree gchar *origin = through (files, run->files);

  simulator_clear_script (run->fixture->simulator);
  fault_proxy_clear (run->api);
  fault_proxy_clear (run->files);
  fault_proxy_clear (run->trap);
  simulator_set_link_origin (run->fixture->simulator, origin);
  if (run->row->repair != NULL)
    run->row->repair (run);
}

Fixture *
fault_case_new_beside (Run *run)
{
  const FixtureOptions options = {
    .provider = run->row->provider,
    .big_clip = run->row->big,
    .simulator = run->fixture->simulator,
  };
  Fixture *other = fixture_new (&options);

  fault_case_configure (run, other, run->row->settings);
  if (run->row->repaired != NULL)
    fault_case_configure (run, other, run->row->repaired);
  return other;
}

/* Reaching a stage, and leaving it */

static FaultProxy *
find_proxy (Run *run, const gchar *name)
{
  if (g_str_equal (name, "api"))
    return run->api;
  if (g_str_equal (name, "files"))
    return run->files;
  return g_str_equal (name, "trap") ? run->trap : NULL;
}

static void
wait_for_retry (Run *run)
{
  gboolean found = FALSE;

  while (!found) {
    g_autofree gchar *text = NULL;
    GstProgressType type;

    gst_message_parse_progress (
        fixture_wait (run->fixture, GST_MESSAGE_PROGRESS), &type, NULL, &text);
    found = type == GST_PROGRESS_TYPE_CONTINUE
        && g_str_has_prefix (text, "Attempt 1 of ");
  }
}

void
fault_case_reach (Run *run, const gchar *stage)
{
  FaultProxy *proxy = find_proxy (run, stage);

  if (proxy != NULL)
    g_assert_true (fault_proxy_wait_faults (proxy, 1, fault_case_patience ()));
  else if (g_str_equal (stage, "retry"))
    wait_for_retry (run);
  else if (g_str_equal (stage, "during"))
    run->row->during (run);
  else if (g_str_equal (stage, "submit") || g_str_equal (stage, "poll")
      || g_str_equal (stage, "file"))
    fixture_wait_requests (run->fixture, stage, 1);
  else
    fixture_wait_task (run->fixture, stage);
}

static void
stop (Run *run, Fixture *fixture, GstState state)
{
  gint64 begin = g_get_monotonic_time (), took;

  gst_element_set_state (fixture->pipeline, state);
  took = g_get_monotonic_time () - begin;
  g_test_message ("stopped in %" G_GINT64_FORMAT " us", took);
  g_assert_cmpint (GST_STATE (fixture->source), ==, state);
  g_assert_cmpint (took / 1000, <, fixture_ms (STOP_MS));
  longest_stop = MAX (longest_stop, took);
}

void
fault_case_stop (Run *run, GstState state)
{
  stop (run, run->fixture, state);
}

gchar *
fault_case_get_store (void)
{
  return g_build_filename (g_get_user_state_dir (), "hailuo", NULL);
}

gchar *
fault_case_get_ledger (void)
{
  g_autofree gchar *store = fault_case_get_store ();

  return g_build_filename (store, "hailuo.db", NULL);
}

gchar *
fault_case_get_part (void)
{
  g_autofree gchar *store = fault_case_get_store ();
  g_autofree gchar *locks = g_build_filename (store, "locks", NULL);
  g_autoptr (GDir) dir = g_dir_open (locks, 0, NULL);
  g_autofree gchar *shot = NULL;
  g_autofree gchar *file = NULL;

  g_assert_nonnull (dir);
  shot = g_strdup (g_dir_read_name (dir));
  g_assert_null (g_dir_read_name (dir));
  g_assert_true (g_str_has_suffix (shot, ".lock"));
  *strrchr (shot, '.') = '\0';
  file = g_strconcat (shot, ".part", NULL);
  return g_build_filename (store, "parts", file, NULL);
}

/* The two forms */

static void
run_to_error (Run *run)
{
  fault_case_assert_error (run,
      fixture_run_error (run->fixture, (GstResourceError) run->row->error));
}

static void
run_to_end (Run *run)
{
  const FaultCase *row = run->row;
  const gint64 begin = g_get_monotonic_time ();
  Fixture *f = run->fixture;

  if (row->error == 0 || row->during != NULL)
    fixture_ask (f, GST_STATE_PLAYING);
  if (row->during != NULL)
    row->during (run);
  if (row->error == 0) {
    fixture_wait (f, GST_MESSAGE_EOS);
    fixture_assert_clip (f);
  } else if (row->error != FAULT_CASE_OWN_END) {
    run_to_error (run);
  }
  g_assert_cmpint ((g_get_monotonic_time () - begin) / 1000, >=, row->least);
  fault_case_assert_warned (run);
}

/* The same again, and not a byte is sent */
static void
run_to_same (Run *run, Fixture *fixture)
{
  const FixtureDetails *first = &run->row->details;
  const FixtureDetails details = { -1, NULL, NULL, 0, first->retryable,
    first->billed, FALSE };
  guint before = simulator_get_requests (fixture->simulator, "any");
  GstMessage *message;

  /* behind an error the base class sends EOS, which may come later */
  fixture_forget (fixture);
  message = fixture_run_error (fixture, (GstResourceError) run->row->error);
  if (!first->task)
    fixture_assert_details (fixture, message, &details);
  fixture_assert_nothing (fixture);
  fixture_assert_requests (fixture, "any", before);
  fault_case_assert_ledger (run, run->row->billed, run->row->billed);
}

/* Without the fault, in another pipeline that knows nothing but the store; where
 * nothing helps, in the same one as well */
static void
run_again (Run *run)
{
  const FaultCase *row = run->row;
  g_autoptr (Fixture) other = NULL;
  guint before = simulator_get_requests (run->fixture->simulator, "any");
  guint billed = MAX (row->billed, 1) + (row->again == AGAIN_NEW ? 1 : 0);

  if (row->again == AGAIN_NONE)
    return;
  run_repair (run);
  other = fault_case_new_beside (run);
  if (row->again == AGAIN_SAME) {
    run_to_same (run, run->fixture);
    stop (run, run->fixture, GST_STATE_READY);
    run_to_same (run, run->fixture);
    stop (run, run->fixture, GST_STATE_NULL);
    run_to_same (run, other);
  } else {
    fixture_run (other);
    if (row->error <= 0)
      fixture_assert_requests (other, "any", before);
    fault_case_assert_ledger (run, billed, billed);
  }
  stop (run, other, GST_STATE_NULL);
  fault_case_assert_keys (run);
}

static void
test_case (gconstpointer data)
{
  g_auto (Run) run = { 0 };

  run_begin (&run, data);
  run_to_end (&run);
  fault_case_assert_costs (&run);
  fault_case_stop (&run, GST_STATE_NULL);
  run_again (&run);
  fault_case_assert_gets (&run);
  fault_case_assert_parts ();
}

/* Stopped while the fault lasts; then it goes on without it, as a rule in the
 * same element. */
static void
test_cancelled (gconstpointer data)
{
  const FaultCase *row = data;
  g_auto (Run) run = { 0 };
  g_autoptr (Fixture) other = NULL;
  Fixture *f;

  run_begin (&run, row);
  f = run.fixture;
  fixture_ask (f, GST_STATE_PLAYING);
  fault_case_reach (&run, row->lasts);
  fault_case_stop (&run, GST_STATE_NULL);
  fixture_assert_nothing (f);
  fault_case_assert_parts ();
  g_assert_cmpuint (simulator_get_billed (f->simulator), <=, 1);

  run_repair (&run);
  if (row->fresh)
    f = other = fault_case_new_beside (&run);
  else if (row->repaired != NULL)
    fault_case_configure (&run, f, row->repaired);
  if (row->after != 0) {
    fixture_run_error (f, (GstResourceError) row->after);
    fixture_assert_nothing (f);
    fault_case_assert_ledger (&run, row->billed, row->billed);
  } else {
    fixture_run (f);
    fault_case_assert_ledger (&run, 1, 1);
  }
  g_assert_cmpuint (fault_case_count_posts (&run), ==,
      row->posts_after != 0 ? row->posts_after : 1);
  g_assert_cmpuint (fault_proxy_get_connections (run.trap), ==, row->trapped);
  fault_case_assert_keys (&run);
  stop (&run, f, GST_STATE_NULL);
}

int
fault_case_main (int argc, char **argv, const FaultCase *rows, guint n)
{
  guint i, n_cases = 0;
  int status;

  fixture_init (&argc, &argv);
  for (i = 0; i < n; i++) {
    g_autofree gchar *path = g_strdup_printf (
        "/faults/%02u/%s/%s", rows[i].fault, rows[i].stage, rows[i].name);
    g_autofree gchar *cancelled = g_strconcat (path, "-cancelled", NULL);

    if (!rows[i].endless) {
      g_test_add_data_func (path, &rows[i], test_case);
      n_cases++;
    }
    if (rows[i].lasts != NULL) {
      g_test_add_data_func (cancelled, &rows[i], test_cancelled);
      n_cases++;
    }
  }
  status = fixture_finish ();
  g_print (
      "# %u cases\n# longest stop: %.1f ms\n", n_cases, longest_stop / 1000.0);
  return status;
}
