/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-drip.c: answers that come a byte now and then, or not at all.  None is
 * waited for beyond its time.  The clock runs fast here, see meson.build. */
#include <string.h>

#include "attack.h"

#define READ GST_RESOURCE_ERROR_READ
#define OPEN_READ GST_RESOURCE_ERROR_OPEN_READ
#define FAILED GST_RESOURCE_ERROR_FAILED

#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n"

#define PAUSE 500 /* ms between two bytes or so */

/* How long the element may take to give up, in s: a submit that is answered by
 * no more than this has to end after two minutes, a poll after one, and a
 * download after a minute at less than 4 KiB a second */
static const guint limits[HOST_N_PLACES] = { 120, 60, 90 };
/* For a machine with other things to do: a second of its time is a minute here.
 * What these answers are made of goes on for hours. */
#define SLACK 600

typedef struct
{
  const gchar *description;
  HostAnswer answer;
  gint file; /* how it ends there */
} Row;

#define DRIP(start, unit) \
  { \
    start, -1, unit, 0, HOST_ENDLESS / 2, NULL, PAUSE, FALSE \
  }
#define STALL(start) \
  { \
    start, -1, NULL, 0, 0, NULL, 0, TRUE \
  }

/* 3 KiB a second, if it comes each 20 s */
static gchar burst[60 * 1024 + 1];

static const Row rows[] = {
  { "nothing", STALL (""), OPEN_READ },
  { "half-a-status-line", STALL ("HTTP/1.1 20"), OPEN_READ },
  { "half-the-headers", STALL (OK "Content-Ty"), READ },
  { "no-body", STALL (OK "Content-Length: 100\r\n\r\n"), READ },
  { "half-the-body", STALL (OK "Content-Length: 100\r\n\r\nx"), READ },
  { "no-last-chunk", STALL (CHUNKED "\r\n1\r\nx\r\n"), READ },
  { "only-100", STALL ("HTTP/1.1 100 Continue\r\n\r\n"), OPEN_READ },
  { "drip-status-line", DRIP ("HTTP/1.1 200 ", "x"), OPEN_READ },
  { "drip-header", DRIP (OK "X-A: ", "x"), READ },
  { "drip-headers", DRIP (OK, "X-A: b\r\n"), READ },
  { "drip-1xx", DRIP ("", "HTTP/1.1 100 Continue\r\n\r\n"), OPEN_READ },
  { "drip-body", DRIP (OK "\r\n", "x"), READ },
  { "drip-chunks", DRIP (CHUNKED "\r\n", "1\r\nx\r\n"), READ },
  { "drip-chunk-size", DRIP (CHUNKED "\r\n", "0"), READ },
  { "drip-chunk-extension", DRIP (CHUNKED "\r\n1;", "x"), READ },
  { "bursts", { OK "\r\n", -1, burst, 0, HOST_ENDLESS, NULL, 20000 }, READ },
  { "drip-trailers", DRIP (CHUNKED "\r\n1\r\nx\r\n0\r\n", "X-A: b\r\n"), READ },
};

static void
run (HostPlace place, const Row *row, gint code, const gchar *settings)
{
  const gint64 begin = g_get_monotonic_time ();
  gdouble took;

  if (g_getenv ("FAKETIME") == NULL) {
    g_test_skip ("faketime is not installed, and this takes minutes");
    return;
  }
  attack_run_with (place, &row->answer, 1, code, settings);
  took = (g_get_monotonic_time () - begin) / 1e6;
  g_test_message ("it took %.1f s", took);
  g_assert_cmpfloat (took, <, limits[place] + SLACK);
}

static void
test_submit (gconstpointer data)
{
  run (HOST_SUBMIT, data, FAILED, "timeout=20");
}

static void
test_poll (gconstpointer data)
{
  run (HOST_POLL, data, OPEN_READ, NULL);
}

static void
test_file (gconstpointer data)
{
  const Row *row = data;

  run (HOST_FILE, row, row->file, NULL);
}

/* All of a download: what comes fast enough, and does not end. */
static void
test_endless (void)
{
  const Row row = { "endless",
    { OK "\r\n", -1, burst, 0, HOST_ENDLESS, NULL, 2000 }, OPEN_READ };

  run (HOST_FILE, &row, row.file, "timeout=90 retries=5");
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  memset (burst, 'x', sizeof burst - 1);
  FIXTURE_ADD_TABLE ("/hostile/drip/submit/", rows, test_submit);
  FIXTURE_ADD_TABLE ("/hostile/drip/poll/", rows, test_poll);
  FIXTURE_ADD_TABLE ("/hostile/drip/file/", rows, test_file);
  g_test_add_func ("/hostile/drip/endless", test_endless);
  return attack_finish ();
}
