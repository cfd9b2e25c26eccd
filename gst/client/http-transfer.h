/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* http-transfer.h: one request to a server and its response, for http*.c and
 * post.c only. */
#pragma once

#include "error.h"
#include "http-private.h"

G_BEGIN_DECLS

typedef struct _GstHailuoDownload GstHailuoDownload;
typedef struct _GstHailuoTransfer GstHailuoTransfer;

#define GST_HAILUO_PACE_TIME 60   /* seconds over which a file ... */
#define GST_HAILUO_PACE_MIN 4096  /* ... must average so many bytes/s */

/* One request and its response. */
struct _GstHailuoTransfer
{
  CURL *easy;
  CURLM *multi;                 /* (not owned) (nullable) the one that runs it */
  struct curl_slist *headers;
  gchar *body;                  /* of the request */
  gchar *key;                   /* (nullable) the API key, whether sent or not */
  gchar error_buffer[CURL_ERROR_SIZE];

  /* where the body of the response goes */
  GByteArray *reply;            /* (owned) or: */
  GstHailuoDownload *download;  /* (not owned) */
  guint64 ignored;              /* bytes of a response that is not the clip */
  gchar *gathered;              /* bytes not written to the file yet */
  gsize n_gathered;
  gsize header_bytes;           /* received, including trailers */
  const gchar *coding;          /* (static) (nullable) the only coding that the
                                 * current header may name */
  gboolean encoded;             /* it named another: not read any further */
  gboolean answered;            /* all headers of the response arrived */

  /* how fast it arrives */
  gint64 began;
  gint64 second;                /* the last one checked, since `began` */
  guint64 arrived;              /* bytes of bodies */
  guint64 marks[GST_HAILUO_PACE_TIME];   /* `arrived` at each second */

  /* headers of the response, for files */
  gchar *etag, *last_modified, *content_range, *location;

  GError *error;                /* set by a callback that aborts */
  const gchar *limit;           /* (static) (nullable) which of our limits the
                                 * response exceeded */
  gboolean check_address;       /* connect only where links may lead */
  gboolean trust_loopback;
  gboolean look_up;             /* only resolve the name */
  gboolean private_address;     /* a connection was refused for its address */
};

/* curl_easy_setopt(), but aborts when out of memory, as GLib does: the request
 * must not go out without the option. */
#define gst_hailuo_setopt(easy, option, value) G_STMT_START { \
    if (curl_easy_setopt ((easy), (option), (value)) == CURLE_OUT_OF_MEMORY) \
      g_error ("out of memory"); \
  } G_STMT_END

/* A GET of @url, which is not sent before it is run.  @key (nullable) is not
 * sent, but masked in what the response says. (transfer full) */
GstHailuoTransfer *gst_hailuo_transfer_new (GstHailuoHttp *http,
    const gchar *url, const gchar *key);
void gst_hailuo_transfer_free (GstHailuoTransfer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoTransfer, gst_hailuo_transfer_free)

void gst_hailuo_transfer_add_header (GstHailuoTransfer *self,
    const gchar *header);

/* Adds the transfer to those of @http.  Call before gst_hailuo_transfer_run(). */
void gst_hailuo_transfer_begin (GstHailuoTransfer *self, GstHailuoHttp *http);

/* Whether a byte of the request may have left this machine. */
gboolean gst_hailuo_transfer_was_sent (GstHailuoTransfer *self);

/* Checks a line of headers or trailers.  FALSE: abort the transfer, because
 * there are too many (libcurl does not limit trailers), or because the body is
 * encoded. */
gboolean gst_hailuo_transfer_take_header (GstHailuoTransfer *self,
    const gchar *line, gsize n);

/* The result of a transfer that libcurl ended with @code.  A response that ends
 * within its headers is an error, though libcurl accepts it; from 8.18 on,
 * libcurl may then also ignore what gst_hailuo_transfer_take_header() returned
 * for the last header. */
CURLcode gst_hailuo_transfer_judge (GstHailuoTransfer *self, CURLcode code);

/* Whether the file has arrived too slowly up to @now.  To be called every
 * second. */
gboolean gst_hailuo_transfer_is_stalled (GstHailuoTransfer *self, gint64 now);

/* The response's Retry-After in ms; -1: none. */
gint64 gst_hailuo_transfer_get_retry_after (GstHailuoTransfer *self);

/* Sets the error for a transfer that ended with @code. */
void gst_hailuo_transfer_set_error (GstHailuoTransfer *self, CURLcode code,
    GError **error);

/* Runs @self, which may have begun on another http, until it ends or until
 * @until.  @code: (out) how it ended.  FALSE: cancelled. */
gboolean gst_hailuo_transfer_run (GstHailuoTransfer *self, GstHailuoHttp *http,
    gint64 until, CURLcode *code, GError **error);

G_END_DECLS
