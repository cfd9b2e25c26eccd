/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-launch.c: what somebody sees who uses the element at a command line. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "launch.h"
#include "server.h"

static gboolean
have_tools (void)
{
  static const gchar *const tools[] = { "gst-launch-1.0", "gst-inspect-1.0" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (tools); i++) {
    g_autofree gchar *path = g_find_program_in_path (tools[i]);

    if (path == NULL) {
      g_test_skip ("gst-launch-1.0 and gst-inspect-1.0 are not installed");
      return FALSE;
    }
  }
  return TRUE;
}

/* --- a clip ----------------------------------------------------------- */

static void
assert_same_files (const gchar *path, const gchar *expected_path)
{
  g_autofree gchar *bytes = NULL, *expected = NULL;
  gsize length, expected_length;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  g_assert_true (
      g_file_get_contents (expected_path, &expected, &expected_length, NULL));
  g_assert_cmpmem (bytes, length, expected, expected_length);
}

static void
assert_progress (const gchar *out)
{
  process_assert_match (
      out, "^Progress: \\(submit\\) Submitting a new task to APIXO");
  process_assert_match (out, "^Progress: \\(submit\\) Submitted: .* task \\S+");
  process_assert_match (
      out, "^Progress: \\(generate\\) .* is generating the clip");
  process_assert_match (out,
      "^Progress: \\(generate\\) \\d+ s, (about \\d+ s left|longer than usual), (pending|processing)");
  process_assert_match (
      out, "^Progress: \\(generate\\) Generated after \\d+ s");
  process_assert_match (out, "^Progress: \\(download\\) Downloading the clip");
  process_assert_match (
      out, "^Progress: \\(download\\) [0-9.]+ of [0-9.]+ MB, \\d+ %");
  process_assert_match (out,
      "^Progress: \\(download\\) Downloaded and verified"
      " [0-9.]+ MB: [0-9.]+ s, 64x36");
}

static void
test_clip (void)
{
  g_autoptr (Simulator) simulator = NULL;
  g_autoptr (Process) process = NULL;
  g_autofree gchar *shot = NULL;
  g_autofree gchar *path = g_build_filename (
      fixture_get_folder (), "clip.mp4", NULL);

  if (!have_tools ())
    return;
  simulator = launch_simulator (100);
  /* however late the polls come; a download that is fast is not reported on */
  simulator_script (simulator,
      "[{\"on\":\"poll\",\"times\":2,\"state\":\"processing\"},"
      "{\"on\":\"file\",\"delay\":1000}]");
  shot = launch_shot_at (simulator);
  process = process_run (
      NULL, "gst-launch-1.0 hailuosrc %s ! filesink location='%s'", shot, path);

  g_assert_cmpint (process->status, ==, 0);
  g_assert_cmpstr (process->err, ==, "");
  assert_progress (process->out->str);
  assert_same_files (path, g_getenv ("TEST_CLIP_SMALL"));
  g_assert_cmpuint (simulator_get_billed (simulator), ==, 1);
  g_assert_cmpuint (simulator_get_requests (simulator, "submit"), ==, 1);
}

static gboolean
can_decode (void)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string ("video/x-h264");
  g_autoptr (GstElementFactory) demuxer = gst_element_factory_find ("qtdemux");
  GList *decoders = gst_element_factory_list_get_elements (
      GST_ELEMENT_FACTORY_TYPE_DECODER, GST_RANK_MARGINAL);
  GList *able = gst_element_factory_list_filter (
      decoders, caps, GST_PAD_SINK, FALSE);
  gboolean result = demuxer != NULL && able != NULL;

  gst_plugin_feature_list_free (decoders);
  gst_plugin_feature_list_free (able);
  return result;
}

static void
test_decode (void)
{
  g_autoptr (Simulator) simulator = NULL;
  g_autoptr (Process) process = NULL;
  g_autofree gchar *shot = NULL;

  if (!have_tools ())
    return;
  if (!can_decode ()) {
    g_test_skip ("there is no demuxer for MP4, or no decoder for H.264");
    return;
  }
  simulator = launch_simulator (1);
  shot = launch_shot_at (simulator);
  process = process_run (NULL,
      "gst-launch-1.0 -v hailuosrc %s ! decodebin ! fakesink name=end", shot);

  g_assert_cmpint (process->status, ==, 0);
  process_assert_match (process->out->str,
      "GstFakeSink:end.* caps = video/x-raw.* width=\\(int\\)64");
  g_assert_cmpuint (simulator_get_billed (simulator), ==, 1);
}

