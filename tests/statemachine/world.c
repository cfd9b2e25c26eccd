/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FIRST_DESCRIPTOR 1000000 /* no real one is as high */
#define YEAR (G_GINT64_CONSTANT (365) * 24 * 3600 * G_TIME_SPAN_SECOND)

World world;

/* --- what the client calls directly; see link_args in meson.build -------- */

gint64 __wrap_g_get_real_time (void);
gdouble __wrap_g_random_double (void);
int __wrap_close (int fd);
int __real_close (int fd);

gint64
__wrap_g_get_real_time (void)
{
  return world.wall + world.now;
}

gdouble
__wrap_g_random_double (void)
{
  return g_rand_double (world.rand);
}

int
__wrap_close (int fd)
{
  if (fd < FIRST_DESCRIPTOR)
    return __real_close (fd);
  return world_close (fd) ? 0 : -1;
}

/* --- chance -------------------------------------------------------------- */

guint
world_below (guint n)
{
  return g_rand_int (world.rand) % n;
}

gboolean
world_chance (guint chance)
{
  return chance > 0 && (g_rand_int (world.rand) & 1023) < chance;
}

const gchar *
world_pick (const gchar *const *texts, guint n)
{
  return texts[world_below (n)];
}

static guint
pick_number (const guint *numbers, guint n)
{
  return numbers[world_below (n)];
}

#define PICK(...) \
  pick_number ((const guint[]){ __VA_ARGS__ }, \
      sizeof ((const guint[]){ __VA_ARGS__ }) / sizeof (guint))

/* Each lifecycle has its own sorts of trouble, and most have few: where all
 * goes wrong at once no life comes far.  (Here and elsewhere one draw to a
 * statement: in what order the parts of one are evaluated is the compiler's
 * choice, and a seed shall be the same life everywhere.) */
static void
draw_chances (void)
{
  Chances *chances = &world.chances;

  chances->die = PICK (0, 0, 6, 20, 60);
  chances->fail = PICK (0, 0, 0, 15, 80);
  chances->cancel = PICK (0, 0, 10, 40);
  chances->noise = PICK (0, 50, 300);
  chances->spoil = PICK (0, 100, 900);
  chances->unknown = PICK (0, 0, 60, 250);
  chances->refuse = PICK (0, 100, 400);
  chances->fail_tasks = PICK (0, 50, 300);
  chances->forget = PICK (0, 0, 100);
  chances->turn = PICK (0, 0, 100);
  chances->other = PICK (0, 0, 0, 150);
  chances->busy = PICK (0, 0, 0, 200);
}

/* --- telling ------------------------------------------------------------- */

void
world_trace (const gchar *format, ...)
{
  va_list args;

  if (!world.verbose)
    return;
  va_start (args, format);
  g_print ("# %6u p%u %9.3f  ", world.run.operations, world.process,
      (gdouble) world.now / G_TIME_SPAN_SECOND);
  vfprintf (stdout, format, args);
  g_print ("\n");
  va_end (args);
}

void
world_violate (const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  world_trace ("VIOLATION: %s", text);
  if (world.violation == NULL)
    world.violation = g_steal_pointer (&text);
  world.dead = TRUE;
}

void
world_check_text (const gchar *text)
{
  if (text == NULL || strstr (text, "secret") == NULL)
    return;
  world_violate ("a secret was told: %s", text);
}

/* --- operations ---------------------------------------------------------- */

static Fate
draw_fate (Step step)
{
  const Chances *chances = &world.chances;
  const guint rare = step == STEP_WAIT ? 4 : 1;

  if (world_chance (chances->cancel / rare) && world.http != NULL) {
    world_trace ("(unlock)");
    world.figures.cancels++;
    gst_hailuo_http_cancel (world.http);
  }
  if (world_chance (chances->die / rare))
    return world_below (2) == 0 ? FATE_DIES : FATE_DIES_LATE;
  if ((step == STEP_READ || step == STEP_WRITE) && world_chance (chances->fail))
    return step == STEP_READ || world_below (2) == 0 ? FATE_FAILS
                                                     : FATE_FAILS_LATE;
  return FATE_FINE;
}

Fate
world_step (Step step)
{
  Fate fate;

  threads_act ();
  world.figures.operations++;
  world.run.operations++;
  if (world.dead) {
    /* nothing helps a loop that does not end even then */
    if (++world.dead_operations > OPERATIONS_MAX)
      g_error ("seed %" G_GUINT64_FORMAT ", life %u: the code does not end",
          world.seed, world.index);
    return FATE_DEAD;
  }
  if (world.run.operations > OPERATIONS_MAX) {
    world_violate ("a run does not end");
    return FATE_DEAD;
  }
  fate = draw_fate (step);
  world.run.trouble = world.run.trouble || fate != FATE_FINE;
  return fate;
}

