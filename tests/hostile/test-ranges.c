/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-ranges.c: a download that breaks in the middle, and a host that goes on
 * with something else. */
#include <string.h>

#include "attack.h"

#define MIDDLE 7000

/* Of the answer that breaks off */
#define STRONG "ETag: \"one\"\r\n"
#define WEAK "ETag: W/\"one\"\r\n"
#define DATE "Last-Modified: Sat, 21 Nov 2026 10:00:00 GMT\r\n"

typedef struct
{
  const gchar *description;
  const gchar *validator; /* of the first answer */
  /* of the second: @size@, @last@, @rest@ (what is missing) and @more@ (one
   * byte more than that) stand for numbers; it ends before its body */
  const gchar *head;
  gboolean honest; /* its body is the rest of the clip, and is taken */
} Row;

#define PART "HTTP/1.1 206 Partial Content\r\n"
#define RIGHT "Content-Range: bytes 7000-@last@/@size@\r\n"

static const Row rows[] = {
  { "right", STRONG, PART RIGHT STRONG, TRUE },
  { "right-with-no-etag", STRONG, PART RIGHT, TRUE },
  { "right-by-date", DATE, PART RIGHT DATE, TRUE },
  { "other-etag", STRONG, PART RIGHT "ETag: \"two\"\r\n", FALSE },
  { "etag-became-weak", STRONG, PART RIGHT WEAK DATE, FALSE },
  { "weak-etag", WEAK, PART RIGHT WEAK, FALSE },
  { "weak-etag-and-date", WEAK DATE, PART RIGHT WEAK DATE, FALSE },
  { "no-validator", "", PART RIGHT, FALSE },
  { "no-validator-then-one", "", PART RIGHT STRONG, FALSE },
  /* it is not sent, neither as it is nor without the key */
  { "etag-with-the-key", "ETag: \"" FIXTURE_KEY "\"\r\n",
      PART RIGHT "ETag: \"" FIXTURE_KEY "\"\r\n", FALSE },
  { "other-date", DATE,
      PART RIGHT "Last-Modified: Sun, 22 Nov 2026 10:00:00 GMT\r\n", FALSE },
  { "etag-case", STRONG, PART RIGHT "ETag: \"ONE\"\r\n", FALSE },
  { "two-etags", STRONG, PART RIGHT STRONG "ETag: \"two\"\r\n", FALSE },
  { "no-content-range", STRONG, PART STRONG, FALSE },
  { "other-first", STRONG,
      PART STRONG "Content-Range: bytes 6999-@last@/@size@\r\n", FALSE },
  { "from-0", STRONG, PART STRONG "Content-Range: bytes 0-@last@/@size@\r\n",
      FALSE },
  { "other-total", STRONG,
      PART STRONG "Content-Range: bytes 7000-99998/99999"
                  "\r\n",
      FALSE },
  { "unknown-total", STRONG,
      PART STRONG "Content-Range: bytes 7000-@last@/*\r\n", FALSE },
  { "last-before-first", STRONG,
      PART STRONG "Content-Range: bytes 7000-6000/@size@\r\n", FALSE },
  { "last-beyond-total", STRONG,
      PART STRONG "Content-Range: bytes 7000-@size@/@size@\r\n", FALSE },
  { "unsatisfied", STRONG, PART STRONG "Content-Range: bytes */@size@\r\n",
      FALSE },
  { "other-unit", STRONG,
      PART STRONG "Content-Range: lines 7000-@last@/@size@\r\n", FALSE },
  { "negative", STRONG,
      PART STRONG "Content-Range: bytes -7000-@last@/@size@\r\n", FALSE },
  { "plus", STRONG, PART STRONG "Content-Range: bytes +7000-@last@/@size@\r\n",
      FALSE },
  { "modulo-2^64", STRONG,
      PART STRONG "Content-Range: bytes 18446744073709558616-@last@/@size@\r\n",
      FALSE },
  { "total-2^63", STRONG,
      PART STRONG "Content-Range: bytes 7000-@last@/9223372036854775808\r\n",
      FALSE },
  { "hexadecimal", STRONG,
      PART STRONG "Content-Range: bytes 0x1b58-@last@/@size@\r\n", FALSE },
  { "no-numbers", STRONG, PART STRONG "Content-Range: bytes -/\r\n", FALSE },
  { "words", STRONG, PART STRONG "Content-Range: bytes a-b/c\r\n", FALSE },
  { "empty-range", STRONG, PART STRONG "Content-Range: \r\n", FALSE },
  { "two-ranges", STRONG,
      PART STRONG RIGHT "Content-Range: bytes 0-6999/@size@\r\n", FALSE },
  { "multipart", STRONG,
      PART STRONG "Content-Type: multipart/byteranges; boundary=x\r\n", FALSE },
  { "too-much", STRONG, PART STRONG RIGHT "Content-Length: @more@\r\n", FALSE },
  { "too-little", STRONG, PART STRONG RIGHT "Content-Length: 5\r\n", FALSE },
  { "one-byte-short", STRONG,
      PART STRONG "Content-Range: bytes 7000-7001/@size@\r\n", FALSE },
  { "all-of-another", STRONG, "HTTP/1.1 200 OK\r\nETag: \"two\"\r\n", FALSE },
  { "all-of-another-by-the-same-etag", STRONG, "HTTP/1.1 200 OK\r\n" STRONG,
      FALSE },
  { "416", STRONG,
      "HTTP/1.1 416 No\r\nContent-Range: bytes */@size@\r\n" STRONG, FALSE },
};

