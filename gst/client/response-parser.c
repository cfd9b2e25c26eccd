/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "response-parser.h"

#include <string.h>

#include "json.h"
#include "response-url.h"
#include "response-refusal.h"
#include "secret.h"

#define ADVICE_CREDIT "Add credit to the account, or use another key."

/* What each kind of failure means for the user. */
static const struct
{
  GstHailuoError error;
  const gchar *advice; /* (nullable) a sentence */
} failures[] = {
  [GST_HAILUO_FAILURE_CONTENT] = { GST_HAILUO_ERROR_SETTINGS,
      "Change the prompt or the image: a repeat is a new task and may be"
      " rejected again." },
  [GST_HAILUO_FAILURE_PROMPT] = { GST_HAILUO_ERROR_SETTINGS,
      "Change the prompt." },
  /* the advice depends on the host */
  [GST_HAILUO_FAILURE_IMAGE] = { GST_HAILUO_ERROR_SETTINGS, NULL },
  [GST_HAILUO_FAILURE_CREDIT] = { GST_HAILUO_ERROR_NO_CREDIT, ADVICE_CREDIT },
  [GST_HAILUO_FAILURE_HOST] = { GST_HAILUO_ERROR_BUSY, NULL },
};

static const GstHailuoFailCode *
find_fail_code (const GstHailuoProvider *provider, const gchar *code)
{
  g_autofree gchar *letters = gst_hailuo_response_reduce (code);
  const GstHailuoFailCode *known;

  for (known = provider->dialect.failures; known->name != NULL; known++) {
    if (g_str_equal (known->name, letters))
      return known;
  }
  return NULL;
}

/* (transfer none) (nullable) */
static const gchar *
get_advice (const GstHailuoProvider *provider, const GstHailuoFailCode *known)
{
  if (known == NULL)
    return NULL;
  return known->failure == GST_HAILUO_FAILURE_IMAGE
      ? provider->dialect.image_advice
      : failures[known->failure].advice;
}

static JsonNode *
parse (const GstHailuoResponse *response, GError **error)
{
  gsize length;
  const gchar *data = g_bytes_get_data (response->body, &length);

  return gst_hailuo_json_parse (data, length, response->key, error);
}

static gchar *
dup_first_text (JsonNode *root, const gchar *const *paths)
{
  guint i;

  for (i = 0; root != NULL && paths[i] != NULL; i++) {
    gchar *text = gst_hailuo_json_dup_text (root, paths[i]);

    if (text != NULL)
      return text;
  }
  return NULL;
}

/* Strings only: the number in "status":200 is not a state. */
static const gchar *
get_first_string (JsonNode *root, const gchar *const *paths)
{
  const gchar *text = NULL;
  guint i;

  for (i = 0; text == NULL && root != NULL && paths[i] != NULL; i++)
    text = gst_hailuo_json_get_string (root, paths[i]);
  return text;
}

/* The envelope's code; 0 if it has none. */
static guint
get_code (const GstHailuoProvider *provider, JsonNode *root)
{
  guint i;
  gint64 code;

  for (i = 0; root != NULL && provider->dialect.codes[i] != NULL; i++) {
    if (gst_hailuo_json_get_int (root, provider->dialect.codes[i], &code))
      return MIN (code, 9999);
  }
  return 0;
}

/* HTTP status and envelope may disagree; the one that reports an error wins. */
static guint
get_status (const GstHailuoResponse *response, guint code)
{
  return response->status / 100 == 2 && code >= 300 ? code : response->status;
}

static const gchar *
advise (GstHailuoError error)
{
  switch (error) {
    case GST_HAILUO_ERROR_NOT_AUTHORIZED:
      return "Check the key (api-key, api-key-file or the environment), and"
             " whether it may use this model.";
    case GST_HAILUO_ERROR_NO_CREDIT:
      return ADVICE_CREDIT;
    case GST_HAILUO_ERROR_NOT_FOUND:
      return "Check provider, base-url, model and task-id.";
    case GST_HAILUO_ERROR_BUSY:
    case GST_HAILUO_ERROR_CONNECT:
      return "Try again later.";
    case GST_HAILUO_ERROR_SETTINGS:
      return "Change the request as the host's message says.";
    default:
      return "Check provider and base-url.";
  }
}

