/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsthailuoterms.h: whether a shot may be paid for: the properties `reuse` and
 * `max-cost`, as set by the application and by a URI.
 *
 * A URI may come from anybody, so it can narrow the terms but never widen them.
 * After a URI has been set, only the store may be used until the application
 * sets `reuse`, unless the environment has a budget for URIs.
 */
#pragma once

#include "client/task.h"

G_BEGIN_DECLS

typedef struct
{
  GstHailuoReuse reuse;  /* as set by the application */
  gdouble max_cost;
  gboolean from_uri;     /* the URI was set after `reuse` */
  gboolean uri_only;     /* the URI has reuse=only */
  gdouble uri_max_cost;  /* -1: the URI has none */
  gboolean uri_task;     /* `task-id` is from the URI: it may be anybody's task */
} GstHailuoTerms;

/* The application sets a property, or it gets its default: this is consent. */
void gst_hailuo_terms_set_reuse (GstHailuoTerms *self, GstHailuoReuse reuse);
void gst_hailuo_terms_set_max_cost (GstHailuoTerms *self, gdouble max_cost);

/* A URI is set: this is not consent. */
void gst_hailuo_terms_set_uri (GstHailuoTerms *self, gboolean only,
    gdouble max_cost);

/* The effective values */
GstHailuoReuse gst_hailuo_terms_get_reuse (const GstHailuoTerms *self);
gdouble gst_hailuo_terms_get_max_cost (const GstHailuoTerms *self);

/* Whether the URI of this shot must have reuse=only. */
gboolean gst_hailuo_terms_is_only (const GstHailuoTerms *self);

G_END_DECLS
