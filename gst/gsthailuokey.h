/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsthailuokey.h: the API key: api-key, else api-key-file, else the environment. */
#pragma once

#include "gsthailuosettings.h"

G_BEGIN_DECLS

/* The key of the run, where it @needs one.  What is wrong with it is added to
 * @problems; so is each setting, or @words, the prompt, that has this key or any
 * other one of the environment in it: they are kept and shown to others.
 * @usual_base_url: whether requests go where the environment's key may go.
 * (transfer full) (nullable) */
gchar *gst_hailuo_key_find (const GstHailuoSettings *settings,
    GObjectClass *object_class, gboolean usual_base_url, gboolean needs,
    const gchar *words, GPtrArray *problems);

G_END_DECLS
