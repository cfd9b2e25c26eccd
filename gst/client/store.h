/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* store.h: the folder where clips are kept while they are used. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The folder that is used where the user names none: "hailuo" below the XDG
 * state folder. (transfer full) */
gchar *gst_hailuo_store_get_default_folder (void);

/* A new file in @folder (made where it is missing, for the user alone) to
 * write and read; it has no name and is gone when it is closed.  -1: @error is
 * GST_HAILUO_ERROR_STORE. */
gint gst_hailuo_store_open_scratch (const gchar *folder, GError **error);

G_END_DECLS