static void
test_two_runs (void)
{
  g_autoptr (Simulator) simulator = NULL;
  guint i;

  if (!have_tools ())
    return;
  simulator = launch_simulator (1);
  for (i = 1; i <= 2; i++) {
    /* two shots: of the same one the second run might play the first's clip */
    g_autofree gchar *shot = launch_shot_at (simulator);
    g_autofree gchar *path = g_strdup_printf (
        "%s/clip-%u.mp4", fixture_get_folder (), i);
    g_autoptr (Process) process = process_run (NULL,
        "gst-launch-1.0 hailuosrc %s ! filesink location='%s'", shot, path);

    g_assert_cmpint (process->status, ==, 0);
    assert_same_files (path, g_getenv ("TEST_CLIP_SMALL"));
    g_assert_cmpuint (simulator_get_billed (simulator), ==, i);
  }
}

/* --- errors ----------------------------------------------------------- */

typedef struct
{
  const gchar *name;
  const gchar *settings; /* beside base-url and prompt */
  const gchar *script;   /* (nullable) */
  const gchar *sentence; /* regular expression */
  guint billed;
  guint submits;
} ErrorRow;

#define GOOD LAUNCH_KEYED LAUNCH_FAST

static const ErrorRow error_rows[] = {
  { "one-bad-setting", GOOD "duration=7", NULL, "duration must be 6 or 10", 0,
      0 },
  { "all-bad-settings", "duration=7 timeout=0 ca-file=/nonexistent/ca", NULL,
      "(?s)(?=.*duration must be 6 or 10)(?=.*timeout=0)(?=.*ca-file=/nonexistent/ca)"
      "(?=.*api-key is not set)",
      0, 0 },
  { "key-file-missing", "api-key-file=/nonexistent/key", NULL,
      "api-key-file cannot be read", 0, 0 },
  { "401", "api-key=wrong",
      "[{\"on\":\"submit\",\"delay\":" LAUNCH_DISTANCE "}]", "401.*key", 0, 1 },
  { "402", GOOD,
      "[{\"on\":\"submit\",\"status\":402,\"delay\":" LAUNCH_DISTANCE "}]",
      "402.*[Cc]redit", 0, 1 },
  { "moderation", GOOD,
      "[{\"on\":\"submit\",\"delay\":" LAUNCH_DISTANCE "},"
      "{\"on\":\"task\",\"outcome\":\"failed\",\"work\":0,"
      "\"fail-code\":\"SensitiveContent\","
      "\"fail-message\":\"Prompt was rejected\"}]",
      "SensitiveContent.*Prompt was rejected.*[Cc]hange the prompt", 1, 1 },
  { "outcome-unknown", GOOD,
      "[{\"on\":\"submit\",\"drop\":true,\"billed\":true,"
      "\"delay\":" LAUNCH_DISTANCE "}]",
      "outcome is unknown.*task-id", 1, 1 },
  { "not-an-mp4", GOOD,
      "[{\"on\":\"submit\",\"delay\":" LAUNCH_DISTANCE "},"
      "{\"on\":\"file\",\"status\":200,\"times\":0,"
      "\"body\":\"<html>Log in first</html>\"}]",
      "clip of task \\S+ was downloaded.*same settings", 1, 1 },
};

static void
test_error (gconstpointer data)
{
  const ErrorRow *row = data;
  g_autoptr (Simulator) simulator = NULL;
  g_autoptr (Process) process = NULL;
  g_autofree gchar *shot = NULL;

  if (!have_tools ())
    return;
  simulator = launch_simulator (1);
  if (row->script != NULL)
    simulator_script (simulator, row->script);
  shot = launch_shot (simulator_get_base_url (simulator, "apixo"));
  process = process_run (
      NULL, "gst-launch-1.0 hailuosrc %s %s ! fakesink", shot, row->settings);

  process_log (process->err);
  /* gst-launch's own: what start() refuses, of any element, is -1 */
  g_assert_cmpint (process->status, ==, row->submits > 0 ? 1 : 255);
  process_assert_match (process->err,
      "^ERROR: from element /GstPipeline:pipeline0/GstHailuoSrc:hailuosrc0: "
      "[A-Za-z]");
  process_assert_match (process->err, row->sentence);
  g_assert_cmpuint (simulator_get_billed (simulator), ==, row->billed);
  g_assert_cmpuint (
      simulator_get_requests (simulator, "submit"), ==, row->submits);
}

