/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stress.h"

#include <gst/hailuo/hailuo.h>

/* None may come: what became of a submit is found out, whoever had sent it. */
static void
take_error (GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  gst_message_parse_error (message, &error, &debug);
  stress_fail ("%s (%s)", error->message, debug);
}

static void
take_state (Player *self, GstMessage *message)
{
  const GstStructure *fields = gst_message_get_structure (message);

  if (!gst_structure_has_name (fields, GST_HAILUO_MESSAGE_TASK))
    return;
  g_strlcpy (self->state,
      gst_structure_get_string (fields, GST_HAILUO_FIELD_STATE),
      sizeof self->state);
  if (gst_structure_has_field (fields, GST_HAILUO_FIELD_TASK_ID))
    self->shot->told = TRUE;
}

/* In whichever thread posts */
static GstBusSyncReply
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Player *self = user_data;

  g_mutex_lock (&self->lock);
  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ELEMENT:
      take_state (self, message);
      break;
    case GST_MESSAGE_ASYNC_DONE:
      self->prerolled = TRUE;
      break;
    case GST_MESSAGE_EOS:
      self->eos = TRUE;
      break;
    case GST_MESSAGE_ERROR:
      take_error (message);
      break;
    default:
      break;
  }
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  gst_message_unref (message);
  return GST_BUS_DROP;
}

Player *
player_new (Scene *scene, Shot *shot)
{
  Player *self = g_new0 (Player, 1);
  GstElement *sink = gst_element_factory_make ("fakesink", "sink");
  GstBus *bus;

  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->scene = scene;
  self->pipeline = gst_pipeline_new (NULL);
  self->source = gst_element_factory_make ("hailuosrc", NULL);
  if (self->source == NULL)
    stress_fail ("no element hailuosrc");
  gst_bin_add_many (GST_BIN (self->pipeline), self->source, sink, NULL);
  gst_element_link (self->source, sink);
  g_object_set (self->source, "api-key", "simulator-key", "store", scene->store,
      "base-url", simulator_get_base_url (scene->simulator, "apixo"),
      "first-poll", 1, "poll-interval", 2, NULL);
  bus = gst_element_get_bus (self->pipeline);
  gst_bus_set_sync_handler (bus, on_message, self, NULL);
  gst_object_unref (bus);
  player_set_shot (self, shot);
  return self;
}

void
player_set_shot (Player *self, Shot *shot)
{
  self->shot = shot;
  g_object_set (self->source, "prompt", shot->prompt, NULL);
}

void
player_free (Player *self)
{
  player_stop (self, GST_STATE_NULL);
  gst_object_unref (self->pipeline);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

void
player_begin (Player *self)
{
  g_mutex_lock (&self->lock);
  self->state[0] = '\0';
  self->prerolled = self->eos = FALSE;
  g_mutex_unlock (&self->lock);
}

void
player_seek (Player *self)
{
  /* refused where nothing runs yet */
  gst_element_seek_simple (
      self->source, GST_FORMAT_BYTES, GST_SEEK_FLAG_FLUSH, 0);
}

/* --- what GStreamer loses ------------------------------------------------
 *
 * A flushing seek changes the state of a GstBaseSink in the seeking thread
 * (gst_base_sink_flush_start() calls gst_element_lost_state()) and then, with
 * the next buffer, in the streaming thread (gst_base_sink_commit_state()).
 * Neither holds the sink's state lock, so a state change of the pipeline may
 * come in between, and GStreamer (1.22, and 1.28 still) then waits for what
 * never comes.  The source has no part in it: filesrc and giosrc run into all
 * of these as well.  Only a stop ends them. */

/* The pipeline does not know that the sink fell back to PAUSED. */
static gboolean
is_sink_left_behind (Player *self, GstElement *sink)
{
  return GST_STATE (self->pipeline) == GST_STATE_PLAYING
      && GST_STATE_PENDING (self->pipeline) == GST_STATE_VOID_PENDING
      && GST_STATE (sink) == GST_STATE_PAUSED;
}

/* gst_element_lost_state() came when the sink was back in READY or NULL: it
 * marks the sink as busy with a change to the very state that it is in, and
 * nobody ends that, so gst_element_set_state() only notes where to go
 * (was_busy).  The sink's pad stays inactive, and the source is told so. */
static gboolean
is_sink_busy_forever (Player *self, GstElement *sink)
{
  return GST_STATE (sink) < GST_STATE_PAUSED
      && GST_STATE_NEXT (sink) == GST_STATE (sink);
}

static gboolean
is_sink_awaited (Player *self, GstElement *sink)
{
  const GList *item;
  gboolean found = FALSE;

  GST_OBJECT_LOCK (self->pipeline);
  for (item = GST_BIN (self->pipeline)->messages; item; item = item->next)
    found |= GST_MESSAGE_TYPE (item->data) == GST_MESSAGE_ASYNC_START
        && GST_MESSAGE_SRC (item->data) == GST_OBJECT (sink);
  GST_OBJECT_UNLOCK (self->pipeline);
  return found;
}

/* gst_element_set_state() had noted PLAYING for the sink, and before
 * gst_base_sink_change_state() began, the streaming thread had already committed
 * that.  The latter then found no preroll, posted ASYNC_START and returned
 * ASYNC, but there was nothing left to commit, and so there is no ASYNC_DONE.
 * The clip has been played to its end, and the bin keeps EOS to itself. */
static gboolean
is_sink_awaited_in_vain (Player *self, GstElement *sink)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");

  return GST_PAD_IS_EOS (pad) && GST_STATE (sink) == GST_STATE_PLAYING
      && GST_STATE_PENDING (sink) == GST_STATE_VOID_PENDING
      && GST_STATE_PENDING (self->pipeline) == GST_STATE_PLAYING
      && is_sink_awaited (self, sink);
}

gboolean
player_is_lost (Player *self)
{
  g_autoptr (GstElement)
      sink = gst_bin_get_by_name (GST_BIN (self->pipeline), "sink");
  gboolean lost;

  /* no change of state is half done */
  GST_STATE_LOCK (self->pipeline);
  lost = is_sink_left_behind (self, sink) || is_sink_busy_forever (self, sink)
      || is_sink_awaited_in_vain (self, sink);
  GST_STATE_UNLOCK (self->pipeline);
  return lost;
}

gint64
player_stop (Player *self, GstState state)
{
  const gint64 begin = g_get_monotonic_time ();
  gint64 took;

  /* what a bin says of it after an error is not always SUCCESS */
  gst_element_set_state (self->pipeline, state);
  took = g_get_monotonic_time () - begin;
  return took;
}

static gboolean
is_there (Player *self, const gchar *state, gboolean paused)
{
  if (state != NULL)
    return g_str_equal (self->state, state);
  return self->eos || (paused && self->prerolled);
}

gboolean
player_wait (Player *self, const gchar *state, gboolean paused, gint64 until)
{
  gboolean there;

  g_mutex_lock (&self->lock);
  while (!(there = is_there (self, state, paused))
      && g_cond_wait_until (&self->cond, &self->lock, until))
    continue;
  g_mutex_unlock (&self->lock);
  return there;
}
