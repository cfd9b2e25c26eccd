/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The providers as a whole: look-up, what their documents say once and for
 * all, the request that polls, and which task ids we keep. */
#include "unit.h"

#include "provider.h"

static void
test_find (void)
{
  g_assert_true (
      gst_hailuo_provider_find ("apixo") == &gst_hailuo_provider_apixo);
  g_assert_true (
      gst_hailuo_provider_find ("apiinone") == &gst_hailuo_provider_apiinone);
  g_assert_null (gst_hailuo_provider_find ("apix"));
  g_assert_null (gst_hailuo_provider_find ("apixo2"));
  g_assert_null (gst_hailuo_provider_find (""));
  for (guint i = 0; i < GST_HAILUO_N_PROVIDERS; i++) {
    const GstHailuoProvider *provider = gst_hailuo_provider_get (i);

    g_assert_true (
        gst_hailuo_provider_find (provider->catalogue.nick) == provider);
  }
}

static void
test_apixo (void)
{
  const GstHailuoProvider *provider = &gst_hailuo_provider_apixo;

  g_assert_cmpstr (provider->catalogue.nick, ==, "apixo");
  g_assert_cmpstr (provider->catalogue.title, ==, "APIXO");
  g_assert_true (provider->catalogue.has_routing);
  g_assert_cmpstr (provider->base_url, ==, "https://api.apixo.ai/api/v1");
  g_assert_cmpstr (provider->key_env, ==, "APIXO_API_KEY");
  /* "30s after task creation", "45s-60s", "10s-15s" */
  g_assert_cmpuint (provider->first_poll[0], ==, 30000);
  g_assert_cmpuint (provider->first_poll[1], >=, 45000);
  g_assert_cmpuint (provider->first_poll[1], <=, 60000);
  g_assert_cmpuint (provider->poll_interval, >=, 10000);
  g_assert_cmpuint (provider->poll_interval, <=, 15000);
}

static void
test_apiinone (void)
{
  const GstHailuoProvider *provider = &gst_hailuo_provider_apiinone;

  g_assert_cmpstr (provider->catalogue.nick, ==, "apiinone");
  g_assert_cmpstr (provider->catalogue.title, ==, "API in One");
  g_assert_false (provider->catalogue.has_routing);
  g_assert_cmpstr (provider->base_url, ==, "https://apiin.one");
  g_assert_cmpstr (provider->key_env, ==, "APIINONE_API_KEY");
  /* "60-120 seconds" */
  g_assert_cmpuint (provider->typical, >=, 60000);
  g_assert_cmpuint (provider->typical, <=, 120000);
}

/* What must hold for any host, so also for the next one. */
static void
test_tables (void)
{
  for (guint i = 0; i < GST_HAILUO_N_PROVIDERS; i++) {
    const GstHailuoProvider *provider = gst_hailuo_provider_get (i);

    g_assert_true (g_str_has_prefix (provider->base_url, "https://"));
    g_assert_false (g_str_has_suffix (provider->base_url, "/"));
    g_assert_cmpuint (provider->first_poll[0], >, 0);
    g_assert_cmpuint (provider->first_poll[1], >, 0);
    g_assert_cmpuint (provider->poll_interval, >, 0);
    g_assert_cmpuint (provider->typical, >, 0);
    for (guint j = 0; j < provider->catalogue.n_models; j++) {
      const GstHailuoModel *model = &provider->catalogue.models[j];

      g_assert_cmpuint (model->n_variants, >, 0);
      for (guint k = 0; k < model->n_variants; k++) {
        const GstHailuoVariant *variant = &model->variants[k];

        g_assert_cmpint (variant->mode, !=, GST_HAILUO_MODE_AUTO);
        g_assert_cmpint (variant->resolution, !=, GST_HAILUO_RESOLUTION_AUTO);
        g_assert_cmpint (variant->price, >=, GST_HAILUO_PRICE_UNKNOWN);
        g_assert_cmpint (variant->price, !=, 0);
      }
    }
  }
}

typedef struct
{
  const gchar *description;
  const GstHailuoProvider *provider;
  const gchar *model;
  const gchar *task_id;
  const gchar *path;
} PollRow;

