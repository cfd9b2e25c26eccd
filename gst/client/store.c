/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "error.h"

gchar *
gst_hailuo_store_get_default_folder (void)
{
  return g_build_filename (g_get_user_state_dir (), "hailuo", NULL);
}

static gint
open_and_unlink (const gchar *folder)
{
  g_autofree gchar *name = g_build_filename (folder, ".clip-XXXXXX", NULL);
  gint fd = g_mkstemp_full (name, O_RDWR | O_CLOEXEC, 0600);

  if (fd >= 0)
    g_unlink (name);
  return fd;
}

gint
gst_hailuo_store_open_scratch (const gchar *folder, GError **error)
{
  gint fd = -1;

  if (g_mkdir_with_parents (folder, 0700) == 0) {
    fd = open (folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    /* not every file system has it; an old kernel says EISDIR */
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
      fd = open_and_unlink (folder);
  }
  if (fd < 0)
    gst_hailuo_set_error (error, GST_HAILUO_ERROR_STORE,
        "The store %s cannot be written: %s. Make room or give another folder.",
        folder, g_strerror (errno));
  return fd;
}
