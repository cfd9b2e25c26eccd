/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* http.h: blocking HTTP and waiting that another thread can interrupt.
 *
 * Everything is called from one thread at a time (the streaming thread) but
 * _cancel, _uncancel, _is_cancelled and _wakeup, which any thread may call at
 * any time.  Cancelled is latched: until _uncancel, every call fails at once
 * with G_IO_ERROR_CANCELLED (what GstBaseSrcClass::unlock asks for).
 */
#pragma once

#include <gio/gio.h>

#include "error.h"

G_BEGIN_DECLS

typedef struct _GstHailuoHttp GstHailuoHttp;

typedef struct
{
  GBytes *certificates;    /* (owned) (nullable) PEM: trusted beside the system's */
  gboolean trust_loopback; /* the base URL is loopback: links may be http, and
                            * lead to loopback addresses too */
} GstHailuoHttpPolicy;

typedef struct
{
  guint status;
  GByteArray *body;        /* (owned) at most 1 MiB */
  gint64 retry_after;      /* ms; -1: no such header */
  gchar *key;              /* (owned) (nullable) that went with the request, and
                            * that the body may repeat */
} GstHailuoHttpReply;

void gst_hailuo_http_reply_clear (GstHailuoHttpReply *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstHailuoHttpReply,
    gst_hailuo_http_reply_clear)

/* A file on its way to disk; what a resumed transfer must match. */
typedef struct
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
} GstHailuoHttpFile;

void gst_hailuo_http_file_clear (GstHailuoHttpFile *self);

GstHailuoHttp *gst_hailuo_http_new (void);
/* Another one with the same policy. */
GstHailuoHttp *gst_hailuo_http_new_like (GstHailuoHttp *other);
void gst_hailuo_http_free (GstHailuoHttp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoHttp, gst_hailuo_http_free)

/* For the calls that follow. */
void gst_hailuo_http_set_policy (GstHailuoHttp *self,
    const GstHailuoHttpPolicy *policy);

/* Asks the API, with the key @key as a bearer token; what costs money is sent
 * by post.h.  Redirects are not followed.  It is given up at @until (in
 * gst_hailuo_http_now).
 * TRUE: there is a reply, of any status.  FALSE: it did not come, or not whole;
 * the error's `retryable` says whether a repeat may help (not for TLS and other
 * settings). */
gboolean gst_hailuo_http_get (GstHailuoHttp *self, const gchar *url,
    const gchar *key, gint64 until, GstHailuoHttpReply *reply,
    GError **error);

/* Fetches @url, which a host gave us, into @file from @file->received on: with
 * Range and If-Range where that is not 0; an answer with the whole file starts
 * it again.  Up to 5 redirects, each checked as the link itself.  Never with a
 * key.  It is given up at @until (in gst_hailuo_http_now), and where less than
 * 4 KiB a second came in the last minute.  FALSE: it broke; @file tells how far
 * it came. */
gboolean gst_hailuo_http_download (GstHailuoHttp *self, const gchar *url,
    GstHailuoHttpFile *file, gint64 until, GError **error);

/* Waits until @until (in gst_hailuo_http_now) or until a wakeup.
 * FALSE: cancelled. */
gboolean gst_hailuo_http_wait (GstHailuoHttp *self, gint64 until,
    GError **error);

/* Monotonic time in microseconds, the one that waits are counted in. */
gint64 gst_hailuo_http_now (GstHailuoHttp *self);

void gst_hailuo_http_cancel (GstHailuoHttp *self);
void gst_hailuo_http_uncancel (GstHailuoHttp *self);
gboolean gst_hailuo_http_is_cancelled (GstHailuoHttp *self);

/* Ends one wait now, or the next one at once. */
void gst_hailuo_http_wakeup (GstHailuoHttp *self);

G_END_DECLS
