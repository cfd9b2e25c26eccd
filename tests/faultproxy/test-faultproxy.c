/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-faultproxy.c: each fault, seen from both sides of the proxy. */
#undef G_DISABLE_ASSERT
#include <string.h>

#include "faultproxy.h"
#include "simulator.h"

#define HEAD "HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n"
#define BODY "0123456789abcdef0123456789abcdef"
#define ANSWER HEAD BODY

#define REQUEST "POST / HTTP/1.1\r\nHost: x\r\ncontent-length: 5\r\n\r\nhello"

/* A GLib socket for 127.0.0.1; listening where @port is 0; NULL where it is
 * reset before it is connected */
static GSocket *
new_socket (guint16 port)
{
  g_autoptr (GInetAddress)
      loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress)
      address = g_inet_socket_address_new (loopback, port);
  g_autoptr (GError) error = NULL;
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
      G_SOCKET_PROTOCOL_TCP, &error);

  g_assert_no_error (error);
  if (port != 0) {
    g_socket_connect (socket, address, NULL, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED))
      g_clear_object (&socket);
    else
      g_assert_no_error (error);
    g_clear_error (&error);
  } else {
    g_socket_bind (socket, address, FALSE, &error);
    g_assert_no_error (error);
    g_socket_listen (socket, &error);
  }
  g_assert_no_error (error);
  return socket;
}

/* The server: one connection after the other, ANSWER for each request */

typedef struct
{
  GSocket *listener;
  guint16 port;
  GCancellable *cancellable;
  GThread *thread;
  GMutex lock;
  GCond changed;
  GString *received; /* lock */
  guint ended;       /* lock; connections that are over */
} Server;

static void
serve (Server *server, GSocket *client)
{
  g_autoptr (GString) got = g_string_new (NULL);
  gchar buffer[256];
  gssize n = 1;

  while (n > 0 && !g_str_has_suffix (got->str, "hello")) {
    n = g_socket_receive (
        client, buffer, sizeof buffer, server->cancellable, NULL);
    if (n > 0)
      g_string_append_len (got, buffer, n);
  }
  if (n > 0)
    g_socket_send (client, ANSWER, strlen (ANSWER), server->cancellable, NULL);

  g_mutex_lock (&server->lock);
  g_string_append (server->received, got->str);
  server->ended++;
  g_cond_broadcast (&server->changed);
  g_mutex_unlock (&server->lock);
}

static gpointer
run_server (gpointer data)
{
  Server *server = data;
  GSocket *client;

  while (
      (client = g_socket_accept (server->listener, server->cancellable, NULL))
      != NULL) {
    serve (server, client);
    g_object_unref (client);
  }
  return NULL;
}

static Server *
server_new (void)
{
  Server *server = g_new0 (Server, 1);
  g_autoptr (GSocketAddress) address = NULL;

  g_mutex_init (&server->lock);
  g_cond_init (&server->changed);
  server->received = g_string_new (NULL);
  server->cancellable = g_cancellable_new ();
  server->listener = new_socket (0);
  address = g_socket_get_local_address (server->listener, NULL);
  server->port = g_inet_socket_address_get_port (
      G_INET_SOCKET_ADDRESS (address));
  server->thread = g_thread_new ("server", run_server, server);
  return server;
}

static void
server_free (Server *server)
{
  g_cancellable_cancel (server->cancellable);
  g_thread_join (server->thread);
  g_object_unref (server->listener);
  g_object_unref (server->cancellable);
  g_string_free (server->received, TRUE);
  g_cond_clear (&server->changed);
  g_mutex_clear (&server->lock);
  g_free (server);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Server, server_free)

/* What the server got in @n connections */
static gchar *
server_wait (Server *server, guint n)
{
  gchar *text;

  g_mutex_lock (&server->lock);
  while (server->ended < n)
    g_cond_wait (&server->changed, &server->lock);
  text = g_strdup (server->received->str);
  g_mutex_unlock (&server->lock);
  return text;
}

/* The client */

