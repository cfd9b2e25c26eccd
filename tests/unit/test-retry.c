/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long to wait before the same free thing is tried again. */
#include "unit.h"

#include "retry.h"

typedef struct
{
  const gchar *description;
  guint failures;
  gint64 base, floor, retry_after, left;
  gdouble random;
  gint64 delay; /* ms, give or take one for the rounding */
} RetryRow;

static const RetryRow retry_rows[] = {
  /* the back-off: half of it is sure, half of it is drawn */
  { "first, lowest", 1, 1000, 0, -1, -1, 0.0, 500 },
  { "first, middle", 1, 1000, 0, -1, -1, 0.5, 750 },
  { "first, highest", 1, 1000, 0, -1, -1, 1.0, 1000 },
  { "second, lowest", 2, 1000, 0, -1, -1, 0.0, 1000 },
  { "second, highest", 2, 1000, 0, -1, -1, 1.0, 2000 },
  { "third, middle", 3, 1000, 0, -1, -1, 0.5, 3000 },
  { "fifth, highest", 5, 1000, 0, -1, -1, 1.0, 16000 },
  { "sixth is clamped, highest", 6, 1000, 0, -1, -1, 1.0, 20000 },
  { "sixth is clamped, lowest", 6, 1000, 0, -1, -1, 0.0, 10000 },
  { "tenth", 10, 1000, 0, -1, -1, 1.0, 20000 },
  { "base at the maximum", 1, 20000, 0, -1, -1, 1.0, 20000 },
  { "base above the maximum", 1, 60000, 0, -1, -1, 1.0, 20000 },
  { "a test's base", 3, 5, 0, -1, -1, 1.0, 20 },
  { "no base", 3, 0, 0, -1, -1, 1.0, 0 },

  /* nothing overflows */
  { "33rd", 33, 1000, 0, -1, -1, 1.0, 20000 },
  { "64th", 64, 1000, 0, -1, -1, 1.0, 20000 },
  { "65th", 65, 1000, 0, -1, -1, 0.0, 10000 },
  { "failure number 4000000000", 4000000000u, 1000, 0, -1, -1, 1.0, 20000 },
  { "the greatest number of failures", G_MAXUINT, 1, 0, -1, -1, 0.0, 10000 },
  { "no base, many failures", 4000000000u, 0, 0, -1, -1, 1.0, 0 },
  { "the greatest base", 1, G_MAXINT64, 0, -1, -1, 1.0, 20000 },
  { "the greatest base, many failures", 4000000000u, G_MAXINT64, 0, -1, -1, 1.0,
      20000 },

  /* the floor */
  { "floor below", 1, 1000, 400, -1, -1, 0.0, 500 },
  { "floor above", 1, 1000, 800, -1, -1, 0.0, 800 },
  { "floor without a base", 1, 0, 800, -1, -1, 1.0, 800 },
  { "floor above our maximum", 1, 1000, 30000, -1, -1, 1.0, 30000 },

  /* what the host asks for */
  { "the host's is longer", 1, 1000, 0, 7000, -1, 0.0, 7000 },
  { "the host's is shorter", 6, 1000, 0, 3000, -1, 1.0, 3000 },
  { "the host's goes before the floor", 1, 1000, 5000, 3000, -1, 1.0, 3000 },
  { "the host's is beyond our maximum", 1, 1000, 0, 60000, -1, 0.0, 60000 },
  { "the host's at its maximum", 1, 1000, 0, 300000, -1, 0.0, 300000 },
  { "the host's just beyond it", 1, 1000, 0, 300001, -1, 0.0, 300000 },
  { "the year 2099", 1, 1000, 0, G_GINT64_CONSTANT (2307217485000), -1, 0.0,
      300000 },
  { "the greatest wait", 1, 1000, 0, G_MAXINT64, -1, 0.0, 300000 },
  /* a host that says "at once" does not get a busy loop */
  { "the host says zero", 1, 1000, 0, 0, -1, 1.0, 1000 },
  { "the host says less than zero", 2, 1000, 0, -7, -1, 1.0, 2000 },

  /* the deadline */
  { "deadline far away", 1, 1000, 0, -1, 900000, 1.0, 1000 },
  { "deadline cuts the back-off", 6, 1000, 0, -1, 1500, 1.0, 1500 },
  { "deadline cuts the floor", 1, 1000, 5000, -1, 1500, 1.0, 1500 },
  { "deadline cuts the host's", 1, 1000, 0, 7000, 1500, 1.0, 1500 },
  { "deadline cuts the host's clamped one", 1, 1000, 0, G_MAXINT64, 1500, 1.0,
      1500 },
  { "deadline is now", 6, 1000, 5000, -1, 0, 1.0, 0 },
  { "deadline is now, the host's", 6, 1000, 5000, 7000, 0, 1.0, 0 },
};

static void
test_delay (gconstpointer data)
{
  const RetryRow *row = data;
  gint64 delay = gst_hailuo_retry_delay (row->failures, row->base, row->floor,
      row->retry_after, row->left, row->random);

  g_assert_cmpint (delay, >=, row->delay - 1);
  g_assert_cmpint (delay, <=, row->delay + 1);
  g_assert_cmpint (delay, >=, 0);
  if (row->left >= 0)
    g_assert_cmpint (delay, <=, row->left);
}

/* Later failures never wait less, and no draw leaves the bounds. */
static void
test_bounds (void)
{
  gint64 before = 0;

  for (guint failures = 1; failures <= 200; failures++) {
    gint64 low = gst_hailuo_retry_delay (failures, 700, 0, -1, -1, 0.0);
    gint64 high = gst_hailuo_retry_delay (failures, 700, 0, -1, -1, 1.0);

    g_assert_cmpint (low, >=, before);
    g_assert_cmpint (high, <=, GST_HAILUO_RETRY_MAX);
    for (guint i = 0; i <= 10; i++) {
      gint64 delay = gst_hailuo_retry_delay (
          failures, 700, 0, -1, -1, i / 10.0);

      g_assert_cmpint (delay, >=, low);
      g_assert_cmpint (delay, <=, high);
    }
    before = low;
  }
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  UNIT_ADD_TABLE ("/retry/delay", retry_rows, test_delay);
  g_test_add_func ("/retry/bounds", test_bounds);

  return g_test_run ();
}
