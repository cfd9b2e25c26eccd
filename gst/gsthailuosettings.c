/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsthailuosettings.h"

#include <string.h>

#include "client/secret.h"
#include "gsthailuoenums.h"

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
#define DEFAULT_TAKE 1
#define DEFAULT_REUSE GST_HAILUO_REUSE_ALWAYS
#define DEFAULT_DRY_RUN FALSE
#define DEFAULT_STORE_MAX_SIZE (G_GUINT64_CONSTANT (4) * 1024 * 1024 * 1024)

enum
{
  PROP_0,
  PROP_PROVIDER,
  PROP_MODEL,
  PROP_MODE,
  PROP_PROMPT,
  PROP_PROMPT_FILE,
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
  PROP_TAKE,
  PROP_REUSE,
  PROP_DRY_RUN,
  PROP_STORE,
  PROP_STORE_MAX_SIZE
};

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
          gst_hailuo_provider_get_type (), DEFAULT_PROVIDER, READWRITE));

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
   * `auto` is standard, image-to-video where #GstHailuoSrc:image is set.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_MODE,
      g_param_spec_enum ("mode", "Mode", "Quality and kind of the clip",
          gst_hailuo_mode_get_type (), DEFAULT_MODE, READWRITE));

  /**
   * GstHailuoSrc:prompt:
   *
   * What the clip shows; this or #GstHailuoSrc:prompt-file is required unless
   * #GstHailuoSrc:task-id is set.  At most 65536 bytes of UTF-8; hosts may allow
   * less.  What gst-launch-1.0 makes of an empty prompt or of a backslash at its
   * end is refused: punctuation alone, and a word that sets a property.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_PROMPT,
      g_param_spec_string ("prompt", "Prompt",
          "What the clip shows (required, or prompt-file)", NULL, READWRITE));

  /**
   * GstHailuoSrc:prompt-file:
   *
   * A file with the prompt, instead of #GstHailuoSrc:prompt: text in UTF-8 of at
   * most 65536 bytes, read when the element starts and taken as it is but for
   * the white space around it.  The shot is the same as with the same prompt.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_PROMPT_FILE,
      g_param_spec_string ("prompt-file", "Prompt file",
          "Text file with the prompt (instead of prompt)", NULL, READWRITE));

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
   * Size of the short side.  `auto`: at APIXO 768p for standard and 1080p for
   * pro, at API in One 768p.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_RESOLUTION,
      g_param_spec_enum ("resolution", "Resolution",
          "Size of the clip's short side", gst_hailuo_resolution_get_type (),
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
          gst_hailuo_routing_get_type (), DEFAULT_ROUTING, READWRITE));

  /**
   * GstHailuoSrc:api-key:
   *
   * The key of the API.  It cannot be read back, and hailuosrc puts it into no
   * log, dump or message.  On the command line of gst-launch-1.0 it is visible
   * all the same: to every user of the machine in the list of processes, and
   * in the debug log, where GStreamer's parser writes what it parses.  Use
   * #GstHailuoSrc:api-key-file or the environment (`APIXO_API_KEY`,
   * `APIINONE_API_KEY`) there.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_API_KEY,
      g_param_spec_string ("api-key", "API key",
          "Key of the API (NULL = api-key-file, else the environment:"
          " APIXO_API_KEY, APIINONE_API_KEY); others see it on a command line",
          NULL, G_PARAM_WRITABLE | FLAGS));

  /**
   * GstHailuoSrc:api-key-file:
   *
   * A file with the key alone, refused where others may read it.
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
   * Where the API is, without the routes.  %NULL is the one in the environment
   * (`APIXO_BASE_URL`, `APIINONE_BASE_URL`), else the provider's own
   * (`https://api.apixo.ai/api/v1`, `https://apiin.one`).  A key from the
   * environment goes nowhere else.  Plain http is for loopback addresses only.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_BASE_URL,
      g_param_spec_string ("base-url", "Base URL",
          "URL of the API (NULL = the provider's own)", NULL, READWRITE));

  /**
   * GstHailuoSrc:ca-file:
   *
   * A PEM file with certificates to trust beside the system's, 4 MiB at most.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_CA_FILE,
      g_param_spec_string ("ca-file", "CA file",
          "PEM file with more trusted certificates", NULL, READWRITE));

  /**
   * GstHailuoSrc:callback-url:
   *
   * Submit in callback mode: the host reports to this https URL as well (http
   * only from loopback to loopback); see #GstHailuoSrc::poll-now.
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
   * USD; a shot that costs more, or nobody knows what, is refused.  A URI can
   * only lower it.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_MAX_COST,
      g_param_spec_double ("max-cost", "Maximum cost",
          "Refuse a shot that costs more USD, or whose price is not known"
          " (-1 = no limit)",
          -G_MAXDOUBLE, G_MAXDOUBLE, DEFAULT_MAX_COST, READWRITE));

  /**
   * GstHailuoSrc:first-poll:
   *
   * Milliseconds; 0 is what the documents recommend: 30000, pro 45000.
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
   * Milliseconds; 0 is what the documents recommend: 10000.
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
   * Seconds from the submit to the result, and again for the download.  Nothing
   * is lost when they are over: the next run goes on there.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_TIMEOUT,
      g_param_spec_uint ("timeout", "Timeout",
          "Seconds to the result, and again to the clip", 0, 7 * 24 * 3600,
          DEFAULT_TIMEOUT, READWRITE));

  /**
   * GstHailuoSrc:retries:
   *
   * Attempts after the first, for each thing that may be repeated; a submit
   * only where it is certain that no task was made.
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

  /**
   * GstHailuoSrc:take:
   *
   * Which take of the same shot: another number is another task, to be paid.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_TAKE,
      g_param_spec_uint ("take", "Take",
          "Which take of the same shot; another number buys another", 0,
          G_MAXUINT, DEFAULT_TAKE, READWRITE));

  /**
   * GstHailuoSrc:reuse:
   *
   * What of the store may be used.  `always`: the clip of the same shot is
   * played at no cost, an unfinished task is picked up, and one that another
   * process or element works on is waited for.  `unfinished`: the same, but a
   * clip that was delivered before is not played again.  `never`: always a new
   * task.  `only`: what the store has or an error at once; the network is not
   * touched.
   *
   * A URI is no consent to pay: it makes this `only` (or, where
   * `HAILUO_URI_BUDGET` is set in the environment, at most `always`) until it
   * is set again.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_REUSE,
      g_param_spec_enum ("reuse", "Reuse", "What of the store may be used",
          gst_hailuo_reuse_get_type (), DEFAULT_REUSE, READWRITE));

  /**
   * GstHailuoSrc:dry-run:
   *
   * Check everything, post the cost and whether the store has the clip (a
   * `hailuo-task` message with the state `quoted`), and end with EOS.  Nothing
   * is sent and nothing is written; no key is needed.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_DRY_RUN,
      g_param_spec_boolean ("dry-run", "Dry run",
          "Check everything, tell the cost, send nothing", DEFAULT_DRY_RUN,
          READWRITE));

  /**
   * GstHailuoSrc:store:
   *
   * The folder of the records and clips.  %NULL is `hailuo` below the XDG state
   * folder (`~/.local/state/hailuo`).  It is refused where it is a link, or
   * where others can write to it or to a folder above it that is not sticky.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_STORE,
      g_param_spec_string ("store", "Store",
          "Folder of the records and clips (NULL = hailuo in the XDG state"
          " folder)",
          NULL, READWRITE));

  /**
   * GstHailuoSrc:store-max-size:
   *
   * Delivered clips are removed beyond so many bytes, those of downloads that
   * go on included: the one used longest ago first, never one in use.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_STORE_MAX_SIZE,
      g_param_spec_uint64 ("store-max-size", "Maximum size of the store",
          "Bytes of clips beyond which delivered ones are removed", 0,
          G_MAXUINT64, DEFAULT_STORE_MAX_SIZE, READWRITE));
}

/* --- values -------------------------------------------------------------- */

