/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mp4.h: small MP4 files, right ones and wrong ones, made in memory.
 *
 * Written from ISO/IEC 14496-12, not from the code that reads them.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What to make; zero is a small plain file, laid out as the hosts' clips are:
 * ftyp free mdat moov. */
typedef struct
{
  gboolean moov_first;
  gboolean large_mdat;     /* 64-bit box size */
  gboolean large_moov;
  gboolean open_mdat;      /* box size 0: "to the end of the file" */
  gboolean open_moov;
  gboolean version_1;      /* of mvhd and tkhd: 64-bit times */
  gboolean co64;
  gboolean one_size;       /* stsz with one size for all samples */
  gboolean audio_first;    /* a sound track before the video track */
  gboolean no_video;       /* a sound track only */
  gboolean fragmented;     /* with moov_first: no samples but in a moof */
  guint timescale;         /* 0: 12288; G_MAXUINT: a 0 is written */
  guint64 duration;        /* in it; 0: 5.875 s; G_MAXUINT64: all ones */
  guint samples;           /* of each track; 0: 20 */
  guint per_chunk;         /* samples in each chunk; 0: 5 */
} Mp4Spec;

#define MP4_SAMPLE_SIZE 50

/* Begins a box; what is added until mp4_end with the same place is in it. */
gsize mp4_begin (GByteArray *file, const gchar *type);
gsize mp4_begin_large (GByteArray *file, const gchar *type);
void mp4_end (GByteArray *file, gsize box);

void mp4_add (GByteArray *file, guint64 value, guint bytes);
void mp4_add_zeros (GByteArray *file, gsize bytes);
void mp4_set (GByteArray *file, gsize place, guint64 value, guint bytes);
guint64 mp4_get (const GByteArray *file, gsize place, guint bytes);

/* A whole file, with no box after the ones that are named above. */
GByteArray *mp4_new (const Mp4Spec *spec);

/* Where the Nth (from 0) box of that type begins: every four bytes that spell
 * it count, so types are searched in moov only.  Fails the test where there is
 * none. */
gsize mp4_find (const GByteArray *file, const gchar *type, guint n);

/* The places where a box begins or ends, of all levels (element-type gsize),
 * without the end of the file. (transfer full) */
GArray *mp4_edges (const GByteArray *file);

G_END_DECLS
