/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsthailuosettings.h"

#include <string.h>

#include "client/secret.h"
#include "gsthailuoproperties.h"

#define FIELD(name, type) \
  { \
    G_STRUCT_OFFSET (GstHailuoSettings, name), type \
  }

/* Where the value of each property is, and its fundamental type; max-cost and
 * reuse are terms */
static const struct
{
  gsize offset;
  GType type;
} fields[] = {
  [PROP_PROVIDER] = FIELD (provider, G_TYPE_ENUM),
  [PROP_MODEL] = FIELD (params.model, G_TYPE_STRING),
  [PROP_MODE] = FIELD (params.mode, G_TYPE_ENUM),
  [PROP_PROMPT] = FIELD (params.prompt, G_TYPE_STRING),
  [PROP_PROMPT_FILE] = FIELD (prompt_file, G_TYPE_STRING),
  [PROP_IMAGE] = FIELD (params.image, G_TYPE_STRING),
  [PROP_DURATION] = FIELD (params.duration, G_TYPE_UINT),
  [PROP_RESOLUTION] = FIELD (params.resolution, G_TYPE_ENUM),
  [PROP_ROUTING] = FIELD (params.routing, G_TYPE_ENUM),
  [PROP_API_KEY] = FIELD (api_key, G_TYPE_STRING),
  [PROP_API_KEY_FILE] = FIELD (api_key_file, G_TYPE_STRING),
  [PROP_BASE_URL] = FIELD (base_url, G_TYPE_STRING),
  [PROP_CA_FILE] = FIELD (ca_file, G_TYPE_STRING),
  [PROP_CALLBACK_URL] = FIELD (callback_url, G_TYPE_STRING),
  [PROP_MAX_SIZE] = FIELD (max_size, G_TYPE_UINT64),
  [PROP_FIRST_POLL] = FIELD (first_poll, G_TYPE_UINT),
  [PROP_POLL_INTERVAL] = FIELD (poll_interval, G_TYPE_UINT),
  [PROP_TIMEOUT] = FIELD (timeout, G_TYPE_UINT),
  [PROP_RETRIES] = FIELD (retries, G_TYPE_UINT),
  [PROP_TASK_ID] = FIELD (task_id, G_TYPE_STRING),
  [PROP_TAKE] = FIELD (params.take, G_TYPE_UINT),
  [PROP_DRY_RUN] = FIELD (dry_run, G_TYPE_BOOLEAN),
  [PROP_STORE] = FIELD (store, G_TYPE_STRING),
  [PROP_STORE_MAX_SIZE] = FIELD (store_max_size, G_TYPE_UINT64),
  [PROP_LABEL] = FIELD (label, G_TYPE_STRING),
  [PROP_BUDGET] = FIELD (budget, G_TYPE_DOUBLE),
  [PROP_BUDGET_PERIOD] = FIELD (budget_period, G_TYPE_UINT64),
};

gboolean
gst_hailuo_settings_set (GstHailuoSettings *self, guint id, const GValue *value)
{
  gpointer field;

  if (id == PROP_MAX_COST)
    gst_hailuo_terms_set_max_cost (&self->terms, g_value_get_double (value));
  else if (id == PROP_REUSE)
    gst_hailuo_terms_set_reuse (&self->terms, g_value_get_enum (value));
  if (id == PROP_MAX_COST || id == PROP_REUSE)
    return TRUE;
  if (id == PROP_0 || id >= G_N_ELEMENTS (fields))
    return FALSE;
  if (id == PROP_TASK_ID)
    self->terms.uri_task = FALSE;
  field = G_STRUCT_MEMBER_P (self, fields[id].offset);
  switch (fields[id].type) {
    case G_TYPE_STRING:
      /* one of them is the key */
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
  return TRUE;
}

gboolean
gst_hailuo_settings_get (const GstHailuoSettings *self, guint id, GValue *value)
{
  gconstpointer field;

  if (id == PROP_MAX_COST)
    g_value_set_double (value, gst_hailuo_terms_get_max_cost (&self->terms));
  else if (id == PROP_REUSE)
    g_value_set_enum (value, gst_hailuo_terms_get_reuse (&self->terms));
  if (id == PROP_MAX_COST || id == PROP_REUSE)
    return TRUE;
  if (id == PROP_0 || id >= G_N_ELEMENTS (fields))
    return FALSE;
  field = (const guint8 *) self + fields[id].offset;
  switch (fields[id].type) {
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
  return TRUE;
}

void
gst_hailuo_settings_init (GstHailuoSettings *self)
{
  self->provider = DEFAULT_PROVIDER;
  self->params.mode = DEFAULT_MODE;
  self->params.duration = DEFAULT_DURATION;
  self->params.resolution = DEFAULT_RESOLUTION;
  self->params.routing = DEFAULT_ROUTING;
  self->max_size = DEFAULT_MAX_SIZE;
  gst_hailuo_terms_init (&self->terms, DEFAULT_REUSE, DEFAULT_MAX_COST);
  self->first_poll = DEFAULT_FIRST_POLL;
  self->poll_interval = DEFAULT_POLL_INTERVAL;
  self->timeout = DEFAULT_TIMEOUT;
  self->retries = DEFAULT_RETRIES;
  self->params.take = DEFAULT_TAKE;
  self->dry_run = DEFAULT_DRY_RUN;
  self->store_max_size = DEFAULT_STORE_MAX_SIZE;
  self->budget = DEFAULT_BUDGET;
  self->budget_period = DEFAULT_BUDGET_PERIOD;
}

void
gst_hailuo_settings_copy (const GstHailuoSettings *from, GstHailuoSettings *to)
{
  guint id;

  *to = *from;
  for (id = PROP_0 + 1; id < G_N_ELEMENTS (fields); id++) {
    if (fields[id].type == G_TYPE_STRING) {
      gchar **text = G_STRUCT_MEMBER_P (to, fields[id].offset);

      *text = g_strdup (*text);
    }
  }
}

void
gst_hailuo_settings_clear (GstHailuoSettings *self)
{
  guint id;

  for (id = PROP_0 + 1; id < G_N_ELEMENTS (fields); id++) {
    if (fields[id].type == G_TYPE_STRING)
      gst_hailuo_secret_clear (G_STRUCT_MEMBER_P (self, fields[id].offset));
  }
}
