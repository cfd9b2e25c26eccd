/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsthailuorequest.h"

#include <string.h>

#include "gsthailuofile.h"
#include "gsthailuokey.h"
#include "gsthailuoprompt.h"
#include "gsthailuoproperties.h"

#include "client/budget.h"
#include "client/url.h"
#include "client/store.h"

/* libcurl accepts 8 MB, including the system's certificates */
#define CA_FILE_MAX (4 * 1024 * 1024)

static gboolean
is_set (const gchar *text)
{
  return text != NULL && *text != '\0';
}

/* --- URLs and files ------------------------------------------------------ */

/* The base URL unless the property is set, and the only one to which a key from
 * the environment is sent.  If both variables are set, they belong together.
 * (transfer none) */
static const gchar *
get_default_base_url (const GstHailuoProvider *provider)
{
  const gchar *url = g_getenv (provider->url_env);

  return is_set (url) ? url : provider->base_url;
}

/* Canonical and without a trailing slash, because the base URL is part of a
 * shot's identity.  What is not a URL is returned unchanged. */
static gchar *
normalize_base_url (const gchar *text)
{
  gchar *url = gst_hailuo_url_normalize (text);
  gsize length;

  if (url == NULL)
    url = g_strdup (text);
  length = strlen (url);
  while (length > 0 && url[length - 1] == '/')
    url[--length] = '\0';
  return url;
}

/* (transfer full) (nullable) */
static gchar *
check_base_url (const GstHailuoSettings *settings,
    const GstHailuoProvider *provider, gboolean *loopback, GPtrArray *problems)
{
  g_autofree gchar *plain = normalize_base_url (is_set (settings->base_url)
          ? settings->base_url
          : get_default_base_url (provider));
  gboolean https = FALSE;

  if (!gst_hailuo_url_check_base (plain, &https, loopback)) {
    g_autofree gchar *shown = gst_hailuo_describe_url (
        is_set (settings->base_url) ? "base-url" : provider->url_env, plain);

    gst_hailuo_add_problem (problems,
        "%s is not a URL like %s: scheme, host, port and path are allowed, no"
        " user, query or fragment.",
        shown, provider->base_url);
    return NULL;
  }
  if (!https && !*loopback) {
    gst_hailuo_add_problem (problems,
        "base-url=%s would carry the key in the clear: http"
        " is allowed for a loopback address only, use https.",
        plain);
    return NULL;
  }
  return g_steal_pointer (&plain);
}

static void
check_callback_url (
    const gchar *url, gboolean base_is_loopback, GPtrArray *problems)
{
  g_autofree gchar *plain = g_strndup (url, strcspn (url, "?"));
  g_autofree gchar *shown = gst_hailuo_describe_url ("callback-url", url);
  gboolean https = FALSE, loopback = FALSE;

  if (gst_hailuo_url_check_base (plain, &https, &loopback)
      && gst_hailuo_url_is_valid (url)
      && (https || (loopback && base_is_loopback)))
    return;
  gst_hailuo_add_problem (problems,
      "%s is not a public https URL: the host must be able to reach it (http is allowed to loopback only, beside a"
      " loopback base-url).",
      shown);
}

/* Checks that each certificate in the file has a beginning and an end. */
static gboolean
is_pem (const GByteArray *text, gchar **why)
{
  static const gchar begin[] = "-----BEGIN CERTIFICATE-----";
  static const gchar end[] = "-----END CERTIFICATE-----";
  const gchar *at = (const gchar *) text->data, *stop = at + text->len;

  at = at != NULL ? memmem (at, stop - at, begin, strlen (begin)) : NULL;
  if (at == NULL)
    *why = g_strdup ("contains no certificate in PEM format");
  while (at != NULL) {
    const gchar *next;

    at += strlen (begin);
    next = memmem (at, stop - at, begin, strlen (begin));
    if (memmem (at, (next != NULL ? next : stop) - at, end, strlen (end))
        == NULL) {
      *why = g_strdup ("is truncated: a certificate in it does not end");
      return FALSE;
    }
    at = next;
  }
  return *why == NULL;
}

/* (nullable) */
static GBytes *
find_certificates (const gchar *path, GPtrArray *problems)
{
  g_autofree gchar *why = NULL;
  g_autofree gchar *shown = NULL;
  g_autoptr (GByteArray) text = gst_hailuo_file_read (path, CA_FILE_MAX, &why);

  if (text != NULL && is_pem (text, &why))
    return g_byte_array_free_to_bytes (g_steal_pointer (&text));
  shown = strstr (path, "://") != NULL
      ? gst_hailuo_describe_url ("ca-file", path)
      : g_strconcat ("ca-file=", path, NULL);
  gst_hailuo_add_problem (problems, "%s %s.", shown, why);
  return NULL;
}

