/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rows-application.c: what applications, pipelines and systems do to an element at
 * each stage of its run; and what they ask for. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hooks.h"

#define I "apiinone"
#define NOTHING_SENT ERROR (SETTINGS, 0, "", "", 0, FALSE, "no", FALSE)
#define LATER "'headers':{'Retry-After':'60'}"
#define IMAGE(value) \
  .settings = "image=" value, .repaired = "image=" FIXTURE_IMAGE, NOTHING_SENT

/* --- changes of state, flushes and seeks --------------------------------- */

/* The clip may have come in between, and have been played in part or whole:
 * what counts is how it goes on from here. */
static void
begin_anew (Run *run)
{
  Fixture *f = run->fixture;

  fault_case_stop (run, GST_STATE_READY);
  fixture_forget (f);
  fixture_ask (f, GST_STATE_PLAYING);
}

/* At the stage: down and up by every way there is */
static void
change_states (Run *run)
{
  fault_case_reach (run, run->row->argument);
  fixture_ask (run->fixture, GST_STATE_PAUSED);
  fixture_ask (run->fixture, GST_STATE_PLAYING);
  fault_case_stop (run, GST_STATE_READY);
  fixture_ask (run->fixture, GST_STATE_PAUSED);
  fault_case_stop (run, GST_STATE_NULL);
  fixture_ask (run->fixture, GST_STATE_PLAYING);
  begin_anew (run);
}

/* As fast as it goes, wherever the run is then */
static void
change_often (Run *run)
{
  guint i;

  fault_case_reach (run, run->row->argument);
  for (i = 0; i < 20; i++) {
    fault_case_stop (run, i % 2 == 0 ? GST_STATE_NULL : GST_STATE_READY);
    fixture_ask (run->fixture, GST_STATE_PLAYING);
  }
  begin_anew (run);
}

static void
flush_often (Run *run)
{
  GstElement *source = run->fixture->source;
  guint i;

  fault_case_reach (run, run->row->argument);
  for (i = 0; i < 20; i++) {
    g_assert_true (
        gst_element_send_event (source, gst_event_new_flush_start ()));
    g_assert_true (
        gst_element_send_event (source, gst_event_new_flush_stop (TRUE)));
  }
  begin_anew (run);
}

static void
seek_often (Run *run)
{
  guint i;

  fault_case_reach (run, run->row->argument);
  for (i = 0; i < 20; i++)
    fixture_seek (run->fixture, GST_SEEK_FLAG_FLUSH, 0, -1);
  begin_anew (run);
}

static void
seek_after_end (Run *run)
{
  fixture_wait (run->fixture, GST_MESSAGE_EOS);
  fixture_seek (run->fixture, GST_SEEK_FLAG_FLUSH, 8000, -1);
  fixture_wait (run->fixture, GST_MESSAGE_EOS);
  fixture_forget (run->fixture);
  fixture_seek (run->fixture, GST_SEEK_FLAG_FLUSH, 0, -1);
}

/* --- downstream ---------------------------------------------------------- */

/* The error of somebody else, or of the base class */
static void
wait_error (Run *run)
{
  GstMessage *message = fixture_wait (run->fixture, GST_MESSAGE_ERROR);
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  g_assert_false (error->domain == GST_RESOURCE_ERROR);
}

static void
wait_eos (Run *run)
{
  fixture_wait (run->fixture, GST_MESSAGE_EOS);
}

static void
unlink_sink (Run *run)
{
  g_autoptr (GstElement)
      sink = gst_bin_get_by_name (GST_BIN (run->fixture->pipeline), "sink");

  gst_element_unlink (run->fixture->source, sink);
  gst_bin_remove (GST_BIN (run->fixture->pipeline), sink);
}

static GstPadProbeReturn
hold (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  return GST_PAD_PROBE_OK;
}

/* The sink's pad takes nothing more. */
static void
block_sink (Run *run)
{
  g_autoptr (GstElement)
      sink = gst_bin_get_by_name (GST_BIN (run->fixture->pipeline), "sink");
  GstPad *pad = gst_element_get_static_pad (sink, "sink");

  run->data = pad;
  g_object_set_data (G_OBJECT (pad), "probe",
      GSIZE_TO_POINTER (gst_pad_add_probe (pad,
          GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER, hold, NULL,
          NULL)));
}

