/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is one JSON text of RFC 8259, within our bounds, and what is not. */
#include "unit.h"

#include "error.h"
#include "json.h"

typedef struct
{
  const gchar *description;
  const gchar *data;
  gsize length; /* 0: up to the first NUL */
  gboolean valid;
} ValidateRow;

/* a text that has NUL bytes in it */
#define BYTES(text) text, sizeof (text) - 1

static const ValidateRow value_rows[] = {
  { "empty object", "{}", 0, TRUE },
  { "empty array", "[]", 0, TRUE },
  { "a string alone", "\"x\"", 0, TRUE },
  { "a number alone", "1", 0, TRUE },
  { "true alone", "true", 0, TRUE },
  { "false alone", "false", 0, TRUE },
  { "null alone", "null", 0, TRUE },
  { "members", "{\"a\":1,\"b\":[true,false,null],\"c\":{}}", 0, TRUE },
  { "white space everywhere", " \t\r\n{ \"a\"\n:\t1 , \"b\" : [ 1 , 2 ] } \r\n",
      0, TRUE },
  { "elements of every kind", "[1,\"x\",null,true,false,{},[]]", 0, TRUE },

  { "nothing", "", 0, FALSE },
  { "white space only", " \n", 0, FALSE },
  { "a word", "hello", 0, FALSE },
  { "HTML", "<!DOCTYPE html><html></html>", 0, FALSE },
  { "a variable", "var x = {}", 0, FALSE },
  { "a variable with semicolon", "var x = {};", 0, FALSE },
  { "an assignment", "x = {}", 0, FALSE },
  { "a callback", "cb({})", 0, FALSE },
  { "two texts", "{}{}", 0, FALSE },
  { "two texts on two lines", "{}\n{}", 0, FALSE },
  { "trailing word", "{} x", 0, FALSE },
  { "trailing comma after all", "{},", 0, FALSE },
  { "trailing bracket", "{}]", 0, FALSE },
  { "trailing number", "1 2", 0, FALSE },
  { "trailing NUL", BYTES ("{}\0"), FALSE },
  { "leading NUL", BYTES ("\0{}"), FALSE },
  { "UTF-16", BYTES ("{\0}\0"), FALSE },
  { "byte order mark", "\xef\xbb\xbf{}", 0, FALSE },
  { "block comment", "/* x */{}", 0, FALSE },
  { "line comment", "{}// x", 0, FALSE },
  { "hash comment", "# x\n{}", 0, FALSE },
  { "form feed", "\f{}", 0, FALSE },
  { "vertical tab", "{\v}", 0, FALSE },
  { "no-break space", "\xc2\xa0{}", 0, FALSE },

  { "literal in capitals", "TRUE", 0, FALSE },
  { "literal with a capital", "Null", 0, FALSE },
  { "literal cut", "tru", 0, FALSE },
  { "literal prolonged", "truee", 0, FALSE },
  { "two literals", "[nullnull]", 0, FALSE },
  { "undefined", "undefined", 0, FALSE },

  { "object cut after brace", "{", 0, FALSE },
  { "object cut after name", "{\"a\"", 0, FALSE },
  { "object cut after colon", "{\"a\":", 0, FALSE },
  { "object cut after value", "{\"a\":1", 0, FALSE },
  { "object cut after comma", "{\"a\":1,", 0, FALSE },
  { "object closed after comma", "{\"a\":1,}", 0, FALSE },
  { "object that begins with a comma", "{,\"a\":1}", 0, FALSE },
  { "object without colon", "{\"a\" 1}", 0, FALSE },
  { "object with two colons", "{\"a\"::1}", 0, FALSE },
  { "object without value", "{\"a\":}", 0, FALSE },
  { "object with a bare name", "{a:1}", 0, FALSE },
  { "object with a number as name", "{1:1}", 0, FALSE },
  { "object without comma", "{\"a\":1 \"b\":2}", 0, FALSE },
  { "object with two commas", "{\"a\":1,,\"b\":2}", 0, FALSE },
  { "object with a value alone", "{\"a\"}", 0, FALSE },
  { "object closed as array", "{\"a\":1]", 0, FALSE },
  { "object with equals sign", "{\"a\"=1}", 0, FALSE },
  { "array cut", "[1", 0, FALSE },
  { "array cut after comma", "[1,", 0, FALSE },
  { "array closed after comma", "[1,]", 0, FALSE },
  { "array that begins with a comma", "[,1]", 0, FALSE },
  { "array without comma", "[1 2]", 0, FALSE },
  { "array with two commas", "[1,,2]", 0, FALSE },
  { "array with a colon", "[1:2]", 0, FALSE },
  { "array closed as object", "[1}", 0, FALSE },
  { "brackets crossed", "[{]}", 0, FALSE },
  { "closed only", "]", 0, FALSE },
  { "colon only", ":", 0, FALSE },
  { "comma only", ",", 0, FALSE },
};

