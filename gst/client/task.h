/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task.h: turns a shot into a verified clip.
 *
 *   CLAIM --> SUBMIT --> GENERATE --> FETCH --> DONE
 *     |          |           |          |
 *     |          +-----------+----------+--> FAILED: retrying cannot help
 *     +--> GENERATE, if the store knows the task;
 *          DONE, if it has the clip
 *
 * CLAIM takes the lock of the shot and reads its attempts.  Ledger entries are
 * durable before the event they record takes place or is reported.
 *
 * Unless noted, call from the streaming thread.  A run that is cancelled, or
 * ends with an error that is not final, leaves the task as it is: the next run
 * continues from there and never submits again.
 */
#pragma once

#include "clip.h"
#include "http.h"
#include "ledger.h"
#include "provider.h"
#include "state.h"

G_BEGIN_DECLS

typedef enum
{
  GST_HAILUO_STAGE_CLAIM,
  GST_HAILUO_STAGE_SUBMIT,
  GST_HAILUO_STAGE_GENERATE,
  GST_HAILUO_STAGE_FETCH,
  GST_HAILUO_STAGE_DONE,
  GST_HAILUO_STAGE_FAILED
} GstHailuoStage;

/* Where the clip comes from. */
typedef enum
{
  GST_HAILUO_ORIGIN_NONE,      /* neither a clip nor a task yet */
  GST_HAILUO_ORIGIN_SUBMITTED,
  GST_HAILUO_ORIGIN_RESUMED,
  GST_HAILUO_ORIGIN_REUSED
} GstHailuoOrigin;

/* What may be used from the store.  The values match the property. */
typedef enum
{
  GST_HAILUO_REUSE_ALWAYS,     /* clips and tasks */
  GST_HAILUO_REUSE_UNFINISHED, /* all but delivered clips */
  GST_HAILUO_REUSE_NEVER,      /* nothing: always a new task */
  GST_HAILUO_REUSE_ONLY        /* stored clips only; the host is not contacted */
} GstHailuoReuse;

/* "always", "unfinished", "never" or "only". (transfer none) */
const gchar *gst_hailuo_reuse_get_nick (GstHailuoReuse reuse);

/* How to make the clip.  Strings are owned. */
typedef struct
{
  const GstHailuoProvider *provider;
  gchar *base_url;       /* no trailing slash */
  gchar *key;
  gchar *callback_url;   /* (nullable) */
  gchar *folder;         /* store directory */
  guint64 store_max_size; /* bytes; above this, delivered clips are evicted */
  GstHailuoReuse reuse;
  gboolean from_uri;     /* only a URI asks for the shot: `reuse` is ONLY, or
                          * ALWAYS within `budget` */
  gint64 budget;         /* of all URIs of this process, see budget.h */
  gboolean task_of_uri;  /* a URI gave the task id to adopt, so the task does
                          * not become the shot's */
  gchar *model;          /* recorded in attempts that this run creates */
  gchar *label;          /* (nullable) the user's name for the shot */
  gint64 max_cost;       /* 1/1000000 USD per submit; -1: no limit */
  GstHailuoLimit limit;  /* what the store may spend */
  gboolean dry_run;      /* a run only reports the cost, see
                          * gst_hailuo_task_quote() */
  gboolean detach;       /* a run ends as soon as the task is recorded */
  guint first_poll;      /* ms; 0: the provider's default */
  guint poll_interval;   /* ms; 0: the provider's default */
  guint timeout;         /* s to wait for the result once the submit is
                          * answered, and again for the clip */
  guint retries;         /* per request, after the first attempt */
  guint64 max_size;      /* bytes of the clip; more is an error */
} GstHailuoConfig;

void gst_hailuo_config_clear (GstHailuoConfig *self);