/* --- the request ---------------------------------------------------------- */

/* @base_url: (nullable) NULL for the provider's own. */
static GstHailuoShot *
make_shot (const GstHailuoSettings *settings, const gchar *prompt,
    const gchar *base_url, GPtrArray *problems)
{
  const GstHailuoProvider *provider = gst_hailuo_provider_get (
      settings->provider);
  GstHailuoParams params = settings->params;

  params.prompt = prompt;
  return gst_hailuo_shot_new (
      &provider->catalogue, &params, base_url, problems);
}

#define USD_MAX 1e6           /* USD; a higher limit is no limit */
#define PERIOD_MAX (1u << 31) /* s; about 3,000 years */

/* -1: no limit */
static gint64
check_amount (const gchar *name, gdouble dollars, GPtrArray *problems)
{
  if (dollars == -1)
    return GST_HAILUO_NO_LIMIT;
  if (!(dollars >= 0)) {
    gst_hailuo_add_problem (problems,
        "%s=%g allows no spending; set -1 for no limit.", name, dollars);
    return 0;
  }
  return (gint64) (MIN (dollars, USD_MAX) * 1e6 + 0.5);
}

/* What may be spent; both limits apply to submits only. */
static void
fill_limits (const GstHailuoSettings *settings, GstHailuoConfig *config,
    GPtrArray *problems)
{
  if (settings->budget_period == 0)
    gst_hailuo_add_problem (
        problems, "budget-period=0 leaves no time: set at least 1 s.");
  config->max_cost = check_amount (
      "max-cost", gst_hailuo_terms_get_max_cost (&settings->terms), problems);
  config->limit.budget = check_amount ("budget", settings->budget, problems);
  config->limit.period = MIN (settings->budget_period, PERIOD_MAX)
      * G_TIME_SPAN_SECOND;
}

static void
check_label (const gchar *label, GPtrArray *problems)
{
  if (!g_utf8_validate (label, -1, NULL)
      || g_utf8_strlen (label, -1) > GST_HAILUO_LABEL_MAX)
    gst_hailuo_add_problem (problems,
        "label must be valid UTF-8 of at most %d"
        " characters.",
        GST_HAILUO_LABEL_MAX);
}

/* A URI may spend only what the environment allows. */
static void
check_uri_budget (const GstHailuoSettings *settings, GstHailuoConfig *config,
    GPtrArray *problems)
{
  gchar *problem = NULL;

  config->from_uri = settings->terms.from_uri;
  if (!config->from_uri)
    return;
  config->budget = gst_hailuo_budget_get (&problem);
  if (problem != NULL)
    g_ptr_array_add (problems, problem);
}

/* Sets the shot of @request.  With a task id, it serves to find the attempt that
 * the task belongs to. */
static void
fill_shot (const GstHailuoSettings *settings, const gchar *words,
    const gchar *base_url, GstHailuoRequest *request, GPtrArray *problems)
{
  if (request->task_id == NULL || words != NULL)
    request->shot = make_shot (settings, words, base_url, problems);
  else if (is_set (settings->params.model))
    gst_hailuo_check_model_name (settings->params.model, problems);
}

static const gchar *
find_adopted_model (
    const GstHailuoSettings *settings, const GstHailuoProvider *provider)
{
  return is_set (settings->params.model) ? settings->params.model
                                         : provider->catalogue.models[0].name;
}

/* (transfer full) (nullable) */
static gchar *
find_store (const GstHailuoSettings *settings, GPtrArray *problems)
{
  g_autoptr (GError) error = NULL;
  gchar *folder;

  if (is_set (settings->store)) {
    /* canonical: a running task is continued only if its store is the same */
    return g_canonicalize_filename (settings->store, NULL);
  }
  folder = gst_hailuo_store_get_default_folder (&error);
  if (folder == NULL)
    gst_hailuo_add_problem (problems, "%s", error->message);
  return folder;
}

static void
fill_config (const GstHailuoSettings *settings,
    const GstHailuoProvider *provider, GstHailuoRequest *request)
{
  GstHailuoConfig *config = &request->config;

  config->provider = provider;
  config->model = g_strdup (request->shot
          ? request->shot->model
          : find_adopted_model (settings, provider));
  config->callback_url = is_set (settings->callback_url)
      ? g_strdup (settings->callback_url)
      : NULL;
  config->label = is_set (settings->label) ? g_strdup (settings->label) : NULL;
  config->store_max_size = settings->store_max_size;
  config->task_of_uri = settings->terms.uri_task;
  config->dry_run = settings->dry_run;
  config->detach = settings->detach;
  config->first_poll = settings->first_poll;
  config->poll_interval = settings->poll_interval;
  config->timeout = settings->timeout;
  config->retries = settings->retries;
  config->max_size = settings->max_size;
}

