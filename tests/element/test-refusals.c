/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-refusals.c: settings that are refused before a byte is sent. */
#include <string.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "fixture.h"

typedef struct
{
  const gchar *description;
  const gchar *provider;
  const gchar *settings; /* beside the fixture's */
  const gchar *names;    /* the properties the error names */
} Refusal;

#define IMAGE "image=" FIXTURE_IMAGE

static const Refusal refusals[] = {
  { "no-prompt", "apixo", "prompt=NULL", "prompt" },
  { "empty-prompt", "apixo", "prompt=", "prompt" },
  { "duration-7", "apixo", "duration=7", "duration" },
  { "duration-0", "apixo", "duration=0", "duration" },
  { "duration-5-pro-apiinone", "apiinone",
      "model=hailuo/2-3-image-to-video-pro mode=pro-image-to-video duration=5",
      "duration" },
  { "fast-with-text", "apixo",
      "model=hailuo-2-3-fast mode=standard-text-to-video", "mode" },
  { "fast-with-auto-text", "apixo", "model=hailuo-2-3-fast", "image" },
  { "image-missing", "apixo", "mode=standard-image-to-video", "image" },
  { "image-missing-pro", "apixo", "mode=pro-image-to-video", "image" },
  { "image-missing-apiinone", "apiinone", "image=NULL", "image" },
  { "text-apiinone", "apiinone", "mode=standard-text-to-video", "mode" },
  { "image-with-text-mode", "apixo", "mode=standard-text-to-video " IMAGE,
      "image" },
  { "image-ftp", "apixo", "image=ftp://example.com/first.jpg", "image" },
  { "image-file", "apixo", "image=file:///etc/hostname", "image" },
  { "image-path", "apixo", "image=/etc/hostname", "image" },
  { "image-no-host", "apixo", "image=https://", "image" },
  { "resolution-too-high", "apixo", "resolution=1080p", "resolution" },
  { "resolution-too-low", "apixo", "mode=pro-text-to-video resolution=768p",
      "resolution" },
  { "10-s-at-1080p-apiinone", "apiinone", "resolution=1080p duration=10",
      "resolution" },
  { "routing-apiinone", "apiinone", "routing=value", "routing" },
  { "base-url-http", "apixo", "base-url=http://example.com/api/v1",
      "base-url" },
  { "base-url-like-loopback", "apixo",
      "base-url=http://127.0.0.1.example.com/api/v1", "base-url" },
  { "base-url-ftp", "apixo", "base-url=ftp://127.0.0.1/api/v1", "base-url" },
  { "base-url-nonsense", "apixo", "base-url=nonsense", "base-url" },
  { "base-url-with-user", "apixo", "base-url=http://me:too@127.0.0.1/api/v1",
      "base-url" },
  { "callback-http", "apixo", "callback-url=http://example.com/hook",
      "callback-url" },
  { "callback-nonsense", "apixo", "callback-url=hook", "callback-url" },
  { "max-cost-exceeded", "apixo", "max-cost=0.3", "max-cost" },
  { "max-cost-exceeded-pro", "apixo", "mode=pro-text-to-video max-cost=0.48",
      "max-cost" },
  /* -1 is no limit, and nothing else below 0 */
  { "max-cost-negative", "apixo", "max-cost=-0.5", "max-cost" },
  { "max-cost-nearly-0", "apixo", "max-cost=-0.02", "max-cost" },
  { "max-cost-unknown", "apixo", "model=hailuo-2-3-fast max-cost=100 " IMAGE,
      "max-cost" },
  { "max-cost-of-unknown-model", "apixo", "model=hailuo-9 max-cost=100",
      "max-cost" },
  { "task-id-invalid", "apixo", "prompt=NULL task-id=../../x?y", "task-id" },
  { "task-id-empty", "apixo", "prompt=NULL task-id=", "task-id|prompt" },
  { "ca-file-missing", "apixo", "ca-file=/nonexistent/ca.pem", "ca-file" },
  { "key-file-missing", "apixo", "api-key=NULL api-key-file=/nonexistent/key",
      "api-key-file" },
  { "key-file-folder", "apixo", "api-key=NULL api-key-file=/", "api-key-file" },
  { "several", "apixo",
      "prompt=NULL duration=7 image=ftp://x/y ca-file=/nonexistent/ca.pem "
      "base-url=nonsense callback-url=hook api-key=NULL",
      "prompt duration image ca-file base-url callback-url api-key" },
};

