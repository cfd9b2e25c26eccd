/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-poll-errors.c: a task that fails, and polls that do: it is billed once,
 * whatever happens, and its id is never lost. */
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "fixture.h"

#define SETTINGS GST_RESOURCE_ERROR_SETTINGS
#define NOT_FOUND GST_RESOURCE_ERROR_NOT_FOUND
#define NOT_AUTHORIZED GST_RESOURCE_ERROR_NOT_AUTHORIZED
#define NO_SPACE GST_RESOURCE_ERROR_NO_SPACE_LEFT
#define BUSY GST_RESOURCE_ERROR_BUSY
#define FAILED GST_RESOURCE_ERROR_FAILED

/* Polls that are answered with an error for a while */

typedef struct
{
  const gchar *description;
  const gchar *provider;
  const gchar *script;
  guint min_polls;
} Recovery;

static const Recovery recoveries[] = {
  { "500-twice", "apixo", "[{'on':'poll','times':2,'status':500}]", 3 },
  { "404-once", "apixo", "[{'on':'poll','status':404}]", 2 },
  { "429-retry-after", "apixo",
      "[{'on':'poll','status':429,'headers':{'Retry-After':'1'}}]", 2 },
  { "502-html", "apixo",
      "[{'on':'poll','status':502,'body':'<html>Bad gateway</html>'}]", 2 },
  { "504", "apixo", "[{'on':'poll','status':504}]", 2 },
  { "dropped", "apixo", "[{'on':'poll','drop':true}]", 2 },
  { "html", "apixo", "[{'on':'poll','body':'<html></html>'}]", 2 },
  { "200-code-500", "apixo",
      "[{'on':'poll','json':{'code':500,'message':'Oops'}}]", 2 },
  { "upper-case", "apixo",
      "[{'on':'poll','json':{'code':200,'message':'success','data':"
      "{'taskId':'@task-id@','state':'PROCESSING'}}}]",
      2 },
  { "apiinone-404-once", "apiinone", "[{'on':'poll','status':404}]", 2 },
  { "apiinone-500", "apiinone", "[{'on':'poll','status':500}]", 2 },
};

static void
test_recovery (gconstpointer data)
{
  const Recovery *row = data;
  const FixtureOptions options = { .provider = row->provider };
  g_autoptr (Fixture) f = fixture_new (&options);

  fixture_script (f, row->script);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
  g_assert_cmpuint (
      simulator_get_requests (f->simulator, "poll"), >=, row->min_polls);
}

/* A state nobody has heard of: decided by evidence. */

typedef struct
{
  const gchar *description;
  const gchar *provider;
  const gchar *answer;
  gboolean warned;
} Word;

#define RESULT \
  "'resultJson':" \
  "'{\\u0022resultUrls\\u0022:[\\u0022@link@\\u0022]}'"

static const Word words[] = {
  { "no-evidence", "apixo",
      "'json':{'code':200,'message':'success','data':"
      "{'taskId':'@task-id@','state':'dreaming'}}",
      TRUE },
  { "link", "apixo",
      "'skip':3,'json':{'code':200,'message':'success','data':"
      "{'taskId':'@task-id@','state':'dreaming'," RESULT "}}",
      FALSE },
  { "success-in-capitals", "apixo",
      "'skip':3,'json':{'code':200,"
      "'message':'success','data':{'taskId':'@task-id@',"
      "'state':'SUCCESS'," RESULT "}}",
      FALSE },
  { "apiinone-no-evidence", "apiinone",
      "'json':{'code':200,'data':"
      "{'task_id':'@task-id@','status':'DREAMING'}}",
      TRUE },
  { "apiinone-succeeded", "apiinone",
      "'skip':3,'json':{'id':'@task-id@',"
      "'status':'succeeded','result':{'videos':[{'url':'@link@'}]}}",
      FALSE },
};

static gboolean
has_warning (Fixture *self, const gchar *part)
{
  gboolean found = FALSE;
  guint i;

  fixture_collect (self);
  for (i = 0; !found && i < self->messages->len; i++) {
    GstMessage *message = g_ptr_array_index (self->messages, i);
    g_autoptr (GError) warning = NULL;
    g_autofree gchar *lower = NULL;

    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_WARNING)
      continue;
    gst_message_parse_warning (message, &warning, NULL);
    lower = g_ascii_strdown (warning->message, -1);
    found = strstr (lower, part) != NULL;
  }
  return found;
}

