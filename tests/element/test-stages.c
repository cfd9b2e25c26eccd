/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-stages.c: at each stage of a run queries are answered at once, a stop
 * is at once, and going on buys nothing twice. */
#include <string.h>

#include "faultproxy.h"
#include "fixture.h"

#define QUERY_MS 5

typedef struct
{
  const gchar *description;
  const gchar *settings; /* beside the fixture's */
  const gchar *script;
  /* when the stage is reached: "submit", "poll" or "file" (the request has
   * arrived), a state of the task, "retry", "stall", "buffer" or "eos" */
  const gchar *when;
  const gchar *open; /* the progress that is under way, or NULL */
  guint submits;     /* in all */
} Stage;

#define LATER "'headers':{'Retry-After':'60'}"

static const Stage stages[] = {
  { "submit", "retries=5", "[{'on':'submit','delay':400}]", "submit",
      "submit:", 1 },
  { "submit-retry", "retries=5", "[{'on':'submit','status':429," LATER "}]",
      "retry", "submit:", 2 },
  { "first-poll", "first-poll=600000", "[]", "pending", "generate:", 1 },
  { "poll", "retries=5", "[{'on':'poll','delay':400}]", "poll",
      "generate:", 1 },
  { "poll-interval", "poll-interval=600000",
      "[{'on':'poll','state':'processing'}]", "processing", "generate:", 1 },
  { "poll-retry", "retries=5", "[{'on':'poll','status':500," LATER "}]",
      "retry", "generate:", 1 },
  { "file", "retries=5", "[{'on':'file','delay':400}]", "file",
      "download:", 1 },
  { "file-stalled", "retries=5", "[]", "stall", "download:", 1 },
  { "file-retry", "retries=5", "[{'on':'file','status':503," LATER "}]",
      "retry", "download:", 1 },
  { "first-buffer", "retries=5", "[]", "buffer", NULL, 1 },
  { "eos", "retries=5", "[]", "eos", NULL, 1 },
};

/* Until the thing that is under way failed, and is to be tried again: the
 * first word on how it goes on */
static void
wait_for_retry (Fixture *self, const Stage *stage)
{
  gboolean found = FALSE;

  while (!found) {
    g_autofree gchar *code = NULL;
    GstProgressType type;

    gst_message_parse_progress (
        fixture_wait (self, GST_MESSAGE_PROGRESS), &type, &code, NULL);
    found = type == GST_PROGRESS_TYPE_CONTINUE
        && g_str_has_prefix (stage->open, code);
  }
}

static void
reach_stage (Fixture *self, const Stage *stage, FaultProxy *proxy)
{
  if (g_str_equal (stage->when, "buffer")) {
    fixture_reach (self, GST_STATE_PAUSED);
    return;
  }
  fixture_ask (self, GST_STATE_PLAYING);
  if (g_str_equal (stage->when, "eos"))
    fixture_wait (self, GST_MESSAGE_EOS);
  else if (g_str_equal (stage->when, "retry"))
    wait_for_retry (self, stage);
  else if (g_str_equal (stage->when, "stall"))
    g_assert_true (
        fault_proxy_wait_faults (proxy, 1, fixture_ms (FIXTURE_PATIENCE_MS)));
  else if (g_str_equal (stage->when, "submit")
      || g_str_equal (stage->when, "poll") || g_str_equal (stage->when, "file"))
    fixture_wait_requests (self, stage->when, 1);
  else
    fixture_wait_task (self, stage->when);
}

/* A proxy before the files, that stalls in the middle of the first clip */
static FaultProxy *
add_proxy (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  FaultProxy *proxy = fault_proxy_new (
      simulator_get_files_port (self->simulator), &error);
  g_autofree gchar *origin = NULL;

  g_assert_no_error (error);
  fault_proxy_add (
      proxy, "{\"connection\":1,\"at\":8000,\"action\":\"stall\"}");
  origin = g_strdup_printf (
      "http://127.0.0.1:%u", fault_proxy_get_port (proxy));
  simulator_set_link_origin (self->simulator, origin);
  return proxy;
}

/* Queries */

