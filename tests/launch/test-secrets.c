/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-secrets.c: the key, the signature of a result link and the words of a
 * prompt are looked for in everything that the element leaves behind, with
 * everything on that makes GStreamer talk. */
#undef G_DISABLE_ASSERT
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <stdlib.h>
#include <string.h>

#include "launch.h"
#include "server.h"

/* A part that tells the rest: texts are cut off at some length */
#define KEY_PART "CANARY-KEY-4f1d"
#define KEY KEY_PART "9c07e2ab"

/* How it is written in JSON that is a string of a script */
#define ESCAPED "\\\\u0043\\\\u0041NARY-KEY\\\\u002d4f1d9c07e2ab"

#define PROMPT_PART "a canary named Oswald"

/* --- searching -------------------------------------------------------- */

static gboolean
file_has (const gchar *path, const gchar *needle)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);

  if (file == NULL || g_mapped_file_get_length (file) == 0)
    return FALSE;
  return memmem (g_mapped_file_get_contents (file),
             g_mapped_file_get_length (file), needle, strlen (needle))
      != NULL;
}

/* How many files below @path have @needle in them or in their names; @where
 * gets their names. */
static guint
count_files_with (const gchar *path, const gchar *needle, GString *where)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const gchar *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *child = g_build_filename (path, name, NULL);

    if (g_file_test (child, G_FILE_TEST_IS_DIR)) {
      n += count_files_with (child, needle, where);
    } else if (strstr (name, needle) != NULL || file_has (child, needle)) {
      g_string_append_printf (where, " %s", name);
      n++;
    }
  }
  return n;
}

/* Fails the test, and goes on. */
static void
assert_nowhere (const gchar *path, const gchar *needle)
{
  g_autoptr (GString) where = g_string_new (NULL);

  if (count_files_with (path, needle, where) > 0)
    g_test_fail_printf ("\"%s\" is in:%s", needle, where->str);
}

/* All that the processes of a test may have written */
static void
assert_nowhere_at_all (const gchar *needle)
{
  assert_nowhere (launch_get_folder (), needle);
  assert_nowhere (g_get_user_state_dir (), needle);
  assert_nowhere (g_get_user_cache_dir (), needle);
  assert_nowhere (g_get_user_config_dir (), needle);
  assert_nowhere (g_get_user_data_dir (), needle);
}

/* --- running ---------------------------------------------------------- */

static Simulator *
canary_simulator (const gchar *script)
{
  SimulatorOptions options = {
    .api_key = KEY,
    .time_scale = 120 / 0.03,
    .clip_file = g_getenv ("TEST_CLIP"),
  };
  g_autoptr (GError) error = NULL;
  Simulator *simulator = simulator_new (&options, &error);

  g_assert_no_error (error);
  if (script != NULL)
    simulator_script (simulator, script);
  return simulator;
}

static gchar *
settings_at (Simulator *simulator)
{
  return g_strdup_printf ("base-url=%s prompt=\\\"" PROMPT_PART
                          "\\\"" LAUNCH_FAST,
      simulator_get_base_url (simulator, "apixo"));
}

/* Plays with all that GStreamer can log and dump; the key is in no text. */
static LaunchProcess *
play (const gchar *settings, const gchar *rest)
{
  g_autofree gchar *log = g_build_filename (
      launch_get_folder (), "debug.log", NULL);
  const gchar *const environment[] = { "GST_DEBUG", "*:9", "GST_DEBUG_FILE",
    log, "GST_DEBUG_NO_COLOR", "1", "GST_DEBUG_DUMP_DOT_DIR",
    launch_get_folder (), "GST_TRACERS", "log", "LAUNCH_KEY", KEY, NULL };
  g_autoptr (GString) where = g_string_new (NULL);
  LaunchProcess *process = launch_run (environment,
      "'%s' \"hailuosrc name=src %s ! %s\"", g_getenv ("LAUNCH_PLAY"), settings,
      rest);

  /* else there is nothing to find */
  g_assert_true (file_has (log, "hailuosrc"));
  g_assert_cmpuint (
      count_files_with (launch_get_folder (), "digraph", where), >, 0);
  return process;
}

/* --- what is sent ----------------------------------------------------- */

static JsonObject *
get_request (
    Simulator *simulator, const gchar *what, guint n, JsonParser *parser)
{
  g_autofree gchar *text = simulator_get_request (simulator, what, n);

  g_assert_nonnull (text);
  g_assert_true (json_parser_load_from_data (parser, text, -1, NULL));
  return json_node_get_object (json_parser_get_root (parser));
}