static void
test_word (gconstpointer data)
{
  const Word *row = data;
  const FixtureOptions options = { .provider = row->provider };
  g_autoptr (Fixture) f = fixture_new (&options);
  g_autofree gchar *script = NULL;

  /* the clip is there when the link is */
  if (!row->warned)
    script = g_strdup_printf (
        "[{'on':'task','work':0},"
        "{'on':'poll','times':3,'state':'processing'},{'on':'poll',%s}]",
        row->answer);
  else
    script = g_strdup_printf ("[{'on':'poll',%s}]", row->answer);
  fixture_script (f, script);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
  if (!row->warned)
    fixture_assert_requests (f, "poll", 4);
  g_assert_cmpint (has_warning (f, "dreaming"), ==, row->warned);
}

/* The end */

typedef struct
{
  const gchar *description;
  const gchar *provider;
  const gchar *settings;
  const gchar *script;
  GstResourceError code;
  guint polls; /* 0: any number */
  FixtureDetails details;
} Failure;

#define POLLS(rest) "[{'on':'poll','times':0," rest "}]"
#define TASK(code, message) \
  "[{'on':'task','outcome':'failed'," \
  "'fail-code':'" code "','fail-message':'" message "'}]"

static const Failure failures[] = {
  { "500", "apixo", "retries=1", POLLS ("'status':500"), BUSY, 2,
      { 500, NULL, "Server error", 2, TRUE, "yes", TRUE } },
  { "404", "apixo", "retries=1", POLLS ("'status':404"), NOT_FOUND, 2,
      { 404, NULL, "Not found", 2, -1, "yes", TRUE } },
  { "401", "apixo", "retries=5", POLLS ("'status':401"), NOT_AUTHORIZED, 1,
      { 401, NULL, "Invalid or missing API key", 1, FALSE, "yes", TRUE } },
  { "200-code-401", "apixo", "retries=5",
      POLLS ("'json':{'code':401,'message':'Invalid key'}"), NOT_AUTHORIZED, 1,
      { 401, NULL, "Invalid key", 1, FALSE, "yes", TRUE } },
  { "html", "apixo", "retries=1", POLLS ("'body':'<html></html>'"), FAILED, 2,
      { 200, NULL, NULL, 2, -1, "yes", TRUE } },
  { "empty", "apixo", "retries=0", POLLS ("'body':''"), FAILED, 1,
      { 200, NULL, NULL, 1, -1, "yes", TRUE } },
  { "dropped", "apixo", "retries=1", POLLS ("'drop':true"),
      GST_RESOURCE_ERROR_OPEN_READ, 2,
      { 0, NULL, NULL, 2, TRUE, "yes", TRUE } },
  { "redirect", "apixo", "retries=0",
      POLLS ("'status':302,'headers':{'Location':'/ledger'}"), FAILED, 1,
      { 302, NULL, NULL, 0, -1, "yes", TRUE } },
  { "success-without-link", "apixo", "retries=0", POLLS ("'link':null"), FAILED,
      0, { -1, NULL, NULL, 0, -1, "yes", TRUE } },
  { "apiinone-success-without-link", "apiinone", "retries=0",
      POLLS ("'link':null"), FAILED, 0,
      { -1, NULL, NULL, 0, -1, "yes", TRUE } },
  { "SensitiveContent", "apixo", "retries=5",
      TASK ("SensitiveContent", "Not this"), SETTINGS, 0,
      { -1, "SensitiveContent", "Not this", 0, FALSE, "unknown", TRUE } },
  { "InputOutputSensitiveContentDetected", "apixo", "retries=5",
      TASK ("InputOutputSensitiveContentDetected", "Not this"), SETTINGS, 0,
      { -1, "InputOutputSensitive", "Not this", 0, FALSE, "unknown", TRUE } },
  { "CONTENT_VIOLATION", "apixo", "retries=5",
      TASK ("CONTENT_VIOLATION", "Violates"), SETTINGS, 0,
      { -1, "CONTENT_VIOLATION", "Violates", 0, FALSE, "unknown", TRUE } },
  { "PromptInvalid", "apixo", "retries=5",
      TASK ("PromptInvalid", "Prompt is invalid or rejected by provider"),
      SETTINGS, 0,
      { -1, "PromptInvalid", "rejected by provider", 0, FALSE, "unknown",
          TRUE } },
  { "InvalidImageSize", "apixo", "retries=5",
      TASK ("InvalidImageSize", "Too small"), SETTINGS, 0,
      { -1, "InvalidImageSize", "Too small", 0, FALSE, "unknown", TRUE } },
  { "INVALID_IMAGE_URL", "apixo", "retries=5",
      TASK ("INVALID_IMAGE_URL", "Cannot access"), SETTINGS, 0,
      { -1, "INVALID_IMAGE_URL", "Cannot access", 0, -1, "unknown", TRUE } },
  { "INSUFFICIENT_CREDITS", "apixo", "retries=5",
      TASK ("INSUFFICIENT_CREDITS", "Add credits"), NO_SPACE, 0,
      { -1, "INSUFFICIENT_CREDITS", "Add credits", 0, -1, "unknown", TRUE } },
  { "RateLimited", "apixo", "retries=5", TASK ("RateLimited", "Slow down"),
      BUSY, 0, { -1, "RateLimited", "Slow down", 0, TRUE, "unknown", TRUE } },
  { "Timeout", "apixo", "retries=5", TASK ("Timeout", "Provider-side timeout"),
      BUSY, 0, { -1, "Timeout", "Provider-side", 0, TRUE, "unknown", TRUE } },
  { "Unknown-error", "apixo", "retries=5", TASK ("Unknown error", "Unmapped"),
      BUSY, 0, { -1, "Unknown error", "Unmapped", 0, TRUE, "unknown", TRUE } },
  { "unheard-of", "apixo", "retries=5", TASK ("Xyzzy", "Nothing happens"),
      FAILED, 0, { -1, "Xyzzy", "Nothing happens", 0, -1, "unknown", TRUE } },
  /* "Billing: Successful requests" */
  { "apiinone-failed", "apiinone", "retries=5", TASK ("any", "Something broke"),
      FAILED, 0, { -1, NULL, "Something broke", 0, -1, "no", TRUE } },
  { "unknown-word-with-fail-code", "apixo", "retries=5",
      POLLS ("'json':{'code':200,'message':'success','data':{'taskId':"
             "'@task-id@','state':'aborted','failCode':'SensitiveContent',"
             "'failMsg':'Not this'}}"),
      SETTINGS, 1,
      { -1, "SensitiveContent", "Not this", 0, FALSE, "unknown", TRUE } },
  { "sanitised", "apixo", "retries=0",
      TASK ("Xyzzy", "a\\u001b[31m\\u202eb\\nc"), FAILED, 0,
      { -1, "Xyzzy", NULL, 0, -1, "unknown", TRUE } },
};