/* The error for an unsuccessful reply. */
static GError *
make_error (const GstHailuoProvider *provider, JsonNode *root, guint status,
    gboolean poll)
{
  g_autofree gchar *raw_code = dup_first_text (
      root, provider->dialect.fail_codes);
  g_autofree gchar *raw_message = dup_first_text (
      root, provider->dialect.messages);
  g_autofree gchar *code = gst_hailuo_sanitize (raw_code);
  g_autofree gchar *message = gst_hailuo_sanitize (raw_message);
  g_autofree gchar *lower = message ? g_ascii_strdown (message, -1) : NULL;
  const GstHailuoFailCode *known = find_fail_code (provider, code);
  const gchar *advice = get_advice (provider, known);
  GstHailuoError error = gst_hailuo_error_from_status (status);
  const GstHailuoMessageHint *hint;
  GstHailuoErrorPrivate *facts;
  GError *result = NULL;

  for (hint = provider->dialect.hints; lower != NULL && hint->words != NULL;
       hint++) {
    if (hint->status == status && strstr (lower, hint->words) != NULL)
      error = hint->error;
  }
  if (known != NULL)
    error = failures[known->failure].error;

  gst_hailuo_set_error (&result, error, "%s answered %u%s%s%s%s%s. %s",
      provider->catalogue.title, status, code ? ", " : "", code ? code : "",
      message ? ": \"" : "", message ? message : "", message ? "\"" : "",
      poll && error == GST_HAILUO_ERROR_SETTINGS
          ? "Check provider and base-url."
          : advice ? advice
                   : advise (error));
  facts = gst_hailuo_error_get_facts (result);
  facts->http_status = status;
  facts->provider_code = g_steal_pointer (&code);
  facts->provider_message = g_steal_pointer (&message);
  return result;
}

static gchar *
dup_task_id (JsonNode *root, const gchar *const *paths)
{
  guint i;

  for (i = 0; root != NULL && paths[i] != NULL; i++) {
    g_autofree gchar *id = gst_hailuo_json_dup_text (root, paths[i]);

    /* a number with a fraction is no longer spelled as the host wrote it */
    if (gst_hailuo_task_id_is_valid (id)
        && (gst_hailuo_json_get_string (root, paths[i]) != NULL
            || strspn (id, "0123456789") == strlen (id)))
      return g_steal_pointer (&id);
  }
  return NULL;
}

/* Whether the reply has an id that cannot be polled, because the key was in it,
 * or because of its characters or its place: there may be a task, whatever else
 * the reply says.
 * *@text: the id as the host wrote it. (transfer full) (nullable) */
static gboolean
has_odd_id (
    JsonNode *root, const gchar *const *paths, guint status, gchar **text)
{
  *text = dup_first_text (root, paths);
  if (root == NULL)
    return FALSE;
  if (*text == NULL)
    *text = gst_hailuo_response_find_sign_of_task (root, status);
  if (*text == NULL)
    *text = gst_hailuo_json_dup_text (root, "data.id");
  if (*text == NULL)
    *text = g_strdup (gst_hailuo_json_get_string (root, "data"));
  while (*paths != NULL && !gst_hailuo_json_has (root, *paths))
    paths++;
  return *paths != NULL || *text != NULL
      || gst_hailuo_json_has (root, "data.id");
}

static const GstHailuoStateWord *
find_word (const GstHailuoProvider *provider, const gchar *word)
{
  guint i;

  for (i = 0; word != NULL && i < provider->dialect.n_words; i++) {
    if (g_ascii_strcasecmp (provider->dialect.words[i].word, word) == 0)
      return &provider->dialect.words[i];
  }
  return NULL;
}

