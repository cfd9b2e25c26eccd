/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsthailuoproperties.h"

#include "gsthailuoenums.h"
#include "gsthailuosettings.h"

#define FLAGS (G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)
#define READWRITE (G_PARAM_READWRITE | FLAGS)
#define READABLE (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)

/* --- the table ---------------------------------------------------------- */

/* The field, then the arguments of g_param_spec_*() */
#define STRING(field, ...) ROW (field, G_TYPE_STRING, __VA_ARGS__)
#define ENUM(field, name, nick, blurb, get, value, flags) \
  ROW (field, G_TYPE_ENUM, name, nick, blurb, flags, .get_type = get, \
      .integer.default_value = value)
#define BOOLEAN(field, name, nick, blurb, value, flags) \
  ROW (field, G_TYPE_BOOLEAN, name, nick, blurb, flags, \
      .integer.default_value = value)
#define UINT(field, name, nick, blurb, min, max, value, flags) \
  ROW (field, G_TYPE_UINT, name, nick, blurb, flags, \
      .integer = { min, max, value })
#define UINT64(field, name, nick, blurb, min, max, value, flags) \
  ROW (field, G_TYPE_UINT64, name, nick, blurb, flags, \
      .integer = { min, max, value })
#define DOUBLE(field, name, nick, blurb, min, max, value, flags) \
  ROW (field, G_TYPE_DOUBLE, name, nick, blurb, flags, \
      .real = { min, max, value })
#define ROW(field, type_, name_, nick_, blurb_, ...) \
  { \
    .offset = G_STRUCT_OFFSET (GstHailuoSettings, field), .type = type_, \
    .name = name_, .nick = nick_, .blurb = blurb_, .flags = __VA_ARGS__ \
  }

#define MIB (G_GUINT64_CONSTANT (1024) * 1024)

