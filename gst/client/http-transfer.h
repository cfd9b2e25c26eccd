/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* http-transfer.h: one request to a server and its answer, for http*.c and post.c
 * only. */
#pragma once

#include "error.h"
#include "http-private.h"

G_BEGIN_DECLS

typedef struct _GstHailuoDownload GstHailuoDownload;
typedef struct _GstHailuoTransfer GstHailuoTransfer;

#define GST_HAILUO_PACE_TIME 60   /* seconds in which a file ... */
#define GST_HAILUO_PACE_MIN 4096  /* ... comes at so many bytes each */

/* One request and its answer. */
struct _GstHailuoTransfer
{
  CURL *easy;
  CURLM *multi;                 /* (not owned) (nullable) that runs it */
  struct curl_slist *headers;
  gchar *body;                  /* of the request */
  gchar *key;                   /* (nullable) of the API, whether it is sent or
                                 * not */
  gchar trouble[CURL_ERROR_SIZE];

  /* where the body of the answer goes */
  GByteArray *reply;            /* (owned) or: */
  GstHailuoDownload *download;  /* (not owned) */
  guint64 ignored;              /* bytes of an answer that is not the clip */
  gchar *gathered;              /* bytes of the file that are not in it yet */
  gsize n_gathered;
  gsize header_bytes;           /* received, trailers too */
  const gchar *coding;          /* (static) (nullable) the one that the header
                                 * which comes may name */
  gboolean encoded;             /* it named another, and is not read */
  gboolean answered;            /* all headers of the answer came */

  /* how fast it comes */
  gint64 began;
  gint64 second;                /* since then, the last that was looked at */
  guint64 arrived;              /* bytes of bodies */
  guint64 marks[GST_HAILUO_PACE_TIME];   /* that had arrived at each second */

  /* of the answer's headers, for files */
  gchar *etag, *last_modified, *content_range, *location;

  GError *error;                /* set by a callback that gave up */
  const gchar *limit;           /* (static) (nullable) of ours, that the answer
                                 * went over */
  gboolean check_address;       /* only where links may lead to */
  gboolean trust_loopback;
  gboolean look_up;             /* the name is resolved, and that is all */
  gboolean private_address;     /* a connect was refused for its address */
};

/* curl_easy_setopt() that ends the process where there is no memory, as GLib
 * does: else the request would go out without what it asks for. */
#define gst_hailuo_setopt(easy, option, value) G_STMT_START { \
    if (curl_easy_setopt ((easy), (option), (value)) == CURLE_OUT_OF_MEMORY) \
      g_error ("out of memory"); \
  } G_STMT_END

/* A GET of @url; nothing is sent before it is run.  @key is not sent, and kept
 * out of what the answer says. */
GstHailuoTransfer *gst_hailuo_transfer_new (GstHailuoHttp *http,
    const gchar *url, const gchar *key);
void gst_hailuo_transfer_free (GstHailuoTransfer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoTransfer, gst_hailuo_transfer_free)

void gst_hailuo_transfer_add_header (GstHailuoTransfer *self,
    const gchar *header);

/* From then on gst_hailuo_transfer_run() runs it. */
void gst_hailuo_transfer_begin (GstHailuoTransfer *self, GstHailuoHttp *http);

/* Whether a byte of it may have left this machine. */
gboolean gst_hailuo_transfer_was_sent (GstHailuoTransfer *self);

/* Looks at a line of headers, or of trailers.  FALSE, and the transfer is to be
 * given up: there are too many, as libcurl keeps trailers without a limit; or
 * the body is in a coding. */
gboolean gst_hailuo_transfer_take_header (GstHailuoTransfer *self,
    const gchar *line, gsize n);

/* What a transfer comes to that libcurl ended with @code.  It is content with an
 * answer that ends in its headers, and from 8.18 on it may tell the last of them
 * then without looking at what gst_hailuo_transfer_take_header() says. */
CURLcode gst_hailuo_transfer_judge (GstHailuoTransfer *self, CURLcode code);

/* Whether its file came too slowly until @now.  To be asked each second. */
gboolean gst_hailuo_transfer_is_stalled (GstHailuoTransfer *self, gint64 now);

/* What its answer asks to wait, in ms; -1: nothing. */
gint64 gst_hailuo_transfer_get_retry_after (GstHailuoTransfer *self);

/* The error for a transfer that ended with @code. */
void gst_hailuo_transfer_set_error (GstHailuoTransfer *self, CURLcode code,
    GError **error);

/* Runs @self, which may be of another http, until it is done, or until @until;
 * *@code: how it ended.  FALSE: cancelled. */
gboolean gst_hailuo_transfer_run (GstHailuoTransfer *self, GstHailuoHttp *http,
    gint64 until, CURLcode *code, GError **error);

G_END_DECLS
