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
  copy->advice = g_strdup (source->advice);
}

static void
gst_hailuo_error_private_clear (GstHailuoErrorPrivate *facts)
{
  g_clear_pointer (&facts->provider_code, g_free);
  g_clear_pointer (&facts->provider_message, g_free);
  g_clear_pointer (&facts->advice, g_free);
}

G_DEFINE_EXTENDED_ERROR (GstHailuoError, gst_hailuo_error)

GstHailuoErrorPrivate *
gst_hailuo_error_get_facts (const GError *error)
{
  if (error == NULL || error->domain != GST_HAILUO_ERROR)
    return NULL;
  return gst_hailuo_error_get_private (error);
}

/* Replaces control characters and line breaks by spaces, and drops invisible
 * and unassigned characters and those that change the text direction: whoever
 * wrote a text must not be able to forge a log line or hide what it says. */
static void
append_harmless (GString *out, gunichar c)
{
  switch (g_unichar_type (c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
      g_string_append_c (out, ' ');
      break;
    case G_UNICODE_FORMAT:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_UNASSIGNED:
      break;
    default:
      g_string_append_unichar (out, c);
  }
}

gchar *
gst_hailuo_make_harmless (const gchar *text, gssize length)
{
  g_autofree gchar *valid = g_utf8_make_valid (text, length);
  g_autoptr (GString) out = g_string_new (NULL);
  const gchar *p;

  for (p = valid; *p != '\0'; p = g_utf8_next_char (p))
    append_harmless (out, g_utf8_get_char (p));
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static gchar *
make_sentence (const gchar *format, va_list args) G_GNUC_PRINTF (1, 0);

static gchar *
make_sentence (const gchar *format, va_list args)
{
  g_autofree gchar *text = g_strdup_vprintf (format, args);

  return gst_hailuo_make_harmless (text, -1);
}

void
gst_hailuo_set_error (
    GError **error, GstHailuoError code, const gchar *format, ...)
{
  g_autofree gchar *sentence = NULL;
  va_list args;

  if (error == NULL)
    return;
  va_start (args, format);
  sentence = make_sentence (format, args);
  va_end (args);
  *error = g_error_new_literal (GST_HAILUO_ERROR, code, sentence);
}

GError *
gst_hailuo_error_new_from (const GError *cause, const gchar *format, ...)
{
  const GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (cause);
  g_autofree gchar *sentence = NULL;
  GError *error;
  va_list args;

  va_start (args, format);
  sentence = make_sentence (format, args);
  va_end (args);
  error = g_error_new_literal (GST_HAILUO_ERROR, cause->code, sentence);
  if (facts != NULL) {
    gst_hailuo_error_private_copy (facts, gst_hailuo_error_get_facts (error));
    g_clear_pointer (&gst_hailuo_error_get_facts (error)->advice, g_free);
  }
  return error;
}

void
gst_hailuo_add_problem (GPtrArray *problems, const gchar *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (problems, make_sentence (format, args));
  va_end (args);
}

const gchar *
gst_hailuo_error_get_name (GstHailuoError code)
{
  static const gchar *const names[] = {
    [GST_HAILUO_ERROR_SETTINGS] = "settings",
    [GST_HAILUO_ERROR_LIMIT] = "limit",
    [GST_HAILUO_ERROR_NOT_FOUND] = "not-found",
    [GST_HAILUO_ERROR_NOT_AUTHORIZED] = "not-authorized",
    [GST_HAILUO_ERROR_NO_CREDIT] = "no-credit",
    [GST_HAILUO_ERROR_BUSY] = "busy",
    [GST_HAILUO_ERROR_CONNECT] = "connect",
    [GST_HAILUO_ERROR_TIMEOUT] = "timeout",
    [GST_HAILUO_ERROR_DOWNLOAD] = "download",
    [GST_HAILUO_ERROR_STORE] = "store",
    [GST_HAILUO_ERROR_OUTCOME_UNKNOWN] = "outcome-unknown",
    [GST_HAILUO_ERROR_FAILED] = "failed",
  };

  return names[code];
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

const gchar *const gst_hailuo_billed_names[] = {
  [GST_HAILUO_BILLED_NO] = "no",
  [GST_HAILUO_BILLED_YES] = "yes",
  [GST_HAILUO_BILLED_UNKNOWN] = "unknown",
  NULL,
};

const gchar *
gst_hailuo_billed_get_name (GstHailuoBilled billed)
{
  return gst_hailuo_billed_names[billed];
}

gchar *
gst_hailuo_describe_url (const gchar *name, const gchar *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
  const gchar *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  g_autofree gchar *plain = NULL;
  g_autofree gchar *shown = NULL;

  /* GLib splits at the first of two @; the password may continue in the host */
  if (host != NULL && *host != '\0' && strchr (host, '@') == NULL)
    plain = g_uri_join (G_URI_FLAGS_ENCODED, g_uri_get_scheme (uri), NULL, host,
        g_uri_get_port (uri), g_uri_get_path (uri), NULL, NULL);
  shown = gst_hailuo_sanitize (plain);
  return shown != NULL ? g_strconcat (name, "=", shown, NULL) : g_strdup (name);
}

/* Appends the word, redacted: in a URL, what follows ? or # may be a signature,
 * and what precedes @ a password.  For a proxy that it cannot parse, libcurl
 * shows the original text, user:password@host.  @cut: the end of the word is
 * missing. */
static void
append_word (GString *out, const gchar *start, gsize length, gboolean cut)
{
  g_autofree gchar *word = g_strndup (start, length);
  gchar *url = strstr (word, "://");
  gchar *query = url != NULL ? strpbrk (url, "?#") : NULL;
  const gchar *rest = word;
  gchar *at;

  if (query != NULL && query[1] == '\0')
    query = NULL;
  if (query != NULL)
    query[1] = '\0';
  at = strrchr (word, '@');
  if (at == NULL && url != NULL && query == NULL && cut)
    at = word + length;
  if (at != NULL
      && (url != NULL ? url < at : memchr (word, ':', at - word) != NULL)) {
    if (url != NULL)
      g_string_append_len (out, word, url + strlen ("://") - word);
    g_string_append (out, "...");
    rest = at;
  }
  g_string_append (out, rest);
  if (query != NULL)
    g_string_append (out, "...");
}

static gchar *
cut_urls (const gchar *text, gboolean cut)
{
  g_autoptr (GString) out = g_string_new (NULL);

  while (*text != '\0') {
    gsize n = strcspn (text, " \"<>");

    append_word (out, text, n, cut && text[n] == '\0');
    text += n;
    if (*text != '\0')
      g_string_append_c (out, *text++);
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

gchar *
gst_hailuo_sanitize (const gchar *text)
{
  g_autofree gchar *harmless = NULL;
  g_autofree gchar *plain = NULL;
  gsize length;

  if (text == NULL || *text == '\0')
    return NULL;

  /* skip the rest of a long text; a character has up to 4 bytes */
  length = strnlen (text, 4 * SANITIZED_MAX);
  harmless = gst_hailuo_make_harmless (text, length);
  plain = cut_urls (harmless, text[length] != '\0');
  if (g_utf8_strlen (plain, -1) > SANITIZED_MAX)
    *g_utf8_offset_to_pointer (plain, SANITIZED_MAX) = '\0';
  g_strstrip (plain);
  return *plain != '\0' ? g_steal_pointer (&plain) : NULL;
}
