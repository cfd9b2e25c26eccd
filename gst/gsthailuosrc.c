/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-hailuosrc
 * @title: hailuosrc
 * @short_description: a clip from a prompt, made by a hosted Hailuo 2.3 API
 *
 * hailuosrc submits a prompt (and the URL of an image) to a hosted
 * generative-video API, waits while the clip is made, downloads and verifies
 * it, and pushes it downstream like a file.
 *
 * Each task costs money (about $0.30 to $0.85) and takes one to five minutes.
 * It is submitted once, by the streaming thread, when the pipeline goes to
 * PAUSED or PLAYING; never by a query.  A pause, a flush, a seek or a trip
 * through READY plays the clip that is there, and submits nothing.  Stopped
 * before the submit was answered, it warns, and a thread records the answer.
 *
 * Progress is told by progress messages (codes `submit`, `generate` and
 * `download`) and by the element message `hailuo-task`; errors have details.
 * Their names are in <gst/hailuo/hailuo.h>.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 hailuosrc prompt="a lighthouse at dawn, slow push in" ! filesink location=clip.mp4
 * ]| Makes a clip with the key in `APIXO_API_KEY`, and saves it.
 * |[
 * gst-launch-1.0 hailuosrc prompt="a lighthouse at dawn" max-cost=0.40 ! decodebin ! videoconvert ! autovideosink
 * ]| Makes a clip if it costs at most $0.40, and plays it.
 * |[
 * gst-launch-1.0 hailuosrc task-id=task_12345678 ! filesink location=clip.mp4
 * ]| Fetches the clip of a task that was submitted before, at no cost.
 * |[
 * gst-launch-1.0 hailuosrc prompt="a lighthouse at dawn" ! fakesink
 * gst-play-1.0 "hailuo://?prompt=a+lighthouse+at+dawn"
 * ]| Makes a clip, and plays it as a URI: from the store, at no cost.
 *
 * ## GstURIHandler
 * `hailuo://PROVIDER/MODE?prompt=...` names a shot.  It may come from anybody, in
 * a playlist say, so it is no consent to pay: the element plays what the store
 * has, as with `reuse=only`.  Consent comes from outside: #GstHailuoSrc:reuse is
 * set after the URI (in `source-setup` or #GstBin::deep-element-added), or the
 * environment has `HAILUO_URI_BUDGET`, the US dollars that all URIs of the
 * process together may spend; with it, even `0`, paid tasks are picked up too.  A
 * URI has `reuse=only` or `always` (the default); its `max-cost` only lowers.
 *
 * Since: 0.1
 */
#include "gsthailuosrc.h"

#include <gst/hailuo/hailuo.h>

#include "gsthailuomessages.h"
#include "gsthailuorequest.h"
#include "gsthailuoproperties.h"
#include "gsthailuouri.h"

#define BLOCK_SIZE (64 * 1024)

GST_DEBUG_CATEGORY_STATIC (gst_hailuo_src_debug);
#define GST_CAT_DEFAULT gst_hailuo_src_debug

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("video/quicktime, variant=(string)iso"));

struct _GstHailuoSrc
{
  GstPushSrc parent;

  GstHailuoHttp *http; /* from init to finalize, so that unlock() finds
                                 * it in any state; thread-safe */

  /* The streaming thread and, while that does not run, start() */
  GstHailuoTask *task; /* (nullable) kept over READY and NULL, for its
                                 * clip is paid */
  GstHailuoProgress progress;
  gboolean dry_run;
  gboolean announced; /* size and tags of the clip, since start() */
  gboolean pushed;    /* any of it, since start() */
  guint64 next;       /* byte to push where the segment is not in bytes: with
                       * do-timestamp it is in time */

  gint complete; /* atomic: the last byte of the clip was pushed, and taken; the
                  * streaming thread sets it, whoever posts an error clears it */
  gint failed;   /* atomic: an error was posted, since start() */

