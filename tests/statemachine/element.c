/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The element, as an application drives it, and what each run must come to. */
#include "world.h"

#include <string.h>

/* --- what the task tells ------------------------------------------------- */

static void
take_id (const GstHailuoStatus *status)
{
  if (world.dead || status->task_id[0] == '\0'
      || g_hash_table_contains (world.told, status->task_id))
    return;
  /* one that the user named is nobody's secret */
  if (disk_find_row (status->task_id) == NULL && !world.write_failed
      && g_strcmp0 (status->task_id, world.run.adopt) != 0)
    world_violate ("task %s is told before it is recorded", status->task_id);
  g_hash_table_add (world.told, g_strdup (status->task_id));
}

static void
on_state (const GstHailuoStatus *status, gpointer user_data)
{
  take_id (status);
  world_trace ("state %s %s", gst_hailuo_state_get_name (status->state),
      status->task_id);
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
  world.run.warned = TRUE;
}

static const GstHailuoListener listener = { on_state, on_progress, on_warning };

/* --- the element --------------------------------------------------------- */

GstHailuoShot *
element_make_shot (gint take)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new ();
  const GstHailuoParams wish = {
    .prompt = SECRET_PROMPT,
    .image = "https://example.com/image.jpg",
    .duration = 6,
    .take = take + 1,
  };
  GstHailuoShot *shot = gst_hailuo_shot_new (
      &world.provider->catalogue, &wish, NULL, problems);

  g_assert_nonnull (shot);
  return shot;
}

static guint
pick (const guint *numbers, guint n)
{
  return numbers[world_below (n)];
}

/* What may be spent: nothing of it changes what was paid before. */
static void
draw_limits (GstHailuoConfig *config)
{
  static const gint64 costs[] = { -1, -1, -1, 100000, 1000000 };
  static const gint64 budgets[] = { -1, -1, 400000, 800000, 2000000 };
  static const gint64 periods[] = { 60, 900, 86400 };

  config->max_cost = costs[world_below (G_N_ELEMENTS (costs))];
  config->limit.budget = budgets[world_below (G_N_ELEMENTS (budgets))];
  config->limit.period = periods[world_below (G_N_ELEMENTS (periods))]
      * G_TIME_SPAN_SECOND;
  if (world.healthy)
    config->max_cost = config->limit.budget = GST_HAILUO_NO_LIMIT;
}

static void
make_means (const Line *line, GstHailuoConfig *config)
{
  static const guint polls[] = { 0, 1000, 5000, 10000, 60000 };
  static const guint timeouts[] = { 1, 20, 300, 900, 900 };
  static const guint retries[] = { 0, 1, 5 };
  const GstHailuoModel *models = world.provider->catalogue.models;

  config->provider = world.provider;
  config->base_url = g_strdup (world.provider->base_url);
  config->key = g_strdup (SECRET_KEY);
  config->folder = g_strdup ("/store");
  config->store_max_size = world_below (8) == 0 ? 0 : G_MAXUINT32;
  config->reuse = line->reuse;
  /* who names a task alone may have another model in mind */
  config->model = g_strdup (
      models[line->shot < 0 && world_below (4) == 0 ? 1 : 0].name);
  config->label = world_below (2) == 0 ? g_strdup ("lighthouse") : NULL;
  config->first_poll = pick (polls, G_N_ELEMENTS (polls));
  config->poll_interval = pick (polls, G_N_ELEMENTS (polls));
  config->timeout = pick (timeouts, G_N_ELEMENTS (timeouts));
  config->retries = pick (retries, G_N_ELEMENTS (retries));
  config->max_size = 512 * 1024 * 1024;
  draw_limits (config);
  if (world.healthy) {
    config->timeout = 900;
    config->retries = 5;
  }
}

