/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* launch.h: what the tests of whole processes and whole pipelines share. */
#pragma once

#include <gst/gst.h>

#include "simulator.h"

G_BEGIN_DECLS

#define LAUNCH_KEY "simulator-key"
/* It, as a setting: GStreamer logs the text of a pipeline, so the key is in
 * none.  launch_init() makes the file, and its folder the current one. */
#define LAUNCH_KEY_FILE "key"
#define LAUNCH_KEYED " api-key-file=" LAUNCH_KEY_FILE " "

/* How long a test waits for something that must happen */
#define LAUNCH_PATIENCE 30000 /* ms */

/* Instead of g_test_init(): an own environment, isolated folders, GStreamer */
void launch_init (int *argc, char ***argv);

/* A folder of the test at hand, as all its XDG folders; they go with it. */
const gchar *launch_get_folder (void);

/* A simulator whose tasks end with the small clip after @work_ms. */
Simulator *launch_simulator (guint work_ms);

/* Settings as gst-launch-1.0 reads them.  None is set twice anywhere: which of
 * the two would count is not documented. */
#define LAUNCH_FAST " first-poll=1 poll-interval=20 "

/* base-url and a prompt of its own, for APIXO */
gchar *launch_shot (const gchar *base_url);
/* The same at @simulator with its key and with LAUNCH_FAST */
gchar *launch_shot_at (Simulator *simulator);

/* How far away a host is whose answer is an error, in ms.  gst-launch-1.0 quits
 * its main loop in the thread that posts the error, and then waits for ever
 * where it has not yet entered it: a host that answers at once is too quick. */
#define LAUNCH_DISTANCE "200"

/* --- processes -------------------------------------------------------- */

typedef struct
{
  /* when it has ended: */
  gint status;  /* exit status; -1: it did not exit by itself */
  GString *out; /* all of stdout */
  gchar *err;   /* all of stderr */
  gint64 ended; /* monotonic */

  GSubprocess *process;
  GDataInputStream *stdout_lines;
  gchar *err_path;
  GThread *watchdog;
  GMutex lock;
  GCond cond;
  gboolean over;
} LaunchProcess;

/* Starts a command line.  @environment: NAME, value, ..., NULL; or NULL. */
LaunchProcess *launch_start (const gchar *const *environment,
    const gchar *format, ...) G_GNUC_PRINTF (2, 3);

/* The same, and waits for its end. */
LaunchProcess *launch_run (const gchar *const *environment, const gchar *format,
    ...) G_GNUC_PRINTF (2, 3);

/* Reads its stdout up to a line that matches the regular expression. */
void launch_wait_line (LaunchProcess *self, const gchar *pattern);

/* Waits for its end. */
void launch_finish (LaunchProcess *self);

void launch_process_free (LaunchProcess *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LaunchProcess, launch_process_free)

/* --- pipelines of this process ---------------------------------------- */

typedef struct
{
  GstElement *pipeline;
  GstElement *src;
  GstBus *bus;
} LaunchPlayer;

/* "hailuosrc @settings ! fakesink", in NULL */
LaunchPlayer *launch_player_new (const gchar *settings);
void launch_player_free (LaunchPlayer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LaunchPlayer, launch_player_free)

void launch_player_set_state (LaunchPlayer *self, GstState state);

/* Each waits for a message; an error that comes before it ends the test, as
 * does an end of stream. */
void launch_player_wait_eos (LaunchPlayer *self);
GstMessage *launch_player_wait_error (LaunchPlayer *self);
/* ... whose state field is @state */
void launch_player_wait_task (LaunchPlayer *self, const gchar *state);
/* ... with the code and a text that matches the regular expression */
void launch_player_wait_progress (
    LaunchPlayer *self, const gchar *code, const gchar *pattern);

/* What the user is told and what a program can read must both be right;
 * @attempts 0: any. */
void launch_assert_error (GstMessage *message, GstResourceError code,
    const gchar *pattern, const gchar *billed, guint attempts);

/* --- reading ---------------------------------------------------------- */

/* Fails the test, and goes on. */
#define launch_assert_match(text, pattern) \
  launch_assert_match_ (G_STRLOC, text, pattern)
void launch_assert_match_ (
    const gchar *where, const gchar *text, const gchar *pattern);

/* g_test_message() for text of more than one line */
void launch_log (const gchar *text);

/* How many times slower than usual this run may be: TEST_TIME_FACTOR */
gint64 launch_slowness (void);

/* Median and greatest of @times (gint64 us) into the log, and sorts them; the
 * greatest. */
gint64 launch_report_times (const gchar *what, GArray *times);

G_END_DECLS
