/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-ledger.c: the database of attempts: what is kept, what cannot be, and
 * what it does with others who use it. */
#undef G_DISABLE_ASSERT
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sqlite3.h>

#include "ledger.h"
#include "unit.h"

#define SHOT "00000000000000000000000000000000000000000000000000000000000000aa"
#define OTHER "00000000000000000000000000000000000000000000000000000000000000bb"
#define SHA1 "1111111111111111111111111111111111111111111111111111111111111111"
#define SHA2 "2222222222222222222222222222222222222222222222222222222222222222"
#define BASE_URL "https://api.apixo.ai/api"
#define PRICE 280000 /* 1/1000000 USD */

typedef struct
{
  gchar *folder, *path;
  GstHailuoLedger *ledger;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("ledger-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "hailuo.db", NULL);
  fixture->ledger = gst_hailuo_ledger_new (fixture->path, NULL, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gst_hailuo_ledger_free (fixture->ledger);
  g_unlink (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0); /* nothing else is left */
  g_free (fixture->path);
  g_free (fixture->folder);
}

static GstHailuoAttempt *
make_intent (const gchar *shot)
{
  GstHailuoAttempt *attempt = gst_hailuo_attempt_new ();

  attempt->shot = g_strdup (shot);
  attempt->provider = g_strdup ("apixo");
  attempt->base_url = g_strdup (BASE_URL);
  attempt->model = g_strdup ("hailuo-2.3");
  attempt->mode = g_strdup ("standard-text-to-video");
  attempt->resolution = g_strdup ("768p");
  attempt->duration = 6;
  attempt->take = 1;
  attempt->created = g_get_real_time ();
  attempt->price = PRICE;
  return attempt;
}

static void
make_submitted (GstHailuoAttempt *attempt, const gchar *task_id)
{
  attempt->state = GST_HAILUO_ATTEMPT_SUBMITTED;
  attempt->task_id = g_strdup (task_id);
  attempt->submitted = attempt->created + 1;
}

static void
make_fetched (GstHailuoAttempt *attempt, const gchar *sha256)
{
  attempt->state = GST_HAILUO_ATTEMPT_FETCHED;
  attempt->billed = GST_HAILUO_BILLED_YES;
  attempt->size = 1234;
  attempt->sha256 = g_strdup (sha256);
}

static void
make_delivered (GstHailuoAttempt *attempt, const gchar *task_id,
    const gchar *sha256, gint64 used)
{
  make_submitted (attempt, task_id);
  make_fetched (attempt, sha256);
  attempt->state = GST_HAILUO_ATTEMPT_DELIVERED;
  attempt->ended = attempt->created + 3;
  attempt->used = used;
}

static void
make_failed (GstHailuoAttempt *attempt)
{
  attempt->state = GST_HAILUO_ATTEMPT_FAILED;
  attempt->fault = GST_HAILUO_FAULT_REQUEST;
  attempt->fail_code = g_strdup ("ContentPolicyViolation");
  attempt->billed = GST_HAILUO_BILLED_NO;
  attempt->ended = attempt->created + 2;
}

static void
add (Fixture *fixture, GstHailuoAttempt *attempt)
{
  g_autoptr (GError) error = NULL;

  gst_hailuo_ledger_add (fixture->ledger, attempt, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (attempt->number, >, 0);
}

static void
move (Fixture *fixture, const GstHailuoAttempt *attempt)
{
  g_autoptr (GError) error = NULL;

  gst_hailuo_ledger_move (fixture->ledger, attempt, &error);
  g_assert_no_error (error);
}

static GPtrArray *
list (Fixture *fixture, const gchar *shot)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *rows = gst_hailuo_ledger_list (fixture->ledger, shot, &error);

  g_assert_no_error (error);
  g_assert_nonnull (rows);
  return rows;
}

static void
assert_same (const GstHailuoAttempt *one, const GstHailuoAttempt *other)
{
  guint n;

  for (n = 0; n < GST_HAILUO_N_MEMBERS; n++) {
    const GstHailuoMember *member = &gst_hailuo_members[n];
    gconstpointer a = G_STRUCT_MEMBER_P (one, member->offset);
    gconstpointer b = G_STRUCT_MEMBER_P (other, member->offset);

    g_test_message ("%s", member->name);
    if (member->kind == GST_HAILUO_MEMBER_TEXT)
      g_assert_cmpstr (*(gchar *const *) a, ==, *(gchar *const *) b);
    else if (member->kind == GST_HAILUO_MEMBER_NUMBER)
      g_assert_cmpint (*(const gint64 *) a, ==, *(const gint64 *) b);
    else
      g_assert_cmpint (*(const gint *) a, ==, *(const gint *) b);
  }
}

/* What is there of @attempt is what it says. */
static void
assert_kept (Fixture *fixture, const GstHailuoAttempt *attempt)
{
  g_autoptr (GPtrArray) rows = list (fixture, attempt->shot);
  guint i = 0;

  while (i < rows->len
      && ((GstHailuoAttempt *) g_ptr_array_index (rows, i))->number
          != attempt->number)
    i++;
  g_assert_cmpuint (i, <, rows->len);
  assert_same (g_ptr_array_index (rows, i), attempt);
}

/* --- what is kept ------------------------------------------------------- */

static void
test_nothing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = list (fixture, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (rows->len, ==, 0);
  g_assert_null (gst_hailuo_ledger_find (
      fixture->ledger, "apixo", BASE_URL, "t1", &error));
  g_assert_no_error (error);
  /* who only reads makes nothing */
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

static void
test_members (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) intent = make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) full = make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) adopted = gst_hailuo_attempt_new ();
  g_autoptr (GstHailuoAttempt) found = NULL;
  struct stat about;

  add (fixture, intent);
  assert_kept (fixture, intent);
  g_assert_cmpint (g_stat (fixture->path, &about), ==, 0);
  g_assert_cmpint (about.st_mode & 0777, ==, 0600);

  full->image = TRUE;
  full->label = g_strdup ("Größe 'ÿ' \"1\"; --");
  add (fixture, full);
  make_submitted (full, "t-full");
  move (fixture, full);
  assert_kept (fixture, full);
  make_fetched (full, SHA1);
  move (fixture, full);
  assert_kept (fixture, full);
  full->state = GST_HAILUO_ATTEMPT_DELIVERED;
  full->ended = full->used = full->created + 5;
  move (fixture, full);
  assert_kept (fixture, full);

  adopted->shot = gst_hailuo_attempt_make_shot ("apixo", BASE_URL, "t2");
  adopted->provider = g_strdup ("apixo");
  adopted->base_url = g_strdup (BASE_URL);
  adopted->model = g_strdup ("hailuo-2.3-fast");
  adopted->created = 1;
  make_submitted (adopted, "t2");
  add (fixture, adopted);
  found = gst_hailuo_ledger_find (
      fixture->ledger, "apixo", BASE_URL, "t2", NULL);
  assert_same (found, adopted);
  assert_kept (fixture, intent);
}

