/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret.h: the key is for its host alone.
 *
 * A host may echo the key in its responses.  So whatever comes from a host goes
 * through gst_hailuo_mask_apply() first: values of a response in
 * gst_hailuo_json_parse(), headers and libcurl's messages in http*.c.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What replaces the key.  No task id that is kept, and no link that is fetched,
 * contains it. */
#define GST_HAILUO_SECRET_MASK "***"

/* A key, prepared for masking it in many texts. */
typedef struct _GstHailuoMask GstHailuoMask;

/* Returns NULL if @key (nullable) has nothing that can be masked, see below.
 * (transfer full) (nullable) */
GstHailuoMask *gst_hailuo_mask_new (const gchar *key);
void gst_hailuo_mask_free (GstHailuoMask *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoMask, gst_hailuo_mask_free)

/* @text with every part of the key masked.  A part is any eight or more
 * consecutive characters, in upper or lower case, plain or with %XX and JSON
 * escapes nested up to six levels deep, and also with invisible characters in
 * between.
 *
 * A key of six or seven characters is masked only as a whole.  A shorter one
 * could be in any text and is not masked, nor is the header of a JSON Web
 * Token, which is the same in all tokens, including those in links.
 *
 * @self and @text may be NULL.  Returns NULL if there is nothing to mask.
 * (transfer full) (nullable) */
gchar *gst_hailuo_mask_apply (const GstHailuoMask *self, const gchar *text);

/* Likewise, for a single text. */
gchar *gst_hailuo_secret_mask (const gchar *key, const gchar *text);

/* Wipes and frees *@secret, and sets it to NULL. */
void gst_hailuo_secret_clear (gchar **secret);

G_END_DECLS
