/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsthailuomessages.h"

#include <gst/hailuo/hailuo.h>

static const GstResourceError resource_errors[] = {
  [GST_HAILUO_ERROR_SETTINGS] = GST_RESOURCE_ERROR_SETTINGS,
  [GST_HAILUO_ERROR_LIMIT] = GST_RESOURCE_ERROR_SETTINGS,
  [GST_HAILUO_ERROR_NOT_FOUND] = GST_RESOURCE_ERROR_NOT_FOUND,
  [GST_HAILUO_ERROR_NOT_AUTHORIZED] = GST_RESOURCE_ERROR_NOT_AUTHORIZED,
  [GST_HAILUO_ERROR_NO_CREDIT] = GST_RESOURCE_ERROR_NO_SPACE_LEFT,
  [GST_HAILUO_ERROR_BUSY] = GST_RESOURCE_ERROR_BUSY,
  [GST_HAILUO_ERROR_CONNECT] = GST_RESOURCE_ERROR_OPEN_READ,
  [GST_HAILUO_ERROR_TIMEOUT] = GST_RESOURCE_ERROR_OPEN_READ,
  [GST_HAILUO_ERROR_DOWNLOAD] = GST_RESOURCE_ERROR_READ,
  [GST_HAILUO_ERROR_STORE] = GST_RESOURCE_ERROR_WRITE,
  [GST_HAILUO_ERROR_OUTCOME_UNKNOWN] = GST_RESOURCE_ERROR_FAILED,
  [GST_HAILUO_ERROR_FAILED] = GST_RESOURCE_ERROR_FAILED,
};

G_STATIC_ASSERT (G_N_ELEMENTS (resource_errors) == GST_HAILUO_ERROR_LAST + 1);

static GstStructure *
make_details (GstHailuoError cause, const GstHailuoErrorPrivate *facts,
    const gchar *task_id)
{
  GstStructure *details = gst_structure_new ("details", GST_HAILUO_DETAIL_CAUSE,
      G_TYPE_STRING, gst_hailuo_error_get_name (cause),
      GST_HAILUO_DETAIL_HTTP_STATUS, G_TYPE_UINT, facts->http_status,
      GST_HAILUO_DETAIL_ATTEMPTS, G_TYPE_UINT, facts->attempts,
      GST_HAILUO_DETAIL_RETRYABLE, G_TYPE_BOOLEAN, facts->retryable,
      GST_HAILUO_DETAIL_BILLED, G_TYPE_STRING,
      gst_hailuo_billed_get_name (facts->billed), NULL);

  if (task_id != NULL && *task_id != '\0')
    gst_structure_set (
        details, GST_HAILUO_FIELD_TASK_ID, G_TYPE_STRING, task_id, NULL);
  if (facts->provider_code != NULL)
    gst_structure_set (details, GST_HAILUO_DETAIL_PROVIDER_CODE, G_TYPE_STRING,
        facts->provider_code, NULL);
  if (facts->provider_message != NULL)
    gst_structure_set (details, GST_HAILUO_DETAIL_PROVIDER_MESSAGE,
        G_TYPE_STRING, facts->provider_message, NULL);
  return details;
}

void
gst_hailuo_messages_post_error (
    GstElement *element, const GError *error, const gchar *task_id)
{
  static const GstHailuoErrorPrivate nothing = { 0 };
  const GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (error);
  const GstHailuoError cause = error->domain == GST_HAILUO_ERROR
      ? error->code
      : GST_HAILUO_ERROR_FAILED;
  gchar *debug, *text;

  if (facts == NULL)
    facts = &nothing;
  text = g_strconcat (
      error->message, facts->advice ? " " : NULL, facts->advice, NULL);
  debug = g_strdup_printf ("task %s, status %u, provider code %s, attempts %u,"
                           " billed: %s",
      task_id && *task_id ? task_id : "none", facts->http_status,
      facts->provider_code ? facts->provider_code : "none", facts->attempts,
      gst_hailuo_billed_get_name (facts->billed));
  gst_element_message_full_with_details (element, GST_MESSAGE_ERROR,
      GST_RESOURCE_ERROR, resource_errors[cause], text, debug, __FILE__,
      GST_FUNCTION, __LINE__, make_details (cause, facts, task_id));
}

void
gst_hailuo_messages_post_problems (
    GstElement *element, GstHailuoError code, GPtrArray *problems)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  guint i;

  for (i = 0; i < problems->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "",
        (const gchar *) g_ptr_array_index (problems, i));
  /* not gst_hailuo_set_error(), which would sanitize the line breaks */
  error = g_error_new_literal (GST_HAILUO_ERROR, code, text->str);
  gst_hailuo_messages_post_error (element, error, NULL);
}