static FaultProxy *
proxy_new (guint16 target, const gchar *rule)
{
  g_autoptr (GError) error = NULL;
  FaultProxy *proxy = fault_proxy_new (target, &error);

  g_assert_no_error (error);
  if (rule != NULL)
    fault_proxy_add (proxy, rule);
  return proxy;
}

static GSocket *
open_request (FaultProxy *proxy, const gchar *text)
{
  GSocket *socket = new_socket (fault_proxy_get_port (proxy));

  /* a connection that is reset at once takes no bytes */
  if (socket != NULL)
    g_socket_send (socket, text, strlen (text), NULL, NULL);
  return socket;
}

/* Reads to the end.  *@reset: it was a RST */
static gchar *
read_all (GSocket *socket, gboolean *reset)
{
  GString *text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gchar buffer[256];
  gssize n;

  while (socket != NULL
      && (n = g_socket_receive (socket, buffer, sizeof buffer, NULL, &error))
          > 0)
    g_string_append_len (text, buffer, n);
  *reset = socket == NULL
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  if (!*reset)
    g_assert_no_error (error);
  return g_string_free (text, FALSE);
}

typedef struct
{
  const gchar *name;
  const gchar *rule;   /* or NULL */
  const gchar *answer; /* what arrives */
  gboolean reset;      /* and how it ends */
  gint server;         /* bytes of the request that arrived there;
                                 * -1: it was not asked */
  guint faults;
} Row;

#define ALL ((gint) sizeof REQUEST - 1)

static const Row rows[] = {
  { "none", NULL, ANSWER, FALSE, ALL, 0 },
  { "other-connection", "{\"connection\":2,\"action\":\"reset\"}", ANSWER,
      FALSE, ALL, 0 },
  { "reset-first-byte", "{\"action\":\"reset\"}", "", TRUE, ALL, 1 },
  { "reset-at", "{\"connection\":1,\"at\":20,\"action\":\"reset\"}",
      "HTTP/1.1 200 OK\r\nCon", TRUE, ALL, 1 },
  { "close-at", "{\"connection\":1,\"at\":20,\"action\":\"close\"}",
      "HTTP/1.1 200 OK\r\nCon", FALSE, ALL, 1 },
  { "close-first-byte", "{\"action\":\"close\"}", "", FALSE, ALL, 1 },
  { "beyond-the-end", "{\"at\":1000,\"action\":\"reset\"}", ANSWER, FALSE, ALL,
      0 },
  { "drip", "{\"at\":60,\"action\":\"drip\",\"bytes\":3,\"interval\":1}",
      ANSWER, FALSE, ALL, 1 },
  { "replace", "{\"at\":9,\"action\":\"replace\",\"text\":\"503\"}",
      "HTTP/1.1 503 OK\r\nContent-Length: 32\r\n\r\n" BODY, FALSE, ALL, 1 },
  { "replace-base64", "{\"at\":39,\"action\":\"replace\",\"base64\":\"Qg==\"}",
      HEAD "B123456789abcdef0123456789abcdef", FALSE, ALL, 1 },
  { "request-reset", "{\"when\":\"request\",\"at\":10,\"action\":\"reset\"}",
      "", TRUE, 10, 1 },
  { "request-close", "{\"when\":\"request\",\"at\":10,\"action\":\"close\"}",
      "", FALSE, 10, 1 },
  { "request-drip",
      "{\"when\":\"request\",\"at\":40,\"action\":\"drip\","
      "\"interval\":1}",
      ANSWER, FALSE, ALL, 1 },
  { "after-request-reset",
      "{\"when\":\"after-request\","
      "\"action\":\"reset\"}",
      "", TRUE, ALL, 1 },
  { "after-request-close",
      "{\"when\":\"after-request\","
      "\"action\":\"close\"}",
      "", FALSE, ALL, 1 },
  { "before-connect-reset",
      "{\"when\":\"before-connect\","
      "\"action\":\"reset\"}",
      "", TRUE, -1, 1 },
  { "before-connect-close",
      "{\"when\":\"before-connect\","
      "\"action\":\"close\"}",
      "", FALSE, -1, 1 },
  { "instead", "{\"when\":\"instead\",\"text\":\"SSH-2.0-x\\r\\n\"}",
      "SSH-2.0-x\r\n", FALSE, -1, 1 },
  { "instead-reset",
      "{\"when\":\"instead\",\"text\":\"HTTP\","
      "\"action\":\"reset\"}",
      "HTTP", TRUE, -1, 1 },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (Server) server = server_new ();
  g_autoptr (FaultProxy) proxy = proxy_new (server->port, row->rule);
  g_autoptr (GSocket) socket = open_request (proxy, REQUEST);
  g_autofree gchar *answer = NULL;
  gboolean reset;

  answer = read_all (socket, &reset);
  g_assert_cmpstr (answer, ==, row->answer);
  g_assert_cmpint (reset, ==, row->reset);
  g_assert_cmpuint (fault_proxy_get_connections (proxy), ==, 1);
  g_assert_true (fault_proxy_wait_faults (proxy, row->faults, 30000));
  g_assert_cmpuint (fault_proxy_get_faults (proxy), ==, row->faults);
  g_clear_object (&socket);

  if (row->server >= 0) {
    g_autofree gchar *received = server_wait (server, 1);
    g_autofree gchar *expected = g_strndup (REQUEST, row->server);

    g_assert_cmpstr (received, ==, expected);
  } else {
    g_assert_cmpuint (server->ended, ==, 0);
  }
}

