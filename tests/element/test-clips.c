/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-clips.c: files that have the boxes of a clip, and are no whole one: not
 * a byte of them goes downstream, and none is kept as the clip.  And what is said
 * to be kept of one that did not come whole. */
#include <string.h>

#include "fixture.h"

typedef struct
{
  const gchar *description;
  const gchar *type;  /* of the first box of it in the index ... */
  guint place;        /* ... after which so many bytes are skipped, and ... */
  const gchar *bytes; /* ... these four written */
} Change;

static const Change changes[] = {
  { "no-header", "mvhd", 0, "free" },
  { "no-picture", "vide", 0, "soun" },
  { "no-sizes", "stsz", 0, "free" },
  { "chunk-beyond-the-end", "stco", 12, "\177\377\377\377" },
  { "sample-beyond-the-end", "stsz", 16, "\177\377\377\377" },
};

static gchar *
write_changed (const Change *change)
{
  g_autofree gchar *path = g_build_filename (
      g_get_user_runtime_dir (), "changed.mp4", NULL);
  g_autofree gchar *clip = NULL;
  gchar *at;
  gsize size;

  g_assert_true (
      g_file_get_contents (g_getenv ("TEST_CLIP_SMALL"), &clip, &size, NULL));
  at = memmem (clip, size, "moov", 4);
  g_assert_nonnull (at);
  at = memmem (at, clip + size - at, change->type, 4);
  g_assert_nonnull (at);
  memcpy (at + change->place, change->bytes, 4);
  g_assert_true (g_file_set_contents (path, clip, size, NULL));
  return g_steal_pointer (&path);
}

static void
test_changed (gconstpointer data)
{
  const FixtureDetails expected = { -1, NULL, NULL, 4, TRUE, "yes", TRUE };
  g_autofree gchar *file = write_changed (data);
  const FixtureOptions options = { .clip_file = file };
  g_autoptr (Fixture) f = fixture_new (&options);
  guint run;

  /* the second has nothing that the first left to play */
  for (run = 1; run <= 2; run++) {
    fixture_assert_details (
        f, fixture_run_error (f, GST_RESOURCE_ERROR_READ), &expected);
    fixture_assert_nothing (f);
    fixture_assert_requests (f, "file", 4 * run);
    fixture_assert_ledger (f, 1);
    fixture_assert_requests (f, "submit", 1);
    fixture_reset (f, GST_STATE_NULL);
  }
}

/* What is told to be here is here. */

static const gchar *const losses[] = { "store-max-size=100000",
  "no-validator" };

static void
test_not_kept (gconstpointer data)
{
  const gchar *const *loss = data;
  const gboolean unnamed = g_str_equal (*loss, "no-validator");
  const FixtureOptions options = { .big_clip = TRUE };
  g_autoptr (Fixture) f = fixture_new (&options);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *script = g_strdup_printf (
      "[{'on':'task','work':0},{'on':'file','cut':500000%s},"
      "{'on':'file','times':0,'delay':600000}]",
      unnamed ? ",'headers':{'ETag':'weak'}" : "");
  g_autofree gchar *range = NULL;

  fixture_script (f, script);
  fixture_set (f, "timeout", fixture_ms (1000) / 1000, "retries", 5);
  if (!unnamed)
    fixture_configure (f, *loss);
  gst_message_parse_error (
      fixture_run_error (f, GST_RESOURCE_ERROR_OPEN_READ), &error, NULL);
  g_assert_nonnull (strstr (error->message, "timeout"));
  g_assert_nonnull (strstr (error->message, "not lost"));
  g_assert_nonnull (strstr (error->message, "cannot be kept"));
  g_assert_null (strstr (error->message, "MB"));

  simulator_clear_script (f->simulator);
  fixture_reset (f, GST_STATE_NULL);
  fixture_configure (f, "timeout=900 store-max-size=1000000000");
  fixture_run (f);
  range = fixture_get_header (
      f, "file", simulator_get_requests (f->simulator, "file") - 1, "range");
  g_assert_null (range);
  fixture_assert_ledger (f, 1);
}

int
main (int argc, char **argv)
{
  guint i;

  fixture_init (&argc, &argv);
  FIXTURE_ADD_TABLE ("/clips/changed/", changes, test_changed);
  for (i = 0; i < G_N_ELEMENTS (losses); i++) {
    g_autofree gchar *path = g_strconcat ("/clips/not-kept/", losses[i], NULL);

    g_test_add_data_func (path, &losses[i], test_not_kept);
  }
  return fixture_finish ();
}
