/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* one-run.c: runs pipelines and tells how each of them ended.
 *
 * Each line of the standard input is a pipeline with one or more fakesink; a
 * line of JSON on the standard output is how it ended: what the sinks got, the
 * error, and what was told meanwhile.  Before that, one line each:
 *
 *   state WORD   the state of the task is another
 *   thread TID   --hold: the streaming thread waits for one more line of the
 *                input, so that a tracer can find it before its first system
 *                call of interest
 *   stalled      --stall: the sink has the first buffer, and goes on after one
 *                more line of the input
 *   stopped      --stop: at the next line of the input the pipeline was stopped,
 *                and the process goes on until there is one more
 *   ended        --eos: at the next line of the input the pipeline was sent EOS
 *   ready        --rest: at the next line of the input the pipeline went to
 *                READY, and it plays again after one more
 */
#include <dlfcn.h>
#include <gst/gst.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

typedef struct
{
  GChecksum *sum;
  guint64 bytes;
} Sink;

static gboolean hold, stall, stop, rest, eos;

static GMutex lock;
static GCond cond;
static gboolean go; /* lock */

/* In one piece, from any thread. */
static void
tell (const gchar *word, const gchar *value)
{
  g_autofree gchar *line = g_strconcat (word, value, "\n", NULL);

  if (write (STDOUT_FILENO, line, strlen (line)) < 0)
    return;
}

static void
wait_for_go (void)
{
  g_autofree gchar *tid = g_strdup_printf ("%d", (gint) gettid ());

  tell ("thread ", tid);
  g_mutex_lock (&lock);
  while (!go)
    g_cond_wait (&cond, &lock);
  g_mutex_unlock (&lock);
}

static gboolean
read_line (gchar **line)
{
  static gsize size;

  return getline (line, &size, stdin) > 0;
}

static void
let_go (void)
{
  static gchar *line;

  if (!read_line (&line))
    _exit (3);
  g_mutex_lock (&lock);
  go = TRUE;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
}

/* Takes the messages off the bus: what that does to wake a reader would vary
 * from run to run. */
static GstBusSyncReply
on_sync_message (GstBus *bus, GstMessage *message, gpointer queue)
{
  const GstStructure *fields = gst_message_get_structure (message);
  GstStreamStatusType type;
  GstElement *owner;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_STREAM_STATUS && hold) {
    gst_message_parse_stream_status (message, &type, &owner);
    if (type == GST_STREAM_STATUS_TYPE_ENTER)
      wait_for_go ();
  }
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT
      && gst_structure_has_name (fields, "hailuo-task"))
    tell ("state ", gst_structure_get_string (fields, "state"));
  g_async_queue_push (queue, message);
  return GST_BUS_DROP;
}

static void
on_buffer (GstElement *element, GstBuffer *buffer, GstPad *pad, Sink *sink)
{
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    g_error ("a buffer cannot be read");
  g_checksum_update (sink->sum, map.data, map.size);
  sink->bytes += map.size;
  gst_buffer_unmap (buffer, &map);
  if (stall) {
    tell ("stalled", "");
    let_go ();
  }
}

static void
sink_free (Sink *sink)
{
  g_checksum_free (sink->sum);
  g_free (sink);
}

static GPtrArray *
watch_sinks (GstElement *pipeline)
{
  GPtrArray *sinks = g_ptr_array_new_with_free_func (
      (GDestroyNotify) sink_free);
  GstIterator *all = gst_bin_iterate_all_by_element_factory_name (
      GST_BIN (pipeline), "fakesink");
  GValue item = G_VALUE_INIT;

  while (gst_iterator_next (all, &item) == GST_ITERATOR_OK) {
    Sink *sink = g_new0 (Sink, 1);

    sink->sum = g_checksum_new (G_CHECKSUM_SHA256);
    g_ptr_array_add (sinks, sink);
    g_object_set (g_value_get_object (&item), "signal-handoffs", TRUE, "sync",
        FALSE, NULL);
    g_signal_connect (
        g_value_get_object (&item), "handoff", G_CALLBACK (on_buffer), sink);
    g_value_reset (&item);
  }
  gst_iterator_free (all);
  return sinks;
}

/* --- JSON --------------------------------------------------------------- */

static void
add_text (JsonBuilder *json, const gchar *name, const gchar *value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_string_value (json, value ? value : "");
}

static gboolean
add_field (GQuark name, const GValue *value, gpointer json)
{
  g_autofree gchar *text = G_VALUE_HOLDS_STRING (value)
      ? g_value_dup_string (value)
      : gst_value_serialize (value);

  add_text (json, g_quark_to_string (name), text);
  return TRUE;
}

static void
add_structure (JsonBuilder *json, const GstStructure *structure)
{
  json_builder_begin_object (json);
  if (structure != NULL)
    gst_structure_foreach (structure, add_field, json);
  json_builder_end_object (json);
}

static void
add_error (JsonBuilder *json, GstMessage *message)
{
  g_autoptr (GEnumClass) codes = g_type_class_ref (GST_TYPE_RESOURCE_ERROR);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;
  const GstStructure *details = NULL;
  const GEnumValue *code = NULL;

  gst_message_parse_error (message, &error, &debug);
  gst_message_parse_error_details (message, &details);
  if (error->domain == GST_RESOURCE_ERROR)
    code = g_enum_get_value (codes, error->code);
  add_text (json, "end", "error");
  add_text (json, "code", code ? code->value_nick : "other");
  add_text (json, "text", error->message);
  add_text (json, "debug", debug);
  json_builder_set_member_name (json, "details");
  add_structure (json, details);
}