#define FIELD(name, type) \
  { \
    G_STRUCT_OFFSET (GstHailuoSettings, name), type \
  }

/* Where the value of each property is, and its fundamental type; max-cost and
 * reuse are terms */
static const struct
{
  gsize offset;
  GType type;
} fields[] = {
  [PROP_PROVIDER] = FIELD (provider, G_TYPE_ENUM),
  [PROP_MODEL] = FIELD (model, G_TYPE_STRING),
  [PROP_MODE] = FIELD (mode, G_TYPE_ENUM),
  [PROP_PROMPT] = FIELD (prompt, G_TYPE_STRING),
  [PROP_PROMPT_FILE] = FIELD (prompt_file, G_TYPE_STRING),
  [PROP_IMAGE] = FIELD (image, G_TYPE_STRING),
  [PROP_DURATION] = FIELD (duration, G_TYPE_UINT),
  [PROP_RESOLUTION] = FIELD (resolution, G_TYPE_ENUM),
  [PROP_ROUTING] = FIELD (routing, G_TYPE_ENUM),
  [PROP_API_KEY] = FIELD (api_key, G_TYPE_STRING),
  [PROP_API_KEY_FILE] = FIELD (api_key_file, G_TYPE_STRING),
  [PROP_BASE_URL] = FIELD (base_url, G_TYPE_STRING),
  [PROP_CA_FILE] = FIELD (ca_file, G_TYPE_STRING),
  [PROP_CALLBACK_URL] = FIELD (callback_url, G_TYPE_STRING),
  [PROP_MAX_SIZE] = FIELD (max_size, G_TYPE_UINT64),
  [PROP_FIRST_POLL] = FIELD (first_poll, G_TYPE_UINT),
  [PROP_POLL_INTERVAL] = FIELD (poll_interval, G_TYPE_UINT),
  [PROP_TIMEOUT] = FIELD (timeout, G_TYPE_UINT),
  [PROP_RETRIES] = FIELD (retries, G_TYPE_UINT),
  [PROP_TASK_ID] = FIELD (task_id, G_TYPE_STRING),
  [PROP_TAKE] = FIELD (take, G_TYPE_UINT),
  [PROP_DRY_RUN] = FIELD (dry_run, G_TYPE_BOOLEAN),
  [PROP_STORE] = FIELD (store, G_TYPE_STRING),
  [PROP_STORE_MAX_SIZE] = FIELD (store_max_size, G_TYPE_UINT64),
};

