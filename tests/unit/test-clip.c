/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a file is a whole MP4: no file that is cut, lies or is something
 * else goes downstream. */
#include "unit.h"

#include <errno.h>
#include <gio/gio.h>
#include <unistd.h>

#include "clip-check.h"
#include "mp4.h"

typedef struct
{
  const gchar *description;
  Mp4Spec spec;
  guint64 duration; /* ns */
  guint width, height;
} WholeRow;

#define MS G_GUINT64_CONSTANT (1000000)

static const WholeRow whole_rows[] = {
  { "moov last", { 0 }, 5875 * MS, 1366, 768 },
  { "moov first", { .moov_first = TRUE }, 5875 * MS, 1366, 768 },
  { "64-bit mdat", { .large_mdat = TRUE }, 5875 * MS, 1366, 768 },
  { "64-bit mdat, moov first", { .moov_first = TRUE, .large_mdat = TRUE },
      5875 * MS, 1366, 768 },
  { "64-bit moov", { .large_moov = TRUE }, 5875 * MS, 1366, 768 },
  { "64-bit times", { .version_1 = TRUE }, 5875 * MS, 1366, 768 },
  { "64-bit offsets", { .co64 = TRUE }, 5875 * MS, 1366, 768 },
  { "64-bit everything",
      { .moov_first = TRUE,
          .large_mdat = TRUE,
          .large_moov = TRUE,
          .version_1 = TRUE,
          .co64 = TRUE },
      5875 * MS, 1366, 768 },
  { "one sample size", { .one_size = TRUE }, 5875 * MS, 1366, 768 },
  { "one sample", { .samples = 1 }, 5875 * MS, 1366, 768 },
  { "a chunk for each sample", { .per_chunk = 1 }, 5875 * MS, 1366, 768 },
  { "a last chunk that is not full", { .samples = 17, .per_chunk = 4 },
      5875 * MS, 1366, 768 },
  { "a last chunk that is not full, one size",
      { .samples = 17, .per_chunk = 4, .one_size = TRUE }, 5875 * MS, 1366,
      768 },
  { "many samples", { .samples = 20000, .per_chunk = 7 }, 5875 * MS, 1366,
      768 },
  { "sound before the picture", { .audio_first = TRUE }, 5875 * MS, 1366, 768 },
  { "fragments", { .moov_first = TRUE, .fragmented = TRUE }, 5875 * MS, 1366,
      768 },
  { "another timescale", { .timescale = 1000, .duration = 10000 }, 10000 * MS,
      1366, 768 },
  { "a duration beyond 32 bits",
      { .version_1 = TRUE,
          .timescale = 1000000000,
          .duration = G_GUINT64_CONSTANT (10000000000) },
      10000 * MS, 1366, 768 },
  { "no timescale", { .timescale = G_MAXUINT }, 0, 1366, 768 },
  /* all ones: "the duration cannot be determined" */
  { "duration not known", { .duration = G_MAXUINT64 }, 0, 1366, 768 },
  { "duration not known, 64 bits",
      { .duration = G_MAXUINT64, .version_1 = TRUE }, 0, 1366, 768 },
};

static void
test_whole (gconstpointer data)
{
  const WholeRow *row = data;
  g_autoptr (GByteArray) file = mp4_new (&row->spec);

  for (gint exact = FALSE; exact <= TRUE; exact++) {
    GstHailuoClipInfo info;

    g_assert_true (clip_check_info (file->data, file->len, exact, &info));
    g_assert_cmpuint (info.duration, ==, row->duration);
    g_assert_cmpuint (info.width, ==, row->width);
    g_assert_cmpuint (info.height, ==, row->height);
  }
}

/* Wherever it ends too early, it is not whole; even if somebody says that this
 * is its length. */
static void
test_cut (gconstpointer data)
{
  const WholeRow *row = data;
  g_autoptr (GByteArray) file = mp4_new (&row->spec);
  g_autoptr (GArray) cuts = mp4_edges (file);

  for (gsize i = 0; i < 50; i++) {
    gsize cut = file->len * i / 50;

    g_array_append_val (cuts, cut);
  }
  for (gsize i = 1; i <= 16; i++) {
    gsize cut = file->len - i;

    g_array_append_val (cuts, cut);
  }
  for (guint i = 0; i < cuts->len; i++) {
    gsize cut = g_array_index (cuts, gsize, i);

    for (gint exact = FALSE; exact <= TRUE; exact++) {
      if (clip_check (file->data, cut, exact))
        g_error ("cut at %" G_GSIZE_FORMAT " of %u is whole", cut, file->len);
    }
  }
}