/* No control or bidi character of the host's comes through. */
static void
assert_clean (GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;
  g_autofree gchar *all = NULL;
  const GstStructure *details;
  const gchar *text;

  gst_message_parse_error (message, &error, &debug);
  gst_message_parse_error_details (message, &details);
  text = gst_structure_get_string (details, GST_HAILUO_DETAIL_PROVIDER_MESSAGE);
  all = g_strdup_printf ("%s%s%s", error->message, text, debug);
  g_assert_null (strchr (all, '\033'));
  g_assert_null (strstr (all, "\342\200\256"));
  if (text != NULL)
    g_assert_null (strchr (text, '\n'));
}

static void
test_failure (gconstpointer data)
{
  const Failure *row = data;
  const FixtureOptions options = { .provider = row->provider };
  g_autoptr (Fixture) f = fixture_new (&options);
  g_autofree gchar *progress = NULL;
  g_autofree gchar *states = NULL;
  GstMessage *message;

  fixture_script (f, row->script);
  fixture_configure (f, row->settings);
  message = fixture_run_error (f, row->code);
  fixture_assert_details (f, message, &row->details);
  assert_clean (message);

  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
  fixture_assert_requests (f, "file", 0);
  if (row->polls > 0)
    fixture_assert_requests (f, "poll", row->polls);
  fixture_assert_nothing (f);
  fixture_assert_keys (f);
  progress = fixture_progress (f);
  states = fixture_task_states (f);
  g_assert_cmpstr (progress, ==,
      "submit:start submit:complete generate:start generate:error");
  /* where only a poll failed the task goes on */
  g_assert_cmpint (g_str_has_suffix (states, " failed"), ==,
      !g_str_equal (row->details.billed, "yes"));
}

/* An answer that is larger than it may be: the sentence says what is. */

typedef struct
{
  const gchar *description;
  const gchar *before, *unit, *after; /* of the poll's rule */
  guint n;
  const gchar *limit;
} Limit;

static const Limit limits[] = {
  { "values", "'body':'[0", ",0", "]'", 16385, "16384 values" },
  { "levels", "'body':'", "[", "'", 40, "32 levels" },
};

