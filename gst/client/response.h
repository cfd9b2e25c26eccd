/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* response.h: the response of a host's API to one request. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint status;       /* HTTP */
  GBytes *body;       /* (owned) (nullable) whatever the host sent, at most
                       * 1 MiB; NULL: no response */
  gint64 retry_after; /* ms; -1: no such header */
  gchar *key;         /* (owned) (nullable) the key sent with the request; must
                       * not get into anything that is read from the body */
} GstHailuoResponse;

/* Leaves an empty response, and wipes the key. */
void gst_hailuo_response_clear (GstHailuoResponse *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstHailuoResponse,
    gst_hailuo_response_clear)

G_END_DECLS
