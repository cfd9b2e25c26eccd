/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rule.c: rules from JSON; faultproxy.h has the members. */
#include <json-glib/json-glib.h>
#include <string.h>

#include "faultproxy-private.h"

typedef struct
{
  const gchar *nick;
  gint value;
} Word;

static const Word whens[] = { { "answer", FAULT_ANSWER },
  { "request", FAULT_REQUEST }, { "after-request", FAULT_AFTER_REQUEST },
  { "before-connect", FAULT_BEFORE_CONNECT }, { "instead", FAULT_INSTEAD },
  { NULL } };

static const Word actions[] = { { "reset", FAULT_RESET },
  { "close", FAULT_CLOSE }, { "stall", FAULT_STALL }, { "drip", FAULT_DRIP },
  { "replace", FAULT_REPLACE }, { NULL } };

FaultRule *
fault_rule_ref (FaultRule *rule)
{
  g_atomic_ref_count_inc (&rule->refs);
  return rule;
}

void
fault_rule_unref (FaultRule *rule)
{
  if (!g_atomic_ref_count_dec (&rule->refs))
    return;
  g_clear_pointer (&rule->data, g_bytes_unref);
  g_free (rule);
}

static gboolean
refuse (GError **error, const gchar *text)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, text);
  return FALSE;
}

static gboolean
read_word (JsonNode *node, const Word *words, gint *value)
{
  const gchar *text = json_node_get_value_type (node) == G_TYPE_STRING
      ? json_node_get_string (node)
      : "";

  for (; words->nick != NULL; words++) {
    if (g_str_equal (words->nick, text)) {
      *value = words->value;
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
read_number (JsonNode *node, gint64 min, gint64 max, gint64 *value)
{
  if (json_node_get_value_type (node) != G_TYPE_INT64)
    return FALSE;
  *value = json_node_get_int (node);
  return *value >= min && *value <= max;
}

static gboolean
read_data (FaultRule *rule, JsonNode *node, gboolean base64)
{
  const gchar *text;
  guchar *data;
  gsize size;

  if (json_node_get_value_type (node) != G_TYPE_STRING || rule->data != NULL)
    return FALSE;
  text = json_node_get_string (node);
  if (base64) {
    data = g_base64_decode (text, &size);
    rule->data = g_bytes_new_take (data, size);
  } else {
    rule->data = g_bytes_new (text, strlen (text));
  }
  return TRUE;
}

/* FALSE: no such member, or not a value for it */
static gboolean
read_member (FaultRule *rule, const gchar *name, JsonNode *node)
{
  gint64 number = 0;
  gint word = 0;
  gboolean ok = FALSE;

  if (g_str_equal (name, "connection")) {
    ok = read_number (node, 0, G_MAXUINT, &number);
    rule->connection = number;
  } else if (g_str_equal (name, "when")) {
    ok = read_word (node, whens, &word);
    rule->when = word;
  } else if (g_str_equal (name, "at")) {
    ok = read_number (node, 0, G_MAXINT64, &number);
    rule->at = number;
  } else if (g_str_equal (name, "action")) {
    ok = read_word (node, actions, &word);
    rule->action = word;
  } else if (g_str_equal (name, "bytes")) {
    ok = read_number (node, 1, G_MAXINT, &number);
    rule->bytes = number;
  } else if (g_str_equal (name, "interval")) {
    ok = read_number (node, 1, G_MAXINT, &number);
    rule->interval = number;
  } else if (g_str_equal (name, "text") || g_str_equal (name, "base64")) {
    ok = read_data (rule, node, g_str_equal (name, "base64"));
  }
  return ok;
}

/* Do the members fit together? */
static gboolean
check_rule (FaultRule *rule, JsonObject *object, GError **error)
{
  gboolean in_stream = rule->when <= FAULT_REQUEST;
  gboolean drips = rule->action == FAULT_DRIP;
  gboolean replaces = rule->action == FAULT_REPLACE;

  if (rule->action == FAULT_NONE && rule->when == FAULT_INSTEAD)
    rule->action = FAULT_CLOSE;
  if (rule->action == FAULT_NONE)
    return refuse (error, "A rule needs an \"action\"");
  if (!in_stream
      && (drips || replaces || json_object_has_member (object, "at")))
    return refuse (error,
        "\"drip\", \"replace\" and \"at\" are for \"answer\" "
        "and \"request\"");
  if (!drips
      && (json_object_has_member (object, "bytes")
          || json_object_has_member (object, "interval")))
    return refuse (error, "\"bytes\" and \"interval\" are for \"drip\"");
  if ((replaces || rule->when == FAULT_INSTEAD) != (rule->data != NULL))
    return refuse (error,
        "\"text\" or \"base64\" belongs to \"replace\" and "
        "\"instead\"");
  return TRUE;
}

static gboolean
read_rule (FaultRule *rule, JsonNode *root, GError **error)
{
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return refuse (error, "A rule is a JSON object");

  json_object_iter_init (&iter, json_node_get_object (root));
  while (json_object_iter_next (&iter, &name, &node)) {
    if (!read_member (rule, name, node)) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
          "There is no such member as \"%s\", or not with this value", name);
      return FALSE;
    }
  }
  return check_rule (rule, json_node_get_object (root), error);
}

FaultRule *
fault_rule_new (const gchar *json, GError **error)
{
  g_autoptr (FaultRule) rule = g_new0 (FaultRule, 1);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (JsonNode) root = NULL;

  g_atomic_ref_count_init (&rule->refs);
  rule->bytes = 1;
  rule->interval = 10;
  root = json_from_string (json, &local_error);
  if (local_error != NULL) {
    g_propagate_error (error, g_steal_pointer (&local_error));
    return NULL;
  }
  return read_rule (rule, root, error) ? g_steal_pointer (&rule) : NULL;
}
