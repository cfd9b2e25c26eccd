/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reply-link.h: where the clip is, by the answer to a poll. */
#pragma once

#include "json.h"
#include "reply.h"

G_BEGIN_DECLS

/* The link of the clip in @root: in the places that the dialect has for it; with
 * @anywhere, else in any place that is not the request's.  *@text: there is some
 * text in those places, which may be no link that can be followed.
 * (transfer full) (nullable) */
gchar *gst_hailuo_reply_find_link (const GstHailuoProvider *provider, JsonNode *root,
    const gchar *key, gboolean anywhere, gboolean *text);

G_END_DECLS
