/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "clip-tables.h"

#include <errno.h>
#include <unistd.h>

#include "error.h"

/* Entries in all tables of a clip together: enough for 10^6 samples, each in
 * its own chunk and run.  All are checked in one go, in about 20 ms. */
#define ENTRIES_MAX 3000000
#define ENTRIES_AT_ONCE 4096

/* A table that is read sequentially */
typedef struct
{
  guint64 at;    /* file offset of the entries not yet in @data */
  guint32 total; /* entries */
  guint32 left;  /* entries not yet in @data */
  guint width;   /* bytes per entry */
  guint8 *data;
  guint n, next; /* entries in @data, and the index of the next */
} Table;

/* Chunks from @first on have @samples each; @first is 0 after the last run */
typedef struct
{
  guint32 first, samples;
} Run;

typedef struct
{
  GstHailuoClipFile *file;
  Table sizes, runs, chunks;
  guint32 size; /* bytes of each sample; 0: they differ, see @sizes */
  guint32 left; /* samples not yet assigned to a chunk */
  guint32 descriptions;
  Run run, next;
} Samples;

gboolean
gst_hailuo_clip_fail (GstHailuoClipFile *self, const gchar *why)
{
  gst_hailuo_set_error (self->error, GST_HAILUO_ERROR_DOWNLOAD,
      "the file is not a whole MP4: %s", why);
  return FALSE;
}

const gchar *
gst_hailuo_clip_pread (gint fd, guint64 offset, gpointer data, gsize length)
{
  gchar *to = data;

  while (length > 0) {
    gssize n = pread (fd, to, length, offset);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return n == 0 ? "it ends early" : g_strerror (errno);
    to += n;
    offset += n;
    length -= n;
  }
  return NULL;
}

gboolean
gst_hailuo_clip_file_read (
    GstHailuoClipFile *self, guint64 offset, gpointer data, gsize length)
{
  const gchar *why = gst_hailuo_clip_pread (self->fd, offset, data, length);

  return why == NULL || gst_hailuo_clip_fail (self, why);
}

/* Opens the table of @total entries of @width bytes, @head bytes into @box. */
static gboolean
table_open (Table *self, GstHailuoClipFile *file, const GstHailuoSpan *box,
    guint head, guint32 total, guint width)
{
  self->at = box->start + head;
  self->total = self->left = total;
  self->width = width;
  if (total > (box->end - self->at) / width)
    return gst_hailuo_clip_fail (file, "a table of a track is cut off");
  if (total > ENTRIES_MAX - file->entries)
    return gst_hailuo_clip_fail (file, "its tables are too long");
  file->entries += total;
  self->data = g_malloc (ENTRIES_AT_ONCE * width);
  return TRUE;
}

/* The next entry; NULL at the end of the table or if it cannot be read. */
static const guint8 *
table_next (Table *self, GstHailuoClipFile *file)
{
  if (self->next == self->n) {
    guint n = MIN (self->left, ENTRIES_AT_ONCE);

    if (n == 0
        || !gst_hailuo_clip_file_read (
            file, self->at, self->data, n * self->width))
      return NULL;
    self->at += n * self->width;
    self->left -= n;
    self->n = n;
    self->next = 0;
  }
  return self->data + self->next++ * self->width;
}

/* Reads the first @n 32-bit numbers of a box, including version and flags. */
static gboolean
read_head (GstHailuoClipFile *file, const GstHailuoSpan *box, guint32 *numbers,
    guint n)
{
  guint8 data[12];
  guint i;

  if (box->start == 0)
    return gst_hailuo_clip_fail (file, "a table of a track is missing");
  if (box->end - box->start < n * 4)
    return gst_hailuo_clip_fail (file, "a table of a track is cut off");
  if (!gst_hailuo_clip_file_read (file, box->start, data, n * 4))
    return FALSE;
  for (i = 0; i < n; i++)
    numbers[i] = GST_READ_UINT32_BE (data + i * 4);
  return TRUE;
}

