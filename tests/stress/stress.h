/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stress.h: what the parts of the program stress share.
 *
 * A scene is a simulator, a fault proxy before its files, a store, and the
 * shots that were asked for there.  A player is a pipeline for one of these
 * shots.  A cycle starts a player and stops it at some moment, often while the
 * rival, another thread, does something to it as well.
 */
#pragma once

#include <gst/gst.h>

#include "faultproxy.h"
#include "simulator.h"

G_BEGIN_DECLS

/* --- main.c -------------------------------------------------------------- */

/* Ends the program, with the seed and the number of the cycle. */
void stress_fail (const gchar *format, ...) G_GNUC_PRINTF (1, 2) G_GNUC_NORETURN;

/* The watchdog waits for this. */
void stress_progress (void);

/* --- scene.c ------------------------------------------------------------- */

typedef struct
{
  gchar *prompt;
  gboolean told;                /* its task was seen */
} Shot;

typedef struct
{
  Simulator *simulator;
  FaultProxy *proxy;
  gchar *store;
  GPtrArray *shots;
} Scene;

Scene *scene_new (void);
/* Looks at the ledger first; the number of tasks that were billed */
guint scene_free (Scene *self);
Shot *scene_add_shot (Scene *self);

/* --- player.c ------------------------------------------------------------ */

typedef struct
{
  Scene *scene;
  Shot *shot;
  GstElement *pipeline;
  GstElement *source;

  GMutex lock;
  GCond cond;
  /* lock: what was told since the last player_begin() */
  gchar state[16];              /* of the task; empty: nothing yet */
  gboolean prerolled, eos;
} Player;

Player *player_new (Scene *scene, Shot *shot);
void player_free (Player *self);
/* In READY or NULL */
void player_set_shot (Player *self, Shot *shot);
/* Forgets what was told. */
void player_begin (Player *self);
/* For another thread too */
void player_seek (Player *self);
/* GStreamer lost the sink's state where a flushing seek met a change of state:
 * then there is no end.  Where no other thread seeks or sets states. */
gboolean player_is_lost (Player *self);
/* To READY or NULL, in microseconds; the state is reached. */
gint64 player_stop (Player *self, GstState state);

/* Up to @until: until the task is in that state (TRUE), or, with NULL, the clip
 * was played (prerolled, where @paused) */
gboolean player_wait (Player *self, const gchar *state, gboolean paused,
    gint64 until);

/* --- rival.c ------------------------------------------------------------- */

typedef enum
{
  RIVAL_NONE,
  RIVAL_POLLS,
  RIVAL_SEEKS,
  RIVAL_STATES
} RivalJob;

void rival_init (void);
void rival_clear (void);
/* Does it to @player, with chances of its own from @seed. */
void rival_start (RivalJob job, Player *player, guint32 seed);
gboolean rival_is_idle (void);
void rival_wait (void);

/* --- cycle.c ------------------------------------------------------------- */

/* When the stop came */
typedef enum
{
  MOMENT_AT_ONCE,
  MOMENT_SPIN,
  MOMENT_SUBMIT,
  MOMENT_STATE,
  MOMENT_POLL,
  MOMENT_DOWNLOAD,
  MOMENT_END,
  /* not asked for, but what came first */
  MOMENT_RIVAL,
  MOMENT_LOST,
  N_MOMENTS
} Moment;

typedef struct
{
  guint moments[N_MOMENTS];
  guint states[7];              /* that the task was last known in, then */
  guint new_shots, new_players, left_open, rivals, seeks;
  gint64 longest_stop;          /* us */
} Figures;

extern const gchar *const cycle_moments[N_MOMENTS];
extern const gchar *const cycle_states[7];

/* @player: of the cycle before, or NULL; the one that is left (or NULL) */
Player *cycle_run (Scene *scene, Player *player, GRand *chance,
    Figures *figures);
/* Plays some shots to their ends: what was paid is not lost. */
void cycle_settle (Scene *scene, GRand *chance, Figures *figures);
/* 0 to @max_us */
void cycle_spin (GRand *chance, gint max_us);

G_END_DECLS
