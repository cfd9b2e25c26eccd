/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* error.h: what can go wrong between the prompt and the clip.
 *
 * Every function below the element that can fail sets a GError of this domain,
 * which carries facts for programs besides the message for the user.  A
 * cancelled call sets G_IO_ERROR_CANCELLED instead.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  GST_HAILUO_ERROR_SETTINGS,        /* the request can never succeed as it is */
  GST_HAILUO_ERROR_LIMIT,           /* above max-cost or a budget */
  GST_HAILUO_ERROR_NOT_FOUND,       /* no such host, model or task */
  GST_HAILUO_ERROR_NOT_AUTHORIZED,  /* no key, wrong key, or not permitted */
  GST_HAILUO_ERROR_NO_CREDIT,       /* the account has no credit left */
  GST_HAILUO_ERROR_BUSY,            /* the host, or its provider, is busy */
  GST_HAILUO_ERROR_CONNECT,         /* connect, TLS, no response */
  GST_HAILUO_ERROR_TIMEOUT,         /* the property `timeout` has expired */
  GST_HAILUO_ERROR_DOWNLOAD,        /* the clip cannot be downloaded whole */
  GST_HAILUO_ERROR_STORE,           /* this machine cannot store it */
  GST_HAILUO_ERROR_OUTCOME_UNKNOWN, /* sent, but the outcome is unknown */
  GST_HAILUO_ERROR_FAILED           /* anything else */
} GstHailuoError;

#define GST_HAILUO_ERROR_LAST GST_HAILUO_ERROR_FAILED

/* "settings", "limit", "not-found" and so on. (transfer none) */
const gchar *gst_hailuo_error_get_name (GstHailuoError code);

typedef enum
{
  GST_HAILUO_BILLED_NO,
  GST_HAILUO_BILLED_YES,
  GST_HAILUO_BILLED_UNKNOWN
} GstHailuoBilled;

/* What a GError of this domain carries besides its message. */
typedef struct
{
  guint http_status;       /* or the envelope's code; 0: no response */
  gchar *provider_code;    /* (owned) (nullable) */
  gchar *provider_message; /* (owned) (nullable), sanitised */
  guint attempts;          /* 0: nothing was tried */
  gboolean retryable;      /* the same operation may succeed later */
  GstHailuoBilled billed;  /* whether what failed is charged */
  gint64 retry_after;      /* ms the host asks to wait; -1: not given */
  gchar *advice;           /* (owned) (nullable) a sentence: what the user can
                            * do now; posted after the message */
} GstHailuoErrorPrivate;

#define GST_HAILUO_ERROR (gst_hailuo_error_quark ())
GQuark gst_hailuo_error_quark (void);

/* The facts of @error, which may be changed; NULL for any other domain.
 * (transfer none) (nullable) */
GstHailuoErrorPrivate *gst_hailuo_error_get_facts (const GError *error);

/* Sets @error to a sentence that says what happened and what to do.  All of it
 * goes through gst_hailuo_make_harmless(), because it may quote foreign text,
 * such as a path. */
void gst_hailuo_set_error (GError **error, GstHailuoError code,
    const gchar *format, ...) G_GNUC_PRINTF (3, 4);

/* A new error with the code and the facts of @cause, but without its advice,
 * and with a sentence of its own. (transfer full) */
GError *gst_hailuo_error_new_from (const GError *cause, const gchar *format,
    ...) G_GNUC_PRINTF (2, 3);

/* Adds such a sentence, owned by the array, to the problems of a request. */
void gst_hailuo_add_problem (GPtrArray *problems, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);

/* How to show the setting @name, which should be a URL: "@name=@url" without
 * user, query and fragment, as these may hold secrets.  If @url cannot be
 * parsed, only the name, as secrets may then be anywhere. (transfer full) */
gchar *gst_hailuo_describe_url (const gchar *name, const gchar *url);

/* The code for an HTTP status, or an envelope's code, that means an error. */
GstHailuoError gst_hailuo_error_from_status (guint status);

/* Whether repeating a free request (never a submit) may help after this status:
 * 408, 429 and 5xx. */
gboolean gst_hailuo_status_is_transient (guint status);

/* Whether @error says that a retry may help. */
gboolean gst_hailuo_error_is_retryable (const GError *error);

/* "no", "yes" and "unknown", by value; NULL-terminated */
extern const gchar *const gst_hailuo_billed_names[];
/* (transfer none) */
const gchar *gst_hailuo_billed_get_name (GstHailuoBilled billed);

/* @text, of @length bytes or -1, as valid UTF-8.  Control characters and line
 * breaks become spaces; bidi controls and invisible characters are removed.
 * (transfer full) */
gchar *gst_hailuo_make_harmless (const gchar *text, gssize length);

/* @text as it may be shown: valid UTF-8 with no control or bidi characters, no
 * password or query of a URL, and at most 256 characters.  NULL if nothing is
 * left, or @text is NULL. (transfer full) (nullable) */
gchar *gst_hailuo_sanitize (const gchar *text);

G_END_DECLS
