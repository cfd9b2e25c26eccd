/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsthailuosettings.h: the values of the writable properties. */
#pragma once

#include <gst/gst.h>

#include "client/task.h"
#include "gsthailuoterms.h"

G_BEGIN_DECLS

/* The values as the user set them, unchecked.  Strings are owned and nullable.
 * The table in gsthailuoproperties.c maps properties to fields. */
typedef struct
{
  GstHailuoProviderId provider;
  GstHailuoParams params;
  gchar *prompt_file;
  gchar *api_key;
  gchar *api_key_file;
  gchar *base_url;
  gchar *ca_file;
  gchar *callback_url;
  guint64 max_size;
  GstHailuoTerms terms;
  guint first_poll;
  guint poll_interval;
  guint timeout;
  guint retries;
  gchar *task_id;
  gboolean dry_run;
  gboolean detach;
  gchar *store;
  guint64 store_max_size;
  gchar *label;
  gdouble budget;
  guint64 budget_period;
} GstHailuoSettings;

/* Sets all fields to the defaults of the properties of @object_class. */
void gst_hailuo_settings_init (GstHailuoSettings *self,
    GObjectClass *object_class);
/* Copies to @to, which must be empty: a copy can be read without the lock. */
void gst_hailuo_settings_copy (const GstHailuoSettings *from,
    GstHailuoSettings *to);
void gst_hailuo_settings_clear (GstHailuoSettings *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstHailuoSettings, gst_hailuo_settings_clear)

/* Call with the lock held that guards @self.  FALSE: @id is not in the table. */
gboolean gst_hailuo_settings_set (GstHailuoSettings *self, guint id,
    const GValue *value);
gboolean gst_hailuo_settings_get (const GstHailuoSettings *self, guint id,
    GValue *value);

G_END_DECLS