/* The error's sentence names each property of a list; "a|b": one of both. */
static void
assert_names (GstMessage *message, const gchar *names)
{
  g_auto (GStrv) list = g_strsplit (names, " ", -1);
  g_autoptr (GError) error = NULL;
  guint i;

  gst_message_parse_error (message, &error, NULL);
  for (i = 0; list[i] != NULL; i++) {
    g_autofree gchar *pattern = g_strdup_printf (
        "(?<![\\w-])(%s)(?![\\w-])", list[i]);

    g_test_message ("%s", pattern);
    g_assert_true (g_regex_match_simple (pattern, error->message, 0, 0));
  }
}

/* Nothing was sent, and nothing was begun. */
static void
assert_code (Fixture *self, GstResourceError code, const gchar *names)
{
  const FixtureDetails expected = { 0, "", "", 0, FALSE, "no", FALSE };
  GstMessage *message = fixture_run_error (self, code);
  g_autofree gchar *progress = NULL;
  g_autofree gchar *states = NULL;

  assert_names (message, names);
  fixture_assert_details (self, message, &expected);
  fixture_assert_requests (self, "any", 0);
  fixture_assert_ledger (self, 0);
  fixture_assert_nothing (self);
  progress = fixture_progress (self);
  states = fixture_task_states (self);
  g_assert_cmpstr (progress, ==, "");
  g_assert_cmpstr (states, ==, "");
}

static void
assert_refused (Fixture *self, const gchar *names)
{
  assert_code (self, GST_RESOURCE_ERROR_SETTINGS, names);
}

static void
test_refusal (gconstpointer data)
{
  const Refusal *row = data;
  const FixtureOptions options = { .provider = row->provider };
  g_autoptr (Fixture) f = fixture_new (&options);

  fixture_configure (f, row->settings);
  assert_refused (f, row->names);
  /* it is the change of state that fails, not the stream */
  g_assert_cmpint (f->change, ==, GST_STATE_CHANGE_FAILURE);
}

/* Nothing is left of the refusal once the setting is right. */
static void
test_corrected (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_set (f, "duration", 7);
  assert_refused (f, "duration");
  fixture_reset (f, GST_STATE_READY);
  fixture_set (f, "duration", 10);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
}

/* What is allowed, beside what is not */
static void
test_max_cost_met (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_set (f, "max-cost", 0.336);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
}

/* Keys that would break the request's header, or another's secrecy */

static void
test_bad_key (gconstpointer key)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_set (f, "api-key", key);
  assert_refused (f, "api-key");
}

/* Short keys are a part of any answer, and nothing goes missing for that; one
 * of asterisks is what is put for a key. */
static void
test_odd_key (gconstpointer key)
{
  const FixtureOptions options = { .key = key };
  g_autoptr (Fixture) f = fixture_new (&options);

  fixture_script (f,
      "[{'on':'poll','status':500,'json':{'message':'a *** of data ********'}}]");
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

typedef struct
{
  const gchar *description;
  const gchar *text;
  guint mode;
} KeyFile;

static const KeyFile key_files[] = {
  { "others-may-read", FIXTURE_KEY, 0644 },
  { "group-may-read", FIXTURE_KEY, 0640 },
  { "empty", "", 0600 },
  { "blank", " \n", 0600 },
  { "two-lines", FIXTURE_KEY "\nX-Other: 1\n", 0600 },
};

static void
test_bad_key_file (gconstpointer data)
{
  const KeyFile *row = data;
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *path = fixture_write_file ("key", row->text, row->mode);

  fixture_set (f, "api-key", NULL, "api-key-file", path);
  assert_refused (f, "api-key-file");
}

/* An editor leaves a line end after the key. */
static void
test_key_file (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *path = fixture_write_file ("key", FIXTURE_KEY "\n", 0600);

  fixture_set (f, "api-key", NULL, "api-key-file", path);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
}

/* It must not wait for a writer. */
static void
test_key_fifo (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *path = fixture_write_file ("key", "", 0600);

  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  fixture_set (f, "api-key", NULL, "api-key-file", path);
  assert_refused (f, "api-key-file");
}

/* Nothing is wrong but that there is no key. */
static void
test_no_key (gconstpointer key)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_set (f, "api-key", key);
  assert_code (f, GST_RESOURCE_ERROR_NOT_AUTHORIZED, "api-key");
}