static void
test_order (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GPtrArray) all = NULL;
  gint64 before = G_MAXINT64;
  guint i;

  for (i = 0; i < 6; i++) {
    g_autoptr (GstHailuoAttempt) attempt = make_intent (i % 2 ? SHOT : OTHER);

    attempt->created = 1000 - i; /* clocks are set back */
    add (fixture, attempt);
  }
  rows = list (fixture, SHOT);
  g_assert_cmpuint (rows->len, ==, 3);
  all = list (fixture, NULL);
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
assert_refused (Fixture *fixture, const GstHailuoAttempt *attempt)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (gst_hailuo_ledger_move (fixture->ledger, attempt, &error));
  g_assert_error (error, GST_HAILUO_ERROR, GST_HAILUO_ERROR_STORE);
}

static void
test_forward (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) now = make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) stale = NULL;
  g_autoptr (GstHailuoAttempt) wrong = NULL;

  add (fixture, now);
  stale = gst_hailuo_attempt_copy (now);
  make_submitted (now, "t1");
  move (fixture, now);
  assert_refused (fixture, stale);
  wrong = gst_hailuo_attempt_copy (now);
  wrong->task_id[1] = '2';
  assert_refused (fixture, wrong);

  gst_hailuo_attempt_free (wrong);
  wrong = gst_hailuo_attempt_copy (now);
  make_failed (now);
  move (fixture, now);
  assert_refused (fixture, stale);
  assert_refused (fixture, wrong);
  assert_kept (fixture, now);
}