static void
note_run (const Line *line, const GstHailuoConfig *config)
{
  world_trace ("--- line: shot %d, task-id %s, reuse %d, max-cost %d, budget %d"
               " in %d s",
      line->shot, line->adopt ? line->adopt : "none", line->reuse,
      (gint) config->max_cost, (gint) config->limit.budget,
      (gint) (config->limit.period / G_TIME_SPAN_SECOND));
  world.figures.runs++;
  world.run = (Run){
    .shot = line->shot,
    .adopt = line->adopt,
    .reuse = line->reuse,
    .max_cost = config->max_cost,
    .limit = config->limit,
    .task_posts = world.run.task_posts,
  };
}

void
element_begin (Element *self, const Line *line)
{
  GstHailuoConfig config = { 0 };
  g_autoptr (GstHailuoShot)
      shot = line->shot >= 0 ? element_make_shot (line->shot) : NULL;

  make_means (line, &config);
  note_run (line, &config);
  if (self->task == NULL
      || !gst_hailuo_task_is_for (
          self->task, shot ? shot->id : NULL, line->adopt, &config)) {
    gst_hailuo_task_free (self->task);
    world.handed_over = 0;
    world.run.task_posts = 0;
    self->task = gst_hailuo_task_new (
        self->http, g_steal_pointer (&shot), line->adopt, &listener, NULL);
  }
  world.run.silent = line->reuse == GST_HAILUO_REUSE_ONLY;
  gst_hailuo_task_begin (self->task, &config);
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
  const HostTask *task, *named;
  const File *file;
  const GstHailuoClip *clip = gst_hailuo_task_get_clip (self);

  descriptor = world_get_descriptor (clip->fd);
  if (descriptor == NULL)
    return;
  file = disk_get_file (descriptor->file);
  if (!file->whole || file->size != clip->size || file->task < 0) {
    world_violate ("what is played is no whole clip");
    return;
  }
  task = host_get (file->task);
  world_trace ("=== the clip of %s", task->id);
  named = host_find (status->task_id);
  if (named == NULL || named->content != task->content
      || status->stage != GST_HAILUO_STAGE_DONE) {
    world_violate ("the clip of %s is said to be of %s in stage %d", task->id,
        status->task_id, status->stage);
    return;
  }
  if (line->adopt != NULL ? strcmp (named->id, line->adopt) != 0
                          : named->shot != line->shot)
    world_violate ("the clip of task %s is of another shot", named->id);
  check_origin (status);
}

static void
check_error (GstHailuoTask *self, const Line *line, const GError *error)
{
  const GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (error);

  world_trace ("=== %s", error->message);
  world_check_text (error->message);
  if (facts == NULL) {
    world_violate ("an error of another domain: %s", error->message);
    return;
  }
  world_check_text (facts->provider_message);
  world_check_text (facts->advice);
  judge_billed (gst_hailuo_task_get_status (self)->task_id, facts->billed);
  if (error->code != GST_HAILUO_ERROR_OUTCOME_UNKNOWN)
    return;
  world.figures.unknown++;
  if (facts->billed != GST_HAILUO_BILLED_UNKNOWN)
    world_violate ("an outcome is unknown, and billed is not");
  if (line->shot < 0 || !disk_is_unknown (line->shot))
    world_violate ("an outcome is unknown, and the ledger does not say so");
}

Result
element_run (Element *self, const Line *line, GError **error)
{
  g_autoptr (GError) problem = NULL;

  world.run.operations = 0;
  world.run.trouble = world.run.waited = FALSE;
  world.run.verdict = VERDICT_NONE;
  if (gst_hailuo_task_run (self->task, &problem)) {
    if (!world.dead)
      check_clip (self->task, line);
    if (!world.dead)
      judge_run (gst_hailuo_task_get_status (self->task), NULL);
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
  if (!world.dead)
    judge_run (gst_hailuo_task_get_status (self->task), problem);
  g_propagate_error (error, g_steal_pointer (&problem));
  return RESULT_ERROR;
}

/* It is written down with reuse=only too. */
void
element_deliver (Element *self)
{
  world.run.silent = FALSE;
  gst_hailuo_task_delivered (self->task);
}

void
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
          element_deliver (self);
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