/* The file says one length and the transfer said another. */
static void
test_size (void)
{
  Mp4Spec spec = { 0 };
  g_autoptr (GByteArray) file = mp4_new (&spec);
  GstHailuoClipInfo info;
  gint fd = clip_open ();

  clip_write (fd, 0, file->data, file->len);
  for (gint exact = FALSE; exact <= TRUE; exact++) {
    g_assert_true (clip_check_fd (fd, file->len, exact, &info));
    g_assert_false (clip_check_fd (fd, file->len - 1, exact, &info));
    g_assert_false (clip_check_fd (fd, file->len + 1, exact, &info));
    g_assert_false (clip_check_fd (fd, file->len + 8, exact, &info));
    g_assert_false (clip_check_fd (fd, 0, exact, &info));
    g_assert_false (clip_check_fd (fd, G_MAXINT64, exact, &info));
    g_assert_false (clip_check_fd (fd, G_MAXUINT64, exact, &info));
  }
  close (fd);
}

/* More than 4 GiB, of which nearly all is a hole. */
static void
test_large (void)
{
  Mp4Spec spec = { .large_mdat = TRUE, .co64 = TRUE };
  g_autoptr (GByteArray) file = mp4_new (&spec);
  guint64 more = G_GUINT64_CONSTANT (5) << 30;
  gsize mdat = mp4_find (file, "mdat", 0);
  gsize moov = mp4_find (file, "moov", 0);
  gsize co64 = mp4_find (file, "co64", 0);
  GstHailuoClipInfo info;
  gint fd = clip_open ();

  mp4_set (file, mdat + 8, moov - mdat + more, 8);
  mp4_set (file, co64 + 16 + 8, mp4_get (file, co64 + 16 + 8, 8) + more, 8);
  clip_write (fd, 0, file->data, moov);
  if (ftruncate (fd, moov + more) != 0) {
    g_test_skip ("no room for a file of 5 GiB");
    close (fd);
    return;
  }
  clip_write (fd, moov + more, file->data + moov, file->len - moov);
  g_assert_true (clip_check_fd (fd, file->len + more, FALSE, &info));
  g_assert_cmpuint (info.duration, ==, 5875 * MS);
  g_assert_false (clip_check_fd (fd, file->len + more - 1, TRUE, &info));
  close (fd);
}

typedef struct
{
  const gchar *description;
  const gchar *data;
  gsize length;
} OtherRow;

#define BYTES(text) text, sizeof (text) - 1

static const OtherRow other_rows[] = {
  { "nothing", BYTES ("") },
  { "one byte", BYTES ("\0") },
  { "seven bytes",
      BYTES ("\0\0\0\x08"
             "fty") },
  { "ftyp only",
      BYTES ("\0\0\0\x08"
             "ftyp") },
  { "ftyp with a brand only",
      BYTES ("\0\0\0\x10"
             "ftypisom\0\0\2\0") },
  { "ftyp to the end",
      BYTES ("\0\0\0\0"
             "ftypisom\0\0\2\0") },
  { "HTML", BYTES ("<!DOCTYPE html><html><body>Sign in</body></html>\n") },
  { "HTML that spells ftyp", BYTES ("<htmftyp><moov><mdat></mdat></moov>") },
  { "JSON", BYTES ("{\"code\":403,\"message\":\"link expired\"}") },
  { "XML", BYTES ("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>") },
  { "JPEG", BYTES ("\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0") },
  { "PNG", BYTES ("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\5V\0\0\3\0\b\2") },
  { "WebM", BYTES ("\x1a\x45\xdf\xa3\1\0\0\0\0\0\0\x1f\x42\x86\x81\1") },
  { "ZIP", BYTES ("PK\3\4\x14\0\0\0\b\0") },
  { "zeros", BYTES ("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0") },
  { "ones", BYTES ("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff") },
  { "playlist", BYTES ("#EXTM3U\n#EXT-X-VERSION:3\n") },
  { "empty moov and mdat",
      BYTES ("\0\0\0\x10"
             "ftypisom\0\0\2\0\0\0\0\x08moov\0\0\0\x08mdat") },
};

