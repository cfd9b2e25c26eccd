/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hold.h: how long the streaming thread computes without looking whether it
 * shall stop, in its own CPU time: so other programs do not count.
 *
 * curl_multi_perform() of a program that has this is measured: each call of it,
 * with the callbacks in it, and what lies between one and the next.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* ms that it may take */
#define HOLD_MAX 50

/* CPU time of this thread in ms */
gdouble hold_now (void);

/* The longest since the last hold_forget(), in ms */
gdouble hold_get_longest (void);
void hold_forget (void);

/* Whether that is too much for this machine as the test is run. */
gboolean hold_is_long (gdouble ms);

/* Fails where that is too much for this machine as the test is run. */
void hold_assert (gdouble ms);

G_END_DECLS
