/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* http-request.h: requests to a host's API. */
#pragma once

#include "http.h"
#include "response.h"

G_BEGIN_DECLS

/* Sends a GET to the API, with @key as the bearer token; requests that cost
 * money go through post.h.  Does not follow redirects.  Gives up at @until
 * (gst_hailuo_http_now() time).
 * TRUE: there is a response, of any status.  FALSE: it is missing or
 * incomplete; the error's `retryable` says whether a retry may help (not for
 * TLS and other configuration problems). */
gboolean gst_hailuo_http_get (GstHailuoHttp *self, const gchar *url,
    const gchar *key, gint64 until, GstHailuoResponse *response,
    GError **error);

G_END_DECLS