/* The best of three, as the machine may have other things to do */
static void
assert_quick (Fixture *self, GstQuery *query)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->source, "src");
  gint64 best = G_MAXINT64;
  guint i;

  for (i = 0; i < 3; i++) {
    gint64 begin = g_get_monotonic_time ();

    gst_pad_query (pad, query);
    best = MIN (best, g_get_monotonic_time () - begin);
  }
  g_test_message (
      "%s: %" G_GINT64_FORMAT " us", GST_QUERY_TYPE_NAME (query), best);
  g_assert_cmpint (best, <, fixture_ms (QUERY_MS) * 1000);
}

static void
ask_everything (Fixture *self)
{
  GstQuery *queries[] = {
    gst_query_new_duration (GST_FORMAT_BYTES),
    gst_query_new_duration (GST_FORMAT_TIME),
    gst_query_new_position (GST_FORMAT_BYTES),
    gst_query_new_seeking (GST_FORMAT_BYTES),
    gst_query_new_seeking (GST_FORMAT_TIME),
    gst_query_new_scheduling (),
    gst_query_new_latency (),
    gst_query_new_uri (),
    gst_query_new_caps (NULL),
    gst_query_new_formats (),
  };
  GstFormat format;
  gboolean seekable;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (queries); i++)
    assert_quick (self, queries[i]);
  gst_query_parse_seeking (queries[3], &format, &seekable, NULL, NULL);
  g_assert_cmpint (format, ==, GST_FORMAT_BYTES);
  g_assert_true (seekable);
  g_assert_true (gst_query_has_scheduling_mode (queries[5], GST_PAD_MODE_PUSH));
  for (i = 0; i < G_N_ELEMENTS (queries); i++)
    gst_query_unref (queries[i]);
}

/* Before the start, and at each stage */
static void
test_queries (gconstpointer data)
{
  const Stage *stage = data;
  g_autoptr (Fixture) f = fixture_new_script (stage->script);
  g_autoptr (FaultProxy) proxy = add_proxy (f);
  guint requests;

  if (!g_str_equal (stage->when, "stall"))
    simulator_set_link_origin (
        f->simulator, simulator_get_files_url (f->simulator));
  fixture_configure (f, stage->settings);
  ask_everything (f);
  fixture_reach (f, GST_STATE_READY);
  ask_everything (f);
  fixture_assert_requests (f, "any", 0);

  reach_stage (f, stage, proxy);
  requests = simulator_get_requests (f->simulator, "any");
  ask_everything (f);
  fixture_assert_requests (f, "any", requests);
  fixture_stop (f, GST_STATE_NULL);
  fixture_assert_ledger (f, stage->submits == 2 ? 0 : 1);
}

/* Stops */

/* What was begun is said to have been stopped. */
static void
assert_canceled (Fixture *self, const Stage *stage)
{
  g_autofree gchar *progress = fixture_progress (self);

  g_test_message ("%s", progress);
  g_assert_false (g_str_has_suffix (progress, ":start"));
  g_assert_false (g_str_has_suffix (progress, ":error"));
  if (stage->open != NULL) {
    const gchar *last = strrchr (progress, ' ');

    last = last != NULL ? last + 1 : progress;
    g_assert_true (g_str_has_prefix (last, stage->open));
    g_assert_true (g_str_has_suffix (last, ":canceled"));
  }
}

static void
run_stop (const Stage *stage, GstState state)
{
  g_autoptr (Fixture) f = fixture_new_script (stage->script);
  g_autoptr (FaultProxy) proxy = NULL;

  if (g_str_equal (stage->when, "stall"))
    proxy = add_proxy (f);
  fixture_configure (f, stage->settings);
  reach_stage (f, stage, proxy);
  fixture_stop (f, state);
  assert_canceled (f, stage);

  /* and on */
  fixture_forget (f);
  fixture_configure (f, "first-poll=20 poll-interval=20");
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", stage->submits);
}

static void
test_to_ready (gconstpointer data)
{
  run_stop (data, GST_STATE_READY);
}

static void
test_to_null (gconstpointer data)
{
  run_stop (data, GST_STATE_NULL);
}