static const ValidateRow name_rows[] = {
  { "same name twice", "{\"a\":1,\"a\":1}", 0, FALSE },
  { "same name, others between", "{\"a\":1,\"b\":2,\"c\":3,\"a\":4}", 0,
      FALSE },
  { "same name, an object between", "{\"a\":1,\"b\":{\"a\":2},\"a\":3}", 0,
      FALSE },
  { "same name, one escaped", "{\"a\":1,\"\\u0061\":2}", 0, FALSE },
  { "same name, a pair and its character",
      "{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}", 0, FALSE },
  { "same escape, spelled two ways", "{\"\\n\":1,\"\\u000a\":2}", 0, FALSE },
  { "same name in an inner object", "{\"x\":[{\"a\":1,\"a\":2}]}", 0, FALSE },
  { "same empty name", "{\"\":1,\"\":2}", 0, FALSE },
  { "empty name", "{\"\":1}", 0, TRUE },
  { "same name in two levels", "{\"a\":{\"a\":{\"a\":1}}}", 0, TRUE },
  { "same name in two neighbours", "[{\"a\":1},{\"a\":1}]", 0, TRUE },
  { "names that differ in case", "{\"a\":1,\"A\":2}", 0, TRUE },
  { "names with a common start", "{\"a\":1,\"aa\":2}", 0, TRUE },
  { "name and value alike", "{\"a\":\"a\",\"b\":\"a\"}", 0, TRUE },
  { "names of two composed forms", "{\"\xc3\xa9\":1,\"e\xcc\x81\":2}", 0,
      TRUE },
  { "NUL in a name", "{\"a\\u0000\":1}", 0, FALSE },
};

