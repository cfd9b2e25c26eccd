/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsthailuoprompt.h: the prompt, from its property or its file. */
#pragma once

#include "gsthailuosettings.h"

G_BEGIN_DECLS

/* The prompt from `prompt` or `prompt-file`, NULL if neither is set.  Problems are
 * added to @problems as by gst_hailuo_request_make(); gst_hailuo_shot_new()
 * checks the rest.  @object_class: the class of the element, to look up
 * properties. (transfer full) (nullable) */
gchar *gst_hailuo_prompt_find (const GstHailuoSettings *settings,
    GObjectClass *object_class, GPtrArray *problems);

/* After NAME="", or a value that ends with a backslash, gst-launch-1.0 takes the
 * next argument for the value, be it max-cost=0.40 or an exclamation mark.  Adds
 * a problem if @text is such a value. */
void gst_hailuo_prompt_check_swallowed (const gchar *property,
    const gchar *text, GObjectClass *object_class, GPtrArray *problems);

G_END_DECLS
