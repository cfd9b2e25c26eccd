/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hailuo-shots: what the store of hailuosrc remembers. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clip.h"
#include "ledger.h"
#include "store.h"
#include "trust.h"
#include "hailuo-shots-list.h"

#define SHORT_ID 12 /* characters, as they are printed */
#define ID_MIN 8    /* of a shot that is named; a few may be a slip */

#define WRONG_USAGE 2 /* exit status */

typedef struct
{
  gchar *folder;
  gboolean unfinished;
  gboolean costs;
  gboolean json;
  gchar **forgets; /* this and what follows: one at most */
  gchar **exports;
  gchar **files;
} Options;

/* The store, with its ledger. */
typedef struct
{
  GstHailuoStore *files;
  GstHailuoLedger *ledger;
} Store;

static gboolean
is_unfinished (const GstHailuoAttempt *attempt)
{
  return attempt->state == GST_HAILUO_ATTEMPT_INTENT
      || attempt->state == GST_HAILUO_ATTEMPT_SUBMITTED
      || attempt->state == GST_HAILUO_ATTEMPT_FETCHED;
}

/* --- the list ----------------------------------------------------------- */

/* What was forgotten was spent, too. */
static gboolean
add_forgotten (const Store *store, GPtrArray *attempts, GError **error)
{
  GPtrArray *forgotten = gst_hailuo_ledger_list_forgotten (
      store->ledger, error);

  if (forgotten != NULL)
    g_ptr_array_extend_and_steal (attempts, forgotten);
  return forgotten != NULL;
}

static gboolean
list (const Store *store, const Options *options, GError **error)
{
  g_autoptr (GPtrArray)
      attempts = gst_hailuo_ledger_list (store->ledger, NULL, error);
  guint i;

  if (attempts == NULL)
    return FALSE;
  for (i = attempts->len; i > 0; i--) {
    const GstHailuoAttempt *attempt = g_ptr_array_index (attempts, i - 1);

    /* what was adopted was paid elsewhere, or is there twice where it was
     * forgotten */
    if ((options->unfinished && !is_unfinished (attempt))
        || (options->costs && attempt->adopted))
      g_ptr_array_remove_index (attempts, i - 1);
  }
  if (options->costs && !options->unfinished
      && !add_forgotten (store, attempts, error))
    return FALSE;
  if (options->costs)
    hailuo_shots_print_costs (attempts, options->json);
  else if (options->json)
    hailuo_shots_print_json (attempts, store->files);
  else
    hailuo_shots_print_table (attempts, store->files);
  return TRUE;
}

/* --- one shot ----------------------------------------------------------- */

/* The attempts of the one shot that begins so, or the one with that task, the
 * newest first. (transfer full) (nullable) */
static GPtrArray *
find (const Store *store, const gchar *id, GError **error)
{
  g_autoptr (GPtrArray)
      all = gst_hailuo_ledger_list (store->ledger, NULL, error);
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_hailuo_attempt_free);
  const gboolean is_short = strlen (id) < ID_MIN;
  const gchar *shot = NULL;
  guint i;

  if (all == NULL)
    return NULL;
  for (i = 0; i < all->len; i++) {
    const GstHailuoAttempt *attempt = g_ptr_array_index (all, i);
    const gboolean is_task = g_strcmp0 (attempt->task_id, id) == 0;

    if (!is_task && (is_short || !g_str_has_prefix (attempt->shot, id)))
      continue;
    if (shot != NULL && !g_str_equal (shot, attempt->shot)) {
      gst_hailuo_set_error (error, GST_HAILUO_ERROR_NOT_FOUND,
          "Several shots match %s: give more characters.", id);
      return NULL;
    }
    shot = attempt->shot;
    g_ptr_array_add (found, gst_hailuo_attempt_copy (attempt));
  }
  if (shot != NULL)
    return g_steal_pointer (&found);
  if (is_short)
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_NOT_FOUND,
        "\"%s\" is not a task id, and too short for a shot id: give at least %u"
        " characters of a shot id, or a whole task id.",
        id, ID_MIN);
  else
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_NOT_FOUND,
        "The store has no shot or task %s.", id);
  return NULL;
}

