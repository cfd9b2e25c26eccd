/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json.h"

#include <math.h>
#include <string.h>

#include "error.h"
#include "secret.h"

#define INT_MAX_EXACT (G_GINT64_CONSTANT (1) << 53)

/* The validator: a pushdown automaton with a bounded stack. */
typedef struct
{
  const gchar *at, *end;
  guint depth;
  guint values, names_seen;
  const gchar *what; /* (static) (nullable) what there are too many of */
  guint limit;       /* the maximum of @what */
  gboolean is_object[GST_HAILUO_JSON_MAX_DEPTH];
  /* (element-type utf8) names; NULL for arrays */
  GHashTable *names[GST_HAILUO_JSON_MAX_DEPTH];
  /* (nullable) (element-type Number) numbers that json-glib would alter */
  GArray *large;
} Scanner;

typedef struct
{
  const gchar *start, *end;
} Number;

static gboolean
refuse (Scanner *scan, guint limit, const gchar *what)
{
  scan->limit = limit;
  scan->what = what;
  return FALSE;
}

static void
skip_space (Scanner *scan)
{
  while (scan->at < scan->end && strchr (" \t\r\n", *scan->at) != NULL)
    scan->at++;
}

static gboolean
skip_char (Scanner *scan, gchar c)
{
  if (scan->at >= scan->end || *scan->at != c)
    return FALSE;
  scan->at++;
  return TRUE;
}

static gboolean
skip_literal (Scanner *scan, const gchar *literal)
{
  gsize length = strlen (literal);

  if ((gsize) (scan->end - scan->at) < length
      || memcmp (scan->at, literal, length) != 0)
    return FALSE;
  scan->at += length;
  return TRUE;
}

static gboolean
skip_digits (Scanner *scan)
{
  const gchar *start = scan->at;

  while (scan->at < scan->end && g_ascii_isdigit (*scan->at))
    scan->at++;
  return scan->at > start;
}

static gboolean
skip_fraction (Scanner *scan)
{
  if (skip_char (scan, '.') && !skip_digits (scan))
    return FALSE;
  if (skip_char (scan, 'e') || skip_char (scan, 'E')) {
    if (!skip_char (scan, '+'))
      skip_char (scan, '-');
    return skip_digits (scan);
  }
  return TRUE;
}

static gboolean
is_finite (const Number *number)
{
  g_autofree gchar *text = g_strndup (
      number->start, number->end - number->start);

  return isfinite (g_ascii_strtod (text, NULL));
}

static gboolean
skip_number (Scanner *scan)
{
  Number number = { scan->at, NULL };
  gboolean whole;

  skip_char (scan, '-');
  if (!skip_char (scan, '0') && !skip_digits (scan))
    return FALSE;
  number.end = scan->at;
  if (!skip_fraction (scan))
    return FALSE;
  whole = scan->at == number.end;
  number.end = scan->at;
  /* 18 digits always fit in a gint64 */
  if (scan->large != NULL
      && ((whole && number.end - number.start > 18)
          || (!whole && !is_finite (&number))))
    g_array_append_val (scan->large, number);
  return TRUE;
}

/* The value of the four digits of a \u escape; -1 if they are invalid. */
static gint
scan_hex (Scanner *scan)
{
  gint value = 0;
  guint i;

  for (i = 0; i < 4; i++) {
    if (scan->at >= scan->end || !g_ascii_isxdigit (*scan->at))
      return -1;
    value = value * 16 + g_ascii_xdigit_value (*scan->at++);
  }
  return value;
}

static gboolean
skip_escape (Scanner *scan)
{
  gint unit;

  if (scan->at >= scan->end)
    return FALSE;
  if (*scan->at != 'u')
    return strchr ("\"\\/bfnrt", *scan->at++) != NULL;
  scan->at++;
  unit = scan_hex (scan);
  /* NUL would end a string early; half a surrogate pair is not a character */
  if (unit <= 0 || (unit >= 0xdc00 && unit <= 0xdfff))
    return FALSE;
  if (unit >= 0xd800 && unit <= 0xdbff) {
    if (!skip_literal (scan, "\\u"))
      return FALSE;
    unit = scan_hex (scan);
    return unit >= 0xdc00 && unit <= 0xdfff;
  }
  return TRUE;
}

