/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hailuo-make.c: the commands that run hailuosrc for one prompt. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hailuo-file.h"
#include "hailuo-run.h"

#define PROMPT_MAX (64 * 1024) /* bytes, as in the element */

typedef struct
{
  gchar *output, *image, *resolution, *provider, *label, *store, *key_file;
  gchar *max_cost, *duration, *take; /* parsed by the element's own rules */
  gchar **settings;                  /* "PROPERTY=VALUE" */
  gboolean pro, fast, detach, yes, json;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->output);
  g_free (self->image);
  g_free (self->resolution);
  g_free (self->provider);
  g_free (self->label);
  g_free (self->store);
  g_free (self->key_file);
  g_free (self->max_cost);
  g_free (self->duration);
  g_free (self->take);
  g_strfreev (self->settings);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* clang-format off */
#define COMMON_ENTRIES(options) \
  { "image", 'i', 0, G_OPTION_ARG_STRING, &(options)->image, \
      "Public URL of the first frame", "URL" }, \
  { "pro", 0, 0, G_OPTION_ARG_NONE, &(options)->pro, "Pro quality", NULL }, \
  { "fast", 0, 0, G_OPTION_ARG_NONE, &(options)->fast, \
      "The faster model (APIXO, with --image)", NULL }, \
  { "duration", 'd', 0, G_OPTION_ARG_STRING, &(options)->duration, \
      "Duration in seconds: 6 or 10", "SECONDS" }, \
  { "resolution", 'r', 0, G_OPTION_ARG_STRING, &(options)->resolution, \
      "768p or 1080p", "SIZE" }, \
  { "provider", 'p', 0, G_OPTION_ARG_STRING, &(options)->provider, \
      "apixo (default) or apiinone", "NAME" }, \
  { "take", 't', 0, G_OPTION_ARG_STRING, &(options)->take, \
      "Number of the take; a different number submits a new paid task", "N" }, \
  { "label", 'l', 0, G_OPTION_ARG_STRING, &(options)->label, \
      "Name of the shot in the store", "TEXT" }, \
  { "max-cost", 'm', 0, G_OPTION_ARG_STRING, &(options)->max_cost, \
      "Pay up to this price in USD without asking", "USD" }, \
  { "store", 's', 0, G_OPTION_ARG_FILENAME, &(options)->store, \
      "Directory of the store", "DIR" }, \
  { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &(options)->settings, \
      "Set any other property of hailuosrc (repeatable)", "PROPERTY=VALUE" }, \
  { "json", 'j', 0, G_OPTION_ARG_NONE, &(options)->json, \
      "Print JSON, one object a line", NULL }
/* clang-format on */

/* --- the source ------------------------------------------------------------ */

/* Like gst_util_set_object_arg(), which ignores values that it cannot parse. */
static gboolean
set_property (GstElement *source, const gchar *name, const gchar *text)
{
  GParamSpec *spec = g_object_class_find_property (
      G_OBJECT_GET_CLASS (source), name);
  g_auto (GValue) value = G_VALUE_INIT;

  if (spec == NULL || !(spec->flags & G_PARAM_WRITABLE)) {
    hailuo_fail (
        HAILUO_USAGE, "--set: hailuosrc has no property %s to set.", name);
    return FALSE;
  }
  g_value_init (&value, spec->value_type);
  if (!gst_value_deserialize_with_pspec (&value, text, spec)
      || g_param_value_validate (spec, &value)) {
    hailuo_fail (
        HAILUO_USAGE, "--%s %s is not a value for it: see --help.", name, text);
    return FALSE;
  }
  g_object_set_property (G_OBJECT (source), name, &value);
  return TRUE;
}

/* Not those that the command sets, or that have an option: one of the two would
 * be lost. */
static gboolean
set_more (GstElement *source, gchar **settings)
{
  static const gchar *const own[] = { "prompt", "prompt-file", "dry-run",
    "detach", "max-cost", "provider", "mode", "model", "image", "duration",
    "resolution", "take", "label", "store", NULL };
  guint i;

  for (i = 0; settings != NULL && settings[i] != NULL; i++) {
    g_auto (GStrv) pair = g_strsplit (settings[i], "=", 2);

    if (g_strv_length (pair) != 2) {
      hailuo_fail (
          HAILUO_USAGE, "--set %s is not PROPERTY=VALUE.", settings[i]);
      return FALSE;
    }
    if (g_strv_contains (own, pair[0])) {
      hailuo_fail (HAILUO_USAGE,
          "--set %s is not possible: use the option or command for it, see"
          " --help.",
          pair[0]);
      return FALSE;
    }
    if (!set_property (source, pair[0], pair[1]))
      return FALSE;
  }
  return TRUE;
}

