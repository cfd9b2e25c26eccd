/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* turn.h: one at a time within this process, first come, first served.
 *
 * Hundreds of elements that want the same file would each keep trying its lock,
 * and the kernel lets any of them win: one could keep trying for minutes.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A place in a queue.  Zero-initialise it, and do not share it while it is
 * queued. */
typedef struct
{
  gchar *what;
  GCond cond;
} GstHailuoTurn;

/* Joins the queue for @what.  Must be followed by gst_hailuo_turn_end(). */
void gst_hailuo_turn_begin (GstHailuoTurn *self, const gchar *what);

/* Waits for its turn, until @until (g_get_monotonic_time()) at most.  FALSE: it
 * is still not its turn. */
gboolean gst_hailuo_turn_wait (GstHailuoTurn *self, gint64 until);

/* Leaves the queue, whether it is its turn or not. */
void gst_hailuo_turn_end (GstHailuoTurn *self);

G_END_DECLS