  /* OBJECT_LOCK */
  GstHailuoSettings settings;
  GstHailuoStatus status; /* copy of the task's, for other threads */
  guint64 size;           /* of the clip; 0: not there yet */
};

/* GstHailuoGetTerms */
static GstHailuoTerms *
gst_hailuo_src_get_terms (gpointer self)
{
  return &GST_HAILUO_SRC (self)->settings.terms;
}

static const GInterfaceInfo uri_handler = { gst_hailuo_uri_handler_init, NULL,
  gst_hailuo_src_get_terms };

G_DEFINE_TYPE_WITH_CODE (GstHailuoSrc, gst_hailuo_src, GST_TYPE_PUSH_SRC,
    g_type_add_interface_static (
        g_define_type_id, GST_TYPE_URI_HANDLER, &uri_handler));
GST_ELEMENT_REGISTER_DEFINE (
    hailuosrc, "hailuosrc", GST_RANK_NONE, GST_TYPE_HAILUO_SRC);

/* --- GObject ------------------------------------------------------------ */

static void
gst_hailuo_src_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstHailuoSrc *self = GST_HAILUO_SRC (object);
  gboolean known;

  GST_OBJECT_LOCK (self);
  known = gst_hailuo_settings_set (&self->settings, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_hailuo_src_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstHailuoSrc *self = GST_HAILUO_SRC (object);
  gboolean known = TRUE;

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_ESTIMATED_COST:
      g_value_set_double (value, gst_hailuo_request_estimate (&self->settings));
      break;
    case PROP_STATS:
      g_value_take_boxed (
          value, gst_hailuo_messages_make_stats (&self->status));
      break;
    default:
      known = gst_hailuo_settings_get (&self->settings, id, value);
      if (g_str_equal (pspec->name, "task-id")
          && self->status.task_id[0] != '\0')
        g_value_set_string (value, self->status.task_id);
      break;
  }
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_hailuo_src_finalize (GObject *object)
{
  GstHailuoSrc *self = GST_HAILUO_SRC (object);

  g_clear_pointer (&self->task, gst_hailuo_task_free);
  g_clear_pointer (&self->http, gst_hailuo_http_free);
  gst_hailuo_settings_clear (&self->settings);
  G_OBJECT_CLASS (gst_hailuo_src_parent_class)->finalize (object);
}

static void
gst_hailuo_src_poll_now (GstHailuoSrc *self)
{
  gst_hailuo_http_wakeup (self->http);
}

/* --- what the task tells ------------------------------------------------- */

static void
gst_hailuo_src_take_status (GstHailuoSrc *self, const GstHailuoStatus *status)
{
  gboolean new_id;

  GST_OBJECT_LOCK (self);
  new_id = g_strcmp0 (self->status.task_id, status->task_id) != 0;
  self->status = *status;
  GST_OBJECT_UNLOCK (self);
  if (new_id)
    g_object_notify (G_OBJECT (self), "task-id");
}

static void
gst_hailuo_src_on_state (const GstHailuoStatus *status, gpointer user_data)
{
  GstHailuoSrc *self = user_data;

  gst_hailuo_src_take_status (self, status);
  gst_hailuo_messages_post_task (GST_ELEMENT (self), status, self->task);
}

static void
gst_hailuo_src_on_progress (const GstHailuoStatus *status, GstHailuoStep step,
    const gchar *text, gint percent, gpointer user_data)
{
  GstHailuoSrc *self = user_data;

  gst_hailuo_src_take_status (self, status);
  gst_hailuo_messages_post_progress (
      GST_ELEMENT (self), &self->progress, status, step, text, percent);
}

static void
gst_hailuo_src_on_warning (const gchar *text, gpointer user_data)
{
  GstHailuoSrc *self = user_data;

  GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS, ("%s", text), (NULL));
}

static const GstHailuoListener listener = {
  .state = gst_hailuo_src_on_state,
  .progress = gst_hailuo_src_on_progress,
  .warning = gst_hailuo_src_on_warning,
};

