/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-refusals.c: settings that are refused before a byte is sent. */
#include <string.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "fixture.h"

typedef struct
{
  const gchar *description;
  const gchar *provider;
  const gchar *settings; /* beside the fixture's */
  const gchar *names;    /* the properties the error names */
} Refusal;

#define IMAGE "image=" FIXTURE_IMAGE
#define ESCAPES "\033[31m\302\233\342\200\256\342\200\213"
#define OTHER_KEY "key-of-sesame"

static const Refusal refusals[] = {
  { "no-prompt", "apixo", "prompt=NULL", "prompt" },
  { "empty-prompt", "apixo", "prompt=", "prompt" },
  { "punctuation-and-more", "apixo", "prompt=! duration=7 timeout=0",
      "prompt duration timeout" },
  { "swallowed-and-more", "apixo", "prompt=max-cost=0.01 duration=7",
      "prompt prompt-file max-cost duration" },
  /* gst-launch-1.0 ... store="" max-cost=0.01 ! and store="" ! */
  { "store-swallowed", "apixo", "store=max-cost=0.01", "store" },
  { "store-swallowed-link", "apixo", "store=!", "store" },
  { "prompt-and-file", "apixo", "prompt-file=/dev/null", "prompt prompt-file" },
  { "prompt-file-missing", "apixo", "prompt=NULL prompt-file=/nonexistent/p",
      "prompt-file" },
  { "prompt-file-folder", "apixo", "prompt=NULL prompt-file=/", "prompt-file" },
  { "prompt-file-device", "apixo", "prompt=NULL prompt-file=/dev/zero",
      "prompt-file" },
  { "prompt-file-of-home", "apixo", "prompt=NULL prompt-file=~/.bashrc",
      "prompt-file" },
  { "prompt-file-and-more", "apixo",
      "prompt=NULL prompt-file=/nonexistent/p duration=7 max-cost=0.01",
      "prompt-file duration" },
  { "prompt-file-with-task-id", "apixo",
      "prompt=NULL prompt-file=/nonexistent/p task-id=task_1", "prompt-file" },
  { "duration-7", "apixo", "duration=7", "duration" },
  { "duration-0", "apixo", "duration=0", "duration" },
  { "duration-5-pro-apiinone", "apiinone",
      "model=hailuo/2-3-image-to-video-pro mode=pro-image-to-video duration=5",
      "duration" },
  { "fast-with-text", "apixo",
      "model=hailuo-2-3-fast mode=standard-text-to-video", "mode" },
  { "fast-with-auto-text", "apixo", "model=hailuo-2-3-fast", "image" },
  { "image-missing", "apixo", "mode=standard-image-to-video", "image" },
  { "image-missing-pro", "apixo", "mode=pro-image-to-video", "image" },
  { "image-missing-apiinone", "apiinone", "image=NULL", "image" },
  { "text-apiinone", "apiinone", "mode=standard-text-to-video", "mode" },
  { "image-with-text-mode", "apixo", "mode=standard-text-to-video " IMAGE,
      "image" },
  { "image-ftp", "apixo", "image=ftp://example.com/first.jpg", "image" },
  { "image-file", "apixo", "image=file:///etc/hostname", "image" },
  { "image-path", "apixo", "image=/etc/hostname", "image" },
  { "image-no-host", "apixo", "image=https://", "image" },
  { "resolution-too-high", "apixo", "resolution=1080p", "resolution" },
  { "resolution-too-low", "apixo", "mode=pro-text-to-video resolution=768p",
      "resolution" },
  { "10-s-at-1080p-apiinone", "apiinone", "resolution=1080p duration=10",
      "resolution" },
  { "routing-apiinone", "apiinone", "routing=value", "routing" },
  { "base-url-http", "apixo", "base-url=http://example.com/api/v1",
      "base-url" },
  { "base-url-like-loopback", "apixo",
      "base-url=http://127.0.0.1.example.com/api/v1", "base-url" },
  { "base-url-ftp", "apixo", "base-url=ftp://127.0.0.1/api/v1", "base-url" },
  { "base-url-nonsense", "apixo", "base-url=nonsense", "base-url" },
  { "base-url-with-user", "apixo", "base-url=http://me:too@127.0.0.1/api/v1",
      "base-url" },
  /* what is refused is not shown where secrets stand */
  { "base-url-with-query", "apixo", "base-url=https://x.org/api?k=sesame",
      "base-url" },
  { "base-url-with-password", "apixo", "base-url=ftp://me:sesame@x.org/api",
      "base-url" },
  { "base-url-with-broken-password", "apixo",
      "base-url=http://me:se/sesame@x.org/api", "base-url" },
  { "base-url-that-is-a-key", "apixo", "base-url=sesame", "base-url" },
  { "callback-with-query", "apixo", "callback-url=http://x.org/hook?k=sesame",
      "callback-url" },
  { "callback-with-password", "apixo",
      "callback-url=https://me:sesame@x.org/hook", "callback-url" },
  { "callback-that-is-a-key", "apixo", "callback-url=sesame", "callback-url" },
  { "image-with-password", "apixo", "image=ftp://me:sesame@x.org/a?sesame",
      "image" },
  { "image-of-a-format-with-query", "apixo",
      "image=https://x.org/a.gif?k=sesame", "image" },
  { "image-that-is-a-key", "apixo", "image=sesame", "image" },
  { "ca-file-with-password", "apixo", "ca-file=https://me:sesame@x.org/ca.pem",
      "ca-file" },
  { "key-file-that-is-a-key", "apixo", "api-key=NULL api-key-file=sesame",
      "api-key-file" },
  { "callback-http", "apixo", "callback-url=http://example.com/hook",
      "callback-url" },
  { "callback-nonsense", "apixo", "callback-url=hook", "callback-url" },
  /* -1 is no limit, and nothing else below 0 */
  { "max-cost-nan", "apixo", "max-cost=nan", "max-cost" },
  { "max-cost-minus-infinite", "apixo", "max-cost=-inf", "max-cost" },
  { "max-cost-negative", "apixo", "max-cost=-0.5", "max-cost" },
  { "max-cost-far-below-0", "apixo", "max-cost=-5", "max-cost" },
  { "max-cost-nearly-0", "apixo", "max-cost=-0.02", "max-cost" },
  { "budget-negative", "apixo", "budget=-0.5", "budget" },
  { "budget-far-below-0", "apixo", "budget=-5", "budget" },
  { "budget-nan", "apixo", "budget=nan", "budget" },
  { "budget-period-0", "apixo", "budget-period=0", "budget-period" },
  { "task-id-invalid", "apixo", "prompt=NULL task-id=../../x?y", "task-id" },
  { "task-id-empty", "apixo", "prompt=NULL task-id=", "task-id|prompt" },
  { "ca-file-missing", "apixo", "ca-file=/nonexistent/ca.pem", "ca-file" },
  { "key-file-missing", "apixo", "api-key=NULL api-key-file=/nonexistent/key",
      "api-key-file" },
  { "key-file-folder", "apixo", "api-key=NULL api-key-file=/", "api-key-file" },
  /* nor does it write into the terminal */
  { "files-with-escape", "apixo",
      "prompt=NULL prompt-file=/no" ESCAPES " ca-file=/no" ESCAPES, "ca-file" },
  /* what is kept, shown and published is not to have the key in it */
  { "label-with-key", "apixo", "label=take-of-Simulator-Key-1", "label" },
  { "prompt-with-key", "apixo", "prompt=my-" FIXTURE_KEY, "prompt" },
  { "base-url-with-key", "apixo", "base-url=http://127.0.0.1:1/" FIXTURE_KEY,
      "base-url" },
  { "all-with-key", "apixo",
      "prompt=NULL duration=7 prompt-file=/no/" FIXTURE_KEY
      " ca-file=/no/" FIXTURE_KEY " label=" FIXTURE_KEY " store=" FIXTURE_KEY
      " task-id=" FIXTURE_KEY " callback-url=https://x.org/h?k=%73imulator-key"
      " model=" FIXTURE_KEY " image=https://x.org/a.png?" FIXTURE_KEY,
      "prompt-file duration ca-file label store task-id callback-url model image" },
  { "several", "apixo",
      "prompt=NULL duration=7 image=ftp://x/y ca-file=/nonexistent/ca.pem "
      "base-url=nonsense callback-url=hook api-key=NULL",
      "prompt duration image ca-file base-url callback-url api-key" },
};

