/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-cuts.c: clips that end early, at each edge of a box and at each fiftieth
 * of their length, and say so by their length or not at all. */
#include <string.h>

#include "../unit/mp4.h"
#include "attack.h"

#define PARTS 50

typedef struct
{
  const gchar *description;
  const gchar *variable; /* the clip is the file it names; NULL: it is made */
  Mp4Spec spec;
} Clip;

static const Clip clips[] = {
  { "small", "TEST_CLIP_SMALL", { 0 } },
  { "host", "TEST_CLIP", { 0 } },
  { "faststart", NULL, { .moov_first = TRUE } },
  { "large-mdat", NULL, { .large_mdat = TRUE } },
  { "faststart-large-mdat", NULL,
      { .moov_first = TRUE, .large_mdat = TRUE, .co64 = TRUE } },
  { "two-tracks", NULL, { .audio_first = TRUE, .large_moov = TRUE } },
};

#define VIDEO "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n"

typedef enum
{
  LENGTH, /* of what is sent */
  CHUNKED,
  UNTIL_CLOSED,
  N_FRAMINGS
} Framing;

static const gchar *const framings[] = { "length", "chunked", "until-closed" };

static guint n_cuts, n_clips;

static GByteArray *
load (const Clip *clip)
{
  GByteArray *file;
  gchar *data;
  gsize size;

  if (clip->variable == NULL)
    return mp4_new (&clip->spec);
  g_assert_true (
      g_file_get_contents (g_getenv (clip->variable), &data, &size, NULL));
  file = g_byte_array_new_take ((guint8 *) data, size);
  return file;
}

/* Where an edge is found in data that only looks like a box it does no harm. */
static GArray *
list_cuts (const GByteArray *file)
{
  GArray *cuts = mp4_edges (file);
  gsize i;

  for (i = 0; i < PARTS; i++) {
    gsize place = file->len * i / PARTS;

    g_array_append_val (cuts, place);
  }
  i = file->len - 1;
  g_array_append_val (cuts, i);
  return cuts;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  const gsize x = *(const gsize *) a, y = *(const gsize *) b;

  return x < y ? -1 : x > y;
}

/* What it points to stays with @heads and @file. */
static HostAnswer
make_answer (
    GPtrArray *heads, Framing framing, const GByteArray *file, gsize size)
{
  const gchar *end = NULL;
  gchar *head;

  if (framing == LENGTH) {
    head = g_strdup_printf (
        VIDEO "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n", size);
  } else if (framing == CHUNKED) {
    head = g_strdup_printf (VIDEO "Transfer-Encoding: chunked\r\n\r\n"
                                  "%" G_GSIZE_MODIFIER "x\r\n",
        size);
    end = size > 0 ? "\r\n0\r\n\r\n" : "\r\n";
  } else {
    head = g_strdup (VIDEO "\r\n");
  }
  g_ptr_array_add (heads, head);
  return (
      HostAnswer){ head, -1, (const gchar *) file->data, file->len, size, end };
}

/* One shot, played again for each cut; it is paid once. */
static void
cut (Fixture *f, Host *host, const HostAnswer *answer)
{
  const FixtureDetails expected = { 0, NULL, NULL, 4, TRUE, "yes", TRUE };
  const guint before = host_count (host, HOST_FILE);

  host_answer (host, HOST_FILE, answer, 1);
  fixture_assert_details (
      f, fixture_run_error (f, GST_RESOURCE_ERROR_READ), &expected);
  fixture_assert_nothing (f);
  g_assert_cmpuint (host_count (host, HOST_FILE), ==, before + 4);
  fixture_reset (f, GST_STATE_NULL);
  host_answer (host, HOST_FILE, NULL, 0);
  n_cuts++;
}

/* Uncut it is played: it was the cut that was refused. */
static void
play_whole (
    Fixture *f, Host *host, const GByteArray *file, const HostAnswer *answer)
{
  g_free (f->clip);
  f->clip = g_memdup2 (file->data, file->len);
  f->clip_size = file->len;
  host_answer (host, HOST_FILE, answer, 1);
  fixture_run (f);
  fixture_reset (f, GST_STATE_NULL);
  host_answer (host, HOST_FILE, NULL, 0);
}

typedef struct
{
  const Clip *clip;
  Framing framing;
} Case;

static void
test_cuts (gconstpointer data)
{
  const Case *row = data;
  g_autoptr (GByteArray) file = load (row->clip);
  g_autoptr (GPtrArray) heads = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (Host) host = host_new (f);
  g_autoptr (GArray) cuts = list_cuts (file);
  gsize last = G_MAXSIZE;
  HostAnswer answer;
  guint i;

  g_array_sort (cuts, compare);
  attack_watch_memory ();
  for (i = 0; i < cuts->len; i++) {
    gsize size = g_array_index (cuts, gsize, i);

    if (size != last && size < file->len) {
      answer = make_answer (heads, row->framing, file, size);
      cut (f, host, &answer);
    }
    last = size;
  }
  fixture_forget (f);
  answer = make_answer (heads, row->framing, file, file->len);
  play_whole (f, host, file, &answer);
  attack_check_memory ();
  g_assert_cmpuint (host_count (host, HOST_SUBMIT), ==, 1);
  fixture_assert_ledger (f, 1);
  host_assert_keys (host);
  n_clips++;
}

int
main (int argc, char **argv)
{
  Case cases[G_N_ELEMENTS (clips) * N_FRAMINGS];
  guint i;
  int status;

  fixture_init (&argc, &argv);
  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *path = NULL;

    cases[i].clip = &clips[i / N_FRAMINGS];
    cases[i].framing = i % N_FRAMINGS;
    path = g_strconcat ("/hostile/cut/", cases[i].clip->description, "/",
        framings[cases[i].framing], NULL);
    g_test_add_data_func (path, &cases[i], test_cuts);
  }
  status = attack_finish ();
  g_print ("# %u clips, cut %u times\n", n_clips, n_cuts);
  return status;
}
