/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task.h: from a shot to its verified clip.
 *
 *   CLAIM --> SUBMIT --> GENERATE --> FETCH --> DONE
 *     |          |           |          |
 *     |          +-----------+----------+--> FAILED: no repeat can help
 *     +--> GENERATE, where the store knows the task;
 *          DONE, where it has the clip
 *
 * CLAIM takes the lock of the shot and reads its attempts; what the ledger says
 * is durable before what it speaks of happens or is told.
 *
 * Everything but what is said otherwise is called from the streaming thread.
 * A run that is cancelled, or ends with an error that is not final, leaves the
 * task as it is: the next run goes on there, and never submits again.
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
  GST_HAILUO_ORIGIN_NONE,      /* there is neither a clip nor a task yet */
  GST_HAILUO_ORIGIN_SUBMITTED,
  GST_HAILUO_ORIGIN_RESUMED,
  GST_HAILUO_ORIGIN_REUSED
} GstHailuoOrigin;

/* What of the store may be used.  The values are those of the property. */
typedef enum
{
  GST_HAILUO_REUSE_ALWAYS,     /* clips and tasks */
  GST_HAILUO_REUSE_UNFINISHED, /* all but clips that were delivered */
  GST_HAILUO_REUSE_NEVER,      /* nothing: a new task */
  GST_HAILUO_REUSE_ONLY        /* clips, and nothing but the store */
} GstHailuoReuse;

/* "always", "unfinished", "never" or "only". (transfer none) */
const gchar *gst_hailuo_reuse_get_nick (GstHailuoReuse reuse);

/* How it is made; strings are owned. */
typedef struct
{
  const GstHailuoProvider *provider;
  gchar *base_url;       /* no slash at the end */
  gchar *key;
  gchar *callback_url;   /* (nullable) */
  gchar *folder;         /* of the store */
  guint64 store_max_size; /* bytes of its delivered clips */
  GstHailuoReuse reuse;
  gboolean from_uri;     /* nobody but a URI asks for it: `reuse` is ONLY, or
                          * ALWAYS within the budget */
  gint64 budget;         /* of all URIs of the process, as in budget.h */
  gboolean task_of_uri;  /* a URI names the task that is adopted: it is not the
                          * shot's for that */
  gchar *model;          /* of an attempt that this run makes */
  gchar *label;          /* (nullable) the user's name for the shot */
  gint64 max_cost;       /* 1/1000000 USD, of one submit; -1: no limit */
  GstHailuoLimit limit;  /* of the store */
  guint first_poll;      /* ms; 0: the provider's */
  guint poll_interval;   /* ms; 0: the provider's */
  guint timeout;         /* s, from the answer to the submit to the result, and
                          * again to the clip */
  guint retries;         /* attempts after the first */
  guint64 max_size;      /* bytes */
} GstHailuoMeans;

void gst_hailuo_means_clear (GstHailuoMeans *self);

/* What is known of a task at a moment: a plain value, to be copied. */
typedef struct
{
  GstHailuoStage stage;
  GstHailuoOrigin origin;
  GstHailuoState state;
  gchar task_id[129];    /* "": none yet */
  gint64 elapsed;        /* us since the submit */
  guint submits, polls, retries;
  guint64 bytes;         /* received of the clip, repeats included */
  gint64 spent[GST_HAILUO_STAGE_DONE]; /* us in each stage */
  gboolean stored;       /* of a quote: whether the store has the clip */
  /* known while no run goes on: */
  gboolean unanswered;   /* a submit was sent, and its answer is outstanding */
  gchar unwritten[129];  /* the id in its answer, which the ledger does not have
                          * yet; "": none */
} GstHailuoStatus;

typedef enum
{
  GST_HAILUO_STEP_START,
  GST_HAILUO_STEP_CONTINUE,
  GST_HAILUO_STEP_COMPLETE
} GstHailuoStep;

/* What a task tells, in the thread of the run and with no lock held. */
typedef struct
{
  /* a change of status->state or of the task id */
  void (*state) (const GstHailuoStatus *status, gpointer user_data);
  /* @percent: 0 to 100, or -1 */
  void (*progress) (const GstHailuoStatus *status, GstHailuoStep step,
      const gchar *text, gint percent, gpointer user_data);
  void (*warning) (const gchar *text, gpointer user_data);
} GstHailuoListener;

typedef struct _GstHailuoTask GstHailuoTask;

/* @shot: what to make (transfer full); may be NULL with @task_id, a task to
 * adopt.
 * @http must outlive the task; so must @listener. */
GstHailuoTask *gst_hailuo_task_new (GstHailuoHttp *http, GstHailuoShot *shot,
    const gchar *task_id, const GstHailuoListener *listener,
    gpointer user_data);
void gst_hailuo_task_free (GstHailuoTask *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoTask, gst_hailuo_task_free)

/* Begins a run with these means (transfer full: the content).  Between runs
 * only. */
void gst_hailuo_task_begin (GstHailuoTask *self, GstHailuoMeans *means);

/* Goes on until the clip is there (TRUE). */
gboolean gst_hailuo_task_run (GstHailuoTask *self, GError **error);

/* Ends a run: others may now work on the shot.  Where the answer to a submit is
 * outstanding a thread waits for it, records what it says, and only then lets
 * them: the next run of the shot, with this task or another, waits so long. */
void gst_hailuo_task_end (GstHailuoTask *self);

/* The clip went downstream to its end. */
void gst_hailuo_task_delivered (GstHailuoTask *self);

/* Tells the state QUOTED: the cost, and whether the store has the clip; an error
 * where the shot would be submitted, and max-cost or the store's budget does not
 * allow it.
 * Sends nothing and writes nothing. */
gboolean gst_hailuo_task_quote (GstHailuoTask *self, GError **error);

/* Whether the next run of that shot (@shot_id), or of that task where
 * @task_id is not NULL, with these means must go on with this task. */
gboolean gst_hailuo_task_is_for (GstHailuoTask *self, const gchar *shot_id,
    const gchar *task_id, const GstHailuoMeans *means);

/* How to go on with a task that was, or may have been, made, where this run ends
 * before its clip is there: a sentence, the only one that says so, for the same
 * line buys another one where it has reuse=never. (transfer full) */
gchar *gst_hailuo_task_make_advice (GstHailuoTask *self);

/* (transfer none) */
const GstHailuoStatus *gst_hailuo_task_get_status (GstHailuoTask *self);
const GstHailuoShot *gst_hailuo_task_get_shot (GstHailuoTask *self);
/* Those of the run; before the first one they are empty. */
const GstHailuoMeans *gst_hailuo_task_get_means (GstHailuoTask *self);

/* The clip, once the task is DONE; before that there is none. (transfer none) */
const GstHailuoClip *gst_hailuo_task_get_clip (GstHailuoTask *self);

/* Reads exactly @length bytes of it; the range must lie inside the clip. */
gboolean gst_hailuo_task_read_clip (GstHailuoTask *self, guint64 offset,
    guint8 *data, gsize length, GError **error);

G_END_DECLS
