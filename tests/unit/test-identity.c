/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which shots are the same one: whoever is wrong here pays twice, or gets
 * somebody else's clip. */
#include "unit.h"

#include "shot.h"

#define APIXO GST_HAILUO_PROVIDER_APIXO
#define APIINONE GST_HAILUO_PROVIDER_APIINONE
#define MODE(name) GST_HAILUO_MODE_##name
#define P768 GST_HAILUO_RESOLUTION_768P
#define P1080 GST_HAILUO_RESOLUTION_1080P
#define ROUTING(name) GST_HAILUO_ROUTING_##name
#define A "https://example.com/a.jpg"
#define B "https://example.com/b.jpg"

typedef struct
{
  const gchar *description;
  GstHailuoProviderId provider_a;
  GstHailuoParams a;
  GstHailuoProviderId provider_b;
  GstHailuoParams b;
  gboolean same;
} PairRow;

/* duration 0 and take 0 stand for 6 and 1 */
static const PairRow pair_rows[] = {
  { "equal", APIXO, { .prompt = "p" }, APIXO, { .prompt = "p" }, TRUE },
  { "model by default", APIXO, { .prompt = "p" }, APIXO,
      { .model = "hailuo-2-3", .prompt = "p" }, TRUE },
  { "model by default, API in One", APIINONE, { .prompt = "p", .image = A },
      APIINONE, { .model = "hailuo-2-3", .prompt = "p", .image = A }, TRUE },
  { "model by default, API in One, pro", APIINONE,
      { .mode = MODE (PRO_IMAGE_TO_VIDEO), .prompt = "p", .image = A },
      APIINONE,
      { .model = "hailuo/2-3-image-to-video-pro",
          .mode = MODE (PRO_IMAGE_TO_VIDEO),
          .prompt = "p",
          .image = A },
      TRUE },
  { "mode by the model, API in One, pro", APIINONE,
      { .model = "hailuo/2-3-image-to-video-pro", .prompt = "p", .image = A },
      APIINONE,
      { .mode = MODE (PRO_IMAGE_TO_VIDEO), .prompt = "p", .image = A }, TRUE },
  { "mode auto, text", APIXO, { .prompt = "p" }, APIXO,
      { .mode = MODE (STANDARD_TEXT_TO_VIDEO), .prompt = "p" }, TRUE },
  { "mode auto, image", APIXO, { .prompt = "p", .image = A }, APIXO,
      { .mode = MODE (STANDARD_IMAGE_TO_VIDEO), .prompt = "p", .image = A },
      TRUE },
  { "resolution auto, standard", APIXO, { .prompt = "p" }, APIXO,
      { .prompt = "p", .resolution = P768 }, TRUE },
  { "resolution auto, pro", APIXO,
      { .mode = MODE (PRO_TEXT_TO_VIDEO), .prompt = "p" }, APIXO,
      { .mode = MODE (PRO_TEXT_TO_VIDEO), .prompt = "p", .resolution = P1080 },
      TRUE },
  { "resolution auto, API in One", APIINONE, { .prompt = "p", .image = A },
      APIINONE, { .prompt = "p", .image = A, .resolution = P768 }, TRUE },
  { "duration ignored", APIXO,
      { .mode = MODE (PRO_TEXT_TO_VIDEO), .prompt = "p", .duration = 6 }, APIXO,
      { .mode = MODE (PRO_TEXT_TO_VIDEO), .prompt = "p", .duration = 10 },
      TRUE },

  { "provider", APIXO, { .prompt = "p", .image = A }, APIINONE,
      { .prompt = "p", .image = A }, FALSE },
  { "model", APIXO, { .prompt = "p", .image = A }, APIXO,
      { .model = "hailuo-2-3-fast", .prompt = "p", .image = A }, FALSE },
  { "model that is not listed", APIXO, { .model = "hailuo-8", .prompt = "p" },
      APIXO, { .model = "hailuo-9", .prompt = "p" }, FALSE },
  { "mode", APIXO, { .prompt = "p" }, APIXO,
      { .mode = MODE (PRO_TEXT_TO_VIDEO), .prompt = "p" }, FALSE },
  { "mode, image", APIXO, { .prompt = "p", .image = A }, APIXO,
      { .mode = MODE (PRO_IMAGE_TO_VIDEO), .prompt = "p", .image = A }, FALSE },
  { "image or none", APIXO, { .prompt = "p" }, APIXO,
      { .prompt = "p", .image = A }, FALSE },
  { "prompt", APIXO, { .prompt = "p" }, APIXO, { .prompt = "q" }, FALSE },
  { "prompt in case", APIXO, { .prompt = "p" }, APIXO, { .prompt = "P" },
      FALSE },
  { "prompt of composed forms", APIXO, { .prompt = "\xc3\xa9" }, APIXO,
      { .prompt = "e\xcc\x81" }, FALSE },
  { "image", APIXO, { .prompt = "p", .image = A }, APIXO,
      { .prompt = "p", .image = B }, FALSE },
  { "image's query", APIXO, { .prompt = "p", .image = A "?v=1" }, APIXO,
      { .prompt = "p", .image = A "?v=2" }, FALSE },
  { "duration", APIXO, { .prompt = "p" }, APIXO,
      { .prompt = "p", .duration = 10 }, FALSE },
  { "duration, API in One", APIINONE, { .prompt = "p", .image = A }, APIINONE,
      { .prompt = "p", .image = A, .duration = 10 }, FALSE },
  { "duration, API in One, pro", APIINONE,
      { .mode = MODE (PRO_IMAGE_TO_VIDEO), .prompt = "p", .image = A },
      APIINONE,
      { .mode = MODE (PRO_IMAGE_TO_VIDEO),
          .prompt = "p",
          .image = A,
          .duration = 10 },
      FALSE },
  { "resolution", APIINONE, { .prompt = "p", .image = A }, APIINONE,
      { .prompt = "p", .image = A, .resolution = P1080 }, FALSE },
  { "routing", APIXO, { .prompt = "p" }, APIXO,
      { .prompt = "p", .routing = ROUTING (AUTO) }, FALSE },
  { "routing, the others", APIXO, { .prompt = "p", .routing = ROUTING (VALUE) },
      APIXO, { .prompt = "p", .routing = ROUTING (OFFICIAL) }, FALSE },
  { "take", APIXO, { .prompt = "p", .take = 1 }, APIXO,
      { .prompt = "p", .take = 2 }, FALSE },
  { "take beyond a byte", APIXO, { .prompt = "p", .take = 1 }, APIXO,
      { .prompt = "p", .take = 257 }, FALSE },

  /* text that moves from one member into its neighbour */
  { "from the model into the prompt", APIXO,
      { .model = "hailuo-9", .prompt = "x" }, APIXO,
      { .model = "hailuo-", .prompt = "9x" }, FALSE },
  { "from the image into the prompt", APIXO,
      { .prompt = "a", .image = A "/" B }, APIXO,
      { .prompt = "a" A "/", .image = B }, FALSE },
  { "from the image into the prompt, nothing between", APIXO,
      { .prompt = "a", .image = A B }, APIXO, { .prompt = "a" A, .image = B },
      FALSE },
  { "an image at the end of the prompt", APIXO,
      { .model = "m", .prompt = "a\n" A }, APIXO,
      { .model = "m", .prompt = "a", .image = A }, FALSE },
  { "a prompt that spells other members", APIXO,
      { .prompt = "p\", \"take\": 2, \"x\": \"" }, APIXO,
      { .prompt = "p", .take = 2 }, FALSE },
};

