/* SPDX-License-Identifier: LGPL-2.1-or-later */
#undef G_DISABLE_ASSERT
#include "server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#define PATIENCE (30 * G_TIME_SPAN_SECOND)

struct _Server
{
  ServerFunc func;
  gpointer user_data;
  Listener *listener;

  GMutex lock;
  GCond changed;
  /* lock: */
  GPtrArray *requests; /* ServerRequest */
  guint stalls;
};

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

gchar *
server_dup_header (const ServerRequest *request, const gchar *name)
{
  g_auto (GStrv) lines = g_strsplit (request->head, "\r\n", -1);
  const gsize length = strlen (name);
  guint i;

  for (i = 1; lines[i] != NULL && lines[0] != NULL; i++) {
    if (g_ascii_strncasecmp (lines[i], name, length) == 0
        && lines[i][length] == ':')
      return g_strstrip (g_strdup (lines[i] + length + 1));
  }
  return g_strdup ("");
}

static gboolean
read_more (GSocket *socket, GString *input)
{
  gchar bytes[4096];
  gssize n = g_socket_receive (socket, bytes, sizeof bytes, NULL, NULL);

  if (n > 0)
    g_string_append_len (input, bytes, n);
  return n > 0;
}

static ServerRequest *
request_new (GSocket *socket, const gchar *head, gsize length)
{
  ServerRequest *self = g_new0 (ServerRequest, 1);
  g_auto (GStrv) words = NULL;

  self->socket = socket;
  self->head = g_strndup (head, length);
  words = g_strsplit (self->head, " ", 3);
  self->method = g_strdup (words[0]);
  self->target = g_strdup (words[1]);
  return self;
}

/* Takes a request off @input; NULL where the client has gone. */
static ServerRequest *
read_request (GSocket *socket, GString *input)
{
  g_autofree gchar *size = NULL;
  ServerRequest *request;
  const gchar *end;
  gsize length;

  while ((end = strstr (input->str, "\r\n\r\n")) == NULL)
    if (!read_more (socket, input))
      return NULL;
  request = request_new (socket, input->str, end + 4 - input->str);
  g_string_erase (input, 0, end + 4 - input->str);
  size = server_dup_header (request, "Content-Length");
  length = g_ascii_strtoull (size, NULL, 10);
  while (input->len < length) {
    if (!read_more (socket, input)) {
      request_free (request);
      return NULL;
    }
  }
  request->body = g_strndup (input->str, length);
  g_string_erase (input, 0, length);
  return request;
}

static void
take_request (Server *self, ServerRequest *request)
{
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->requests, request);
  g_mutex_unlock (&self->lock);
}

static void
stall (Server *self, GSocket *socket)
{
  g_autoptr (GString) ignored = g_string_new (NULL);

  g_mutex_lock (&self->lock);
  self->stalls++;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  while (read_more (socket, ignored))
    continue;
}

/* ListenerServe */
static void
serve_http (GSocket *socket, gpointer user_data)
{
  Server *self = user_data;
  g_autoptr (GString) input = g_string_new (NULL);
  ServerEnd end = SERVER_KEEP;

  /* what is sent in parts does not wait for an acknowledgement of the first */
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  while (end == SERVER_KEEP) {
    g_autoptr (GString) answer = g_string_new (NULL);
    ServerRequest *request = read_request (socket, input);

    if (request == NULL)
      return;
    take_request (self, request);
    end = self->func (self, request, answer, self->user_data);
    if (!listener_send (socket, answer->str, answer->len))
      return;
  }
  if (end == SERVER_STALL)
    stall (self, socket);
}

/* ListenerServe */
static void
serve_raw (GSocket *socket, gpointer user_data)
{
  g_autoptr (GString) input = g_string_new (NULL);

  if (read_more (socket, input)) {
    take_request (user_data, request_new (socket, "RAW ", 4));
    stall (user_data, socket);
  }
}

/* --- the server ------------------------------------------------------- */

Server *
server_new (ServerFunc func, gpointer user_data)
{
  Server *self = g_new0 (Server, 1);

  self->func = func;
  self->user_data = user_data;
  self->requests = g_ptr_array_new_with_free_func (request_free);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->listener = listener_new (func != NULL ? serve_http : serve_raw, self);
  return self;
}

void
server_free (Server *self)
{
  listener_free (self->listener);
  g_ptr_array_unref (self->requests);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

guint16
server_get_port (Server *self)
{
  return listener_get_port (self->listener);
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

guint
server_count (Server *self, const gchar *method)
{
  guint i, n = 0;

  g_mutex_lock (&self->lock);
  for (i = 0; i < self->requests->len; i++) {
    const ServerRequest *request = g_ptr_array_index (self->requests, i);

    n += method == NULL || g_str_equal (request->method, method);
  }
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
server_wait_stalls (Server *self, guint n)
{
  gint64 until = g_get_monotonic_time () + PATIENCE;

  g_mutex_lock (&self->lock);
  while (self->stalls < n)
    if (!g_cond_wait_until (&self->changed, &self->lock, until))
      g_error ("%u answers of %u stall", self->stalls, n);
  g_mutex_unlock (&self->lock);
}
