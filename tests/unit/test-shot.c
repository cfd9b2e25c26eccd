/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is a shot and what is refused, and which shots are the same one. */
#include "unit.h"

#include "shot.h"

#define APIXO GST_HAILUO_PROVIDER_APIXO
#define APIINONE GST_HAILUO_PROVIDER_APIINONE
#define MODE(name) GST_HAILUO_MODE_##name
#define IMAGE "https://example.com/input.jpg"
#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

typedef struct
{
  const gchar *description;
  GstHailuoProviderId provider;
  GstHailuoParams wish;  /* take 0 and duration 0 stand for 1 and 6 */
  const gchar *property; /* the one that is refused; NULL: a shot */
  const gchar *value;    /* what the sentence tells of it; NULL: anything */
} ShotRow;

static const ShotRow prompt_rows[] = {
  { "a prompt", APIXO, { .prompt = "a sunrise" }, NULL, NULL },
  { "one character", APIXO, { .prompt = "x" }, NULL, NULL },
  { "several lines", APIXO, { .prompt = "one\ntwo\r\n\tthree" }, NULL, NULL },
  { "white space around", APIXO, { .prompt = "  a sunrise \n" }, NULL, NULL },
  { "camera commands", APIXO, { .prompt = "[Push in] a door" }, NULL, NULL },
  { "Chinese", APIXO, { .prompt = "\xe6\x97\xa5\xe5\x87\xba" }, NULL, NULL },
  { "none", APIXO, { .prompt = NULL }, "prompt", NULL },
  { "empty", APIXO, { .prompt = "" }, "prompt", NULL },
  { "spaces", APIXO, { .prompt = "   " }, "prompt", NULL },
  { "lines", APIXO, { .prompt = " \n\t\r\n" }, "prompt", NULL },
  { "a stray byte", APIXO, { .prompt = "a\xff" }, "prompt", NULL },
  { "Latin-1", APIXO, { .prompt = "caf\xe9" }, "prompt", NULL },
  { "a character cut off", APIXO, { .prompt = "a\xe2\x82" }, "prompt", NULL },
  { "an encoded surrogate", APIXO, { .prompt = "\xed\xa0\x80" }, "prompt",
      NULL },
  { "none, API in One", APIINONE, { .image = IMAGE }, "prompt", NULL },
  { "empty, API in One", APIINONE, { .prompt = "", .image = IMAGE }, "prompt",
      NULL },
};

#define WITH_IMAGE(url) \
  { \
    .prompt = "p", .image = url \
  }

