/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-ledger.c: the database of attempts: what is kept, and what cannot be. */
#undef G_DISABLE_ASSERT
#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>
#include <sqlite3.h>

#include "ledger-fixture.h"

/* --- what is kept ------------------------------------------------------- */

static void
test_nothing (LedgerFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = ledger_list (fixture, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (rows->len, ==, 0);
  g_assert_null (gst_hailuo_ledger_find (
      fixture->ledger, "apixo", BASE_URL, "t1", &error));
  g_assert_no_error (error);
  /* who only reads makes nothing */
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

static void
test_members (LedgerFixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) intent = ledger_make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) full = ledger_make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) adopted = gst_hailuo_attempt_new ();
  g_autoptr (GstHailuoAttempt) found = NULL;
  struct stat about;

  ledger_add (fixture, intent);
  ledger_assert_kept (fixture, intent);
  g_assert_cmpint (g_stat (fixture->path, &about), ==, 0);
  g_assert_cmpint (about.st_mode & 0777, ==, 0600);

  full->image = TRUE;
  full->label = g_strdup ("Größe 'ÿ' \"1\"; --");
  ledger_add (fixture, full);
  ledger_make_submitted (full, "t-full");
  ledger_move (fixture, full);
  ledger_assert_kept (fixture, full);
  ledger_make_fetched (full, SHA1);
  ledger_move (fixture, full);
  ledger_assert_kept (fixture, full);
  full->state = GST_HAILUO_ATTEMPT_DELIVERED;
  full->ended = full->used = full->created + 5;
  ledger_move (fixture, full);
  ledger_assert_kept (fixture, full);

  adopted->shot = gst_hailuo_attempt_make_shot ("apixo", BASE_URL, "t2");
  adopted->provider = g_strdup ("apixo");
  adopted->base_url = g_strdup (BASE_URL);
  adopted->model = g_strdup ("hailuo-2.3-fast");
  adopted->created = 1;
  adopted->adopted = TRUE;
  ledger_make_submitted (adopted, "t2");
  ledger_add (fixture, adopted);
  found = gst_hailuo_ledger_find (
      fixture->ledger, "apixo", BASE_URL, "t2", NULL);
  ledger_assert_same (found, adopted);
  ledger_assert_kept (fixture, intent);
}

static void
test_order (LedgerFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GPtrArray) all = NULL;
  gint64 before = G_MAXINT64;
  guint i;

  for (i = 0; i < 6; i++) {
    g_autoptr (GstHailuoAttempt)
        attempt = ledger_make_intent (i % 2 ? SHOT : OTHER);

    attempt->created = 1000 - i; /* clocks are set back */
    ledger_add (fixture, attempt);
  }
  rows = ledger_list (fixture, SHOT);
  g_assert_cmpuint (rows->len, ==, 3);
  all = ledger_list (fixture, NULL);
  g_assert_cmpuint (all->len, ==, 6);
  for (i = 0; i < rows->len; i++) {
    GstHailuoAttempt *attempt = g_ptr_array_index (rows, i);

    g_assert_cmpstr (attempt->shot, ==, SHOT);
    g_assert_cmpint (attempt->number, <, before);
    before = attempt->number;
  }
}

/* --- only forward ------------------------------------------------------- */

static void
assert_refused (LedgerFixture *fixture, GstHailuoAttempt *attempt)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (gst_hailuo_ledger_move (fixture->ledger, attempt, &error));
  g_assert_error (error, GST_HAILUO_ERROR, GST_HAILUO_ERROR_STORE);
}

static void
test_forward (LedgerFixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) now = ledger_make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) stale = NULL;
  g_autoptr (GstHailuoAttempt) wrong = NULL;

  ledger_add (fixture, now);
  stale = gst_hailuo_attempt_copy (now);
  ledger_make_submitted (now, "t1");
  ledger_move (fixture, now);
  assert_refused (fixture, stale);
  wrong = gst_hailuo_attempt_copy (now);
  wrong->task_id[1] = '2';
  assert_refused (fixture, wrong);

  gst_hailuo_attempt_free (wrong);
  wrong = gst_hailuo_attempt_copy (now);
  ledger_make_failed (now);
  ledger_move (fixture, now);
  assert_refused (fixture, stale);
  assert_refused (fixture, wrong);
  ledger_assert_kept (fixture, now);
}

