/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-post.c: a submit costs money, so one POST leaves this machine for one
 * shot, whatever becomes of its connection. */
#undef G_DISABLE_ASSERT
#include <string.h>

#include "launch.h"
#include "server.h"

static gchar *
settings_at (Server *server, const gchar *more)
{
  g_autofree gchar *base_url = g_strdup_printf (
      "http://127.0.0.1:%u/api", server_get_port (server));
  g_autofree gchar *shot = launch_shot (base_url);

  return g_strconcat (shot, LAUNCH_KEYED LAUNCH_FAST, more, NULL);
}

/* --- a server that dies with the POST --------------------------------- */

typedef enum
{
  BEFORE_NOTHING,   /* the POST is the first thing */
  BEFORE_A_REFUSAL, /* another POST was answered with 429 */
  BEFORE_POLLS      /* another shot was polled, and its connection is kept */
} Before;

typedef struct
{
  const gchar *name;
  ServerEnd end;     /* of the POST that is not answered */
  const gchar *part; /* of an answer that is sent before it */
  Before before;
  guint posts; /* in all */
} DeathRow;

static const DeathRow death_rows[] = {
  { "fin", SERVER_CLOSE, "", BEFORE_NOTHING, 1 },
  { "rst", SERVER_RESET, "", BEFORE_NOTHING, 1 },
  { "fin-in-headers", SERVER_CLOSE, "HTTP/1.1 200 OK\r\nCont", BEFORE_NOTHING,
      1 },
  { "rst-in-headers", SERVER_RESET, "HTTP/1.1 200 OK\r\nCont", BEFORE_NOTHING,
      1 },
  { "fin-in-body", SERVER_CLOSE,
      "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{\"code\":2",
      BEFORE_NOTHING, 1 },
  { "fin-after-refusal", SERVER_CLOSE, "", BEFORE_A_REFUSAL, 2 },
  { "rst-after-refusal", SERVER_RESET, "", BEFORE_A_REFUSAL, 2 },
  { "fin-after-polls", SERVER_CLOSE, "", BEFORE_POLLS, 2 },
  { "rst-after-polls", SERVER_RESET, "", BEFORE_POLLS, 2 },
};

static ServerEnd
die_with_the_post (Server *server, const ServerRequest *request,
    GString *answer, gpointer user_data)
{
  const DeathRow *row = user_data;

  if (!g_str_equal (request->method, "POST")
      || (row->before == BEFORE_POLLS && server_count (server, "POST") == 1)) {
    server_write_apixo (answer, request);
    return SERVER_KEEP;
  }
  if (row->before == BEFORE_A_REFUSAL && server_count (server, "POST") == 1) {
    server_write (answer, 429, "", "{\"code\":429,\"message\":\"slowly\"}");
    return SERVER_KEEP;
  }
  g_string_append (answer, row->part);
  return row->end;
}

/* Leaves a connection behind over which GETs went and that is idle, and asks
 * for another shot of the same element. */
static void
poll_another_shot (LaunchPlayer *player, Server *server)
{
  g_object_set (player->src, "poll-interval", 600000, NULL);
  launch_player_set_state (player, GST_STATE_PLAYING);
  launch_player_wait_progress (player, "generate", "processing");
  g_signal_emit_by_name (player->src, "poll-now");
  launch_player_wait_progress (player, "generate", "processing");
  g_assert_cmpuint (server_count (server, "GET"), ==, 2);
  launch_player_set_state (player, GST_STATE_READY);
  g_object_set (player->src, "prompt", "and now something else", NULL);
}

static void
test_death (gconstpointer data)
{
  const DeathRow *row = data;
  const guint attempts = row->before == BEFORE_A_REFUSAL ? 2 : 1;
  g_autoptr (Server) server = server_new (die_with_the_post, (gpointer) row);
  g_autofree gchar *settings = settings_at (server, "");
  g_autoptr (LaunchPlayer) player = launch_player_new (settings);
  g_autoptr (GstMessage) message = NULL;

  if (row->before == BEFORE_POLLS)
    poll_another_shot (player, server);
  launch_player_set_state (player, GST_STATE_PLAYING);
  message = launch_player_wait_error (player);
  launch_assert_error (message, GST_RESOURCE_ERROR_FAILED, "outcome is unknown",
      "unknown", attempts);
  g_assert_cmpuint (server_count (server, "POST"), ==, row->posts);

  /* nor does it help to start again */
  gst_element_set_state (player->pipeline, GST_STATE_NULL);
  gst_element_set_state (player->pipeline, GST_STATE_PLAYING);
  gst_message_unref (g_steal_pointer (&message));
  message = launch_player_wait_error (player);
  launch_assert_error (
      message, GST_RESOURCE_ERROR_FAILED, "outcome is unknown", "unknown", 1);
  g_assert_cmpuint (server_count (server, "POST"), ==, row->posts);
}

