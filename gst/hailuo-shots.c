/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hailuo-shots: what the store of hailuosrc remembers. */
#include <errno.h>
#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/clip.h"
#include "client/model.h"
#include "client/store.h"

#define SHORT_ID 12

typedef struct
{
  gchar *folder;
  gboolean unfinished;
  gboolean json;
  gchar *forget;
  gchar *export;
  gchar **files;
} Options;

static gboolean
is_unfinished (const GstHailuoRecord *record)
{
  return record->state == GST_HAILUO_RECORD_INTENT
      || record->state == GST_HAILUO_RECORD_SUBMITTED
      || record->state == GST_HAILUO_RECORD_FETCHED;
}

/* "3 d", "5 h", "12 min": how long ago */
static gchar *
describe_age (gint64 created)
{
  gint64 age = MAX (g_get_real_time () - created, 0) / G_TIME_SPAN_SECOND;

  if (age >= 48 * 3600)
    return g_strdup_printf ("%" G_GINT64_FORMAT " d", age / (24 * 3600));
  if (age >= 3600)
    return g_strdup_printf ("%" G_GINT64_FORMAT " h", age / 3600);
  return g_strdup_printf ("%" G_GINT64_FORMAT " min", age / 60);
}

static gchar *
describe_cost (const GstHailuoRecord *record)
{
  g_autofree gchar *price = gst_hailuo_price_to_string (MAX (record->cost, 0));

  return record->cost >= 0 ? g_strconcat ("$", price, NULL) : g_strdup ("?");
}

static void
print_row (const GstHailuoRecord *record)
{
  g_autofree gchar *age = describe_age (record->created);
  g_autofree gchar *cost = describe_cost (record);
  g_autofree gchar *size = record->size > 0 ? g_format_size (record->size)
                                            : g_strdup ("-");

  printf ("%-12.12s  %-9s  %7s  %-8s  %-23s  %-7s  %9s  %s\n", record->id,
      gst_hailuo_record_state_get_name (record->state), age, record->provider,
      record->mode ? record->mode : "-", cost, size,
      record->task_id ? record->task_id : "-");
}

static void
add_member (JsonBuilder *json, const gchar *name, const gchar *value)
{
  json_builder_set_member_name (json, name);
  if (value != NULL)
    json_builder_add_string_value (json, value);
  else
    json_builder_add_null_value (json);
}

static void
add_object (JsonBuilder *json, const GstHailuoRecord *record)
{
  json_builder_begin_object (json);
  add_member (json, "id", record->id);
  add_member (json, "state", gst_hailuo_record_state_get_name (record->state));
  add_member (json, "provider", record->provider);
  add_member (json, "base-url", record->base_url);
  add_member (json, "model", record->model);
  add_member (json, "mode", record->mode);
  add_member (json, "task-id", record->task_id);
  json_builder_set_member_name (json, "created");
  json_builder_add_double_value (json, record->created / 1e6);
  json_builder_set_member_name (json, "cost");
  if (record->cost >= 0)
    json_builder_add_double_value (json, record->cost / 1e6);
  else
    json_builder_add_null_value (json);
  json_builder_set_member_name (json, "size");
  json_builder_add_int_value (json, record->size);
  json_builder_end_object (json);
}

static gint
compare_age (gconstpointer a, gconstpointer b)
{
  const GstHailuoRecord *one = *(GstHailuoRecord *const *) a;
  const GstHailuoRecord *other = *(GstHailuoRecord *const *) b;

  return one->created < other->created ? -1 : one->created > other->created;
}

static void
record_free (GstHailuoRecord *record)
{
  gst_hailuo_record_clear (record);
  g_free (record);
}

/* All records, oldest first; @faults counts those that cannot be read. */
static GPtrArray *
read_all (GstHailuoStore *store, guint *faults)
{
  g_autoptr (GPtrArray) ids = gst_hailuo_store_list (store);
  GPtrArray *records = g_ptr_array_new_with_free_func (
      (GDestroyNotify) record_free);
  guint i;

  for (i = 0; i < ids->len; i++) {
    GstHailuoRecord *record = g_new0 (GstHailuoRecord, 1);
    g_autoptr (GError) error = NULL;

    if (gst_hailuo_store_read (
            store, g_ptr_array_index (ids, i), record, &error)
        && record->state != GST_HAILUO_RECORD_NONE) {
      g_ptr_array_add (records, record);
      continue;
    }
    record_free (record);
    if (error != NULL) {
      fprintf (stderr, "%s\n", error->message);
      (*faults)++;
    }
  }
  g_ptr_array_sort (records, compare_age);
  return records;
}

static gboolean
list (GstHailuoStore *store, const Options *options)
{
  guint faults = 0;
  g_autoptr (GPtrArray) records = read_all (store, &faults);
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *text = NULL;
  guint i;

  if (!options->json)
    printf ("%-12s  %-9s  %7s  %-8s  %-23s  %-7s  %9s  %s\n", "ID", "STATE",
        "AGE", "PROVIDER", "MODE", "COST", "SIZE", "TASK");
  json_builder_begin_array (json);
  for (i = 0; i < records->len; i++) {
    const GstHailuoRecord *record = g_ptr_array_index (records, i);

    if (options->unfinished && !is_unfinished (record))
      continue;
    if (options->json)
      add_object (json, record);
    else
      print_row (record);
  }
  json_builder_end_array (json);
  if (options->json) {
    root = json_builder_get_root (json);
    text = json_to_string (root, TRUE);
    printf ("%s\n", text);
  }
  return faults == 0;
}

