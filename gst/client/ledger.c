/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <gio/gio.h>
#include <sqlite3.h>

#include "debug.h"
#include "ledger-schema.h"
#include "model.h"
#include "trust.h"
#include "turn.h"

/* for others who have the database: in other processes, and in this one */
#define WAIT 5 /* ms */
#define TURN_WAIT (50 * G_TIME_SPAN_MILLISECOND)
#define PATIENCE (30 * G_TIME_SPAN_SECOND)

struct _GstHailuoLedger
{
  gchar *path;
  GstHailuoLedgerWait wait;
  gpointer user_data;
  sqlite3 *db; /* open for the call, which has the turn */
  GstHailuoTurn turn;
  gint64 until;       /* when a call has waited enough for others */
  gboolean cancelled; /* the call is */
};

/* A ledger whose database is open */
typedef GstHailuoLedger Connection;

static void
close_database (Connection *self)
{
  g_clear_pointer (&self->db, sqlite3_close);
  gst_hailuo_turn_end (&self->turn);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Connection, close_database)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)

/* --- errors ------------------------------------------------------------- */

static gboolean
set_unreadable (GstHailuoLedger *self, const gchar *why, GError **error)
{
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_STORE,
      "The ledger %s cannot be used: %s. It may stand for paid tasks, so nothing"
      " is submitted. Look for them at the host, then put the file aside, or set"
      " store to another folder.",
      self->path, why);
  return FALSE;
}

/* @number: errno, or 0.  Returns FALSE. */
static gboolean
set_unusable (
    GstHailuoLedger *self, const gchar *why, gint number, GError **error)
{
  if (self->cancelled) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
    return FALSE;
  }
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_STORE,
      "The ledger %s cannot be used: %s%s%s. Make room, repair it, or set store to"
      " another folder.",
      self->path, why, number != 0 ? ": " : "",
      number != 0 ? g_strerror (number) : "");
  return FALSE;
}

/* The error for a call of SQLite that failed; returns FALSE. */
static gboolean
set_error (GstHailuoLedger *self, GError **error)
{
  const gint code = sqlite3_errcode (self->db);

  if (!self->cancelled && (code == SQLITE_NOTADB || code == SQLITE_CORRUPT))
    return set_unreadable (self, sqlite3_errmsg (self->db), error);
  return set_unusable (
      self, sqlite3_errmsg (self->db), sqlite3_system_errno (self->db), error);
}

/* --- the connection ----------------------------------------------------- */

/* sqlite3_busy_handler() */
static int
on_busy (void *user_data, int count)
{
  GstHailuoLedger *self = user_data;

  if (g_get_monotonic_time () >= self->until)
    return 0;
  if (self->wait == NULL)
    sqlite3_sleep (WAIT);
  else
    self->cancelled = !self->wait (self->user_data);
  return !self->cancelled;
}

static gboolean
take_turn (GstHailuoLedger *self, GError **error)
{
  gst_hailuo_turn_begin (&self->turn, self->path);
  while (!gst_hailuo_turn_wait (
      &self->turn, g_get_monotonic_time () + TURN_WAIT)) {
    if (on_busy (self, 0))
      continue;
    gst_hailuo_turn_end (&self->turn);
    return set_unusable (
        self, "others in this process have it for too long", 0, error);
  }
  return TRUE;
}

/* Without opening it: where we close a file that SQLite has open elsewhere in
 * this process, its locks are gone. */
static gboolean
make_file (GstHailuoLedger *self, GError **error)
{
  if (mknod (self->path, S_IFREG | 0600, 0) == 0 || errno == EEXIST)
    return TRUE;
  return gst_hailuo_trust_set_errno (error, self->path, "made");
}

static gboolean
execute (GstHailuoLedger *self, const gchar *sql, GError **error)
{
  return sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK
      || set_error (self, error);
}

/* The first column of the first row. */
static gboolean
query_number (
    GstHailuoLedger *self, const gchar *sql, gint64 *number, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = NULL;

  if (sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL) != SQLITE_OK
      || sqlite3_step (statement) != SQLITE_ROW)
    return set_error (self, error);
  *number = sqlite3_column_int64 (statement, 0);
  return TRUE;
}

/* The version of the schema; 0: there is none, -1: it is another database.  One
 * statement, so that nobody makes it in between. */
