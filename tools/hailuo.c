/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hailuo: generates clips and manages the store of hailuosrc. */
#include "hailuo.h"

#include <locale.h>

static const struct
{
  const gchar *name;
  const gchar *usage;
  const gchar *summary;
  HailuoRun run;
} commands[] = {
  { "make", "PROMPT", "Generate a clip, resume its task, or replay it",
      hailuo_make },
  { "quote", "PROMPT", "Show what a clip would cost; sends nothing",
      hailuo_quote },
  { "collect", "", "Fetch the clips of all unfinished tasks", hailuo_collect },
};

HailuoStatus
hailuo_fail (HailuoStatus status, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_printerr ("hailuo: %s\n", text);
  return status;
}

gboolean
hailuo_parse (gchar **arguments, const gchar *command, const gchar *usage,
    const gchar *summary, const GOptionEntry *entries, gchar ***rest, guint n,
    HailuoStatus *status)
{
  g_autoptr (GOptionContext) context = g_option_context_new (usage);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = NULL;
  guint i;

  /* GOption shows the name of the program from the first word */
  g_autofree gchar *name = g_strconcat ("hailuo ", command, NULL);
  g_set_prgname (name);
  g_strv_builder_add (builder, name);
  for (i = 0; arguments[i] != NULL; i++)
    g_strv_builder_add (builder, arguments[i]);
  words = g_strv_builder_end (builder);
  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_help_enabled (context, TRUE);
  if (!g_option_context_parse_strv (context, &words, &error)) {
    *status = hailuo_fail (
        HAILUO_USAGE, "%s: see %s --help.", error->message, name);
    return FALSE;
  }
  if (g_strv_length (words) != n + 1) {
    *status = hailuo_fail (HAILUO_USAGE, "%s takes %s%s: see %s --help.",
        command, n == 0 ? "no arguments" : usage,
        g_strv_length (words) > n + 1 && n == 1 ? " in one word, so quote it"
                                                : "",
        name);
    return FALSE;
  }
  *rest = g_strdupv (words + 1);
  return TRUE;
}

static void
print_help (void)
{
  guint i;

  g_print ("Usage:\n  hailuo COMMAND [OPTION...]\n\nCommands:\n");
  for (i = 0; i < G_N_ELEMENTS (commands); i++) {
    g_autofree gchar *call = g_strjoin (
        " ", commands[i].name, commands[i].usage, NULL);

    g_print ("  %-18s %s\n", call, commands[i].summary);
  }
  g_print ("\n'hailuo COMMAND --help' shows the options of a command.\n");
}

int
main (int argc, char **argv)
{
  guint i;

  setlocale (LC_ALL, "");
  if (argc == 2
      && (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h"))) {
    print_help ();
    return HAILUO_DONE;
  }
  if (argc == 2 && g_str_equal (argv[1], "--version")) {
    g_print ("hailuo %s\n", PACKAGE_VERSION);
    return HAILUO_DONE;
  }
  for (i = 0; argc > 1 && i < G_N_ELEMENTS (commands); i++) {
    if (g_str_equal (argv[1], commands[i].name))
      return commands[i].run (argv + 2);
  }
  if (argc > 1)
    return hailuo_fail (HAILUO_USAGE,
        "there is no command \"%s\": see hailuo --help.", argv[1]);
  print_help ();
  return HAILUO_USAGE;
}
