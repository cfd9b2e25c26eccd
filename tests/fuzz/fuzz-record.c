/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of a record.  The input is read as it is and, because no fuzzer
 * finds a SHA-256, with the right check line after it.  Records are of one
 * shot, whose id is the digits from 0 to f four times. */
#include "fuzz.h"

#include <string.h>

#include "record.h"

#define DIGITS "0123456789abcdef"

static const gchar id[] = DIGITS DIGITS DIGITS DIGITS;

static gchar *
seal (const guint8 *data, gsize size, gsize *length)
{
  g_autofree gchar *check = NULL;
  GString *text = g_string_new_len ((const gchar *) data, size);

  g_string_append_c (text, '\n');
  check = g_compute_checksum_for_data (G_CHECKSUM_SHA256, data, size);
  g_string_append_printf (text, "check=%s\n", check);
  *length = text->len;
  return g_string_free (text, FALSE);
}

/* @text ends where it says, so that a read beyond it is seen; the store gives
 * "" for an empty file. */
static gboolean
parse (const gchar *text, gsize length, GstHailuoRecord *record)
{
  g_autofree gchar *exact = g_malloc (MAX (length, 1));
  g_autoptr (GError) error = NULL;
  GstHailuoRecord untouched;
  gboolean read;

  memcpy (exact, text, length);
  memset (record, 0x5a, sizeof *record);
  memset (&untouched, 0x5a, sizeof untouched);
  read = gst_hailuo_record_from_text (exact, length, id, record, &error);
  g_assert_true (read == (error == NULL));
  if (!read) {
    fuzz_assert_error (error);
    g_assert_cmpint (error->code, ==, GST_HAILUO_ERROR_STORE);
    g_assert_cmpmem (record, sizeof *record, &untouched, sizeof untouched);
  }
  return read;
}

/* Of these characters, some, and not too many. */
static void
assert_word (const gchar *word, const gchar *more, gsize max)
{
  g_assert_nonnull (word);
  g_assert_cmpuint (strlen (word), >=, 1);
  g_assert_cmpuint (strlen (word), <=, max);
  for (; *word != '\0'; word++)
    g_assert_true (g_ascii_isalnum (*word) || strchr (more, *word) != NULL);
}

/* It is put into URLs, and on terminals. */
static void
check_fields (const GstHailuoRecord *record)
{
  const gboolean stored = record->state == GST_HAILUO_RECORD_FETCHED
      || record->state == GST_HAILUO_RECORD_DELIVERED;
  const gchar *at;

  g_assert_true (g_str_equal (record->provider, "apixo")
      || g_str_equal (record->provider, "apiinone"));
  g_assert_cmpint (g_ascii_strncasecmp (record->base_url, "http", 4), ==, 0);
  for (at = record->base_url; *at != '\0'; at++)
    g_assert_true (g_ascii_isgraph (*at) && strchr ("@?#", *at) == NULL);
  assert_word (record->model, "._-/:", 128);
  if (record->mode != NULL)
    assert_word (record->mode, "-", 32);
  if (record->state != GST_HAILUO_RECORD_INTENT)
    assert_word (record->task_id, "._:-", 128);
  else
    g_assert_null (record->task_id);
  g_assert_cmpint (stored, ==, record->size > 0);
  g_assert_cmpint (stored, ==, record->sha256 != NULL);
  if (stored)
    g_assert_cmpuint (strlen (record->sha256), ==, 64);
  g_assert_cmpint (record->created, >=, 0);
  g_assert_cmpint (record->cost, >=, -1);
}

static void
check_record (const GstHailuoRecord *record)
{
  g_assert_cmpint (record->state, >=, GST_HAILUO_RECORD_INTENT);
  g_assert_cmpint (record->state, <=, GST_HAILUO_RECORD_FAILED);
  g_assert_cmpstr (record->id, ==, id);
  check_fields (record);
}

static void
assert_equal (const GstHailuoRecord *a, const GstHailuoRecord *b)
{
  g_assert_cmpint (a->state, ==, b->state);
  g_assert_cmpstr (a->id, ==, b->id);
  g_assert_cmpstr (a->provider, ==, b->provider);
  g_assert_cmpstr (a->base_url, ==, b->base_url);
  g_assert_cmpstr (a->model, ==, b->model);
  g_assert_cmpstr (a->mode, ==, b->mode);
  g_assert_cmpstr (a->task_id, ==, b->task_id);
  g_assert_cmpstr (a->sha256, ==, b->sha256);
  g_assert_cmpint (a->created, ==, b->created);
  g_assert_cmpint (a->cost, ==, b->cost);
  g_assert_cmpuint (a->size, ==, b->size);
}

/* Written and read again it is the same; with one bit turned it is none. */
static void
check_again (const GstHailuoRecord *record)
{
  g_autofree gchar *text = gst_hailuo_record_to_text (record);
  gsize length = strlen (text);
  guint bit = g_str_hash (text) % (8 * length);
  GstHailuoRecord other;

  g_assert_true (parse (text, length, &other));
  assert_equal (record, &other);
  gst_hailuo_record_clear (&other);
  g_assert_false (parse (text, length - 1, &other));
  text[bit / 8] ^= 1 << (bit % 8);
  g_assert_false (parse (text, length, &other));
}

/* What is read is what is written, to the byte. */
static void
check (const gchar *text, gsize length)
{
  g_autofree gchar *written = NULL;
  GstHailuoRecord record;

  if (!parse (text, length, &record))
    return;
  written = gst_hailuo_record_to_text (&record);
  g_assert_cmpmem (written, strlen (written), text, length);
  check_record (&record);
  check_again (&record);
  gst_hailuo_record_clear (&record);
}

/* GLib up to 2.74 at least sets an error twice, which it warns of, where a
 * value has a wrong escape and a backslash at its end. */
static gboolean
is_known_to_warn (const guint8 *data, gsize size)
{
  gboolean after_backslash = FALSE;
  gsize i;

  for (i = 0; i < size; i++) {
    if (after_backslash && data[i] == '\n')
      return TRUE;
    after_backslash = data[i] == '\\'
        || (after_backslash && g_ascii_isspace (data[i]));
  }
  return after_backslash;
}

gint
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  gsize length;
  g_autofree gchar *sealed = seal (data, size, &length);

  if (is_known_to_warn (data, size))
    return 0;
  if (size > 0)
    check ((const gchar *) data, size);
  check (sealed, length);
  return 0;
}
