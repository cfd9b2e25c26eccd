/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-shots.c: shots that succeed: what is sent, and what comes out. */
#include <string.h>

#include "fixture.h"

#define BLOCK 65536

#define IMAGE "image=" FIXTURE_IMAGE
#define APIXO_PATH "/api/v1/generateTask/hailuo-2-3"
#define FAST_PATH "/api/v1/generateTask/hailuo-2-3-fast"
#define APIINONE_PATH "/api/v1/videos/generations"
#define PRO_MODEL "hailuo/2-3-image-to-video-pro"

typedef struct
{
  const gchar *description;
  const gchar *provider;
  const gchar *settings; /* beside the fixture's */
  const gchar *form;     /* of API in One's answers; NULL: default */
  const gchar *path;     /* of the submit */
  /* its body with ' for " and @prompt@ for the prompt */
  const gchar *body;
  const gchar *model;
  const gchar *mode;
  gdouble cost;
} Shot;

/* The bodies are those of the hosts' documents. */
static const Shot shots[] = {
  { "apixo/standard-text", "apixo", "mode=standard-text-to-video", NULL,
      APIXO_PATH,
      "{'request_type':'async','input':{'mode':'standard-text-to-video',"
      "'prompt':'@prompt@','duration':6}}",
      "hailuo-2-3", "standard-text-to-video", 0.336 },
  { "apixo/auto-text-10", "apixo", "duration=10", NULL, APIXO_PATH,
      "{'request_type':'async','input':{'mode':'standard-text-to-video',"
      "'prompt':'@prompt@','duration':10}}",
      "hailuo-2-3", "standard-text-to-video", 0.56 },
  { "apixo/auto-image", "apixo", IMAGE, NULL, APIXO_PATH,
      "{'request_type':'async','input':{'mode':'standard-image-to-video',"
      "'prompt':'@prompt@','image_urls':['" FIXTURE_IMAGE "'],'duration':6}}",
      "hailuo-2-3", "standard-image-to-video", 0.336 },
  { "apixo/pro-text", "apixo", "mode=pro-text-to-video", NULL, APIXO_PATH,
      "{'request_type':'async','input':{'mode':'pro-text-to-video',"
      "'prompt':'@prompt@'}}",
      "hailuo-2-3", "pro-text-to-video", 0.49 },
  /* "Pro mode with duration: duration is ignored" */
  { "apixo/pro-image-10", "apixo", "mode=pro-image-to-video duration=10 " IMAGE,
      NULL, APIXO_PATH,
      "{'request_type':'async','input':{'mode':'pro-image-to-video',"
      "'prompt':'@prompt@','image_urls':['" FIXTURE_IMAGE "']}}",
      "hailuo-2-3", "pro-image-to-video", 0.49 },
  { "apixo/fast-standard", "apixo", "model=hailuo-2-3-fast " IMAGE, NULL,
      FAST_PATH,
      "{'request_type':'async','input':{'mode':'standard-image-to-video',"
      "'prompt':'@prompt@','image_urls':['" FIXTURE_IMAGE "'],'duration':6}}",
      "hailuo-2-3-fast", "standard-image-to-video", -1 },
  { "apixo/fast-pro", "apixo",
      "model=hailuo-2-3-fast mode=pro-image-to-video " IMAGE, NULL, FAST_PATH,
      "{'request_type':'async','input':{'mode':'pro-image-to-video',"
      "'prompt':'@prompt@','image_urls':['" FIXTURE_IMAGE "']}}",
      "hailuo-2-3-fast", "pro-image-to-video", -1 },
  { "apixo/routing", "apixo", "routing=value", NULL, APIXO_PATH,
      "{'request_type':'async','provider':'value','input':{"
      "'mode':'standard-text-to-video','prompt':'@prompt@','duration':6}}",
      "hailuo-2-3", "standard-text-to-video", 0.336 },
  { "apixo/callback", "apixo", "callback-url=https://example.com/hook", NULL,
      APIXO_PATH,
      "{'request_type':'callback','callback_url':'https://example.com/hook',"
      "'input':{'mode':'standard-text-to-video','prompt':'@prompt@',"
      "'duration':6}}",
      "hailuo-2-3", "standard-text-to-video", 0.336 },
  { "apiinone/standard-enveloped", "apiinone", "duration=6", "enveloped",
      APIINONE_PATH,
      "{'model':'hailuo-2-3','prompt':'@prompt@','image':'" FIXTURE_IMAGE
      "','duration':'6','resolution':'768P'}",
      "hailuo-2-3", "standard-image-to-video", 0.30 },
  { "apiinone/standard-flat", "apiinone", "resolution=1080p", "flat",
      APIINONE_PATH,
      "{'model':'hailuo-2-3','prompt':'@prompt@','image':'" FIXTURE_IMAGE
      "','duration':'6','resolution':'1080P'}",
      "hailuo-2-3", "standard-image-to-video", 0.45 },
  { "apiinone/pro-enveloped", "apiinone",
      "model=" PRO_MODEL " mode=pro-image-to-video", "enveloped", APIINONE_PATH,
      "{'model':'" PRO_MODEL "','prompt':'@prompt@','image':'" FIXTURE_IMAGE
      "','duration':'6','resolution':'768P'}",
      PRO_MODEL, "pro-image-to-video", 0.45 },
  { "apiinone/pro-flat-10", "apiinone",
      "model=" PRO_MODEL " mode=pro-image-to-video duration=10", "flat",
      APIINONE_PATH,
      "{'model':'" PRO_MODEL "','prompt':'@prompt@','image':'" FIXTURE_IMAGE
      "','duration':'10','resolution':'768P'}",
      PRO_MODEL, "pro-image-to-video", 0.85 },
};