static const ValidateRow string_rows[] = {
  { "empty", "\"\"", 0, TRUE },
  { "every short escape", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", 0, TRUE },
  { "unicode escape", "\"\\u00e9\\u00E9\"", 0, TRUE },
  { "surrogate pair", "\"\\ud83d\\ude00\"", 0, TRUE },
  { "first and last pair", "\"\\ud800\\udc00\\uDBFF\\uDFFF\"", 0, TRUE },
  { "around the surrogates", "\"\\ud7ff\\ue000\\uffff\"", 0, TRUE },
  { "delete", "\"\x7f\"", 0, TRUE },
  { "two, three and four bytes", "\"\xc3\xa9\xe5\xaf\x86\xf0\x9f\x98\x80\"", 0,
      TRUE },
  { "last character", "\"\xf4\x8f\xbf\xbf\"", 0, TRUE },
  { "brackets inside", "\"[Push in] {x}\"", 0, TRUE },

  { "not closed", "\"abc", 0, FALSE },
  { "cut in an escape", "\"abc\\", 0, FALSE },
  { "quote escaped at the end", "\"abc\\\"", 0, FALSE },
  { "single quotes", "'abc'", 0, FALSE },
  { "raw newline", "\"a\nb\"", 0, FALSE },
  { "raw tab", "\"a\tb\"", 0, FALSE },
  { "raw escape character", "\"a\x1b\"", 0, FALSE },
  { "raw unit separator", "\"a\x1f\"", 0, FALSE },
  { "raw NUL", BYTES ("\"a\0b\""), FALSE },
  { "escaped NUL", "\"a\\u0000b\"", 0, FALSE },
  { "unknown escape", "\"\\x41\"", 0, FALSE },
  { "escaped apostrophe", "\"\\'\"", 0, FALSE },
  { "capital escape", "\"\\N\"", 0, FALSE },
  { "unicode escape with three digits", "\"\\u00e\"", 0, FALSE },
  { "unicode escape with a letter", "\"\\u00g0\"", 0, FALSE },
  { "unicode escape with a sign", "\"\\u+0e9\"", 0, FALSE },
  { "unicode escape with a space", "\"\\u 0e9\"", 0, FALSE },
  { "unicode escape in capitals", "\"\\U00e9\"", 0, FALSE },
  { "unicode escape cut by the end", "\"\\u00", 0, FALSE },
  { "lone high surrogate", "\"\\ud800\"", 0, FALSE },
  { "lone low surrogate", "\"\\udc00\"", 0, FALSE },
  { "high and a letter", "\"\\ud83dx\"", 0, FALSE },
  { "high and another escape", "\"\\ud83d\\n\"", 0, FALSE },
  { "high and high", "\"\\ud83d\\ud83d\"", 0, FALSE },
  { "high and high and low", "\"\\ud83d\\ud83d\\ude00\"", 0, FALSE },
  { "pair the wrong way round", "\"\\ude00\\ud83d\"", 0, FALSE },
  { "high and another character", "\"\\ud83d\\u0041\"", 0, FALSE },
  { "high at the end of the text", "\"\\ud83d", 0, FALSE },
  { "lone surrogate in a name", "{\"\\ud800\":1}", 0, FALSE },

  { "stray byte", "\"\xff\"", 0, FALSE },
  { "stray continuation", "\"\x80\"", 0, FALSE },
  { "Latin-1", "\"caf\xe9\"", 0, FALSE },
  { "character cut by the quote", "\"\xe2\x82\"", 0, FALSE },
  { "character cut by the end", "\"\xe2\x82", 0, FALSE },
  { "overlong slash in two bytes", "\"\xc0\xaf\"", 0, FALSE },
  { "overlong slash in three bytes", "\"\xe0\x80\xaf\"", 0, FALSE },
  { "overlong slash in four bytes", "\"\xf0\x80\x80\xaf\"", 0, FALSE },
  { "overlong NUL", "\"\xc0\x80\"", 0, FALSE },
  { "overlong quote", "\"\xc0\xa2\"", 0, FALSE },
  { "encoded surrogate", "\"\xed\xa0\x80\"", 0, FALSE },
  { "encoded surrogate pair", "\"\xed\xa0\xbd\xed\xb8\x80\"", 0, FALSE },
  { "beyond the last character", "\"\xf4\x90\x80\x80\"", 0, FALSE },
  { "five bytes", "\"\xf8\x88\x80\x80\x80\"", 0, FALSE },
  { "stray byte in a name", "{\"\xff\":1}", 0, FALSE },
};

static const ValidateRow number_rows[] = {
  { "zero", "0", 0, TRUE },
  { "minus zero", "-0", 0, TRUE },
  { "digits", "1234567890", 0, TRUE },
  { "negative", "-12", 0, TRUE },
  { "fraction", "1.50", 0, TRUE },
  { "fraction of zero", "0.001", 0, TRUE },
  { "exponent", "1e5", 0, TRUE },
  { "exponent of zero", "0e0", 0, TRUE },
  { "exponent in capitals", "1E5", 0, TRUE },
  { "exponent with plus", "1e+5", 0, TRUE },
  { "exponent with minus", "1e-5", 0, TRUE },
  { "exponent with zeros", "1e005", 0, TRUE },
  { "everything", "-10.20e-30", 0, TRUE },
  { "huge exponent", "1e99999", 0, TRUE },
  { "tiny exponent", "1e-99999", 0, TRUE },
  { "many digits", "123456789012345678901234567890", 0, TRUE },

  { "leading zero", "01", 0, FALSE },
  { "two zeros", "00", 0, FALSE },
  { "negative with leading zero", "-01", 0, FALSE },
  { "no digit after the point", "1.", 0, FALSE },
  { "no digit before the point", ".5", 0, FALSE },
  { "no digit around the point", ".", 0, FALSE },
  { "exponent after the point", "1.e5", 0, FALSE },
  { "two points", "1.2.3", 0, FALSE },
  { "plus", "+1", 0, FALSE },
  { "minus alone", "-", 0, FALSE },
  { "two minuses", "--1", 0, FALSE },
  { "minus and space", "- 1", 0, FALSE },
  { "exponent without digits", "1e", 0, FALSE },
  { "exponent with a sign only", "1e+", 0, FALSE },
  { "exponent with a point", "1e1.5", 0, FALSE },
  { "exponent alone", "e5", 0, FALSE },
  { "hexadecimal", "0x10", 0, FALSE },
  { "octal", "0o7", 0, FALSE },
  { "grouped", "1_000", 0, FALSE },
  { "suffix", "1L", 0, FALSE },
  { "comma as point in an object", "{\"a\":1,5}", 0, FALSE },
  { "NaN", "NaN", 0, FALSE },
  { "Infinity", "Infinity", 0, FALSE },
  { "minus Infinity", "-Infinity", 0, FALSE },
  { "wide digit", "\xef\xbc\x91", 0, FALSE },
};

/* The copy ends where the text ends, so that a memory checker sees a read
 * beyond it. */
static gboolean
validate (const gchar *data, gsize length, GError **error)
{
  g_autofree gchar *exact = g_memdup2 (data, length);

  return gst_hailuo_json_validate (exact, length, error);
}

static void
test_validate (gconstpointer data)
{
  const ValidateRow *row = data;
  gsize length = row->length > 0 ? row->length : strlen (row->data);
  g_autoptr (GError) error = NULL;
  gboolean valid = validate (row->data, length, &error);

  g_assert_cmpint (validate (row->data, length, NULL), ==, valid);
  g_assert_cmpint (valid, ==, row->valid);
  if (valid)
    g_assert_no_error (error);
  else
    unit_assert_code (error, UNIT_CODE (FAILED));
}

/* An object around each text is judged as the text alone: the rows above are
 * mostly values of the outermost level. */
static void
test_validate_inside (gconstpointer data)
{
  const ValidateRow *row = data;
  gsize length = row->length > 0 ? row->length : strlen (row->data);
  g_autoptr (GString) text = g_string_new ("{\"in\":[");

  g_string_append_len (text, row->data, length);
  g_string_append (text, "]}");
  g_assert_cmpint (validate (text->str, text->len, NULL), ==, row->valid);
}

typedef struct
{
  const gchar *description;
  const gchar *open;
  const gchar *inside;
  const gchar *close; /* NULL: left open */
  guint levels;
  gboolean valid;
} DepthRow;

static const DepthRow depth_rows[] = {
  { "32 arrays", "[", "", "]", 32, TRUE },
  { "33 arrays", "[", "", "]", 33, FALSE },
  { "32 arrays around a number", "[", "1", "]", 32, TRUE },
  { "32 objects", "{\"a\":", "1", "}", 32, TRUE },
  { "33 objects", "{\"a\":", "1", "}", 33, FALSE },
  { "16 of each", "[{\"a\":", "1", "}]", 16, TRUE },
  { "16 of each around an array", "[{\"a\":", "[]", "}]", 16, FALSE },
  { "100000 arrays", "[", "", "]", 100000, FALSE },
  { "100000 arrays left open", "[", "", NULL, 100000, FALSE },
  { "100000 objects left open", "{\"a\":", "", NULL, 100000, FALSE },
  { "100000 neighbours", "[],", "[]", "", 100000, FALSE },
};

static void
test_depth (gconstpointer data)
{
  const DepthRow *row = data;
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < row->levels; i++)
    g_string_append (text, row->open);
  g_string_append (text, row->inside);
  for (guint i = 0; row->close != NULL && i < row->levels; i++)
    g_string_append (text, row->close);
  g_assert_cmpint (validate (text->str, text->len, NULL), ==, row->valid);
}

