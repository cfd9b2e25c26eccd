/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-ledger-files.c: databases that are none of ours, or that others use. */
#undef G_DISABLE_ASSERT
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sqlite3.h>

#include "database.h"
#include "ledger-fixture.h"

/* --- files that are none of ours ---------------------------------------- */

/* Neither read nor written, and left as they are. */
static void
assert_not_used (LedgerFixture *fixture, const gchar *words)
{
  g_autoptr (GstHailuoAttempt) attempt = ledger_make_intent (SHOT);
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
test_no_database (LedgerFixture *fixture, gconstpointer data)
{
  g_autofree gchar *text = g_strnfill (4096, 'x');

  g_assert_true (g_file_set_contents_full (
      fixture->path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  assert_not_used (fixture, "not a database");
}

static void
test_other_database (LedgerFixture *fixture, gconstpointer data)
{
  g_assert_cmpint (ledger_execute (fixture, "CREATE TABLE photo (name TEXT)"),
      ==, SQLITE_OK);
  g_assert_cmpint (g_chmod (fixture->path, 0600), ==, 0);
  assert_not_used (fixture, "something else");
}

static void
test_newer_version (LedgerFixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) attempt = ledger_make_intent (SHOT);

  ledger_add (fixture, attempt);
  g_assert_cmpint (
      ledger_execute (fixture, "PRAGMA user_version = 99"), ==, SQLITE_OK);
  assert_not_used (fixture, "newer version");
}

/* What it would do besides, nobody knows. */
static void
test_tampered (LedgerFixture *fixture, gconstpointer data)
{
  static const gchar *const changes[] = {
    "CREATE TRIGGER t BEFORE INSERT ON attempt BEGIN SELECT RAISE (IGNORE); END",
    ("CREATE TRIGGER t AFTER INSERT ON attempt"
     " BEGIN DELETE FROM attempt WHERE attempt = new.attempt; END"),
    "DROP TRIGGER attempt_forward",
    "DROP INDEX attempt_task",
    "CREATE INDEX i ON attempt (zeroblob (100000000))",
    "ALTER TABLE attempt ADD COLUMN more TEXT",
    "ALTER TABLE attempt RENAME TO old; CREATE VIEW attempt AS SELECT * FROM old",
    "CREATE TABLE notes (text TEXT)",
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_autoptr (GstHailuoAttempt) attempt = ledger_make_intent (SHOT);

    g_unlink (fixture->path);
    ledger_add (fixture, attempt);
    g_test_message ("%s", changes[i]);
    g_assert_cmpint (ledger_execute (fixture, changes[i]), ==, SQLITE_OK);
    assert_not_used (fixture, "something else");
  }
}

static void
test_long_value (LedgerFixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) attempt = ledger_make_intent (SHOT);
  g_autoptr (GError) error = NULL;

  ledger_add (fixture, attempt);
  g_assert_cmpint (
      ledger_execute (
          fixture, "UPDATE attempt SET fail_code = printf ('%.2000000c', 'x')"),
      ==, SQLITE_OK);
  g_assert_null (gst_hailuo_ledger_list (fixture->ledger, NULL, &error));
  g_assert_error (error, GST_HAILUO_ERROR, GST_HAILUO_ERROR_STORE);
  g_assert_nonnull (strstr (error->message, "too big"));
}

/* Another program has set it so, and may still have it open. */
static void
test_wal (LedgerFixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) first = ledger_make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) attempt = ledger_make_intent (OTHER);
  g_autofree gchar *log = g_strconcat (fixture->path, "-wal", NULL);
  sqlite3 *holder;

  ledger_add (fixture, first);
  g_assert_cmpint (sqlite3_open (fixture->path, &holder), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (holder,
                       "PRAGMA journal_mode = WAL; UPDATE attempt SET used = 1",
                       NULL, NULL, NULL),
      ==, SQLITE_OK);
  g_chmod (log, 0600);
  g_assert_false (gst_hailuo_ledger_add (fixture->ledger, attempt, NULL, NULL));
  sqlite3_close (holder);
  ledger_execute (fixture, "PRAGMA journal_mode = WAL");
  ledger_add (fixture, attempt);
  g_assert_false (g_file_test (log, G_FILE_TEST_EXISTS));
  first->used = 1;
  ledger_assert_kept (fixture, first);
  ledger_assert_kept (fixture, attempt);
}