/* clang-format off */
const GstHailuoProperty gst_hailuo_properties[N_SETTINGS] = {
  /**
   * GstHailuoSrc:provider:
   *
   * The host of the API.
   *
   * Since: 0.1
   */
  [PROP_PROVIDER] = ENUM (provider, "provider", "Provider",
      "Host of the API",
      gst_hailuo_provider_get_type, GST_HAILUO_PROVIDER_APIXO, READWRITE),

  /**
   * GstHailuoSrc:model:
   *
   * The model, sent to the host unchanged.  %NULL selects the provider's default
   * for the mode: `hailuo-2-3`, or `hailuo/2-3-image-to-video-pro` for the pro
   * mode of API in One.  Names that this version does not know are sent as well,
   * but their price is unknown.
   *
   * Since: 0.1
   */
  [PROP_MODEL] = STRING (params.model, "model", "Model",
      "Model name as used by the host, e.g. hailuo-2-3-fast"
      " (NULL = provider's default)",
      READWRITE),

  /**
   * GstHailuoSrc:mode:
   *
   * Quality and kind of the clip.  `auto` is standard quality: image-to-video if
   * #GstHailuoSrc:image is set, text-to-video otherwise.
   *
   * Since: 0.1
   */
  [PROP_MODE] = ENUM (params.mode, "mode", "Mode",
      "Quality and kind of the clip",
      gst_hailuo_mode_get_type, GST_HAILUO_MODE_AUTO, READWRITE),

  /**
   * GstHailuoSrc:prompt:
   *
   * Description of the clip.  Either this or #GstHailuoSrc:prompt-file is
   * required, unless #GstHailuoSrc:task-id is set.  UTF-8, at most 65536 bytes;
   * hosts may allow less.  gst-launch-1.0 mangles an empty prompt and one that
   * ends with a backslash, so a prompt that consists of punctuation only, or
   * contains a word that sets a property, is rejected.
   *
   * Since: 0.1
   */
  [PROP_PROMPT] = STRING (params.prompt, "prompt", "Prompt",
      "Description of the clip (this or prompt-file is required, unless task-id"
      " is set)",
      READWRITE),

  /**
   * GstHailuoSrc:prompt-file:
   *
   * File to read the prompt from, instead of #GstHailuoSrc:prompt: UTF-8 text of
   * at most 65536 bytes, read when the element starts.  Leading and trailing
   * white space is removed, nothing else is changed.  The shot is the same as
   * with #GstHailuoSrc:prompt set to that text.
   *
   * Since: 0.1
   */
  [PROP_PROMPT_FILE] = STRING (prompt_file, "prompt-file", "Prompt file",
      "Text file to read the prompt from, instead of prompt",
      READWRITE),

  /**
   * GstHailuoSrc:image:
   *
   * URL (http or https) of the first frame, for the image-to-video modes.  The
   * host fetches it, so it must be public.  APIXO accepts JPG and PNG images of
   * at most 20 MB, with a short side of more than 300 pixels and an aspect ratio
   * between 2:5 and 5:2.
   *
   * Since: 0.1
   */
  [PROP_IMAGE] = STRING (params.image, "image", "Image",
      "Public URL of the first frame (NULL = none)",
      READWRITE),

  /**
   * GstHailuoSrc:duration:
   *
   * Duration of the clip in seconds: 6 or 10.  Ignored by APIXO's pro modes.
   *
   * Since: 0.1
   */
  [PROP_DURATION] = UINT (params.duration, "duration", "Duration",
      "Duration of the clip in seconds: 6 or 10 (ignored by APIXO's pro modes)",
      0, G_MAXUINT, 6, READWRITE),

  /**
   * GstHailuoSrc:resolution:
   *
   * Number of pixels on the short side.  With `auto`, APIXO makes 768p in
   * standard and 1080p in pro quality, API in One always 768p.
   *
   * Since: 0.1
   */
  [PROP_RESOLUTION] = ENUM (params.resolution, "resolution", "Resolution",
      "Resolution of the clip",
      gst_hailuo_resolution_get_type, GST_HAILUO_RESOLUTION_AUTO, READWRITE),

  /**
   * GstHailuoSrc:routing:
   *
   * APIXO's routing strategy (the member `provider` of its requests).
   *
   * Since: 0.1
   */
  [PROP_ROUTING] = ENUM (params.routing, "routing", "Routing",
      "Routing strategy (APIXO only)",
      gst_hailuo_routing_get_type, GST_HAILUO_ROUTING_DEFAULT, READWRITE),

  /**
   * GstHailuoSrc:api-key:
   *
   * API key.  It cannot be read back, and hailuosrc writes it to no log, dump or
   * message.  On a gst-launch-1.0 command line it is visible nevertheless: to
   * all users of the machine in the process list, and in the debug log, where
   * GStreamer's parser writes its input.  Use #GstHailuoSrc:api-key-file or the
   * environment (`APIXO_API_KEY`, `APIINONE_API_KEY`) there.
   *
   * Since: 0.1
   */
  [PROP_API_KEY] = STRING (api_key, "api-key", "API key",
      "API key (NULL = from api-key-file, else from APIXO_API_KEY or"
      " APIINONE_API_KEY); visible to other users if given on a command line",
      G_PARAM_WRITABLE | FLAGS),

  /**
   * GstHailuoSrc:api-key-file:
   *
   * File that contains the API key and nothing else.  Rejected if others can
   * read it.
   *
   * Since: 0.1
   */
  [PROP_API_KEY_FILE] = STRING (api_key_file, "api-key-file", "API key file",
      "File that contains the API key, readable by its owner only",
      READWRITE),

  /**
   * GstHailuoSrc:base-url:
   *
   * URL of the API, without the routes.  %NULL uses the environment
   * (`APIXO_BASE_URL`, `APIINONE_BASE_URL`) or else the provider's own URL
   * (`https://api.apixo.ai/api/v1`, `https://apiin.one`).  A key from the
   * environment is sent to these only, never to a URL that is set here.  Plain
   * http is accepted for loopback addresses only.
   *
   * Since: 0.1
   */
  [PROP_BASE_URL] = STRING (base_url, "base-url", "Base URL",
      "URL of the API (NULL = from APIXO_BASE_URL or APIINONE_BASE_URL, else the"
      " provider's own)",
      READWRITE),

  /**
   * GstHailuoSrc:ca-file:
   *
   * PEM file of at most 4 MiB with CA certificates to trust in addition to the
   * system's.
   *
   * Since: 0.1
   */
  [PROP_CA_FILE] = STRING (ca_file, "ca-file", "CA file",
      "PEM file with additional CA certificates to trust",
      READWRITE),

  /**
   * GstHailuoSrc:callback-url:
   *
   * Submits the task in callback mode: the host reports to this https URL in
   * addition to being polled (http is accepted from loopback to loopback only).
   * See #GstHailuoSrc::poll-now.
   *
   * Since: 0.1
   */
  [PROP_CALLBACK_URL] = STRING (callback_url, "callback-url", "Callback URL",
      "URL for the host to report to, in addition to polling",
      READWRITE),

  /**
   * GstHailuoSrc:max-size:
   *
   * Maximum size of a clip in bytes.  A larger one is an error.
   *
   * Since: 0.1
   */
  [PROP_MAX_SIZE] = UINT64 (max_size, "max-size", "Maximum size",
      "Maximum size in bytes of a clip to download",
      1, G_MAXINT64, 512 * MIB, READWRITE),

  /**
   * GstHailuoSrc:max-cost:
   *
   * Maximum price of a shot in USD.  A shot that costs more, or whose price is
   * unknown, is not submitted.  Clips in the store and tasks that have been paid
   * for are not affected.  A URI can only lower the limit.
   *
   * Since: 0.1
   */
  /* lax: GObject would ignore a NaN, which has to be rejected */
  [PROP_MAX_COST] = DOUBLE (terms.max_cost, "max-cost", "Maximum cost",
      "Maximum price in USD of a shot to submit; with a limit, shots of unknown"
      " price are rejected too (-1 = no limit)",
      -G_MAXDOUBLE, G_MAXDOUBLE, -1, READWRITE | G_PARAM_LAX_VALIDATION),

  /**
   * GstHailuoSrc:first-poll:
   *
   * Delay before the first poll in milliseconds.  0 uses what the provider
   * documents recommend: 30000, or 45000 for pro.
   *
   * Since: 0.1
   */
  [PROP_FIRST_POLL] = UINT (first_poll, "first-poll", "First poll",
      "Time in ms between the submit and the first poll (0 = as recommended by"
      " the provider)",
      0, G_MAXINT, 0, READWRITE),

  /**
   * GstHailuoSrc:poll-interval:
   *
   * Interval between polls in milliseconds.  0 uses what the provider documents
   * recommend: 10000.
   *
   * Since: 0.1
   */
  [PROP_POLL_INTERVAL] = UINT (poll_interval, "poll-interval", "Poll interval",
      "Time in ms between polls (0 = as recommended by the provider)",
      0, G_MAXINT, 0, READWRITE),

  /**
   * GstHailuoSrc:timeout:
   *
   * Timeout in seconds, from the answer to the submit until the result, and
   * again for the download.  Nothing is lost when it expires: the next run
   * continues from there.  The submit itself always has 120 seconds.  Neither
   * the timeout nor stopping the element cancels the task: it continues at the
   * host and is not refunded.
   *
   * Since: 0.1
   */
  [PROP_TIMEOUT] = UINT (timeout, "timeout", "Timeout",
      "Timeout in seconds for the result, and again for the download",
      0, 7 * 24 * 3600, 900, READWRITE),

  /**
   * GstHailuoSrc:retries:
   *
   * Retries per request.  A submit is retried only if it is certain that no task
   * was created.
   *
   * Since: 0.1
   */
  [PROP_RETRIES] = UINT (retries, "retries", "Retries",
      "Retries per request",
      0, 1000, 5, READWRITE),

  /**
   * GstHailuoSrc:task-id:
   *
   * When set, this task is adopted and nothing is submitted; no prompt is needed
   * then.  If the settings describe a shot that is not in the store, or whose
   * submit has an unknown outcome, the task becomes the task of that shot,
   * unless the id comes from a URI.  When read, the current task, or %NULL if
   * the host has not accepted one yet.
   *
   * Since: 0.1
   */
  [PROP_TASK_ID] = STRING (task_id, "task-id", "Task ID",
      "Task to adopt instead of submitting one; when read, the current task",
      READWRITE),

  /**
   * GstHailuoSrc:take:
   *
   * Number of the take.  A different number submits a new paid task for the same
   * shot.
   *
   * Since: 0.1
   */
  [PROP_TAKE] = UINT (params.take, "take", "Take",
      "Number of the take; a different number submits a new paid task",
      0, G_MAXUINT, 1, READWRITE),

  /**
   * GstHailuoSrc:reuse:
   *
   * What to reuse from the store.  `always`: plays the clip of the same shot at
   * no cost, resumes an unfinished task, and waits for a task that another
   * process or element is working on.  `unfinished`: the same, but clips that
   * were delivered before this run are not played; if there is one, each run
   * submits a new paid task.  `never`: always submits a new paid task, even when
   * the element goes to READY and plays again, except while its task is still
   * being generated or downloaded, which then continues.  `only`: plays the clip
   * from the store or fails at once; the network is not used.
   *
   * A URI does not imply consent to pay: setting one changes this to `only` (or,
   * if `HAILUO_URI_BUDGET` is set in the environment, to at most `always`) until
   * the property is set again.
   *
   * Since: 0.1
   */
  [PROP_REUSE] = ENUM (terms.reuse, "reuse", "Reuse",
      "What to reuse from the store; 'never' submits a new paid task each time,"
      " 'unfinished' does if the clip was delivered before",
      gst_hailuo_reuse_get_type, GST_HAILUO_REUSE_ALWAYS, READWRITE),

  /**
   * GstHailuoSrc:dry-run:
   *
   * Checks all settings, posts the price and whether the clip is in the store (a
   * `hailuo-task` message with the state `quoted`, shown by gst-launch-1.0 with
   * `-m`), and ends with EOS.  Nothing is sent, the store is not changed, and no
   * key is needed.  Use a fakesink, as a filesink would create an empty file.
   *
   * Since: 0.1
   */
  [PROP_DRY_RUN] = BOOLEAN (dry_run, "dry-run", "Dry run",
      "Check the settings and post the price, but send nothing",
      FALSE, READWRITE),

  /**
   * GstHailuoSrc:detach:
   *
   * Ends with EOS, without data, as soon as the host has accepted the task and it
   * has been recorded in the store.  A later run with the same settings, but
   * without this, waits for the clip and plays it.  Use a fakesink, as a filesink
   * would create an empty file.
   *
   * Since: 0.1
   */
  [PROP_DETACH] = BOOLEAN (detach, "detach", "Detach",
      "End as soon as the task has been accepted and recorded, without data",
      FALSE, READWRITE),

  /**
   * GstHailuoSrc:store:
   *
   * Directory of the ledger and the clips.  %NULL is `hailuo` in the XDG state
   * directory (`~/.local/state/hailuo`).  A relative path is relative to the
   * current directory: run from elsewhere, the same shot is not in the store and
   * is paid for again.  A symbolic link is rejected, as is a directory that
   * others can write to, or that is below one they can write to and that is not
   * sticky.
   *
   * Since: 0.1
   */
  [PROP_STORE] = STRING (store, "store", "Store",
      "Directory of the ledger and the clips, may be relative to the current one"
      " (NULL = hailuo in the XDG state directory)",
      READWRITE),

  /**
   * GstHailuoSrc:store-max-size:
   *
   * Maximum total size of the clips in the store in bytes, including downloads
   * in progress.  Above the limit, the least recently used delivered clips are
   * deleted, but none that is in use.
   *
   * Since: 0.1
   */
  [PROP_STORE_MAX_SIZE] = UINT64 (store_max_size, "store-max-size",
      "Maximum size of the store",
      "Maximum size in bytes of all clips; above the limit, the least recently"
      " used delivered clips are deleted",
      0, G_MAXUINT64, 4096 * MIB, READWRITE),

  /**
   * GstHailuoSrc:label:
   *
   * User-defined name of the shot, at most 200 characters.  It is kept in the
   * store and shown by `hailuo-shots`.  It is not part of the shot's identity
   * and not sent to the host.
   *
   * Since: 0.1
   */
  [PROP_LABEL] = STRING (label, "label", "Label",
      "Name of the shot in the store, at most 200 characters",
      READWRITE),

  /**
   * GstHailuoSrc:budget:
   *
   * Maximum amount in USD that may be spent within #GstHailuoSrc:budget-period
   * by all processes that use the store.  A submit is rejected if its price, plus
   * the estimated prices of all tasks that were begun within the period and may
   * have been billed, exceeds the budget.  A shot of unknown price is rejected
   * too.
   *
   * Since: 0.1
   */
  [PROP_BUDGET] = DOUBLE (budget, "budget", "Budget",
      "Maximum amount in USD to spend from this store within budget-period; with"
      " a budget, shots of unknown price are rejected too (-1 = no limit)",
      -G_MAXDOUBLE, G_MAXDOUBLE, -1, READWRITE | G_PARAM_LAX_VALIDATION),

  /**
   * GstHailuoSrc:budget-period:
   *
   * Length of the period that #GstHailuoSrc:budget applies to, in seconds.  The
   * period ends now.
   *
   * Since: 0.1
   */
  [PROP_BUDGET_PERIOD] = UINT64 (budget_period, "budget-period",
      "Budget period",
      "Length in seconds of the period up to now that budget applies to",
      0, G_MAXUINT64, 24 * 3600, READWRITE),
};
/* clang-format on */

