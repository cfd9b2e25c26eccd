/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* world.h: what the tasks of a simulated lifecycle live in.
 *
 * The client's own code for tasks, attempts and dialects is linked with fakes
 * of http.h, post.h, store.h, ledger.h and clip.h.  All that they do happens
 * here, in one thread and in an order that follows from the seed: a clock, a
 * host with its bills, a disk, another process, and what may go wrong at each
 * operation.
 */
#pragma once

#include "task-private.h"

G_BEGIN_DECLS

#define N_SHOTS 2
#define ENTRIES_MAX 128
#define TASK_ID_MAX 40
#define OPERATIONS_MAX 100000 /* of one run: more is a hang */

/* None of them may be found in a row, a message or an error. */
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
  guint turn;       /* clips that were made, and then are said to have failed */
  guint other;      /* locks that another process has */
  guint busy;       /* the ledger, for a moment */
} Chances;

/* --- the disk ------------------------------------------------------------ */

/* A submit that a row announced. */
typedef struct
{
  gint shot;
  guint process;
  gint64 created;     /* us since 1970 */
  gint64 price;       /* 1/1000000 USD */
  gboolean posted;
  gboolean refused;   /* it is certain that no task was made */
  gboolean forgotten; /* the user wanted it so */
} Intent;

/* A row of the ledger. */
typedef struct
{
  GstHailuoAttempt *attempt; /* (owned) */
  guint intent;              /* that it began with; 0: none, it was adopted */
  guint delivered;           /* as world.moment was then; 0: it is not */
} Row;

typedef enum
{
  HOLDER_NOBODY,
  HOLDER_US,
  HOLDER_OTHER
} Holder;

/* The lock and the partial clip of a shot. */
typedef struct
{
  gchar id[65];
  gint shot;   /* -1: that of a task */
  gint part;   /* file; -1: none */
  guint part_process; /* that began it */
  Holder holder;
} Entry;

typedef struct
{
  gchar sha256[65];
  gint now;    /* file, as every process sees it; -1: none */
  gint disk;   /* as it is after a power cut */
} Clip;

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
  gchar id[TASK_ID_MAX];
  const gchar *model;
  gint shot;
  guint intent;
  guint polls;          /* until it is made */
  gboolean fails, forgotten;
  const gchar *fail_code;
  gboolean failed_told; /* the host has said so */
  guint link;           /* number of the newest one */
  guint dead_links;     /* up to that number */
  guint64 size;
  gint content;         /* index of the task whose clip has the same bytes */
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

/* What the attempts of a shot come to, by the table that users are told. */
typedef enum
{
  VERDICT_NONE,     /* they were not looked at */
  VERDICT_RESUME,   /* a task that has neither ended nor delivered */
  VERDICT_PLAY,     /* a whole clip */
  VERDICT_REFETCH,  /* a clip that is gone, at no cost; or an error */
  VERDICT_UNKNOWN,  /* the error of an unknown outcome */
  VERDICT_REFUSED,  /* the request's own failure again */
  VERDICT_GIVEN_UP, /* the host failed too often */
  VERDICT_NOTHING,  /* reuse=only, and there is no clip */
  VERDICT_NEW,
  N_VERDICTS
} Verdict;

/* One begin() of a task, and what it did so far. */
typedef struct
{
  gint shot;            /* -1: none, only a task id */
  const gchar *adopt;   /* (nullable) */
  GstHailuoReuse reuse;
  gint64 max_cost;
  GstHailuoLimit limit;
  guint began;          /* as world.moment was at its last look before the lock */
  gboolean locked;      /* it has had the lock of its shot */
  gboolean silent;      /* nothing may be sent */
  guint operations, posts, requests;
  guint task_posts;     /* of the task, earlier runs included */
  guint intent;         /* durable, and not posted yet; 0: none */
  gboolean trouble;     /* an operation was not fine */
  gboolean waited;      /* for a lock */
  gboolean found;       /* the attempt of the task that it names */
  gboolean answered;    /* the host told of the task that was asked about */
  gboolean warned;
  Verdict verdict;
  gchar expected[TASK_ID_MAX]; /* the task that it speaks of; "": none */
} Run;

typedef struct
{
  guint64 operations, crashes, power_cuts, billed, posts, polls, runs, clips;
  guint64 cancels, unknown, forgotten, adopted, waits, handed_over;
  guint64 rows, over_budget, user_forgets, verdicts[N_VERDICTS];
} Figures;

typedef struct
{
  GRand *rand;
  guint64 seed;
  guint index;          /* of the life */
  gboolean verbose;
  Chances chances;
  gboolean healthy;     /* nothing goes wrong any more */
  const GstHailuoProvider *provider;
  gint64 now, wall;     /* us */

  guint process;        /* number of the one that runs, from 1 */
  gboolean dead;
  guint dead_operations;
  gboolean write_failed; /* in this process */
  gint64 handed_over;   /* the attempt that the element's task left to a thread
                         * with reuse=never; 0: none */
  guint moment;         /* counts what must be told before from after */
  gchar *violation;     /* (nullable) the first one */
  gboolean folder;      /* the store is there */
  GstHailuoHttp *http;  /* (nullable) of the process */
  GHashTable *told;     /* ids that this process told (element-type utf8) */
  Run run;
  GPtrArray *threads;   /* GstHailuoPost that were handed over, in this process */
  gboolean in_thread;   /* one of them does what is done */

  gchar *shot_ids[N_SHOTS];
  guint billed[N_SHOTS];

  GArray *intents;      /* Intent; the first is none */
  GArray *tasks;        /* HostTask */
  GArray *files;        /* File */
  GArray *descriptors;  /* Descriptor */
  GArray *clips;        /* Clip */
  GPtrArray *rows;      /* Row, the oldest first; as every process sees them */
  GPtrArray *rows_before; /* (nullable) as a power cut may leave them */
  gint64 last_number;   /* of a row */
  Entry entries[ENTRIES_MAX];
  guint n_entries;

  Entry *other;         /* (nullable) what the other process works on */
  gint64 other_number;  /* of its attempt; 0: none yet */
  gboolean other_stuck;
  gboolean other_never; /* it wants another one */
  Figures figures;      /* of all lifecycles */
} World;

