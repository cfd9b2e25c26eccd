/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-json.c: answers that look like the host's JSON, and are not. */
#include <string.h>

#include "attack.h"

#define FAILED GST_RESOURCE_ERROR_FAILED
#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"

/* Right at both places, with room for what is not: who takes it believes in a
 * task that is not there, or goes on to a clip. */
#define MEMBERS \
  "\"code\":200,\"message\":\"ok\",\"data\":{\"taskId\":\"task_1\"," \
  "\"state\":\"processing\"}"
#define WITH(value) "{" MEMBERS ",\"x\":" value "}"

typedef struct
{
  const gchar *description;
  const gchar *body;
  gsize size;
} Row;

#define ROW(description, body) \
  { \
    description, body, sizeof (body) - 1 \
  }

static const Row broken[] = {
  ROW ("nul-between", "{\0" MEMBERS "}"),
  ROW ("nul-behind", "{" MEMBERS "}\0"),
  ROW ("nul-in-string", WITH ("\"\0\"")),
  ROW ("nul-in-front", "\0{" MEMBERS "}"),
  ROW ("byte-order-mark", "\xef\xbb\xbf{" MEMBERS "}"),
  ROW ("utf-16", "\xff\xfe{\0\"\0a\0\"\0:\0001\0}\0"),
  ROW ("two-documents", "{" MEMBERS "}{" MEMBERS "}"),
  ROW ("something-behind", "{" MEMBERS "}x"),
  ROW ("bracket-behind", "{" MEMBERS "}]"),
  ROW ("cut", "{" MEMBERS),
  ROW ("cut-in-string", WITH ("\"a")),
  ROW ("comment", "{" MEMBERS "/* \"x\":0 */}"),
  ROW ("line-comment", "{" MEMBERS "// x\n}"),
  ROW ("hash-comment", "# x\n{" MEMBERS "}"),
  ROW ("comma-behind", "{" MEMBERS ",}"),
  ROW ("comma-in-array", WITH ("[1,]")),
  ROW ("no-comma", WITH ("[1 2]")),
  ROW ("no-colon", "{" MEMBERS ",\"x\" 1}"),
  ROW ("no-value", WITH ("")),
  ROW ("wrong-bracket", WITH ("[1}")),
  ROW ("single-quotes", WITH ("'a'")),
  ROW ("no-quotes", "{" MEMBERS ",x:1}"),
  ROW ("assignment", "var reply = {" MEMBERS "};"),
  ROW ("padding-of-jsonp", "f({" MEMBERS "})"),
  ROW ("twice-code", "{\"code\":200," MEMBERS "}"),
  ROW ("twice-data", "{\"data\":{}," MEMBERS "}"),
  ROW ("twice-inside", WITH ("{\"a\":1,\"a\":1}")),
  ROW ("twice-by-escape", WITH ("{\"a\":1,\"\\u0061\":1}")),
  ROW ("twice-empty", WITH ("{\"\":1,\"\":1}")),
  ROW ("utf-8-byte", WITH ("\"\xff\"")),
  ROW ("utf-8-continuation", WITH ("\"\x80\"")),
  ROW ("utf-8-overlong", WITH ("\"\xc0\xaf\"")),
  ROW ("utf-8-overlong-nul", WITH ("\"\xc0\x80\"")),
  ROW ("utf-8-surrogate", WITH ("\"\xed\xa0\x80\"")),
  ROW ("utf-8-too-high", WITH ("\"\xf4\x90\x80\x80\"")),
  ROW ("utf-8-cut", WITH ("\"\xe2\x82\"")),
  ROW ("utf-8-in-name", WITH ("{\"\xff\":1}")),
  ROW ("surrogate-high", WITH ("\"\\ud800\"")),
  ROW ("surrogate-low", WITH ("\"\\udc00\"")),
  ROW ("surrogate-twice-high", WITH ("\"\\ud800\\ud800\"")),
  ROW ("surrogate-reversed", WITH ("\"\\udc00\\ud800\"")),
  ROW ("surrogate-and-letter", WITH ("\"\\ud800x\"")),
  ROW ("surrogate-in-name", WITH ("{\"\\udbff\":1}")),
  ROW ("escape-unknown", WITH ("\"\\x41\"")),
  ROW ("escape-not-hex", WITH ("\"\\u12g4\"")),
  ROW ("escape-short", WITH ("\"\\u12\"")),
  ROW ("line-end-in-string", WITH ("\"a\nb\"")),
  ROW ("tab-in-string", WITH ("\"a\tb\"")),
  ROW ("number-nan", WITH ("NaN")),
  ROW ("number-infinity", WITH ("Infinity")),
  ROW ("number-minus-infinity", WITH ("-Infinity")),
  ROW ("number-01", WITH ("01")),
  ROW ("number-plus", WITH ("+1")),
  ROW ("number-point", WITH (".5")),
  ROW ("number-no-fraction", WITH ("1.")),
  ROW ("number-no-exponent", WITH ("1e")),
  ROW ("number-hex", WITH ("0x10")),
  ROW ("number-minus", WITH ("-")),
  ROW ("number-letters", WITH ("1a")),
  ROW ("word-cut", WITH ("tru")),
  ROW ("word-capital", WITH ("True")),
  ROW ("word-longer", WITH ("nullx")),
  ROW ("word-undefined", WITH ("undefined")),
};

