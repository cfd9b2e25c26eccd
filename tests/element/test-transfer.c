/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-transfer.c: downloads that break, and things that are no clip: what
 * goes downstream is the whole clip, or nothing. */
#include <string.h>

#include "fixture.h"

#define CUT 500000

static Fixture *
new_big (const gchar *script)
{
  const FixtureOptions options = { .big_clip = TRUE };
  Fixture *f = fixture_new (&options);

  fixture_script (f, script);
  return f;
}

/* What a resumed request must ask for */
static void
assert_range (Fixture *self, guint n, guint64 first)
{
  g_autofree gchar *range = fixture_get_header (self, "file", n, "range");
  g_autofree gchar *if_range = fixture_get_header (self, "file", n, "if-range");
  g_autofree gchar *expected = g_strdup_printf (
      "bytes=%" G_GUINT64_FORMAT "-", first);

  if (first == 0) {
    g_assert_null (range);
    g_assert_null (if_range);
  } else {
    g_assert_cmpstr (range, ==, expected);
    /* the ETag, which is a strong one */
    g_assert_nonnull (if_range);
    g_assert_true (if_range[0] == '"');
  }
}

/* Downloads that end well */

typedef struct
{
  const gchar *description;
  const gchar *settings;
  const gchar *script;
  guint files;       /* how many requests */
  guint64 ranges[4]; /* where each of them begins */
} Recovery;

static const Recovery recoveries[] = {
  { "whole", "retries=0", "[]", 1, { 0 } },
  { "no-length", "retries=0", "[{'on':'file','chunked':true}]", 1, { 0 } },
  { "cut-once", "retries=5", "[{'on':'file','cut':500000}]", 2, { 0, CUT } },
  { "cut-at-first-byte", "retries=5", "[{'on':'file','cut':0}]", 2, { 0, 0 } },
  /* what was received counts: three cuts are not three failures in a row */
  { "cut-each-time", "retries=1", "[{'on':'file','times':0,'cut':500000}]", 4,
      { 0, CUT, 2 * CUT, 3 * CUT } },
  { "no-ranges", "retries=5",
      "[{'on':'file','cut':500000},{'on':'file','status':200}]", 2,
      { 0, CUT } },
  { "no-ranges-and-cut-again", "retries=5",
      "[{'on':'file','cut':500000},{'on':'file','status':200,'cut':700000}]", 3,
      { 0, CUT, 700000 } },
  { "203", "retries=0", "[{'on':'file','status':203}]", 1, { 0 } },
  { "500", "retries=5", "[{'on':'file','status':500}]", 2, { 0, 0 } },
  { "304-on-resume", "retries=1",
      "[{'on':'file','cut':500000},{'on':'file','status':304}]", 3,
      { 0, CUT, 0 } },
  { "503-on-resume", "retries=5",
      "[{'on':'file','cut':500000},{'on':'file','status':503}]", 3,
      { 0, CUT, CUT } },
  { "dropped", "retries=5", "[{'on':'file','drop':true}]", 2, { 0, 0 } },
  { "cut-with-no-length", "retries=5",
      "[{'on':'file','chunked':true,'cut':500000}]", 2, { 0, CUT } },
};

static void
test_recovery (gconstpointer data)
{
  const Recovery *row = data;
  g_autoptr (Fixture) f = new_big (row->script);
  g_autofree gchar *progress = NULL;
  guint i;

  fixture_configure (f, row->settings);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
  fixture_assert_requests (f, "file", row->files);
  for (i = 0; i < row->files; i++)
    assert_range (f, i, row->ranges[i]);
  progress = fixture_progress (f);
  g_assert_true (
      g_str_has_suffix (progress, "download:start download:complete"));
}

/* A reply to a range that is for another one: whatever is done about it, no
 * byte of it is taken for another. */

static const gchar *const lies[] = {
  "bytes 400000-1568218/1568219",
  "bytes 500000-99999998/99999999",
  "lines 1-2/3",
};

