/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fixture-assert.c: what a fixture saw */
#include <string.h>

#include "fixture.h"

static void
assert_contiguous (Fixture *self, guint64 start)
{
  guint64 offset = start;
  guint i;

  for (i = 0; i < self->buffers->len; i++) {
    FixtureBuffer *item = &g_array_index (self->buffers, FixtureBuffer, i);

    g_assert_cmpuint (item->offset, ==, offset);
    g_assert_cmpuint (item->size, >, 0);
    offset += item->size;
    g_assert_cmpuint (item->offset_end, ==, offset);
  }
}

void
fixture_assert_part (Fixture *self, guint64 start, gint64 stop)
{
  gsize end = stop >= 0 ? (gsize) stop : self->clip_size;

  g_mutex_lock (&self->lock);
  /* not g_assert_cmpmem() alone, which prints nothing but the sizes */
  g_assert_cmpuint (self->bytes->len, ==, end - start);
  g_assert_true (
      memcmp (self->bytes->data, self->clip + start, end - start) == 0);
  assert_contiguous (self, start);
  g_mutex_unlock (&self->lock);
}

void
fixture_assert_clip (Fixture *self)
{
  fixture_assert_part (self, 0, -1);
}

void
fixture_assert_nothing (Fixture *self)
{
  g_mutex_lock (&self->lock);
  g_assert_cmpuint (self->bytes->len, ==, 0);
  g_mutex_unlock (&self->lock);
}

void
fixture_assert_ledger (Fixture *self, guint billed)
{
  g_assert_cmpuint (simulator_get_billed (self->simulator), ==, billed);
}

void
fixture_assert_requests (Fixture *self, const gchar *what, guint n)
{
  g_assert_cmpuint (simulator_get_requests (self->simulator, what), ==, n);
}

/* Adds @word to the list, but not twice in a row. */
static void
add_word (GString *list, const gchar *word)
{
  const gchar *last = strrchr (list->str, ' ');

  last = last != NULL ? last + 1 : list->str;
  if (g_str_equal (last, word))
    return;
  if (list->len > 0)
    g_string_append_c (list, ' ');
  g_string_append (list, word);
}

gchar *
fixture_task_states (Fixture *self)
{
  g_autoptr (GString) list = g_string_new (NULL);
  guint i;

  fixture_collect (self);
  for (i = 0; i < self->messages->len; i++) {
    const gchar *state = fixture_task_state (
        g_ptr_array_index (self->messages, i));

    if (state != NULL)
      add_word (list, state);
  }
  return g_strdup (list->str);
}

static void
add_progress (GString *list, GstMessage *message)
{
  static const gchar *const names[] = {
    [GST_PROGRESS_TYPE_START] = "start",
    [GST_PROGRESS_TYPE_CONTINUE] = "continue",
    [GST_PROGRESS_TYPE_COMPLETE] = "complete",
    [GST_PROGRESS_TYPE_CANCELED] = "canceled",
    [GST_PROGRESS_TYPE_ERROR] = "error",
  };
  g_autofree gchar *code = NULL;
  g_autofree gchar *text = NULL;
  g_autofree gchar *word = NULL;
  GstProgressType type;

  gst_message_parse_progress (message, &type, &code, &text);
  g_assert_cmpuint (type, <, G_N_ELEMENTS (names));
  g_assert_true (text != NULL && *text != '\0');
  if (type == GST_PROGRESS_TYPE_CONTINUE)
    return;
  word = g_strdup_printf ("%s:%s", code, names[type]);
  add_word (list, word);
}

gchar *
fixture_progress (Fixture *self)
{
  g_autoptr (GString) list = g_string_new (NULL);
  guint i;

  fixture_collect (self);
  for (i = 0; i < self->messages->len; i++) {
    GstMessage *message = g_ptr_array_index (self->messages, i);

    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_PROGRESS)
      add_progress (list, message);
  }
  return g_strdup (list->str);
}

GstEvent *
fixture_get_event (Fixture *self, GstEventType type)
{
  GstEvent *found = NULL;
  guint i;

  g_mutex_lock (&self->lock);
  for (i = self->events->len; found == NULL && i > 0; i--) {
    GstEvent *event = g_ptr_array_index (self->events, i - 1);

    if (GST_EVENT_TYPE (event) == type)
      found = gst_event_ref (event);
  }
  g_mutex_unlock (&self->lock);
  return found;
}

guint
fixture_count_messages (Fixture *self, GstMessageType type)
{
  guint i, n = 0;

  fixture_collect (self);
  for (i = 0; i < self->messages->len; i++)
    if (GST_MESSAGE_TYPE (g_ptr_array_index (self->messages, i)) == type)
      n++;
  return n;
}

JsonNode *
fixture_get_request (Fixture *self, const gchar *what, guint n)
{
  g_autofree gchar *text = simulator_get_request (self->simulator, what, n);
  g_autoptr (GError) error = NULL;
  JsonNode *node;

  if (text == NULL)
    return NULL;
  node = json_from_string (text, &error);
  g_assert_no_error (error);
  return node;
}