/* EOS from outside, as gst-launch-1.0 -e sends it: no clip is no success. */
static void
test_early_eos (gconstpointer data)
{
  const Stage *stage = data;
  const FixtureDetails expected = { 0, NULL, NULL, 0, TRUE,
    g_str_equal (stage->description, "submit")             ? "unknown"
        : g_str_has_prefix (stage->description, "submit-") ? "no"
                                                           : "yes",
    stage->submits == 1 && !g_str_equal (stage->description, "submit") };
  g_autoptr (Fixture) f = fixture_new_script (stage->script);
  g_autoptr (FaultProxy) proxy = NULL;

  if (g_str_equal (stage->when, "stall"))
    proxy = add_proxy (f);
  fixture_configure (f, stage->settings);
  reach_stage (f, stage, proxy);
  g_assert_true (gst_element_send_event (f->pipeline, gst_event_new_eos ()));
  fixture_assert_details (
      f, fixture_run_error (f, GST_RESOURCE_ERROR_FAILED), &expected);
  fixture_assert_nothing (f);
  assert_canceled (f, stage);

  fixture_reset (f, GST_STATE_NULL);
  fixture_forget (f);
  fixture_configure (f, "first-poll=20 poll-interval=20");
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", stage->submits);
}

/* From the streaming thread, when the clip is verified and nothing of it pushed */
static GstBusSyncReply
end_at_success (GstBus *bus, GstMessage *message, gpointer source)
{
  if (g_strcmp0 (fixture_task_state (message), "success") == 0)
    g_assert_true (gst_element_send_event (source, gst_event_new_eos ()));
  return GST_BUS_PASS;
}

static void
run_into_eos (Fixture *self)
{
  const FixtureDetails expected = { 0, NULL, NULL, 0, TRUE, "yes", TRUE };

  gst_bus_set_sync_handler (self->bus, end_at_success, self->source, NULL);
  fixture_assert_details (
      self, fixture_run_error (self, GST_RESOURCE_ERROR_FAILED), &expected);
  gst_bus_set_sync_handler (self->bus, NULL, NULL, NULL);
  fixture_assert_nothing (self);
  fixture_reset (self, GST_STATE_NULL);
  fixture_forget (self);
}

/* The last moment for it; the clip, which may be one block, is not delivered. */
static void
test_eos_at_success (gconstpointer blocksize)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  guint i;

  fixture_configure (f, blocksize);
  fixture_configure (f, "reuse=unfinished");
  for (i = 0; i < 3; i++)
    run_into_eos (f);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
  fixture_assert_requests (f, "file", 1);
}

static GstPadProbeReturn
end_at_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer source)
{
  g_assert_true (gst_element_send_event (source, gst_event_new_eos ()));
  return GST_PAD_PROBE_REMOVE;
}

/* Whoever ends it once something was pushed has what he asked for. */
static void
test_eos_after_data (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (f->source, "src");

  fixture_configure (f, "blocksize=1000");
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, end_at_buffer, f->source, NULL);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait (f, GST_MESSAGE_EOS);
  g_assert_cmpuint (fixture_count_messages (f, GST_MESSAGE_ERROR), ==, 0);
  fixture_assert_ledger (f, 1);
}

/* Nor is it an error where there is nothing to push. */
static void
test_seek_behind_the_end (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  gint64 size;

  fixture_run (f);
  g_assert_true (
      gst_element_query_duration (f->source, GST_FORMAT_BYTES, &size));
  fixture_reset (f, GST_STATE_READY);
  fixture_forget (f);
  fixture_seek (f, GST_SEEK_FLAG_FLUSH, size, -1);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait (f, GST_MESSAGE_EOS);
  g_assert_cmpuint (fixture_count_messages (f, GST_MESSAGE_ERROR), ==, 0);
  fixture_assert_nothing (f);
  fixture_assert_ledger (f, 1);
}