static void
test_lie (gconstpointer data)
{
  const gchar *const *lie = data;
  g_autofree gchar *script = g_strdup_printf (
      "[{'on':'file','cut':500000},"
      "{'on':'file','headers':{'Content-Range':'%s'}}]",
      *lie);
  g_autoptr (Fixture) f = new_big (script);

  fixture_run (f);
  assert_range (f, 1, CUT);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

static void
test_lie_for_ever (void)
{
  g_autoptr (Fixture) f = new_big ("[{'on':'file','cut':500000},"
                                   "{'on':'file','times':0,'cut':100,'headers':"
                                   "{'Content-Range':'bytes 0-99/100'}}]");

  fixture_set (f, "retries", 1);
  fixture_run_error (f, GST_RESOURCE_ERROR_READ);
  fixture_assert_nothing (f);
  fixture_assert_ledger (f, 1);
}

/* A part, where the whole was asked for */
static void
test_range_unasked (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *script = g_strdup_printf (
      "[{'on':'file','status':206,'headers':{'ETag':'\\\"x\\\"',"
      "'Content-Range':'bytes 0-%u/%u'}}]",
      (guint) f->clip_size - 1, (guint) f->clip_size);

  fixture_script (f, script);
  fixture_run (f);
  fixture_assert_requests (f, "file", 2);
  fixture_assert_ledger (f, 1);
}

/* Links that have gone: another is to be had by a poll. */

typedef struct
{
  const gchar *description;
  const gchar *script;
  guint files;
  guint polls;
} Refresh;

/* links are signed by the millisecond */
#define READY "{'on':'task','work':0},{'on':'poll','times':0,'delay':5}"

static const Refresh refreshes[] = {
  { "403", "[" READY ",{'on':'file','status':403}]", 2, 2 },
  { "404", "[" READY ",{'on':'file','status':404}]", 2, 2 },
  { "410", "[" READY ",{'on':'file','status':410}]", 2, 2 },
  { "403-on-resume",
      "[" READY ",{'on':'file','cut':500000},"
      "{'on':'file','status':403}]",
      3, 2 },
  { "three-times", "[" READY ",{'on':'file','times':3,'status':410}]", 4, 4 },
  { "html", "[" READY ",{'on':'file','body':'<html>Not found</html>'}]", 2, 2 },
  { "empty", "[" READY ",{'on':'file','body':''}]", 2, 2 },
};

static void
test_refresh (gconstpointer data)
{
  const Refresh *row = data;
  g_autoptr (Fixture) f = new_big (row->script);
  guint i;

  fixture_run (f);
  fixture_assert_requests (f, "file", row->files);
  fixture_assert_requests (f, "poll", row->polls);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);

  /* each poll gives another link, and it is the new one that is used */
  for (i = 1; row->files == row->polls && i < row->files; i++) {
    g_autoptr (JsonNode) a = fixture_get_request (f, "file", i - 1);
    g_autoptr (JsonNode) b = fixture_get_request (f, "file", i);

    g_assert_cmpstr (
        json_object_get_string_member (json_node_get_object (a), "target"), !=,
        json_object_get_string_member (json_node_get_object (b), "target"));
  }
}

/* Downloads that end in an error */

typedef struct
{
  const gchar *description;
  const gchar *settings;
  const gchar *rule; /* the rest of it */
  GstResourceError code;
  guint max_files;
} Failure;

#define READ GST_RESOURCE_ERROR_READ

static const Failure failures[] = {
  { "410", "retries=5", "'status':410", READ, 4 },
  { "403", "retries=5", "'status':403", READ, 4 },
  { "html", "retries=5", "'body':'<html>Not found</html>'", READ, 4 },
  { "empty", "retries=5", "'body':''", READ, 4 },
  { "one-byte", "retries=5", "'body':'x'", READ, 4 },
  /* boxes that do not add up: a size of 255, and 12 bytes */
  { "box-too-long", "retries=5",
      "'body':'\\u0000\\u0000\\u0000\\u007fftypisom'", READ, 4 },
  { "cut-with-no-length", "retries=1", "'chunked':true,'cut':7000,'status':200",
      READ, 8 },
  { "nothing-but-cuts", "retries=1", "'cut':0", READ, 2 },
  /* no answer at all */
  { "dropped", "retries=1", "'drop':true", GST_RESOURCE_ERROR_OPEN_READ, 2 },
  { "500", "retries=1", "'status':500", READ, 2 },
  { "too-large", "max-size=15000", "'status':200", READ, 1 },
  { "too-large-with-no-length", "max-size=15000", "'chunked':true", READ, 1 },
  { "redirect-loop", "retries=0",
      "'status':302,'headers':{'Location':'/files/x.mp4'}", READ, 24 },
  { "redirect-to-file", "retries=0",
      "'status':302,'headers':{'Location':'file:///etc/passwd'}", READ, 4 },
  { "redirect-to-ftp", "retries=0",
      "'status':302,'headers':{'Location':'ftp://127.0.0.1/x'}", READ, 4 },
  /* to where it is, and by a status that redirects nothing */
  { "redirect-to-fragment", "retries=0",
      "'status':302,'headers':{'Location':'#x'}", READ, 1 },
  { "redirect-by-305", "retries=0",
      "'status':305,'headers':{'Location':'/files/x.mp4'}", READ, 1 },
  { "redirect-with-user", "retries=0",
      "'status':302,'headers':{'Location':'http://a:b@127.0.0.1:1/x'}", READ,
      4 },
};

