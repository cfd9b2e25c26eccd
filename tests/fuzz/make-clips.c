/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* make-clips.c: makes the corpus of fuzz-clip, corpus/clip, in a folder.
 *
 *   make-clips FOLDER
 */
#include <glib.h>

#include "../unit/mp4.h"

static void
save (const gchar *folder, const gchar *name, const Mp4Spec *spec)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  Mp4Spec small = *spec;
  g_autoptr (GByteArray) file = NULL;
  g_autoptr (GError) error = NULL;

  small.samples = 3;
  small.per_chunk = 2;
  file = mp4_new (&small);
  if (!g_file_set_contents (path, (gchar *) file->data, file->len, &error))
    g_error ("%s", error->message);
}

gint
main (gint argc, gchar **argv)
{
  const gchar *folder = argc > 1 ? argv[1] : ".";

  save (folder, "as-the-hosts-send", &(Mp4Spec){ 0 });
  save (folder, "moov-first", &(Mp4Spec){ .moov_first = TRUE });
  save (folder, "large-mdat", &(Mp4Spec){ .large_mdat = TRUE });
  save (folder, "large-moov", &(Mp4Spec){ .large_moov = TRUE });
  save (
      folder, "open-mdat", &(Mp4Spec){ .moov_first = TRUE, .open_mdat = TRUE });
  save (folder, "open-moov", &(Mp4Spec){ .open_moov = TRUE });
  save (folder, "version-1", &(Mp4Spec){ .version_1 = TRUE });
  save (folder, "co64", &(Mp4Spec){ .co64 = TRUE });
  save (folder, "one-size", &(Mp4Spec){ .one_size = TRUE });
  save (folder, "audio-first", &(Mp4Spec){ .audio_first = TRUE });
  save (folder, "fragmented",
      &(Mp4Spec){ .moov_first = TRUE, .fragmented = TRUE });
  save (folder, "no-video", &(Mp4Spec){ .no_video = TRUE });
  save (folder, "timescale-0", &(Mp4Spec){ .timescale = G_MAXUINT });
  save (folder, "duration-not-known", &(Mp4Spec){ .duration = G_MAXUINT64 });
  save (folder, "duration-week",
      &(Mp4Spec){ .version_1 = TRUE,
          .timescale = 1,
          .duration = G_GUINT64_CONSTANT (7) * 24 * 3600 });
  return 0;
}
