/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json.h"

/* The recursion is bounded by MAX_DEPTH, which the validator enforces. */
static gchar *
search_node (const gchar *name, JsonNode *node, GstHailuoJsonMatch match)
{
  if (JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *array = json_node_get_array (node);
    guint i;

    for (i = 0; i < json_array_get_length (array); i++) {
      gchar *found = search_node (
          name, json_array_get_element (array, i), match);

      if (found != NULL)
        return found;
    }
  } else if (JSON_NODE_HOLDS_OBJECT (node)) {
    JsonObjectIter iter;
    const gchar *member;
    JsonNode *value;

    json_object_iter_init_ordered (&iter, json_node_get_object (node));
    while (json_object_iter_next_ordered (&iter, &member, &value)) {
      gchar *found = search_node (member, value, match);

      if (found != NULL)
        return found;
    }
  } else if (JSON_NODE_HOLDS_VALUE (node)) {
    g_autofree gchar *text = json_node_get_value_type (node) == G_TYPE_STRING
        ? json_node_dup_string (node)
        : json_to_string (node, FALSE);

    if (match (name, text))
      return g_steal_pointer (&text);
  }
  return NULL;
}

gchar *
gst_hailuo_json_search (JsonNode *root, GstHailuoJsonMatch match)
{
  return search_node (NULL, root, match);
}