gchar *
fixture_get_header (
    Fixture *self, const gchar *what, guint n, const gchar *name)
{
  g_autoptr (JsonNode) request = fixture_get_request (self, what, n);
  JsonObject *headers;

  g_assert_nonnull (request);
  headers = json_object_get_object_member (
      json_node_get_object (request), "headers");
  if (!json_object_has_member (headers, name))
    return NULL;
  return g_strdup (json_object_get_string_member (headers, name));
}

void
fixture_assert_keys (Fixture *self)
{
  g_autofree gchar *bearer = g_strconcat ("Bearer ", self->key, NULL);
  guint i, n = simulator_get_requests (self->simulator, "any");

  for (i = 0; i < n; i++) {
    g_autoptr (JsonNode) request = fixture_get_request (self, "any", i);
    g_autofree gchar *key = fixture_get_header (
        self, "any", i, "authorization");
    const gchar *port = json_object_get_string_member (
        json_node_get_object (request), "port");

    g_assert_cmpstr (key, ==, g_str_equal (port, "api") ? bearer : NULL);
  }
}

gchar *
fixture_get_task_id (Fixture *self)
{
  gchar *task_id;

  g_object_get (self->source, "task-id", &task_id, NULL);
  return task_id;
}

gchar *
fixture_get_billed_task (Fixture *self, guint n)
{
  g_autofree gchar *ledger = simulator_get_ledger (self->simulator);
  g_autoptr (JsonNode) root = json_from_string (ledger, NULL);
  JsonArray *tasks = json_object_get_array_member (
      json_node_get_object (root), "tasks");

  return g_strdup (json_object_get_string_member (
      json_array_get_object_element (tasks, n), "id"));
}

/* Errors */

static void
assert_string (
    const GstStructure *details, const gchar *name, const gchar *part)
{
  const gchar *text = gst_structure_get_string (details, name);

  if (part == NULL)
    return;
  g_test_message ("%s: %s", name, text);
  if (*part == '\0')
    g_assert_null (text);
  else
    g_assert_true (text != NULL && strstr (text, part) != NULL);
}

/* Where something has begun and is not complete, GST_MESSAGE_PROGRESS of the type
 * ERROR follows the error, and nothing after that. */
static void
assert_progress_closed (Fixture *self)
{
  g_autofree gchar *progress = fixture_progress (self);

  while (g_str_has_suffix (progress, ":start")) {
    fixture_wait (self, GST_MESSAGE_PROGRESS);
    g_free (progress);
    progress = fixture_progress (self);
  }
}

/* Nothing runs on into the advice that is put behind it. */
static void
assert_sentences (GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  const gchar *advice;

  gst_message_parse_error (message, &error, NULL);
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_suffix (error->message, "."));
  advice = strstr (error->message, " Running ");
  g_assert_true (advice == NULL
      || (advice > error->message && strchr (".:", advice[-1]) != NULL));
}

/* No control or bidi character of the host's comes through, and no key. */
static void
assert_clean (Fixture *self, GstMessage *message, const GstStructure *details)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL, *all = NULL;
  g_autofree gchar *facts = gst_structure_to_string (details);
  const gchar *text = gst_structure_get_string (
      details, GST_HAILUO_DETAIL_PROVIDER_MESSAGE);

  gst_message_parse_error (message, &error, &debug);
  all = g_strdup_printf ("%s%s%s%s", error->message, text, debug, facts);
  g_assert_null (strchr (all, '\033'));
  g_assert_null (strstr (all, "\342\200\256"));
  g_assert_null (strstr (all, self->key));
  g_assert_true (text == NULL || strchr (text, '\n') == NULL);
}

void
fixture_assert_details (
    Fixture *self, GstMessage *message, const FixtureDetails *expected)
{
  const GstStructure *details;
  gboolean retryable;
  guint status, attempts;

  assert_sentences (message);
  gst_message_parse_error_details (message, &details);
  g_assert_nonnull (details);
  assert_clean (self, message, details);
  g_assert_true (gst_structure_get_boolean (
      details, GST_HAILUO_DETAIL_RETRYABLE, &retryable));
  g_assert_true (
      gst_structure_get_uint (details, GST_HAILUO_DETAIL_HTTP_STATUS, &status));
  g_assert_true (
      gst_structure_get_uint (details, GST_HAILUO_DETAIL_ATTEMPTS, &attempts));
  g_assert_cmpstr (gst_structure_get_string (details, GST_HAILUO_DETAIL_BILLED),
      ==, expected->billed);
  if (expected->retryable >= 0)
    g_assert_cmpint (retryable, ==, expected->retryable);
  if (expected->status >= 0)
    g_assert_cmpuint (status, ==, expected->status);
  if (expected->attempts > 0)
    g_assert_cmpuint (attempts, ==, expected->attempts);
  assert_string (
      details, GST_HAILUO_DETAIL_PROVIDER_CODE, expected->provider_code);
  assert_string (
      details, GST_HAILUO_DETAIL_PROVIDER_MESSAGE, expected->provider_message);
  if (expected->task) {
    g_autofree gchar *task_id = fixture_get_task_id (self);

    g_assert_nonnull (task_id);
    g_assert_cmpstr (
        gst_structure_get_string (details, GST_HAILUO_FIELD_TASK_ID), ==,
        task_id);
  } else {
    g_assert_false (
        gst_structure_has_field (details, GST_HAILUO_FIELD_TASK_ID));
  }
  assert_progress_closed (self);
}
