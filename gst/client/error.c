/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "error.h"

#include <string.h>

#define SANITIZED_MAX 256 /* characters */

static void
gst_hailuo_error_private_init (GstHailuoErrorPrivate *facts)
{
  facts->retry_after = -1;
}

static void
gst_hailuo_error_private_copy (
    const GstHailuoErrorPrivate *source, GstHailuoErrorPrivate *copy)
{
  *copy = *source;
  copy->provider_code = g_strdup (source->provider_code);
  copy->provider_message = g_strdup (source->provider_message);
}

static void
gst_hailuo_error_private_clear (GstHailuoErrorPrivate *facts)
{
  g_clear_pointer (&facts->provider_code, g_free);
  g_clear_pointer (&facts->provider_message, g_free);
}

G_DEFINE_EXTENDED_ERROR (GstHailuoError, gst_hailuo_error)

GstHailuoErrorPrivate *
gst_hailuo_error_get_facts (const GError *error)
{
  if (error == NULL || error->domain != GST_HAILUO_ERROR)
    return NULL;
  return gst_hailuo_error_get_private (error);
}

void
gst_hailuo_set_error (
    GError **error, GstHailuoError code, const gchar *format, ...)
{
  va_list args;

  if (error == NULL)
    return;
  va_start (args, format);
  *error = g_error_new_valist (GST_HAILUO_ERROR, code, format, args);
  va_end (args);
}

void
gst_hailuo_add_problem (GPtrArray *problems, const gchar *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (problems, g_strdup_vprintf (format, args));
  va_end (args);
}

GstHailuoError
gst_hailuo_error_from_status (guint status)
{
  switch (status) {
    case 401:
    case 403:
      return GST_HAILUO_ERROR_NOT_AUTHORIZED;
    case 402:
      return GST_HAILUO_ERROR_NO_CREDIT;
    case 404:
      return GST_HAILUO_ERROR_NOT_FOUND;
    case 408:
      return GST_HAILUO_ERROR_CONNECT;
    case 429:
      return GST_HAILUO_ERROR_BUSY;
    default:
      if (status >= 400 && status < 500)
        return GST_HAILUO_ERROR_SETTINGS;
      if (status >= 500)
        return GST_HAILUO_ERROR_BUSY;
      return GST_HAILUO_ERROR_FAILED;
  }
}

gboolean
gst_hailuo_status_is_transient (guint status)
{
  return status == 408 || status == 429 || (status >= 500 && status < 600);
}

gboolean
gst_hailuo_error_is_retryable (const GError *error)
{
  const GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (error);

  return facts != NULL && facts->retryable;
}

const gchar *
gst_hailuo_billed_get_name (GstHailuoBilled billed)
{
  static const gchar *const names[] = { "no", "yes", "unknown" };

  return names[billed];
}

/* Controls, line breaks of any kind, and what turns the direction of text:
 * a host must not be able to forge a line in a log or hide what it says. */
static gboolean
is_harmless (gunichar c)
{
  return !g_unichar_iscntrl (c) && c != 0x2028 && c != 0x2029 && c != 0x200e
      && c != 0x200f && c != 0x061c && c != 0xfeff
      && !(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069);
}

/* What stands behind the ? of a URL may be a signature. */
static void
cut_queries (GString *text)
{
  gsize at = 0;

  while ((at += strcspn (text->str + at, "?")) < text->len) {
    gsize n = strcspn (text->str + ++at, " \"'<>()[]{}");
    gsize start = at - 1;

    while (start > 0 && strchr (" \"'<>()[]{}", text->str[start - 1]) == NULL)
      start--;
    if (n > 0 && g_strstr_len (text->str + start, at - start, "://") != NULL) {
      g_string_erase (text, at, n);
      g_string_insert (text, at, "...");
    }
  }
}

gchar *
gst_hailuo_sanitize (const gchar *text)
{
  g_autofree gchar *valid = NULL;
  g_autoptr (GString) out = NULL;
  const gchar *p;
  guint n = 0;

  if (text == NULL || *text == '\0')
    return NULL;

  /* the rest of a long text is not even looked at; 4 bytes a character */
  valid = g_utf8_make_valid (text, strnlen (text, 4 * SANITIZED_MAX));
  out = g_string_new (NULL);
  for (p = valid; *p != '\0' && n < SANITIZED_MAX; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    g_string_append_unichar (out, is_harmless (c) ? c : ' ');
    n++;
  }
  cut_queries (out);
  g_strstrip (out->str);
  if (*out->str == '\0')
    return NULL;
  return g_string_free (g_steal_pointer (&out), FALSE);
}
