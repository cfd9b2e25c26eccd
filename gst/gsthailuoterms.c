/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsthailuoterms.h"

#include "client/budget.h"

#define NO_LIMIT (-1.0)

void
gst_hailuo_terms_set_reuse (GstHailuoTerms *self, GstHailuoReuse reuse)
{
  self->reuse = reuse;
  self->from_uri = FALSE;
  self->uri_only = FALSE;
}

void
gst_hailuo_terms_set_max_cost (GstHailuoTerms *self, gdouble max_cost)
{
  self->max_cost = max_cost;
  self->uri_max_cost = NO_LIMIT;
}

void
gst_hailuo_terms_set_uri (GstHailuoTerms *self, gboolean only, gdouble max_cost)
{
  self->from_uri = TRUE;
  self->uri_only = only;
  self->uri_max_cost = max_cost;
}

gboolean
gst_hailuo_terms_is_only (const GstHailuoTerms *self)
{
  return self->uri_only || self->reuse == GST_HAILUO_REUSE_ONLY;
}

GstHailuoReuse
gst_hailuo_terms_get_reuse (const GstHailuoTerms *self)
{
  if (gst_hailuo_terms_is_only (self))
    return GST_HAILUO_REUSE_ONLY;
  if (!self->from_uri)
    return self->reuse;
  return gst_hailuo_budget_get (NULL) != GST_HAILUO_BUDGET_NONE
      ? GST_HAILUO_REUSE_ALWAYS
      : GST_HAILUO_REUSE_ONLY;
}

/* The lower limit; a NaN, which rejects everything, is kept. */
gdouble
gst_hailuo_terms_get_max_cost (const GstHailuoTerms *self)
{
  if (self->uri_max_cost == NO_LIMIT)
    return self->max_cost;
  if (self->max_cost == NO_LIMIT || self->max_cost > self->uri_max_cost)
    return self->uri_max_cost;
  return self->max_cost;
}
