/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* task.c: the life of a task: pending, processing, success or failed.
 *
 * The state follows from the clock, so it needs no timer.  A task with a clip
 * to render or somebody to call has a worker, a thread that does both. */
#include "simulator-private.h"

/* "costTime": 120000 in the documents' example */
#define DEFAULT_WORK 120

/* How much of the work is waiting in the queue: an assumption, the documents
 * have no number */
#define PENDING_PART 0.1

#define FRAME_RATE 24

SimTask *
sim_task_new (const SimDialect *dialect)
{
  SimTask *task = g_new0 (SimTask, 1);

  task->dialect = dialect;
  task->work = DEFAULT_WORK;
  task->link_life = -1;
  return task;
}

void
sim_task_free (SimTask *task)
{
  g_free (task->id);
  g_free (task->model);
  g_free (task->mode);
  g_free (task->prompt);
  g_free (task->image);
  g_free (task->callback_url);
  g_free (task->fail_code);
  g_free (task->fail_message);
  g_clear_pointer (&task->clip, g_bytes_unref);
  g_free (task->etag);
  g_free (task);
}

SimTask *
sim_task_find (Simulator *self, const gchar *id)
{
  guint i;

  for (i = 0; i < self->tasks->len; i++) {
    SimTask *task = g_ptr_array_index (self->tasks, i);

    if (g_str_equal (task->id, id))
      return task;
  }
  return NULL;
}

/* Monotonic time at which the work is done */
gint64
sim_task_get_end (Simulator *self, const SimTask *task)
{
  return task->created
      + (gint64) (task->work / self->time_scale * G_TIME_SPAN_SECOND);
}

SimState
sim_task_get_state (Simulator *self, const SimTask *task)
{
  gint64 end = sim_task_get_end (self, task);
  gint64 now = g_get_monotonic_time ();

  if (now < task->created + (end - task->created) * PENDING_PART)
    return SIM_STATE_PENDING;
  if (now < end)
    return SIM_STATE_PROCESSING;
  if (task->fails || task->render_failed)
    return SIM_STATE_FAILED;
  return task->clip != NULL ? SIM_STATE_SUCCESS : SIM_STATE_PROCESSING;
}

void
sim_task_get_status (Simulator *self, const SimTask *task, SimStatus *status)
{
  *status = (SimStatus){
    .state = sim_task_get_state (self, task),
    .cost_ms = (gint64) (task->work * 1000),
  };
  if (status->state != SIM_STATE_FAILED)
    return;

  /* both documented, as the failure that nobody can name */
  status->fail_code = "Unknown error";
  status->fail_message = "Provider returned an unmapped failure";
  if (task->fails && task->fail_code != NULL)
    status->fail_code = task->fail_code;
  if (task->fails && task->fail_message != NULL)
    status->fail_message = task->fail_message;
}

gchar *
sim_clip_etag (GBytes *clip)
{
  g_autofree gchar *sum = g_compute_checksum_for_bytes (
      G_CHECKSUM_SHA256, clip);

  return g_strdup_printf ("\"%.32s\"", sum);
}

/* The worker */

typedef struct
{
  Simulator *simulator;
  SimTask *task;
} Work;

static GBytes *
render_task (Simulator *self, const SimTask *task, GError **error)
{
  g_autoptr (GBytes) image = NULL;
  SimClipSpec spec = {
    .width = task->full_hd ? 1920 : 1366,
    .height = task->full_hd ? 1080 : 768,
    /* a real "6 s" clip has 141 frames; the others by analogy */
    .frames = FRAME_RATE * task->duration - 3,
    .prompt = task->prompt,
  };

  if (task->image != NULL) {
    g_autoptr (GError) local_error = NULL;

    /* "File size must not exceed 20MB" */
    image = sim_http_get (
        task->image, 20 * 1000 * 1000, self->cancellable, &local_error);
    if (image == NULL)
      g_info ("A test pattern instead of %s: %s", task->image,
          local_error->message);
    spec.image = image;
  }
  return sim_render (&spec, self->cancellable, error);
}

static void
render_and_keep (Simulator *self, SimTask *task)
{
  g_autoptr (GError) error = NULL;
  GBytes *clip = render_task (self, task, &error);
  gchar *etag = clip != NULL ? sim_clip_etag (clip) : NULL;

  if (clip == NULL && !g_cancellable_is_cancelled (self->cancellable))
    g_warning ("No clip for task %s: %s", task->id, error->message);

  g_mutex_lock (&self->lock);
  task->clip = clip;
  task->etag = etag;
  task->render_failed = clip == NULL;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static gpointer
run_worker (gpointer data)
{
  g_autofree Work *work = data;
  Simulator *self = work->simulator;
  SimTask *task = work->task;

  /* only this thread writes the clip once the task is accepted */
  if (task->clip == NULL && !task->fails)
    render_and_keep (self, task);
  if (task->callback_url != NULL)
    sim_callback_deliver (self, task);
  return NULL;
}

/* Real ids are 32 hexadecimal digits. */
static gchar *
new_id (void)
{
  g_autofree gchar *uuid = g_uuid_string_random ();
  g_auto (GStrv) parts = g_strsplit (uuid, "-", -1);

  return g_strjoinv ("", parts);
}

/* Makes it a task of the host's, which is billed.  lock */
void
sim_task_accept (Simulator *self, SimTask *task)
{
  const SimRule *rule = sim_script_take (self, SIM_TASK, FALSE);

  task->id = new_id ();
  task->created = g_get_monotonic_time ();
  task->created_ms = g_get_real_time () / 1000;
  if (rule != NULL) {
    task->fails = rule->fails;
    task->fail_code = g_strdup (rule->fail_code);
    task->fail_message = g_strdup (rule->fail_message);
    if (rule->work >= 0)
      task->work = rule->work;
    if (rule->link_life >= 0)
      task->link_life = rule->link_life / self->time_scale;
  }
  if (self->clip != NULL) {
    task->clip = g_bytes_ref (self->clip);
    task->etag = sim_clip_etag (task->clip);
  }

  g_ptr_array_add (self->tasks, task);
  g_cond_broadcast (&self->changed);
  if ((task->clip == NULL && !task->fails) || task->callback_url != NULL) {
    Work *work = g_new (Work, 1);

    *work = (Work){ .simulator = self, .task = task };
    g_ptr_array_add (
        self->workers, g_thread_new ("sim-task", run_worker, work));
  }
}
