/* SPDX-License-Identifier: LGPL-2.1-or-later */
#undef G_DISABLE_ASSERT
#include "launch.h"

#include <glib/gstdio.h>
#include <gst/hailuo/hailuo.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

/* Set from outside, they would decide what a test does. */
static const gchar *const unwanted[] = { "APIXO_API_KEY", "APIINONE_API_KEY",
  "MINIMAX_API_KEY", "KIE_API_KEY", "http_proxy", "https_proxy", "HTTPS_PROXY",
  "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY", "GST_DEBUG_DUMP_DOT_DIR",
  "GST_TRACERS" };

/* ... but where tests/secrets/whole-suite.py set them */
static const gchar *const scanned[] = { "GST_DEBUG", "GST_DEBUG_FILE" };

static gchar *key_folder;

static void
remove_key (void)
{
  g_autofree gchar *path = g_build_filename (key_folder, LAUNCH_KEY_FILE, NULL);

  g_unlink (path);
  g_rmdir (key_folder);
}

static void
make_key (void)
{
  key_folder = g_dir_make_tmp ("launch-XXXXXX", NULL);
  g_assert_nonnull (key_folder);
  g_assert_cmpint (g_chdir (key_folder), ==, 0);
  g_assert_true (g_file_set_contents_full (LAUNCH_KEY_FILE, LAUNCH_KEY "\n", -1,
      G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  atexit (remove_key);
}

void
launch_init (int *argc, char ***argv)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (unwanted); i++)
    g_unsetenv (unwanted[i]);
  for (i = 0; g_getenv ("TEST_SCANNED") == NULL && i < G_N_ELEMENTS (scanned);
       i++)
    g_unsetenv (scanned[i]);
  make_key ();
  g_test_init (argc, argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  gst_init (argc, argv);
}

const gchar *
launch_get_folder (void)
{
  const gchar *folder = g_get_user_runtime_dir ();

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  return folder;
}

/* --- shots ------------------------------------------------------------ */

Simulator *
launch_simulator (guint work_ms)
{
  SimulatorOptions options = {
    .time_scale = 120000.0 / MAX (work_ms, 1),
    .clip_file = g_getenv ("TEST_CLIP"),
  };
  g_autoptr (GError) error = NULL;
  Simulator *simulator = simulator_new (&options, &error);

  g_assert_no_error (error);
  return simulator;
}

gchar *
launch_shot (const gchar *base_url)
{
  static guint number = 0;

  return g_strdup_printf (
      "base-url=%s prompt=\"a harbour, shot %u\"", base_url, ++number);
}

gchar *
launch_shot_at (Simulator *simulator)
{
  g_autofree gchar *shot = launch_shot (
      simulator_get_base_url (simulator, "apixo"));

  return g_strconcat (shot, LAUNCH_KEYED LAUNCH_FAST, NULL);
}

/* --- processes -------------------------------------------------------- */

/* A child that hangs ends the test, and not the other way round. */
static gpointer
watch (gpointer user_data)
{
  LaunchProcess *self = user_data;
  gint64 until = g_get_monotonic_time ()
      + launch_slowness () * LAUNCH_PATIENCE * G_TIME_SPAN_MILLISECOND;
  gboolean over;

  g_mutex_lock (&self->lock);
  while (!self->over && g_cond_wait_until (&self->cond, &self->lock, until))
    continue;
  over = self->over;
  g_mutex_unlock (&self->lock);
  if (!over)
    g_subprocess_force_exit (self->process);
  return NULL;
}

/* In the child */
static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocessLauncher *
make_launcher (const gchar *const *environment)
{
  GSubprocessLauncher *launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  const struct
  {
    const gchar *name;
    const gchar *value;
  } folders[] = {
    { "HOME", launch_get_folder () },
    { "XDG_STATE_HOME", g_get_user_state_dir () },
    { "XDG_CACHE_HOME", g_get_user_cache_dir () },
    { "XDG_CONFIG_HOME", g_get_user_config_dir () },
    { "XDG_DATA_HOME", g_get_user_data_dir () },
    { "XDG_RUNTIME_DIR", launch_get_folder () },
  };
  guint i;

  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C", TRUE);
  for (i = 0; i < G_N_ELEMENTS (folders); i++)
    g_subprocess_launcher_setenv (
        launcher, folders[i].name, folders[i].value, TRUE);
  for (i = 0; environment != NULL && environment[i] != NULL; i += 2)
    g_subprocess_launcher_setenv (
        launcher, environment[i], environment[i + 1], TRUE);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  return launcher;
}

static LaunchProcess *
start (const gchar *const *environment, const gchar *line)
{
  static guint number = 0;
  g_autoptr (GSubprocessLauncher) launcher = make_launcher (environment);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = NULL;
  LaunchProcess *self = g_new0 (LaunchProcess, 1);

  g_test_message ("%s", line);
  g_shell_parse_argv (line, NULL, &argv, &error);
  g_assert_no_error (error);
  self->err_path = g_strdup_printf (
      "%s/stderr-%u.txt", launch_get_folder (), ++number);
  g_subprocess_launcher_set_stderr_file_path (launcher, self->err_path);
  self->process = g_subprocess_launcher_spawnv (
      launcher, (const gchar *const *) argv, &error);
  g_assert_no_error (error);
  self->stdout_lines = g_data_input_stream_new (
      g_subprocess_get_stdout_pipe (self->process));
  self->out = g_string_new (NULL);
  self->status = -1;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->watchdog = g_thread_new ("watchdog", watch, self);
  return self;
}

LaunchProcess *
launch_start (const gchar *const *environment, const gchar *format, ...)
{
  g_autofree gchar *line = NULL;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  return start (environment, line);
}

LaunchProcess *
launch_run (const gchar *const *environment, const gchar *format, ...)
{
  g_autofree gchar *line = NULL;
  LaunchProcess *self;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  self = start (environment, line);
  launch_finish (self);
  return self;
}

/* (transfer full) (nullable) */
static gchar *
read_line (LaunchProcess *self)
{
  gchar *line = g_data_input_stream_read_line (
      self->stdout_lines, NULL, NULL, NULL);

  if (line != NULL)
    g_string_append_printf (self->out, "%s\n", line);
  return line;
}

void
launch_wait_line (LaunchProcess *self, const gchar *pattern)
{
  for (;;) {
    g_autofree gchar *line = read_line (self);

    if (line == NULL) {
      launch_finish (self);
      g_error ("ended before it said \"%s\":\n%s%s", pattern, self->out->str,
          self->err);
    }
    if (g_regex_match_simple (pattern, line, 0, 0))
      return;
  }
}

/* Its output goes into files of the test too, where a test may search it. */
void
launch_finish (LaunchProcess *self)
{
  g_autofree gchar *out_path = g_strconcat (self->err_path, ".out", NULL);
  gboolean more = TRUE;

  while (more) {
    g_autofree gchar *line = read_line (self);

    more = line != NULL;
  }
  g_subprocess_wait (self->process, NULL, NULL);
  self->ended = g_get_monotonic_time ();
  g_mutex_lock (&self->lock);
  self->over = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&self->watchdog, g_thread_join);
  if (g_subprocess_get_if_exited (self->process))
    self->status = g_subprocess_get_exit_status (self->process);
  g_free (self->err);
  if (!g_file_get_contents (self->err_path, &self->err, NULL, NULL))
    self->err = g_strdup ("");
  g_file_set_contents (out_path, self->out->str, self->out->len, NULL);
  if (g_getenv ("TEST_SCANNED") != NULL) {
    launch_log (self->out->str);
    launch_log (self->err != NULL ? self->err : "");
  }
}

