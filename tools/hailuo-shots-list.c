/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hailuo-shots-list.h"

#include "hailuo-json.h"

#include <json-glib/json-glib.h>
#include <stdio.h>

#include "model.h"

/* --- attempts ----------------------------------------------------------- */

static gchar *
describe_price (gint64 price)
{
  g_autofree gchar *text = gst_hailuo_price_to_string (MAX (price, 0));

  return price >= 0 ? g_strconcat ("$", text, NULL) : g_strdup ("?");
}

/* Whether the store has a file with its clip, whole or not. */
static gboolean
is_stored (const GstHailuoAttempt *attempt, GstHailuoStore *store)
{
  return gst_hailuo_attempt_has_clip (attempt)
      && gst_hailuo_store_has_clip (store, attempt->sha256);
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
      if (g_str_equal (text, "none"))
        text = NULL;
  }
  if (text != NULL)
    json_builder_add_string_value (json, text);
  else
    json_builder_add_null_value (json);
}

void
hailuo_shots_print_json (GPtrArray *attempts, GstHailuoStore *store)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  guint i, n;

  json_builder_begin_array (json);
  for (i = 0; i < attempts->len; i++) {
    const GstHailuoAttempt *attempt = g_ptr_array_index (attempts, i);

    json_builder_begin_object (json);
    for (n = 0; n < GST_HAILUO_N_MEMBERS; n++)
      add_member (json, &gst_hailuo_members[n], attempt);
    json_builder_set_member_name (json, "stored");
    json_builder_add_boolean_value (json, is_stored (attempt, store));
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
  hailuo_print_json (json, TRUE);
}

/* --- what was spent ----------------------------------------------------- */

typedef struct
{
  gchar *day; /* "2026-11-21"; NULL: of all days and providers */
  const gchar *provider;
  guint attempts;
  guint unknown;   /* prices */
  gint64 billed;   /* for certain */
  gint64 possible; /* and what may have been billed beside it */
} Sum;

static void
sum_free (Sum *self)
{
  g_free (self->day);
  g_free (self);
}

static gint
compare_sums (gconstpointer a, gconstpointer b)
{
  const Sum *first = *(Sum *const *) a, *second = *(Sum *const *) b;
  const gint order = g_strcmp0 (first->day, second->day);

  return order ? order : g_strcmp0 (first->provider, second->provider);
}

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

/* (transfer full) */
static gchar *
get_day (const GstHailuoAttempt *attempt)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (
      attempt->created / G_TIME_SPAN_SECOND);

  return g_date_time_format (time, "%F");
}

/* By day and provider; the last is the total.
 * (transfer full) (element-type Sum) */
static GPtrArray *
sum_up (GPtrArray *attempts)
{
  g_autoptr (GHashTable)
      days = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GPtrArray *sums = g_ptr_array_new_with_free_func ((GDestroyNotify) sum_free);
  Sum *total = g_new0 (Sum, 1);
  guint i;

  for (i = 0; i < attempts->len; i++) {
    const GstHailuoAttempt *attempt = g_ptr_array_index (attempts, i);
    g_autofree gchar *day = get_day (attempt);
    g_autofree gchar *key = g_strconcat (day, " ", attempt->provider, NULL);
    Sum *sum = g_hash_table_lookup (days, key);

    if (sum == NULL) {
      sum = g_new0 (Sum, 1);
      sum->day = g_steal_pointer (&day);
      sum->provider = attempt->provider;
      g_hash_table_insert (days, g_steal_pointer (&key), sum);
      g_ptr_array_add (sums, sum);
    }
    add_to_sum (sum, attempt);
    add_to_sum (total, attempt);
  }
  g_ptr_array_sort (sums, compare_sums);
  g_ptr_array_add (sums, total);
  return sums;
}

static void
print_sum (const Sum *sum)
{
  g_autofree gchar *billed = describe_price (sum->billed);
  g_autofree gchar *possible = describe_price (sum->possible);

  printf ("%-10s  %-12s  %8u  %10s  %10s  %8u\n", sum->day ? sum->day : "total",
      sum->day ? sum->provider : "", sum->attempts, billed, possible,
      sum->unknown);
}