gboolean
gst_hailuo_settings_set (GstHailuoSettings *self, guint id, const GValue *value)
{
  gpointer field;

  if (id == PROP_MAX_COST)
    gst_hailuo_terms_set_max_cost (&self->terms, g_value_get_double (value));
  else if (id == PROP_REUSE)
    gst_hailuo_terms_set_reuse (&self->terms, g_value_get_enum (value));
  if (id == PROP_MAX_COST || id == PROP_REUSE)
    return TRUE;
  if (id == PROP_0 || id >= G_N_ELEMENTS (fields))
    return FALSE;
  field = G_STRUCT_MEMBER_P (self, fields[id].offset);
  switch (fields[id].type) {
    case G_TYPE_STRING:
      /* one of them is the key */
      gst_hailuo_secret_clear (field);
      *(gchar **) field = g_value_dup_string (value);
      break;
    case G_TYPE_ENUM:
      *(gint *) field = g_value_get_enum (value);
      break;
    case G_TYPE_BOOLEAN:
      *(gboolean *) field = g_value_get_boolean (value);
      break;
    case G_TYPE_UINT:
      *(guint *) field = g_value_get_uint (value);
      break;
    case G_TYPE_UINT64:
      *(guint64 *) field = g_value_get_uint64 (value);
      break;
    default:
      g_assert_not_reached ();
  }
  return TRUE;
}

gboolean
gst_hailuo_settings_get (const GstHailuoSettings *self, guint id, GValue *value)
{
  gconstpointer field;

  if (id == PROP_MAX_COST)
    g_value_set_double (value, gst_hailuo_terms_get_max_cost (&self->terms));
  else if (id == PROP_REUSE)
    g_value_set_enum (value, gst_hailuo_terms_get_reuse (&self->terms));
  if (id == PROP_MAX_COST || id == PROP_REUSE)
    return TRUE;
  if (id == PROP_0 || id >= G_N_ELEMENTS (fields))
    return FALSE;
  field = (const guint8 *) self + fields[id].offset;
  switch (fields[id].type) {
    case G_TYPE_STRING:
      g_value_set_string (value, *(gchar *const *) field);
      break;
    case G_TYPE_ENUM:
      g_value_set_enum (value, *(const gint *) field);
      break;
    case G_TYPE_BOOLEAN:
      g_value_set_boolean (value, *(const gboolean *) field);
      break;
    case G_TYPE_UINT:
      g_value_set_uint (value, *(const guint *) field);
      break;
    case G_TYPE_UINT64:
      g_value_set_uint64 (value, *(const guint64 *) field);
      break;
    default:
      g_assert_not_reached ();
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
  gst_hailuo_terms_init (&self->terms, DEFAULT_REUSE, DEFAULT_MAX_COST);
  self->first_poll = DEFAULT_FIRST_POLL;
  self->poll_interval = DEFAULT_POLL_INTERVAL;
  self->timeout = DEFAULT_TIMEOUT;
  self->retries = DEFAULT_RETRIES;
  self->take = DEFAULT_TAKE;
  self->dry_run = DEFAULT_DRY_RUN;
  self->store_max_size = DEFAULT_STORE_MAX_SIZE;
}

void
gst_hailuo_settings_copy (const GstHailuoSettings *from, GstHailuoSettings *to)
{
  guint id;

  *to = *from;
  for (id = PROP_0 + 1; id < G_N_ELEMENTS (fields); id++) {
    if (fields[id].type == G_TYPE_STRING) {
      gchar **text = G_STRUCT_MEMBER_P (to, fields[id].offset);

      *text = g_strdup (*text);
    }
  }
}

void
gst_hailuo_settings_clear (GstHailuoSettings *self)
{
  guint id;

  for (id = PROP_0 + 1; id < G_N_ELEMENTS (fields); id++) {
    if (fields[id].type == G_TYPE_STRING)
      gst_hailuo_secret_clear (G_STRUCT_MEMBER_P (self, fields[id].offset));
  }
}
