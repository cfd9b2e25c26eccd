/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hailuo-view.h"

#include "hailuo-json.h"

#include <gst/hailuo/hailuo.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS 80 /* if the terminal does not say */

void
hailuo_view_init (HailuoView *self, gboolean json)
{
  *self = (HailuoView){ .json = json, .cost = -1, .percent = -1 };
  self->terminal = !json && isatty (STDERR_FILENO);
}

void
hailuo_view_clear (HailuoView *self)
{
  g_free (self->state);
  g_free (self->task_id);
}

/* --- JSON ---------------------------------------------------------------- */

/* (transfer full) */
static JsonBuilder *
begin_event (const gchar *event)
{
  JsonBuilder *json = json_builder_new ();

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "event");
  json_builder_add_string_value (json, event);
  return json;
}

static void
add_text (JsonBuilder *json, const gchar *name, const gchar *text)
{
  if (text == NULL)
    return;
  json_builder_set_member_name (json, name);
  json_builder_add_string_value (json, text);
}

static void
end_event (JsonBuilder *json)
{
  json_builder_end_object (json);
  hailuo_print_json (json, FALSE);
  g_object_unref (json);
}

/* Copies a field whose type JSON has.  task-id becomes task_id. */
static void
add_field (JsonBuilder *json, const GstStructure *fields, const gchar *field)
{
  const GValue *value = gst_structure_get_value (fields, field);
  g_autofree gchar *name = g_strdelimit (g_strdup (field), "-", '_');

  if (value == NULL)
    return;
  json_builder_set_member_name (json, name);
  if (G_VALUE_HOLDS_STRING (value))
    json_builder_add_string_value (json, g_value_get_string (value));
  else if (G_VALUE_HOLDS_BOOLEAN (value))
    json_builder_add_boolean_value (json, g_value_get_boolean (value));
  else if (G_VALUE_HOLDS_DOUBLE (value))
    json_builder_add_double_value (json, g_value_get_double (value));
  else if (G_VALUE_HOLDS_UINT (value))
    json_builder_add_int_value (json, g_value_get_uint (value));
  else if (G_VALUE_HOLDS_INT (value))
    json_builder_add_int_value (json, g_value_get_int (value));
  else
    json_builder_add_null_value (json);
}

/* --- the terminal's line --------------------------------------------------- */

static guint
get_columns (void)
{
  struct winsize size;

  return ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0
      ? size.ws_col
      : COLUMNS;
}

/* Ends the line, so that other text can follow. */
static void
end_line (HailuoView *self)
{
  if (self->drawn)
    g_printerr ("\n");
  self->drawn = FALSE;
}

/* The elapsed time, and what is left of the time that such a task takes. */
static void
append_time (const HailuoView *self, GString *line)
{
  const gint64 now = g_get_monotonic_time ();
  const gint64 elapsed = self->elapsed + now - self->reported;
  gint64 left = -1;

  if (self->reported == 0)
    return;
  g_string_append_printf (
      line, "  %d s", (gint) (elapsed / G_TIME_SPAN_SECOND));
  if (g_strcmp0 (self->state, "downloading") != 0 && self->percent > 0
      && self->percent < 95)
    left = self->elapsed * (100 - self->percent) / self->percent
        - (now - self->reported);
  if (left > 0)
    g_string_append_printf (
        line, ", about %d s left", (gint) (left / G_TIME_SPAN_SECOND) + 1);
  else if (g_strcmp0 (self->state, "downloading") == 0 && self->percent >= 0)
    g_string_append_printf (line, ", %d %%", self->percent);
}

/* The text is ASCII but for a task id, which is as well: a byte is a column. */
void
hailuo_view_tick (HailuoView *self)
{
  g_autoptr (GString) line = NULL;

  if (!self->terminal || self->state == NULL
      || g_str_equal (self->state, "quoted"))
    return;
  line = g_string_new (self->state);
  append_time (self, line);
  if (self->cost >= 0)
    g_string_append_printf (line, "  $%.3g", self->cost);
  if (self->task_id != NULL)
    g_string_append_printf (line, "  task %s", self->task_id);
  /* the last column would wrap on some terminals */
  g_string_truncate (line, MIN (line->len, get_columns () - 1));
  g_printerr ("\r\033[K%s", line->str);
  self->drawn = TRUE;
}

/* --- messages -------------------------------------------------------------- */

static void
take_task (HailuoView *self, const GstStructure *fields)
{
  const gchar *id = gst_structure_get_string (fields, GST_HAILUO_FIELD_TASK_ID);
  guint64 elapsed = 0;

  g_free (self->state);
  self->state = g_strdup (
      gst_structure_get_string (fields, GST_HAILUO_FIELD_STATE));
  if (id != NULL) {
    g_free (self->task_id);
    self->task_id = g_strdup (id);
  }
  gst_structure_get_double (fields, GST_HAILUO_FIELD_COST, &self->cost);
  gst_structure_get_uint64 (fields, GST_HAILUO_FIELD_ELAPSED, &elapsed);
  self->elapsed = elapsed / 1000;
  self->reported = g_get_monotonic_time ();
  self->percent = -1;
}

