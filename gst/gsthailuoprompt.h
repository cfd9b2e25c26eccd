/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsthailuoprompt.h: the prompt, from its property or its file. */
#pragma once

#include "gsthailuosettings.h"

G_BEGIN_DECLS

/* What prompt or prompt-file says, or NULL where neither is set.  Each problem is
 * added to @problems as gst_hailuo_request_make() has them; whether the words are a
 * shot's is not looked at.  @object_class: of the element, with the properties
 * that there are.  (transfer full) (nullable) */
gchar *gst_hailuo_prompt_find (const GstHailuoSettings *settings,
    GObjectClass *object_class, GPtrArray *problems);

/* After NAME="", and after a backslash at the end, gst-launch-1.0 takes the next
 * word of its line for the value, be it max-cost=0.40 or an exclamation mark:
 * such a @text is a problem. */
void gst_hailuo_prompt_check_swallowed (const gchar *property,
    const gchar *text, GObjectClass *object_class, GPtrArray *problems);

G_END_DECLS