static gboolean
set_in_use (GError **error, const gchar *id)
{
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_BUSY,
      "The shot %.*s is in use by another process: try again when that has"
      " finished.",
      SHORT_ID, id);
  return FALSE;
}

/* Removes the clip, where no other attempt has the same. */
static gboolean
remove_clip (const Store *store, const gchar *sha256, GError **error)
{
  g_autoptr (GPtrArray)
      all = gst_hailuo_ledger_list (store->ledger, NULL, error);
  guint i;

  if (all == NULL)
    return FALSE;
  for (i = 0; i < all->len; i++) {
    const GstHailuoAttempt *attempt = g_ptr_array_index (all, i);

    if (g_strcmp0 (attempt->sha256, sha256) == 0)
      return TRUE;
  }
  return gst_hailuo_store_remove_clip (store->files, sha256, error);
}

/* What the user gives up with it. (transfer none) */
static const gchar *
describe_loss (const GstHailuoAttempt *attempt)
{
  switch (attempt->state) {
    case GST_HAILUO_ATTEMPT_INTENT:
      return " (it may have been paid)";
    case GST_HAILUO_ATTEMPT_SUBMITTED:
      return " (its clip was not fetched)";
    case GST_HAILUO_ATTEMPT_FETCHED:
      return " (its clip was not played)";
    default:
      return "";
  }
}

static gboolean
forget_all (const Store *store, GPtrArray *attempts, GError **error)
{
  guint i;

  for (i = 0; i < attempts->len; i++) {
    const GstHailuoAttempt *attempt = g_ptr_array_index (attempts, i);

    /* the row first: it must not speak of a clip that is gone */
    if (!gst_hailuo_ledger_forget (store->ledger, attempt, error)
        || (attempt->sha256 != NULL
            && !remove_clip (store, attempt->sha256, error)))
      return FALSE;
    printf ("Forgotten: %s%s%s%s\n", attempt->shot,
        attempt->task_id ? ", task " : "",
        attempt->task_id ? attempt->task_id : "", describe_loss (attempt));
  }
  return TRUE;
}

static gboolean
forget (const Store *store, const gchar *id, GError **error)
{
  g_autoptr (GPtrArray) attempts = find (store, id, error);
  const GstHailuoAttempt *first;
  g_autoptr (GError) problem = NULL;
  gboolean done;
  gint lock;

  if (attempts == NULL)
    return FALSE;
  first = g_ptr_array_index (attempts, 0);
  lock = gst_hailuo_store_lock (store->files, first->shot, &problem);
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  if (lock < 0)
    return set_in_use (error, first->shot);
  done = forget_all (store, attempts, error);
  if (done)
    gst_hailuo_store_remove_part (store->files, first->shot);
  gst_hailuo_store_unlock (&lock);
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

/* The newest clip that is as it was downloaded.  FALSE with no error: it has
 * none. */
static gboolean
copy_clip (const Store *store, const GstHailuoAttempt *attempt,
    const gchar *path, gboolean *damaged, GError **error)
{
  GstHailuoClip clip = { .fd = -1 };
  gboolean done;

  if (!gst_hailuo_attempt_has_clip (attempt)
      || !gst_hailuo_store_open_clip (
          store->files, attempt->sha256, &clip, error))
    return FALSE;
  done = clip.size == (guint64) attempt->size
      && gst_hailuo_clip_compare (
          clip.fd, clip.size, attempt->sha256, NULL, NULL, NULL);
  *damaged = *damaged || !done;
  done = done && copy (clip.fd, path, error);
  gst_hailuo_clip_close (&clip);
  return done;
}

/* None of @attempts has a clip to be copied; returns FALSE. */
static gboolean
set_no_clip (
    GPtrArray *attempts, const gchar *id, gboolean damaged, GError **error)
{
  guint i;

  for (i = 0; i < attempts->len; i++) {
    const GstHailuoAttempt *attempt = g_ptr_array_index (attempts, i);

    if (!gst_hailuo_attempt_has_clip (attempt))
      continue;
    gst_hailuo_set_error (error,
        damaged ? GST_HAILUO_ERROR_DOWNLOAD : GST_HAILUO_ERROR_NOT_FOUND,
        "The clip of shot %s is %s. To fetch it again, at no cost, run the shot"
        " again with reuse=always, or run hailuosrc with provider=%s"
        " base-url=%s task-id=%s.",
        id, damaged ? "damaged, so it is not copied" : "no longer in the store",
        attempt->provider, attempt->base_url, attempt->task_id);
    return FALSE;
  }
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_NOT_FOUND,
      "The store has no clip of shot %s.", id);
  return FALSE;
}

