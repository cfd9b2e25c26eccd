/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a user and an application do with a line: they run it, stop it, run it
 * again, in one process or the next; and what each run must come to. */
#include "world.h"

#include <string.h>

typedef struct
{
  gint shot;          /* -1: none */
  const gchar *adopt; /* (nullable) */
  GstHailuoReuse reuse;
} Line;

/* As the element has it: one connection to the world, and a task that is kept
 * from run to run. */
typedef struct
{
  GstHailuoHttp *http;
  GstHailuoTask *task; /* (nullable) */
} Element;

typedef enum
{
  RESULT_CLIP,
  RESULT_CANCELLED,
  RESULT_ERROR
} Result;

/* --- what the task tells ------------------------------------------------- */

static void
take_id (const GstHailuoStatus *status)
{
  if (world.dead || status->task_id[0] == '\0'
      || g_hash_table_contains (world.told, status->task_id))
    return;
  if (!disk_knows (status->task_id) && !world.write_failed)
    world_violate ("task %s is told before it is recorded", status->task_id);
  g_hash_table_add (world.told, g_strdup (status->task_id));
}

static void
on_state (const GstHailuoStatus *status, gpointer user_data)
{
  take_id (status);
  world_trace ("state %s %s", status->state, status->task_id);
}

static void
on_progress (const GstHailuoStatus *status, GstHailuoStep step,
    const gchar *text, gint percent, gpointer user_data)
{
  take_id (status);
  world_check_text (text);
}

static void
on_warning (const gchar *text, gpointer user_data)
{
  world_trace ("warning: %s", text);
  world_check_text (text);
}

static const GstHailuoListener listener = { on_state, on_progress, on_warning };

/* --- the element --------------------------------------------------------- */

static GstHailuoShot *
make_shot (gint take)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new ();
  const GstHailuoWish wish = {
    .prompt = SECRET_PROMPT,
    .image = "https://example.com/image.jpg",
    .duration = 6,
    .take = take + 1,
  };
  GstHailuoShot *shot = gst_hailuo_shot_new (
      &world.provider->catalogue, &wish, problems);

  g_assert_nonnull (shot);
  return shot;
}

static guint
pick (const guint *numbers, guint n)
{
  return numbers[world_below (n)];
}

static void
make_means (GstHailuoReuse reuse, GstHailuoMeans *means)
{
  static const guint polls[] = { 0, 1000, 5000, 10000, 60000 };
  static const guint timeouts[] = { 1, 20, 300, 900, 900 };
  static const guint retries[] = { 0, 1, 5 };

  means->provider = world.provider;
  means->base_url = g_strdup (world.provider->base_url);
  means->key = g_strdup (SECRET_KEY);
  means->folder = g_strdup ("/store");
  means->store_max_size = world_below (8) == 0 ? 0 : G_MAXUINT32;
  means->reuse = reuse;
  means->model = g_strdup (world.provider->catalogue.models[0].name);
  means->first_poll = pick (polls, G_N_ELEMENTS (polls));
  means->poll_interval = pick (polls, G_N_ELEMENTS (polls));
  means->timeout = pick (timeouts, G_N_ELEMENTS (timeouts));
  means->retries = pick (retries, G_N_ELEMENTS (retries));
  means->max_size = 512 * 1024 * 1024;
  if (world.healthy) {
    means->timeout = 900;
    means->retries = 5;
  }
}

/* What start() of the element does. */
static void
element_begin (Element *self, const Line *line)
{
  GstHailuoMeans means = { 0 };
  g_autoptr (GstHailuoShot) shot = line->shot >= 0 ? make_shot (line->shot)
                                                   : NULL;
  const guint task_posts = world.run.task_posts;

  make_means (line->reuse, &means);
  world_trace ("--- line: shot %d, task-id %s, reuse %d", line->shot,
      line->adopt ? line->adopt : "none", line->reuse);
  world.figures.runs++;
  world.run = (Run){
    .shot = line->shot,
    .adopt = line->adopt,
    .reuse = line->reuse,
    .task_posts = task_posts,
  };
  if (self->task == NULL
      || !gst_hailuo_task_is_for (
          self->task, shot ? shot->id : NULL, line->adopt, &means)) {
    gst_hailuo_task_free (self->task);
    world.run.task_posts = 0;
    self->task = gst_hailuo_task_new (
        self->http, g_steal_pointer (&shot), line->adopt, &listener, NULL);
  }
  world.run.silent = line->reuse == GST_HAILUO_REUSE_ONLY;
  gst_hailuo_task_begin (self->task, &means);
}

/* --- what a run came to -------------------------------------------------- */

