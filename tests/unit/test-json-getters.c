/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The typed getters: a host's answer never makes a critical. */
#include "unit.h"

#include "json.h"

/* One document for all rows; a member is named for what is odd about it. */
static const gchar document[] =
    "{"
    "\"text\":\"value\", \"empty\":\"\", \"null\":null,"
    "\"int\":7, \"zero\":0, \"minus\":-1, \"half\":1.5, \"whole\":200.0,"
    "\"exponent\":2e2, \"digits\":\"200\", \"true\":true, \"false\":false,"
    "\"escaped\":\"\\ud83d\\ude00 \\u00e9\\n\\/\","
    "\"max\":9007199254740992, \"over\":9007199254740993,"
    "\"overText\":\"9007199254740993\", \"maxText\":\"9007199254740992\","
    "\"int64\":9223372036854775807, \"beyond\":9223372036854775808,"
    "\"wraps\":18446744073709551816, \"wrapsNot\":-18446744073709551416,"
    "\"wrapsToOne\":-99999999999999999999, \"endless\":1e400,"
    "\"long\":123456789012345678,"
    "\"minusText\":\"-1\", \"plusText\":\"+200\", \"hexText\":\"0x10\","
    "\"spaceText\":\" 200\", \"tailText\":\"200x\", \"wordText\":\"ok\","
    "\"halfText\":\"1.5\", \"hugeText\":\"99999999999999999999999\","
    "\"object\":{\"text\":\"inner\", \"object\":{\"text\":\"innermost\"},"
    " \"array\":[\"one\", {\"text\":\"two\"}], \"null\":null},"
    "\"array\":[\"first\", 2, {\"text\":\"third\"}, [\"nested\"], null, true],"
    "\"none\":[], \"nothing\":{}, \"0\":\"a member\","
    "\"json\":\"{\\\"list\\\":[\\\"a\\\",\\\"b\\\"]}\","
    "\"jsonGarbage\":\"{not json\", \"jsonNumber\":\"7\","
    "\"jsonTwice\":\"{\\\"a\\\":1,\\\"a\\\":2}\","
    "\"jsonTail\":\"{} x\", \"jsonVariable\":\"var x = {}\""
    "}";

