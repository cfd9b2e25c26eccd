/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tell-all.c: plays hailuosrc ! fakesink to its end, and prints all that an
 * application can get from it, as one line for each thing:
 *
 *   message TEXT     a message on the bus, with all its fields
 *   code NICK        a GstResourceError, before:
 *   error TEXT       the words of an error, its debug text and its details;
 *   warning TEXT     the same of a warning
 *   property TEXT    a property that can be read, in each state
 *   event TEXT       an event that left the pad
 *   query TEXT       the answer to a query
 *   preset FILE      what GstPreset made of the properties is in that file
 *
 * The arguments are settings, NAME=VALUE.  The key is in TELL_KEY, so that it
 * is in no text that GStreamer parses and logs. */
#include <gst/gst.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE (60 * GST_SECOND)

static void
tell (const gchar *what, const gchar *text)
{
  g_autofree gchar *line = g_strdelimit (g_strdup (text), "\n", ' ');

  g_print ("%s %s\n", what, line);
}

static void
tell_structure (
    const gchar *what, const gchar *more, const GstStructure *fields)
{
  g_autofree gchar *text = fields ? gst_structure_to_string (fields) : NULL;
  g_autofree gchar *all = g_strconcat (more, " ", text, NULL);

  tell (what, all);
}

static void
tell_code (const GError *error)
{
  g_autoptr (GEnumClass) codes = g_type_class_ref (GST_TYPE_RESOURCE_ERROR);
  const GEnumValue *code = g_enum_get_value (codes, error->code);

  if (error->domain == GST_RESOURCE_ERROR && code != NULL)
    tell ("code", code->value_nick);
}

static void
tell_message (GstMessage *message)
{
  const GstStructure *details = NULL;
  const gchar *what = "error";
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  tell_structure ("message", GST_MESSAGE_TYPE_NAME (message),
      gst_message_get_structure (message));
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, &debug);
    gst_message_parse_error_details (message, &details);
    tell_code (error);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING) {
    gst_message_parse_warning (message, &error, &debug);
    what = "warning";
  }
  if (error == NULL)
    return;
  tell (what, error->message);
  tell (what, debug ? debug : "");
  if (details != NULL)
    tell_structure (what, "details", details);
}

static void
tell_properties (GstElement *src)
{
  g_autofree GParamSpec **all = NULL;
  guint n, i;

  all = g_object_class_list_properties (G_OBJECT_GET_CLASS (src), &n);
  for (i = 0; i < n; i++) {
    g_auto (GValue) value = G_VALUE_INIT;
    g_autofree gchar *text = NULL, *line = NULL;

    if ((all[i]->flags & G_PARAM_READABLE) == 0)
      continue;
    g_value_init (&value, all[i]->value_type);
    g_object_get_property (G_OBJECT (src), all[i]->name, &value);
    text = G_VALUE_HOLDS_STRING (&value) ? g_value_dup_string (&value)
                                         : g_strdup_value_contents (&value);
    line = g_strdup_printf ("%s=%s", all[i]->name, text ? text : "(null)");
    tell ("property", line);
  }
}

static void
tell_query (GstElement *src, const gchar *name, GstQuery *query)
{
  gboolean answered = gst_element_query (src, query);

  tell_structure (
      "query", answered ? name : "(none)", gst_query_get_structure (query));
  gst_query_unref (query);
}

static void
tell_queries (GstElement *src)
{
  tell_query (src, "uri", gst_query_new_uri ());
  tell_query (src, "context", gst_query_new_context ("hailuo"));
  tell_query (src, "duration", gst_query_new_duration (GST_FORMAT_BYTES));
  tell_query (src, "custom",
      gst_query_new_custom (
          GST_QUERY_CUSTOM, gst_structure_new_empty ("hailuo")));
}

static GstPadProbeReturn
on_event (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

  tell_structure (
      "event", GST_EVENT_TYPE_NAME (event), gst_event_get_structure (event));
  return GST_PAD_PROBE_OK;
}

/* --- presets ------------------------------------------------------------ */

/* hailuosrc has none of its own; an application can give it some, and then they
 * are as GStreamer makes them. */
static GType
get_preset_type (GType parent)
{
  const GInterfaceInfo none = { NULL, NULL, NULL };
  GTypeQuery query;
  GType type;

  g_type_query (parent, &query);
  type = g_type_register_static_simple (parent, "HailuoSrcWithPresets",
      query.class_size, NULL, query.instance_size, NULL, 0);
  g_type_add_interface_static (type, GST_TYPE_PRESET, &none);
  return type;
}

static void
save_preset (GstElement *src)
{
  g_autofree gchar *path = NULL;

  if (!gst_preset_save_preset (GST_PRESET (src), "shot"))
    return; /* there is no room */
  path = g_strdup_printf ("%s/gstreamer-1.0/presets/%s.prs",
      g_get_user_data_dir (), G_OBJECT_TYPE_NAME (src));
  tell ("preset", path);
}

/* --- playing ------------------------------------------------------------ */

static GstElement *
make_source (gchar **settings)
{
  g_autoptr (GstElement) plain = gst_object_ref_sink (
      gst_element_factory_make ("hailuosrc", NULL));
  GstElement *src = g_object_new (
      get_preset_type (G_OBJECT_TYPE (plain)), "name", "src", NULL);

  for (; *settings != NULL; settings++) {
    gchar *value = strchr (*settings, '=');

    *value++ = '\0';
    gst_util_set_object_arg (G_OBJECT (src), *settings, value);
  }
  return src;
}

static void
play (GstElement *pipeline, GstElement *src)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstMessageType type = GST_MESSAGE_UNKNOWN;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while (type != GST_MESSAGE_EOS && type != GST_MESSAGE_ERROR) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop (bus, PATIENCE);

    if (message == NULL)
      g_error ("nothing happened");
    type = GST_MESSAGE_TYPE (message);
    tell_message (message);
    if (type == GST_MESSAGE_STATE_CHANGED || type == GST_MESSAGE_EOS
        || type == GST_MESSAGE_ERROR) {
      GST_DEBUG_BIN_TO_DOT_FILE_WITH_TS (
          GST_BIN (pipeline), GST_DEBUG_GRAPH_SHOW_VERBOSE, "tell");
      tell_properties (src);
      tell_queries (src);
    }
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  tell_properties (src);
  tell_queries (src);
}

int
main (int argc, char **argv)
{
  const gchar *key = g_getenv ("TELL_KEY");
  GstElement *pipeline, *src, *sink;
  g_autoptr (GstPad) pad = NULL;

  gst_init (&argc, &argv);
  pipeline = gst_pipeline_new (NULL);
  gst_element_add_property_deep_notify_watch (pipeline, NULL, TRUE);
  src = make_source (argv + 1);
  sink = gst_element_factory_make ("fakesink", NULL);
  gst_bin_add_many (GST_BIN (pipeline), src, sink, NULL);
  gst_element_link (src, sink);
  /* now that changes are told */
  g_object_set (src, "api-key", key, NULL);
  g_object_notify (G_OBJECT (src), "prompt");
  pad = gst_element_get_static_pad (src, "src");
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event, NULL, NULL);
  save_preset (src);
  play (pipeline, src);
  gst_object_unref (pipeline);
  gst_deinit ();
  return EXIT_SUCCESS;
}
