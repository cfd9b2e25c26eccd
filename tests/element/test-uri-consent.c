/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-uri-consent.c: a URI names a shot and is no consent to pay, whoever wrote
 * it and whatever plays it. */
#include <string.h>

#include "fixture.h"

#define URI "hailuo://?prompt=waves"

/* --- what strangers write --------------------------------------------------- */

typedef struct
{
  const gchar *description;
  const gchar *file; /* its name; NULL: there is none */
  const gchar *text;
  const gchar *line;      /* that plays it; @uri@: its URI */
  gboolean is_not_opened; /* nothing makes a hailuosrc of it */
} Document;

#define PLAYBIN "playbin uri=\"@uri@\" video-sink=fakesink audio-sink=fakesink"
#define PLAYBIN3 \
  "playbin3 uri=\"@uri@\" video-sink=fakesink audio-sink=fakesink"
#define DECODE "uridecodebin uri=\"@uri@\" ! fakesink"
#define DECODE3 "uridecodebin3 uri=\"@uri@\" ! fakesink"

#define HLS "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n"
#define HLS_SEGMENTS \
  HLS "#EXTINF:6,\n" URI "&take=1\n#EXTINF:6,\n" URI "&take=2\n#EXT-X-ENDLIST\n"
#define HLS_KEY \
  HLS "#EXT-X-KEY:METHOD=AES-128,URI=\"" URI "\"\n#EXTINF:6,\n" URI \
      "&take=3\n#EXT-X-ENDLIST\n"
#define HLS_VARIANTS \
  "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000\n" URI "\n" \
  "#EXT-X-STREAM-INF:BANDWIDTH=200000\n" URI "&take=2\n"

#define DASH \
  "<?xml version='1.0'?>" \
  "<MPD xmlns='urn:mpeg:dash:schema:mpd:2011' type='static'" \
  " mediaPresentationDuration='PT6S' minBufferTime='PT1S'" \
  " profiles='urn:mpeg:dash:profile:isoff-main:2011'><Period>" \
  "<AdaptationSet mimeType='video/mp4' codecs='avc1.42c01e'>" \
  "<Representation id='1' bandwidth='100000' width='64' height='36'>" \
  "<SegmentList duration='6'>" \
  "<Initialization sourceURL='" URI "'/>" \
  "<SegmentURL media='" URI "&amp;take=2'/></SegmentList>" \
  "</Representation></AdaptationSet></Period></MPD>"

#define M3U "#EXTM3U\n#EXTINF:6,x\n" URI "\n"

/* It also says what is to be set on the source. */
#define XGES \
  "<ges version='0.7'><project properties='properties;'" \
  " metadatas='metadatas;'><ressources><asset id='" URI "'" \
  " extractable-type-name='GESUriClip' metadatas='metadatas;'" \
  " properties='properties, duration=(guint64)1000000000;'/></ressources>" \
  "<timeline properties='properties;' metadatas='metadatas;'>" \
  "<track caps='video/x-raw(ANY)' track-type='4' track-id='0'" \
  " properties='properties;' metadatas='metadatas;'/>" \
  "<layer priority='0' properties='properties;' metadatas='metadatas;'>" \
  "<clip id='0' asset-id='" URI "' type-name='GESUriClip' layer-priority='0'" \
  " track-types='4' start='0' duration='1000000000' inpoint='0' rate='0'" \
  " properties='properties, name=(string)clip0;' metadatas='metadatas;'" \
  " children-properties='properties, reuse=(string)always," \
  " GstHailuoSrc::reuse=(string)always;'><source track-id='0'" \
  " children-properties='properties, reuse=(string)always," \
  " GstHailuoSrc::reuse=(string)always;'/></clip></layer></timeline>" \
  "</project></ges>"

static const Document documents[] = {
  { "uri-playbin", NULL, URI, PLAYBIN, FALSE },
  { "uri-playbin3", NULL, URI, PLAYBIN3, FALSE },
  { "uri-uridecodebin", NULL, URI, DECODE, FALSE },
  { "uri-uridecodebin3", NULL, URI, DECODE3, FALSE },
  { "uri-urisourcebin", NULL, URI, "urisourcebin uri=\"@uri@\" ! fakesink",
      FALSE },
  { "uri-always", NULL, URI "&reuse=always&max-cost=100", PLAYBIN, FALSE },
  { "hls-playbin", "a.m3u8", HLS_SEGMENTS, PLAYBIN, FALSE },
  { "hls-uridecodebin", "a.m3u8", HLS_SEGMENTS, DECODE, FALSE },
  { "hls-key", "a.m3u8", HLS_KEY, PLAYBIN, FALSE },
  { "hls-variants", "a.m3u8", HLS_VARIANTS, PLAYBIN, FALSE },
  { "dash-playbin", "a.mpd", DASH, PLAYBIN, FALSE },
  { "dash-uridecodebin", "a.mpd", DASH, DECODE, FALSE },
  /* GStreamer itself opens no list of that kind; hlsdemux2 and dashdemux2,
   * which playbin3 takes, fetch from http and file only */
  { "m3u", "a.m3u", M3U, PLAYBIN, TRUE },
};

