/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "secret.h"

#include <string.h>

#define PART 8      /* characters of a key that tell the rest */
#define WHOLE_MIN 6 /* of a shorter key all of them count, but no fewer */

#define DECODES_MAX 6 /* levels of escapes, one within the other */
#define OTHER 0xff    /* than ASCII: no key has it */

struct _GstHailuoMask
{
  guint n;        /* bytes of a part */
  guint64 bytes;  /* those of a part, as a mask */
  guint shift;    /* of a hash, for a slot */
  gsize n_slots;  /* a power of two, at least half of them empty */
  guint64 *parts; /* slots: each part of the key, in lower case, as a number; 0:
                   * empty */
};

/* A text as it is compared */
typedef struct
{
  guchar *chars; /* in lower case */
  guint32 *at;   /* where in the text each of them is, and its end */
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

/* What nobody sees who reads the text, or sees as a part of another character:
 * the key is the key with it, too. */
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
      /* Hangul's fillers beside the rest */
      return g_unichar_iszerowidth (c) || c == 0x115f || c == 0x3164
          || c == 0xffa0;
  }
}

/* @n hexadecimal digits; -1: there are none. */
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

/* The character that an escape at @text stands for, and how @long it is; -1:
 * there is none.  Half of a surrogate pair is a character here. */
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

/* The byte to compare instead of the character at @text, and in how many it is
 * written there; 0: it is invisible. */
static guchar
decode (const guchar *text, gsize length, gsize *n)
{
  gint escaped = *text == '%' || *text == '\\' ? get_escaped (text, length, n)
                                               : -1;
  gunichar c = escaped;

  /* maybe a part of a character, which is seen in the next round */
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

/* Decodes one level of %XX and of JSON's escapes, and leaves out what is
 * invisible.  FALSE: there was nothing of that. */
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

/* Marks the bytes of the text in @hidden. */
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

  /* no decoding makes it longer */
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