static gboolean
is_near (gdouble a, gdouble b)
{
  return ABS (a - b) < 1e-9;
}

/* What was sent */

static void
assert_submit (Fixture *self, const Shot *shot)
{
  g_autoptr (JsonNode) request = fixture_get_request (self, "submit", 0);
  JsonObject *object = json_node_get_object (request);
  g_autofree gchar *quoted = g_strdelimit (g_strdup (shot->body), "'", '"');
  g_autoptr (JsonNode) expected = json_from_string (quoted, NULL);
  g_autoptr (JsonNode) body = json_from_string (
      json_object_get_string_member (object, "body"), NULL);
  JsonObject *holder = json_node_get_object (body);
  g_autofree gchar *content_type = fixture_get_header (
      self, "submit", 0, "content-type");

  g_assert_cmpstr (
      json_object_get_string_member (object, "target"), ==, shot->path);
  g_assert_true (g_str_has_prefix (content_type, "application/json"));
  if (json_object_has_member (holder, "input"))
    holder = json_object_get_object_member (holder, "input");
  g_assert_cmpstr (
      json_object_get_string_member (holder, "prompt"), ==, FIXTURE_PROMPT);
  json_object_set_string_member (holder, "prompt", "@prompt@");
  g_test_message ("%s", json_object_get_string_member (object, "body"));
  g_assert_true (json_node_equal (body, expected));
}

/* What came out */

static void
assert_stream (Fixture *self)
{
  g_autoptr (GstEvent) event = fixture_get_event (self, GST_EVENT_CAPS);
  g_autoptr (GstEvent)
      segment_event = fixture_get_event (self, GST_EVENT_SEGMENT);
  const GstSegment *segment;
  GstCaps *caps;
  guint i;

  gst_event_parse_caps (event, &caps);
  {
    g_autofree gchar *text = gst_caps_to_string (caps);

    g_assert_cmpstr (text, ==, "video/quicktime, variant=(string)iso");
  }
  gst_event_parse_segment (segment_event, &segment);
  g_assert_cmpint (segment->format, ==, GST_FORMAT_BYTES);
  g_assert_cmpuint (segment->start, ==, 0);

  for (i = 0; i + 1 < self->buffers->len; i++)
    g_assert_cmpuint (
        g_array_index (self->buffers, FixtureBuffer, i).size, >=, BLOCK);
}

