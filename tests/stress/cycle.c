/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cycle.c: one start and one stop. */
#include "stress.h"

#include <string.h>

/* How long one look at the one thing that is waited for lasts, before the
 * others are looked at */
#define LOOK (2 * G_TIME_SPAN_MILLISECOND)

#define SETTLED 4 /* shots of each scene that are played to the end */

const gchar *const cycle_moments[N_MOMENTS] = { "at once", "spin", "submit",
  "state", "poll", "download", "end", "rival first", "lost" };
/* The first: nothing was told yet */
const gchar *const cycle_states[7] = { "", "submitting", "pending",
  "processing", "downloading", "success", "failed" };

typedef struct
{
  Scene *scene;
  GRand *chance;
  Player *player;
  GstState target;
  Moment moment;
  const gchar *state; /* of MOMENT_STATE */
  RivalJob rival;
  guint submits, polls, faults; /* before */
} Cycle;

static gboolean
is_likely (GRand *chance, gint percent)
{
  return g_rand_int_range (chance, 0, 100) < percent;
}

void
cycle_spin (GRand *chance, gint max_us)
{
  const gint64 until = g_get_monotonic_time ()
      + g_rand_int_range (chance, 0, max_us + 1);

  while (g_get_monotonic_time () < until)
    continue;
}

/* --- before -------------------------------------------------------------- */

static Shot *
choose_shot (Cycle *self, Figures *figures)
{
  const GPtrArray *shots = self->scene->shots;

  if (shots->len > 0 && is_likely (self->chance, 25))
    return g_ptr_array_index (
        shots, g_rand_int_range (self->chance, 0, shots->len));
  figures->new_shots++;
  return scene_add_shot (self->scene);
}

/* The same element with its shot or another one, or a new element */
static void
choose_player (Cycle *self, Figures *figures)
{
  if (self->player != NULL && is_likely (self->chance, 25))
    return;
  if (self->player != NULL && is_likely (self->chance, 30)) {
    player_set_shot (self->player, choose_shot (self, figures));
    return;
  }
  g_clear_pointer (&self->player, player_free);
  self->player = player_new (self->scene, choose_shot (self, figures));
  figures->new_players++;
}

/* @work: seconds of the host's time */
static void
add_work (Cycle *self, gint work)
{
  g_autofree gchar *rule = g_strdup_printf (
      "[{\"on\":\"task\",\"work\":%d}]", work);

  simulator_script (self->scene->simulator, rule);
}

static void
add_delay (Cycle *self, const gchar *what)
{
  g_autofree gchar *rule = g_strdup_printf ("[{\"on\":\"%s\",\"delay\":%d}]",
      what, g_rand_int_range (self->chance, 1, 6));

  simulator_script (self->scene->simulator, rule);
}

/* Holds the host up where the stop is to come; a rule that this cycle does not
 * come to is for a later one. */
static void
prepare_host (Cycle *self)
{
  if (is_likely (self->chance, 30))
    add_work (self, g_rand_int_range (self->chance, 0, 600));
  if (self->moment == MOMENT_SUBMIT)
    add_delay (self, "submit");
  if (self->moment == MOMENT_POLL)
    add_delay (self, "poll");
  if (self->moment == MOMENT_DOWNLOAD) {
    g_autofree gchar *rule = g_strdup_printf (
        "{\"connection\":%u,\"at\":%d,\"action\":\"stall\"}",
        fault_proxy_get_connections (self->scene->proxy) + 1,
        g_rand_int_range (self->chance, 0, 4000));

    fault_proxy_add (self->scene->proxy, rule);
  }
}

static void
choose_rival (Cycle *self, Figures *figures)
{
  if (!is_likely (self->chance, 40))
    return;
  self->rival = g_rand_int_range (self->chance, RIVAL_POLLS, RIVAL_STATES + 1);
  figures->rivals++;
}

/* --- the moment ---------------------------------------------------------- */

static gboolean
is_moment (Cycle *self)
{
  Simulator *simulator = self->scene->simulator;
  const guint look_ms = LOOK / G_TIME_SPAN_MILLISECOND;

  switch (self->moment) {
    case MOMENT_SUBMIT:
      return simulator_wait_requests (
          simulator, "submit", self->submits + 1, look_ms);
    case MOMENT_POLL:
      return simulator_wait_requests (
          simulator, "poll", self->polls + 1, look_ms);
    case MOMENT_DOWNLOAD:
      return fault_proxy_wait_faults (
          self->scene->proxy, self->faults + 1, look_ms);
    default:
      return player_wait (self->player,
          self->moment == MOMENT_STATE ? self->state : NULL,
          self->target == GST_STATE_PAUSED, g_get_monotonic_time () + LOOK);
  }
}

/* What is waited for need not come: a clip that is in the store needs no
 * submit, and who stops first is a matter of chance. */
