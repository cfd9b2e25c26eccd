/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* post.h over the host and the clock of the world.  The thread of a POST that
 * was handed over runs between two operations of others, at some time after the
 * answer has come; or never, where the process ends before. */
#include "world.h"

#include <string.h>

#define TIMEOUT (120 * G_TIME_SPAN_SECOND)

struct _GstHailuoPost
{
  gchar *url, *key, *body;
  gint64 until;
  gboolean sent;
  gboolean done; /* the answer was asked for, or it cannot be */
  guint intent;  /* that it was sent for */
  Answer answer;
  gint64 arrives;

  GThreadFunc finish; /* (nullable) of its thread */
  gpointer user_data;
};

GstHailuoPost *
gst_hailuo_post_new (GstHailuoHttp *http, const gchar *url, const gchar *key,
    const gchar *body, GError **error)
{
  GstHailuoPost *self;

  if (!world.dead && world_below (64) == 0) {
    world_trace ("there are no more threads");
    world.run.trouble = TRUE;
    net_set_broken (error, GST_HAILUO_ERROR_FAILED, TRUE);
    return NULL;
  }
  self = g_new0 (GstHailuoPost, 1);
  self->url = g_strdup (url);
  self->key = g_strdup (key);
  self->body = g_strdup (body);
  self->until = world.now + TIMEOUT;
  return self;
}

void
gst_hailuo_post_free (GstHailuoPost *self)
{
  if (self == NULL)
    return;
  if (self->sent && !self->done && !world.dead)
    world_violate ("nobody waits for the answer to a submit");
  host_answer_clear (&self->answer);
  g_free (self->url);
  g_free (self->key);
  g_free (self->body);
  g_free (self);
}

gboolean
gst_hailuo_post_was_sent (GstHailuoPost *self)
{
  return self->sent;
}

/* --- the submit ---------------------------------------------------------- */

static gboolean
has_intent (GPtrArray *rows, guint number)
{
  guint i;

  for (i = 0; number != 0 && i < rows->len; i++) {
    const Row *row = g_ptr_array_index (rows, i);

    if (row->intent == number
        && row->attempt->state == GST_HAILUO_ATTEMPT_INTENT)
      return TRUE;
  }
  return FALSE;
}

/* The attempt that must be there before a submit, and durable. */
static Intent *
check_post (const gchar *body)
{
  const guint number = world.run.intent;
  Intent *intent = disk_get_intent (number);

  world.run.posts++;
  world.run.task_posts++;
  world.run.intent = 0;
  world.figures.posts++;
  if (world.run.adopt != NULL)
    world_violate ("a submit beside a task id");
  if (strstr (body, SECRET_PROMPT) == NULL)
    world_violate ("a submit without the prompt");
  if (!has_intent (world.rows, number)
      || (world.rows_before != NULL
          && !has_intent (world.rows_before, number))) {
    world_violate ("a submit without a durable intent");
    return NULL;
  }
  if (disk_get (world.shot_ids[intent->shot])->holder != HOLDER_US)
    world_violate ("a submit without the lock");
  if (intent->process != world.process || intent->posted)
    world_violate ("a second submit after one intent");
  return intent;
}

/* FALSE: nothing went out. */
static gboolean
send (GstHailuoPost *self, GstHailuoHttp *waiter, GError **error)
{
  static const GstHailuoError codes[] = { GST_HAILUO_ERROR_CONNECT,
    GST_HAILUO_ERROR_NOT_FOUND };
  GstHailuoError code;
  const guint number = world.run.intent;
  Intent *intent = check_post (self->body);

  if (intent == NULL)
    return world_set_dead (error);
  if (gst_hailuo_http_is_cancelled (waiter)) {
    intent->refused = TRUE;
    return net_set_cancelled (error);
  }
  if (world_chance (world.chances.refuse)) {
    world_trace ("the connection is refused");
    intent->refused = TRUE;
    world.now += world_below (2 * G_TIME_SPAN_SECOND);
    code = codes[world_below (2)];
    return net_set_broken (error, code, world_below (4) != 0);
  }
  intent->posted = TRUE;
  judge_bill (intent);
  self->intent = number;
  self->answer = (Answer){ .retry_after = -1 };
  host_submit (number, &self->answer);
  self->arrives = world.now + self->answer.delay;
  self->sent = TRUE;
  return TRUE;
}

static gboolean
read_answer (GstHailuoPost *self, GstHailuoResponse *response, GError **error)
{
  self->done = TRUE;
  if (self->answer.refusal && self->arrives < self->until)
    disk_get_intent (self->intent)->refused = TRUE;
  return net_deliver (
      &self->answer, self->arrives, self->until, response, error);
}

gboolean
gst_hailuo_post_wait (GstHailuoPost *self, GstHailuoHttp *waiter,
    GstHailuoResponse *response, GError **error)
{
  Fate fate;

  if (waiter == NULL) /* its thread; where that is no more it writes nothing */
    return world.dead ? net_set_broken (error, GST_HAILUO_ERROR_CONNECT, FALSE)
                      : read_answer (self, response, error);
  fate = world_step (STEP_NETWORK);
  if (fate == FATE_DIES)
    world_die ();
  if (world.dead)
    return world_set_dead (error);
  world_trace ("%s %s", self->sent ? "POST (goes on)" : "POST", self->url);
  net_check_request (self->url, self->key);
  if (!self->sent) {
    world.run.requests++;
    if (!send (self, waiter, error))
      return FALSE;
  }
  if (fate == FATE_DIES_LATE)
    world_die ();
  if (world.dead)
    return world_set_dead (error);
  /* this is where it counts */
  if (world_chance (world.chances.cancel * 8))
    gst_hailuo_http_cancel (waiter);
  return net_pass_time (waiter, MIN (self->arrives, self->until), error)
      && read_answer (self, response, error);
}

/* --- its thread ---------------------------------------------------------- */

static void
finish (guint i)
{
  const GstHailuoPost *post = g_ptr_array_steal_index (world.threads, i);
  const Run run = world.run;

  world_trace ("(the thread of the POST for shot %d)",
      disk_get_intent (post->intent)->shot);
  world.run = (Run){ .shot = disk_get_intent (post->intent)->shot };
  world.in_thread = TRUE;
  post->finish (post->user_data);
  world.in_thread = FALSE;
  world.run = run;
}

void
gst_hailuo_post_hand_over (
    GstHailuoPost *self, GThreadFunc finish_func, gpointer user_data)
{
  if (world.run.reuse == GST_HAILUO_REUSE_NEVER && world.run.shot >= 0)
    world.handed_over = judge_get_newest (world.run.shot);
  world_trace ("the POST goes on alone");
  world.figures.handed_over++;
  self->finish = finish_func;
  self->user_data = user_data;
  g_ptr_array_add (world.threads, self);
}

static gint64
get_end (guint i)
{
  const GstHailuoPost *post = g_ptr_array_index (world.threads, i);

  return MIN (post->arrives, post->until);
}

void
threads_act (void)
{
  guint i;

  if (world.in_thread || world.dead || world.threads->len == 0)
    return;
  i = world_below (world.threads->len);
  if (get_end (i) <= world.now && world_below (4) == 0)
    finish (i);
}

void
threads_end (void)
{
  while (world.threads->len > 0) {
    if (!world.dead && !world.healthy && world_below (2) == 0)
      world_die ();
    if (!world.dead)
      world.now = MAX (world.now, get_end (0));
    finish (0);
  }
}