static void
test_billed_for_ever (LedgerFixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) linked = ledger_make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) delivered = ledger_make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) failed = NULL;

  /* there was a link, and then the host says that it has failed */
  ledger_add (fixture, linked);
  ledger_make_submitted (linked, "t1");
  linked->billed = GST_HAILUO_BILLED_YES;
  ledger_move (fixture, linked);
  ledger_make_failed (linked);
  ledger_move (fixture, linked);
  linked->billed = GST_HAILUO_BILLED_YES;
  ledger_assert_kept (fixture, linked);

  ledger_make_delivered (delivered, "t2", SHA1, 1);
  ledger_add (fixture, delivered);
  failed = gst_hailuo_attempt_copy (delivered);
  ledger_make_failed (failed);
  g_clear_pointer (&failed->sha256, g_free);
  failed->size = 0;
  assert_refused (fixture, failed);
  ledger_assert_kept (fixture, delivered);
}

static void
test_one_row_for_a_task (LedgerFixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) one = ledger_make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) other = ledger_make_intent (OTHER);
  g_autoptr (GstHailuoAttempt) elsewhere = ledger_make_intent (OTHER);
  g_autoptr (GError) error = NULL;

  ledger_make_submitted (one, "t1");
  ledger_move (fixture, one);
  ledger_add (fixture, other);
  ledger_make_submitted (other, "t1");
  g_assert_false (gst_hailuo_ledger_move (fixture->ledger, other, &error));
  g_assert_error (error, GST_HAILUO_ERROR, GST_HAILUO_ERROR_OUTCOME_UNKNOWN);
  g_assert_nonnull (strstr (error->message, "t1"));
  other->state = GST_HAILUO_ATTEMPT_INTENT;
  g_clear_pointer (&other->task_id, g_free);
  other->submitted = 0;
  ledger_assert_kept (fixture, other);
  /* ids are the host's own */
  ledger_make_submitted (elsewhere, "t1");
  elsewhere->base_url[8] = 'b';
  ledger_add (fixture, elsewhere);
}

static void
test_removal (LedgerFixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) refused = ledger_make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) made = ledger_make_intent (SHOT);
  g_autoptr (GPtrArray) rows = NULL;
  gint64 number;

  ledger_add (fixture, refused);
  ledger_add (fixture, made);
  ledger_make_submitted (made, "t1");
  ledger_move (fixture, made);
  g_assert_true (gst_hailuo_ledger_withdraw (fixture->ledger, refused, NULL));
  g_assert_true (gst_hailuo_ledger_withdraw (fixture->ledger, made, NULL));
  rows = ledger_list (fixture, NULL);
  g_assert_cmpuint (rows->len, ==, 1);
  ledger_assert_kept (fixture, made);

  /* forgotten while somebody works on it: it is paid, so it is there again */
  g_assert_true (gst_hailuo_ledger_forget (fixture->ledger, made, NULL));
  ledger_make_fetched (made, SHA1);
  ledger_move (fixture, made);
  ledger_assert_kept (fixture, made);

  /* no number is given twice */
  number = made->number;
  g_assert_true (gst_hailuo_ledger_forget (fixture->ledger, made, NULL));
  refused->number = 0;
  ledger_add (fixture, refused);
  g_assert_cmpint (refused->number, >, number);
}

/* The attempt with its number is another one: somebody has put another database in
 * its place. */
static void
test_another_store (LedgerFixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) ours = ledger_make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) theirs = ledger_make_intent (OTHER);

  ledger_add (fixture, ours);
  g_assert_cmpint (g_unlink (fixture->path), ==, 0);
  ledger_add (fixture, theirs);
  g_assert_cmpint (theirs->number, ==, ours->number);
  ledger_make_submitted (ours, "t1");
  ledger_move (fixture, ours);
  ledger_assert_kept (fixture, theirs);
  ledger_assert_kept (fixture, ours);
  g_assert_true (gst_hailuo_ledger_withdraw (fixture->ledger, ours, NULL));
  ours->created++;
  g_assert_true (gst_hailuo_ledger_forget (fixture->ledger, ours, NULL));
  ours->created--;
  ledger_assert_kept (fixture, ours);
}

