/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define TIME_SCALE 2000 /* 120 s of work take 60 ms */
#define STOP_MS 1000    /* a stop that waits takes longer */

guint
fixture_ms (guint ms)
{
  const gchar *factor = g_getenv ("TEST_TIME_FACTOR");

  return ms
      * (factor != NULL ? MAX (g_ascii_strtoull (factor, NULL, 10), 1) : 1);
}

/* Set from outside, they would decide what a test does; and a key of the user's
 * must not reach one. */
static const gchar *const unwanted[] = { "APIXO_API_KEY", "APIINONE_API_KEY",
  "APIXO_BASE_URL", "APIINONE_BASE_URL", "HAILUO_URI_BUDGET", "http_proxy",
  "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy",
  "NO_PROXY" };

/* The ledger has the disk confirm each of its changes, which takes longer than
 * most tests.  What a disk keeps is tested elsewhere (tests/crash). */
static void
keep_files_in_memory (void)
{
  if (g_access ("/dev/shm", W_OK | X_OK) == 0)
    g_setenv ("TMPDIR", "/dev/shm", FALSE);
}

void
fixture_init (int *argc, char ***argv)
{
  guint i;

  keep_files_in_memory ();

  for (i = 0; i < G_N_ELEMENTS (unwanted); i++)
    g_unsetenv (unwanted[i]);
  g_test_init (argc, argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  gst_init (argc, argv);
}

/* FALSE: it is the first thread, or one of GLib's that never end. */
static gboolean
is_thread_ending (const gchar *id)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/self/task/%s/comm", id);
  g_autofree gchar *name = NULL;

  return g_ascii_strtoll (id, NULL, 10) != getpid ()
      && g_file_get_contents (path, &name, NULL, NULL)
      && !g_str_equal (name, "gmain\n")
      && !g_str_equal (name, "pool-spawner\n");
}

/* Under a leak checker, where all is slower: a thread that ends while the process
 * does so takes with it what libcrypto has for each thread, which then is a leak.  Nothing tells when
 * a thread of a pool has ended but the kernel. */
static void
wait_for_threads (void)
{
  const gint64 until = g_get_monotonic_time () + 5 * G_TIME_SPAN_SECOND;
  gboolean ending;

  g_thread_pool_stop_unused_threads ();
  do {
    g_autoptr (GDir) threads = g_dir_open ("/proc/self/task", 0, NULL);
    const gchar *id;

    ending = FALSE;
    while (threads != NULL && (id = g_dir_read_name (threads)) != NULL)
      ending = is_thread_ending (id) || ending;
    if (ending)
      g_usleep (1000);
  } while (ending && g_get_monotonic_time () < until);
}

int
fixture_finish (void)
{
  const int status = g_test_run ();

  gst_deinit ();
  if (fixture_ms (1) > 1)
    wait_for_threads ();
  return status;
}

/* A new fixture */

/* In the streaming thread */
static GstPadProbeReturn
on_data (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Fixture *self = user_data;

  g_mutex_lock (&self->lock);
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER) {
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
    FixtureBuffer item = {
      .offset = GST_BUFFER_OFFSET (buffer),
      .offset_end = GST_BUFFER_OFFSET_END (buffer),
      .size = gst_buffer_get_size (buffer),
    };
    GstMapInfo map;

    g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
    g_byte_array_append (self->bytes, map.data, map.size);
    gst_buffer_unmap (buffer, &map);
    g_array_append_val (self->buffers, item);
  } else {
    g_ptr_array_add (
        self->events, gst_event_ref (GST_PAD_PROBE_INFO_EVENT (info)));
  }
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

static void
build_pipeline (Fixture *self, const gchar *rest)
{
  g_autofree gchar *line = g_strdup_printf ("hailuosrc name=source ! %s",
      rest != NULL ? rest : "fakesink name=sink sync=false");
  g_autoptr (GError) error = NULL;
  g_autoptr (GstPad) pad = NULL;

  self->pipeline = gst_parse_launch (line, &error);
  g_assert_no_error (error);
  self->source = gst_bin_get_by_name (GST_BIN (self->pipeline), "source");
  self->bus = gst_element_get_bus (self->pipeline);
  /* the messages of a stop are looked at as well */
  g_object_set (self->pipeline, "auto-flush-bus", FALSE, NULL);
  pad = gst_element_get_static_pad (self->source, "src");
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_data,
      self, NULL);
}

static void
start_simulator (
    Fixture *self, const gchar *clip_file, const FixtureOptions *wanted)
{
  SimulatorOptions options = {
    .api_key = self->key,
    .time_scale = TIME_SCALE,
    .clip_file = clip_file,
    .cert_file = wanted->tls ? g_getenv ("TEST_CERT") : wanted->cert_file,
    .key_file = wanted->tls ? g_getenv ("TEST_KEY") : wanted->key_file,
  };
  g_autoptr (GError) error = NULL;

  self->simulator = simulator_new (&options, &error);
  g_assert_no_error (error);
  self->owns_simulator = TRUE;
}