/* --- GstBaseSrc --------------------------------------------------------- */

static gboolean
gst_hailuo_src_has_task_for (
    GstHailuoSrc *self, const GstHailuoRequest *request)
{
  return self->task != NULL
      && gst_hailuo_task_is_for (self->task,
          request->shot ? request->shot->id : NULL, request->task_id,
          &request->config);
}

static void
gst_hailuo_src_replace_task (GstHailuoSrc *self, GstHailuoRequest *request)
{
  g_clear_pointer (&self->task, gst_hailuo_task_free);
  self->task = gst_hailuo_task_new (self->http,
      g_steal_pointer (&request->shot), request->task_id, &listener, self);
}

/* Nothing is sent from here: one pipeline calls it up to three times. */
static gboolean
gst_hailuo_src_start (GstBaseSrc *src)
{
  GstHailuoSrc *self = GST_HAILUO_SRC (src);
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_auto (GstHailuoSettings) settings = { 0 };
  g_auto (GstHailuoRequest) request = { 0 };
  GstHailuoError code = GST_HAILUO_ERROR_SETTINGS;
  guint64 size = 0;

  GST_OBJECT_LOCK (self);
  gst_hailuo_settings_copy (&self->settings, &settings);
  GST_OBJECT_UNLOCK (self);
  /* without the lock: it reads files, which may take its time */
  if (!gst_hailuo_request_make (
          &settings, G_OBJECT_GET_CLASS (self), &request, problems, &code)) {
    gst_hailuo_messages_post_problems (GST_ELEMENT (self), code, problems);
    return FALSE;
  }

  gst_hailuo_http_set_policy (self->http, &request.policy);
  if (!gst_hailuo_src_has_task_for (self, &request))
    gst_hailuo_src_replace_task (self, &request);
  gst_hailuo_task_begin (self->task, &request.config);
  self->dry_run = request.dry_run;
  size = gst_hailuo_task_get_clip (self->task)->size;
  gst_hailuo_src_take_status (self, gst_hailuo_task_get_status (self->task));
  GST_OBJECT_LOCK (self);
  self->size = size;
  GST_OBJECT_UNLOCK (self);
  self->announced = FALSE;
  self->pushed = FALSE;
  self->next = 0;
  g_atomic_int_set (&self->complete, FALSE);
  g_atomic_int_set (&self->failed, FALSE);
  self->progress.type = GST_PROGRESS_TYPE_COMPLETE;
  return TRUE;
}

static gboolean
gst_hailuo_src_stop (GstBaseSrc *src)
{
  GstHailuoSrc *self = GST_HAILUO_SRC (src);

  if (self->task == NULL)
    return TRUE;
  /* nobody can be told when the answer comes */
  gst_hailuo_messages_post_stopped (GST_ELEMENT (self), self->task);
  gst_hailuo_task_end (self->task);
  return TRUE;
}

static gboolean
gst_hailuo_src_unlock (GstBaseSrc *src)
{
  gst_hailuo_http_cancel (GST_HAILUO_SRC (src)->http);
  return TRUE;
}

static gboolean
gst_hailuo_src_unlock_stop (GstBaseSrc *src)
{
  gst_hailuo_http_uncancel (GST_HAILUO_SRC (src)->http);
  return TRUE;
}

static gboolean
gst_hailuo_src_is_seekable (GstBaseSrc *src)
{
  return TRUE;
}

/* In time GstBaseSrc seeks to the start only. */
static gboolean
gst_hailuo_src_do_seek (GstBaseSrc *src, GstSegment *segment)
{
  GST_HAILUO_SRC (src)->next = 0;
  return GST_BASE_SRC_CLASS (gst_hailuo_src_parent_class)
      ->do_seek (src, segment);
}

static gboolean
gst_hailuo_src_get_size (GstBaseSrc *src, guint64 *size)
{
  GST_OBJECT_LOCK (src);
  *size = GST_HAILUO_SRC (src)->size;
  GST_OBJECT_UNLOCK (src);
  return *size > 0;
}

