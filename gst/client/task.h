/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task.h: from a shot to its verified clip.
 *
 *   SUBMIT --> GENERATE --> FETCH --> DONE
 *     |           |           |
 *     +-----------+-----------+--> FAILED, where no repeat can help
 *
 * Everything but what is said otherwise is called from the streaming thread.
 * A run that is cancelled, or ends with an error that is not final, leaves the
 * task as it is: the next run goes on there, and never submits again.
 */
#pragma once

#include "http.h"
#include "provider.h"

G_BEGIN_DECLS

typedef enum
{
  GST_HAILUO_STAGE_SUBMIT,
  GST_HAILUO_STAGE_GENERATE,
  GST_HAILUO_STAGE_FETCH,
  GST_HAILUO_STAGE_DONE,
  GST_HAILUO_STAGE_FAILED
} GstHailuoStage;

/* Where the clip comes from. */
typedef enum
{
  GST_HAILUO_ORIGIN_SUBMITTED,
  GST_HAILUO_ORIGIN_RESUMED,
  GST_HAILUO_ORIGIN_REUSED
} GstHailuoOrigin;

/* How it is made; strings are owned. */
typedef struct
{
  const GstHailuoProvider *provider;
  gchar *base_url;       /* no slash at the end */
  gchar *key;
  gchar *callback_url;   /* (nullable) */
  gchar *folder;         /* of the store */
  gchar *model;          /* for polls */
  guint first_poll;      /* ms; 0: the provider's */
  guint poll_interval;   /* ms; 0: the provider's */
  guint timeout;         /* s, from the submit to the result */
  guint retries;         /* attempts after the first */
  guint64 max_size;      /* bytes */
} GstHailuoMeans;

void gst_hailuo_means_clear (GstHailuoMeans *self);

/* What is known of a task at a moment: a plain value, to be copied. */
typedef struct
{
  GstHailuoStage stage;
  GstHailuoOrigin origin;
  const gchar *state;    /* (static) as messages name it */
  gchar task_id[129];    /* "": none yet */
  gint64 elapsed;        /* us since the submit */
  guint submits, polls, retries;
  guint64 bytes;         /* received of the clip, repeats included */
  gint64 spent[3];       /* us in SUBMIT, GENERATE and FETCH */
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

/* @shot: what to make (transfer full); NULL with @task_id, a task to adopt.
 * @http must outlive the task; so must @listener. */
GstHailuoTask *gst_hailuo_task_new (GstHailuoHttp *http, GstHailuoShot *shot,
    const gchar *task_id, const GstHailuoListener *listener,
    gpointer user_data);
void gst_hailuo_task_free (GstHailuoTask *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoTask, gst_hailuo_task_free)

/* For the runs that follow; between runs only. (transfer full: the content) */
void gst_hailuo_task_set_means (GstHailuoTask *self, GstHailuoMeans *means);

/* Goes on until the clip is there (TRUE). */
gboolean gst_hailuo_task_run (GstHailuoTask *self, GError **error);

/* Whether a run can still end well without a new submit, or the outcome of its
 * submit is unknown: then nothing may take the place of this task. */
gboolean gst_hailuo_task_is_alive (GstHailuoTask *self);

/* (transfer none) */
const GstHailuoStatus *gst_hailuo_task_get_status (GstHailuoTask *self);
const GstHailuoShot *gst_hailuo_task_get_shot (GstHailuoTask *self);

/* Of a task that is DONE: its clip. */
gint gst_hailuo_task_get_clip (GstHailuoTask *self, guint64 *size);

G_END_DECLS