/* Call read_sizes() first. */
static gboolean
open_tables (Samples *self, const GstHailuoClipTables *tables)
{
  GstHailuoClipFile *file = self->file;
  guint32 stsd[2], runs[2], chunks[2];

  if (!read_head (file, &tables->stsd, stsd, 2)
      || !read_head (file, &tables->stsc, runs, 2)
      || !read_head (file, &tables->chunks, chunks, 2))
    return FALSE;
  self->descriptions = stsd[1];
  return table_open (&self->runs, file, &tables->stsc, 8, runs[1], 12)
      && table_open (&self->chunks, file, &tables->chunks, 8, chunks[1],
          tables->large ? 8 : 4);
}

static gboolean
read_sizes (Samples *self, const GstHailuoSpan *stsz)
{
  guint32 head[3];

  if (!read_head (self->file, stsz, head, 3))
    return FALSE;
  self->size = head[1];
  self->left = head[2];
  return table_open (
      &self->sizes, self->file, stsz, 12, self->size > 0 ? 0 : self->left, 4);
}

/* Makes @next the current run and reads the one after it. */
static gboolean
next_run (Samples *self)
{
  const guint8 *entry;
  guint32 description;

  self->run = self->next;
  self->next.first = 0;
  if (self->runs.left == 0 && self->runs.next == self->runs.n)
    return TRUE;
  entry = table_next (&self->runs, self->file);
  if (entry == NULL)
    return FALSE;
  self->next.first = GST_READ_UINT32_BE (entry);
  self->next.samples = GST_READ_UINT32_BE (entry + 4);
  description = GST_READ_UINT32_BE (entry + 8);
  if (self->next.first <= self->run.first
      || (self->run.first == 0 && self->next.first != 1)
      || self->next.first > self->chunks.total || description == 0
      || description > self->descriptions)
    return gst_hailuo_clip_fail (
        self->file, "the tables of a track do not fit each other");
  return TRUE;
}

/* Checks that the next @n samples, which start at @offset, end in @media. */
static gboolean
check_chunk (
    Samples *self, guint64 offset, guint32 n, const GstHailuoSpan *media)
{
  guint64 bytes = (guint64) n * self->size;
  guint32 i;

  for (i = 0; self->size == 0 && i < n; i++) {
    const guint8 *entry = table_next (&self->sizes, self->file);

    if (entry == NULL)
      return FALSE;
    bytes += GST_READ_UINT32_BE (entry);
  }
  if (offset < media->start || offset > media->end
      || bytes > media->end - offset)
    return gst_hailuo_clip_fail (
        self->file, "a track has samples that are not in it");
  return TRUE;
}

static gboolean
check_chunks (Samples *self, const GstHailuoSpan *media)
{
  guint32 chunk;

  if (!next_run (self))
    return FALSE;
  for (chunk = 1; chunk <= self->chunks.total; chunk++) {
    const guint8 *entry = table_next (&self->chunks, self->file);
    guint32 n;

    if (entry == NULL || (self->next.first == chunk && !next_run (self)))
      return FALSE;
    n = MIN (self->run.samples, self->left);
    if (!check_chunk (self,
            self->chunks.width == 8 ? GST_READ_UINT64_BE (entry)
                                    : GST_READ_UINT32_BE (entry),
            n, media))
      return FALSE;
    self->left -= n;
  }
  if (self->left > 0)
    return gst_hailuo_clip_fail (
        self->file, "the tables of a track do not fit each other");
  return TRUE;
}

gboolean
gst_hailuo_clip_check_tables (GstHailuoClipFile *self,
    const GstHailuoClipTables *tables, const GstHailuoSpan *media,
    guint32 *samples)
{
  Samples all = { .file = self };
  gboolean fit;

  *samples = 0;
  /* a track may have no tables at all if its samples are in fragments */
  if (tables->stsz.start == 0 && tables->chunks.start == 0)
    return TRUE;
  fit = read_sizes (&all, &tables->stsz);
  if (fit && all.left > 0) {
    *samples = all.left;
    fit = open_tables (&all, tables) && check_chunks (&all, media);
  }
  g_free (all.sizes.data);
  g_free (all.runs.data);
  g_free (all.chunks.data);
  return fit;
}