static void
unblock_sink (Run *run)
{
  GstPad *pad = run->data;

  fault_case_reach (run, "success");
  gst_pad_remove_probe (
      pad, GPOINTER_TO_SIZE (g_object_get_data (G_OBJECT (pad), "probe")));
  g_clear_object (&run->data);
}

/* Stopped while nothing is taken */
static void
stop_blocked (Run *run)
{
  fault_case_reach (run, "success");
  fault_case_stop (run, GST_STATE_NULL);
  g_clear_object (&run->data);
}

/* --- applications -------------------------------------------------------- */

static void
stop_pipeline (GstElement *pipeline, gpointer done)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_atomic_int_set ((gint *) done, TRUE);
}

/* In the streaming thread: another thread is told to stop the pipeline, and
 * waits for this one. */
static GstBusSyncReply
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Run *run = user_data;

  if (g_strcmp0 (fixture_task_state (message), "pending") == 0)
    gst_element_call_async (
        run->fixture->pipeline, stop_pipeline, &run->data, NULL);
  return GST_BUS_PASS;
}

static void
stop_from_stream (Run *run)
{
  gst_bus_set_sync_handler (run->fixture->bus, on_message, run, NULL);
}

static void
start_again (Run *run)
{
  gint64 until = g_get_monotonic_time ()
      + fault_case_patience () * G_TIME_SPAN_MILLISECOND;

  while (!g_atomic_int_get ((gint *) &run->data)) {
    g_assert_cmpint (g_get_monotonic_time (), <, until);
    g_thread_yield ();
  }
  gst_bus_set_sync_handler (run->fixture->bus, NULL, NULL, NULL);
  fixture_ask (run->fixture, GST_STATE_PLAYING);
}

/* Nobody reads the bus while hundreds of messages come. */
static void
ignore_bus (Run *run)
{
  fixture_wait_requests (run->fixture, "poll", 200);
}

/* --- programs the application starts ------------------------------------- */

/* Whether the descriptor is the element's: of its store, or a connection to
 * one of the proxies */
static gboolean
is_ours (Run *run, gint fd)
{
  struct sockaddr_in peer;
  socklen_t size = sizeof peer;
  g_autofree gchar *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autofree gchar *path = g_file_read_link (link, NULL);
  g_autofree gchar *store = fault_case_get_store ();

  if (path != NULL && g_str_has_prefix (path, store))
    return TRUE;
  return getpeername (fd, (struct sockaddr *) &peer, &size) == 0
      && peer.sin_family == AF_INET
      && (g_ntohs (peer.sin_port) == fault_proxy_get_port (run->api)
          || g_ntohs (peer.sin_port) == fault_proxy_get_port (run->files));
}

static void
check_descriptors (Run *run)
{
  const gint max = getdtablesize ();
  gint fd, n = 0;

  fault_case_reach (run, run->row->argument);
  for (fd = 0; fd < MIN (max, 4096); fd++) {
    if (fcntl (fd, F_GETFD) < 0 || !is_ours (run, fd))
      continue;
    n++;
    g_assert_true (fcntl (fd, F_GETFD) & FD_CLOEXEC);
  }
  /* the lock and a connection */
  g_assert_cmpint (n, >=, 2);
}

/* A child that starts no program has all that is open, and stays; the parent
 * finishes the shot, and uses it again. */
static void
fork_child (Run *run)
{
  g_autoptr (Fixture) other = NULL;
  gint ends[2], status;
  gchar byte;
  pid_t child;

  fault_case_reach (run, run->row->argument);
  g_assert_cmpint (pipe (ends), ==, 0);
  child = fork ();
  if (child == 0) {
    close (ends[1]);
    _exit (read (ends[0], &byte, 1) == 0 ? 0 : 1);
  }
  close (ends[0]);
  fixture_wait (run->fixture, GST_MESSAGE_EOS);
  fixture_assert_clip (run->fixture);
  fault_case_stop (run, GST_STATE_NULL);

  other = fault_case_new_beside (run);
  fixture_set (other, "timeout", 1);
  fixture_run (other);
  close (ends[1]);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
}