static GstHailuoShot *
make (GstHailuoProviderId provider, const GstHailuoParams *wish)
{
  GstHailuoParams full = *wish;
  GstHailuoShot *shot;

  full.take = MAX (full.take, 1);
  full.duration = full.duration == 0 ? 6 : full.duration;
  shot = unit_shot (provider, &full);
  g_assert_cmpuint (shot->take, ==, full.take);
  g_assert_cmpuint (strlen (shot->id), ==, 64);
  g_assert_cmpuint (strspn (shot->id, "0123456789abcdef"), ==, 64);
  return shot;
}

static void
test_pair (gconstpointer data)
{
  const PairRow *row = data;
  g_autoptr (GstHailuoShot) a = make (row->provider_a, &row->a);
  g_autoptr (GstHailuoShot) b = make (row->provider_b, &row->b);

  if (row->same)
    g_assert_cmpstr (a->id, ==, b->id);
  else
    g_assert_cmpstr (a->id, !=, b->id);
}

/* Wherever the border between prompt and image is put, and whatever is taken
 * for a border, it is another shot. */
static void
test_borders (void)
{
  static const gchar *const borders[] = { "", "/", ",", ";", "|", "&", "=",
    "\n", "\t", " ", "\x1f", "\"", "\",\"", "\\", "\r\n",
    "&image=", "image=", "\n10\n", ":" };
  g_autoptr (GHashTable)
      ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (borders); i++) {
    for (guint j = 0; j < 2; j++) {
      g_autofree gchar *before = g_strconcat ("a", borders[i], A, NULL);
      g_autofree gchar *after = g_strconcat (A, borders[i], B, NULL);
      GstHailuoParams wish = { .prompt = j == 0 ? before : "a",
        .image = j == 0 ? B : after,
        .duration = 6,
        .take = 1 };
      g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GstHailuoShot) shot = gst_hailuo_shot_new (
          unit_catalogue (APIXO), &wish, NULL, problems);

      /* not each of them can be in a URL */
      if (shot == NULL)
        continue;
      n++;
      g_assert_true (g_hash_table_add (ids, g_strdup (shot->id)));
    }
  }
  g_test_message ("%u shots", n);
  g_assert_cmpuint (n, >=, G_N_ELEMENTS (borders) + 2);
}

/* A shot owns what it holds. */
static void
test_owned (void)
{
  gchar prompt[] = "prompt", image[] = A, model[] = "hailuo-2-3";
  GstHailuoParams wish = { .model = model,
    .prompt = prompt,
    .image = image,
    .duration = 10,
    .routing = ROUTING (VALUE),
    .take = 3 };
  g_autoptr (GstHailuoShot) shot = unit_shot (APIXO, &wish);

  memset (prompt, 'x', sizeof (prompt) - 1);
  memset (image, 'x', sizeof (image) - 1);
  memset (model, 'x', sizeof (model) - 1);
  g_assert_cmpstr (shot->prompt, ==, "prompt");
  g_assert_cmpstr (shot->image, ==, A);
  g_assert_cmpstr (shot->model, ==, "hailuo-2-3");
  g_assert_cmpuint (shot->duration, ==, 10);
  g_assert_cmpint (shot->routing, ==, ROUTING (VALUE));
  g_assert_cmpint (shot->variant->mode, ==, MODE (STANDARD_IMAGE_TO_VIDEO));
  g_assert_cmpint (shot->variant->resolution, ==, P768);
  g_assert_true (shot->catalogue == unit_catalogue (APIXO));
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  UNIT_ADD_TABLE ("/identity/pair", pair_rows, test_pair);
  g_test_add_func ("/identity/borders", test_borders);
  g_test_add_func ("/identity/owned", test_owned);

  return g_test_run ();
}
