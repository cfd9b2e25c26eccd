/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hailuo-run.h"

#include <glib-unix.h>
#include <gst/hailuo/hailuo.h>

typedef struct
{
  GMainLoop *loop;
  GstElement *pipeline, *source;
  HailuoView *view;
  HailuoResult *result;
  HailuoStatus status;
  gboolean failed; /* the host could not generate the clip */
  gboolean interrupted;
  gboolean answering; /* interrupted, and waiting for the answer to a submit */
} Run;

void
hailuo_result_clear (HailuoResult *self)
{
  g_clear_pointer (&self->origin, g_free);
  g_clear_pointer (&self->action, g_free);
  g_clear_pointer (&self->task_id, g_free);
  g_clear_pointer (&self->provider, g_free);
  g_clear_pointer (&self->mode, g_free);
}

static void
take_text (gchar **text, const GstStructure *fields, const gchar *name)
{
  const gchar *value = gst_structure_get_string (fields, name);

  if (value == NULL)
    return;
  g_free (*text);
  *text = g_strdup (value);
}

static void
take_task (Run *self, const GstStructure *fields)
{
  const gchar *state = gst_structure_get_string (
      fields, GST_HAILUO_FIELD_STATE);
  HailuoResult *result = self->result;

  take_text (&result->origin, fields, GST_HAILUO_FIELD_ORIGIN);
  take_text (&result->action, fields, GST_HAILUO_FIELD_ACTION);
  take_text (&result->task_id, fields, GST_HAILUO_FIELD_TASK_ID);
  take_text (&result->provider, fields, GST_HAILUO_FIELD_PROVIDER);
  take_text (&result->mode, fields, GST_HAILUO_FIELD_MODE);
  gst_structure_get_double (fields, GST_HAILUO_FIELD_COST, &result->cost);
  gst_structure_get_boolean (fields, GST_HAILUO_FIELD_STORED, &result->stored);
  self->failed = g_strcmp0 (state, "failed") == 0
      && gst_structure_has_field (fields, GST_HAILUO_FIELD_TASK_ID);
}

/* @cause: (nullable) of the error; NULL if it is not hailuosrc's. */
static HailuoStatus
get_status (const Run *self, const gchar *cause)
{
  static const struct
  {
    const gchar *cause;
    HailuoStatus status;
  } statuses[] = {
    { "settings", HAILUO_USAGE },
    { "limit", HAILUO_LIMIT },
    { "not-authorized", HAILUO_KEY },
    { "outcome-unknown", HAILUO_UNKNOWN },
    { "timeout", HAILUO_TIMEOUT },
  };
  guint i;

  if (self->failed)
    return HAILUO_FAILED;
  for (i = 0; i < G_N_ELEMENTS (statuses); i++) {
    if (g_strcmp0 (statuses[i].cause, cause) == 0)
      return statuses[i].status;
  }
  return HAILUO_ERROR;
}

/* A thread of hailuosrc waits for the answer as long as this process lives.  A
 * run that may submit nothing waits for that thread. */
static void
wait_for_answer (Run *self)
{
  hailuo_view_say (self->view, "interrupted",
      "Interrupted; waiting for the answer to the submit. Interrupt again to"
      " leave at once: a task may then be charged that nobody knows of.");
  self->answering = TRUE;
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  g_object_set (self->source, "max-cost", 0.0, "detach", TRUE, NULL);
  gst_util_set_object_arg (G_OBJECT (self->source), "reuse", "always");
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
}

/* @billed: (nullable) as an error says. */
static void
show_interrupted (Run *self, const gchar *billed)
{
  if (self->result->task_id != NULL)
    hailuo_view_say (self->view, "interrupted",
        "Interrupted. Task %s continues at the host; 'hailuo collect', or the"
        " same command again, gets its clip at no further cost.",
        self->result->task_id);
  else if (g_strcmp0 (billed, "no") == 0)
    hailuo_view_say (self->view, "interrupted",
        "Interrupted. No task was created, and nothing is charged.");
  else
    hailuo_view_say (self->view, "interrupted",
        "Interrupted. Run the same command again to continue.");
}

