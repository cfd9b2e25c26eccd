/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsthailuokey.h: the API key, from api-key, api-key-file or the environment, in
 * this order. */
#pragma once

#include "gsthailuosettings.h"

G_BEGIN_DECLS

/* The key for the run, if it @needs one.  Problems with the key are added to
 * @problems; so is each setting, and the prompt (@words), that contains this key
 * or one from the environment, since settings are stored and shown to others.
 * @usual_base_url: whether a key from the environment may be sent to the base
 * URL. (transfer full) (nullable) */
gchar *gst_hailuo_key_find (const GstHailuoSettings *settings,
    GObjectClass *object_class, gboolean usual_base_url, gboolean needs,
    const gchar *words, GPtrArray *problems);

G_END_DECLS
