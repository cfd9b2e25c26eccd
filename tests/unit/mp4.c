/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mp4.h"

#include <string.h>

#define WIDTH 1366
#define HEIGHT 768

void
mp4_add (GByteArray *file, guint64 value, guint bytes)
{
  while (bytes-- > 0) {
    guint8 byte = (value >> (8 * bytes)) & 0xff;

    g_byte_array_append (file, &byte, 1);
  }
}

void
mp4_add_zeros (GByteArray *file, gsize bytes)
{
  gsize length = file->len;

  g_byte_array_set_size (file, length + bytes);
  memset (file->data + length, 0, bytes);
}

void
mp4_set (GByteArray *file, gsize place, guint64 value, guint bytes)
{
  g_assert_cmpuint (place + bytes, <=, file->len);
  for (guint i = 0; i < bytes; i++)
    file->data[place + i] = (value >> (8 * (bytes - 1 - i))) & 0xff;
}

guint64
mp4_get (const GByteArray *file, gsize place, guint bytes)
{
  guint64 value = 0;

  g_assert_cmpuint (place + bytes, <=, file->len);
  for (guint i = 0; i < bytes; i++)
    value = value << 8 | file->data[place + i];
  return value;
}

gsize
mp4_begin (GByteArray *file, const gchar *type)
{
  gsize box = file->len;

  mp4_add (file, 0, 4);
  g_byte_array_append (file, (const guint8 *) type, 4);
  return box;
}

gsize
mp4_begin_large (GByteArray *file, const gchar *type)
{
  gsize box = mp4_begin (file, type);

  mp4_set (file, box, 1, 4);
  mp4_add (file, 0, 8);
  return box;
}

void
mp4_end (GByteArray *file, gsize box)
{
  if (mp4_get (file, box, 4) == 1)
    mp4_set (file, box + 8, file->len - box, 8);
  else
    mp4_set (file, box, file->len - box, 4);
}

/* creation, modification, (track, reserved) and duration of mvhd and tkhd */
static void
add_times (GByteArray *file, const Mp4Spec *spec, gboolean is_track)
{
  guint bytes = spec->version_1 ? 8 : 4;
  guint timescale = spec->timescale == 0 ? 12288 : spec->timescale;
  guint64 duration = spec->duration == 0 ? 141 * 512 : spec->duration;

  mp4_add_zeros (file, 2 * bytes);
  if (is_track) {
    mp4_add (file, 1, 4);
    mp4_add (file, 0, 4);
  } else {
    mp4_add (file, spec->timescale == G_MAXUINT ? 0 : timescale, 4);
  }
  mp4_add (file, duration, bytes);
}

static void
add_mvhd (GByteArray *file, const Mp4Spec *spec)
{
  gsize box = mp4_begin (file, "mvhd");

  mp4_add (file, spec->version_1 ? 1u << 24 : 0, 4);
  add_times (file, spec, FALSE);
  mp4_add (file, 0x00010000, 4); /* rate */
  mp4_add (file, 0x0100, 2);     /* volume */
  mp4_add_zeros (file, 10 + 36 + 24);
  mp4_add (file, 2, 4); /* next track */
  mp4_end (file, box);
}

static void
add_tkhd (GByteArray *file, const Mp4Spec *spec, gboolean is_video)
{
  gsize box = mp4_begin (file, "tkhd");

  mp4_add (file, (spec->version_1 ? 1u << 24 : 0) | 3, 4);
  add_times (file, spec, TRUE);
  mp4_add_zeros (file, 8 + 2 + 2 + 2 + 2 + 36);
  mp4_add (file, is_video ? (guint64) WIDTH << 16 : 0, 4);
  mp4_add (file, is_video ? (guint64) HEIGHT << 16 : 0, 4);
  mp4_end (file, box);
}

static void
add_hdlr (GByteArray *file, gboolean is_video)
{
  gsize box = mp4_begin (file, "hdlr");

  mp4_add_zeros (file, 4 + 4);
  g_byte_array_append (file, (const guint8 *) (is_video ? "vide" : "soun"), 4);
  mp4_add_zeros (file, 12 + 1);
  mp4_end (file, box);
}

