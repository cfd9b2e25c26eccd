/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* response-url.h: finds the link to the clip in the response to a poll. */
#pragma once

#include "json.h"
#include "response-parser.h"

G_BEGIN_DECLS

/* The link to the clip in @root: from the paths that the dialect has for it or,
 * with @anywhere, from any other place that does not repeat the request.
 * @text: (out) whether there is any text at those paths, even if it is not a
 * usable link. (transfer full) (nullable) */
gchar *gst_hailuo_response_find_url (const GstHailuoProvider *provider,
    JsonNode *root, const gchar *key, gboolean anywhere, gboolean *text);

G_END_DECLS
