/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-limits.c: what may be spent.  max-cost and budget refuse a submit, and
 * nothing but that: what was paid is had. */
#include <string.h>

#include "fixture.h"

#define SETTINGS GST_RESOURCE_ERROR_SETTINGS
#define IMAGE "image=" FIXTURE_IMAGE
#define COST 0.336 /* USD, of the fixture's shot */
#define NOTHING "max-cost=0 budget=0"

/* Nobody takes the run, whose messages begin with number @i, for one that has
 * submitted. */
static void
assert_nothing_told (Fixture *self, guint i)
{
  for (; i < self->messages->len; i++) {
    GstMessage *message = g_ptr_array_index (self->messages, i);
    const gchar *state = fixture_task_state (message);

    g_assert_cmpstr (state, !=, "submitting");
    g_assert_false (state != NULL
        && gst_structure_has_field (
            gst_message_get_structure (message), GST_HAILUO_FIELD_ORIGIN));
  }
}

/* The error names @word; nothing was sent for it. */
static void
assert_refused (Fixture *self, const gchar *word)
{
  const FixtureDetails expected = { 0, "", "", 0, FALSE, "no", FALSE };
  const guint requests = simulator_get_requests (self->simulator, "any");
  const guint billed = simulator_get_billed (self->simulator);
  const guint told = self->messages->len;
  GstMessage *message = fixture_run_error (self, SETTINGS);
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  g_assert_nonnull (strstr (error->message, word));
  fixture_assert_details (self, message, &expected);
  fixture_assert_requests (self, "any", requests);
  fixture_assert_ledger (self, billed);
  fixture_assert_nothing (self);
  assert_nothing_told (self, told);
  fixture_reset (self, GST_STATE_READY);
  fixture_forget (self);
}

/* Plays the clip of another run, with no request. */
static void
assert_replay (Fixture *self)
{
  const guint requests = simulator_get_requests (self->simulator, "any");

  fixture_run (self);
  fixture_assert_requests (self, "any", requests);
  fixture_reset (self, GST_STATE_READY);
  fixture_forget (self);
}

static void
play_shot (Fixture *self)
{
  fixture_run (self);
  fixture_reset (self, GST_STATE_READY);
  fixture_forget (self);
}

/* --- one submit ----------------------------------------------------------- */

typedef struct
{
  const gchar *description;
  const gchar *settings;
  const gchar *word; /* of the error */
} Limit;

static const Limit limits[] = {
  { "max-cost", "max-cost=0.335", "max-cost=0.335" },
  { "max-cost-0", "max-cost=0", "max-cost=0" },
  { "max-cost-pro", "mode=pro-text-to-video max-cost=0.48", "max-cost" },
  { "max-cost-no-price", "model=hailuo-2-3-fast max-cost=100 " IMAGE,
      "unknown" },
  { "max-cost-no-price-of-model", "model=hailuo-9 max-cost=100", "unknown" },
  { "max-cost-never", "reuse=never max-cost=0.335", "max-cost" },
  { "budget", "budget=0.335", "budget=0.335" },
  { "budget-0", "budget=0", "budget=0" },
  { "budget-pro", "mode=pro-text-to-video budget=0.48", "budget" },
  { "budget-no-price", "model=hailuo-2-3-fast budget=100 " IMAGE, "unknown" },
  { "budget-no-price-of-model", "model=hailuo-9 budget=100", "unknown" },
  { "budget-never", "reuse=never budget=0.335", "budget" },
  { "budget-unfinished", "reuse=unfinished budget=0.335", "budget" },
  { "budget-of-a-long-period", "budget=0.3 budget-period=18446744073709551615",
      "budget" },
};

/* It is the run that is refused: before, nobody knows what the store has. */
static void
test_limit (gconstpointer data)
{
  const Limit *row = data;
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_configure (f, row->settings);
  assert_refused (f, row->word);
  g_assert_cmpint (f->change, !=, GST_STATE_CHANGE_FAILURE);

  /* and leaves nothing */
  fixture_configure (
      f, "max-cost=-1 budget=-1 model=NULL image=NULL mode=auto reuse=always");
  play_shot (f);
  fixture_assert_ledger (f, 1);
}

