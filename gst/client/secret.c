/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "secret.h"

#include <string.h>

/* This many consecutive characters give a key away; a shorter key counts as a
 * whole, and one shorter than WHOLE_MIN is not masked. */
#define PART 8
#define WHOLE_MIN 6

#define DECODES_MAX 6 /* nested levels of escapes */
#define OTHER 0xff    /* any non-ASCII character: no key has one */

struct _GstHailuoMask
{
  guint n;        /* bytes of a part */
  guint64 bytes;  /* mask for the bytes of a part */
  guint shift;    /* turns a hash into a slot */
  gsize n_slots;  /* a power of two; at least half of the slots are empty */
  guint64 *parts; /* slots: each part of the key, in lower case, as a number; 0:
                   * empty */
};

/* A text in the form that is compared */
typedef struct
{
  guchar *chars; /* in lower case */
  guint32 *at;   /* offset of each of them in the text, and of its end */
  gsize n;
} View;

static void
view_init (View *self, const gchar *text)
{
  gsize i;

  self->n = strlen (text);
  self->chars = g_new (guchar, self->n);
  self->at = g_new (guint32, self->n + 1);
  for (i = 0; i < self->n; i++)
    self->chars[i] = g_ascii_tolower (text[i]);
  for (i = 0; i <= self->n; i++)
    self->at[i] = i;
}

static void
view_clear (View *self)
{
  g_free (self->chars);
  g_free (self->at);
}

/* Characters that a reader does not see, or sees as part of another one: the
 * key is still readable with them in it. */