/* A task that the user named, by its id alone or for another shot, is the shot's
 * whose submit made it once that says so; and whoever has it under another one goes
 * on without a row of its own. */
static void
test_bind (LedgerFixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) unknown = ledger_make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) adopted = ledger_make_intent (OTHER);
  g_autoptr (GPtrArray) rows = NULL;

  ledger_add (fixture, unknown);
  ledger_make_adopted (adopted);
  if (data != NULL)
    adopted->mode = g_strdup ("standard-text-to-video");
  ledger_make_delivered (adopted, "t1", SHA1, 50);
  ledger_move (fixture, adopted);
  ledger_make_submitted (unknown, "t1");
  ledger_move (fixture, unknown);
  g_assert_cmpint (unknown->state, ==, GST_HAILUO_ATTEMPT_DELIVERED);
  g_assert_cmpstr (unknown->sha256, ==, SHA1);
  adopted->used++;
  ledger_move (fixture, adopted);
  rows = ledger_list (fixture, NULL);
  g_assert_cmpuint (rows->len, ==, 1);
  ledger_assert_kept (fixture, unknown);
}

static void
test_undelivered (LedgerFixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) delivered = ledger_make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) fetched = ledger_make_intent (SHOT);
  g_autoptr (GPtrArray) clips = NULL;
  g_autoptr (GError) error = NULL;

  ledger_make_delivered (delivered, "t1", SHA1, 50);
  ledger_add (fixture, delivered);
  ledger_make_submitted (fetched, "t2");
  ledger_make_fetched (fetched, SHA2);
  ledger_add (fixture, fetched);
  clips = gst_hailuo_ledger_list_undelivered (fixture->ledger, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (clips->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (clips, 0), ==, SHA2);
}

/* --- the budget --------------------------------------------------------- */

static gboolean
try_add (LedgerFixture *fixture, gint64 price, gint64 budget, gint64 period)
{
  const GstHailuoLimit limit = { budget, period };
  g_autoptr (GstHailuoAttempt) attempt = ledger_make_intent (SHOT);
  g_autoptr (GError) error = NULL;

  attempt->price = price;
  if (gst_hailuo_ledger_add (fixture->ledger, attempt, &limit, &error))
    return TRUE;
  g_assert_error (error, GST_HAILUO_ERROR, GST_HAILUO_ERROR_LIMIT);
  g_assert_cmpint (attempt->number, ==, 0);
  return FALSE;
}

static void
test_budget (LedgerFixture *fixture, gconstpointer data)
{
  const gint64 day = G_TIME_SPAN_DAY;
  g_autoptr (GstHailuoAttempt) old = ledger_make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) free_of_charge = ledger_make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) adopted = ledger_make_intent (SHOT);

  g_assert_false (try_add (fixture, PRICE, PRICE - 1, day));
  g_assert_false (try_add (fixture, -1, G_MAXINT64, day));
  old->created -= 2 * day;
  ledger_add (fixture, old);
  free_of_charge->billed = GST_HAILUO_BILLED_NO;
  ledger_add (fixture, free_of_charge);
  ledger_make_adopted (adopted);
  ledger_make_submitted (adopted, "t9");
  ledger_add (fixture, adopted);

  g_assert_true (try_add (fixture, PRICE, PRICE, day));
  g_assert_false (try_add (fixture, PRICE, 2 * PRICE - 1, day));
  g_assert_true (try_add (fixture, PRICE, 2 * PRICE, day));
  g_assert_false (try_add (fixture, PRICE, 3 * PRICE, 3 * day));
  g_assert_true (try_add (fixture, 0, 2 * PRICE, day));
  g_assert_false (try_add (fixture, PRICE, 0, day));

  /* what that one costs nobody knows */
  g_assert_true (try_add (fixture, -1, -1, day));
  g_assert_false (try_add (fixture, PRICE, 1000 * PRICE, day));
}

