/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger.h"

#include <gio/gio.h>

#include "database.h"
#include "debug.h"
#include "model.h"
#include "provider.h"

struct _GstHailuoLedger
{
  GstHailuoDatabase database;
};

/* An open database */
typedef GstHailuoDatabase Connection;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Connection, gst_hailuo_database_close)

/* @db: NULL if there is no database, which is not an error. */
static gboolean
open_ledger (GstHailuoLedger *self, Connection **db, GError **error)
{
  GError *problem = NULL;

  *db = gst_hailuo_database_open (&self->database, FALSE, &problem)
      ? &self->database
      : NULL;
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, problem);
  return FALSE;
}

/* (nullable) */
static Connection *
begin (GstHailuoLedger *self, GError **error)
{
  return gst_hailuo_database_begin (&self->database, error) ? &self->database
                                                            : NULL;
}

/* --- rows --------------------------------------------------------------- */

/* Column n of the table is member n. */
static void
bind_column (sqlite3_stmt *statement, guint n, const GstHailuoAttempt *attempt)
{
  const GstHailuoMember *member = &gst_hailuo_members[n];
  gconstpointer value = G_STRUCT_MEMBER_P (attempt, member->offset);

  switch (member->kind) {
    case GST_HAILUO_MEMBER_NUMBER:
      if (*(const gint64 *) value != member->none)
        sqlite3_bind_int64 (statement, n + 1, *(const gint64 *) value);
      break;
    case GST_HAILUO_MEMBER_FLAG:
      sqlite3_bind_int (statement, n + 1, *(const gboolean *) value);
      break;
    case GST_HAILUO_MEMBER_TEXT:
      sqlite3_bind_text (
          statement, n + 1, *(gchar *const *) value, -1, SQLITE_STATIC);
      break;
    default:
      sqlite3_bind_text (statement, n + 1, member->words[*(const gint *) value],
          -1, SQLITE_STATIC);
  }
}

static void
read_column (sqlite3_stmt *statement, guint n, GstHailuoAttempt *attempt)
{
  const GstHailuoMember *member = &gst_hailuo_members[n];
  gpointer value = G_STRUCT_MEMBER_P (attempt, member->offset);
  const gchar *text = (const gchar *) sqlite3_column_text (statement, n);

  switch (member->kind) {
    case GST_HAILUO_MEMBER_NUMBER:
      *(gint64 *) value = text ? sqlite3_column_int64 (statement, n)
                               : member->none;
      break;
    case GST_HAILUO_MEMBER_FLAG:
      *(gboolean *) value = sqlite3_column_int (statement, n) != 0;
      break;
    case GST_HAILUO_MEMBER_TEXT:
      *(gchar **) value = g_strdup (text);
      break;
    default: /* past the last word if none of them matches */
      for (*(gint *) value = 0; member->words[*(gint *) value] != NULL
           && g_strcmp0 (member->words[*(gint *) value], text) != 0;)
        ++*(gint *) value;
  }
}

/* "attempt, shot, ..." (transfer full) */
static gchar *
list_columns (void)
{
  const gchar *names[GST_HAILUO_N_MEMBERS + 1] = { NULL };
  guint n;

  for (n = 0; n < GST_HAILUO_N_MEMBERS; n++)
    names[n] = gst_hailuo_members[n].name;
  return g_strjoinv (", ", (gchar **) names);
}

/* (transfer full) (nullable) */
static GstHailuoAttempt *
read_row (Connection *db, sqlite3_stmt *statement, GError **error)
{
  g_autoptr (GstHailuoAttempt) attempt = gst_hailuo_attempt_new ();
  g_autofree gchar *why = NULL;
  const gchar *wrong;
  guint n;

  for (n = 0; n < GST_HAILUO_N_MEMBERS; n++)
    read_column (statement, n, attempt);
  wrong = gst_hailuo_attempt_find_wrong_member (attempt);
  if (wrong == NULL)
    return g_steal_pointer (&attempt);
  why = g_strdup_printf (
      "the %s of attempt %" G_GINT64_FORMAT " is none", wrong, attempt->number);
  gst_hailuo_database_set_unreadable (db, why, error);
  return NULL;
}

