/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* database.h: the SQLite file of the ledger, for one operation at a time.
 *
 * It is opened for an operation and closed after it, so no file and no lock of it
 * is held in between.  Who else has it is waited for: another process with the
 * busy handler, and others in this one in turn (turn.h).  Errors are
 * GST_HAILUO_ERROR_STORE and name the file, or G_IO_ERROR_CANCELLED.
 */
#pragma once

#include <sqlite3.h>

#include "error.h"
#include "turn.h"

G_BEGIN_DECLS

/* Waits a few milliseconds for whoever has the database.  FALSE: the call shall
 * fail, it is cancelled. */
typedef gboolean (*GstHailuoDatabaseWait) (gpointer user_data);

typedef struct
{
  gchar *path;
  GstHailuoDatabaseWait wait; /* (nullable) */
  gpointer user_data;
  gboolean used;      /* the store was: an empty database is none of it */

  /* of the operation */
  sqlite3 *db;
  GstHailuoTurn turn;
  gint64 until;       /* when it has waited enough for others */
  gboolean cancelled;
} GstHailuoDatabase;

/* Opens it, with @write for changes, which may make it.  FALSE with no error: it
 * has no tables, and need not have for reading.  Where it is TRUE, it is to be
 * closed. */
gboolean gst_hailuo_database_open (GstHailuoDatabase *self, gboolean write,
    GError **error);

/* Opens it for changes and begins a transaction, which closing it takes back. */
gboolean gst_hailuo_database_begin (GstHailuoDatabase *self, GError **error);

void gst_hailuo_database_close (GstHailuoDatabase *self);

gboolean gst_hailuo_database_execute (GstHailuoDatabase *self, const gchar *sql,
    GError **error);

/* (transfer full) (nullable) */
sqlite3_stmt *gst_hailuo_database_prepare (GstHailuoDatabase *self,
    const gchar *sql, GError **error);

/* For the call of SQLite that failed.  Returns FALSE. */
gboolean gst_hailuo_database_set_error (GstHailuoDatabase *self, GError **error);

/* It is damaged, or not ours, for the reason @why.  Returns FALSE. */
gboolean gst_hailuo_database_set_unreadable (GstHailuoDatabase *self,
    const gchar *why, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)

G_END_DECLS
