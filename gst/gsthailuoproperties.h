/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsthailuoproperties.h: the properties of hailuosrc, one table row each. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

enum
{
  PROP_0,
  PROP_PROVIDER,
  PROP_MODEL,
  PROP_MODE,
  PROP_PROMPT,
  PROP_PROMPT_FILE,
  PROP_IMAGE,
  PROP_DURATION,
  PROP_RESOLUTION,
  PROP_ROUTING,
  PROP_API_KEY,
  PROP_API_KEY_FILE,
  PROP_BASE_URL,
  PROP_CA_FILE,
  PROP_CALLBACK_URL,
  PROP_MAX_SIZE,
  PROP_MAX_COST,
  PROP_FIRST_POLL,
  PROP_POLL_INTERVAL,
  PROP_TIMEOUT,
  PROP_RETRIES,
  PROP_TASK_ID,
  PROP_TAKE,
  PROP_REUSE,
  PROP_DRY_RUN,
  PROP_DETACH,
  PROP_STORE,
  PROP_STORE_MAX_SIZE,
  PROP_LABEL,
  PROP_BUDGET,
  PROP_BUDGET_PERIOD,
  N_SETTINGS,
  /* read-only, computed by the element */
  PROP_ESTIMATED_COST = N_SETTINGS,
  PROP_STATS
};

/* A property with a field in GstHailuoSettings. */
typedef struct
{
  const gchar *name;
  const gchar *nick;
  const gchar *blurb;
  GParamFlags flags;
  GType type;               /* fundamental type, which is that of the field */
  gsize offset;             /* of the field */
  GType (*get_type) (void); /* enum only */
  struct
  {
    guint64 minimum, maximum, default_value;
  } integer;                /* enum and boolean: default only */
  struct
  {
    gdouble minimum, maximum, default_value;
  } real;
} GstHailuoProperty;

/* Indexed by property id */
extern const GstHailuoProperty gst_hailuo_properties[N_SETTINGS];

void gst_hailuo_properties_install (GObjectClass *object_class);

G_END_DECLS
