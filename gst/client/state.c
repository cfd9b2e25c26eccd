/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "state.h"

static const gchar *const names[] = {
  [GST_HAILUO_STATE_NONE] = NULL,
  [GST_HAILUO_STATE_QUOTED] = "quoted",
  [GST_HAILUO_STATE_SUBMITTING] = "submitting",
  [GST_HAILUO_STATE_PENDING] = "pending",
  [GST_HAILUO_STATE_PROCESSING] = "processing",
  [GST_HAILUO_STATE_DOWNLOADING] = "downloading",
  [GST_HAILUO_STATE_SUCCESS] = "success",
  [GST_HAILUO_STATE_FAILED] = "failed",
};

const gchar *
gst_hailuo_state_get_name (GstHailuoState state)
{
  g_return_val_if_fail (state < G_N_ELEMENTS (names), NULL);
  return names[state];
}