/* (transfer full) */
static gchar *
get_signature (Simulator *simulator, guint n)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *request = get_request (simulator, "file", n, parser);
  const gchar *target = json_object_get_string_member (request, "target");
  const gchar *signature = strstr (target, "signature=");

  g_assert_nonnull (signature);
  signature += strlen ("signature=");
  g_assert_cmpuint (strlen (signature), >=, 32);
  return g_strdup (signature);
}

/* The key goes to the API, and not to the host of the link. */
static void
assert_key_stays (Simulator *simulator)
{
  guint files = simulator_get_requests (simulator, "file");
  guint i;

  g_assert_cmpuint (files, >, 0);
  for (i = 0; i < files; i++) {
    g_autoptr (JsonParser) parser = json_parser_new ();
    JsonObject *request = get_request (simulator, "file", i, parser);
    JsonObject *headers = json_object_get_object_member (request, "headers");
    g_autofree gchar *text = simulator_get_request (simulator, "file", i);

    g_assert_cmpstr (
        json_object_get_string_member (request, "port"), ==, "files");
    g_assert_false (json_object_has_member (headers, "authorization"));
    g_assert_null (strstr (text, KEY_PART));
  }
}

static void
assert_links_nowhere (Simulator *simulator)
{
  guint files = simulator_get_requests (simulator, "file");
  guint i;

  for (i = 0; i < files; i++) {
    g_autofree gchar *signature = get_signature (simulator, i);

    assert_nowhere_at_all (signature);
  }
}

/* --- tests ------------------------------------------------------------ */

static void
test_property (void)
{
  g_autoptr (Simulator) simulator = canary_simulator (NULL);
  g_autofree gchar *settings = settings_at (simulator);
  g_autoptr (LaunchProcess) process = play (settings, "fakesink");
  g_autofree gchar *store = g_build_filename (
      g_get_user_state_dir (), "hailuo", NULL);

  g_assert_cmpint (process->status, ==, 0);
  g_assert_cmpuint (simulator_get_billed (simulator), ==, 1);
  assert_nowhere_at_all (KEY_PART);
  assert_links_nowhere (simulator);
  assert_key_stays (simulator);
  /* it is on the bus and in tags, as it should; what stays does not have it */
  assert_nowhere (store, PROMPT_PART);
}

/* The link stops to work: errors are where links like to be shown. */
static void
test_bad_link (gconstpointer data)
{
  g_autoptr (Simulator) simulator = canary_simulator (data);
  g_autofree gchar *settings = settings_at (simulator);
  g_autofree gchar *more = g_strconcat (settings, " retries=0", NULL);
  g_autoptr (LaunchProcess) process = play (more, "fakesink");

  g_assert_cmpint (process->status, ==, 1);
  g_assert_cmpuint (simulator_get_billed (simulator), ==, 1);
  launch_log (process->out->str);
  assert_nowhere_at_all (KEY_PART);
  assert_links_nowhere (simulator);
  assert_key_stays (simulator);
}

/* Hosts that answer with what they were sent */
typedef struct
{
  const gchar *name;
  const gchar *script;
} EchoRow;

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const EchoRow echo_rows[] = {
  { "refused",
      "[{\"on\":\"submit\",\"status\":401,\"json\":{\"code\":401,"
      "\"message\":\"The key " KEY " is not known\"}}]" },
  /* 256 characters are shown: not even a part of it is */
  { "refused-at-length",
      "[{\"on\":\"submit\",\"status\":401,\"json\":"
      "{\"code\":401,\"message\":\"" X64 X64 X64
      "No such key in all the world as this one: " KEY " is not known\"}}]" },
  { "tried-again",
      "[{\"on\":\"submit\",\"status\":429,\"times\":0,\"json\":"
      "{\"code\":429,\"message\":\"Busy with " KEY "\"}}]" },
  { "unknown-outcome",
      "[{\"on\":\"submit\",\"status\":504,\"json\":"
      "{\"code\":504,\"message\":\"Bearer " KEY "\"}}]" },
  /* the \u escapes are those of JSON */
  { "escaped",
      "[{\"on\":\"submit\",\"status\":401,\"body\":"
      "\"{\\\"code\\\":401,\\\"message\\\":\\\"No " ESCAPED "\\\"}\"}]" },
  { "failed-task",
      "[{\"on\":\"task\",\"work\":0,\"outcome\":\"failed\","
      "\"fail-code\":\"" KEY "\",\"fail-message\":\"" KEY "\"}]" },
  { "state-word",
      "[{\"on\":\"task\",\"work\":1e9},"
      "{\"on\":\"poll\",\"state\":\"" KEY "\"},"
      "{\"on\":\"poll\",\"status\":400}]" },
};