/* The error's sentence names each property of a list; "a|b": one of both. */
static void
assert_names (GstMessage *message, const gchar *names)
{
  g_auto (GStrv) list = g_strsplit (names, " ", -1);
  g_autoptr (GError) error = NULL;
  guint i;

  gst_message_parse_error (message, &error, NULL);
  for (i = 0; list[i] != NULL; i++) {
    g_autofree gchar *pattern = g_strdup_printf (
        "(?<![\\w-])(%s)(?![\\w-])", list[i]);

    g_test_message ("%s", pattern);
    g_assert_true (g_regex_match_simple (pattern, error->message, 0, 0));
  }
  g_assert_null (strstr (error->message, "sesame"));
  g_assert_null (strstr (error->message, FIXTURE_KEY));
  g_assert_false (g_regex_match_simple ("[^\\P{C}\n]", error->message, 0, 0));
}

/* Nothing was sent, and nothing was begun. */
static void
assert_code (Fixture *self, GstResourceError code, const gchar *names)
{
  const FixtureDetails expected = { 0, "", "", 0, FALSE, "no", FALSE };
  GstMessage *message = fixture_run_error (self, code);
  g_autofree gchar *progress = NULL;
  g_autofree gchar *states = NULL;

  assert_names (message, names);
  fixture_assert_details (self, message, &expected);
  fixture_assert_requests (self, "any", 0);
  fixture_assert_ledger (self, 0);
  fixture_assert_nothing (self);
  progress = fixture_progress (self);
  states = fixture_task_states (self);
  g_assert_cmpstr (progress, ==, "");
  g_assert_cmpstr (states, ==, "");
}

