/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* shot.h: one shot: what the user asked for, validated, with its identity.
 *
 * A shot never changes once it is created.
 */
#pragma once

#include "model.h"

G_BEGIN_DECLS

typedef enum
{
  GST_HAILUO_ROUTING_DEFAULT,
  GST_HAILUO_ROUTING_AUTO,
  GST_HAILUO_ROUTING_VALUE,
  GST_HAILUO_ROUTING_OFFICIAL
} GstHailuoRouting;

/* What a host's models and requests allow: the part of a provider that shots
 * are validated against. */
typedef struct
{
  const gchar *nick;            /* "apixo" */
  const gchar *title;           /* "APIXO" */
  const GstHailuoModel *models; /* the first one with a mode is its default */
  guint n_models;
  gboolean has_routing;         /* whether requests can carry it */
  const gchar *image_formats;   /* (nullable) file extensions it accepts:
                                 * "jpg jpeg png"; NULL: any */
} GstHailuoCatalogue;

/* What the user set for a shot, unchecked.  Strings may be NULL, and are owned
 * by whoever set them. */
typedef struct
{
  const gchar *model;     /* NULL or "": the provider's default for the mode */
  GstHailuoMode mode;
  const gchar *prompt;
  const gchar *image;     /* NULL or blank: none */
  guint duration;
  GstHailuoResolution resolution;
  GstHailuoRouting routing;
  guint take;
} GstHailuoParams;

typedef struct
{
  const GstHailuoCatalogue *catalogue; /* of the host */
  const GstHailuoVariant *variant; /* neither mode nor resolution is AUTO */
  gchar *model;                /* (owned) as sent */
  gchar *prompt;               /* (owned) */
  gchar *image;                /* (owned) (nullable) */
  guint duration;              /* s; 0: not in the request */
  GstHailuoRouting routing;
  guint take;
  gchar *id;                   /* (owned) hex SHA-256 of all of the above but
                                * the price, and of the base URL unless it is
                                * the provider's own: a simulator's clip is not
                                * the host's */
} GstHailuoShot;

/* Checks @params against @catalogue.  @base_url: (nullable) NULL: the
 * provider's own.  For each problem, adds to @problems (element-type utf8,
 * owned by the array) a sentence that names the property, its value and what is
 * allowed; returns NULL if there is any.  Nothing is clamped or substituted.
 * (transfer full) (nullable) */
GstHailuoShot *gst_hailuo_shot_new (const GstHailuoCatalogue *catalogue,
    const GstHailuoParams *params, const gchar *base_url, GPtrArray *problems);
void gst_hailuo_shot_free (GstHailuoShot *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoShot, gst_hailuo_shot_free)

/* Whether @model, listed or not, can be the name of a model. */
gboolean gst_hailuo_model_name_is_valid (const gchar *model);
/* Likewise, but adds a sentence to @problems if it cannot.  NULL is valid. */
void gst_hailuo_check_model_name (const gchar *model, GPtrArray *problems);

/* "default", "auto", "value" or "official". (transfer none) */
const gchar *gst_hailuo_routing_get_nick (GstHailuoRouting routing);

G_END_DECLS