static GstTagList *
get_tags (Fixture *self)
{
  GstTagList *tags = gst_tag_list_new_empty ();
  guint i;

  for (i = 0; i < self->events->len; i++) {
    GstEvent *event = g_ptr_array_index (self->events, i);
    GstTagList *more;

    if (GST_EVENT_TYPE (event) != GST_EVENT_TAG)
      continue;
    gst_event_parse_tag (event, &more);
    gst_tag_list_insert (tags, more, GST_TAG_MERGE_APPEND);
  }
  return tags;
}

static void
assert_tags (Fixture *self, const gchar *prompt, const gchar *model)
{
  g_autoptr (GstTagList) tags = get_tags (self);
  g_autofree gchar *task_id = fixture_get_task_id (self);
  gboolean has_id = FALSE, has_origin = FALSE;
  guint i;

  for (i = 0; i < gst_tag_list_get_tag_size (tags, GST_TAG_COMMENT); i++) {
    const gchar *text;

    gst_tag_list_peek_string_index (tags, GST_TAG_COMMENT, i, &text);
    has_id = has_id || strstr (text, task_id) != NULL;
    has_origin = has_origin || strstr (text, "generated by AI") != NULL;
  }
  g_assert_true (has_id);
  g_assert_true (has_origin);
  {
    g_autofree gchar *description = NULL;
    g_autofree gchar *encoder = NULL;

    gst_tag_list_get_string (tags, GST_TAG_DESCRIPTION, &description);
    gst_tag_list_get_string (tags, GST_TAG_ENCODER, &encoder);
    g_assert_cmpstr (description, ==, prompt);
    g_assert_cmpstr (encoder, ==, model);
  }
}

/* What was said */

static void
assert_task_fields (const GstStructure *structure, const Shot *shot,
    const gchar *task_id, const gchar *origin, GstClockTime *elapsed)
{
  const gchar *state = gst_structure_get_string (
      structure, GST_HAILUO_FIELD_STATE);
  guint64 now;
  gdouble cost;

  if (g_str_equal (state, "submitting"))
    task_id = NULL;
  g_assert_cmpstr (
      gst_structure_get_string (structure, GST_HAILUO_FIELD_TASK_ID), ==,
      task_id);
  g_assert_cmpstr (
      gst_structure_get_string (structure, GST_HAILUO_FIELD_PROVIDER), ==,
      shot->provider);
  g_assert_cmpstr (gst_structure_get_string (structure, GST_HAILUO_FIELD_MODEL),
      ==, shot->model);
  g_assert_cmpstr (gst_structure_get_string (structure, GST_HAILUO_FIELD_MODE),
      ==, shot->mode);
  g_assert_cmpstr (
      gst_structure_get_string (structure, GST_HAILUO_FIELD_ORIGIN), ==,
      origin);
  g_assert_true (
      gst_structure_get_double (structure, GST_HAILUO_FIELD_COST, &cost));
  g_assert_true (is_near (cost, shot->cost));
  g_assert_true (
      gst_structure_get_uint64 (structure, GST_HAILUO_FIELD_ELAPSED, &now));
  g_assert_cmpuint (now, >=, *elapsed);
  g_assert_cmpuint (now, <, 60 * GST_SECOND);
  *elapsed = now;
}

static void
assert_task_messages (Fixture *self, const Shot *shot, const gchar *origin)
{
  g_autofree gchar *task_id = fixture_get_task_id (self);
  GstClockTime elapsed = 0;
  guint i;

  g_assert_nonnull (task_id);
  fixture_collect (self);
  for (i = 0; i < self->messages->len; i++) {
    GstMessage *message = g_ptr_array_index (self->messages, i);

    if (fixture_task_state (message) != NULL)
      assert_task_fields (
          gst_message_get_structure (message), shot, task_id, origin, &elapsed);
  }
}

