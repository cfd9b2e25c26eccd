/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* main.c: hailuo-faultproxy, the fault proxy as a program. */
#include <glib-unix.h>
#include <locale.h>
#include <stdlib.h>

#include "faultproxy.h"

static gint target;
static gchar *port_file;
static gchar **rules;

static const GOptionEntry entries[] = {
  { "target", 0, 0, G_OPTION_ARG_INT, &target,
      "Port of 127.0.0.1 that connections are passed on to; required", "PORT" },
  { "port-file", 0, 0, G_OPTION_ARG_FILENAME, &port_file,
      "Write the proxy's own port to FILE, as a whole, when it listens",
      "FILE" },
  { "rule", 0, 0, G_OPTION_ARG_STRING_ARRAY, &rules,
      "A fault, such as {\"connection\":1,\"at\":100,\"action\":\"reset\"}; "
      "may be given more than once, faultproxy.h has the members",
      "JSON" },
  { NULL }
};

static gboolean
on_signal (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
parse_args (int *argc, char ***argv, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (context,
      "A TCP proxy in front of a port of this machine that makes faults.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc == 1 && target > 0 && target <= G_MAXUINT16)
    return TRUE;
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
      "--target wants a number from 1 to 65535, and no more arguments");
  return FALSE;
}

static gboolean
run (GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (FaultProxy) proxy = fault_proxy_new (target, error);
  g_autofree gchar *text = NULL;
  guint i;

  if (proxy == NULL)
    return FALSE;
  for (i = 0; rules != NULL && rules[i] != NULL; i++) {
    if (!fault_proxy_try_add (proxy, rules[i], error)) {
      g_prefix_error (error, "%s: ", rules[i]);
      return FALSE;
    }
  }

  text = g_strdup_printf ("%u\n", fault_proxy_get_port (proxy));
  if (port_file != NULL && !g_file_set_contents (port_file, text, -1, error))
    return FALSE;
  g_print ("127.0.0.1:%s", text);

  g_unix_signal_add (SIGINT, on_signal, loop);
  g_unix_signal_add (SIGTERM, on_signal, loop);
  g_main_loop_run (loop);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  if (!parse_args (&argc, &argv, &error)) {
    g_printerr ("%s: %s\n", g_get_prgname (), error->message);
    return 2;
  }
  if (!run (&error)) {
    g_printerr ("%s: %s\n", g_get_prgname (), error->message);
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