static void
test_echo (gconstpointer data)
{
  const EchoRow *row = data;
  g_autoptr (Simulator) simulator = canary_simulator (row->script);
  g_autofree gchar *settings = settings_at (simulator);
  g_autofree gchar *more = g_strconcat (settings, " retries=1", NULL);
  g_autoptr (LaunchProcess) process = play (more, "fakesink");

  g_assert_cmpint (process->status, ==, 1);
  g_assert_cmpuint (simulator_get_requests (simulator, "submit"), >, 0);
  g_assert_cmpuint (simulator_get_billed (simulator), ==,
      simulator_get_requests (simulator, "poll") > 0);
  launch_log (process->out->str);
  assert_nowhere_at_all (KEY_PART);
}

/* Where the searched folders are not */
static gchar *
write_key_file (gint mode)
{
  gchar *path = g_build_filename (
      g_get_user_runtime_dir (), "..", "key-file.txt", NULL);

  launch_get_folder ();
  g_assert_true (g_file_set_contents (path, KEY "\n", -1, NULL));
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
  return path;
}

static gboolean
have_gst_launch (void)
{
  g_autofree gchar *path = g_find_program_in_path ("gst-launch-1.0");

  if (path == NULL)
    g_test_skip ("gst-launch-1.0 is not installed");
  return path != NULL;
}

static void
test_key_file (void)
{
  g_autoptr (Simulator) simulator = canary_simulator (NULL);
  g_autofree gchar *shot = launch_shot (
      simulator_get_base_url (simulator, "apixo"));
  g_autofree gchar *key_file = write_key_file (0600);
  g_autofree gchar *log = g_build_filename (
      launch_get_folder (), "debug.log", NULL);
  const gchar *const environment[] = { "GST_DEBUG", "*:9", "GST_DEBUG_FILE",
    log, "GST_DEBUG_DUMP_DOT_DIR", launch_get_folder (), NULL };
  g_autoptr (LaunchProcess) process = NULL;

  if (!have_gst_launch ())
    return;
  process = launch_run (environment,
      "gst-launch-1.0 -v -m -t hailuosrc %s"
      " api-key-file='%s' " LAUNCH_FAST " ! fakesink",
      shot, key_file);
  g_assert_cmpint (process->status, ==, 0);
  g_assert_cmpuint (simulator_get_billed (simulator), ==, 1);
  g_assert_true (file_has (log, "hailuosrc"));
  assert_nowhere_at_all (KEY_PART);
  assert_links_nowhere (simulator);
  assert_key_stays (simulator);
}

/* What others may read is refused, and what is refused is not shown. */
static void
test_open_key_file (void)
{
  g_autoptr (Simulator) simulator = canary_simulator (NULL);
  g_autofree gchar *shot = launch_shot (
      simulator_get_base_url (simulator, "apixo"));
  g_autofree gchar *key_file = write_key_file (0644);
  g_autoptr (LaunchProcess) process = NULL;

  if (!have_gst_launch ())
    return;
  process = launch_run (NULL,
      "gst-launch-1.0 hailuosrc %s api-key-file='%s' ! fakesink", shot,
      key_file);
  g_assert_cmpint (process->status, !=, 0);
  launch_assert_match (process->err, "api-key-file=.*chmod 600");
  g_assert_cmpuint (simulator_get_requests (simulator, "any"), ==, 0);
  assert_nowhere_at_all (KEY_PART);
}

/* -v prints each property that changes and each that can be read. */
static void
test_verbose (void)
{
  g_autoptr (Simulator) simulator = canary_simulator (NULL);
  g_autofree gchar *shot = launch_shot (
      simulator_get_base_url (simulator, "apixo"));
  g_autoptr (LaunchProcess) process = NULL;

  if (!have_gst_launch ())
    return;
  /* the command line itself goes into no file here */
  process = launch_run (NULL,
      "gst-launch-1.0 -v -m -t hailuosrc %s api-key=" KEY LAUNCH_FAST
      " ! fakesink",
      shot);
  g_assert_cmpint (process->status, ==, 0);
  g_assert_cmpuint (simulator_get_billed (simulator), ==, 1);
  assert_nowhere_at_all (KEY_PART);
}

/* A key from the environment is for the host it is from. */
static void
test_environment (void)
{
  const gchar *const environment[] = { "APIXO_API_KEY", KEY, NULL };
  g_autoptr (Simulator) simulator = canary_simulator (NULL);
  g_autofree gchar *shot = launch_shot (
      simulator_get_base_url (simulator, "apixo"));
  g_autoptr (LaunchProcess) process = NULL;

  if (!have_gst_launch ())
    return;
  process = launch_run (
      environment, "gst-launch-1.0 hailuosrc %s ! fakesink", shot);
  g_assert_cmpint (process->status, !=, 0);
  launch_assert_match (process->err, "APIXO_API_KEY.*own base-url");
  g_assert_cmpuint (simulator_get_requests (simulator, "any"), ==, 0);
  assert_nowhere_at_all (KEY_PART);
}