Fixture *
fixture_new (const FixtureOptions *options)
{
  static const FixtureOptions none = {
    NULL,
  };
  Fixture *self = g_new0 (Fixture, 1);
  const gchar *provider, *clip_file;

  options = options != NULL ? options : &none;
  provider = options->provider != NULL ? options->provider : "apixo";
  clip_file = options->clip_file;
  if (clip_file == NULL)
    clip_file = g_getenv (options->big_clip ? "TEST_CLIP" : "TEST_CLIP_SMALL");
  g_assert_nonnull (clip_file);
  g_assert_true (
      g_file_get_contents (clip_file, &self->clip, &self->clip_size, NULL));

  self->key = g_strdup (options->key != NULL ? options->key : FIXTURE_KEY);
  g_mutex_init (&self->lock);
  self->messages = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_message_unref);
  self->events = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_event_unref);
  self->bytes = g_byte_array_new ();
  self->buffers = g_array_new (FALSE, FALSE, sizeof (FixtureBuffer));
  if (options->simulator != NULL)
    self->simulator = options->simulator;
  else if (options->base_url == NULL)
    start_simulator (self, clip_file, options);

  build_pipeline (self, options->rest);
  gst_util_set_object_arg (G_OBJECT (self->source), "provider", provider);
  fixture_set (self, "prompt", FIXTURE_PROMPT, "api-key", self->key, "base-url",
      options->base_url != NULL
          ? options->base_url
          : simulator_get_base_url (self->simulator, provider),
      "first-poll", 20, "poll-interval", 20);
  /* it makes clips from an image only */
  if (g_str_equal (provider, "apiinone"))
    fixture_set (self, "image", FIXTURE_IMAGE);
  return self;
}

Fixture *
fixture_new_script (const gchar *script)
{
  Fixture *self = fixture_new (NULL);

  fixture_script (self, script);
  return self;
}

Fixture *
fixture_new_beside (Fixture *other)
{
  const FixtureOptions options = { .simulator = other->simulator };

  return fixture_new (&options);
}

void
fixture_free (Fixture *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_bus_set_flushing (self->bus, TRUE);
  gst_object_unref (self->bus);
  gst_object_unref (self->source);
  gst_object_unref (self->pipeline);
  if (self->owns_simulator)
    simulator_free (self->simulator);
  g_ptr_array_unref (self->messages);
  g_ptr_array_unref (self->events);
  g_byte_array_unref (self->bytes);
  g_array_unref (self->buffers);
  g_mutex_clear (&self->lock);
  g_free (self->clip);
  g_free (self->key);
  g_free (self);
}

void
fixture_script (Fixture *self, const gchar *script)
{
  g_autofree gchar *json = g_strdelimit (g_strdup (script), "'", '"');

  simulator_script (self->simulator, json);
}

void
fixture_configure (Fixture *self, const gchar *settings)
{
  g_auto (GStrv) words = g_strsplit (settings, " ", -1);
  guint i;

  for (i = 0; words[i] != NULL; i++) {
    gchar *value = strchr (words[i], '=');

    g_assert_nonnull (value);
    *value++ = '\0';
    if (g_str_equal (value, "NULL"))
      g_object_set (self->source, words[i], NULL, NULL);
    else
      gst_util_set_object_arg (G_OBJECT (self->source), words[i], value);
  }
}

/* Running */

void
fixture_ask (Fixture *self, GstState state)
{
  g_assert_cmpint (gst_element_set_state (self->pipeline, state), !=,
      GST_STATE_CHANGE_FAILURE);
}

void
fixture_reach (Fixture *self, GstState state)
{
  fixture_ask (self, state);
  g_assert_cmpint (gst_element_get_state (self->pipeline, NULL, NULL,
                       FIXTURE_PATIENCE_MS * GST_MSECOND),
      ==, GST_STATE_CHANGE_SUCCESS);
}

void
fixture_stop (Fixture *self, GstState state)
{
  gint64 begin = g_get_monotonic_time (), took;

  g_assert_cmpint (gst_element_set_state (self->pipeline, state), ==,
      GST_STATE_CHANGE_SUCCESS);
  took = (g_get_monotonic_time () - begin) / 1000;
  g_assert_cmpint (took, <, fixture_ms (STOP_MS));
}

void
fixture_reset (Fixture *self, GstState state)
{
  /* a bin that got an error on its way up from READY may say that it failed to
   * go there */
  gst_element_set_state (self->pipeline, state);
  g_assert_cmpint (GST_STATE (self->source), ==, state);
}

void
fixture_collect (Fixture *self)
{
  GstMessage *message;

  while ((message = gst_bus_pop (self->bus)) != NULL)
    g_ptr_array_add (self->messages, message);
}

