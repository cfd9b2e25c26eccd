/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "part.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "debug.h"

#define SEAL_SIZE 2048     /* the last bytes of the file: text, then NULs */
#define VALIDATOR_MAX 1024 /* of which; real ones have about 40 */
#define MAGIC "hailuo-part-1"

/* Changes with every boot. (transfer full) */
static gchar *
get_boot_id (void)
{
  gchar *id = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/random/boot_id", &id, NULL, NULL))
    return g_strdup ("");
  return g_strstrip (id);
}

/* (transfer full) */
static gchar *
make_seal (guint64 received, guint64 total, const gchar *validator,
    const gchar *task_id)
{
  g_autofree gchar *boot_id = get_boot_id ();

  return g_strdup_printf (MAGIC "\n%s\n%s\n%" G_GUINT64_FORMAT
                                "\n%" G_GUINT64_FORMAT "\n%s\n",
      boot_id, task_id, received, total, validator);
}

/* Only the fd of @file is set; the rest is filled in if the seal is valid.
 * @task_id: NULL accepts any. */
static gboolean
read_seal (GstHailuoDownload *file, const gchar *task_id)
{
  gchar text[SEAL_SIZE + 1] = { 0 };
  g_autofree gchar *again = NULL;
  g_auto (GStrv) lines = NULL;
  struct stat st;
  guint64 received, total;

  if (fstat (file->fd, &st) != 0 || st.st_size <= SEAL_SIZE)
    return FALSE;
  received = st.st_size - SEAL_SIZE;
  if (pread (file->fd, text, SEAL_SIZE, received) != SEAL_SIZE)
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  if (g_strv_length (lines) != 7
      || !g_ascii_string_to_unsigned (
          lines[4], 10, 0, G_MAXINT64, &total, NULL))
    return FALSE;
  again = make_seal (received, total, lines[5], task_id ? task_id : lines[2]);
  if (!g_str_equal (text, again))
    return FALSE;
  file->received = received;
  file->total = total;
  g_free (file->validator);
  file->validator = g_strdup (lines[5]);
  return TRUE;
}

gboolean
gst_hailuo_part_is_sealed (gint fd)
{
  GstHailuoDownload file = { .fd = fd };
  const gboolean sealed = read_seal (&file, NULL);

  gst_hailuo_download_clear (&file);
  return sealed;
}

void
gst_hailuo_part_open (GstHailuoDownload *file, const gchar *task_id)
{
  file->received = 0;
  file->total = 0;
  if (read_seal (file, task_id))
    GST_INFO (
        "%" G_GUINT64_FORMAT " bytes of the clip are here", file->received);
  /* remove the seal: new data takes its place */
  if (ftruncate (file->fd, file->received) != 0)
    GST_WARNING ("the end of what is there of the clip stays for now");
}

gboolean
gst_hailuo_part_is_of_use (const GstHailuoDownload *file)
{
  return file->received > 0 && file->validator != NULL
      && strlen (file->validator) <= VALIDATOR_MAX;
}

gboolean
gst_hailuo_part_seal (const GstHailuoDownload *file, const gchar *task_id)
{
  gchar text[SEAL_SIZE] = { 0 };
  g_autofree gchar *seal = NULL;

  if (!gst_hailuo_part_is_of_use (file))
    return FALSE;
  seal = make_seal (file->received, file->total, file->validator, task_id);
  return g_strlcpy (text, seal, sizeof text) < sizeof text
      && ftruncate (file->fd, file->received) == 0
      && pwrite (file->fd, text, SEAL_SIZE, file->received) == SEAL_SIZE;
}