static ServerEnd
refuse (Server *server, const ServerRequest *request, GString *answer,
    gpointer user_data)
{
  g_usleep (atoi (LAUNCH_DISTANCE) * 1000);
  server_write (answer, 403, "", "");
  return SERVER_CLOSE;
}

/* A proxy on the way sees where it goes, and not the key. */
static void
test_proxy (void)
{
  g_autoptr (Server) proxy = server_new (refuse, NULL);
  g_autofree gchar *url = g_strdup_printf (
      "http://127.0.0.1:%u", server_get_port (proxy));
  const gchar *const environment[] = { "APIXO_API_KEY", KEY, "https_proxy", url,
    NULL };
  g_autoptr (LaunchProcess) process = NULL;
  const ServerRequest *request;

  if (!have_gst_launch ())
    return;
  process = launch_run (
      environment, "gst-launch-1.0 hailuosrc prompt=x retries=0 ! fakesink");
  g_assert_cmpint (process->status, ==, 1);
  launch_log (process->err);
  g_assert_cmpuint (server_count (proxy, NULL), ==, 1);
  request = server_get_request (proxy, 0);
  g_assert_cmpstr (request->method, ==, "CONNECT");
  g_assert_cmpstr (request->target, ==, "api.apixo.ai:443");
  g_assert_null (strstr (request->head, KEY_PART));
  assert_nowhere_at_all (KEY_PART);
  /* nothing reached the host, so nothing can have been made there */
  launch_assert_match (process->err, "billed: no");
}

/* libcurl shows a proxy that it does not understand, with its password. */
static void
test_bad_proxy (gconstpointer proxy)
{
  const gchar *const environment[] = { "LAUNCH_KEY", "another", "https_proxy",
    proxy, NULL };
  /* gst-launch-1.0 may hang where an error comes at once */
  g_autoptr (LaunchProcess) process = launch_run (environment,
      "'%s' \"hailuosrc name=src prompt=x retries=0 ! fakesink\"",
      g_getenv ("LAUNCH_PLAY"));

  g_assert_cmpint (process->status, ==, 1);
  launch_log (process->out->str);
  launch_assert_match (process->out->str, "[Pp]roxy");
  launch_assert_match (process->out->str, "billed: no");
  assert_nowhere_at_all (KEY_PART);
}

int
main (int argc, char **argv)
{
  guint i;

  launch_init (&argc, &argv);
  g_test_add_func ("/secrets/property", test_property);
  g_test_add_data_func ("/secrets/link-gone",
      "[{\"on\":\"file\",\"status\":404,\"times\":0}]", test_bad_link);
  g_test_add_data_func ("/secrets/link-drops",
      "[{\"on\":\"file\",\"drop\":true,\"times\":0}]", test_bad_link);
  for (i = 0; i < G_N_ELEMENTS (echo_rows); i++) {
    g_autofree gchar *path = g_strconcat (
        "/secrets/echo/", echo_rows[i].name, NULL);

    g_test_add_data_func (path, &echo_rows[i], test_echo);
  }
  g_test_add_func ("/secrets/key-file", test_key_file);
  g_test_add_func ("/secrets/open-key-file", test_open_key_file);
  g_test_add_func ("/secrets/verbose", test_verbose);
  g_test_add_func ("/secrets/environment", test_environment);
  g_test_add_func ("/secrets/proxy", test_proxy);
  g_test_add_data_func ("/secrets/bad-proxy/port",
      "http://me:" KEY "@127.0.0.1:99999", test_bad_proxy);
  g_test_add_data_func ("/secrets/bad-proxy/scheme",
      "gopher://me:" KEY "@127.0.0.1:1", test_bad_proxy);
  g_test_add_data_func ("/secrets/bad-proxy/no-scheme",
      "me:" KEY "@127.0.0.1:99999", test_bad_proxy);
  g_test_add_data_func (
      "/secrets/bad-proxy/no-url", KEY " and more", test_bad_proxy);
  g_test_add_data_func ("/secrets/bad-proxy/no-host", KEY, test_bad_proxy);
  g_test_add_data_func (
      "/secrets/bad-proxy/scheme-alone", "gopher://" KEY, test_bad_proxy);
  return g_test_run ();
}