static void
test_other (gconstpointer data)
{
  const OtherRow *row = data;

  g_assert_false (clip_check (row->data, row->length, FALSE));
  g_assert_false (clip_check (row->data, row->length, TRUE));
}

typedef struct
{
  const gchar *description;
  Mp4Spec spec;
  gboolean whole_if_exact;
} OpenRow;

static const OpenRow open_rows[] = {
  { "mdat last", { .moov_first = TRUE, .open_mdat = TRUE }, TRUE },
  { "moov last", { .open_moov = TRUE }, TRUE },
  /* what runs to the end has nothing after it */
  { "mdat, and moov in it", { .open_mdat = TRUE }, FALSE },
  { "moov, and mdat in it", { .moov_first = TRUE, .open_moov = TRUE }, FALSE },
};

static void
test_open (gconstpointer data)
{
  const OpenRow *row = data;
  g_autoptr (GByteArray) file = mp4_new (&row->spec);

  g_assert_false (clip_check (file->data, file->len, FALSE));
  g_assert_cmpint (
      clip_check (file->data, file->len, TRUE), ==, row->whole_if_exact);
}

typedef struct
{
  const gchar *description;
  const gchar *type; /* of the box whose bytes are changed */
  guint place;       /* in the box */
  guint64 value;
  guint bytes;
  Mp4Spec spec;
} WrongRow;

#define BIG G_GUINT64_CONSTANT (0x7fffffffffffffff)

