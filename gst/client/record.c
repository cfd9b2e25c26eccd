/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record.h"

#include <string.h>

#include "link.h"
#include "provider.h"

#define GROUP "hailuo-shot"
#define VERSION 1
#define CHECK "\ncheck="

/* What no clock and no price is beyond, and no sum of them */
#define TIME_MAX (G_GINT64_CONSTANT (253402300799) * G_TIME_SPAN_SECOND)
#define COST_MAX (G_GINT64_CONSTANT (1000000) * 1000000)

static const gchar *const state_names[] = {
  [GST_HAILUO_RECORD_NONE] = "none",
  [GST_HAILUO_RECORD_INTENT] = "intent",
  [GST_HAILUO_RECORD_SUBMITTED] = "submitted",
  [GST_HAILUO_RECORD_FETCHED] = "fetched",
  [GST_HAILUO_RECORD_DELIVERED] = "delivered",
  [GST_HAILUO_RECORD_FAILED] = "failed",
};

void
gst_hailuo_record_clear (GstHailuoRecord *self)
{
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->provider, g_free);
  g_clear_pointer (&self->base_url, g_free);
  g_clear_pointer (&self->model, g_free);
  g_clear_pointer (&self->mode, g_free);
  g_clear_pointer (&self->task_id, g_free);
  g_clear_pointer (&self->sha256, g_free);
  self->state = GST_HAILUO_RECORD_NONE;
}

void
gst_hailuo_record_copy (const GstHailuoRecord *self, GstHailuoRecord *copy)
{
  *copy = *self;
  copy->id = g_strdup (self->id);
  copy->provider = g_strdup (self->provider);
  copy->base_url = g_strdup (self->base_url);
  copy->model = g_strdup (self->model);
  copy->mode = g_strdup (self->mode);
  copy->task_id = g_strdup (self->task_id);
  copy->sha256 = g_strdup (self->sha256);
}

gboolean
gst_hailuo_record_has_clip (const GstHailuoRecord *self)
{
  return self->state == GST_HAILUO_RECORD_FETCHED
      || self->state == GST_HAILUO_RECORD_DELIVERED;
}

const gchar *
gst_hailuo_record_state_get_name (GstHailuoRecordState state)
{
  return state_names[state];
}

gboolean
gst_hailuo_record_id_is_valid (const gchar *id)
{
  return id != NULL && strlen (id) == GST_HAILUO_RECORD_ID_LENGTH
      && strspn (id, "0123456789abcdef") == GST_HAILUO_RECORD_ID_LENGTH;
}

