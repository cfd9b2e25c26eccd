/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-cancel.c: how long the element takes to stop, wherever it is, and what
 * it leaves behind. */
#include <string.h>

#include "fixture.h"
#include "namespace.h"
#include "server.h"

/* Half of the stops take less than the first, on a machine with other things to
 * do too; one that takes more than the second waits for something. */
#define MEDIAN_LIMIT (fixture_ms (100) * G_TIME_SPAN_MILLISECOND)
#define LIMIT (10 * MEDIAN_LIMIT)
#define CLIP_SIZE 100000

/* Somewhere to be stopped at */
typedef struct
{
  Server *server; /* where there is no simulator */
  GPtrArray *sockets;
  guint16 port;
  Fixture *fixture;
} Scene;

typedef struct
{
  const gchar *name;
  void (*begin) (Scene *scene);
  /* Blocks until the element is there for the @nth time (from 1). */
  void (*arrive) (Scene *scene, guint nth);
  /* In NULL, before each; or NULL */
  void (*prepare) (Scene *scene, guint nth);
  gint submits; /* in all the cycles; or EACH */
  gint billed;  /* the same */
} Stage;

#define EACH -1 /* one in each */

/* @base_url NULL: of a simulator.  What is stopped early may go on in the next
 * scene: each has a shot of its own. */
static void
make_fixture (Scene *scene, const gchar *base_url)
{
  static guint number = 0;
  const FixtureOptions options = { .base_url = base_url };
  g_autofree gchar *prompt = g_strdup_printf ("a harbour, shot %u", ++number);

  scene->fixture = fixture_new (&options);
  fixture_set (scene->fixture, "prompt", prompt, "first-poll", 1);
}

/* --- connect: a socket whose backlog is full -------------------------- */