#define FORK(stage) \
  .during = fork_child, .argument = stage, .error = FAULT_CASE_OWN_END

/* --- ports --------------------------------------------------------------- */

static guint
count_listeners (void)
{
  guint n = 0;
  gint fd;

  for (fd = 0; fd < 1024; fd++) {
    gint listens = 0;
    socklen_t size = sizeof listens;

    if (getsockopt (fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0
        && listens)
      n++;
  }
  return n;
}

static void
note_listeners (Run *run)
{
  run->data = GUINT_TO_POINTER (count_listeners ());
}

static void
check_listeners (Run *run)
{
  fault_case_reach (run, run->row->argument);
  g_assert_cmpuint (count_listeners (), ==, GPOINTER_TO_UINT (run->data));
}

#define NO_PORT(stage) \
  .prepare = note_listeners, .during = check_listeners, .argument = stage

/* --- signals ------------------------------------------------------------- */

static gint n_signals; /* atomic */

static void
on_signal (int number)
{
  g_atomic_int_inc (&n_signals);
}

static void
set_handlers (Run *run)
{
  struct sigaction action = { .sa_handler = on_signal };

  g_atomic_int_set (&n_signals, 0);
  g_assert_cmpint (sigaction (SIGPIPE, &action, NULL), ==, 0);
  g_assert_cmpint (sigaction (SIGALRM, &action, NULL), ==, 0);
}

/* Ours are still there, and were not called. */
static void
check_handlers (Run *run)
{
  const gint numbers[] = { SIGPIPE, SIGALRM };
  const struct sigaction ignore = { .sa_handler = SIG_IGN };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (numbers); i++) {
    struct sigaction action;

    g_assert_cmpint (sigaction (numbers[i], NULL, &action), ==, 0);
    g_assert_true (action.sa_handler == on_signal);
    sigaction (numbers[i], &ignore, NULL);
  }
  g_assert_cmpint (g_atomic_int_get (&n_signals) > 0, ==, run->data != NULL);
}

static void
set_alarm (Run *run)
{
  const struct itimerval each = { { 0, 1000 }, { 0, 1000 } };

  set_handlers (run);
  run->data = run;
  g_assert_cmpint (setitimer (ITIMER_REAL, &each, NULL), ==, 0);
}

static void
stop_alarm (Run *run)
{
  const struct itimerval never = { { 0, 0 }, { 0, 0 } };

  g_assert_cmpint (setitimer (ITIMER_REAL, &never, NULL), ==, 0);
  check_handlers (run);
}

#define SIGNALS .prepare = set_handlers, .repair = check_handlers

/* --- prompts ------------------------------------------------------------- */

static void
set_prompt (Run *run)
{
  fixture_set (run->fixture, "prompt", run->row->argument);
}

static void
set_long_prompt (Run *run)
{
  g_autofree gchar *prompt = g_strnfill (1024 * 1024, 'x');

  fixture_set (run->fixture, "prompt", prompt);
}

static void
check_prompt (Run *run)
{
  fixture_wait_requests (run->fixture, "submit", 1);
  g_assert_cmpuint (
      simulator_get_billed_for (run->fixture->simulator, run->row->argument),
      ==, 1);
}

/* The next run is another shot. */
#define PROMPT(text) \
  .prepare = set_prompt, .argument = text, .during = check_prompt, \
  CLIP (1, ANY, ONCE), .again = AGAIN_NONE
#define BAD_PROMPT(text) .prepare = set_prompt, .argument = text, NOTHING_SENT

/* --- the table ----------------------------------------------------------- */

#define AT(stage) .argument = stage
#define STALLED .files = "{'connection':1,'at':8000,'action':'stall'}"
#define DELAY(what) .script = "{'on':'" what "','delay':200}"
#define MADE(least, most) \
  .billed = 1, .posts = 1, .polls = { ANY }, .gets = { least, most }
