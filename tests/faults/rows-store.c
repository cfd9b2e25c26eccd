/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rows-store.c: faults of the files: what is remembered, the key, and others
 * that want the same. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hooks.h"

#define I "apiinone"
/* Before a byte is sent */
#define NOTHING_SENT(code) ERROR (code, 0, "", "", 0, -1, "no", FALSE)
/* A first run was paid, and what it left is damaged. */
#define NOT_TRUSTED \
  NOTHING_SENT (WRITE), .billed = 1, .posts = 1, \
                        .settings = "first-poll=600000", \
                        .repaired = "first-poll=20"

/* Stores that cannot be */

static void
put_file_for_store (Run *run)
{
  g_autofree gchar *path = fixture_write_file ("store", "", 0600);

  fixture_set (run->fixture, "store", path);
}

static void
put_store_below_file (Run *run)
{
  g_autofree gchar *path = fixture_write_file ("store", "", 0600);
  g_autofree gchar *below = g_build_filename (path, "x", NULL);

  fixture_set (run->fixture, "store", below);
}

/* Ledgers that are damaged */

#define PAGE 4096     /* of a database */
#define VERSION_AT 60 /* user_version, in big endian */

typedef enum
{
  BYTES,
  HALF,
  GARBAGE,
  FLIPPED,
  ZEROED,
  OTHER_VERSION,
  LINK,
  FIFO,
  FOLDER,
  WRITABLE,
  STORE_WRITABLE,
  STORE_LINK,
} Damage;

#define DAMAGE(kind) \
  .prepare = damage_ledger, .repair = mend_ledger, \
  .argument = GINT_TO_POINTER (kind)

