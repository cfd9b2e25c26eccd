/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hailuo-json.h: prints JSON. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Prints what @json has built to the standard output, and a line break.
 * Characters that nobody sees, or that change the direction of text, are
 * escaped. */
void hailuo_print_json (JsonBuilder *json, gboolean pretty);

G_END_DECLS
