/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-uri-budget.c: HAILUO_URI_BUDGET, what all URIs of this process together
 * may spend. */
#include <string.h>

#include "fixture.h"

#define URI "hailuo://?prompt=waves"
#define PRICE 336000 /* 1/1000000 USD of a shot of APIXO's */
#define PRICE_APIINONE 300000
#define SETTINGS GST_RESOURCE_ERROR_SETTINGS
#define NOT_FOUND GST_RESOURCE_ERROR_NOT_FOUND

/* of this process so far: the budget knows it too */
static gint64 spent;

/* There is so much left. */
static void
leave (gint64 money)
{
  g_autofree gchar *text = g_strdup_printf ("%" G_GINT64_FORMAT
                                            ".%06" G_GINT64_FORMAT,
      (spent + money) / 1000000, (spent + money) % 1000000);

  g_setenv ("HAILUO_URI_BUDGET", text, TRUE);
}

static void
set_uri (Fixture *f, const gchar *uri)
{
  g_assert_true (
      gst_uri_handler_set_uri (GST_URI_HANDLER (f->source), uri, NULL));
}

static void
set_take (Fixture *f, guint take)
{
  g_autofree gchar *uri = g_strdup_printf (URI "&take=%u", take);

  set_uri (f, uri);
}

static void
buy (Fixture *f)
{
  fixture_run (f);
  spent += PRICE;
}

static void
assert_refused (Fixture *f, const gchar *words)
{
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (fixture_run_error (f, SETTINGS), &error, NULL);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_nonnull (strstr (error->message, "HAILUO_URI_BUDGET"));
}

/* --- how much --------------------------------------------------------------- */

static void
test_enough (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  gdouble cost = 0;

  set_uri (f, URI "&reuse=always");
  leave (PRICE);
  fixture_ask (f, GST_STATE_PLAYING);
  gst_structure_get_double (
      gst_message_get_structure (fixture_wait_task (f, "submitting")), "cost",
      &cost);
  g_assert_cmpfloat (cost, ==, PRICE / 1e6);
  buy (f);
  fixture_assert_ledger (f, 1);
  fixture_reset (f, GST_STATE_NULL);

  /* from the store it costs nothing */
  fixture_forget (f);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
}

static void
test_too_little (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  set_uri (f, URI);
  leave (PRICE - 1);
  assert_refused (f, "$0.336");
  fixture_assert_ledger (f, 0);
  fixture_assert_requests (f, "any", 0);
}

static void
test_all_together (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (Fixture) other = fixture_new_beside (f);

  leave (2 * PRICE - 1);
  set_take (f, 1);
  buy (f);
  set_take (other, 2);
  assert_refused (other, "$0.336");
  fixture_assert_ledger (f, 1);
}

#define RIVALS 6

/* At the same time */
static void
test_race (void)
{
  g_autoptr (Fixture) first = fixture_new (NULL);
  Fixture *rivals[RIVALS] = { first };
  guint i, refused = 0;

  leave (2 * PRICE);
  for (i = 0; i < RIVALS; i++) {
    if (i > 0)
      rivals[i] = fixture_new_beside (first);
    set_take (rivals[i], i);
  }
  for (i = 0; i < RIVALS; i++)
    gst_element_set_state (rivals[i]->pipeline, GST_STATE_PLAYING);
  for (i = 0; i < RIVALS; i++) {
    GstMessage *message = fixture_wait (
        rivals[i], GST_MESSAGE_ERROR | GST_MESSAGE_EOS);

    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
      refused++;
  }
  g_assert_cmpuint (refused, ==, RIVALS - 2);
  spent += 2 * PRICE;
  fixture_assert_ledger (first, 2);
  for (i = 1; i < RIVALS; i++)
    fixture_free (rivals[i]);
}

/* Nobody knows what it costs. */
static void
test_unknown_price (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  set_uri (f, URI "&model=hailuo-9");
  leave (100 * PRICE);
  assert_refused (f, "is unknown");
  fixture_assert_ledger (f, 0);
  fixture_assert_requests (f, "any", 0);
}

/* The limits of one shot stay what they are. */
static void
test_max_cost (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  set_uri (f, URI "&max-cost=0.30");
  leave (100 * PRICE);
  fixture_run_error (f, SETTINGS);
  fixture_assert_ledger (f, 0);
}

static const gchar *const malformed[] = { "abc", "-1", "nan", "inf", "1e3",
  "0x10", "1,50", " 1", "1 ", "$1", ".", "1.2.3", "1000000001" };

