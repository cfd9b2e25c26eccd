/* SPDX-License-Identifier: LGPL-2.1-or-later */
#undef G_DISABLE_ASSERT
#include "server.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PATIENCE (30 * G_TIME_SPAN_SECOND)

struct _Server
{
  ServerFunc func;
  gpointer user_data;
  GSocketListener *listener;
  guint16 port;
  GCancellable *end;
  GThread *acceptor;

  GMutex lock;
  GCond changed;
  GPtrArray *requests; /* ServerRequest */
  guint connections;
  guint stalls;
  GPtrArray *threads; /* GThread */
};

typedef struct
{
  Server *server;
  GSocketConnection *connection;
  guint number;
} Visit;

static void
request_free (gpointer data)
{
  ServerRequest *self = data;

  g_free (self->method);
  g_free (self->target);
  g_free (self->head);
  g_free (self->body);
  g_free (self);
}

/* --- one connection --------------------------------------------------- */

static gsize
get_body_length (const gchar *head)
{
  const gchar *p;

  for (p = strchr (head, '\n'); p != NULL; p = strchr (p, '\n')) {
    p++;
    if (g_ascii_strncasecmp (p, "content-length:", 15) == 0)
      return strtoul (p + 15, NULL, 10);
  }
  return 0;
}

static gboolean
read_more (Visit *visit, GString *input)
{
  GInputStream *from = g_io_stream_get_input_stream (
      G_IO_STREAM (visit->connection));
  gchar bytes[4096];
  gssize n = g_input_stream_read (
      from, bytes, sizeof bytes, visit->server->end, NULL);

  if (n > 0)
    g_string_append_len (input, bytes, n);
  return n > 0;
}

/* Takes a request off @input; NULL where the client has gone. */
static ServerRequest *
read_request (Visit *visit, GString *input)
{
  ServerRequest *request;
  const gchar *end;
  gsize head_length, length;
  g_auto (GStrv) words = NULL;

  while ((end = strstr (input->str, "\r\n\r\n")) == NULL)
    if (!read_more (visit, input))
      return NULL;
  head_length = end + 4 - input->str;
  length = head_length + get_body_length (input->str);
  while (input->len < length)
    if (!read_more (visit, input))
      return NULL;

  words = g_strsplit (input->str, " ", 3);
  request = g_new0 (ServerRequest, 1);
  request->connection = visit->number;
  request->method = g_strdup (words[0]);
  request->target = g_strdup (words[1]);
  request->head = g_strndup (input->str, head_length);
  request->body = g_strndup (input->str + head_length, length - head_length);
  g_string_erase (input, 0, length);
  return request;
}

static void
take_request (Server *self, ServerRequest *request)
{
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->requests, request);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
stall (Visit *visit)
{
  g_autoptr (GString) ignored = g_string_new (NULL);
  Server *self = visit->server;

  g_mutex_lock (&self->lock);
  self->stalls++;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  while (read_more (visit, ignored))
    continue;
}

static void
set_reset (Visit *visit)
{
  const struct linger now = { .l_onoff = 1, .l_linger = 0 };
  gint fd = g_socket_get_fd (
      g_socket_connection_get_socket (visit->connection));

  g_assert_cmpint (
      setsockopt (fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), ==, 0);
}

static void
serve_http (Visit *visit)
{
  Server *self = visit->server;
  GOutputStream *to = g_io_stream_get_output_stream (
      G_IO_STREAM (visit->connection));
  g_autoptr (GString) input = g_string_new (NULL);
  ServerEnd end = SERVER_KEEP;
  guint number = 0;

  while (end == SERVER_KEEP) {
    g_autoptr (GString) answer = g_string_new (NULL);
    ServerRequest *request = read_request (visit, input);

    if (request == NULL)
      return;
    request->number = ++number;
    take_request (self, request);
    end = self->func (self, request, answer, self->user_data);
    if (!g_output_stream_write_all (
            to, answer->str, answer->len, NULL, self->end, NULL))
      return;
  }
  if (end == SERVER_STALL)
    stall (visit);
  else if (end == SERVER_RESET)
    set_reset (visit);
}