static void
test_limit (gconstpointer data)
{
  const Limit *row = data;
  g_autoptr (GString) script = g_string_new ("[{'on':'poll','times':0,");
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (GError) error = NULL;
  GstMessage *message;
  guint i;

  g_string_append (script, row->before);
  for (i = 0; i < row->n; i++)
    g_string_append (script, row->unit);
  g_string_append_printf (script, "%s}]", row->after);
  fixture_script (f, script->str);
  fixture_set (f, "retries", 0);
  fixture_ask (f, GST_STATE_PLAYING);
  message = fixture_wait (f, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, row->limit));
  g_assert_null (strstr (error->message, "not JSON"));
  fixture_assert_ledger (f, 1);
}

/* A host that answers with the prompt, wherever a word of its own is expected:
 * what is logged at any level does not have it. */

#define LIGHT "a-lighthouse-at-dusk"
#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

typedef struct
{
  const gchar *description;
  const gchar *prompt; /* with LIGHT at its start */
  const gchar *answer; /* of the poll or the submit */
} Echo;

#define ECHO_POLL(status, json) \
  "[{'on':'poll','times':0,'status':" status ",'json':{" json "}}]"

static const Echo echoes[] = {
  { "state", LIGHT,
      ECHO_POLL ("200",
          "'code':200,'data':{'taskId':'@task-id@','state':'" LIGHT "'}") },
  { "state-of-lines", LIGHT "\nand a second line",
      ECHO_POLL ("200",
          "'code':200,'data':{'taskId':'@task-id@','state':'" LIGHT
          "\\nand a second line'}") },
  { "state-cut", LIGHT " in the fog",
      ECHO_POLL ("200",
          "'code':200,'data':{'taskId':'@task-id@','state':'" X64 X64 X64
          "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy" LIGHT " in the fog'}") },
  { "code", LIGHT,
      ECHO_POLL (
          "400", "'code':400,'message':'no','data':{'failCode':'" LIGHT "'}") },
  { "code-cut", LIGHT " in the fog",
      ECHO_POLL ("400",
          "'code':400,'message':'no','data':{'failCode':'" X64 X64 X64
          "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy" LIGHT " in the fog'}") },
  { "message", LIGHT,
      ECHO_POLL ("503", "'code':503,'message':'busy with " LIGHT "'") },
  { "other-task", LIGHT,
      ECHO_POLL ("200",
          "'code':200,'data':{'taskId':'" LIGHT "','state':'processing'}") },
  { "task", LIGHT,
      "[{'on':'submit','billed':true,'json':"
      "{'code':200,'data':{'taskId':'" LIGHT "'}}}]" },
};

static void
find_prompt (GstDebugCategory *category, GstDebugLevel level, const gchar *file,
    const gchar *function, gint line, GObject *object, GstDebugMessage *message,
    gpointer user_data)
{
  const gchar *text = gst_debug_message_get (message);

  if (text != NULL
      && g_str_has_prefix (gst_debug_category_get_name (category), "hailuo")
      && strstr (text, "a-lighthouse") != NULL) {
    g_printerr ("# %s\n", text);
    g_atomic_int_inc ((gint *) user_data);
  }
}

/* GStreamer keeps each list of log functions that it had before, so that it needs
 * no lock to read one. */
static void
watch_log (gint *found)
{
#ifdef __SANITIZE_ADDRESS__
  __lsan_disable ();
#endif
  if (found != NULL)
    gst_debug_add_log_function (find_prompt, found, NULL);
  else
    gst_debug_remove_log_function (find_prompt);
#ifdef __SANITIZE_ADDRESS__
  __lsan_enable ();
#endif
}

static void
test_echo (gconstpointer data)
{
  const Echo *row = data;
  g_autoptr (Fixture) f = fixture_new (NULL);
  gint found = 0;

  fixture_script (f, row->answer);
  fixture_set (f, "prompt", row->prompt, "retries", 1, "timeout", 1);
  watch_log (&found);
  gst_debug_set_threshold_for_name ("hailuo*", GST_LEVEL_MEMDUMP);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait (f, GST_MESSAGE_ERROR);
  fixture_reset (f, GST_STATE_NULL);
  gst_debug_unset_threshold_for_name ("hailuo*");
  watch_log (NULL);
  g_assert_cmpint (found, ==, 0);
  fixture_assert_ledger (f, 1);
}