static const gchar *const key_parts[] = { FIXTURE_KEY, "aTor-Key&x",
  "%73imulato" };

/* The key goes to the API, and to no other place that a host names.  What is
 * paid is there all the same, once the host names a better one. */
static void
run_link_with_key (const gchar *script, guint files)
{
  const FixtureDetails expected = { 0, "", "", 0, FALSE, "yes", TRUE };
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *filled = NULL;
  GString *rules = g_string_new (script);
  GstMessage *message;

  g_string_replace (
      rules, "@api@", simulator_get_base_url (f->simulator, "apixo"), 0);
  filled = g_string_free (rules, FALSE);
  fixture_script (f, filled);
  message = fixture_run_error (f, READ);
  fixture_assert_details (f, message, &expected);
  gst_message_parse_error (message, &error, NULL);
  g_assert_nonnull (strstr (error->message, "contains the key"));
  fixture_assert_requests (
      f, "any", 1 + simulator_get_requests (f->simulator, "poll") + files);
  fixture_assert_requests (f, "file", files);
  fixture_assert_nothing (f);

  fixture_reset (f, GST_STATE_NULL);
  fixture_run (f);
  fixture_assert_requests (f, "submit", 1);
  fixture_assert_ledger (f, 1);
}

static void
test_link_with_key (gconstpointer part)
{
  g_autofree gchar *script = g_strdup_printf (
      "[{'on':'poll','link':'@api@/clip.mp4?k=%s'}]", (const gchar *) part);

  run_link_with_key (script, 0);
}

static void
test_redirect_with_key (gconstpointer part)
{
  g_autofree gchar *script = g_strdup_printf (
      "[{'on':'file','status':302,'headers':{'Location':'/x.mp4?k=%s'}}]",
      (const gchar *) part);

  run_link_with_key (script, 1);
}

static void
test_failure (gconstpointer data)
{
  const Failure *row = data;
  const FixtureDetails expected = { -1, NULL, NULL, 0, -1, "yes", TRUE };
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autofree gchar *script = g_strdup_printf (
      "[{'on':'file','times':0,%s}]", row->rule);
  g_autofree gchar *progress = NULL;
  guint files;

  fixture_script (f, script);
  fixture_configure (f, row->settings);
  fixture_assert_details (f, fixture_run_error (f, row->code), &expected);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
  fixture_assert_nothing (f);
  fixture_assert_keys (f);
  files = simulator_get_requests (f->simulator, "file");
  g_test_message ("%u requests of files", files);
  g_assert_cmpuint (files, >=, 1);
  g_assert_cmpuint (files, <=, row->max_files);
  progress = fixture_progress (f);
  g_assert_true (g_str_has_suffix (progress, " download:start download:error"));
}

/* A host that begins again each time, and breaks again: what comes then was
 * there before, and is no progress. */

#define ROUNDS 20
#define AGAIN_FILES 12

typedef struct
{
  const gchar *description;
  const gchar *odd, *even; /* the rest of the rules for the files */
} Again;

static const Again agains[] = {
  { "changing-places", "'status':200,'cut':100000",
      "'status':200,'cut':200000" },
  { "416", "'status':200,'cut':100000", "'status':416" },
};