/* What is known of a task at one moment: a plain value that may be copied. */
typedef struct
{
  GstHailuoStage stage;
  GstHailuoOrigin origin;
  GstHailuoState state;
  gchar task_id[129];    /* "": none yet */
  gint64 elapsed;        /* us since the submit */
  guint submits, polls, retries;
  guint64 bytes;         /* received for the clip, repeats included */
  gint64 spent[GST_HAILUO_STAGE_DONE]; /* us in each stage */
  gboolean stored;       /* after a quote: the store has the clip */
  GstHailuoOrigin planned; /* after a quote: what a run would do */
  /* only meaningful between runs: */
  gboolean unanswered;   /* a submit was sent, and its answer is outstanding */
  gchar unwritten[129];  /* task id in that answer, once it has arrived but is
                          * not in the ledger yet; "": none */
} GstHailuoStatus;

typedef enum
{
  GST_HAILUO_STEP_START,
  GST_HAILUO_STEP_CONTINUE,
  GST_HAILUO_STEP_COMPLETE
} GstHailuoStep;

/* Callbacks of a task, called in the thread of the run with no mutex held. */
typedef struct
{
  /* status->state or the task id has changed */
  void (*state) (const GstHailuoStatus *status, gpointer user_data);
  /* @percent: 0 to 100; -1: unknown */
  void (*progress) (const GstHailuoStatus *status, GstHailuoStep step,
      const gchar *text, gint percent, gpointer user_data);
  void (*warning) (const gchar *text, gpointer user_data);
} GstHailuoListener;

typedef struct _GstHailuoTask GstHailuoTask;

/* @shot: (transfer full) (nullable) what to make; NULL only if there is a
 * @task_id.
 * @task_id: (nullable) a task to adopt.
 * @http and @listener must outlive the task. */
GstHailuoTask *gst_hailuo_task_new (GstHailuoHttp *http, GstHailuoShot *shot,
    const gchar *task_id, const GstHailuoListener *listener,
    gpointer user_data);
void gst_hailuo_task_free (GstHailuoTask *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoTask, gst_hailuo_task_free)

/* Begins a run.  Takes over the contents of @config (transfer full) and clears
 * it. Only call this between runs. */
void gst_hailuo_task_begin (GstHailuoTask *self, GstHailuoConfig *config);

/* Runs the task until its clip is available, with `detach` until it has been
 * accepted and recorded, with `dry_run` not at all.  FALSE: it failed, or was
 * cancelled. */
gboolean gst_hailuo_task_run (GstHailuoTask *self, GError **error);

/* Ends a run and lets others work on the shot.  If the answer to a submit is
 * outstanding, they have to wait, as does the next run of the shot, in this
 * task or another: a thread first waits for the answer and records it. */
void gst_hailuo_task_end (GstHailuoTask *self);

/* Records that the whole clip has gone downstream. */
void gst_hailuo_task_delivered (GstHailuoTask *self);

/* Reports the state QUOTED: the cost, and whether the store has the clip.
 * Fails if the shot would be submitted, but max-cost or the store's budget does
 * not allow it.  Sends nothing and writes nothing. */
gboolean gst_hailuo_task_quote (GstHailuoTask *self, GError **error);

/* Whether the next run with @config for shot @shot_id, or for task @task_id if
 * that is not NULL, must continue this task. */
gboolean gst_hailuo_task_is_for (GstHailuoTask *self, const gchar *shot_id,
    const gchar *task_id, const GstHailuoConfig *config);

/* A sentence that tells the user how to resume a task that was, or may have
 * been, created, if this run ends before its clip is available.  Nothing else
 * words this advice, since it depends on `reuse`: with reuse=never, running
 * again with the same settings would buy another clip. (transfer full) */
gchar *gst_hailuo_task_make_advice (GstHailuoTask *self);

/* (transfer none) */
const GstHailuoStatus *gst_hailuo_task_get_status (GstHailuoTask *self);
const GstHailuoShot *gst_hailuo_task_get_shot (GstHailuoTask *self);
/* The configuration of the run, empty before the first one. (transfer none) */
const GstHailuoConfig *gst_hailuo_task_get_config (GstHailuoTask *self);

/* The clip.  Its fd is -1 until the task is DONE. (transfer none) */
const GstHailuoClip *gst_hailuo_task_get_clip (GstHailuoTask *self);

/* Reads exactly @length bytes of the clip; the range must lie inside it. */
gboolean gst_hailuo_task_read_clip (GstHailuoTask *self, guint64 offset,
    guint8 *data, gsize length, GError **error);

G_END_DECLS