static gboolean
export_clip (
    const Store *store, const gchar *id, const gchar *path, GError **error)
{
  g_autoptr (GPtrArray) attempts = find (store, id, error);
  gboolean damaged = FALSE;
  guint i;

  if (attempts == NULL)
    return FALSE;
  for (i = 0; i < attempts->len; i++) {
    g_autoptr (GError) problem = NULL;

    if (copy_clip (
            store, g_ptr_array_index (attempts, i), path, &damaged, &problem))
      return TRUE;
    if (problem != NULL) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  }
  return set_no_clip (attempts, id, damaged, error);
}

/* A mistyped name is no empty store; the default one may not be there yet. */
static gboolean
check_named_store (const gchar *folder, GstHailuoStore *files, GError **error)
{
  const gchar *database = gst_hailuo_store_get_database (files);
  gboolean missing = FALSE;

  /* one that was used, and has no ledger, is for that to complain of */
  if (folder == NULL || gst_hailuo_store_is_used (files))
    return TRUE;
  if (!gst_hailuo_trust_check_file (database, &missing, error))
    return FALSE;
  if (!missing)
    return TRUE;
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_NOT_FOUND,
      g_file_test (folder, G_FILE_TEST_IS_DIR)
          ? "The directory %s contains no ledger (hailuo.db): give the store"
            " that hailuosrc was used with."
          : "There is no directory %s: give the store that hailuosrc was"
            " used with.",
      folder);
  return FALSE;
}

static gboolean
run (const Options *options, GError **error)
{
  g_autofree gchar *folder = options->folder
      ? g_strdup (options->folder)
      : gst_hailuo_store_get_default_folder (error);
  g_autoptr (GstHailuoStore) files = NULL;
  g_autoptr (GstHailuoLedger) ledger = NULL;
  Store store;

  if (folder == NULL)
    return FALSE;
  files = gst_hailuo_store_open (folder, FALSE, error);
  if (files == NULL || !check_named_store (options->folder, files, error))
    return FALSE;
  ledger = gst_hailuo_ledger_new (gst_hailuo_store_get_database (files),
      gst_hailuo_store_is_used (files), NULL, NULL);
  store = (Store){ files, ledger };
  if (options->forgets != NULL)
    return forget (&store, options->forgets[0], error);
  if (options->exports != NULL)
    return export_clip (&store, options->exports[0], options->files[0], error);
  return list (&store, options, error);
}

/* --- the line ----------------------------------------------------------- */

enum
{
  UNFINISHED,
  COSTS,
  JSON,
  FORGET,
  EXPORT,
  FILE_NAME,
  N_PARTS
};

/* What a line may have, and how often; and what goes with it.  The store goes
 * with all. */
static const struct
{
  const gchar *name;
  guint with;
} parts[N_PARTS] = {
  [UNFINISHED] = { "--unfinished", 1 << COSTS | 1 << JSON },
  [COSTS] = { "--costs", 1 << UNFINISHED | 1 << JSON },
  [JSON] = { "--json", 1 << UNFINISHED | 1 << COSTS },
  [FORGET] = { "--forget", 0 },
  [EXPORT] = { "--export", 1 << FILE_NAME },
  [FILE_NAME] = { "FILE", 1 << EXPORT },
};