static Simulator *
offer_simulator (void)
{
  SimulatorOptions options = {
    .time_scale = 2000,
    .clip_file = g_getenv ("TEST_CLIP_SMALL"),
  };
  g_autoptr (GError) error = NULL;
  Simulator *simulator = simulator_new (&options, &error);

  g_assert_no_error (error);
  g_setenv (
      "APIXO_BASE_URL", simulator_get_base_url (simulator, "apixo"), TRUE);
  g_setenv ("APIXO_API_KEY", FIXTURE_KEY, TRUE);
  return simulator;
}

static void
withdraw_simulator (Simulator *simulator)
{
  g_unsetenv ("APIXO_BASE_URL");
  g_unsetenv ("APIXO_API_KEY");
  simulator_free (simulator);
}

/* Nothing that an application sets but `reuse` is consent. */
static void
on_deep_element_added (
    GstBin *pipeline, GstBin *bin, GstElement *element, gpointer n_sources)
{
  GstElementFactory *factory = gst_element_get_factory (element);

  if (factory == NULL || !g_str_equal (GST_OBJECT_NAME (factory), "hailuosrc"))
    return;
  g_atomic_int_inc ((gint *) n_sources);
  g_object_set (element, "first-poll", 20, "poll-interval", 20, "max-cost", 9.0,
      "timeout", 60, NULL);
}

/* FALSE: the error, if there is one, is none of a hailuosrc. */
static gboolean
play_to_end (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;
  g_autofree gchar *text = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus,
      fixture_ms (FIXTURE_PATIENCE_MS) * GST_MSECOND,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, &debug);
  text = g_strconcat (error ? error->message : "", debug, NULL);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return strstr (text, "has no clip of this shot") != NULL;
}

/* Whether what reads the document is installed: not in every build of the
 * tests. */
static gboolean
has_reader (const Document *row)
{
  static const gchar *const readers[][2] = { { ".m3u8", "hlsdemux" },
    { ".mpd", "dashdemux" } };
  guint i;

  for (i = 0; row->file != NULL && i < G_N_ELEMENTS (readers); i++) {
    g_autoptr (GstElementFactory)
        factory = gst_element_factory_find (readers[i][1]);

    if (g_str_has_suffix (row->file, readers[i][0]) && factory == NULL) {
      g_test_skip (readers[i][1]);
      return FALSE;
    }
  }
  return TRUE;
}

static void
run_document (const Document *row)
{
  g_autofree gchar *path = row->file
      ? fixture_write_file (row->file, row->text, 0600)
      : NULL;
  g_autofree gchar *uri = path ? gst_filename_to_uri (path, NULL)
                               : g_strdup (row->text);
  g_auto (GStrv) parts = g_strsplit (row->line, "@uri@", 2);
  g_autofree gchar *line = g_strjoinv (uri, parts);
  Simulator *simulator = offer_simulator ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, &error);
  gint n_sources = 0;

  g_assert_no_error (error);
  g_signal_connect (pipeline, "deep-element-added",
      G_CALLBACK (on_deep_element_added), &n_sources);
  /* some sources are in a pipeline of their own, where nobody sees them */
  if (play_to_end (pipeline))
    n_sources++;
  g_assert_cmpuint (simulator_get_billed (simulator), ==, 0);
  g_assert_cmpuint (simulator_get_requests (simulator, "any"), ==, 0);
  g_assert_cmpint (n_sources > 0, ==, !row->is_not_opened);
  withdraw_simulator (simulator);
}

static void
test_document (gconstpointer data)
{
  if (has_reader (data))
    run_document (data);
}

typedef struct
{
  const gchar *description;
  const gchar *file;
  const gchar *text;
  const gchar *line; /* of a shell; @path@: the file */
} Tool;