/* The key of the environment is for the provider's own URL. */
static void
test_environment_key (gconstpointer provider)
{
  const FixtureOptions options = { .provider = provider };
  g_autoptr (Fixture) f = fixture_new (&options);

  g_setenv ("APIXO_API_KEY", FIXTURE_KEY, TRUE);
  g_setenv ("APIINONE_API_KEY", FIXTURE_KEY, TRUE);
  fixture_set (f, "api-key", NULL);
  assert_code (f, GST_RESOURCE_ERROR_NOT_AUTHORIZED, "api-key");
  g_unsetenv ("APIXO_API_KEY");
  g_unsetenv ("APIINONE_API_KEY");
}

/* The key is nowhere to be read. */
static void
test_key_is_write_only (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  GParamSpec *spec = g_object_class_find_property (
      G_OBJECT_GET_CLASS (f->source), "api-key");

  g_assert_false (spec->flags & G_PARAM_READABLE);
  g_assert_true (spec->flags & G_PARAM_WRITABLE);
}

/* Not refused, and yet nothing is sent: it says what it would cost. */
static void
test_dry_run (gconstpointer key)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  GstMessage *message;
  gdouble cost;

  fixture_set (f, "dry-run", TRUE, "api-key", key);
  fixture_ask (f, GST_STATE_PLAYING);
  message = fixture_wait_task (f, "quoted");
  g_assert_true (gst_structure_get_double (
      gst_message_get_structure (message), GST_HAILUO_FIELD_COST, &cost));
  g_assert_cmpfloat (cost, >, 0);
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_nothing (f);
  fixture_assert_requests (f, "any", 0);
  fixture_assert_ledger (f, 0);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  FIXTURE_ADD_TABLE ("/refusals/", refusals, test_refusal);
  FIXTURE_ADD_TABLE ("/refusals/key-file/", key_files, test_bad_key_file);
  g_test_add_func ("/refusals/corrected", test_corrected);
  g_test_add_func ("/refusals/max-cost-met", test_max_cost_met);
  g_test_add_data_func (
      "/refusals/key/line-end", "key\r\nX-Other: 1", test_bad_key);
  g_test_add_data_func ("/refusals/key/last-line-end", "key\n", test_bad_key);
  g_test_add_data_func ("/refusals/key/control", "key\001", test_bad_key);
  g_test_add_data_func ("/refusals/key/short/word", "data", test_odd_key);
  g_test_add_data_func ("/refusals/key/short/letter", "a", test_odd_key);
  g_test_add_data_func ("/refusals/key/short/stars", "***", test_odd_key);
  g_test_add_data_func ("/refusals/key/stars", "********", test_odd_key);
  g_test_add_data_func ("/refusals/key/none", NULL, test_no_key);
  g_test_add_data_func ("/refusals/key/empty", "", test_no_key);
  g_test_add_data_func (
      "/refusals/key/environment/apixo", "apixo", test_environment_key);
  g_test_add_data_func (
      "/refusals/key/environment/apiinone", "apiinone", test_environment_key);
  g_test_add_func ("/refusals/key/write-only", test_key_is_write_only);
  g_test_add_func ("/refusals/key-file/good", test_key_file);
  g_test_add_func ("/refusals/key-file/fifo", test_key_fifo);
  g_test_add_data_func (
      "/refusals/dry-run/with-key", FIXTURE_KEY, test_dry_run);
  g_test_add_data_func ("/refusals/dry-run/without-key", NULL, test_dry_run);
  return fixture_finish ();
}
