/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every mode x model x duration x resolution x image x routing of both hosts:
 * it is sent exactly so, or refused with the property named.  What is right is
 * written here a second time, from the hosts' documents. */
#include "unit.h"

#include <json-glib/json-glib.h>

#include "provider.h"

#define APIXO GST_HAILUO_PROVIDER_APIXO
#define APIINONE GST_HAILUO_PROVIDER_APIINONE
#define IMAGE "https://example.com/input.jpg"
#define CALLBACK "https://your-server.com/webhooks/hailuo?x=1&y=2"
#define STANDARD_NAME "hailuo/2-3-image-to-video-standard"
#define PRO_NAME "hailuo/2-3-image-to-video-pro"
#define UNLISTED "hailuo-9"

static const gchar *const modes[] = { "auto", "standard-text-to-video",
  "standard-image-to-video", "pro-text-to-video", "pro-image-to-video" };
static const gchar *const resolutions[] = { "auto", "768p", "1080p" };
static const gchar *const routings[] = { "default", "auto", "value",
  "official" };
static const guint durations[] = { 0, 5, 6, 7, 10, 11, G_MAXUINT };
static const gchar *const images[] = { NULL, IMAGE };

/* A clip that the documents say a host makes. */
typedef struct
{
  GstHailuoProviderId provider;
  const gchar *model; /* as sent */
  const gchar *mode;
  guint duration; /* 0: any, and left out of the request */
  const gchar *resolution;
} Documented;

static const Documented documented[] = {
  /* "standard-text-to-video: Required: 6 or 10 seconds, 768p video" */
  { APIXO, "hailuo-2-3", "standard-text-to-video", 6, "768p" },
  { APIXO, "hailuo-2-3", "standard-text-to-video", 10, "768p" },
  { APIXO, "hailuo-2-3", "standard-image-to-video", 6, "768p" },
  { APIXO, "hailuo-2-3", "standard-image-to-video", 10, "768p" },
  /* "Ignored, Fixed 5-second 1080p video" */
  { APIXO, "hailuo-2-3", "pro-text-to-video", 0, "1080p" },
  { APIXO, "hailuo-2-3", "pro-image-to-video", 0, "1080p" },
  /* "This model only supports image-to-video" */
  { APIXO, "hailuo-2-3-fast", "standard-image-to-video", 6, "768p" },
  { APIXO, "hailuo-2-3-fast", "standard-image-to-video", 10, "768p" },
  { APIXO, "hailuo-2-3-fast", "pro-image-to-video", 0, "1080p" },
  /* "6 or 10 second video clips at 768P or 1080P", less the one that the model
   * itself does not make: 10 s at 1080P */
  { APIINONE, "hailuo-2-3", "standard-image-to-video", 6, "768p" },
  { APIINONE, "hailuo-2-3", "standard-image-to-video", 10, "768p" },
  { APIINONE, "hailuo-2-3", "standard-image-to-video", 6, "1080p" },
  { APIINONE, STANDARD_NAME, "standard-image-to-video", 6, "768p" },
  { APIINONE, STANDARD_NAME, "standard-image-to-video", 10, "768p" },
  { APIINONE, STANDARD_NAME, "standard-image-to-video", 6, "1080p" },
  { APIINONE, PRO_NAME, "pro-image-to-video", 6, "768p" },
  { APIINONE, PRO_NAME, "pro-image-to-video", 10, "768p" },
  { APIINONE, PRO_NAME, "pro-image-to-video", 6, "1080p" },
};

static guint hits[G_N_ELEMENTS (documented)];

/* What a user asks for, in words. */
typedef struct
{
  GstHailuoProviderId provider;
  const gchar *model; /* NULL: by default */
  guint mode, resolution, routing;
  guint duration;
  const gchar *image;
} Cell;

/* What must become of it. */
typedef struct
{
  gboolean open;        /* no document tells: sent exactly so, or refused */
  const gchar *refused; /* properties, one of which is named; or NULL */
  const gchar *model;
  const gchar *mode;
  guint duration; /* 0: left out */
  const gchar *resolution;
} Verdict;

static const gchar *
resolve_mode (const Cell *cell)
{
  gboolean pro = g_strcmp0 (cell->model, PRO_NAME) == 0;

  if (cell->mode != 0)
    return modes[cell->mode];
  /* that name makes nothing else */
  if (pro && cell->provider == APIINONE)
    return "pro-image-to-video";
  return cell->image != NULL ? modes[2] : modes[1];
}

static const gchar *
resolve_model (const Cell *cell, const gchar *mode)
{
  if (cell->model != NULL)
    return cell->model;
  if (cell->provider == APIINONE && g_str_has_prefix (mode, "pro"))
    return PRO_NAME;
  return "hailuo-2-3";
}

