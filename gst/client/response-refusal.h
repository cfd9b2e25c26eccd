/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* response-refusal.h: whether the response to a submit proves that no task was
 * created. */
#pragma once

#include "json.h"
#include "provider.h"
#include "response.h"

G_BEGIN_DECLS

/* @name in lower case, its letters and digits only: hosts spell the same code or
 * member in several ways.  "" for NULL. (transfer full) */
gchar *gst_hailuo_response_reduce (const gchar *name);

/* Whether a response with this status, and with @code in its envelope (0: none),
 * is a refusal.  @status: the HTTP status, or the envelope's if the two
 * disagree. */
gboolean gst_hailuo_response_is_refusal (guint status, guint code);

/* A value, at any depth, that a refusal has no reason to contain: what may be the
 * id or the URL of a task, or says that a task exists.  With 401 and 403, a bare
 * id is that of the request. (transfer full) (nullable) */
gchar *gst_hailuo_response_find_sign_of_task (JsonNode *root, guint status);

/* Whether its code says that something behind the host failed or timed out: the
 * submit may have been carried out. */
gboolean gst_hailuo_response_blames_upstream (JsonNode *root);

/* Whether its data contains something other than the reason for a refusal. */
gboolean gst_hailuo_response_has_other_data (const GstHailuoProvider *provider,
    JsonNode *root);

/* Whether it mentions a task, but cannot be read as JSON (@root is NULL). */
gboolean gst_hailuo_response_is_broken_with_id (
    const GstHailuoResponse *response, JsonNode *root);

G_END_DECLS
