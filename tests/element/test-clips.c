/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-clips.c: files that have the boxes of a clip, and are no whole one: not
 * a byte of them goes downstream, and none is kept as the clip.  And what is
 * kept of one that did not come whole. */
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

#define CUT 500000

/* The last request was for all of the clip. */
static void
assert_whole (Fixture *self)
{
  g_autofree gchar *range = fixture_get_header (self, "file",
      simulator_get_requests (self->simulator, "file") - 1, "range");

  g_assert_null (range);
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
  assert_whole (f);
  fixture_assert_ledger (f, 1);
}

/* What the store has of the clip is not what the last run left there, or is of
 * another task: it is fetched from its start. */

static const gchar *const strays[] = { "bytes", "seal", "short", "empty",
  "task" };

static gchar *
find_part (void)
{
  g_autofree gchar *folder = g_build_filename (
      g_get_user_state_dir (), "hailuo", "parts", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".part"))
      return g_build_filename (folder, name, NULL);
  g_assert_not_reached ();
}

static void
spoil_part (const gchar *how)
{
  g_autofree gchar *path = find_part ();
  g_autofree gchar *text = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  g_assert_cmpuint (size, ==, CUT + 2048);
  if (g_str_equal (how, "bytes"))
    size--;
  else if (g_str_equal (how, "seal"))
    text[CUT + 20] ^= 1;
  else if (g_str_equal (how, "short"))
    memmove (text + CUT - 100, text + CUT, 2048), size -= 100;
  else if (g_str_equal (how, "empty"))
    size = 0;
  g_assert_true (g_file_set_contents_full (
      path, text, size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

static void
test_stray (gconstpointer data)
{
  const gchar *const *how = data;
  FixtureOptions options = { .big_clip = TRUE };
  g_autoptr (Fixture) f = fixture_new (&options);
  const gboolean another = g_str_equal (*how, "task");
  g_autoptr (Fixture) next = NULL;

  fixture_script (f, "[{'on':'task','work':0},{'on':'file','cut':500000}]");
  fixture_set (f, "retries", 0);
  fixture_run_error (f, GST_RESOURCE_ERROR_READ);
  spoil_part (*how);
  fixture_reset (f, GST_STATE_NULL);
  options.simulator = f->simulator;
  next = fixture_new (&options);
  if (another)
    fixture_configure (next, "reuse=never");
  fixture_run (next);
  assert_whole (f);
  fixture_assert_ledger (f, another ? 2 : 1);
}

/* A redirect on the files' own port is followed, with no key: to the clip of
 * another task. */
static void
test_redirect (void)
{
  g_autoptr (Fixture) other = fixture_new (NULL);
  g_autoptr (Fixture) f = NULL;
  g_autoptr (JsonNode) request = NULL;
  g_autofree gchar *script = NULL;

  fixture_run (other);
  request = fixture_get_request (other, "file", 0);
  script = g_strdup_printf ("[{'on':'file','status':302,'headers':"
                            "{'Location':'%s'}}]",
      json_object_get_string_member (json_node_get_object (request), "target"));

  f = fixture_new_beside (other);
  fixture_script (f, script);
  fixture_set (f, "prompt", "another");
  fixture_run (f);
  fixture_assert_requests (f, "file", 3);
  fixture_assert_ledger (f, 2);
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
  for (i = 0; i < G_N_ELEMENTS (strays); i++) {
    g_autofree gchar *path = g_strconcat ("/clips/stray/", strays[i], NULL);

    g_test_add_data_func (path, &strays[i], test_stray);
  }
  g_test_add_func ("/clips/redirect", test_redirect);
  return fixture_finish ();
}
