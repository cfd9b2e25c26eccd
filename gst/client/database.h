/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* database.h: the SQLite file of the ledger, for one operation at a time.
 *
 * The file is opened for an operation and closed after it, so that neither the
 * file nor a lock on it is held in between.  If others are using it, they are
 * waited for: other processes by the busy handler, others in this process by
 * taking turns (turn.h).  Errors are GST_HAILUO_ERROR_STORE and name the file,
 * or G_IO_ERROR_CANCELLED.
 */
#pragma once

#include <sqlite3.h>

#include "error.h"
#include "turn.h"

G_BEGIN_DECLS

/* Waits a few milliseconds for whoever has the database.  Returns FALSE to
 * cancel the operation. */
typedef gboolean (*GstHailuoDatabaseWait) (gpointer user_data);

typedef struct
{
  gchar *path;
  GstHailuoDatabaseWait wait; /* (nullable) NULL: cannot be cancelled */
  gpointer user_data;
  gboolean used;      /* the store was used before: an empty or missing database
                       * is an error */

  /* during an operation */
  sqlite3 *db;
  GstHailuoTurn turn;
  gint64 until;       /* when to stop waiting for others, monotonic us */
  gboolean cancelled;
} GstHailuoDatabase;

/* Opens the database, for changes if @write, which also creates it if need be.
 * FALSE without an error: there are no tables yet, which is fine for reading.
 * After TRUE, close it. */
gboolean gst_hailuo_database_open (GstHailuoDatabase *self, gboolean write,
    GError **error);

/* Opens the database for changes and begins a transaction.  Closing the
 * database without a COMMIT rolls the transaction back. */
gboolean gst_hailuo_database_begin (GstHailuoDatabase *self, GError **error);

void gst_hailuo_database_close (GstHailuoDatabase *self);

gboolean gst_hailuo_database_execute (GstHailuoDatabase *self, const gchar *sql,
    GError **error);

/* (transfer full) (nullable) */
sqlite3_stmt *gst_hailuo_database_prepare (GstHailuoDatabase *self,
    const gchar *sql, GError **error);

/* Sets the error for the SQLite call that just failed.  Returns FALSE. */
gboolean gst_hailuo_database_set_error (GstHailuoDatabase *self, GError **error);

/* Sets the error for a database that is damaged or not ours; @why is the
 * reason.  Returns FALSE. */
gboolean gst_hailuo_database_set_unreadable (GstHailuoDatabase *self,
    const gchar *why, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)

G_END_DECLS
