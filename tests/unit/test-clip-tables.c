/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The index of an MP4: a track with pictures, tables that fit each other and
 * the data, and no more of anything than a reader can stand. */
#include "unit.h"

#include <time.h>
#include <unistd.h>

#include "clip-check.h"
#include "mp4.h"

typedef struct
{
  const gchar *description;
  const gchar *type; /* of the box whose bytes are changed */
  guint place;       /* in the box */
  guint64 value;
  guint bytes;
  Mp4Spec spec;
} WrongRow;

#define FREE 0x66726565
#define BIG G_GUINT64_CONSTANT (0x7fffffffffffffff)

static const WrongRow wrong_rows[] = {
  /* tables */
  { "more chunks than the table holds", "stco", 12, 5, 4, { 0 } },
  { "2^32 - 1 chunks", "stco", 12, G_MAXUINT32, 4, { 0 } },
  { "2^30 chunks, 4 times which is nothing in 32 bits", "stco", 12, 0x40000000,
      4, { 0 } },
  { "2^29 64-bit chunks", "co64", 12, 0x20000000, 4, { .co64 = TRUE } },
  { "a chunk at the end of the file", "stco", 16, 0xfffff, 4, { 0 } },
  { "a chunk at 4 GiB", "stco", 16, G_MAXUINT32, 4, { 0 } },
  { "the last chunk beyond the end", "stco", 28, 0xfffff, 4, { 0 } },
  { "a 64-bit chunk near 2^63", "co64", 16, BIG, 8, { .co64 = TRUE } },
  { "a 64-bit chunk near 2^64", "co64", 16, G_MAXUINT64, 8, { .co64 = TRUE } },
  { "a 64-bit chunk that wraps into the file", "co64", 16, G_MAXUINT64 - 200, 8,
      { .co64 = TRUE } },
  /* what must be there */
  { "no header", "mvhd", 4, FREE, 4, { 0 } },
  { "sound only", "hdlr", 16, 0x736f756e, 4, { 0 } },
  { "no samples", "stsz", 16, 0, 4, { 0 } },
  { "no sizes", "stsz", 4, FREE, 4, { 0 } },
  { "no runs", "stsc", 4, FREE, 4, { 0 } },
  { "no chunks", "stco", 4, FREE, 4, { 0 } },
  { "no description", "stsd", 4, FREE, 4, { 0 } },
  { "an empty list of descriptions", "stsd", 12, 0, 4, { 0 } },
  { "two tables of sizes", "stts", 4, 0x7374737a, 4, { 0 } },
  { "32-bit and 64-bit chunks", "stts", 4, 0x636f3634, 4, { 0 } },
  { "two indexes", "free", 4, 0x6d6f6f76, 4, { 0 } },
  { "fragments, and there are none", "moof", 4, FREE, 4,
      { .moov_first = TRUE, .fragmented = TRUE } },
  { "fragments that are not told of", "mvex", 4, FREE, 4,
      { .moov_first = TRUE, .fragmented = TRUE } },
  { "fragments of sound", "hdlr", 16, 0x736f756e, 4,
      { .moov_first = TRUE, .fragmented = TRUE } },

  /* tables that do not fit each other */
  { "more samples than sizes", "stsz", 16, 21, 4, { 0 } },
  { "2^32 - 1 samples", "stsz", 16, G_MAXUINT32, 4, { 0 } },
  { "2^30 samples", "stsz", 16, 0x40000000, 4, { 0 } },
  { "more samples than in the chunks, one size", "stsz", 16, 21, 4,
      { .one_size = TRUE } },
  { "2^32 - 1 samples, one size", "stsz", 16, G_MAXUINT32, 4,
      { .one_size = TRUE } },
  { "fewer samples in the chunks", "stsc", 20, 4, 4, { 0 } },
  { "more runs than the table holds", "stsc", 12, 2, 4, { 0 } },
  { "2^32 - 1 runs", "stsc", 12, G_MAXUINT32, 4, { 0 } },
  { "no run at all", "stsc", 12, 0, 4, { 0 } },
  { "a run from chunk 0 on", "stsc", 16, 0, 4, { 0 } },
  { "a run from chunk 2 on", "stsc", 16, 2, 4, { .samples = 3 } },
  { "a run that does not rise", "stsc", 28, 1, 4, { .samples = 17 } },
  { "a run behind the last chunk", "stsc", 28, 5, 4, { .samples = 17 } },
  { "description 0", "stsc", 24, 0, 4, { 0 } },
  { "description 2 of 1", "stsc", 24, 2, 4, { 0 } },

  /* samples that are not all in the data */
  { "a chunk before the data", "stco", 16, 47, 4, { 0 } },
  { "a chunk in the index", "stco", 16, 1100, 4, { 0 } },
  { "a last sample that is a byte too long", "stsz", 20 + 19 * 4,
      MP4_SAMPLE_SIZE + 1, 4, { 0 } },
  { "a last sample of 4 GiB", "stsz", 20 + 19 * 4, G_MAXUINT32, 4, { 0 } },
  { "a first sample of 4 GiB", "stsz", 20, G_MAXUINT32, 4, { 0 } },
  { "samples that are a byte too long", "stsz", 12, MP4_SAMPLE_SIZE + 1, 4,
      { .one_size = TRUE } },
  { "samples of 4 GiB", "stsz", 12, G_MAXUINT32, 4, { .one_size = TRUE } },
  { "a last chunk that is a byte too far", "stco", 16 + 3 * 4, 48 + 751, 4,
      { 0 } },
};