void
launch_process_free (LaunchProcess *self)
{
  if (self->watchdog != NULL) {
    g_subprocess_force_exit (self->process);
    launch_finish (self);
  }
  g_clear_object (&self->stdout_lines);
  g_clear_object (&self->process);
  g_string_free (self->out, TRUE);
  g_free (self->err);
  g_free (self->err_path);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

/* --- pipelines of this process ---------------------------------------- */

LaunchPlayer *
launch_player_new (const gchar *settings)
{
  g_autofree gchar *line = g_strdup_printf (
      "hailuosrc name=src %s ! fakesink", settings);
  g_autoptr (GError) error = NULL;
  LaunchPlayer *self = g_new0 (LaunchPlayer, 1);

  self->pipeline = gst_parse_launch (line, &error);
  g_assert_no_error (error);
  self->src = gst_bin_get_by_name (GST_BIN (self->pipeline), "src");
  self->bus = gst_element_get_bus (self->pipeline);
  return self;
}

void
launch_player_free (LaunchPlayer *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_object_unref (self->bus);
  gst_object_unref (self->src);
  gst_object_unref (self->pipeline);
  g_free (self);
}

void
launch_player_set_state (LaunchPlayer *self, GstState state)
{
  g_assert_cmpint (gst_element_set_state (self->pipeline, state), !=,
      GST_STATE_CHANGE_FAILURE);
}

static void
die_of (GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    g_error ("the stream ended too early");
  gst_message_parse_error (message, &error, &debug);
  g_error ("%s (%s)", error->message, debug);
}

/* The next message of @type for which @matches. (transfer full) */
static GstMessage *
wait_message (LaunchPlayer *self, GstMessageType type,
    gboolean (*matches) (GstMessage *message, gpointer user_data),
    gpointer user_data)
{
  const GstMessageType ends = GST_MESSAGE_ERROR | GST_MESSAGE_EOS;

  for (;;) {
    GstMessage *message = gst_bus_timed_pop_filtered (
        self->bus, LAUNCH_PATIENCE * GST_MSECOND, type | ends);

    if (message == NULL)
      g_error ("no %s message came", gst_message_type_get_name (type));
    if (GST_MESSAGE_TYPE (message) == type
        && (matches == NULL || matches (message, user_data)))
      return message;
    if ((GST_MESSAGE_TYPE (message) & ends) != 0)
      die_of (message);
    gst_message_unref (message);
  }
}

void
launch_player_wait_eos (LaunchPlayer *self)
{
  gst_message_unref (wait_message (self, GST_MESSAGE_EOS, NULL, NULL));
}

GstMessage *
launch_player_wait_error (LaunchPlayer *self)
{
  return wait_message (self, GST_MESSAGE_ERROR, NULL, NULL);
}

static gboolean
is_task (GstMessage *message, gpointer user_data)
{
  const GstStructure *fields = gst_message_get_structure (message);

  return gst_structure_has_name (fields, GST_HAILUO_MESSAGE_TASK)
      && g_strcmp0 (gst_structure_get_string (fields, GST_HAILUO_FIELD_STATE),
             user_data)
      == 0;
}

void
launch_player_wait_task (LaunchPlayer *self, const gchar *state)
{
  gst_message_unref (
      wait_message (self, GST_MESSAGE_ELEMENT, is_task, (gpointer) state));
}

static gboolean
is_progress (GstMessage *message, gpointer user_data)
{
  const gchar *const *wanted = user_data;
  g_autofree gchar *code = NULL, *text = NULL;

  gst_message_parse_progress (message, NULL, &code, &text);
  return g_str_equal (code, wanted[0])
      && g_regex_match_simple (wanted[1], text, 0, 0);
}

void
launch_player_wait_progress (
    LaunchPlayer *self, const gchar *code, const gchar *pattern)
{
  const gchar *wanted[] = { code, pattern };

  gst_message_unref (
      wait_message (self, GST_MESSAGE_PROGRESS, is_progress, wanted));
}

void
launch_assert_error (GstMessage *message, GstResourceError code,
    const gchar *pattern, const gchar *billed, guint attempts)
{
  g_autoptr (GError) error = NULL;
  const GstStructure *details = NULL;
  guint tried = 0;

  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  g_test_message ("%s", error->message);
  g_assert_error (error, GST_RESOURCE_ERROR, (gint) code);
  launch_assert_match (error->message, pattern);
  g_assert_nonnull (details);
  g_assert_cmpstr (
      gst_structure_get_string (details, GST_HAILUO_DETAIL_BILLED), ==, billed);
  g_assert_true (
      gst_structure_get_uint (details, GST_HAILUO_DETAIL_ATTEMPTS, &tried));
  if (attempts != 0)
    g_assert_cmpuint (tried, ==, attempts);
}

/* --- reading ---------------------------------------------------------- */

void
launch_assert_match_ (
    const gchar *where, const gchar *text, const gchar *pattern)
{
  if (g_regex_match_simple (pattern, text, G_REGEX_MULTILINE, 0))
    return;
  launch_log (text);
  g_test_fail_printf ("%s: no \"%s\" in that", where, pattern);
}

void
launch_log (const gchar *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  guint i;

  for (i = 0; lines[i] != NULL; i++) {
    if (lines[i][0] != '\0')
      g_test_message ("%s", lines[i]);
  }
}

gint64
launch_slowness (void)
{
  const gchar *factor = g_getenv ("TEST_TIME_FACTOR");

  return factor != NULL ? MAX (g_ascii_strtoll (factor, NULL, 10), 1) : 1;
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  const gint64 *x = a, *y = b;

  return (*x > *y) - (*x < *y);
}

gint64
launch_report_times (const gchar *what, GArray *times)
{
  gint64 greatest;

  g_array_sort (times, compare_times);
  greatest = g_array_index (times, gint64, times->len - 1);
  g_test_message ("%s: median %.2f ms, greatest %.2f ms of %u", what,
      g_array_index (times, gint64, times->len / 2) / 1000.0, greatest / 1000.0,
      times->len);
  return greatest;
}
