/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a user does with a line: runs it, stops it, runs it again, in one process
 * or the next; and what it must come to in the end. */
#include "world.h"

#include <string.h>

/* --- processes ----------------------------------------------------------- */

static void
begin_process (Element *self)
{
  world_begin_process ();
  self->http = gst_hailuo_http_new ();
  self->task = NULL;
  world.http = self->http;
}

static void
end_process (Element *self)
{
  gboolean power_cut = !world.healthy && world_below (8) == 0;

  world.http = NULL;
  gst_hailuo_task_free (self->task);
  world.handed_over = 0;
  gst_hailuo_http_free (self->http);
  threads_end ();
  world_end_process (power_cut);
  judge_rows ();
}

/* A task of the shot that no attempt names: the host's list has it. */
static const HostTask *
find_unnamed (gint shot)
{
  guint i;

  for (i = 0; i < world.tasks->len; i++) {
    const HostTask *task = host_get (i);

    if (task->shot == shot && disk_find_row (task->id) == NULL
        && !disk_get_intent (task->intent)->forgotten)
      return task;
  }
  return NULL;
}

/* What the error of an unknown outcome tells the user to do. */
static void
heed (Line *line)
{
  const HostTask *task = find_unnamed (line->shot);

  if (!disk_is_unknown (line->shot) || world_below (2) == 0)
    return;
  if (task != NULL)
    line->adopt = task->id;
  else
    line->reuse = GST_HAILUO_REUSE_NEVER;
}

static Line
draw_line (void)
{
  Line line = { .shot = world_below (6) == 0,
    .reuse = GST_HAILUO_REUSE_ALWAYS };

  switch (world_below (24)) {
    case 0:
    case 1:
      line.reuse = GST_HAILUO_REUSE_UNFINISHED;
      break;
    case 2:
      line.reuse = GST_HAILUO_REUSE_ONLY;
      break;
    case 3:
    case 6:
      line.reuse = GST_HAILUO_REUSE_NEVER;
      break;
    case 4:
      if (world.tasks->len == 0)
        break;
      line.adopt = host_get (world_below (world.tasks->len))->id;
      line.shot = host_find (line.adopt)->shot;
      /* with the shot it would stand for an attempt that is not forgotten */
      if (world_below (3) == 0
          || disk_get_intent (host_find (line.adopt)->intent)->forgotten)
        line.shot = -1;
      if (world_below (3) == 0)
        line.reuse = world_below (4);
      break;
    case 5:
      if (world_below (4) == 0)
        line.adopt = "task_of_nobody";
      break;
    default:
      heed (&line);
  }
  if (line.adopt != NULL)
    world.figures.adopted++;
  return line;
}

/* "hailuo-shots --forget" */
static void
forget (gint shot)
{
  guint i;

  world_trace ("(the user has shot %d forgotten)", shot);
  world.figures.user_forgets++;
  for (i = world.rows->len; i > 0; i--) {
    Row *row = g_ptr_array_index (world.rows, i - 1);

    if (!disk_is_of_shot (row, shot))
      continue;
    disk_get_intent (row->intent)->forgotten = TRUE;
    if (row->attempt->sha256 != NULL)
      disk_get_clip (row->attempt->sha256)->now = -1;
    disk_remove_row (row);
  }
  for (i = 0; i < world.tasks->len; i++) {
    if (host_get (i)->shot == shot)
      disk_get_intent (host_get (i)->intent)->forgotten = TRUE;
  }
  disk_sync ();
}

static void
damage_clip (void)
{
  Clip *clip;

  if (world.clips->len == 0)
    return;
  clip = &g_array_index (world.clips, Clip, world_below (world.clips->len));
  if (clip->now < 0)
    return;
  world_trace ("(the clip %.8s is damaged)", clip->sha256);
  if (world_below (2) == 0) /* in its place, where it may be open */
    disk_get_file (clip->now)->whole = FALSE;
  else
    clip->now = clip->disk = disk_add_file (
        -1, disk_get_file (clip->now)->size, FALSE);
}

/* What happens while no element of ours works on a shot. */
static void
pass_by (void)
{
  const gint shot = world_below (N_SHOTS);
  Entry *entry = disk_get (world.shot_ids[shot]);

  if (world_chance (world.chances.other))
    other_run (entry);
  if (world_chance (world.chances.fail))
    damage_clip ();
  if (world_below (64) == 0 && entry->holder == HOLDER_NOBODY)
    forget (shot);
  world.now += world_below (100) * G_TIME_SPAN_SECOND;
}