static void
test_again (gconstpointer data)
{
  const Again *row = data;
  const FixtureDetails expected = { -1, NULL, NULL, 0, -1, "yes", TRUE };
  g_autoptr (GString) script = g_string_new ("[{'on':'task','work':0}");
  g_autoptr (Fixture) f = new_big ("[]");
  guint files, i;

  for (i = 0; i < ROUNDS; i++)
    g_string_append_printf (
        script, ",{'on':'file',%s},{'on':'file',%s}", row->odd, row->even);
  g_string_append_c (script, ']');
  fixture_script (f, script->str);
  fixture_set (f, "retries", 2);
  fixture_assert_details (
      f, fixture_run_error (f, GST_RESOURCE_ERROR_READ), &expected);
  files = simulator_get_requests (f->simulator, "file");
  g_test_message ("%u requests of files", files);
  g_assert_cmpuint (files, <=, AGAIN_FILES);
  fixture_assert_nothing (f);

  simulator_clear_script (f->simulator);
  fixture_reset (f, GST_STATE_NULL);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* No link of this task's ever works. */
static void
test_expired (void)
{
  const FixtureDetails expected = { 403, NULL, NULL, 0, -1, "yes", TRUE };
  g_autoptr (Fixture)
      f = fixture_new_script ("[{'on':'task','work':0,'link-life':0}]");

  fixture_assert_details (
      f, fixture_run_error (f, GST_RESOURCE_ERROR_READ), &expected);
  fixture_assert_requests (f, "file", 4);
  fixture_assert_requests (f, "poll", 4);
  fixture_assert_nothing (f);
  fixture_assert_ledger (f, 1);
}

/* The clip is paid, and is fetched when the fault is gone. */
static void
test_fetched_later (void)
{
  g_autoptr (Fixture)
      f = fixture_new_script ("[{'on':'file','times':4,'status':410}]");

  fixture_run_error (f, GST_RESOURCE_ERROR_READ);
  fixture_assert_nothing (f);
  fixture_reset (f, GST_STATE_NULL);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* The time for a download is over: what came of it stays, for the next run of
 * this element, and of another one. */
static void
test_timeout (gconstpointer data)
{
  const gboolean other = GPOINTER_TO_INT (data);
  const FixtureDetails expected = { -1, NULL, NULL, 0, TRUE, "yes", TRUE };
  g_autoptr (Fixture)
      f = new_big ("[{'on':'task','work':0},{'on':'file','cut':500000},"
                   "{'on':'file','times':0,'delay':600000}]");
  g_autoptr (Fixture) g = NULL;
  g_autoptr (GError) error = NULL;
  GstMessage *message;

  fixture_set (f, "timeout", fixture_ms (1000) / 1000, "retries", 5);
  message = fixture_run_error (f, GST_RESOURCE_ERROR_OPEN_READ);
  fixture_assert_details (f, message, &expected);
  gst_message_parse_error (message, &error, NULL);
  g_assert_nonnull (strstr (error->message, "timeout"));
  g_assert_nonnull (strstr (error->message, "not lost"));
  g_assert_nonnull (strstr (error->message, "again"));
  fixture_assert_nothing (f);
  fixture_assert_ledger (f, 1);

  simulator_clear_script (f->simulator);
  fixture_reset (f, GST_STATE_NULL);
  if (other) {
    const FixtureOptions options = { .big_clip = TRUE,
      .simulator = f->simulator };

    g = fixture_new (&options);
  }
  fixture_run (other ? g : f);
  assert_range (f, simulator_get_requests (f->simulator, "file") - 1, CUT);
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
}

/* The time to make the clip is not taken from the time to fetch it. */
static void
test_timeout_anew (void)
{
  const guint delay = fixture_ms (1100);
  g_autofree gchar *script = g_strdup_printf (
      "[{'on':'poll','delay':%u},{'on':'file','delay':%u}]", delay, delay);
  g_autoptr (Fixture) f = new_big (script);

  fixture_set (f, "timeout", fixture_ms (2000) / 1000);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
}

/* What the store has of the clip is not what the last run left there, or is of
 * another task: it is fetched from its start. */

static const gchar *const strays[] = { "bytes", "seal", "short", "empty",
  "task" };

static gchar *
find_part (void)
{
  g_autofree gchar *folder = g_build_filename (
      g_get_user_state_dir (), "hailuo", "parts", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".part"))
      return g_build_filename (folder, name, NULL);
  g_assert_not_reached ();
}

static void
spoil_part (const gchar *how)
{
  g_autofree gchar *path = find_part ();
  g_autofree gchar *text = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  g_assert_cmpuint (size, ==, CUT + 2048);
  if (g_str_equal (how, "bytes"))
    size--;
  else if (g_str_equal (how, "seal"))
    text[CUT + 20] ^= 1;
  else if (g_str_equal (how, "short"))
    memmove (text + CUT - 100, text + CUT, 2048), size -= 100;
  else if (g_str_equal (how, "empty"))
    size = 0;
  g_assert_true (g_file_set_contents_full (
      path, text, size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

static void
test_stray (gconstpointer data)
{
  const gchar *const *how = data;
  g_autoptr (Fixture)
      f = new_big ("[{'on':'task','work':0},{'on':'file','cut':500000}]");
  const FixtureOptions options = { .big_clip = TRUE,
    .simulator = f->simulator };
  const gboolean another = g_str_equal (*how, "task");
  g_autoptr (Fixture) next = NULL;

  fixture_set (f, "retries", 0);
  fixture_run_error (f, GST_RESOURCE_ERROR_READ);
  spoil_part (*how);
  fixture_reset (f, GST_STATE_NULL);
  next = fixture_new (&options);
  if (another)
    fixture_configure (next, "reuse=never");
  fixture_run (next);
  assert_range (f, simulator_get_requests (f->simulator, "file") - 1, 0);
  fixture_assert_ledger (f, another ? 2 : 1);
}

/* A redirect on the files' own port is followed, with no key: to the clip of
 * another task. */
static void
test_redirect (void)
{
  g_autoptr (Fixture) other = fixture_new (NULL);
  g_autoptr (Fixture) f = NULL;
  g_autoptr (JsonNode) request = NULL;
  g_autofree gchar *script = NULL;

  fixture_run (other);
  request = fixture_get_request (other, "file", 0);
  script = g_strdup_printf ("[{'on':'file','status':302,'headers':"
                            "{'Location':'%s'}}]",
      json_object_get_string_member (json_node_get_object (request), "target"));

  f = fixture_new_beside (other);
  fixture_script (f, script);
  fixture_set (f, "prompt", "another");
  fixture_run (f);
  fixture_assert_requests (f, "file", 3);
  fixture_assert_ledger (f, 2);
}

/* As large as is allowed */
static void
test_max_size_met (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);

  fixture_set (f, "max-size", (guint64) f->clip_size);
  fixture_run (f);
  fixture_assert_ledger (f, 1);
}

int
main (int argc, char **argv)
{
  guint i;

  fixture_init (&argc, &argv);
  FIXTURE_ADD_TABLE ("/transfer/recovery/", recoveries, test_recovery);
  FIXTURE_ADD_TABLE ("/transfer/refresh/", refreshes, test_refresh);
  FIXTURE_ADD_TABLE ("/transfer/failure/", failures, test_failure);
  FIXTURE_ADD_TABLE ("/transfer/again/", agains, test_again);
  for (i = 0; i < G_N_ELEMENTS (lies); i++) {
    g_autofree gchar *path = g_strdup_printf ("/transfer/lie/%u", i);

    g_test_add_data_func (path, &lies[i], test_lie);
  }
  for (i = 0; i < G_N_ELEMENTS (strays); i++) {
    g_autofree gchar *path = g_strconcat ("/transfer/stray/", strays[i], NULL);

    g_test_add_data_func (path, &strays[i], test_stray);
  }
  g_test_add_data_func (
      "/transfer/timeout/same-element", GINT_TO_POINTER (FALSE), test_timeout);
  g_test_add_data_func (
      "/transfer/timeout/another", GINT_TO_POINTER (TRUE), test_timeout);
  g_test_add_func ("/transfer/timeout/anew", test_timeout_anew);
  g_test_add_func ("/transfer/lie/for-ever", test_lie_for_ever);
  g_test_add_func ("/transfer/range-unasked", test_range_unasked);
  g_test_add_func ("/transfer/expired", test_expired);
  g_test_add_func ("/transfer/fetched-later", test_fetched_later);
  g_test_add_func ("/transfer/redirect", test_redirect);
  g_test_add_func ("/transfer/max-size-met", test_max_size_met);
  for (i = 0; i < G_N_ELEMENTS (key_parts); i++) {
    g_autofree gchar *link = g_strdup_printf ("/transfer/key/link/%u", i);
    g_autofree gchar *redirect = g_strdup_printf (
        "/transfer/key/redirect/%u", i);

    g_test_add_data_func (link, key_parts[i], test_link_with_key);
    g_test_add_data_func (redirect, key_parts[i], test_redirect_with_key);
  }
  return fixture_finish ();
}
