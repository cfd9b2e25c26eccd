/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsthailuorequest.h: from what the user set to what can be done, everything
 * checked that can be without the network. */
#pragma once

#include "gsthailuosettings.h"

#include "client/http.h"
#include "client/task.h"

G_BEGIN_DECLS

/* What valid settings come to. */
typedef struct
{
  GstHailuoShot *shot;         /* (owned) NULL: adopt task_id, the shot is not
                                * known */
  gchar *task_id;              /* (owned) (nullable) */
  GstHailuoConfig config;        /* (owned) */
  GstHailuoHttpPolicy policy;  /* (owned) */
  gboolean dry_run;
} GstHailuoRequest;

/* @object_class: of the element, with the properties that there are.
 * Each problem is added to @problems as one sentence (owned by the array) that
 * names property, value and what is allowed.  TRUE: there is none, and @request
 * is filled.  @code: what kind of error the problems are. */
gboolean gst_hailuo_request_make (const GstHailuoSettings *settings,
    GObjectClass *object_class, GstHailuoRequest *request, GPtrArray *problems,
    GstHailuoError *code);
void gst_hailuo_request_clear (GstHailuoRequest *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstHailuoRequest, gst_hailuo_request_clear)

/* USD of the shot as set; -1: not known, or no valid shot. */
gdouble gst_hailuo_request_estimate (const GstHailuoSettings *settings);

G_END_DECLS
