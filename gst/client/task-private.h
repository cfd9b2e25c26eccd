/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-private.h: what the stages of a task share; for task*.c only. */
#pragma once

#include "ledger.h"
#include "post.h"
#include "store.h"
#include "task.h"

G_BEGIN_DECLS

struct _GstHailuoTask
{
  GstHailuoHttp *http;          /* not owned; NULL in a thread for the answer */
  GstHailuoShot *shot;          /* (owned) (nullable) */
  const GstHailuoListener *listener;
  gpointer user_data;
  GstHailuoMeans means;
  GstHailuoStatus status;
  GError *final;                /* FAILED: why */
  gchar *adopt;                 /* (nullable) task id that the user gave */
  gboolean fresh;               /* the run has told nothing yet */

  GstHailuoStore *store;        /* (nullable) opened by CLAIM */
  GstHailuoLedger *ledger;      /* (nullable) the same */
  GstHailuoAttempt *attempt;    /* (owned) (nullable) that this is about */
  gboolean unsaved;             /* the ledger has it as it was before, or not */
  gboolean warned;              /* of that */
  gboolean doubted;             /* the user named its task, and the host has not
                                 * answered for it: it may be another's */
  GPtrArray *before;            /* (owned) (nullable) the attempts as they were
                                 * when the run began, before it had the lock;
                                 * NULL: it has not looked yet */
  gint lock;                    /* of the attempt's shot; -1: not held */
  gboolean waited;              /* somebody else had the lock before */
  gint64 reserved;              /* 1/1000000 USD of the URIs' budget */
  GstHailuoPost *post;          /* (owned) (nullable) whose answer the ledger
                                 * does not have yet; SUBMIT only */
  gboolean answered;            /* it has come, and self->attempt says what it
                                 * was */
  gint64 handed_over;           /* the attempt whose POST a thread has got since
                                 * the last claim, of reuse=never; 0: none */

  gint64 began;                 /* of the submit; 0: not yet */
  gint64 deadline;              /* for the result, then for the clip; 0: to be
                                 * counted from now */
  gint64 next_poll;             /* 0: at once */
  gchar *link;                  /* (nullable) of the clip; never logged */
  GstHailuoHttpFile file;       /* the clip; its fd is -1 before there is one */
  gint64 told;                  /* when the download was last reported */
};

/* --- telling; each sets status.elapsed before --------------------------- */

void gst_hailuo_task_update_elapsed (GstHailuoTask *self);
/* Tells the state, where it is another than was told last. */
void gst_hailuo_task_tell_state (GstHailuoTask *self, const gchar *state);
void gst_hailuo_task_tell_progress (GstHailuoTask *self, GstHailuoStep step, gint percent,
    const gchar *format, ...) G_GNUC_PRINTF (4, 5);

/* --- waiting and trying again ------------------------------------------- */

gboolean gst_hailuo_is_cancelled (const GError *error);

/* Waits before attempt number @attempts + 1 of something that failed with
 * @problem.  FALSE, with @problem moved to @error: it was tried enough, or it
 * was cancelled. */
gboolean gst_hailuo_task_wait_to_retry (GstHailuoTask *self, guint attempts, guint max,
    gint64 floor, gint64 deadline, GError **problem, GError **error);

/* When the result, or the clip, must be there, counted from the first call. */
gint64 gst_hailuo_task_get_deadline (GstHailuoTask *self);

/* The only place that sets the stage. */
void gst_hailuo_task_enter (GstHailuoTask *self, GstHailuoStage stage);

/* Whatever goes wrong once there is a task, it is there and costs money.
 * @problem: (transfer full); returns FALSE. */
gboolean gst_hailuo_task_propagate_as_billed (GError **error, GError *problem);

/* --- the stages: TRUE, and the stage is another; or FALSE and an error ---- */

gboolean gst_hailuo_task_claim (GstHailuoTask *self, GError **error);
gboolean gst_hailuo_task_submit (GstHailuoTask *self, GError **error);
gboolean gst_hailuo_task_generate (GstHailuoTask *self, GError **error);
gboolean gst_hailuo_task_fetch (GstHailuoTask *self, GError **error);

