/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all URIs of a process together may spend. */
#include "unit.h"

#include "budget.h"

typedef struct
{
  const gchar *description;
  const gchar *text;
  gint64 budget;
} ParseRow;

static const ParseRow parse_rows[] = {
  { "dollars", "1", 1000000 },
  { "cents", "1.50", 1500000 },
  { "no digit before the point", ".5", 500000 },
  { "none after it", "2.", 2000000 },
  { "a price", "0.336", 336000 },
  { "smallest", "0.000001", 1 },
  { "nothing", "0", 0 },
  { "zeros", "00.00", 0 },
  { "largest", "1000000000", G_GINT64_CONSTANT (1000000000000000) },
  { "too large", "1000000000.01", GST_HAILUO_BUDGET_NONE },
  { "far too large", "99999999999999999999999999", GST_HAILUO_BUDGET_NONE },
  { "empty", "", GST_HAILUO_BUDGET_NONE },
  { "words", "much", GST_HAILUO_BUDGET_NONE },
  { "negative", "-1", GST_HAILUO_BUDGET_NONE },
  { "negative zero", "-0", GST_HAILUO_BUDGET_NONE },
  { "plus", "+1", GST_HAILUO_BUDGET_NONE },
  { "nan", "nan", GST_HAILUO_BUDGET_NONE },
  { "infinite", "inf", GST_HAILUO_BUDGET_NONE },
  { "exponent", "1e3", GST_HAILUO_BUDGET_NONE },
  { "hexadecimal", "0x10", GST_HAILUO_BUDGET_NONE },
  { "comma", "1,50", GST_HAILUO_BUDGET_NONE },
  { "currency", "$1", GST_HAILUO_BUDGET_NONE },
  { "space before", " 1", GST_HAILUO_BUDGET_NONE },
  { "space after", "1 ", GST_HAILUO_BUDGET_NONE },
  { "point", ".", GST_HAILUO_BUDGET_NONE },
  { "two points", "1.2.3", GST_HAILUO_BUDGET_NONE },
};

static void
test_parse (gconstpointer data)
{
  const ParseRow *row = data;

  g_assert_cmpint (gst_hailuo_budget_parse (row->text), ==, row->budget);
}

static void
test_reserve (void)
{
  g_autoptr (GError) error = NULL;

  /* what the environment does not say is nothing */
  g_assert_false (gst_hailuo_budget_reserve (GST_HAILUO_BUDGET_NONE, 0, NULL));
  g_assert_true (gst_hailuo_budget_reserve (10, 6, NULL));
  g_assert_false (gst_hailuo_budget_reserve (10, 5, &error));
  unit_assert_code (error, UNIT_CODE (LIMIT));
  g_clear_error (&error);
  g_assert_true (gst_hailuo_budget_reserve (10, 4, NULL));
  g_assert_false (gst_hailuo_budget_reserve (10, 1, NULL));
  gst_hailuo_budget_give_back (6);
  g_assert_true (gst_hailuo_budget_reserve (10, 6, NULL));
  /* a lower one than what is spent */
  g_assert_false (gst_hailuo_budget_reserve (5, 1, NULL));
  g_assert_false (gst_hailuo_budget_reserve (10, -1, &error));
  unit_assert_code (error, UNIT_CODE (LIMIT));
  gst_hailuo_budget_give_back (10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  UNIT_ADD_TABLE ("/budget/parse", parse_rows, test_parse);
  g_test_add_func ("/budget/reserve", test_reserve);
  return g_test_run ();
}