/* A pause is no stop: everything goes on behind it. */
static void
test_pause (gconstpointer data)
{
  const Stage *stage = data;
  g_autoptr (Fixture) f = fixture_new_script (stage->script);

  fixture_ask (f, GST_STATE_PLAYING);
  if (!g_str_equal (stage->when, "buffer"))
    reach_stage (f, stage, NULL);
  fixture_ask (f, GST_STATE_PAUSED);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* Stopped while the answer to the submit is outstanding, and the answer never
 * comes: the outcome is unknown, and nothing is sent again. */
static void
test_submit_lost (gconstpointer state)
{
  g_autoptr (Fixture) f = fixture_new_script (
      "[{'on':'submit','delay':300,'drop':true,'billed':true}]");
  const FixtureDetails expected = { 0, NULL, NULL, 1, FALSE, "unknown", FALSE };

  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_requests (f, "submit", 1);
  fixture_stop (f, GPOINTER_TO_INT (state));
  fixture_assert_details (
      f, fixture_run_error (f, GST_RESOURCE_ERROR_FAILED), &expected);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* Stopped, and gone, and then the answer comes: the next element waits for it,
 * and goes on with the id that it had. */
static void
test_submit_answered (void)
{
  g_autoptr (Fixture)
      host = fixture_new_script ("[{'on':'submit','delay':300}]");
  Fixture *first = fixture_new_beside (host);
  const GstStructure *pending;
  g_autoptr (Fixture) f = NULL;

  fixture_ask (first, GST_STATE_PLAYING);
  fixture_wait_requests (first, "submit", 1);
  fixture_stop (first, GST_STATE_NULL);
  fixture_free (first);

  f = fixture_new_beside (host);
  fixture_ask (f, GST_STATE_PLAYING);
  pending = gst_message_get_structure (fixture_wait_task (f, "pending"));
  g_assert_cmpstr (gst_structure_get_string (pending, "origin"), ==, "resumed");
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_clip (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* The time for the result is counted from each start: what was stopped for
 * longer than that may be ready. */
static void
test_stopped_for_long (gconstpointer state)
{
  g_autoptr (Fixture) f = fixture_new_script (
      "[{'on':'task','work':0},{'on':'poll','state':'processing'}]");

  fixture_set (f, "timeout", fixture_ms (1000) / 1000, "poll-interval", 600000);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_task (f, "processing");
  fixture_stop (f, GPOINTER_TO_INT (state));
  fixture_assert_requests (f, "poll", 1);
  g_assert_null (fixture_wait_ms (
      f, GST_MESSAGE_EOS | GST_MESSAGE_ERROR, fixture_ms (1100)));
  fixture_assert_requests (f, "poll", 1);
  fixture_run (f);
  fixture_assert_requests (f, "poll", 2);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* Stopped, and the shot changed, while the answer is outstanding: there are two
 * tasks, and both are kept. */
static void
test_submit_changed (void)
{
  g_autoptr (Fixture) f = fixture_new_script ("[{'on':'submit','delay':300}]");
  g_autofree gchar *prompt = NULL, *task_id = NULL, *first = NULL;

  g_object_get (f->source, "prompt", &prompt, NULL);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_requests (f, "submit", 1);
  fixture_stop (f, GST_STATE_READY);
  fixture_set (f, "prompt", "another");
  fixture_run (f);
  g_assert_cmpuint (simulator_get_billed_for (f->simulator, "another"), ==, 1);
  fixture_assert_ledger (f, 2);
  fixture_assert_requests (f, "submit", 2);

  fixture_stop (f, GST_STATE_READY);
  fixture_forget (f);
  fixture_set (f, "prompt", prompt);
  fixture_run (f);
  fixture_assert_ledger (f, 2);
  fixture_assert_requests (f, "submit", 2);
  /* each with its own answer */
  task_id = fixture_get_task_id (f);
  first = fixture_get_billed_task (f, 0);
  g_assert_cmpstr (task_id, ==, first);
}

/* The element goes while the answer is outstanding, which is longer than a stop
 * may take: nothing is left behind. */
static void
test_submit_disposed (void)
{
  Fixture *f = fixture_new_script ("[{'on':'submit','delay':2000}]");
  GstElement *source = f->source;

  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_requests (f, "submit", 1);
  fixture_stop (f, GST_STATE_NULL);
  fixture_assert_ledger (f, 1);
  g_object_add_weak_pointer (G_OBJECT (source), (gpointer *) &source);
  fixture_free (f);
  g_assert_null (source);
}

/* What is not of the shot may be changed before it goes on. */
static void
test_other_key (void)
{
  g_autoptr (Fixture) f = fixture_new_script ("[{'on':'poll','delay':300}]");
  const FixtureDetails expected = { 401, NULL, NULL, 1, FALSE, "yes", TRUE };

  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_requests (f, "poll", 1);
  fixture_stop (f, GST_STATE_READY);
  fixture_set (f, "api-key", "wrong");
  fixture_assert_details (
      f, fixture_run_error (f, GST_RESOURCE_ERROR_NOT_AUTHORIZED), &expected);
  fixture_reset (f, GST_STATE_READY);
  fixture_set (f, "api-key", FIXTURE_KEY);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_clip (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* As hailuo-shots --forget does, while nobody has the lock. */
static void
forget_attempts (void)
{
  g_autofree gchar *database = g_build_filename (
      g_get_user_state_dir (), "hailuo", "hailuo.db", NULL);
  const gchar *const python[] = { "python3", "-c",
    "import sqlite3, sys\n"
    "with sqlite3.connect(sys.argv[1]) as db:\n"
    "    assert db.execute('DELETE FROM attempt').rowcount == 1\n",
    database, NULL };
  gint status;

  g_assert_true (g_spawn_sync (NULL, (gchar **) python, NULL,
      G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL));
  g_assert_cmpint (status, ==, 0);
}

/* A task that the ledger has forgotten is polled again when it is adopted again. */
static void
test_adopt_again (void)
{
  g_autoptr (Fixture) maker = fixture_new_script (
      "[{'on':'task','work':0},{'on':'file','delay':600000}]");
  const FixtureOptions beside = { .simulator = maker->simulator };
  g_autoptr (Fixture) f = NULL;
  g_autofree gchar *task_id = NULL;

  fixture_set (maker, "first-poll", 600000);
  fixture_ask (maker, GST_STATE_PLAYING);
  fixture_wait_task (maker, "pending");
  task_id = fixture_get_task_id (maker);
  fixture_stop (maker, GST_STATE_NULL);
  forget_attempts ();

  f = fixture_new (&beside);
  fixture_set (f, "prompt", NULL, "task-id", task_id);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_requests (f, "file", 1);
  fixture_stop (f, GST_STATE_READY);
  fixture_assert_requests (f, "poll", 1);
  forget_attempts ();
  fixture_forget (f);
  fixture_run (f);
  fixture_assert_requests (f, "poll", 2);
  fixture_assert_ledger (f, 1);
}

static void
test_detach (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_set (f, "detach", TRUE);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_requests (f, "poll", 0);
  fixture_reset (f, GST_STATE_NULL);
  fixture_set (f, "detach", FALSE);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

int
main (int argc, char **argv)
{
  guint i;

  fixture_init (&argc, &argv);
  FIXTURE_ADD_TABLE ("/stages/queries/", stages, test_queries);
  FIXTURE_ADD_TABLE ("/stages/to-ready/", stages, test_to_ready);
  FIXTURE_ADD_TABLE ("/stages/to-null/", stages, test_to_null);
  for (i = 0; stages[i].open != NULL; i++) {
    g_autofree gchar *path = g_strconcat (
        "/stages/eos/", stages[i].description, NULL);

    g_test_add_data_func (path, &stages[i], test_early_eos);
  }
  g_test_add_data_func (
      "/stages/eos/success", "blocksize=1000", test_eos_at_success);
  g_test_add_data_func ("/stages/eos/success-one-block", "blocksize=1000000",
      test_eos_at_success);
  g_test_add_func ("/stages/eos/after-data", test_eos_after_data);
  g_test_add_func ("/stages/eos/behind-the-end", test_seek_behind_the_end);
  g_test_add_data_func ("/stages/pause/submit", &stages[0], test_pause);
  g_test_add_data_func ("/stages/pause/poll", &stages[3], test_pause);
  g_test_add_data_func ("/stages/pause/file", &stages[6], test_pause);
  g_test_add_data_func ("/stages/pause/at-once", &stages[9], test_pause);
  g_test_add_data_func ("/stages/submit-lost/ready",
      GINT_TO_POINTER (GST_STATE_READY), test_submit_lost);
  g_test_add_data_func ("/stages/submit-lost/null",
      GINT_TO_POINTER (GST_STATE_NULL), test_submit_lost);
  g_test_add_func ("/stages/submit-answered", test_submit_answered);
  g_test_add_data_func ("/stages/stopped-for-long/null",
      GINT_TO_POINTER (GST_STATE_NULL), test_stopped_for_long);
  g_test_add_func ("/stages/submit-changed", test_submit_changed);
  g_test_add_func ("/stages/submit-disposed", test_submit_disposed);
  g_test_add_func ("/stages/other-key", test_other_key);
  g_test_add_func ("/stages/adopt-again", test_adopt_again);
  g_test_add_func ("/stages/detach", test_detach);
  return fixture_finish ();
}
