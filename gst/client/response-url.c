/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "response-url.h"

#include <string.h>

static gboolean
is_link (const gchar *text)
{
  return g_ascii_strncasecmp (text, "https://", 8) == 0
      || g_ascii_strncasecmp (text, "http://", 7) == 0;
}

/* Links that a reply may repeat from the request are not the clip. */
static gboolean
is_of_request (const gchar *name)
{
  static const gchar *const parts[] = { "callback", "webhook", "image", "input",
    "prompt", "poster" };
  guint i;

  for (i = 0; name != NULL && i < G_N_ELEMENTS (parts); i++) {
    if (strstr (name, parts[i]) != NULL)
      return TRUE;
  }
  return FALSE;
}

/* GstHailuoJsonMatch */
static gboolean
is_mp4_link (const gchar *name, const gchar *value)
{
  gsize length = strcspn (value, "?#");

  return is_link (value) && !is_of_request (name) && length > 4
      && g_ascii_strncasecmp (value + length - 4, ".mp4", 4) == 0;
}

/* GstHailuoJsonMatch */
static gboolean
is_named_link (const gchar *name, const gchar *value)
{
  gsize length = strcspn (value, "?#");
  const gchar *const pictures[] = { ".jpg", ".jpeg", ".png", ".webp", ".gif" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (pictures); i++) {
    gsize n = strlen (pictures[i]);

    if (length > n
        && g_ascii_strncasecmp (value + length - n, pictures[i], n) == 0)
      return FALSE;
  }
  return is_link (value)
      && (g_strcmp0 (name, "video_url") == 0 || g_strcmp0 (name, "url") == 0);
}

/* @text: see response-url.h */
static gchar *
find_by_path (const GstHailuoProvider *provider, JsonNode *root, gboolean *text)
{
  guint i;

  for (i = 0; provider->dialect.urls[i] != NULL; i++) {
    const gchar *link = gst_hailuo_json_get_string (
        root, provider->dialect.urls[i]);

    *text = *text || link != NULL;
    if (link != NULL && is_link (link))
      return g_strdup (link);
  }
  return NULL;
}

static gchar *
find_by_kind (JsonNode *root)
{
  gchar *link = gst_hailuo_json_search (root, is_mp4_link);

  return link ? link : gst_hailuo_json_search (root, is_named_link);
}

/* The reply itself and any JSON embedded in its strings. */
static GPtrArray *
list_roots (const GstHailuoProvider *provider, JsonNode *root, const gchar *key)
{
  GPtrArray *roots = g_ptr_array_new_with_free_func (
      (GDestroyNotify) json_node_unref);
  guint i;

  g_ptr_array_add (roots, json_node_ref (root));
  for (i = 0; provider->dialect.embedded[i] != NULL; i++) {
    JsonNode *embedded = gst_hailuo_json_dup_embedded (
        root, provider->dialect.embedded[i], key);

    if (embedded != NULL)
      g_ptr_array_add (roots, embedded);
  }
  return roots;
}

gchar *
gst_hailuo_response_find_url (const GstHailuoProvider *provider, JsonNode *root,
    const gchar *key, gboolean anywhere, gboolean *text)
{
  g_autoptr (GPtrArray) roots = list_roots (provider, root, key);
  gchar *link = NULL;
  guint i;

  *text = FALSE;
  for (i = 0; link == NULL && i < roots->len; i++)
    link = find_by_path (provider, g_ptr_array_index (roots, i), text);
  for (i = 0; link == NULL && anywhere && i < roots->len; i++)
    link = find_by_kind (g_ptr_array_index (roots, i));
  return link;
}
