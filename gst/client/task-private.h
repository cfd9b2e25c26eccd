/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-private.h: internals of a task, for task*.c only.
 *
 * There is one section per file; a file calls only those above it.
 */
#pragma once

#include "clip.h"
#include "http-download.h"
#include "ledger.h"
#include "post.h"
#include "response-parser.h"
#include "store.h"
#include "task.h"

G_BEGIN_DECLS

struct _GstHailuoTask
{
  GstHailuoHttp *http;          /* (not owned) NULL in the thread of a
                                 * handed-over POST */
  GstHailuoShot *shot;          /* (owned) (nullable) */
  const GstHailuoListener *listener;
  gpointer user_data;
  GstHailuoConfig config;
  GstHailuoStatus status;
  GError *final;                /* why it FAILED */
  gchar *adopt;                 /* (owned) (nullable) task id that the user gave */
  gboolean fresh;               /* this run has not returned a clip yet */

  GstHailuoStore *store;        /* (owned) (nullable) opened by CLAIM or a quote */
  GstHailuoLedger *ledger;      /* (owned) (nullable) likewise */
  GstHailuoAttempt *attempt;    /* (owned) (nullable) the one this is about */
  gboolean unsaved;             /* the ledger has an older version of it, or none */
  gboolean warned;              /* the user has been warned of that */
  gboolean doubted;             /* the user gave its task id, and the host has not
                                 * confirmed it yet: it may be someone else's */
  GPtrArray *before;            /* (owned) (nullable) the attempts when the run
                                 * began, before it took the lock; NULL: not
                                 * read yet */
  gint lock;                    /* lock file of the attempt's shot; -1: not held */
  gboolean waited;              /* someone else had the lock first */
  gint64 reserved;              /* 1/1000000 USD, from the URIs' budget */
  GstHailuoPost *post;          /* (owned) (nullable) SUBMIT only: its outcome
                                 * is not in the ledger yet */
  gboolean answered;            /* the outcome is certain: self->attempt is
                                 * SUBMITTED, or no task was created */
  gint64 handed_over;           /* reuse=never: the attempt whose POST was
                                 * handed over since the last claim; 0: none */

  gint64 began;                 /* when the submit began; 0: not yet */
  gint64 deadline;              /* for the result, then for the clip; 0: set
                                 * when next needed */
  gint64 next_poll;             /* 0: at once */
  gchar *url;                   /* (owned) (nullable) of the clip; never logged */
  GstHailuoDownload part;       /* FETCH: what has arrived of the clip; its fd
                                 * is owned, -1 until opened */
  gint64 notified;              /* when the download was last reported */
  GstHailuoClip clip;           /* its fd is -1 until DONE */
};

/* --- task-common.c ------------------------------------------------------- */

/* Frees everything except what others may continue with: first hand over an
 * open POST, and leave the partial clip. */
void gst_hailuo_task_release (GstHailuoTask *self);

void gst_hailuo_task_update_elapsed (GstHailuoTask *self);
/* Reports @state, unless it is the one reported last. */
void gst_hailuo_task_notify_state (GstHailuoTask *self, GstHailuoState state);
/* Updates status.elapsed first. */
void gst_hailuo_task_notify_progress (GstHailuoTask *self, GstHailuoStep step,
    gint percent, const gchar *format, ...) G_GNUC_PRINTF (4, 5);

/* Removes the prompt from text that a host sent. */
void gst_hailuo_task_hide_prompt (GstHailuoTask *self, gchar **text);
/* Likewise, for the facts and the message of an error. */
void gst_hailuo_task_hide_prompt_in_error (GstHailuoTask *self, GError *error);

/* The only place that sets the stage. */
void gst_hailuo_task_enter (GstHailuoTask *self, GstHailuoStage stage);

gboolean gst_hailuo_is_cancelled (const GError *error);
/* @is_cancelled for gst_hailuo_clip_sum() and gst_hailuo_clip_compare(). */
gboolean gst_hailuo_task_is_cancelled (gpointer task);

/* The deadline for the result, or for the clip; the timeout starts with the
 * first call. */
gint64 gst_hailuo_task_get_deadline (GstHailuoTask *self);

/* An operation that is tried several times. */
typedef struct
{
  guint max;       /* retries allowed */
  gint64 floor;    /* ms, minimum back-off */
  gint64 deadline; /* 0: none */
  guint tries;     /* so far */
} GstHailuoRetry;

