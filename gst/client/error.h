/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* error.h: what can go wrong between the user's words and the clip.
 *
 * Every fallible function below the element sets a GError of this domain, with
 * the facts a program needs beside the sentence for the user.  A cancelled
 * call sets G_IO_ERROR_CANCELLED instead.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  GST_HAILUO_ERROR_SETTINGS,        /* the request can never succeed as it is */
  GST_HAILUO_ERROR_NOT_FOUND,       /* no such host, model or task */
  GST_HAILUO_ERROR_NOT_AUTHORIZED,  /* no key, a wrong one, no right to it */
  GST_HAILUO_ERROR_NO_CREDIT,       /* the account is empty */
  GST_HAILUO_ERROR_BUSY,            /* the host, or its provider, is busy */
  GST_HAILUO_ERROR_CONNECT,         /* connect, TLS, no reply, timeout */
  GST_HAILUO_ERROR_DOWNLOAD,        /* the clip cannot be had whole */
  GST_HAILUO_ERROR_STORE,           /* this machine cannot keep it */
  GST_HAILUO_ERROR_OUTCOME_UNKNOWN, /* sent, and nobody knows what became of it */
  GST_HAILUO_ERROR_FAILED           /* anything else */
} GstHailuoError;

#define GST_HAILUO_ERROR_LAST GST_HAILUO_ERROR_FAILED

typedef enum
{
  GST_HAILUO_BILLED_NO,
  GST_HAILUO_BILLED_YES,
  GST_HAILUO_BILLED_UNKNOWN
} GstHailuoBilled;

/* What a GError of this domain knows beside its message. */
typedef struct
{
  guint http_status;       /* or the envelope's code; 0: no reply */
  gchar *provider_code;    /* (owned) (nullable) */
  gchar *provider_message; /* (owned) (nullable), sanitised */
  guint attempts;          /* 0 where nothing was tried */
  gboolean retryable;      /* the same thing may succeed later */
  GstHailuoBilled billed;  /* of the thing that failed */
  gint64 retry_after;      /* ms the host asks to wait; -1: it did not say */
  gchar *advice;           /* (owned) (nullable) a sentence: what the user can do
                            * now; it is posted after the message */
} GstHailuoErrorPrivate;

#define GST_HAILUO_ERROR (gst_hailuo_error_quark ())
GQuark gst_hailuo_error_quark (void);

/* The facts of @error, which may be changed; NULL for another domain.
 * (transfer none) (nullable) */
GstHailuoErrorPrivate *gst_hailuo_error_get_facts (const GError *error);

/* Sets @error; a sentence in @format says what happened and what to do.  What it
 * shows of a text that is not ours, such as a path, is made harmless in it. */
void gst_hailuo_set_error (GError **error, GstHailuoError code,
    const gchar *format, ...) G_GNUC_PRINTF (3, 4);

/* An error with the code and the facts of @cause, and another sentence; without its
 * advice. (transfer full) */
GError *gst_hailuo_error_new_from (const GError *cause, const gchar *format,
    ...) G_GNUC_PRINTF (2, 3);

/* Adds such a sentence (owned by the array) to what is wrong with a request. */
void gst_hailuo_add_problem (GPtrArray *problems, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);

/* How the setting @name, which is to be a URL, is shown: "@name=@url" without
 * user, query and fragment, where secrets stand; the name alone where @url is
 * none that can be understood, for then they may stand anywhere.
 * (transfer full) */
gchar *gst_hailuo_describe_url (const gchar *name, const gchar *url);

/* The code for an HTTP status, or an envelope's code, that is an error. */
GstHailuoError gst_hailuo_error_from_status (guint status);

/* Whether a repeat of a free request (never a submit) may help after this
 * status: 408, 429 and 5xx. */
gboolean gst_hailuo_status_is_transient (guint status);

/* Whether @error says that a repeat may help. */
gboolean gst_hailuo_error_is_retryable (const GError *error);

/* "no", "yes" and "unknown", by value; NULL-terminated */
extern const gchar *const gst_hailuo_billed_names[];
/* (transfer none) */
const gchar *gst_hailuo_billed_get_name (GstHailuoBilled billed);

/* @text, of @length bytes or -1, as valid UTF-8 without control and bidi
 * characters, and without what cannot be seen. (transfer full) */
gchar *gst_hailuo_make_harmless (const gchar *text, gssize length);

/* @text as it may be shown: valid UTF-8, no control or bidi characters, no
 * password or query of a URL, 256 characters at most.  NULL and "" give NULL. (transfer full) (nullable) */
gchar *gst_hailuo_sanitize (const gchar *text);

G_END_DECLS