#define SINKS " --videosink=fakesink --audiosink=fakesink "
#define PLAY "gst-play-1.0 --no-interactive" SINKS

/* GES, which forgets memory, is left to its own process. */
static const Tool tools[] = {
  { "hls-discoverer", "a.m3u8", HLS_SEGMENTS, "gst-discoverer-1.0 @path@" },
  { "m3u-gst-play", "a.m3u", M3U, PLAY "--playlist @path@" },
  { "xges-gst-play", "a.xges", XGES, PLAY "@path@" },
  { "xges-discoverer", "a.xges", XGES, "gst-discoverer-1.0 @path@" },
  { "xges-ges-launch", "a.xges", XGES, "ges-launch-1.0 --load=@path@" SINKS },
};

static void
test_tool (gconstpointer data)
{
  const Tool *row = data;
  g_autofree gchar *path = fixture_write_file (row->file, row->text, 0600);
  g_auto (GStrv) parts = g_strsplit (row->line, "@path@", 2);
  g_autofree gchar *line = g_strjoinv (path, parts);
  g_auto (GStrv) words = NULL;
  Simulator *simulator = offer_simulator ();
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autoptr (GSubprocess) tool = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *said = NULL;

  g_assert_true (g_shell_parse_argv (line, NULL, &words, NULL));
  g_subprocess_launcher_setenv (
      launcher, "XDG_STATE_HOME", g_get_user_state_dir (), TRUE);
  /* what it leaves alive is its own matter */
  g_subprocess_launcher_unsetenv (launcher, "GST_TRACERS");
  tool = g_subprocess_launcher_spawnv (
      launcher, (const gchar *const *) words, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (tool, NULL, NULL, &said, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("%s", said);
  g_assert_cmpuint (simulator_get_billed (simulator), ==, 0);
  g_assert_cmpuint (simulator_get_requests (simulator, "any"), ==, 0);
  g_assert_nonnull (strstr (said, "has no clip of this shot"));
  /* what costs nothing is told first */
  g_assert_nonnull (strstr (said, "Generate it first"));
  withdraw_simulator (simulator);
}

/* --- what the application sets ---------------------------------------------- */

#define OTHER "hailuo://?prompt=rain"

typedef struct
{
  const gchar *description;
  const gchar
      *steps; /* URIs and settings, in that order, separated by a space */
  gint code;  /* of the error; -1: the clip is made, and paid */
} Consent;

#define MADE -1
#define NOT_FOUND GST_RESOURCE_ERROR_NOT_FOUND
#define SETTINGS GST_RESOURCE_ERROR_SETTINGS

static const Consent consents[] = {
  { "no-uri", "prompt=waves", MADE },
  { "uri", URI, NOT_FOUND },
  { "uri-always", URI "&reuse=always", NOT_FOUND },
  { "uri-only", URI "&reuse=only", NOT_FOUND },

  { "after", URI " reuse=always", MADE },
  { "after-never", URI " reuse=never", MADE },
  { "after-unfinished", URI " reuse=unfinished", MADE },
  { "after-only", URI " reuse=only", NOT_FOUND },
  { "after-uri-only", URI "&reuse=only reuse=always", MADE },

  { "before", "reuse=always " URI, NOT_FOUND },
  { "before-never", "reuse=never " URI, NOT_FOUND },
  { "before-unfinished", "reuse=unfinished " URI, NOT_FOUND },
  { "between-two", OTHER " reuse=always " URI, NOT_FOUND },
  { "same-twice", URI " reuse=always " URI, NOT_FOUND },
  { "before-and-after", "reuse=only " URI " reuse=always", MADE },

  /* a URI that is refused is none */
  { "refused-uri", "prompt=waves hailuo://?seed=1", MADE },
  { "refused-terms", "prompt=waves " URI "&reuse=never", MADE },
  { "refused-after-uri", URI " hailuo://?seed=1", NOT_FOUND },

  { "prompt", URI " prompt=other", NOT_FOUND },
  { "take", URI " take=2", NOT_FOUND },
  { "max-cost", URI " max-cost=100", NOT_FOUND },
  { "key", URI " api-key=" FIXTURE_KEY, NOT_FOUND },
  { "store", URI " store-max-size=1", NOT_FOUND },
  { "task-id", "hailuo://?task-id=task_1", NOT_FOUND },

  /* max-cost of a URI only lowers */
  { "cost-lower", URI "&max-cost=0.30 reuse=always", SETTINGS },
  { "cost-higher", "max-cost=0.30 " URI "&max-cost=9 reuse=always", SETTINGS },
  { "cost-no-limit", "max-cost=0.30 " URI "&max-cost=-1 reuse=always",
      SETTINGS },
  { "cost-next-uri", URI "&max-cost=0.30 " URI " reuse=always", MADE },
  { "cost-set-again", URI "&max-cost=0.30 max-cost=1 reuse=always", MADE },
};

static void
take_step (Fixture *f, const gchar *step)
{
  if (g_str_has_prefix (step, "hailuo:"))
    gst_uri_handler_set_uri (GST_URI_HANDLER (f->source), step, NULL);
  else
    fixture_configure (f, step);
}

static void
test_consent (gconstpointer data)
{
  const Consent *row = data;
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_auto (GStrv) steps = g_strsplit (row->steps, " ", -1);
  guint i;

  for (i = 0; steps[i] != NULL; i++)
    take_step (f, steps[i]);
  if (row->code == MADE)
    fixture_run (f);
  else
    fixture_run_error (f, row->code);
  fixture_assert_ledger (f, row->code == MADE ? 1 : 0);
  fixture_assert_requests (f, "submit", row->code == MADE ? 1 : 0);
}

/* A paid clip is played, and an unfinished task is not picked up. */
static void
test_store (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (Fixture) other = fixture_new_beside (f);
  g_autoptr (Fixture) third = fixture_new_beside (f);

  fixture_set (f, "prompt", "waves");
  fixture_run (f);
  take_step (other, URI);
  fixture_run (other);
  fixture_assert_ledger (f, 1);

  fixture_script (f, "[" FIXTURE_ENDLESS "]");
  fixture_set (other, "prompt", "rain");
  take_step (other, "reuse=always");
  fixture_reset (other, GST_STATE_READY);
  fixture_ask (other, GST_STATE_PLAYING);
  fixture_wait_requests (f, "submit", 2);
  fixture_wait_task (other, "pending");
  fixture_reset (other, GST_STATE_NULL);
  take_step (third, OTHER);
  fixture_run_error (third, NOT_FOUND);
  fixture_assert_ledger (f, 2);
}

/* The error says what to do, in both ways. */
static void
test_words (void)
{
  g_autoptr (Fixture) f = fixture_new (NULL);
  g_autoptr (GError) error = NULL;

  take_step (f, URI);
  gst_message_parse_error (fixture_run_error (f, NOT_FOUND), &error, NULL);
  g_assert_nonnull (strstr (error->message, "HAILUO_URI_BUDGET"));
  g_assert_nonnull (
      strstr (error->message, "set reuse=always on the element after the URI"));
  fixture_assert_ledger (f, 0);
}

/* Whoever copies properties from one source to another does not consent. */
static void
test_properties (void)
{
  g_autoptr (GError) error = NULL;
  GstElement *made = gst_element_make_from_uri (
      GST_URI_SRC, URI "&max-cost=5", NULL, &error);
  g_autoptr (GstElement) source = gst_object_ref_sink (made);
  g_autofree gchar *before = NULL;
  g_autofree gchar *after = NULL;
  gdouble max_cost;
  gint reuse;

  g_assert_no_error (error);
  g_object_get (source, "reuse", &reuse, "max-cost", &max_cost, NULL);
  g_assert_cmpint (reuse, ==, 3);
  g_assert_cmpfloat (max_cost, ==, 5);
  before = gst_uri_handler_get_uri (GST_URI_HANDLER (source));
  g_assert_cmpstr (before, ==, URI "&max-cost=5");
  g_object_set (source, "reuse", reuse, NULL);
  after = gst_uri_handler_get_uri (GST_URI_HANDLER (source));
  g_assert_cmpstr (after, ==, URI "&reuse=only&max-cost=5");
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  FIXTURE_ADD_TABLE ("/uri-consent/document/", documents, test_document);
  /* with a sanitizer, only gst-launch-1.0 is known to forget nothing itself */
  if (g_getenv ("TEST_RUNTIME") == NULL)
    FIXTURE_ADD_TABLE ("/uri-consent/tool/", tools, test_tool);
  FIXTURE_ADD_TABLE ("/uri-consent/set/", consents, test_consent);
  g_test_add_func ("/uri-consent/store", test_store);
  g_test_add_func ("/uri-consent/words", test_words);
  g_test_add_func ("/uri-consent/properties", test_properties);
  return fixture_finish ();
}