/* Only what is open counts, not how often something was opened. */
static void
test_depth_returns (void)
{
  g_autoptr (GString) text = g_string_new ("[");

  for (guint i = 0; i < 1000; i++)
    g_string_append (text, "[[[[]]]],");
  g_string_append (text, "{}]");
  g_assert_true (validate (text->str, text->len, NULL));
}

/* What is JSON and more than is read: it says of what. */
static void
test_limit_names (void)
{
  static const struct
  {
    const gchar *before, *unit, *after;
    guint n;
    const gchar *limit;
  } rows[] = {
    { "", "[", "", 33, "more than 32 levels" },
    { "[0", ",0", "]", GST_HAILUO_JSON_MAX_VALUES, "more than 16384 values" },
    { "{", "\"a@\":0,", "}", 257, "more than 256 members in an object" },
    { "{\"a\":0", "", ",\"a\":0}", 0, "member of the same name" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GString) text = g_string_new (rows[i].before);
    g_autoptr (GError) error = NULL;

    for (guint j = 0; j < rows[i].n; j++) {
      g_autoptr (GString) unit = g_string_new (rows[i].unit);
      g_autofree gchar *number = g_strdup_printf ("%u", j);

      g_string_replace (unit, "@", number, 0);
      g_string_append (text, unit->str);
    }
    g_string_append (text, rows[i].after);
    g_assert_false (validate (text->str, text->len, &error));
    g_assert_nonnull (strstr (error->message, rows[i].limit));
  }
}

