/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* provider.h: what differs between the hosts.
 *
 * A provider is a const table of pure functions and of models: no I/O, no
 * state, nothing logged.  Functions that fail set @error (GST_HAILUO_ERROR) and
 * leave their outputs untouched.  A new host is one file and one line in
 * provider.c.
 */
#pragma once

#include "dialect.h"
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

typedef struct
{
  GstHailuoCatalogue catalogue;
  const gchar *base_url;  /* the host's own, without a slash at the end */
  const gchar *key_env;   /* environment variable that may hold the key */
  const gchar *url_env;   /* ... that may hold another base URL for it */
  guint first_poll[2];    /* ms after the submit: standard, pro */
  guint poll_interval;    /* ms */
  guint typical;          /* ms a task takes, for the estimate of progress */
  GstHailuoDialect dialect; /* how its answers are read */

  /* The request that submits @shot.  @callback_url: NULL, or where the host
   * shall report too. */
  void (*build_submit) (const GstHailuoShot *shot, const gchar *callback_url,
      GstHailuoRequest *request);

  /* The request that polls the task; @model as it was submitted. */
  void (*build_poll) (const gchar *model, const gchar *task_id,
      GstHailuoRequest *request);
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

/* Whether a host's task id is one we keep, show and send back: 1 to 128
 * characters of A-Z a-z 0-9 . _ : - / + = @ , none of which means anything to a
 * shell: users copy it into a command.  No step up in a path. */
gboolean gst_hailuo_task_id_is_valid (const gchar *task_id);

G_END_DECLS