static const PollRow poll_rows[] = {
  { "APIXO", &gst_hailuo_provider_apixo, "hailuo-2-3", "task_12345678",
      "/statusTask/hailuo-2-3?taskId=task_12345678" },
  { "APIXO, fast", &gst_hailuo_provider_apixo, "hailuo-2-3-fast",
      "dff8afd34c4e47719b85ad6651daa3f0",
      "/statusTask/hailuo-2-3-fast?taskId=dff8afd34c4e47719b85ad6651daa3f0" },
  { "APIXO, a model that is not listed", &gst_hailuo_provider_apixo, "hailuo-9",
      "task-1.2", "/statusTask/hailuo-9?taskId=task-1.2" },
  { "API in One", &gst_hailuo_provider_apiinone, "hailuo-2-3", "task_abc123",
      "/api/v1/tasks/task_abc123" },
  /* the model is in the body of a submit only */
  { "API in One, pro", &gst_hailuo_provider_apiinone,
      "hailuo/2-3-image-to-video-pro", "n41xxxx_flux2",
      "/api/v1/tasks/n41xxxx_flux2" },
};

static void
test_poll (gconstpointer data)
{
  const PollRow *row = data;
  g_auto (GstHailuoApiRequest) request = { NULL, NULL };

  row->provider->build_poll (row->model, row->task_id, &request);
  g_assert_cmpstr (request.path, ==, row->path);
  g_assert_null (request.body);
}

/* An id is one value in one place of the path, whatever is in it. */
static void
test_poll_encodes (void)
{
  static const gchar *const ids[] = { "a:b", "a/b", "a?b", "a#b", "a&b=c",
    "a b", "a%41", "../../apikeys/current-balance", "\xc3\xa9" };

  for (guint i = 0; i < GST_HAILUO_N_PROVIDERS; i++) {
    const GstHailuoProvider *provider = gst_hailuo_provider_get (i);
    g_auto (GstHailuoApiRequest) plain = { NULL, NULL };

    provider->build_poll ("hailuo-2-3", "X", &plain);
    for (guint j = 0; j < G_N_ELEMENTS (ids); j++) {
      g_auto (GstHailuoApiRequest) request = { NULL, NULL };
      g_autofree gchar *decoded = NULL;
      const gchar *encoded;

      provider->build_poll ("hailuo-2-3", ids[j], &request);
      g_assert_true (
          strncmp (request.path, plain.path, strlen (plain.path) - 1) == 0);
      encoded = request.path + strlen (plain.path) - 1;
      g_assert_null (strpbrk (encoded, "/?#&= \xc3"));
      decoded = g_uri_unescape_string (encoded, NULL);
      g_assert_cmpstr (decoded, ==, ids[j]);
    }
  }
}

typedef struct
{
  const gchar *description;
  const gchar *task_id;
  gboolean valid;
} IdRow;

#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

static const IdRow id_rows[] = {
  { "documented at APIXO", "task_12345678", TRUE },
  { "seen at APIXO", "dff8afd34c4e47719b85ad6651daa3f0", TRUE },
  { "documented at API in One", "n41xxxx_flux2", TRUE },
  { "digits", "176843862716480", TRUE },
  { "every sign", "Az09._:-", TRUE },
  { "a UUID", "123e4567-e89b-12d3-a456-426614174000", TRUE },
  { "one character", "x", TRUE },
  { "128 characters", SIXTY SIXTY "12345678", TRUE },
  { "129 characters", SIXTY SIXTY "123456789", FALSE },
  { "nothing", NULL, FALSE },
  { "empty", "", FALSE },
  { "space", "a b", FALSE },
  { "space at the end", "a ", FALSE },
  { "newline at the end", "a\n", FALSE },
  { "slash", "a/b", TRUE },
  { "base64", "a+b==", TRUE },
  { "an address", "vid@77,1", TRUE },
  { "path", "../x", FALSE },
  { "path inside", "a/../b", FALSE },
  { "dot", ".", FALSE },
  { "backslash", "a\\b", FALSE },
  { "question mark", "a?b", FALSE },
  { "percent", "a%2fb", FALSE },
  { "hash sign", "a#b", FALSE },
  { "ampersand", "a&b", FALSE },
  { "quote", "a\"b", FALSE },
  { "control character", "a\x01", FALSE },
  { "not ASCII", "t\xc3\xa9", FALSE },
  { "not UTF-8", "t\xff", FALSE },
};

static void
test_id (gconstpointer data)
{
  const IdRow *row = data;

  g_assert_cmpint (gst_hailuo_task_id_is_valid (row->task_id), ==, row->valid);
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/provider/find", test_find);
  g_test_add_func ("/provider/apixo", test_apixo);
  g_test_add_func ("/provider/apiinone", test_apiinone);
  g_test_add_func ("/provider/tables", test_tables);
  UNIT_ADD_TABLE ("/provider/poll", poll_rows, test_poll);
  g_test_add_func ("/provider/poll-encodes", test_poll_encodes);
  UNIT_ADD_TABLE ("/provider/task-id", id_rows, test_id);

  return g_test_run ();
}
