/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsthailuoterms.h: on which terms a shot is had: the properties `reuse` and
 * `max-cost`, and what a URI says of both.
 *
 * A URI names a shot, and may come from anybody: it can narrow the terms and
 * never widen them.  From the moment it is set until the application sets
 * `reuse`, the store alone may be used, unless the environment has a budget for
 * URIs.
 */
#pragma once

#include "client/task.h"

G_BEGIN_DECLS

typedef struct
{
  GstHailuoReuse reuse;  /* as the application set them */
  gdouble max_cost;
  gboolean from_uri;     /* the URI was set after `reuse` */
  gboolean uri_only;     /* it says reuse=only */
  gdouble uri_max_cost;  /* -1: it names none */
  gboolean uri_task;     /* `task-id` is the URI's, which may be anybody's task */
} GstHailuoTerms;

/* The application sets the properties, or they get their defaults: that is
 * consent. */
void gst_hailuo_terms_set_reuse (GstHailuoTerms *self, GstHailuoReuse reuse);
void gst_hailuo_terms_set_max_cost (GstHailuoTerms *self, gdouble max_cost);

/* A URI is set: that is none. */
void gst_hailuo_terms_set_uri (GstHailuoTerms *self, gboolean only,
    gdouble max_cost);

/* What holds */
GstHailuoReuse gst_hailuo_terms_get_reuse (const GstHailuoTerms *self);
gdouble gst_hailuo_terms_get_max_cost (const GstHailuoTerms *self);

/* Whether a URI of this shot has to say reuse=only. */
gboolean gst_hailuo_terms_is_only (const GstHailuoTerms *self);

G_END_DECLS