/* Whether some documented clip has these members; NULL and -1: any. */
static gboolean
is_documented (GstHailuoProviderId provider, const gchar *model,
    const gchar *mode, gint64 duration, const gchar *resolution, gsize *row)
{
  for (gsize i = 0; i < G_N_ELEMENTS (documented); i++) {
    const Documented *d = &documented[i];

    if (d->provider != provider || !g_str_equal (d->model, model)
        || (mode != NULL && !g_str_equal (d->mode, mode))
        || (duration >= 0 && d->duration != 0 && d->duration != duration)
        || (resolution != NULL && !g_str_equal (d->resolution, resolution)))
      continue;
    if (row != NULL)
      *row = i;
    return TRUE;
  }
  return FALSE;
}

/* A model in no list: only what the dialect cannot express at all is sure. */
static void
judge_unlisted (const Cell *cell, Verdict *verdict)
{
  gboolean usual = (cell->duration == 6 || cell->duration == 10)
      && cell->resolution == 0;

  verdict->duration = cell->duration;
  verdict->resolution = resolutions[cell->resolution];
  verdict->open = !usual;
  if (cell->provider == APIINONE
      && !g_str_equal (verdict->mode, "standard-image-to-video"))
    verdict->open = TRUE;
  if (cell->provider == APIXO && g_str_has_prefix (verdict->mode, "pro"))
    verdict->duration = 0;
}

static void
judge (const Cell *cell, Verdict *verdict)
{
  const gchar *resolution = cell->resolution == 0
      ? NULL
      : resolutions[cell->resolution];
  gboolean text;
  gsize row;

  memset (verdict, 0, sizeof (*verdict));
  verdict->mode = resolve_mode (cell);
  verdict->model = resolve_model (cell, verdict->mode);
  text = strstr (verdict->mode, "text-to") != NULL;

  if (cell->provider == APIINONE && cell->routing != 0) {
    verdict->refused = "routing";
  } else if (cell->provider == APIINONE && text) {
    verdict->refused = cell->image == NULL ? "mode|model|image" : "mode|model";
  } else if (text && cell->image != NULL) {
    verdict->refused = "image|mode";
  } else if (!text && cell->image == NULL) {
    verdict->refused = "image|mode";
  } else if (g_str_equal (verdict->model, UNLISTED)) {
    judge_unlisted (cell, verdict);
  } else if (!is_documented (cell->provider, verdict->model, verdict->mode, -1,
                 NULL, NULL)) {
    verdict->refused = cell->mode == 0 ? "mode|model|image" : "mode|model";
  } else if (!is_documented (cell->provider, verdict->model, verdict->mode,
                 cell->duration, NULL, NULL)) {
    verdict->refused = "duration";
  } else if (!is_documented (cell->provider, verdict->model, verdict->mode, -1,
                 resolution, NULL)) {
    verdict->refused = "resolution";
  } else if (!is_documented (cell->provider, verdict->model, verdict->mode,
                 cell->duration, resolution, &row)) {
    verdict->refused = "duration|resolution";
  } else {
    hits[row]++;
    /* "ignored" by the host; whether a number that no clip has is ignored here
     * too, or refused like anywhere else, is a matter of taste */
    verdict->open = documented[row].duration == 0 && cell->duration != 6
        && cell->duration != 10;
    verdict->duration = documented[row].duration;
    verdict->resolution = documented[row].resolution;
  }
}

static void
assert_string (JsonObject *object, const gchar *name, const gchar *value)
{
  JsonNode *node = json_object_get_member (object, name);

  g_assert_nonnull (node);
  g_assert_true (JSON_NODE_HOLDS_VALUE (node));
  g_assert_true (json_node_get_value_type (node) == G_TYPE_STRING);
  g_assert_cmpstr (json_node_get_string (node), ==, value);
}

static JsonObject *
parse_body (JsonParser *parser, const gchar *body)
{
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (body);
  g_assert_true (g_utf8_validate (body, -1, NULL));
  json_parser_load_from_data (parser, body, -1, &error);
  g_assert_no_error (error);
  g_assert_true (JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)));
  return json_node_get_object (json_parser_get_root (parser));
}

