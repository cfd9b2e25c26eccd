/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsthailuouri.h: hailuo:// URIs, a shot in one string.
 *
 *   hailuo://PROVIDER/MODE?prompt=a+lighthouse&duration=6&take=2
 *
 * PROVIDER and MODE are nicks of the enums, and may be left out.  The query has
 * names of properties: those of the shot (or its `task-id`), and of how it is
 * had what a URI may decide (`reuse`, `max-cost`).  A URI stands for the whole
 * shot: what it does not name has its default.  Keys, and where they are sent
 * to, do not belong in a URI: it ends up in logs, and may come from anybody.
 * For the same reason it is no consent to pay: see gsthailuoterms.h.
 */
#pragma once

#include "gsthailuoterms.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/* The terms of an element, guarded by its object lock. (transfer none) */
typedef GstHailuoTerms *(*GstHailuoGetTerms) (gpointer element);

/* The GstUriHandler of an element that has the properties: a GInterfaceInitFunc;
 * @get_terms is a GstHailuoGetTerms.
 * set_uri fails with GST_URI_ERROR_BAD_URI where the URI is not understood, and
 * BAD_STATE in PAUSED and PLAYING; nothing is changed then.  get_uri gives the
 * shot as it is set, however it was set; %NULL where there is no prompt and no
 * task-id. */
void gst_hailuo_uri_handler_init (gpointer interface, gpointer get_terms);

G_END_DECLS