#define GET_VERSION \
  "SELECT CASE WHEN user_version = 0 AND (SELECT count (*) FROM sqlite_schema)" \
  " > 0 THEN -1 ELSE user_version END FROM pragma_user_version"

static gboolean
migrate (GstHailuoLedger *self, GError **error)
{
  gint64 version;

  if (!execute (self, "BEGIN IMMEDIATE", error)
      || !query_number (self, GET_VERSION, &version, error))
    return FALSE;
  for (; version < GST_HAILUO_LEDGER_VERSION; version++) {
    g_autofree gchar *sql = g_strdup_printf ("%s PRAGMA user_version = %d",
        gst_hailuo_ledger_migrations[version], (gint) version + 1);

    if (!execute (self, sql, error))
      return FALSE;
  }
  return execute (self, "COMMIT", error);
}

/* FALSE with no error: it has no rows, and need not have for reading. */
static gboolean
prepare_schema (GstHailuoLedger *self, gboolean write, GError **error)
{
  gint64 version;

  if (!execute (self,
          "PRAGMA synchronous = EXTRA; PRAGMA trusted_schema = OFF;"
          "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY",
          error)
      || !query_number (self, GET_VERSION, &version, error))
    return FALSE;
  if (version < 0)
    return set_unreadable (self, "it is the database of something else", error);
  if (version > GST_HAILUO_LEDGER_VERSION)
    return set_unreadable (self, "a newer version has made it", error);
  if (version == 0 && !write)
    return FALSE;
  return version == GST_HAILUO_LEDGER_VERSION || migrate (self, error);
}

/* Who reads may have to take back what a killed one left half done, so it is
 * opened for writing; SQLite makes do with less where the disk allows no more.
 * NULL with no error: there is nothing to be read. (transfer full) */
static Connection *
open_database (GstHailuoLedger *self, gboolean write, GError **error)
{
  g_autoptr (Connection) open = NULL;
  gboolean missing;

  self->until = g_get_monotonic_time () + PATIENCE;
  self->cancelled = FALSE;
  if ((write && !make_file (self, error))
      || !gst_hailuo_trust_check_file (self->path, &missing, error)
      || (!write && missing) || !take_turn (self, error))
    return NULL;
  open = self;
  if (sqlite3_open_v2 (self->path, &self->db,
          SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL)
      != SQLITE_OK) {
    set_error (self, error);
    return NULL;
  }
  sqlite3_busy_handler (self->db, on_busy, self);
  if (!prepare_schema (self, write, error))
    return NULL;
  return g_steal_pointer (&open);
}

/* A transaction, which the end of the connection takes back. (transfer full) */
static Connection *
begin (GstHailuoLedger *self, GError **error)
{
  g_autoptr (Connection) open = open_database (self, TRUE, error);

  if (open == NULL || !execute (self, "BEGIN IMMEDIATE", error))
    return NULL;
  return g_steal_pointer (&open);
}

/* --- rows --------------------------------------------------------------- */

/* The column n of a table is the member n. */
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
    default: /* behind the last one: it is none of them */
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
read_row (GstHailuoLedger *self, sqlite3_stmt *statement, GError **error)
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
  set_unreadable (self, why, error);
  return NULL;
}

/* "SELECT attempt, shot, ... FROM attempt @rest"; its parameters are @values.
 * (transfer full) (nullable) (element-type GstHailuoAttempt) */
static GPtrArray *
query (GstHailuoLedger *self, const gchar *rest, const gchar *const *values,
    GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_hailuo_attempt_free);
  g_autoptr (GError) problem = NULL;
  g_autoptr (Connection) open = open_database (self, FALSE, &problem);
  g_autoptr (sqlite3_stmt) statement = NULL;
  g_autofree gchar *names = list_columns ();
  g_autofree gchar *sql = g_strdup_printf (
      "SELECT %s FROM attempt %s", names, rest);
  gint n, result;

  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  if (open == NULL)
    return g_steal_pointer (&rows);
  if (sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL) != SQLITE_OK) {
    set_error (self, error);
    return NULL;
  }
  for (n = 0; values[n] != NULL; n++)
    sqlite3_bind_text (statement, n + 1, values[n], -1, SQLITE_STATIC);
  while ((result = sqlite3_step (statement)) == SQLITE_ROW) {
    GstHailuoAttempt *attempt = read_row (self, statement, error);

    if (attempt == NULL)
      return NULL;
    g_ptr_array_add (rows, attempt);
  }
  return result == SQLITE_DONE || set_error (self, error)
      ? g_steal_pointer (&rows)
      : NULL;
}

