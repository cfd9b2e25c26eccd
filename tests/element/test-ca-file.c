/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-ca-file.c: what may be a file of certificates, and what is refused with
 * nothing sent. */
#include <string.h>
#include <sys/stat.h>

#include "fixture.h"

#define SIZE_MAX_ALLOWED (4 * 1024 * 1024)

typedef struct
{
  const gchar *description;
  const gchar *before; /* the certificate of the simulator ... */
  guint cut;           /* ... without that many bytes at its end ... */
  const gchar *after;  /* ... */
  gsize size;          /* filled up to that with empty lines; 0: not */
  const gchar *why;    /* in the sentence; NULL: the clip is made */
} Row;

static const Row rows[] = {
  { "good", "", 0, "", 0, NULL },
  { "words-around", "# mine\n\n", 0, "and no more", 0, NULL },
  { "twice", "@", 0, "", 0, NULL },
  { "largest", "", 0, "", SIZE_MAX_ALLOWED, NULL },
  { "too-large", "", 0, "", SIZE_MAX_ALLOWED + 1, "4194304 bytes" },
  { "end-missing", "", 30, "", 0, "truncated" },
  { "a-half", "", 400, "", 0, "truncated" },
  { "first-of-two-cut", "-----BEGIN CERTIFICATE-----\nMIIB\n", 0, "", 0,
      "truncated" },
  { "second-of-two-cut", "@", 30, "", 0, "truncated" },
  { "beginning-missing", "", G_MAXUINT, "-----END CERTIFICATE-----\n", 0,
      "no certificate" },
  { "empty", "", G_MAXUINT, "", 0, "no certificate" },
};

static gchar *
write_file (const Row *row)
{
  g_autofree gchar *path = g_build_filename (
      g_get_user_runtime_dir (), "ca.pem", NULL);
  g_autofree gchar *text = NULL;
  g_autoptr (GString) out = NULL;
  gsize length;

  g_assert_true (
      g_file_get_contents (g_getenv ("TEST_CERT"), &text, &length, NULL));
  out = g_string_new (row->before);
  g_string_replace (out, "@", text, 0);
  g_string_append_len (out, text, length - MIN (row->cut, length));
  g_string_append (out, row->after);
  while (out->len < row->size)
    g_string_append_c (out, '\n');
  g_assert_true (g_file_set_contents (path, out->str, out->len, NULL));
  return g_steal_pointer (&path);
}

static void
assert_refused (Fixture *self, const gchar *path, const gchar *why)
{
  const FixtureDetails expected = { 0, "", "", 0, FALSE, "no", FALSE };
  g_autoptr (GError) error = NULL;
  GstMessage *message;

  fixture_set (self, "ca-file", path);
  message = fixture_run_error (self, GST_RESOURCE_ERROR_SETTINGS);
  fixture_assert_details (self, message, &expected);
  gst_message_parse_error (message, &error, NULL);
  g_assert_nonnull (strstr (error->message, "ca-file"));
  g_assert_nonnull (strstr (error->message, why));
  fixture_assert_requests (self, "any", 0);
  fixture_assert_ledger (self, 0);
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  const FixtureOptions options = { .tls = TRUE };
  g_autoptr (Fixture) f = fixture_new (&options);
  g_autofree gchar *path = write_file (row);

  if (row->why != NULL) {
    assert_refused (f, path, row->why);
    return;
  }
  fixture_set (f, "ca-file", path);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
}

/* Nobody waits for somebody to write into it. */
static void
test_fifo (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *path = g_build_filename (
      g_get_user_runtime_dir (), "fifo", NULL);

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  assert_refused (f, path, "not a regular file");
}

static void
test_device (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  assert_refused (f, "/dev/zero", "not a regular file");
}

/* What was checked is what is used, whatever becomes of the file. */
static void
test_read_once (void)
{
  const FixtureOptions options = { .tls = TRUE };
  g_autoptr (Fixture) f = fixture_new (&options);
  g_autofree gchar *path = write_file (&rows[0]);

  fixture_set (f, "ca-file", path);
  fixture_reach (f, GST_STATE_READY);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_requests (f, "submit", 1);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_ledger (f, 1);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  FIXTURE_ADD_TABLE ("/ca-file/", rows, test_row);
  g_test_add_func ("/ca-file/fifo", test_fifo);
  g_test_add_func ("/ca-file/device", test_device);
  g_test_add_func ("/ca-file/read-once", test_read_once);
  return fixture_finish ();
}