static void
test_billed_for_ever (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) linked = make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) delivered = make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) failed = NULL;

  /* there was a link, and then the host says that it has failed */
  add (fixture, linked);
  make_submitted (linked, "t1");
  linked->billed = GST_HAILUO_BILLED_YES;
  move (fixture, linked);
  make_failed (linked);
  move (fixture, linked);
  linked->billed = GST_HAILUO_BILLED_YES;
  assert_kept (fixture, linked);

  make_delivered (delivered, "t2", SHA1, 1);
  add (fixture, delivered);
  failed = gst_hailuo_attempt_copy (delivered);
  make_failed (failed);
  g_clear_pointer (&failed->sha256, g_free);
  failed->size = 0;
  assert_refused (fixture, failed);
  assert_kept (fixture, delivered);
}

static void
test_one_row_for_a_task (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) one = make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) other = make_intent (OTHER);
  g_autoptr (GstHailuoAttempt) elsewhere = make_intent (OTHER);
  g_autoptr (GError) error = NULL;

  make_submitted (one, "t1");
  add (fixture, one);
  make_submitted (other, "t1");
  g_assert_false (gst_hailuo_ledger_add (fixture->ledger, other, NULL, &error));
  g_assert_error (error, GST_HAILUO_ERROR, GST_HAILUO_ERROR_STORE);
  g_assert_cmpint (other->number, ==, 0);
  /* ids are the host's own */
  make_submitted (elsewhere, "t1");
  elsewhere->base_url[8] = 'b';
  add (fixture, elsewhere);
}

static void
test_removal (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) refused = make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) made = make_intent (SHOT);
  g_autoptr (GPtrArray) rows = NULL;
  gint64 number;

  add (fixture, refused);
  add (fixture, made);
  make_submitted (made, "t1");
  move (fixture, made);
  g_assert_true (
      gst_hailuo_ledger_withdraw (fixture->ledger, refused, NULL));
  g_assert_true (
      gst_hailuo_ledger_withdraw (fixture->ledger, made, NULL));
  rows = list (fixture, NULL);
  g_assert_cmpuint (rows->len, ==, 1);
  assert_kept (fixture, made);

  /* forgotten while somebody works on it: it is paid, so it is there again */
  g_assert_true (
      gst_hailuo_ledger_forget (fixture->ledger, made->number, NULL));
  make_fetched (made, SHA1);
  move (fixture, made);
  assert_kept (fixture, made);

  /* no number is given twice */
  number = made->number;
  g_assert_true (gst_hailuo_ledger_forget (fixture->ledger, number, NULL));
  refused->number = 0;
  add (fixture, refused);
  g_assert_cmpint (refused->number, >, number);
}

static void
test_undelivered (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) delivered = make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) fetched = make_intent (SHOT);
  g_autoptr (GPtrArray) clips = NULL;
  g_autoptr (GError) error = NULL;

  make_delivered (delivered, "t1", SHA1, 50);
  add (fixture, delivered);
  make_submitted (fetched, "t2");
  make_fetched (fetched, SHA2);
  add (fixture, fetched);
  clips = gst_hailuo_ledger_list_undelivered (fixture->ledger, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (clips->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (clips, 0), ==, SHA2);
}

/* --- the budget --------------------------------------------------------- */

static gboolean
try_add (Fixture *fixture, gint64 price, gint64 budget, gint64 period)
{
  const GstHailuoLimit limit = { budget, period };
  g_autoptr (GstHailuoAttempt) attempt = make_intent (SHOT);
  g_autoptr (GError) error = NULL;

  attempt->price = price;
  if (gst_hailuo_ledger_add (fixture->ledger, attempt, &limit, &error))
    return TRUE;
  g_assert_error (error, GST_HAILUO_ERROR, GST_HAILUO_ERROR_SETTINGS);
  g_assert_cmpint (attempt->number, ==, 0);
  return FALSE;
}