typedef GstHailuoAttempt *(*Reader) (
    Connection *db, sqlite3_stmt *statement, GError **error);

/* Runs @sql with the parameters @values and returns what @reader makes of each
 * row; no rows if @db is NULL.
 * (transfer full) (nullable) (element-type GstHailuoAttempt) */
static GPtrArray *
query (Connection *db, const gchar *sql, const gchar *const *values,
    Reader reader, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_hailuo_attempt_free);
  g_autoptr (sqlite3_stmt) statement = NULL;
  gint n, result;

  if (db == NULL)
    return g_steal_pointer (&rows);
  statement = gst_hailuo_database_prepare (db, sql, error);
  if (statement == NULL)
    return NULL;
  for (n = 0; values[n] != NULL; n++)
    sqlite3_bind_text (statement, n + 1, values[n], -1, SQLITE_STATIC);
  while ((result = sqlite3_step (statement)) == SQLITE_ROW) {
    GstHailuoAttempt *attempt = reader (db, statement, error);

    if (attempt == NULL)
      return NULL;
    g_ptr_array_add (rows, attempt);
  }
  return result == SQLITE_DONE || gst_hailuo_database_set_error (db, error)
      ? g_steal_pointer (&rows)
      : NULL;
}

/* "SELECT attempt, shot, ... FROM attempt @rest" */
static GPtrArray *
query_attempts (Connection *db, const gchar *rest, const gchar *const *values,
    GError **error)
{
  g_autofree gchar *names = list_columns ();
  g_autofree gchar *sql = g_strdup_printf (
      "SELECT %s FROM attempt %s", names, rest);

  return query (db, sql, values, read_row, error);
}

/* (transfer full) (nullable) */
static GstHailuoAttempt *
find_task (Connection *db, const gchar *provider, const gchar *base_url,
    const gchar *task_id, GError **error)
{
  const gchar *values[] = { provider, base_url, task_id, NULL };
  g_autoptr (GPtrArray) rows = query_attempts (db,
      "WHERE provider = ?1 AND base_url = ?2 AND task_id = ?3", values, error);

  return rows && rows->len > 0 ? g_ptr_array_steal_index (rows, 0) : NULL;
}

/* --- changes ------------------------------------------------------------ */

/* Runs @sql; parameter ?n, if present, is the n-th column. */
static gboolean
change (Connection *db, const gchar *sql, const GstHailuoAttempt *attempt,
    GError **error)
{
  g_autoptr (sqlite3_stmt)
      statement = gst_hailuo_database_prepare (db, sql, error);
  guint n;

  if (statement == NULL)
    return FALSE;
  for (n = 0; n < (guint) sqlite3_bind_parameter_count (statement); n++)
    bind_column (statement, n, attempt);
  return sqlite3_step (statement) == SQLITE_DONE
      || gst_hailuo_database_set_error (db, error);
}

static gboolean
commit (Connection *db, GError **error)
{
  return gst_hailuo_database_execute (db, "COMMIT", error);
}

/* Adds @attempt and sets its number. */
static gboolean
insert (Connection *db, GstHailuoAttempt *attempt, GError **error)
{
  g_autofree gchar *names = list_columns ();
  g_autoptr (GString) sql = g_string_new (NULL);
  guint n;

  attempt->number = 0;
  g_string_printf (sql, "INSERT INTO attempt (%s) VALUES (?1", names);
  for (n = 1; n < GST_HAILUO_N_MEMBERS; n++)
    g_string_append_printf (sql, ", ?%u", n + 1);
  g_string_append_c (sql, ')');
  if (!change (db, sql->str, attempt, error))
    return FALSE;
  attempt->number = sqlite3_last_insert_rowid (db->db);
  return TRUE;
}

/* ?2 is shot, ?13 created: the store may have been replaced since the attempt
 * got its number */
#define SAME_ATTEMPT "attempt = ?1 AND shot = ?2 AND created = ?13"