/* @odd_id: an unusable id in the reply. (nullable) */
static GError *
make_unknown_outcome (const GstHailuoProvider *provider, JsonNode *root,
    guint status, const gchar *odd_id)
{
  const gchar *title = provider->catalogue.title;
  g_autofree gchar *raw = dup_first_text (root, provider->dialect.messages);
  g_autofree gchar *message = gst_hailuo_sanitize (raw);
  g_autofree gchar *shown = gst_hailuo_sanitize (odd_id);
  GstHailuoErrorPrivate *facts;
  GError *result = NULL;

  if (status >= 300 && status < 400)
    gst_hailuo_set_error (&result, GST_HAILUO_ERROR_OUTCOME_UNKNOWN,
        "%s answered the submit with status %u, a redirect, which is not"
        " followed with a key. Check base-url.",
        title, status);
  else if (shown != NULL && strstr (shown, GST_HAILUO_SECRET_MASK) != NULL)
    gst_hailuo_set_error (&result, GST_HAILUO_ERROR_OUTCOME_UNKNOWN,
        "%s answered the submit with status %u and a task id that contains the"
        " key, so it is neither kept nor shown. Replace the key.",
        title, status);
  else if (shown != NULL)
    gst_hailuo_set_error (&result, GST_HAILUO_ERROR_OUTCOME_UNKNOWN,
        "%s answered the submit with status %u and a task id that cannot be"
        " used, \"%s\". Note it, to find the task in the host's list or to ask"
        " its support.",
        title, status, shown);
  else if (status >= 400 && message != NULL)
    gst_hailuo_set_error (&result, GST_HAILUO_ERROR_OUTCOME_UNKNOWN,
        "%s answered the submit with status %u, \"%s\", which does not say"
        " whether a task was created.",
        title, status, message);
  else
    gst_hailuo_set_error (&result, GST_HAILUO_ERROR_OUTCOME_UNKNOWN,
        "%s answered the submit with status %u and no task id, which does not"
        " say whether a task was created.",
        title, status);
  facts = gst_hailuo_error_get_facts (result);
  facts->http_status = status;
  facts->provider_message = g_steal_pointer (&message);
  facts->billed = GST_HAILUO_BILLED_UNKNOWN;
  return result;
}

gchar *
gst_hailuo_response_parse_submit (const GstHailuoProvider *provider,
    const GstHailuoResponse *response, GError **error)
{
  g_autoptr (JsonNode) root = parse (response, NULL);
  const guint code = get_code (provider, root);
  const guint status = get_status (response, code);
  const gchar *const *ids = status >= 200 && status < 300
      ? provider->dialect.task_ids
      : provider->dialect.error_ids;
  g_autofree gchar *odd_id = NULL;
  const gboolean may_be_made = has_odd_id (root, ids, status, &odd_id)
      || gst_hailuo_response_blames_upstream (root)
      || gst_hailuo_response_has_other_data (provider, root)
      || gst_hailuo_response_is_broken_with_id (response, root);
  g_autoptr (GError) refusal = NULL;
  GstHailuoErrorPrivate *facts;
  gchar *id = dup_task_id (root, ids);

  /* a task with an id can be polled, whatever else the reply says */
  if (id != NULL)
    return id;

  if (may_be_made || !gst_hailuo_response_is_refusal (status, code)) {
    g_propagate_error (
        error, make_unknown_outcome (provider, root, status, odd_id));
    return NULL;
  }
  refusal = make_error (provider, root, status, FALSE);
  facts = gst_hailuo_error_get_facts (refusal);
  facts->billed = GST_HAILUO_BILLED_NO;
  facts->retry_after = response->retry_after;
  facts->retryable = code == 429 && status == 429
      && refusal->code == GST_HAILUO_ERROR_BUSY;
  g_propagate_error (error, g_steal_pointer (&refusal));
  return NULL;
}

static GError *
make_failure (const GstHailuoProvider *provider, JsonNode *root)
{
  g_autofree gchar *raw_code = dup_first_text (
      root, provider->dialect.fail_codes);
  g_autofree gchar *raw_message = dup_first_text (
      root, provider->dialect.messages);
  g_autofree gchar *code = gst_hailuo_sanitize (raw_code);
  g_autofree gchar *message = gst_hailuo_sanitize (raw_message);
  const GstHailuoFailCode *known = find_fail_code (provider, code);
  const gchar *advice = get_advice (provider, known);
  GstHailuoErrorPrivate *facts;
  GError *failure = NULL;

  gst_hailuo_set_error (&failure,
      known ? failures[known->failure].error : GST_HAILUO_ERROR_FAILED,
      "%s could not generate the clip:"
      " %s%s%s%s.%s%s",
      provider->catalogue.title, code ? code : "no code given",
      message ? " (\"" : "", message ? message : "", message ? "\")" : "",
      advice ? " " : "", advice ? advice : "");
  facts = gst_hailuo_error_get_facts (failure);
  facts->retryable = known != NULL && known->failure == GST_HAILUO_FAILURE_HOST;
  facts->billed = provider->dialect.failed_billed;
  facts->provider_code = g_steal_pointer (&code);
  facts->provider_message = g_steal_pointer (&message);
  return failure;
}