static void
check_origin (const GstHailuoStatus *status)
{
  switch (status->origin) {
    case GST_HAILUO_ORIGIN_SUBMITTED:
      if (world.run.task_posts == 0)
        world_violate ("origin is submitted, and nothing was");
      break;
    case GST_HAILUO_ORIGIN_RESUMED:
      if (world.run.posts > 0)
        world_violate ("origin is resumed, and it was submitted");
      break;
    default:
      if (world.run.requests > 0)
        world_violate ("origin is reused, and the host was asked");
  }
}

/* TRUE was returned: there must be a whole clip, of a task that was billed for
 * this shot. */
static void
check_clip (GstHailuoTask *self, const Line *line)
{
  const GstHailuoStatus *status = gst_hailuo_task_get_status (self);
  const Descriptor *descriptor;
  const HostTask *task;
  const File *file;
  guint64 size = 0;

  descriptor = world_get_descriptor (gst_hailuo_task_get_clip (self, &size));
  if (descriptor == NULL)
    return;
  file = disk_get_file (descriptor->file);
  if (!file->whole || file->size != size || file->task < 0) {
    world_violate ("what is played is no whole clip");
    return;
  }
  task = host_get (file->task);
  world_trace ("=== the clip of %s", task->id);
  if (line->adopt != NULL ? strcmp (task->id, line->adopt) != 0
                          : task->shot != line->shot)
    world_violate ("the clip of task %s is of another shot", task->id);
  if (strcmp (task->id, status->task_id) != 0
      || status->stage != GST_HAILUO_STAGE_DONE)
    world_violate ("the clip of %s is said to be of %s in stage %d", task->id,
        status->task_id, status->stage);
  check_origin (status);
}

/* An error says what the host's bill says. */
static void
check_billed (GstHailuoTask *self, GstHailuoBilled billed)
{
  const HostTask *task = host_find (gst_hailuo_task_get_status (self)->task_id);

  if (task != NULL && !task->failed_told && billed == GST_HAILUO_BILLED_NO)
    world_violate ("an error says that task %s is not billed", task->id);
}

static void
check_error (GstHailuoTask *self, const Line *line, const GError *error)
{
  const GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (error);
  const Entry *entry = line->shot >= 0 ? disk_get (world.shot_ids[line->shot])
                                       : NULL;

  world_trace ("=== %s", error->message);
  world_check_text (error->message);
  if (facts == NULL) {
    world_violate ("an error of another domain: %s", error->message);
    return;
  }
  world_check_text (facts->provider_message);
  check_billed (self, facts->billed);
  if (error->code != GST_HAILUO_ERROR_OUTCOME_UNKNOWN)
    return;
  world.figures.unknown++;
  if (facts->billed != GST_HAILUO_BILLED_UNKNOWN)
    world_violate ("an outcome is unknown, and billed is not");
  if (entry == NULL || disk_get_state (entry) != GST_HAILUO_RECORD_INTENT)
    world_violate ("an outcome is unknown, and the record does not say so");
}

static Result
element_run (Element *self, const Line *line, GError **error)
{
  g_autoptr (GError) problem = NULL;

  world.run.operations = 0;
  if (gst_hailuo_task_run (self->task, &problem)) {
    if (!world.dead)
      check_clip (self->task, line);
    return RESULT_CLIP;
  }
  if (g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    if (!world.dead && !gst_hailuo_http_is_cancelled (self->http))
      world_violate ("cancelled by nobody");
    g_propagate_error (error, g_steal_pointer (&problem));
    return RESULT_CANCELLED;
  }
  if (!world.dead)
    check_error (self->task, line, problem);
  g_propagate_error (error, g_steal_pointer (&problem));
  return RESULT_ERROR;
}

/* It is written down with reuse=only too. */
static void
deliver (GstHailuoTask *task)
{
  world.run.silent = FALSE;
  gst_hailuo_task_delivered (task);
}

/* Plays a line: runs, with what an application does in between. */
static void
element_play (Element *self, const Line *line)
{
  gboolean again = TRUE;
  guint i;

  element_begin (self, line);
  if (world_below (32) == 0)
    gst_hailuo_task_quote (self->task, NULL);
  for (i = 0; again && i < 8; i++) {
    Result result = element_run (self, line, NULL);

    if (world.dead)
      return;
    gst_hailuo_http_uncancel (self->http);
    switch (result) {
      case RESULT_CLIP: /* each buffer asks for it */
        again = world_below (3) == 0;
        if (!again && world_below (4) != 0)
          deliver (self->task);
        break;
      case RESULT_CANCELLED: /* a flush, or the way to READY */
        again = world_below (2) == 0;
        break;
      default: /* a seek that flushes starts it even after an error */
        again = world_below (4) == 0;
        /* the lock was given back: another one may have it made meanwhile */
        world.run.requests = world.run.posts = 0;
    }
    if (again)
      world_trace ("--- the same run goes on");
  }
  if (!world.dead && world_below (8) != 0)
    gst_hailuo_task_end (self->task);
}

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
  gst_hailuo_http_free (self->http);
  threads_end ();
  world_end_process (power_cut);
}

