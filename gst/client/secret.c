/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "secret.h"

#include <string.h>

#define PART 8      /* characters of a key that tell the rest */
#define WHOLE_MIN 6 /* of a shorter key all of them count, but no fewer */

/* A text as it is compared */
typedef struct
{
  gchar *chars; /* in lower case */
  gsize *at;    /* where in the text each of them is, and its end */
  gsize n;
} View;

static void
view_init (View *self, const gchar *text, gboolean decode)
{
  const gsize length = strlen (text);
  gsize at = 0;

  self->chars = g_new (gchar, length + 1);
  self->at = g_new (gsize, length + 1);
  for (self->n = 0; at < length; self->n++) {
    gboolean escaped = decode && text[at] == '%'
        && g_ascii_isxdigit (text[at + 1]) && g_ascii_isxdigit (text[at + 2]);
    gint c = escaped ? g_ascii_xdigit_value (text[at + 1]) * 16
            + g_ascii_xdigit_value (text[at + 2])
                     : text[at];

    self->chars[self->n] = g_ascii_tolower (c);
    self->at[self->n] = at;
    at += escaped ? 3 : 1;
  }
  self->at[self->n] = length;
}

static void
view_clear (View *self)
{
  g_free (self->chars);
  g_free (self->at);
}

static gboolean
has (const gchar *key, gsize length, const gchar *part, gsize n)
{
  const gchar *last = key + length - n;
  const gchar *at = key;

  for (; at <= last; at++) {
    at = memchr (at, *part, last - at + 1);
    if (at == NULL)
      return FALSE;
    if (memcmp (at, part, n) == 0)
      return TRUE;
  }
  return FALSE;
}

/* Marks the bytes of the text in @hidden. */
static gboolean
mark (const gchar *key, const View *view, guint8 *hidden)
{
  const gsize length = strlen (key);
  const gsize n = MIN (length, PART);
  gboolean found = FALSE;
  gsize i;

  for (i = 0; i + n <= view->n; i++) {
    if (!has (key, length, view->chars + i, n))
      continue;
    memset (hidden + view->at[i], TRUE, view->at[i + n] - view->at[i]);
    found = TRUE;
  }
  return found;
}

static gchar *
replace (const gchar *text, const guint8 *hidden)
{
  g_autoptr (GString) out = g_string_new (NULL);
  gsize i;

  for (i = 0; text[i] != '\0'; i++) {
    if (!hidden[i]) {
      g_string_append_c (out, text[i]);
    } else if (i == 0 || !hidden[i - 1]) {
      /* JSON in a string stays JSON: half of an escape would break it */
      while (out->len > 0 && out->str[out->len - 1] == '\\')
        g_string_truncate (out, out->len - 1);
      g_string_append (out, GST_HAILUO_SECRET_MASK);
    }
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* The part of a JSON Web Token that is its own; any other key as it is. */
static const gchar *
skip_head (const gchar *key)
{
  const gchar *dot = g_str_has_prefix (key, "eyJ") ? strchr (key, '.') : NULL;

  return dot != NULL ? dot + 1 : key;
}

gchar *
gst_hailuo_secret_mask (const gchar *key, const gchar *text)
{
  g_autofree guint8 *hidden = NULL;
  gchar *lower, *masked = NULL;
  gboolean found = FALSE;
  guint decode;

  if (key == NULL || text == NULL || strlen (skip_head (key)) < WHOLE_MIN)
    return NULL;
  lower = g_ascii_strdown (skip_head (key), -1);
  hidden = g_new0 (guint8, strlen (text) + 1);
  for (decode = 0; decode < (strchr (text, '%') != NULL ? 2 : 1); decode++) {
    View view;

    view_init (&view, text, decode);
    found |= mark (lower, &view, hidden);
    view_clear (&view);
  }
  if (found)
    masked = replace (text, hidden);
  gst_hailuo_secret_clear (&lower);
  return masked;
}

void
gst_hailuo_secret_clear (gchar **secret)
{
  if (*secret != NULL)
    explicit_bzero (*secret, strlen (*secret));
  g_clear_pointer (secret, g_free);
}
