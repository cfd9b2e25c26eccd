/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* trust.h: which files and folders are taken for the user's own.
 *
 * Whoever can change the store, or put another one in its place, has the user
 * pay again.  So files are the user's alone; and every folder and link on the way
 * to the store belongs to root or to the user, and no such folder is writable by
 * others unless it is sticky, as OpenSSH wants it for the keys it trusts.  Errors
 * are GST_HAILUO_ERROR_STORE and name the file.
 */
#pragma once

#include "error.h"

G_BEGIN_DECLS

/* The error for a system call that failed (errno); returns FALSE.
 * @what: what cannot be done with it, "read" or "synced". */
gboolean gst_hailuo_trust_set_errno (GError **error, const gchar *path,
    const gchar *what);

/* Opens a regular file that is ours alone: no link, 0600 at most.  @flags are
 * those of open(); with O_CREAT it is made, 0600.
 * -1 with no error: it is not there. */
gint gst_hailuo_trust_open (const gchar *path, gint flags, GError **error);

/* Whether @path, if it is there, is such a file; it is not opened.
 * @missing: (out) whether it is certain that it is not there. */
gboolean gst_hailuo_trust_check_file (const gchar *path, gboolean *missing,
    GError **error);

/* Whether @folder, if it is there, is our own folder, and nobody but root can
 * write to it. */
gboolean gst_hailuo_trust_check_folder (const gchar *folder, GError **error);

/* Whether all that the kernel passes on the way to @folder, an absolute path, can
 * be trusted, as far as it is there: each folder and each link, those that links
 * lead over included. */
gboolean gst_hailuo_trust_check_way (const gchar *folder, GError **error);

G_END_DECLS