static const WrongRow wrong_rows[] = {
  /* top-level sizes */
  { "ftyp of size 2", "ftyp", 0, 2, 4, { 0 } },
  { "ftyp of size 7", "ftyp", 0, 7, 4, { 0 } },
  { "ftyp of 4 GiB", "ftyp", 0, G_MAXUINT32, 4, { 0 } },
  { "ftyp is something else", "ftyp", 4, 0x73747970, 4, { 0 } },
  { "free of size 1", "free", 0, 1, 4, { 0 } },
  { "mdat of size 2", "mdat", 0, 2, 4, { 0 } },
  { "mdat of size 3", "mdat", 0, 3, 4, { 0 } },
  { "mdat of size 4", "mdat", 0, 4, 4, { 0 } },
  { "mdat of size 5", "mdat", 0, 5, 4, { 0 } },
  { "mdat of size 6", "mdat", 0, 6, 4, { 0 } },
  { "mdat of size 7", "mdat", 0, 7, 4, { 0 } },
  { "mdat without its bytes", "mdat", 0, 8, 4, { 0 } },
  { "mdat a byte short", "mdat", 0, 1007, 4, { 0 } },
  { "mdat a byte long", "mdat", 0, 1009, 4, { 0 } },
  { "mdat of 2 GiB", "mdat", 0, 0x80000000, 4, { 0 } },
  { "mdat of 4 GiB", "mdat", 0, G_MAXUINT32, 4, { 0 } },
  { "mdat is something else", "mdat", 4, 0x66726565, 4, { 0 } },
  { "moov is something else", "moov", 4, 0x66726565, 4, { 0 } },
  { "moov with its boxes beside it", "moov", 0, 8, 4, { 0 } },
  { "moov of 4 GiB", "moov", 0, G_MAXUINT32, 4, { 0 } },
  { "64-bit size 0", "mdat", 8, 0, 8, { .large_mdat = TRUE } },
  { "64-bit size 1", "mdat", 8, 1, 8, { .large_mdat = TRUE } },
  { "64-bit size 8", "mdat", 8, 8, 8, { .large_mdat = TRUE } },
  { "64-bit size 15", "mdat", 8, 15, 8, { .large_mdat = TRUE } },
  { "64-bit size 16", "mdat", 8, 16, 8, { .large_mdat = TRUE } },
  { "64-bit size near 2^63", "mdat", 8, BIG, 8, { .large_mdat = TRUE } },
  { "64-bit size 2^63", "mdat", 8, BIG + 1, 8, { .large_mdat = TRUE } },
  { "64-bit size that wraps to the box before", "mdat", 8, G_MAXUINT64 - 39, 8,
      { .large_mdat = TRUE } },
  { "64-bit size near 2^64", "mdat", 8, G_MAXUINT64, 8,
      { .large_mdat = TRUE } },
  { "64-bit size of moov near 2^63", "moov", 8, BIG, 8,
      { .large_moov = TRUE } },
  { "64-bit size of moov near 2^64", "moov", 8, G_MAXUINT64 - 7, 8,
      { .large_moov = TRUE } },

  /* sizes inside */
  { "trak larger than moov", "trak", 0, 0x100000, 4, { 0 } },
  { "trak of 4 GiB", "trak", 0, G_MAXUINT32, 4, { 0 } },
  { "trak of size 7", "trak", 0, 7, 4, { 0 } },
  { "mvhd larger than moov", "mvhd", 0, 0x100000, 4, { 0 } },
  { "mdia larger than trak", "mdia", 0, 0x100000, 4, { 0 } },
  { "mdia of size 4", "mdia", 0, 4, 4, { 0 } },
  { "minf larger than mdia", "minf", 0, 0x100000, 4, { 0 } },
  { "stbl larger than minf", "stbl", 0, 0x100000, 4, { 0 } },
  { "stbl of size 3", "stbl", 0, 3, 4, { 0 } },
  { "stco larger than stbl", "stco", 0, 0x100000, 4, { 0 } },
  { "stsz larger than stbl", "stsz", 0, 0x100000, 4, { 0 } },
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

/* Bytes after the last box are part of no box. */
static void
test_trailing (void)
{
  static const gchar *const tails[] = { "\n", "abc", "1234567" };

  for (guint i = 0; i < G_N_ELEMENTS (tails); i++) {
    Mp4Spec spec = { .moov_first = i == 1 };
    g_autoptr (GByteArray) file = mp4_new (&spec);

    g_byte_array_append (file, (const guint8 *) tails[i], strlen (tails[i]));
    g_assert_false (clip_check (file->data, file->len, FALSE));
    g_assert_false (clip_check (file->data, file->len, TRUE));
  }
}

/* Boxes that nobody here knows are counted, and nothing else. */
static void
test_unknown_boxes (void)
{
  Mp4Spec spec = { 0 };
  g_autoptr (GByteArray) file = mp4_new (&spec);
  gsize box = mp4_begin (file, "uuid");

  mp4_add_zeros (file, 100);
  mp4_end (file, box);
  box = mp4_begin (file, "free");
  mp4_end (file, box);
  g_assert_true (clip_check (file->data, file->len, FALSE));
}

/* Levels cost a hostile host nothing, and the stack must not pay for them. */
static void
test_deep (gconstpointer data)
{
  const gchar *type = data;
  Mp4Spec spec = { 0 };
  g_autoptr (GByteArray) file = mp4_new (&spec);
  gsize moov = mp4_find (file, "moov", 0);
  guint levels = 100000;

  for (guint i = 0; i < levels; i++) {
    gsize box = mp4_begin (file, type);

    mp4_set (file, box, (guint64) (levels - i) * 8, 4);
  }
  mp4_end (file, moov);
  g_assert_false (clip_check (file->data, file->len, FALSE));
  g_assert_false (clip_check (file->data, file->len, TRUE));
}

/* Any byte may be any other: it is whole or it is not, and that is all. */
static void
test_random (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20240229);
  Mp4Spec spec = { .audio_first = TRUE, .samples = 4, .per_chunk = 2 };
  GstHailuoClipInfo info;
  gint fd = clip_open ();

  for (guint i = 0; i < 4000; i++) {
    g_autoptr (GByteArray) file = NULL;
    guint changes;

    spec.moov_first = i & 1;
    spec.co64 = (i & 2) != 0;
    file = mp4_new (&spec);
    changes = g_rand_int_range (rand, 1, 4);
    for (guint j = 0; j < changes; j++)
      file->data[g_rand_int_range (rand, 0, file->len)] = g_rand_int_range (
          rand, 0, 256);
    clip_write (fd, 0, file->data, file->len);
    clip_check_fd (fd, file->len, i & 4, &info);
  }
  close (fd);
}

static void
test_no_file (void)
{
  GstHailuoClipInfo info = clip_untouched;
  g_autoptr (GError) error = NULL;

  g_assert_false (gst_hailuo_clip_check (-1, 1000, TRUE, &info, &error));
  unit_assert_code (error, UNIT_CODE (DOWNLOAD));
  g_assert_cmpuint (info.duration, ==, clip_untouched.duration);
}

