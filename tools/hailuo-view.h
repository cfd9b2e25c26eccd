/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hailuo-view.h: shows a run of hailuosrc: on a terminal a line that is redrawn,
 * elsewhere a line for each change of state, or JSON.
 *
 * JSON goes to the standard output, one object a line, everything else to the
 * standard error.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  gboolean json;
  gboolean terminal;    /* the standard error is one */
  gboolean drawn;       /* the line of the terminal has text */
  gchar *state;         /* (owned) (nullable) of the task; like the others below */
  gchar *task_id;       /* (owned) (nullable) */
  gdouble cost;         /* USD; -1: unknown */
  gint64 elapsed;       /* us since the submit, when it was last reported */
  gint64 reported;      /* monotonic time of that */
  gint percent;         /* -1: unknown */
} HailuoView;

void hailuo_view_init (HailuoView *self, gboolean json);
void hailuo_view_clear (HailuoView *self);

/* Takes in a message of the run, and shows what is new.  Errors are for
 * hailuo_view_show_error(). */
void hailuo_view_take (HailuoView *self, GstMessage *message);

/* Redraws the line of a terminal; call this every second. */
void hailuo_view_tick (HailuoView *self);

/* Shows a sentence in a line of its own.  @event: its kind in JSON. */
void hailuo_view_say (HailuoView *self, const gchar *event,
    const gchar *format, ...) G_GNUC_PRINTF (3, 4);

/* Shows an error.  @details: (nullable) of the message. */
void hailuo_view_show_error (HailuoView *self, const gchar *text,
    const GstStructure *details);

/* The clip is complete.  @file: (nullable) where it is. */
void hailuo_view_show_done (HailuoView *self, const gchar *file,
    const gchar *origin);

G_END_DECLS
