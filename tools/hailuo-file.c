/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hailuo-file.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define NAME_MAX_BYTES 48

gchar *
hailuo_file_make_name (const gchar *text, guint take)
{
  g_autofree gchar *ascii = g_str_to_ascii (text, "C");
  g_autoptr (GString) name = g_string_new (NULL);
  const gchar *p;

  for (p = ascii; *p != '\0' && name->len < NAME_MAX_BYTES; p++) {
    if (g_ascii_isalnum (*p))
      g_string_append_c (name, g_ascii_tolower (*p));
    else if (name->len > 0 && name->str[name->len - 1] != '-')
      g_string_append_c (name, '-');
  }
  while (name->len > 0 && name->str[name->len - 1] == '-')
    g_string_truncate (name, name->len - 1);
  if (name->len == 0)
    g_string_append (name, "clip");
  if (take > 1)
    g_string_append_printf (name, "-take-%u", take);
  g_string_append (name, ".mp4");
  return g_string_free (g_steal_pointer (&name), FALSE);
}

static gboolean
set_error (GError **error, const gchar *path, gint number)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number),
      number == EEXIST
          ? "%s exists: name another file with --output, or remove it"
          : "%s cannot be written: %s",
      path, g_strerror (number));
  return FALSE;
}

gboolean
hailuo_file_open (HailuoFile *self, const gchar *path, GError **error)
{
  g_autofree gchar *folder = g_path_get_dirname (path);
  GStatBuf st;

  self->fd = -1;
  self->path = g_strdup (path);
  if (g_lstat (path, &st) == 0)
    return set_error (error, path, EEXIST);
  self->part = g_build_filename (folder, ".hailuo-XXXXXX", NULL);
  self->fd = g_mkstemp_full (self->part, O_RDWR | O_CLOEXEC, 0666);
  if (self->fd >= 0)
    return TRUE;
  g_clear_pointer (&self->part, g_free);
  return set_error (error, path, errno);
}

gboolean
hailuo_file_keep (HailuoFile *self, GError **error)
{
  /* rename() would replace a file that was created in the meantime; a file
   * system without hard links has no other way */
  gboolean kept = fsync (self->fd) == 0
      && (link (self->part, self->path) == 0
          || ((errno == EPERM || errno == EOPNOTSUPP)
              && !g_file_test (self->path, G_FILE_TEST_EXISTS)
              && g_rename (self->part, self->path) == 0));

  if (!kept)
    set_error (error, self->path, errno);
  hailuo_file_clear (self);
  return kept;
}

void
hailuo_file_clear (HailuoFile *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  if (self->part != NULL)
    g_unlink (self->part);
  g_clear_pointer (&self->part, g_free);
  g_clear_pointer (&self->path, g_free);
}