static void
check_apixo (const Cell *cell, const Verdict *verdict, const gchar *prompt,
    const gchar *callback_url, const GstHailuoApiRequest *request)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree gchar *path = g_strconcat ("/generateTask/", verdict->model, NULL);
  JsonObject *body = parse_body (parser, request->body);
  JsonObject *input = json_object_get_object_member (body, "input");
  guint top = 2, inner = 2;

  g_assert_cmpstr (request->path, ==, path);
  assert_string (
      body, "request_type", callback_url != NULL ? "callback" : "async");
  if (callback_url != NULL) {
    assert_string (body, "callback_url", callback_url);
    top++;
  }
  if (cell->routing != 0) {
    assert_string (body, "provider", routings[cell->routing]);
    top++;
  }
  g_assert_cmpuint (json_object_get_size (body), ==, top);

  assert_string (input, "mode", verdict->mode);
  assert_string (input, "prompt", prompt);
  if (cell->image != NULL) {
    JsonArray *urls = json_object_get_array_member (input, "image_urls");

    g_assert_cmpuint (json_array_get_length (urls), ==, 1);
    g_assert_cmpstr (json_array_get_string_element (urls, 0), ==, cell->image);
    inner++;
  }
  if (verdict->duration != 0) {
    JsonNode *node = json_object_get_member (input, "duration");

    g_assert_nonnull (node);
    g_assert_true (json_node_get_value_type (node) == G_TYPE_INT64);
    g_assert_cmpint (json_node_get_int (node), ==, verdict->duration);
    inner++;
  }
  g_assert_cmpuint (json_object_get_size (input), ==, inner);
}

static void
check_apiinone (const Cell *cell, const Verdict *verdict, const gchar *prompt,
    const gchar *callback_url, const GstHailuoApiRequest *request)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *body = parse_body (parser, request->body);
  g_autofree gchar *duration = g_strdup_printf ("%u", verdict->duration);
  /* what "auto" means for a model in no list is not told; 768P is the host's
   * own default */
  gboolean is_1080p = g_str_equal (verdict->resolution, "1080p");
  guint members = 5;

  g_assert_cmpstr (request->path, ==, "/api/v1/videos/generations");
  assert_string (body, "model", verdict->model);
  assert_string (body, "prompt", prompt);
  if (cell->image != NULL)
    assert_string (body, "image", cell->image);
  else
    members--;
  assert_string (body, "duration", duration);
  assert_string (body, "resolution", is_1080p ? "1080P" : "768P");
  if (callback_url != NULL) {
    assert_string (body, "callback_url", callback_url);
    members++;
  }
  g_assert_cmpuint (json_object_get_size (body), ==, members);
}

static void
check_sent (const Cell *cell, const Verdict *verdict, const GstHailuoShot *shot,
    const gchar *prompt)
{
  const GstHailuoProvider *provider = gst_hailuo_provider_get (cell->provider);

  g_assert_cmpstr (shot->model, ==, verdict->model);
  g_assert_cmpuint (shot->duration, ==, verdict->duration);
  g_assert_nonnull (shot->variant);
  for (guint i = 0; i < 2; i++) {
    const gchar *callback_url = i == 0 ? NULL : CALLBACK;
    g_auto (GstHailuoApiRequest) request = { NULL, NULL };

    provider->build_submit (shot, callback_url, &request);
    if (cell->provider == APIXO)
      check_apixo (cell, verdict, prompt, callback_url, &request);
    else
      check_apiinone (cell, verdict, prompt, callback_url, &request);
  }
}

/* TRUE: the cell is sent. */
static gboolean
check_cell (const Cell *cell)
{
  GstHailuoParams wish = { cell->model, cell->mode, "a prompt", cell->image,
    cell->duration, cell->resolution, cell->routing, 1 };
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GstHailuoShot) shot = NULL;
  g_autofree gchar *name = g_strdup_printf ("%s, %s, %u s, %s, %s, routing %s",
      cell->model, modes[cell->mode], cell->duration,
      resolutions[cell->resolution], cell->image, routings[cell->routing]);
  Verdict verdict;

  judge (cell, &verdict);
  shot = gst_hailuo_shot_new (
      unit_catalogue (cell->provider), &wish, NULL, problems);
  g_assert_true ((shot == NULL) == (problems->len > 0));
  if (shot == NULL) {
    if (verdict.refused == NULL && !verdict.open)
      g_error (
          "%s: refused: %s", name, (gchar *) g_ptr_array_index (problems, 0));
    if (verdict.refused != NULL
        && unit_find_problem (problems, verdict.refused) == NULL)
      g_error ("%s: %s is not named: %s", name, verdict.refused,
          (gchar *) g_ptr_array_index (problems, 0));
    return FALSE;
  }
  if (verdict.refused != NULL)
    g_error ("%s: sent, although %s is wrong", name, verdict.refused);
  g_test_message ("sent: %s", name);
  check_sent (cell, &verdict, shot, "a prompt");
  if (g_str_equal (verdict.model, UNLISTED))
    g_assert_cmpint (shot->variant->price, ==, GST_HAILUO_PRICE_UNKNOWN);
  return TRUE;
}

typedef struct
{
  const gchar *description;
  GstHailuoProviderId provider;
  const gchar *model;
} ModelRow;