static void
test_budget (Fixture *fixture, gconstpointer data)
{
  const gint64 day = G_TIME_SPAN_DAY;
  g_autoptr (GstHailuoAttempt) old = make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) free_of_charge = make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) adopted = make_intent (SHOT);

  g_assert_false (try_add (fixture, PRICE, PRICE - 1, day));
  g_assert_false (try_add (fixture, -1, G_MAXINT64, day));
  g_assert_true (try_add (fixture, -1, -1, day));
  old->created -= 2 * day;
  add (fixture, old);
  free_of_charge->billed = GST_HAILUO_BILLED_NO;
  add (fixture, free_of_charge);
  adopted->price = -1;
  add (fixture, adopted);

  g_assert_true (try_add (fixture, PRICE, PRICE, day));
  g_assert_false (try_add (fixture, PRICE, 2 * PRICE - 1, day));
  g_assert_true (try_add (fixture, PRICE, 2 * PRICE, day));
  g_assert_false (try_add (fixture, PRICE, 3 * PRICE, 3 * day));
  g_assert_true (try_add (fixture, 0, 2 * PRICE, day));
  g_assert_false (try_add (fixture, PRICE, 0, day));
}

static gpointer
add_within_budget (gpointer path)
{
  const GstHailuoLimit limit = { 5 * PRICE, G_TIME_SPAN_DAY };
  g_autoptr (GstHailuoLedger) ledger = gst_hailuo_ledger_new (path, NULL, NULL);
  g_autoptr (GstHailuoAttempt) attempt = make_intent (SHOT);
  g_autoptr (GError) error = NULL;

  if (gst_hailuo_ledger_add (ledger, attempt, &limit, &error))
    return GINT_TO_POINTER (1);
  g_assert_error (error, GST_HAILUO_ERROR, GST_HAILUO_ERROR_SETTINGS);
  return NULL;
}

/* They make the database together, too. */
static void
test_budget_together (Fixture *fixture, gconstpointer data)
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

static sqlite3 *
open_directly (Fixture *fixture)
{
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (fixture->path, &db), ==, SQLITE_OK);
  return db;
}

static int
execute (Fixture *fixture, const gchar *sql)
{
  sqlite3 *db = open_directly (fixture);
  int result = sqlite3_exec (db, sql, NULL, NULL, NULL);

  sqlite3_close (db);
  return result;
}

/* Rows that SQLite itself does not take */
static void
test_impossible (Fixture *fixture, gconstpointer data)
{
  static const gchar *const changes[] = {
    "state = 'paid'",
    "state = 'submitted'", /* with no task */
    "task_id = 't1'",      /* of an intent */
    "shot = 'aa'",
    "shot = upper (shot)",
    "created = NULL",
    "created = 0",
    "price = -1",
    "price = 'free'",
    "billed = 'maybe'",
    "sha256 = '" SHA1 "', size = 1", /* of an intent */
    "fault = 'host'",
    "image = 2",
    "base_url = 'file:///etc'",
    "state = 'delivered', task_id = 't1', submitted = 1",
    "state = 'fetched', task_id = 't1', submitted = 1, sha256 = '" SHA1
    "', size = 1, billed = 'no'",
    "state = 'failed', task_id = 't1', submitted = 1, ended = 1",
    "label = printf ('%0201d', 1)",
  };
  g_autoptr (GstHailuoAttempt) attempt = make_intent (SHOT);
  guint i;

  add (fixture, attempt);
  for (i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_autofree gchar *sql = g_strconcat (
        "UPDATE attempt SET ", changes[i], NULL);

    g_test_message ("%s", sql);
    g_assert_cmpint (execute (fixture, sql), ==, SQLITE_CONSTRAINT);
  }
  assert_kept (fixture, attempt);
}

