/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* http-download.h: downloads the file behind a link, in one or more transfers. */
#pragma once

#include "http.h"

G_BEGIN_DECLS

typedef struct _GstHailuoDownload GstHailuoDownload;

/* A download in progress, and what a resumed transfer must match. */
struct _GstHailuoDownload
{
  gint fd;            /* (not owned) written with pwrite() */
  const gchar *key;   /* (nullable) (not owned) the API key: never sent, and
                       * masked in what is kept of headers */
  guint64 max_size;   /* bytes; a larger file is an error */
  guint64 received;   /* bytes that are in the file */
  guint64 total;      /* expected bytes; 0: unknown */
  GChecksum *sum;     /* (owned) (nullable) SHA-256 of what was received */
  gchar *validator;   /* (owned) (nullable) strong ETag, or Last-Modified */
  gboolean exact;     /* the host gave the length, and all of it arrived */
  guint status;       /* of the last response */
  gint64 retry_after; /* of the last response, ms; -1: none */
  /* (nullable) called in the calling thread as bytes arrive */
  void (*progress) (guint64 received, guint64 total, gpointer user_data);
  gpointer user_data;
};

void gst_hailuo_download_clear (GstHailuoDownload *self);

/* Downloads @url, a link that a host gave us, into @file.  Continues from
 * @file->received if that is not 0, with Range and If-Range; a response with
 * the whole file starts over.  Follows up to 5 redirects, each checked like the
 * link itself.  Never sends a key.  Gives up at @until (gst_hailuo_http_now()
 * time), or if less than 4 KiB/s arrived during the last minute.  On failure,
 * @file tells how far it got. */
gboolean gst_hailuo_http_download (GstHailuoHttp *self, const gchar *url,
    GstHailuoDownload *file, gint64 until, GError **error);

G_END_DECLS