static void
take_error (Run *self, GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  const GstStructure *details = NULL;
  const gchar *cause = NULL, *billed = NULL;

  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  if (details != NULL) {
    cause = gst_structure_get_string (details, GST_HAILUO_DETAIL_CAUSE);
    billed = gst_structure_get_string (details, GST_HAILUO_DETAIL_BILLED);
    take_text (&self->result->task_id, details, GST_HAILUO_FIELD_TASK_ID);
  }
  if (self->interrupted && !self->answering
      && g_strcmp0 (billed, "unknown") == 0) {
    wait_for_answer (self);
    return;
  }
  /* of an interrupted run, only an unknown outcome is news */
  if (self->interrupted && g_strcmp0 (cause, "outcome-unknown") != 0) {
    show_interrupted (self, billed);
  } else {
    hailuo_view_show_error (self->view, error->message, details);
    self->status = get_status (self, cause);
  }
  g_main_loop_quit (self->loop);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Run *self = user_data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      take_error (self, message);
      return G_SOURCE_CONTINUE;
    case GST_MESSAGE_EOS:
      if (self->answering)
        show_interrupted (self, NULL);
      g_main_loop_quit (self->loop);
      return G_SOURCE_CONTINUE;
    case GST_MESSAGE_WARNING:
      /* what an interrupted run says of it, the answer tells better */
      if (self->interrupted)
        return G_SOURCE_CONTINUE;
      break;
    case GST_MESSAGE_ELEMENT:
      if (gst_message_has_name (message, GST_HAILUO_MESSAGE_TASK))
        take_task (self, gst_message_get_structure (message));
      break;
    default:
      break;
  }
  if (!self->interrupted)
    hailuo_view_take (self->view, message);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_signal (gpointer user_data)
{
  Run *self = user_data;

  /* hailuosrc answers an EOS before there is a clip with an error */
  if (self->interrupted
      || !gst_element_send_event (self->source, gst_event_new_eos ()))
    g_main_loop_quit (self->loop);
  self->interrupted = TRUE;
  self->status = HAILUO_INTERRUPTED;
  return G_SOURCE_CONTINUE;
}

static gboolean
on_tick (gpointer user_data)
{
  Run *self = user_data;

  if (!self->interrupted)
    hailuo_view_tick (self->view);
  return G_SOURCE_CONTINUE;
}

static GstElement *
make_pipeline (GstElement *source, gint fd)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *sink = gst_element_factory_make (
      fd >= 0 ? "fdsink" : "fakesink", NULL);

  if (fd >= 0)
    g_object_set (sink, "fd", fd, NULL);
  g_object_set (sink, "sync", FALSE, NULL);
  gst_bin_add_many (GST_BIN (pipeline), source, sink, NULL);
  gst_element_link (source, sink);
  return pipeline;
}

HailuoStatus
hailuo_run (GstElement *source, gint fd, HailuoView *view, HailuoResult *result)
{
  static const gint signals[] = { SIGINT, SIGTERM, SIGHUP };
  Run self = { .source = source, .view = view, .result = result };
  g_autoptr (GstBus) bus = NULL;
  guint handlers[G_N_ELEMENTS (signals) + 1];
  guint i;

  result->cost = -1;
  self.pipeline = make_pipeline (source, fd);
  self.loop = g_main_loop_new (NULL, FALSE);
  bus = gst_element_get_bus (self.pipeline);
  gst_bus_add_watch (bus, on_message, &self);
  for (i = 0; i < G_N_ELEMENTS (signals); i++)
    handlers[i] = g_unix_signal_add (signals[i], on_signal, &self);
  handlers[i] = g_timeout_add_seconds (1, on_tick, &self);
  gst_element_set_state (self.pipeline, GST_STATE_PLAYING);
  g_main_loop_run (self.loop);

  gst_element_set_state (self.pipeline, GST_STATE_NULL);
  for (i = 0; i < G_N_ELEMENTS (handlers); i++)
    g_source_remove (handlers[i]);
  gst_bus_remove_watch (bus);
  /* not left to the end of the pipeline: a thread of GstBin may hold it, and
   * @source may be wanted in another one */
  gst_bin_remove (GST_BIN (self.pipeline), source);
  gst_object_unref (self.pipeline);
  g_main_loop_unref (self.loop);
  return self.status;
}
