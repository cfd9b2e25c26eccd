/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* http-request.h: requests to a host's API. */
#pragma once

#include "http.h"
#include "response.h"

G_BEGIN_DECLS

/* Asks the API, with the key @key as a bearer token; what costs money is sent
 * by post.h.  Redirects are not followed.  It is given up at @until (in
 * gst_hailuo_http_now).
 * TRUE: there is a response, of any status.  FALSE: it did not come, or not whole;
 * the error's `retryable` says whether a repeat may help (not for TLS and other
 * settings). */
gboolean gst_hailuo_http_get (GstHailuoHttp *self, const gchar *url,
    const gchar *key, gint64 until, GstHailuoResponse *response,
    GError **error);

G_END_DECLS
