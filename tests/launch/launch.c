/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch.h"

#include <glib/gstdio.h>
#include <stdlib.h>

/* What would decide what a program prints, where it is set from outside; the last
 * two but where tests/secrets/whole-suite.py set them */
static const gchar *const unwanted[] = { "GST_DEBUG_DUMP_DOT_DIR",
  "GST_TRACERS", "GST_DEBUG", "GST_DEBUG_FILE" };

static gchar *key_folder;

static void
remove_key (void)
{
  g_autofree gchar *path = g_build_filename (key_folder, LAUNCH_KEY_FILE, NULL);

  g_unlink (path);
  g_rmdir (key_folder);
}

static void
make_key (void)
{
  key_folder = g_dir_make_tmp ("launch-XXXXXX", NULL);
  g_assert_nonnull (key_folder);
  g_assert_cmpint (g_chdir (key_folder), ==, 0);
  g_assert_true (g_file_set_contents_full (LAUNCH_KEY_FILE, FIXTURE_KEY "\n",
      -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  atexit (remove_key);
}

void
launch_init (int *argc, char ***argv)
{
  const guint n = g_getenv ("TEST_SCANNED") != NULL ? 2 : 4;
  guint i;

  for (i = 0; i < n; i++)
    g_unsetenv (unwanted[i]);
  fixture_init (argc, argv);
  make_key ();
}

Simulator *
launch_simulator (guint work_ms)
{
  SimulatorOptions options = {
    .time_scale = 120000.0 / MAX (work_ms, 1),
    .clip_file = g_getenv ("TEST_CLIP_SMALL"),
  };
  g_autoptr (GError) error = NULL;
  Simulator *simulator = simulator_new (&options, &error);

  g_assert_no_error (error);
  return simulator;
}

gchar *
launch_shot (const gchar *base_url)
{
  static guint number = 0;

  return g_strdup_printf (
      "base-url=%s prompt=\"a harbour, shot %u\"", base_url, ++number);
}

gchar *
launch_shot_at (Simulator *simulator)
{
  g_autofree gchar *shot = launch_shot (
      simulator_get_base_url (simulator, "apixo"));

  return g_strconcat (shot, LAUNCH_KEYED LAUNCH_FAST, NULL);
}