/* Stalls: open, silent, and no obstacle to the proxy's end */

static const struct
{
  const gchar *name;
  const gchar *rule;
  const gchar *before; /* what arrives before the silence */
} stalls[] = {
  { "answer", "{\"at\":20,\"action\":\"stall\"}", "HTTP/1.1 200 OK\r\nCon" },
  { "request", "{\"when\":\"request\",\"at\":10,\"action\":\"stall\"}", "" },
  { "after-request", "{\"when\":\"after-request\",\"action\":\"stall\"}", "" },
  { "before-connect", "{\"when\":\"before-connect\",\"action\":\"stall\"}",
      "" },
  { "instead", "{\"when\":\"instead\",\"action\":\"stall\",\"text\":\"HTTP\"}",
      "HTTP" },
};

static void
test_stall (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (Server) server = server_new ();
  FaultProxy *proxy = proxy_new (server->port, stalls[i].rule);
  g_autoptr (GSocket) socket = open_request (proxy, REQUEST);
  g_autoptr (GError) error = NULL;
  gchar buffer[256];
  gsize got = 0;
  gint64 took;

  while (got < strlen (stalls[i].before)) {
    gssize n = g_socket_receive (
        socket, buffer + got, sizeof buffer - got, NULL, NULL);

    g_assert_cmpint (n, >, 0);
    got += n;
  }
  g_assert_cmpmem (buffer, got, stalls[i].before, strlen (stalls[i].before));
  g_assert_true (fault_proxy_wait_faults (proxy, 1, 30000));
  g_assert_cmpint (
      g_socket_receive_with_blocking (socket, buffer, 1, FALSE, NULL, &error),
      ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);

  took = -g_get_monotonic_time ();
  fault_proxy_free (proxy);
  took += g_get_monotonic_time ();
  g_assert_cmpint (took, <, 5 * G_TIME_SPAN_SECOND);
}

/* Each byte of a drip comes alone, in its time. */
static void
test_drip_pace (void)
{
  g_autoptr (Server) server = server_new ();
  g_autoptr (FaultProxy) proxy = proxy_new (server->port,
      "{\"at\":65,\"action\":\"drip\",\"bytes\":2,\"interval\":20}");
  gint64 began = g_get_monotonic_time ();
  g_autoptr (GSocket) socket = open_request (proxy, REQUEST);
  g_autofree gchar *answer = NULL;
  gboolean reset;

  answer = read_all (socket, &reset);
  g_assert_cmpstr (answer, ==, ANSWER);
  /* 71 bytes: three drops of two, with two intervals between, at least */
  g_assert_cmpint (
      g_get_monotonic_time () - began, >=, 2 * 20 * G_TIME_SPAN_MILLISECOND);
}

