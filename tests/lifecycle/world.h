/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* world.h: what the tasks of a simulated lifecycle live in.
 *
 * The client's own code for tasks, records and dialects is linked with fakes
 * of http.h, post.h, store.h and clip.h.  All that they do happens here, in one thread
 * and in an order that follows from the seed: a clock, a host with its ledger,
 * a disk, another process, and what may go wrong at each operation.
 */
#pragma once

#include "task-private.h"

G_BEGIN_DECLS

#define N_SHOTS 2
#define ENTRIES_MAX 128
#define OPERATIONS_MAX 100000 /* of one run: more is a hang */

/* None of them may be found in a record, a message or an error. */
#define SECRET_KEY "sk-0123456789-secret-key"
#define SECRET_PROMPT "secret-prompt of a lighthouse"
#define SECRET_LINK "secret-link-signature"

/* --- what may go wrong --------------------------------------------------- */

typedef enum
{
  STEP_READ,      /* of the store; also what changes nothing that lasts */
  STEP_WRITE,     /* of the store */
  STEP_NETWORK,
  STEP_WAIT
} Step;

typedef enum
{
  FATE_FINE,
  FATE_FAILS,      /* and did nothing */
  FATE_FAILS_LATE, /* and did it all the same */
  FATE_DIES,       /* the process does, before the operation */
  FATE_DIES_LATE,  /* after it */
  FATE_DEAD        /* it died before: nothing is done any more */
} Fate;

/* In 1/1024 of the operations that it can happen to. */
typedef struct
{
  guint die, fail, cancel;
  guint noise;      /* polls that go wrong */
  guint spoil;      /* downloads that do */
  guint unknown;    /* submits whose answer does not tell */
  guint refuse;     /* submits that the host or the network refuses */
  guint fail_tasks; /* tasks that the host cannot make */
  guint forget;     /* tasks that the host forgets */
  guint other;      /* locks that another process has */
} Chances;

/* --- the disk ------------------------------------------------------------ */

typedef struct Snapshot Snapshot;

/* A submit that was announced by a record. */
typedef struct
{
  const Snapshot *replaces; /* (nullable) the record that it took the place of */
  gint shot;
  guint process;
  gboolean posted;
  gboolean refused;   /* it is certain that no task was made */
  gboolean set_aside; /* and counted as a wish */
} Intent;

/* A content of a record; never changed. */
struct Snapshot
{
  GstHailuoRecord record;
  guint intent; /* that it began with; 0: none, a task that was adopted */
};

typedef struct
{
  const Snapshot *record; /* (nullable) */
  gint clip;              /* file; -1: none */
} State;

typedef enum
{
  HOLDER_NOBODY,
  HOLDER_US,
  HOLDER_OTHER
} Holder;

/* All files of one id. */
typedef struct
{
  gchar id[GST_HAILUO_RECORD_ID_LENGTH + 1];
  gint shot;   /* -1: of a task, or set aside */
  State now;   /* as every process sees it */
  State disk;  /* as it is after a power cut */
  gint part;   /* file; -1: none */
  guint part_process; /* that began it */
  Holder holder;
} Entry;

typedef struct
{
  gint task;         /* whose clip; -1: of none */
  guint64 size;
  gboolean whole;
} File;

typedef struct
{
  Entry *lock;  /* (nullable) */
  gint file;
  gboolean open;
} Descriptor;

/* --- the host ------------------------------------------------------------ */

typedef struct
{
  gchar id[40];
  gint shot;
  guint intent;
  guint polls;          /* until it is made */
  gboolean fails, forgotten;
  gboolean failed_told; /* the host has said so */
  guint link;           /* number of the newest one */
  guint dead_links;     /* up to that number */
  guint64 size;
} HostTask;

typedef struct
{
  gboolean lost;        /* there is none */
  gboolean refusal;     /* it proves that no task was made */
  guint status;
  gchar *body;          /* (owned) */
  gint64 retry_after;
  gint64 delay;         /* us */
} Answer;

/* --- all of it ----------------------------------------------------------- */

/* One begin() of a task, and what it did so far. */
typedef struct
{
  gint shot;            /* -1: none, only a task id */
  const gchar *adopt;   /* (nullable) */
  GstHailuoReuse reuse;
  gboolean silent;      /* nothing may be sent */
  guint operations, posts, requests;
  guint task_posts;     /* of the task, earlier runs included */
} Run;

typedef struct
{
  guint64 operations, crashes, power_cuts, billed, posts, polls, runs, clips;
  guint64 cancels, unknown, forgotten, adopted, waits, handed_over;
} Figures;