static void
assert_refused (Fixture *self, const gchar *names)
{
  assert_code (self, GST_RESOURCE_ERROR_SETTINGS, names);
}

static void
test_refusal (gconstpointer data)
{
  const Refusal *row = data;
  const FixtureOptions options = { .provider = row->provider };
  g_autoptr (Fixture) f = fixture_new (&options);

  fixture_configure (f, row->settings);
  assert_refused (f, row->names);
  /* it is the change of state that fails, not the stream */
  g_assert_cmpint (f->change, ==, GST_STATE_CHANGE_FAILURE);
}

/* Nothing is left of the refusal once the setting is right. */
static void
test_corrected (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_set (f, "duration", 7);
  assert_refused (f, "duration");
  fixture_reset (f, GST_STATE_READY);
  fixture_set (f, "duration", 10);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
}

/* --- the prompt ------------------------------------------------------------ */

typedef struct
{
  const gchar *description;
  const gchar *prompt;
} Prompt;

static const Prompt bad_prompts[] = {
  { "link", "!" },
  { "points", "..." },
  { "of-ascii", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" },
  { "spaces-around", " ! " },
  { "of-unicode", "\302\277\342\200\224\343\200\214\343\200\215" },
  { "mathematics", "\342\211\244 + \303\227" },
  { "currency", "$ \342\202\254" },
  { "wide-space", "\343\200\200" },
  { "no-break-space", "\302\240!" },
  { "joiner", "\342\200\215" },
  { "accent-alone", "\314\201" },
  { "setting", "max-cost=0.01" },
  { "setting-with-spaces", "  max-cost  = 0.01" },
  { "setting-with-underscore", "max_cost=0.01" },
  { "setting-of-parent", "num-buffers=1" },
  { "setting-of-object", "name=shot" },
  { "setting-without-value", "duration=" },
  { "after-backslash", "a lighthouse max-cost=0.01" },
  { "after-backslash-later", "a lighthouse\n take=2 of it" },
  { "after-name", "a sign: name=Bob max-cost=0.01" },
};

static void
test_bad_prompt (gconstpointer data)
{
  const Prompt *row = data;
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_set (f, "prompt", row->prompt);
  assert_refused (f, "prompt");
}

/* Whatever properties there are */
static void
test_each_property (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  guint n, i;
  g_autofree GParamSpec **specs = g_object_class_list_properties (
      G_OBJECT_GET_CLASS (f->source), &n);

  g_assert_cmpuint (n, >, 30);
  for (i = 0; i < n; i++) {
    g_autofree gchar *prompt = g_strconcat (specs[i]->name, "=1", NULL);

    fixture_set (f, "prompt", prompt);
    assert_refused (f, specs[i]->name);
    fixture_reset (f, GST_STATE_NULL);
  }
}

static const Prompt good_prompts[] = {
  { "letter", "x" },
  { "number", "7" },
  { "fraction", "\302\275" },
  { "ideograph", "\346\260\264" },
  { "arabic", "\330\250\330\255\330\261" },
  { "thai-with-marks", "\340\270\231\340\271\211\340\270\263" },
  { "emoji", "\360\237\214\212" },
  { "emoji-joined", "\360\237\221\251\342\200\215\360\237\232\200!" },
  { "no-property", "E=mc2, the cost=high, my-max-cost=1, --take=2" },
  { "property-without-sign", "name the duration: 6" },
  { "french", "quelle vue !" },
  { "name-of-somebody", "a shop sign: name=Bob" },
  { "quoted", "a \"quoted\" \\ back'slash ! 100% \303\251" },
};

static void
assert_paid (Fixture *self, const gchar *prompt)
{
  fixture_run (self);
  fixture_assert_ledger (self, 1);
  g_assert_cmpuint (simulator_get_billed_for (self->simulator, prompt), ==, 1);
}

static void
test_good_prompt (gconstpointer data)
{
  const Prompt *row = data;
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_set (f, "prompt", row->prompt);
  assert_paid (f, row->prompt);
}

/* --- its file -------------------------------------------------------------- */

#define PROMPT_FILE_MAX (64 * 1024)

typedef struct
{
  const gchar *description;
  const gchar *text;
  const gchar *prompt; /* that is paid for; NULL: refused */
  gsize padding;       /* spaces are added up to that length */
} PromptFile;

static const PromptFile prompt_files[] = {
  { "line", "a lighthouse\n", "a lighthouse", 0 },
  { "no-line-end", "a lighthouse", "a lighthouse", 0 },
  { "white-space", "\r\n\t a lighthouse \r\n\n", "a lighthouse", 0 },
  { "lines", "one\n\n two\n", "one\n\n two", 0 },
  { "byte-order-mark", "\357\273\277a lighthouse\n", "a lighthouse", 0 },
  { "quotes", "\"a 'lighthouse' \\ 100% \303\251\\\n",
      "\"a 'lighthouse' \\ 100% \303\251\\", 0 },
  /* nothing is swallowed in a file */
  { "setting", "max-cost=0.01 on a sign\n", "max-cost=0.01 on a sign", 0 },
  { "largest", "a lighthouse", "a lighthouse", PROMPT_FILE_MAX },
  { "too-large", "a lighthouse", NULL, PROMPT_FILE_MAX + 1 },
  { "empty", "", NULL, 0 },
  { "blank", " \n\n", NULL, 0 },
  { "mark-alone", "\357\273\277", NULL, 0 },
  { "punctuation", "---\n", NULL, 0 },
  { "latin-1", "caf\351\n", NULL, 0 },
  { "utf-16", "\377\376a", NULL, 0 },
  { "key", "a lighthouse " FIXTURE_KEY, NULL, 0 },
};

static void
use_file (Fixture *self, const gchar *text, gsize length)
{
  g_autofree gchar *path = fixture_write_file ("prompt", "", 0600);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, length, &error);
  g_assert_no_error (error);
  fixture_set (self, "prompt", NULL, "prompt-file", path);
}

