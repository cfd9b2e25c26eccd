/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hailuo-collect.c: fetches what was detached or left unfinished. */
#include "hailuo-file.h"
#include "hailuo-run.h"
#include "ledger.h"
#include "store.h"

typedef struct
{
  gchar *directory, *folder;
  gboolean json;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->directory);
  g_free (self->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* Whether there is a clip to fetch, or to deliver. */
static gboolean
is_unfinished (const GstHailuoAttempt *attempt)
{
  return attempt->state == GST_HAILUO_ATTEMPT_INTENT
      || attempt->state == GST_HAILUO_ATTEMPT_SUBMITTED
      || attempt->state == GST_HAILUO_ATTEMPT_FETCHED;
}

/* (transfer floating) (nullable) */
static GstElement *
make_source (const Options *options, const GstHailuoAttempt *attempt)
{
  GstElement *source = gst_element_factory_make ("hailuosrc", NULL);

  if (source == NULL)
    return NULL;
  gst_util_set_object_arg (G_OBJECT (source), "provider", attempt->provider);
  g_object_set (source, "base-url", attempt->base_url, "task-id",
      attempt->task_id, "model", attempt->model, "store", options->folder,
      /* nothing may be submitted */
      "max-cost", 0.0, NULL);
  return source;
}

static HailuoStatus
fetch (
    const Options *options, const GstHailuoAttempt *attempt, HailuoView *view)
{
  g_autofree gchar *name = hailuo_file_make_name (
      attempt->label ? attempt->label : attempt->task_id, 1);
  g_autofree gchar *path = g_build_filename (
      options->directory ? options->directory : "", name, NULL);
  g_auto (HailuoFile) file = { .fd = -1 };
  g_auto (HailuoResult) result = { 0 };
  g_autoptr (GError) error = NULL;
  GstElement *source;
  HailuoStatus status;

  if (!hailuo_file_open (&file, path, &error))
    return hailuo_fail (
        HAILUO_ERROR, "task %s: %s.", attempt->task_id, error->message);
  source = make_source (options, attempt);
  if (source == NULL)
    return hailuo_fail (HAILUO_ERROR,
        "GStreamer does not find the element hailuosrc: set GST_PLUGIN_PATH to"
        " the directory of its plugin.");
  gst_object_ref_sink (source);
  status = hailuo_run (source, file.fd, view, &result);
  gst_object_unref (source);
  if (status != HAILUO_DONE)
    return status;
  if (!hailuo_file_keep (&file, &error))
    return hailuo_fail (
        HAILUO_ERROR, "task %s: %s.", attempt->task_id, error->message);
  hailuo_view_show_done (view, path, result.origin);
  return HAILUO_DONE;
}

/* All of them, oldest first.  The first failure decides the status. */
static HailuoStatus
fetch_all (const Options *options, GPtrArray *attempts)
{
  HailuoStatus status = HAILUO_DONE, last = HAILUO_DONE;
  guint i, n = 0;

  for (i = attempts->len; i > 0 && last != HAILUO_INTERRUPTED; i--) {
    const GstHailuoAttempt *attempt = g_ptr_array_index (attempts, i - 1);
    HailuoView view;

    if (!is_unfinished (attempt))
      continue;
    n++;
    hailuo_view_init (&view, options->json);
    if (attempt->task_id == NULL)
      last = hailuo_fail (HAILUO_UNKNOWN,
          "the outcome of the submit of shot %.12s is unknown: run its command"
          " again to see what to do.",
          attempt->shot);
    else
      last = fetch (options, attempt, &view);
    hailuo_view_clear (&view);
    if (status == HAILUO_DONE || last == HAILUO_INTERRUPTED)
      status = last;
  }
  if (n == 0 && !options->json)
    g_printerr ("Nothing to collect.\n");
  return status;
}

/* (transfer full) (nullable) */
static GPtrArray *
list_attempts (const gchar *folder, GError **error)
{
  g_autofree gchar *path = folder ? g_strdup (folder)
                                  : gst_hailuo_store_get_default_folder (error);
  g_autoptr (GstHailuoStore) store = NULL;
  g_autoptr (GstHailuoLedger) ledger = NULL;

  if (path == NULL)
    return NULL;
  store = gst_hailuo_store_open (path, FALSE, error);
  if (store == NULL)
    return NULL;
  ledger = gst_hailuo_ledger_new (gst_hailuo_store_get_database (store),
      gst_hailuo_store_is_used (store), NULL, NULL);
  return gst_hailuo_ledger_list (ledger, NULL, error);
}

HailuoStatus
hailuo_collect (gchar **arguments)
{
  g_auto (Options) options = { 0 };
  g_auto (GStrv) rest = NULL;
  g_autoptr (GPtrArray) attempts = NULL;
  g_autoptr (GError) error = NULL;
  HailuoStatus status;
  const GOptionEntry entries[] = {
    { "directory", 'd', 0, G_OPTION_ARG_FILENAME, &options.directory,
        "Where the files go (default: the current directory)", "DIR" },
    { "store", 's', 0, G_OPTION_ARG_FILENAME, &options.folder,
        "Directory of the store", "DIR" },
    { "json", 'j', 0, G_OPTION_ARG_NONE, &options.json,
        "Print JSON, one object a line", NULL },
    { NULL },
  };

  if (!hailuo_parse (arguments, "collect", "",
          "Fetches the clips of all tasks that were detached or left unfinished,"
          " and writes each to LABEL.mp4 or TASK.mp4.  Submits nothing.",
          entries, &rest, 0, &status))
    return status;
  attempts = list_attempts (options.folder, &error);
  if (attempts == NULL)
    return hailuo_fail (HAILUO_ERROR, "%s", error->message);
  gst_init (NULL, NULL);
  return fetch_all (&options, attempts);
}
