/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsthailuorequest.h: validates the settings, as far as possible without the
 * network, and turns them into a request that a task can run. */
#pragma once

#include "gsthailuosettings.h"

#include "client/http.h"
#include "client/task.h"

G_BEGIN_DECLS

/* The result of valid settings. */
typedef struct
{
  GstHailuoShot *shot;         /* (owned) (nullable) NULL: adopt task_id, whose
                                * shot is unknown */
  gchar *task_id;              /* (owned) (nullable) */
  GstHailuoConfig config;        /* (owned) */
  GstHailuoHttpPolicy policy;  /* (owned) */
} GstHailuoRequest;

/* Fills @request from @settings.  On failure, adds to @problems one sentence
 * (owned by the array) for each problem, with property, value and what is
 * allowed, and sets @code to the kind of error.
 * @element: the name of the element.
 * @object_class: its class, to look up properties. */
gboolean gst_hailuo_request_make (const GstHailuoSettings *settings,
    const gchar *element, GObjectClass *object_class,
    GstHailuoRequest *request, GPtrArray *problems, GstHailuoError *code);
void gst_hailuo_request_clear (GstHailuoRequest *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstHailuoRequest, gst_hailuo_request_clear)

/* Price of the shot in USD; -1 if unknown or if the settings are invalid. */
gdouble gst_hailuo_request_estimate (const GstHailuoSettings *settings);

G_END_DECLS