static gboolean
update (Connection *db, const GstHailuoAttempt *attempt, GError **error)
{
  g_autoptr (GString) sql = g_string_new ("UPDATE attempt SET ");
  const gchar *comma = "";
  guint n;

  for (n = 0; n < GST_HAILUO_N_MEMBERS; n++) {
    const GstHailuoMember *member = &gst_hailuo_members[n];

    if (!member->moves)
      continue;
    g_string_append_printf (sql,
        g_str_equal (member->name, "billed")
            ? "%s%s = CASE billed WHEN 'yes' THEN 'yes' ELSE ?%u END"
            : "%s%s = ?%u",
        comma, member->name, n + 1);
    comma = ", ";
  }
  g_string_append (sql, " WHERE " SAME_ATTEMPT);
  return change (db, sql->str, attempt, error);
}

static gboolean
remove_row (Connection *db, const GstHailuoAttempt *attempt, GError **error)
{
  return change (db, "DELETE FROM attempt WHERE " SAME_ATTEMPT, attempt, error);
}

static gboolean
is_same (const GstHailuoAttempt *a, const GstHailuoAttempt *b)
{
  return a->number == b->number && a->created == b->created
      && g_str_equal (a->shot, b->shot);
}

/* Ensures that no other attempt has the same task: either @attempt takes it
 * over and the other one is removed, or *@theirs is set and the other one
 * stays.  Two submits with the same task are an error. */
static gboolean
merge_other (
    Connection *db, GstHailuoAttempt *attempt, gboolean *theirs, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GstHailuoAttempt) other = find_task (
      db, attempt->provider, attempt->base_url, attempt->task_id, &problem);

  *theirs = FALSE;
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  if (other == NULL || is_same (other, attempt))
    return TRUE;
  if (gst_hailuo_attempt_outranks (attempt, other)) {
    gst_hailuo_attempt_merge (attempt, other);
    return remove_row (db, other, error);
  }
  *theirs = attempt->adopted;
  if (*theirs)
    return TRUE;
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_OUTCOME_UNKNOWN,
      "The host answered with task %s, which belongs to an earlier submit, of"
      " shot %.12s.",
      attempt->task_id, other->shot);
  return FALSE;
}

/* --- the budget --------------------------------------------------------- */

/* Attempts created within the period that may have been billed, newest first.
 * Adopted tasks were not submitted here. */
static const gchar *const spent[] = {
  "SELECT price, price IS NULL FROM attempt"
  " WHERE billed <> 'no' AND NOT adopted AND created > ?1 ORDER BY created DESC",
  "SELECT price, price IS NULL FROM forgotten"
  " WHERE created > ?1 ORDER BY created DESC",
};

/* Adds the prices that @sql selects to @sum, only until it exceeds the budget,
 * so that a large ledger takes no longer.  @unknown: one of them has no
 * price. */
static gboolean
sum_spent (Connection *db, const gchar *sql, const GstHailuoLimit *limit,
    gint64 *sum, gboolean *unknown, GError **error)
{
  g_autoptr (sqlite3_stmt)
      statement = gst_hailuo_database_prepare (db, sql, error);
  gint result = SQLITE_ROW;
  gint64 price;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, g_get_real_time () - limit->period);
  while (result == SQLITE_ROW && *sum <= limit->budget && !*unknown) {
    result = sqlite3_step (statement);
    if (result == SQLITE_ROW) {
      price = sqlite3_column_int64 (statement, 0);
      *unknown = sqlite3_column_int (statement, 1) != 0
          || !gst_hailuo_attempt_is_price (price);
      *sum += *unknown ? 0 : price;
    }
  }
  return result == SQLITE_ROW || result == SQLITE_DONE
      || gst_hailuo_database_set_error (db, error);
}