typedef enum
{
  GST_HAILUO_NEXT_TRY_AGAIN,  /* *@problem has been cleared */
  GST_HAILUO_NEXT_GIVE_UP,    /* *@problem says why it failed */
  GST_HAILUO_NEXT_CANCELLED   /* *@problem is G_IO_ERROR_CANCELLED */
} GstHailuoNext;

/* Decides what follows a try that failed with *@problem, and waits if that is
 * another try. */
GstHailuoNext gst_hailuo_task_next (GstHailuoTask *self, GstHailuoRetry *retry,
    GError **problem);

/* Propagates @problem (transfer full) as billed: once there is a task it costs
 * money, whatever goes wrong.  Returns FALSE. */
gboolean gst_hailuo_task_propagate_as_billed (GError **error, GError *problem);

/* The error for an INTENT of @shot whose outcome is unknown.  @why: a sentence.
 * (transfer full) */
GError *gst_hailuo_task_make_unknown_outcome (GstHailuoTask *self,
    const gchar *shot, const gchar *why);

/* Whether @error is a poll's answer that there is no such task. */
gboolean gst_hailuo_task_is_forgotten (const GError *error);

/* --- task-cost.c: what may be spent --------------------------------------- */

/* Whether max-cost and the store's budget allow submitting the shot. */
gboolean gst_hailuo_task_check_cost (GstHailuoTask *self, GError **error);

/* For a URI, reserves the price from the URIs' budget, unless that has been
 * done. */
gboolean gst_hailuo_task_reserve (GstHailuoTask *self, GError **error);

/* Returns the reservation, since nothing was billed. */
void gst_hailuo_task_give_back (GstHailuoTask *self);

/* --- task-store.c: the store, the ledger and the lock --------------------- */

/* Opens the store and its ledger, unless they are open.  @create: creates what
 * is missing. */
gboolean gst_hailuo_task_open_store (GstHailuoTask *self, gboolean create,
    GError **error);

/* Takes the lock of @shot, waiting for whoever has it. */
gboolean gst_hailuo_task_take_lock (GstHailuoTask *self, const gchar *shot,
    GError **error);

/* Keeps the partial clip for the next run if that can resume it, otherwise
 * removes it.  Then releases the lock, as without it the file may become
 * someone else's. */
void gst_hailuo_task_leave_part (GstHailuoTask *self);
void gst_hailuo_task_close_part (GstHailuoTask *self);

/* Whether the next run can resume the partial clip. */
gboolean gst_hailuo_task_keeps_part (const GstHailuoTask *self);

/* --- task-record.c: the attempt ------------------------------------------- */

/* A new attempt at @shot, an INTENT.  Mode, duration and the like are filled in
 * only if @shot is the task's own shot. (transfer full) */
GstHailuoAttempt *gst_hailuo_task_make_attempt (GstHailuoTask *self,
    const gchar *shot);

/* Sets self->attempt to a copy of @attempt (nullable). */
void gst_hailuo_task_set_attempt (
    GstHailuoTask *self, const GstHailuoAttempt *attempt);

/* Likewise, and continues with its task. */
void gst_hailuo_task_resume (GstHailuoTask *self,
    const GstHailuoAttempt *attempt);

/* Adds an INTENT to the ledger, within the budget, and makes it self->attempt. */
gboolean gst_hailuo_task_announce (GstHailuoTask *self, GError **error);

/* Writes self->attempt to the ledger. */
gboolean gst_hailuo_task_save (GstHailuoTask *self, GError **error);

/* Likewise, but for when the money is spent and the run goes on: if it fails, a
 * warning says how to find the task, and each poll tries again.  @error is set
 * only if this was cancelled, or if the task belongs to another submit. */
void gst_hailuo_task_try_save (GstHailuoTask *self, GError **error);

/* Warns, once, that the ledger does not have the task yet, and says how to find
 * it.  @why: a sentence. */
void gst_hailuo_task_warn_unsaved (GstHailuoTask *self, const gchar *why);

/* --- task-clip.c: clips that the store has -------------------------------- */

/* Uses the clip of @attempt, if it has one that is intact; the task is then
 * DONE.  FALSE: cancelled. */
gboolean gst_hailuo_task_use_clip (GstHailuoTask *self,
    const GstHailuoAttempt *attempt, GError **error);

/* Uses the clip of a DONE task again.  If that is no longer intact, the task
 * continues from another stage, which is TRUE as well.  FALSE: cancelled. */
