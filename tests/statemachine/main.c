/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lifecycles: lives of tasks, and the promise that no shot is paid twice in any
 * of them, and nothing that was paid is lost.  Seed and index name a life; two
 * seeds have no life in common. */
#include "world.h"

#include <stdlib.h>
#include <unistd.h>

#define WARM_UP 1000    /* lifecycles before the memory is looked at */
#define GROWTH_MAX 4096 /* KiB; what the allocator keeps may vary */

static gint count = 1000;
static gint first;
static gint64 seed = -1;
static gboolean verbose;

static const GOptionEntry options[] = {
  { "count", 'n', 0, G_OPTION_ARG_INT, &count, "how many lifecycles", "N" },
  { "seed", 's', 0, G_OPTION_ARG_INT64, &seed,
      "of all of them (default: another one each time)", "S" },
  { "index", 'i', 0, G_OPTION_ARG_INT, &first, "of the first one", "I" },
  { "verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose, "show every operation",
      NULL },
  { NULL }
};

/* KiB that are resident */
static gint64
get_memory (void)
{
  g_autofree gchar *text = NULL;
  gint64 pages = 0;

  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL)) {
    gchar *second = NULL;

    g_ascii_strtoll (text, &second, 10);
    pages = g_ascii_strtoll (second, NULL, 10);
  }
  return pages * (sysconf (_SC_PAGESIZE) / 1024);
}

/* A memory checker keeps what was freed. */
static gboolean
has_checker (void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return TRUE;
#else
  const gchar *preload = g_getenv ("LD_PRELOAD");

  return preload != NULL && *preload != '\0';
#endif
}

static void
print_figures (guint done, gdouble seconds)
{
  static const gchar *const verdicts[N_VERDICTS] = { "none", "resume", "play",
    "fetch again", "unknown", "refused", "given up", "nothing there", "new" };
  const Figures *f = &world.figures;
  guint i;

  g_print ("# seed %" G_GINT64_FORMAT ", %u lifecycles, %" G_GUINT64_FORMAT
           " operations, %" G_GUINT64_FORMAT " crashes, %" G_GUINT64_FORMAT
           " power cuts, %" G_GUINT64_FORMAT " billed, %" G_GUINT64_FORMAT
           " unknown outcomes, %d violations\n",
      seed, done, f->operations, f->crashes, f->power_cuts, f->billed,
      f->unknown, world.violation != NULL);
  g_print ("# %" G_GUINT64_FORMAT " runs, %" G_GUINT64_FORMAT
           " submits, %" G_GUINT64_FORMAT " polls, %" G_GUINT64_FORMAT
           " clips, %" G_GUINT64_FORMAT " cancels, %" G_GUINT64_FORMAT
           " adopted, %" G_GUINT64_FORMAT
           " forgotten by the host, %" G_GUINT64_FORMAT " handed over\n",
      f->runs, f->posts, f->polls, f->clips, f->cancels, f->adopted,
      f->forgotten, f->handed_over);
  g_print ("# %" G_GUINT64_FORMAT " attempts, %" G_GUINT64_FORMAT
           " over the budget, %" G_GUINT64_FORMAT
           " forgotten by the user; shots whose attempts said:",
      f->rows, f->over_budget, f->user_forgets);
  for (i = VERDICT_NONE + 1; i < N_VERDICTS; i++)
    g_print ("%s %" G_GUINT64_FORMAT " %s", i == 1 ? "" : ",", f->verdicts[i],
        verdicts[i]);
  g_print ("\n# %.1f s, %.0f lifecycles a second\n", seconds, done / seconds);
}

/* Once more, so that all of it can be seen. */
static void
show (guint failed)
{
  g_autofree gchar *before = g_steal_pointer (&world.violation);

  g_print ("not ok 1 - no shot is paid twice\n");
  g_print ("# seed %" G_GINT64_FORMAT ", index %u: %s\n", seed, failed, before);
  g_print ("# again with: --seed %" G_GINT64_FORMAT
           " --index %u --count 1 --verbose\n",
      seed, failed);
  if (verbose)
    return;
  world.verbose = TRUE;
  user_live (seed, failed);
  if (g_strcmp0 (world.violation, before) != 0)
    g_print ("# NOT REPRODUCED: %s\n", world.violation);
}

static gboolean
live (void)
{
  const gint64 start = g_get_monotonic_time ();
  gint64 memory = 0;
  gint i;

  for (i = 0; i < count && world.violation == NULL; i++) {
    if (i == WARM_UP)
      memory = get_memory ();
    user_live (seed, first + i);
  }
  print_figures (i, (g_get_monotonic_time () - start) / 1e6);
  if (world.violation != NULL) {
    show (first + i - 1);
    return FALSE;
  }
  g_print ("ok 1 - no shot is paid twice\n");
  if (memory == 0 || has_checker ()) {
    g_print ("ok 2 - memory does not grow # SKIP\n");
    return TRUE;
  }
  g_print ("# %" G_GINT64_FORMAT " KiB after %d lifecycles, %" G_GINT64_FORMAT
           " KiB at the end\n",
      memory, WARM_UP, get_memory ());
  if (get_memory () <= memory + GROWTH_MAX) {
    g_print ("ok 2 - memory does not grow\n");
    return TRUE;
  }
  g_print ("not ok 2 - memory does not grow\n");
  return FALSE;
}

/* What a run tells nobody but the terminal is told here a thousand times. */
static void
ignore (const gchar *domain, GLogLevelFlags level, const gchar *text,
    gpointer user_data)
{
}

int
main (int argc, char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean good;

  g_log_set_handler (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, ignore, NULL);
  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  /* each run looks elsewhere, and says where */
  if (seed < 0)
    seed = g_random_int_range (0, G_MAXINT32);
  g_print ("1..2\n# seed %" G_GINT64_FORMAT "\n", seed);
  world_init ();
  world.verbose = verbose;
  good = live ();
  world_clear ();
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