/* --- changes ------------------------------------------------------------ */

/* Runs @sql; the parameter ?n, if it is there, is the n-th column. */
static gboolean
change (GstHailuoLedger *self, const gchar *sql,
    const GstHailuoAttempt *attempt, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = NULL;
  guint n;

  if (sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL) != SQLITE_OK)
    return set_error (self, error);
  for (n = 0; n < (guint) sqlite3_bind_parameter_count (statement); n++)
    bind_column (statement, n, attempt);
  return sqlite3_step (statement) == SQLITE_DONE || set_error (self, error);
}

static gboolean
insert (GstHailuoLedger *self, const GstHailuoAttempt *attempt, GError **error)
{
  g_autofree gchar *names = list_columns ();
  g_autoptr (GString) sql = g_string_new (NULL);
  guint n;

  g_string_printf (sql, "INSERT INTO attempt (%s) VALUES (?1", names);
  for (n = 1; n < GST_HAILUO_N_MEMBERS; n++)
    g_string_append_printf (sql, ", ?%u", n + 1);
  g_string_append_c (sql, ')');
  return change (self, sql->str, attempt, error);
}

static gboolean
update (GstHailuoLedger *self, const GstHailuoAttempt *attempt, GError **error)
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
  g_string_append (sql, " WHERE attempt = ?1");
  return change (self, sql->str, attempt, error);
}

/* What the period saw begin and may have been billed, the newest first, as far as
 * that is needed to exceed @limit together with @price: so it does not take longer
 * in a large ledger. */
static gboolean
sum_spent (GstHailuoLedger *self, const GstHailuoLimit *limit, gint64 price,
    gint64 *sum, GError **error)
{
  g_autofree gchar *sql = g_strdup_printf (
      "SELECT price FROM attempt WHERE billed <> 'no' AND created > %" G_GINT64_FORMAT
      " ORDER BY created DESC",
      g_get_real_time () - limit->period);
  g_autoptr (sqlite3_stmt) statement = NULL;
  gint result = SQLITE_ROW;

  if (sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL) != SQLITE_OK)
    return set_error (self, error);
  while (result == SQLITE_ROW && *sum + price <= limit->budget) {
    result = sqlite3_step (statement);
    if (result == SQLITE_ROW)
      *sum += sqlite3_column_int64 (statement, 0);
  }
  return result == SQLITE_ROW || result == SQLITE_DONE
      || set_error (self, error);
}

static gboolean
check_limit (GstHailuoLedger *self, const GstHailuoAttempt *attempt,
    const GstHailuoLimit *limit, GError **error)
{
  g_autofree gchar *price = gst_hailuo_price_to_string (
      MAX (attempt->price, 0));
  g_autofree gchar *budget = gst_hailuo_price_to_string (limit->budget);
  g_autofree gchar *begun = NULL;
  gint64 sum = 0;

  if (attempt->price == GST_HAILUO_PRICE_UNKNOWN) {
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_SETTINGS,
        "The price of this shot is not known, so nothing is submitted within"
        " budget=%s. Set a model with a known price, or budget=-1.",
        budget);
    return FALSE;
  }
  if (!sum_spent (self, limit, attempt->price, &sum, error))
    return FALSE;
  if (sum + attempt->price <= limit->budget)
    return TRUE;
  begun = gst_hailuo_price_to_string (sum);
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_SETTINGS,
      "This shot costs about $%s, and of budget=%s this store has begun to"
      " spend at least $%s within the last %" G_GINT64_FORMAT
      " s (budget-period): nothing is submitted. Raise budget, or wait.",
      price, budget, begun, limit->period / G_TIME_SPAN_SECOND);
  return FALSE;
}

/* --- the calls ---------------------------------------------------------- */