/* It would be opened, and wait for a writer. */
static void
test_fifos (LedgerFixture *fixture, gconstpointer data)
{
  static const gchar *const endings[] = { "-journal", "-wal", "-shm" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (endings); i++) {
    g_autoptr (GstHailuoAttempt) attempt = ledger_make_intent (SHOT);
    g_autofree gchar *path = g_strconcat (fixture->path, endings[i], NULL);

    ledger_add (fixture, attempt);
    g_assert_cmpint (mkfifo (path, 0600), ==, 0);
    assert_not_used (fixture, path);
    g_unlink (path);
  }
}

/* Of a store that was used, none or an empty one is not taken for a new one. */
static void
test_used (LedgerFixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoLedger)
      used = gst_hailuo_ledger_new (fixture->path, TRUE, NULL, NULL);
  g_autoptr (GstHailuoAttempt) attempt = ledger_make_intent (SHOT);
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError) missing = NULL;
  g_autoptr (GError) empty = NULL;

  g_assert_null (gst_hailuo_ledger_list (used, NULL, &missing));
  g_assert_nonnull (strstr (missing->message, "missing"));
  g_assert_false (gst_hailuo_ledger_add (used, attempt, NULL, NULL));
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_set_contents_full (
      fixture->path, "", 0, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  g_assert_null (gst_hailuo_ledger_list (used, NULL, &empty));
  g_assert_nonnull (strstr (empty->message, "empty"));
  g_assert_false (gst_hailuo_ledger_add (used, attempt, NULL, NULL));

  g_assert_true (gst_hailuo_ledger_make (fixture->ledger, NULL));
  rows = gst_hailuo_ledger_list (used, NULL, NULL);
  g_assert_cmpuint (rows->len, ==, 0);
}

