/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* provider.h: what differs between the hosts.
 *
 * A provider is a const table of pure functions and of models: no I/O, no
 * state, nothing logged.  Functions that fail set @error (GST_HAILUO_ERROR) and
 * leave their outputs untouched.  A new host is one file and one line in
 * provider.c.
 */
#pragma once

#include "error.h"
#include "shot.h"

G_BEGIN_DECLS

/* A request as the host wants it; key and base URL are not in it. */
typedef struct
{
  gchar *path; /* (owned) after the base URL, with the query */
  gchar *body; /* (owned) JSON to POST; NULL: a GET */
} GstHailuoRequest;

void gst_hailuo_request_clear (GstHailuoRequest *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstHailuoRequest, gst_hailuo_request_clear)

/* A reply of the API, borrowed for the time of a call. */
typedef struct
{
  guint status;        /* HTTP */
  const gchar *body;   /* @length bytes, anything the host sent */
  gsize length;
  gint64 retry_after;  /* ms; -1: no such header */
  const gchar *key;    /* (nullable) that went with the request: it is in
                        * nothing that is made of the answer */
} GstHailuoAnswer;

typedef enum
{
  GST_HAILUO_PROGRESS_STATE_PENDING,
  GST_HAILUO_PROGRESS_STATE_PROCESSING,
  /* the task goes on before, and has ended from here on */
  GST_HAILUO_PROGRESS_STATE_SUCCESS,
  GST_HAILUO_PROGRESS_STATE_FAILED
} GstHailuoProgressState;

/* What a poll told. */
typedef struct
{
  GstHailuoProgressState state;
  gchar *unknown_word; /* (owned) (nullable) state word in no table, sanitised */
  gchar *url;          /* (owned) (nullable) link of the clip: of SUCCESS */
  gboolean made;       /* the answer shows, in whatever state, that the clip was
                        * made: by its word for that, or by a link, also by one
                        * of no use */
  GError *failure;     /* (owned) (nullable) FAILED only: why, for the user */
} GstHailuoReport;

void gst_hailuo_report_clear (GstHailuoReport *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstHailuoReport, gst_hailuo_report_clear)

typedef struct
{
  GstHailuoCatalogue catalogue;
  const gchar *base_url;  /* the host's own, without a slash at the end */
  const gchar *key_env;   /* environment variable that may hold the key */
  const gchar *url_env;   /* ... that may hold another base URL for it */
  guint first_poll[2];    /* ms after the submit: standard, pro */
  guint poll_interval;    /* ms */
  guint typical;          /* ms a task takes, for the estimate of progress */

  /* The request that submits @shot.  @callback_url: NULL, or where the host
   * shall report too. */
  void (*build_submit) (const GstHailuoShot *shot, const gchar *callback_url,
      GstHailuoRequest *request);

  /* The task id in the answer to a submit (transfer full).  On failure the
   * error's `billed` is NO where the answer proves that no task was made, and
   * `retryable` beside it says that the same submit may be sent again;
   * otherwise the error is OUTCOME_UNKNOWN with `billed` UNKNOWN. */
  gchar *(*parse_submit) (const GstHailuoAnswer *answer, GError **error);

  /* The request that polls the task; @model as it was submitted. */
  void (*build_poll) (const gchar *model, const gchar *task_id,
      GstHailuoRequest *request);

  /* What became of the task @task_id.  Fails where the answer does not tell, or
   * tells of another task; `retryable` says whether another poll may.  Sets
   * @report->made even then, and nothing else. */
  gboolean (*parse_poll) (const GstHailuoAnswer *answer, const gchar *task_id,
      GstHailuoReport *report, GError **error);
} GstHailuoProvider;

/* The values are those of the element's property. */
typedef enum
{
  GST_HAILUO_PROVIDER_APIXO,
  GST_HAILUO_PROVIDER_APIINONE,
  GST_HAILUO_N_PROVIDERS
} GstHailuoProviderId;

extern const GstHailuoProvider gst_hailuo_provider_apixo;
extern const GstHailuoProvider gst_hailuo_provider_apiinone;

/* (transfer none) */
const GstHailuoProvider *gst_hailuo_provider_get (GstHailuoProviderId id);

/* By nick, such as "apixo". (transfer none) (nullable) */
const GstHailuoProvider *gst_hailuo_provider_find (const gchar *nick);

/* Whether a host's task id is one we keep and send back: 1 to 128 characters
 * of A-Z a-z 0-9 . _ : - */
gboolean gst_hailuo_task_id_is_valid (const gchar *task_id);

G_END_DECLS