static Moment
wait_for_moment (Cycle *self)
{
  if (self->target < GST_STATE_PAUSED || self->moment == MOMENT_AT_ONCE)
    return MOMENT_AT_ONCE;
  if (self->moment == MOMENT_SPIN) {
    cycle_spin (self->chance, 3000);
    return MOMENT_SPIN;
  }
  while (!is_moment (self)) {
    if (player_wait (self->player, NULL, self->target == GST_STATE_PAUSED, 0))
      return MOMENT_END;
    if (fault_proxy_get_faults (self->scene->proxy) > self->faults)
      return MOMENT_DOWNLOAD;
    if (self->rival == RIVAL_STATES && rival_is_idle ())
      return MOMENT_RIVAL;
    if (rival_is_idle () && player_is_lost (self->player))
      return MOMENT_LOST;
  }
  return self->moment;
}

static void
count (Cycle *self, Moment moment, gint64 took, Figures *figures)
{
  Player *player = self->player;
  guint i;

  figures->moments[moment]++;
  for (i = 0; i < G_N_ELEMENTS (cycle_states); i++)
    figures->states[i] += g_str_equal (player->state, cycle_states[i]);
  /* two threads that set states wait for each other */
  if (self->rival != RIVAL_STATES)
    figures->longest_stop = MAX (figures->longest_stop, took);
}

/* Whatever else was done to it: in the end it obeys. */
static gint64
stop (Cycle *self, GstState state)
{
  gint64 took = player_stop (self->player, state);

  rival_wait ();
  if (self->rival == RIVAL_STATES)
    player_stop (self->player, state);
  if (GST_STATE (self->player->source) != state)
    stress_fail ("the source is in %s, and was set to %s",
        gst_element_state_get_name (GST_STATE (self->player->source)),
        gst_element_state_get_name (state));
  return took;
}

static void
start (Cycle *self, Figures *figures)
{
  static const GstState targets[] = { GST_STATE_READY, GST_STATE_PAUSED,
    GST_STATE_PAUSED, GST_STATE_PLAYING, GST_STATE_PLAYING, GST_STATE_PLAYING };

  self->target =
      targets[g_rand_int_range (self->chance, 0, G_N_ELEMENTS (targets))];
  player_begin (self->player);
  if (self->rival != RIVAL_NONE)
    rival_start (self->rival, self->player, g_rand_int (self->chance));
  /* by way of another state */
  if (is_likely (self->chance, 20))
    gst_element_set_state (self->player->pipeline,
        g_rand_int_range (
            self->chance, GST_STATE_READY, GST_STATE_PLAYING + 1));
  gst_element_set_state (self->player->pipeline, self->target);
  if (is_likely (self->chance, 15)) {
    player_seek (self->player);
    figures->seeks++;
  }
}

Player *
cycle_run (Scene *scene, Player *player, GRand *chance, Figures *figures)
{
  Cycle self = {
    .scene = scene,
    .chance = chance,
    .player = player,
    .submits = simulator_get_requests (scene->simulator, "submit"),
    .polls = simulator_get_requests (scene->simulator, "poll"),
    .faults = fault_proxy_get_faults (scene->proxy),
  };
  Moment moment;
  gint64 took;

  choose_player (&self, figures);
  self.moment = g_rand_int_range (chance, MOMENT_AT_ONCE, MOMENT_END + 1);
  self.state = cycle_states[g_rand_int_range (chance, 1, 6)];
  prepare_host (&self);
  choose_rival (&self, figures);
  start (&self, figures);
  moment = wait_for_moment (&self);
  if (is_likely (chance, 10)) {
    player_seek (self.player);
    figures->seeks++;
  }
  if (is_likely (chance, 30))
    cycle_spin (chance, 1000);
  took = stop (
      &self, is_likely (chance, 40) ? GST_STATE_READY : GST_STATE_NULL);
  count (&self, moment, took, figures);
  /* a sink that was lost may stay so, even in NULL */
  if (moment == MOMENT_LOST || is_likely (chance, 30)) {
    figures->left_open += g_str_equal (self.player->state, "submitting");
    g_clear_pointer (&self.player, player_free);
  }
  stress_progress ();
  return self.player;
}

void
cycle_settle (Scene *scene, GRand *chance, Figures *figures)
{
  guint i;

  /* past the stalls that no cycle came to */
  simulator_set_link_origin (
      scene->simulator, simulator_get_files_url (scene->simulator));
  for (i = 0; i < SETTLED && i < scene->shots->len; i++) {
    Shot *shot = g_ptr_array_index (
        scene->shots, g_rand_int_range (chance, 0, scene->shots->len));
    Player *player = player_new (scene, shot);

    gst_element_set_state (player->pipeline, GST_STATE_PLAYING);
    while (!player_wait (player, NULL, FALSE, G_MAXINT64)) {
    }
    player_free (player);
    stress_progress ();
  }
}