/* Rules of one connection add up; connections count from 1. */
static void
test_several (void)
{
  static const gchar *const expected[] = { "HTTP/1.1 200 OK\r\nContent",
    "HTTP/1.1 500 NO", ANSWER, "HTTP" };
  g_autoptr (Server) server = server_new ();
  g_autoptr (FaultProxy) proxy = proxy_new (
      server->port, "{\"connection\":1,\"at\":24,\"action\":\"close\"}");
  guint i;

  fault_proxy_add (proxy,
      "{\"connection\":2,\"at\":9,\"action\":\"replace\","
      "\"text\":\"500 NO\"}");
  fault_proxy_add (proxy, "{\"connection\":2,\"at\":15,\"action\":\"close\"}");
  fault_proxy_add (proxy,
      "{\"connection\":2,\"at\":4,\"action\":\"drip\","
      "\"interval\":1}");
  fault_proxy_add (proxy, "{\"connection\":2,\"at\":4,\"action\":\"drip\"}");
  fault_proxy_add (proxy, "{\"connection\":4,\"at\":4,\"action\":\"close\"}");
  for (i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_autoptr (GSocket) socket = open_request (proxy, REQUEST);
    g_autofree gchar *answer = NULL;
    gboolean reset;

    answer = read_all (socket, &reset);
    g_assert_cmpstr (answer, ==, expected[i]);
    g_assert_false (reset);
  }
  g_assert_true (fault_proxy_wait_connections (proxy, 4, 0));
  g_assert_false (fault_proxy_wait_connections (proxy, 5, 1));
}

/* More than fits into any buffer, both ways */
static void
test_large (void)
{
  g_autofree gchar *big = g_strnfill (3 * 1000 * 1000, 'x');
  g_autofree gchar *request = g_strconcat ("POST / HTTP/1.1\r\n"
                                           "Content-Length: 3000005\r\n\r\n",
      big, "hello", NULL);
  g_autoptr (Server) server = server_new ();
  g_autoptr (FaultProxy) proxy = proxy_new (
      server->port, "{\"when\":\"after-request\",\"action\":\"reset\"}");
  g_autoptr (GSocket) socket = new_socket (fault_proxy_get_port (proxy));
  g_autofree gchar *received = NULL;
  gsize sent = 0;

  while (sent < strlen (request)) {
    gssize n = g_socket_send (
        socket, request + sent, strlen (request) - sent, NULL, NULL);

    if (n < 0)
      break;
    sent += n;
  }
  received = server_wait (server, 1);
  g_assert_cmpuint (strlen (received), ==, strlen (request));
}

/* Nobody listens there. */
static void
test_no_server (void)
{
  g_autoptr (Server) server = server_new ();
  guint16 port = server->port;
  g_autoptr (FaultProxy) proxy = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autofree gchar *answer = NULL;
  gboolean reset;

  g_clear_pointer (&server, server_free);
  proxy = proxy_new (port, NULL);
  socket = open_request (proxy, REQUEST);
  answer = read_all (socket, &reset);
  g_assert_cmpstr (answer, ==, "");
  g_assert_true (reset);
}

/* What it is there for: paid, and no answer */
static void
test_billed (void)
{
  static const gchar shot[] = "{\"model\":\"hailuo-2-3\",\"prompt\":\"p\","
                              "\"image\":\"https://example.com/i.jpg\"}";
  SimulatorOptions options = { .clip_file = g_getenv ("TEST_CLIP") };
  g_autoptr (GError) error = NULL;
  g_autoptr (Simulator) simulator = simulator_new (&options, &error);
  g_autofree gchar *request = g_strdup_printf (
      "POST /api/v1/videos/generations HTTP/1.1\r\nHost: x\r\n"
      "Authorization: Bearer simulator-key\r\n"
      "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
      strlen (shot), shot);
  g_autoptr (FaultProxy) proxy = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autofree gchar *answer = NULL;
  gboolean reset;

  g_assert_no_error (error);
  proxy = proxy_new (simulator_get_port (simulator),
      "{\"when\":\"after-request\",\"action\":\"reset\"}");
  socket = open_request (proxy, request);
  answer = read_all (socket, &reset);
  g_assert_true (reset);
  g_assert_cmpstr (answer, ==, "");
  g_assert_true (simulator_wait_requests (simulator, "submit", 1, 30000));
  g_assert_cmpuint (simulator_get_billed (simulator), ==, 1);
}

