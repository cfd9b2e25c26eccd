/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-seek.c: a player's seeks in time, through a demuxer: before the clip is
 * there, while it plays and after its end.  None of them buys anything, and
 * whatever they come to, the clip can be played after them. */
#include "fixture.h"

#define FRAMES 141

typedef struct
{
  const gchar *description;
  gdouble rate;
  GstSeekFlags flags;
  gint64 start, stop;          /* ms; -1: none */
  gint min_frames, max_frames; /* that arrive after it; 0: it may be refused */
} Seek;

#define FLUSH GST_SEEK_FLAG_FLUSH
#define ACCURATE GST_SEEK_FLAG_ACCURATE
#define KEY_UNIT GST_SEEK_FLAG_KEY_UNIT
#define SEGMENT GST_SEEK_FLAG_SEGMENT

/* from the frame before the start on, for a decoder needs it; accurate or not,
 * a demuxer begins at a key frame */
static const Seek seeks[] = {
  { "begin", 1, FLUSH, 0, -1, FRAMES, FRAMES },
  { "accurate", 1, FLUSH | ACCURATE, 3000, -1, 69, FRAMES },
  { "key-unit", 1, FLUSH | KEY_UNIT, 3000, -1, 69, FRAMES },
  { "part", 1, FLUSH | ACCURATE, 1000, 2000, 24, FRAMES },
  { "last-frame", 1, FLUSH | ACCURATE, 5860, -1, 1, FRAMES },
  /* not beyond the end: qtdemux pushes data with no segment after that, for
   * giosrc as well */
  { "segment", 1, FLUSH | SEGMENT | ACCURATE, 1000, 2000, 24, FRAMES },
  { "fast", 2, FLUSH | ACCURATE, 0, -1, FRAMES, FRAMES },
  /* a source that pushes is not played backwards by qtdemux: it says so */
  { "reverse", -1, FLUSH | ACCURATE, 0, 3000, 0, FRAMES },
};

/* In the streaming thread.  What a flush takes away is of an earlier seek: also in
 * PAUSED the sink takes all frames that lie before its segment. */
static GstPadProbeReturn
count_frame (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER)
    g_atomic_int_inc ((gint *) user_data);
  else if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info))
      == GST_EVENT_FLUSH_STOP)
    g_atomic_int_set ((gint *) user_data, 0);
  return GST_PAD_PROBE_OK;
}

static Fixture *
new_demuxed (gint *frames)
{
  const FixtureOptions options = {
    .big_clip = TRUE,
    .rest = "qtdemux ! fakesink name=sink sync=false",
  };
  Fixture *self = fixture_new (&options);
  g_autoptr (GstElement)
      sink = gst_bin_get_by_name (GST_BIN (self->pipeline), "sink");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");

  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_FLUSH, count_frame,
      frames, NULL);
  return self;
}

static gboolean
seek (Fixture *self, const Seek *row)
{
  return gst_element_seek (self->pipeline, row->rate, GST_FORMAT_TIME,
      row->flags, GST_SEEK_TYPE_SET, row->start * GST_MSECOND,
      row->stop >= 0 ? GST_SEEK_TYPE_SET : GST_SEEK_TYPE_NONE,
      row->stop >= 0 ? row->stop * (gint64) GST_MSECOND : -1);
}

static void
assert_quiet (Fixture *self, guint requests)
{
  fixture_assert_requests (self, "any", requests);
  fixture_assert_ledger (self, 1);
}

/* From its beginning to its end.  In PAUSED no end is told: those that were
 * reached before are none of this. */
static void
assert_plays (Fixture *self, gint *frames)
{
  fixture_ask (self, GST_STATE_PAUSED);
  g_atomic_int_set (frames, 0);
  g_assert_true (seek (self, &seeks[0]));
  fixture_reach (self, GST_STATE_PAUSED);
  fixture_collect (self);
  self->n_waited = self->messages->len;
  fixture_ask (self, GST_STATE_PLAYING);
  fixture_wait (self, GST_MESSAGE_EOS);
  g_assert_cmpint (g_atomic_int_get (frames), ==, FRAMES);
}

static void
assert_seek (Fixture *self, const Seek *row, gint *frames)
{
  GstMessage *message;

  g_atomic_int_set (frames, 0);
  if (!seek (self, row)) {
    g_assert_cmpint (row->min_frames, ==, 0);
    return;
  }
  message = fixture_wait (self, GST_MESSAGE_EOS | GST_MESSAGE_SEGMENT_DONE);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==,
      row->flags & SEGMENT ? GST_MESSAGE_SEGMENT_DONE : GST_MESSAGE_EOS);
  g_assert_cmpint (g_atomic_int_get (frames), >=, row->min_frames);
  g_assert_cmpint (g_atomic_int_get (frames), <=, row->max_frames);
}

static void
test_after_end (gconstpointer data)
{
  gint frames = 0;
  g_autoptr (Fixture) f = new_demuxed (&frames);
  guint requests;

  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait (f, GST_MESSAGE_EOS);
  requests = simulator_get_requests (f->simulator, "any");
  assert_seek (f, data, &frames);
  assert_plays (f, &frames);
  assert_quiet (f, requests);
}

static void
test_in_pause (gconstpointer data)
{
  gint frames = 0;
  g_autoptr (Fixture) f = new_demuxed (&frames);
  guint requests;

  fixture_reach (f, GST_STATE_PAUSED);
  requests = simulator_get_requests (f->simulator, "any");
  seek (f, data);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait (f, GST_MESSAGE_EOS | GST_MESSAGE_SEGMENT_DONE);
  assert_plays (f, &frames);
  assert_quiet (f, requests);
}

