/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* state.h: the states of a task, as applications see them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  GST_HAILUO_STATE_NONE,
  GST_HAILUO_STATE_QUOTED,      /* dry run: nothing is submitted */
  GST_HAILUO_STATE_SUBMITTING,
  GST_HAILUO_STATE_PENDING,     /* accepted by the host, not started yet */
  GST_HAILUO_STATE_PROCESSING,
  GST_HAILUO_STATE_DOWNLOADING,
  GST_HAILUO_STATE_SUCCESS,
  GST_HAILUO_STATE_FAILED
} GstHailuoState;

/* "quoted", "submitting", ...; NULL for NONE. (transfer none) (nullable) */
const gchar *gst_hailuo_state_get_name (GstHailuoState state);

G_END_DECLS