static const ShotRow image_rows[] = {
  { "https", APIXO, WITH_IMAGE ("https://example.com/a.jpg"), NULL, NULL },
  { "http", APIXO, WITH_IMAGE ("http://example.com/a.jpg"), NULL, NULL },
  { "https, API in One", APIINONE, WITH_IMAGE ("https://example.com/a.jpg"),
      NULL, NULL },
  { "scheme in capitals", APIXO, WITH_IMAGE ("HTTPS://EXAMPLE.COM/A.JPG"), NULL,
      NULL },
  { "a port", APIXO, WITH_IMAGE ("https://example.com:8443/a.png"), NULL,
      NULL },
  { "an IPv6 address", APIXO, WITH_IMAGE ("https://[2001:db8::1]/a.png"), NULL,
      NULL },
  { "jpeg", APIXO, WITH_IMAGE ("https://example.com/a.jpeg"), NULL, NULL },
  { "png", APIXO, WITH_IMAGE ("https://example.com/a.png"), NULL, NULL },
  { "an ending in mixed case", APIXO, WITH_IMAGE ("https://example.com/a.JpG"),
      NULL, NULL },
  { "a signed link", APIXO,
      WITH_IMAGE ("https://example.com/a.jpg?X-Sig=a%2Fb&x=c.webp"), NULL,
      NULL },
  { "no ending", APIXO, WITH_IMAGE ("https://example.com/photo"), NULL, NULL },
  { "no path", APIXO, WITH_IMAGE ("https://example.com"), NULL, NULL },
  { "a dot in a folder", APIXO, WITH_IMAGE ("https://example.com/v1.2/photo"),
      NULL, NULL },
  { "an image's ending in a folder", APIXO,
      WITH_IMAGE ("https://example.com/x.webp/photo"), NULL, NULL },
  { "an image's ending in the query", APIXO,
      WITH_IMAGE ("https://example.com/get?file=a.webp"), NULL, NULL },
  { "an ending that is no image's", APIXO,
      WITH_IMAGE ("https://example.com/image.php"), NULL, NULL },
  /* APIXO's document: "Use a direct JPG, JPEG, or PNG URL" */
  { "webp", APIXO, WITH_IMAGE ("https://example.com/a.webp"), "image", "webp" },
  { "gif", APIXO, WITH_IMAGE ("https://example.com/a.gif"), "image", "gif" },
  { "webp in capitals", APIXO, WITH_IMAGE ("https://example.com/a.WEBP"),
      "image", NULL },
  { "webp before a query", APIXO,
      WITH_IMAGE ("https://example.com/a.webp?as=x.jpg"), "image", NULL },
  /* API in One's document states no format */
  { "webp, API in One", APIINONE, WITH_IMAGE ("https://example.com/a.webp"),
      NULL, NULL },
  { "gif, API in One", APIINONE, WITH_IMAGE ("https://example.com/a.gif"), NULL,
      NULL },

  { "a local path", APIXO, WITH_IMAGE ("/home/me/a.jpg"), "image", "URL" },
  { "a relative path", APIXO, WITH_IMAGE ("a.jpg"), "image", "URL" },
  { "a file", APIXO, WITH_IMAGE ("file:///home/me/a.jpg"), "image", "URL" },
  { "data", APIXO, WITH_IMAGE ("data:image/png;base64,iVBORw0KGgo="), "image",
      "URL" },
  { "a local path, API in One", APIINONE, WITH_IMAGE ("/home/me/a.jpg"),
      "image", "URL" },
  { "a file, API in One", APIINONE, WITH_IMAGE ("file:///a.jpg"), "image",
      "URL" },
  { "data, API in One", APIINONE, WITH_IMAGE ("data:image/png;base64,iVBO="),
      "image", "URL" },
  { "ftp", APIXO, WITH_IMAGE ("ftp://example.com/a.jpg"), "image", "ftp" },
  { "another scheme that begins alike", APIXO,
      WITH_IMAGE ("httpsx://example.com/a.jpg"), "image", NULL },
  { "no scheme", APIXO, WITH_IMAGE ("//example.com/a.jpg"), "image", NULL },
  { "scheme only", APIXO, WITH_IMAGE ("https:"), "image", NULL },
  { "no host", APIXO, WITH_IMAGE ("https:///a.jpg"), "image", NULL },
  { "no slashes", APIXO, WITH_IMAGE ("https:example.com/a.jpg"), "image",
      NULL },
  { "a user", APIXO, WITH_IMAGE ("https://me@example.com/a.jpg"), "image",
      NULL },
  { "a user and a password", APIXO,
      WITH_IMAGE ("https://me:sesame@example.com/a.jpg"), "image", NULL },
  { "a user, API in One", APIINONE,
      WITH_IMAGE ("https://me:sesame@example.com/a.jpg"), "image", NULL },
  { "a newline", APIXO, WITH_IMAGE ("https://example.com/a\nb.jpg"), "image",
      NULL },
  { "a stray byte", APIXO, WITH_IMAGE ("https://example.com/\xff.jpg"), "image",
      NULL },
};

