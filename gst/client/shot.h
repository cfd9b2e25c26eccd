/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* shot.h: what the user asked for, validated: one shot, with its identity.
 *
 * A shot never changes once it is made.
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

/* What a host's models and its requests allow: the part of a provider that a
 * shot is validated against. */
typedef struct
{
  const gchar *nick;            /* "apixo" */
  const gchar *title;           /* "APIXO" */
  const GstHailuoModel *models; /* the first one with a mode is its default */
  guint n_models;
  gboolean has_routing;         /* whether requests can carry it */
  const gchar *image_formats;   /* file endings that are taken: "jpg jpeg png" */
} GstHailuoCatalogue;

/* What the user set of a shot, unchecked; strings may be NULL, and are owned by
 * whoever set them. */
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
  const GstHailuoOffer *offer; /* mode, resolution and price, none is AUTO */
  gchar *model;                /* (owned) as sent */
  gchar *prompt;               /* (owned) */
  gchar *image;                /* (owned) (nullable) */
  guint duration;              /* s; 0: left out of the request */
  GstHailuoRouting routing;
  guint take;
  gchar *id;                   /* (owned) hex SHA-256 of all that is above and,
                                * where it is not the provider's own, of the
                                * base URL: what a simulator made is no clip
                                * of the host */
} GstHailuoShot;

/* Checks @params against @catalogue; @base_url: NULL is the provider's own.  Each
 * problem is added to @problems as one
 * sentence (element-type utf8, owned by the array) that names property, value
 * and what is allowed; then it returns NULL.  Nothing is clamped and nothing
 * substituted.  (transfer full) (nullable) */
GstHailuoShot *gst_hailuo_shot_new (const GstHailuoCatalogue *catalogue,
    const GstHailuoParams *params, const gchar *base_url, GPtrArray *problems);
void gst_hailuo_shot_free (GstHailuoShot *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoShot, gst_hailuo_shot_free)

/* Whether @model, which may be of no list of ours, can be a model's name. */
gboolean gst_hailuo_model_name_is_valid (const gchar *model);
/* The same, with a sentence for @problems; NULL is right. */
void gst_hailuo_check_model_name (const gchar *model, GPtrArray *problems);

/* "default", "auto", "value" or "official". (transfer none) */
const gchar *gst_hailuo_routing_get_nick (GstHailuoRouting routing);

G_END_DECLS