static gboolean
skip_string (Scanner *scan)
{
  if (!skip_char (scan, '"'))
    return FALSE;
  while (scan->at < scan->end) {
    guchar c = *scan->at++;

    if (c == '"')
      return TRUE;
    if (c < 0x20 || (c == '\\' && !skip_escape (scan)))
      return FALSE;
  }
  return FALSE;
}

/* Unescapes a name, so that "\u0061" is the same as "a". */
static gchar *
dup_name (const gchar *start, gsize length)
{
  g_autofree gchar *written = g_strndup (start, length);
  g_autoptr (JsonNode) node = NULL;

  if (strchr (written, '\\') != NULL)
    node = json_from_string (written, NULL);
  return node ? json_node_dup_string (node) : g_strndup (start + 1, length - 2);
}

static gboolean
skip_name (Scanner *scan)
{
  GHashTable *names = scan->names[scan->depth - 1];
  const gchar *start;

  skip_space (scan);
  start = scan->at;
  if (!skip_string (scan))
    return FALSE;
  if (g_hash_table_size (names) >= GST_HAILUO_JSON_MAX_MEMBERS)
    return refuse (scan, GST_HAILUO_JSON_MAX_MEMBERS, "members in an object");
  if (++scan->names_seen > GST_HAILUO_JSON_MAX_NAMES)
    return refuse (scan, GST_HAILUO_JSON_MAX_NAMES, "names");
  if (!g_hash_table_add (names, dup_name (start, scan->at - start)))
    return refuse (scan, 1, "member of the same name in an object");
  skip_space (scan);
  return skip_char (scan, ':');
}

static gboolean
push (Scanner *scan, gboolean is_object)
{
  if (scan->depth >= GST_HAILUO_JSON_MAX_DEPTH)
    return refuse (scan, GST_HAILUO_JSON_MAX_DEPTH, "levels");
  scan->is_object[scan->depth] = is_object;
  scan->names[scan->depth] = is_object
      ? g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL)
      : NULL;
  scan->depth++;
  return TRUE;
}

static void
pop (Scanner *scan)
{
  scan->depth--;
  g_clear_pointer (&scan->names[scan->depth], g_hash_table_unref);
}

/* Skips up to and including the next scalar or empty container. */
static gboolean
skip_to_leaf (Scanner *scan)
{
  for (;;) {
    skip_space (scan);
    if (scan->at >= scan->end)
      return FALSE;
    if (++scan->values > GST_HAILUO_JSON_MAX_VALUES)
      return refuse (scan, GST_HAILUO_JSON_MAX_VALUES, "values");
    switch (*scan->at) {
      case '{':
      case '[': {
        gboolean is_object = *scan->at++ == '{';

        if (!push (scan, is_object))
          return FALSE;
        skip_space (scan);
        if (skip_char (scan, is_object ? '}' : ']')) {
          pop (scan);
          return TRUE;
        }
        if (is_object && !skip_name (scan))
          return FALSE;
        break;
      }
      case '"':
        return skip_string (scan);
      case 't':
        return skip_literal (scan, "true");
      case 'f':
        return skip_literal (scan, "false");
      case 'n':
        return skip_literal (scan, "null");
      default:
        return skip_number (scan);
    }
  }
}

static gboolean
skip_text (Scanner *scan)
{
  for (;;) {
    if (!skip_to_leaf (scan))
      return FALSE;
    for (;;) {
      skip_space (scan);
      if (scan->depth == 0)
        return scan->at == scan->end;
      if (skip_char (scan, ',')) {
        if (scan->is_object[scan->depth - 1] && !skip_name (scan))
          return FALSE;
        break;
      }
      if (!skip_char (scan, scan->is_object[scan->depth - 1] ? '}' : ']'))
        return FALSE;
      pop (scan);
    }
  }
}

