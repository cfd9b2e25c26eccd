/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-threads.c: what other threads do to an element while it works. */
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"

/* --- a file that takes its time --------------------------------------------- */

/* Tells that somebody waits to open a file that is leased. */
#define LEASE_SIGNAL SIGRTMIN

static sigset_t lease_signals;

/* Whoever opens it waits, as on a network mount that hangs. */
static gint
lease_file (const gchar *path)
{
  const gint fd = open (path, O_RDWR | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (fcntl (fd, F_SETSIG, LEASE_SIGNAL), ==, 0);
  g_assert_no_errno (fcntl (fd, F_SETLEASE, F_WRLCK));
  return fd;
}

static gpointer
play (gpointer user_data)
{
  Fixture *f = user_data;

  fixture_ask (f, GST_STATE_PLAYING);
  return NULL;
}

/* start() reads files; whoever touches the element meanwhile need not wait. */
static void
test_slow_file (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  const struct timespec patience = { fixture_ms (FIXTURE_PATIENCE_MS) / 1000,
    0 };
  g_autofree gchar *text = NULL;
  g_autofree gchar *path = NULL;
  g_autofree gchar *prompt = NULL;
  g_autoptr (GThread) thread = NULL;
  gint64 begin;
  gint fd;

  g_assert_true (
      g_file_get_contents (g_getenv ("TEST_CERT"), &text, NULL, NULL));
  path = fixture_write_file ("ca.pem", text, 0600);
  fixture_set (f, "ca-file", path);
  fd = lease_file (path);
  thread = g_thread_new ("play", play, f);
  g_assert_cmpint (
      sigtimedwait (&lease_signals, NULL, &patience), ==, LEASE_SIGNAL);

  begin = g_get_monotonic_time ();
  g_object_get (f->source, "prompt", &prompt, NULL);
  g_assert_cmpstr (prompt, ==, FIXTURE_PROMPT);
  fixture_set (f, "poll-interval", 10);
  /* the kernel ends the wait after 45 s */
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 20 * G_TIME_SPAN_SECOND);
  g_assert_no_errno (fcntl (fd, F_SETLEASE, F_UNLCK));
  close (fd);
  g_thread_join (g_steal_pointer (&thread));
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_ledger (f, 1);
}

/* --- messages ---------------------------------------------------------------- */

static gpointer
post_error (gpointer element)
{
  GST_ELEMENT_ERROR (element, RESOURCE, FAILED, ("Of somebody else."), (NULL));
  return NULL;
}

static GstPadProbeReturn
on_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Fixture *f = user_data;

  if (GST_BUFFER_OFFSET_END (GST_PAD_PROBE_INFO_BUFFER (info)) == f->clip_size)
    g_thread_join (g_thread_new ("other", post_error, f->source));
  return GST_PAD_PROBE_OK;
}

/* Whether the clip went downstream is not for a message of another thread to
 * say. */
static void
test_foreign_error (void)
{
  /* one of several blocks: in the first, an error would end the preroll */
  const FixtureOptions options = { .big_clip = TRUE };
  g_autoptr (Fixture) f = fixture_new (&options);
  g_autoptr (Fixture) other = fixture_new_beside (f);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (f->source, "src");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, f, NULL);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait (f, GST_MESSAGE_ERROR);
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_ledger (f, 1);

  /* delivered, so another is made */
  fixture_configure (other, "reuse=unfinished");
  fixture_ask (other, GST_STATE_PLAYING);
  fixture_wait (other, GST_MESSAGE_EOS);
  fixture_assert_ledger (f, 2);
}

/* --- a child of the application ------------------------------------------ */

/* One that does nothing but to hold what it got. */
static pid_t
fork_idle (void)
{
  const pid_t child = fork ();

  g_assert_cmpint (child, >=, 0);
  while (child == 0) {
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    pause ();
  }
  return child;
}

static void
end_child (pid_t child)
{
  g_assert_cmpint (kill (child, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
}

/* A child that an application forks while a task is made keeps nobody from the
 * shot once the application is done with it. */
static void
test_forked_child (void)
{
  g_autoptr (Fixture) f = fixture_new_script ("[" FIXTURE_ENDLESS "]");
  g_autoptr (Fixture) other = fixture_new_beside (f);
  GstMessage *message;
  pid_t child;

  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_task (f, "pending");
  child = fork_idle ();
  fixture_stop (f, GST_STATE_NULL);
  fixture_set (other, "timeout", 1);
  message = fixture_run_error (other, GST_RESOURCE_ERROR_OPEN_READ);
  g_assert_nonnull (message);
  end_child (child);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

int
main (int argc, char **argv)
{
  /* in all threads: it is waited for */
  sigemptyset (&lease_signals);
  sigaddset (&lease_signals, LEASE_SIGNAL);
  pthread_sigmask (SIG_BLOCK, &lease_signals, NULL);

  fixture_init (&argc, &argv);
  g_test_add_func ("/threads/slow-file", test_slow_file);
  g_test_add_func ("/threads/foreign-error", test_foreign_error);
  g_test_add_func ("/threads/forked-child", test_forked_child);
  return fixture_finish ();
}