static GSocket *
socket_new (Scene *scene)
{
  GSocket *socket = g_socket_new (
      G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

  g_assert_nonnull (socket);
  g_ptr_array_add (scene->sockets, socket);
  return socket;
}

static void
begin_connect (Scene *scene)
{
  g_autoptr (GInetAddress)
      loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autofree gchar *base_url = NULL;
  GSocket *listener = socket_new (scene);

  g_socket_set_listen_backlog (listener, 0);
  g_assert_true (g_socket_bind (listener, any, FALSE, NULL));
  g_assert_true (g_socket_listen (listener, NULL));
  bound = g_socket_get_local_address (listener, NULL);
  scene->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  /* a backlog of 0 has room for one */
  g_assert_true (g_socket_connect (socket_new (scene), bound, NULL, NULL));
  base_url = g_strdup_printf ("http://127.0.0.1:%u/api", scene->port);
  make_fixture (scene, base_url);
}

/* Whether there is a connection to @port that is being opened. */
static gboolean
is_connecting (guint16 port)
{
  g_autofree gchar *table = NULL;
  g_autofree gchar *row = g_strdup_printf (" 0100007F:%04X 02 ", port);

  g_assert_true (g_file_get_contents ("/proc/net/tcp", &table, NULL, NULL));
  return strstr (table, row) != NULL;
}

/* The kernel tells nobody. */
static void
arrive_connect (Scene *scene, guint nth)
{
  gint64 until = g_get_monotonic_time ()
      + fixture_ms (FIXTURE_PATIENCE_MS) * G_TIME_SPAN_MILLISECOND;

  while (!is_connecting (scene->port)) {
    g_assert_cmpint (g_get_monotonic_time (), <, until);
    g_thread_yield ();
  }
}

/* --- TLS: a server that says nothing ---------------------------------- */

static void
begin_tls (Scene *scene)
{
  g_autofree gchar *base_url = NULL;

  scene->server = server_new (NULL, NULL);
  base_url = g_strdup_printf (
      "https://127.0.0.1:%u/api", server_get_port (scene->server));
  make_fixture (scene, base_url);
}

/* Certificates are loaded while the hello is on its way. */
static void
arrive_tls_begun (Scene *scene, guint nth)
{
  server_wait_stalls (scene->server, nth);
}

/* Whether the streaming thread waits for something.  Those of earlier cycles
 * may be there too, with its name and nothing to do. */
static gboolean
is_asleep (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  const gchar *id;

  while ((id = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = g_strdup_printf ("/proc/self/task/%s/stat", id);
    g_autofree gchar *text = NULL;

    if (g_file_get_contents (path, &text, NULL, NULL)
        && strstr (text, "(source:src) ") != NULL
        && strstr (text, "(source:src) S ") == NULL)
      return FALSE;
  }
  return TRUE;
}

static void
arrive_tls (Scene *scene, guint nth)
{
  gint64 until = g_get_monotonic_time ()
      + fixture_ms (FIXTURE_PATIENCE_MS) * G_TIME_SPAN_MILLISECOND;

  server_wait_stalls (scene->server, nth);
  while (!is_asleep ()) {
    g_assert_cmpint (g_get_monotonic_time (), <, until);
    g_thread_yield ();
  }
}

/* --- what the simulator can do ---------------------------------------- */

static void
begin_simulator (Scene *scene, const gchar *script)
{
  make_fixture (scene, NULL);
  fixture_script (scene->fixture, script);
}

static void
begin_submit (Scene *scene)
{
  begin_simulator (scene, "[{'on':'submit','delay':600000,'times':0}]");
}

/* Another shot each time: the POST of the one before stays open, as its answer
 * is paid. */
static void
prepare_submit (Scene *scene, guint nth)
{
  fixture_set (scene->fixture, "take", nth);
}

static void
arrive_submit (Scene *scene, guint nth)
{
  fixture_wait_requests (scene->fixture, "submit", nth);
}

/* The same shot again, whose lock is held for the first POST */
static void
begin_waiting (Scene *scene)
{
  begin_submit (scene);
  fixture_ask (scene->fixture, GST_STATE_PLAYING);
  arrive_submit (scene, 1);
  fixture_reset (scene->fixture, GST_STATE_NULL);
}

static void
arrive_waiting (Scene *scene, guint nth)
{
  fixture_wait_progress (
      scene->fixture, "submit", "^Waiting for another process");
}

static void
begin_poll (Scene *scene)
{
  begin_simulator (scene, "[{'on':'poll','delay':600000,'times':0}]");
}

static void
arrive_poll (Scene *scene, guint nth)
{
  fixture_wait_requests (scene->fixture, "poll", nth);
}

static void
begin_interval (Scene *scene)
{
  begin_simulator (scene, "[" FIXTURE_ENDLESS "]");
  fixture_set (scene->fixture, "poll-interval", 600000);
}

/* It waits on where it was, so there is but one poll. */
static void
arrive_interval (Scene *scene, guint nth)
{
  fixture_wait_progress (scene->fixture, "generate",
      nth == 1 ? "about \\d+ s left" : "is generating the clip");
}

static void
begin_back_off (Scene *scene)
{
  begin_simulator (scene,
      "[{'on':'submit','status':429,'times':0,"
      "'headers':{'Retry-After':'60'}}]");
}

static void
arrive_back_off (Scene *scene, guint nth)
{
  fixture_wait_progress (scene->fixture, "submit", "trying again in 60");
}

static void
begin_download (Scene *scene)
{
  begin_simulator (scene, "[{'on':'file','delay':600000,'times':0}]");
}

static void
arrive_download (Scene *scene, guint nth)
{
  fixture_wait_requests (scene->fixture, "file", nth);
}

/* --- an answer that stops in its middle ------------------------------- */

static ServerEnd
stop_in_poll (Server *server, const ServerRequest *request, GString *answer,
    gpointer user_data)
{
  server_write_apixo (answer, request);
  if (g_str_equal (request->method, "POST"))
    return SERVER_KEEP;
  g_string_truncate (answer, answer->len - 20);
  return SERVER_STALL;
}

static ServerEnd
stop_in_clip (Server *server, const ServerRequest *request, GString *answer,
    gpointer user_data)
{
  gsize size;

  if (g_str_equal (request->method, "POST")) {
    server_write_apixo (answer, request);
  } else if (g_str_has_prefix (request->target, "/api/")) {
    g_autofree gchar *body = g_strdup_printf (
        "{\"code\":200,\"data\":{\"taskId\":\"task_12345678\","
        "\"state\":\"success\",\"resultJson\":"
        "\"{\\\"resultUrls\\\":[\\\"http://127.0.0.1:%u/clip.mp4\\\"]}\"}}",
        server_get_port (server));

    server_write (answer, 200, "", body);
  } else {
    g_string_append_printf (
        answer, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", CLIP_SIZE);
    size = answer->len;
    g_string_set_size (answer, CLIP_SIZE / 2);
    memset (answer->str + size, 0, answer->len - size);
    return SERVER_STALL;
  }
  return SERVER_KEEP;
}

static void
begin_server (Scene *scene, ServerFunc func)
{
  g_autofree gchar *base_url = NULL;

  scene->server = server_new (func, NULL);
  base_url = g_strdup_printf (
      "http://127.0.0.1:%u/api", server_get_port (scene->server));
  make_fixture (scene, base_url);
}

static void
begin_poll_body (Scene *scene)
{
  begin_server (scene, stop_in_poll);
}

static void
begin_download_body (Scene *scene)
{
  begin_server (scene, stop_in_clip);
}

static void
arrive_stall (Scene *scene, guint nth)
{
  server_wait_stalls (scene->server, nth);
}

/* --- threads and files ------------------------------------------------ */

typedef struct
{
  guint threads;
  guint files;
} Load;

static guint
count_entries (const gchar *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static Load
measure_load (void)
{
  /* those that wait for other work are nobody's */
  g_thread_pool_stop_unused_threads ();
  return (Load){ count_entries ("/proc/self/task"),
    count_entries ("/proc/self/fd") };
}

/* A thread that was joined may be there for a moment more. */
static void
assert_load (const gchar *what, Load before)
{
  gint64 until = g_get_monotonic_time () + 5 * G_TIME_SPAN_SECOND;
  Load now = measure_load ();

  while ((now.threads > before.threads || now.files > before.files)
      && g_get_monotonic_time () < until) {
    g_thread_yield ();
    now = measure_load ();
  }
  g_test_message ("%s: %u threads and %u files before, %u and %u after", what,
      before.threads, before.files, now.threads, now.files);
  g_assert_cmpuint (now.threads, <=, before.threads);
  g_assert_cmpuint (now.files, <=, before.files);
}

/* --- the stages ------------------------------------------------------- */

static const Stage stages[] = {
  { "connect", begin_connect, arrive_connect, NULL, 0, 0 },
  { "tls-begun", begin_tls, arrive_tls_begun, NULL, 0, 0 },
  { "tls", begin_tls, arrive_tls, NULL, 0, 0 },
  { "submit", begin_submit, arrive_submit, prepare_submit, EACH, EACH },
  { "waiting", begin_waiting, arrive_waiting, NULL, 1, 1 },
  { "back-off", begin_back_off, arrive_back_off, NULL, EACH, 0 },
  { "poll", begin_poll, arrive_poll, NULL, 1, 1 },
  { "poll-body", begin_poll_body, arrive_stall, NULL, 1, 1 },
  { "interval", begin_interval, arrive_interval, NULL, 1, 1 },
  { "download", begin_download, arrive_download, NULL, 1, 1 },
  { "download-body", begin_download_body, arrive_stall, NULL, 1, 1 },
};

static void
check_bill (const Stage *stage, Scene *scene, guint cycles)
{
  const guint submits = stage->submits == EACH ? cycles
                                               : (guint) stage->submits;
  const guint billed = stage->billed == EACH ? cycles : (guint) stage->billed;

  if (scene->fixture->simulator != NULL) {
    fixture_assert_requests (scene->fixture, "submit", submits);
    fixture_assert_ledger (scene->fixture, billed);
  } else if (scene->server != NULL) {
    g_assert_cmpuint (server_count (scene->server, "POST"), ==, submits);
  }
}

/* Under a memory checker each takes long. */
static guint
get_cycles (void)
{
  return fixture_ms (1) > 1 ? 5 : 20;
}

/* The times that set_state (NULL) took, in us */
static GArray *
run_stage (const Stage *stage, guint cycles)
{
  Scene scene = { .sockets = g_ptr_array_new_with_free_func (g_object_unref) };
  GArray *times = g_array_new (FALSE, FALSE, sizeof (gint64));
  guint i;

  stage->begin (&scene);
  for (i = 1; i <= cycles; i++) {
    gint64 took;

    if (stage->prepare != NULL)
      stage->prepare (&scene, i);
    fixture_forget (scene.fixture);
    fixture_ask (scene.fixture, GST_STATE_PLAYING);
    stage->arrive (&scene, i);
    took = -g_get_monotonic_time ();
    gst_element_set_state (scene.fixture->pipeline, GST_STATE_NULL);
    took += g_get_monotonic_time ();
    g_array_append_val (times, took);
  }
  check_bill (stage, &scene, cycles);
  fixture_free (scene.fixture);
  g_clear_pointer (&scene.server, server_free);
  g_ptr_array_unref (scene.sockets);
  return times;
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  const gint64 *x = a, *y = b;

  return (*x > *y) - (*x < *y);
}

static void
assert_times (const Stage *stage, GArray *times)
{
  gint64 median, greatest;

  g_array_sort (times, compare_times);
  median = g_array_index (times, gint64, times->len / 2);
  greatest = g_array_index (times, gint64, times->len - 1);
  g_test_message ("%s: median %.2f ms, greatest %.2f ms of %u", stage->name,
      median / 1000.0, greatest / 1000.0, times->len);
  g_assert_cmpint (median, <=, MEDIAN_LIMIT);
  g_assert_cmpint (greatest, <=, LIMIT);
}

static void
test_stage (gconstpointer data)
{
  const Stage *stage = data;
  g_autoptr (GArray) first = NULL, times = NULL;
  Load before;

  /* what is made once in a process is made here */
  first = run_stage (stage, 2);
  before = measure_load ();
  times = run_stage (stage, get_cycles ());
  assert_times (stage, times);
  assert_load (stage->name, before);
}

/* --- resolve: a name server that says nothing ------------------------- */

#define NAME_SERVER "127.0.0.9"

static void
begin_resolve (Scene *scene)
{
  g_autoptr (GSocketAddress)
      address = g_inet_socket_address_new_from_string (NAME_SERVER, 53);
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM,
      G_SOCKET_PROTOCOL_UDP, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (socket);
  g_ptr_array_add (scene->sockets, socket);
  g_socket_bind (socket, address, FALSE, &error);
  g_assert_no_error (error);
  make_fixture (scene, "https://nowhere.example/api");
}

/* Another name each time, so that no question is taken for a later one. */
static gchar *
make_label (guint nth)
{
  return g_strdup_printf ("cycle-%04u", nth);
}

static void
prepare_resolve (Scene *scene, guint nth)
{
  g_autofree gchar *label = make_label (nth);
  g_autofree gchar *base_url = g_strdup_printf (
      "https://%s.example/api", label);

  fixture_set (scene->fixture, "base-url", base_url);
}

static void
arrive_resolve (Scene *scene, guint nth)
{
  GSocket *socket = g_ptr_array_index (scene->sockets, 0);
  g_autofree gchar *label = make_label (nth);
  g_autoptr (GError) error = NULL;
  gboolean arrived = FALSE;
  gchar question[512];

  while (!arrived) {
    gssize n;

    g_socket_condition_timed_wait (socket, G_IO_IN,
        fixture_ms (FIXTURE_PATIENCE_MS) * G_TIME_SPAN_MILLISECOND, NULL,
        &error);
    g_assert_no_error (error);
    n = g_socket_receive (socket, question, sizeof question, NULL, &error);
    g_assert_no_error (error);
    arrived = memmem (question, n, label, strlen (label)) != NULL;
  }
}

static void
test_resolve (void)
{
  static const Stage stage = { "resolve", begin_resolve, arrive_resolve,
    prepare_resolve, 0, 0 };
  g_autoptr (GArray) times = NULL;

  if (!namespace_enter ("/cancel/resolve"))
    return;
  namespace_replace_file ("/etc/resolv.conf", "nameserver " NAME_SERVER "\n");
  /* each keeps a thread of libcurl's for as long as the resolver waits, and
   * newer versions have no more than 20 */
  times = run_stage (&stage, 8);
  /* the resolver's threads end when it gives up, after ten seconds and more;
   * they are not waited for */
  assert_times (&stage, times);
}

int
main (int argc, char **argv)
{
  guint i;

  namespace_init ();
  fixture_init (&argc, &argv);
  for (i = 0; i < G_N_ELEMENTS (stages); i++) {
    g_autofree gchar *path = g_strconcat ("/cancel/", stages[i].name, NULL);

    g_test_add_data_func (path, &stages[i], test_stage);
  }
  g_test_add_func ("/cancel/resolve", test_resolve);
  return fixture_finish ();
}