/* The messages of the type CONTINUE: between START and the end of their code,
 * with a percent that does not fall */
static void
assert_percent (Fixture *self)
{
  g_autofree gchar *current = NULL;
  gint last = 0, percent;
  guint i, n = 0;

  for (i = 0; i < self->messages->len; i++) {
    GstMessage *message = g_ptr_array_index (self->messages, i);
    g_autofree gchar *code = NULL;
    GstProgressType type;

    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_PROGRESS)
      continue;
    gst_message_parse_progress (message, &type, &code, NULL);
    if (type == GST_PROGRESS_TYPE_START) {
      g_assert_null (current);
      current = g_steal_pointer (&code);
      last = 0;
      continue;
    }
    g_assert_cmpstr (code, ==, current);
    if (type == GST_PROGRESS_TYPE_CONTINUE) {
      g_assert_true (gst_structure_get_int (gst_message_get_structure (message),
          GST_HAILUO_PROGRESS_PERCENT, &percent));
      g_assert_cmpint (percent, >=, last);
      g_assert_cmpint (percent, <=, 100);
      last = percent;
      n++;
    } else {
      g_clear_pointer (&current, g_free);
    }
  }
  g_assert_cmpuint (n, >, 0);
}

static gint64
stats_get (const GstStructure *stats, const gchar *name)
{
  const GValue *value = gst_structure_get_value (stats, name);
  GValue number = G_VALUE_INIT;

  g_assert_nonnull (value);
  g_value_init (&number, G_TYPE_INT64);
  g_assert_true (g_value_transform (value, &number));
  return g_value_get_int64 (&number);
}

static void
assert_stats (Fixture *self, guint submits, const gchar *origin)
{
  g_autoptr (GstStructure) stats = NULL;

  g_object_get (self->source, "stats", &stats, NULL);
  g_assert_cmpint (stats_get (stats, "submits"), ==, submits);
  g_assert_cmpint (stats_get (stats, "polls"), >=, 1);
  g_assert_cmpint (stats_get (stats, "polls"), <=,
      simulator_get_requests (self->simulator, "poll"));
  g_assert_cmpint (stats_get (stats, "retries"), ==, 0);
  g_assert_cmpint (stats_get (stats, "bytes"), ==, self->clip_size);
  g_assert_cmpstr (gst_structure_get_string (stats, "origin"), ==, origin);
}

static void
assert_cost (Fixture *self, gdouble expected)
{
  gdouble cost;

  g_object_get (self->source, "estimated-cost", &cost, NULL);
  g_assert_true (is_near (cost, expected));
}

/* The task is still going on at the first poll, however late that is. */
static void
script_form (Fixture *self, const gchar *form)
{
  g_autofree gchar *script = NULL;

  if (form == NULL) {
    fixture_script (self, "[{'on':'poll','state':'processing'}]");
    return;
  }
  script = g_strdup_printf ("[{'on':'submit','times':0,'form':'%s'},"
                            "{'on':'poll','form':'%s','state':'processing'},"
                            "{'on':'poll','times':0,'form':'%s'}]",
      form, form, form);
  fixture_script (self, script);
}

static void
test_shot (gconstpointer data)
{
  const Shot *shot = data;
  const FixtureOptions options = {
    .provider = shot->provider,
    .big_clip = TRUE,
  };
  g_autoptr (Fixture) f = fixture_new (&options);
  g_autofree gchar *states = NULL;
  g_autofree gchar *progress = NULL;

  script_form (f, shot->form);
  fixture_configure (f, shot->settings);
  assert_cost (f, shot->cost);
  fixture_run (f);

  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
  fixture_assert_requests (f, "file", 1);
  assert_submit (f, shot);
  assert_stream (f);
  assert_tags (f, FIXTURE_PROMPT, shot->model);
  states = fixture_task_states (f);
  g_assert_cmpstr (
      states, ==, "submitting pending processing downloading success");
  assert_task_messages (f, shot, "submitted");
  progress = fixture_progress (f);
  g_assert_cmpstr (progress, ==,
      "submit:start submit:complete "
      "generate:start generate:complete download:start download:complete");
  assert_percent (f);
  assert_stats (f, 1, "submitted");
  assert_cost (f, shot->cost);
}

