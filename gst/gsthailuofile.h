/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsthailuofile.h: the small files that properties name. */
#pragma once

#include <gst/gst.h>
#include <sys/stat.h>

G_BEGIN_DECLS

/* Opens a regular file for reading, and waits for nobody: negative where it is
 * none, and *@why (transfer full) says so, to follow the file's name. */
gint gst_hailuo_file_open (const gchar *path, struct stat *st, gchar **why);

/* The content of one of at most @max bytes; a zero that is not counted follows
 * it. (transfer full) (nullable) */
GByteArray *gst_hailuo_file_read (const gchar *path, gsize max, gchar **why);

G_END_DECLS
