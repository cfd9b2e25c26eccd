/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dialect.h: where a host puts things in its answers, and what its words mean.
 *
 * Hosts differ in names and places, not in kind: each provider has one such
 * table, and reply.c reads every host's answers by it.  Paths are those of
 * json.h; the first one that is there counts.
 */
#pragma once

#include "error.h"
#include "state.h"

G_BEGIN_DECLS

typedef struct
{
  const gchar *word;    /* compared without case */
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
  const gchar *name; /* lower case, letters and digits only: hosts spell one code
                      * in several ways */
  GstHailuoFailure failure;
} GstHailuoFailCode;

typedef struct
{
  const gchar *const *task_ids;    /* in an answer that is not an error */
  const gchar *const *error_ids;   /* in an error: only what cannot be the id of
                                    * anything but a task */
  gboolean names_task;             /* an answer about a task always has its id
                                    * (documented) */
  const gchar *const *codes;       /* the envelope's own status */
  const gchar *const *messages;
  const gchar *const *fail_codes;
  const gchar *const *states;
  const GstHailuoStateWord *words;
  guint n_words;
  const GstHailuoFailCode *failures;
  guint n_failures;
  const gchar *image_advice;       /* a sentence: which images it takes */
  const gchar *const *links;
  const gchar *const *embedded;    /* strings that hold JSON with links in it */
  gboolean search_link;            /* the answer of a finished task is not
                                    * documented: search all of it for the link.
                                    * For a failed task that is always done, as it
                                    * may have been charged */
  GstHailuoBilled failed_billed;   /* whether a failed task is charged */
} GstHailuoDialect;

G_END_DECLS
