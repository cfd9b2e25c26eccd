/* SPDX-License-Identifier: LGPL-2.1-or-later */
#undef G_DISABLE_ASSERT
#include "ledger-fixture.h"

#include <glib/gstdio.h>

void
ledger_set_up (LedgerFixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("ledger-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "hailuo.db", NULL);
  fixture->ledger = gst_hailuo_ledger_new (fixture->path, FALSE, NULL, NULL);
}

void
ledger_tear_down (LedgerFixture *fixture, gconstpointer data)
{
  gst_hailuo_ledger_free (fixture->ledger);
  g_unlink (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0); /* nothing else is left */
  g_free (fixture->path);
  g_free (fixture->folder);
}

GstHailuoAttempt *
ledger_make_intent (const gchar *shot)
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

void
ledger_make_adopted (GstHailuoAttempt *attempt)
{
  attempt->adopted = TRUE;
  g_clear_pointer (&attempt->mode, g_free);
  g_clear_pointer (&attempt->resolution, g_free);
  attempt->duration = 0;
  attempt->take = 0;
  attempt->price = -1;
}

void
ledger_make_submitted (GstHailuoAttempt *attempt, const gchar *task_id)
{
  attempt->state = GST_HAILUO_ATTEMPT_SUBMITTED;
  attempt->task_id = g_strdup (task_id);
  attempt->submitted = attempt->created + 1;
}

void
ledger_make_fetched (GstHailuoAttempt *attempt, const gchar *sha256)
{
  attempt->state = GST_HAILUO_ATTEMPT_FETCHED;
  attempt->billed = GST_HAILUO_BILLED_YES;
  attempt->size = 1234;
  attempt->sha256 = g_strdup (sha256);
}

void
ledger_make_delivered (GstHailuoAttempt *attempt, const gchar *task_id,
    const gchar *sha256, gint64 used)
{
  ledger_make_submitted (attempt, task_id);
  ledger_make_fetched (attempt, sha256);
  attempt->state = GST_HAILUO_ATTEMPT_DELIVERED;
  attempt->ended = attempt->created + 3;
  attempt->used = used;
}

void
ledger_make_failed (GstHailuoAttempt *attempt)
{
  attempt->state = GST_HAILUO_ATTEMPT_FAILED;
  attempt->fault = GST_HAILUO_FAULT_REQUEST;
  attempt->fail_code = g_strdup ("ContentPolicyViolation");
  attempt->billed = GST_HAILUO_BILLED_NO;
  attempt->ended = attempt->created + 2;
}

void
ledger_add (LedgerFixture *fixture, GstHailuoAttempt *attempt)
{
  g_autoptr (GError) error = NULL;

  gst_hailuo_ledger_add (fixture->ledger, attempt, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (attempt->number, >, 0);
}

void
ledger_move (LedgerFixture *fixture, GstHailuoAttempt *attempt)
{
  g_autoptr (GError) error = NULL;

  gst_hailuo_ledger_move (fixture->ledger, attempt, &error);
  g_assert_no_error (error);
}

GPtrArray *
ledger_list (LedgerFixture *fixture, const gchar *shot)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *rows = gst_hailuo_ledger_list (fixture->ledger, shot, &error);

  g_assert_no_error (error);
  g_assert_nonnull (rows);
  return rows;
}

void
ledger_assert_same (const GstHailuoAttempt *one, const GstHailuoAttempt *other)
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
void
ledger_assert_kept (LedgerFixture *fixture, const GstHailuoAttempt *attempt)
{
  g_autoptr (GPtrArray) rows = ledger_list (fixture, attempt->shot);
  guint i = 0;

  while (i < rows->len
      && ((GstHailuoAttempt *) g_ptr_array_index (rows, i))->number
          != attempt->number)
    i++;
  g_assert_cmpuint (i, <, rows->len);
  ledger_assert_same (g_ptr_array_index (rows, i), attempt);
}

sqlite3 *
ledger_open_directly (LedgerFixture *fixture)
{
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (fixture->path, &db), ==, SQLITE_OK);
  return db;
}

int
ledger_execute (LedgerFixture *fixture, const gchar *sql)
{
  sqlite3 *db = ledger_open_directly (fixture);
  int result = sqlite3_exec (db, sql, NULL, NULL, NULL);

  sqlite3_close (db);
  return result;
}