/* What the user has forgotten was spent all the same. */
static void
test_budget_forgotten (LedgerFixture *fixture, gconstpointer data)
{
  const gint64 day = G_TIME_SPAN_DAY;
  g_autoptr (GstHailuoAttempt) made = ledger_make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) refused = ledger_make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) again = ledger_make_intent (SHOT);
  g_autoptr (GPtrArray) rows = NULL;
  const GstHailuoAttempt *left;

  refused->billed = GST_HAILUO_BILLED_NO;
  ledger_add (fixture, refused);
  g_assert_true (gst_hailuo_ledger_forget (fixture->ledger, refused, NULL));
  g_assert_true (try_add (fixture, PRICE, PRICE, day));
  ledger_add (fixture, made);
  g_assert_true (gst_hailuo_ledger_forget (fixture->ledger, made, NULL));
  g_assert_false (try_add (fixture, PRICE, 3 * PRICE - 1, day));
  g_assert_true (try_add (fixture, PRICE, 3 * PRICE, day));
  /* what the user names by its id is not bought, and forgotten for nothing */
  again->adopted = TRUE;
  ledger_make_submitted (again, "t1");
  ledger_add (fixture, again);
  g_assert_true (gst_hailuo_ledger_forget (fixture->ledger, again, NULL));

  rows = gst_hailuo_ledger_list_forgotten (fixture->ledger, NULL);
  g_assert_cmpuint (rows->len, ==, 1);
  left = g_ptr_array_index (rows, 0);
  g_assert_cmpint (left->price, ==, PRICE);
  g_assert_cmpint (left->created, ==, made->created);
  g_assert_cmpint (left->billed, ==, GST_HAILUO_BILLED_UNKNOWN);
  g_assert_cmpstr (left->provider, ==, made->provider);
}

/* Rows that nobody can have written: their sum is nothing to go by, and what they
 * say is not for a terminal. */
static void
test_budget_hostile (LedgerFixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) made = ledger_make_intent (SHOT);
  g_autoptr (GError) error = NULL;

  ledger_add (fixture, made);
  g_assert_true (gst_hailuo_ledger_forget (fixture->ledger, made, NULL));
  g_assert_cmpint (ledger_execute (fixture,
                       "UPDATE forgotten SET price = 9223372036854775807;"
                       "INSERT INTO forgotten SELECT * FROM forgotten"),
      ==, SQLITE_OK);
  g_assert_false (try_add (fixture, PRICE, 9 * PRICE, G_TIME_SPAN_DAY));
  g_assert_null (gst_hailuo_ledger_list_forgotten (fixture->ledger, &error));
  g_assert_error (error, GST_HAILUO_ERROR, GST_HAILUO_ERROR_STORE);
  g_clear_error (&error);
  g_assert_cmpint (ledger_execute (fixture,
                       "UPDATE forgotten SET price = 1,"
                       " provider = char (27) || '[2J'"),
      ==, SQLITE_OK);
  g_assert_null (gst_hailuo_ledger_list_forgotten (fixture->ledger, &error));
  g_assert_error (error, GST_HAILUO_ERROR, GST_HAILUO_ERROR_STORE);
}

static gpointer
add_within_budget (gpointer path)
{
  const GstHailuoLimit limit = { 5 * PRICE, G_TIME_SPAN_DAY };
  g_autoptr (GstHailuoLedger)
      ledger = gst_hailuo_ledger_new (path, FALSE, NULL, NULL);
  g_autoptr (GstHailuoAttempt) attempt = ledger_make_intent (SHOT);
  g_autoptr (GError) error = NULL;

  if (gst_hailuo_ledger_add (ledger, attempt, &limit, &error))
    return GINT_TO_POINTER (1);
  g_assert_error (error, GST_HAILUO_ERROR, GST_HAILUO_ERROR_LIMIT);
  return NULL;
}

/* They make the database together, too. */
static void
test_budget_together (LedgerFixture *fixture, gconstpointer data)
{
  GThread *threads[16];
  gint added = 0;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("add", add_within_budget, fixture->path);
  for (i = 0; i < G_N_ELEMENTS (threads); i++)
    added += GPOINTER_TO_INT (g_thread_join (threads[i]));
  g_assert_cmpint (added, ==, 5);
}

/* --- what cannot be ----------------------------------------------------- */

