/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keep-folders.c: linked into test programs, so that leak checkers find nothing
 * where nothing is wrong, and need no suppressions.
 *
 * G_TEST_OPTION_ISOLATE_DIRS gives each test case other folders.  GLib never
 * frees the names of those before, because somebody might still use them, and
 * forgets them.  Here they are remembered: what is reachable is no leak.  The
 * moment to look is when the test framework prints something, which it does
 * between any two changes.
 */
#include <glib.h>
#include <stdio.h>
#include <string.h>

static void
keep (gconstpointer name)
{
  static GHashTable *names;

  if (names == NULL)
    names = g_hash_table_new (NULL, NULL);
  g_hash_table_add (names, (gpointer) name);
}

static void
write_out (const gchar *text)
{
  fputs (text, stdout);
  fflush (stdout);
}

static void
print (const gchar *text)
{
  static GMutex lock;

  /* a comment may be of GLib itself, which has these folders locked then */
  if (text[strspn (text, " ")] == '#') {
    write_out (text);
    return;
  }
  g_mutex_lock (&lock);
  keep (g_get_home_dir ());
  keep (g_get_user_cache_dir ());
  keep (g_get_user_config_dir ());
  keep (g_get_user_data_dir ());
  keep (g_get_user_runtime_dir ());
  keep (g_get_user_state_dir ());
  keep (g_get_system_config_dirs ());
  keep (g_get_system_data_dirs ());
  g_mutex_unlock (&lock);
  write_out (text);
}

static void __attribute__ ((constructor)) keep_folders (void)
{
  g_set_print_handler (print);
}
