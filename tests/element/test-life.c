/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-life.c: seeks, replays, changes of state: a clip that is there is played
 * again, and never bought again. */
#include "fixture.h"

#define MIDDLE 7000

/* One task, and no request since @requests */
static void
assert_quiet (Fixture *self, guint requests)
{
  fixture_assert_requests (self, "any", requests);
  fixture_assert_ledger (self, 1);
}

/* Seeks in the clip that is there */

typedef struct
{
  const gchar *description;
  guint64 start;
  gint64 stop;
} Seek;

static const Seek seeks[] = {
  { "to-begin", 0, -1 },
  { "to-middle", MIDDLE, -1 },
  { "to-last-byte", 15094, -1 },
  { "part", 1000, 9000 },
  { "part-from-begin", 0, 1 },
};

static void
test_seek (gconstpointer data)
{
  const Seek *row = data;
  g_autoptr (Fixture) f = fixture_new (NULL);
  guint requests, i;

  fixture_run (f);
  requests = simulator_get_requests (f->simulator, "any");
  for (i = 0; i < 3; i++) {
    gint64 start = MIN (row->start, f->clip_size - 1);

    fixture_forget (f);
    fixture_seek (f, GST_SEEK_FLAG_FLUSH, start, row->stop);
    fixture_wait (f, GST_MESSAGE_EOS);
    fixture_assert_part (f, start, row->stop);
  }
  assert_quiet (f, requests);
}

static void
test_seek_beyond (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  guint requests;

  fixture_run (f);
  requests = simulator_get_requests (f->simulator, "any");
  fixture_forget (f);
  fixture_seek (f, GST_SEEK_FLAG_FLUSH, f->clip_size, -1);
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_nothing (f);

  fixture_seek (f, GST_SEEK_FLAG_FLUSH, 0, -1);
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_clip (f);
  assert_quiet (f, requests);
}

/* A segment ends with no EOS. */
static void
test_segment_seek (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  GstMessage *message;
  GstFormat format;
  gint64 position;

  fixture_run (f);
  fixture_forget (f);
  fixture_seek (f, GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_SEGMENT, 1000, 9000);
  message = fixture_wait (f, GST_MESSAGE_SEGMENT_DONE | GST_MESSAGE_EOS);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_SEGMENT_DONE);
  gst_message_parse_segment_done (message, &format, &position);
  g_assert_cmpint (format, ==, GST_FORMAT_BYTES);
  g_assert_cmpint (position, ==, 9000);
  fixture_assert_part (f, 1000, 9000);
  fixture_assert_ledger (f, 1);
}

/* Before there is a clip, or even a task */
static void
test_seek_in_ready (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_reach (f, GST_STATE_READY);
  fixture_seek (f, GST_SEEK_FLAG_FLUSH, MIDDLE, -1);
  fixture_assert_requests (f, "any", 0);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_part (f, MIDDLE, -1);
  fixture_assert_ledger (f, 1);
}

