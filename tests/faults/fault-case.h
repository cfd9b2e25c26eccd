/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fault-case.h: the table of faults.  A case is one fault at one stage of a
 * run, the end that the run must come to, and what it may cost: a row of data.
 *
 * Before the API and before the files stands a fault proxy each, and a third
 * one that nobody has a reason to go to.  After each case: the tasks that were
 * billed, the requests on the wire of each kind, the key on the API's wire and
 * on no other, the whole clip downstream or no byte, a stop that is at once,
 * and a second run, in a pipeline of its own and without the fault.
 */
#pragma once

#include "faultproxy.h"
#include "fixture.h"

G_BEGIN_DECLS

typedef struct _FaultCase FaultCase;

typedef enum
{
  AGAIN_CLIP,                   /* the clip; one task has been billed in all */
  AGAIN_NEW,                    /* the clip, of another task */
  AGAIN_SAME,                   /* the same error, and not a byte is sent */
  AGAIN_NONE,                   /* there is no second run */
} Again;

/* Of .error: the hook `during` sees the run to its end. */
#define FAULT_CASE_OWN_END (-1)

/* A case while it runs */
typedef struct
{
  const FaultCase *row;
  Fixture *fixture;
  FaultProxy *api;
  FaultProxy *files;
  FaultProxy *trap;
  gpointer data;                /* the hooks' */
} Run;

typedef void (*FaultCaseHook) (Run *run);

struct _FaultCase
{
  guint fault;                  /* its number in the list of faults */
  /* R resolve, C connect, T TLS, S submit, W its answer, P poll, U another
   * link, D download, B its body, F store, X all else */
  const gchar *stage;
  const gchar *name;

  /* What is done; in all of these ' stands for ", and the words between @ that
   * fault-case-text.c has for what is known only when the case runs. */
  const gchar *provider;        /* NULL: apixo */
  const gchar *settings;        /* beside the fixture's, and retries=1 */
  const gchar *script;          /* of the simulator, without the brackets */
  const gchar *api;             /* rules of the proxies, with commas between */
  const gchar *files;
  const gchar *origin;          /* of the links; NULL: the proxy */
  const gchar *rest;            /* of the pipeline */
  gboolean tls;
  gboolean big;                 /* clip, of 1.5 MB; else of 15 KB */
  FaultCaseHook prepare;             /* before the run */
  FaultCaseHook during;              /* when the run was begun */
  FaultCaseHook repair;              /* the fault goes */
  gconstpointer argument;       /* of the hooks */

  /* The end */
  gint error;                   /* GstResourceError; 0: the clip */
  FixtureDetails details;
  guint billed;
  guint posts;                  /* requests on the wire */
  guint polls[2];               /* least and most */
  guint gets[2];                /* of the files */
  guint trapped;                /* connections to the third proxy */
  guint taken;                  /* to the API, at least */
  /* Where they are set: */
  const gchar *says;            /* in the error's sentence */
  const gchar *warns;           /* in a warning */
  const gchar *starts;          /* of the requests for the file, as ranges; the
                                 * second run's too */
  guint links;                  /* different ones that were asked for */
  guint least;                  /* ms that the run takes */

  Again again;
  const gchar *repaired;        /* settings of the second run */

  /* Where the fault lasts: when it is there, so that it can be cancelled.
   * "api", "files", "trap": the proxy made one; "submit", "poll", "file": the
   * request arrived; "retry": a wait before another attempt; "during": the
   * hook waits. */
  const gchar *lasts;
  gboolean endless;             /* nobody waits for its end */
  gboolean fresh;               /* another pipeline goes on */
  gint after;                   /* how the next run ends, as .error */
  guint posts_after;            /* in all; 0: 1 */
};

/* How rows are written */
#define ANY 1, 99
#define ONCE 1, 1
#define NEVER 0, 0

#define CLIP(n_posts, n_polls, n_gets) \
  .billed = 1, .posts = n_posts, .polls = { n_polls }, .gets = { n_gets }
#define ERROR(code, ...) \
  .error = GST_RESOURCE_ERROR_##code, .details = { __VA_ARGS__ }
/* The host said no: nothing is billed. */
#define REFUSED(code, status, message, attempts, retryable) \
  ERROR (code, status, NULL, message, attempts, retryable, "no", FALSE), \
      .posts = attempts
/* Nobody knows what became of the submit. */
#define UNKNOWN(status, n_billed) \
  ERROR (FAILED, status, NULL, NULL, 1, FALSE, "unknown", FALSE), \
      .billed = n_billed, .posts = 1, .again = AGAIN_SAME
/* The task is paid, and the next run picks it up. */
#define PAID(code, status, attempts, retryable) \
  ERROR (code, status, NULL, NULL, attempts, retryable, "yes", TRUE), \
      .billed = 1, .posts = 1

/* Expands the words between @; (transfer full) (nullable) */
gchar *fault_case_text (Run *run, const gchar *text);

/* What a hook may want */
guint fault_case_patience (void);
void fault_case_configure (Run *run, Fixture *fixture, const gchar *settings);
/* Another pipeline for the same shot at the same hosts (transfer full) */
Fixture *fault_case_new_beside (Run *run);
void fault_case_reach (Run *run, const gchar *stage);
/* A change of state that must be at once */
void fault_case_stop (Run *run, GstState state);
/* The store's folder, its ledger, and the partial clip of its only shot, which
 * need not be there (transfer full) */
gchar *fault_case_get_store (void);
gchar *fault_case_get_ledger (void);
gchar *fault_case_get_part (void);

/* What was seen: fault-case-assert.c */

guint fault_case_count_posts (Run *run);
void fault_case_assert_keys (Run *run);
void fault_case_assert_ledger (Run *run, guint billed, guint posts);
void fault_case_assert_costs (Run *run);
/* The files that a run may leave in the store */
void fault_case_assert_parts (void);
/* The error that the row says, and the progress and the states before it */
void fault_case_assert_error (Run *run, GstMessage *message);
void fault_case_assert_warned (Run *run);
void fault_case_assert_gets (Run *run);

/* Runs the cases of a program. */
int fault_case_main (int argc, char **argv, const FaultCase *rows, guint n);

G_END_DECLS