/* "-": the standard input; "@FILE": the file. */
static gboolean
set_prompt (GstElement *source, const gchar *prompt)
{
  g_autofree gchar *text = NULL;
  gsize length;

  if (prompt[0] == '@') {
    g_object_set (source, "prompt-file", prompt + 1, NULL);
    return TRUE;
  }
  if (!g_str_equal (prompt, "-")) {
    g_object_set (source, "prompt", prompt, NULL);
    return TRUE;
  }
  text = g_malloc0 (PROMPT_MAX + 2);
  length = fread (text, 1, PROMPT_MAX + 1, stdin);
  if (strlen (text) != length) {
    hailuo_fail (HAILUO_USAGE, "the standard input is not text.");
    return FALSE;
  }
  g_object_set (source, "prompt", g_strstrip (text), NULL);
  return TRUE;
}

static const gchar *
get_mode (const Options *options)
{
  if (!options->pro)
    return "auto";
  return options->image ? "pro-image-to-video" : "pro-text-to-video";
}

/* (transfer floating) (nullable) */
static GstElement *
make_source (const Options *options, const gchar *prompt)
{
  const struct
  {
    const gchar *name, *text;
  } settings[] = {
    { "provider", options->provider },
    { "mode", get_mode (options) },
    { "model", options->fast ? "hailuo-2-3-fast" : NULL },
    { "image", options->image },
    { "duration", options->duration },
    { "resolution", options->resolution },
    { "take", options->take },
    { "label", options->label },
    { "max-cost", options->max_cost },
    { "store", options->store },
  };
  GstElement *source = gst_element_factory_make ("hailuosrc", NULL);
  guint i;

  if (source == NULL) {
    hailuo_fail (HAILUO_ERROR,
        "GStreamer does not find the element hailuosrc: set GST_PLUGIN_PATH to"
        " the directory of its plugin.");
    return NULL;
  }
  for (i = 0; i < G_N_ELEMENTS (settings); i++) {
    if (settings[i].text != NULL
        && !set_property (source, settings[i].name, settings[i].text))
      break;
  }
  if (i == G_N_ELEMENTS (settings) && set_more (source, options->settings)
      && set_prompt (source, prompt))
    return source;
  gst_object_unref (gst_object_ref_sink (source));
  return NULL;
}

/* --- the price -------------------------------------------------------------- */

/* What a run would cost, and whether it would pay.  Sends nothing. */
static HailuoStatus
quote (GstElement *source, HailuoView *view, HailuoResult *result)
{
  HailuoStatus status;

  g_object_set (source, "dry-run", TRUE, NULL);
  status = hailuo_run (source, -1, view, result);
  g_object_set (source, "dry-run", FALSE, NULL);
  return status;
}

/* (transfer full) */
static gchar *
describe_price (const HailuoResult *quoted)
{
  if (g_strcmp0 (quoted->action, "submit") != 0)
    return g_strdup (quoted->stored
            ? "The clip is in the store: it costs nothing."
            : "The task exists already: its clip costs nothing more.");
  if (quoted->cost < 0)
    return g_strdup ("The price of this clip is unknown.");
  return g_strdup_printf ("This clip costs about $%.3g (%s, %s).", quoted->cost,
      quoted->provider, quoted->mode);
}

static gboolean
ask (const HailuoResult *quoted)
{
  g_autofree gchar *price = describe_price (quoted);
  gchar answer[16] = "";

  g_printerr ("%s Generate it? [y/N] ", price);
  if (fgets (answer, sizeof answer, stdin) == NULL)
    g_printerr ("\n");
  g_strstrip (answer);
  return g_ascii_strcasecmp (answer, "y") == 0
      || g_ascii_strcasecmp (answer, "yes") == 0;
}

/* Whether the user agrees to pay.  A run then may pay what was quoted, and no
 * more: the store may have changed since. */
static HailuoStatus
agree (const Options *options, GstElement *source, const HailuoResult *quoted)
{
  if (g_strcmp0 (quoted->action, "submit") != 0) {
    g_object_set (source, "max-cost", 0.0, NULL);
    return HAILUO_DONE;
  }
  if (options->yes || options->max_cost != NULL)
    return HAILUO_DONE;
  if (options->json || !isatty (STDIN_FILENO) || !isatty (STDERR_FILENO))
    return hailuo_fail (HAILUO_USAGE,
        "nothing was sent: without a terminal to ask on, give --max-cost or"
        " --yes.");
  if (!ask (quoted))
    return hailuo_fail (HAILUO_ERROR, "nothing was sent.");
  if (quoted->cost >= 0)
    g_object_set (source, "max-cost", quoted->cost, NULL);
  return HAILUO_DONE;
}

/* --- the commands ------------------------------------------------------------ */

