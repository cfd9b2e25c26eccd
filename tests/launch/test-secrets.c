/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-secrets.c: the key is looked for in everything that a program of the user
 * leaves behind and prints, where others have the word: gst-launch-1.0 -v, and a
 * proxy.  All else that can have it is in tests/secrets. */
#include <stdlib.h>
#include <string.h>

#include "launch.h"
#include "server.h"

/* A part that tells the rest: texts are cut off at some length */
#define KEY_PART "CANARY-KEY-4f1d"
#define KEY KEY_PART "9c07e2ab"

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
  assert_nowhere (fixture_get_folder (), needle);
  assert_nowhere (g_get_user_state_dir (), needle);
  assert_nowhere (g_get_user_cache_dir (), needle);
  assert_nowhere (g_get_user_config_dir (), needle);
  assert_nowhere (g_get_user_data_dir (), needle);
}

/* --- tests ------------------------------------------------------------ */

static gboolean
have_gst_launch (void)
{
  g_autofree gchar *path = g_find_program_in_path ("gst-launch-1.0");

  if (path == NULL)
    g_test_skip ("gst-launch-1.0 is not installed");
  return path != NULL;
}

/* -v prints each property that changes and each that can be read. */
static void
test_verbose (void)
{
  const FixtureOptions options = { .key = KEY };
  g_autoptr (Fixture) host = fixture_new (&options);
  g_autofree gchar *shot = launch_shot (
      simulator_get_base_url (host->simulator, "apixo"));
  g_autoptr (Process) process = NULL;

  if (!have_gst_launch ())
    return;
  /* the command line itself goes into no file here */
  process = process_run (NULL,
      "gst-launch-1.0 -v -m -t hailuosrc %s api-key=" KEY LAUNCH_FAST
      " ! fakesink",
      shot);
  g_assert_cmpint (process->status, ==, 0);
  fixture_assert_ledger (host, 1);
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
  g_autoptr (Process) process = NULL;
  const ServerRequest *request;

  if (!have_gst_launch ())
    return;
  process = process_run (
      environment, "gst-launch-1.0 hailuosrc prompt=x retries=0 ! fakesink");
  g_assert_cmpint (process->status, ==, 1);
  process_log (process->err);
  g_assert_cmpuint (server_count (proxy, NULL), ==, 1);
  request = server_get_request (proxy, 0);
  g_assert_cmpstr (request->method, ==, "CONNECT");
  g_assert_cmpstr (request->target, ==, "api.apixo.ai:443");
  g_assert_null (strstr (request->head, KEY_PART));
  assert_nowhere_at_all (KEY_PART);
  /* nothing reached the host, so nothing can have been made there */
  process_assert_match (process->err, "billed: no");
}

/* libcurl shows a proxy that it does not understand, with its password. */
static void
test_bad_proxy (gconstpointer proxy)
{
  const gchar *const environment[] = { "LAUNCH_KEY", "another", "https_proxy",
    proxy, NULL };
  /* gst-launch-1.0 may hang where an error comes at once */
  g_autoptr (Process) process = process_run (environment,
      "'%s' \"hailuosrc name=src prompt=x retries=0 ! fakesink\"",
      g_getenv ("LAUNCH_PLAY"));

  g_assert_cmpint (process->status, ==, 1);
  process_log (process->out->str);
  process_assert_match (process->out->str, "[Pp]roxy");
  process_assert_match (process->out->str, "billed: no");
  assert_nowhere_at_all (KEY_PART);
}

int
main (int argc, char **argv)
{
  launch_init (&argc, &argv);
  g_test_add_func ("/secrets/verbose", test_verbose);
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