static gboolean
validate (Scanner *scan, GError **error)
{
  const gchar *start = scan->at;
  const gsize length = scan->end - start;
  gboolean valid;

  if (length > GST_HAILUO_JSON_MAX_SIZE) {
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_FAILED,
        "it has more than %d bytes", GST_HAILUO_JSON_MAX_SIZE);
    return FALSE;
  }
  if (length == 0 || !g_utf8_validate_len (start, length, NULL)) {
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_FAILED,
        length == 0 ? "it is empty" : "it is not valid UTF-8");
    return FALSE;
  }
  valid = skip_text (scan);
  while (scan->depth > 0)
    pop (scan);
  if (scan->what != NULL)
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_FAILED,
        "it has more than %u %s", scan->limit, scan->what);
  else if (!valid)
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_FAILED,
        "it is not JSON from byte %" G_GSIZE_FORMAT " on",
        (gsize) (scan->at - start));
  return valid;
}

gboolean
gst_hailuo_json_validate (const gchar *data, gsize length, GError **error)
{
  Scanner scan = { .at = data, .end = data ? data + length : NULL };

  return validate (&scan, error);
}

/* Turns numbers that overflow into strings: json-glib would wrap an integer
 * around into another one, possibly even a success code. */
static gchar *
quote_large (const gchar *data, gsize length, GArray *large)
{
  g_autoptr (GString) text = g_string_sized_new (length + 2 * large->len);
  const gchar *at = data;
  guint i;

  for (i = 0; i < large->len; i++) {
    const Number *number = &g_array_index (large, Number, i);

    g_string_append_len (text, at, number->start - at);
    g_string_append_c (text, '"');
    g_string_append_len (text, number->start, number->end - number->start);
    g_string_append_c (text, '"');
    at = number->end;
  }
  g_string_append_len (text, at, data + length - at);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static GType
get_value_type (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
      ? json_node_get_value_type (node)
      : G_TYPE_INVALID;
}

/* A string or a number as text. (transfer full) (nullable) */
static gchar *
dup_value (JsonNode *node)
{
  GType type = get_value_type (node);
  gchar number[G_ASCII_DTOSTR_BUF_SIZE];

  if (type == G_TYPE_STRING)
    return json_node_dup_string (node);
  if (type == G_TYPE_INT64)
    return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
  if (type == G_TYPE_DOUBLE)
    return g_strdup (
        g_ascii_dtostr (number, sizeof number, json_node_get_double (node)));
  return NULL;
}

/* Masks the key in the unescaped values, where "\u0061" is an "a".  The
 * recursion is bounded by MAX_DEPTH, which the validator enforces. */
static void
mask_values (JsonNode *node, const GstHailuoMask *mask)
{
  if (JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *array = json_node_get_array (node);
    guint i;

    for (i = 0; i < json_array_get_length (array); i++)
      mask_values (json_array_get_element (array, i), mask);
  } else if (JSON_NODE_HOLDS_OBJECT (node)) {
    JsonObjectIter iter;
    JsonNode *value;

    json_object_iter_init (&iter, json_node_get_object (node));
    while (json_object_iter_next (&iter, NULL, &value))
      mask_values (value, mask);
  } else {
    g_autofree gchar *text = dup_value (node);
    g_autofree gchar *masked = gst_hailuo_mask_apply (mask, text);

    if (masked != NULL)
      json_node_set_string (node, masked);
  }
}

JsonNode *
gst_hailuo_json_parse (
    const gchar *data, gsize length, const gchar *key, GError **error)
{
  g_autoptr (GArray) large = g_array_new (FALSE, FALSE, sizeof (Number));
  Scanner scan = {
    .at = data, .end = data ? data + length : NULL, .large = large
  };
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (GstHailuoMask) mask = NULL;
  g_autofree gchar *text = NULL;

  /* json-glib 1.6 recurses, leaks and accepts more than JSON: validate first */
  if (!validate (&scan, error))
    return NULL;
  text = quote_large (data, length, large);
  parser = json_parser_new ();
  if (json_parser_load_from_data (parser, text, -1, NULL))
    root = json_parser_steal_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root)) {
    gst_hailuo_set_error (
        error, GST_HAILUO_ERROR_FAILED, "it is not a JSON object");
    return NULL;
  }
  mask = gst_hailuo_mask_new (key);
  if (mask != NULL)
    mask_values (root, mask);
  return g_steal_pointer (&root);
}

