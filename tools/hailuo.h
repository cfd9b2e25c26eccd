/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hailuo.h: the commands of the program hailuo.
 *
 * Each command parses its own arguments, prints to the standard output and
 * returns an exit status.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Exit statuses; documented in hailuo(1) */
typedef enum
{
  HAILUO_DONE = 0,
  HAILUO_ERROR = 1,           /* anything not below */
  HAILUO_USAGE = 2,           /* wrong usage, or a setting was refused */
  HAILUO_LIMIT = 3,           /* above --max-cost or a budget */
  HAILUO_KEY = 4,             /* the key is missing or was refused */
  HAILUO_FAILED = 5,          /* the host could not generate the clip */
  HAILUO_UNKNOWN = 6,         /* the outcome of the submit is unknown */
  HAILUO_TIMEOUT = 7,         /* the task continues at the host */
  HAILUO_INTERRUPTED = 130
} HailuoStatus;

/* @arguments: what follows the command, NULL-terminated; modified. */
typedef HailuoStatus (*HailuoRun) (gchar **arguments);

HailuoStatus hailuo_make (gchar **arguments);
HailuoStatus hailuo_quote (gchar **arguments);
HailuoStatus hailuo_collect (gchar **arguments);

/* Prints "hailuo: " and the message to the standard error.  Returns @status. */
HailuoStatus hailuo_fail (HailuoStatus status, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);

/* Parses the options of a command.  Prints the help, or what is wrong, if that
 * is asked for or the case, and sets @status; then returns FALSE.
 * @usage: the arguments without the options, such as "PROMPT".
 * @n: the number of arguments that have to remain in @rest. */
gboolean hailuo_parse (gchar **arguments, const gchar *command,
    const gchar *usage, const gchar *summary, const GOptionEntry *entries,
    gchar ***rest, guint n, HailuoStatus *status);

G_END_DECLS
