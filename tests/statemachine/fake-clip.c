/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clip.h over the files of the world. */
#include "clip.h"

#include <string.h>
#include <unistd.h>

#include "world.h"

gboolean
gst_hailuo_clip_check (gint fd, guint64 size, gboolean exact,
    GstHailuoClipInfo *info, GError **error)
{
  const Fate fate = world_step (STEP_READ);
  const Descriptor *descriptor;
  const File *file;

  if (fate == FATE_DIES || fate == FATE_DIES_LATE)
    world_die ();
  if (world.dead)
    return world_set_dead (error);
  descriptor = world_get_descriptor (fd);
  if (descriptor == NULL)
    return world_set_dead (error);
  file = disk_get_file (descriptor->file);
  if (file->size != size)
    world_violate ("a clip of %u bytes is taken for one of %u",
        (guint) file->size, (guint) size);
  world_trace ("check clip: %s", file->whole ? "whole" : "not whole");
  if (fate == FATE_FINE && file->whole) {
    info->duration = (world_below (16) == 0 ? 5 : 6)
        * G_GUINT64_CONSTANT (1000000000);
    info->width = 1366;
    info->height = world_below (16) == 0 ? 1080 : 768;
    return TRUE;
  }
  gst_hailuo_set_error (
      error, GST_HAILUO_ERROR_DOWNLOAD, "the file is not a whole MP4");
  return FALSE;
}

/* Somebody may flush meanwhile. */
static gboolean
is_stopped (gboolean (*is_cancelled) (gpointer user_data), gpointer user_data)
{
  if (world_chance (world.chances.cancel)) {
    world.figures.cancels++;
    gst_hailuo_http_cancel (world.http);
  }
  return is_cancelled (user_data);
}

gboolean
gst_hailuo_clip_compare (gint fd, guint64 size, const gchar *sha256,
    gboolean (*is_cancelled) (gpointer user_data), gpointer user_data,
    GError **error)
{
  const Fate fate = world_step (STEP_READ);
  const Descriptor *descriptor;
  g_autoptr (GChecksum) sum = NULL;
  gboolean same;

  if (fate == FATE_DIES || fate == FATE_DIES_LATE)
    world_die ();
  if (world.dead)
    return world_set_dead (error);
  descriptor = world_get_descriptor (fd);
  if (descriptor == NULL)
    return world_set_dead (error);
  if (is_stopped (is_cancelled, user_data)) {
    world_trace ("compare clip: cancelled");
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
    return FALSE;
  }
  sum = disk_sum_file (descriptor->file);
  same = disk_get_file (descriptor->file)->whole
      && strcmp (g_checksum_get_string (sum), sha256) == 0;
  world_trace ("compare clip: %s", same ? "the same" : "another");
  if (fate == FATE_FINE && same)
    return TRUE;
  gst_hailuo_set_error (
      error, GST_HAILUO_ERROR_DOWNLOAD, "the file is another");
  return FALSE;
}

/* No run goes on with what an earlier one left: gst_hailuo_part_open(). */
GChecksum *
gst_hailuo_clip_sum (gint fd, guint64 size,
    gboolean (*is_cancelled) (gpointer user_data), gpointer user_data,
    GError **error)
{
  world_violate ("a part without its digest");
  return g_checksum_new (G_CHECKSUM_SHA256);
}

void
gst_hailuo_clip_close (GstHailuoClip *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  self->size = 0;
}

/* Nobody plays it here. */
gboolean
gst_hailuo_clip_read (const GstHailuoClip *self, guint64 offset, gpointer data,
    gsize length, GError **error)
{
  world_violate ("a clip that is read");
  return TRUE;
}