static gboolean
set_wrong_usage (GError **error, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

/* Returns FALSE. */
static gboolean
set_wrong_usage (GError **error, const gchar *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (
        G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, args);
  va_end (args);
  return FALSE;
}

static gboolean
has_empty (gchar **values)
{
  return values != NULL && g_strv_contains ((const gchar *const *) values, "");
}

/* What is given, and empty: that names neither the current folder nor a shot.
 * (transfer none) (nullable) */
static const gchar *
find_empty (const Options *options)
{
  if (options->folder != NULL && *options->folder == '\0')
    return "--store";
  return has_empty (options->forgets) ? parts[FORGET].name
      : has_empty (options->exports)  ? parts[EXPORT].name
      : has_empty (options->files)    ? parts[FILE_NAME].name
                                      : NULL;
}

static gboolean
check_line (const Options *options, GError **error)
{
  const gchar *empty = find_empty (options);
  const guint given[N_PARTS] = {
    [UNFINISHED] = options->unfinished,
    [COSTS] = options->costs,
    [JSON] = options->json,
    [FORGET] = options->forgets ? g_strv_length (options->forgets) : 0,
    [EXPORT] = options->exports ? g_strv_length (options->exports) : 0,
    [FILE_NAME] = options->files ? g_strv_length (options->files) : 0,
  };
  guint a, b;

  if (empty != NULL)
    return set_wrong_usage (
        error, "%s is empty (is a variable not set?)", empty);
  for (a = 0; a < N_PARTS; a++) {
    if (given[a] > 1)
      return set_wrong_usage (
          error, "%s is given more than once", parts[a].name);
    for (b = a + 1; given[a] && b < N_PARTS; b++) {
      if (given[b] && !(parts[a].with & 1 << b))
        return set_wrong_usage (error, "%s and %s do not go together",
            parts[a].name, parts[b].name);
    }
  }
  if (given[EXPORT] != given[FILE_NAME])
    return set_wrong_usage (error,
        given[EXPORT] ? "--export needs a FILE to copy to"
                      : "only --export takes a FILE");
  return TRUE;
}

static gboolean
parse (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "store", 's', 0, G_OPTION_ARG_FILENAME, &options->folder,
        "The store (default: hailuo in the XDG state directory)", "FOLDER" },
    { "unfinished", 'u', 0, G_OPTION_ARG_NONE, &options->unfinished,
        "Only attempts that have not failed and whose clip has not been delivered",
        NULL },
    { "costs", 'c', 0, G_OPTION_ARG_NONE, &options->costs,
        "Print what was spent, by day and provider", NULL },
    { "json", 'j', 0, G_OPTION_ARG_NONE, &options->json,
        "Print JSON (prices in USD, times in seconds since 1970)", NULL },
    { "forget", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->forgets,
        "Remove a shot, or one task, from the ledger, with its clips: the same"
        " settings then submit a new paid task",
        "ID" },
    { "export", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->exports,
        "Copy the newest clip of a shot, or that of a task, to FILE, which must"
        " not exist",
        "ID" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->files,
        NULL, "[FILE]" },
    { NULL }
  };
  g_autoptr (GOptionContext)
      context = g_option_context_new ("- list and manage stored shots");

  g_option_context_set_description (context,
      "ID is a shot id (its first 8 characters suffice if they are unique) or a"
      " complete\ntask id.  Exit status: 0 success, 1 failure, 2 wrong usage.");
  g_option_context_add_main_entries (context, entries, NULL);
  return g_option_context_parse (context, argc, argv, error)
      && check_line (options, error);
}

int
main (int argc, char **argv)
{
  Options options = { 0 };
  g_autoptr (GError) error = NULL;
  gint status = 0;

  setlocale (LC_ALL, "");
  if (!parse (&options, &argc, &argv, &error))
    status = WRONG_USAGE;
  else if (!run (&options, &error))
    status = 1;
  if (error != NULL)
    fprintf (stderr, "hailuo-shots: %s%s\n", error->message,
        status == WRONG_USAGE ? ": see hailuo-shots --help." : "");
  g_free (options.folder);
  g_strfreev (options.forgets);
  g_strfreev (options.exports);
  g_strfreev (options.files);
  return status;
}
