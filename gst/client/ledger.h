/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ledger.h: the database of all attempts, and all SQL.
 *
 * One row for each task that was, or may have been, created.  Rows are added
 * and move forward; the progress of one attempt never changes another.
 *
 * Changes are durable when a function returns.  Nothing is held between calls,
 * and no other lock of ours is taken within one.  Errors are those of
 * database.h.
 */
#pragma once

#include "attempt.h"
#include "database.h"

G_BEGIN_DECLS

typedef struct _GstHailuoLedger GstHailuoLedger;

/* What a store may spend. */
typedef struct
{
  gint64 budget;  /* 1/1000000 USD; -1: no limit */
  gint64 period;  /* us, up to now */
} GstHailuoLimit;

/* @path: the database, in a directory that is trusted.
 * @used: the store was used before, so an empty or missing database is an
 * error.
 * @wait: (nullable) NULL: waits cannot be cancelled. */
GstHailuoLedger *gst_hailuo_ledger_new (const gchar *path, gboolean used,
    GstHailuoDatabaseWait wait, gpointer user_data);
void gst_hailuo_ledger_free (GstHailuoLedger *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoLedger, gst_hailuo_ledger_free)

/* Creates the database (0600) of a store that was not used before.  Call this
 * before putting anything else into the store. */
gboolean gst_hailuo_ledger_make (GstHailuoLedger *self, GError **error);

/* The attempts whose shot begins with @shot, or all if @shot is NULL, newest
 * first.  Writes nothing, and does not create a missing database.
 * (transfer full) (nullable) (element-type GstHailuoAttempt) */
GPtrArray *gst_hailuo_ledger_list (GstHailuoLedger *self, const gchar *shot,
    GError **error);

/* The attempt with that task.  NULL without an error: there is none.
 * (transfer full) (nullable) */
GstHailuoAttempt *gst_hailuo_ledger_find (GstHailuoLedger *self,
    const gchar *provider, const gchar *base_url, const gchar *task_id,
    GError **error);

/* Whether an attempt at @price may be added.  Attempts that began within the
 * period and may have been billed count against a budget in @limit.
 * GST_HAILUO_ERROR_LIMIT: their prices and @price together exceed the
 * budget, or one of these prices is unknown. */
gboolean gst_hailuo_ledger_check_limit (GstHailuoLedger *self, gint64 price,
    const GstHailuoLimit *limit, GError **error);

/* Adds @attempt and sets its number, if @limit (nullable) allows it.  Processes
 * that do so at the same time cannot exceed the limit together. */
gboolean gst_hailuo_ledger_add (GstHailuoLedger *self,
    GstHailuoAttempt *attempt, const GstHailuoLimit *limit, GError **error);

/* Moves the row of @attempt forward to what @attempt says now.  If there is no
 * such row, or it has been removed meanwhile, adds one with a new number.  What
 * was billed stays billed.
 *
 * There is one attempt per task.  If another row has the task and @attempt
 * outranks it, @attempt takes its place and takes over what it says.  If not,
 * an attempt that the user adopted is not added beside it; for any other the
 * error is GST_HAILUO_ERROR_OUTCOME_UNKNOWN: another submit, of this shot or of
 * a different one, was given the same task. */
gboolean gst_hailuo_ledger_move (GstHailuoLedger *self,
    GstHailuoAttempt *attempt, GError **error);

/* Removes an attempt that the host refused before there was a task.  Only an
 * INTENT is removed, anything else stays. */
gboolean gst_hailuo_ledger_withdraw (GstHailuoLedger *self,
    const GstHailuoAttempt *attempt, GError **error);

/* Removes an attempt at the user's request.  Its share of what was spent stays. */
gboolean gst_hailuo_ledger_forget (GstHailuoLedger *self,
    const GstHailuoAttempt *attempt, GError **error);

/* What was forgotten, with only `created`, `provider`, `price` and `billed`
 * set. (transfer full) (nullable) (element-type GstHailuoAttempt) */
GPtrArray *gst_hailuo_ledger_list_forgotten (GstHailuoLedger *self,
    GError **error);

/* The SHA-256 of each clip that must not be evicted, because it never went
 * downstream to its end. (transfer full) (nullable) (element-type utf8) */
GPtrArray *gst_hailuo_ledger_list_undelivered (GstHailuoLedger *self,
    GError **error);

G_END_DECLS
