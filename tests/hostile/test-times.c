/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-times.c: the answers that take longest to read, of those that are read
 * at all.  None holds the streaming thread for long. */
#undef G_DISABLE_ASSERT
#include <string.h>

#include "hold.h"
#include "json.h"
#include "response-parser.h"

#define RUNS 3
#define STATE "\"code\":200,\"data\":{\"taskId\":\"t\",\"state\":\"running\""

/* Each adds to the array "x" of an answer. */

/* @objects with as many members as may be; their names have one hash, and are
 * the same but for their ends */
static void
add_colliding (GString *text, guint objects, guint length)
{
  g_autofree gchar *start = g_strnfill (length, 'p');
  guint i, j, k;

  for (i = 0; i < objects; i++) {
    for (j = 0; j < GST_HAILUO_JSON_MAX_MEMBERS; j++) {
      g_string_append_printf (text, "%s\"%s", j == 0 ? ",{" : ",", start);
      for (k = 0; k < 8; k++)
        g_string_append (text, (j >> k) & 1 ? "Ab" : "BA");
      g_string_append (text, "\":0");
    }
    g_string_append_c (text, '}');
  }
}

static void
add_times (GString *text, const gchar *part, guint n)
{
  while (n-- > 0)
    g_string_append (text, part);
}

/* In each of the strings whose content is read as JSON as well */
static void
add_embedded (GString *text, const gchar *name, guint length)
{
  g_autoptr (GString) inner = g_string_new ("{\"x\":[0");

  add_colliding (inner, 3, length);
  g_string_append (inner, "]}");
  g_string_replace (inner, "\"", "\\\"", 0);
  g_string_append_printf (text, ",\"%s\":\"%s\"", name, inner->str);
}

typedef struct
{
  const gchar *description;
  const gchar *part; /* @n times; NULL: colliding names, @n long each */
  guint n;
  const gchar *start, *end;
} Row;

static const Row rows[] = {
  { "names-of-one-hash", NULL, 0 },
  { "long-names-of-one-hash", NULL, 1300 },
  { "numbers", ",0", 16300 },
  { "large-numbers", ",1234567890123456789012345678901234567890", 16300 },
  { "fractions", ",123456789012345678901234567890.123456789e9", 16300 },
  { "one-long-fraction", "123456789", 110000, ",0.", "e-300" },
  { "objects", ",{}", 16300 },
  { "objects-with-a-member", ",{\"a\":[]}", 1000 },
  { "arrays", ",[]", 16300 },
  { "deep-arrays", ",[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
      580 },
  { "deep-objects",
      ",{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":0}}}}}}}}"
      "}",
      100 },
  { "escapes", "\\u00e4", 170000, ",\"", "\"" },
  { "pairs", "\\ud83d\\ude00", 86000, ",\"", "\"" },
  { "short-escapes", "\\n", 520000, ",\"", "\"" },
  { "long-string", "x", 1040000, ",\"", "\"" },
  { "long-name", "\\u0041", 170000, ",{\"", "\":0}" },
  { "escaped-name", "\\u0041\\n", 60000, ",{\"", "\":0}" },
  { "strings", ",\"https://a.example/x.mp4?aaaaaaaaaaaaaaaaaaaaaa\"", 16300 },
  { "strings-of-escapes", ",\"\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\u00e4\"", 16300 },
  { "spaces", " ", 1040000, ",0", ",0" },
};

/* (transfer full) */
static gchar *
make_answer (const Row *row)
{
  GString *text = g_string_new ("{" STATE "},\"x\":[0");

  if (row->part != NULL) {
    g_string_append (text, row->start != NULL ? row->start : "");
    add_times (text, row->part, row->n);
    g_string_append (text, row->end != NULL ? row->end : "");
  } else {
    add_colliding (text, 3, row->n);
  }
  g_string_append (text, "]}");
  g_assert_cmpuint (text->len, <=, GST_HAILUO_JSON_MAX_SIZE);
  return g_string_free (text, FALSE);
}

/* What they come to is not what is tested here. */

static void
read_poll (const GstHailuoProvider *provider, const GstHailuoResponse *response)
{
  g_auto (GstHailuoReport) report = { 0 };
  g_autoptr (GError) error = NULL;

  gst_hailuo_response_parse_poll (provider, response, "t", &report, &error);
}

static void
read_submit (
    const GstHailuoProvider *provider, const GstHailuoResponse *response)
{
  g_autoptr (GError) error = NULL;
  g_free (gst_hailuo_response_parse_submit (provider, response, &error));
}

/* The best of some: the CPU may be slow for a while. */
static void
measure (GstHailuoProviderId id, const gchar *text, const gchar *what,
    void (*read) (const GstHailuoProvider *, const GstHailuoResponse *))
{
  g_auto (GstHailuoResponse) response = {
    .status = 200,
    .body = g_bytes_new_static (text, strlen (text)),
    .retry_after = -1,
  };
  gdouble best = G_MAXDOUBLE;
  guint i;

  for (i = 0; i < RUNS; i++) {
    const gdouble begin = hold_now ();

    read (gst_hailuo_provider_get (id), &response);
    best = MIN (best, hold_now () - begin);
  }
  g_test_message ("%s, provider %d: %.1f ms", what, id, best);
  hold_assert (best);
}

static void
measure_all (const gchar *text)
{
  guint id;

  g_assert_true (gst_hailuo_json_validate (text, strlen (text), NULL));
  for (id = 0; id < GST_HAILUO_N_PROVIDERS; id++) {
    measure (id, text, "poll", read_poll);
    measure (id, text, "submit", read_submit);
  }
}

static void
test_answer (gconstpointer data)
{
  g_autofree gchar *text = make_answer (data);

  measure_all (text);
}

static void
test_embedded (void)
{
  g_autoptr (GString) text = g_string_new (
      "{\"code\":200,\"data\":{\"taskId\":\"t\",\"state\":\"success\"");

  add_embedded (text, "resultJson", 600);
  g_string_append (text, "},\"x\":[0");
  add_colliding (text, 3, 0);
  g_string_append_c (text, ']');
  add_embedded (text, "resultJson", 600);
  g_string_append_c (text, '}');
  measure_all (text->str);
}

int
main (int argc, char **argv)
{
  guint i;

  g_test_init (&argc, &argv, NULL);
  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *path = g_strconcat (
        "/hostile/times/", rows[i].description, NULL);

    g_test_add_data_func (path, &rows[i], test_answer);
  }
  g_test_add_func ("/hostile/times/embedded", test_embedded);
  return g_test_run ();
}
