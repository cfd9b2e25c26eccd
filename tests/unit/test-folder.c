/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the store is when nobody says: each row is a process of its own, as GLib
 * remembers the environment. */
#include "unit.h"

#include "store.h"

typedef struct
{
  const gchar *description;
  const gchar *state; /* XDG_STATE_HOME; NULL: it is not set */
  const gchar *home;
  const gchar *folder; /* NULL: there is none */
} Row;

static const Row rows[] = {
  { "not set", NULL, "/home/me", "/home/me/.local/state/hailuo" },
  { "empty", "", "/home/me", "/home/me/.local/state/hailuo" },
  { "absolute", "/var/me", "/home/me", "/var/me/hailuo" },
  { "relative", "state", "/home/me", "/home/me/.local/state/hailuo" },
  { "current folder", ".", "/home/me", "/home/me/.local/state/hailuo" },
  { "tilde", "~", "/home/me", "/home/me/.local/state/hailuo" },
  { "no home", NULL, "", NULL },
  { "a relative home", NULL, "me", NULL },
  { "relative, and no home", "state", "", NULL },
  { "absolute, and no home", "/var/me", "", "/var/me/hailuo" },
};

static void
test_folder (gconstpointer data)
{
  const Row *row = data;
  g_autofree gchar *folder = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_test_subprocess ()) {
    g_setenv ("HOME", row->home, TRUE);
    if (row->state != NULL)
      g_setenv ("XDG_STATE_HOME", row->state, TRUE);
    else
      g_unsetenv ("XDG_STATE_HOME");
    g_test_trap_subprocess (NULL, 0, 0);
    g_test_trap_assert_passed ();
    return;
  }
  folder = gst_hailuo_store_get_default_folder (&error);
  g_assert_cmpstr (folder, ==, row->folder);
  g_assert_true ((folder == NULL) == (error != NULL));
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  UNIT_ADD_TABLE ("/folder", rows, test_folder);
  return g_test_run ();
}