/* --- the bytes that were downloaded -------------------------------------- */

typedef struct
{
  guint asked, limit; /* 0: never */
} Stop;

static gboolean
is_cancelled (gpointer user_data)
{
  Stop *stop = user_data;

  return ++stop->asked == stop->limit;
}

static void
compare (gint fd, guint64 size, const gchar *sha256, guint codes)
{
  g_autoptr (GError) error = NULL;
  Stop stop = { 0 };
  gboolean same;

  g_assert_cmpint (lseek (fd, 5, SEEK_SET), ==, 5);
  same = gst_hailuo_clip_compare (
      fd, size, sha256, is_cancelled, &stop, &error);
  g_assert_cmpint (lseek (fd, 0, SEEK_CUR), ==, 5);
  g_assert_true (same == (codes == 0));
  if (codes == 0)
    g_assert_no_error (error);
  else
    unit_assert_code (error, codes);
}

static void
test_compare (void)
{
  static const gsize sizes[] = { 1, 15, 262143, 262144, 262145, 1000000 };
  guint i, j;

  for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
    const gsize size = sizes[i];
    const gsize places[] = { 0, size / 2, size - 1 };
    g_autofree guint8 *data = g_malloc (size);
    g_autofree gchar *sha256 = NULL;
    gint fd = clip_open ();

    for (j = 0; j < size; j++)
      data[j] = j * 37 + j / 251;
    sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, data, size);
    clip_write (fd, 0, data, size);
    compare (fd, size, sha256, 0);
    compare (fd, size - 1, sha256, UNIT_CODE (DOWNLOAD));
    compare (fd, size + 1, sha256, UNIT_CODE (DOWNLOAD));
    for (j = 0; j < G_N_ELEMENTS (places); j++) {
      guint8 other = data[places[j]] ^ 1;

      clip_write (fd, places[j], &other, 1);
      compare (fd, size, sha256, UNIT_CODE (DOWNLOAD));
      clip_write (fd, places[j], data + places[j], 1);
    }
    compare (fd, size, sha256, 0);
    close (fd);
  }
}

/* A MiB is hashed in a few milliseconds. */
static void
test_compare_cancelled (void)
{
  const guint64 size = 64 * 1024 * 1024;
  gint fd = clip_open ();
  Stop stop = { 0 };
  guint limit;

  g_assert_cmpint (ftruncate (fd, size), ==, 0);
  g_assert_false (
      gst_hailuo_clip_compare (fd, size, "", is_cancelled, &stop, NULL));
  g_assert_cmpuint (stop.asked, >=, 64);
  for (limit = 1; limit < 64; limit *= 3) {
    g_autoptr (GError) error = NULL;

    stop = (Stop){ .limit = limit };
    g_assert_false (
        gst_hailuo_clip_compare (fd, size, "", is_cancelled, &stop, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_cmpuint (stop.asked, ==, limit);
  }
  close (fd);
}

gint
main (gint argc, gchar **argv)
{
  static const gchar *const containers[] = { "moov", "trak", "mdia", "minf",
    "stbl", "udta", "meta", "edts" };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  UNIT_ADD_TABLE ("/clip/whole", whole_rows, test_whole);
  UNIT_ADD_TABLE ("/clip/cut", whole_rows, test_cut);
  g_test_add_func ("/clip/size", test_size);
  g_test_add_func ("/clip/large", test_large);
  UNIT_ADD_TABLE ("/clip/other", other_rows, test_other);
  UNIT_ADD_TABLE ("/clip/open", open_rows, test_open);
  UNIT_ADD_TABLE ("/clip/wrong", wrong_rows, test_wrong);
  g_test_add_func ("/clip/trailing", test_trailing);
  g_test_add_func ("/clip/unknown-boxes", test_unknown_boxes);
  for (guint i = 0; i < G_N_ELEMENTS (containers); i++)
    unit_add_row ("/clip/deep", containers[i], containers[i], test_deep);
  g_test_add_func ("/clip/random", test_random);
  g_test_add_func ("/clip/no-file", test_no_file);
  g_test_add_func ("/clip/compare", test_compare);
  g_test_add_func ("/clip/compare-cancelled", test_compare_cancelled);

  return g_test_run ();
}