/* A dry run tells what would be refused, and nothing else is. */
static void
test_dry_run (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_configure (f, "dry-run=true max-cost=0.335");
  assert_refused (f, "max-cost=0.335");
  fixture_configure (f, "dry-run=false max-cost=-1");
  play_shot (f);
  fixture_configure (f, "dry-run=true max-cost=0.335");
  fixture_ask (f, GST_STATE_PLAYING);
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_nothing (f);
  fixture_reset (f, GST_STATE_READY);
  fixture_configure (f, "reuse=never");
  assert_refused (f, "max-cost=0.335");
  fixture_assert_ledger (f, 1);
}

/* What is allowed, beside what is not */
static const Limit met[] = {
  { "max-cost", "max-cost=0.336", NULL },
  { "budget", "budget=0.336", NULL },
  { "both", "max-cost=0.336 budget=0.336 budget-period=1", NULL },
  { "far-more", "max-cost=1e300 budget=1e300", NULL },
};

static void
test_met (gconstpointer data)
{
  const Limit *row = data;
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_configure (f, row->settings);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
}

/* --- what is paid --------------------------------------------------------- */

static const Limit reuses[] = {
  { "always", "reuse=always " NOTHING, NULL },
  { "only", "reuse=only " NOTHING, NULL },
};

static void
test_replay (gconstpointer data)
{
  const Limit *row = data;
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (Fixture) other = fixture_new_beside (f);

  play_shot (f);
  fixture_configure (f, row->settings);
  assert_replay (f);
  fixture_configure (other, row->settings);
  assert_replay (other);
  fixture_assert_ledger (f, 1);
}

/* A shot whose price nobody knows */
static void
test_replay_without_price (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_configure (f, "model=hailuo-2-3-fast " IMAGE);
  play_shot (f);
  fixture_configure (f, NOTHING);
  assert_replay (f);
  fixture_assert_ledger (f, 1);
}

/* The task is paid, and has no clip yet. */
static void
test_resumed (gconstpointer settings)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (Fixture) other = fixture_new_beside (f);

  fixture_set (f, "max-size", G_GUINT64_CONSTANT (1));
  fixture_run_error (f, GST_RESOURCE_ERROR_READ);
  fixture_reset (f, GST_STATE_NULL);
  fixture_configure (other, NOTHING);
  fixture_configure (other, settings);
  fixture_run (other);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* A task of which the store knows nothing */
static void
test_adopted (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (Fixture) other = fixture_new_beside (f);
  g_autofree gchar *store = g_build_filename (
      g_get_user_runtime_dir (), "another", NULL);
  g_autofree gchar *task_id = NULL;

  fixture_run (f);
  task_id = fixture_get_task_id (f);
  fixture_configure (other, NOTHING);
  fixture_set (other, "store", store, "task-id", task_id);
  fixture_run (other);

  /* it is the shot's there too */
  fixture_reset (other, GST_STATE_NULL);
  fixture_set (other, "task-id", NULL);
  fixture_forget (other);
  assert_replay (other);
  fixture_assert_ledger (f, 1);
}

/* A shot that has a clip keeps it: the task that is named beside it is of another
 * one. */
static void
test_adopted_beside (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (Fixture) elsewhere = fixture_new_beside (f);
  g_autofree gchar *store = g_build_filename (
      g_get_user_runtime_dir (), "another", NULL);
  g_autofree gchar *own = NULL, *other = NULL, *now = NULL;

  play_shot (f);
  own = fixture_get_task_id (f);
  fixture_set (elsewhere, "store", store, "take", 2);
  play_shot (elsewhere);
  other = fixture_get_task_id (elsewhere);
  fixture_set (f, "task-id", other);
  play_shot (f);
  fixture_set (f, "task-id", NULL);
  assert_replay (f);
  now = fixture_get_task_id (f);
  g_assert_cmpstr (now, ==, own);
  fixture_assert_ledger (f, 2);
}

/* --- the sum -------------------------------------------------------------- */

/* Takes of one shot; the third is beyond the budget. */
static void
test_sum (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  guint take;

  fixture_set (f, "budget", 2 * COST);
  for (take = 1; take <= 2; take++) {
    fixture_set (f, "take", take);
    play_shot (f);
  }
  for (take = 3; take <= 4; take++) {
    fixture_set (f, "take", take);
    assert_refused (f, "$0.672");
  }
  fixture_set (f, "take", 1);
  assert_replay (f);
  fixture_set (f, "take", 3, "budget", 3 * COST);
  play_shot (f);
  fixture_assert_ledger (f, 3);
}

typedef struct
{
  const gchar *description;
  const gchar *provider;
  const gchar *script; /* of what the first submit ends with */
  gboolean counts;
} Outcome;

