/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-decode.c: the element before a demuxer and before a decoder. */
#include <string.h>

#include "fixture.h"

/* What the clips have */
#define BIG_FRAMES 141
#define SMALL_FRAMES 24

typedef struct
{
  const gchar *description;
  const gchar *rest;
  gboolean big_clip;
  const gchar *media_type;
} Chain;

static const Chain chains[] = {
  { "qtdemux", "qtdemux ! fakesink name=sink sync=false", TRUE,
      "video/x-h264" },
  { "qtdemux-small", "qtdemux ! fakesink name=sink sync=false", FALSE,
      "video/x-h264" },
  { "queue2",
      "queue2 use-buffering=true ! qtdemux ! "
      "fakesink name=sink sync=false",
      TRUE, "video/x-h264" },
  { "decodebin", "decodebin ! fakesink name=sink sync=false", TRUE,
      "video/x-raw" },
  { "decodebin-small", "decodebin ! fakesink name=sink sync=false", FALSE,
      "video/x-raw" },
  { "typefind", "typefind ! qtdemux ! fakesink name=sink sync=false", FALSE,
      "video/x-h264" },
};

/* In the streaming thread */
static GstPadProbeReturn
count_frame (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  g_atomic_int_inc ((gint *) user_data);
  return GST_PAD_PROBE_OK;
}

static GstPad *
get_sink_pad (Fixture *self)
{
  g_autoptr (GstElement)
      sink = gst_bin_get_by_name (GST_BIN (self->pipeline), "sink");

  return gst_element_get_static_pad (sink, "sink");
}

static void
test_chain (gconstpointer data)
{
  const Chain *row = data;
  const FixtureOptions options = {
    .big_clip = row->big_clip,
    .rest = row->rest,
  };
  g_autoptr (Fixture) f = fixture_new (&options);
  g_autoptr (GstPad) pad = get_sink_pad (f);
  g_autoptr (GstCaps) caps = NULL;
  gint frames = 0;
  guint requests;

  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, count_frame, &frames, NULL);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait (f, GST_MESSAGE_EOS);
  g_assert_cmpint (g_atomic_int_get (&frames), ==,
      row->big_clip ? BIG_FRAMES : SMALL_FRAMES);
  caps = gst_pad_get_current_caps (pad);
  g_assert_true (gst_structure_has_name (
      gst_caps_get_structure (caps, 0), row->media_type));
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);

  /* and from the beginning */
  requests = simulator_get_requests (f->simulator, "any");
  g_atomic_int_set (&frames, 0);
  g_assert_true (gst_element_seek_simple (
      f->pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 0));
  fixture_wait (f, GST_MESSAGE_EOS);
  g_assert_cmpint (g_atomic_int_get (&frames), ==,
      row->big_clip ? BIG_FRAMES : SMALL_FRAMES);
  fixture_assert_requests (f, "any", requests);
  fixture_assert_ledger (f, 1);
}

/* What a player shows: how long the clip is, at PAUSED */
static void
test_duration (void)
{
  const FixtureOptions options = {
    .big_clip = TRUE,
    .rest = "qtdemux ! fakesink name=sink sync=false",
  };
  g_autoptr (Fixture) f = fixture_new (&options);
  gint64 duration;

  fixture_reach (f, GST_STATE_PAUSED);
  g_assert_true (
      gst_element_query_duration (f->pipeline, GST_FORMAT_TIME, &duration));
  g_assert_cmpint (duration, ==, BIG_FRAMES * GST_SECOND / 24);
  fixture_assert_ledger (f, 1);
}

/* The small clip with 12 MB more in its mdat, which comes before moov: what a
 * demuxer does not keep in memory, so that it has to seek. */
static gchar *
make_large_clip (void)
{
  const gsize padding = 12 * 1000 * 1000;
  g_autoptr (GByteArray) clip = g_byte_array_new ();
  g_autofree guint8 *zeros = g_malloc0 (padding);
  g_autofree gchar *data = NULL;
  gchar *path = fixture_write_file ("large.mp4", "", 0600);
  gsize size, at = 0;
  guint32 box = 0;

  g_assert_true (
      g_file_get_contents (g_getenv ("TEST_CLIP_SMALL"), &data, &size, NULL));
  while (at + 8 <= size) {
    box = GST_READ_UINT32_BE (data + at);
    if (memcmp (data + at + 4, "mdat", 4) == 0)
      break;
    at += box;
  }
  g_assert_cmpuint (at + box, <, size);
  GST_WRITE_UINT32_BE (data + at, box + padding);
  g_byte_array_append (clip, (guint8 *) data, at + box);
  g_byte_array_append (clip, zeros, padding);
  g_byte_array_append (clip, (guint8 *) data + at + box, size - at - box);
  g_assert_true (
      g_file_set_contents (path, (gchar *) clip->data, clip->len, NULL));
  return path;
}

static void
test_large (void)
{
  g_autofree gchar *clip_file = make_large_clip ();
  const FixtureOptions options = {
    .clip_file = clip_file,
    .rest = "qtdemux ! fakesink name=sink sync=false",
  };
  g_autoptr (Fixture) f = fixture_new (&options);
  g_autoptr (GstPad) pad = get_sink_pad (f);
  gint frames = 0;

  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, count_frame, &frames, NULL);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait (f, GST_MESSAGE_EOS);
  g_assert_cmpint (g_atomic_int_get (&frames), ==, SMALL_FRAMES);
  fixture_assert_ledger (f, 1);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  FIXTURE_ADD_TABLE ("/decode/", chains, test_chain);
  g_test_add_func ("/decode/duration", test_duration);
  g_test_add_func ("/decode/large", test_large);
  return fixture_finish ();
}
