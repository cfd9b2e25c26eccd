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

/* "1.50" in US dollars; NONE: it is no such amount. */
gint64 gst_hailuo_budget_parse (const gchar *text);

/* What the environment allows; NONE: nothing.  @problem: a sentence where what
 * stands there is no amount; NULL: it is not asked for.
 * (out) (transfer full) (nullable) */
gint64 gst_hailuo_budget_get (gchar **problem);

/* Takes @price out of @budget, of which all that was reserved before is gone.
 * FALSE: there is not so much left, or nobody knows the price. */
gboolean gst_hailuo_budget_reserve (gint64 budget, gint64 price,
    GError **error);

/* What was reserved, once it is certain that nothing was billed */
void gst_hailuo_budget_give_back (gint64 price);

G_END_DECLS
