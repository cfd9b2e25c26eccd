/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "database.h"

#include <errno.h>
#include <sys/stat.h>

#include <gio/gio.h>

#include "ledger-schema.h"
#include "trust.h"

/* Waiting for the database: poll intervals for other processes and for this
 * one, and when to give up */
#define WAIT 5 /* ms */
#define TURN_WAIT (50 * G_TIME_SPAN_MILLISECOND)
#define PATIENCE (30 * G_TIME_SPAN_SECOND)

#define VALUE_MAX 1000000 /* bytes; what we write is far smaller */

/* --- errors ------------------------------------------------------------- */

gboolean
gst_hailuo_database_set_unreadable (
    GstHailuoDatabase *self, const gchar *why, GError **error)
{
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_STORE,
      "The ledger %s cannot be used: %s. It may record paid tasks, so it is not"
      " replaced. Restore a copy of it; or look up its tasks at the host, then"
      " move the whole directory away or use another one as the store.",
      self->path, why);
  return FALSE;
}

/* @number: errno, or 0.  Returns FALSE. */
static gboolean
set_unusable (
    GstHailuoDatabase *self, const gchar *why, gint number, GError **error)
{
  if (self->cancelled) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
    return FALSE;
  }
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_STORE,
      "The ledger %s cannot be used: %s%s%s. Free disk space, fix the"
      " permissions, or use another directory as the store.",
      self->path, why, number != 0 ? ": " : "",
      number != 0 ? g_strerror (number) : "");
  return FALSE;
}

/* The database is in use.  Do not suggest another store: it would not know what
 * has been paid for.  Returns FALSE. */
static gboolean
set_busy (GstHailuoDatabase *self, const gchar *why, GError **error)
{
  if (self->cancelled)
    return set_unusable (self, why, 0, error);
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_STORE,
      "The ledger %s cannot be used now: %s. Close that program, or wait.",
      self->path, why);
  return FALSE;
}

gboolean
gst_hailuo_database_set_error (GstHailuoDatabase *self, GError **error)
{
  const gint code = sqlite3_errcode (self->db);

  if (!self->cancelled
      && (code == SQLITE_NOTADB || code == SQLITE_CORRUPT
          || code == SQLITE_TOOBIG))
    return gst_hailuo_database_set_unreadable (
        self, sqlite3_errmsg (self->db), error);
  if (code == SQLITE_BUSY)
    return set_busy (self, "another program has it locked", error);
  return set_unusable (
      self, sqlite3_errmsg (self->db), sqlite3_system_errno (self->db), error);
}

/* --- waiting ------------------------------------------------------------ */

/* sqlite3_busy_handler() */
static int
on_busy (void *user_data, int count)
{
  GstHailuoDatabase *self = user_data;

  if (g_get_monotonic_time () >= self->until)
    return 0;
  if (self->wait == NULL)
    sqlite3_sleep (WAIT);
  else
    self->cancelled = !self->wait (self->user_data);
  return !self->cancelled;
}

static gboolean
take_turn (GstHailuoDatabase *self, GError **error)
{
  gst_hailuo_turn_begin (&self->turn, self->path);
  while (!gst_hailuo_turn_wait (
      &self->turn, g_get_monotonic_time () + TURN_WAIT)) {
    if (on_busy (self, 0))
      continue;
    gst_hailuo_turn_end (&self->turn);
    return set_busy (
        self, "others in this program have it for too long", error);
  }
  return TRUE;
}

/* --- the schema --------------------------------------------------------- */

gboolean
gst_hailuo_database_execute (
    GstHailuoDatabase *self, const gchar *sql, GError **error)
{
  return sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK
      || gst_hailuo_database_set_error (self, error);
}

sqlite3_stmt *
gst_hailuo_database_prepare (
    GstHailuoDatabase *self, const gchar *sql, GError **error)
{
  sqlite3_stmt *statement = NULL;

  if (sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL) != SQLITE_OK)
    gst_hailuo_database_set_error (self, error);
  return statement;
}

/* The version and the complete schema, which must be ours: anything added, such
 * as a trigger, could do more than our tables do. */
#define GET_SCHEMA \
  "SELECT user_version, (SELECT group_concat (sql, ';') FROM (SELECT sql FROM" \
  " sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid)) FROM pragma_user_version"

/* @version: 0 if the database is empty. */
static gboolean
check_schema (GstHailuoDatabase *self, gint *version, GError **error)
{
  g_autoptr (sqlite3_stmt)
      statement = gst_hailuo_database_prepare (self, GET_SCHEMA, error);
  const gchar *sql;

  if (statement == NULL)
    return FALSE;
  if (sqlite3_step (statement) != SQLITE_ROW)
    return gst_hailuo_database_set_error (self, error);
  *version = sqlite3_column_int (statement, 0);
  sql = (const gchar *) sqlite3_column_text (statement, 1);
  if (*version == 0 && sql == NULL)
    return !self->used
        || gst_hailuo_database_set_unreadable (
            self, "it is empty, and the store is not", error);
  if (*version > GST_HAILUO_LEDGER_VERSION)
    return gst_hailuo_database_set_unreadable (
        self, "a newer version has made it", error);
  if (*version == GST_HAILUO_LEDGER_VERSION
      && g_strcmp0 (sql, gst_hailuo_ledger_migrations[*version - 1]) == 0)
    return TRUE;
  return gst_hailuo_database_set_unreadable (
      self, "it is the database of something else", error);
}