/* Rows that SQLite itself does not take */
static void
test_impossible (LedgerFixture *fixture, gconstpointer data)
{
  static const gchar *const changes[] = {
    "state = 'paid'", "state = 'submitted'", /* with no task */
    "task_id = 't1'",                        /* of an intent */
    "shot = 'aa'", "shot = upper (shot)", "created = NULL", "created = 0",
    "price = -1", "price = 'free'", "billed = 'maybe'",
    "sha256 = '" SHA1 "', size = 1", /* of an intent */
    "fault = 'host'", "image = 2", "base_url = 'file:///etc'",
    "state = 'delivered', task_id = 't1', submitted = 1",
    "state = 'fetched', task_id = 't1', submitted = 1, sha256 = '" SHA1
    "', size = 1, billed = 'no'",
    "state = 'failed', task_id = 't1', submitted = 1, ended = 1",
    "label = printf ('%0201d', 1)",
    "state = 'submitted', task_id = 't0', submitted = 1", /* another's */
  };
  g_autoptr (GstHailuoAttempt) attempt = ledger_make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) other = ledger_make_intent (OTHER);
  guint i;

  ledger_add (fixture, other);
  ledger_make_submitted (other, "t0");
  ledger_move (fixture, other);
  ledger_add (fixture, attempt);
  for (i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_autofree gchar *sql = g_strconcat (
        "UPDATE attempt SET ", changes[i], " WHERE shot = '" SHOT "'", NULL);

    g_test_message ("%s", sql);
    g_assert_cmpint (ledger_execute (fixture, sql), ==, SQLITE_CONSTRAINT);
  }
  ledger_assert_kept (fixture, attempt);
}

/* Rows that SQLite takes, and that would go into a request */
static void
test_hostile (LedgerFixture *fixture, gconstpointer data)
{
  static const gchar *const changes[] = {
    "model = 'a/../b'",
    "base_url = 'https://user:password@api.apixo.ai/api'",
    "base_url = 'http://api.apixo.ai/api'",
    "mode = 'any'",
    "created = 9223372036854775807",
    "price = 9223372036854775807",
    "state = 'submitted', submitted = 1, task_id = '../x'",
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_autofree gchar *sql = g_strconcat (
        "CREATE TEMP TABLE kept AS SELECT sql FROM sqlite_schema"
        " WHERE name = 'attempt_forward';"
        "DROP TRIGGER attempt_forward; UPDATE attempt SET ",
        changes[i],
        ";PRAGMA writable_schema = ON;"
        "INSERT INTO sqlite_schema SELECT 'trigger', 'attempt_forward',"
        " 'attempt', 0, sql FROM kept",
        NULL);
    g_autoptr (GstHailuoAttempt) attempt = ledger_make_intent (SHOT);
    g_autoptr (GError) error = NULL;

    g_unlink (fixture->path);
    ledger_add (fixture, attempt);
    g_test_message ("%s", sql);
    g_assert_cmpint (ledger_execute (fixture, sql), ==, SQLITE_OK);
    g_assert_null (gst_hailuo_ledger_list (fixture->ledger, NULL, &error));
    g_assert_error (error, GST_HAILUO_ERROR, GST_HAILUO_ERROR_STORE);
  }
}

int
main (int argc, char **argv)
{
#define ADD(path, test, data) \
  g_test_add ("/ledger/" path, LedgerFixture, data, ledger_set_up, test, \
      ledger_tear_down)

  g_test_init (&argc, &argv, NULL);
  ADD ("nothing", test_nothing, NULL);
  ADD ("members", test_members, NULL);
  ADD ("order", test_order, NULL);
  ADD ("forward", test_forward, NULL);
  ADD ("billed-for-ever", test_billed_for_ever, NULL);
  ADD ("one-row-for-a-task", test_one_row_for_a_task, NULL);
  ADD ("removal", test_removal, NULL);
  ADD ("undelivered", test_undelivered, NULL);
  ADD ("another-store", test_another_store, NULL);
  ADD ("bind", test_bind, NULL);
  ADD ("bind-from-another-shot", test_bind, "another");
  ADD ("budget", test_budget, NULL);
  ADD ("budget-forgotten", test_budget_forgotten, NULL);
  ADD ("budget-hostile", test_budget_hostile, NULL);
  ADD ("budget-together", test_budget_together, NULL);
  ADD ("impossible", test_impossible, NULL);
  ADD ("hostile", test_hostile, NULL);
  return g_test_run ();
}
