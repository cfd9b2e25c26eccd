/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* http-download.h: the file behind a link, in one piece or several. */
#pragma once

#include "http.h"

G_BEGIN_DECLS

typedef struct _GstHailuoDownload GstHailuoDownload;

/* A file on its way to disk, and what a resumed transfer must match. */
struct _GstHailuoDownload
{
  gint fd;            /* written with pwrite; not owned */
  const gchar *key;   /* (nullable) of the API: not sent, and kept out of what
                       * is made of headers; not owned */
  guint64 max_size;   /* bytes; more is an error */
  guint64 received;   /* bytes that are in the file */
  guint64 total;      /* bytes it shall have; 0: not known */
  GChecksum *sum;     /* (owned) (nullable) SHA-256 of what was received */
  gchar *validator;   /* (owned) (nullable) strong ETag or Last-Modified */
  gboolean exact;     /* the host told the length, and it is reached */
  guint status;       /* of the last answer */
  gint64 retry_after; /* of the last answer, ms; -1: none */
  /* called in the calling thread as bytes arrive; may be NULL */
  void (*progress) (guint64 received, guint64 total, gpointer user_data);
  gpointer user_data;
};

void gst_hailuo_download_clear (GstHailuoDownload *self);

/* Fetches @url, which a host gave us, into @file from @file->received on: with
 * Range and If-Range where that is not 0; an answer with the whole file starts
 * it again.  Up to 5 redirects, each checked as the link itself.  Never with a
 * key.  It is given up at @until (in gst_hailuo_http_now), and where less than
 * 4 KiB a second came in the last minute.  FALSE: it broke; @file tells how far
 * it came. */
gboolean gst_hailuo_http_download (GstHailuoHttp *self, const gchar *url,
    GstHailuoDownload *file, gint64 until, GError **error);

G_END_DECLS