static gpointer
serve (gpointer user_data)
{
  Visit *visit = user_data;

  if (visit->server->func != NULL) {
    serve_http (visit);
  } else {
    g_autoptr (GString) input = g_string_new (NULL);

    if (read_more (visit, input)) {
      ServerRequest *request = g_new0 (ServerRequest, 1);

      request->connection = visit->number;
      request->method = g_strdup ("RAW");
      take_request (visit->server, request);
      stall (visit);
    }
  }
  g_io_stream_close (G_IO_STREAM (visit->connection), NULL, NULL);
  g_object_unref (visit->connection);
  g_free (visit);
  return NULL;
}

static gpointer
accept_all (gpointer user_data)
{
  Server *self = user_data;
  GSocketConnection *connection;

  while ((connection = g_socket_listener_accept (
              self->listener, NULL, self->end, NULL))
      != NULL) {
    Visit *visit = g_new0 (Visit, 1);

    visit->server = self;
    visit->connection = connection;
    visit->number = ++self->connections;
    g_ptr_array_add (self->threads, g_thread_new ("visit", serve, visit));
  }
  return NULL;
}

/* --- the server ------------------------------------------------------- */

Server *
server_new (ServerFunc func, gpointer user_data)
{
  g_autoptr (GInetAddress)
      loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;
  Server *self = g_new0 (Server, 1);

  self->func = func;
  self->user_data = user_data;
  self->listener = g_socket_listener_new ();
  self->end = g_cancellable_new ();
  self->requests = g_ptr_array_new_with_free_func (request_free);
  self->threads = g_ptr_array_new ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_socket_listener_add_address (self->listener, any, G_SOCKET_TYPE_STREAM,
      G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
  g_assert_no_error (error);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  self->acceptor = g_thread_new ("acceptor", accept_all, self);
  return self;
}

void
server_free (Server *self)
{
  guint i;

  g_cancellable_cancel (self->end);
  g_thread_join (self->acceptor);
  for (i = 0; i < self->threads->len; i++)
    g_thread_join (g_ptr_array_index (self->threads, i));
  g_ptr_array_unref (self->threads);
  g_ptr_array_unref (self->requests);
  g_socket_listener_close (self->listener);
  g_object_unref (self->listener);
  g_object_unref (self->end);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

guint16
server_get_port (Server *self)
{
  return self->port;
}

/* --- answers ---------------------------------------------------------- */

void
server_write (
    GString *answer, guint status, const gchar *headers, const gchar *body)
{
  g_string_append_printf (answer,
      "HTTP/1.1 %u Answer\r\nContent-Type: application/json\r\n%s"
      "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
      status, headers, strlen (body), body);
}

void
server_write_apixo (GString *answer, const ServerRequest *request)
{
  if (g_str_equal (request->method, "POST"))
    server_write (answer, 200, "",
        "{\"code\":200,\"message\":\"success\","
        "\"data\":{\"taskId\":\"task_12345678\"}}");
  else
    server_write (answer, 200, "",
        "{\"code\":200,\"message\":\"success\",\"data\":"
        "{\"taskId\":\"task_12345678\",\"state\":\"processing\"}}");
}

/* --- what was asked --------------------------------------------------- */

/* lock */
static guint
count (Server *self, const gchar *method)
{
  guint i, n = 0;

  for (i = 0; i < self->requests->len; i++) {
    const ServerRequest *request = g_ptr_array_index (self->requests, i);

    n += method == NULL || g_str_equal (request->method, method);
  }
  return n;
}

guint
server_count (Server *self, const gchar *method)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = count (self, method);
  g_mutex_unlock (&self->lock);
  return n;
}

const ServerRequest *
server_get_request (Server *self, guint n)
{
  const ServerRequest *request;

  g_mutex_lock (&self->lock);
  g_assert_cmpuint (n, <, self->requests->len);
  request = g_ptr_array_index (self->requests, n);
  g_mutex_unlock (&self->lock);
  return request;
}

void
server_wait (Server *self, const gchar *method, guint n)
{
  gint64 until = g_get_monotonic_time () + PATIENCE;

  g_mutex_lock (&self->lock);
  while (count (self, method) < n)
    if (!g_cond_wait_until (&self->changed, &self->lock, until))
      g_error ("%u requests of %u came", count (self, method), n);
  g_mutex_unlock (&self->lock);
}

void
server_wait_stalls (Server *self, guint n)
{
  gint64 until = g_get_monotonic_time () + PATIENCE;

  g_mutex_lock (&self->lock);
  while (self->stalls < n)
    if (!g_cond_wait_until (&self->changed, &self->lock, until))
      g_error ("%u answers of %u stall", self->stalls, n);
  g_mutex_unlock (&self->lock);
}