/* --- GObject ------------------------------------------------------------ */

static GParamSpec *
make_spec (const GstHailuoProperty *row)
{
  switch (row->type) {
    case G_TYPE_STRING:
      return g_param_spec_string (
          row->name, row->nick, row->blurb, NULL, row->flags);
    case G_TYPE_ENUM:
      return g_param_spec_enum (row->name, row->nick, row->blurb,
          row->get_type (), row->integer.default_value, row->flags);
    case G_TYPE_BOOLEAN:
      return g_param_spec_boolean (row->name, row->nick, row->blurb,
          row->integer.default_value, row->flags);
    case G_TYPE_UINT:
      return g_param_spec_uint (row->name, row->nick, row->blurb,
          row->integer.minimum, row->integer.maximum,
          row->integer.default_value, row->flags);
    case G_TYPE_UINT64:
      return g_param_spec_uint64 (row->name, row->nick, row->blurb,
          row->integer.minimum, row->integer.maximum,
          row->integer.default_value, row->flags);
    case G_TYPE_DOUBLE:
      return g_param_spec_double (row->name, row->nick, row->blurb,
          row->real.minimum, row->real.maximum, row->real.default_value,
          row->flags);
    default:
      g_return_val_if_reached (NULL);
  }
}

void
gst_hailuo_properties_install (GObjectClass *object_class)
{
  guint id;

  for (id = PROP_0 + 1; id < N_SETTINGS; id++)
    g_object_class_install_property (
        object_class, id, make_spec (&gst_hailuo_properties[id]));

  /**
   * GstHailuoSrc:estimated-cost:
   *
   * Price of the shot with the current settings in USD, according to the
   * provider's price list.  -1 if the price is unknown or the settings are
   * invalid.  If the list has a range, the highest price.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_ESTIMATED_COST,
      g_param_spec_double ("estimated-cost", "Estimated cost",
          "Price in USD of the shot with the current settings (-1 = unknown)",
          -1, G_MAXDOUBLE, -1, READABLE));

  /**
   * GstHailuoSrc:stats:
   *
   * Statistics of the current task: `submits`, `polls` and `retries` (uint),
   * `bytes` downloaded (uint64), `submit-seconds`, `generate-seconds` and
   * `download-seconds` (double), and `origin` (string: `submitted`, `resumed` or
   * `reused`; absent if nothing was submitted).
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "Statistics of the current task", GST_TYPE_STRUCTURE, READABLE));
}
