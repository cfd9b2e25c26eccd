/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* static.c: a program that the plugin is linked into.  It runs the pipeline on
 * its command line; exit status 0: to the end of the stream. */
#include <gst/gst.h>

GST_PLUGIN_STATIC_DECLARE (hailuo);

static gboolean
is_linked_in (void)
{
  g_autoptr (GstPlugin)
      plugin = gst_registry_find_plugin (gst_registry_get (), "hailuo");

  return plugin != NULL && gst_plugin_get_filename (plugin) == NULL;
}

static gboolean
run (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    return TRUE;
  gst_message_parse_error (message, &error, NULL);
  g_printerr ("%s\n", error->message);
  return FALSE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GError) error = NULL;

  gst_init (&argc, &argv);
  GST_PLUGIN_STATIC_REGISTER (hailuo);
  if (!is_linked_in ()) {
    g_printerr ("the plugin is not the one that was linked in\n");
    return 1;
  }
  pipeline = gst_parse_launchv ((const gchar **) argv + 1, &error);
  if (error != NULL) {
    g_printerr ("%s\n", error->message);
    return 1;
  }
  return run (pipeline) ? 0 : 1;
}
