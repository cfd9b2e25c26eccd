/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* progress.c: saves a clip, with a progress bar and a clean Ctrl-C.
 *
 *   examples/progress PROMPT FILE.mp4 [PROPERTY=VALUE...]
 *
 * With dry-run=true it tells the price and leaves FILE.mp4 alone.
 * After Ctrl-C (or SIGTERM) the task continues at the host; what hailuosrc says then
 * is how to pick it up, at no further cost.  Where the host has not answered the
 * submit yet, that is waited for, up to two minutes; another Ctrl-C leaves at once.
 */
#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <gst/hailuo/hailuo.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 30

typedef struct
{
  GMainLoop *loop;
  GstElement *pipeline, *source;
  int status;
  gboolean asking;      /* what came of the submit that was stopped */
  const gchar *charged; /* did this run cost something, as far as it went? */
} App;

static void
show_progress (GstMessage *message)
{
  g_autofree gchar *code = NULL;
  g_autofree gchar *text = NULL;
  gint percent = 0, i;

  gst_message_parse_progress (message, NULL, &code, &text);
  gst_structure_get_int (gst_message_get_structure (message),
      GST_HAILUO_PROGRESS_PERCENT, &percent);
  g_printerr ("\r\033[K%-8s [", code);
  for (i = 0; i < WIDTH; i++)
    g_printerr (i < percent * WIDTH / 100 ? "#" : ".");
  g_printerr ("] %s", text);
}

static void
note_task (App *app, const GstStructure *fields)
{
  const gchar *origin = gst_structure_get_string (
      fields, GST_HAILUO_FIELD_ORIGIN);
  const gchar *state = gst_structure_get_string (
      fields, GST_HAILUO_FIELD_STATE);
  gdouble cost = -1;

  if (app->asking) {
    /* the answer is there: an error says how to go on */
    if (gst_structure_has_field (fields, GST_HAILUO_FIELD_TASK_ID))
      gst_element_send_event (app->source, gst_event_new_eos ());
  } else if (g_strcmp0 (state, "quoted") == 0) {
    gst_structure_get_double (fields, GST_HAILUO_FIELD_COST, &cost);
    if (cost >= 0)
      g_printerr ("It costs about $%g.\n", cost);
    else
      g_printerr ("The price is unknown.\n");
  } else if (origin == NULL) {
    app->charged = "no";
  } else if (!g_str_equal (origin, "submitted")) {
    app->charged = "by an earlier run";
  } else if (gst_structure_has_field (fields, GST_HAILUO_FIELD_TASK_ID)) {
    app->charged = "yes";
  } else {
    app->charged = "unknown";
  }
}

/* A thread of hailuosrc waits for the host's answer as long as this process lives,
 * and the same shot waits for that thread: one that may cost nothing. */
static void
ask_again (App *app)
{
  g_printerr ("Waiting for the answer; Ctrl-C leaves at once.\n");
  app->asking = TRUE;
  gst_element_set_state (app->pipeline, GST_STATE_NULL);
  g_object_set (app->source, "max-cost", 0.0, NULL);
  gst_element_set_state (app->pipeline, GST_STATE_PLAYING);
}

/* What the host charged for, if anything, is in the details of hailuosrc's own
 * errors. */
static void
on_error (App *app, GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  const GstStructure *details = NULL;
  const gchar *billed = NULL;

  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  if (details != NULL)
    billed = gst_structure_get_string (details, GST_HAILUO_DETAIL_BILLED);
  g_printerr ("\n%s (charged: %s)\n",
      app->asking && g_strcmp0 (billed, "no") == 0 ? "The host made no task."
                                                   : error->message,
      billed ? billed : app->charged);
  if (app->status == 130 && !app->asking
      && g_strcmp0 (billed, "unknown") == 0) {
    ask_again (app);
    return;
  }
  if (app->status == 0)
    app->status = 1;
  g_main_loop_quit (app->loop);
}

