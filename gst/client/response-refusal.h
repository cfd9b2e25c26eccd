/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* response-refusal.h: whether the response to a submit proves that no task was
 * created. */
#pragma once

#include "json.h"
#include "provider.h"
#include "response.h"

G_BEGIN_DECLS

/* Whether an answer with this HTTP status, or the envelope's where the two disagree,
 * and with @code (0: none) in its envelope says no. */
gboolean gst_hailuo_response_is_refusal (const GstHailuoProvider *provider,
    JsonNode *root, guint status, guint code);

/* Whether there is something in its data that is not the reason of a refusal. */
gboolean gst_hailuo_response_has_other_data (const GstHailuoProvider *provider,
    JsonNode *root);

/* Whether it cannot be read as JSON (@root is NULL), and speaks of a task. */
gboolean gst_hailuo_response_is_broken_with_id (
    const GstHailuoResponse *response, JsonNode *root);

G_END_DECLS
