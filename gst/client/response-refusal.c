/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "response-refusal.h"

#include <string.h>

gboolean
gst_hailuo_response_is_broken_with_id (
    const GstHailuoResponse *response, JsonNode *root)
{
  gsize length;
  const gchar *text = g_bytes_get_data (response->body, &length);

  return root == NULL && text != NULL
      && (memmem (text, length, "taskId", 6) != NULL
          || memmem (text, length, "task_id", 7) != NULL);
}

gchar *
gst_hailuo_response_reduce (const gchar *name)
{
  gchar *letters = g_ascii_strdown (name ? name : "", -1);
  gchar *to = letters;
  const gchar *from;

  for (from = letters; *from != '\0'; from++) {
    if (g_ascii_isalnum (*from))
      *to++ = *from;
  }
  *to = '\0';
  return letters;
}

static gboolean
has_any (const gchar *text, const gchar *const *parts)
{
  while (*parts != NULL && strcasestr (text, *parts) == NULL)
    parts++;
  return *parts != NULL;
}

/* GstHailuoJsonMatch */
static gboolean
is_sign_of_task (const gchar *name, const gchar *value)
{
  static const gchar *const states[] = { "pending", "queued", "submitted",
    "created", "accepted", "processing", "in_progress", "running", "success",
    "succeeded", "completed" };
  static const gchar *const names[] = { "task", "job", "prediction",
    "generation", "video", "output", NULL };
  /* in a path or a URL; that of the submit itself has none of these */
  static const gchar *const paths[] = { "/task/", "/tasks/", "statustask",
    "taskid=", "task_id=", "/jobs/", "/predictions/", "/generations/", NULL };
  g_autofree gchar *letters = gst_hailuo_response_reduce (name);
  guint i;

  if (*value == '\0')
    return FALSE;
  if (g_str_equal (letters, "success"))
    return g_str_equal (value, "true");
  for (i = 0; i < G_N_ELEMENTS (states); i++) {
    if ((g_str_equal (letters, "state") || g_str_equal (letters, "status"))
        && g_ascii_strcasecmp (value, states[i]) == 0)
      return TRUE;
  }
  return has_any (letters, names) || has_any (value, paths)
      || g_str_equal (letters, "id");
}

/* GstHailuoJsonMatch: a bare id is that of the request. */
static gboolean
is_sign_beside_request (const gchar *name, const gchar *value)
{
  g_autofree gchar *letters = gst_hailuo_response_reduce (name);

  return !g_str_equal (letters, "id") && is_sign_of_task (name, value);
}

gchar *
gst_hailuo_response_find_sign_of_task (JsonNode *root, guint status)
{
  return gst_hailuo_json_search (root,
      status == 401 || status == 403 ? is_sign_beside_request
                                     : is_sign_of_task);
}

/* GstHailuoJsonMatch: an error of what is behind the host, or of its server. */
static gboolean
is_sign_of_upstream (const gchar *name, const gchar *value)
{
  static const gchar *const words[] = { "timeout", "timedout", "upstream",
    "gateway", "internal", "servererror", "providererror", "econn",
    "unavailable", "deadline", "fetch", "requestfailed", "responsebody",
    "duplicate", NULL };
  g_autofree gchar *letters = gst_hailuo_response_reduce (name);
  g_autofree gchar *word = gst_hailuo_response_reduce (value);

  if (g_str_equal (letters, "status") || g_str_equal (letters, "statuscode"))
    return g_ascii_strtoll (value, NULL, 10) >= 500;
  return (g_str_equal (letters, "code") || g_str_equal (letters, "type")
             || g_str_equal (letters, "failcode"))
      && has_any (word, words);
}

gboolean
gst_hailuo_response_blames_upstream (JsonNode *root)
{
  g_autofree gchar *sign = root
      ? gst_hailuo_json_search (root, is_sign_of_upstream)
      : NULL;

  return sign != NULL;
}

/* Whether the dialect has a message or a fail code at @path, or below it. */
static gboolean
is_reason (const GstHailuoProvider *provider, const gchar *path)
{
  const gchar *const *const lists[] = { provider->dialect.messages,
    provider->dialect.fail_codes };
  const gsize length = strlen (path);
  guint i, j;

  for (i = 0; i < G_N_ELEMENTS (lists); i++) {
    for (j = 0; lists[i][j] != NULL; j++) {
      if (g_str_has_prefix (lists[i][j], path)
          && (lists[i][j][length] == '\0' || lists[i][j][length] == '.'))
        return TRUE;
    }
  }
  return FALSE;
}

gboolean
gst_hailuo_response_has_other_data (
    const GstHailuoProvider *provider, JsonNode *root)
{
  g_auto (GStrv) names = root ? gst_hailuo_json_list_members (root, "data")
                              : NULL;
  guint i;

  for (i = 0; names != NULL && names[i] != NULL; i++) {
    g_autofree gchar *path = g_strconcat ("data.", names[i], NULL);

    if (!is_reason (provider, path))
      return TRUE;
  }
  return FALSE;
}

/* A refusal proves that no task was created.  A status that blames the request
 * itself does, whoever sends it.  Other statuses of 4xx do in the host's own
 * format only.  A 5xx never does: gateways use the same format for requests that
 * they have passed on, and hosts do not say when they create a task. */
gboolean
gst_hailuo_response_is_refusal (guint status, guint code)
{
  static const guint of_the_request[] = { 400, 401, 402, 403, 404, 405, 406,
    411, 413, 414, 415, 422, 431 };
  /* the host itself reports success, or that it does not know */
  const gboolean doubtful = (code >= 200 && code < 300) || code == 408
      || (code >= 500 && code < 600);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (of_the_request); i++) {
    if (status == of_the_request[i])
      return !doubtful;
  }
  /* a conflict, or a request that was dropped, may be with a task that exists */
  return code == status && status >= 400 && status < 500 && status != 408
      && status != 409 && status != 424 && status != 499;
}