/* Rows that SQLite takes, and that would go into a request */
static void
test_hostile (Fixture *fixture, gconstpointer data)
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
        "DROP TRIGGER attempt_forward; UPDATE attempt SET ", changes[i], NULL);
    g_autoptr (GstHailuoAttempt) attempt = make_intent (SHOT);
    g_autoptr (GError) error = NULL;

    g_unlink (fixture->path);
    add (fixture, attempt);
    g_test_message ("%s", sql);
    g_assert_cmpint (execute (fixture, sql), ==, SQLITE_OK);
    g_assert_null (gst_hailuo_ledger_list (fixture->ledger, NULL, &error));
    g_assert_error (error, GST_HAILUO_ERROR, GST_HAILUO_ERROR_STORE);
  }
}

/* --- files that are none of ours ---------------------------------------- */

/* Neither read nor written, and left as they are. */
static void
assert_not_used (Fixture *fixture, const gchar *words)
{
  g_autoptr (GstHailuoAttempt) attempt = make_intent (SHOT);
  g_autoptr (GError) reading = NULL;
  g_autoptr (GError) writing = NULL;
  g_autofree gchar *before = NULL;
  g_autofree gchar *after = NULL;
  gsize length, now;

  g_assert_true (g_file_get_contents (fixture->path, &before, &length, NULL));
  g_assert_null (gst_hailuo_ledger_list (fixture->ledger, NULL, &reading));
  g_assert_error (reading, GST_HAILUO_ERROR, GST_HAILUO_ERROR_STORE);
  g_assert_nonnull (strstr (reading->message, words));
  g_assert_false (
      gst_hailuo_ledger_add (fixture->ledger, attempt, NULL, &writing));
  g_assert_error (writing, GST_HAILUO_ERROR, GST_HAILUO_ERROR_STORE);
  g_assert_true (g_file_get_contents (fixture->path, &after, &now, NULL));
  g_assert_cmpmem (before, length, after, now);
}

static void
test_no_database (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *text = g_strnfill (4096, 'x');

  g_assert_true (g_file_set_contents_full (
      fixture->path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  assert_not_used (fixture, "not a database");
}

static void
test_other_database (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpint (
      execute (fixture, "CREATE TABLE photo (name TEXT)"), ==, SQLITE_OK);
  g_assert_cmpint (g_chmod (fixture->path, 0600), ==, 0);
  assert_not_used (fixture, "something else");
}

static void
test_newer_version (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) attempt = make_intent (SHOT);

  add (fixture, attempt);
  g_assert_cmpint (
      execute (fixture, "PRAGMA user_version = 99"), ==, SQLITE_OK);
  assert_not_used (fixture, "newer version");
}

static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *bytes = NULL;
  gsize length;
  guint i;

  for (i = 0; i < 40; i++) {
    g_autoptr (GstHailuoAttempt) attempt = make_intent (SHOT);

    add (fixture, attempt);
  }
  g_assert_true (g_file_get_contents (fixture->path, &bytes, &length, NULL));
  /* but for the first page, all is gone */
  memset (bytes + 4096, 0xff, length - 4096);
  g_assert_true (g_file_set_contents_full (
      fixture->path, bytes, length, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  assert_not_used (fixture, "malformed");
}

static void
test_not_trusted (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) attempt = make_intent (SHOT);
  g_autofree gchar *elsewhere = g_strconcat (fixture->path, "-real", NULL);

  add (fixture, attempt);
  g_assert_cmpint (g_chmod (fixture->path, 0644), ==, 0);
  assert_not_used (fixture, "read by others");
  g_assert_cmpint (g_chmod (fixture->path, 0600), ==, 0);
  g_assert_cmpint (g_rename (fixture->path, elsewhere), ==, 0);
  g_assert_cmpint (symlink (elsewhere, fixture->path), ==, 0);
  assert_not_used (fixture, "is a link");
  g_unlink (elsewhere);
}

/* --- with others -------------------------------------------------------- */

typedef struct
{
  sqlite3 *holder;
  guint calls;
  guint enough;
} Waiting;

/* Lets the other one go, or gives up. */
static gboolean
wait_for_holder (gpointer user_data)
{
  Waiting *waiting = user_data;

  if (++waiting->calls < 3)
    return TRUE;
  if (waiting->enough == 0)
    return FALSE;
  g_clear_pointer (&waiting->holder, sqlite3_close);
  return TRUE;
}

static void
test_busy (Fixture *fixture, gconstpointer data)
{
  const gboolean cancelled = GPOINTER_TO_INT (data);
  Waiting waiting = { .enough = !cancelled };
  g_autoptr (GstHailuoLedger)
      ledger = gst_hailuo_ledger_new (fixture->path, wait_for_holder, &waiting);
  g_autoptr (GstHailuoAttempt) first = make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) attempt = make_intent (SHOT);
  g_autoptr (GError) error = NULL;

  add (fixture, first);
  waiting.holder = open_directly (fixture);
  g_assert_cmpint (
      sqlite3_exec (waiting.holder, "BEGIN EXCLUSIVE", NULL, NULL, NULL), ==,
      SQLITE_OK);
  g_assert_cmpint (
      gst_hailuo_ledger_add (ledger, attempt, NULL, &error), ==, !cancelled);
  if (cancelled)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  else
    g_assert_no_error (error);
  g_assert_cmpuint (waiting.calls, ==, 3);
  g_clear_pointer (&waiting.holder, sqlite3_close);
}

