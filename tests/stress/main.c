/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stress: starts and stops hailuosrc thousands of times, at random stages; no
 * shot is paid twice, nothing hangs, and threads, descriptors and memory are
 * back at the end. */
#include "stress.h"

#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

#define SCENE_CYCLES 250 /* then all is made anew: a host remembers much */
#define WARM_UP 500      /* cycles before anything is measured */
/* KiB; 1.3 to 3.2 MB were measured, by how malloc() shares out its arenas */
#define GROWTH_MAX 6144
#define LOST_MAX 8  /* cycles that GStreamer may spoil */
#define PATIENCE 60 /* s without progress */

static gint count = 1000;
static gint64 seed = -1;

static const GOptionEntry options[] = {
  { "count", 'n', 0, G_OPTION_ARG_INT, &count, "how many cycles", "N" },
  { "seed", 's', 0, G_OPTION_ARG_INT64, &seed, "of all chances", "S" }, { NULL }
};

static guint warm_up; /* cycles, of those done */
static gint done;     /* atomic: cycles */
static gint progress; /* atomic */

void
stress_fail (const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_print ("# %s\nBail out! seed %u, cycle %d\n", text, (guint) seed,
      g_atomic_int_get (&done));
  abort ();
}

void
stress_progress (void)
{
  g_atomic_int_inc (&progress);
}

/* --- the watchdog -------------------------------------------------------- */

static GMutex lock;
static GCond cond;
static gboolean over; /* lock */

static gint64
get_patience (void)
{
  const gchar *factor = g_getenv ("TEST_TIME_FACTOR");
  gint64 times = factor ? g_ascii_strtoll (factor, NULL, 10) : 1;

  return MAX (times, 1) * PATIENCE * G_TIME_SPAN_SECOND;
}

static gpointer
watch (gpointer user_data)
{
  gint before = -1;

  g_mutex_lock (&lock);
  while (!over) {
    gint64 until = g_get_monotonic_time () + get_patience ();
    gint now = g_atomic_int_get (&progress);

    if (now == before)
      stress_fail ("it hangs");
    before = now;
    while (!over && g_cond_wait_until (&cond, &lock, until))
      continue;
  }
  g_mutex_unlock (&lock);
  return NULL;
}

static void
call_off (GThread *watchdog)
{
  g_mutex_lock (&lock);
  over = TRUE;
  g_cond_signal (&cond);
  g_mutex_unlock (&lock);
  g_thread_join (watchdog);
}

/* --- what is used -------------------------------------------------------- */

typedef struct
{
  guint threads;
  guint files;
  gint64 memory; /* KiB that are resident */
} Usage;

static guint
count_entries (const gchar *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* A thread that ends is gone a moment later, and one that has just become idle
 * joins GLib's pool of unused ones only then; nothing signals either.  More than
 * @threads are waited for up to a second. */
static Usage
get_usage (guint threads)
{
  const gint64 until = g_get_monotonic_time () + G_TIME_SPAN_SECOND;
  g_autofree gchar *text = NULL;
  Usage usage = { 0 };

  do {
    g_thread_pool_stop_unused_threads ();
    g_usleep (1000);
    usage.threads = count_entries ("/proc/self/task");
  } while (usage.threads > threads && g_get_monotonic_time () < until);
  usage.files = count_entries ("/proc/self/fd");
  malloc_trim (0);
  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL)) {
    gchar *second = NULL;

    g_ascii_strtoll (text, &second, 10);
    usage.memory = g_ascii_strtoll (second, NULL, 10)
        * (sysconf (_SC_PAGESIZE) / 1024);
  }
  return usage;
}

/* A memory checker keeps what was freed. */
static gboolean
has_checker (void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return TRUE;
#else
  return g_getenv ("LD_PRELOAD") != NULL;
#endif
}

/* --- all of it ----------------------------------------------------------- */