static void
show_warning (GstMessage *message)
{
  g_autoptr (GError) warning = NULL;

  gst_message_parse_warning (message, &warning, NULL);
  g_printerr ("\n%s\n", warning->message);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  App *app = user_data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_PROGRESS:
      show_progress (message);
      break;
    case GST_MESSAGE_ELEMENT:
      if (gst_message_has_name (message, GST_HAILUO_MESSAGE_TASK))
        note_task (app, gst_message_get_structure (message));
      break;
    case GST_MESSAGE_ERROR:
      on_error (app, message);
      break;
    case GST_MESSAGE_WARNING:
      show_warning (message);
      break;
    case GST_MESSAGE_EOS:
      g_printerr ("\n");
      g_main_loop_quit (app->loop);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

/* An EOS before there is a clip is an error of hailuosrc, which says what became
 * of the task and how to go on.  The second time nothing is waited for. */
static gboolean
on_interrupt (gpointer user_data)
{
  App *app = user_data;

  if (app->status == 130
      || !gst_element_send_event (app->source, gst_event_new_eos ()))
    g_main_loop_quit (app->loop);
  app->status = 130;
  return G_SOURCE_CONTINUE;
}

/* What is not whole yet: in a folder of its own beside @file, where nobody can have
 * put a link. (transfer full) (nullable) */
static gchar *
make_part (const gchar *file)
{
  g_autofree gchar *folder = g_path_get_dirname (file);
  g_autofree gchar *own = g_build_filename (folder, ".part-XXXXXX", NULL);

  if (g_file_test (file, G_FILE_TEST_IS_SYMLINK)
      || (g_file_test (file, G_FILE_TEST_EXISTS)
          && !g_file_test (file, G_FILE_TEST_IS_REGULAR))) {
    g_printerr ("%s is there, and is not a regular file.\n", file);
    return NULL;
  }
  if (g_mkdtemp (own) == NULL) {
    g_printerr ("%s: %s\n", folder, g_strerror (errno));
    return NULL;
  }
  return g_build_filename (own, "clip.mp4", NULL);
}

/* A file that was there stays as it was until the new one is whole. */
static void
keep_file (App *app, const gchar *part, const gchar *file)
{
  g_autofree gchar *own = g_path_get_dirname (part);

  if (app->status != 0) {
    g_unlink (part);
  } else if (g_rename (part, file) != 0) {
    g_printerr ("%s: %s\n", file, g_strerror (errno));
    g_unlink (part);
    app->status = 1;
  }
  g_rmdir (own);
}

/* "max-cost=0.40"; unlike gst_util_set_object_arg() it tells of a property and of
 * a value that there is not. */
static gboolean
set_property (GObject *object, const gchar *setting)
{
  g_auto (GStrv) pair = g_strsplit (setting, "=", 2);
  GParamSpec *spec = pair[0] == NULL
      ? NULL
      : g_object_class_find_property (G_OBJECT_GET_CLASS (object), pair[0]);
  g_auto (GValue) value = G_VALUE_INIT;

  if (spec == NULL || !(spec->flags & G_PARAM_WRITABLE)) {
    g_printerr ("hailuosrc has no property to set with \"%s\".\n", setting);
    return FALSE;
  }
  g_value_init (&value, spec->value_type);
  if (pair[1] == NULL || *pair[1] == '\0'
      || !gst_value_deserialize_with_pspec (&value, pair[1], spec)
      || g_param_value_validate (spec, &value)) {
    g_printerr ("\"%s\" has no value of that property.\n", setting);
    return FALSE;
  }
  g_object_set_property (object, spec->name, &value);
  return TRUE;
}

/* To the end of the pipeline */
static void
run (App *app)
{
  GstBus *bus = gst_element_get_bus (app->pipeline);

  app->loop = g_main_loop_new (NULL, FALSE);
  gst_bus_add_watch (bus, on_message, app);
  g_unix_signal_add (SIGINT, on_interrupt, app);
  g_unix_signal_add (SIGTERM, on_interrupt, app);
  g_unix_signal_add (SIGHUP, on_interrupt, app);
  gst_element_set_state (app->pipeline, GST_STATE_PLAYING);
  g_main_loop_run (app->loop);

  gst_element_set_state (app->pipeline, GST_STATE_NULL);
  gst_bus_remove_watch (bus);
  gst_object_unref (bus);
  g_main_loop_unref (app->loop);
}

int
main (int argc, char **argv)
{
  App app = { .charged = "no" };
  GstElement *source, *sink;
  gboolean dry_run;
  g_autofree gchar *part = NULL;
  int i;

  gst_init (&argc, &argv);
  source = gst_element_factory_make ("hailuosrc", NULL);
  if (argc < 3 || argv[1][0] == '-' || !g_str_has_suffix (argv[2], ".mp4")
      || source == NULL) {
    g_printerr (source == NULL
            ? "There is no hailuosrc: set GST_PLUGIN_PATH.\n"
            : "usage: progress PROMPT FILE.mp4 [NAME=VALUE...]\n");
    return 2;
  }
  g_object_set (source, "prompt", argv[1], NULL);
  for (i = 3; i < argc; i++) {
    if (!set_property (G_OBJECT (source), argv[i]))
      return 2;
  }
  g_object_get (source, "dry-run", &dry_run, NULL);
  /* with nothing to write, filesink would leave an empty file */
  sink = gst_element_factory_make (dry_run ? "fakesink" : "filesink", NULL);
  if (!dry_run) {
    part = make_part (argv[2]);
    if (part == NULL)
      return 2;
    g_object_set (sink, "location", part, NULL);
  }
  app.source = source;
  app.pipeline = gst_pipeline_new (NULL);
  gst_bin_add_many (GST_BIN (app.pipeline), source, sink, NULL);
  gst_element_link (source, sink);

  run (&app);
  gst_object_unref (app.pipeline);
  if (!dry_run)
    keep_file (&app, part, argv[2]);
  return app.status;
}
