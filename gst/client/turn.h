/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* turn.h: one at a time in this process, first come first served.
 *
 * Hundreds of elements that want the same file would each try its lock again and
 * again, and the kernel lets anybody win: one could try for minutes.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A place in a queue; zero-initialised, and nobody else's while it is waiting. */
typedef struct
{
  gchar *what;
  GCond cond;
} GstHailuoTurn;

/* Joins the queue for @what.  To be ended. */
void gst_hailuo_turn_begin (GstHailuoTurn *self, const gchar *what);

/* Whether it is its turn, which it waits for until @until (g_get_monotonic_time())
 * at most. */
gboolean gst_hailuo_turn_wait (GstHailuoTurn *self, gint64 until);

/* Leaves the queue, be it its turn or not. */
void gst_hailuo_turn_end (GstHailuoTurn *self);

G_END_DECLS