static void
add_sum (JsonBuilder *json, const Sum *sum)
{
  json_builder_begin_object (json);
  if (sum->day != NULL) {
    json_builder_set_member_name (json, "day");
    json_builder_add_string_value (json, sum->day);
    json_builder_set_member_name (json, "provider");
    json_builder_add_string_value (json, sum->provider);
  }
  json_builder_set_member_name (json, "attempts");
  json_builder_add_int_value (json, sum->attempts);
  json_builder_set_member_name (json, "billed");
  json_builder_add_double_value (json, sum->billed / 1e6);
  json_builder_set_member_name (json, "uncertain");
  json_builder_add_double_value (json, sum->possible / 1e6);
  json_builder_set_member_name (json, "no_price");
  json_builder_add_int_value (json, sum->unknown);
  json_builder_end_object (json);
}

static void
print_sums_json (GPtrArray *sums)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  guint i;

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "days");
  json_builder_begin_array (json);
  for (i = 0; i < sums->len - 1; i++)
    add_sum (json, g_ptr_array_index (sums, i));
  json_builder_end_array (json);
  json_builder_set_member_name (json, "total");
  add_sum (json, g_ptr_array_index (sums, i));
  json_builder_end_object (json);
  hailuo_print_json (json, TRUE);
}

void
hailuo_shots_print_costs (GPtrArray *attempts, gboolean json)
{
  g_autoptr (GPtrArray) sums = sum_up (attempts);
  guint i;

  if (json) {
    print_sums_json (sums);
    return;
  }
  printf ("%-10s  %-12s  %8s  %10s  %10s  %8s\n", "DAY", "PROVIDER", "ATTEMPTS",
      "BILLED", "UNCERTAIN", "NO PRICE");
  for (i = 0; i < sums->len; i++)
    print_sum (g_ptr_array_index (sums, i));
}

/* --- the table ---------------------------------------------------------- */

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

/* "6 s", or "-" */
static gchar *
describe_number (gint64 number, const gchar *unit)
{
  return number > 0 ? g_strdup_printf ("%" G_GINT64_FORMAT "%s", number, unit)
                    : g_strdup ("-");
}

#define ROW_FORMAT \
  "%-12.12s  %-9s  %-4s  %7s  %-8s  %4s  %6s  %5s  %-7s  %-24s  %s\n"

static void
print_row (const GstHailuoAttempt *attempt, GstHailuoStore *store)
{
  const gchar *clip = is_stored (attempt, store) ? "yes"
      : gst_hailuo_attempt_has_clip (attempt)    ? "gone"
                                                 : "-";
  g_autofree gchar *age = describe_age (attempt->created);
  g_autofree gchar *price = describe_price (attempt->price);
  g_autofree gchar *take = describe_number (attempt->take, "");
  g_autofree gchar *duration = describe_number (attempt->duration, " s");
  g_autofree gchar *label = gst_hailuo_sanitize (attempt->label);

  printf (ROW_FORMAT, attempt->shot,
      gst_hailuo_attempt_state_get_name (attempt->state), clip, age,
      attempt->provider, take, duration,
      attempt->resolution ? attempt->resolution : "-", price,
      attempt->task_id ? attempt->task_id : "-", label ? label : "");
}

void
hailuo_shots_print_table (GPtrArray *attempts, GstHailuoStore *store)
{
  Sum total = { 0 };
  guint i;

  printf (ROW_FORMAT, "ID", "STATE", "CLIP", "AGE", "PROVIDER", "TAKE",
      "LENGTH", "SIZE", "PRICE", "TASK", "LABEL");
  for (i = attempts->len; i > 0; i--) {
    print_row (g_ptr_array_index (attempts, i - 1), store);
    add_to_sum (&total, g_ptr_array_index (attempts, i - 1));
  }
  if (attempts->len > 0) {
    g_autofree gchar *billed = describe_price (total.billed);
    g_autofree gchar *possible = describe_price (total.possible);

    printf ("%u attempts: %s billed, %s more may have been; estimated prices\n",
        attempts->len, billed, possible);
  }
}