/* Returns FALSE. */
static gboolean
set_over_budget (const GstHailuoLimit *limit, gint64 price, gint64 sum,
    gboolean unknown, GError **error)
{
  const gint64 period = limit->period / G_TIME_SPAN_SECOND;
  g_autofree gchar *cost = gst_hailuo_price_to_string (MAX (price, 0));
  g_autofree gchar *budget = gst_hailuo_price_to_string (limit->budget);
  g_autofree gchar *begun = gst_hailuo_price_to_string (MAX (sum - price, 0));

  if (price == GST_HAILUO_PRICE_UNKNOWN)
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_LIMIT,
        "Refused, nothing was sent: budget=%s is set, but the price of this"
        " shot is unknown. Set a model with a known price, or budget=-1.",
        budget);
  else if (price > limit->budget)
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_LIMIT,
        "Refused, nothing was sent: $%s exceeds budget=%s. Raise budget.", cost,
        budget);
  else if (unknown)
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_LIMIT,
        "Refused, nothing was sent: what is left of budget=%s is unknown, since"
        " this store submitted a task of unknown price within the last"
        " %" G_GINT64_FORMAT " s (budget-period). Wait, or set budget=-1.",
        budget, period);
  else
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_LIMIT,
        "Refused, nothing was sent: $%s exceeds what is left of budget=%s, of"
        " which this store has committed at least $%s within the last"
        " %" G_GINT64_FORMAT " s (budget-period). Raise budget, or wait.",
        cost, budget, begun, period);
  return FALSE;
}

/* @db: NULL if nothing was spent. */
static gboolean
check_limit (
    Connection *db, gint64 price, const GstHailuoLimit *limit, GError **error)
{
  gboolean unknown = price == GST_HAILUO_PRICE_UNKNOWN;
  gint64 sum = MAX (price, 0);
  guint i;

  for (i = 0; db != NULL && i < G_N_ELEMENTS (spent); i++) {
    if (!sum_spent (db, spent[i], limit, &sum, &unknown, error))
      return FALSE;
  }
  return (sum <= limit->budget && !unknown)
      || set_over_budget (limit, price, sum, unknown, error);
}

/* --- public API --------------------------------------------------------- */

GstHailuoLedger *
gst_hailuo_ledger_new (const gchar *path, gboolean used,
    GstHailuoDatabaseWait wait, gpointer user_data)
{
  GstHailuoLedger *self = g_new0 (GstHailuoLedger, 1);

  gst_hailuo_debug_init ();
  self->database.path = g_strdup (path);
  self->database.used = used;
  self->database.wait = wait;
  self->database.user_data = user_data;
  return self;
}

void
gst_hailuo_ledger_free (GstHailuoLedger *self)
{
  if (self == NULL)
    return;
  g_free (self->database.path);
  g_free (self);
}

gboolean
gst_hailuo_ledger_make (GstHailuoLedger *self, GError **error)
{
  g_autoptr (Connection) db = NULL;

  if (self->database.used)
    return TRUE;
  db = begin (self, error);
  self->database.used = db != NULL;
  return self->database.used;
}

GPtrArray *
gst_hailuo_ledger_list (
    GstHailuoLedger *self, const gchar *shot, GError **error)
{
  const gchar *values[] = { shot, NULL };
  g_autoptr (Connection) db = NULL;

  if (!open_ledger (self, &db, error))
    return NULL;
  return query_attempts (db,
      shot ? "WHERE shot >= ?1 AND shot < ?1 || 'g' ORDER BY attempt DESC"
           : "ORDER BY attempt DESC",
      values, error);
}

GstHailuoAttempt *
gst_hailuo_ledger_find (GstHailuoLedger *self, const gchar *provider,
    const gchar *base_url, const gchar *task_id, GError **error)
{
  g_autoptr (Connection) db = NULL;

  return open_ledger (self, &db, error)
      ? find_task (db, provider, base_url, task_id, error)
      : NULL;
}

gboolean
gst_hailuo_ledger_check_limit (GstHailuoLedger *self, gint64 price,
    const GstHailuoLimit *limit, GError **error)
{
  g_autoptr (Connection) db = NULL;

  return limit->budget < 0
      || (open_ledger (self, &db, error)
          && check_limit (db, price, limit, error));
}