/* Where a POST is open: leaves it, with the lock, the attempt and all that its
 * answer is needed for, to a thread.  In task-submit.c. */
void gst_hailuo_task_hand_over (GstHailuoTask *self);

/* The error for @shot, which has an INTENT; @why: a sentence.
 * (transfer full) */
GError *gst_hailuo_task_make_unknown_outcome (GstHailuoTask *self,
    const gchar *shot, const gchar *why);

/* Whether max-cost and the store's budget allow to submit the shot. */
gboolean gst_hailuo_task_check_cost (GstHailuoTask *self, GError **error);

/* Nothing was billed: what was reserved of a budget is there again. */
void gst_hailuo_task_give_back (GstHailuoTask *self);

/* Strikes the prompt out of what a host says. */
void gst_hailuo_task_hide_prompt (GstHailuoTask *self, gchar **text);

/* --- the store, in task-store.c ------------------------------------------ */

/* Opens the store and its ledger, unless they are open.  @create: makes what is
 * missing. */
gboolean gst_hailuo_task_open_store (GstHailuoTask *self, gboolean create,
    GError **error);

/* Takes the lock of @shot, and waits for whoever has it. */
gboolean gst_hailuo_task_take_lock (GstHailuoTask *self, const gchar *shot,
    GError **error);

/* --- what is known, in task-claim.c -------------------------------------- */

/* Takes the lock again that the end of an earlier run gave back. */
gboolean gst_hailuo_task_reclaim (GstHailuoTask *self, GError **error);

/* --- the attempt, in task-record.c --------------------------------------- */

/* A new one of @shot, an INTENT; what is set of the shot is in it only where it
 * is an attempt at that. (transfer full) */
GstHailuoAttempt *gst_hailuo_task_make_attempt (GstHailuoTask *self,
    const gchar *shot);

/* Makes self->attempt an INTENT that is in the ledger; within the budget. */
gboolean gst_hailuo_task_announce (GstHailuoTask *self, GError **error);

/* Has the ledger say what self->attempt says. */
gboolean gst_hailuo_task_save (GstHailuoTask *self, GError **error);

/* The same where the money is spent and the run goes on: a warning tells how the
 * task is found, and it is tried again at each poll.  @error: only where it was
 * cancelled, or the task is another submit's. */
void gst_hailuo_task_try_save (GstHailuoTask *self, GError **error);

/* Tells, once, that the ledger does not have the task yet, and how it is found;
 * @why: a sentence. */
void gst_hailuo_task_warn_unsaved (GstHailuoTask *self, const gchar *why);

/* --- clips ---------------------------------------------------------------- */

/* Makes @attempt (nullable) what the task is about. */
void gst_hailuo_task_set_attempt (
    GstHailuoTask *self, const GstHailuoAttempt *attempt);

/* Plays the clip of @attempt, where that has one which is whole: then the task is
 * DONE.  FALSE: cancelled. */
gboolean gst_hailuo_task_use_clip (GstHailuoTask *self,
    const GstHailuoAttempt *attempt, GError **error);

/* Plays again the clip of a task that is DONE.  TRUE: also where it is not as
 * it was, and the task goes on from another stage; FALSE: cancelled. */
gboolean gst_hailuo_task_reuse (GstHailuoTask *self, GError **error);
void gst_hailuo_task_close_clip (GstHailuoTask *self);

/* Whether what is there of the clip stays for the next run. */
gboolean gst_hailuo_task_keeps_part (const GstHailuoTask *self);

/* For gst_hailuo_clip_sum() and gst_hailuo_clip_compare(). */
gboolean gst_hailuo_task_is_cancelled (gpointer task);

/* A poll with its retries: one bad answer does not end the wait. */
gboolean gst_hailuo_task_poll (GstHailuoTask *self, gint64 deadline,
    GstHailuoReport *report, GError **error);

/* Whether a poll said that there is no such task. */
gboolean gst_hailuo_task_is_forgotten (const GError *error);

/* Takes over what a poll told: the state, and self->link.  FALSE: the task has
 * failed. */
gboolean gst_hailuo_task_take_report (GstHailuoTask *self, GstHailuoReport *report,
    GError **error);

G_END_DECLS