static gchar *
fill_in (const gchar *text, gsize size)
{
  const struct
  {
    const gchar *name;
    gsize value;
  } numbers[] = {
    { "@size@", size },
    { "@last@", size - 1 },
    { "@rest@", size - MIDDLE },
    { "@more@", size - MIDDLE + 1 },
  };
  GString *filled = g_string_new (text);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (numbers); i++) {
    g_autofree gchar *value = g_strdup_printf (
        "%" G_GSIZE_FORMAT, numbers[i].value);

    g_string_replace (filled, numbers[i].name, value, 0);
  }
  g_string_append (filled, "\r\n");
  return g_string_free (filled, FALSE);
}

/* The clip with other pictures: its boxes are as they were, so that nothing but
 * what the host says of it can tell that it is not the one. */
static gchar *
dup_poison (const gchar *clip, gsize size)
{
  gchar *poison = g_memdup2 (clip, size);
  gsize end = size - 4, i;

  while (memcmp (clip + end, "moov", 4) != 0)
    end--;
  g_assert_cmpuint (end, >, MIDDLE + 1000);
  for (i = MIDDLE; i < end - 4; i++)
    poison[i] = ~clip[i];
  return poison;
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *begin = g_strdup_printf (
      "HTTP/1.1 200 OK\r\n%sContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
      row->validator, f->clip_size);
  g_autofree gchar *head = fill_in (row->head, f->clip_size);
  g_autofree gchar *poison = dup_poison (f->clip, f->clip_size);
  const gchar *rest = (row->honest ? f->clip : poison) + MIDDLE;
  g_autoptr (Host) host = host_new (f);
  /* the clip goes as the unit, up to the limit */
  const HostAnswer answers[] = {
    { begin, -1, f->clip, f->clip_size, MIDDLE },
    { head, -1, rest, f->clip_size - MIDDLE,
        f->clip_size - MIDDLE + (strstr (row->head, "@more@") ? 1 : 0) },
    { NULL },
  };

  /* attempts at once, or nearly so: they are not what is tested */
  fixture_set (f, "retries", 3);
  host_answer (host, HOST_FILE, answers, G_N_ELEMENTS (answers));
  attack_watch_memory ();
  fixture_run (f);
  attack_check_memory ();
  host_assert_keys (host);
  fixture_assert_ledger (f, 1);
  g_assert_cmpuint (host_count (host, HOST_FILE), >=, 2);
  if (row->honest)
    g_assert_cmpuint (host_count (host, HOST_FILE), ==, 2);
  fixture_reset (f, GST_STATE_NULL);
}

/* A part that says of itself that it is the rest, and that it has five bytes,
 * and has those wrong: nothing is put behind it. */
static void
test_part_of_two_lengths (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *begin = g_strdup_printf ("HTTP/1.1 200 OK\r\n" STRONG
                                             "Content-Length: %" G_GSIZE_FORMAT
                                             "\r\n\r\n",
      f->clip_size);
  g_autofree gchar *part = fill_in (
      PART STRONG RIGHT "Content-Length: 5\r\n", f->clip_size);
  g_autofree gchar *rest = fill_in (
      PART STRONG "Content-Range: bytes 7005-@last@/@size@\r\n", f->clip_size);
  g_autoptr (Host) host = host_new (f);
  const HostAnswer answers[] = {
    { begin, -1, f->clip, f->clip_size, MIDDLE },
    { part, -1, "wrong", 5, 5 },
    { rest, -1, f->clip + MIDDLE + 5, f->clip_size - MIDDLE - 5,
        f->clip_size - MIDDLE - 5 },
    { NULL },
  };

  fixture_set (f, "retries", 3);
  host_answer (host, HOST_FILE, answers, G_N_ELEMENTS (answers));
  attack_watch_memory ();
  fixture_run (f);
  attack_check_memory ();
  fixture_assert_ledger (f, 1);
  fixture_reset (f, GST_STATE_NULL);
}

/* A host that never sends the right bytes gets none of them downstream. */
static void
test_for_ever (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *begin = g_strdup_printf (
      "HTTP/1.1 200 OK\r\n%sContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
      row->validator, f->clip_size);
  g_autofree gchar *head = fill_in (row->head, f->clip_size);
  g_autofree gchar *poison = dup_poison (f->clip, f->clip_size);
  g_autoptr (Host) host = host_new (f);
  const HostAnswer answers[] = {
    { begin, -1, f->clip, f->clip_size, MIDDLE },
    { head, -1, poison + MIDDLE, f->clip_size - MIDDLE, f->clip_size - MIDDLE },
  };

  fixture_set (f, "retries", 1);
  host_answer (host, HOST_FILE, answers, G_N_ELEMENTS (answers));
  attack_watch_memory ();
  fixture_run_error (f, GST_RESOURCE_ERROR_READ);
  attack_check_memory ();
  fixture_assert_nothing (f);
  fixture_assert_ledger (f, 1);
  host_assert_keys (host);
  fixture_reset (f, GST_STATE_NULL);
}

int
main (int argc, char **argv)
{
  guint i;

  fixture_init (&argc, &argv);
  FIXTURE_ADD_TABLE ("/hostile/range/", rows, test_row);
  g_test_add_func (
      "/hostile/range/part-of-two-lengths", test_part_of_two_lengths);
  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *path = g_strconcat (
        "/hostile/range-for-ever/", rows[i].description, NULL);

    if (!rows[i].honest)
      g_test_add_data_func (path, &rows[i], test_for_ever);
  }
  return attack_finish ();
}
