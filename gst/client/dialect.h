/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dialect.h: where a host puts things in its responses, and what its words
 * mean.
 *
 * Hosts differ in names and places, not in kind: each provider has one of these
 * tables, and response-parser.c reads all responses with it.  Paths are as in
 * json.h; the first one present counts.
 */
#pragma once

#include "error.h"
#include "state.h"

G_BEGIN_DECLS

typedef struct
{
  const gchar *word;    /* case-insensitive */
  GstHailuoState state; /* PENDING, PROCESSING, SUCCESS or FAILED */
} GstHailuoStateWord;

/* Whose fault a failure is, and what can be done about it. */
typedef enum
{
  GST_HAILUO_FAILURE_CONTENT, /* moderation: prompt or image */
  GST_HAILUO_FAILURE_PROMPT,
  GST_HAILUO_FAILURE_IMAGE,
  GST_HAILUO_FAILURE_CREDIT,
  GST_HAILUO_FAILURE_HOST     /* the same request may succeed later */
} GstHailuoFailure;

typedef struct
{
  const gchar *name; /* lower case, only letters and digits, because hosts spell
                      * the same code in several ways */
  GstHailuoFailure failure;
} GstHailuoFailCode;

/* Words in the message of an error that say more than its status does. */
typedef struct
{
  guint status;
  const gchar *words; /* lower case */
  GstHailuoError error;
} GstHailuoMessageHint;

typedef struct
{
  const gchar *const *task_ids;    /* in a response that is not an error */
  const gchar *const *error_ids;   /* in an error: only where nothing but a task
                                    * id can be */
  gboolean names_task;             /* responses about a task always contain its
                                    * id (documented) */
  const gchar *const *codes;       /* the envelope's own status */
  const gchar *const *messages;
  const gchar *const *fail_codes;
  const gchar *const *states;
  const GstHailuoStateWord *words;
  guint n_words;
  const GstHailuoFailCode *failures; /* ends with a name of NULL */
  const GstHailuoMessageHint *hints; /* ends with words of NULL */
  const gchar *image_advice;       /* a sentence: which images the host accepts */
  const gchar *const *urls;        /* of the clip */
  const gchar *const *embedded;    /* strings that contain JSON with URLs */
  gboolean search_url;             /* the response for a finished task is not
                                    * documented: search all of it for the URL.
                                    * For a failed task this is always done, as
                                    * it may have been charged */
  GstHailuoBilled failed_billed;   /* whether failed tasks are charged */
} GstHailuoDialect;

/* For hosts that document none of their own. */
extern const GstHailuoFailCode gst_hailuo_dialect_failures[];
extern const GstHailuoMessageHint gst_hailuo_dialect_hints[];

G_END_DECLS
