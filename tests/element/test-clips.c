/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-clips.c: files that have the boxes of a clip, and are no whole one: not
 * a byte of them goes downstream, and none is kept as the clip. */
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

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  FIXTURE_ADD_TABLE ("/clips/changed/", changes, test_changed);
  return fixture_finish ();
}
