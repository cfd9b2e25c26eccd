/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* http-request-private.h: internals of API requests, for http-request.c and
 * post.c only. */
#pragma once

#include "http-transfer.h"
#include "response.h"

G_BEGIN_DECLS

/* Begins a request to the API: a GET if @body is NULL, otherwise a POST of
 * JSON. (transfer full) */
GstHailuoTransfer *gst_hailuo_transfer_new_for_api (GstHailuoHttp *http,
    const gchar *url, const gchar *key, const gchar *body);

/* Once the transfer ended with @code, moves what arrived of the response to
 * @response.  FALSE: it is incomplete, and may be empty. */
gboolean gst_hailuo_transfer_finish (GstHailuoTransfer *self, CURLcode code,
    GstHailuoResponse *response, GError **error);

G_END_DECLS