/* While the host works there is nothing to seek in: it is refused, and that is
 * all. */
static void
test_before_clip (gconstpointer data)
{
  gint frames = 0;
  g_autoptr (Fixture) f = new_demuxed (&frames);

  fixture_script (f,
      "[{'on':'task','work':0},"
      "{'on':'poll','times':2,'state':'processing'}]");
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_task (f, "processing");
  seek (f, data);
  fixture_wait (f, GST_MESSAGE_EOS | GST_MESSAGE_SEGMENT_DONE);
  assert_plays (f, &frames);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* Without a flush, before the clip is there: it is refused at once.  GstBaseSrc
 * would let the application wait for the clip. */

#define SEEK_MS 1000
#define START 5000

typedef enum
{
  TO_PIPELINE,
  TO_SOURCE,
  TO_PAD
} Target;

static gboolean
send_seek (Fixture *self, Target target)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->source, "src");
  GstEvent *event = gst_event_new_seek (1, GST_FORMAT_BYTES, GST_SEEK_FLAG_NONE,
      GST_SEEK_TYPE_SET, START, GST_SEEK_TYPE_NONE, -1);

  if (target == TO_PAD)
    return gst_pad_send_event (pad, event);
  return gst_element_send_event (
      target == TO_PIPELINE ? self->pipeline : self->source, event);
}

static void
test_no_flush (gconstpointer data)
{
  /* it would be ready after 2 s, and is so when the script is cleared */
  g_autoptr (Fixture)
      f = fixture_new_script ("[{'on':'task','work':0},"
                              "{'on':'poll','times':100,'delay':20,"
                              "'state':'processing'}]");
  gint64 begin;

  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_task (f, "processing");
  begin = g_get_monotonic_time ();
  g_assert_false (send_seek (f, GPOINTER_TO_INT (data)));
  g_assert_cmpint (
      (g_get_monotonic_time () - begin) / 1000, <, fixture_ms (SEEK_MS));
  simulator_clear_script (f->simulator);
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_clip (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* Before the start it says where to begin. */
static void
test_ready (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_reach (f, GST_STATE_READY);
  g_assert_true (send_seek (f, TO_SOURCE));
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_part (f, START, -1);
  fixture_assert_ledger (f, 1);
}

/* A loop as players make it: a segment, and again with no flush. */
static void
test_loop (void)
{
  gint frames = 0;
  g_autoptr (Fixture) f = new_demuxed (&frames);
  guint requests, i;

  fixture_reach (f, GST_STATE_PAUSED);
  requests = simulator_get_requests (f->simulator, "any");
  for (i = 0; i < 5; i++) {
    const Seek row = { NULL, 1, i == 0 ? FLUSH | SEGMENT : SEGMENT, 0, 2000, 0,
      0 };

    g_assert_true (seek (f, &row));
    fixture_ask (f, GST_STATE_PLAYING);
    fixture_wait (f, GST_MESSAGE_SEGMENT_DONE);
  }
  g_assert_cmpint (g_atomic_int_get (&frames), >=, 5 * 48);
  assert_plays (f, &frames);
  assert_quiet (f, requests);
}

/* As a slider that is dragged */
static void
test_storm (gconstpointer state)
{
  gint frames = 0;
  g_autoptr (Fixture) f = new_demuxed (&frames);
  guint requests, i;

  fixture_reach (f, GST_STATE_PAUSED);
  fixture_ask (f, GPOINTER_TO_INT (state));
  requests = simulator_get_requests (f->simulator, "any");
  for (i = 0; i < 200; i++) {
    const Seek row = { NULL, 1, i % 3 == 0 ? FLUSH | KEY_UNIT : FLUSH,
      (gint64) i * 7919 % 5875, -1, 0, 0 };

    g_assert_true (seek (f, &row));
  }
  assert_plays (f, &frames);
  assert_quiet (f, requests);
}

/* The segment is in time then, and no offset is asked for. */
static void
test_do_timestamp (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  guint requests;

  fixture_set (f, "do-timestamp", TRUE);
  fixture_run (f);
  requests = simulator_get_requests (f->simulator, "any");
  fixture_reset (f, GST_STATE_READY);
  fixture_forget (f);
  fixture_run (f);
  fixture_forget (f);
  g_assert_true (gst_element_seek_simple (
      f->pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 0));
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_clip (f);
  assert_quiet (f, requests);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  FIXTURE_ADD_TABLE ("/seek/after-end/", seeks, test_after_end);
  FIXTURE_ADD_TABLE ("/seek/in-pause/", seeks, test_in_pause);
  FIXTURE_ADD_TABLE ("/seek/before-clip/", seeks, test_before_clip);
  g_test_add_data_func (
      "/seek/no-flush/pipeline", GINT_TO_POINTER (TO_PIPELINE), test_no_flush);
  g_test_add_data_func (
      "/seek/no-flush/source", GINT_TO_POINTER (TO_SOURCE), test_no_flush);
  g_test_add_data_func (
      "/seek/no-flush/pad", GINT_TO_POINTER (TO_PAD), test_no_flush);
  g_test_add_func ("/seek/no-flush/ready", test_ready);
  g_test_add_func ("/seek/loop", test_loop);
  g_test_add_func ("/seek/do-timestamp", test_do_timestamp);
  g_test_add_data_func (
      "/seek/storm/paused", GINT_TO_POINTER (GST_STATE_PAUSED), test_storm);
  g_test_add_data_func (
      "/seek/storm/playing", GINT_TO_POINTER (GST_STATE_PLAYING), test_storm);
  return fixture_finish ();
}