/* While the host works: the wait is interrupted, the task is not. */
static void
test_seek_while_polling (gconstpointer flags)
{
  g_autoptr (Fixture) f = fixture_new_script (
      "[{'on':'task','work':0},{'on':'poll','times':2,'state':'processing'}]");
  g_autofree gchar *progress = NULL;

  fixture_set (f, "poll-interval", 300);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_task (f, "processing");
  if (flags != NULL) {
    fixture_seek (f, GST_SEEK_FLAG_FLUSH, MIDDLE, -1);
  } else {
    g_assert_true (
        gst_element_send_event (f->source, gst_event_new_flush_start ()));
    g_assert_true (
        gst_element_send_event (f->source, gst_event_new_flush_stop (TRUE)));
  }
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_part (f, flags != NULL ? MIDDLE : 0, -1);

  progress = fixture_progress (f);
  g_assert_cmpstr (progress, ==,
      "submit:start submit:complete "
      "generate:start generate:canceled generate:start generate:complete "
      "download:start download:complete");
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* Seeks as fast as they can be asked for */
static void
test_many_seeks (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  guint i;

  fixture_set (f, "first-poll", 200);
  fixture_ask (f, GST_STATE_PLAYING);
  for (i = 0; i < 50; i++)
    fixture_seek (f, GST_SEEK_FLAG_FLUSH, i * 10, -1);
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_forget (f);
  fixture_seek (f, GST_SEEK_FLAG_FLUSH, 0, -1);
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_clip (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* Down and up again */

static void
test_replay (gconstpointer state)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *first = NULL;
  guint requests, i;

  fixture_run (f);
  first = fixture_get_task_id (f);
  requests = simulator_get_requests (f->simulator, "any");
  for (i = 0; i < 3; i++) {
    g_autofree gchar *again = NULL;
    g_autoptr (GstEvent) tags = NULL;

    fixture_stop (f, GPOINTER_TO_INT (state));
    fixture_forget (f);
    /* what is not of the shot */
    fixture_set (f, "timeout", 100 + i, "retries", i);
    fixture_run (f);
    tags = fixture_get_event (f, GST_EVENT_TAG);
    g_assert_nonnull (tags);
    again = fixture_get_task_id (f);
    g_assert_cmpstr (again, ==, first);
  }
  assert_quiet (f, requests);
}

/* With reuse=never it is another one, but while the first is being made. */
static void
test_replay_never (void)
{
  g_autoptr (Fixture) f = fixture_new_script (
      "[{'on':'task','work':0},{'on':'poll','times':1,'state':'processing'}]");
  g_autofree gchar *first = NULL, *same = NULL, *other = NULL;

  fixture_configure (f, "reuse=never");
  fixture_set (f, "poll-interval", 300);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_task (f, "processing");
  first = fixture_get_task_id (f);
  fixture_stop (f, GST_STATE_READY);
  fixture_forget (f);
  fixture_run (f);
  same = fixture_get_task_id (f);
  g_assert_cmpstr (same, ==, first);
  fixture_assert_ledger (f, 1);

  fixture_stop (f, GST_STATE_READY);
  fixture_forget (f);
  fixture_run (f);
  other = fixture_get_task_id (f);
  g_assert_cmpstr (other, !=, first);
  fixture_assert_ledger (f, 2);
}

/* It is being made once its submit is sent, however its store is spelled. */
static void
test_replay_never_submit (gconstpointer state)
{
  g_autoptr (Fixture) f = fixture_new_script ("[{'on':'submit','delay':300}]");
  g_autofree gchar *store = g_build_filename (
      g_get_user_runtime_dir (), "never", NULL);
  g_autofree gchar *same = g_strconcat (store, "/./", NULL);

  fixture_configure (f, "reuse=never");
  fixture_set (f, "store", store);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_requests (f, "submit", 1);
  fixture_stop (f, GPOINTER_TO_INT (state));
  fixture_forget (f);
  fixture_set (f, "store", same);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_stop (f, GST_STATE_READY);
  fixture_forget (f);
  fixture_run (f);
  fixture_assert_ledger (f, 2);
  fixture_assert_requests (f, "submit", 2);
}

/* From PAUSED, where nobody has taken more than the first buffer */
static void
test_replay_from_paused (void)
{
  const FixtureOptions options = { .big_clip = TRUE };
  g_autoptr (Fixture) f = fixture_new (&options);
  guint requests;

  fixture_reach (f, GST_STATE_PAUSED);
  requests = simulator_get_requests (f->simulator, "any");
  fixture_stop (f, GST_STATE_READY);
  fixture_reach (f, GST_STATE_PAUSED);
  fixture_stop (f, GST_STATE_READY);
  fixture_forget (f);
  fixture_run (f);
  assert_quiet (f, requests);
}

typedef struct
{
  const gchar *description;
  const gchar *settings;
} Change;

static const Change changes[] = {
  { "prompt", "prompt=another" },
  { "duration", "duration=10" },
  { "mode", "mode=pro-text-to-video" },
  { "image", "image=" FIXTURE_IMAGE },
  { "model", "image=" FIXTURE_IMAGE " model=hailuo-2-3-fast" },
  { "routing", "routing=official" },
};

/* Another shot is another task. */
static void
test_changed (gconstpointer data)
{
  const Change *row = data;
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *first = NULL;
  g_autofree gchar *second = NULL;

  fixture_run (f);
  first = fixture_get_task_id (f);
  fixture_stop (f, GST_STATE_READY);
  fixture_forget (f);
  fixture_configure (f, row->settings);
  fixture_run (f);
  second = fixture_get_task_id (f);
  g_assert_cmpstr (first, !=, second);
  fixture_assert_ledger (f, 2);
  fixture_assert_requests (f, "submit", 2);
}

/* More than one */

static void
test_two_elements (void)
{
  g_autoptr (Fixture) a = fixture_new (NULL);
  g_autoptr (Fixture) b = fixture_new_beside (a);

  fixture_set (b, "prompt", "another");
  fixture_ask (a, GST_STATE_PLAYING);
  fixture_ask (b, GST_STATE_PLAYING);
  fixture_wait (a, GST_MESSAGE_EOS);
  fixture_wait (b, GST_MESSAGE_EOS);
  fixture_assert_clip (a);
  fixture_assert_clip (b);
  fixture_assert_ledger (a, 2);
  g_assert_cmpuint (simulator_get_billed_for (a->simulator, "another"), ==, 1);
}

static void
test_second_pipeline (void)
{
  g_autoptr (Fixture) a = fixture_new (NULL);
  guint i;

  fixture_run (a);
  for (i = 0; i < 3; i++) {
    g_autoptr (Fixture) b = fixture_new_beside (a);
    g_autofree gchar *prompt = g_strdup_printf ("another %u", i);

    fixture_set (b, "prompt", prompt);
    fixture_run (b);
  }
  fixture_assert_ledger (a, 4);
}

/* Cycles */

/* Stopped before it has begun, or just after */
static void
test_stop_at_once (gconstpointer state)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  guint i;

  for (i = 0; i < 40; i++) {
    fixture_ask (f, i % 2 == 0 ? GST_STATE_PLAYING : GST_STATE_PAUSED);
    fixture_stop (f, GPOINTER_TO_INT (state));
  }
  fixture_forget (f);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* A stop that comes while the streaming thread says something: it holds the
 * state lock, and waits for that thread. */

typedef struct
{
  GstElement *source;
  guint left;    /* messages until the one that is held back */
  gboolean held; /* atomic */
} Hold;

static GstBusSyncReply
hold_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Hold *hold = user_data;
  GRecMutex *state_lock = GST_STATE_GET_LOCK (hold->source);

  if (GST_MESSAGE_SRC (message) != GST_OBJECT (hold->source)
      || (GST_MESSAGE_TYPE (message)
             & (GST_MESSAGE_PROGRESS | GST_MESSAGE_ELEMENT
                 | GST_MESSAGE_DURATION_CHANGED))
          == 0
      || hold->left-- > 0)
    return GST_BUS_PASS;
  g_atomic_int_set (&hold->held, TRUE);
  while (g_rec_mutex_trylock (state_lock)) {
    g_rec_mutex_unlock (state_lock);
    g_thread_yield ();
  }
  return GST_BUS_PASS;
}

/* FALSE: there were not so many messages */
static gboolean
stop_in_message (guint number)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  Hold hold = { f->source, number, FALSE };
  GstState state = GST_STATE_READY;

  gst_bus_set_sync_handler (f->bus, hold_message, &hold, NULL);
  fixture_ask (f, GST_STATE_PAUSED);
  while (!g_atomic_int_get (&hold.held) && state != GST_STATE_PAUSED)
    gst_element_get_state (f->pipeline, &state, NULL, GST_MSECOND);
  if (!g_atomic_int_get (&hold.held))
    return FALSE;
  fixture_stop (f, GST_STATE_READY);
  gst_bus_set_sync_handler (f->bus, NULL, NULL, NULL);
  fixture_forget (f);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
  return TRUE;
}