static void
test_wrong (gconstpointer data)
{
  const WrongRow *row = data;
  g_autoptr (GByteArray) file = mp4_new (&row->spec);
  gsize box = mp4_find (file, row->type, 0);

  /* it is this change that makes it wrong */
  g_assert_true (clip_check (file->data, file->len, FALSE));
  mp4_set (file, box + row->place, row->value, row->bytes);
  g_assert_false (clip_check (file->data, file->len, FALSE));
  g_assert_false (clip_check (file->data, file->len, TRUE));
}

/* In the level of a real clip's tags, where nothing but depth matters */
static void
test_levels (void)
{
  static const guint levels[] = { 15, 16 };

  for (guint i = 0; i < G_N_ELEMENTS (levels); i++) {
    Mp4Spec spec = { 0 };
    g_autoptr (GByteArray) file = mp4_new (&spec);
    gsize moov = mp4_find (file, "moov", 0);
    gsize boxes[16];

    for (guint j = 0; j < levels[i]; j++)
      boxes[j] = mp4_begin (file, "udta");
    mp4_add_zeros (file, 4); /* as QuickTime ends a list */
    for (guint j = levels[i]; j > 0; j--)
      mp4_end (file, boxes[j - 1]);
    mp4_end (file, moov);
    g_assert_cmpint (clip_check (file->data, file->len, FALSE), ==, i == 0);
  }
}

/* A description may be a level for each of its 94 bytes, and nobody counts. */
static void
test_description (void)
{
  static const gsize sizes[] = { 1000, 300000 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    static const gchar *const outer[] = { "moov", "trak", "mdia", "minf",
      "stbl" };
    Mp4Spec spec = { 0 };
    g_autoptr (GByteArray) file = mp4_new (&spec);
    gsize stsd;

    /* the description goes to the end of its table */
    mp4_set (file, mp4_find (file, "stsd", 0) + 4, FREE, 4);
    stsd = mp4_begin (file, "stsd");
    mp4_add (file, 0, 4);
    mp4_add (file, 1, 4);
    mp4_add_zeros (file, sizes[i]);
    mp4_end (file, stsd);
    for (guint j = 0; j < G_N_ELEMENTS (outer); j++)
      mp4_end (file, mp4_find (file, outer[j], 0));
    g_assert_cmpint (clip_check (file->data, file->len, FALSE), ==, i == 0);
  }
}

/* 10^6 samples, each in a chunk of its own; with as many of sound it is more
 * than anybody should have to look at. */
static void
test_long_tables (void)
{
  for (gint twice = FALSE; twice <= TRUE; twice++) {
    Mp4Spec spec = { .samples = 1000000, .per_chunk = 1, .audio_first = twice };
    g_autoptr (GByteArray) file = mp4_new (&spec);
    GstHailuoClipInfo info;
    gint fd = clip_open ();
    clock_t start;

    clip_write (fd, 0, file->data, file->len);
    start = clock ();
    g_assert_cmpint (clip_check_fd (fd, file->len, FALSE, &info), ==, !twice);
    g_test_message ("%.1f ms", (clock () - start) * 1e3 / CLOCKS_PER_SEC);
    close (fd);
  }
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  UNIT_ADD_TABLE ("/clip-tables/wrong", wrong_rows, test_wrong);
  g_test_add_func ("/clip-tables/levels", test_levels);
  g_test_add_func ("/clip-tables/description", test_description);
  g_test_add_func ("/clip-tables/long", test_long_tables);

  return g_test_run ();
}