/* --- what gst-launch-1.0 makes of a line ------------------------------- */

typedef struct
{
  const gchar *name;
  const gchar *words; /* as the shell takes them; a link follows */
  const gchar *sentence;
} SwallowRow;

static const SwallowRow swallow_rows[] = {
  { "setting", "prompt=\"\" max-cost=0.01", "prompt has \"max-cost=\" in it" },
  { "setting-of-parent", "prompt=\"\" num-buffers=9",
      "prompt has \"num-buffers=\" in it" },
  { "link", "prompt=\"\"", "prompt has \"!\" in it" },
  { "backslash", "prompt='a lighthouse\\' max-cost=0.01",
      "prompt has \"max-cost=\" in it" },
  { "store", "prompt=shot store=\"\" max-cost=0.01",
      "store has \"max-cost=\" in it" },
  { "label", "prompt=shot label=\"\" max-cost=0.01",
      "label has \"max-cost=\" in it" },
  { "name", "prompt=shot name=\"\" dry-run=true",
      "name has \"dry-run=\" in it" },
  { "prompt-file", "prompt-file=\"\"", "prompt-file has \"!\" in it" },
};

static void
test_swallow (gconstpointer data)
{
  const SwallowRow *row = data;
  g_autoptr (Simulator) simulator = NULL;
  g_autoptr (Process) process = NULL;

  if (!have_tools ())
    return;
  simulator = launch_simulator (1);
  process = process_run (NULL,
      "gst-launch-1.0 hailuosrc base-url=%s" LAUNCH_KEYED LAUNCH_FAST
      "%s ! fakesink",
      simulator_get_base_url (simulator, "apixo"), row->words);
  process_log (process->err);
  g_assert_cmpint (process->status, ==, 255);
  process_assert_match (process->err, row->sentence);
  g_assert_cmpuint (simulator_get_billed (simulator), ==, 0);
  g_assert_cmpuint (simulator_get_requests (simulator, "any"), ==, 0);
}

/* What gst-launch-1.0 makes of prompt='a lighthouse\\' ! fakesink: nothing is
 * wrong with the prompt, but what it took is missing.  gst-launch-1.0 itself
 * hangs in a third of its runs where a source fails at once, whichever it is. */
static void
test_swallowed_link (void)
{
  g_autoptr (Simulator) simulator = launch_simulator (1);
  g_autoptr (Process) process = process_run (NULL,
      "'%s' 'hailuosrc name=src base-url=%s" LAUNCH_KEYED LAUNCH_FAST
      "prompt=\"a lighthouse !\" fakesink'",
      g_getenv ("LAUNCH_PLAY"), simulator_get_base_url (simulator, "apixo"));

  process_log (process->out->str);
  g_assert_cmpint (process->status, ==, 1);
  process_assert_match (process->out->str, "is not linked");
  g_assert_cmpuint (simulator_get_requests (simulator, "any"), ==, 0);
}

/* What no quoting brings through */
static void
test_prompt_file (void)
{
  static const gchar prompt[] =
      "\"a\" \\\\ 'b' !\n! \\\" 100% \303\251 max-cost=9 \\";
  g_autoptr (Simulator) simulator = NULL;
  g_autoptr (Process) process = NULL;
  g_autofree gchar *path = g_build_filename (
      fixture_get_folder (), "a prompt.txt", NULL);
  g_autoptr (GError) error = NULL;

  if (!have_tools ())
    return;
  g_file_set_contents (path, prompt, -1, &error);
  g_assert_no_error (error);
  simulator = launch_simulator (1);
  process = process_run (NULL,
      "gst-launch-1.0 hailuosrc base-url=%s" LAUNCH_KEYED LAUNCH_FAST
      "prompt-file='%s' ! fakesink",
      simulator_get_base_url (simulator, "apixo"), path);
  g_assert_cmpint (process->status, ==, 0);
  g_assert_cmpuint (simulator_get_billed (simulator), ==, 1);
  g_assert_cmpuint (simulator_get_billed_for (simulator, prompt), ==, 1);
}