/* What the rows after polls are about: such a connection is there, and it is
 * not the one that the POST takes. */
static void
test_own_connection (void)
{
  static const DeathRow row = { "", SERVER_CLOSE, "", BEFORE_POLLS, 2 };
  g_autoptr (Server) server = server_new (die_with_the_post, (gpointer) &row);
  g_autofree gchar *settings = settings_at (server, "");
  g_autoptr (LaunchPlayer) player = launch_player_new (settings);
  g_autoptr (GstMessage) message = NULL;
  const ServerRequest *last;
  guint n;

  poll_another_shot (player, server);
  launch_player_set_state (player, GST_STATE_PLAYING);
  message = launch_player_wait_error (player);
  n = server_count (server, NULL);
  last = server_get_request (server, n - 1);
  g_assert_cmpstr (last->method, ==, "POST");
  g_assert_cmpuint (last->number, ==, 1);
  /* the polls did keep theirs */
  g_assert_cmpuint (server_get_request (server, n - 2)->number, ==, 2);
}

/* --- nobody there ----------------------------------------------------- */

/* Bound to a port, and not listening: nobody else can listen there. */
static GSocket *
make_deaf_socket (void)
{
  g_autoptr (GInetAddress)
      loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  GSocket *socket = g_socket_new (
      G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

  g_assert_true (g_socket_bind (socket, any, FALSE, NULL));
  return socket;
}

static guint16
get_port (GSocket *socket)
{
  g_autoptr (GSocketAddress)
      address = g_socket_get_local_address (socket, NULL);

  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
}

static void
test_refused (void)
{
  g_autoptr (GSocket) socket = make_deaf_socket ();
  g_autofree gchar *base_url = g_strdup_printf (
      "http://127.0.0.1:%u/api", get_port (socket));
  g_autofree gchar *shot = launch_shot (base_url);
  g_autofree gchar *settings = g_strconcat (
      shot, LAUNCH_KEYED "retries=2", NULL);
  g_autoptr (LaunchPlayer) player = launch_player_new (settings);
  g_autoptr (GstMessage) message = NULL;

  launch_player_set_state (player, GST_STATE_PLAYING);
  launch_player_wait_progress (player, "submit", "Attempt 1 of 3 failed");
  launch_player_wait_progress (player, "submit", "Attempt 2 of 3 failed");
  message = launch_player_wait_error (player);
  launch_assert_error (
      message, GST_RESOURCE_ERROR_OPEN_READ, "connect", "no", 3);
}

/* --- redirects -------------------------------------------------------- */

static ServerEnd
redirect_the_post (Server *server, const ServerRequest *request,
    GString *answer, gpointer user_data)
{
  if (g_str_equal (request->method, "POST")
      && !g_str_equal (request->target, "/elsewhere"))
    server_write (
        answer, GPOINTER_TO_UINT (user_data), "Location: /elsewhere\r\n", "");
  else
    server_write_apixo (answer, request);
  return SERVER_KEEP;
}

static void
test_redirected_submit (gconstpointer data)
{
  g_autoptr (Server) server = server_new (redirect_the_post, (gpointer) data);
  g_autofree gchar *settings = settings_at (server, "");
  g_autoptr (LaunchPlayer) player = launch_player_new (settings);
  g_autoptr (GstMessage) message = NULL;

  launch_player_set_state (player, GST_STATE_PLAYING);
  message = launch_player_wait_error (player);
  /* each may answer a request that was carried out */
  launch_assert_error (
      message, GST_RESOURCE_ERROR_FAILED, "redirect", "unknown", 1);
  g_assert_cmpuint (server_count (server, NULL), ==, 1);
}

static ServerEnd
redirect_the_poll (Server *server, const ServerRequest *request,
    GString *answer, gpointer user_data)
{
  if (g_str_equal (request->method, "GET")
      && !g_str_equal (request->target, "/elsewhere"))
    server_write (answer, 307, "Location: /elsewhere\r\n", "");
  else
    server_write_apixo (answer, request);
  return SERVER_KEEP;
}

static void
test_redirected_poll (void)
{
  g_autoptr (Server) server = server_new (redirect_the_poll, NULL);
  g_autofree gchar *settings = settings_at (server, " retries=0");
  g_autoptr (LaunchPlayer) player = launch_player_new (settings);
  g_autoptr (GstMessage) message = NULL;
  guint i;

  launch_player_set_state (player, GST_STATE_PLAYING);
  message = launch_player_wait_error (player);
  launch_assert_error (message, GST_RESOURCE_ERROR_FAILED, "307", "yes", 0);
  g_assert_cmpuint (server_count (server, "POST"), ==, 1);
  g_assert_cmpuint (server_count (server, "GET"), ==, 1);
  for (i = 0; i < server_count (server, NULL); i++)
    g_assert_cmpstr (server_get_request (server, i)->target, !=, "/elsewhere");
}

/* --- interrupted while the host thinks -------------------------------- */

static void
interrupt_by_flush (LaunchPlayer *player)
{
  g_assert_true (gst_element_seek_simple (
      player->src, GST_FORMAT_BYTES, GST_SEEK_FLAG_FLUSH, 0));
}

static void
interrupt_by_ready (LaunchPlayer *player)
{
  launch_player_set_state (player, GST_STATE_READY);
  launch_player_set_state (player, GST_STATE_PLAYING);
}

static void
interrupt_by_null (LaunchPlayer *player)
{
  launch_player_set_state (player, GST_STATE_NULL);
  launch_player_set_state (player, GST_STATE_PLAYING);
}

static void
interrupt_by_pause (LaunchPlayer *player)
{
  launch_player_set_state (player, GST_STATE_PAUSED);
  launch_player_set_state (player, GST_STATE_PLAYING);
}

typedef struct
{
  const gchar *name;
  void (*interrupt) (LaunchPlayer *player);
} InterruptRow;

static const InterruptRow interrupt_rows[] = {
  { "flush", interrupt_by_flush },
  { "ready", interrupt_by_ready },
  { "null", interrupt_by_null },
  { "pause", interrupt_by_pause },
};

static void
test_interrupted (gconstpointer data)
{
  const InterruptRow *row = data;
  g_autoptr (Simulator) simulator = launch_simulator (1);
  g_autofree gchar *settings = launch_shot_at (simulator);
  g_autoptr (LaunchPlayer) player = launch_player_new (settings);

  simulator_script (simulator, "[{\"on\":\"submit\",\"delay\":300}]");
  launch_player_set_state (player, GST_STATE_PLAYING);
  g_assert_true (
      simulator_wait_requests (simulator, "submit", 1, LAUNCH_PATIENCE));
  row->interrupt (player);
  row->interrupt (player);
  launch_player_wait_eos (player);
  g_assert_cmpuint (simulator_get_billed (simulator), ==, 1);
  g_assert_cmpuint (simulator_get_requests (simulator, "submit"), ==, 1);
}

/* --- stopped while the host thinks ------------------------------------ */

#define SLOW_SUBMIT "[{\"on\":\"submit\",\"delay\":500}]"

/* As all the elements here */
static void
play (LaunchPlayer *player)
{
  launch_player_set_state (player, GST_STATE_PLAYING);
}

static void
play_to_open_post (LaunchPlayer *player, Simulator *simulator)
{
  play (player);
  g_assert_true (
      simulator_wait_requests (simulator, "submit", 1, LAUNCH_PATIENCE));
}

static void
assert_paid_once (Simulator *simulator)
{
  g_assert_cmpuint (simulator_get_billed (simulator), ==, 1);
  g_assert_cmpuint (simulator_get_requests (simulator, "submit"), ==, 1);
}

/* The application knows that something was sent. */
static void
assert_warned (LaunchPlayer *player)
{
  g_autoptr (GstMessage)
      message = gst_bus_pop_filtered (player->bus, GST_MESSAGE_WARNING);
  g_autoptr (GError) warning = NULL;

  g_assert_nonnull (message);
  gst_message_parse_warning (message, &warning, NULL);
  launch_assert_match (
      warning->message, "may have been created.*same settings");
}

/* Another element waits for the answer that was asked for by the first, which is
 * gone. */
static void
test_second_element (void)
{
  g_autoptr (Simulator) simulator = launch_simulator (1);
  g_autofree gchar *settings = launch_shot_at (simulator);
  LaunchPlayer *first = launch_player_new (settings);
  g_autoptr (LaunchPlayer) second = launch_player_new (settings);

  simulator_script (simulator, SLOW_SUBMIT);
  play_to_open_post (first, simulator);
  play (second);
  launch_player_wait_progress (
      second, "submit", "^Waiting for another process or element");
  launch_player_set_state (first, GST_STATE_READY);
  assert_warned (first);
  launch_player_free (first);
  launch_player_wait_progress (second, "submit", "^The other one has finished");
  launch_player_wait_progress (second, "generate", "\\(resumed\\)");
  launch_player_wait_eos (second);
  assert_paid_once (simulator);
}

/* Its stream has ended, and that is all: it is not stopped. */
static void
test_ended (void)
{
  g_autoptr (Simulator) simulator = launch_simulator (1);
  g_autofree gchar *settings = launch_shot_at (simulator);
  g_autoptr (LaunchPlayer) first = launch_player_new (settings);
  g_autoptr (LaunchPlayer) second = launch_player_new (settings);
  g_autoptr (GstMessage) message = NULL;

  simulator_script (simulator, SLOW_SUBMIT);
  play_to_open_post (first, simulator);
  gst_element_send_event (first->pipeline, gst_event_new_eos ());
  message = launch_player_wait_error (first);
  launch_assert_error (message, GST_RESOURCE_ERROR_FAILED,
      "may have been created.*same settings", "unknown", 0);
  play (second);
  launch_player_wait_progress (second, "generate", "\\(resumed\\)");
  launch_player_wait_eos (second);
  assert_paid_once (simulator);
}

/* The host says no to an element that is gone: whoever waits may ask. */
static void
test_refused_alone (void)
{
  g_autoptr (Simulator) simulator = launch_simulator (1);
  g_autofree gchar *settings = launch_shot_at (simulator);
  LaunchPlayer *first = launch_player_new (settings);
  g_autoptr (LaunchPlayer) second = launch_player_new (settings);

  simulator_script (
      simulator, "[{\"on\":\"submit\",\"delay\":500,\"status\":400}]");
  play_to_open_post (first, simulator);
  launch_player_free (first);
  play (second);
  launch_player_wait_eos (second);
  g_assert_cmpuint (simulator_get_billed (simulator), ==, 1);
  g_assert_cmpuint (simulator_get_requests (simulator, "submit"), ==, 2);
}

static void
test_ready_and_back (void)
{
  g_autoptr (Simulator) simulator = launch_simulator (1);
  g_autofree gchar *settings = launch_shot_at (simulator);
  g_autoptr (LaunchPlayer) player = launch_player_new (settings);
  guint i;

  simulator_script (simulator, SLOW_SUBMIT);
  play_to_open_post (player, simulator);
  for (i = 0; i < 10; i++) {
    launch_player_set_state (player, GST_STATE_READY);
    play (player);
  }
  launch_player_wait_eos (player);
  assert_paid_once (simulator);
}

/* --- another shot while the host thinks ------------------------------- */

typedef struct
{
  GMutex lock;
  GCond cond;
  gboolean answer; /* lock: the first submit too */
} Gate;

/* Task 1 for the first shot, 2 for the second; the first submit waits. */
static ServerEnd
make_two_tasks (Server *server, const ServerRequest *request, GString *answer,
    gpointer user_data)
{
  const gboolean second = strstr (request->body, "second") != NULL;
  g_autofree gchar *body = g_strdup_printf (
      "{\"code\":200,\"message\":\"success\",\"data\":{\"taskId\":\"task_%u\"}}",
      second ? 2 : 1);
  Gate *gate = user_data;

  if (g_str_equal (request->method, "GET")) {
    server_write_apixo (answer, request);
    return SERVER_KEEP;
  }
  g_mutex_lock (&gate->lock);
  while (!gate->answer && !second)
    g_cond_wait (&gate->cond, &gate->lock);
  g_mutex_unlock (&gate->lock);
  server_write (answer, 200, "", body);
  return SERVER_KEEP;
}

static void
assert_post (Server *server, guint n, const gchar *model, const gchar *prompt)
{
  const ServerRequest *request;
  guint i = 0;

  while (
      !g_str_equal ((request = server_get_request (server, i))->method, "POST")
      || n-- > 1)
    i++;
  g_assert_true (g_str_has_suffix (request->target, model));
  g_assert_nonnull (strstr (request->body, prompt));
}

static void
assert_resumes (Server *server, const gchar *model, const gchar *prompt,
    const gchar *pattern)
{
  g_autofree gchar *settings = settings_at (server, "");
  g_autoptr (LaunchPlayer) player = launch_player_new (settings);

  g_object_set (player->src, "model", model, "prompt", prompt, NULL);
  play (player);
  launch_player_wait_progress (player, "generate", pattern);
}

static void
test_another_shot (void)
{
  Gate gate = { .answer = FALSE };
  g_autoptr (Server) server = server_new (make_two_tasks, &gate);
  g_autofree gchar *settings = settings_at (server, "");
  g_autoptr (LaunchPlayer) player = launch_player_new (settings);

  g_object_set (player->src, "model", "model-1", "prompt", "the first", NULL);
  play (player);
  server_wait (server, "POST", 1);
  launch_player_set_state (player, GST_STATE_READY);
  g_object_set (player->src, "model", "model-2", "prompt", "the second", NULL);
  play (player);
  launch_player_wait_progress (player, "generate", "task_2 \\(submitted\\)");
  g_mutex_lock (&gate.lock);
  gate.answer = TRUE;
  g_cond_broadcast (&gate.cond);
  g_mutex_unlock (&gate.lock);
  launch_player_set_state (player, GST_STATE_NULL);
  assert_post (server, 1, "model-1", "the first");
  assert_post (server, 2, "model-2", "the second");

  assert_resumes (server, "model-1", "the first", "task_1 \\(resumed\\)");
  assert_resumes (server, "model-2", "the second", "task_2 \\(resumed\\)");
  g_assert_cmpuint (server_count (server, "POST"), ==, 2);
}

/* --- timeout ---------------------------------------------------------- */

static void
test_timeout (void)
{
  g_autoptr (Simulator) simulator = launch_simulator (1);
  g_autofree gchar *shot = launch_shot_at (simulator);
  g_autofree gchar *settings = g_strconcat (shot, " timeout=2", NULL);
  g_autoptr (LaunchPlayer) player = launch_player_new (settings);

  simulator_script (simulator, "[{\"on\":\"submit\",\"delay\":3000}]");
  play (player);
  launch_player_wait_progress (player, "submit", "^Submitted");
  launch_player_wait_eos (player);
  assert_paid_once (simulator);
}

int
main (int argc, char **argv)
{
  static const guint redirects[] = { 301, 302, 303, 307, 308 };
  guint i;

  launch_init (&argc, &argv);
  for (i = 0; i < G_N_ELEMENTS (death_rows); i++) {
    g_autofree gchar *path = g_strconcat (
        "/post/death/", death_rows[i].name, NULL);

    g_test_add_data_func (path, &death_rows[i], test_death);
  }
  g_test_add_func ("/post/own-connection", test_own_connection);
  g_test_add_func ("/post/refused", test_refused);
  for (i = 0; i < G_N_ELEMENTS (redirects); i++) {
    g_autofree gchar *path = g_strdup_printf (
        "/post/redirected/%u", redirects[i]);

    g_test_add_data_func (
        path, GUINT_TO_POINTER (redirects[i]), test_redirected_submit);
  }
  g_test_add_func ("/post/redirected/poll", test_redirected_poll);
  for (i = 0; i < G_N_ELEMENTS (interrupt_rows); i++) {
    g_autofree gchar *path = g_strconcat (
        "/post/interrupted/", interrupt_rows[i].name, NULL);

    g_test_add_data_func (path, &interrupt_rows[i], test_interrupted);
  }
  g_test_add_func ("/post/stopped/second-element", test_second_element);
  g_test_add_func ("/post/stopped/ended", test_ended);
  g_test_add_func ("/post/stopped/refused", test_refused_alone);
  g_test_add_func ("/post/stopped/ready-and-back", test_ready_and_back);
  g_test_add_func ("/post/stopped/another-shot", test_another_shot);
  g_test_add_func ("/post/timeout", test_timeout);
  return g_test_run ();
}
