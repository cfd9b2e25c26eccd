/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* forget.c: plays hailuosrc ! fakesink to its end, frees it, and looks for the
 * key in its own memory: all that can be written, what is freed in it too.
 *
 *   forget NEEDLES WHERE FILE [NAME=VALUE...]
 *
 * NEEDLES are parts of the key in hexadecimal, separated by commas, each byte
 * XORed with 0x5a, so that they are not found themselves.  FILE has the key.
 * WHERE says how the element gets it:
 *
 *   file       api-key-file
 *   property   api-key, set from the file
 *   leak       the same as file; then a copy of the key is freed as it is
 *   environment   it is set there
 *
 * With FORGET_CURL set libcurl's allocator wipes what libcurl makes for itself,
 * but not its copies of what it is given, which it is for us to wipe.
 *
 * It prints, for each part that was found, the mapping it is in; the
 * environment, which is not ours, does not count. */
#include <curl/curl.h>
#include <fcntl.h>
#include <gst/gst.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MASK 0x5a
#define BLOCK (1024 * 1024)
#define PATIENCE (60 * GST_SECOND)

/* --- an allocator for libcurl ------------------------------------------- */

typedef struct
{
  size_t size;
  size_t copy;
  char data[];
} Chunk;

#define CHUNK(data) ((Chunk *) ((char *) (data) - sizeof (Chunk)))

static void *
take (size_t size)
{
  Chunk *chunk = g_malloc0 (sizeof (Chunk) + size);

  chunk->size = size;
  return chunk->data;
}

static void
give (void *data)
{
  if (data == NULL)
    return;
  if (!CHUNK (data)->copy)
    explicit_bzero (data, CHUNK (data)->size);
  g_free (CHUNK (data));
}

static void *
take_again (void *data, size_t size)
{
  void *more = take (size);

  if (data != NULL)
    memcpy (more, data, MIN (size, CHUNK (data)->size));
  give (data);
  return more;
}

static char *
take_copy (const char *text)
{
  char *copy = take (strlen (text) + 1);

  CHUNK (copy)->copy = TRUE;
  memcpy (copy, text, strlen (text));
  return copy;
}

static void *
take_many (size_t n, size_t size)
{
  return take (n * size);
}

/* --- playing ------------------------------------------------------------ */

static void
read_key (const gchar *path, gchar *key, gsize size)
{
  gint fd = open (path, O_RDONLY | O_CLOEXEC);
  gssize n = read (fd, key, size - 1);

  g_assert_cmpint (n, >, 0);
  key[n] = '\0';
  g_strchomp (key);
  close (fd);
}

static void
set_key (GstElement *src, const gchar *where, const gchar *path)
{
  gchar key[128];

  if (g_str_equal (where, "file") || g_str_equal (where, "leak"))
    g_object_set (src, "api-key-file", path, NULL);
  if (!g_str_equal (where, "property"))
    return;
  read_key (path, key, sizeof key);
  g_object_set (src, "api-key", key, NULL);
  explicit_bzero (key, sizeof key);
}

static void
leak (const gchar *path)
{
  gchar *key = g_malloc (256);

  /* what the allocator keeps in it for itself is at its start */
  read_key (path, key + 64, 128);
  g_free (key);
}

static GMutex lock;
static GCond changed;
static gboolean gone; /* lock: the element */

/* GDestroyNotify: the last that is done when an object is finalized */
static void
note_gone (gpointer src)
{
  g_mutex_lock (&lock);
  gone = TRUE;
  g_cond_signal (&changed);
  g_mutex_unlock (&lock);
}

/* A thread of the pipeline's own, which changes its state, may have it last. */
static void
wait_until_gone (void)
{
  g_mutex_lock (&lock);
  while (!gone)
    g_cond_wait (&changed, &lock);
  g_mutex_unlock (&lock);
}

static GstMessageType
play (const gchar *where, const gchar *path, gchar **settings)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *src = gst_element_factory_make ("hailuosrc", NULL);
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  GstMessageType type;

  g_object_set_data_full (G_OBJECT (src), "gone", src, note_gone);
  for (; *settings != NULL; settings++) {
    g_auto (GStrv) parts = g_strsplit (*settings, "=", 2);

    gst_util_set_object_arg (G_OBJECT (src), parts[0], parts[1]);
  }
  set_key (src, where, path);
  gst_bin_add_many (GST_BIN (pipeline), src, sink, NULL);
  gst_element_link (src, sink);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, PATIENCE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  if (message == NULL)
    g_error ("nothing happened");
  type = GST_MESSAGE_TYPE (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_clear_pointer (&message, gst_message_unref);
  gst_object_unref (pipeline);
  wait_until_gone ();
  return type;
}

