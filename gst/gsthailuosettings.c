/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsthailuosettings.h"

#include "client/secret.h"
#include "gsthailuoproperties.h"

/* (transfer none) */
static gpointer
get_field (const GstHailuoSettings *self, guint id)
{
  return G_STRUCT_MEMBER_P (self, gst_hailuo_properties[id].offset);
}

/* (nullable) */
static gchar **
get_text (const GstHailuoSettings *self, guint id)
{
  return gst_hailuo_properties[id].type == G_TYPE_STRING ? get_field (self, id)
                                                         : NULL;
}

static void
write_field (gpointer field, GType type, const GValue *value)
{
  switch (type) {
    case G_TYPE_STRING:
      /* one of the strings is the key */
      gst_hailuo_secret_clear (field);
      *(gchar **) field = g_value_dup_string (value);
      break;
    case G_TYPE_ENUM:
      *(gint *) field = g_value_get_enum (value);
      break;
    case G_TYPE_BOOLEAN:
      *(gboolean *) field = g_value_get_boolean (value);
      break;
    case G_TYPE_UINT:
      *(guint *) field = g_value_get_uint (value);
      break;
    case G_TYPE_UINT64:
      *(guint64 *) field = g_value_get_uint64 (value);
      break;
    case G_TYPE_DOUBLE:
      *(gdouble *) field = g_value_get_double (value);
      break;
    default:
      g_assert_not_reached ();
  }
}

gboolean
gst_hailuo_settings_set (GstHailuoSettings *self, guint id, const GValue *value)
{
  if (id == PROP_0 || id >= N_SETTINGS)
    return FALSE;
  switch (id) {
    case PROP_MAX_COST:
      gst_hailuo_terms_set_max_cost (&self->terms, g_value_get_double (value));
      return TRUE;
    case PROP_REUSE:
      gst_hailuo_terms_set_reuse (&self->terms, g_value_get_enum (value));
      return TRUE;
    case PROP_TASK_ID:
      self->terms.uri_task = FALSE;
      break;
    default:
      break;
  }
  write_field (get_field (self, id), gst_hailuo_properties[id].type, value);
  return TRUE;
}

static void
read_field (gconstpointer field, GType type, GValue *value)
{
  switch (type) {
    case G_TYPE_STRING:
      g_value_set_string (value, *(gchar *const *) field);
      break;
    case G_TYPE_ENUM:
      g_value_set_enum (value, *(const gint *) field);
      break;
    case G_TYPE_BOOLEAN:
      g_value_set_boolean (value, *(const gboolean *) field);
      break;
    case G_TYPE_UINT:
      g_value_set_uint (value, *(const guint *) field);
      break;
    case G_TYPE_UINT64:
      g_value_set_uint64 (value, *(const guint64 *) field);
      break;
    case G_TYPE_DOUBLE:
      g_value_set_double (value, *(const gdouble *) field);
      break;
    default:
      g_assert_not_reached ();
  }
}

gboolean
gst_hailuo_settings_get (const GstHailuoSettings *self, guint id, GValue *value)
{
  if (id == PROP_0 || id >= N_SETTINGS)
    return FALSE;
  switch (id) {
    case PROP_MAX_COST:
      g_value_set_double (value, gst_hailuo_terms_get_max_cost (&self->terms));
      break;
    case PROP_REUSE:
      g_value_set_enum (value, gst_hailuo_terms_get_reuse (&self->terms));
      break;
    default:
      read_field (get_field (self, id), gst_hailuo_properties[id].type, value);
      break;
  }
  return TRUE;
}

void
gst_hailuo_settings_init (GstHailuoSettings *self, GObjectClass *object_class)
{
  guint id;

  for (id = PROP_0 + 1; id < N_SETTINGS; id++) {
    GParamSpec *spec = g_object_class_find_property (
        object_class, gst_hailuo_properties[id].name);

    gst_hailuo_settings_set (self, id, g_param_spec_get_default_value (spec));
  }
}

void
gst_hailuo_settings_copy (const GstHailuoSettings *from, GstHailuoSettings *to)
{
  gchar **text;
  guint id;

  *to = *from;
  for (id = PROP_0 + 1; id < N_SETTINGS; id++) {
    if ((text = get_text (to, id)) != NULL)
      *text = g_strdup (*text);
  }
}

void
gst_hailuo_settings_clear (GstHailuoSettings *self)
{
  gchar **text;
  guint id;

  for (id = PROP_0 + 1; id < N_SETTINGS; id++) {
    if ((text = get_text (self, id)) != NULL)
      gst_hailuo_secret_clear (text);
  }
}
