/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* script.c: rules that make the host answer otherwise; see README.md. */
#include <string.h>

#include "simulator-private.h"

/* Sets one member of a rule; FALSE: not a value for it. */
typedef gboolean (*SetMember) (SimRule *rule, JsonNode *node);

static gboolean
node_is (JsonNode *node, GType type)
{
  return json_node_get_value_type (node) == type;
}

static gboolean
get_number (JsonNode *node, gdouble *value)
{
  if (!node_is (node, G_TYPE_INT64) && !node_is (node, G_TYPE_DOUBLE))
    return FALSE;
  *value = json_node_get_double (node);
  return *value >= 0;
}

static gboolean
get_count (JsonNode *node, gint64 max, gint64 *value)
{
  if (!node_is (node, G_TYPE_INT64))
    return FALSE;
  *value = json_node_get_int (node);
  return *value >= 0 && *value <= max;
}

static gboolean
get_boolean (JsonNode *node, gboolean *value)
{
  if (!node_is (node, G_TYPE_BOOLEAN))
    return FALSE;
  *value = json_node_get_boolean (node);
  return TRUE;
}

static gboolean
get_string (JsonNode *node, gchar **value)
{
  if (!node_is (node, G_TYPE_STRING))
    return FALSE;
  g_free (*value);
  *value = json_node_dup_string (node);
  return TRUE;
}

static gboolean
set_on (SimRule *rule, JsonNode *node)
{
  /* read beforehand: the other members depend on it */
  return TRUE;
}

static gboolean
set_skip (SimRule *rule, JsonNode *node)
{
  return get_count (node, G_MAXINT64, &rule->skip);
}

static gboolean
set_times (SimRule *rule, JsonNode *node)
{
  if (!get_count (node, G_MAXINT64, &rule->times))
    return FALSE;
  if (rule->times == 0)
    rule->times = -1;
  return TRUE;
}

static gboolean
set_status (SimRule *rule, JsonNode *node)
{
  gint64 value;

  if (!get_count (node, 599, &value) || value < 200)
    return FALSE;
  rule->status = value;
  return TRUE;
}

static gboolean
set_headers (SimRule *rule, JsonNode *node)
{
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *value;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return FALSE;

  rule->headers = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, g_free);
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &name, &value)) {
    /* a wrong length is a fault of the bytes: the fault proxy's work */
    if (!node_is (value, G_TYPE_STRING)
        || g_ascii_strcasecmp (name, "content-length") == 0)
      return FALSE;
    g_hash_table_insert (rule->headers, g_ascii_strdown (name, -1),
        json_node_dup_string (value));
  }
  return TRUE;
}

static gboolean
set_body (SimRule *rule, JsonNode *node)
{
  rule->is_json = FALSE;
  return get_string (node, &rule->body);
}

static gboolean
set_json (SimRule *rule, JsonNode *node)
{
  g_free (rule->body);
  rule->body = json_to_string (node, FALSE);
  rule->is_json = TRUE;
  return TRUE;
}

static gboolean
set_delay (SimRule *rule, JsonNode *node)
{
  gint64 value;

  if (!get_count (node, G_MAXINT, &value))
    return FALSE;
  rule->delay = value;
  return TRUE;
}

static gboolean
set_drop (SimRule *rule, JsonNode *node)
{
  return get_boolean (node, &rule->drop);
}

static gboolean
set_billed (SimRule *rule, JsonNode *node)
{
  return get_boolean (node, &rule->billed);
}

static gboolean
set_state (SimRule *rule, JsonNode *node)
{
  return get_string (node, &rule->state);
}

static gboolean
set_cut (SimRule *rule, JsonNode *node)
{
  gint64 value;

  if (!get_count (node, G_MAXINT64, &value))
    return FALSE;
  rule->cut = value;
  return TRUE;
}

static gboolean
set_chunked (SimRule *rule, JsonNode *node)
{
  return get_boolean (node, &rule->chunked);
}

static gboolean
set_link (SimRule *rule, JsonNode *node)
{
  rule->has_link = TRUE;
  return JSON_NODE_HOLDS_NULL (node) || get_string (node, &rule->link);
}

static gboolean
set_outcome (SimRule *rule, JsonNode *node)
{
  rule->fails = TRUE;
  return node_is (node, G_TYPE_STRING)
      && g_str_equal (json_node_get_string (node), "failed");
}

static gboolean
set_fail_code (SimRule *rule, JsonNode *node)
{
  return get_string (node, &rule->fail_code);
}

static gboolean
set_fail_message (SimRule *rule, JsonNode *node)
{
  return get_string (node, &rule->fail_message);
}

static gboolean
set_work (SimRule *rule, JsonNode *node)
{
  return get_number (node, &rule->work);
}

static gboolean
set_link_life (SimRule *rule, JsonNode *node)
{
  return get_number (node, &rule->link_life);
}

static gboolean
set_form (SimRule *rule, JsonNode *node)
{
  const gchar *form = node_is (node, G_TYPE_STRING)
      ? json_node_get_string (node)
      : "";

  if (g_str_equal (form, "flat"))
    rule->form = SIM_FORM_FLAT;
  else if (g_str_equal (form, "enveloped"))
    rule->form = SIM_FORM_ENVELOPED;
  return rule->form != SIM_FORM_DEFAULT;
}

