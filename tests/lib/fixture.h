/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fixture.h: hailuosrc in a pipeline, a simulator of the hosts beside it, and
 * all that both of them saw.
 *
 * Where nothing else is said a function aborts the test when what it is named
 * after does not happen.
 */
#pragma once

#undef G_DISABLE_ASSERT
#include <gst/gst.h>
#include <gst/hailuo/hailuo.h>
#include <json-glib/json-glib.h>

#include "simulator.h"

G_BEGIN_DECLS

/* The prompt and the image of a fixture, where the test sets no other */
#define FIXTURE_PROMPT "Waves [Push in] \342\200\223 at \"dawn\""
#define FIXTURE_IMAGE "https://example.com/first.jpg"
#define FIXTURE_KEY "simulator-key"

/* What may be waited for, much longer than it takes */
#define FIXTURE_PATIENCE_MS 60000

/* A task that never ends */
#define FIXTURE_ENDLESS "{\"on\":\"task\",\"work\":1e9}"

typedef struct
{
  guint64 offset;
  guint64 offset_end;
  gsize size;
} FixtureBuffer;

typedef struct
{
  Simulator *simulator;
  gboolean owns_simulator;
  gchar *key;                   /* that the simulator accepts */
  gchar *clip;                  /* what the simulator delivers */
  gsize clip_size;

  GstElement *pipeline;
  GstElement *source;
  GstBus *bus;
  GPtrArray *messages;          /* GstMessage: all, in order */
  guint n_waited;               /* of them, by fixture_wait() */
  gboolean had_error;           /* of the element's */
  GstStateChangeReturn change;  /* what fixture_run_error() began with */

  GMutex lock;
  /* lock: what left the source's pad since fixture_forget() */
  GByteArray *bytes;
  GArray *buffers;              /* FixtureBuffer */
  GPtrArray *events;            /* GstEvent */
} Fixture;

typedef struct
{
  const gchar *provider;        /* NULL: apixo */
  gboolean big_clip;            /* one like a host's own; else 15 KB */
  const gchar *clip_file;       /* another; NULL: as big_clip says */
  gboolean tls;                 /* with the certificate TEST_CERT, or this: */
  const gchar *cert_file, *key_file;
  const gchar *key;             /* NULL: FIXTURE_KEY */
  const gchar *rest;            /* of the pipeline; NULL: a fakesink */
  Simulator *simulator;         /* another fixture's; NULL: one of its own */
  const gchar *base_url;        /* of a host that is no simulator: there is none */
} FixtureOptions;

/* Instead of g_test_init() and gst_init() */
void fixture_init (int *argc, char ***argv);

/* Runs the tests and ends GStreamer, so that its leaks tracer tells. */
int fixture_finish (void);

/* One test for each row of @table, named by its description */
#define FIXTURE_ADD_TABLE(prefix, table, function) G_STMT_START { \
    guint _i; \
    for (_i = 0; _i < G_N_ELEMENTS (table); _i++) { \
      g_autofree gchar *_path = g_strconcat (prefix, table[_i].description, \
          NULL); \
      g_test_add_data_func (_path, &table[_i], function); \
    } \
  } G_STMT_END