/* --- Ctrl-C ----------------------------------------------------------- */

typedef struct
{
  const gchar *name;
  const gchar *settings;
  const gchar *script;
  const gchar *request; /* that shows where it is; or NULL and: */
  const gchar *line;    /* that it prints */
  const gchar *error;   /* with -e: there is no clip */
} StopRow;

static const StopRow stop_rows[] = {
  { "submit", LAUNCH_FAST, "[{\"on\":\"submit\",\"delay\":600000}]", "submit",
      NULL, "task may have been created.*same settings" },
  { "poll", LAUNCH_FAST, "[{\"on\":\"poll\",\"delay\":600000}]", "poll", NULL,
      "same settings to resume task" },
  { "interval", "first-poll=1 poll-interval=600000", "[]", NULL,
      "^Progress: \\(generate\\) \\d+ s, about",
      "same settings to resume task" },
  { "download", LAUNCH_FAST,
      "[{\"on\":\"task\",\"work\":0},{\"on\":\"file\",\"delay\":600000}]",
      "file", NULL, "same settings to resume task" },
};

/* In milliseconds; the element's own part is measured in test-cancel.c, the
 * rest of it is a process that ends on a machine with other things to do. */
#define STOP_GOAL 100
#define STOP_LIMIT 1000

static void
stop (const StopRow *row, const gchar *option)
{
  g_autoptr (Simulator) simulator = launch_simulator (3600 * 1000);
  g_autofree gchar *shot = launch_shot (
      simulator_get_base_url (simulator, "apixo"));
  g_autoptr (Process) process = NULL;
  gint64 killed, took;

  simulator_script (simulator, row->script);
  process = process_start (NULL,
      "gst-launch-1.0 %s hailuosrc %s" LAUNCH_KEYED "%s ! fakesink", option,
      shot, row->settings);
  /* gst-launch-1.0 takes the signal from when its main loop runs, and that
   * prints this */
  process_wait_line (process, "^Progress: ");
  if (row->request != NULL)
    g_assert_true (simulator_wait_requests (
        simulator, row->request, 1, FIXTURE_PATIENCE_MS));
  else
    process_wait_line (process, row->line);

  killed = g_get_monotonic_time ();
  g_subprocess_send_signal (process->process, SIGINT);
  process_finish (process);
  took = (process->ended - killed) / 1000;
  g_test_message ("%s%s%s: %d ms from SIGINT to exit (goal %d, limit %d)",
      row->name, *option ? " with " : "", option, (gint) took, STOP_GOAL,
      STOP_LIMIT);
  g_assert_cmpint (took, <=, fixture_ms (STOP_LIMIT));
  g_assert_cmpint (process->status, ==, *option ? 1 : 0);
  g_assert_null (strstr (process->err, "CRITICAL"));
  if (g_str_equal (row->name, "submit"))
    process_assert_match (
        process->out->str, "task may have been created.*same settings");
  if (*option) {
    process_assert_match (process->err, "^ERROR: .* Ended \\(EOS\\) before ");
    process_assert_match (process->err, row->error);
  }
  g_assert_cmpuint (simulator_get_billed (simulator), ==, 1);
  g_assert_cmpuint (simulator_get_requests (simulator, "submit"), ==, 1);
}

static void
test_stop (gconstpointer data)
{
  if (!have_tools ())
    return;
  stop (data, "");
  stop (data, "-e");
}

/* --- gst-inspect-1.0 -------------------------------------------------- */

/* Of the base classes: not ours to document */
static gboolean
is_inherited (const gchar *name)
{
  GstElementFactory *factory = gst_element_factory_find ("hailuosrc");
  GType type;
  GObjectClass *klass;
  GParamSpec *spec;
  gboolean inherited;

  gst_object_unref (gst_plugin_feature_load (GST_PLUGIN_FEATURE (factory)));
  type = gst_element_factory_get_element_type (factory);
  klass = g_type_class_ref (type);
  spec = g_object_class_find_property (klass, name);
  g_assert_nonnull (spec);
  inherited = spec->owner_type != type;
  g_type_class_unref (klass);
  gst_object_unref (factory);
  return inherited;
}