typedef struct
{
  GRand *rand;
  guint seed;
  gboolean verbose;
  Chances chances;
  gboolean healthy;     /* nothing goes wrong any more */
  const GstHailuoProvider *provider;
  gint64 now, wall;     /* us */

  guint process;        /* number of the one that runs, from 1 */
  gboolean dead;
  guint dead_operations;
  gboolean write_failed; /* in this process */
  gchar *violation;     /* (nullable) the first one */
  gboolean folder;      /* the store is there */
  GstHailuoHttp *http;  /* (nullable) of the process */
  GHashTable *told;     /* ids that this process told (element-type utf8) */
  Run run;
  GPtrArray *threads;   /* GstHailuoPost that were handed over, in this process */
  gboolean in_thread;   /* one of them does what is done */

  gchar *shot_ids[N_SHOTS];
  guint billed[N_SHOTS];
  guint allowed[N_SHOTS]; /* 1, and one for each wish for another */

  GArray *intents;      /* Intent; the first is none */
  GArray *tasks;        /* HostTask */
  GArray *files;        /* File */
  GArray *descriptors;  /* Descriptor */
  GPtrArray *snapshots; /* Snapshot */
  Entry entries[ENTRIES_MAX];
  guint n_entries;

  Entry *other;         /* (nullable) what the other process works on */
  gboolean other_stuck;
  Figures figures;      /* of all lifecycles */
} World;

extern World world;

/* --- world.c ------------------------------------------------------------- */

void world_init (void);
/* A new world, all of it from @seed. */
void world_reset (guint seed);
void world_clear (void);

guint world_below (guint n);
gboolean world_chance (guint chance); /* in 1/1024 */
/* One of @n texts. */
const gchar *world_pick (const gchar *const *texts, guint n);

void world_trace (const gchar *format, ...) G_GNUC_PRINTF (1, 2);
/* Notes that a promise was broken, and ends the process. */
void world_violate (const gchar *format, ...) G_GNUC_PRINTF (1, 2);
/* Whether there is a secret in @text is a violation. */
void world_check_text (const gchar *text);

/* Every operation of a fake begins with it. */
Fate world_step (Step step);
void world_die (void);
/* An error as of a process that is gone; returns FALSE. */
gboolean world_set_dead (GError **error);

void world_begin_process (void);
/* Its locks and descriptors vanish; @power_cut: and what was not synced. */
void world_end_process (gboolean power_cut);

gint world_open (Entry *lock, gint file);
Descriptor *world_get_descriptor (gint fd);
gboolean world_close (gint fd);

/* --- host.c -------------------------------------------------------------- */

/* A submit arrives.  Bills it, or does not. */
void host_submit (guint intent, Answer *answer);
/* Makes and bills a task; its index. */
guint host_make_task (guint intent);
void host_poll (const gchar *task_id, Answer *answer);
HostTask *host_find (const gchar *task_id); /* (nullable) */
HostTask *host_get (guint i);
/* The task of a link, and whether the link has expired. */
HostTask *host_find_link (const gchar *url, gboolean *expired);
void host_answer_clear (Answer *answer);

/* --- fake-http.c --------------------------------------------------------- */

gboolean net_set_cancelled (GError **error);
gboolean net_set_broken (GError **error, GstHailuoError code,
    gboolean retryable);
/* The time goes on until @until, or until it is cancelled. */
gboolean net_pass_time (GstHailuoHttp *http, gint64 until, GError **error);
/* Gives @answer, or what it is to lose it. */
gboolean net_deliver (Answer *answer, gint64 arrives, gint64 until,
    GstHailuoHttpReply *reply, GError **error);
void net_check_request (const gchar *url, const gchar *key);

/* --- fake-post.c --------------------------------------------------------- */

/* One of them goes on, perhaps; to the end. */
void threads_act (void);
/* The process ends: after them, or they with it. */
void threads_end (void);

/* --- fake-store.c -------------------------------------------------------- */

Entry *disk_get (const gchar *id);
Intent *disk_get_intent (guint number);
File *disk_get_file (gint file);
gint disk_add_file (gint task, guint64 size, gboolean whole);
/* Of its content, before any damage. (transfer full) */
GChecksum *disk_sum_file (gint file);
/* Announces a submit; its number. */
guint disk_add_intent (gint shot, guint process);
const Snapshot *disk_add_snapshot (const GstHailuoRecord *record,
    guint intent);
/* All that was done is durable. */
void disk_sync (void);
GstHailuoRecordState disk_get_state (const Entry *entry);
/* Whether some record names the task. */
gboolean disk_knows (const gchar *task_id);
/* Counts what was put aside as a wish for another task, once. */
void disk_count_wish (const Snapshot *record);
/* Takes that back, as nothing was made. */
void disk_uncount_wish (const Snapshot *record);

/* --- other.c: a second process ------------------------------------------- */

/* Takes the lock, perhaps. */
void other_come (Entry *entry);
/* Goes on, perhaps to the end. */
void other_act (void);
/* Comes, works and goes. */
void other_run (Entry *entry);
void other_leave (void);

/* --- user.c -------------------------------------------------------------- */

/* One lifecycle, from an empty store to its end. */
void user_live (guint seed);

G_END_DECLS
