/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reply.h: reading a host's answer by a table of where things stand in it.
 *
 * The dialects differ in names and places, not in kind; each one's tables are
 * in its provider's file, the rules how they are read are here.  Paths are
 * those of json.h, and are tried in order.
 */
#pragma once

#include "provider.h"

G_BEGIN_DECLS

typedef struct
{
  const gchar *word;            /* compared without case */
  GstHailuoProgressState state;
} GstHailuoStateWord;

typedef struct
{
  const gchar *title;               /* of the host, for sentences */
  const gchar *const *task_ids;     /* in an answer that is no error */
  const gchar *const *error_ids;    /* in one that is: only what cannot be
                                     * the id of anything else */
  gboolean names_task;              /* an answer that says what became of a task
                                     * names it: so it is documented */
  const gchar *const *codes;        /* the envelope's code */
  const gchar *const *messages;
  const gchar *const *fail_codes;
  const gchar *const *states;
  const GstHailuoStateWord *words;
  guint n_words;
  const gchar *const *links;
  const gchar *const *embedded;     /* JSON in a string, with links in it */
  gboolean search_link;             /* the answer is not documented: look
                                     * everywhere, as is done where a task
                                     * failed: it may be paid */
  GstHailuoBilled failed_billed;    /* whether a failed task is charged */
} GstHailuoDialect;

/* See GstHailuoProvider.parse_submit and .parse_poll. */
gchar *gst_hailuo_reply_parse_submit (const GstHailuoDialect *dialect,
    const GstHailuoAnswer *answer, GError **error);
gboolean gst_hailuo_reply_parse_poll (const GstHailuoDialect *dialect,
    const GstHailuoAnswer *answer, const gchar *task_id,
    GstHailuoReport *report, GError **error);

G_END_DECLS
