/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clip.h over the files of the world. */
#include "clip.h"

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
