/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsthailuofile.h: reads the small files that properties refer to. */
#pragma once

#include <gst/gst.h>
#include <sys/stat.h>

G_BEGIN_DECLS

/* Opens a regular file for reading, without blocking.  Returns -1 on failure and
 * sets *@why (transfer full) to a predicate that follows the name of the file in
 * a message, such as "is not a regular file". */
gint gst_hailuo_file_open (const gchar *path, struct stat *st, gchar **why);

/* Reads a regular file of at most @max bytes.  The content is followed by a
 * terminating zero that is not counted. (transfer full) (nullable) */
GByteArray *gst_hailuo_file_read (const gchar *path, gsize max, gchar **why);

G_END_DECLS