/* The one id that begins so. (transfer full) (nullable) */
static gchar *
find_id (GstHailuoStore *store, const gchar *prefix, GError **error)
{
  g_autoptr (GPtrArray) ids = gst_hailuo_store_list (store);
  const gchar *found = NULL;
  guint n = 0, i;

  for (i = 0; i < ids->len; i++) {
    if (*prefix != '\0'
        && g_str_has_prefix (g_ptr_array_index (ids, i), prefix)) {
      found = g_ptr_array_index (ids, i);
      n++;
    }
  }
  if (n == 1)
    return g_strdup (found);
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_NOT_FOUND,
      n == 0 ? "The store has no shot %s."
             : "More than one shot begins with %s.",
      prefix);
  return NULL;
}

static gboolean
set_in_use (GError **error, const gchar *id)
{
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_BUSY,
      "The shot %.*s is in use by another process: try again when it is done.",
      SHORT_ID, id);
  return FALSE;
}

static gboolean
forget (GstHailuoStore *store, const gchar *prefix, GError **error)
{
  g_autofree gchar *id = find_id (store, prefix, error);
  g_autoptr (GError) problem = NULL;
  gboolean done;
  gint lock;

  if (id == NULL)
    return FALSE;
  lock = gst_hailuo_store_lock (store, id, &problem);
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  if (lock < 0)
    return set_in_use (error, id);
  done = gst_hailuo_store_remove (store, id, error);
  gst_hailuo_store_unlock (&lock);
  if (done)
    printf ("Forgotten: %s\n", id);
  return done;
}

static gboolean
copy (gint from, const gchar *path, GError **error)
{
  gchar block[64 * 1024];
  gssize n = 0, done;
  gint to = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  gboolean ok = to >= 0;

  while (ok && (n = read (from, block, sizeof block)) > 0) {
    for (done = 0; ok && done < n;) {
      gssize written = write (to, block + done, n - done);

      ok = written > 0 || (written < 0 && errno == EINTR);
      done += MAX (written, 0);
    }
  }
  ok = ok && n == 0 && fsync (to) == 0;
  if (!ok)
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_STORE,
        "%s cannot be written: %s.", path, g_strerror (errno));
  if (to >= 0 && close (to) != 0 && ok)
    ok = FALSE;
  return ok;
}

static gboolean export(GstHailuoStore *store, const gchar *prefix,
    const gchar *path, GError **error)
{
  g_autofree gchar *id = find_id (store, prefix, error);
  g_auto (GstHailuoRecord) record = { 0 };
  guint64 size = 0;
  gboolean done;
  gint fd = -1;

  if (id == NULL || !gst_hailuo_store_read (store, id, &record, error))
    return FALSE;
  if (gst_hailuo_record_has_clip (&record))
    fd = gst_hailuo_store_open_clip (store, id, &size, error);
  if (fd < 0) {
    if (error != NULL && *error == NULL)
      gst_hailuo_set_error (error, GST_HAILUO_ERROR_NOT_FOUND,
          "The store has no clip of shot %.*s.", SHORT_ID, id);
    return FALSE;
  }
  done = size == record.size
      && gst_hailuo_clip_compare (fd, size, record.sha256, NULL, NULL, NULL);
  if (!done)
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_DOWNLOAD,
        "The clip of shot %.*s is not as it was downloaded, and is not copied:"
        " play the shot with hailuosrc, which fetches it again, at no cost.",
        SHORT_ID, id);
  done = done && copy (fd, path, error);
  close (fd);
  return done;
}

static gboolean
run (const Options *options, GError **error)
{
  g_autofree gchar *standard = gst_hailuo_store_get_default_folder ();
  g_autoptr (GstHailuoStore) store = gst_hailuo_store_open (
      options->folder ? options->folder : standard, FALSE, error);

  if (store == NULL)
    return FALSE;
  if (options->forget != NULL)
    return forget (store, options->forget, error);
  if (options->export != NULL)
    return export(store, options->export, options->files[0], error);
  return list (store, options);
}

static gboolean
parse (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "store", 's', 0, G_OPTION_ARG_FILENAME, &options->folder,
        "The store (default: hailuo in the XDG state folder)", "FOLDER" },
    { "unfinished", 'u', 0, G_OPTION_ARG_NONE, &options->unfinished,
        "Only shots whose clip was not delivered yet", NULL },
    { "json", 'j', 0, G_OPTION_ARG_NONE, &options->json,
        "Print JSON (cost in USD, created in seconds since 1970)", NULL },
    { "forget", 0, 0, G_OPTION_ARG_STRING, &options->forget,
        "Remove the record and the clip of a shot: the same line then makes"
        " it, and pays it, anew",
        "ID" },
    { "export", 0, 0, G_OPTION_ARG_STRING, &options->export,
        "Copy the clip of a shot to FILE, which must not exist", "ID" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->files,
        NULL, "[FILE]" },
    { NULL }
  };
  g_autoptr (GOptionContext)
      context = g_option_context_new ("- the shots that hailuosrc remembers");

  g_option_context_set_description (context,
      "An ID may be cut short as long as it names one shot.  Exit status: 0,"
      " or 1 where\nsomething went wrong or a record cannot be read.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if ((options->files ? g_strv_length (options->files) : 0)
      != (options->export != NULL ? 1 : 0)) {
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--export takes an ID and one FILE, nothing else takes a FILE");
    return FALSE;
  }
  return TRUE;
}

int
main (int argc, char **argv)
{
  Options options = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean done;

  setlocale (LC_ALL, "");
  done = parse (&options, &argc, &argv, &error) && run (&options, &error);
  if (error != NULL)
    fprintf (stderr, "hailuo-shots: %s\n", error->message);
  g_free (options.folder);
  g_free (options.forget);
  g_free (options.export);
  g_strfreev (options.files);
  return done ? 0 : 1;
}