/* @lines: "  NAME   : BLURB", then "  flags: ..." */
static gboolean
check_property (gchar **lines)
{
  g_autoptr (GRegex) regex = g_regex_new ("^  (\\S+) +: (.*)$", 0, 0, NULL);
  g_autoptr (GMatchInfo) found = NULL;
  g_autofree gchar *name = NULL, *blurb = NULL;
  const gchar *flags = lines[1];

  if (flags == NULL || strstr (flags, " flags: ") == NULL
      || !g_regex_match (regex, lines[0], 0, &found))
    return FALSE;
  name = g_match_info_fetch (found, 1);
  if (is_inherited (name))
    return FALSE;
  blurb = g_strstrip (g_match_info_fetch (found, 2));
  g_assert_cmpuint (strlen (blurb), >=, 8);
  if (strstr (flags, "writable") != NULL
      && strstr (flags, "changeable only in NULL or READY state") == NULL)
    g_error ("%s: %s", name, flags);
  return TRUE;
}

/* A proxy sees whatever would leave this machine. */
static ServerEnd
refuse (Server *server, const ServerRequest *request, GString *answer,
    gpointer user_data)
{
  g_usleep (atoi (LAUNCH_DISTANCE) * 1000);
  server_write (answer, 403, "", "");
  return SERVER_CLOSE;
}

static void
test_inspect (void)
{
  g_autoptr (Server) proxy = server_new (refuse, NULL);
  g_autofree gchar *url = g_strdup_printf (
      "http://127.0.0.1:%u", server_get_port (proxy));
  const gchar *const environment[] = { "https_proxy", url, "http_proxy", url,
    "APIXO_API_KEY", "any-key", NULL };
  g_autoptr (Process) inspect = NULL, control = NULL;
  g_auto (GStrv) lines = NULL;
  guint i, own = 0;

  if (!have_tools ())
    return;
  inspect = process_run (environment, "gst-inspect-1.0 hailuosrc");
  g_assert_cmpint (inspect->status, ==, 0);
  g_assert_cmpstr (inspect->err, ==, "");
  lines = g_strsplit (inspect->out->str, "\n", -1);
  for (i = 0; lines[i] != NULL; i++)
    own += check_property (lines + i);
  g_test_message ("%u properties", own);
  g_assert_cmpuint (own, >=, 20);
  process_assert_match (inspect->out->str, "^  api-key +: ");
  process_assert_match (inspect->out->str, "^  base-url +: ");
  g_assert_cmpuint (server_count (proxy, NULL), ==, 0);

  /* that it would have been seen */
  control = process_run (
      environment, "gst-launch-1.0 hailuosrc prompt=shot retries=0 ! fakesink");
  g_assert_cmpint (control->status, ==, 1);
  g_assert_cmpuint (server_count (proxy, "CONNECT"), ==, 1);
  g_assert_cmpuint (server_count (proxy, NULL), ==, 1);
}

int
main (int argc, char **argv)
{
  guint i;

  launch_init (&argc, &argv);
  g_test_add_func ("/launch/clip", test_clip);
  g_test_add_func ("/launch/decode", test_decode);
  g_test_add_func ("/launch/two-runs", test_two_runs);
  for (i = 0; i < G_N_ELEMENTS (error_rows); i++) {
    g_autofree gchar *path = g_strconcat (
        "/launch/error/", error_rows[i].name, NULL);

    g_test_add_data_func (path, &error_rows[i], test_error);
  }
  for (i = 0; i < G_N_ELEMENTS (swallow_rows); i++) {
    g_autofree gchar *path = g_strconcat (
        "/launch/swallow/", swallow_rows[i].name, NULL);

    g_test_add_data_func (path, &swallow_rows[i], test_swallow);
  }
  g_test_add_func ("/launch/swallowed-link", test_swallowed_link);
  g_test_add_func ("/launch/prompt-file", test_prompt_file);
  for (i = 0; i < G_N_ELEMENTS (stop_rows); i++) {
    g_autofree gchar *path = g_strconcat (
        "/launch/stop/", stop_rows[i].name, NULL);

    g_test_add_data_func (path, &stop_rows[i], test_stop);
  }
  g_test_add_func ("/launch/inspect", test_inspect);
  return g_test_run ();
}
