/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What shows that a clip was made, and so is paid: a failure that comes later
 * makes no run pay again.  Also where the answer is an error, or no end. */
#include "unit.h"

#include "provider.h"

#define APIXO &gst_hailuo_provider_apixo
#define APIINONE &gst_hailuo_provider_apiinone
#define CLIP "https://file.apixo.ai/video.mp4"
#define CODE_200 "{\"code\":200,\"message\":\"success\",\"data\":{"

typedef struct
{
  const gchar *description;
  const GstHailuoProvider *provider;
  guint status;
  const gchar *body;
  gboolean made;
} MadeRow;

#define STATE(word, members) \
  CODE_200 "\"taskId\":\"t\",\"state\":\"" word "\"" members "}}"
#define URLS(list) ",\"resultJson\":\"{\\\"resultUrls\\\":" list "}\""
#define SAID(members) "{\"data\":{" members "}}"

static const MadeRow made_rows[] = {
  { "success, no result", APIXO, 200, STATE ("success", ""), TRUE },
  { "success, an empty list", APIXO, 200, STATE ("success", URLS ("[]")),
      TRUE },
  { "success, a path", APIXO, 200, STATE ("success", URLS ("[\\\"/v.mp4\\\"]")),
      TRUE },
  { "success, another scheme", APIXO, 200,
      STATE ("success", URLS ("[\\\"ftp://x.example/v.mp4\\\"]")), TRUE },
  { "success, a link", APIXO, 200,
      STATE ("success", URLS ("[\\\"" CLIP "\\\"]")), TRUE },
  { "success in an envelope that says no", APIXO, 200,
      "{\"code\":500,\"data\":{\"taskId\":\"t\",\"state\":\"success\"}}",
      TRUE },
  { "success in an error", APIXO, 500,
      "{\"code\":500,\"data\":{\"taskId\":\"t\",\"state\":\"success\"}}",
      TRUE },
  { "success of nobody", APIXO, 200, CODE_200 "\"state\":\"success\"}}",
      FALSE },
  { "success of another task", APIXO, 200,
      CODE_200 "\"taskId\":\"other\",\"state\":\"success\"}}", FALSE },
  { "a link of nobody", APIXO, 200,
      CODE_200 "\"state\":\"success\"" URLS ("[\\\"" CLIP "\\\"]") "}}", TRUE },
  { "a link of another task", APIXO, 200,
      CODE_200 "\"taskId\":\"other\",\"state\":\"success\"" URLS (
          "[\\\"" CLIP "\\\"]") "}}",
      FALSE },
  { "failed", APIXO, 200, STATE ("failed", ""), FALSE },
  { "failed, an empty list", APIXO, 200, STATE ("failed", URLS ("[]")), FALSE },
  { "failed, an empty text", APIXO, 200, STATE ("failed", URLS ("[\\\"\\\"]")),
      FALSE },
  { "failed, a path", APIXO, 200, STATE ("failed", URLS ("[\\\"/v.mp4\\\"]")),
      TRUE },
  { "failed, another scheme", APIXO, 200,
      STATE ("failed", URLS ("[\\\"ftp://x.example/v\\\"]")), TRUE },
  { "failed, a link elsewhere in the JSON in a string", APIXO, 200,
      STATE (
          "failed", ",\"resultJson\":\"{\\\"videos\\\":[\\\"" CLIP "\\\"]}\""),
      TRUE },
  { "failed, a path, in an error", APIXO, 500,
      "{\"code\":500,\"data\":{\"taskId\":\"t\",\"state\":\"failed\"" URLS (
          "[\\\"/v.mp4\\\"]") "}}",
      TRUE },
  { "processing", APIXO, 200, STATE ("processing", ""), FALSE },
  { "processing, a path", APIXO, 200,
      STATE ("processing", URLS ("[\\\"/v.mp4\\\"]")), TRUE },
  { "no state, a path", APIXO, 200,
      CODE_200 "\"taskId\":\"t\"" URLS ("[\\\"/v.mp4\\\"]") "}}", TRUE },
  { "an unknown word", APIXO, 200, STATE ("galloping", ""), FALSE },
  { "an unknown word, a path", APIXO, 200,
      STATE ("galloping", URLS ("[\\\"/v.mp4\\\"]")), TRUE },
  { "an error", APIXO, 500, "{\"code\":500,\"message\":\"x\"}", FALSE },
  { "not JSON", APIXO, 200, "<html></html>", FALSE },

  { "API in One, completed", APIINONE, 200,
      SAID ("\"task_id\":\"t\",\"status\":\"completed\""), TRUE },
  { "API in One, completed, flat", APIINONE, 200,
      "{\"id\":\"t\",\"status\":\"completed\"}", TRUE },
  { "API in One, the success of a request", APIINONE, 200,
      "{\"status\":\"success\"}", FALSE },
  { "API in One, the success of a request that goes on", APIINONE, 200,
      "{\"status\":\"success\",\"data\":{\"task_id\":\"t\","
      "\"status\":\"processing\"}}",
      FALSE },
  { "API in One, completed by the id of a request", APIINONE, 500,
      "{\"id\":\"t\",\"status\":\"completed\"}", FALSE },
  { "API in One, failed", APIINONE, 200,
      SAID ("\"task_id\":\"t\",\"status\":\"failed\""), FALSE },
  { "API in One, failed, a path", APIINONE, 200,
      SAID ("\"task_id\":\"t\",\"status\":\"failed\",\"video_url\":\"/v.mp4\""),
      TRUE },
  { "API in One, failed, a path elsewhere", APIINONE, 200,
      SAID ("\"task_id\":\"t\",\"status\":\"failed\",\"file\":\"/v.mp4\""),
      FALSE },
};

static void
test_made (gconstpointer data)
{
  const MadeRow *row = data;
  g_auto (GstHailuoReport) report = { 0 };
  g_autoptr (GError) error = NULL;

  g_test_message ("%s", row->body);
  unit_parse_poll (
      row->provider, row->status, row->body, NULL, "t", &report, &error);
  g_assert_cmpint (report.made, ==, row->made);
}

/* A list without end has a first link too. */
static void
test_many_links (void)
{
  g_autoptr (GString) body = g_string_new (
      CODE_200 "\"taskId\":\"t\",\"state\":\"success\","
               "\"resultJson\":{\"resultUrls\":[\"" CLIP "\"");
  g_auto (GstHailuoReport) report = { 0 };

  for (guint i = 0; i < 5000; i++)
    g_string_append (body, ",\"https://x.example/2.mp4\"");
  g_string_append (body, "]}}}");
  g_assert_true (
      unit_parse_poll (APIXO, 200, body->str, NULL, "t", &report, NULL));
  g_assert_cmpint (report.state, ==, GST_HAILUO_STATE_SUCCESS);
  g_assert_cmpstr (report.url, ==, CLIP);
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  UNIT_ADD_TABLE ("/made", made_rows, test_made);
  g_test_add_func ("/made/many-links", test_many_links);

  return g_test_run ();
}