gboolean
gst_hailuo_messages_check_linked (GstElement *element, GstPad *pad)
{
  g_autoptr (GError) error = NULL;

  /* a blocked pad may be linked later */
  if (gst_pad_is_linked (pad) || gst_pad_is_blocked (pad))
    return TRUE;
  gst_hailuo_set_error (&error, GST_HAILUO_ERROR_SETTINGS,
      "The element is not linked, so nothing was submitted. Link it, as in"
      " 'hailuosrc ... ! filesink'; in gst-launch-1.0, a backslash at the end"
      " of prompt makes the ! part of the prompt.");
  gst_hailuo_messages_post_error (element, error, NULL);
  return FALSE;
}

/* Describes a submit whose answer is not in the ledger yet; NULL if there is
 * none. (transfer full) (nullable) */
static gchar *
describe_submit (const gchar *ended, GstHailuoTask *task)
{
  const GstHailuoStatus *status = gst_hailuo_task_get_status (task);
  const gchar *host =
      gst_hailuo_task_get_config (task)->provider->catalogue.title;
  g_autofree gchar *advice = gst_hailuo_task_make_advice (task);

  if (status->unanswered)
    return g_strdup_printf (
        "%s before %s answered the submit: a task may have been created and"
        " charged. While this process runs, it waits up to two minutes for the"
        " answer and records it. %s",
        ended, host, advice);
  if (status->unwritten[0] != '\0')
    return g_strdup_printf (
        "%s before the answer of %s was recorded: task %s exists. While this"
        " process runs, it keeps trying to record it. %s",
        ended, host, status->unwritten, advice);
  return NULL;
}

void
gst_hailuo_messages_post_stopped (GstElement *element, GstHailuoTask *task)
{
  g_autofree gchar *text = describe_submit ("Stopped", task);

  if (text != NULL)
    GST_ELEMENT_WARNING (element, RESOURCE, FAILED, ("%s", text), (NULL));
}

void
gst_hailuo_messages_post_early_eos (GstElement *element, GstHailuoTask *task)
{
  const GstHailuoStatus *status = gst_hailuo_task_get_status (task);
  g_autofree gchar *advice = gst_hailuo_task_make_advice (task);
  g_autofree gchar *text = describe_submit ("Ended (EOS)", task);
  const gchar *task_id = status->unwritten[0] != '\0' ? status->unwritten
                                                      : status->task_id;
  g_autoptr (GError) error = NULL;

  if (text == NULL && *task_id != '\0')
    text = g_strdup_printf (
        "Ended (EOS) before the first byte of the clip. %s", advice);
  gst_hailuo_set_error (&error, GST_HAILUO_ERROR_FAILED, "%s",
      text ? text
           : "Ended (EOS) before a task was submitted: there is no clip, and"
             " nothing is charged.");
  gst_hailuo_error_get_facts (error)->retryable = TRUE;
  gst_hailuo_error_get_facts (error)->billed = *task_id != '\0'
      ? GST_HAILUO_BILLED_YES
      : status->unanswered ? GST_HAILUO_BILLED_UNKNOWN
                           : GST_HAILUO_BILLED_NO;
  gst_hailuo_messages_post_error (element, error, task_id);
}

static const gchar *
get_code (GstHailuoStage stage)
{
  switch (stage) {
    case GST_HAILUO_STAGE_CLAIM:
    case GST_HAILUO_STAGE_SUBMIT:
      return GST_HAILUO_PROGRESS_SUBMIT;
    case GST_HAILUO_STAGE_GENERATE:
      return GST_HAILUO_PROGRESS_GENERATE;
    default:
      return GST_HAILUO_PROGRESS_DOWNLOAD;
  }
}

static void
post_progress (GstElement *element, const GstHailuoProgress *progress,
    const gchar *text, gint percent, const gchar *task_id)
{
  GstMessage *message = gst_message_new_progress (
      GST_OBJECT (element), progress->type, get_code (progress->stage), text);
  GstStructure *fields = gst_message_writable_structure (message);

  if (percent >= 0)
    gst_structure_set (
        fields, GST_HAILUO_PROGRESS_PERCENT, G_TYPE_INT, percent, NULL);
  if (*task_id != '\0')
    gst_structure_set (
        fields, GST_HAILUO_FIELD_TASK_ID, G_TYPE_STRING, task_id, NULL);
  gst_element_post_message (element, message);
}

void
gst_hailuo_messages_post_progress (GstElement *element,
    GstHailuoProgress *progress, const GstHailuoStatus *status,
    GstHailuoStep step, const gchar *text, gint percent)
{
  static const GstProgressType types[] = {
    [GST_HAILUO_STEP_START] = GST_PROGRESS_TYPE_START,
    [GST_HAILUO_STEP_CONTINUE] = GST_PROGRESS_TYPE_CONTINUE,
    [GST_HAILUO_STEP_COMPLETE] = GST_PROGRESS_TYPE_COMPLETE,
  };

  progress->type = types[step];
  progress->stage = status->stage;
  post_progress (element, progress, text, percent, status->task_id);
}