/* All texts but the prompt, which gst_hailuo_prompt_find() checks. */
static void
check_swallowed (const GstHailuoSettings *settings, const gchar *element,
    GObjectClass *object_class, GPtrArray *problems)
{
  guint id;

  gst_hailuo_prompt_check_swallowed ("name", element, object_class, problems);
  for (id = PROP_0 + 1; id < N_SETTINGS; id++) {
    const GstHailuoProperty *property = &gst_hailuo_properties[id];
    const gchar *text;

    if (property->type != G_TYPE_STRING || id == PROP_PROMPT)
      continue;
    text = G_STRUCT_MEMBER (const gchar *, settings, property->offset);
    if (is_set (text))
      gst_hailuo_prompt_check_swallowed (
          property->name, text, object_class, problems);
  }
}

gboolean
gst_hailuo_request_make (const GstHailuoSettings *settings,
    const gchar *element, GObjectClass *object_class, GstHailuoRequest *request,
    GPtrArray *problems, GstHailuoError *code)
{
  const GstHailuoProvider *provider = gst_hailuo_provider_get (
      settings->provider);
  const GstHailuoReuse reuse = gst_hailuo_terms_get_reuse (&settings->terms);
  const gboolean needs_key = !settings->dry_run
      && reuse != GST_HAILUO_REUSE_ONLY;
  g_auto (GstHailuoRequest) made = { 0 };
  g_autofree gchar *usual = normalize_base_url (
      get_default_base_url (provider));
  g_autofree gchar *words = NULL;
  gboolean loopback = FALSE, own;
  guint before;

  check_swallowed (settings, element, object_class, problems);
  made.config.base_url = check_base_url (
      settings, provider, &loopback, problems);
  own = g_strcmp0 (made.config.base_url, provider->base_url) == 0;
  if (is_set (settings->task_id)) {
    made.task_id = g_strdup (settings->task_id);
    if (!gst_hailuo_task_id_is_valid (settings->task_id))
      gst_hailuo_add_problem (problems,
          "task-id is not a valid task id: at most 128 letters, digits and . _"
          " : - / + = @ , are allowed.");
  }
  before = problems->len;
  words = gst_hailuo_prompt_find (settings, object_class, problems);
  /* with an invalid prompt, still report the other problems of the shot */
  fill_shot (settings, problems->len > before ? "x" : words,
      own ? NULL : made.config.base_url, &made, problems);
  made.config.reuse = reuse;
  check_uri_budget (settings, &made.config, problems);
  fill_limits (settings, &made.config, problems);
  if (is_set (settings->label))
    check_label (settings->label, problems);
  if (is_set (settings->callback_url))
    check_callback_url (settings->callback_url, loopback, problems);
  if (is_set (settings->ca_file))
    made.policy.certificates = find_certificates (settings->ca_file, problems);
  made.config.folder = find_store (settings, problems);
  if (settings->timeout == 0)
    gst_hailuo_add_problem (
        problems, "timeout=0 leaves no time: set at least 1 s.");
  made.config.key = gst_hailuo_key_find (settings, object_class,
      made.config.base_url == NULL || g_str_equal (made.config.base_url, usual),
      needs_key, words, problems);
  if (problems->len > 0) {
    *code = problems->len == 1 && needs_key && made.config.key == NULL
            && !is_set (settings->api_key) && !is_set (settings->api_key_file)
        ? GST_HAILUO_ERROR_NOT_AUTHORIZED
        : GST_HAILUO_ERROR_SETTINGS;
    return FALSE;
  }

  fill_config (settings, provider, &made);
  made.policy.trust_loopback = loopback;
  *request = made;
  memset (&made, 0, sizeof made);
  return TRUE;
}

void
gst_hailuo_request_clear (GstHailuoRequest *self)
{
  g_clear_pointer (&self->shot, gst_hailuo_shot_free);
  g_clear_pointer (&self->task_id, g_free);
  gst_hailuo_config_clear (&self->config);
  g_clear_pointer (&self->policy.certificates, g_bytes_unref);
}

gdouble
gst_hailuo_request_estimate (const GstHailuoSettings *settings)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  /* the price does not depend on the prompt */
  g_autoptr (GstHailuoShot) shot = make_shot (settings, "x", NULL, problems);

  return shot && shot->variant->price >= 0 ? shot->variant->price / 1e6 : -1;
}
