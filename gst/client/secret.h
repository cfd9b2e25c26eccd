/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret.h: the key is for its host alone.
 *
 * A host may say the key again in its answers.  Whatever comes from one goes
 * through gst_hailuo_mask_apply() where it enters and before anything else is
 * done with it: the values of an answer in gst_hailuo_json_parse(), headers
 * and libcurl's words in http*.c.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What stands where the key was.  No task id that is kept and no link that is
 * fetched contains it. */
#define GST_HAILUO_SECRET_MASK "***"

/* What is looked for in many texts: a key */
typedef struct _GstHailuoMask GstHailuoMask;

/* @key may be NULL. (transfer full) (nullable): NULL where nothing is to be
 * looked for: see below. */
GstHailuoMask *gst_hailuo_mask_new (const gchar *key);
void gst_hailuo_mask_free (GstHailuoMask *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoMask, gst_hailuo_mask_free)

/* @text with each part of the key in it masked, eight consecutive characters or
 * more, in upper or lower case, as it is or with %XX and JSON's escapes in it,
 * up to six times over, and with characters that cannot be seen between its own.
 * A key of six or seven characters counts as a whole; a shorter one is in any
 * text, and is not looked for.  Neither is the head of a JSON Web Token, which
 * is the same in all of them, those in links too.  @self and @text may be NULL.
 * (transfer full) (nullable): NULL where there is nothing to mask. */
gchar *gst_hailuo_mask_apply (const GstHailuoMask *self, const gchar *text);

/* The same, for one text. */
gchar *gst_hailuo_secret_mask (const gchar *key, const gchar *text);

/* Wipes and frees *@secret, and makes it NULL. */
void gst_hailuo_secret_clear (gchar **secret);

G_END_DECLS