/* What was certainly not billed is not spent. */
static const Outcome outcomes[] = {
  { "unknown", "apixo", "[{'on':'submit','billed':true,'drop':true}]", TRUE },
  { "failed", "apixo",
      "[{'on':'task','outcome':'failed','fail-code':'InternalError'}]", TRUE },
  { "failed-unbilled", "apiinone",
      "[{'on':'task','outcome':'failed','fail-code':'InternalError'}]", FALSE },
  { "refused", "apixo", "[{'on':'submit','status':402}]", FALSE },
  { "busy", "apixo", "[{'on':'submit','status':429}]", FALSE },
};

static void
test_outcome (gconstpointer data)
{
  const Outcome *row = data;
  const FixtureOptions options = { .provider = row->provider };
  g_autoptr (Fixture) f = fixture_new (&options);
  GstMessage *message;
  guint billed;

  fixture_script (f, row->script);
  fixture_set (f, "retries", 0, "budget", 1.5 * COST);
  gst_element_set_state (f->pipeline, GST_STATE_PLAYING);
  message = fixture_wait (f, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  f->had_error = TRUE;
  fixture_reset (f, GST_STATE_READY);
  billed = simulator_get_billed (f->simulator);
  fixture_set (f, "take", 2);
  if (row->counts)
    assert_refused (f, "budget");
  else
    play_shot (f);
  fixture_assert_ledger (f, billed + !row->counts);
}

/* A refusal that is tried again counts once. */
static void
test_retried (void)
{
  g_autoptr (Fixture)
      f = fixture_new_script ("[{'on':'submit','status':429,'times':2}]");

  fixture_set (f, "budget", COST);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 3);
}

/* An attempt that began before there was a budget counts as well. */
static void
test_spent_before (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  play_shot (f);
  fixture_set (f, "take", 2, "budget", 1.5 * COST);
  assert_refused (f, "$0.336");
  fixture_set (f, "budget", -1.0);
  play_shot (f);
  fixture_assert_ledger (f, 2);
}

/* --- label ---------------------------------------------------------------- */

static gchar *
repeat (const gchar *text, guint n)
{
  GString *all = g_string_new (NULL);

  while (n-- > 0)
    g_string_append (all, text);
  return g_string_free (all, FALSE);
}

/* Characters, not bytes */
static void
test_label (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *longest = repeat ("\303\251", 200);
  g_autofree gchar *too_long = repeat ("x", 201);
  g_autofree gchar *request = NULL;
  g_autofree gchar *label = NULL;

  fixture_set (f, "label", too_long);
  assert_refused (f, "label");
  fixture_set (f, "label", "\xff");
  assert_refused (f, "label");
  fixture_set (f, "label", longest);
  play_shot (f);
  g_object_get (f->source, "label", &label, NULL);
  g_assert_cmpstr (label, ==, longest);
  request = simulator_get_request (f->simulator, "submit", 0);
  g_assert_null (strstr (request, "\303\251"));
  g_assert_null (strstr (request, "\\u00e9"));

  /* it is no part of what the shot is */
  fixture_set (f, "label", "another");
  assert_replay (f);
  fixture_set (f, "label", NULL);
  assert_replay (f);
  fixture_assert_ledger (f, 1);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  FIXTURE_ADD_TABLE ("/limits/refused/", limits, test_limit);
  g_test_add_func ("/limits/dry-run", test_dry_run);
  FIXTURE_ADD_TABLE ("/limits/met/", met, test_met);
  FIXTURE_ADD_TABLE ("/limits/replay/", reuses, test_replay);
  g_test_add_func ("/limits/replay/no-price", test_replay_without_price);
  g_test_add_data_func ("/limits/resumed/always", "reuse=always", test_resumed);
  g_test_add_data_func (
      "/limits/resumed/unfinished", "reuse=unfinished", test_resumed);
  g_test_add_func ("/limits/adopted", test_adopted);
  g_test_add_func ("/limits/adopted-beside", test_adopted_beside);
  g_test_add_func ("/limits/sum", test_sum);
  FIXTURE_ADD_TABLE ("/limits/outcome/", outcomes, test_outcome);
  g_test_add_func ("/limits/retried", test_retried);
  g_test_add_func ("/limits/spent-before", test_spent_before);
  g_test_add_func ("/limits/label", test_label);
  return fixture_finish ();
}