static JsonNode *
parse (void)
{
  g_autoptr (GError) error = NULL;
  JsonNode *root = gst_hailuo_json_parse (
      document, sizeof (document) - 1, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (root);
  return root;
}

typedef struct
{
  const gchar *description;
  const gchar *path;
  const gchar *value; /* NULL: there is none */
} TextRow;

static const TextRow string_rows[] = {
  { "there", "text", "value" },
  { "escapes", "escaped", "\xf0\x9f\x98\x80 \xc3\xa9\n/" },
  { "one level", "object.text", "inner" },
  { "two levels", "object.object.text", "innermost" },
  { "element", "array.0", "first" },
  { "member of an element", "array.2.text", "third" },
  { "element of an element", "array.3.0", "nested" },
  { "element in an object", "object.array.0", "one" },
  { "member of an element in an object", "object.array.1.text", "two" },
  { "a member with a number as name", "0", "a member" },

  { "missing", "missing", NULL },
  { "empty", "empty", NULL },
  { "null", "null", NULL },
  { "number", "int", NULL },
  { "true", "true", NULL },
  { "object", "object", NULL },
  { "array", "array", NULL },
  { "missing in an object", "object.missing", NULL },
  { "missing below missing", "missing.text.text", NULL },
  { "null in an object", "object.null", NULL },
  { "below null", "null.text", NULL },
  { "below null in an object", "object.null.text", NULL },
  { "below a string", "text.text", NULL },
  { "element of a string", "text.0", NULL },
  { "below a number", "int.text", NULL },
  { "below true", "true.0", NULL },
  { "element of an object", "object.0", NULL },
  { "name in an array", "array.text", NULL },
  { "number element", "array.1", NULL },
  { "null element", "array.4", NULL },
  { "below a null element", "array.4.text", NULL },
  { "first element beyond", "array.6", NULL },
  { "element of an empty array", "none.0", NULL },
  { "member of an empty object", "nothing.text", NULL },
  { "negative index", "array.-1", NULL },
  { "index with a sign", "array.+0", NULL },
  { "index with a tail", "array.0x", NULL },
  { "index with a space", "array. 0", NULL },
  { "index that wraps at 32 bits", "array.4294967296", NULL },
  { "index that wraps at 64 bits", "array.18446744073709551616", NULL },
  { "index without end", "array.99999999999999999999999", NULL },
  { "empty path", "", NULL },
  { "dot only", ".", NULL },
  { "leading dot", ".text", NULL },
  { "trailing dot", "object.", NULL },
  { "two dots", "object..text", NULL },
  { "other case", "TEXT", NULL },
};

static void
test_string (gconstpointer data)
{
  const TextRow *row = data;
  g_autoptr (JsonNode) root = parse ();

  g_assert_cmpstr (
      gst_hailuo_json_get_string (root, row->path), ==, row->value);
}

static const TextRow text_rows[] = {
  { "string", "text", "value" },
  { "number", "int", "7" },
  { "zero", "zero", "0" },
  { "negative", "minus", "-1" },
  { "fraction", "half", "1.5" },
  { "an id longer than a double", "long", "123456789012345678" },
  { "element", "array.1", "2" },
  { "nested string", "object.object.text", "innermost" },
  { "missing", "missing", NULL },
  { "empty", "empty", NULL },
  { "null", "null", NULL },
  { "true", "true", NULL },
  { "false", "false", NULL },
  { "object", "object", NULL },
  { "array", "array", NULL },
  { "below a string", "text.text", NULL },
  { "below null", "null.text", NULL },
};

static void
test_text (gconstpointer data)
{
  const TextRow *row = data;
  g_autoptr (JsonNode) root = parse ();
  g_autofree gchar *text = gst_hailuo_json_dup_text (root, row->path);

  g_assert_cmpstr (text, ==, row->value);
}

static const TextRow number_rows[] = {
  { "2^63", "beyond", "9223372036854775808" },
  { "2^64 + 200", "wraps", "18446744073709551816" },
  { "200 - 2^64", "wrapsNot", "-18446744073709551416" },
  { "less than any integer", "wrapsToOne", "-99999999999999999999" },
  { "beyond any double", "endless", "1e400" },
};

/* An id that does not fit is no id: another one must not come out. */
static void
test_number_text (gconstpointer data)
{
  const TextRow *row = data;
  g_autoptr (JsonNode) root = parse ();
  g_autofree gchar *text = gst_hailuo_json_dup_text (root, row->path);

  if (text != NULL)
    g_assert_cmpstr (text, ==, row->value);
}

typedef struct
{
  const gchar *description;
  const gchar *path;
  gint64 value; /* -1: there is none */
} IntRow;

static const IntRow int_rows[] = {
  { "number", "int", 7 },
  { "zero", "zero", 0 },
  { "whole fraction", "whole", 200 },
  { "exponent", "exponent", 200 },
  { "digits in a string", "digits", 200 },
  { "element", "array.1", 2 },
  { "2^53", "max", G_GINT64_CONSTANT (9007199254740992) },
  { "2^53 in a string", "maxText", G_GINT64_CONSTANT (9007199254740992) },

  { "missing", "missing", -1 },
  { "null", "null", -1 },
  { "negative", "minus", -1 },
  { "fraction", "half", -1 },
  { "2^53 and one", "over", -1 },
  { "2^53 and one in a string", "overText", -1 },
  { "2^63 - 1", "int64", -1 },
  { "2^63", "beyond", -1 },
  { "2^64 + 200", "wraps", -1 },
  /* a parser that reads digits as unsigned and negates them makes 200 of it */
  { "200 - 2^64", "wrapsNot", -1 },
  { "less than any integer", "wrapsToOne", -1 },
  { "beyond any double", "endless", -1 },
  { "true", "true", -1 },
  { "false", "false", -1 },
  { "word", "wordText", -1 },
  { "empty string", "empty", -1 },
  { "negative in a string", "minusText", -1 },
  { "plus in a string", "plusText", -1 },
  { "hexadecimal in a string", "hexText", -1 },
  { "space before the digits", "spaceText", -1 },
  { "letter after the digits", "tailText", -1 },
  { "fraction in a string", "halfText", -1 },
  { "too many digits in a string", "hugeText", -1 },
  { "object", "object", -1 },
  { "array", "array", -1 },
  { "below a number", "int.int", -1 },
};

static void
test_int (gconstpointer data)
{
  const IntRow *row = data;
  g_autoptr (JsonNode) root = parse ();
  gint64 value = -4711;

  if (row->value >= 0) {
    g_assert_true (gst_hailuo_json_get_int (root, row->path, &value));
    g_assert_cmpint (value, ==, row->value);
  } else {
    g_assert_false (gst_hailuo_json_get_int (root, row->path, &value));
    g_assert_cmpint (value, ==, -4711);
  }
}

typedef struct
{
  const gchar *description;
  const gchar *path;
  gboolean has;
} HasRow;

static const HasRow has_rows[] = {
  { "string", "text", TRUE },
  { "number", "int", TRUE },
  { "false", "false", TRUE },
  { "object", "object", TRUE },
  { "empty object", "nothing", TRUE },
  { "array", "array", TRUE },
  { "empty array", "none", TRUE },
  { "element", "array.5", TRUE },
  { "nested", "object.object.text", TRUE },
  { "missing", "missing", FALSE },
  { "null", "null", FALSE },
  { "null element", "array.4", FALSE },
  { "element beyond", "array.6", FALSE },
  { "below a string", "text.text", FALSE },
};

static void
test_has (gconstpointer data)
{
  const HasRow *row = data;
  g_autoptr (JsonNode) root = parse ();

  g_assert_cmpint (gst_hailuo_json_has (root, row->path), ==, row->has);
}

typedef struct
{
  const gchar *description;
  const gchar *path;
  const gchar *inside; /* a path in what came out; NULL: nothing comes out */
  const gchar *value;
} EmbeddedRow;

static const EmbeddedRow embedded_rows[] = {
  { "a string with an object", "json", "list.1", "b" },
  { "an object", "object", "object.text", "innermost" },
  { "an object in an object", "object.object", "text", "innermost" },
  { "an element", "array.2", "text", "third" },
  { "missing", "missing", NULL, NULL },
  { "null", "null", NULL, NULL },
  { "empty string", "empty", NULL, NULL },
  { "a word", "text", NULL, NULL },
  { "number", "int", NULL, NULL },
  { "true", "true", NULL, NULL },
  { "garbage", "jsonGarbage", NULL, NULL },
  { "a name twice", "jsonTwice", NULL, NULL },
  { "trailing word", "jsonTail", NULL, NULL },
  { "a variable", "jsonVariable", NULL, NULL },
};

static void
test_embedded (gconstpointer data)
{
  const EmbeddedRow *row = data;
  JsonNode *root = parse ();
  g_autoptr (JsonNode)
      node = gst_hailuo_json_dup_embedded (root, row->path, NULL);

  /* what came out is ours, whatever becomes of the rest */
  json_node_unref (root);
  if (row->inside == NULL) {
    g_assert_null (node);
    return;
  }
  g_assert_nonnull (node);
  g_assert_cmpstr (
      gst_hailuo_json_get_string (node, row->inside), ==, row->value);
}

/* The limits hold for the text in the text too. */
static void
test_embedded_depth (void)
{
  g_autoptr (GString) text = g_string_new ("{\"deep\":\"{\\\"a\\\":");
  g_autoptr (JsonNode) root = NULL;

  for (guint i = 0; i < 10000; i++)
    g_string_append_c (text, '[');
  for (guint i = 0; i < 10000; i++)
    g_string_append_c (text, ']');
  g_string_append (text, "}\"}");
  root = gst_hailuo_json_parse (text->str, text->len, NULL, NULL);
  g_assert_nonnull (root);
  g_assert_null (gst_hailuo_json_dup_embedded (root, "deep", NULL));
}

static gboolean
match_url (const gchar *name, const gchar *value)
{
  g_assert_nonnull (name);
  g_assert_nonnull (value);
  return g_str_equal (name, "url");
}

static gboolean
match_clip (const gchar *name, const gchar *value)
{
  g_assert_nonnull (name);
  return g_str_has_suffix (value, ".mp4");
}

static gboolean
match_any (const gchar *name, const gchar *value)
{
  return TRUE;
}

typedef struct
{
  const gchar *description;
  const gchar *json;
  GstHailuoJsonMatch match;
  const gchar *value; /* NULL: not found */
} SearchRow;

static const SearchRow search_rows[] = {
  { "at the top", "{\"url\":\"a\"}", match_url, "a" },
  { "below", "{\"x\":{\"y\":{\"url\":\"a\"}}}", match_url, "a" },
  { "below goes before what follows", "{\"x\":{\"url\":\"a\"},\"url\":\"b\"}",
      match_url, "a" },
  { "what precedes goes before below", "{\"url\":\"b\",\"x\":{\"url\":\"a\"}}",
      match_url, "b" },
  { "in an array", "{\"url\":[\"a\",\"b\"]}", match_url, "a" },
  { "in an object in an array", "{\"x\":[1,{\"z\":\"no\"},{\"url\":\"a\"}]}",
      match_url, "a" },
  { "by value", "{\"x\":\"p.jpg\",\"y\":[\"q.jpg\",\"v.mp4\"]}", match_clip,
      "v.mp4" },
  { "a number", "{\"url\":7,\"x\":{\"url\":\"a\"}}", match_url, "7" },
  { "true", "{\"url\":true}", match_url, "true" },
  { "null is no value", "{\"url\":null,\"x\":[null]}", match_any, NULL },
  { "nothing that matches", "{\"x\":\"a\",\"y\":[\"b\"]}", match_url, NULL },
  { "nothing at all", "{}", match_any, NULL },
  { "empty array", "{\"url\":[]}", match_any, NULL },
};

static void
test_search (gconstpointer data)
{
  const SearchRow *row = data;
  g_autoptr (JsonNode)
      root = gst_hailuo_json_parse (row->json, strlen (row->json), NULL, NULL);
  g_autofree gchar *value = NULL;

  g_assert_nonnull (root);
  value = gst_hailuo_json_search (root, row->match);
  g_assert_cmpstr (value, ==, row->value);
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  UNIT_ADD_TABLE ("/json/string", string_rows, test_string);
  UNIT_ADD_TABLE ("/json/text", text_rows, test_text);
  UNIT_ADD_TABLE ("/json/number-text", number_rows, test_number_text);
  UNIT_ADD_TABLE ("/json/int", int_rows, test_int);
  UNIT_ADD_TABLE ("/json/has", has_rows, test_has);
  UNIT_ADD_TABLE ("/json/embedded", embedded_rows, test_embedded);
  g_test_add_func ("/json/embedded-depth", test_embedded_depth);
  UNIT_ADD_TABLE ("/json/search", search_rows, test_search);

  return g_test_run ();
}