static gboolean
pop_message (Fixture *self, gint64 deadline)
{
  gint64 left = deadline - g_get_monotonic_time ();
  GstMessage *message = gst_bus_timed_pop (
      self->bus, MAX (left, 0) * GST_USECOND);

  if (message != NULL)
    g_ptr_array_add (self->messages, message);
  return message != NULL;
}

/* GstBaseSrc adds an error of its own after each error of an element. */
static gboolean
is_of_base_class (Fixture *self, GstMessage *message)
{
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  return self->had_error
      && (g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED)
          || g_error_matches (
              error, GST_CORE_ERROR, GST_CORE_ERROR_STATE_CHANGE));
}

static void
fail_on_error (GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  gst_message_parse_error (message, &error, &debug);
  g_test_message ("%s", debug);
  g_assert_no_error (error);
}

GstMessage *
fixture_wait_ms (Fixture *self, GstMessageType types, guint timeout_ms)
{
  gint64 deadline = g_get_monotonic_time ()
      + timeout_ms * G_GINT64_CONSTANT (1000);

  while (self->n_waited < self->messages->len || pop_message (self, deadline)) {
    GstMessage *message = g_ptr_array_index (self->messages, self->n_waited);

    self->n_waited++;
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR
        && is_of_base_class (self, message))
      continue;
    if (GST_MESSAGE_TYPE (message) & types)
      return message;
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
      fail_on_error (message);
  }
  return NULL;
}

GstMessage *
fixture_wait (Fixture *self, GstMessageType types)
{
  GstMessage *message = fixture_wait_ms (
      self, types, fixture_ms (FIXTURE_PATIENCE_MS));

  if (message == NULL)
    g_test_message ("no message of the types 0x%x", types);
  g_assert_nonnull (message);
  return message;
}

const gchar *
fixture_task_state (GstMessage *message)
{
  const GstStructure *structure = gst_message_get_structure (message);

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_ELEMENT
      || !gst_structure_has_name (structure, GST_HAILUO_MESSAGE_TASK))
    return NULL;
  return gst_structure_get_string (structure, GST_HAILUO_FIELD_STATE);
}

GstMessage *
fixture_wait_task (Fixture *self, const gchar *state)
{
  GstMessage *message;

  do
    message = fixture_wait (self, GST_MESSAGE_ELEMENT);
  while (g_strcmp0 (fixture_task_state (message), state) != 0);
  return message;
}

void
fixture_wait_progress (Fixture *self, const gchar *code, const gchar *pattern)
{
  gboolean found = FALSE;

  while (!found) {
    g_autofree gchar *said = NULL, *text = NULL;

    gst_message_parse_progress (
        fixture_wait (self, GST_MESSAGE_PROGRESS), NULL, &said, &text);
    found = g_str_equal (said, code)
        && g_regex_match_simple (pattern, text, 0, 0);
  }
}

void
fixture_wait_requests (Fixture *self, const gchar *what, guint n)
{
  g_assert_true (simulator_wait_requests (
      self->simulator, what, n, fixture_ms (FIXTURE_PATIENCE_MS)));
}

void
fixture_run (Fixture *self)
{
  fixture_ask (self, GST_STATE_PLAYING);
  fixture_wait (self, GST_MESSAGE_EOS);
  fixture_assert_clip (self);
  fixture_assert_keys (self);
}

GstMessage *
fixture_run_error (Fixture *self, GstResourceError code)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;
  GstMessage *message;

  self->change = gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  message = fixture_wait (self, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_ERROR);
  self->had_error = TRUE;
  gst_message_parse_error (message, &error, &debug);
  g_test_message ("%s", error->message);
  g_assert_error (error, GST_RESOURCE_ERROR, (gint) code);
  return message;
}

void
fixture_forget (Fixture *self)
{
  fixture_collect (self);
  g_mutex_lock (&self->lock);
  g_byte_array_set_size (self->bytes, 0);
  g_array_set_size (self->buffers, 0);
  g_ptr_array_set_size (self->events, 0);
  g_mutex_unlock (&self->lock);
  /* an EOS that somebody sent may have come after the error that ended the run */
  self->n_waited = self->messages->len;
}

void
fixture_seek (Fixture *self, GstSeekFlags flags, guint64 start, gint64 stop)
{
  g_assert_true (gst_element_seek (self->source, 1.0, GST_FORMAT_BYTES, flags,
      GST_SEEK_TYPE_SET, start,
      stop >= 0 ? GST_SEEK_TYPE_SET : GST_SEEK_TYPE_NONE, stop));
}

const gchar *
fixture_get_folder (void)
{
  const gchar *folder = g_get_user_runtime_dir ();

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  return folder;
}

gchar *
fixture_write_file (const gchar *name, const gchar *text, guint mode)
{
  gchar *path = g_build_filename (fixture_get_folder (), name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
  return path;
}
