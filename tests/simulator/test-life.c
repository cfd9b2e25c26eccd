/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-life.c: how the simulator starts and ends, TLS, and rendered clips. */
#undef G_DISABLE_ASSERT
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <string.h>

#include "test-client.h"

#define SUBMIT "/api/v1/generateTask/hailuo-2-3"
#define FAST_SCALE 1e9

static gchar *
shot (const gchar *mode, const gchar *image, const gchar *callback)
{
  return g_strdup_printf (
      "{\"request_type\":\"%s\",\"callback_url\":\"%s\","
      "\"input\":{\"mode\":\"%s\",\"prompt\":\"a <wave> & more\","
      "\"image_urls\":[\"%s\"],\"duration\":6}}",
      callback != NULL ? "callback" : "async", callback != NULL ? callback : "",
      mode, image != NULL ? image : "");
}

static gpointer
send_shot (gpointer simulator)
{
  g_autofree gchar *body = shot ("standard-text-to-video", NULL, NULL);

  return test_api (simulator, SUBMIT, body);
}

/* What is under way does not hold it up: a delayed answer, a rendering, a
 * callback that waits for its time. */
static void
test_free_is_prompt (void)
{
  SimulatorOptions options = { .time_scale = 1 };
  Simulator *simulator = simulator_new (&options, NULL);
  g_autofree gchar *body = shot (
      "pro-text-to-video", NULL, simulator_get_files_url (simulator));
  g_autoptr (TestReply) reply = test_api (simulator, SUBMIT, body);
  g_autoptr (TestReply) delayed = NULL;
  GThread *thread;
  gint64 took;

  g_assert_cmpuint (reply->status, ==, 200);
  simulator_script (simulator, "[{\"on\":\"submit\",\"delay\":60000}]");
  thread = g_thread_new ("submit", send_shot, simulator);
  g_assert_true (simulator_wait_requests (simulator, "submit", 2, 30000));

  took = -g_get_monotonic_time ();
  simulator_free (simulator);
  took += g_get_monotonic_time ();
  g_test_message ("simulator_free() took %" G_GINT64_FORMAT " us", took);
  /* 200 ms are promised; valgrind and loaded machines are given more */
  g_assert_cmpint (took, <, 5 * G_TIME_SPAN_SECOND);

  delayed = g_thread_join (thread);
  g_assert_cmpuint (delayed->status, ==, 0);
}