static void
test_damaged (LedgerFixture *fixture, gconstpointer data)
{
  g_autofree gchar *bytes = NULL;
  gsize length;
  guint i;

  for (i = 0; i < 40; i++) {
    g_autoptr (GstHailuoAttempt) attempt = ledger_make_intent (SHOT);

    ledger_add (fixture, attempt);
  }
  g_assert_true (g_file_get_contents (fixture->path, &bytes, &length, NULL));
  /* but for the first page, all is gone */
  memset (bytes + 4096, 0xff, length - 4096);
  g_assert_true (g_file_set_contents_full (
      fixture->path, bytes, length, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  assert_not_used (fixture, "malformed");
}

static void
test_not_trusted (LedgerFixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) attempt = ledger_make_intent (SHOT);
  g_autofree gchar *elsewhere = g_strconcat (fixture->path, "-real", NULL);

  ledger_add (fixture, attempt);
  g_assert_cmpint (g_chmod (fixture->path, 0644), ==, 0);
  assert_not_used (fixture, "readable by others");
  g_assert_cmpint (g_chmod (fixture->path, 0600), ==, 0);
  g_assert_cmpint (g_rename (fixture->path, elsewhere), ==, 0);
  g_assert_cmpint (symlink (elsewhere, fixture->path), ==, 0);
  assert_not_used (fixture, "is a symbolic link");
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
test_busy (LedgerFixture *fixture, gconstpointer data)
{
  const gboolean cancelled = GPOINTER_TO_INT (data);
  Waiting waiting = { .enough = !cancelled };
  g_autoptr (GstHailuoLedger) ledger = gst_hailuo_ledger_new (
      fixture->path, FALSE, wait_for_holder, &waiting);
  g_autoptr (GstHailuoAttempt) first = ledger_make_intent (SHOT);
  g_autoptr (GstHailuoAttempt) attempt = ledger_make_intent (SHOT);
  g_autoptr (GError) error = NULL;

  ledger_add (fixture, first);
  waiting.holder = ledger_open_directly (fixture);
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

/* Who has it for too long is told of, and no other store: that would pay again. */
static void
test_locked (LedgerFixture *fixture, gconstpointer data)
{
  GstHailuoDatabase database = { .path = fixture->path };
  g_autoptr (GstHailuoAttempt) attempt = ledger_make_intent (SHOT);
  g_autoptr (GError) error = NULL;
  sqlite3 *holder;

  ledger_add (fixture, attempt);
  g_assert_true (gst_hailuo_database_open (&database, TRUE, &error));
  g_assert_no_error (error);
  holder = ledger_open_directly (fixture);
  g_assert_cmpint (sqlite3_exec (holder, "BEGIN EXCLUSIVE", NULL, NULL, NULL),
      ==, SQLITE_OK);
  database.until = 0;
  g_assert_false (
      gst_hailuo_database_execute (&database, "BEGIN IMMEDIATE", &error));
  g_assert_error (error, GST_HAILUO_ERROR, GST_HAILUO_ERROR_STORE);
  g_assert_nonnull (strstr (error->message, fixture->path));
  g_assert_nonnull (strstr (error->message, "has it locked"));
  g_assert_null (strstr (error->message, "store"));
  gst_hailuo_database_close (&database);
  sqlite3_close (holder);
}

/* Those of one process come one by one, in the order in which they have begun,
 * however often each tries. */

static gboolean
wait_in_queue (gpointer user_data)
{
  gboolean *waits = user_data;

  g_atomic_int_set (waits, TRUE);
  g_thread_yield ();
  return TRUE;
}

typedef struct
{
  const gchar *path;
  GThread *thread;
  gboolean waits; /* atomic */
  gint64 number;  /* of its attempt: rows are counted as they come */
} Waiter;

static gpointer
add_in_queue (gpointer data)
{
  Waiter *self = data;
  g_autoptr (GstHailuoLedger) ledger = gst_hailuo_ledger_new (
      self->path, FALSE, wait_in_queue, &self->waits);
  g_autoptr (GstHailuoAttempt) attempt = ledger_make_intent (SHOT);
  g_autoptr (GError) error = NULL;

  gst_hailuo_ledger_add (ledger, attempt, NULL, &error);
  g_assert_no_error (error);
  self->number = attempt->number;
  return NULL;
}

static void
test_queue (LedgerFixture *fixture, gconstpointer data)
{
  Waiter waiters[8] = { 0 };
  g_autoptr (GstHailuoAttempt) first = ledger_make_intent (SHOT);
  sqlite3 *holder;
  guint i;

  ledger_add (fixture, first);
  holder = ledger_open_directly (fixture);
  g_assert_cmpint (sqlite3_exec (holder, "BEGIN EXCLUSIVE", NULL, NULL, NULL),
      ==, SQLITE_OK);
  for (i = 0; i < G_N_ELEMENTS (waiters); i++) {
    waiters[i].path = fixture->path;
    waiters[i].thread = g_thread_new ("add", add_in_queue, &waiters[i]);
    while (!g_atomic_int_get (&waiters[i].waits))
      g_thread_yield ();
  }
  sqlite3_close (holder);
  for (i = 0; i < G_N_ELEMENTS (waiters); i++) {
    g_thread_join (waiters[i].thread);
    g_assert_cmpint (waiters[i].number, ==, first->number + 1 + i);
  }
}

/* A program that is killed in a change leaves its journal. */
static void
test_journal (LedgerFixture *fixture, gconstpointer data)
{
  g_autoptr (GstHailuoAttempt) attempt = ledger_make_intent (SHOT);
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

  ledger_add (fixture, attempt);
  child = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_NONE, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait (child, NULL, NULL));
  g_assert_true (g_subprocess_get_if_signaled (child));
  g_assert_true (g_file_test (journal, G_FILE_TEST_EXISTS));
  ledger_assert_kept (fixture, attempt);
}

int
main (int argc, char **argv)
{
#define ADD(path, test, data) \
  g_test_add ("/ledger-files/" path, LedgerFixture, data, ledger_set_up, test, \
      ledger_tear_down)

  g_test_init (&argc, &argv, NULL);
  ADD ("no-database", test_no_database, NULL);
  ADD ("other-database", test_other_database, NULL);
  ADD ("newer-version", test_newer_version, NULL);
  ADD ("damaged", test_damaged, NULL);
  ADD ("not-trusted", test_not_trusted, NULL);
  ADD ("busy", test_busy, GINT_TO_POINTER (FALSE));
  ADD ("locked", test_locked, NULL);
  ADD ("tampered", test_tampered, NULL);
  ADD ("long-value", test_long_value, NULL);
  ADD ("fifos", test_fifos, NULL);
  ADD ("wal", test_wal, NULL);
  ADD ("used", test_used, NULL);
  ADD ("queue", test_queue, NULL);
  ADD ("cancelled", test_busy, GINT_TO_POINTER (TRUE));
  ADD ("journal", test_journal, NULL);
  return g_test_run ();
}