static void
test_malformed (gconstpointer text)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (Fixture) other = fixture_new_beside (f);

  g_setenv ("HAILUO_URI_BUDGET", text, TRUE);
  set_uri (f, URI);
  assert_refused (f, text);
  fixture_assert_ledger (f, 0);
  fixture_assert_requests (f, "any", 0);
  /* it is for URIs only */
  fixture_run (other);
  fixture_assert_ledger (f, 1);
}

/* --- what it is for --------------------------------------------------------- */

typedef struct
{
  const gchar *description;
  const gchar *before; /* settings, or NULL */
  const gchar *uri;    /* or NULL */
  const gchar *after;
  gint64 left;
  gint code; /* of the error; -1: it is bought */
  gboolean is_counted;
} Row;

#define ANY (100 * PRICE)

static const Row rows[] = {
  { "uri-only", NULL, URI "&reuse=only", NULL, ANY, NOT_FOUND, FALSE },
  { "only-before", "reuse=only", URI, NULL, ANY, NOT_FOUND, FALSE },
  { "never-before", "reuse=never", URI, NULL, ANY, -1, TRUE },
  { "only-after", NULL, URI, "reuse=only", ANY, NOT_FOUND, FALSE },
  { "consent", NULL, URI, "reuse=always", 0, -1, FALSE },
  { "no-uri", NULL, NULL, NULL, 0, -1, FALSE },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (Fixture) f = fixture_new (NULL);

  leave (row->left);
  if (row->before != NULL)
    fixture_configure (f, row->before);
  if (row->uri != NULL)
    set_uri (f, row->uri);
  if (row->after != NULL)
    fixture_configure (f, row->after);
  if (row->code >= 0)
    fixture_run_error (f, row->code);
  else
    fixture_run (f);
  fixture_assert_ledger (f, row->code >= 0 ? 0 : 1);
  if (row->is_counted)
    spent += PRICE;
  /* the next one gets what is left, and no more */
  if (row->code < 0) {
    leave (PRICE - 1);
    fixture_reset (f, GST_STATE_NULL);
    set_take (f, 7);
    assert_refused (f, "$0.336");
  }
}

/* A paid task costs nothing more. */
static void
test_resumed (void)
{
  g_autoptr (Fixture) f = fixture_new_script ("[{'on':'task','work':2000}]");

  set_uri (f, URI);
  fixture_configure (f, "reuse=always");
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_task (f, "pending");
  fixture_reset (f, GST_STATE_NULL);
  set_uri (f, URI);
  leave (0);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
}

/* --- what is given back ------------------------------------------------------ */

typedef struct
{
  const gchar *description;
  const gchar *provider;
  const gchar *script;
  GstResourceError code;
  gboolean is_back;
} Failure;

static const Failure failures[] = {
  { "refused", "apixo", "[{'on':'submit','status':402}]",
      GST_RESOURCE_ERROR_NO_SPACE_LEFT, TRUE },
  { "busy", "apixo", "[{'on':'submit','status':429}]", GST_RESOURCE_ERROR_BUSY,
      TRUE },
  /* it may have been made, and charged */
  { "no-answer", "apixo", "[{'on':'submit','drop':true}]",
      GST_RESOURCE_ERROR_FAILED, FALSE },
  { "gateway", "apixo", "[{'on':'submit','status':502,'body':'Bad Gateway'}]",
      GST_RESOURCE_ERROR_FAILED, FALSE },
  /* what the hosts' documents say of a task that fails */
  { "task-failed", "apixo",
      "[{'on':'task','outcome':'failed','fail-code':'UnknownError'}]",
      GST_RESOURCE_ERROR_BUSY, FALSE },
  { "task-failed-apiinone", "apiinone",
      "[{'on':'task','outcome':'failed','fail-code':'UnknownError'}]",
      GST_RESOURCE_ERROR_FAILED, TRUE },
};

static void
test_failure (gconstpointer data)
{
  const Failure *row = data;
  const gboolean is_apixo = g_str_equal (row->provider, "apixo");
  const gint64 price = is_apixo ? PRICE : PRICE_APIINONE;
  const gchar *uri = is_apixo ? URI
                              : "hailuo://apiinone?prompt=waves&image="
                                "https%3A%2F%2Fexample.com%2Ffirst.jpg";
  const FixtureOptions options = { .provider = row->provider };
  g_autoptr (Fixture) f = fixture_new (&options);
  g_autofree gchar *next = g_strconcat (uri, "&take=2", NULL);

  fixture_script (f, row->script);
  fixture_set (f, "retries", 0);
  set_uri (f, uri);
  leave (price);
  fixture_run_error (f, row->code);
  if (!row->is_back)
    spent += price;
  fixture_reset (f, GST_STATE_NULL);
  fixture_forget (f);
  f->had_error = FALSE;
  fixture_collect (f);
  f->n_waited = f->messages->len;

  set_uri (f, next);
  if (row->is_back) {
    fixture_run (f);
    spent += price;
  } else {
    leave (price - 1);
    assert_refused (f, "$0.336");
  }
}