static void
add_sinks (JsonBuilder *json, GPtrArray *sinks)
{
  guint i;

  json_builder_set_member_name (json, "clips");
  json_builder_begin_array (json);
  for (i = 0; i < sinks->len; i++) {
    Sink *sink = g_ptr_array_index (sinks, i);

    json_builder_begin_object (json);
    add_text (json, "sha256", g_checksum_get_string (sink->sum));
    json_builder_set_member_name (json, "bytes");
    json_builder_add_int_value (json, sink->bytes);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
}

/* What was told, one array for each kind. */
static void
add_told (
    JsonBuilder *json, GQueue *messages, const gchar *name, GstMessageType type)
{
  GList *l;

  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (l = messages->head; l != NULL; l = l->next) {
    const GstStructure *fields = gst_message_get_structure (l->data);
    g_autoptr (GError) error = NULL;
    g_autofree gchar *text = NULL;

    if (GST_MESSAGE_TYPE (l->data) != type)
      continue;
    if (type == GST_MESSAGE_ELEMENT) {
      add_structure (json, fields);
      continue;
    }
    if (type == GST_MESSAGE_WARNING) {
      gst_message_parse_warning (l->data, &error, NULL);
      text = g_strdup (error->message);
    } else {
      gst_message_parse_progress (l->data, NULL, NULL, &text);
    }
    json_builder_add_string_value (json, text);
  }
  json_builder_end_array (json);
}

static void
print_end (GstMessage *end, GQueue *messages, GPtrArray *sinks)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *text = NULL;

  json_builder_begin_object (json);
  if (end == NULL)
    add_text (json, "end", "stopped");
  else if (GST_MESSAGE_TYPE (end) == GST_MESSAGE_ERROR)
    add_error (json, end);
  else
    add_text (json, "end", "eos");
  add_sinks (json, sinks);
  add_told (json, messages, "states", GST_MESSAGE_ELEMENT);
  add_told (json, messages, "progress", GST_MESSAGE_PROGRESS);
  add_told (json, messages, "warnings", GST_MESSAGE_WARNING);
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  text = json_to_string (root, FALSE);
  tell (text, "");
}

/* --- a run -------------------------------------------------------------- */

/* Where ../oom/failmalloc.c is preloaded, it is told what belongs to a run. */
static void
count_allocations (gboolean on)
{
  void (*count) (int) = (void (*) (int)) dlsym (
      RTLD_DEFAULT, "failmalloc_count");

  if (count != NULL)
    count (on);
}

/* An application that stops a pipeline, and does not end with it */
static void
stop_when_told (GstElement *pipeline)
{
  let_go ();
  gst_element_set_state (pipeline, GST_STATE_NULL);
  tell ("stopped", "");
  let_go ();
}

/* A user who leaves the shot for a while */
static void
rest_when_told (GstElement *pipeline)
{
  let_go ();
  gst_element_set_state (pipeline, GST_STATE_READY);
  tell ("ready", "");
  let_go ();
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
}

/* gst-launch-1.0 -e at a Ctrl-C */
static void
end_when_told (GstElement *pipeline)
{
  let_go ();
  gst_element_send_event (pipeline, gst_event_new_eos ());
  tell ("ended", "");
}

static GstMessage *
wait_for_end (GAsyncQueue *posted, GQueue *messages)
{
  for (;;) {
    GstMessage *message = g_async_queue_pop (posted);

    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS
        || GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
      return message;
    g_queue_push_tail (messages, message);
  }
}

static void
run (const gchar *line)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GPtrArray) sinks = NULL;
  g_autoptr (GstMessage) end = NULL;
  g_autoptr (GAsyncQueue)
      posted = g_async_queue_new_full ((GDestroyNotify) gst_message_unref);
  GQueue messages = G_QUEUE_INIT;

  count_allocations (TRUE);
  pipeline = gst_parse_launch_full (
      line, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (error != NULL || !GST_IS_PIPELINE (pipeline))
    g_error ("%s: %s", line, error ? error->message : "no pipeline");
  bus = gst_element_get_bus (pipeline);
  gst_bus_set_sync_handler (bus, on_sync_message, posted, NULL);
  sinks = watch_sinks (pipeline);
  go = FALSE;
  if (gst_element_set_state (pipeline, GST_STATE_PLAYING)
          != GST_STATE_CHANGE_FAILURE
      && hold)
    let_go ();
  if (rest)
    rest_when_told (pipeline);
  if (eos)
    end_when_told (pipeline);
  if (stop)
    stop_when_told (pipeline);
  else
    end = wait_for_end (posted, &messages);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  count_allocations (FALSE);
  while (g_async_queue_length (posted) > 0)
    g_queue_push_tail (&messages, g_async_queue_pop (posted));
  print_end (end, &messages, sinks);
  g_queue_clear_full (&messages, (GDestroyNotify) gst_message_unref);
}

int
main (int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "hold", 0, 0, G_OPTION_ARG_NONE, &hold,
        "Wait for a line before the streaming thread does anything", NULL },
    { "stall", 0, 0, G_OPTION_ARG_NONE, &stall,
        "Wait for a line when the first buffer has arrived", NULL },
    { "stop", 0, 0, G_OPTION_ARG_NONE, &stop,
        "Stop at the next line, and go on until there is another", NULL },
    { "eos", 0, 0, G_OPTION_ARG_NONE, &eos, "Send EOS at the next line", NULL },
    { "rest", 0, 0, G_OPTION_ARG_NONE, &rest,
        "Go to READY at the next line, and on at the one after it", NULL },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  gchar *line = NULL;

  prctl (PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  gst_init (&argc, &argv);
  while (read_line (&line))
    run (g_strchomp (line));
  free (line);
  gst_deinit ();
  return 0;
}
