/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* render.c: clips like those of the hosts: MP4 with one H.264 track, 24 frames
 * a second, no sound, moov at the end. */
#include <gst/gst.h>

#include "simulator-private.h"

/* More would fill the picture. */
#define MAX_PROMPT 200

static gchar *
describe_pipeline (const SimClipSpec *spec)
{
  g_autofree gchar *caps = g_strdup_printf (
      "video/x-raw,format=I420,"
      "width=%u,height=%u,framerate=24/1,pixel-aspect-ratio=1/1",
      spec->width, spec->height);
  g_autofree gchar *source = spec->image != NULL
      /* add-borders keeps the picture's shape */
      ? g_strdup_printf (
          "giostreamsrc name=in ! decodebin ! videoconvert ! "
          "videoscale add-borders=true ! imagefreeze num-buffers=%u",
          spec->frames)
      : g_strdup_printf ("videotestsrc num-buffers=%u", spec->frames);

  return g_strdup_printf (
      "%s ! %s ! textoverlay name=text ! "
      "x264enc speed-preset=ultrafast ! mp4mux ! giostreamsink name=out",
      source, caps);
}

static void
set_prompt (GstBin *pipeline, const gchar *prompt)
{
  g_autoptr (GstElement) text = gst_bin_get_by_name (pipeline, "text");
  g_autofree gchar *head = g_utf8_substring (
      prompt, 0, MIN (g_utf8_strlen (prompt, -1), MAX_PROMPT));
  /* the element reads Pango markup */
  g_autofree gchar *escaped = g_markup_escape_text (head, -1);

  g_object_set (text, "text", escaped, NULL);
}

static void
set_stream (GstBin *pipeline, const gchar *name, gpointer stream)
{
  g_autoptr (GstElement) element = gst_bin_get_by_name (pipeline, name);

  g_object_set (element, "stream", stream, NULL);
}

/* A pipeline that writes to @out */
static GstElement *
new_pipeline (const SimClipSpec *spec, GOutputStream *out, GError **error)
{
  g_autofree gchar *description = describe_pipeline (spec);
  GstElement *pipeline = gst_parse_launch_full (
      description, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);

  if (pipeline == NULL)
    return NULL;
  if (spec->prompt != NULL)
    set_prompt (GST_BIN (pipeline), spec->prompt);
  set_stream (GST_BIN (pipeline), "out", out);
  if (spec->image != NULL) {
    g_autoptr (GInputStream)
        in = g_memory_input_stream_new_from_bytes (spec->image);

    set_stream (GST_BIN (pipeline), "in", in);
  }
  return pipeline;
}

static void
on_cancelled (GCancellable *cancellable, gpointer bus)
{
  gst_bus_post (bus,
      gst_message_new_application (
          NULL, gst_structure_new_empty ("cancelled")));
}

static gboolean
run_pipeline (GstElement *pipeline, GCancellable *cancellable, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  gulong id = 0;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  if (cancellable != NULL)
    id = g_cancellable_connect (
        cancellable, G_CALLBACK (on_cancelled), bus, NULL);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_APPLICATION);
  if (cancellable != NULL)
    g_cancellable_disconnect (cancellable, id);
  gst_element_set_state (pipeline, GST_STATE_NULL);

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_EOS:
      return TRUE;
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, error, NULL);
      return FALSE;
    default:
      g_set_error_literal (
          error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled");
      return FALSE;
  }
}

static GBytes *
render_once (const SimClipSpec *spec, GCancellable *cancellable, GError **error)
{
  g_autoptr (GOutputStream) out = g_memory_output_stream_new_resizable ();
  g_autoptr (GstElement) pipeline = new_pipeline (spec, out, error);

  if (pipeline == NULL || !run_pipeline (pipeline, cancellable, error))
    return NULL;
  if (!g_output_stream_is_closed (out)
      && !g_output_stream_close (out, NULL, error))
    return NULL;
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (out));
}

GBytes *
sim_render (const SimClipSpec *spec, GCancellable *cancellable, GError **error)
{
  SimClipSpec without_image = *spec;
  g_autoptr (GError) local_error = NULL;
  GBytes *clip;

  if (!gst_init_check (NULL, NULL, error))
    return NULL;
  if (spec->image == NULL)
    return render_once (spec, cancellable, error);

  clip = render_once (spec, cancellable, &local_error);
  if (clip != NULL || g_cancellable_is_cancelled (cancellable))
    return clip;

  /* bytes that are no picture */
  g_info ("A test pattern instead of the image: %s", local_error->message);
  without_image.image = NULL;
  return render_once (&without_image, cancellable, error);
}