static void
test_stop_in_message (void)
{
  guint number = 0;

  while (stop_in_message (number))
    number++;
  g_test_message ("%u messages", number);
  g_assert_cmpuint (number, >=, 10);
}

static void
test_flush_before_start (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_reach (f, GST_STATE_READY);
  gst_element_send_event (f->source, gst_event_new_flush_start ());
  gst_element_send_event (f->source, gst_event_new_flush_stop (TRUE));
  g_signal_emit_by_name (f->source, "poll-now");
  fixture_assert_requests (f, "any", 0);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
}

static void
test_cycles_with_no_prompt (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  guint i;

  fixture_set (f, "prompt", NULL);
  for (i = 0; i < 1000; i++) {
    GstMessage *message;

    g_assert_cmpint (gst_element_set_state (f->pipeline, GST_STATE_PAUSED), ==,
        GST_STATE_CHANGE_FAILURE);
    gst_element_set_state (f->pipeline, GST_STATE_NULL);
    message = gst_bus_pop_filtered (f->bus, GST_MESSAGE_ERROR);
    g_assert_nonnull (message);
    gst_message_unref (message);
    gst_bus_set_flushing (f->bus, TRUE);
    gst_bus_set_flushing (f->bus, FALSE);
  }
  fixture_assert_requests (f, "any", 0);
  fixture_assert_nothing (f);
}

/* A clip of which the last block was not taken is none that was delivered, and
 * one that was all taken is. */

/* One that does not wait for the preroll that an error keeps from it */
#define SINK "fakesink name=sink sync=false async=false"

/* In the streaming thread: as an element that fails and says nothing */
static GstPadProbeReturn
refuse_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  gst_buffer_unref (GST_PAD_PROBE_INFO_BUFFER (info));
  GST_PAD_PROBE_INFO_DATA (info) = NULL;
  GST_PAD_PROBE_INFO_FLOW_RETURN (info) = GST_FLOW_ERROR;
  return GST_PAD_PROBE_HANDLED;
}

static void
refuse_clip (Fixture *self)
{
  g_autoptr (GstElement)
      sink = gst_bin_get_by_name (GST_BIN (self->pipeline), "sink");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, refuse_buffer, NULL, NULL);
}