static void
add_stsd (GByteArray *file, gboolean is_video)
{
  gsize box = mp4_begin (file, "stsd");
  gsize entry;

  mp4_add (file, 0, 4);
  mp4_add (file, 1, 4);
  entry = mp4_begin (file, is_video ? "avc1" : "mp4a");
  mp4_add_zeros (file, 6);
  mp4_add (file, 1, 2);
  if (is_video) {
    mp4_add_zeros (file, 16);
    mp4_add (file, WIDTH, 2);
    mp4_add (file, HEIGHT, 2);
    mp4_add_zeros (file, 50);
  } else {
    mp4_add_zeros (file, 20);
  }
  mp4_end (file, entry);
  mp4_end (file, box);
}

/* From chunk @first on there are @samples in each. */
static void
add_run (GByteArray *file, guint first, guint samples)
{
  mp4_add (file, first, 4);
  mp4_add (file, samples, 4);
  mp4_add (file, 1, 4);
}

/* The tables: @offset is where the first chunk of this track begins. */
static void
add_tables (GByteArray *file, const Mp4Spec *spec, guint64 offset)
{
  guint samples = spec->fragmented ? 0
      : spec->samples == 0         ? 20
                                   : spec->samples;
  guint per_chunk = spec->per_chunk == 0 ? 5 : spec->per_chunk;
  guint full = samples / per_chunk, rest = samples % per_chunk;
  guint chunks = full + (rest > 0 ? 1 : 0);
  gsize box = mp4_begin (file, "stts");

  mp4_add (file, 0, 4);
  mp4_add (file, 1, 4);
  mp4_add (file, samples, 4);
  mp4_add (file, 512, 4);
  mp4_end (file, box);

  box = mp4_begin (file, "stsc");
  mp4_add (file, 0, 4);
  mp4_add (file, (full > 0 ? 1 : 0) + (rest > 0 ? 1 : 0), 4);
  if (full > 0)
    add_run (file, 1, per_chunk);
  if (rest > 0)
    add_run (file, full + 1, rest);
  mp4_end (file, box);

  box = mp4_begin (file, "stsz");
  mp4_add (file, 0, 4);
  mp4_add (file, spec->one_size ? MP4_SAMPLE_SIZE : 0, 4);
  mp4_add (file, samples, 4);
  for (guint i = 0; !spec->one_size && i < samples; i++)
    mp4_add (file, MP4_SAMPLE_SIZE, 4);
  mp4_end (file, box);

  box = mp4_begin (file, spec->co64 ? "co64" : "stco");
  mp4_add (file, 0, 4);
  mp4_add (file, chunks, 4);
  for (guint i = 0; i < chunks; i++)
    mp4_add (file, offset + (guint64) i * per_chunk * MP4_SAMPLE_SIZE,
        spec->co64 ? 8 : 4);
  mp4_end (file, box);
}

static void
add_trak (
    GByteArray *file, const Mp4Spec *spec, gboolean is_video, guint64 offset)
{
  gsize trak = mp4_begin (file, "trak");
  gsize mdia, minf, stbl;

  add_tkhd (file, spec, is_video);
  mdia = mp4_begin (file, "mdia");
  add_hdlr (file, is_video);
  minf = mp4_begin (file, "minf");
  stbl = mp4_begin (file, "stbl");
  add_stsd (file, is_video);
  add_tables (file, spec, offset);
  mp4_end (file, stbl);
  mp4_end (file, minf);
  mp4_end (file, mdia);
  mp4_end (file, trak);
}

static gsize
media_size (const Mp4Spec *spec)
{
  gsize tracks = spec->audio_first ? 2 : 1;

  return (spec->samples == 0 ? 20 : spec->samples) * MP4_SAMPLE_SIZE * tracks;
}

/* There are fragments, and what is not said in them */
static void
add_mvex (GByteArray *file)
{
  gsize mvex = mp4_begin (file, "mvex");
  gsize trex = mp4_begin (file, "trex");

  mp4_add (file, 0, 4);
  mp4_add (file, 1, 4); /* track */
  mp4_add (file, 1, 4); /* description */
  mp4_add_zeros (file, 12);
  mp4_end (file, trex);
  mp4_end (file, mvex);
}