static void
test_size (void)
{
  g_autoptr (GString) text = g_string_new ("{\"a\":\"");
  g_autoptr (GError) error = NULL;

  while (text->len < GST_HAILUO_JSON_MAX_SIZE - 2)
    g_string_append_c (text, 'x');
  g_string_append (text, "\"}");
  g_assert_cmpuint (text->len, ==, GST_HAILUO_JSON_MAX_SIZE);
  g_assert_true (validate (text->str, text->len, &error));
  g_assert_no_error (error);

  g_string_append_c (text, ' ');
  g_assert_false (validate (text->str, text->len, &error));
  unit_assert_code (error, UNIT_CODE (FAILED));
}

/* [ @objects objects of @members members each, @values numbers ] */
static gchar *
make_text (guint objects, guint members, guint values)
{
  GString *text = g_string_new ("[null");

  for (guint i = 0; i < objects; i++) {
    for (guint j = 0; j < members; j++)
      g_string_append_printf (text, "%s\"%x\":0", j == 0 ? ",{" : ",", j);
    g_string_append_c (text, '}');
  }
  for (guint i = 0; i < values; i++)
    g_string_append (text, ",0");
  return g_string_free (g_string_append_c (text, ']'), FALSE);
}

typedef struct
{
  const gchar *description;
  guint objects, members, values;
  gboolean valid;
} ManyRow;

static const ManyRow many_rows[] = {
  { "members", 1, 256, 0, TRUE },
  { "too many members", 1, 257, 0, FALSE },
  { "names", 4, 256, 0, TRUE },
  { "too many names", 1025, 1, 0, FALSE },
  { "too many names in large objects", 5, 205, 0, FALSE },
  /* with the array and the null */
  { "values", 0, 0, 16382, TRUE },
  { "too many values", 0, 0, 16383, FALSE },
};

static void
test_many (gconstpointer data)
{
  const ManyRow *row = data;
  g_autofree gchar *text = make_text (row->objects, row->members, row->values);

  g_assert_true (validate (text, strlen (text), NULL) == row->valid);
}

/* A reply without a body has no bytes to point to. */
static void
test_no_body (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (gst_hailuo_json_validate (NULL, 0, &error));
  unit_assert_code (error, UNIT_CODE (FAILED));
  g_clear_error (&error);
  g_assert_null (gst_hailuo_json_parse (NULL, 0, NULL, &error));
  unit_assert_code (error, UNIT_CODE (FAILED));
}

static const ValidateRow parse_rows[] = {
  { "object", "{\"a\":1}", 0, TRUE },
  { "empty object", "{}", 0, TRUE },
  { "object in white space", " {} \n", 0, TRUE },
  { "array", "[{}]", 0, FALSE },
  { "string", "\"{}\"", 0, FALSE },
  { "number", "200", 0, FALSE },
  { "null", "null", 0, FALSE },
  { "true", "true", 0, FALSE },
  { "a variable", "var x = {}", 0, FALSE },
  { "object cut", "{\"a\":1", 0, FALSE },
  { "object and more", "{} {}", 0, FALSE },
};

static void
test_parse (gconstpointer data)
{
  const ValidateRow *row = data;
  g_autofree gchar *exact = g_memdup2 (row->data, strlen (row->data));
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode)
      root = gst_hailuo_json_parse (exact, strlen (row->data), NULL, &error);

  if (row->valid) {
    g_assert_no_error (error);
    g_assert_nonnull (root);
    g_assert_true (JSON_NODE_HOLDS_OBJECT (root));
  } else {
    g_assert_null (root);
    unit_assert_code (error, UNIT_CODE (FAILED));
  }
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  UNIT_ADD_TABLE ("/json/value", value_rows, test_validate);
  UNIT_ADD_TABLE ("/json/name", name_rows, test_validate);
  UNIT_ADD_TABLE ("/json/string", string_rows, test_validate);
  UNIT_ADD_TABLE ("/json/string-inside", string_rows, test_validate_inside);
  UNIT_ADD_TABLE ("/json/number", number_rows, test_validate);
  UNIT_ADD_TABLE ("/json/number-inside", number_rows, test_validate_inside);
  UNIT_ADD_TABLE ("/json/depth", depth_rows, test_depth);
  g_test_add_func ("/json/depth-returns", test_depth_returns);
  g_test_add_func ("/json/limit-names", test_limit_names);
  g_test_add_func ("/json/size", test_size);
  UNIT_ADD_TABLE ("/json/many", many_rows, test_many);
  g_test_add_func ("/json/no-body", test_no_body);
  UNIT_ADD_TABLE ("/json/parse", parse_rows, test_parse);

  return g_test_run ();
}
