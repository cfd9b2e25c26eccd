/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* unit.h: what the unit tests share.
 *
 * A test is a table: rows with a description first, and one function that
 * judges a row.  Every row is a test of its own with its own path, so that it
 * can be run alone ("-p PATH") and is named in the log.
 */
#pragma once

#include <string.h>

#include "response-parser.h"

G_BEGIN_DECLS

static inline void
unit_add_row (const gchar *prefix, const gchar *description, gconstpointer row,
    GTestDataFunc func)
{
  g_autofree gchar *path = g_strdup_printf ("%s/%s", prefix, description);

  /* a slash would begin another level, a hash a directive of TAP */
  g_assert_null (strpbrk (description, "/#"));
  g_test_add_data_func (path, row, func);
}

#define UNIT_ADD_TABLE(prefix, rows, func) \
  G_STMT_START { \
    for (gsize i_ = 0; i_ < G_N_ELEMENTS (rows); i_++) \
      unit_add_row (prefix, (rows)[i_].description, &(rows)[i_], func); \
  } G_STMT_END

/* A set of error codes: where the documents leave open which one it is. */
#define UNIT_CODE(name) (1u << GST_HAILUO_ERROR_##name)

static inline void
unit_assert_code (const GError *error, guint codes)
{
  g_assert_nonnull (error);
  g_assert_cmpstr (g_quark_to_string (error->domain), ==,
      g_quark_to_string (GST_HAILUO_ERROR));
  if ((codes & (1u << error->code)) == 0)
    g_error ("code %d (%s) is not one of the set 0x%x", error->code,
        error->message, codes);
  g_assert_cmpstr (error->message, !=, "");
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

/* Whether @text is fit to be shown: what the sanitiser promises. */
static inline void
unit_assert_sane (const gchar *text)
{
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_cmpint (g_utf8_strlen (text, -1), <=, 256);
  g_assert_cmpstr (text, !=, "");
  for (const gchar *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    g_assert_false (g_unichar_iscntrl (c));
    g_assert_false (c == 0x2028 || c == 0x2029);
    g_assert_false (g_unichar_type (c) == G_UNICODE_FORMAT);
    g_assert_false (g_unichar_type (c) == G_UNICODE_PRIVATE_USE);
    g_assert_false (g_unichar_type (c) == G_UNICODE_UNASSIGNED);
  }
}

/* Whether @sentence has the word @name: "mode" is no word of "the model". */
static inline gboolean
unit_has_word (const gchar *sentence, const gchar *name)
{
  const gchar *p = sentence;
  gsize n = strlen (name);

  while ((p = strstr (p, name)) != NULL) {
    gboolean begins =
        p == sentence || !(g_ascii_isalnum (p[-1]) || p[-1] == '-');

    if (begins && !g_ascii_isalnum (p[n]) && p[n] != '-')
      return TRUE;
    p += n;
  }
  return FALSE;
}

/* The first problem that names one of @properties ("mode|image"), or NULL. */
static inline const gchar *
unit_find_problem (GPtrArray *problems, const gchar *properties)
{
  g_auto (GStrv) names = g_strsplit (properties, "|", -1);

  for (guint i = 0; i < problems->len; i++) {
    const gchar *sentence = g_ptr_array_index (problems, i);

    for (guint j = 0; names[j] != NULL; j++) {
      if (unit_has_word (sentence, names[j]))
        return sentence;
    }
  }
  return NULL;
}

/* The task that a documented answer is about; "t" in all others */
G_GNUC_UNUSED static const gchar *
unit_find_task (const gchar *answer)
{
  static const gchar *const ids[] = { "task_12345678",
    "dff8afd34c4e47719b85ad6651daa3f0" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (ids); i++) {
    if (strstr (answer, ids[i]) != NULL)
      return ids[i];
  }
  return "t";
}

/* What @provider makes of such an answer, which asks to wait for 7 s.  Its memory
 * ends where it ends, so that a memory checker sees a read beyond it. */
G_GNUC_UNUSED static gchar *
unit_parse_submit (const GstHailuoProvider *provider, guint status,
    const gchar *body, const gchar *key, GError **error)
{
  g_auto (GstHailuoResponse) response = {
    .status = status,
    .body = g_bytes_new (body, strlen (body)),
    .retry_after = 7000,
    .key = g_strdup (key),
  };

  return gst_hailuo_response_parse_submit (provider, &response, error);
}

G_GNUC_UNUSED static gboolean
unit_parse_poll (const GstHailuoProvider *provider, guint status,
    const gchar *body, const gchar *key, const gchar *task_id,
    GstHailuoReport *report, GError **error)
{
  g_auto (GstHailuoResponse) response = {
    .status = status,
    .body = g_bytes_new (body, strlen (body)),
    .retry_after = 7000,
    .key = g_strdup (key),
  };

  return gst_hailuo_response_parse_poll (
      provider, &response, task_id, report, error);
}

static inline const GstHailuoCatalogue *
unit_catalogue (GstHailuoProviderId id)
{
  return &gst_hailuo_provider_get (id)->catalogue;
}

/* @wish must be a shot. */
static inline GstHailuoShot *
unit_shot (GstHailuoProviderId id, const GstHailuoParams *wish)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  GstHailuoShot *shot =
      gst_hailuo_shot_new (unit_catalogue (id), wish, NULL, problems);

  if (problems->len > 0)
    g_error ("refused: %s", (gchar *) g_ptr_array_index (problems, 0));
  g_assert_nonnull (shot);
  return shot;
}

G_END_DECLS
