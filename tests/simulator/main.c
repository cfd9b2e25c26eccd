/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* main.c: hailuo-simulator, the simulator as a program. */
#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "simulator-private.h"

static struct
{
  gint port;
  gint files_port;
  gchar *port_file;
  gdouble time_scale;
  gchar *api_key;
  gchar *cert;
  gchar *key;
  gchar *clip;
  gchar *script;
  gboolean exit_with_parent;
  gchar *render;
  gchar *size;
  gint frames;
  gchar *prompt;
} args = {
  .time_scale = 1,
  .frames = 141,
};

static const GOptionEntry entries[] = {
  { "port", 0, 0, G_OPTION_ARG_INT, &args.port,
      "Port of the API; default: any free one", "PORT" },
  { "files-port", 0, 0, G_OPTION_ARG_INT, &args.files_port,
      "Port of the result links; default: any free one", "PORT" },
  { "port-file", 0, 0, G_OPTION_ARG_FILENAME, &args.port_file,
      "Write \"API_PORT FILES_PORT\" to FILE, as a whole, when both listen",
      "FILE" },
  { "time-scale", 0, 0, G_OPTION_ARG_DOUBLE, &args.time_scale,
      "How much faster tasks are than real ones (120 s); default: 1", "X" },
  { "api-key", 0, 0, G_OPTION_ARG_STRING, &args.api_key,
      "The key that is accepted; default: simulator-key", "KEY" },
  { "cert", 0, 0, G_OPTION_ARG_FILENAME, &args.cert,
      "Certificate (PEM); with --key, both ports speak HTTPS", "FILE" },
  { "key", 0, 0, G_OPTION_ARG_FILENAME, &args.key,
      "Key of the certificate (PEM)", "FILE" },
  { "clip", 0, 0, G_OPTION_ARG_FILENAME, &args.clip,
      "MP4 that all tasks end with; default: each is rendered", "FILE" },
  { "script", 0, 0, G_OPTION_ARG_FILENAME, &args.script,
      "Rules (a JSON array) to begin with; more by POST /script", "FILE" },
  { "exit-with-parent", 0, 0, G_OPTION_ARG_NONE, &args.exit_with_parent,
      "Exit when the process that started this one does", NULL },
  { "render", 0, 0, G_OPTION_ARG_FILENAME, &args.render,
      "Render one clip to FILE and exit", "FILE" },
  { "size", 0, 0, G_OPTION_ARG_STRING, &args.size,
      "With --render: the size; default: 1366x768", "WxH" },
  { "frames", 0, 0, G_OPTION_ARG_INT, &args.frames,
      "With --render: the number of frames; default: 141", "N" },
  { "prompt", 0, 0, G_OPTION_ARG_STRING, &args.prompt,
      "With --render: the text in the picture", "TEXT" },
  { NULL }
};

static const gchar summary[] =
    "Hosted video APIs on this machine, as their documents describe them.\n"
    "No task made here costs anything.  See GET /ledger for what would have\n"
    "been billed, GET /requests for what was asked, and README.md beside the\n"
    "sources for POST /script.";

static gboolean
fail (GError **error, const gchar *text)
{
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, text);
  return FALSE;
}

static gboolean
parse_size (SimClipSpec *spec, GError **error)
{
  g_auto (GStrv) parts = NULL;
  guint64 width, height;

  if (args.size == NULL)
    return TRUE;
  parts = g_strsplit (args.size, "x", 2);
  if (g_strv_length (parts) != 2
      || !g_ascii_string_to_unsigned (parts[0], 10, 2, 4096, &width, NULL)
      || !g_ascii_string_to_unsigned (parts[1], 10, 2, 4096, &height, NULL)
      || width % 2 != 0 || height % 2 != 0)
    return fail (error, "--size wants two even numbers, such as 1366x768");
  spec->width = width;
  spec->height = height;
  return TRUE;
}

static gboolean
render (GError **error)
{
  SimClipSpec spec = {
    .width = 1366,
    .height = 768,
    .frames = args.frames,
    .prompt = args.prompt,
  };
  g_autoptr (GBytes) clip = NULL;

  if (args.frames < 1)
    return fail (error, "--frames wants a number above 0");
  if (!parse_size (&spec, error))
    return FALSE;
  clip = sim_render (&spec, NULL, error);
  return clip != NULL
      && g_file_set_contents (args.render, g_bytes_get_data (clip, NULL),
          g_bytes_get_size (clip), error);
}

static gboolean
run_script (Simulator *simulator, GError **error)
{
  g_autofree gchar *text = NULL;

  if (args.script == NULL)
    return TRUE;
  if (!g_file_get_contents (args.script, &text, NULL, error))
    return FALSE;
  if (simulator_add_script (simulator, text, error))
    return TRUE;
  g_prefix_error (error, "%s: ", args.script);
  return FALSE;
}

/* To a temporary name, then renamed: a reader never sees half of it. */
static gboolean
write_ports (Simulator *simulator, GError **error)
{
  g_autofree gchar *text = g_strdup_printf ("%u %u\n",
      simulator_get_port (simulator), simulator_get_files_port (simulator));

  return args.port_file == NULL
      || g_file_set_contents (args.port_file, text, -1, error);
}

static gboolean
on_signal (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
serve (GError **error)
{
  SimulatorOptions options = {
    .port = args.port,
    .files_port = args.files_port,
    .api_key = args.api_key,
    .time_scale = args.time_scale,
    .cert_file = args.cert,
    .key_file = args.key,
    .clip_file = args.clip,
  };
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (Simulator) simulator = simulator_new (&options, error);

  if (simulator == NULL || !run_script (simulator, error)
      || !write_ports (simulator, error))
    return FALSE;
  g_print ("apixo %s apiinone %s files %s\n",
      simulator_get_base_url (simulator, "apixo"),
      simulator_get_base_url (simulator, "apiinone"),
      simulator_get_files_url (simulator));

  g_unix_signal_add (SIGINT, on_signal, loop);
  g_unix_signal_add (SIGTERM, on_signal, loop);
  g_main_loop_run (loop);
  return TRUE;
}

static gboolean
parse_args (int *argc, char ***argv, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    return fail (error, "There is an argument that is no option");
  if (args.port < 0 || args.port > G_MAXUINT16 || args.files_port < 0
      || args.files_port > G_MAXUINT16)
    return fail (error, "A port is a number from 0 to 65535");
  if (!(args.time_scale > 0))
    return fail (error, "--time-scale wants a number above 0");
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  pid_t parent = getppid ();

  setlocale (LC_ALL, "");
  signal (SIGPIPE, SIG_IGN);
  if (!parse_args (&argc, &argv, &error)) {
    g_printerr ("%s: %s\n", g_get_prgname (), error->message);
    return 2;
  }
  if (args.exit_with_parent) {
    prctl (PR_SET_PDEATHSIG, SIGTERM);
    /* it may have gone before the line above */
    if (getppid () != parent)
      return EXIT_SUCCESS;
  }
  if (!(args.render != NULL ? render (&error) : serve (&error))) {
    g_printerr ("%s: %s\n", g_get_prgname (), error->message);
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
