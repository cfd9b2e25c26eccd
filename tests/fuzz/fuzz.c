/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SANITIZED_MAX 256
/* two texts of the host, its name, and our own sentences around */
#define MESSAGE_MAX (2 * SANITIZED_MAX + 512)

static void
trapped (int signal_number)
{
  abort ();
}

gint
LLVMFuzzerInitialize (gint *argc, gchar ***argv)
{
  /* how GLib ends at a fatal message; libFuzzer keeps no input of that */
  signal (SIGTRAP, trapped);
  g_log_set_always_fatal (
      G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
  return 0;
}

static gboolean
has_key (const gchar *text)
{
  g_autofree gchar *lower = g_ascii_strdown (text, -1);
  g_autofree gchar *key = g_ascii_strdown (FUZZ_KEY, -1);
  gsize i;

  for (i = 0; i + 8 <= strlen (key); i++) {
    gchar part[9] = { 0 };

    memcpy (part, key + i, 8);
    if (strstr (lower, part) != NULL)
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_seen (gunichar c)
{
  return !g_unichar_iscntrl (c) && !g_unichar_iszerowidth (c)
      && g_unichar_isdefined (c) && g_unichar_type (c) != G_UNICODE_FORMAT
      && g_unichar_type (c) != G_UNICODE_PRIVATE_USE
      && g_unichar_type (c) != G_UNICODE_SURROGATE && c != 0x115f && c != 0x3164
      && c != 0xffa0;
}

/* Without what nobody sees (transfer full) */
static gchar *
drop_unseen (const gchar *text)
{
  g_autoptr (GString) out = g_string_new (NULL);

  while (*text != '\0') {
    gunichar c = g_utf8_get_char_validated (text, -1);

    if (c > 0x10ffff) {
      g_string_append_c (out, *text++);
      continue;
    }
    if (is_seen (c))
      g_string_append_unichar (out, c);
    text = g_utf8_next_char (text);
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* One level of escapes (transfer full) */
static gchar *
undo_escapes (const gchar *text)
{
  g_autoptr (GString) out = g_string_new (NULL);

  while (*text != '\0') {
    guint value;
    gint n = 0;

    if (g_ascii_isxdigit (text[0] == '%' ? text[1] : ' ')
        && sscanf (text, "%%%2x%n", &value, &n) == 1 && n == 3) {
      if (value != 0)
        g_string_append_c (out, (gchar) value);
    } else if (text[0] == '\\' && (text[1] == 'u' || text[1] == 'U')
        && strspn (text + 2, "0123456789abcdefABCDEF") >= 4
        && sscanf (text + 2, "%4x%n", &value, &n) == 1) {
      n += 2;
      if (value != 0 && (value < 0xd800 || value > 0xdfff))
        g_string_append_unichar (out, value);
    } else if (text[0] == '\\' && text[1] != '\0'
        && strchr ("\"\\/bfnrtBFNRT", text[1]) != NULL) {
      n = 2;
      if (g_ascii_ispunct (text[1]))
        g_string_append_c (out, text[1]);
    } else {
      n = 1;
      g_string_append_c (out, *text);
    }
    text += n;
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

gboolean
fuzz_has_key (const gchar *text)
{
  g_autofree gchar *plain = g_strdup (text);
  guint i;

  if (text == NULL)
    return FALSE;
  for (i = 0; i < 6 && !has_key (plain); i++) {
    g_autofree gchar *seen = drop_unseen (plain);

    if (has_key (seen))
      return TRUE;
    g_free (plain);
    plain = undo_escapes (seen);
  }
  return has_key (plain);
}

static void
assert_harmless (const gchar *text, glong max)
{
  const gchar *p;

  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_cmpint (g_utf8_strlen (text, -1), <=, max);
  g_assert_cmpstr (text, !=, "");
  g_assert_false (fuzz_has_key (text));
  for (p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    g_assert_false (g_unichar_iscntrl (c));
    g_assert_false (c == 0x2028 || c == 0x2029);
    g_assert_false (g_unichar_type (c) == G_UNICODE_FORMAT);
    g_assert_false (g_unichar_type (c) == G_UNICODE_PRIVATE_USE);
    g_assert_false (g_unichar_type (c) == G_UNICODE_UNASSIGNED);
  }
}

void
fuzz_assert_sane (const gchar *text)
{
  assert_harmless (text, SANITIZED_MAX);
}

void
fuzz_assert_error (const GError *error)
{
  const GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (error);

  g_assert_nonnull (facts);
  g_assert_cmpint (error->code, >=, 0);
  g_assert_cmpint (error->code, <=, GST_HAILUO_ERROR_LAST);
  assert_harmless (error->message, MESSAGE_MAX);
  if (facts->provider_code != NULL)
    fuzz_assert_sane (facts->provider_code);
  if (facts->provider_message != NULL)
    fuzz_assert_sane (facts->provider_message);
  g_assert_cmpint (facts->retry_after, >=, -1);
  g_assert_nonnull (gst_hailuo_billed_get_name (facts->billed));
}

gboolean
fuzz_split_response (
    const guint8 *data, gsize size, GstHailuoResponse *response)
{
  guint i;

  if (size < 4)
    return FALSE;
  response->status = 0;
  for (i = 0; i < 3; i++)
    response->status = response->status * 10 + (guint8) (data[i] - '0') % 10;
  response->body = g_bytes_new_static (data + 4, size - 4);
  response->key = g_strdup (FUZZ_KEY);
  return TRUE;
}
