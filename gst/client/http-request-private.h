/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* http-request-private.h: the parts of a request to the API, for http-request.c
 * and post.c only. */
#pragma once

#include "http-transfer.h"
#include "response.h"

G_BEGIN_DECLS

/* A request to the API that has begun: @body NULL is a GET, else a POST of
 * JSON. */
GstHailuoTransfer *gst_hailuo_transfer_new_for_api (GstHailuoHttp *http,
    const gchar *url, const gchar *key, const gchar *body);

/* Moves what came of its answer to @response, once it ended with @code.  FALSE:
 * that is not all of it, and may be nothing. */
gboolean gst_hailuo_transfer_finish (GstHailuoTransfer *self, CURLcode code,
    GstHailuoResponse *response, GError **error);

G_END_DECLS