static const ShotRow other_rows[] = {
  { "text mode with an image", APIXO,
      { .mode = MODE (STANDARD_TEXT_TO_VIDEO), .prompt = "p", .image = IMAGE },
      "image", NULL },
  { "pro text mode with an image", APIXO,
      { .mode = MODE (PRO_TEXT_TO_VIDEO), .prompt = "p", .image = IMAGE },
      "image", NULL },
  { "image mode without", APIXO,
      { .mode = MODE (STANDARD_IMAGE_TO_VIDEO), .prompt = "p" }, "image",
      NULL },
  { "pro image mode without", APIXO,
      { .mode = MODE (PRO_IMAGE_TO_VIDEO), .prompt = "p" }, "image", NULL },
  { "image mode without, API in One", APIINONE,
      { .mode = MODE (STANDARD_IMAGE_TO_VIDEO), .prompt = "p" }, "image",
      NULL },

  { "a model that is not listed", APIXO, { .model = "hailuo-9", .prompt = "p" },
      NULL, NULL },
  { "a model with every sign", APIXO, { .model = "Model_9.1-x", .prompt = "p" },
      NULL, NULL },
  { "a model with a slash, API in One", APIINONE,
      { .model = "vendor/model-9", .prompt = "p", .image = IMAGE }, NULL,
      NULL },
  { "a model with a space", APIXO, { .model = "hailuo 2", .prompt = "p" },
      "model", "hailuo 2" },
  { "a model that is a path", APIXO, { .model = "../apikeys", .prompt = "p" },
      "model", NULL },
  { "a model with a query", APIXO, { .model = "x?y=z", .prompt = "p" }, "model",
      "x?y=z" },
  { "a model with a hash sign", APIXO, { .model = "x#y", .prompt = "p" },
      "model", NULL },
  { "a model with a percent", APIXO, { .model = "x%2fy", .prompt = "p" },
      "model", NULL },
  { "a model with a newline", APIXO, { .model = "x\ny", .prompt = "p" },
      "model", NULL },
  { "a model with a quote", APIINONE,
      { .model = "x\"y", .prompt = "p", .image = IMAGE }, "model", NULL },
  { "a model that is not ASCII", APIXO,
      { .model = "hail\xc3\xbc", .prompt = "p" }, "model", NULL },
  { "a model that is not UTF-8", APIXO, { .model = "hail\xff", .prompt = "p" },
      "model", NULL },
  { "a model of 400 characters", APIXO,
      { .model = HUNDRED HUNDRED HUNDRED HUNDRED, .prompt = "p" }, "model",
      NULL },

  { "duration 7", APIXO, { .prompt = "p", .duration = 7 }, "duration", "7" },
  { "duration 60", APIXO, { .prompt = "p", .duration = 60 }, "duration", "60" },
  { "duration 7, API in One", APIINONE,
      { .prompt = "p", .image = IMAGE, .duration = 7 }, "duration", "7" },
  { "routing, API in One", APIINONE,
      { .prompt = "p", .image = IMAGE, .routing = GST_HAILUO_ROUTING_VALUE },
      "routing", "value" },
  { "the last take", APIXO, { .prompt = "p", .take = G_MAXUINT }, NULL, NULL },
};

static void
test_shot (gconstpointer data)
{
  const ShotRow *row = data;
  GstHailuoParams wish = row->wish;
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GstHailuoShot) shot = NULL;
  const gchar *sentence;

  wish.take = MAX (wish.take, 1);
  wish.duration = wish.duration == 0 ? 6 : wish.duration;
  shot = gst_hailuo_shot_new (
      unit_catalogue (row->provider), &wish, NULL, problems);
  if (row->property == NULL) {
    if (problems->len > 0)
      g_error ("refused: %s", (gchar *) g_ptr_array_index (problems, 0));
    g_assert_nonnull (shot);
    g_assert_cmpstr (shot->prompt, ==, wish.prompt);
    g_assert_cmpstr (shot->image, ==, wish.image);
    return;
  }
  g_assert_null (shot);
  g_assert_cmpuint (problems->len, ==, 1);
  sentence = g_ptr_array_index (problems, 0);
  g_test_message ("%s", sentence);
  g_assert_true (g_utf8_validate (sentence, -1, NULL));
  g_assert_true (unit_has_word (sentence, row->property));
  if (row->value != NULL)
    g_assert_nonnull (strstr (sentence, row->value));
  /* a password is in no sentence, and so in no log */
  g_assert_null (strstr (sentence, "sesame"));
}

static void
test_take_zero (void)
{
  GstHailuoParams wish = { .prompt = "p", .duration = 6, .take = 0 };

  for (guint i = 0; i < GST_HAILUO_N_PROVIDERS; i++) {
    g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);

    wish.image = IMAGE;
    g_assert_null (
        gst_hailuo_shot_new (unit_catalogue (i), &wish, NULL, problems));
    g_assert_cmpuint (problems->len, ==, 1);
    g_assert_nonnull (unit_find_problem (problems, "take"));
  }
}

