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
#include "client/ledger.h"
#include "client/model.h"
#include "client/store.h"

#define SHORT_ID 12

typedef struct
{
  gchar *folder;
  gboolean unfinished;
  gboolean costs;
  gboolean json;
  gchar *forget;
  gchar *export;
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
describe_price (gint64 price)
{
  g_autofree gchar *text = gst_hailuo_price_to_string (MAX (price, 0));

  return price >= 0 ? g_strconcat ("$", text, NULL) : g_strdup ("?");
}

/* "6 s", or "-" */
static gchar *
describe_number (gint64 number, const gchar *unit)
{
  return number > 0 ? g_strdup_printf ("%" G_GINT64_FORMAT "%s", number, unit)
                    : g_strdup ("-");
}

#define ROW_FORMAT "%-12.12s  %-9s  %7s  %-8s  %4s  %6s  %5s  %-7s  %-24s  %s\n"

static void
print_row (const GstHailuoAttempt *attempt)
{
  g_autofree gchar *age = describe_age (attempt->created);
  g_autofree gchar *price = describe_price (attempt->price);
  g_autofree gchar *take = describe_number (attempt->take, "");
  g_autofree gchar *duration = describe_number (attempt->duration, " s");
  g_autofree gchar *label = gst_hailuo_sanitize (attempt->label);

  printf (ROW_FORMAT, attempt->shot,
      gst_hailuo_attempt_state_get_name (attempt->state), age,
      attempt->provider, take, duration,
      attempt->resolution ? attempt->resolution : "-", price,
      attempt->task_id ? attempt->task_id : "-", label ? label : "");
}

/* All that is kept, with the names of the ledger; times in seconds since 1970,
 * the price in USD, null where there is nothing. */
static void
add_member (JsonBuilder *json, const GstHailuoMember *member,
    const GstHailuoAttempt *attempt)
{
  gconstpointer value = G_STRUCT_MEMBER_P (attempt, member->offset);
  const gboolean in_millionths = g_str_equal (member->name, "price")
      || g_str_equal (member->name, "created")
      || g_str_equal (member->name, "submitted")
      || g_str_equal (member->name, "ended")
      || g_str_equal (member->name, "used");
  const gchar *text = NULL;

  json_builder_set_member_name (json, member->name);
  switch (member->kind) {
    case GST_HAILUO_MEMBER_NUMBER:
      if (*(const gint64 *) value == member->none)
        json_builder_add_null_value (json);
      else if (in_millionths)
        json_builder_add_double_value (json, *(const gint64 *) value / 1e6);
      else
        json_builder_add_int_value (json, *(const gint64 *) value);
      return;
    case GST_HAILUO_MEMBER_FLAG:
      json_builder_add_boolean_value (json, *(const gboolean *) value);
      return;
    case GST_HAILUO_MEMBER_TEXT:
      text = *(gchar *const *) value;
      break;
    default:
      text = member->words[*(const gint *) value];
  }
  if (text != NULL)
    json_builder_add_string_value (json, text);
  else
    json_builder_add_null_value (json);
}

/* What nobody sees, or what turns the direction of text, as escapes of JSON: it
 * stands in its strings only. (transfer full) */
static gchar *
escape_unseen (const gchar *json)
{
  g_autofree gchar *valid = g_utf8_make_valid (json, -1);
  g_autoptr (GString) out = g_string_new (NULL);
  const gchar *p;

  for (p = valid; *p != '\0'; p = g_utf8_next_char (p)) {
    const gunichar c = g_utf8_get_char (p);
    const GUnicodeType type = g_unichar_type (c);

    if (c < 0x7f
        || (g_unichar_isprint (c) && type != G_UNICODE_PRIVATE_USE
            && type != G_UNICODE_LINE_SEPARATOR
            && type != G_UNICODE_PARAGRAPH_SEPARATOR))
      g_string_append_unichar (out, c);
    else if (c < 0x10000)
      g_string_append_printf (out, "\\u%04x", c);
    else
      g_string_append_printf (out, "\\u%04x\\u%04x",
          0xd800 + ((c - 0x10000) >> 10), 0xdc00 + (c & 0x3ff));
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
print_json (GPtrArray *attempts)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *text = NULL;
  g_autofree gchar *escaped = NULL;
  guint i, n;

  json_builder_begin_array (json);
  for (i = 0; i < attempts->len; i++) {
    json_builder_begin_object (json);
    for (n = 0; n < GST_HAILUO_N_MEMBERS; n++)
      add_member (
          json, &gst_hailuo_members[n], g_ptr_array_index (attempts, i));
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
  root = json_builder_get_root (json);
  text = json_to_string (root, TRUE);
  escaped = escape_unseen (text);
  printf ("%s\n", escaped);
}

/* --- what was spent ----------------------------------------------------- */

typedef struct
{
  guint attempts;
  guint unknown;   /* prices */
  gint64 billed;   /* for certain */
  gint64 possible; /* and what may have been billed beside it */
} Sum;

static void
add_to_sum (Sum *sum, const GstHailuoAttempt *attempt)
{
  sum->attempts++;
  if (attempt->billed == GST_HAILUO_BILLED_NO)
    return;
  if (attempt->price == GST_HAILUO_PRICE_UNKNOWN)
    sum->unknown++;
  else if (attempt->billed == GST_HAILUO_BILLED_YES)
    sum->billed += attempt->price;
  else
    sum->possible += attempt->price;
}

static void
print_sum (const gchar *name, const Sum *sum)
{
  g_autofree gchar *billed = describe_price (sum->billed);
  g_autofree gchar *possible = describe_price (sum->possible);

  printf ("%-24s  %8u  %10s  %10s  %8u\n", name, sum->attempts, billed,
      possible, sum->unknown);
}

/* "2026-11-21  apixo" (transfer full) */
static gchar *
make_day (const GstHailuoAttempt *attempt)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (
      attempt->created / G_TIME_SPAN_SECOND);
  g_autofree gchar *day = g_date_time_format (time, "%F");

  return g_strconcat (day, "  ", attempt->provider, NULL);
}

static void
print_costs (GPtrArray *attempts)
{
  g_autoptr (GHashTable)
      days = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GList) names = NULL;
  GList *name;
  Sum total = { 0 };
  guint i;

  for (i = 0; i < attempts->len; i++) {
    const GstHailuoAttempt *attempt = g_ptr_array_index (attempts, i);
    gchar *day = make_day (attempt);
    Sum *sum = g_hash_table_lookup (days, day);

    if (sum == NULL) {
      sum = g_new0 (Sum, 1);
      g_hash_table_insert (days, g_strdup (day), sum);
    }
    add_to_sum (sum, attempt);
    add_to_sum (&total, attempt);
    g_free (day);
  }
  printf ("%-24s  %8s  %10s  %10s  %8s\n", "DAY         PROVIDER", "ATTEMPTS",
      "BILLED", "UNCERTAIN", "NO PRICE");
  names = g_list_sort (g_hash_table_get_keys (days), (GCompareFunc) g_strcmp0);
  for (name = names; name != NULL; name = name->next)
    print_sum (name->data, g_hash_table_lookup (days, name->data));
  print_sum ("total", &total);
}

static gboolean
list (const Store *store, const Options *options, GError **error)
{
  g_autoptr (GPtrArray)
      attempts = gst_hailuo_ledger_list (store->ledger, NULL, error);
  Sum total = { 0 };
  guint i;

  if (attempts == NULL)
    return FALSE;
  for (i = attempts->len; options->unfinished && i > 0; i--) {
    if (!is_unfinished (g_ptr_array_index (attempts, i - 1)))
      g_ptr_array_remove_index (attempts, i - 1);
  }
  if (options->json) {
    print_json (attempts);
    return TRUE;
  }
  if (options->costs) {
    print_costs (attempts);
    return TRUE;
  }
  printf (ROW_FORMAT, "ID", "STATE", "AGE", "PROVIDER", "TAKE", "LENGTH",
      "SIZE", "PRICE", "TASK", "LABEL");
  for (i = attempts->len; i > 0; i--) {
    print_row (g_ptr_array_index (attempts, i - 1));
    add_to_sum (&total, g_ptr_array_index (attempts, i - 1));
  }
  if (attempts->len > 0) {
    g_autofree gchar *billed = describe_price (total.billed);
    g_autofree gchar *possible = describe_price (total.possible);

    printf ("%u attempts: %s billed, %s more may have been; estimated prices\n",
        attempts->len, billed, possible);
  }
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
  const gchar *shot = NULL;
  guint i;

  if (all == NULL)
    return NULL;
  for (i = 0; i < all->len; i++) {
    const GstHailuoAttempt *attempt = g_ptr_array_index (all, i);
    const gboolean is_task = g_strcmp0 (attempt->task_id, id) == 0;

    if (*id == '\0' || (!is_task && !g_str_has_prefix (attempt->shot, id)))
      continue;
    if (shot != NULL && !g_str_equal (shot, attempt->shot)) {
      gst_hailuo_set_error (error, GST_HAILUO_ERROR_NOT_FOUND,
          "More than one shot begins with %s.", id);
      return NULL;
    }
    shot = attempt->shot;
    g_ptr_array_add (found, gst_hailuo_attempt_copy (attempt));
  }
  if (shot != NULL)
    return g_steal_pointer (&found);
  gst_hailuo_set_error (
      error, GST_HAILUO_ERROR_NOT_FOUND, "The store has no shot %s.", id);
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

static gboolean
forget_all (const Store *store, GPtrArray *attempts, GError **error)
{
  guint i;

  for (i = 0; i < attempts->len; i++) {
    const GstHailuoAttempt *attempt = g_ptr_array_index (attempts, i);

    /* the row first: it must not speak of a clip that is gone */
    if (!gst_hailuo_ledger_forget (store->ledger, attempt->number, error)
        || (attempt->sha256 != NULL
            && !remove_clip (store, attempt->sha256, error)))
      return FALSE;
    printf ("Forgotten: %s%s%s\n", attempt->shot,
        attempt->task_id ? ", task " : "",
        attempt->task_id ? attempt->task_id : "");
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
  guint64 size = 0;
  gboolean done;
  gint fd;

  if (!gst_hailuo_attempt_has_clip (attempt))
    return FALSE;
  fd = gst_hailuo_store_open_clip (store->files, attempt->sha256, &size, error);
  if (fd < 0)
    return FALSE;
  done = size == (guint64) attempt->size
      && gst_hailuo_clip_compare (fd, size, attempt->sha256, NULL, NULL, NULL);
  *damaged = *damaged || !done;
  done = done && copy (fd, path, error);
  close (fd);
  return done;
}

static gboolean export(
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
  gst_hailuo_set_error (error,
      damaged ? GST_HAILUO_ERROR_DOWNLOAD : GST_HAILUO_ERROR_NOT_FOUND,
      damaged ? "The clip of shot %s is not as it was downloaded, and is not"
                " copied: play the shot with hailuosrc, which fetches it again,"
                " at no cost."
              : "The store has no clip of shot %s.",
      id);
  return FALSE;
}

static gboolean
run (const Options *options, GError **error)
{
  g_autofree gchar *standard = gst_hailuo_store_get_default_folder ();
  g_autoptr (GstHailuoStore) files = NULL;
  g_autoptr (GstHailuoLedger) ledger = NULL;
  Store store;

  /* a mistyped name is no empty store */
  if (options->folder != NULL
      && !g_file_test (options->folder, G_FILE_TEST_IS_DIR)) {
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_NOT_FOUND,
        "There is no folder %s.", options->folder);
    return FALSE;
  }
  files = gst_hailuo_store_open (
      options->folder ? options->folder : standard, FALSE, error);
  if (files == NULL)
    return FALSE;
  ledger = gst_hailuo_ledger_new (
      gst_hailuo_store_get_database (files), NULL, NULL);
  store = (Store){ files, ledger };
  if (options->forget != NULL)
    return forget (&store, options->forget, error);
  if (options->export != NULL)
    return export(&store, options->export, options->files[0], error);
  return list (&store, options, error);
}

static gboolean
parse (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "store", 's', 0, G_OPTION_ARG_FILENAME, &options->folder,
        "The store (default: hailuo in the XDG state folder)", "FOLDER" },
    { "unfinished", 'u', 0, G_OPTION_ARG_NONE, &options->unfinished,
        "Only attempts whose clip was not delivered yet", NULL },
    { "costs", 'c', 0, G_OPTION_ARG_NONE, &options->costs,
        "Print what was spent, by day and provider", NULL },
    { "json", 'j', 0, G_OPTION_ARG_NONE, &options->json,
        "Print JSON (prices in USD, times in seconds since 1970)", NULL },
    { "forget", 0, 0, G_OPTION_ARG_STRING, &options->forget,
        "Remove what is known of a shot, or of one task, and its clips: the"
        " same line then makes it again and pays for it again",
        "ID" },
    { "export", 0, 0, G_OPTION_ARG_STRING, &options->export,
        "Copy the newest clip of a shot, or that of a task, to FILE, which must"
        " not exist",
        "ID" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->files,
        NULL, "[FILE]" },
    { NULL }
  };
  g_autoptr (GOptionContext)
      context = g_option_context_new ("- the shots that hailuosrc remembers");

  g_option_context_set_description (context,
      "An ID is a shot's, and may be cut short as long as it names one shot, or a"
      " task's.\nExit status: 0, or 1 where something went wrong.");
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