static gboolean
make_schema (GstHailuoDatabase *self, GError **error)
{
  gint version;

  if (!gst_hailuo_database_execute (self, "BEGIN IMMEDIATE", error)
      || !check_schema (self, &version, error))
    return FALSE;
  for (; version < GST_HAILUO_LEDGER_VERSION; version++) {
    g_autofree gchar *sql = g_strdup_printf ("%s; PRAGMA user_version = %d",
        gst_hailuo_ledger_migrations[version], version + 1);

    if (!gst_hailuo_database_execute (self, sql, error))
      return FALSE;
  }
  return gst_hailuo_database_execute (self, "COMMIT", error);
}

/* Another program may have switched the database to write-ahead logging, which
 * does not work on network file systems. */
static gboolean
leave_wal (GstHailuoDatabase *self, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = gst_hailuo_database_prepare (
      self, "PRAGMA journal_mode = DELETE", error);

  if (statement == NULL)
    return FALSE;
  if (sqlite3_step (statement) != SQLITE_ROW)
    return gst_hailuo_database_set_error (self, error);
  return g_strcmp0 (
             (const gchar *) sqlite3_column_text (statement, 0), "delete")
      == 0
      || set_busy (
          self, "another program keeps a write-ahead log of it", error);
}

/* FALSE with no error: the database is empty, which is fine for reading. */
static gboolean
prepare_schema (GstHailuoDatabase *self, gboolean write, GError **error)
{
  gint version;

  if (!gst_hailuo_database_execute (self,
          "PRAGMA synchronous = EXTRA; PRAGMA trusted_schema = OFF;"
          "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY",
          error)
      || (write && !leave_wal (self, error))
      || !check_schema (self, &version, error))
    return FALSE;
  return version == GST_HAILUO_LEDGER_VERSION
      || (write && make_schema (self, error));
}

/* --- the file ----------------------------------------------------------- */

/* Creates the file without opening it: closing a file that SQLite has open
 * elsewhere in this process would drop SQLite's locks. */
static gboolean
make_file (GstHailuoDatabase *self, GError **error)
{
  if (mknod (self->path, S_IFREG | 0600, 0) == 0 || errno == EEXIST)
    return TRUE;
  return gst_hailuo_trust_set_errno (error, self->path, "created");
}

/* Checks the files that SQLite opens.  @missing: there is no database. */
static gboolean
check_files (GstHailuoDatabase *self, gboolean *missing, GError **error)
{
  static const gchar *const others[] = { "-journal", "-wal", "-shm" };
  gboolean unused;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autofree gchar *path = g_strconcat (self->path, others[i], NULL);

    if (!gst_hailuo_trust_check_file (path, &unused, error))
      return FALSE;
  }
  if (!gst_hailuo_trust_check_file (self->path, missing, error))
    return FALSE;
  return !*missing || !self->used
      || gst_hailuo_database_set_unreadable (
          self, "it is missing, and the store is not empty", error);
}

/* Always opens the database for writing: even a reader may have to roll back
 * what a killed process left half done.  SQLite falls back to read-only if the
 * disk allows no more. */
gboolean
gst_hailuo_database_open (
    GstHailuoDatabase *self, gboolean write, GError **error)
{
  gboolean missing;

  self->until = g_get_monotonic_time () + PATIENCE;
  self->cancelled = FALSE;
  if ((write && !self->used && !make_file (self, error))
      || !check_files (self, &missing, error) || missing
      || !take_turn (self, error))
    return FALSE;
  if (sqlite3_open_v2 (self->path, &self->db,
          SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL)
      != SQLITE_OK) {
    gst_hailuo_database_set_error (self, error);
  } else {
    sqlite3_limit (self->db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
    sqlite3_busy_handler (self->db, on_busy, self);
    if (prepare_schema (self, write, error))
      return TRUE;
  }
  gst_hailuo_database_close (self);
  return FALSE;
}

gboolean
gst_hailuo_database_begin (GstHailuoDatabase *self, GError **error)
{
  if (!gst_hailuo_database_open (self, TRUE, error))
    return FALSE;
  if (gst_hailuo_database_execute (self, "BEGIN IMMEDIATE", error))
    return TRUE;
  gst_hailuo_database_close (self);
  return FALSE;
}

void
gst_hailuo_database_close (GstHailuoDatabase *self)
{
  g_clear_pointer (&self->db, sqlite3_close);
  gst_hailuo_turn_end (&self->turn);
}
