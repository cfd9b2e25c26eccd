/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task-cost.c: what a submit may spend. */
#include "budget.h"
#include "task-private.h"

static gboolean
check_max_cost (GstHailuoTask *self, GError **error)
{
  const gint64 price = self->shot->variant->price;
  g_autofree gchar *cost = gst_hailuo_price_to_string (MAX (price, 0));
  g_autofree gchar *limit = gst_hailuo_price_to_string (
      MAX (self->config.max_cost, 0));

  if (self->config.max_cost == GST_HAILUO_NO_LIMIT
      || (price != GST_HAILUO_PRICE_UNKNOWN && price <= self->config.max_cost))
    return TRUE;
  if (price == GST_HAILUO_PRICE_UNKNOWN)
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_LIMIT,
        "Refused, nothing was sent: max-cost=%s is set, but the price of model"
        " %s at %s is unknown. Set max-cost=-1 (no limit) to submit it anyway.",
        limit, self->shot->model, self->shot->catalogue->title);
  else
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_LIMIT,
        "Refused, nothing was sent: $%s exceeds max-cost=%s. Raise max-cost to"
        " submit it.",
        cost, limit);
  return FALSE;
}

gboolean
gst_hailuo_task_check_cost (GstHailuoTask *self, GError **error)
{
  return check_max_cost (self, error)
      && gst_hailuo_ledger_check_limit (
          self->ledger, self->shot->variant->price, &self->config.limit, error);
}

gboolean
gst_hailuo_task_reserve (GstHailuoTask *self, GError **error)
{
  const gint64 price = self->shot->variant->price;

  if (!self->config.from_uri || self->reserved > 0)
    return TRUE;
  if (!gst_hailuo_budget_reserve (self->config.budget, price, error))
    return FALSE;
  self->reserved = price;
  return TRUE;
}

void
gst_hailuo_task_give_back (GstHailuoTask *self)
{
  gst_hailuo_budget_give_back (self->reserved);
  self->reserved = 0;
}