/* What came is not what was asked for. */
static void
test_other_clip (gconstpointer big_clip)
{
  const FixtureOptions options = { .big_clip = big_clip != NULL };
  g_autoptr (Fixture) f = fixture_new (&options);

  fixture_run (f);
  if (options.big_clip)
    g_assert_cmpuint (fixture_count_messages (f, GST_MESSAGE_WARNING), ==, 0);
  else
    g_assert_cmpuint (fixture_count_messages (f, GST_MESSAGE_WARNING), >, 0);
  fixture_assert_ledger (f, 1);
}

/* Once the clip is there its size is known, to whoever asks downstream. */
static void
test_size (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (GstQuery) query = gst_query_new_seeking (GST_FORMAT_BYTES);
  GstFormat format;
  gboolean seekable;
  gint64 size, start, stop;

  fixture_reach (f, GST_STATE_PAUSED);
  fixture_wait (f, GST_MESSAGE_DURATION_CHANGED);
  g_assert_true (
      gst_element_query_duration (f->source, GST_FORMAT_BYTES, &size));
  g_assert_cmpint (size, ==, f->clip_size);
  g_assert_true (gst_element_query (f->source, query));
  gst_query_parse_seeking (query, &format, &seekable, &start, &stop);
  g_assert_cmpint (format, ==, GST_FORMAT_BYTES);
  g_assert_true (seekable);
  g_assert_cmpint (start, ==, 0);
  g_assert_cmpint (stop, ==, f->clip_size);

  fixture_run (f);
  g_assert_true (
      gst_element_query_duration (f->source, GST_FORMAT_BYTES, &size));
  g_assert_cmpint (size, ==, f->clip_size);
  fixture_assert_ledger (f, 1);
}

/* The task id is the host's, and known before the first poll. */
static void
test_task_id (void)
{
  g_autoptr (Fixture) f = fixture_new_script ("[" FIXTURE_ENDLESS "]");
  g_autofree gchar *task_id = NULL;
  g_autofree gchar *ledger = NULL;
  g_autofree gchar *before = fixture_get_task_id (f);
  GstMessage *message;

  g_assert_null (before);
  fixture_set (f, "first-poll", 100000);
  fixture_ask (f, GST_STATE_PLAYING);
  message = fixture_wait_task (f, "pending");
  task_id = fixture_get_task_id (f);
  ledger = simulator_get_ledger (f->simulator);

  g_assert_nonnull (task_id);
  g_assert_nonnull (strstr (ledger, task_id));
  g_assert_cmpstr (
      gst_structure_get_string (
          gst_message_get_structure (message), GST_HAILUO_FIELD_TASK_ID),
      ==, task_id);
  fixture_assert_requests (f, "poll", 0);
  fixture_assert_ledger (f, 1);
}

/* poll-now polls at once, whenever it comes. */
static void
test_poll_now (void)
{
  g_autoptr (Fixture) f = fixture_new_script (
      "[{'on':'poll','state':'processing'},"
      "{'on':'poll','state':'processing'},{'on':'task','work':0}]");
  guint i;

  fixture_set (f, "first-poll", 600000, "poll-interval", 600000, "callback-url",
      "https://example.com/hook");
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_task (f, "pending");
  for (i = 1; i <= 3; i++) {
    fixture_assert_requests (f, "poll", i - 1);
    g_signal_emit_by_name (f->source, "poll-now");
    fixture_wait_requests (f, "poll", i);
  }
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_clip (f);
  fixture_assert_requests (f, "poll", 3);
  fixture_assert_ledger (f, 1);
}

typedef struct
{
  const gchar *description;
  const gchar *provider;
  const gchar *settings;
  const gchar *model;
} Adoption;