gchar *
gst_hailuo_record_make_task_key (
    const gchar *provider, const gchar *base_url, const gchar *task_id)
{
  g_autofree gchar *text = g_strdup_printf (
      "hailuo-task-1\n%s\n%s\n%s\n", provider, base_url, task_id);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

static void
add_string (GKeyFile *file, const gchar *name, const gchar *value)
{
  if (value != NULL)
    g_key_file_set_string (file, GROUP, name, value);
}

gchar *
gst_hailuo_record_to_text (const GstHailuoRecord *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree gchar *text = NULL;
  g_autofree gchar *check = NULL;

  g_key_file_set_integer (file, GROUP, "version", VERSION);
  add_string (file, "id", self->id);
  add_string (file, "state", state_names[self->state]);
  add_string (file, "provider", self->provider);
  add_string (file, "base-url", self->base_url);
  add_string (file, "model", self->model);
  add_string (file, "mode", self->mode);
  add_string (file, "task-id", self->task_id);
  add_string (file, "sha256", self->sha256);
  g_key_file_set_int64 (file, GROUP, "created", self->created);
  g_key_file_set_int64 (file, GROUP, "cost", self->cost);
  g_key_file_set_uint64 (file, GROUP, "size", self->size);
  text = g_strchomp (g_key_file_to_data (file, NULL, NULL));
  check = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  return g_strconcat (text, CHECK, check, "\n", NULL);
}

/* The text without its last line, where that is right.
 * (transfer full) (nullable) */
static gchar *
check_text (const gchar *text, gsize length)
{
  g_autofree gchar *copy = g_strndup (text, length);
  g_autofree gchar *check = NULL;
  gchar *last;

  if (length > GST_HAILUO_RECORD_MAX_SIZE || strlen (copy) != length)
    return NULL;
  last = g_strrstr (copy, CHECK);
  if (last == NULL)
    return NULL;
  check = g_compute_checksum_for_data (
      G_CHECKSUM_SHA256, (const guchar *) copy, last - copy);
  if (strlen (last) != strlen (CHECK) + strlen (check) + 1
      || strncmp (last + strlen (CHECK), check, strlen (check)) != 0
      || copy[length - 1] != '\n')
    return NULL;
  *last = '\0';
  return g_steal_pointer (&copy);
}

static gboolean
read_state (GKeyFile *file, GstHailuoRecordState *state)
{
  g_autofree gchar *name = g_key_file_get_string (file, GROUP, "state", NULL);
  guint i;

  for (i = GST_HAILUO_RECORD_INTENT; i < G_N_ELEMENTS (state_names); i++) {
    if (g_strcmp0 (state_names[i], name) == 0) {
      *state = i;
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
is_mode (const gchar *nick)
{
  guint mode;

  for (mode = GST_HAILUO_MODE_STANDARD_TEXT_TO_VIDEO;
       mode <= GST_HAILUO_MODE_PRO_IMAGE_TO_VIDEO; mode++) {
    if (g_str_equal (gst_hailuo_mode_get_nick (mode), nick))
      return TRUE;
  }
  return FALSE;
}

/* As the element takes it: nothing that could carry a key in the clear. */
static gboolean
is_base_url (const gchar *url)
{
  gboolean https = FALSE, loopback = FALSE;

  return url != NULL && !g_str_has_suffix (url, "/")
      && gst_hailuo_link_check_base (url, &https, &loopback)
      && (https || loopback);
}

/* The rules of where each field came from: the user's settings, the host. */
static const gchar *
find_wrong_field (const GstHailuoRecord *record)
{
  const gboolean has_clip = gst_hailuo_record_has_clip (record);

  if (gst_hailuo_provider_find (record->provider) == NULL)
    return "its provider is not known";
  if (!is_base_url (record->base_url))
    return "its base-url is none";
  if (record->model == NULL || !gst_hailuo_model_name_is_valid (record->model))
    return "its model is none";
  if (record->mode != NULL && !is_mode (record->mode))
    return "its mode is none";
  if (record->state == GST_HAILUO_RECORD_INTENT
          ? record->task_id != NULL
          : !gst_hailuo_task_id_is_valid (record->task_id))
    return "its task-id is none";
  if (has_clip ? !gst_hailuo_record_id_is_valid (record->sha256)
               : record->sha256 != NULL)
    return "its sha256 is none";
  if (has_clip != (record->size > 0) || record->size > G_MAXINT64
      || record->created < 0 || record->created > TIME_MAX
      || record->cost < GST_HAILUO_PRICE_UNKNOWN || record->cost > COST_MAX)
    return "a number in it is out of range";
  return NULL;
}

/* What is wrong with it; NULL: nothing. */
static const gchar *
find_fault (GKeyFile *file, const gchar *text, gsize length, const gchar *id,
    const GstHailuoRecord *record)
{
  g_autofree gchar *again = NULL;

  if (g_key_file_get_integer (file, GROUP, "version", NULL) != VERSION)
    return "it is of another version";
  if (record->state == GST_HAILUO_RECORD_NONE)
    return "it names no state";
  if (g_strcmp0 (record->id, id) != 0)
    return "it is the record of another shot";
  /* a number that is missing or odd, a name that is there twice */
  again = gst_hailuo_record_to_text (record);
  if (strlen (again) != length || memcmp (again, text, length) != 0)
    return "it is not as it was written";
  return find_wrong_field (record);
}

gboolean
gst_hailuo_record_from_text (const gchar *text, gsize length, const gchar *id,
    GstHailuoRecord *self, GError **error)
{
  g_autofree gchar *checked = check_text (text, length);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_auto (GstHailuoRecord) record = { 0 };
  const gchar *fault = "it is damaged";

  if (checked != NULL
      && g_key_file_load_from_data (file, checked, -1, G_KEY_FILE_NONE, NULL)) {
    if (!read_state (file, &record.state))
      record.state = GST_HAILUO_RECORD_NONE;
    record.id = g_key_file_get_string (file, GROUP, "id", NULL);
    record.provider = g_key_file_get_string (file, GROUP, "provider", NULL);
    record.base_url = g_key_file_get_string (file, GROUP, "base-url", NULL);
    record.model = g_key_file_get_string (file, GROUP, "model", NULL);
    record.mode = g_key_file_get_string (file, GROUP, "mode", NULL);
    record.task_id = g_key_file_get_string (file, GROUP, "task-id", NULL);
    record.sha256 = g_key_file_get_string (file, GROUP, "sha256", NULL);
    record.created = g_key_file_get_int64 (file, GROUP, "created", NULL);
    record.cost = g_key_file_get_int64 (file, GROUP, "cost", NULL);
    record.size = g_key_file_get_uint64 (file, GROUP, "size", NULL);
    fault = find_fault (file, text, length, id, &record);
  }
  if (fault != NULL) {
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_STORE, "%s", fault);
    return FALSE;
  }
  *self = record;
  memset (&record, 0, sizeof record);
  return TRUE;
}
