/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* process.h: programs that a test starts, in the folders of the test. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  /* when it has ended: */
  gint status;                  /* exit status; -1: it did not exit by itself */
  GString *out;                 /* all of stdout */
  gchar *err;                   /* all of stderr */
  gint64 ended;                 /* monotonic */

  GSubprocess *process;
  GDataInputStream *stdout_lines;
  gchar *err_path;
  GThread *watchdog;
  GMutex lock;
  GCond cond;
  gboolean over;
} Process;

/* Starts a command line.  @environment: NAME, value, ..., NULL; or NULL. */
Process *process_start (const gchar *const *environment,
    const gchar *format, ...) G_GNUC_PRINTF (2, 3);
/* The same, and waits for its end. */
Process *process_run (const gchar *const *environment, const gchar *format,
    ...) G_GNUC_PRINTF (2, 3);
/* Reads its stdout up to a line that matches the regular expression. */
void process_wait_line (Process *self, const gchar *pattern);
/* Waits for its end. */
void process_finish (Process *self);
void process_free (Process *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Process, process_free)

/* Fails the test where the regular expression is not in what a process said,
 * and goes on. */
#define process_assert_match(text, pattern) \
  process_assert_match_ (G_STRLOC, text, pattern)
void process_assert_match_ (const gchar *where, const gchar *text,
    const gchar *pattern);
/* g_test_message() for text of more than one line */
void process_log (const gchar *text);

G_END_DECLS