static const Adoption adoptions[] = {
  { "apixo", "apixo", "mode=auto", "hailuo-2-3" },
  /* the model is part of the address of a poll */
  { "apixo-fast", "apixo", "model=hailuo-2-3-fast " IMAGE, "hailuo-2-3-fast" },
  { "apiinone", "apiinone", "mode=auto", "hailuo-2-3" },
};

/* A task of another pipeline's, which is gone, is adopted with no prompt. */
static void
test_adopt (gconstpointer data)
{
  const Adoption *row = data;
  const FixtureOptions options = { .provider = row->provider };
  g_autoptr (Fixture) maker = fixture_new (&options);
  const FixtureOptions beside = {
    .provider = row->provider,
    .simulator = maker->simulator,
  };
  g_autoptr (Fixture) f = NULL;
  g_autofree gchar *task_id = NULL;
  g_autofree gchar *states = NULL;
  g_autofree gchar *progress = NULL;

  fixture_configure (maker, row->settings);
  fixture_set (maker, "first-poll", 600000);
  fixture_ask (maker, GST_STATE_PLAYING);
  fixture_wait_task (maker, "pending");
  task_id = fixture_get_task_id (maker);
  fixture_stop (maker, GST_STATE_NULL);

  f = fixture_new (&beside);
  fixture_set (f, "prompt", NULL, "image", NULL, "model", row->model, "task-id",
      task_id);
  fixture_run (f);

  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
  states = fixture_task_states (f);
  g_assert_true (g_str_has_suffix (states, "downloading success"));
  g_assert_null (strstr (states, "submitting"));
  progress = fixture_progress (f);
  g_assert_cmpstr (progress, ==,
      "generate:start generate:complete "
      "download:start download:complete");
  assert_stats (f, 0, "resumed");
  assert_tags (f, NULL, row->model);
}

/* Another spelling of the host is no other host. */
static void
test_base_url (void)
{
  static const gchar *const paths[] = { "/api/v1/", "/api/./v1",
    "/x/../api/v1" };
  g_autoptr (Fixture) f = fixture_new (NULL);
  const gchar *usual = simulator_get_base_url (f->simulator, "apixo");
  const gsize origin = strlen (usual) - strlen ("/api/v1");
  guint i;

  fixture_run (f);
  for (i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autofree gchar *other = g_strdup_printf (
        "HTTP%.*s%s", (gint) origin - 4, usual + 4, paths[i]);

    fixture_reset (f, GST_STATE_NULL);
    fixture_set (f, "base-url", other);
    fixture_forget (f);
    fixture_run (f);
    fixture_assert_ledger (f, 1);
  }
}

/* No name of a file: the certificate is refused, and nothing was sent. */
static void
test_tls (void)
{
  const FixtureOptions options = { .tls = TRUE };
  g_autoptr (Fixture) f = fixture_new (&options);
  const FixtureDetails expected = { 0, "", "", 1, -1, "no", FALSE };

  fixture_set (f, "retries", 0);
  fixture_assert_details (
      f, fixture_run_error (f, GST_RESOURCE_ERROR_OPEN_READ), &expected);
  fixture_assert_requests (f, "any", 0);

  fixture_reset (f, GST_STATE_NULL);
  fixture_set (f, "ca-file", g_getenv ("TEST_CERT"));
  fixture_run (f);
  fixture_assert_ledger (f, 1);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  FIXTURE_ADD_TABLE ("/shots/", shots, test_shot);
  FIXTURE_ADD_TABLE ("/shots/adopt/", adoptions, test_adopt);
  g_test_add_data_func ("/shots/as-asked", "big", test_other_clip);
  g_test_add_data_func ("/shots/not-as-asked", NULL, test_other_clip);
  g_test_add_func ("/shots/size", test_size);
  g_test_add_func ("/shots/task-id", test_task_id);
  g_test_add_func ("/shots/poll-now", test_poll_now);
  g_test_add_func ("/shots/base-url", test_base_url);
  g_test_add_func ("/shots/tls", test_tls);
  return fixture_finish ();
}
