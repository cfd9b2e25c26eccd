/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* play.c: plays the pipeline of its first argument up to its end (exit status
 * 0) or an error (1), and prints every message with all that is in it.  The
 * element "src" gets its key from LAUNCH_KEY, so that it is in no text that
 * GStreamer parses and logs. */
#include <gst/gst.h>

/* GStreamer keeps a reference to the factory of a tracer that runs, and forgets
 * it; a leak checker finds only what nobody points to. */
static GList *volatile tracers;

static void
print (GstMessage *message)
{
  const GstStructure *fields = gst_message_get_structure (message);
  g_autofree gchar *text = fields ? gst_structure_to_string (fields) : NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;
  const GstStructure *details = NULL;

  g_print ("%s from %s: %s\n", GST_MESSAGE_TYPE_NAME (message),
      GST_MESSAGE_SRC_NAME (message), text ? text : "nothing more");
  /* these are objects, which no text has */
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, &debug);
  else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING)
    gst_message_parse_warning (message, &error, &debug);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error_details (message, &details);
  if (details != NULL) {
    g_autofree gchar *all = gst_structure_to_string (details);

    g_print ("%s\n", all);
  }
  if (error != NULL)
    g_print ("%s\n%s\n", error->message, debug);
}

static gboolean
is_end (GstMessageType type)
{
  return type == GST_MESSAGE_EOS || type == GST_MESSAGE_ERROR;
}

int
main (int argc, char **argv)
{
  GstMessageType type = GST_MESSAGE_UNKNOWN;
  GstElement *pipeline, *src;
  GstBus *bus;

  gst_init (&argc, &argv);
  tracers = gst_registry_get_feature_list (
      gst_registry_get (), GST_TYPE_TRACER_FACTORY);
  pipeline = gst_parse_launch (argv[1], NULL);
  src = gst_bin_get_by_name (GST_BIN (pipeline), "src");
  g_object_set (src, "api-key", g_getenv ("LAUNCH_KEY"), NULL);
  gst_element_add_property_deep_notify_watch (pipeline, NULL, TRUE);
  /* set again, now that changes are told */
  g_object_set (src, "api-key", g_getenv ("LAUNCH_KEY"), NULL);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);

  while (!is_end (type)) {
    GstMessage *message = gst_bus_timed_pop (bus, GST_CLOCK_TIME_NONE);

    type = GST_MESSAGE_TYPE (message);
    print (message);
    if (type == GST_MESSAGE_STATE_CHANGED || is_end (type))
      GST_DEBUG_BIN_TO_DOT_FILE_WITH_TS (
          GST_BIN (pipeline), GST_DEBUG_GRAPH_SHOW_VERBOSE, "play");
    gst_message_unref (message);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (src);
  gst_object_unref (pipeline);
  gst_deinit ();
  return type == GST_MESSAGE_EOS ? 0 : 1;
}