/* No document gives a limit, so a long prompt goes to the host to judge; but
 * what no request can carry is refused here. */
static void
test_long_prompt (void)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GstHailuoShot) shot = NULL;
  g_autofree gchar *long_prompt = g_strnfill (5000, 'x');
  g_autofree gchar *endless = g_strnfill (1024 * 1024, 'x');
  GstHailuoParams wish = { .prompt = long_prompt, .duration = 6, .take = 1 };

  shot = unit_shot (APIXO, &wish);
  g_assert_cmpstr (shot->prompt, ==, long_prompt);

  wish.prompt = endless;
  g_assert_null (
      gst_hailuo_shot_new (unit_catalogue (APIXO), &wish, NULL, problems));
  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_nonnull (unit_find_problem (problems, "prompt"));
  /* the sentence is for a person: not the value as a whole */
  g_assert_cmpuint (strlen (g_ptr_array_index (problems, 0)), <, 2048);
}

typedef struct
{
  const gchar *description;
  GstHailuoProviderId provider;
  GstHailuoParams wish;
  const gchar *properties[6]; /* each refused in a sentence of its own */
} ManyRow;

static const ManyRow many_rows[] = {
  { "APIXO, all", APIXO,
      { "a b", MODE (STANDARD_IMAGE_TO_VIDEO), "", "file:///a.jpg", 7,
          GST_HAILUO_RESOLUTION_AUTO, GST_HAILUO_ROUTING_DEFAULT, 0 },
      { "model", "prompt", "image", "take" } },
  { "APIXO, a listed model", APIXO,
      { NULL, MODE (STANDARD_IMAGE_TO_VIDEO), "", "file:///a.jpg", 7,
          GST_HAILUO_RESOLUTION_1080P, GST_HAILUO_ROUTING_DEFAULT, 0 },
      { "prompt", "image", "duration", "resolution", "take" } },
  { "APIXO, text mode with a local image", APIXO,
      { NULL, MODE (STANDARD_TEXT_TO_VIDEO), NULL, "a.jpg", 11,
          GST_HAILUO_RESOLUTION_AUTO, GST_HAILUO_ROUTING_VALUE, 1 },
      { "prompt", "image", "duration" } },
  { "API in One, all", APIINONE,
      { "hailuo-2-3", MODE (STANDARD_IMAGE_TO_VIDEO), " ", "a.jpg", 5,
          GST_HAILUO_RESOLUTION_AUTO, GST_HAILUO_ROUTING_OFFICIAL, 0 },
      { "prompt", "image", "duration", "routing", "take" } },
  { "API in One, nothing set", APIINONE, { .duration = 6, .take = 1 },
      { "prompt", "mode|image" } },
};

static void
test_many (gconstpointer data)
{
  const ManyRow *row = data;
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  guint n = 0;

  /* what is there already stays */
  g_ptr_array_add (problems, g_strdup ("earlier"));
  g_assert_null (gst_hailuo_shot_new (
      unit_catalogue (row->provider), &row->wish, NULL, problems));
  g_assert_cmpstr (g_ptr_array_index (problems, 0), ==, "earlier");
  for (guint i = 1; i < problems->len; i++)
    g_test_message ("%s", (gchar *) g_ptr_array_index (problems, i));
  while (n < G_N_ELEMENTS (row->properties) && row->properties[n] != NULL) {
    if (unit_find_problem (problems, row->properties[n]) == NULL)
      g_error ("nothing tells of %s", row->properties[n]);
    n++;
  }
  g_assert_cmpuint (problems->len - 1, >=, n);
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  UNIT_ADD_TABLE ("/shot/prompt", prompt_rows, test_shot);
  UNIT_ADD_TABLE ("/shot/image", image_rows, test_shot);
  UNIT_ADD_TABLE ("/shot/other", other_rows, test_shot);
  g_test_add_func ("/shot/take-zero", test_take_zero);
  g_test_add_func ("/shot/long-prompt", test_long_prompt);
  UNIT_ADD_TABLE ("/shot/many", many_rows, test_many);

  return g_test_run ();
}
