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

/* A gateway may send a bare code; a host says why it refuses. */
static gboolean
has_message (const GstHailuoProvider *provider, JsonNode *root)
{
  const gchar *const *paths = provider->dialect.messages;

  while (*paths != NULL && gst_hailuo_json_get_string (root, *paths) == NULL)
    paths++;
  return *paths != NULL;
}

/* A refusal proves that no task was created.  In the host's own format any
 * status accepted here does.  From anything in between, such as a gateway, only
 * a status that blames the request itself does: 409, 425, 429 and 499, a
 * gateway's 5xx and any redirect may hide a request that was carried out. */
gboolean
gst_hailuo_response_is_refusal (
    const GstHailuoProvider *provider, JsonNode *root, guint status, guint code)
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
  if (code != status)
    return FALSE;
  if (status >= 500)
    return provider->dialect.refuses_with_5xx && has_message (provider, root)
        && (status == 500 || status == 502 || status == 503);
  /* a conflict, or a request that was dropped, may be with a task that exists */
  return status >= 400 && status != 408 && status != 409 && status != 499;
}