/* A submit that is tried again is one purchase. */
static void
test_retried (void)
{
  g_autoptr (Fixture)
      f = fixture_new_script ("[{'on':'submit','status':429,'times':2}]");

  set_uri (f, URI);
  leave (PRICE);
  buy (f);
  fixture_assert_requests (f, "submit", 3);
  fixture_assert_ledger (f, 1);
}

/* So is one that is stopped while its answer is awaited, and goes on. */
static void
test_stopped (void)
{
  g_autoptr (Fixture) f = fixture_new_script ("[{'on':'submit','delay':300}]");

  set_uri (f, URI);
  leave (PRICE);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_requests (f, "submit", 1);
  fixture_stop (f, GST_STATE_READY);
  buy (f);
  fixture_assert_requests (f, "submit", 1);
  fixture_assert_ledger (f, 1);
  fixture_reset (f, GST_STATE_NULL);
  set_take (f, 2);
  leave (PRICE - 1);
  assert_refused (f, "$0.336");
}

/* What the host refuses then is there again for the next one. */
static void
test_stopped_and_refused (void)
{
  g_autoptr (Fixture)
      f = fixture_new_script ("[{'on':'submit','delay':300,'status':402}]");

  set_uri (f, URI);
  leave (PRICE);
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait_requests (f, "submit", 1);
  fixture_stop (f, GST_STATE_READY);
  buy (f);
  fixture_assert_requests (f, "submit", 2);
  fixture_assert_ledger (f, 1);
}

/* Whose task a URI names, nobody knows: it is not the shot's that stands beside it,
 * nor what became of a submit of that. */
static void
test_task_of_uri (gconstpointer unknown)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (Fixture) elsewhere = fixture_new_beside (f);
  g_autoptr (Fixture) own = fixture_new_beside (f);
  g_autofree gchar *store = g_build_filename (
      g_get_user_runtime_dir (), "another", NULL);
  g_autofree gchar *task_id = NULL, *uri = NULL;

  fixture_set (elsewhere, "store", store, "prompt", "mountains");
  fixture_run (elsewhere);
  task_id = fixture_get_task_id (elsewhere);
  fixture_set (own, "prompt", "waves");
  if (unknown != NULL) {
    fixture_script (f, "[{'on':'submit','drop':true,'billed':true}]");
    fixture_run_error (own, GST_RESOURCE_ERROR_FAILED);
    fixture_reset (own, GST_STATE_NULL);
  }

  uri = g_strdup_printf (URI "&task-id=%s", task_id);
  set_uri (f, uri);
  leave (0);
  fixture_run (f);
  if (unknown != NULL)
    fixture_run_error (own, GST_RESOURCE_ERROR_FAILED);
  else
    fixture_run (own);
  fixture_assert_ledger (f, 2);
  fixture_assert_requests (f, "submit", 2);
}

int
main (int argc, char **argv)
{
  guint i;

  fixture_init (&argc, &argv);
  g_test_add_func ("/uri-budget/enough", test_enough);
  g_test_add_func ("/uri-budget/too-little", test_too_little);
  g_test_add_func ("/uri-budget/all-together", test_all_together);
  g_test_add_func ("/uri-budget/race", test_race);
  g_test_add_func ("/uri-budget/unknown-price", test_unknown_price);
  g_test_add_func ("/uri-budget/max-cost", test_max_cost);
  for (i = 0; i < G_N_ELEMENTS (malformed); i++) {
    g_autofree gchar *path = g_strdup_printf ("/uri-budget/malformed/%u", i);

    g_test_add_data_func (path, malformed[i], test_malformed);
  }
  FIXTURE_ADD_TABLE ("/uri-budget/of/", rows, test_row);
  g_test_add_func ("/uri-budget/resumed", test_resumed);
  FIXTURE_ADD_TABLE ("/uri-budget/failure/", failures, test_failure);
  g_test_add_func ("/uri-budget/retried", test_retried);
  g_test_add_data_func ("/uri-budget/task", NULL, test_task_of_uri);
  g_test_add_data_func (
      "/uri-budget/task-unknown", "unknown", test_task_of_uri);
  g_test_add_func ("/uri-budget/stopped", test_stopped);
  g_test_add_func ("/uri-budget/stopped-and-refused", test_stopped_and_refused);
  return fixture_finish ();
}
