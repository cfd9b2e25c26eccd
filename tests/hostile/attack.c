/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "attack.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "hold.h"

static const gchar *expected; /* attack_expect() */
static gsize base;            /* KiB */
static gsize greatest;        /* KiB */
static gdouble longest;       /* ms */
static guint n_attacks;

/* Memory */

/* In KiB, of /proc/self/status */
static gsize
get_status (const gchar *name)
{
  g_autofree gchar *text = NULL;
  const gchar *line;

  g_assert_true (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  line = strstr (text, name);
  g_assert_nonnull (line);
  return g_ascii_strtoull (line + strcspn (line, "0123456789"), NULL, 10);
}

void
attack_watch_memory (void)
{
  /* GLib would open it for reading too, which is for root alone */
  const gint fd = open ("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

  /* 5: the peak is forgotten; proc(5) */
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, "5", 1), ==, 1);
  close (fd);
  base = get_status ("VmRSS:");
}

void
attack_check_memory (void)
{
  gsize peak = get_status ("VmHWM:");
  gsize growth = peak > base ? peak - base : 0;

  n_attacks++;
  greatest = MAX (greatest, growth);
  g_test_message ("grew by %" G_GSIZE_FORMAT " KiB", growth);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what is freed */
  g_assert_cmpuint (growth, <=, ATTACK_GROWTH_MAX * 1024);
#endif
}

int
attack_finish (void)
{
  const int status = fixture_finish ();

  if (n_attacks > 0)
    g_print ("# %u attacks, the process grew by %.1f MiB at most, the thread"
             " computed for %.1f ms at most\n",
        n_attacks, greatest / 1024.0, longest);
  return status;
}

/* Cells */

const gchar *
attack_place_name (HostPlace place)
{
  static const gchar *const names[] = { "submit", "poll", "file" };

  return names[place];
}

/* What is said again must not be paid again. */
static void
play_unknown_again (Fixture *f)
{
  const FixtureDetails later = { 0, NULL, NULL, 1, FALSE, "unknown", FALSE };

  fixture_reset (f, GST_STATE_NULL);
  fixture_assert_details (
      f, fixture_run_error (f, GST_RESOURCE_ERROR_FAILED), &later);
}

static void
play_paid_clip (Fixture *f)
{
  fixture_reset (f, GST_STATE_NULL);
  fixture_forget (f);
  fixture_run (f);
}

void
attack_expect (const gchar *words)
{
  expected = words;
}

/* What went over a limit of ours is no fault of this machine. */
static void
assert_sentence (GstMessage *message)
{
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  g_test_message ("%s", error->message);
  g_assert_null (strstr (error->message, "to disk"));
  g_assert_null (strstr (error->message, "Out of memory"));
  if (expected != NULL)
    g_assert_nonnull (strstr (error->message, expected));
  expected = NULL;
}

static void
fail_and_recover (Fixture *f, Host *host, HostPlace place, gint code)
{
  const FixtureDetails unknown = { -1, NULL, NULL, 1, FALSE, "unknown", FALSE };
  const FixtureDetails paid = { -1, NULL, NULL, 0, -1, "yes", TRUE };
  GstMessage *message = fixture_run_error (f, (GstResourceError) code);

  fixture_assert_details (f, message, place == HOST_SUBMIT ? &unknown : &paid);
  assert_sentence (message);
  fixture_assert_nothing (f);
  host_answer (host, place, NULL, 0);
  if (place == HOST_SUBMIT)
    play_unknown_again (f);
  else
    play_paid_clip (f);
}

/* How long the streaming thread was held */
static gdouble
run_once (HostPlace place, const HostAnswer *answers, guint n, gint code,
    const gchar *settings)
{
  static guint shots;
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (Host) host = host_new (f);
  /* another shot each time: the store may be one */
  g_autofree gchar *prompt = g_strdup_printf ("shot %u", ++shots);
  gdouble ms;

  fixture_set (f, "prompt", prompt);
  if (settings != NULL)
    fixture_configure (f, settings);
  host_answer (host, place, answers, n);
  attack_watch_memory ();
  hold_forget ();
  if (code == ATTACK_PLAYS)
    fixture_run (f);
  else
    fail_and_recover (f, host, place, code);
  attack_check_memory ();
  ms = hold_get_longest ();
  g_test_message ("%" G_GUINT64_FORMAT
                  " bytes of a flood were sent, %u requests"
                  " at the %s",
      host_get_most_sent (host), host_count (host, place),
      attack_place_name (place));
  g_assert_cmpuint (host_get_most_sent (host), <, HOST_ENDLESS);
  g_assert_cmpuint (host_count (host, HOST_SUBMIT), ==, 1);
  fixture_assert_ledger (f, 1);
  host_assert_keys (host);
  fixture_reset (f, GST_STATE_NULL);
  return ms;
}

#define TRIES 3

/* The best of some, where it was long: the CPU may be slow for a while. */
void
attack_run_with (HostPlace place, const HostAnswer *answers, guint n, gint code,
    const gchar *settings)
{
  gdouble ms = run_once (place, answers, n, code, settings);
  guint i;

  for (i = 1; i < TRIES && hold_is_long (ms); i++)
    ms = MIN (ms, run_once (place, answers, n, code, settings));
  longest = MAX (longest, ms);
  hold_assert (ms);
}

void
attack_run (HostPlace place, const HostAnswer *answers, guint n, gint code)
{
  attack_run_with (place, answers, n, code, NULL);
}