void
gst_hailuo_messages_end_progress (GstElement *element,
    GstHailuoProgress *progress, GstProgressType type, const gchar *text,
    const gchar *task_id)
{
  if (progress->type != GST_PROGRESS_TYPE_START
      && progress->type != GST_PROGRESS_TYPE_CONTINUE)
    return;
  progress->type = type;
  post_progress (element, progress, text, -1, task_id);
}

static void
set_origin (GstStructure *fields, GstHailuoOrigin origin)
{
  static const gchar *const names[] = { NULL, "submitted", "resumed",
    "reused" };

  if (names[origin] != NULL)
    gst_structure_set (
        fields, GST_HAILUO_FIELD_ORIGIN, G_TYPE_STRING, names[origin], NULL);
}

void
gst_hailuo_messages_post_task (
    GstElement *element, const GstHailuoStatus *status, GstHailuoTask *task)
{
  static const gchar *const actions[] = { "none", "submit", "resume", "reuse" };
  const GstHailuoConfig *config = gst_hailuo_task_get_config (task);
  const GstHailuoShot *shot = gst_hailuo_task_get_shot (task);
  gint64 price = shot ? shot->variant->price : GST_HAILUO_PRICE_UNKNOWN;
  GstStructure *fields = gst_structure_new (GST_HAILUO_MESSAGE_TASK,
      GST_HAILUO_FIELD_STATE, G_TYPE_STRING,
      gst_hailuo_state_get_name (status->state), GST_HAILUO_FIELD_PROVIDER,
      G_TYPE_STRING, config->provider->catalogue.nick, GST_HAILUO_FIELD_MODEL,
      G_TYPE_STRING, config->model, GST_HAILUO_FIELD_ELAPSED, G_TYPE_UINT64,
      (guint64) status->elapsed * GST_USECOND, GST_HAILUO_FIELD_COST,
      G_TYPE_DOUBLE, price >= 0 ? price / 1e6 : -1.0, NULL);

  set_origin (fields, status->origin);
  if (status->task_id[0] != '\0')
    gst_structure_set (
        fields, GST_HAILUO_FIELD_TASK_ID, G_TYPE_STRING, status->task_id, NULL);
  if (status->state == GST_HAILUO_STATE_QUOTED)
    gst_structure_set (fields, GST_HAILUO_FIELD_STORED, G_TYPE_BOOLEAN,
        status->stored, GST_HAILUO_FIELD_ACTION, G_TYPE_STRING,
        actions[status->planned], NULL);
  if (shot != NULL)
    gst_structure_set (fields, GST_HAILUO_FIELD_MODE, G_TYPE_STRING,
        gst_hailuo_mode_get_nick (shot->variant->mode), NULL);
  gst_element_post_message (
      element, gst_message_new_element (GST_OBJECT (element), fields));
}

GstTagList *
gst_hailuo_messages_make_tags (GstHailuoTask *task)
{
  const GstHailuoConfig *config = gst_hailuo_task_get_config (task);
  const GstHailuoShot *shot = gst_hailuo_task_get_shot (task);
  g_autofree gchar *comment = g_strdup_printf ("generated by AI: %s task %s",
      config->provider->catalogue.title,
      gst_hailuo_task_get_status (task)->task_id);
  GstTagList *tags = gst_tag_list_new (
      GST_TAG_COMMENT, comment, GST_TAG_ENCODER, config->model, NULL);

  if (shot != NULL)
    gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_TITLE, shot->prompt,
        GST_TAG_DESCRIPTION, shot->prompt, NULL);
  /* they describe the file, not one of its streams */
  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);
  return tags;
}

GstStructure *
gst_hailuo_messages_make_stats (const GstHailuoStatus *status)
{
  GstStructure *stats = gst_structure_new ("hailuo-stats", "submits",
      G_TYPE_UINT, status->submits, "polls", G_TYPE_UINT, status->polls,
      "retries", G_TYPE_UINT, status->retries, "bytes", G_TYPE_UINT64,
      status->bytes, "submit-seconds", G_TYPE_DOUBLE,
      status->spent[GST_HAILUO_STAGE_SUBMIT] / 1e6, "generate-seconds",
      G_TYPE_DOUBLE, status->spent[GST_HAILUO_STAGE_GENERATE] / 1e6,
      "download-seconds", G_TYPE_DOUBLE,
      status->spent[GST_HAILUO_STAGE_FETCH] / 1e6, NULL);

  set_origin (stats, status->origin);
  return stats;
}

void
gst_hailuo_messages_repeat_tags (GstPad *pad, GstEvent *tags)
{
  g_autoptr (GstPad) peer = gst_pad_get_peer (pad);

  if (peer != NULL)
    gst_pad_send_event (peer, tags);
  else
    gst_event_unref (tags);
}