static gboolean
names_task (JsonNode *root, const gchar *const *paths, const gchar *task_id)
{
  gboolean found = FALSE;
  guint i;

  for (i = 0; !found && root != NULL && paths[i] != NULL; i++) {
    g_autofree gchar *id = gst_hailuo_json_dup_text (root, paths[i]);

    found = g_strcmp0 (id, task_id) == 0;
  }
  return found;
}

/* Sets the state from the host's word for it or, if that is unknown, from other
 * evidence.  FALSE: the reply says nothing about a task.  *@link_text: see
 * response-url.h. */
static gboolean
decide_state (const GstHailuoProvider *provider, JsonNode *root,
    const gchar *key, const gchar *task_id, GstHailuoReport *report,
    gboolean *link_text)
{
  const gchar *raw = get_first_string (root, provider->dialect.states);
  g_autofree gchar *fail_code = dup_first_text (
      root, provider->dialect.fail_codes);
  const GstHailuoStateWord *known = find_word (provider, raw);
  const GstHailuoState state = known ? known->state : GST_HAILUO_STATE_SUCCESS;

  /* until the task has ended, other links may be those of the request */
  report->url = gst_hailuo_response_find_url (provider, root, key,
      state == GST_HAILUO_STATE_FAILED
          || (state == GST_HAILUO_STATE_SUCCESS
              && provider->dialect.search_url),
      link_text);
  report->state = state;
  if (known != NULL)
    return TRUE;
  report->unknown_word = gst_hailuo_sanitize (raw);
  if (report->unknown_word == NULL)
    report->unknown_word = g_strdup ("(none)");
  if (report->url == NULL)
    report->state = raw != NULL && find_fail_code (provider, fail_code) != NULL
            && names_task (root, provider->dialect.task_ids, task_id)
        ? GST_HAILUO_STATE_FAILED
        : GST_HAILUO_STATE_PROCESSING;
  return raw != NULL || report->url != NULL;
}

static void
set_poll_error (GError **error, GError *problem, guint status,
    gboolean retryable, gint64 retry_after)
{
  GstHailuoErrorPrivate *facts = gst_hailuo_error_get_facts (problem);

  facts->http_status = status;
  facts->retryable = retryable;
  facts->retry_after = retry_after;
  facts->billed = GST_HAILUO_BILLED_YES;
  g_propagate_error (error, problem);
}

static gboolean
names_other_task (
    const GstHailuoProvider *provider, JsonNode *root, const gchar *task_id)
{
  g_autofree gchar *id = dup_task_id (root, provider->dialect.error_ids);

  return id != NULL && !g_str_equal (id, task_id);
}

/* Whether the reply shows that the clip was made: it says so about this task,
 * or has something in place of a link, even if useless.  Missing that means
 * paying for another clip as soon as the host says that the task has failed. */
static gboolean
is_made_task (const GstHailuoProvider *provider, JsonNode *root,
    const GstHailuoResponse *response, const gchar *task_id,
    const GstHailuoReport *report, gboolean link_text)
{
  const gboolean ok = response->status >= 200 && response->status < 300;
  const gboolean named = names_task (root,
      ok ? provider->dialect.task_ids : provider->dialect.error_ids, task_id);
  const gboolean says_so = report->state == GST_HAILUO_STATE_SUCCESS
      && report->unknown_word == NULL;

  if (names_other_task (provider, root, task_id))
    return FALSE;
  return (named && says_so)
      || ((named || ok) && (link_text || report->url != NULL));
}

/* Whether any word for the state says that the task is still running. */
static gboolean
says_running (const GstHailuoProvider *provider, JsonNode *root)
{
  const gchar *const *path;

  for (path = provider->dialect.states; *path != NULL; path++) {
    const GstHailuoStateWord *word = find_word (
        provider, gst_hailuo_json_get_string (root, *path));

    if (word != NULL
        && (word->state == GST_HAILUO_STATE_PENDING
            || word->state == GST_HAILUO_STATE_PROCESSING))
      return TRUE;
  }
  return FALSE;
}

