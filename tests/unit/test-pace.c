/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When a download counts as stalled. */
#include "http-transfer.h"
#include "unit.h"

#define KIB 1024
#define NEVER 0

typedef struct
{
  const gchar *description;
  guint64 first; /* bytes at once */
  guint64 bytes; /* then so many ... */
  guint every;   /* ... each so many seconds */
  guint stalled; /* in this second */
} PaceRow;

static const PaceRow pace_rows[] = {
  { "nothing", 0, 0, 1, 60 },
  { "a byte a second", 0, 1, 1, 60 },
  { "800 bytes a second", 0, 800, 1, 60 },
  { "just too slow", 0, 4 * KIB - 1, 1, 60 },
  { "just fast enough", 0, 4 * KIB, 1, NEVER },
  { "fast", 0, 1024 * KIB, 1, NEVER },
  { "in bursts, too slow", 0, 60 * KIB, 20, 60 },
  { "in bursts, fast enough", 0, 80 * KIB, 20, NEVER },
  { "once a minute", 0, 240 * KIB, 60, NEVER },
  { "once in two minutes", 0, 480 * KIB, 120, 60 },
  /* what was fast before does not count */
  { "much, then nothing", 1024 * KIB, 0, 1, 61 },
  { "much, then little", 1024 * KIB, KIB, 1, 61 },
  { "much, then enough", 1024 * KIB, 4 * KIB, 1, NEVER },
};

static void
test_pace (gconstpointer data)
{
  const PaceRow *row = data;
  GstHailuoTransfer transfer = { .began = 7 };
  guint second;

  for (second = 1; second <= 600; second++) {
    gboolean stalled;

    if (second == 1)
      transfer.arrived += row->first;
    if (second % row->every == 0)
      transfer.arrived += row->bytes;
    stalled = gst_hailuo_transfer_is_stalled (
        &transfer, transfer.began + second * G_TIME_SPAN_SECOND);
    g_assert_true (stalled == (second == row->stalled));
    if (stalled)
      return;
  }
  g_assert_cmpuint (row->stalled, ==, NEVER);
}

/* However often, or seldom, it is asked */
static void
test_any_time (void)
{
  GstHailuoTransfer often = { 0 }, seldom = { 0 };
  guint i;

  for (i = 0; i < 59999; i++)
    g_assert_false (gst_hailuo_transfer_is_stalled (&often, i * 1000));
  g_assert_true (
      gst_hailuo_transfer_is_stalled (&often, 60 * G_TIME_SPAN_SECOND));
  g_assert_false (
      gst_hailuo_transfer_is_stalled (&seldom, 59 * G_TIME_SPAN_SECOND));
  g_assert_true (gst_hailuo_transfer_is_stalled (&seldom, G_TIME_SPAN_HOUR));
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  UNIT_ADD_TABLE ("/pace", pace_rows, test_pace);
  g_test_add_func ("/pace/any-time", test_any_time);
  return g_test_run ();
}