extern World world;

/* --- world.c ------------------------------------------------------------- */

void world_init (void);
/* A new world, all of it from @seed and @index. */
void world_reset (guint64 seed, guint index);
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
/* TRUE: it tells what became of the task. */
gboolean host_poll (const gchar *task_id, const gchar *url, Answer *answer);
HostTask *host_find (const gchar *task_id); /* (nullable) */
HostTask *host_get (guint i);
/* Whether a failure with that code is the request's own. */
gboolean host_is_refusal (const gchar *fail_code);
/* Whether its documents say that a failed task is not charged. */
gboolean host_fails_free (void);
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
    GstHailuoResponse *response, GError **error);
void net_check_request (const gchar *url, const gchar *key);

/* --- fake-post.c --------------------------------------------------------- */

/* One of them goes on, perhaps; to the end. */
void threads_act (void);
/* The process ends: after them, or they with it. */
void threads_end (void);

/* --- disk.c -------------------------------------------------------------- */

/* FALSE, with an error: nothing is to be done. */
gboolean disk_begin (Step step, const gchar *what, Fate *fate, GError **error);
/* Ends what was done. */
gboolean disk_end (const gchar *what, Fate fate, GError **error);
gboolean disk_set_failed (GError **error, const gchar *what);
/* All that was done is durable. */
void disk_sync (void);
/* Each file is the old one or the new one, and so is the database. */
void disk_cut_power (void);
void disk_init (void);
void disk_reset (void);
void disk_clear (void);

Entry *disk_get (const gchar *id);
Intent *disk_get_intent (guint number);
/* Announces a submit; its number. */
guint disk_add_intent (const GstHailuoAttempt *attempt, guint process);

File *disk_get_file (gint file);
gint disk_add_file (gint task, guint64 size, gboolean whole);
/* Of its content, before any damage. (transfer full) */
GChecksum *disk_sum_file (gint file);
Clip *disk_get_clip (const gchar *sha256);
gboolean disk_has_whole_clip (const GstHailuoAttempt *attempt);
gboolean disk_is_open (gint file);

Row *disk_get_row (gint64 number);            /* (nullable) */
Row *disk_find_row (const gchar *task_id);    /* (nullable) */
/* Whether an attempt at the shot has an unknown outcome. */
gboolean disk_is_unknown (gint shot);
gboolean disk_is_of_shot (const Row *row, gint shot);
/* The rows may change, and not durably. */
void disk_note_rows (void);
/* Adds it in the order of the numbers. (transfer full) */
Row *disk_insert_row (GstHailuoAttempt *attempt, guint intent);
void disk_remove_row (Row *row);

/* --- judge.c ------------------------------------------------------------- */

/* What the attempts of the shot come to, and the one that it speaks of.
 * @adding: a submit that this process knows to be refused is none. */
Verdict judge_shot (gint shot, GstHailuoReuse reuse, gboolean adding,
    const Row **which);
/* The run sees the attempts of its shot. */
void judge_list (void);

/* The number of the newest attempt at @shot; 0: it is forgotten. */
gint64 judge_get_newest (gint shot);
void judge_add (const GstHailuoAttempt *attempt);
void judge_move (const Row *row, const GstHailuoAttempt *attempt);
void judge_bind (const GstHailuoAttempt *attempt);
void judge_withdraw (const Row *row);
/* A POST goes out. */
void judge_bill (const Intent *intent);
/* A run came to its end; @error: NULL, it has the clip. */
void judge_run (const GstHailuoStatus *status, const GError *error);
/* What was paid is in the ledger. */
void judge_rows (void);
/* An error says what is billed. */
void judge_billed (const gchar *task_id, GstHailuoBilled billed);

/* --- other.c: a second process ------------------------------------------- */

/* Takes the lock, perhaps. */
void other_come (Entry *entry);
/* Goes on, perhaps to the end. */
void other_act (void);
/* Comes, works and goes. */
void other_run (Entry *entry);
void other_leave (void);

/* --- element.c ------------------------------------------------------------ */

typedef struct
{
  gint shot;          /* -1: none */
  const gchar *adopt; /* (nullable) */
  GstHailuoReuse reuse;
} Line;

/* As the element has it: one connection to the world, and a task that is kept
 * from run to run. */
typedef struct
{
  GstHailuoHttp *http;
  GstHailuoTask *task; /* (nullable) */
} Element;

typedef enum
{
  RESULT_CLIP,
  RESULT_CANCELLED,
  RESULT_ERROR
} Result;

/* (transfer full) */
GstHailuoShot *element_make_shot (gint take);
/* What start() of the element does. */
void element_begin (Element *self, const Line *line);
Result element_run (Element *self, const Line *line, GError **error);
/* The clip went downstream. */
void element_deliver (Element *self);
/* Plays a line: runs, with what an application does in between. */
void element_play (Element *self, const Line *line);

/* --- user.c -------------------------------------------------------------- */

/* One lifecycle, from an empty store to its end. */
void user_live (guint64 seed, guint index);

G_END_DECLS
