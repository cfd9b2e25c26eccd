/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stress.h"

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#define TIME_SCALE 60000 /* 120 s of work take 2 ms */

static void
shot_free (Shot *self)
{
  g_free (self->prompt);
  g_free (self);
}

/* In memory where there is such a folder: a disk takes longer for what must be
 * there for good than all the rest takes. */
static gchar *
make_folder (void)
{
  const gchar *memory = "/dev/shm";
  gchar *folder = g_build_filename (
      g_file_test (memory, G_FILE_TEST_IS_DIR) ? memory : g_get_tmp_dir (),
      "hailuo-stress-XXXXXX", NULL);

  if (g_mkdtemp (folder) == NULL)
    stress_fail ("no folder %s", folder);
  return folder;
}

static int
remove_one (const char *path, const struct stat *info, int type, struct FTW *at)
{
  return remove (path);
}

Scene *
scene_new (void)
{
  SimulatorOptions options = {
    .time_scale = TIME_SCALE,
    .clip_file = g_getenv ("TEST_CLIP_SMALL"),
  };
  Scene *self = g_new0 (Scene, 1);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *origin = NULL;

  self->simulator = simulator_new (&options, &error);
  if (self->simulator != NULL)
    self->proxy = fault_proxy_new (
        simulator_get_files_port (self->simulator), &error);
  if (self->proxy == NULL)
    stress_fail ("%s", error->message);
  origin = g_strdup_printf (
      "http://127.0.0.1:%u", fault_proxy_get_port (self->proxy));
  simulator_set_link_origin (self->simulator, origin);
  self->store = make_folder ();
  self->shots = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_free);
  return self;
}

Shot *
scene_add_shot (Scene *self)
{
  static guint number;
  Shot *shot = g_new0 (Shot, 1);

  shot->prompt = g_strdup_printf ("Shot number %u", ++number);
  g_ptr_array_add (self->shots, shot);
  return shot;
}

static guint
check_ledger (Scene *self)
{
  const guint all = simulator_get_billed (self->simulator);
  guint billed = 0, i;

  for (i = 0; i < self->shots->len; i++) {
    const Shot *shot = g_ptr_array_index (self->shots, i);
    guint n = simulator_get_billed_for (self->simulator, shot->prompt);

    if (n > 1)
      stress_fail ("%s was paid %u times", shot->prompt, n);
    if (n == 0 && shot->told)
      stress_fail ("%s has a task that nobody accepted", shot->prompt);
    billed += n;
  }
  if (billed != all)
    stress_fail ("%u tasks for %u shots", all, billed);
  return billed;
}

guint
scene_free (Scene *self)
{
  guint billed = check_ledger (self);

  fault_proxy_free (self->proxy);
  simulator_free (self->simulator);
  nftw (self->store, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  g_free (self->store);
  g_ptr_array_unref (self->shots);
  g_free (self);
  return billed;
}