static void
show_task (HailuoView *self, const GstStructure *fields)
{
  static const gchar *const names[] = { GST_HAILUO_FIELD_STATE,
    GST_HAILUO_FIELD_TASK_ID, GST_HAILUO_FIELD_PROVIDER, GST_HAILUO_FIELD_MODEL,
    GST_HAILUO_FIELD_MODE, GST_HAILUO_FIELD_COST, GST_HAILUO_FIELD_ORIGIN,
    GST_HAILUO_FIELD_STORED, GST_HAILUO_FIELD_ACTION };
  JsonBuilder *json;
  guint i;

  if (!self->json) {
    if (!self->terminal && g_strcmp0 (self->state, "quoted") != 0)
      g_printerr ("%s%s%s\n", self->state, self->task_id ? ": task " : "",
          self->task_id ? self->task_id : "");
    return;
  }
  json = begin_event ("state");
  for (i = 0; i < G_N_ELEMENTS (names); i++)
    add_field (json, fields, names[i]);
  json_builder_set_member_name (json, "elapsed");
  json_builder_add_double_value (json, self->elapsed / 1e6);
  end_event (json);
}

static void
take_progress (HailuoView *self, GstMessage *message)
{
  const GstStructure *fields = gst_message_get_structure (message);
  g_autofree gchar *code = NULL;
  g_autofree gchar *text = NULL;
  JsonBuilder *json;

  gst_message_parse_progress (message, NULL, &code, &text);
  /* an estimate belongs to the time of its message */
  if (gst_structure_get_int (
          fields, GST_HAILUO_PROGRESS_PERCENT, &self->percent)
      && self->reported != 0
      && g_strcmp0 (code, GST_HAILUO_PROGRESS_GENERATE) == 0) {
    self->elapsed += g_get_monotonic_time () - self->reported;
    self->reported = g_get_monotonic_time ();
  }
  if (!self->json)
    return;
  json = begin_event ("progress");
  add_text (json, "code", code);
  add_text (json, "text", text);
  add_field (json, fields, GST_HAILUO_PROGRESS_PERCENT);
  end_event (json);
}

void
hailuo_view_take (HailuoView *self, GstMessage *message)
{
  g_autoptr (GError) warning = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ELEMENT:
      if (!gst_message_has_name (message, GST_HAILUO_MESSAGE_TASK))
        return;
      take_task (self, gst_message_get_structure (message));
      show_task (self, gst_message_get_structure (message));
      break;
    case GST_MESSAGE_PROGRESS:
      take_progress (self, message);
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning (message, &warning, NULL);
      hailuo_view_say (self, "warning", "%s", warning->message);
      break;
    default:
      return;
  }
  if (g_strcmp0 (self->state, "quoted") != 0)
    hailuo_view_tick (self);
}

void
hailuo_view_say (HailuoView *self, const gchar *event, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  JsonBuilder *json;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (self->json) {
    json = begin_event (event);
    add_text (json, "text", text);
    end_event (json);
    return;
  }
  end_line (self);
  g_printerr ("%s\n", text);
}

void
hailuo_view_show_error (
    HailuoView *self, const gchar *text, const GstStructure *details)
{
  static const gchar *const names[] = { GST_HAILUO_DETAIL_CAUSE,
    GST_HAILUO_FIELD_TASK_ID, GST_HAILUO_DETAIL_HTTP_STATUS,
    GST_HAILUO_DETAIL_PROVIDER_CODE, GST_HAILUO_DETAIL_PROVIDER_MESSAGE,
    GST_HAILUO_DETAIL_ATTEMPTS, GST_HAILUO_DETAIL_RETRYABLE,
    GST_HAILUO_DETAIL_BILLED };
  JsonBuilder *json;
  guint i;

  if (!self->json) {
    end_line (self);
    g_printerr ("hailuo: %s\n", text);
    return;
  }
  json = begin_event ("error");
  add_text (json, "text", text);
  for (i = 0; details != NULL && i < G_N_ELEMENTS (names); i++)
    add_field (json, details, names[i]);
  end_event (json);
}

void
hailuo_view_show_done (HailuoView *self, const gchar *file, const gchar *origin)
{
  static const gchar *const texts[][2] = {
    { "submitted", "generated" },
    { "resumed", "generated by a task of an earlier run" },
    { "reused", "from the store, at no cost" },
  };
  const gchar *text = NULL;
  JsonBuilder *json;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    if (g_strcmp0 (texts[i][0], origin) == 0)
      text = texts[i][1];
  }
  if (self->json) {
    json = begin_event ("done");
    add_text (json, "file", file);
    add_text (json, "task_id", self->task_id);
    add_text (json, "origin", origin);
    end_event (json);
    return;
  }
  end_line (self);
  if (file != NULL)
    g_printerr ("%s%s%s%s\n", file, text ? " (" : "", text ? text : "",
        text ? ")" : "");
}