static void
test_bad_rules (void)
{
  static const gchar *const bad[] = {
    "",
    "[]",
    "{}",
    "{\"action\":\"explode\"}",
    "{\"action\":\"reset\",\"At\":5}",
    "{\"action\":\"reset\",\"at\":-1}",
    "{\"action\":\"reset\",\"at\":\"5\"}",
    "{\"action\":\"reset\",\"when\":\"later\"}",
    "{\"action\":\"reset\",\"bytes\":1}",
    "{\"action\":\"drip\",\"bytes\":0}",
    "{\"action\":\"replace\"}",
    "{\"action\":\"replace\",\"text\":\"a\",\"base64\":\"YQ==\"}",
    "{\"action\":\"reset\",\"text\":\"a\"}",
    "{\"when\":\"instead\"}",
    "{\"when\":\"instead\",\"text\":\"a\",\"action\":\"drip\"}",
    "{\"when\":\"after-request\",\"action\":\"reset\",\"at\":5}",
  };
  g_autoptr (FaultProxy) proxy = proxy_new (1, NULL);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (fault_proxy_try_add (proxy, bad[i], &error));
    g_assert_nonnull (error);
  }
}

static gboolean
is_taken (guint16 port)
{
  g_autoptr (GInetAddress)
      loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress)
      address = g_inet_socket_address_new (loopback, port);
  g_autoptr (GSocket) socket = g_socket_new (
      G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

  return !g_socket_bind (socket, address, TRUE, NULL);
}

/* Nobody listens for a while, and nobody else can; what was sent is remembered, and the rules are
 * forgotten. */
static void
test_restart (void)
{
  static const gchar request[] = "GET /ledger HTTP/1.1\r\nHost: a\r\n"
                                 "Connection: close\r\n\r\n";
  const SimulatorOptions options = { .time_scale = 1000 };
  g_autoptr (Simulator) simulator = simulator_new (&options, NULL);
  g_autoptr (FaultProxy) proxy = proxy_new (
      simulator_get_port (simulator), "{\"when\":\"instead\",\"text\":\"no\"}");
  guint16 port = fault_proxy_get_port (proxy);
  guint i;

  for (i = 0; i < 2; i++) {
    g_autoptr (GSocket) socket = open_request (proxy, request);
    gboolean reset;
    g_autofree gchar *answer = read_all (socket, &reset);
    g_autoptr (GBytes) seen = fault_proxy_get_requests (proxy);

    g_assert_cmpint (g_str_equal (answer, "no"), ==, i == 0);
    g_assert_cmpuint (g_bytes_get_size (seen), ==, (i + 1) * strlen (request));
    fault_proxy_stop (proxy);
    g_assert_true (is_taken (port));
    fault_proxy_clear (proxy);
    fault_proxy_start (proxy);
    g_assert_cmpuint (fault_proxy_get_port (proxy), ==, port);
  }
}

int
main (int argc, char **argv)
{
  guint i;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *path = g_strconcat ("/fault/", rows[i].name, NULL);

    g_test_add_data_func (path, &rows[i], test_row);
  }
  for (i = 0; i < G_N_ELEMENTS (stalls); i++) {
    g_autofree gchar *path = g_strconcat ("/stall/", stalls[i].name, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_stall);
  }
  g_test_add_func ("/drip-pace", test_drip_pace);
  g_test_add_func ("/several", test_several);
  g_test_add_func ("/large", test_large);
  g_test_add_func ("/no-server", test_no_server);
  g_test_add_func ("/billed", test_billed);
  g_test_add_func ("/bad-rules", test_bad_rules);
  g_test_add_func ("/restart", test_restart);

  return g_test_run ();
}