/* A failed request says nothing about the task, though it may use the same
 * words; mistaking it for a failed task means paying for another one while this
 * one continues.  So only a successful response that names the task can end it;
 * its envelope may report an error of the host, but none of the request.  A fail
 * code for the prompt or the image is that of the task in any response. */
static gboolean
is_failed_task (const GstHailuoProvider *provider, JsonNode *root,
    const GstHailuoResponse *response, guint status, const gchar *task_id,
    const GstHailuoReport *report)
{
  const gboolean ok = response->status >= 200 && response->status < 300
      && (status < 300 || status >= 500);
  g_autofree gchar *code = dup_first_text (root, provider->dialect.fail_codes);
  const GstHailuoFailCode *known = find_fail_code (provider, code);

  return report->state == GST_HAILUO_STATE_FAILED
      && (ok || (known != NULL && known->failure <= GST_HAILUO_FAILURE_IMAGE))
      && !says_running (provider, root)
      && names_task (root, provider->dialect.task_ids, task_id);
}

/* Why a reply does not settle what became of the task; NULL if it does. */
static GError *
explain (const GstHailuoProvider *provider, JsonNode *root,
    const gchar *task_id, const GstHailuoReport *report, gboolean has_state,
    const GError *broken)
{
  GError *problem = NULL;

  if (broken != NULL)
    gst_hailuo_set_error (&problem, GST_HAILUO_ERROR_FAILED,
        "%s answered a poll with something other than its JSON (%s).",
        provider->catalogue.title, broken->message);
  else if (!has_state)
    gst_hailuo_set_error (&problem, GST_HAILUO_ERROR_FAILED,
        "%s answered a poll without the state of the task.",
        provider->catalogue.title);
  else if (names_other_task (provider, root, task_id))
    gst_hailuo_set_error (&problem, GST_HAILUO_ERROR_FAILED,
        "%s answered a poll with the state of another task.",
        provider->catalogue.title);
  else if (report->state == GST_HAILUO_STATE_FAILED
      || (report->state == GST_HAILUO_STATE_SUCCESS
          && provider->dialect.names_task
          && !names_task (root, provider->dialect.task_ids, task_id)))
    gst_hailuo_set_error (&problem, GST_HAILUO_ERROR_FAILED,
        "%s reports that a task has ended, but not that it is this one.",
        provider->catalogue.title);
  else if (report->state == GST_HAILUO_STATE_SUCCESS && report->url == NULL)
    gst_hailuo_set_error (&problem, GST_HAILUO_ERROR_FAILED,
        "%s reports that the clip is ready, but gives no link to it.",
        provider->catalogue.title);
  return problem;
}

gboolean
gst_hailuo_response_parse_poll (const GstHailuoProvider *provider,
    const GstHailuoResponse *response, const gchar *task_id,
    GstHailuoReport *report, GError **error)
{
  g_autoptr (GError) broken = NULL;
  g_autoptr (JsonNode) root = parse (response, &broken);
  const guint status = get_status (response, get_code (provider, root));
  g_auto (GstHailuoReport) told_now = { 0 };
  gboolean has_state, failed;
  gboolean link_text = FALSE;
  GError *problem;

  has_state = root != NULL
      && decide_state (
          provider, root, response->key, task_id, &told_now, &link_text);
  told_now.made = root != NULL
      && is_made_task (provider, root, response, task_id, &told_now, link_text);
  report->made = told_now.made;
  failed = is_failed_task (
      provider, root, response, status, task_id, &told_now);
  if ((status < 200 || status >= 300) && !failed) {
    set_poll_error (error, make_error (provider, root, status, TRUE), status,
        status == 404 || gst_hailuo_status_is_transient (status),
        response->retry_after);
    return FALSE;
  }
  problem = failed
      ? NULL
      : explain (provider, root, task_id, &told_now, has_state, broken);
  if (problem != NULL) {
    set_poll_error (error, problem, status, TRUE, response->retry_after);
    return FALSE;
  }
  if (failed)
    told_now.failure = make_failure (provider, root);

  *report = told_now;
  memset (&told_now, 0, sizeof told_now);
  return TRUE;
}

void
gst_hailuo_report_clear (GstHailuoReport *self)
{
  g_clear_pointer (&self->unknown_word, g_free);
  g_clear_pointer (&self->url, g_free);
  g_clear_error (&self->failure);
}