static void
add_moof (GByteArray *file)
{
  gsize moof = mp4_begin (file, "moof");
  gsize box = mp4_begin (file, "mfhd");

  mp4_add (file, 0, 4);
  mp4_add (file, 1, 4);
  mp4_end (file, box);
  box = mp4_begin (file, "traf");
  mp4_end (file, box);
  mp4_end (file, moof);
}

static void
add_moov (GByteArray *file, const Mp4Spec *spec, guint64 offset)
{
  gsize moov = spec->large_moov ? mp4_begin_large (file, "moov")
                                : mp4_begin (file, "moov");

  add_mvhd (file, spec);
  if (spec->audio_first || spec->no_video) {
    add_trak (file, spec, FALSE, offset);
    if (spec->audio_first)
      offset += media_size (spec) / 2;
  }
  if (!spec->no_video)
    add_trak (file, spec, TRUE, offset);
  if (spec->fragmented)
    add_mvex (file);
  mp4_end (file, moov);
  if (spec->open_moov)
    mp4_set (file, moov, 0, 4);
}

static guint64
add_mdat (GByteArray *file, const Mp4Spec *spec)
{
  gsize mdat = spec->large_mdat ? mp4_begin_large (file, "mdat")
                                : mp4_begin (file, "mdat");
  guint64 offset = file->len;

  mp4_add_zeros (file, media_size (spec));
  memset (file->data + offset, 0xa5, media_size (spec));
  mp4_end (file, mdat);
  if (spec->open_mdat)
    mp4_set (file, mdat, 0, 4);
  return offset;
}

GByteArray *
mp4_new (const Mp4Spec *spec)
{
  GByteArray *file = g_byte_array_new ();
  gsize box = mp4_begin (file, "ftyp");

  g_byte_array_append (
      file, (const guint8 *) "isom\0\0\2\0isomiso2avc1mp41", 24);
  mp4_end (file, box);
  if (spec->moov_first) {
    g_autoptr (GByteArray) moov = g_byte_array_new ();

    /* once without the offset, to learn how long it is */
    add_moov (moov, spec, 0);
    add_moov (file, spec, file->len + moov->len + (spec->large_mdat ? 16 : 8));
    if (spec->fragmented)
      add_moof (file);
    add_mdat (file, spec);
  } else {
    box = mp4_begin (file, "free");
    mp4_end (file, box);
    add_moov (file, spec, add_mdat (file, spec));
  }
  return file;
}

gsize
mp4_find (const GByteArray *file, const gchar *type, guint n)
{
  for (gsize i = 4; i + 4 <= file->len; i++) {
    if (memcmp (file->data + i, type, 4) == 0 && n-- == 0)
      return i - 4;
  }
  g_error ("no box %s", type);
}

static void
add_edge (GArray *edges, gsize place, const GByteArray *file)
{
  if (place > 0 && place < file->len)
    g_array_append_val (edges, place);
}

GArray *
mp4_edges (const GByteArray *file)
{
  static const gchar *const types[] = { "ftyp", "free", "mdat", "moov", "mvhd",
    "trak", "tkhd", "mdia", "hdlr", "minf", "stbl", "stsd", "stts", "stsc",
    "stsz", "stco", "co64", "mvex", "trex", "moof", "mfhd", "traf" };
  GArray *edges = g_array_new (FALSE, FALSE, sizeof (gsize));

  for (gsize i = 4; i + 4 <= file->len; i++) {
    for (guint j = 0; j < G_N_ELEMENTS (types); j++) {
      guint64 size;

      if (memcmp (file->data + i, types[j], 4) != 0)
        continue;
      size = mp4_get (file, i - 4, 4);
      if (size == 1)
        size = mp4_get (file, i + 4, 8);
      add_edge (edges, i - 4, file);
      add_edge (edges, i + 4, file);
      add_edge (edges, i - 4 + size, file);
    }
  }
  return edges;
}