/* on a busy machine, the application may go on while the file is fetched */
#define IN_SUBMIT DELAY ("submit"), AT ("submit"), CLIP (1, ANY, ANY)
#define IN_POLL DELAY ("poll"), AT ("poll"), CLIP (1, ANY, ANY)
#define IN_FILE DELAY ("file"), AT ("file"), CLIP (1, ANY, ANY)
#define IN_BODY STALLED, AT ("files"), MADE (2, 9)
#define IN_FIRST \
  .settings = "first-poll=150", AT ("pending"), CLIP (1, ANY, ANY)
#define IN_INTERVAL \
  .settings = "poll-interval=150", \
  .script = "{'on':'poll','state':'processing'}", AT ("processing"), \
  CLIP (1, ANY, ANY)
#define IN_RETRY(what) \
  .script = "{'on':'" what "','status':429," LATER "}", AT ("retry")

static const FaultCase rows[] = {
  { 47, "S", "in-retry", .during = change_states, IN_RETRY ("submit"),
      CLIP (2, ANY, ANY) },
  { 47, "W", "submit", .during = change_states, IN_SUBMIT },
  { 47, "W", "submit-apiinone", I, .during = change_states, IN_SUBMIT },
  { 47, "W", "submit-often", .during = change_often, IN_SUBMIT },
  { 47, "P", "first", .during = change_states, IN_FIRST },
  { 47, "P", "poll", .during = change_states, IN_POLL },
  { 47, "P", "poll-apiinone", I, .during = change_states, IN_POLL },
  { 47, "P", "poll-often", .during = change_often, IN_POLL },
  { 47, "P", "interval", .during = change_states, IN_INTERVAL },
  { 47, "P", "in-retry", .during = change_states, IN_RETRY ("poll"),
      CLIP (1, ANY, ANY) },
  { 47, "D", "file", .during = change_states, IN_FILE },
  { 47, "D", "file-often", .during = change_often, IN_FILE },
  { 47, "D", "in-retry", .during = change_states, IN_RETRY ("file"),
      CLIP (1, ANY, ANY) },
  { 47, "B", "body", .during = change_states, IN_BODY },
  { 47, "B", "body-often-apiinone", I, .during = change_often, IN_BODY },

  { 48, "P", "twenty-cycles", .during = change_often, IN_FIRST },

  { 49, "W", "flushes", .during = flush_often, IN_SUBMIT },
  { 49, "W", "seeks", .during = seek_often, IN_SUBMIT },
  { 49, "W", "seeks-apiinone", I, .during = seek_often, IN_SUBMIT },
  { 49, "P", "flushes", .during = flush_often, IN_POLL },
  { 49, "P", "seeks-in-interval", .during = seek_often, IN_INTERVAL },
  { 49, "D", "seeks", .during = seek_often, IN_FILE },
  { 49, "B", "seeks", .during = seek_often, IN_BODY },
  { 49, "B", "after-end", .during = seek_after_end, CLIP (1, ANY, ONCE) },

  { 50, "B", "error", .big = TRUE, .error = FAULT_CASE_OWN_END,
      .rest = "identity error-after=3 ! fakesink sync=false",
      .during = wait_error, CLIP (1, ANY, ONCE) },
  { 50, "B", "eos", .big = TRUE, .error = FAULT_CASE_OWN_END,
      .rest = "identity eos-after=3 ! fakesink sync=false", .during = wait_eos,
      CLIP (1, ANY, ONCE) },
  { 50, "B", "not-linked", .prepare = unlink_sink, NOTHING_SENT },
  { 50, "B", "blocked", .prepare = block_sink, .during = unblock_sink,
      CLIP (1, ANY, ONCE) },
  { 50, "B", "blocked-and-stopped", .prepare = block_sink,
      .during = stop_blocked, .error = FAULT_CASE_OWN_END,
      CLIP (1, ANY, ONCE) },

  { 51, "X", "stop-from-stream", .prepare = stop_from_stream,
      .during = start_again, CLIP (1, ANY, ONCE) },
  { 51, "X", "bus-not-read", .settings = "poll-interval=1",
      .script = "{'on':'poll','times':200,'state':'processing'}",
      .during = ignore_bus, .billed = 1, .posts = 1, .polls = { 200, 999 },
      .gets = { ONCE } },

  { 52, "W", "exec", .during = check_descriptors, IN_SUBMIT },
  { 52, "P", "exec", .during = check_descriptors, IN_POLL },
  { 52, "B", "exec", .during = check_descriptors, IN_FILE },
  { 52, "W", "fork", FORK ("submit"), DELAY ("submit"), CLIP (1, ANY, ONCE) },
  { 52, "P", "fork", FORK ("poll"), DELAY ("poll"), CLIP (1, ANY, ONCE) },
  { 52, "D", "fork-apiinone", I, FORK ("file"), DELAY ("file"),
      CLIP (1, ANY, ONCE) },

  /* A callback is the application's to receive: no port is opened. */
  { 56, "P", "callback", .settings = "callback-url=https://example.com/hook",
      NO_PORT ("poll"), CLIP (1, ANY, ONCE) },
  { 56, "P", "callback-apiinone", I,
      .settings = "callback-url=https://example.com/hook", NO_PORT ("poll"),
      CLIP (1, ANY, ONCE) },
  { 56, "P", "no-callback", NO_PORT ("poll"), CLIP (1, ANY, ONCE) },

  { 58, "S", "path", IMAGE ("/etc/passwd") },
  { 58, "S", "file", IMAGE ("file:///etc/passwd") },
  { 58, "S", "missing", IMAGE ("/nonexistent.png") },
  { 58, "S", "folder", IMAGE ("/") },
  { 58, "S", "device", IMAGE ("/dev/zero") },
  { 58, "S", "ftp", IMAGE ("ftp://example.com/a.png") },
  { 58, "S", "data", IMAGE ("data:image/png;base64,iVBORw0KGgo") },
  { 58, "S", "with-user", IMAGE ("https://a:b@@example.com/a.png") },
  { 58, "S", "other-format", IMAGE ("https://example.com/a.gif") },
  { 58, "S", "path-apiinone", I, IMAGE ("/etc/passwd") },
  { 58, "S", "none-apiinone", I, IMAGE ("NULL") },

  { 59, "S", "none", BAD_PROMPT (NULL) },
  { 59, "S", "empty", BAD_PROMPT ("") },
  { 59, "S", "blank", BAD_PROMPT (" \t\n") },
  { 59, "S", "not-utf8", BAD_PROMPT ("a\xff\xfe") },
  { 59, "S", "not-utf8-apiinone", I, BAD_PROMPT ("a\xc3") },
  { 59, "S", "megabyte", .prepare = set_long_prompt, NOTHING_SENT },
  { 59, "S", "quotes", PROMPT ("\"a\" \\ 'b' \\u0041 \\\" {}[],: %s %n") },
  { 59, "S", "controls", PROMPT ("a\001\033[31m\n\r\tb\177") },
  { 59, "S", "bidi", PROMPT ("\342\200\256abc\342\201\246\357\273\277") },
  { 59, "S", "emoji-apiinone", I,
      PROMPT ("\360\237\214\212 \"\\\" \360\220\200\200") },

  { 60, "S", "pipe",
      .api = "{'connection':1,'when':'request','at':60,"
             "'action':'reset'}",
      SIGNALS, ERROR (FAILED, 0, NULL, NULL, 1, FALSE, "unknown", FALSE),
      .posts = 1, .again = AGAIN_SAME },
  { 60, "P", "pipe",
      .api = "{'connection':2,'when':'request','at':60,"
             "'action':'reset'}",
      SIGNALS, CLIP (1, ANY, ONCE) },
  { 60, "B", "pipe", .files = "{'connection':1,'at':8000,'action':'reset'}",
      SIGNALS, MADE (2, 2) },
  { 60, "X", "alarm-each-ms", .prepare = set_alarm, .repair = stop_alarm,
      .script = "{'on':'poll','times':3,'state':'processing'}",
      CLIP (1, ANY, ONCE) },
  { 60, "X", "alarm-each-ms-apiinone", I, .big = TRUE, .prepare = set_alarm,
      .repair = stop_alarm, CLIP (1, ANY, ONCE) },
};

int
main (int argc, char **argv)
{
  return fault_case_main (argc, argv, rows, G_N_ELEMENTS (rows));
}