static gboolean
is_invisible (gunichar c)
{
  switch (g_unichar_type (c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_NON_SPACING_MARK:
    case G_UNICODE_ENCLOSING_MARK:
      return TRUE;
    default:
      /* plus the Hangul fillers */
      return g_unichar_iszerowidth (c) || c == 0x115f || c == 0x3164
          || c == 0xffa0;
  }
}

/* The value of @n hexadecimal digits; -1 if they are invalid. */
static gint
get_hex (const guchar *digits, gsize length, guint n)
{
  gint value = 0;
  guint i;

  if (length < n)
    return -1;
  for (i = 0; i < n; i++) {
    if (!g_ascii_isxdigit (digits[i]))
      return -1;
    value = value * 16 + g_ascii_xdigit_value (digits[i]);
  }
  return value;
}

/* The character that the escape at @text stands for, and its length @n; -1 if
 * there is none.  Half a surrogate pair counts as a character here. */
static gint
get_escaped (const guchar *text, gsize length, gsize *n)
{
  static const gchar escapes[] = "\"\\/bfnrt", chars[] = "\"\\/\b\f\n\r\t";
  const gchar *escape;

  if (length < 2)
    return -1;
  if (text[0] == '%') {
    *n = 3;
    return get_hex (text + 1, length - 1, 2);
  }
  if (text[1] == 'u') {
    *n = 6;
    return get_hex (text + 2, length - 2, 4);
  }
  *n = 2;
  escape = memchr (escapes, text[1], sizeof escapes - 1);
  return escape != NULL ? chars[escape - escapes] : -1;
}

/* The byte to compare in place of the character at @text, 0 if it is invisible;
 * @n is the length of that character in the text. */
static guchar
decode (const guchar *text, gsize length, gsize *n)
{
  gint escaped = *text == '%' || *text == '\\' ? get_escaped (text, length, n)
                                               : -1;
  gunichar c = escaped;

  /* may be one byte of a UTF-8 character, which the next round decodes */
  if (escaped >= 0x80 && *text == '%')
    return escaped;
  if (escaped < 0) {
    *n = 1;
    c = *text;
    if (c >= 0x80)
      c = g_utf8_get_char_validated ((const gchar *) text, length);
    if (c > 0x10ffff)
      return *text;
    if (c >= 0x80)
      *n = g_unichar_to_utf8 (c, NULL);
  }
  if (c < 0x80)
    return g_ascii_iscntrl (c) ? 0 : g_ascii_tolower (c);
  return is_invisible (c) ? 0 : OTHER;
}

/* Decodes one level of %XX and JSON escapes, and drops invisible characters.
 * FALSE: there was nothing to decode or drop. */
static gboolean
view_decode (View *self)
{
  const gsize before = self->n;
  gsize from = 0, to = 0, n = 0;

  for (; from < before; from += n) {
    const guchar c = decode (self->chars + from, before - from, &n);

    if (c == 0)
      continue;
    self->at[to] = self->at[from];
    self->chars[to++] = c;
  }
  self->at[to] = self->at[before];
  self->n = to;
  return to < before;
}

static guint64 *
find_slot (const GstHailuoMask *self, guint64 part)
{
  gsize slot = (part * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> self->shift;

  while (self->parts[slot] != 0 && self->parts[slot] != part)
    slot = (slot + 1) & (self->n_slots - 1);
  return &self->parts[slot];
}

/* Marks in @hidden the bytes of the text that give the key away. */
static gboolean
mark (const GstHailuoMask *self, const View *view, guint8 *hidden)
{
  gboolean found = FALSE;
  guint64 part = 0;
  gsize i;

  for (i = 0; i < view->n; i++) {
    gsize first = i + 1 - self->n;

    part = (part << 8 | view->chars[i]) & self->bytes;
    if (i + 1 < self->n || *find_slot (self, part) == 0)
      continue;
    memset (hidden + view->at[first], TRUE, view->at[i + 1] - view->at[first]);
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
      /* keep JSON within a string valid: half an escape would break it */
      while (out->len > 0 && out->str[out->len - 1] == '\\')
        g_string_truncate (out, out->len - 1);
      g_string_append (out, GST_HAILUO_SECRET_MASK);
    }
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* A JSON Web Token without its generic header; any other key unchanged. */
static const gchar *
skip_head (const gchar *key)
{
  const gchar *dot = g_str_has_prefix (key, "eyJ") ? strchr (key, '.') : NULL;

  return dot != NULL ? dot + 1 : key;
}

static void
add_parts (GstHailuoMask *self, const gchar *key)
{
  guint64 part = 0;
  gsize i;

  for (i = 0; key[i] != '\0'; i++) {
    part = (part << 8 | (guchar) g_ascii_tolower (key[i])) & self->bytes;
    if (i + 1 >= self->n)
      *find_slot (self, part) = part;
  }
}

GstHailuoMask *
gst_hailuo_mask_new (const gchar *key)
{
  const gchar *own = key != NULL ? skip_head (key) : "";
  const gsize length = strlen (own);
  GstHailuoMask *self;

  if (length < WHOLE_MIN)
    return NULL;
  self = g_new0 (GstHailuoMask, 1);
  self->n = MIN (length, PART);
  self->bytes = G_MAXUINT64 >> (64 - 8 * self->n);
  self->shift = 64 - g_bit_storage (2 * length);
  self->n_slots = (gsize) 1 << (64 - self->shift);
  self->parts = g_new0 (guint64, self->n_slots);
  add_parts (self, own);
  return self;
}

void
gst_hailuo_mask_free (GstHailuoMask *self)
{
  if (self == NULL)
    return;
  explicit_bzero (self->parts, self->n_slots * sizeof *self->parts);
  g_free (self->parts);
  g_free (self);
}

gchar *
gst_hailuo_mask_apply (const GstHailuoMask *self, const gchar *text)
{
  g_autofree guint8 *hidden = NULL;
  gchar *masked = NULL;
  gboolean found;
  View view;
  guint i;

  /* decoding never makes it longer */
  if (self == NULL || text == NULL || strlen (text) < self->n)
    return NULL;
  hidden = g_new0 (guint8, strlen (text) + 1);
  view_init (&view, text);
  found = mark (self, &view, hidden);
  for (i = 0; i < DECODES_MAX && view_decode (&view); i++)
    found |= mark (self, &view, hidden);
  view_clear (&view);
  if (found)
    masked = replace (text, hidden);
  return masked;
}

gchar *
gst_hailuo_secret_mask (const gchar *key, const gchar *text)
{
  g_autoptr (GstHailuoMask) mask = gst_hailuo_mask_new (key);

  return gst_hailuo_mask_apply (mask, text);
}

void
gst_hailuo_secret_clear (gchar **secret)
{
  if (*secret != NULL)
    explicit_bzero (*secret, strlen (*secret));
  g_clear_pointer (secret, g_free);
}