GstHailuoLedger *
gst_hailuo_ledger_new (
    const gchar *path, GstHailuoLedgerWait wait, gpointer user_data)
{
  GstHailuoLedger *self = g_new0 (GstHailuoLedger, 1);

  gst_hailuo_debug_init ();
  self->path = g_strdup (path);
  self->wait = wait;
  self->user_data = user_data;
  return self;
}

void
gst_hailuo_ledger_free (GstHailuoLedger *self)
{
  if (self == NULL)
    return;
  g_free (self->path);
  g_free (self);
}

GPtrArray *
gst_hailuo_ledger_list (
    GstHailuoLedger *self, const gchar *shot, GError **error)
{
  const gchar *values[] = { shot, NULL };

  return query (self,
      shot ? "WHERE shot >= ?1 AND shot < ?1 || 'g' ORDER BY attempt DESC"
           : "ORDER BY attempt DESC",
      values, error);
}

GstHailuoAttempt *
gst_hailuo_ledger_find (GstHailuoLedger *self, const gchar *provider,
    const gchar *base_url, const gchar *task_id, GError **error)
{
  const gchar *values[] = { provider, base_url, task_id, NULL };
  g_autoptr (GPtrArray) rows = query (self,
      "WHERE provider = ?1 AND base_url = ?2 AND task_id = ?3", values, error);

  return rows && rows->len > 0 ? g_ptr_array_steal_index (rows, 0) : NULL;
}

gboolean
gst_hailuo_ledger_add (GstHailuoLedger *self, GstHailuoAttempt *attempt,
    const GstHailuoLimit *limit, GError **error)
{
  g_autoptr (Connection) open = begin (self, error);

  if (open == NULL
      || (limit != NULL && limit->budget >= 0
          && !check_limit (self, attempt, limit, error))
      || !insert (self, attempt, error))
    return FALSE;
  attempt->number = sqlite3_last_insert_rowid (self->db);
  if (execute (self, "COMMIT", error))
    return TRUE;
  /* the disk may have it all the same */
  g_clear_pointer (&open, close_database);
  gst_hailuo_ledger_withdraw (self, attempt, NULL);
  attempt->number = 0;
  return FALSE;
}

gboolean
gst_hailuo_ledger_move (
    GstHailuoLedger *self, const GstHailuoAttempt *attempt, GError **error)
{
  g_autoptr (Connection) open = begin (self, error);

  if (open == NULL || !update (self, attempt, error)
      || (sqlite3_changes (self->db) == 0 && !insert (self, attempt, error))
      || !execute (self, "COMMIT", error))
    return FALSE;
  GST_INFO ("attempt %" G_GINT64_FORMAT " is %s", attempt->number,
      gst_hailuo_attempt_state_get_name (attempt->state));
  return TRUE;
}

static gboolean
remove_row (GstHailuoLedger *self, const GstHailuoAttempt *attempt,
    const gchar *sql, GError **error)
{
  g_autoptr (Connection) open = begin (self, error);

  return open != NULL && change (self, sql, attempt, error)
      && execute (self, "COMMIT", error);
}

gboolean
gst_hailuo_ledger_withdraw (
    GstHailuoLedger *self, const GstHailuoAttempt *attempt, GError **error)
{
  /* ?2 shot, ?12 created */
  return remove_row (self, attempt,
      "DELETE FROM attempt WHERE attempt = ?1 AND shot = ?2 AND created = ?12"
      " AND state = 'intent'",
      error);
}

gboolean
gst_hailuo_ledger_forget (GstHailuoLedger *self, gint64 number, GError **error)
{
  const GstHailuoAttempt attempt = { .number = number };

  return remove_row (
      self, &attempt, "DELETE FROM attempt WHERE attempt = ?1", error);
}

GPtrArray *
gst_hailuo_ledger_list_undelivered (GstHailuoLedger *self, GError **error)
{
  const gchar *values[] = { NULL };
  g_autoptr (GPtrArray)
      rows = query (self, "WHERE state = 'fetched'", values, error);
  GPtrArray *clips = NULL;
  guint i;

  if (rows == NULL)
    return NULL;
  clips = g_ptr_array_new_with_free_func (g_free);
  for (i = 0; i < rows->len; i++) {
    GstHailuoAttempt *attempt = g_ptr_array_index (rows, i);

    g_ptr_array_add (clips, g_steal_pointer (&attempt->sha256));
  }
  return clips;
}