void
world_die (void)
{
  guint i;

  world_trace ("(the process dies)");
  world.figures.crashes++;
  world.dead = TRUE;
  for (i = 0; i < world.n_entries; i++) {
    if (world.entries[i].holder == HOLDER_US)
      world.entries[i].holder = HOLDER_NOBODY;
  }
}

gboolean
world_set_dead (GError **error)
{
  g_set_error_literal (
      error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "the process is gone");
  return FALSE;
}

/* --- descriptors --------------------------------------------------------- */

gint
world_open (Entry *lock, gint file)
{
  const Descriptor descriptor = { lock, file, TRUE };

  g_array_append_val (world.descriptors, descriptor);
  return FIRST_DESCRIPTOR + world.descriptors->len - 1;
}

Descriptor *
world_get_descriptor (gint fd)
{
  guint i = fd - FIRST_DESCRIPTOR;

  if (fd < FIRST_DESCRIPTOR || i >= world.descriptors->len
      || !g_array_index (world.descriptors, Descriptor, i).open) {
    world_violate ("descriptor %d is not open", fd);
    return NULL;
  }
  return &g_array_index (world.descriptors, Descriptor, i);
}

gboolean
world_close (gint fd)
{
  Descriptor *descriptor = world_get_descriptor (fd);

  if (descriptor == NULL)
    return FALSE;
  descriptor->open = FALSE;
  if (descriptor->lock != NULL && !world.dead) {
    world_trace ("unlock %.8s", descriptor->lock->id);
    descriptor->lock->holder = HOLDER_NOBODY;
  }
  return TRUE;
}

/* --- processes ----------------------------------------------------------- */

void
world_begin_process (void)
{
  world.process++;
  world.dead = FALSE;
  world.dead_operations = 0;
  world.write_failed = FALSE;
  g_hash_table_remove_all (world.told);
  memset (&world.run, 0, sizeof world.run);
  if (world_below (4) == 0)
    world.wall += (gint64) world_below (2000001) * (YEAR / 100000) - 10 * YEAR;
}

void
world_end_process (gboolean power_cut)
{
  guint i;

  for (i = 0; i < world.descriptors->len; i++) {
    if (g_array_index (world.descriptors, Descriptor, i).open)
      world_violate ("a %s is open after the task is gone",
          g_array_index (world.descriptors, Descriptor, i).lock ? "lock"
                                                                : "file");
  }
  g_array_set_size (world.descriptors, 0);
  if (!power_cut)
    return;
  world.figures.power_cuts++;
  world_trace ("(power cut)");
  disk_cut_power ();
  other_leave ();
}

/* --- the world ----------------------------------------------------------- */

void
world_init (void)
{
  world.rand = g_rand_new_with_seed (0);
  world.told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  world.tasks = g_array_new (FALSE, TRUE, sizeof (HostTask));
  world.descriptors = g_array_new (FALSE, TRUE, sizeof (Descriptor));
  world.threads = g_ptr_array_new ();
  disk_init ();
}

static void
forget_all (void)
{
  guint i;

  g_clear_pointer (&world.violation, g_free);
  for (i = 0; i < N_SHOTS; i++)
    g_clear_pointer (&world.shot_ids[i], g_free);
  g_hash_table_remove_all (world.told);
  g_array_set_size (world.tasks, 0);
  g_array_set_size (world.descriptors, 0);
  disk_reset ();
}

void
world_reset (guint64 seed, guint index)
{
  /* no two pairs have the same lives, as two sums may have */
  const guint32 seeds[] = { seed & G_MAXUINT32, seed >> 32, index };
  guint i;

  forget_all ();
  g_rand_set_seed_array (world.rand, seeds, G_N_ELEMENTS (seeds));
  world.seed = seed;
  world.index = index;
  world.healthy = FALSE;
  world.provider = gst_hailuo_provider_get (
      world_below (GST_HAILUO_N_PROVIDERS));
  world.now = 1 + world_below (G_MAXINT32);
  world.wall = 50 * YEAR;
  world.process = 0;
  world.moment = 0;
  world.dead = FALSE;
  world.folder = FALSE;
  world.http = NULL;
  world.other = NULL;
  world.other_stuck = FALSE;
  for (i = 0; i < N_SHOTS; i++)
    world.billed[i] = 0;
  draw_chances ();
}

void
world_clear (void)
{
  forget_all ();
  g_rand_free (world.rand);
  g_hash_table_unref (world.told);
  g_array_unref (world.tasks);
  g_array_unref (world.descriptors);
  g_ptr_array_unref (world.threads);
  disk_clear ();
}