/* The step that got the error sends EOS at its end. */
static void
assert_end_sent (Fixture *self)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->source, "src");
  g_autoptr (GstEvent) event = NULL;

  GST_PAD_STREAM_LOCK (pad);
  GST_PAD_STREAM_UNLOCK (pad);
  event = fixture_get_event (self, GST_EVENT_EOS);
  g_assert_nonnull (event);
}

/* @rest: of the pipeline that does not take the block, in which the whole clip
 * is */
static void
test_not_taken (gconstpointer rest)
{
  g_autoptr (Fixture) host = fixture_new (NULL);
  FixtureOptions options = { .simulator = host->simulator, .rest = rest };
  Fixture *f = fixture_new (&options);
  guint i;

  if (g_str_equal (rest, SINK))
    refuse_clip (f);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait (f, GST_MESSAGE_ERROR);
  assert_end_sent (f);
  fixture_assert_ledger (f, 1);
  fixture_free (f);

  options.rest = NULL;
  for (i = 1; i <= 2; i++) {
    f = fixture_new (&options);
    gst_util_set_object_arg (G_OBJECT (f->source), "reuse", "unfinished");
    fixture_run (f);
    fixture_assert_ledger (f, i);
    fixture_assert_requests (f, "submit", i);
    fixture_free (f);
  }
}

static void
test_cycles_with_clip (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  guint requests, i;

  fixture_run (f);
  requests = simulator_get_requests (f->simulator, "any");
  for (i = 0; i < 100; i++) {
    fixture_stop (f, GST_STATE_NULL);
    fixture_reach (f, GST_STATE_PAUSED);
  }
  fixture_stop (f, GST_STATE_NULL);
  fixture_forget (f);
  fixture_run (f);
  assert_quiet (f, requests);
}

/* What may be read and set at any time; a property that would change the shot
 * under way does not. */
static void
test_properties_while_playing (void)
{
  g_autoptr (Fixture) f = fixture_new_script (
      "[{'on':'task','work':0},{'on':'poll','times':2,'state':'processing'}]");
  g_autofree gchar *prompt = NULL;

  fixture_set (f, "poll-interval", 200);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_task (f, "processing");
  fixture_set (f, "prompt", "another", "duration", 10);
  g_object_get (f->source, "prompt", &prompt, NULL);
  g_assert_nonnull (prompt);
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_clip (f);
  fixture_assert_ledger (f, 1);
  g_assert_cmpuint (
      simulator_get_billed_for (f->simulator, FIXTURE_PROMPT), ==, 1);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  FIXTURE_ADD_TABLE ("/life/seek/", seeks, test_seek);
  g_test_add_func ("/life/seek/beyond", test_seek_beyond);
  g_test_add_func ("/life/seek/segment", test_segment_seek);
  g_test_add_func ("/life/seek/in-ready", test_seek_in_ready);
  g_test_add_data_func (
      "/life/seek/while-polling", "seek", test_seek_while_polling);
  g_test_add_data_func (
      "/life/flush-while-polling", NULL, test_seek_while_polling);
  g_test_add_func ("/life/seek/many", test_many_seeks);
  g_test_add_data_func (
      "/life/replay/ready", GINT_TO_POINTER (GST_STATE_READY), test_replay);
  g_test_add_data_func (
      "/life/replay/null", GINT_TO_POINTER (GST_STATE_NULL), test_replay);
  g_test_add_func ("/life/replay/paused", test_replay_from_paused);
  g_test_add_func ("/life/replay/never", test_replay_never);
  g_test_add_data_func ("/life/replay-never-submit-ready",
      GINT_TO_POINTER (GST_STATE_READY), test_replay_never_submit);
  g_test_add_data_func ("/life/replay-never-submit-null",
      GINT_TO_POINTER (GST_STATE_NULL), test_replay_never_submit);
  FIXTURE_ADD_TABLE ("/life/changed/", changes, test_changed);
  g_test_add_func ("/life/two-elements", test_two_elements);
  g_test_add_func ("/life/second-pipeline", test_second_pipeline);
  g_test_add_data_func ("/life/stop-at-once/ready",
      GINT_TO_POINTER (GST_STATE_READY), test_stop_at_once);
  g_test_add_data_func ("/life/stop-at-once/null",
      GINT_TO_POINTER (GST_STATE_NULL), test_stop_at_once);
  g_test_add_func ("/life/stop-in-message", test_stop_in_message);
  g_test_add_func ("/life/flush-before-start", test_flush_before_start);
  g_test_add_func ("/life/cycles/no-prompt", test_cycles_with_no_prompt);
  g_test_add_func ("/life/cycles/clip", test_cycles_with_clip);
  g_test_add_data_func ("/life/not-taken/error",
      "identity error-after=1 ! " SINK, test_not_taken);
  g_test_add_data_func ("/life/not-taken/flow", SINK, test_not_taken);
  g_test_add_func (
      "/life/properties-while-playing", test_properties_while_playing);
  return fixture_finish ();
}