static void
test_fixed_ports (void)
{
  g_autoptr (Simulator) first = test_simulator_new (1);
  SimulatorOptions options = { .port = simulator_get_port (first) };
  g_autoptr (GError) error = NULL;

  g_assert_null (simulator_new (&options, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
}

static void
test_bad_options (void)
{
  static const SimulatorOptions rows[] = {
    { .clip_file = "/nonexistent/clip.mp4" },
    { .cert_file = "/nonexistent/cert.pem", .key_file = "/nonexistent/k.pem" },
    { .cert_file = "/nonexistent/cert.pem" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (simulator_new (&rows[i], &error));
    g_assert_nonnull (error);
  }
}

static void
test_api_key (void)
{
  SimulatorOptions options = { .api_key = "other" };
  g_autoptr (Simulator) simulator = simulator_new (&options, NULL);
  g_autoptr (TestReply) reply = send_shot (simulator);

  g_assert_cmpuint (reply->status, ==, 401);
}

static void
test_tls (void)
{
  const gchar *const headers[] = { TEST_AUTH, TEST_JSON, NULL };
  SimulatorOptions options = {
    .time_scale = FAST_SCALE,
    .clip_file = g_getenv ("TEST_CLIP"),
    .cert_file = g_getenv ("TEST_CERT"),
    .key_file = g_getenv ("TEST_KEY"),
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (Simulator) simulator = simulator_new (&options, &error);
  g_autoptr (TestReply) untrusted = NULL, trusted = NULL, clip = NULL;
  g_autofree gchar *body = shot ("standard-text-to-video", NULL, NULL);
  g_autofree gchar *url = NULL;
  g_autofree gchar *file = NULL;

  g_assert_no_error (error);
  url = g_strconcat (simulator_get_base_url (simulator, "apixo"),
      "/generateTask/hailuo-2-3", NULL);
  g_assert_true (g_str_has_prefix (url, "https://127.0.0.1:"));
  untrusted = test_send ("POST", url, headers, body, NULL);
  g_assert_cmpuint (untrusted->status, ==, 0);
  trusted = test_send ("POST", url, headers, body, options.cert_file);
  g_assert_cmpuint (trusted->status, ==, 200);

  file = g_strconcat (
      simulator_get_files_url (simulator), "/files/x.mp4", NULL);
  g_assert_true (g_str_has_prefix (file, "https://127.0.0.1:"));
  clip = test_send ("GET", file, NULL, NULL, options.cert_file);
  g_assert_cmpuint (clip->status, ==, 403);
}

/* Rendering */

/* The link of a clip that is rendered for @body; the polls wait in the
 * simulator, not here */
static gchar *
rendered_link (Simulator *simulator, const gchar *body)
{
  g_autoptr (TestReply) reply = test_api (simulator, SUBMIT, body);
  g_autofree gchar *quoted = NULL, *id = NULL;

  g_assert_cmpuint (reply->status, ==, 200);
  simulator_script (simulator, "[{\"on\":\"poll\",\"delay\":10,\"times\":0}]");
  quoted = test_json (reply->body->str, "$.data.taskId");
  id = g_strndup (quoted + 1, strlen (quoted) - 2);
  for (;;) {
    g_autoptr (TestReply) poll = test_poll (simulator, id);
    g_autofree gchar *state = test_json (poll->body->str, "$.data.state");

    g_assert_cmpstr (state, !=, "\"failed\"");
    if (g_str_equal (state, "\"success\""))
      return test_link (simulator, id);
  }
}

static guint32
read_u32 (const guint8 *data)
{
  return (guint32) data[0] << 24 | data[1] << 16 | data[2] << 8 | data[3];
}

/* The names of the boxes, in order, joined */
static gchar *
list_boxes (const guint8 *data, gsize size)
{
  GString *names = g_string_new (NULL);
  gsize at = 0;

  while (at < size) {
    guint32 length;

    g_assert_cmpuint (size - at, >=, 8);
    length = read_u32 (data + at);
    g_assert_cmpuint (length, >=, 8);
    g_assert_cmpuint (length, <=, size - at);
    g_string_append_printf (names, "%.4s ", (const gchar *) data + at + 4);
    at += length;
  }
  return g_string_free (names, FALSE);
}

/* Runs to the end; what came to the sink last.  (transfer full) */
static GstSample *
run_to_end (const gchar *description, guint64 *n_buffers)
{
  g_autoptr (GstElement) pipeline = gst_parse_launch (description, NULL);
  g_autoptr (GstElement)
      sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GstStructure) stats = NULL;
  GstSample *last = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_EOS);
  g_object_get (sink, "stats", &stats, "last-sample", &last, NULL);
  g_assert_true (
      gst_structure_get (stats, "rendered", G_TYPE_UINT64, n_buffers, NULL));
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return last;
}

static gchar *
save (const TestReply *reply)
{
  gchar *file;
  gint fd = g_file_open_tmp ("clip-XXXXXX.mp4", &file, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_assert_true (g_close (fd, NULL));
  g_assert_true (
      g_file_set_contents (file, reply->body->str, reply->body->len, NULL));
  return file;
}

/* "WIDTHxHEIGHT RATE FRAMES" of an encoded clip */
static gchar *
describe_clip (const gchar *file)
{
  g_autofree gchar *text = g_strdup_printf (
      "filesrc location=%s ! qtdemux ! "
      "h264parse ! fakesink name=sink sync=false",
      file);
  guint64 frames = 0;
  g_autoptr (GstSample) last = run_to_end (text, &frames);
  GstStructure *caps = gst_caps_get_structure (gst_sample_get_caps (last), 0);
  gint width, height, rate, unit;

  g_assert_true (gst_structure_get (caps, "width", G_TYPE_INT, &width, "height",
      G_TYPE_INT, &height, "framerate", GST_TYPE_FRACTION, &rate, &unit, NULL));
  return g_strdup_printf (
      "%dx%d %d/%d %" G_GUINT64_FORMAT, width, height, rate, unit, frames);
}

static void
test_render (void)
{
  SimulatorOptions options = { .time_scale = FAST_SCALE };
  g_autoptr (Simulator) simulator = simulator_new (&options, NULL);
  g_autofree gchar *body = shot ("standard-text-to-video", NULL, NULL);
  g_autofree gchar *link = rendered_link (simulator, body);
  g_autoptr (TestReply) reply = test_file ("GET", link, NULL);
  g_autofree gchar *boxes = NULL, *file = NULL, *found = NULL;

  g_assert_cmpuint (reply->status, ==, 200);
  boxes = list_boxes ((const guint8 *) reply->body->str, reply->body->len);
  g_assert_cmpstr (boxes, ==, "ftyp free mdat moov ");
  file = save (reply);
  found = describe_clip (file);
  g_assert_cmpstr (found, ==, "1366x768 24/1 141");
  g_unlink (file);
}

/* Is the middle of the last picture red? */
static gboolean
is_red (const gchar *file)
{
  g_autofree gchar *text = g_strdup_printf (
      "filesrc location=%s ! qtdemux ! "
      "decodebin ! videoscale ! videoconvert ! "
      "video/x-raw,format=RGB,width=4,height=4 ! "
      "fakesink name=sink sync=false",
      file);
  guint64 frames = 0;
  g_autoptr (GstSample) last = run_to_end (text, &frames);
  guint8 pixels[48];

  g_assert_cmpuint (gst_buffer_extract (
                        gst_sample_get_buffer (last), 0, pixels, sizeof pixels),
      ==, sizeof pixels);
  /* the second pixel of the second row */
  return pixels[15] > 200 && pixels[16] < 60 && pixels[17] < 60;
}

/* The clip begins with the image.  The image is a PNG, which another
 * simulator gives out as the clip of a task. */
static void
test_render_image (void)
{
  g_autofree gchar *png = g_build_filename (g_get_tmp_dir (), "red.png", NULL);
  g_autofree gchar *paint = g_strdup_printf (
      "videotestsrc num-buffers=1 "
      "pattern=red ! video/x-raw,width=640,height=360 ! pngenc ! "
      "filesink name=sink location=%s",
      png);
  SimulatorOptions host_options = {
    .time_scale = FAST_SCALE,
    .clip_file = png,
  };
  SimulatorOptions options = { .time_scale = FAST_SCALE };
  g_autoptr (Simulator) host = NULL, simulator = NULL;
  g_autofree gchar *id = NULL, *image = NULL, *body = NULL, *link = NULL;
  g_autofree gchar *file = NULL;
  g_autoptr (TestReply) reply = NULL;
  g_autoptr (GstSample) last = NULL;
  guint64 frames;

  gst_init (NULL, NULL);
  last = run_to_end (paint, &frames);
  host = simulator_new (&host_options, NULL);
  id = test_submit (host);
  image = test_link (host, id);

  simulator = simulator_new (&options, NULL);
  body = shot ("standard-image-to-video", image, NULL);
  link = rendered_link (simulator, body);
  g_assert_cmpuint (simulator_get_requests (host, "file"), ==, 1);
  reply = test_file ("GET", link, NULL);
  file = save (reply);
  g_assert_true (is_red (file));
  g_unlink (file);
  g_unlink (png);
}

/* An image that cannot be had is no reason to fail. */
static void
test_render_no_image (void)
{
  SimulatorOptions options = { .time_scale = FAST_SCALE };
  g_autoptr (Simulator) simulator = simulator_new (&options, NULL);
  g_autofree gchar *image = g_strconcat (
      simulator_get_files_url (simulator), "/missing.png", NULL);
  g_autofree gchar *body = shot ("standard-image-to-video", image, NULL);
  g_autofree gchar *link = NULL;

  /* first nothing, then bytes that are no image */
  link = rendered_link (simulator, body);
  g_clear_pointer (&link, g_free);
  simulator_script (simulator, "[{\"on\":\"file\",\"body\":\"no image\"}]");
  link = rendered_link (simulator, body);
  g_assert_cmpuint (simulator_get_requests (simulator, "file"), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/life/free-is-prompt", test_free_is_prompt);
  g_test_add_func ("/life/fixed-ports", test_fixed_ports);
  g_test_add_func ("/life/bad-options", test_bad_options);
  g_test_add_func ("/life/api-key", test_api_key);
  g_test_add_func ("/life/tls", test_tls);
  g_test_add_func ("/render/text", test_render);
  g_test_add_func ("/render/image", test_render_image);
  g_test_add_func ("/render/no-image", test_render_no_image);

  return g_test_run ();
}