static guint
run_scene (guint cycles, GRand *chance, Figures *figures)
{
  Scene *scene = scene_new ();
  Player *player = NULL;
  guint i;

  for (i = 0; i < cycles; i++) {
    player = cycle_run (scene, player, chance, figures);
    g_atomic_int_inc (&done);
  }
  g_clear_pointer (&player, player_free);
  cycle_settle (scene, chance, figures);
  return scene_free (scene);
}

static guint
run (gint cycles, GRand *chance, Figures *figures)
{
  guint billed = 0;

  for (; cycles > 0; cycles -= SCENE_CYCLES)
    billed += run_scene (MIN (cycles, SCENE_CYCLES), chance, figures);
  return billed;
}

static void
print_counts (
    const gchar *title, const gchar *const *names, const guint *counts, guint n)
{
  g_autoptr (GString) line = g_string_new (NULL);
  guint i;

  for (i = 0; i < n; i++)
    g_string_append_printf (
        line, ", %s %u", *names[i] ? names[i] : "nothing told", counts[i]);
  g_print ("# %s: %s\n", title, line->str + 2);
}

static void
print_figures (const Figures *f, guint billed, gdouble seconds)
{
  g_print ("# seed %u, %d cycles and %u before, %.1f s\n", (guint) seed, count,
      warm_up, seconds);
  print_counts ("stopped at", cycle_moments, f->moments, N_MOMENTS);
  print_counts (
      "task then", cycle_states, f->states, G_N_ELEMENTS (cycle_states));
  g_print ("# %u shots, %u tasks billed, %u elements, %u of them freed with an"
           " open submit\n",
      f->new_shots, billed, f->new_players, f->left_open);
  g_print ("# %u with another thread, %u flush seeks, longest stop %.1f ms\n",
      f->rivals, f->seeks, f->longest_stop / 1000.0);
}

static gboolean
report (guint number, gboolean good, const gchar *text)
{
  g_print ("%sok %u - %s\n", good ? "" : "not ", number, text);
  return good;
}

static gboolean
compare (const Usage *before, const Usage *after)
{
  gboolean good;

  g_print ("# threads %u, then %u; descriptors %u, then %u; resident KiB"
           " %" G_GINT64_FORMAT ", then %" G_GINT64_FORMAT "\n",
      before->threads, after->threads, before->files, after->files,
      before->memory, after->memory);
  good = report (2, after->threads <= before->threads, "threads are back");
  good &= report (3, after->files <= before->files, "descriptors are back");
  good &= report (4,
      has_checker () || after->memory <= before->memory + GROWTH_MAX,
      has_checker () ? "memory is back # SKIP a checker keeps it"
                     : "memory is back");
  return good;
}

static gboolean
measure (void)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (seed);
  const gint64 begin = g_get_monotonic_time ();
  Figures figures = { { 0 } };
  Usage before, after;
  gboolean good;
  guint billed;

  warm_up = MIN (WARM_UP, count / 2);
  billed = run (warm_up, chance, &figures);
  before = get_usage (0);
  billed += run (count, chance, &figures);
  after = get_usage (before.threads);
  print_figures (&figures, billed, (g_get_monotonic_time () - begin) / 1e6);
  report (1, TRUE, "no shot is paid twice, and none hangs");
  good = compare (&before, &after);
  good &= report (5, figures.moments[MOMENT_LOST] <= LOST_MAX,
      "GStreamer hardly ever loses the sink");
  return good;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  GThread *watchdog;
  gboolean good;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  gst_init (&argc, &argv);
  /* each run looks elsewhere, and says where */
  if (seed < 0)
    seed = g_random_int_range (0, G_MAXINT32);
  g_print ("1..5\n# seed %u\n", (guint) seed);
  rival_init ();
  watchdog = g_thread_new ("watchdog", watch, NULL);
  good = measure ();
  call_off (watchdog);
  rival_clear ();
  gst_deinit ();
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
