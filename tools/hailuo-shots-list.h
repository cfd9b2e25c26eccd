/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hailuo-shots-list.h: what hailuo-shots prints of attempts.
 *
 * @attempts: the newest first (element-type GstHailuoAttempt).  @store: has their
 * clips.
 */
#pragma once

#include "attempt.h"
#include "store.h"

G_BEGIN_DECLS

/* A line for each, the oldest first, and what they cost together. */
void hailuo_shots_print_table (GPtrArray *attempts, GstHailuoStore *store);

/* All that is kept of each, as JSON. */
void hailuo_shots_print_json (GPtrArray *attempts, GstHailuoStore *store);

/* What they cost, by day and provider, and in all; as JSON or a table. */
void hailuo_shots_print_costs (GPtrArray *attempts, gboolean json);

G_END_DECLS
