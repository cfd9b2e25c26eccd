/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The JSON validator, against a second reader of RFC 8259 written from the
 * RFC alone; and the getters, against json-glib's own.  The input is the
 * text. */
#include "fuzz.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "json.h"

#define EXACT_MAX (G_GINT64_CONSTANT (1) << 53)

/* The second reader: recursive descent, as the grammar is written. */
typedef struct
{
  const gchar *at, *end;
  guint depth, names, values;
} Reader;

static gboolean read_value (Reader *reader);

static gint
peek (const Reader *reader)
{
  return reader->at < reader->end ? (guchar) *reader->at : -1;
}

static gboolean
accept (Reader *reader, gchar c)
{
  if (peek (reader) != c)
    return FALSE;
  reader->at++;
  return TRUE;
}

static void
read_ws (Reader *reader)
{
  while (accept (reader, ' ') || accept (reader, '\t') || accept (reader, '\n')
      || accept (reader, '\r'))
    ;
}

static gboolean
read_word (Reader *reader, const gchar *word)
{
  for (; *word != '\0'; word++) {
    if (!accept (reader, *word))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_some_digits (Reader *reader)
{
  guint n = 0;

  for (; peek (reader) >= '0' && peek (reader) <= '9'; n++)
    reader->at++;
  return n > 0;
}

/* [ minus ] int [ frac ] [ exp ] */
static gboolean
read_number (Reader *reader)
{
  accept (reader, '-');
  if (!accept (reader, '0') && !read_some_digits (reader))
    return FALSE;
  if (accept (reader, '.') && !read_some_digits (reader))
    return FALSE;
  if (!accept (reader, 'e') && !accept (reader, 'E'))
    return TRUE;
  if (!accept (reader, '+'))
    accept (reader, '-');
  return read_some_digits (reader);
}

static gboolean
read_unit (Reader *reader, guint *unit)
{
  guint i;

  *unit = 0;
  for (i = 0; i < 4; i++) {
    gint c = peek (reader);

    if (c < 0 || !g_ascii_isxdigit (c))
      return FALSE;
    *unit = *unit << 4 | (guint) g_ascii_xdigit_value (c);
    reader->at++;
  }
  return TRUE;
}

/* Beyond the RFC: no NUL, and no half of a surrogate pair. */
static gboolean
read_escaped_unit (Reader *reader, GString *text)
{
  guint high, low;

  if (!read_unit (reader, &high) || high == 0)
    return FALSE;
  if (high >= 0xd800 && high < 0xe000) {
    if (high >= 0xdc00 || !read_word (reader, "\\u")
        || !read_unit (reader, &low) || low < 0xdc00 || low > 0xdfff)
      return FALSE;
    high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
  }
  g_string_append_unichar (text, high);
  return TRUE;
}

static gboolean
read_text (Reader *reader, GString *text)
{
  static const gchar written[] = "\"\\/bfnrt";
  static const gchar meant[] = "\"\\/\b\f\n\r\t";

  if (!accept (reader, '"'))
    return FALSE;
  for (;;) {
    gint c = peek (reader);
    const gchar *found;

    if (c < 0x20) /* or the end */
      return FALSE;
    reader->at++;
    if (c == '"')
      return TRUE;
    if (c != '\\') {
      g_string_append_c (text, c);
      continue;
    }
    if (accept (reader, 'u')) {
      if (!read_escaped_unit (reader, text))
        return FALSE;
      continue;
    }
    found = peek (reader) > 0 ? strchr (written, peek (reader)) : NULL;
    if (found == NULL)
      return FALSE;
    reader->at++;
    g_string_append_c (text, meant[found - written]);
  }
}

static gboolean
read_member (Reader *reader, GHashTable *names)
{
  g_autoptr (GString) name = g_string_new (NULL);

  read_ws (reader);
  if (!read_text (reader, name)
      || !g_hash_table_add (names, g_strdup (name->str))
      || g_hash_table_size (names) > GST_HAILUO_JSON_MAX_MEMBERS
      || ++reader->names > GST_HAILUO_JSON_MAX_NAMES)
    return FALSE;
  read_ws (reader);
  return accept (reader, ':') && read_value (reader);
}

/* @names is NULL for an array. */
static gboolean
read_container (Reader *reader, GHashTable *names)
{
  const gchar close = names != NULL ? '}' : ']';

  reader->at++;
  if (++reader->depth > GST_HAILUO_JSON_MAX_DEPTH)
    return FALSE;
  read_ws (reader);
  if (!accept (reader, close)) {
    do {
      if (names != NULL ? !read_member (reader, names) : !read_value (reader))
        return FALSE;
    } while (accept (reader, ','));
    if (!accept (reader, close))
      return FALSE;
  }
  reader->depth--;
  return TRUE;
}

static gboolean
read_bare_value (Reader *reader)
{
  g_autoptr (GString) text = NULL;
  g_autoptr (GHashTable) names = NULL;

  switch (peek (reader)) {
    case '{':
      names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      return read_container (reader, names);
    case '[':
      return read_container (reader, NULL);
    case '"':
      text = g_string_new (NULL);
      return read_text (reader, text);
    case 't':
      return read_word (reader, "true");
    case 'f':
      return read_word (reader, "false");
    case 'n':
      return read_word (reader, "null");
    default:
      return read_number (reader);
  }
}

static gboolean
read_value (Reader *reader)
{
  read_ws (reader);
  if (++reader->values > GST_HAILUO_JSON_MAX_VALUES
      || !read_bare_value (reader))
    return FALSE;
  read_ws (reader);
  return TRUE;
}

static gboolean
is_json (const gchar *data, gsize size)
{
  Reader reader = { .at = data, .end = data + size };

  return size <= GST_HAILUO_JSON_MAX_SIZE && g_utf8_validate (data, size, NULL)
      && read_value (&reader) && reader.at == reader.end;
}

/* The same text, parsed beside the key */
static JsonNode *beside_key;

/* What is a part of the key is not there any more, and all else is. */
static void
check_masked (const gchar *path, const gchar *text)
{
  g_autofree gchar *masked = gst_hailuo_json_dup_text (beside_key, path);

  g_assert_false (fuzz_has_key (masked));
  if (!fuzz_has_key (text))
    g_assert_cmpstr (masked, ==, text);
}

/* All that is in JSON that was in a string */
static void
check_embedded (JsonNode *node)
{
  JsonObjectIter iter;
  JsonNode *child;
  guint i;

  if (JSON_NODE_HOLDS_OBJECT (node)) {
    json_object_iter_init (&iter, json_node_get_object (node));
    while (json_object_iter_next (&iter, NULL, &child))
      check_embedded (child);
  } else if (JSON_NODE_HOLDS_ARRAY (node)) {
    for (i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
      check_embedded (json_array_get_element (json_node_get_array (node), i));
  } else if (JSON_NODE_HOLDS_VALUE (node)) {
    g_assert_false (fuzz_has_key (json_node_get_string (node)));
  }
}

/* What the getters must say of a node that json-glib says this of. */
static void
check_string (JsonNode *root, JsonNode *node, const gchar *path)
{
  const gchar *text = json_node_get_string (node);
  g_autofree gchar *copy = gst_hailuo_json_dup_text (root, path);
  g_autoptr (JsonNode) inner = gst_hailuo_json_dup_embedded (root, path, NULL);
  g_autoptr (JsonNode)
      masked = gst_hailuo_json_dup_embedded (beside_key, path, FUZZ_KEY);
  gint64 value;

  if (*text == '\0')
    text = NULL;
  check_masked (path, text);
  if (masked != NULL)
    check_embedded (masked);
  g_assert_cmpstr (gst_hailuo_json_get_string (root, path), ==, text);
  g_assert_cmpstr (copy, ==, text);
  g_assert_true (inner == NULL || JSON_NODE_HOLDS_OBJECT (inner));
  g_assert_true (inner == NULL || is_json (text, strlen (text)));
  if (gst_hailuo_json_get_int (root, path, &value)) {
    g_assert_cmpuint (strspn (text, "0123456789"), ==, strlen (text));
    g_assert_cmpint (value, ==, g_ascii_strtoll (text, NULL, 10));
    g_assert_cmpint (value, <=, EXACT_MAX);
  }
}

static void
check_number (JsonNode *root, JsonNode *node, const gchar *path)
{
  g_autofree gchar *copy = gst_hailuo_json_dup_text (root, path);
  gdouble number = json_node_get_double (node);
  gint64 value = -1;
  gboolean whole = gst_hailuo_json_get_int (root, path, &value);

  check_masked (path, copy);
  g_assert_null (gst_hailuo_json_get_string (root, path));
  g_assert_nonnull (copy);
  if (json_node_get_value_type (node) == G_TYPE_INT64) {
    gint64 exact = json_node_get_int (node);

    g_assert_true (whole == (exact >= 0 && exact <= EXACT_MAX));
    g_assert_cmpint (g_ascii_strtoll (copy, NULL, 10), ==, exact);
  } else {
    g_assert_true (g_ascii_strtod (copy, NULL) == number);
  }
  if (whole)
    g_assert_true ((gdouble) value == number);
}

static void
check_other (JsonNode *root, const gchar *path)
{
  gint64 value;

  g_assert_null (gst_hailuo_json_get_string (root, path));
  g_assert_null (gst_hailuo_json_dup_text (root, path));
  g_assert_false (gst_hailuo_json_get_int (root, path, &value));
}

static void check_node (JsonNode *root, JsonNode *node, GString *path);

static void
check_child (JsonNode *root, JsonNode *node, GString *path, const gchar *name)
{
  gsize length = path->len;

  /* a path cannot say these */
  if (strchr (name, '.') != NULL || (length == 0 && *name == '\0'))
    return;
  if (length > 0)
    g_string_append_c (path, '.');
  g_string_append (path, name);
  check_node (root, node, path);
  g_string_truncate (path, length);
}

static void
check_children (JsonNode *root, JsonNode *node, GString *path)
{
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *child;
  guint i;

  if (JSON_NODE_HOLDS_OBJECT (node)) {
    json_object_iter_init (&iter, json_node_get_object (node));
    while (json_object_iter_next (&iter, &name, &child))
      check_child (root, child, path, name);
    return;
  }
  for (i = 0; i < json_array_get_length (json_node_get_array (node)); i++) {
    g_autofree gchar *index = g_strdup_printf ("%u", i);

    check_child (root, json_array_get_element (json_node_get_array (node), i),
        path, index);
  }
}

static gboolean
is_empty_text (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING
      && *json_node_get_string (node) == '\0';
}

static void
check_node (JsonNode *root, JsonNode *node, GString *path)
{
  g_assert_true (gst_hailuo_json_has (root, path->str)
      == (!JSON_NODE_HOLDS_NULL (node) && !is_empty_text (node)));
  if (!JSON_NODE_HOLDS_VALUE (node)) {
    check_other (root, path->str);
    if (!JSON_NODE_HOLDS_NULL (node))
      check_children (root, node, path);
  } else if (json_node_get_value_type (node) == G_TYPE_STRING) {
    check_string (root, node, path->str);
  } else if (json_node_get_value_type (node) == G_TYPE_BOOLEAN) {
    check_other (root, path->str);
  } else {
    check_number (root, node, path->str);
  }
}

static gboolean
match_any (const gchar *name, const gchar *value)
{
  return TRUE;
}

static void
check_root (JsonNode *root)
{
  g_autoptr (GString) path = g_string_new (NULL);
  g_autofree gchar *found = gst_hailuo_json_search (root, match_any);

  g_assert_true (JSON_NODE_HOLDS_OBJECT (root));
  g_assert_true (found == NULL || g_utf8_validate (found, -1, NULL));
  check_children (root, root, path);
}

gint
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const gchar *text = size > 0 ? (const gchar *) data : NULL;
  gboolean valid = size > 0 && is_json (text, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (JsonParser) parser = NULL;

  g_assert_true (valid == gst_hailuo_json_validate (text, size, &error));
  g_assert_true (valid == (error == NULL));
  if (error != NULL)
    fuzz_assert_error (error);
  root = gst_hailuo_json_parse (text, size, NULL, NULL);
  if (!valid) {
    g_assert_null (root);
    return 0;
  }
  /* as it is, too: what is valid makes json-glib neither cry nor leak */
  parser = json_parser_new ();
  g_assert_true (json_parser_load_from_data (parser, text, size, NULL));
  g_assert_true (
      (root != NULL) == JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)));
  if (root != NULL) {
    beside_key = gst_hailuo_json_parse (text, size, FUZZ_KEY, NULL);
    check_root (root);
    g_clear_pointer (&beside_key, json_node_unref);
  }
  return 0;
}
