/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "budget.h"

#include <string.h>

#include "error.h"
#include "model.h"

#define BUDGET_MAX 1e9 /* USD; anything above is a typo */

static GMutex lock;
static gint64 reserved; /* protected by lock; by all URIs so far */

gint64
gst_hailuo_budget_parse (const gchar *text)
{
  gchar *end;
  gdouble dollars;

  /* no sign, exponent, hexadecimal number, "inf" or "nan" */
  if (*text == '\0' || text[strspn (text, "0123456789.")] != '\0')
    return GST_HAILUO_BUDGET_NONE;
  dollars = g_ascii_strtod (text, &end);
  if (end == text || *end != '\0' || dollars > BUDGET_MAX)
    return GST_HAILUO_BUDGET_NONE;
  return dollars * 1e6 + 0.5;
}

gint64
gst_hailuo_budget_get (gchar **problem)
{
  const gchar *text = g_getenv (GST_HAILUO_BUDGET_ENV);
  gint64 budget;

  if (text == NULL || *text == '\0')
    return GST_HAILUO_BUDGET_NONE;
  budget = gst_hailuo_budget_parse (text);
  if (budget == GST_HAILUO_BUDGET_NONE && problem != NULL)
    *problem = g_strdup_printf (
        "%s=%s in the environment is not an amount of US dollars such as 1.50:"
        " nothing is bought for a URI.",
        GST_HAILUO_BUDGET_ENV, text);
  return budget;
}

gboolean
gst_hailuo_budget_reserve (gint64 budget, gint64 price, GError **error)
{
  g_autofree gchar *cost = gst_hailuo_price_to_string (MAX (price, 0));
  g_autofree gchar *rest = NULL;
  gint64 left;

  if (price < 0) {
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_LIMIT,
        "Refused, nothing was sent: the price of this shot is unknown, so %s"
        " does not cover it. To submit it anyway, set reuse=always on the"
        " element after the URI.",
        GST_HAILUO_BUDGET_ENV);
    return FALSE;
  }
  g_mutex_lock (&lock);
  left = budget - reserved;
  if (price <= left)
    reserved += price;
  g_mutex_unlock (&lock);
  if (price <= left)
    return TRUE;
  rest = gst_hailuo_price_to_string (MAX (left, 0));
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_LIMIT,
      "Refused, nothing was sent: $%s exceeds the $%s that is left of %s for all"
      " URIs of this process. Raise it, or set reuse=always on the element after"
      " the URI.",
      cost, rest, GST_HAILUO_BUDGET_ENV);
  return FALSE;
}

void
gst_hailuo_budget_give_back (gint64 price)
{
  g_mutex_lock (&lock);
  reserved -= price;
  g_mutex_unlock (&lock);
}