/* JSON, and no task in it */
static const Row submits[] = {
  ROW ("root-array", "[{" MEMBERS "}]"),
  ROW ("root-string",
      "\"{"
      "}\""),
  ROW ("root-number", "200"),
  ROW ("root-null", "null"),
  ROW ("root-empty", "{}"),
  ROW ("data-null", "{\"code\":200,\"data\":null}"),
  ROW ("data-array", "{\"code\":200,\"data\":[{\"taskId\":\"task_1\"}]}"),
  ROW ("data-string", "{\"code\":200,\"data\":\"task_1\"}"),
  ROW ("data-true", "{\"code\":200,\"data\":true}"),
  ROW ("data-json", "{\"code\":200,\"data\":\"{\\\"taskId\\\":\\\"t\\\"}\"}"),
  ROW ("id-null", "{\"code\":200,\"data\":{\"taskId\":null}}"),
  ROW ("id-true", "{\"code\":200,\"data\":{\"taskId\":true}}"),
  ROW ("id-array", "{\"code\":200,\"data\":{\"taskId\":[\"task_1\"]}}"),
  ROW ("id-object", "{\"code\":200,\"data\":{\"taskId\":{\"id\":\"a\"}}}"),
  ROW ("id-empty", "{\"code\":200,\"data\":{\"taskId\":\"\"}}"),
  ROW ("id-path", "{\"code\":200,\"data\":{\"taskId\":\"../../x\"}}"),
  ROW ("id-steps", "{\"code\":200,\"data\":{\"taskId\":\"a/../b\"}}"),
  ROW ("id-query", "{\"code\":200,\"data\":{\"taskId\":\"a&b=c?d#e\"}}"),
  ROW ("id-space", "{\"code\":200,\"data\":{\"taskId\":\"a b\"}}"),
  ROW ("id-lines", "{\"code\":200,\"data\":{\"taskId\":\"a\\r\\nHost: b\"}}"),
  ROW ("id-nul", "{\"code\":200,\"data\":{\"taskId\":\"a\\u0000b\"}}"),
  ROW ("id-letters", "{\"code\":200,\"data\":{\"taskId\":\"\xc3\xa4\"}}"),
  ROW ("id-format", "{\"code\":200,\"data\":{\"taskId\":\"%s%n%s\"}}"),
  ROW ("id-bidi", "{\"code\":200,\"data\":{\"taskId\":\"a\\u202eb\"}}"),
  ROW ("id-fraction", "{\"code\":200,\"data\":{\"taskId\":1e300}}"),
  ROW ("code-negative", "{\"code\":-1}"),
  ROW ("code-2^63", "{\"code\":9223372036854775808}"),
  ROW ("code-2^64+400", "{\"code\":18446744073709552016}"),
  ROW ("code-2^32+400", "{\"code\":4294967696}"),
  ROW ("code-10^30", "{\"code\":1000000000000000000000000000000}"),
  ROW ("code-1e999", "{\"code\":1e999}"),
  ROW ("code-minus-1e999", "{\"code\":-1e999}"),
  ROW ("code-fraction", "{\"code\":400.5}"),
  ROW ("code-null", "{\"code\":null}"),
  ROW ("code-array", "{\"code\":[400]}"),
  ROW ("code-object", "{\"code\":{\"a\":400}}"),
  ROW ("code-true", "{\"code\":true}"),
  ROW ("code-words", "{\"code\":\"bad\"}"),
  ROW ("code-0", "{\"code\":0}"),
};

#define DATA(members) "{\"code\":200,\"data\":{" members "}}"
#define SUCCESS(members) DATA ("\"state\":\"success\"," members)
#define LINK "\\\"http://127.0.0.1:1/x.mp4\\\""