/* After an error of a poll the task is still there, and paid. */
static void
test_resumed_after_failure (void)
{
  g_autoptr (Fixture)
      f = fixture_new_script ("[{'on':'poll','times':1,'status':401}]");
  g_autofree gchar *first = NULL;
  g_autofree gchar *second = NULL;

  fixture_run_error (f, NOT_AUTHORIZED);
  first = fixture_get_task_id (f);
  fixture_reset (f, GST_STATE_NULL);
  fixture_run (f);
  second = fixture_get_task_id (f);
  g_assert_cmpstr (first, ==, second);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* Links that lead elsewhere */

static const gchar *const bad_links[] = {
  "file:///etc/passwd",
  "ftp://127.0.0.1/clip.mp4",
  "gopher://127.0.0.1/clip.mp4",
  "http://user@%s/files/clip.mp4",
  "http://user:password@%s/files/clip.mp4",
  "//%s/files/clip.mp4",
  "/files/clip.mp4",
  "http://%s/files/clip.mp4\\r\\nX-Other: 1",
  "http://%s/files/cl ip.mp4",
  "",
};

static void
test_bad_link (gconstpointer data)
{
  const gchar *const *link = data;
  const FixtureDetails expected = { -1, NULL, NULL, 0, -1, "yes", TRUE };
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_auto (GStrv) parts = g_strsplit (*link, "%s", -1);
  g_autofree gchar *filled = g_strjoinv (
      simulator_get_files_url (f->simulator) + strlen ("http://"), parts);
  g_autofree gchar *script = g_strdup_printf (
      "[{'on':'poll','times':0,'link':'%s'}]", filled);
  g_autoptr (GError) error = NULL;
  GstMessage *message;

  fixture_script (f, script);
  fixture_set (f, "retries", 0);
  gst_element_set_state (f->pipeline, GST_STATE_PLAYING);
  message = fixture_wait (f, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  g_test_message ("%s", error->message);
  /* the contract names no code of its own for it */
  g_assert_true (g_error_matches (error, GST_RESOURCE_ERROR, FAILED)
      || g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ));
  f->had_error = TRUE;
  fixture_assert_details (f, message, &expected);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
  fixture_assert_requests (f, "file", 0);
  fixture_assert_nothing (f);
}

/* The deadline is no failure: the task goes on, and is picked up again. */
static void
test_deadline (void)
{
  g_autoptr (Fixture) f = fixture_new_script ("[{'on':'task','work':0},"
                                              "{'on':'poll','times':1000,"
                                              "'state':'processing'}]");
  const FixtureDetails expected = { -1, NULL, NULL, 0, TRUE, "yes", TRUE };
  gint64 begin = g_get_monotonic_time (), took;

  fixture_set (f, "timeout", 1);
  fixture_assert_details (
      f, fixture_run_error (f, GST_RESOURCE_ERROR_OPEN_READ), &expected);
  took = (g_get_monotonic_time () - begin) / 1000;
  g_assert_cmpint (took, >=, 1000);
  g_assert_cmpint (took, <, fixture_ms (10000));
  fixture_assert_ledger (f, 1);

  simulator_clear_script (f->simulator);
  fixture_reset (f, GST_STATE_NULL);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* No poll earlier, and none later, than what is set */
static void
test_intervals (void)
{
  g_autoptr (Fixture)
      f = fixture_new_script ("[{'on':'task','work':0},"
                              "{'on':'poll','times':2,'state':'processing'}]");
  gint64 begin, took;

  fixture_set (f, "first-poll", 400, "poll-interval", 200);
  begin = g_get_monotonic_time ();
  fixture_run (f);
  took = (g_get_monotonic_time () - begin) / 1000;
  g_assert_cmpint (took, >=, 800);
  g_assert_cmpint (took, <, fixture_ms (10000));
  fixture_assert_requests (f, "poll", 3);
  fixture_assert_ledger (f, 1);
}

int
main (int argc, char **argv)
{
  guint i;

#ifdef __SANITIZE_ADDRESS__
  /* it makes the first of the lists that watch_log() is about */
  __lsan_disable ();
  gst_init (&argc, &argv);
  __lsan_enable ();
#endif
  fixture_init (&argc, &argv);
  FIXTURE_ADD_TABLE ("/poll-errors/limit/", limits, test_limit);
  FIXTURE_ADD_TABLE ("/poll-errors/echo/", echoes, test_echo);
  FIXTURE_ADD_TABLE ("/poll-errors/recovery/", recoveries, test_recovery);
  FIXTURE_ADD_TABLE ("/poll-errors/word/", words, test_word);
  FIXTURE_ADD_TABLE ("/poll-errors/failure/", failures, test_failure);
  for (i = 0; i < G_N_ELEMENTS (bad_links); i++) {
    g_autofree gchar *path = g_strdup_printf ("/poll-errors/bad-link/%u", i);

    g_test_add_data_func (path, &bad_links[i], test_bad_link);
  }
  g_test_add_func ("/poll-errors/resumed", test_resumed_after_failure);
  g_test_add_func ("/poll-errors/deadline", test_deadline);
  g_test_add_func ("/poll-errors/intervals", test_intervals);
  return fixture_finish ();
}
