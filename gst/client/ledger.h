/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ledger.h: the database of all attempts, and all SQL.
 *
 * One row for each task that was, or may have been, made.  Rows are added and
 * move forward; what an attempt does never changes another one.
 *
 * What a function changes is durable when it returns.  The database is opened
 * for a call and closed after it, so nothing is held between calls.  Where
 * another has it, a call waits with the ledger's @wait; no other lock of ours is
 * taken inside.  Errors are GST_HAILUO_ERROR_STORE and name the file, or
 * G_IO_ERROR_CANCELLED.
 */
#pragma once

#include "attempt.h"

G_BEGIN_DECLS

typedef struct _GstHailuoLedger GstHailuoLedger;

/* Waits a few milliseconds for whoever has the database.  FALSE: the call shall
 * fail, it is cancelled. */
typedef gboolean (*GstHailuoLedgerWait) (gpointer user_data);

/* What a store may spend. */
typedef struct
{
  gint64 budget;  /* 1/1000000 USD; -1: no limit */
  gint64 period;  /* us, until now */
} GstHailuoLimit;

/* @path: of the database, which the first change makes (0600); its folder is
 * there and trusted.  @wait: NULL waits without being cancelled. */
GstHailuoLedger *gst_hailuo_ledger_new (const gchar *path,
    GstHailuoLedgerWait wait, gpointer user_data);
void gst_hailuo_ledger_free (GstHailuoLedger *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoLedger, gst_hailuo_ledger_free)

/* The attempts of the shots whose identity begins with @shot, or all where it is
 * NULL, the newest first.  Nothing is
 * written, not even where there is no database.
 * (transfer full) (nullable) (element-type GstHailuoAttempt) */
GPtrArray *gst_hailuo_ledger_list (GstHailuoLedger *self, const gchar *shot,
    GError **error);

/* The attempt with that task.  NULL with no error: there is none.
 * (transfer full) (nullable) */
GstHailuoAttempt *gst_hailuo_ledger_find (GstHailuoLedger *self,
    const gchar *provider, const gchar *base_url, const gchar *task_id,
    GError **error);

/* Adds @attempt and gives it its number.  With a budget in @limit (nullable) it
 * is GST_HAILUO_ERROR_SETTINGS where its price is not known, or exceeds the
 * budget together with those of the attempts that the period saw begin and that
 * may have been billed; no two processes exceed it together. */
gboolean gst_hailuo_ledger_add (GstHailuoLedger *self,
    GstHailuoAttempt *attempt, const GstHailuoLimit *limit, GError **error);

/* Moves @attempt forward to what it says now; adds it again where somebody has
 * removed it meanwhile.  What was billed stays billed. */
gboolean gst_hailuo_ledger_move (GstHailuoLedger *self,
    const GstHailuoAttempt *attempt, GError **error);

/* Removes an attempt of which the host said no before there was a task: it was
 * none.  Any other than an INTENT stays. */
gboolean gst_hailuo_ledger_withdraw (GstHailuoLedger *self,
    const GstHailuoAttempt *attempt, GError **error);

/* Removes an attempt, since the user wants it so. */
gboolean gst_hailuo_ledger_forget (GstHailuoLedger *self, gint64 number,
    GError **error);

/* The SHA-256 of each clip that may not be evicted: it never went downstream to
 * its end. (transfer full) (nullable) (element-type utf8) */
GPtrArray *gst_hailuo_ledger_list_undelivered (GstHailuoLedger *self,
    GError **error);

G_END_DECLS