/* A program that is killed in a change leaves its journal. */
static void
test_journal (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) attempt = make_intent (SHOT);
  g_autofree gchar *program = g_strdup_printf (
      "import os, sqlite3; d = sqlite3.connect ('%s', isolation_level=None);"
      "d.execute ('PRAGMA cache_size = 1'); d.execute ('PRAGMA cache_spill = 1');"
      "d.execute ('BEGIN IMMEDIATE'); d.execute ('DROP TRIGGER attempt_forward');"
      "d.execute (\"UPDATE attempt SET model = 'x'\");"
      "d.execute ('CREATE TABLE t (x)');"
      "[d.execute ('INSERT INTO t VALUES (randomblob (4000))')"
      " for i in range (100)]; os.kill (os.getpid (), 9)",
      fixture->path);
  const gchar *const argv[] = { "python3", "-c", program, NULL };
  g_autofree gchar *journal = g_strconcat (fixture->path, "-journal", NULL);
  g_autoptr (GSubprocess) child = NULL;
  g_autoptr (GError) error = NULL;

  add (fixture, attempt);
  child = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_NONE, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait (child, NULL, NULL));
  g_assert_true (g_subprocess_get_if_signaled (child));
  g_assert_true (g_file_test (journal, G_FILE_TEST_EXISTS));
  assert_kept (fixture, attempt);
}

int
main (int argc, char **argv)
{
#define ADD(path, test, data) \
  g_test_add ("/ledger/" path, Fixture, data, set_up, test, tear_down)

  g_test_init (&argc, &argv, NULL);
  ADD ("nothing", test_nothing, NULL);
  ADD ("members", test_members, NULL);
  ADD ("order", test_order, NULL);
  ADD ("forward", test_forward, NULL);
  ADD ("billed-for-ever", test_billed_for_ever, NULL);
  ADD ("one-row-for-a-task", test_one_row_for_a_task, NULL);
  ADD ("removal", test_removal, NULL);
  ADD ("undelivered", test_undelivered, NULL);
  ADD ("budget", test_budget, NULL);
  ADD ("budget-together", test_budget_together, NULL);
  ADD ("impossible", test_impossible, NULL);
  ADD ("hostile", test_hostile, NULL);
  ADD ("no-database", test_no_database, NULL);
  ADD ("other-database", test_other_database, NULL);
  ADD ("newer-version", test_newer_version, NULL);
  ADD ("damaged", test_damaged, NULL);
  ADD ("not-trusted", test_not_trusted, NULL);
  ADD ("busy", test_busy, GINT_TO_POINTER (FALSE));
  ADD ("cancelled", test_busy, GINT_TO_POINTER (TRUE));
  ADD ("journal", test_journal, NULL);
  return g_test_run ();
}