/* GstBaseSrc lets a seek that does not flush wait for create(), which may take
 * minutes, and the application with it: there is nothing to seek in as yet. */
static gboolean
gst_hailuo_src_is_early_seek (GstBaseSrc *src, GstEvent *event)
{
  GstSeekFlags flags;
  guint64 size;

  if (GST_EVENT_TYPE (event) != GST_EVENT_SEEK || !GST_BASE_SRC_IS_STARTED (src)
      || gst_hailuo_src_get_size (src, &size))
    return FALSE;
  gst_event_parse_seek (event, NULL, NULL, &flags, NULL, NULL, NULL, NULL);
  return !(flags & GST_SEEK_FLAG_FLUSH);
}

static gboolean
gst_hailuo_src_event (GstBaseSrc *src, GstEvent *event)
{
  return !gst_hailuo_src_is_early_seek (src, event)
      && GST_BASE_SRC_CLASS (gst_hailuo_src_parent_class)->event (src, event);
}

static gboolean
gst_hailuo_src_send_event (GstElement *element, GstEvent *event)
{
  if (!gst_hailuo_src_is_early_seek (GST_BASE_SRC (element), event))
    return GST_ELEMENT_CLASS (gst_hailuo_src_parent_class)
        ->send_event (element, event);
  gst_event_unref (event);
  return FALSE;
}

static GstEvent *
gst_hailuo_src_make_tag_event (GstHailuoSrc *self)
{
  return gst_event_new_tag (gst_hailuo_messages_make_tags (self->task));
}

/* The clip is there: says so, once in each run. */
static void
gst_hailuo_src_announce (GstHailuoSrc *self)
{
  guint64 size;

  size = gst_hailuo_task_get_clip (self->task)->size;
  GST_OBJECT_LOCK (self);
  self->size = size;
  /* GstBaseSrc would ask for it only with the next block */
  if (GST_BASE_SRC (self)->segment.format == GST_FORMAT_BYTES)
    GST_BASE_SRC (self)->segment.duration = size;
  GST_OBJECT_UNLOCK (self);
  self->announced = TRUE;
  gst_element_post_message (
      GST_ELEMENT (self), gst_message_new_duration_changed (GST_OBJECT (self)));
  /* Queued behind the segment, where tags belong.  Not gst_element_send_event():
   * that takes the state lock, which whoever stops us holds while it waits for
   * this thread */
  GST_ELEMENT_CLASS (gst_hailuo_src_parent_class)
      ->send_event (GST_ELEMENT (self), gst_hailuo_src_make_tag_event (self));
}

/* Makes the clip, or goes on making it. */
static GstFlowReturn
gst_hailuo_src_make_clip (GstHailuoSrc *self)
{
  const GstHailuoStatus *status;
  g_autoptr (GError) error = NULL;

  if (gst_hailuo_task_run (self->task, &error)) {
    if (!self->announced)
      gst_hailuo_src_announce (self);
    return GST_FLOW_OK;
  }
  status = gst_hailuo_task_get_status (self->task);
  gst_hailuo_src_take_status (self, status);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    gst_hailuo_messages_end_progress (GST_ELEMENT (self), &self->progress,
        GST_PROGRESS_TYPE_CANCELED,
        status->task_id[0] != '\0' ? "Stopped; the task continues at the host"
                                   : "Stopped",
        status->task_id);
    return GST_FLOW_FLUSHING;
  }
  gst_hailuo_messages_post_error (GST_ELEMENT (self), error, status->task_id);
  gst_hailuo_messages_end_progress (GST_ELEMENT (self), &self->progress,
      GST_PROGRESS_TYPE_ERROR, "Failed", status->task_id);
  return GST_FLOW_ERROR;
}

