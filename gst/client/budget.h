/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* budget.h: what all URIs of this process together may spend.
 *
 * Thread-safe.  Amounts are in 1/1000000 USD.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define GST_HAILUO_BUDGET_ENV "HAILUO_URI_BUDGET"
#define GST_HAILUO_BUDGET_NONE (-1)

/* Parses an amount in US dollars, such as "1.50"; NONE if it is not one. */
gint64 gst_hailuo_budget_parse (const gchar *text);

/* The budget from the environment; NONE: nothing may be spent.
 * @problem: (out) (optional) (transfer full) (nullable) set to a sentence if
 * the value is not an amount, unchanged otherwise. */
gint64 gst_hailuo_budget_get (gchar **problem);

/* Reserves @price from what earlier reservations have left of @budget.  Fails
 * if that is not enough, or if the price is unknown. */
gboolean gst_hailuo_budget_reserve (gint64 budget, gint64 price,
    GError **error);

/* Returns a reservation, once it is certain that nothing was billed. */
void gst_hailuo_budget_give_back (gint64 price);

G_END_DECLS
