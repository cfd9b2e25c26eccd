/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rival.c: one more thread of the application, with an eye on the same
 * pipeline. */
#include "stress.h"

static GThread *thread;
static GMutex lock;
static GCond cond;
/* lock */
static RivalJob job; /* NONE: idle */
static Player *player;
static guint32 seed;
static gboolean over;

static void
poll_and_look (GRand *chance)
{
  guint n = g_rand_int_range (chance, 1, 6);

  while (n-- > 0) {
    g_autoptr (GstStructure) stats = NULL;
    g_autofree gchar *task_id = NULL;

    g_signal_emit_by_name (player->source, "poll-now");
    g_object_get (player->source, "stats", &stats, "task-id", &task_id, NULL);
    cycle_spin (chance, 500);
  }
}

static void
seek (GRand *chance)
{
  guint n = g_rand_int_range (chance, 1, 4);

  while (n-- > 0) {
    player_seek (player);
    cycle_spin (chance, 1000);
  }
}

static void
set_states (GRand *chance)
{
  guint n = g_rand_int_range (chance, 1, 4);

  while (n-- > 0) {
    gst_element_set_state (player->pipeline,
        g_rand_int_range (chance, GST_STATE_NULL, GST_STATE_PLAYING + 1));
    cycle_spin (chance, 1000);
  }
}

static void
work (void)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (seed);

  switch (job) {
    case RIVAL_POLLS:
      poll_and_look (chance);
      break;
    case RIVAL_SEEKS:
      seek (chance);
      break;
    case RIVAL_STATES:
      set_states (chance);
      break;
    case RIVAL_NONE:
      break;
  }
}

static gpointer
run (gpointer user_data)
{
  g_mutex_lock (&lock);
  while (!over) {
    if (job == RIVAL_NONE) {
      g_cond_wait (&cond, &lock);
      continue;
    }
    g_mutex_unlock (&lock);
    work ();
    g_mutex_lock (&lock);
    job = RIVAL_NONE;
    g_cond_broadcast (&cond);
  }
  g_mutex_unlock (&lock);
  return NULL;
}

void
rival_init (void)
{
  thread = g_thread_new ("rival", run, NULL);
}

void
rival_clear (void)
{
  g_mutex_lock (&lock);
  over = TRUE;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
  g_thread_join (thread);
}

void
rival_start (RivalJob new_job, Player *new_player, guint32 new_seed)
{
  g_mutex_lock (&lock);
  job = new_job;
  player = new_player;
  seed = new_seed;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
}

gboolean
rival_is_idle (void)
{
  gboolean idle;

  g_mutex_lock (&lock);
  idle = job == RIVAL_NONE;
  g_mutex_unlock (&lock);
  return idle;
}

void
rival_wait (void)
{
  g_mutex_lock (&lock);
  while (job != RIVAL_NONE)
    g_cond_wait (&cond, &lock);
  g_mutex_unlock (&lock);
}
