/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsthailuouri.h: hailuo:// URIs, a shot in one string.
 *
 *   hailuo://PROVIDER/MODE?prompt=a+lighthouse&duration=6&take=2
 *
 * PROVIDER and MODE are nicks of the enums and optional.  The parameters are the
 * properties of the shot (or its `task-id`), plus the terms that a URI may set
 * (`reuse`, `max-cost`).  A URI describes the whole shot: what it does not set
 * has its default.  The key and the base URL are not allowed in a URI, which may
 * come from anybody and ends up in logs.  For the same reason it does not imply
 * consent to pay: see gsthailuoterms.h.
 */
#pragma once

#include "gsthailuoterms.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/* Returns the terms of an element, guarded by its object lock.
 * (transfer none) */
typedef GstHailuoTerms *(*GstHailuoGetTerms) (gpointer element);

/* GInterfaceInitFunc for the GstURIHandler of an element that has the properties.
 * @get_terms: a GstHailuoGetTerms.
 * set_uri fails with GST_URI_ERROR_BAD_URI if the URI is invalid, and with
 * BAD_STATE in PAUSED and PLAYING; it then changes nothing.  get_uri returns the
 * current shot, even if it was not set by a URI; %NULL without a prompt and
 * task-id. */
void gst_hailuo_uri_handler_init (gpointer interface, gpointer get_terms);

G_END_DECLS