#define ANY (SIM_SUBMIT | SIM_POLL | SIM_FILE)

static const struct
{
  const gchar *name;
  guint on; /* the kinds it may be set for */
  SetMember set;
} members[] = {
  { "on", ANY | SIM_TASK, set_on },
  { "skip", ANY | SIM_TASK, set_skip },
  { "times", ANY | SIM_TASK, set_times },
  { "status", ANY, set_status },
  { "headers", ANY, set_headers },
  { "body", ANY, set_body },
  { "json", ANY, set_json },
  { "delay", ANY, set_delay },
  { "drop", ANY, set_drop },
  { "billed", SIM_SUBMIT, set_billed },
  { "state", SIM_POLL, set_state },
  { "link", SIM_POLL, set_link },
  { "form", SIM_SUBMIT | SIM_POLL, set_form },
  { "cut", SIM_FILE, set_cut },
  { "chunked", SIM_FILE, set_chunked },
  { "outcome", SIM_TASK, set_outcome },
  { "fail-code", SIM_TASK, set_fail_code },
  { "fail-message", SIM_TASK, set_fail_message },
  { "work", SIM_TASK, set_work },
  { "link-life", SIM_TASK, set_link_life },
};

static const struct
{
  const gchar *nick;
  SimKind kind;
} kinds[] = {
  { "submit", SIM_SUBMIT },
  { "poll", SIM_POLL },
  { "file", SIM_FILE },
  { "task", SIM_TASK },
};

void
sim_rule_free (SimRule *rule)
{
  g_clear_pointer (&rule->headers, g_hash_table_unref);
  g_free (rule->body);
  g_free (rule->state);
  g_free (rule->link);
  g_free (rule->fail_code);
  g_free (rule->fail_message);
  g_free (rule);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimRule, sim_rule_free)

static gboolean
rule_set (SimRule *rule, const gchar *name, JsonNode *node, GError **error)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (members); i++) {
    if (g_str_equal (members[i].name, name)
        && (members[i].on & rule->on) != 0) {
      if (members[i].set (rule, node))
        return TRUE;
      break;
    }
  }

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      i < G_N_ELEMENTS (members) ? "Not a value for \"%s\" in a rule"
                                 : "\"%s\" is no member of such a rule",
      name);
  return FALSE;
}

static gboolean
rule_read_on (SimRule *rule, JsonObject *object, GError **error)
{
  const gchar *on = sim_json_string (object, "on");
  guint i;

  for (i = 0; on != NULL && i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].nick, on))
      rule->on = kinds[i].kind;

  if (rule->on == 0)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "A rule needs \"on\": \"submit\", \"poll\", \"file\" or \"task\"");
  return rule->on != 0;
}

static SimRule *
rule_new (JsonNode *node, GError **error)
{
  g_autoptr (SimRule) rule = g_new0 (SimRule, 1);
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *value;

  rule->times = 1;
  rule->cut = SIM_NO_CUT;
  rule->work = -1;
  rule->link_life = -1;

  if (!JSON_NODE_HOLDS_OBJECT (node)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "A rule is a JSON object");
    return NULL;
  }
  if (!rule_read_on (rule, json_node_get_object (node), error))
    return NULL;

  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &name, &value))
    if (!rule_set (rule, name, value, error))
      return NULL;

  return g_steal_pointer (&rule);
}

gboolean
sim_script_add (
    Simulator *self, const gchar *json, guint *n_added, GError **error)
{
  g_autoptr (GPtrArray)
      rules = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_rule_free);
  g_autoptr (JsonNode) root = sim_json_parse (json, error);
  JsonArray *array;
  guint i;

  if (root == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_ARRAY (root)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "A script is a JSON array of rules");
    return FALSE;
  }

  array = json_node_get_array (root);
  for (i = 0; i < json_array_get_length (array); i++) {
    SimRule *rule = rule_new (json_array_get_element (array, i), error);

    if (rule == NULL)
      return FALSE;
    g_ptr_array_add (rules, rule);
  }

  if (n_added != NULL)
    *n_added = rules->len;
  g_mutex_lock (&self->lock);
  g_ptr_array_extend_and_steal (self->rules, g_steal_pointer (&rules));
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/* An answer that is under way may still use a rule, so none is freed. */
void
sim_script_clear (Simulator *self)
{
  guint i;

  g_mutex_lock (&self->lock);
  for (i = 0; i < self->rules->len; i++) {
    SimRule *rule = g_ptr_array_index (self->rules, i);

    rule->times = 0;
  }
  g_mutex_unlock (&self->lock);
}

const SimRule *
sim_script_take (Simulator *self, SimKind kind, gboolean done)
{
  guint i;

  for (i = 0; i < self->rules->len; i++) {
    SimRule *rule = g_ptr_array_index (self->rules, i);

    if (rule->on != kind || rule->times == 0 || (rule->has_link && !done))
      continue;
    if (rule->skip > 0) {
      rule->skip--;
      continue;
    }
    if (rule->times > 0)
      rule->times--;
    return rule;
  }
  return NULL;
}