static void
test_prompt_file (gconstpointer data)
{
  const PromptFile *row = data;
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (GString) text = g_string_new (row->text);

  while (text->len < row->padding)
    g_string_append_c (text, ' ');
  use_file (f, text->str, text->len);
  if (row->prompt != NULL)
    assert_paid (f, row->prompt);
  else
    assert_refused (f, "prompt-file");
}

static void
test_prompt_file_nul (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  use_file (f, "a\0lighthouse", 12);
  assert_refused (f, "prompt-file");
}

/* It must not wait for a writer. */
static void
test_prompt_fifo (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *path = fixture_write_file ("prompt", "", 0600);

  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  fixture_set (f, "prompt", NULL, "prompt-file", path);
  assert_refused (f, "prompt-file");
}

/* It is the words that are the shot, not where they are. */
static void
test_prompt_file_is_prompt (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  use_file (f, "a lighthouse\n", 13);
  assert_paid (f, "a lighthouse");
  fixture_reset (f, GST_STATE_NULL);
  fixture_forget (f);
  fixture_set (f, "prompt", "a lighthouse", "prompt-file", NULL);
  assert_paid (f, "a lighthouse");
}

/* --- the key --------------------------------------------------------------- */

/* Keys that would break the request's header, or another's secrecy */
static void
test_bad_key (gconstpointer key)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_set (f, "api-key", key);
  assert_refused (f, "api-key");
}

