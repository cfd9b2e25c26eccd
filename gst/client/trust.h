/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* trust.h: which files and directories are trusted to be the user's own.
 *
 * Whoever can change or replace the store can make the user pay again.  So
 * files must be the user's alone; every directory and symlink on the path to
 * the store must belong to root or to the user; and no such directory may be
 * writable by others unless it is sticky, as OpenSSH requires for the keys it
 * trusts.  Errors are GST_HAILUO_ERROR_STORE and name the file.
 */
#pragma once

#include "error.h"

G_BEGIN_DECLS

/* Sets the error for a system call that failed (errno).  @what: what cannot be
 * done to @path, such as "read" or "synced".  Returns FALSE. */
gboolean gst_hailuo_trust_set_errno (GError **error, const gchar *path,
    const gchar *what);

/* Opens a regular file that is ours alone: not a symlink, and at most 0600.
 * @flags: as for open(); with O_CREAT the file is created 0600.  -1 without an
 * error: it does not exist. */
gint gst_hailuo_trust_open (const gchar *path, gint flags, GError **error);

/* Whether @path is such a file, or does not exist; does not open it.  @missing:
 * (out) whether it certainly does not exist. */
gboolean gst_hailuo_trust_check_file (const gchar *path, gboolean *missing,
    GError **error);

/* Whether @folder is our own directory, writable by nobody else but root, or
 * does not exist. */
gboolean gst_hailuo_trust_check_folder (const gchar *folder, GError **error);

/* Whether everything that the kernel passes through on the way to @folder, an
 * absolute path, can be trusted, as far as it exists: each directory and each
 * symlink, including those that symlinks lead through. */
gboolean gst_hailuo_trust_check_path (const gchar *folder, GError **error);

G_END_DECLS
