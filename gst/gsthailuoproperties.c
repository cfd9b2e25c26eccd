/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsthailuoproperties.h"

#include "gsthailuoenums.h"

/* --- properties --------------------------------------------------------- */

#define FLAGS (G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)
#define READWRITE (G_PARAM_READWRITE | FLAGS)

void
gst_hailuo_properties_install (GObjectClass *object_class)
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
          "What the clip shows (this or prompt-file is required, except with"
          " task-id)",
          NULL, READWRITE));

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
          "URL of the API (NULL = APIXO_BASE_URL or APIINONE_BASE_URL in the"
          " environment, else the provider's own)",
          NULL, READWRITE));

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
   * USD; a shot that costs more, or nobody knows what, is not submitted.  What
   * the store has, and a task that is paid, is had all the same.  A URI can only
   * lower it.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_MAX_COST,
      g_param_spec_double ("max-cost", "Maximum cost",
          "Submit no shot that costs more USD, or whose price is not known"
          " (-1 = no limit)",
          -G_MAXDOUBLE, G_MAXDOUBLE, DEFAULT_MAX_COST,
          /* else GObject would leave what was set before in place of a NaN */
          READWRITE | G_PARAM_LAX_VALIDATION));

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
   * Seconds from the answer to the submit to the result, and again for the
   * download.  Nothing is lost when they are over: the next run goes on there.
   * The submit itself has 120 seconds, whatever is set here.  The task goes on at
   * the host, as it does when the element is stopped: it is neither cancelled nor
   * refunded.
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
   * Set: adopt this task and submit nothing; the prompt is then not needed.  With
   * the settings of a shot of which the store knows nothing, or whose submit has
   * an unknown outcome, the task becomes that shot's, unless a URI names it.
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
   * clip that was delivered before this run began is not played again: where
   * there is one, each run buys a new clip.  `never`: always a new task, also
   * where the element is set to READY and plays again, but while its task is being
   * made or fetched, which then goes on.  `only`: what the store has or an error at
   * once; the network is not touched.
   *
   * A URI is no consent to pay: it makes this `only` (or, where
   * `HAILUO_URI_BUDGET` is set in the environment, at most `always`) until it
   * is set again.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_REUSE,
      g_param_spec_enum ("reuse", "Reuse",
          "What of the store may be used; 'never' buys a new clip each time,"
          " 'unfinished' where one was delivered before",
          gst_hailuo_reuse_get_type (), DEFAULT_REUSE, READWRITE));

  /**
   * GstHailuoSrc:dry-run:
   *
   * Check everything, post the cost and whether the store has the clip (a
   * `hailuo-task` message with the state `quoted`; gst-launch-1.0 shows it with
   * `-m`), and end with EOS.  Nothing is sent and the store is not changed; no
   * key is needed.  Use a fakesink: a filesink would leave an empty file.
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
   * The folder of the ledger and the clips.  %NULL is `hailuo` below the XDG state
   * folder (`~/.local/state/hailuo`).  A relative one counts from the current
   * folder: elsewhere, the same shot is not in the store and is paid again.  It is refused where it is a link, or
   * where others can write to it or to a folder above it that is not sticky.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_STORE,
      g_param_spec_string ("store", "Store",
          "Folder of the ledger and the clips, relative to the current one"
          " (NULL = hailuo in the XDG state folder)",
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

  /**
   * GstHailuoSrc:label:
   *
   * The user's name for the shot, up to 200 characters.  It is kept in the store
   * and shown by `hailuo-shots`; it is no part of the shot's identity and is not
   * sent to the host.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_LABEL,
      g_param_spec_string ("label", "Label",
          "Name for the shot in the store, up to 200 characters", NULL,
          READWRITE));

  /**
   * GstHailuoSrc:budget:
   *
   * USD that the store may spend within #GstHailuoSrc:budget-period, all
   * processes together: a submit is refused where the estimated prices of the
   * tasks that were begun within the period, and may have been billed, exceed it
   * together with its own; a shot whose price is not known is refused too.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_BUDGET,
      g_param_spec_double ("budget", "Budget",
          "Refuse a submit with which the store would spend more USD within"
          " budget-period (-1 = no limit)",
          -G_MAXDOUBLE, G_MAXDOUBLE, DEFAULT_BUDGET,
          READWRITE | G_PARAM_LAX_VALIDATION));

  /**
   * GstHailuoSrc:budget-period:
   *
   * Seconds, until now, that #GstHailuoSrc:budget is for.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_BUDGET_PERIOD,
      g_param_spec_uint64 ("budget-period", "Budget period",
          "Seconds, until now, that budget is for", 0, G_MAXUINT64,
          DEFAULT_BUDGET_PERIOD, READWRITE));

  /**
   * GstHailuoSrc:estimated-cost:
   *
   * What the shot as set now costs in USD, by the provider's price list; -1
   * where the price is not known, or the shot is not valid.  Where the list
   * has a range it is the highest figure.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_ESTIMATED_COST,
      g_param_spec_double ("estimated-cost", "Estimated cost",
          "USD of the shot as set (-1 = not known)", -1, G_MAXDOUBLE, -1,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));

  /**
   * GstHailuoSrc:stats:
   *
   * What was done for the current task: `submits`, `polls` and `retries`
   * (uint), `bytes` downloaded (uint64), `submit-seconds`, `generate-seconds`
   * and `download-seconds` (double), `origin` (string: `submitted`, `resumed`
   * or `reused`; not there where nothing was submitted).
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "What was done for the current task", GST_TYPE_STRUCTURE,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}