/* A dry run: what it would cost, and no data. */
static GstFlowReturn
gst_hailuo_src_quote (GstHailuoSrc *self)
{
  g_autoptr (GError) error = NULL;

  if (gst_hailuo_task_quote (self->task, &error))
    return GST_FLOW_EOS;
  gst_hailuo_messages_post_error (GST_ELEMENT (self), error, NULL);
  return GST_FLOW_ERROR;
}

/* What create() made is dropped where an EOS, a flush or a stop comes before it is
 * pushed. */
static GstPadProbeReturn
gst_hailuo_src_on_buffer (
    GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstHailuoSrc *self = user_data;
  const guint64 end = GST_BUFFER_OFFSET_END (GST_PAD_PROBE_INFO_BUFFER (info));

  self->pushed = TRUE;
  g_atomic_int_set (&self->complete, end == self->size);
  return GST_PAD_PROBE_OK;
}

/* Of a segment that begins behind the clip there is nothing to push. */
static gboolean
gst_hailuo_src_is_at_end (GstHailuoSrc *self)
{
  const GstSegment *segment = &GST_BASE_SRC (self)->segment;

  return self->size > 0 && segment->format == GST_FORMAT_BYTES
      && segment->position >= MIN (segment->stop, self->size);
}

/* Only when EOS is on its way is the clip delivered. */
static GstPadProbeReturn
gst_hailuo_src_on_event (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstHailuoSrc *self = user_data;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_EOS)
    return GST_PAD_PROBE_OK;
  if (g_atomic_int_get (&self->complete)) {
    gst_hailuo_messages_repeat_tags (pad, gst_hailuo_src_make_tag_event (self));
    gst_hailuo_task_delivered (self->task);
  } else if (!self->pushed && !gst_hailuo_src_is_at_end (self) && !self->dry_run
      && !g_atomic_int_get (&self->failed)) {
    /* somebody sent it: what comes of it downstream is no clip */
    gst_hailuo_messages_post_early_eos (GST_ELEMENT (self), self->task);
    gst_hailuo_task_end (self->task);
  }
  return GST_PAD_PROBE_OK;
}

/* GstBaseSrc sends EOS after an error too, but the error comes before, while the
 * pad's last flow return still tells whether the last block was taken. */
static gboolean
gst_hailuo_src_post_message (GstElement *element, GstMessage *message)
{
  GstHailuoSrc *self = GST_HAILUO_SRC (element);

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_atomic_int_set (&self->failed, TRUE);
    if (gst_pad_get_last_flow_return (GST_BASE_SRC_PAD (element)) < 0)
      g_atomic_int_set (&self->complete, FALSE);
  }
  return GST_ELEMENT_CLASS (gst_hailuo_src_parent_class)
      ->post_message (element, message);
}

static GstFlowReturn
gst_hailuo_src_create (
    GstBaseSrc *src, guint64 offset, guint length, GstBuffer **buffer)
{
  GstHailuoSrc *self = GST_HAILUO_SRC (src);
  g_autoptr (GstBuffer) block = NULL;
  g_autoptr (GError) error = NULL;
  GstFlowReturn flow;
  GstMapInfo map;
  guint64 size;

  if (!self->dry_run
      && !gst_hailuo_messages_check_linked (GST_ELEMENT (self), src->srcpad))
    return GST_FLOW_ERROR;
  flow = self->dry_run ? gst_hailuo_src_quote (self)
                       : gst_hailuo_src_make_clip (self);
  if (flow != GST_FLOW_OK)
    return flow;
  size = gst_hailuo_task_get_clip (self->task)->size;
  if (offset == GST_BUFFER_OFFSET_NONE)
    offset = self->next;
  if (offset >= size)
    return GST_FLOW_EOS;
  g_atomic_int_set (&self->complete, FALSE);
  length = MIN (length, size - offset);

  block = gst_buffer_new_allocate (NULL, length, NULL);
  if (block == NULL || !gst_buffer_map (block, &map, GST_MAP_WRITE)) {
    GST_ELEMENT_ERROR (self, RESOURCE, FAILED,
        ("Out of memory for a block of %u bytes.", length), (NULL));
    return GST_FLOW_ERROR;
  }
  gst_hailuo_task_read_clip (self->task, offset, map.data, length, &error);
  gst_buffer_unmap (block, &map);
  if (error != NULL) {
    gst_hailuo_messages_post_error (GST_ELEMENT (self), error,
        gst_hailuo_task_get_status (self->task)->task_id);
    return GST_FLOW_ERROR;
  }
  GST_BUFFER_OFFSET (block) = offset;
  GST_BUFFER_OFFSET_END (block) = self->next = offset + length;
  *buffer = g_steal_pointer (&block);
  return GST_FLOW_OK;
}