/* --- searching ---------------------------------------------------------- */

/* Nothing is allocated from here on: what is freed stays as it is. */

#define PART_MAX 32

typedef struct
{
  guint8 bytes[PART_MAX]; /* XORed */
  gsize n;
} Part;

static Part parts[4];
static guint n_parts;
static guint8 *block;
static gchar *maps;

static void
read_parts (const gchar *text)
{
  for (; *text != '\0' && n_parts < G_N_ELEMENTS (parts); n_parts++) {
    Part *part = &parts[n_parts];

    for (; g_ascii_isxdigit (*text) && part->n < PART_MAX; text += 2)
      part->bytes[part->n++] = g_ascii_xdigit_value (text[0]) << 4
          | g_ascii_xdigit_value (text[1]);
    text += *text == ',';
  }
}

static gboolean
is_at (const guint8 *data, const Part *part)
{
  gsize i;

  for (i = 0; i < part->n; i++) {
    if ((data[i] ^ MASK) != part->bytes[i])
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_environment (guintptr at)
{
  gchar **names = environ;
  const guintptr start = (guintptr) names[0];
  guintptr end = start;

  for (; *names != NULL; names++)
    end = (guintptr) *names + strlen (*names);
  return at >= start && at < end;
}

static guint
search_block (gsize size, guintptr address, const gchar *name)
{
  guint found = 0, part;
  gsize i;

  for (i = 0; i + PART_MAX <= size; i++) {
    for (part = 0; part < n_parts; part++) {
      if (!is_at (block + i, &parts[part]) || is_environment (address + i))
        continue;
      dprintf (1, "found part %u in %s\n", part, name);
      found++;
    }
  }
  return found;
}

/* The lines of /proc/self/maps, and of those only what can be written */
static guint
search (void)
{
  const gint memory = open ("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  const gint list = open ("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  gsize length = 0;
  gssize n;
  guint found = 0;
  gchar *line, *rest = maps;

  g_assert_true (memory >= 0 && list >= 0);
  while ((n = read (list, maps + length, BLOCK - 1 - length)) > 0)
    length += n;
  while ((line = strsep (&rest, "\n")) != NULL) {
    guint64 start = g_ascii_strtoull (line, &line, 16);
    guint64 end = *line == '-' ? g_ascii_strtoull (line + 1, &line, 16) : 0;

    /* not in the copy */
    if (!g_str_has_prefix (line, " rw") || start == (guintptr) block)
      continue;
    for (; start < end; start += BLOCK - PART_MAX) {
      n = pread (memory, block, MIN (BLOCK, end - start), start);
      if (n > 0)
        found += search_block (n, start, line);
    }
  }
  close (list);
  close (memory);
  return found;
}

/* A mapping of its own: with its neighbours it cannot become one. */
static gpointer
map (void)
{
  const gsize page = sysconf (_SC_PAGESIZE);
  gchar *data = mmap (
      NULL, BLOCK + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  g_assert_true (data != MAP_FAILED);
  g_assert_cmpint (
      mprotect (data + page, BLOCK, PROT_READ | PROT_WRITE), ==, 0);
  return data + page;
}

int
main (int argc, char **argv)
{
  gst_init (NULL, NULL);
  g_assert_cmpint (argc, >=, 4);
  read_parts (argv[1]);
  block = map ();
  maps = map ();
  if (g_getenv ("FORGET_CURL") != NULL)
    curl_global_init_mem (
        CURL_GLOBAL_DEFAULT, take, give, take_again, take_copy, take_many);
  dprintf (1, "%s\n",
      play (argv[2], argv[3], argv + 4) == GST_MESSAGE_EOS ? "played"
                                                           : "failed");
  if (g_str_equal (argv[2], "leak"))
    leak (argv[3]);
  dprintf (1, "%u parts\n", search ());
  return EXIT_SUCCESS;
}
