/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* provider.h: what differs between hosts.
 *
 * A provider is a const table of models and pure functions: no I/O, no state,
 * no logging.  A new host takes one file, plus a line in provider.c, a
 * declaration and an enum value here, and its file in meson.build.
 */
#pragma once

#include "dialect.h"
#include "shot.h"

G_BEGIN_DECLS

/* A request as the host wants it, without key and base URL. */
typedef struct
{
  gchar *path; /* (owned) after the base URL, including the query */
  gchar *body; /* (owned) (nullable) JSON to POST; NULL: a GET */
} GstHailuoApiRequest;

void gst_hailuo_api_request_clear (GstHailuoApiRequest *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstHailuoApiRequest,
    gst_hailuo_api_request_clear)

typedef struct
{
  GstHailuoCatalogue catalogue;
  const gchar *base_url;  /* the host's own, no trailing slash */
  const gchar *key_env;   /* environment variable that may hold the key */
  const gchar *url_env;   /* environment variable that may hold another base URL */
  guint first_poll[2];    /* ms after the submit: standard, pro */
  guint poll_interval;    /* ms */
  guint typical;          /* ms a task usually takes, to estimate progress */
  GstHailuoDialect dialect; /* how to read its responses */

  /* Builds the request that submits @shot.  @callback_url: (nullable) where the
   * host should report as well. */
  void (*build_submit) (const GstHailuoShot *shot, const gchar *callback_url,
      GstHailuoApiRequest *request);

  /* Builds the request that polls the task.  @model: as submitted. */
  void (*build_poll) (const gchar *model, const gchar *task_id,
      GstHailuoApiRequest *request);
} GstHailuoProvider;

/* The values match the element's property. */
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

/* Whether a task id is one that we keep, show and send back: 1 to 128
 * characters, each one of A-Z a-z 0-9 . _ : - / + = @ or a comma.  None of
 * these is special to a shell, because users copy ids into commands.  It must
 * not be "." or contain "..". */
gboolean gst_hailuo_task_id_is_valid (const gchar *task_id);

G_END_DECLS