/* (transfer full) (nullable) NULL: the standard output */
static gchar *
choose_path (const Options *options, GstElement *source)
{
  g_autofree gchar *prompt = NULL;
  g_autofree gchar *file = NULL;
  guint take;

  if (options->output != NULL)
    return g_str_equal (options->output, "-") ? NULL
                                              : g_strdup (options->output);
  g_object_get (
      source, "prompt", &prompt, "prompt-file", &file, "take", &take, NULL);
  if (prompt == NULL && file != NULL) {
    g_autofree gchar *base = g_path_get_basename (file);
    gchar *dot = strrchr (base, '.');

    if (dot != NULL)
      *dot = '\0';
    return hailuo_file_make_name (base, take);
  }
  return hailuo_file_make_name (prompt ? prompt : "", take);
}

static HailuoStatus
generate (const Options *options, GstElement *source, HailuoView *view)
{
  g_auto (HailuoResult) quoted = { 0 }, result = { 0 };
  g_auto (HailuoFile) file = { .fd = -1 };
  g_autofree gchar *path = options->detach ? NULL
                                           : choose_path (options, source);
  g_autoptr (GError) error = NULL;
  HailuoStatus status = HAILUO_DONE;

  if (path != NULL && !hailuo_file_open (&file, path, &error))
    status = hailuo_fail (HAILUO_USAGE, "%s.", error->message);
  if (status == HAILUO_DONE)
    status = quote (source, view, &quoted);
  if (status == HAILUO_DONE)
    status = agree (options, source, &quoted);
  if (status != HAILUO_DONE)
    return status;
  g_object_set (source, "detach", options->detach, NULL);
  status = hailuo_run (source,
      options->detach ? -1
          : path      ? file.fd
                      : STDOUT_FILENO,
      view, &result);
  if (status != HAILUO_DONE)
    return status;
  if (options->detach) {
    hailuo_view_say (view, "detached",
        "Task %s continues at the host; 'hailuo collect', or the same command"
        " without --detach, gets its clip.",
        result.task_id);
    return HAILUO_DONE;
  }
  if (path != NULL && !hailuo_file_keep (&file, &error))
    return hailuo_fail (HAILUO_ERROR,
        "%s. The clip is in the store: the same command gets it at no cost.",
        error->message);
  hailuo_view_show_done (view, path, result.origin);
  return HAILUO_DONE;
}

static HailuoStatus
show_quote (const Options *options, GstElement *source, HailuoView *view)
{
  g_auto (HailuoResult) quoted = { 0 };
  g_autofree gchar *price = NULL;
  const HailuoStatus status = quote (source, view, &quoted);

  if (status != HAILUO_DONE || options->json)
    return status;
  price = describe_price (&quoted);
  g_print ("%s\n", price);
  return HAILUO_DONE;
}

static HailuoStatus
run (const Options *options, const gchar *prompt,
    HailuoStatus (*command) (const Options *, GstElement *, HailuoView *))
{
  GstElement *source;
  HailuoView view;
  HailuoStatus status;

  if (options->max_cost != NULL && strchr (options->max_cost, '-') != NULL)
    return hailuo_fail (HAILUO_USAGE,
        "--max-cost %s is not a price; --yes pays any price.",
        options->max_cost);
  if (options->json && g_strcmp0 (options->output, "-") == 0)
    return hailuo_fail (
        HAILUO_USAGE, "--json and --output - both use the standard output.");
  gst_init (NULL, NULL);
  source = make_source (options, prompt);
  if (source == NULL)
    return HAILUO_USAGE;
  gst_object_ref_sink (source);
  hailuo_view_init (&view, options->json);
  status = command (options, source, &view);
  hailuo_view_clear (&view);
  gst_object_unref (source);
  return status;
}

HailuoStatus
hailuo_make (gchar **arguments)
{
  g_auto (Options) options = { 0 };
  g_auto (GStrv) rest = NULL;
  HailuoStatus status;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output,
        "File of the clip (default: named after the prompt; -: standard output)",
        "FILE" },
    COMMON_ENTRIES (&options),
    { "detach", 0, 0, G_OPTION_ARG_NONE, &options.detach,
        "Submit only; 'hailuo collect' gets the clip later", NULL },
    { "yes", 'y', 0, G_OPTION_ARG_NONE, &options.yes, "Pay without asking",
        NULL },
    { NULL },
  };

  if (!hailuo_parse (arguments, "make", "PROMPT",
          "Generates a clip, resumes its task, or replays it from the store.\n"
          "PROMPT: - reads the standard input, @FILE reads a file.",
          entries, &rest, 1, &status))
    return status;
  return run (&options, rest[0], generate);
}

HailuoStatus
hailuo_quote (gchar **arguments)
{
  g_auto (Options) options = { 0 };
  g_auto (GStrv) rest = NULL;
  HailuoStatus status;
  const GOptionEntry entries[] = { COMMON_ENTRIES (&options), { NULL } };

  if (!hailuo_parse (arguments, "quote", "PROMPT",
          "Shows what a clip would cost, and whether it is stored.  Sends"
          " nothing and needs no key.",
          entries, &rest, 1, &status))
    return status;
  return run (&options, rest[0], show_quote);
}
