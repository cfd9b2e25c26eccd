/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ledger.h: the database of all attempts, and all SQL.
 *
 * One row for each task that was, or may have been, made.  Rows are added and
 * move forward; what an attempt does never changes another one.
 *
 * What a function changes is durable when it returns; nothing is held between
 * calls (database.h has their errors), and no other lock of ours is taken inside.
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
  gint64 period;  /* us, until now */
} GstHailuoLimit;

/* @path: of the database; its folder is there and trusted.  @used: the store was
 * used before, so that a database without tables, or none, is an error.  @wait:
 * NULL waits without being cancelled. */
GstHailuoLedger *gst_hailuo_ledger_new (const gchar *path, gboolean used,
    GstHailuoDatabaseWait wait, gpointer user_data);
void gst_hailuo_ledger_free (GstHailuoLedger *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoLedger, gst_hailuo_ledger_free)

/* Makes the database (0600) of a store that was not used before.  Whatever else is
 * put into the store comes after this. */
gboolean gst_hailuo_ledger_make (GstHailuoLedger *self, GError **error);

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

/* Whether an attempt of that price may be added.  With a budget in @limit it is
 * GST_HAILUO_ERROR_SETTINGS where the price is not known, or exceeds the budget
 * together with those of the attempts that the period saw begin and that may have
 * been billed. */
gboolean gst_hailuo_ledger_check_limit (GstHailuoLedger *self, gint64 price,
    const GstHailuoLimit *limit, GError **error);

/* Adds @attempt and gives it its number, where @limit (nullable) allows it: no
 * two processes exceed that together. */
gboolean gst_hailuo_ledger_add (GstHailuoLedger *self,
    GstHailuoAttempt *attempt, const GstHailuoLimit *limit, GError **error);

/* Moves @attempt forward to what it says now; adds it, with another number, where
 * it is not there or somebody has removed it meanwhile.  What was billed stays
 * billed.  Of a task there is one attempt: one that outranks it
 * takes its place, and takes over what it says; and one that the user named is not
 * added beside another.  GST_HAILUO_ERROR_OUTCOME_UNKNOWN: a
 * submit of another shot, or another one of this, was given the same task. */
gboolean gst_hailuo_ledger_move (GstHailuoLedger *self,
    GstHailuoAttempt *attempt, GError **error);

/* Removes an attempt of which the host said no before there was a task: it was
 * none.  Any other than an INTENT stays. */
gboolean gst_hailuo_ledger_withdraw (GstHailuoLedger *self,
    const GstHailuoAttempt *attempt, GError **error);

/* Removes an attempt, since the user wants it so.  Its share of what was spent
 * stays. */
gboolean gst_hailuo_ledger_forget (GstHailuoLedger *self,
    const GstHailuoAttempt *attempt, GError **error);

/* What was forgotten, with no more than `created`, `provider`, `price` and
 * `billed`. (transfer full) (nullable) (element-type GstHailuoAttempt) */
GPtrArray *gst_hailuo_ledger_list_forgotten (GstHailuoLedger *self,
    GError **error);

/* The SHA-256 of each clip that may not be evicted: it never went downstream to
 * its end. (transfer full) (nullable) (element-type utf8) */
GPtrArray *gst_hailuo_ledger_list_undelivered (GstHailuoLedger *self,
    GError **error);

G_END_DECLS