/* What the error of an unknown outcome tells the user to do. */
static void
heed (Line *line)
{
  const Entry *entry = disk_get (world.shot_ids[line->shot]);
  guint i;

  if (disk_get_state (entry) != GST_HAILUO_RECORD_INTENT
      || world_below (2) == 0)
    return;
  line->reuse = GST_HAILUO_REUSE_NEVER;
  for (i = 0; i < world.tasks->len; i++) {
    if (host_get (i)->intent == entry->now.record->intent) {
      line->reuse = GST_HAILUO_REUSE_ALWAYS;
      line->adopt = host_get (i)->id;
    }
  }
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
      line.reuse = GST_HAILUO_REUSE_NEVER;
      break;
    case 4:
      if (world.tasks->len == 0)
        break;
      line.adopt = host_get (world_below (world.tasks->len))->id;
      line.shot = host_find (line.adopt)->shot;
      if (world_below (3) == 0)
        line.shot = -1;
      if (world_below (6) == 0)
        line.reuse = GST_HAILUO_REUSE_ONLY;
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

/* What happens while no element of ours works on a shot. */
static void
pass_by (void)
{
  Entry *entry = disk_get (world.shot_ids[world_below (N_SHOTS)]);

  if (world_chance (world.chances.other))
    other_run (entry);
  if (world_chance (world.chances.fail) && entry->now.clip >= 0
      && entry->holder == HOLDER_NOBODY) {
    world_trace ("(the clip of %.8s is damaged)", entry->id);
    if (world_below (2) == 0) /* in its place, where it may be open */
      disk_get_file (entry->now.clip)->whole = FALSE;
    else
      entry->now.clip = entry->disk.clip = disk_add_file (
          -1, disk_get_file (entry->now.clip)->size, FALSE);
  }
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
    deliver (element.task);
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
  const Entry *entry = disk_get (world.shot_ids[line->shot]);
  const guint billed = world.billed[line->shot];
  const guint intent = entry->now.record->intent;
  Line next = *line;
  guint i;

  for (i = 0; i < world.tasks->len; i++) {
    const HostTask *task = host_get (i);

    if (task->intent == intent && (task->forgotten || task->fails))
      return;
    if (task->intent == intent) {
      g_autofree gchar *adopt = g_strdup (task->id);

      next.adopt = adopt;
      if (!expect_clip (&next) || !expect_clip (line))
        return;
      if (world.billed[line->shot] != billed)
        world_violate ("a task was paid, and another is paid for it");
      return;
    }
  }
  world.chances.fail_tasks = 0;
  next.reuse = GST_HAILUO_REUSE_NEVER;
  if (expect_clip (&next))
    expect_clip (line);
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
    const Entry *entry = disk_get (world.shot_ids[shot]);

    if (run_healthily (&line, &error) == RESULT_CLIP) {
      expect_clip (&only);
      return;
    }
    if (world.violation != NULL)
      return;
    if (error->code == GST_HAILUO_ERROR_OUTCOME_UNKNOWN) {
      if (world_below (2) == 0)
        resolve (&line);
      return;
    }
    if (error->code == GST_HAILUO_ERROR_NOT_FOUND) {
      const HostTask *task = entry->now.record
          ? host_find (entry->now.record->record.task_id)
          : NULL;

      world.figures.forgotten++;
      if (disk_get_state (entry) != GST_HAILUO_RECORD_SUBMITTED
          && (task == NULL || !task->forgotten))
        world_violate ("a task is not found that the host has");
      return;
    }
    if (disk_get_state (entry) != GST_HAILUO_RECORD_FAILED)
      world_violate ("a healthy run fails: %s", error->message);
    if (i == 2)
      world.chances.fail_tasks = 0;
  }
  if (world.violation == NULL)
    world_violate ("there is no clip after %u runs in which all was well", i);
}

void
user_live (guint seed)
{
  guint n, i;

  world_reset (seed);
  for (i = 0; i < N_SHOTS; i++) {
    g_autoptr (GstHailuoShot) shot = make_shot (i);

    world.shot_ids[i] = g_strdup (shot->id);
  }
  for (n = 1 + world_below (4); n > 0 && world.violation == NULL; n--)
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