/* JSON, with no state of this task in it or no link */
static const Row polls[] = {
  ROW ("root-array", "[{" MEMBERS "}]"),
  ROW ("root-string", "\"success\""),
  ROW ("root-number", "200"),
  ROW ("root-null", "null"),
  ROW ("root-empty", "{}"),
  ROW ("data-null", "{\"code\":200,\"data\":null}"),
  ROW ("data-array", "{\"code\":200,\"data\":[{\"state\":\"success\"}]}"),
  ROW ("data-string", "{\"code\":200,\"data\":\"success\"}"),
  ROW ("state-null", DATA ("\"state\":null")),
  ROW ("state-true", DATA ("\"state\":true")),
  ROW ("state-array", DATA ("\"state\":[\"success\"]")),
  ROW ("state-number", DATA ("\"state\":7")),
  ROW ("other-id",
      "{\"code\":200,\"data\":{\"taskId\":\"other\",\"state\":"
      "\"processing\"}}"),
  ROW ("state-object", DATA ("\"state\":{\"success\":true}")),
  ROW ("result-none", SUCCESS ("\"x\":1")),
  ROW ("result-null", SUCCESS ("\"resultJson\":null")),
  ROW ("result-true", SUCCESS ("\"resultJson\":true")),
  ROW ("result-number", SUCCESS ("\"resultJson\":1e300")),
  ROW ("result-array", SUCCESS ("\"resultJson\":[\"http://127.0.0.1:1/\"]")),
  ROW ("result-empty", SUCCESS ("\"resultJson\":\"\"")),
  ROW ("result-cut",
      SUCCESS ("\"resultJson\":\"{\\\"resultUrls\\\":[" LINK "\"")),
  ROW ("result-twice",
      SUCCESS ("\"resultJson\":\"{\\\"resultUrls\\\":[],"
               "\\\"resultUrls\\\":[" LINK "]}\"")),
  ROW ("result-behind",
      SUCCESS ("\"resultJson\":\"{\\\"resultUrls\\\":[" LINK "]}x\"")),
  ROW ("result-of-result", SUCCESS ("\"resultJson\":\"\\\"{}\\\"\"")),
  ROW ("urls-string",
      SUCCESS ("\"resultJson\":\"{\\\"resultUrls\\\":" LINK "}\"")),
  ROW ("urls-empty", SUCCESS ("\"resultJson\":\"{\\\"resultUrls\\\":[]}\"")),
  ROW ("urls-null", SUCCESS ("\"resultJson\":\"{\\\"resultUrls\\\":[null]}\"")),
  ROW ("urls-number", SUCCESS ("\"resultJson\":\"{\\\"resultUrls\\\":[7]}\"")),
  ROW ("urls-nested",
      SUCCESS ("\"resultJson\":\"{\\\"resultUrls\\\":[[" LINK "]]}\"")),
  ROW ("urls-words",
      SUCCESS ("\"resultJson\":\"{\\\"resultUrls\\\":[\\\"soon\\\"]}\"")),
  ROW ("urls-nul",
      SUCCESS ("\"resultJson\":\"{\\\"resultUrls\\\":[\\\"\\\\u0000\\\"]}\"")),
};

/* JSON that does not end the waiting; the next answer is the simulator's. */
static const Row waits[] = {
  ROW ("state-unknown", DATA ("\"state\":\"dreaming\"")),
  ROW ("state-format", DATA ("\"state\":\"%s%n%s%n\"")),
  ROW ("state-controls", DATA ("\"state\":\"\\u001b[2J\\u202e\"")),
  ROW ("progress-10^9", DATA ("\"state\":\"processing\",\"progress\":1e9")),
  ROW ("many-members", DATA ("\"state\":\"processing\",\"a\":[1,2,{\"b\":3}]")),
};

static void
run (HostPlace place, const gchar *body, gsize size, guint n, gint code)
{
  const HostAnswer answers[] = {
    { HEAD, -1, body, size, size },
    { NULL },
  };

  attack_run (place, answers, n, code);
}

static void
test_broken (gconstpointer data)
{
  const Row *row = data;

  run (HOST_SUBMIT, row->body, row->size, 1, FAILED);
  run (HOST_POLL, row->body, row->size, 1, FAILED);
}

static void
test_submit (gconstpointer data)
{
  const Row *row = data;

  run (HOST_SUBMIT, row->body, row->size, 1, FAILED);
}

static void
test_poll (gconstpointer data)
{
  const Row *row = data;

  run (HOST_POLL, row->body, row->size, 1, FAILED);
}

static void
test_wait (gconstpointer data)
{
  const Row *row = data;

  run (HOST_POLL, row->body, row->size, 2, ATTACK_PLAYS);
}

/* Deep and huge */