static void
damage_bytes (Damage damage, const gchar *path, GBytes *ledger)
{
  gsize length;
  g_autofree gchar *bytes = g_bytes_unref_to_data (
      g_bytes_ref (ledger), &length);

  g_assert_cmpuint (length, >=, 3 * PAGE);
  if (damage == BYTES)
    length = 2;
  else if (damage == HALF)
    length /= 2;
  else if (damage == GARBAGE)
    memset (bytes, '#', length);
  else if (damage == FLIPPED)
    bytes[0] ^= 1;
  else if (damage == ZEROED)
    memset (bytes + PAGE, 0, PAGE);
  else
    bytes[VERSION_AT + 3] = 99;
  g_assert_true (g_file_set_contents_full (
      path, bytes, length, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

static void
damage_file (Damage damage, const gchar *path, const gchar *kept)
{
  if (damage == WRITABLE) {
    g_assert_cmpint (g_chmod (path, 0666), ==, 0);
    return;
  }
  g_assert_cmpint (g_unlink (path), ==, 0);
  if (damage == LINK)
    g_assert_cmpint (symlink (kept, path), ==, 0);
  else if (damage == FIFO)
    g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  else
    g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
}

static void
damage_store (Damage damage)
{
  g_autofree gchar *store = fault_case_get_store ();
  g_autofree gchar *kept = g_strconcat (store, "-kept", NULL);

  if (damage == STORE_WRITABLE) {
    g_assert_cmpint (g_chmod (store, 0777), ==, 0);
    return;
  }
  g_assert_cmpint (g_rename (store, kept), ==, 0);
  g_assert_cmpint (symlink (kept, store), ==, 0);
}

/* The first run: it ends when the task is paid. */
static void
pay (Run *run)
{
  g_autoptr (Fixture) first = fault_case_new_beside (run);

  fault_case_configure (run, first, "first-poll=600000");
  fixture_ask (first, GST_STATE_PLAYING);
  fixture_wait_task (first, "pending");
  fixture_stop (first, GST_STATE_NULL);
}

static GBytes *
read_ledger (const gchar *path)
{
  gchar *bytes;
  gsize length;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  return g_bytes_new_take (bytes, length);
}

static void
damage_ledger (Run *run)
{
  const Damage damage = GPOINTER_TO_INT (run->row->argument);
  g_autofree gchar *path = fault_case_get_ledger ();
  g_autofree gchar *kept = fixture_write_file ("kept", "", 0600);
  GBytes *ledger;

  pay (run);
  ledger = read_ledger (path);
  run->data = ledger;
  if (damage < LINK)
    damage_bytes (damage, path, ledger);
  else if (damage < STORE_WRITABLE)
    damage_file (damage, path, kept);
  else
    damage_store (damage);
}

static void
mend_ledger (Run *run)
{
  const Damage damage = GPOINTER_TO_INT (run->row->argument);
  g_autofree gchar *path = fault_case_get_ledger ();
  g_autofree gchar *store = fault_case_get_store ();
  g_autofree gchar *kept = g_strconcat (store, "-kept", NULL);
  GBytes *ledger = run->data;

  if (damage == STORE_LINK) {
    g_assert_cmpint (g_unlink (store), ==, 0);
    g_assert_cmpint (g_rename (kept, store), ==, 0);
  }
  g_assert_cmpint (g_chmod (store, 0700), ==, 0);
  g_remove (path);
  g_assert_true (g_file_set_contents_full (path,
      g_bytes_get_data (ledger, NULL), g_bytes_get_size (ledger),
      G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
  g_clear_pointer (&run->data, g_bytes_unref);
}

/* A folder where a file is to be written: a disk that fails while it runs */

static void
block_part (Run *run)
{
  g_autofree gchar *part = NULL;

  fault_case_reach (run, "pending");
  part = fault_case_get_part ();
  g_assert_cmpint (g_mkdir (part, 0700), ==, 0);
}

static void
unblock_part (Run *run)
{
  g_autofree gchar *part = fault_case_get_part ();

  g_assert_cmpint (g_rmdir (part), ==, 0);
}

/* The ledger is no more to be written when the host answers: the run goes on,
 * says how to come back, and writes it when it can. */
static void
block_ledger (Run *run)
{
  g_autofree gchar *ledger = fault_case_get_ledger ();
  g_autofree gchar *kept = g_strconcat (ledger, "-kept", NULL);
  const gchar *task_id;
  g_autoptr (GError) warning = NULL;
  GstMessage *message;

  fault_case_reach (run, "submit");
  g_assert_cmpint (g_rename (ledger, kept), ==, 0);
  g_assert_cmpint (g_mkdir (ledger, 0700), ==, 0);
  message = fixture_wait (run->fixture, GST_MESSAGE_WARNING);
  gst_message_parse_warning (message, &warning, NULL);
  message = fixture_wait_task (run->fixture, "pending");
  task_id = gst_structure_get_string (
      gst_message_get_structure (message), GST_HAILUO_FIELD_TASK_ID);
  g_assert_nonnull (strstr (warning->message, task_id));
  g_assert_cmpint (g_rmdir (ledger), ==, 0);
  g_assert_cmpint (g_rename (kept, ledger), ==, 0);
}

/* Others with the same shot */

static void
run_two (Run *run)
{
  g_autoptr (Fixture) other = fault_case_new_beside (run);

  fixture_ask (other, GST_STATE_PLAYING);
  fixture_wait (run->fixture, GST_MESSAGE_EOS);
  fixture_wait (other, GST_MESSAGE_EOS);
  fixture_assert_clip (run->fixture);
  fixture_assert_clip (other);
}

/* One waits for the other, which is stopped; then it takes over. */
static void
take_over (Run *run)
{
  g_autoptr (Fixture) other = fault_case_new_beside (run);

  fault_case_reach (run, run->row->argument);
  fault_case_configure (run, other, "first-poll=20 poll-interval=20");
  fixture_ask (other, GST_STATE_PLAYING);
  fixture_wait (other, GST_MESSAGE_PROGRESS);
  fault_case_stop (run, GST_STATE_NULL);
  fixture_wait (other, GST_MESSAGE_EOS);
  fixture_assert_clip (other);
}

#define TWO .during = run_two, .error = FAULT_CASE_OWN_END, CLIP (1, ANY, ONCE)
#define TAKE_OVER(stage) \
  .during = take_over, .argument = stage, .error = FAULT_CASE_OWN_END, \
  CLIP (1, ANY, ONCE)

/* Keys in files */

typedef struct
{
  const gchar *text;
  guint mode;
  guint64 size;
  gboolean fifo;
} KeyFile;

static void
put_key (Run *run)
{
  const KeyFile *file = run->row->argument;
  g_autofree gchar *path = fixture_write_file ("key", file->text, file->mode);

  if (file->size > 0)
    g_assert_cmpint (truncate (path, file->size), ==, 0);
  if (file->fifo) {
    g_assert_cmpint (g_unlink (path), ==, 0);
    g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  }
  fixture_set (run->fixture, "api-key", NULL, "api-key-file", path);
}

#define KEY_FILE(...) \
  .prepare = put_key, .argument = &(const KeyFile) \
  { \
    __VA_ARGS__ \
  }

static const FaultCase rows[] = {
  { 41, "F", "file-for-store", .prepare = put_file_for_store,
      NOTHING_SENT (WRITE) },
  { 41, "F", "store-below-file", .prepare = put_store_below_file,
      NOTHING_SENT (WRITE) },
  { 41, "F", "not-to-be-made", .settings = "store=/proc/hailuo",
      .repaired = "store=NULL", NOTHING_SENT (WRITE) },
  { 41, "F", "device-apiinone", I, .settings = "store=/dev/full",
      .repaired = "store=NULL", NOTHING_SENT (WRITE) },
  { 41, "F", "no-part", .settings = "first-poll=200", .during = block_part,
      .repair = unblock_part, PAID (WRITE, -1, 0, -1), .polls = { ANY } },
  { 41, "F", "no-part-apiinone", I, .settings = "first-poll=200",
      .during = block_part, .repair = unblock_part, PAID (WRITE, -1, 0, -1),
      .polls = { ANY } },
  { 41, "F", "ledger-after-submit", .settings = "first-poll=200",
      .script = "{'on':'submit','delay':500}", .during = block_ledger,
      CLIP (1, ANY, ONCE) },

  { 42, "F", "two-bytes", DAMAGE (BYTES), NOT_TRUSTED },
  { 42, "F", "half", DAMAGE (HALF), NOT_TRUSTED },
  { 42, "F", "garbage", DAMAGE (GARBAGE), NOT_TRUSTED },
  { 42, "F", "one-bit", DAMAGE (FLIPPED), NOT_TRUSTED },
  { 42, "F", "zeroed-page", DAMAGE (ZEROED), NOT_TRUSTED },
  { 42, "F", "other-version", DAMAGE (OTHER_VERSION), NOT_TRUSTED },
  { 42, "F", "link", DAMAGE (LINK), NOT_TRUSTED },
  { 42, "F", "fifo", DAMAGE (FIFO), NOT_TRUSTED },
  { 42, "F", "folder", DAMAGE (FOLDER), NOT_TRUSTED },
  { 42, "F", "others-may-write", DAMAGE (WRITABLE), NOT_TRUSTED },
  { 42, "F", "others-may-write-store", DAMAGE (STORE_WRITABLE), NOT_TRUSTED },
  { 42, "F", "store-is-link", DAMAGE (STORE_LINK), NOT_TRUSTED },
  { 42, "F", "half-apiinone", I, DAMAGE (HALF), NOT_TRUSTED },

  { 43, "F", "two", TWO },
  { 43, "F", "two-apiinone", I, TWO },
  { 43, "S", "take-over",
      .script = "{'on':'submit','status':429,"
                "'headers':{'Retry-After':'60'}}",
      .during = take_over, .argument = "retry", .error = FAULT_CASE_OWN_END,
      CLIP (2, ANY, ONCE) },
  { 43, "P", "take-over", .settings = "first-poll=600000",
      TAKE_OVER ("pending"), .repaired = "first-poll=20" },
  { 43, "B", "take-over",
      .files = "{'connection':1,'at':8000,"
               "'action':'stall'}",
      .during = take_over, .argument = "files", .error = FAULT_CASE_OWN_END,
      .billed = 1, .posts = 1, .polls = { ANY }, .gets = { 2, 2 } },

  { 57, "X", "none", .settings = "api-key=NULL",
      .repaired = "api-key=" FIXTURE_KEY, NOTHING_SENT (NOT_AUTHORIZED) },
  { 57, "X", "missing", .settings = "api-key=NULL api-key-file=/nonexistent",
      .repaired = "api-key-file=NULL api-key=" FIXTURE_KEY,
      NOTHING_SENT (SETTINGS) },
  { 57, "X", "folder", .settings = "api-key=NULL api-key-file=/",
      .repaired = "api-key-file=NULL api-key=" FIXTURE_KEY,
      NOTHING_SENT (SETTINGS) },
  { 57, "X", "device", .settings = "api-key=NULL api-key-file=/dev/zero",
      .repaired = "api-key-file=NULL api-key=" FIXTURE_KEY,
      NOTHING_SENT (SETTINGS) },
  { 57, "X", "empty", KEY_FILE (.text = "", .mode = 0600),
      NOTHING_SENT (SETTINGS) },
  { 57, "X", "others-may-read", KEY_FILE (.text = FIXTURE_KEY, .mode = 0644),
      NOTHING_SENT (SETTINGS) },
  { 57, "X", "two-lines",
      KEY_FILE (.text = FIXTURE_KEY "\nX-Other: 1\n", .mode = 0600),
      NOTHING_SENT (SETTINGS) },
  { 57, "X", "gigabyte",
      KEY_FILE (.text = FIXTURE_KEY, .mode = 0600, .size = 1 << 30),
      NOTHING_SENT (SETTINGS) },
  { 57, "X", "fifo", KEY_FILE (.text = "", .mode = 0600, .fifo = TRUE),
      NOTHING_SENT (SETTINGS) },
  { 57, "X", "crlf", KEY_FILE (.text = FIXTURE_KEY "\r\n", .mode = 0600),
      CLIP (1, ANY, ONCE) },
  { 57, "X", "crlf-apiinone", I,
      KEY_FILE (.text = FIXTURE_KEY "\r\n", .mode = 0600),
      CLIP (1, ANY, ONCE) },
};

int
main (int argc, char **argv)
{
  return fault_case_main (argc, argv, rows, G_N_ELEMENTS (rows));
}