/* Short keys are a part of any answer, and nothing goes missing for that; one
 * of asterisks is what is put for a key. */
static void
test_odd_key (gconstpointer key)
{
  const FixtureOptions options = { .key = key };
  g_autoptr (Fixture) f = fixture_new (&options);

  fixture_script (f,
      "[{'on':'poll','status':500,'json':{'message':'a *** of data ********'}}]");
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

typedef struct
{
  const gchar *description;
  const gchar *text;
  guint mode;
} KeyFile;

static const KeyFile key_files[] = {
  { "others-may-read", FIXTURE_KEY, 0644 },
  { "group-may-read", FIXTURE_KEY, 0640 },
  { "empty", "", 0600 },
  { "blank", " \n", 0600 },
  { "two-lines", FIXTURE_KEY "\nX-Other: 1\n", 0600 },
};

static void
test_bad_key_file (gconstpointer data)
{
  const KeyFile *row = data;
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *path = fixture_write_file ("key", row->text, row->mode);

  fixture_set (f, "api-key", NULL, "api-key-file", path);
  assert_refused (f, "api-key-file");
}

/* Wherever the key is, also where it is not needed or another host's */
static const Refusal keys_elsewhere[] = {
  { "file", "apixo", "label=" FIXTURE_KEY, "label" },
  { "dry-run", "apixo", "dry-run=true label=" FIXTURE_KEY, "label" },
  { "only", "apixo", "reuse=only label=" FIXTURE_KEY, "label" },
  { "environment", "apixo", "label=" OTHER_KEY, "label" },
  { "environments-url", "apixo", "base-url=NULL", "APIXO_BASE_URL" },
};

static void
test_key_elsewhere (gconstpointer data)
{
  const Refusal *row = data;
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *path = fixture_write_file ("key", FIXTURE_KEY "\n", 0600);

  g_setenv ("APIINONE_API_KEY", OTHER_KEY, TRUE);
  g_setenv ("APIXO_BASE_URL", "http://127.0.0.1:1/" OTHER_KEY, TRUE);
  fixture_set (f, "api-key", NULL, "api-key-file", path);
  fixture_configure (f, row->settings);
  assert_refused (f, row->names);
  g_unsetenv ("APIINONE_API_KEY");
  g_unsetenv ("APIXO_BASE_URL");
}

/* An editor leaves a line end after the key. */
static void
test_key_file (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *path = fixture_write_file ("key", FIXTURE_KEY "\n", 0600);

  fixture_set (f, "api-key", NULL, "api-key-file", path);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
}

/* It must not wait for a writer. */
static void
test_key_fifo (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *path = fixture_write_file ("key", "", 0600);

  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  fixture_set (f, "api-key", NULL, "api-key-file", path);
  assert_refused (f, "api-key-file");
}

/* Nothing is wrong but that there is no key. */
static void
test_no_key (gconstpointer key)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_set (f, "api-key", key);
  assert_code (f, GST_RESOURCE_ERROR_NOT_AUTHORIZED, "api-key");
}