gboolean
gst_hailuo_ledger_add (GstHailuoLedger *self, GstHailuoAttempt *attempt,
    const GstHailuoLimit *limit, GError **error)
{
  g_autoptr (Connection) db = begin (self, error);

  if (db == NULL
      || (limit != NULL && limit->budget >= 0
          && !check_limit (db, attempt->price, limit, error))
      || !insert (db, attempt, error))
    return FALSE;
  if (commit (db, error))
    return TRUE;
  /* the commit may have reached the disk despite the error */
  g_clear_pointer (&db, gst_hailuo_database_close);
  gst_hailuo_ledger_withdraw (self, attempt, NULL);
  attempt->number = 0;
  return FALSE;
}

gboolean
gst_hailuo_ledger_move (
    GstHailuoLedger *self, GstHailuoAttempt *attempt, GError **error)
{
  g_autoptr (Connection) db = begin (self, error);
  gboolean theirs;

  if (db == NULL || !merge_other (db, attempt, &theirs, error))
    return FALSE;
  if (theirs)
    return TRUE;
  if (!update (db, attempt, error)
      || (sqlite3_changes (db->db) == 0 && !insert (db, attempt, error))
      || !commit (db, error))
    return FALSE;
  GST_INFO ("attempt %" G_GINT64_FORMAT " is %s", attempt->number,
      gst_hailuo_attempt_state_get_name (attempt->state));
  return TRUE;
}

gboolean
gst_hailuo_ledger_withdraw (
    GstHailuoLedger *self, const GstHailuoAttempt *attempt, GError **error)
{
  g_autoptr (Connection) db = begin (self, error);

  return db != NULL
      && change (db,
          "DELETE FROM attempt WHERE " SAME_ATTEMPT " AND state = 'intent'",
          attempt, error)
      && commit (db, error);
}

gboolean
gst_hailuo_ledger_forget (
    GstHailuoLedger *self, const GstHailuoAttempt *attempt, GError **error)
{
  g_autoptr (Connection) db = begin (self, error);

  return db != NULL
      && change (db,
          "INSERT INTO forgotten SELECT created, provider, price, billed"
          " FROM attempt WHERE billed <> 'no' AND NOT adopted AND " SAME_ATTEMPT,
          attempt, error)
      && remove_row (db, attempt, error) && commit (db, error);
}

static GstHailuoAttempt *
read_forgotten (Connection *db, sqlite3_stmt *statement, GError **error)
{
  g_autoptr (GstHailuoAttempt) attempt = gst_hailuo_attempt_new ();

  attempt->created = sqlite3_column_int64 (statement, 0);
  attempt->provider = g_strdup (
      (const gchar *) sqlite3_column_text (statement, 1));
  attempt->price = sqlite3_column_int64 (statement, 2);
  attempt->billed = sqlite3_column_int (statement, 3) != 0
      ? GST_HAILUO_BILLED_YES
      : GST_HAILUO_BILLED_UNKNOWN;
  if (gst_hailuo_provider_find (attempt->provider) != NULL
      && gst_hailuo_attempt_is_price (attempt->price))
    return g_steal_pointer (&attempt);
  gst_hailuo_database_set_unreadable (
      db, "a row of what was forgotten is none", error);
  return NULL;
}

GPtrArray *
gst_hailuo_ledger_list_forgotten (GstHailuoLedger *self, GError **error)
{
  const gchar *values[] = { NULL };
  g_autoptr (Connection) db = NULL;

  if (!open_ledger (self, &db, error))
    return NULL;
  return query (db,
      "SELECT created, provider, ifnull (price, -1), billed = 'yes'"
      " FROM forgotten",
      values, read_forgotten, error);
}

GPtrArray *
gst_hailuo_ledger_list_undelivered (GstHailuoLedger *self, GError **error)
{
  const gchar *values[] = { NULL };
  g_autoptr (Connection) db = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  GPtrArray *clips = NULL;
  guint i;

  if (open_ledger (self, &db, error))
    rows = query_attempts (db, "WHERE state = 'fetched'", values, error);
  if (rows == NULL)
    return NULL;
  clips = g_ptr_array_new_with_free_func (g_free);
  for (i = 0; i < rows->len; i++) {
    GstHailuoAttempt *attempt = g_ptr_array_index (rows, i);

    g_ptr_array_add (clips, g_steal_pointer (&attempt->sha256));
  }
  return clips;
}
