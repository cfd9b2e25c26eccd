/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-private.h: the parts of a task, for task*.c only.
 *
 * Each section is a file, and calls only those above it.
 */
#pragma once

#include "clip.h"
#include "http-download.h"
#include "ledger.h"
#include "post.h"
#include "reply.h"
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
  GstHailuoDownload part;       /* FETCH: what has arrived of the clip; its fd is
                                 * owned, and -1 before there is one */
  gint64 told;                  /* when the download was last reported */
  GstHailuoClip clip;           /* DONE */
};

/* --- task-common.c ------------------------------------------------------- */

/* Frees all but what others may go on with: hand that over, and leave the partial
 * clip, before. */
void gst_hailuo_task_release (GstHailuoTask *self);

void gst_hailuo_task_update_elapsed (GstHailuoTask *self);
/* Tells the state, where it is another than was told last. */
void gst_hailuo_task_tell_state (GstHailuoTask *self, GstHailuoState state);
/* Sets status.elapsed before. */
void gst_hailuo_task_tell_progress (GstHailuoTask *self, GstHailuoStep step, gint percent,
    const gchar *format, ...) G_GNUC_PRINTF (4, 5);

/* Strikes the prompt out of what a host says. */
void gst_hailuo_task_hide_prompt (GstHailuoTask *self, gchar **text);
/* The same in the facts and the message of an error. */
void gst_hailuo_task_hide_prompt_in_error (GstHailuoTask *self, GError *error);

/* The only place that sets the stage. */
void gst_hailuo_task_enter (GstHailuoTask *self, GstHailuoStage stage);

gboolean gst_hailuo_is_cancelled (const GError *error);
/* GstHailuoClipIsCancelled */
gboolean gst_hailuo_task_is_cancelled (gpointer task);

/* When the result, or the clip, must be there, counted from the first call. */
gint64 gst_hailuo_task_get_deadline (GstHailuoTask *self);

/* One thing that is tried several times. */
typedef struct
{
  guint max;       /* tries after the first */
  gint64 floor;    /* ms to wait at least */
  gint64 deadline; /* 0: none */
  guint tries;     /* so far */
} GstHailuoRetry;

typedef enum
{
  GST_HAILUO_NEXT_TRY_AGAIN,  /* and *@problem is clear */
  GST_HAILUO_NEXT_GIVE_UP,    /* *@problem says why it failed */
  GST_HAILUO_NEXT_CANCELLED   /* so does *@problem */
} GstHailuoNext;

/* What follows on a try that failed with *@problem; waits where it is to be tried
 * again. */
GstHailuoNext gst_hailuo_task_next (GstHailuoTask *self, GstHailuoRetry *retry,
    GError **problem);

/* Whatever goes wrong once there is a task, it is there and costs money.
 * @problem: (transfer full); returns FALSE. */
gboolean gst_hailuo_task_propagate_as_billed (GError **error, GError *problem);

/* The error for @shot, which has an INTENT; @why: a sentence.
 * (transfer full) */
GError *gst_hailuo_task_make_unknown_outcome (GstHailuoTask *self,
    const gchar *shot, const gchar *why);

/* Whether a poll said that there is no such task. */
gboolean gst_hailuo_task_is_forgotten (const GError *error);

/* --- task-cost.c: what may be spent --------------------------------------- */

/* Whether max-cost and the store's budget allow to submit the shot. */
gboolean gst_hailuo_task_check_cost (GstHailuoTask *self, GError **error);

/* Takes the price from the budget of the URIs, unless that is done already. */
gboolean gst_hailuo_task_reserve (GstHailuoTask *self, GError **error);

/* Nothing was billed: what was reserved is there again. */
void gst_hailuo_task_give_back (GstHailuoTask *self);

/* --- task-store.c: the store, the ledger and the lock --------------------- */

/* Opens the store and its ledger, unless they are open.  @create: makes what is
 * missing. */
gboolean gst_hailuo_task_open_store (GstHailuoTask *self, gboolean create,
    GError **error);

/* Takes the lock of @shot, and waits for whoever has it. */
gboolean gst_hailuo_task_take_lock (GstHailuoTask *self, const gchar *shot,
    GError **error);

/* Leaves what has arrived of the clip to the next run, where that can go on with
 * it, and gives up the lock: without it the partial clip may become another's. */
void gst_hailuo_task_leave_part (GstHailuoTask *self);
void gst_hailuo_task_close_part (GstHailuoTask *self);

/* Whether the next run can go on with it. */
gboolean gst_hailuo_task_keeps_part (const GstHailuoTask *self);

/* --- task-record.c: the attempt ------------------------------------------- */

/* A new one of @shot, an INTENT; what is set of the shot is in it only where it
 * is an attempt at that. (transfer full) */
GstHailuoAttempt *gst_hailuo_task_make_attempt (GstHailuoTask *self,
    const gchar *shot);

/* Makes @attempt (nullable) what the task is about. */
void gst_hailuo_task_set_attempt (
    GstHailuoTask *self, const GstHailuoAttempt *attempt);

