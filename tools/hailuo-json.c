/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hailuo-json.h"

#include <stdio.h>

/* (transfer full) */
static gchar *
escape_unseen (const gchar *json)
{
  g_autofree gchar *valid = g_utf8_make_valid (json, -1);
  g_autoptr (GString) out = g_string_new (NULL);
  const gchar *p;

  for (p = valid; *p != '\0'; p = g_utf8_next_char (p)) {
    const gunichar c = g_utf8_get_char (p);
    const GUnicodeType type = g_unichar_type (c);

    if (c < 0x7f
        || (g_unichar_isprint (c) && type != G_UNICODE_PRIVATE_USE
            && type != G_UNICODE_LINE_SEPARATOR
            && type != G_UNICODE_PARAGRAPH_SEPARATOR))
      g_string_append_unichar (out, c);
    else if (c < 0x10000)
      g_string_append_printf (out, "\\u%04x", c);
    else
      g_string_append_printf (out, "\\u%04x\\u%04x",
          0xd800 + ((c - 0x10000) >> 10), 0xdc00 + (c & 0x3ff));
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

void
hailuo_print_json (JsonBuilder *json, gboolean pretty)
{
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  g_autofree gchar *text = json_to_string (root, pretty);
  g_autofree gchar *escaped = escape_unseen (text);

  printf ("%s\n", escaped);
  fflush (stdout);
}