static void
gst_hailuo_src_class_init (GstHailuoSrcClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSrcClass *src_class = GST_BASE_SRC_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (
      gst_hailuo_src_debug, "hailuosrc", 0, "clips from hosted video APIs");

  object_class->set_property = gst_hailuo_src_set_property;
  object_class->get_property = gst_hailuo_src_get_property;
  object_class->finalize = gst_hailuo_src_finalize;

  gst_hailuo_properties_install (object_class);

  /**
   * GstHailuoSrc::poll-now:
   * @hailuosrc: the source
   *
   * Polls at once instead of at the next interval: for an application that has
   * an endpoint of its own for the host's callbacks.  The answer to the poll is
   * what counts, not the callback.
   *
   * Since: 0.1
   */
  g_signal_new_class_handler ("poll-now", G_TYPE_FROM_CLASS (klass),
      G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION, G_CALLBACK (gst_hailuo_src_poll_now),
      NULL, NULL, NULL, G_TYPE_NONE, 0);

  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Hailuo video generator", "Source/Network",
      "Makes a clip from a prompt with a hosted Hailuo 2.3 API",
      "The hailuosrc authors");

  element_class->post_message = GST_DEBUG_FUNCPTR (gst_hailuo_src_post_message);
  element_class->send_event = GST_DEBUG_FUNCPTR (gst_hailuo_src_send_event);
  src_class->event = GST_DEBUG_FUNCPTR (gst_hailuo_src_event);
  src_class->start = GST_DEBUG_FUNCPTR (gst_hailuo_src_start);
  src_class->stop = GST_DEBUG_FUNCPTR (gst_hailuo_src_stop);
  src_class->unlock = GST_DEBUG_FUNCPTR (gst_hailuo_src_unlock);
  src_class->unlock_stop = GST_DEBUG_FUNCPTR (gst_hailuo_src_unlock_stop);
  src_class->do_seek = GST_DEBUG_FUNCPTR (gst_hailuo_src_do_seek);
  src_class->is_seekable = GST_DEBUG_FUNCPTR (gst_hailuo_src_is_seekable);
  src_class->get_size = GST_DEBUG_FUNCPTR (gst_hailuo_src_get_size);
  /* not GstPushSrc's: that one does not tell the offset */
  src_class->create = GST_DEBUG_FUNCPTR (gst_hailuo_src_create);
}

static void
gst_hailuo_src_init (GstHailuoSrc *self)
{
  self->http = gst_hailuo_http_new ();
  self->progress.type = GST_PROGRESS_TYPE_COMPLETE;
  gst_hailuo_settings_init (&self->settings, G_OBJECT_GET_CLASS (self));
  gst_base_src_set_format (GST_BASE_SRC (self), GST_FORMAT_BYTES);
  gst_base_src_set_blocksize (GST_BASE_SRC (self), BLOCK_SIZE);
  gst_pad_add_probe (GST_BASE_SRC_PAD (self), GST_PAD_PROBE_TYPE_BUFFER,
      gst_hailuo_src_on_buffer, self, NULL);
  gst_pad_add_probe (GST_BASE_SRC_PAD (self),
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, gst_hailuo_src_on_event, self, NULL);
}