/* @options: NULL for the default */
Fixture *fixture_new (const FixtureOptions *options);
/* ... with a script for the simulator */
Fixture *fixture_new_script (const gchar *script);
/* Another pipeline at the same simulator, which has to be freed first. */
Fixture *fixture_new_beside (Fixture *other);
void fixture_free (Fixture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

#define fixture_set(self, ...) g_object_set ((self)->source, __VA_ARGS__, NULL)
/* Replaces the rules' quotes ' by " first, so that scripts can be read. */
void fixture_script (Fixture *self, const gchar *script);

/* "name=value name=value", where NULL stands for NULL */
void fixture_configure (Fixture *self, const gchar *settings);

/* Running */

/* Asks for a state; the change may be under way when it returns. */
void fixture_ask (Fixture *self, GstState state);
/* The same, then waits until the state is reached. */
void fixture_reach (Fixture *self, GstState state);
/* To READY or NULL after an error */
void fixture_reset (Fixture *self, GstState state);
/* To READY or NULL, at once: under 100 ms (times TEST_TIME_FACTOR). */
void fixture_stop (Fixture *self, GstState state);

/* The next message of one of @types; NULL: only @timeout_ms passed.  An error
 * that is not waited for ends the test. (transfer none) */
GstMessage *fixture_wait_ms (Fixture *self, GstMessageType types,
    guint timeout_ms);
GstMessage *fixture_wait (Fixture *self, GstMessageType types);
/* The next progress message with the code and a text that matches the regular
 * expression */
void fixture_wait_progress (Fixture *self, const gchar *code,
    const gchar *pattern);
/* The next hailuo-task message with that state. (transfer none) */
GstMessage *fixture_wait_task (Fixture *self, const gchar *state);
/* Until @n requests of the kind arrived at the simulator */
void fixture_wait_requests (Fixture *self, const gchar *what, guint n);

/* Plays to EOS; the bytes must be the clip's. */
void fixture_run (Fixture *self);
/* Plays to an error, which must be of GST_RESOURCE_ERROR.  It may come before
 * or after a refused change of state. (transfer none) */
GstMessage *fixture_run_error (Fixture *self, GstResourceError code);
/* Takes the messages that are there, for a look at them all. */
void fixture_collect (Fixture *self);
/* Forgets what left the pad, and the messages so far. */
void fixture_forget (Fixture *self);
void fixture_seek (Fixture *self, GstSeekFlags flags, guint64 start,
    gint64 stop);

/* What happened */

/* What left the pad is the clip from @start to before @stop (-1: its end), in
 * buffers that follow each other. */
void fixture_assert_part (Fixture *self, guint64 start, gint64 stop);
void fixture_assert_clip (Fixture *self);
/* No byte left the pad. */
void fixture_assert_nothing (Fixture *self);
/* So many tasks were billed. */
void fixture_assert_ledger (Fixture *self, guint billed);
void fixture_assert_requests (Fixture *self, const gchar *what, guint n);

/* Each request to the API came with the key, none to the files. */
void fixture_assert_keys (Fixture *self);

/* The state in a hailuo-task message; NULL: it is none (transfer none) */
const gchar *fixture_task_state (GstMessage *message);
/* The states of the hailuo-task messages so far, each once where it is
 * repeated, between spaces (transfer full) */
gchar *fixture_task_states (Fixture *self);
/* The progress messages so far but those of the type CONTINUE, such as
 * "submit:start submit:complete" (transfer full) */
gchar *fixture_progress (Fixture *self);
/* The last event of the type that left the pad; NULL: none (transfer full) */
GstEvent *fixture_get_event (Fixture *self, GstEventType type);
guint fixture_count_messages (Fixture *self, GstMessageType type);

/* The Nth request of the kind as an object; NULL: there is none.
 * (transfer full) */
JsonNode *fixture_get_request (Fixture *self, const gchar *what, guint n);
/* One of its headers; NULL: not there (transfer full) */
gchar *fixture_get_header (Fixture *self, const gchar *what, guint n,
    const gchar *name);
gchar *fixture_get_task_id (Fixture *self);
/* The id of the Nth task that was billed (transfer full) */
gchar *fixture_get_billed_task (Fixture *self, guint n);

/* Details of an error */
typedef struct
{
  gint status;                  /* -1: any */
  const gchar *provider_code;   /* a part; "": there is none, NULL: any */
  const gchar *provider_message;        /* the same */
  guint attempts;               /* 0: any */
  gint retryable;               /* -1: either */
  const gchar *billed;
  gboolean task;                /* the current task's id is there; else none */
} FixtureDetails;

/* And the progress was ended by an error. */
void fixture_assert_details (Fixture *self, GstMessage *message,
    const FixtureDetails *expected);

/* Milliseconds of this machine for @ms of a usual one: a run under valgrind
 * sets TEST_TIME_FACTOR. */
guint fixture_ms (guint ms);
/* A folder of the test at hand, as all its XDG folders; they go with it. */
const gchar *fixture_get_folder (void);
/* A file in it (transfer full) */
gchar *fixture_write_file (const gchar *name, const gchar *text, guint mode);

G_END_DECLS