/* @says: what the sentence of a poll has in it, or NULL */
static void
run_text (GString *text, const gchar *says)
{
  run (HOST_SUBMIT, text->str, text->len, 1, FAILED);
  attack_expect (says);
  run (HOST_POLL, text->str, text->len, 1, FAILED);
}

static void
add_times (GString *text, const gchar *part, guint n)
{
  while (n-- > 0)
    g_string_append (text, part);
}

/* @n levels around nothing, in a document that is right but for that */
static void
run_nested (const gchar *open, const gchar *core, const gchar *close, guint n)
{
  GString *text = g_string_new ("{" MEMBERS ",\"x\":");

  add_times (text, open, n);
  g_string_append (text, core);
  add_times (text, close, n);
  g_string_append_c (text, '}');
  run_text (text, "32 levels");
  g_string_free (text, TRUE);
}

static void
test_deep (void)
{
  static const guint depths[] = { 40, 1000, 100000 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (depths); i++) {
    run_nested ("[", "", "]", depths[i]);
    run_nested ("{\"a\":", "0", "}", depths[i]);
    run_nested ("[{\"a\":", "0", "}]", depths[i] / 2);
    /* never closed */
    run_nested ("[", "", "", depths[i]);
  }
}

/* In the string in the JSON: its own depth counts. */
static void
test_deep_result (void)
{
  GString *text = g_string_new ("");

  g_string_append (text,
      "{\"code\":200,\"data\":{\"taskId\":\"a\",\"state\":\"success\","
      "\"resultJson\":\"");
  add_times (text, "[", 100000);
  add_times (text, "]", 100000);
  g_string_append (text, "\"}}");
  run (HOST_POLL, text->str, text->len, 1, FAILED);
  g_string_free (text, TRUE);
}

/* Right, but for its size: one byte more than may be */
static void
test_huge (void)
{
  GString *text = g_string_new ("{" MEMBERS ",\"x\":\"");

  while (text->len < 1024 * 1024 - 1)
    g_string_append_c (text, 'x');
  g_string_append (text, "\"}");
  g_assert_cmpuint (text->len, ==, 1024 * 1024 + 1);
  run_text (text, NULL);
  g_string_free (text, TRUE);
}

/* As many values as a megabyte holds: each becomes much more in memory. */
static void
test_many (const gchar *item, const gchar *says)
{
  GString *text = g_string_new (DATA ("\"state\":\"processing\""));
  guint i;

  g_string_truncate (text, text->len - 1);
  g_string_append (text, ",\"x\":[");
  for (i = 0; text->len < 1024 * 1024 - 32; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "," : "", item);
  g_string_append (text, "]}");
  g_test_message ("%u times %s", i, item);
  attack_expect (says);
  run (HOST_POLL, text->str, text->len, 1, FAILED);
  g_string_free (text, TRUE);
}

static void
test_many_values (void)
{
  test_many ("0", "16384 values");
  test_many ("[]", "16384 values");
  test_many ("{}", "16384 values");
  test_many ("\"\"", "16384 values");
  test_many ("{\"a\":0}", "1024 names");
}

static void
test_many_names (void)
{
  GString *text = g_string_new (DATA ("\"state\":\"processing\""));
  guint i;

  g_string_truncate (text, text->len - 1);
  g_string_append (text, ",\"x\":{\"a\":0");
  for (i = 0; text->len < 1024 * 1024 - 32; i++)
    g_string_append_printf (text, ",\"%u\":0", i);
  g_string_append (text, "}}");
  run (HOST_POLL, text->str, text->len, 1, FAILED);
  g_string_free (text, TRUE);
}

static void
test_long_id (void)
{
  GString *text = g_string_new ("{\"code\":200,\"data\":{\"taskId\":\"");

  add_times (text, "a", 129);
  g_string_append (text, "\"}}");
  run (HOST_SUBMIT, text->str, text->len, 1, FAILED);
  g_string_free (text, TRUE);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  FIXTURE_ADD_TABLE ("/hostile/json/broken/", broken, test_broken);
  FIXTURE_ADD_TABLE ("/hostile/json/submit/", submits, test_submit);
  FIXTURE_ADD_TABLE ("/hostile/json/poll/", polls, test_poll);
  FIXTURE_ADD_TABLE ("/hostile/json/wait/", waits, test_wait);
  g_test_add_func ("/hostile/json/deep", test_deep);
  g_test_add_func ("/hostile/json/deep-result", test_deep_result);
  g_test_add_func ("/hostile/json/huge", test_huge);
  g_test_add_func ("/hostile/json/many-values", test_many_values);
  g_test_add_func ("/hostile/json/many-names", test_many_names);
  g_test_add_func ("/hostile/json/long-id", test_long_id);
  return attack_finish ();
}