/* The key of the environment is for the provider's own URL. */
static void
test_environment_key (gconstpointer provider)
{
  const FixtureOptions options = { .provider = provider };
  g_autoptr (Fixture) f = fixture_new (&options);

  g_setenv ("APIXO_API_KEY", FIXTURE_KEY, TRUE);
  g_setenv ("APIINONE_API_KEY", FIXTURE_KEY, TRUE);
  fixture_set (f, "api-key", NULL);
  assert_code (f, GST_RESOURCE_ERROR_NOT_AUTHORIZED, "api-key");
  g_unsetenv ("APIXO_API_KEY");
  g_unsetenv ("APIINONE_API_KEY");
}

/* The key is nowhere to be read. */
static void
test_key_is_write_only (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  GParamSpec *spec = g_object_class_find_property (
      G_OBJECT_GET_CLASS (f->source), "api-key");

  g_assert_false (spec->flags & G_PARAM_READABLE);
  g_assert_true (spec->flags & G_PARAM_WRITABLE);
}

/* Not refused, and yet nothing is sent: it says what it would cost. */
static void
test_dry_run (gconstpointer key)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  GstMessage *message;
  gdouble cost;

  fixture_set (f, "dry-run", TRUE, "api-key", key);
  fixture_ask (f, GST_STATE_PLAYING);
  message = fixture_wait_task (f, "quoted");
  g_assert_true (gst_structure_get_double (
      gst_message_get_structure (message), GST_HAILUO_FIELD_COST, &cost));
  g_assert_cmpfloat (cost, >, 0);
  fixture_wait (f, GST_MESSAGE_EOS);
  fixture_assert_nothing (f);
  fixture_assert_requests (f, "any", 0);
  fixture_assert_ledger (f, 0);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  FIXTURE_ADD_TABLE ("/refusals/", refusals, test_refusal);
  FIXTURE_ADD_TABLE ("/refusals/prompt/bad/", bad_prompts, test_bad_prompt);
  FIXTURE_ADD_TABLE ("/refusals/prompt/good/", good_prompts, test_good_prompt);
  g_test_add_func ("/refusals/prompt/each-property", test_each_property);
  FIXTURE_ADD_TABLE ("/refusals/prompt-file/", prompt_files, test_prompt_file);
  g_test_add_func ("/refusals/prompt-file/nul", test_prompt_file_nul);
  g_test_add_func ("/refusals/prompt-file/fifo", test_prompt_fifo);
  g_test_add_func (
      "/refusals/prompt-file/is-prompt", test_prompt_file_is_prompt);
  FIXTURE_ADD_TABLE ("/refusals/key-file/", key_files, test_bad_key_file);
  FIXTURE_ADD_TABLE (
      "/refusals/key-elsewhere/", keys_elsewhere, test_key_elsewhere);
  g_test_add_func ("/refusals/corrected", test_corrected);
  g_test_add_data_func (
      "/refusals/key/line-end", "key\r\nX-Other: 1", test_bad_key);
  g_test_add_data_func ("/refusals/key/last-line-end", "key\n", test_bad_key);
  g_test_add_data_func ("/refusals/key/control", "key\001", test_bad_key);
  g_test_add_data_func ("/refusals/key/short/word", "data", test_odd_key);
  g_test_add_data_func ("/refusals/key/short/letter", "a", test_odd_key);
  g_test_add_data_func ("/refusals/key/short/stars", "***", test_odd_key);
  g_test_add_data_func ("/refusals/key/stars", "********", test_odd_key);
  g_test_add_data_func ("/refusals/key/none", NULL, test_no_key);
  g_test_add_data_func ("/refusals/key/empty", "", test_no_key);
  g_test_add_data_func (
      "/refusals/key/environment/apixo", "apixo", test_environment_key);
  g_test_add_data_func (
      "/refusals/key/environment/apiinone", "apiinone", test_environment_key);
  g_test_add_func ("/refusals/key/write-only", test_key_is_write_only);
  g_test_add_func ("/refusals/key-file/good", test_key_file);
  g_test_add_func ("/refusals/key-file/fifo", test_key_fifo);
  g_test_add_data_func (
      "/refusals/dry-run/with-key", FIXTURE_KEY, test_dry_run);
  g_test_add_data_func ("/refusals/dry-run/without-key", NULL, test_dry_run);
  return fixture_finish ();
}