gboolean gst_hailuo_task_reuse (GstHailuoTask *self, GError **error);

/* --- task-attempts.c: what the attempts say -------------------------------- */

/* The attempts that the run is about, newest first. (transfer full) (nullable) */
GPtrArray *gst_hailuo_task_list_attempts (GstHailuoTask *self, GError **error);

typedef gboolean (*GstHailuoAttemptTest) (GstHailuoTask *self,
    const GstHailuoAttempt *attempt);

/* The newest one for which @fits returns TRUE. (transfer none) (nullable) */
const GstHailuoAttempt *gst_hailuo_task_find_newest (GstHailuoTask *self,
    GPtrArray *attempts, GstHailuoAttemptTest fits);

gboolean gst_hailuo_task_is_unfinished (GstHailuoTask *self,
    const GstHailuoAttempt *attempt);
gboolean gst_hailuo_task_is_unknown (GstHailuoTask *self,
    const GstHailuoAttempt *attempt);
/* FALSE if reuse=unfinished and it was delivered before this run began. */
gboolean gst_hailuo_task_is_wanted (GstHailuoTask *self,
    const GstHailuoAttempt *attempt);
/* It had a clip, which can be fetched again if the host still knows the task. */
gboolean gst_hailuo_task_is_gone (GstHailuoTask *self,
    const GstHailuoAttempt *attempt);
/* The host may have its clip: it is SUBMITTED; or it FAILED, and the host
 * showed later that the clip was made. */
gboolean gst_hailuo_task_is_submitted (GstHailuoTask *self,
    const GstHailuoAttempt *attempt);

/* Uses the newest clip that is intact; the task is then DONE.  FALSE: cancelled. */
gboolean gst_hailuo_task_use_any_clip (GstHailuoTask *self, GPtrArray *attempts,
    GError **error);

/* FALSE, with an error, if an earlier failure rules out submitting again. */
gboolean gst_hailuo_task_check_failures (GstHailuoTask *self, GPtrArray *attempts,
    GError **error);

/* --- task-poll.c ----------------------------------------------------------- */

/* ms */
gint64 gst_hailuo_task_get_poll_interval (GstHailuoTask *self);

/* Polls, with retries: one bad response does not end the wait. */
gboolean gst_hailuo_task_poll (GstHailuoTask *self, gint64 deadline,
    GstHailuoReport *report, GError **error);

/* Applies what a poll said: the state, and self->url.  FALSE: the task has
 * failed. */
gboolean gst_hailuo_task_take_report (GstHailuoTask *self, GstHailuoReport *report,
    GError **error);

/* --- task-response.c: the response to a POST ------------------------------- */

/* Waits for the answer.  If that is cancelled after bytes went out, the POST
 * stays open.  If the outcome is certain, sets self->answered: it then has to
 * be recorded in the ledger. */
gboolean gst_hailuo_task_take_outcome (GstHailuoTask *self, GError **error);

/* Records the outcome in the ledger: the task exists, or it is certain that
 * none was created.  FALSE: cancelled, and still to be done; or the outcome is
 * unknown. */
gboolean gst_hailuo_task_settle (GstHailuoTask *self, GError **error);

/* Whether the answer named a task. */
gboolean gst_hailuo_task_is_made (GstHailuoTask *self);

/* Whether @problem says that the host named another submit's task: what became
 * of this one is unknown, and its attempt stays an INTENT. */
gboolean gst_hailuo_task_is_anothers (const GError *problem);

/* --- task-handover.c ------------------------------------------------------- */

/* If a POST is open, hands it over to a thread, with the lock, the attempt and
 * all that is needed to record its answer. */
void gst_hailuo_task_hand_over (GstHailuoTask *self);

/* --- task-adopt.c ---------------------------------------------------------- */

/* CLAIM, for a task id that the user gave. */
gboolean gst_hailuo_task_claim_named (GstHailuoTask *self, GError **error);

/* --- the stages: TRUE if the stage has changed, or FALSE and an error ------ */

gboolean gst_hailuo_task_claim (GstHailuoTask *self, GError **error);
/* Takes the lock again, which the end of an earlier run released. */
gboolean gst_hailuo_task_reclaim (GstHailuoTask *self, GError **error);
gboolean gst_hailuo_task_submit (GstHailuoTask *self, GError **error);
gboolean gst_hailuo_task_generate (GstHailuoTask *self, GError **error);
gboolean gst_hailuo_task_fetch (GstHailuoTask *self, GError **error);

G_END_DECLS
