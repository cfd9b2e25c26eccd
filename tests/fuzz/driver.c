/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* driver.c: runs a fuzz target without libFuzzer.
 *
 *   TARGET [--count N] [--seed S] FILE-OR-FOLDER...
 *
 * It replays the files, then N simple mutations of them, the same ones for the
 * same seed.  What was being run when it crashes is written to stderr in
 * base64; saved as a file it can be run alone.  Prints TAP.
 */
#include "fuzz.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_MAX 4096

/* what is being run, for the signal handler */
static const guint8 *running;
static gsize running_size;

static void
say (const gchar *text, gsize length)
{
  if (write (STDERR_FILENO, text, length) < 0)
    _exit (3);
}

static void
crashed (int signal_number)
{
  static gchar text[2 * INPUT_MAX];
  gint state = 0, save = 0;
  gsize size = MIN (running_size, INPUT_MAX);
  gsize n = g_base64_encode_step (running, size, FALSE, text, &state, &save);

  n += g_base64_encode_close (FALSE, text + n, &state, &save);
  say ("# the input, in base64: ", 24);
  say (text, n);
  say ("\n", 1);
  signal (signal_number, SIG_DFL);
  raise (signal_number);
}

/* A block that ends where the input ends, for memory checkers. */
static void
run (const GByteArray *input)
{
  g_autofree guint8 *exact = g_malloc (MAX (input->len, 1));

  if (input->len > 0)
    memcpy (exact, input->data, input->len);
  running = exact;
  running_size = input->len;
  LLVMFuzzerTestOneInput (exact, input->len);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(gchar *const *) a, *(gchar *const *) b);
}

static void
load (GPtrArray *corpus, const gchar *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  gchar *text;
  gsize length;
  guint i;

  if (folder == NULL) {
    if (!g_file_get_contents (path, &text, &length, &error))
      g_error ("%s", error->message);
    g_ptr_array_add (corpus, g_byte_array_new_take ((guint8 *) text, length));
    return;
  }
  for (;;) {
    const gchar *name = g_dir_read_name (folder);

    if (name == NULL)
      break;
    g_ptr_array_add (names, g_build_filename (path, name, NULL));
  }
  /* folders have no order, and the same seed shall mean the same */
  g_ptr_array_sort (names, compare_names);
  for (i = 0; i < names->len; i++)
    load (corpus, g_ptr_array_index (names, i));
}

static guint
below (GRand *rand, guint limit)
{
  return limit > 0 ? (guint) g_rand_int_range (rand, 0, limit) : 0;
}

/* A piece of @from in the place of a piece of @input, or between its bytes. */
static void
splice (GRand *rand, GByteArray *input, const GByteArray *from)
{
  guint at = below (rand, input->len + 1);
  guint gone = below (rand, 3) == 0 ? 0 : below (rand, input->len - at + 1);
  guint start = below (rand, from->len + 1);
  guint n = below (rand, MIN (from->len - start, 64) + 1);
  g_autoptr (GByteArray) piece = g_byte_array_new ();
  g_autoptr (GByteArray) rest = g_byte_array_new ();

  /* @from may be @input */
  g_byte_array_append (piece, from->data + start, n);
  g_byte_array_append (rest, input->data + at + gone, input->len - at - gone);
  g_byte_array_set_size (input, at);
  g_byte_array_append (input, piece->data, piece->len);
  g_byte_array_append (input, rest->data, rest->len);
}

static void
mutate (GRand *rand, GByteArray *input, GPtrArray *corpus)
{
  static const guint8 odd[] = { 0, 1, 0x7f, 0x80, 0xff, '"', '\\', '{', '}',
    '[', ']', ',', '.', '/', '@', ':', '%', '0', '9', '-', '\n', ' ' };
  guint at = below (rand, input->len);

  switch (input->len == 0 ? 5 : below (rand, 7)) {
    case 0:
      input->data[at] ^= 1 << below (rand, 8);
      break;
    case 1:
      input->data[at] = g_rand_int (rand) & 0xff;
      break;
    case 2:
      input->data[at] = odd[below (rand, G_N_ELEMENTS (odd))];
      break;
    case 3:
      g_byte_array_set_size (input, at);
      break;
    case 4:
      g_byte_array_remove_range (
          input, at, 1 + below (rand, MIN (input->len - at, 16)));
      break;
    case 5:
      splice (rand, input, corpus->pdata[below (rand, corpus->len)]);
      break;
    default:
      splice (rand, input, input);
      break;
  }
  if (input->len > INPUT_MAX)
    g_byte_array_set_size (input, INPUT_MAX);
}

static void
run_mutations (GPtrArray *corpus, guint64 count, guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  guint64 i;

  for (i = 0; i < count; i++) {
    const GByteArray *seed_input = g_ptr_array_index (corpus, i % corpus->len);
    g_autoptr (GByteArray) input = g_byte_array_new ();
    guint n = 1 + below (rand, 4);

    g_byte_array_append (input, seed_input->data, seed_input->len);
    while (n-- > 0)
      mutate (rand, input, corpus);
    run (input);
  }
}

gint
main (gint argc, gchar **argv)
{
  g_autoptr (GPtrArray) corpus = g_ptr_array_new_with_free_func (
      (GDestroyNotify) g_byte_array_unref);
  guint64 count = 0, seed = 1;
  gint i;

  for (i = 1; i < argc; i++) {
    if (g_str_equal (argv[i], "--count") && i + 1 < argc)
      count = g_ascii_strtoull (argv[++i], NULL, 10);
    else if (g_str_equal (argv[i], "--seed") && i + 1 < argc)
      seed = g_ascii_strtoull (argv[++i], NULL, 10);
    else
      load (corpus, argv[i]);
  }
  if (corpus->len == 0)
    g_error ("there is no corpus");
  LLVMFuzzerInitialize (&argc, &argv);
  signal (SIGABRT, crashed);
  signal (SIGSEGV, crashed);
  signal (SIGTRAP, crashed);
  g_print ("1..2\n");
  for (i = 0; i < (gint) corpus->len; i++)
    run (g_ptr_array_index (corpus, i));
  g_print ("ok 1 corpus # %u inputs\n", corpus->len);
  run_mutations (corpus, count, seed);
  g_print ("ok 2 mutations # %" G_GUINT64_FORMAT " inputs, seed"
           " %" G_GUINT64_FORMAT "\n",
      count, seed);
  return 0;
}
