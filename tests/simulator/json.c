/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* json.c: the few things the simulator does with JSON. */
#include <string.h>

#include "simulator-private.h"

/* A node that the caller frees.  json_parser_steal_root() returns NULL for an
 * empty text, which is no JSON. */
JsonNode *
sim_json_parse (const gchar *text, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root;

  if (!json_parser_load_from_data (parser, text, -1, error))
    return NULL;

  root = json_parser_steal_root (parser);
  if (root == NULL)
    g_set_error_literal (
        error, JSON_PARSER_ERROR, JSON_PARSER_ERROR_PARSE, "The text is empty");
  return root;
}

/* (object: transfer full) */
gchar *
sim_json_take_text (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  return json_to_string (node, FALSE);
}

const gchar *
sim_json_string (JsonObject *object, const gchar *name)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

JsonObject *
sim_json_object (JsonObject *object, const gchar *name)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  return json_node_get_object (node);
}

gboolean
sim_json_integer (JsonObject *object, const gchar *name, gint64 *value)
{
  JsonNode *node = json_object_get_member (object, name);
  GType type = node != NULL ? json_node_get_value_type (node) : G_TYPE_INVALID;

  if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
    return FALSE;

  *value = json_node_get_int (node);
  return json_node_get_double (node) == (gdouble) *value;
}

gboolean
sim_json_is_http_url (const gchar *text)
{
  g_autoptr (GUri) uri = NULL;
  const gchar *scheme;

  if (text == NULL)
    return FALSE;
  uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
  if (uri == NULL || g_uri_get_host (uri) == NULL
      || *g_uri_get_host (uri) == '\0')
    return FALSE;
  scheme = g_uri_get_scheme (uri);
  return g_str_equal (scheme, "http") || g_str_equal (scheme, "https");
}

static gboolean
is_json_type (const gchar *content_type)
{
  g_auto (GStrv) parts = NULL;

  if (content_type == NULL)
    return FALSE;
  parts = g_strsplit (content_type, ";", 2);
  return parts[0] != NULL
      && g_ascii_strcasecmp (g_strstrip (parts[0]), "application/json") == 0;
}

JsonNode *
sim_json_request_body (const SimRequest *request, GError **error)
{
  g_autoptr (JsonNode) root = NULL;

  /* "Submit requests also require: Content-Type: application/json".  With
   * which status it is refused is not documented: as any invalid request. */
  if (!is_json_type (g_hash_table_lookup (request->headers, "content-type"))) {
    g_set_error_literal (
        error, SIM_REFUSAL, 400, "Content-Type must be application/json");
    return NULL;
  }

  root = g_utf8_validate (request->body->str, request->body->len, NULL)
      ? sim_json_parse (request->body->str, NULL)
      : NULL;
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root)) {
    g_set_error_literal (
        error, SIM_REFUSAL, 400, "Request body is not a JSON object");
    return NULL;
  }
  return g_steal_pointer (&root);
}