static void
live_a_process (void)
{
  guint n = 1 + world_below (3);
  Element element;

  begin_process (&element);
  while (n-- > 0 && !world.dead) {
    Line line = draw_line ();
    g_autofree gchar *adopt = g_strdup (line.adopt);

    line.adopt = adopt;
    element_play (&element, &line);
    world.run.adopt = NULL;
    if (!world.dead)
      pass_by ();
  }
  end_process (&element);
}

/* --- the end ------------------------------------------------------------- */

/* One run in a process of its own, while nothing goes wrong. */
static Result
run_healthily (const Line *line, GError **error)
{
  Element element;
  Result result;

  begin_process (&element);
  element_begin (&element, line);
  result = element_run (&element, line, error);
  if (result == RESULT_CLIP && world_below (2) == 0)
    element_deliver (&element);
  end_process (&element);
  return result;
}

static gboolean
expect_clip (const Line *line)
{
  g_autoptr (GError) error = NULL;

  if (world.violation == NULL && run_healthily (line, &error) != RESULT_CLIP)
    world_violate ("the clip cannot be had: %s", error->message);
  return world.violation == NULL;
}

/* The user looks at the host's list of tasks, and does what the error says. */
static void
resolve (const Line *line)
{
  const HostTask *task = find_unnamed (line->shot);
  const guint billed = world.billed[line->shot];
  g_autofree gchar *adopt = g_strdup (task ? task->id : NULL);
  Line next = *line;

  if (task != NULL && (task->forgotten || task->fails))
    return;
  if (task == NULL) {
    world.chances.fail_tasks = 0;
    next.reuse = GST_HAILUO_REUSE_NEVER;
  }
  next.adopt = adopt;
  if (!expect_clip (&next) || !expect_clip (line))
    return;
  if (task != NULL && world.billed[line->shot] != billed)
    world_violate ("a task was paid, and another is paid for it");
}

/* Why there is no clip of a run in which all was well. */
static void
explain (const Line *line, const GError *error)
{
  const HostTask *task = host_find (world.run.expected);

  switch (world.run.verdict) {
    case VERDICT_UNKNOWN:
      if (world_below (2) == 0)
        resolve (line);
      break;
    case VERDICT_RESUME:
    case VERDICT_REFETCH:
      world.figures.forgotten++;
      if (task != NULL && !task->forgotten && !task->fails)
        world_violate ("a paid task cannot be had: %s", error->message);
      break;
    case VERDICT_REFUSED:
    case VERDICT_GIVEN_UP:
      break;
    default:
      world_violate ("a healthy run fails: %s", error->message);
  }
}

/* The same line until there is a clip, or it says why there will be none. */
static void
end_well (gint shot)
{
  const Line line = { .shot = shot, .reuse = GST_HAILUO_REUSE_ALWAYS };
  const Line only = { .shot = shot, .reuse = GST_HAILUO_REUSE_ONLY };
  guint i;

  for (i = 0; i < 8 && world.violation == NULL; i++) {
    g_autoptr (GError) error = NULL;
    const guint billed = world.billed[shot];

    if (run_healthily (&line, &error) == RESULT_CLIP) {
      expect_clip (&only);
      return;
    }
    if (world.violation != NULL)
      return;
    /* a new task, or one that was not finished, has just failed */
    if (world.run.verdict == VERDICT_NEW
        || (world.run.verdict == VERDICT_RESUME && world.run.answered))
      continue;
    if (world.billed[shot] != billed)
      world_violate ("an error was repeated, and paid");
    explain (&line, error);
    return;
  }
  if (world.violation == NULL)
    world_violate ("there is no clip after %u runs in which all was well", i);
}

void
user_live (guint64 seed, guint index)
{
  guint n, i;

  world_reset (seed, index);
  for (i = 0; i < N_SHOTS; i++) {
    g_autoptr (GstHailuoShot) shot = element_make_shot (i);

    world.shot_ids[i] = g_strdup (shot->id);
  }
  for (n = 1 + world_below (5); n > 0 && world.violation == NULL; n--)
    live_a_process ();
  if (world.violation != NULL)
    return;
  other_leave ();
  world_trace ("--- from here on nothing goes wrong");
  world.healthy = TRUE;
  world.chances = (Chances){ .fail_tasks = world.chances.fail_tasks };
  for (i = 0; i < N_SHOTS && world.violation == NULL; i++) {
    if (i == 0 || world.billed[i] > 0)
      end_well (i);
  }
}
