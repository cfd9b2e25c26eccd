/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hailuo-file.h: a file that appears under its name only when it is complete. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gchar *path;  /* (owned) */
  gchar *part;  /* (owned) (nullable) what is written meanwhile, beside it */
  gint fd;      /* (owned) -1: none */
} HailuoFile;

/* A name for the clip of @text: its first words, then ".mp4", such as
 * "a-lighthouse-at-dawn.mp4". (transfer full) */
gchar *hailuo_file_make_name (const gchar *text, guint take);

/* Creates the partial file for @path, which must not exist yet. */
gboolean hailuo_file_open (HailuoFile *self, const gchar *path, GError **error);

/* Makes the content durable and gives the file its name, unless there is such a
 * file by now.  Closes it in any case. */
gboolean hailuo_file_keep (HailuoFile *self, GError **error);

/* Removes a partial file, and closes it. */
void hailuo_file_clear (HailuoFile *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HailuoFile, hailuo_file_clear)

G_END_DECLS
