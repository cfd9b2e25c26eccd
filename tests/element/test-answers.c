/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-answers.c: answers of a host that take two shots, elements or runs to
 * be told apart from others; and what is logged of answers. */
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "fixture.h"

/* The way out: the user finds the task's id at the host. */
static void
test_unknown_adopted (void)
{
  g_autoptr (Fixture)
      f = fixture_new_script ("[{'on':'submit','billed':true,'drop':true}]");
  g_autofree gchar *task_id = NULL;

  fixture_run_error (f, GST_RESOURCE_ERROR_FAILED);
  task_id = fixture_get_billed_task (f, 0);
  fixture_reset (f, GST_STATE_NULL);
  fixture_set (f, "task-id", task_id);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* The host names a task that is another submit's: which of them it made, nobody
 * knows. */
static void
test_id_of_another (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *task_id = NULL, *script = NULL;
  const FixtureDetails expected = { 0, NULL, NULL, 1, FALSE, "unknown", FALSE };
  guint run;

  fixture_run (f);
  task_id = fixture_get_task_id (f);
  script = g_strdup_printf (
      "[{'on':'submit','billed':true,'json':{'code':200,'message':'success',"
      "'data':{'taskId':'%s'}}}]",
      task_id);
  fixture_script (f, script);
  fixture_reset (f, GST_STATE_NULL);
  fixture_set (f, "take", 2);
  for (run = 0; run < 2; run++) {
    g_autoptr (GError) error = NULL;
    GstMessage *message;

    fixture_forget (f);
    message = fixture_run_error (f, GST_RESOURCE_ERROR_FAILED);
    fixture_assert_details (f, message, &expected);
    gst_message_parse_error (message, &error, NULL);
    g_assert_nonnull (strstr (error->message, "outcome"));
    g_assert_true (run > 0 || strstr (error->message, task_id) != NULL);
    fixture_assert_nothing (f);
    fixture_reset (f, GST_STATE_NULL);
  }
  fixture_assert_ledger (f, 2);
  fixture_assert_requests (f, "submit", 2);
}

/* The application knows that something was sent; another element waits for the
 * answer to it, while the one that asked is gone. */
static void
test_second_element (void)
{
  g_autoptr (Fixture)
      host = fixture_new_script ("[{'on':'submit','delay':500}]");
  Fixture *first = fixture_new_beside (host);
  g_autoptr (Fixture) second = fixture_new_beside (host);
  g_autoptr (GError) warning = NULL;

  fixture_ask (first, GST_STATE_PLAYING);
  fixture_wait_requests (first, "submit", 1);
  fixture_ask (second, GST_STATE_PLAYING);
  fixture_wait_progress (second, "submit", "^Waiting for another process");
  fixture_stop (first, GST_STATE_READY);
  gst_message_parse_warning (
      fixture_wait (first, GST_MESSAGE_WARNING), &warning, NULL);
  g_assert_true (g_regex_match_simple (
      "may have been created.*same settings", warning->message, 0, 0));
  fixture_free (first);
  fixture_wait_progress (second, "submit", "^The other one has finished");
  fixture_wait_progress (second, "generate", "\\(resumed\\)");
  fixture_wait (second, GST_MESSAGE_EOS);
  fixture_assert_clip (second);
  fixture_assert_ledger (second, 1);
  fixture_assert_requests (second, "submit", 1);
}

/* The host says no to an element that is gone: whoever waits may ask. */
static void
test_refused_alone (void)
{
  g_autoptr (Fixture)
      host = fixture_new_script ("[{'on':'submit','delay':500,'status':400}]");
  Fixture *first = fixture_new_beside (host);
  g_autoptr (Fixture) second = fixture_new_beside (host);

  fixture_ask (first, GST_STATE_PLAYING);
  fixture_wait_requests (first, "submit", 1);
  fixture_free (first);
  fixture_run (second);
  fixture_assert_ledger (second, 1);
  fixture_assert_requests (second, "submit", 2);
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

int
main (int argc, char **argv)
{
#ifdef __SANITIZE_ADDRESS__
  /* it makes the first of the lists that watch_log() is about */
  __lsan_disable ();
  gst_init (&argc, &argv);
  __lsan_enable ();
#endif
  fixture_init (&argc, &argv);
  g_test_add_func ("/answers/unknown-adopted", test_unknown_adopted);
  g_test_add_func ("/answers/id-of-another", test_id_of_another);
  g_test_add_func ("/answers/second-element", test_second_element);
  g_test_add_func ("/answers/refused-alone", test_refused_alone);
  FIXTURE_ADD_TABLE ("/answers/echo/", echoes, test_echo);
  return fixture_finish ();
}