/* The same, and goes on with its task. */
void gst_hailuo_task_resume (GstHailuoTask *self,
    const GstHailuoAttempt *attempt);

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

/* --- task-clip.c: clips that the store has -------------------------------- */

/* Plays the clip of @attempt, where that has one which is whole: then the task is
 * DONE.  FALSE: cancelled. */
gboolean gst_hailuo_task_use_clip (GstHailuoTask *self,
    const GstHailuoAttempt *attempt, GError **error);

/* Plays again the clip of a task that is DONE.  TRUE: also where it is not as
 * it was, and the task goes on from another stage; FALSE: cancelled. */
gboolean gst_hailuo_task_reuse (GstHailuoTask *self, GError **error);

/* --- task-attempts.c: what the attempts say -------------------------------- */

/* Those that the run is about, the newest first. (transfer full) (nullable) */
GPtrArray *gst_hailuo_task_list_attempts (GstHailuoTask *self, GError **error);

typedef gboolean (*GstHailuoAttemptTest) (GstHailuoTask *self,
    const GstHailuoAttempt *attempt);

/* The newest one that @fits. (transfer none) (nullable) */
const GstHailuoAttempt *gst_hailuo_task_find_newest (GstHailuoTask *self,
    GPtrArray *attempts, GstHailuoAttemptTest fits);

gboolean gst_hailuo_task_is_unfinished (GstHailuoTask *self,
    const GstHailuoAttempt *attempt);
gboolean gst_hailuo_task_is_unknown (GstHailuoTask *self,
    const GstHailuoAttempt *attempt);
/* Not, with reuse=unfinished, where it was delivered before this run began. */
gboolean gst_hailuo_task_is_wanted (GstHailuoTask *self,
    const GstHailuoAttempt *attempt);
/* It was there, and can be had again where the host still knows the task. */
gboolean gst_hailuo_task_is_gone (GstHailuoTask *self,
    const GstHailuoAttempt *attempt);
/* It may be had from the host; also where that has said, after a failure, that the
 * clip was made. */
gboolean gst_hailuo_task_is_submitted (GstHailuoTask *self,
    const GstHailuoAttempt *attempt);

/* Plays the newest clip that is whole: then the task is DONE.
 * FALSE: cancelled. */
gboolean gst_hailuo_task_use_any_clip (GstHailuoTask *self, GPtrArray *attempts,
    GError **error);

/* Whether a failure of the past is an answer to this run too. */
gboolean gst_hailuo_task_check_failures (GstHailuoTask *self, GPtrArray *attempts,
    GError **error);

/* --- task-poll.c ----------------------------------------------------------- */

/* ms */
gint64 gst_hailuo_task_get_poll_interval (GstHailuoTask *self);

/* A poll with its retries: one bad answer does not end the wait. */
gboolean gst_hailuo_task_poll (GstHailuoTask *self, gint64 deadline,
    GstHailuoReport *report, GError **error);

/* Takes over what a poll told: the state, and self->link.  FALSE: the task has
 * failed. */
gboolean gst_hailuo_task_take_report (GstHailuoTask *self, GstHailuoReport *report,
    GError **error);

/* --- task-answer.c: the answer to a POST ----------------------------------- */

/* The answer; where that is cancelled after bytes went out the POST stays open.
 * self->answered: the ledger is to have what it says. */
gboolean gst_hailuo_task_take_outcome (GstHailuoTask *self, GError **error);

/* Has the ledger say what the answer was: the task is there, or it is certain
 * that none was made.  FALSE: cancelled, and it is still to be done; or the outcome
 * is unknown. */
gboolean gst_hailuo_task_settle (GstHailuoTask *self, GError **error);

/* Whether the answer named a task. */
gboolean gst_hailuo_task_is_made (GstHailuoTask *self);

/* The host named a task that is another submit's: nobody knows what became of
 * this one, and the ledger says so. */
gboolean gst_hailuo_task_is_anothers (const GError *problem);

/* --- task-handover.c ------------------------------------------------------- */

/* Where a POST is open: leaves it, with the lock, the attempt and all that its
 * answer is needed for, to a thread. */
void gst_hailuo_task_hand_over (GstHailuoTask *self);

/* --- task-adopt.c ---------------------------------------------------------- */

/* CLAIM for a task that the user named. */
gboolean gst_hailuo_task_claim_named (GstHailuoTask *self, GError **error);

/* --- the stages: TRUE, and the stage is another; or FALSE and an error ---- */

gboolean gst_hailuo_task_claim (GstHailuoTask *self, GError **error);
/* Takes the lock again that the end of an earlier run gave back. */
gboolean gst_hailuo_task_reclaim (GstHailuoTask *self, GError **error);
gboolean gst_hailuo_task_submit (GstHailuoTask *self, GError **error);
gboolean gst_hailuo_task_generate (GstHailuoTask *self, GError **error);
gboolean gst_hailuo_task_fetch (GstHailuoTask *self, GError **error);

G_END_DECLS