/* null counts as missing. (transfer none) (nullable) */
static JsonNode *
find_node (JsonNode *node, const gchar *path)
{
  g_auto (GStrv) steps = g_strsplit (path, ".", -1);
  guint i;

  for (i = 0; node != NULL && steps[i] != NULL; i++) {
    if (JSON_NODE_HOLDS_OBJECT (node)) {
      node = json_object_get_member (json_node_get_object (node), steps[i]);
    } else if (JSON_NODE_HOLDS_ARRAY (node)) {
      JsonArray *array = json_node_get_array (node);
      guint64 index;

      node = g_ascii_string_to_unsigned (
                 steps[i], 10, 0, G_MAXUINT, &index, NULL)
              && index < json_array_get_length (array)
          ? json_array_get_element (array, index)
          : NULL;
    } else {
      node = NULL;
    }
  }
  return node == NULL || JSON_NODE_HOLDS_NULL (node) ? NULL : node;
}

gboolean
gst_hailuo_json_has (JsonNode *root, const gchar *path)
{
  JsonNode *node = find_node (root, path);

  return node != NULL
      && (get_value_type (node) != G_TYPE_STRING
          || *json_node_get_string (node) != '\0');
}

static gboolean
is_nothing (JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_object_get_size (json_node_get_object (node)) == 0;
  if (JSON_NODE_HOLDS_ARRAY (node))
    return json_array_get_length (json_node_get_array (node)) == 0;
  return JSON_NODE_HOLDS_NULL (node)
      || g_strcmp0 (json_node_get_string (node), "") == 0;
}

GStrv
gst_hailuo_json_list_members (JsonNode *root, const gchar *path)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  JsonNode *member, *node = find_node (root, path);
  const gchar *name;
  JsonObjectIter at;

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node)) {
    if (node != NULL && !is_nothing (node))
      g_strv_builder_add (names, "");
    return g_strv_builder_end (names);
  }
  json_object_iter_init (&at, json_node_get_object (node));
  while (json_object_iter_next (&at, &name, &member)) {
    if (!is_nothing (member))
      g_strv_builder_add (names, name);
  }
  return g_strv_builder_end (names);
}

const gchar *
gst_hailuo_json_get_string (JsonNode *root, const gchar *path)
{
  JsonNode *node = find_node (root, path);
  const gchar *text;

  if (get_value_type (node) != G_TYPE_STRING)
    return NULL;
  text = json_node_get_string (node);
  return text != NULL && *text != '\0' ? text : NULL;
}

gboolean
gst_hailuo_json_get_int (JsonNode *root, const gchar *path, gint64 *value)
{
  JsonNode *node = find_node (root, path);
  GType type = get_value_type (node);
  gdouble number = -1;

  if (type == G_TYPE_INT64) {
    gint64 exact = json_node_get_int (node);

    if (exact < 0 || exact > INT_MAX_EXACT)
      return FALSE;
    *value = exact;
    return TRUE;
  }
  if (type == G_TYPE_STRING) {
    const gchar *text = json_node_get_string (node);
    guint64 parsed;

    /* GLib would skip a leading vertical tab */
    if (!g_ascii_isdigit (*text)
        || !g_ascii_string_to_unsigned (
            text, 10, 0, INT_MAX_EXACT, &parsed, NULL))
      return FALSE;
    *value = parsed;
    return TRUE;
  }
  if (type == G_TYPE_DOUBLE)
    number = json_node_get_double (node);
  if (!(number >= 0 && number <= INT_MAX_EXACT) || number != floor (number))
    return FALSE;
  *value = number;
  return TRUE;
}

gchar *
gst_hailuo_json_dup_text (JsonNode *root, const gchar *path)
{
  g_autofree gchar *text = dup_value (find_node (root, path));

  return text != NULL && *text != '\0' ? g_steal_pointer (&text) : NULL;
}

JsonNode *
gst_hailuo_json_dup_embedded (
    JsonNode *root, const gchar *path, const gchar *key)
{
  JsonNode *node = find_node (root, path);
  const gchar *text;

  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    return json_node_ref (node);
  text = gst_hailuo_json_get_string (root, path);
  return text != NULL && strlen (text) <= GST_HAILUO_JSON_MAX_EMBEDDED
      ? gst_hailuo_json_parse (text, strlen (text), key, NULL)
      : NULL;
}
