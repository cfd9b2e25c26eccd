/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-states.c: tools put elements into states, in any order and many times,
 * just to see what they are.  That must cost nothing; and once a shot is asked
 * for, it must cost once. */
#include "fixture.h"
#include "server.h"

#define ROUNDS 10

static const GstState up[] = { GST_STATE_READY, GST_STATE_PAUSED,
  GST_STATE_PLAYING, GST_STATE_NULL };
static const GstState down[] = { GST_STATE_PLAYING, GST_STATE_PAUSED,
  GST_STATE_READY, GST_STATE_NULL };
/* each change from one state to another, once */
static const GstState seq[] = { GST_STATE_READY, GST_STATE_PAUSED,
  GST_STATE_PLAYING, GST_STATE_PAUSED, GST_STATE_READY, GST_STATE_PLAYING,
  GST_STATE_READY, GST_STATE_NULL, GST_STATE_PAUSED, GST_STATE_NULL,
  GST_STATE_PLAYING, GST_STATE_NULL };

typedef struct
{
  const gchar *name;
  const GstState *states;
  guint n;
} Order;

static const Order orders[] = {
  { "up", up, G_N_ELEMENTS (up) },
  { "down", down, G_N_ELEMENTS (down) },
  { "seq", seq, G_N_ELEMENTS (seq) },
};

/* Whatever leaves this process comes by here, but for what goes to loopback
 * with no proxy. */
static ServerEnd
refuse (Server *server, const ServerRequest *request, GString *answer,
    gpointer user_data)
{
  server_write (answer, 403, "", "");
  return SERVER_CLOSE;
}

static Server *
proxy_new (void)
{
  Server *proxy = server_new (refuse, NULL);
  g_autofree gchar *url = g_strdup_printf (
      "http://127.0.0.1:%u", server_get_port (proxy));

  g_setenv ("https_proxy", url, TRUE);
  return proxy;
}

/* Goes through the states, and waits for each where it can be reached. */
static void
go_through (Fixture *f, const Order *order, gboolean wait)
{
  guint round, i;

  for (round = 0; round < ROUNDS; round++) {
    for (i = 0; i < order->n; i++) {
      gst_element_set_state (f->pipeline, order->states[i]);
      if (wait)
        gst_element_get_state (f->pipeline, NULL, NULL,
            fixture_ms (FIXTURE_PATIENCE_MS) * GST_MSECOND);
    }
  }
}

/* --- nothing is asked for --------------------------------------------- */

static void
test_no_properties (gconstpointer data)
{
  const FixtureOptions options = { .base_url = "http://127.0.0.1:1" };
  g_autoptr (Server) proxy = proxy_new ();
  g_autoptr (Fixture) f = fixture_new (&options);

  fixture_configure (f, "prompt=NULL api-key=NULL base-url=NULL");
  go_through (f, data, TRUE);
  g_assert_cmpuint (server_count (proxy, NULL), ==, 0);
  g_unsetenv ("https_proxy");
}

/* A key in the environment is there for whoever knows how to use it. */
static void
test_key_in_environment (gconstpointer data)
{
  g_setenv ("APIXO_API_KEY", FIXTURE_KEY, TRUE);
  test_no_properties (data);
  g_unsetenv ("APIXO_API_KEY");
}

static void
test_no_prompt (gconstpointer data)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_configure (f, "prompt=NULL");
  go_through (f, data, TRUE);
  fixture_assert_requests (f, "any", 0);
  fixture_assert_ledger (f, 0);
}

/* --- a shot is asked for ---------------------------------------------- */

/* And the clip is there. */
static void
assert_played_once (Fixture *f)
{
  fixture_reset (f, GST_STATE_NULL);
  fixture_forget (f);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

static void
test_shot (gconstpointer data)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  go_through (f, data, TRUE);
  fixture_assert_ledger (f, 1);
  assert_played_once (f);
}

/* As fast as it goes: each change comes in the middle of something. */
static void
test_shot_in_a_hurry (gconstpointer data)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  go_through (f, data, FALSE);
  g_assert_cmpuint (simulator_get_billed (f->simulator), <=, 1);
  assert_played_once (f);
}

static void
add (const gchar *name, GTestDataFunc func)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (orders); i++) {
    g_autofree gchar *path = g_strdup_printf (
        "/states/%s/%s", name, orders[i].name);

    g_test_add_data_func (path, &orders[i], func);
  }
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  add ("no-properties", test_no_properties);
  add ("key-in-environment", test_key_in_environment);
  add ("no-prompt", test_no_prompt);
  add ("shot", test_shot);
  add ("shot-in-a-hurry", test_shot_in_a_hurry);
  return fixture_finish ();
}
