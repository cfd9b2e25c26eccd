/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsthailuosettings.h"

#include <string.h>

#define DEFAULT_PROVIDER GST_HAILUO_PROVIDER_APIXO
#define DEFAULT_MODE GST_HAILUO_MODE_AUTO
#define DEFAULT_DURATION 6
#define DEFAULT_RESOLUTION GST_HAILUO_RESOLUTION_AUTO
#define DEFAULT_ROUTING GST_HAILUO_ROUTING_DEFAULT
#define DEFAULT_MAX_SIZE (G_GUINT64_CONSTANT (512) * 1024 * 1024)
#define DEFAULT_MAX_COST -1.0
#define DEFAULT_FIRST_POLL 0
#define DEFAULT_POLL_INTERVAL 0
#define DEFAULT_TIMEOUT 900
#define DEFAULT_RETRIES 5

enum
{
  PROP_0,
  PROP_PROVIDER,
  PROP_MODEL,
  PROP_MODE,
  PROP_PROMPT,
  PROP_IMAGE,
  PROP_DURATION,
  PROP_RESOLUTION,
  PROP_ROUTING,
  PROP_API_KEY,
  PROP_API_KEY_FILE,
  PROP_BASE_URL,
  PROP_CA_FILE,
  PROP_CALLBACK_URL,
  PROP_MAX_SIZE,
  PROP_MAX_COST,
  PROP_FIRST_POLL,
  PROP_POLL_INTERVAL,
  PROP_TIMEOUT,
  PROP_RETRIES,
  PROP_TASK_ID,
  PROP_LAST
};

/* --- enum types --------------------------------------------------------- */

static GType
register_enum (gsize *type, const gchar *name, const GEnumValue *values)
{
  if (g_once_init_enter (type)) {
    GType made = g_enum_register_static (name, values);

    gst_type_mark_as_plugin_api (made, 0);
    g_once_init_leave (type, made);
  }
  return *type;
}

static GType
provider_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = { { GST_HAILUO_PROVIDER_APIXO,
                                           "APIXO (apixo.ai)", "apixo" },
    { GST_HAILUO_PROVIDER_APIINONE, "API in One (apiin.one)", "apiinone" },
    { 0, NULL, NULL } };

  return register_enum (&type, "GstHailuoProvider", values);
}

static GType
mode_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_HAILUO_MODE_AUTO, "Standard, from the image where there is one",
        "auto" },
    { GST_HAILUO_MODE_STANDARD_TEXT_TO_VIDEO, "Standard, from the prompt",
        "standard-text-to-video" },
    { GST_HAILUO_MODE_STANDARD_IMAGE_TO_VIDEO,
        "Standard, from prompt and image", "standard-image-to-video" },
    { GST_HAILUO_MODE_PRO_TEXT_TO_VIDEO, "Pro, from the prompt",
        "pro-text-to-video" },
    { GST_HAILUO_MODE_PRO_IMAGE_TO_VIDEO, "Pro, from prompt and image",
        "pro-image-to-video" },
    { 0, NULL, NULL }
  };

  return register_enum (&type, "GstHailuoMode", values);
}

static GType
resolution_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_HAILUO_RESOLUTION_AUTO, "What mode and provider imply", "auto" },
    { GST_HAILUO_RESOLUTION_768P, "768 pixels on the short side", "768p" },
    { GST_HAILUO_RESOLUTION_1080P, "1080 pixels on the short side", "1080p" },
    { 0, NULL, NULL }
  };

  return register_enum (&type, "GstHailuoResolution", values);
}

static GType
routing_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = { { GST_HAILUO_ROUTING_DEFAULT,
                                           "Not sent: the host's own default",
                                           "default" },
    { GST_HAILUO_ROUTING_AUTO, "Lowest price first, with failover", "auto" },
    { GST_HAILUO_ROUTING_VALUE, "Lowest price", "value" },
    { GST_HAILUO_ROUTING_OFFICIAL, "Highest reliability", "official" },
    { 0, NULL, NULL } };

  return register_enum (&type, "GstHailuoRouting", values);
}

/* --- properties --------------------------------------------------------- */

#define FLAGS (G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)
#define READWRITE (G_PARAM_READWRITE | FLAGS)