static const ModelRow model_rows[] = {
  { "APIXO", APIXO, NULL },
  { "APIXO, hailuo-2-3", APIXO, "hailuo-2-3" },
  { "APIXO, hailuo-2-3-fast", APIXO, "hailuo-2-3-fast" },
  { "APIXO, not listed", APIXO, UNLISTED },
  { "API in One", APIINONE, NULL },
  { "API in One, hailuo-2-3", APIINONE, "hailuo-2-3" },
  { "API in One, standard", APIINONE, STANDARD_NAME },
  { "API in One, pro", APIINONE, PRO_NAME },
  { "API in One, not listed", APIINONE, UNLISTED },
};

/* The index counts through all members but the model, the last one first. */
static void
test_model (gconstpointer data)
{
  const ModelRow *row = data;
  guint n = G_N_ELEMENTS (modes) * G_N_ELEMENTS (resolutions)
      * G_N_ELEMENTS (routings) * G_N_ELEMENTS (durations)
      * G_N_ELEMENTS (images);
  guint sent = 0;

  for (guint i = 0; i < n; i++) {
    Cell cell = { row->provider, row->model };
    guint rest = i;

    cell.mode = rest % G_N_ELEMENTS (modes);
    rest /= G_N_ELEMENTS (modes);
    cell.resolution = rest % G_N_ELEMENTS (resolutions);
    rest /= G_N_ELEMENTS (resolutions);
    cell.routing = rest % G_N_ELEMENTS (routings);
    rest /= G_N_ELEMENTS (routings);
    cell.duration = durations[rest % G_N_ELEMENTS (durations)];
    rest /= G_N_ELEMENTS (durations);
    cell.image = images[rest];
    sent += check_cell (&cell);
  }
  g_test_message ("%u cells: %u sent, %u refused", n, sent, n - sent);
  g_assert_cmpuint (sent, >, 0);
}

/* Without this, an oracle that refuses everything would be content. */
static void
test_all_documented (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (documented); i++) {
    const Documented *d = &documented[i];
    Cell cell = { d->provider, d->model };

    while (!g_str_equal (modes[cell.mode], d->mode))
      cell.mode++;
    while (!g_str_equal (resolutions[cell.resolution], d->resolution))
      cell.resolution++;
    cell.duration = d->duration == 0 ? 6 : d->duration;
    cell.image = strstr (d->mode, "image") != NULL ? IMAGE : NULL;
    hits[i] = 0;
    g_assert_true (check_cell (&cell));
    g_assert_cmpuint (hits[i], ==, 1);
  }
}

typedef struct
{
  const gchar *description;
  const gchar *prompt;
} PromptRow;

static const PromptRow prompt_rows[] = {
  { "quotes", "she says \"go\" and 'stop'" },
  { "backslashes", "C:\\new\\table \\u0041 \\" },
  { "newlines", "one\ntwo\r\nthree\n" },
  { "tabs", "a\tb" },
  { "emoji",
      "a dog \xf0\x9f\x90\x95 runs \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0"
      "\x9f\x9a\x80" },
  { "Chinese", "[\xe5\xb7\xa6\xe7\xa7\xbb] \xe6\x97\xa5\xe5\x87\xba" },
  { "camera commands", "[Push in] a door, then [Pan left, Tilt up] {x}" },
  { "markup", "</script><b>&amp;</b>" },
  { "percent", "100 % %s %n %41 &x=y" },
  { "line separator",
      "a\xe2\x80\xa8"
      "b" },
  { "delete and control characters", "a\x7f\x1b[0m\x01z" },
  { "white space around", "  a  " },
  { "a request in the request", "\",\"duration\":60,\"x\":\"" },
};

static void
test_prompt (gconstpointer data)
{
  const PromptRow *row = data;

  for (guint i = 0; i < GST_HAILUO_N_PROVIDERS; i++) {
    Cell cell = { i, NULL, .mode = 2, .duration = 6, .image = IMAGE };
    GstHailuoParams wish = { NULL, cell.mode, row->prompt, IMAGE, 6,
      GST_HAILUO_RESOLUTION_AUTO, GST_HAILUO_ROUTING_DEFAULT, 1 };
    g_autoptr (GstHailuoShot) shot = unit_shot (i, &wish);
    Verdict verdict;

    judge (&cell, &verdict);
    g_assert_null (verdict.refused);
    check_sent (&cell, &verdict, shot, row->prompt);
  }
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  UNIT_ADD_TABLE ("/matrix/model", model_rows, test_model);
  g_test_add_func ("/matrix/all-documented", test_all_documented);
  UNIT_ADD_TABLE ("/matrix/prompt", prompt_rows, test_prompt);

  return g_test_run ();
}