void
gst_hailuo_settings_install (GObjectClass *object_class)
{
  /**
   * GstHailuoSrc:provider:
   *
   * The host of the API.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_PROVIDER,
      g_param_spec_enum ("provider", "Provider", "Host of the API",
          provider_get_type (), DEFAULT_PROVIDER, READWRITE));

  /**
   * GstHailuoSrc:model:
   *
   * The model, sent to the host as it is.  %NULL is the provider's own default
   * for the mode: `hailuo-2-3`, and at API in One
   * `hailuo/2-3-image-to-video-pro` for the pro mode.  A name that this version
   * has not heard of is sent too; its price is then not known.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_MODEL,
      g_param_spec_string ("model", "Model",
          "Model as the host names it, e.g. hailuo-2-3-fast (NULL = the"
          " provider's default)",
          NULL, READWRITE));

  /**
   * GstHailuoSrc:mode:
   *
   * Quality and kind of the clip.  `auto` is standard, image-to-video where
   * #GstHailuoSrc:image is set.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_MODE,
      g_param_spec_enum ("mode", "Mode", "Quality and kind of the clip",
          mode_get_type (), DEFAULT_MODE, READWRITE));

  /**
   * GstHailuoSrc:prompt:
   *
   * What the clip shows; required unless #GstHailuoSrc:task-id is set.  At most
   * 65536 bytes of UTF-8; hosts may allow less.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_PROMPT,
      g_param_spec_string ("prompt", "Prompt", "What the clip shows (required)",
          NULL, READWRITE));

  /**
   * GstHailuoSrc:image:
   *
   * URL (http or https) of the first frame, for the image-to-video modes.  The
   * host fetches it, so it must be public.  APIXO takes JPG and PNG of at most
   * 20 MB, with a short side over 300 pixels, between 2:5 and 5:2.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_IMAGE,
      g_param_spec_string ("image", "Image",
          "Public URL of the first frame (NULL = none)", NULL, READWRITE));

  /**
   * GstHailuoSrc:duration:
   *
   * Length of the clip in seconds: 6 or 10.  APIXO's pro modes ignore it.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_DURATION,
      g_param_spec_uint ("duration", "Duration",
          "Length of the clip in seconds: 6 or 10; APIXO's pro modes ignore it",
          0, G_MAXUINT, DEFAULT_DURATION, READWRITE));

  /**
   * GstHailuoSrc:resolution:
   *
   * Size of the clip's short side.  `auto` is what mode and provider imply: at
   * APIXO 768p for standard and 1080p for pro, at API in One 768p.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_RESOLUTION,
      g_param_spec_enum ("resolution", "Resolution",
          "Size of the clip's short side", resolution_get_type (),
          DEFAULT_RESOLUTION, READWRITE));

  /**
   * GstHailuoSrc:routing:
   *
   * APIXO's routing strategy (the member `provider` of its request).
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_ROUTING,
      g_param_spec_enum ("routing", "Routing", "Routing strategy of APIXO",
          routing_get_type (), DEFAULT_ROUTING, READWRITE));

  /**
   * GstHailuoSrc:api-key:
   *
   * The key of the API.  It cannot be read back, and is in no log, dump or
   * message.  On a command line others may see it: there
   * #GstHailuoSrc:api-key-file or the environment (`APIXO_API_KEY`,
   * `APIINONE_API_KEY`) is better.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_API_KEY,
      g_param_spec_string ("api-key", "API key",
          "Key of the API (NULL = api-key-file, else the environment:"
          " APIXO_API_KEY, APIINONE_API_KEY)",
          NULL, G_PARAM_WRITABLE | FLAGS));

  /**
   * GstHailuoSrc:api-key-file:
   *
   * A file that holds the key and nothing else.  It is refused where others
   * than its owner may read it.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_API_KEY_FILE,
      g_param_spec_string ("api-key-file", "API key file",
          "File that holds the key, readable by its owner only", NULL,
          READWRITE));

  /**
   * GstHailuoSrc:base-url:
   *
   * Where the API is, without the routes.  %NULL is the provider's own
   * (`https://api.apixo.ai/api/v1`, `https://apiin.one`).  Plain http is
   * accepted for a loopback address only.  A key from the environment is not
   * sent to another base URL than the provider's own.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_BASE_URL,
      g_param_spec_string ("base-url", "Base URL",
          "URL of the API (NULL = the provider's own)", NULL, READWRITE));

  /**
   * GstHailuoSrc:ca-file:
   *
   * A PEM file with certificates to trust beside the system's.  There is no way
   * to switch verification off.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_CA_FILE,
      g_param_spec_string ("ca-file", "CA file",
          "PEM file with more trusted certificates", NULL, READWRITE));

  /**
   * GstHailuoSrc:callback-url:
   *
   * Submit in callback mode: the host also reports to this https URL (http only
   * to loopback, beside a loopback #GstHailuoSrc:base-url).  Polling goes on as
   * the fallback; see #GstHailuoSrc::poll-now.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_CALLBACK_URL,
      g_param_spec_string ("callback-url", "Callback URL",
          "URL the host reports to as well", NULL, READWRITE));

  /**
   * GstHailuoSrc:max-size:
   *
   * A clip larger than so many bytes is an error.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_MAX_SIZE,
      g_param_spec_uint64 ("max-size", "Maximum size",
          "Largest clip in bytes that is downloaded", 1, G_MAXINT64,
          DEFAULT_MAX_SIZE, READWRITE));

  /**
   * GstHailuoSrc:max-cost:
   *
   * A shot whose estimated cost in USD is above it, or not known, is refused
   * before it is submitted.  -1: no limit.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_MAX_COST,
      g_param_spec_double ("max-cost", "Maximum cost",
          "Refuse a shot that costs more USD, or whose price is not known"
          " (-1 = no limit)",
          -1, G_MAXDOUBLE, DEFAULT_MAX_COST, READWRITE));

  /**
   * GstHailuoSrc:first-poll:
   *
   * Milliseconds from the submit to the first poll.  0 is what the provider's
   * documents recommend: 30000, and 45000 for pro.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_FIRST_POLL,
      g_param_spec_uint ("first-poll", "First poll",
          "Milliseconds from the submit to the first poll (0 = as the provider"
          " recommends)",
          0, G_MAXINT, DEFAULT_FIRST_POLL, READWRITE));

  /**
   * GstHailuoSrc:poll-interval:
   *
   * Milliseconds between two polls.  0 is what the provider's documents
   * recommend: 10000.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_POLL_INTERVAL,
      g_param_spec_uint ("poll-interval", "Poll interval",
          "Milliseconds between two polls (0 = as the provider recommends)", 0,
          G_MAXINT, DEFAULT_POLL_INTERVAL, READWRITE));

  /**
   * GstHailuoSrc:timeout:
   *
   * Seconds from the submit to the result.  When they are over the task goes on
   * at the host: #GstHailuoSrc:task-id picks it up.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_TIMEOUT,
      g_param_spec_uint ("timeout", "Timeout",
          "Seconds from the submit to the result", 0, 7 * 24 * 3600,
          DEFAULT_TIMEOUT, READWRITE));

  /**
   * GstHailuoSrc:retries:
   *
   * Attempts after the first, for each thing that may be repeated.  A submit is
   * one only where it is certain that no task was made.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_RETRIES,
      g_param_spec_uint ("retries", "Retries",
          "Attempts after the first, for each thing that may be repeated", 0,
          1000, DEFAULT_RETRIES, READWRITE));

  /**
   * GstHailuoSrc:task-id:
   *
   * Set: adopt this task and submit nothing; the prompt is then not needed.
   * Read: the current task, %NULL before the host accepted one.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_TASK_ID,
      g_param_spec_string ("task-id", "Task id",
          "Task to adopt instead of submitting one; read: the current task",
          NULL, READWRITE));
}

guint
gst_hailuo_settings_get_last_id (void)
{
  return PROP_LAST;
}

static void
set_string (gchar **to, const GValue *value)
{
  g_free (*to);
  *to = g_value_dup_string (value);
}

static void
clear_key (gchar **key)
{
  if (*key != NULL)
    explicit_bzero (*key, strlen (*key));
  g_clear_pointer (key, g_free);
}

gboolean
gst_hailuo_settings_set (GstHailuoSettings *self, guint id, const GValue *value)
{
  switch (id) {
    case PROP_PROVIDER:
      self->provider = g_value_get_enum (value);
      break;
    case PROP_MODEL:
      set_string (&self->model, value);
      break;
    case PROP_MODE:
      self->mode = g_value_get_enum (value);
      break;
    case PROP_PROMPT:
      set_string (&self->prompt, value);
      break;
    case PROP_IMAGE:
      set_string (&self->image, value);
      break;
    case PROP_DURATION:
      self->duration = g_value_get_uint (value);
      break;
    case PROP_RESOLUTION:
      self->resolution = g_value_get_enum (value);
      break;
    case PROP_ROUTING:
      self->routing = g_value_get_enum (value);
      break;
    case PROP_API_KEY:
      clear_key (&self->api_key);
      set_string (&self->api_key, value);
      break;
    case PROP_API_KEY_FILE:
      set_string (&self->api_key_file, value);
      break;
    case PROP_BASE_URL:
      set_string (&self->base_url, value);
      break;
    case PROP_CA_FILE:
      set_string (&self->ca_file, value);
      break;
    case PROP_CALLBACK_URL:
      set_string (&self->callback_url, value);
      break;
    case PROP_MAX_SIZE:
      self->max_size = g_value_get_uint64 (value);
      break;
    case PROP_MAX_COST:
      self->max_cost = g_value_get_double (value);
      break;
    case PROP_FIRST_POLL:
      self->first_poll = g_value_get_uint (value);
      break;
    case PROP_POLL_INTERVAL:
      self->poll_interval = g_value_get_uint (value);
      break;
    case PROP_TIMEOUT:
      self->timeout = g_value_get_uint (value);
      break;
    case PROP_RETRIES:
      self->retries = g_value_get_uint (value);
      break;
    case PROP_TASK_ID:
      set_string (&self->task_id, value);
      break;
    default:
      return FALSE;
  }
  return TRUE;
}

gboolean
gst_hailuo_settings_get (const GstHailuoSettings *self, guint id, GValue *value)
{
  switch (id) {
    case PROP_PROVIDER:
      g_value_set_enum (value, self->provider);
      break;
    case PROP_MODEL:
      g_value_set_string (value, self->model);
      break;
    case PROP_MODE:
      g_value_set_enum (value, self->mode);
      break;
    case PROP_PROMPT:
      g_value_set_string (value, self->prompt);
      break;
    case PROP_IMAGE:
      g_value_set_string (value, self->image);
      break;
    case PROP_DURATION:
      g_value_set_uint (value, self->duration);
      break;
    case PROP_RESOLUTION:
      g_value_set_enum (value, self->resolution);
      break;
    case PROP_ROUTING:
      g_value_set_enum (value, self->routing);
      break;
    case PROP_API_KEY_FILE:
      g_value_set_string (value, self->api_key_file);
      break;
    case PROP_BASE_URL:
      g_value_set_string (value, self->base_url);
      break;
    case PROP_CA_FILE:
      g_value_set_string (value, self->ca_file);
      break;
    case PROP_CALLBACK_URL:
      g_value_set_string (value, self->callback_url);
      break;
    case PROP_MAX_SIZE:
      g_value_set_uint64 (value, self->max_size);
      break;
    case PROP_MAX_COST:
      g_value_set_double (value, self->max_cost);
      break;
    case PROP_FIRST_POLL:
      g_value_set_uint (value, self->first_poll);
      break;
    case PROP_POLL_INTERVAL:
      g_value_set_uint (value, self->poll_interval);
      break;
    case PROP_TIMEOUT:
      g_value_set_uint (value, self->timeout);
      break;
    case PROP_RETRIES:
      g_value_set_uint (value, self->retries);
      break;
    case PROP_TASK_ID:
      g_value_set_string (value, self->task_id);
      break;
    default:
      return FALSE;
  }
  return TRUE;
}

void
gst_hailuo_settings_init (GstHailuoSettings *self)
{
  self->provider = DEFAULT_PROVIDER;
  self->mode = DEFAULT_MODE;
  self->duration = DEFAULT_DURATION;
  self->resolution = DEFAULT_RESOLUTION;
  self->routing = DEFAULT_ROUTING;
  self->max_size = DEFAULT_MAX_SIZE;
  self->max_cost = DEFAULT_MAX_COST;
  self->first_poll = DEFAULT_FIRST_POLL;
  self->poll_interval = DEFAULT_POLL_INTERVAL;
  self->timeout = DEFAULT_TIMEOUT;
  self->retries = DEFAULT_RETRIES;
}

void
gst_hailuo_settings_clear (GstHailuoSettings *self)
{
  g_clear_pointer (&self->model, g_free);
  g_clear_pointer (&self->prompt, g_free);
  g_clear_pointer (&self->image, g_free);
  clear_key (&self->api_key);
  g_clear_pointer (&self->api_key_file, g_free);
  g_clear_pointer (&self->base_url, g_free);
  g_clear_pointer (&self->ca_file, g_free);
  g_clear_pointer (&self->callback_url, g_free);
  g_clear_pointer (&self->task_id, g_free);
}
