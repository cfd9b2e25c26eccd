/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host.c: one request on each connection. */
#include "host.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "listener.h"

#define HEAD_MAX 16384

struct _Host
{
  Simulator *simulator;
  Listener *listener;
  guint16 ports[2]; /* API, files */

  GMutex lock;
  /* lock: */
  const HostAnswer *answers[HOST_N_PLACES];
  guint n_answers[HOST_N_PLACES];
  guint next[HOST_N_PLACES];
  guint counts[HOST_N_PLACES];
  guint wrong_keys;
  guint64 most_sent;
  gchar *range;
};

typedef struct
{
  gchar head[HEAD_MAX]; /* and what came of the body with it */
  gsize size;
  gsize head_size;
  HostPlace place;
} Request;

static gboolean
send_all (GSocket *socket, const gchar *data, gsize size)
{
  while (size > 0) {
    gssize n = g_socket_send (socket, data, size, NULL, NULL);

    if (n <= 0)
      return FALSE;
    data += n;
    size -= n;
  }
  return TRUE;
}

/* (transfer full) "": not there */
static gchar *
dup_header (const Request *request, const gchar *name)
{
  g_autofree gchar *head = g_strndup (request->head, request->head_size);
  g_auto (GStrv) lines = g_strsplit (head, "\r\n", -1);
  guint i;

  for (i = 0; lines[i] != NULL; i++) {
    const gchar *colon = strchr (lines[i], ':');

    if (colon != NULL && (gsize) (colon - lines[i]) == strlen (name)
        && g_ascii_strncasecmp (lines[i], name, strlen (name)) == 0)
      return g_strstrip (g_strdup (colon + 1));
  }
  return g_strdup ("");
}

/* Head and body, both small */
static gboolean
read_request (GSocket *socket, gboolean is_file, Request *request)
{
  gsize wanted = G_MAXSIZE;

  request->size = request->head_size = 0;
  while (request->size < wanted) {
    gssize n = g_socket_receive (socket, request->head + request->size,
        HEAD_MAX - 1 - request->size, NULL, NULL);
    const gchar *end;

    if (n <= 0)
      return FALSE;
    request->size += n;
    request->head[request->size] = '\0';
    end = strstr (request->head, "\r\n\r\n");
    if (end != NULL && request->head_size == 0) {
      g_autofree gchar *length = NULL;

      request->head_size = end + 4 - request->head;
      length = dup_header (request, "Content-Length");
      wanted = request->head_size + g_ascii_strtoull (length, NULL, 10);
    }
  }
  request->place = is_file                        ? HOST_FILE
      : g_str_has_prefix (request->head, "POST ") ? HOST_SUBMIT
                                                  : HOST_POLL;
  return TRUE;
}

/* What is sent in parts does not wait for an acknowledgement of the first. */
static void
set_no_delay (GSocket *socket)
{
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
}

/* To the simulator; its answer goes to @client and @copy, or nowhere. */
static void
forward (Host *self, const Request *request, GSocket *client, GString *copy)
{
  guint16 port = request->place == HOST_FILE
      ? simulator_get_files_port (self->simulator)
      : simulator_get_port (self->simulator);
  const gchar *rest = strstr (request->head, "\r\n") + 2;
  g_autoptr (GSocketConnection) connection = listener_connect (port);
  gchar buffer[16384];
  GSocket *server;
  gssize n;

  if (connection == NULL)
    return;
  server = g_socket_connection_get_socket (connection);
  set_no_delay (server);
  if (!send_all (server, request->head, rest - request->head)
      || !send_all (server, "Connection: close\r\n", 19)
      || !send_all (server, rest, request->head + request->size - rest))
    return;
  while (
      (n = g_socket_receive (server, buffer, sizeof buffer, NULL, NULL)) > 0) {
    if (copy != NULL)
      g_string_append_len (copy, buffer, n);
    if (client != NULL && !send_all (client, buffer, n))
      break;
  }
}

/* (transfer full) */
static gchar *
fill_in (const gchar *text, const gchar *own)
{
  const gchar *end = strstr (own, "\r\n\r\n");
  const gchar *body = end != NULL ? end + 4 : "";
  const guint size = strlen (body);
  const struct
  {
    const gchar *name;
    guint value;
    gboolean hex;
  } numbers[] = {
    { "@chunk@", size, TRUE },
    { "@long@", size + 10, FALSE },
    { "@long-chunk@", size + 10, TRUE },
  };
  GString *filled = g_string_new (text);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (numbers); i++) {
    gchar value[16];

    g_snprintf (
        value, sizeof value, numbers[i].hex ? "%x" : "%u", numbers[i].value);
    g_string_replace (filled, numbers[i].name, value, 0);
  }
  g_string_replace (filled, "@body@", body, 0);
  return g_string_free (filled, FALSE);
}

/* FALSE: the client has gone, or sent something. */
static gboolean
is_quiet (GSocket *socket, guint ms)
{
  return !g_socket_condition_timed_wait (
      socket, G_IO_IN | G_IO_HUP, ms * G_GINT64_CONSTANT (1000), NULL, NULL);
}

static guint64
send_units (GSocket *socket, const HostAnswer *answer)
{
  const gsize size = answer->unit_size != 0 ? answer->unit_size
                                            : strlen (answer->unit);
  const gchar *data = answer->unit;
  gchar packed[4096];
  gsize at_once = size;
  guint64 sent = 0;

  /* small ones many at a time */
  if (answer->pause == 0 && size < sizeof packed / 2) {
    for (at_once = 0; at_once + size <= sizeof packed; at_once += size)
      memcpy (packed + at_once, answer->unit, size);
    data = packed;
  }
  while (sent < answer->limit) {
    gsize n = MIN (at_once, answer->limit - sent);

    if ((answer->pause > 0 && !is_quiet (socket, answer->pause))
        || !send_all (socket, data, n))
      break;
    sent += n;
  }
  return sent;
}

static void
send_answer (Host *self, const HostAnswer *answer, GSocket *socket)
{
  gsize size = answer->start_size >= 0 ? (gsize) answer->start_size
                                       : strlen (answer->start);
  guint64 sent = 0;

  if (!send_all (socket, answer->start, size))
    return;
  if (answer->unit != NULL)
    sent = send_units (socket, answer);
  g_mutex_lock (&self->lock);
  self->most_sent = MAX (self->most_sent, sent);
  g_mutex_unlock (&self->lock);
  if (answer->end != NULL
      && !send_all (socket, answer->end, strlen (answer->end)))
    return;
  if (answer->stay)
    is_quiet (socket, FIXTURE_PATIENCE_MS * 10);
}

/* With no start: the simulator's own */
static HostAnswer
take_answer (Host *self, const Request *request)
{
  const HostPlace place = request->place;
  g_autofree gchar *key = dup_header (request, "Authorization");
  const gboolean right = place == HOST_FILE
      ? strstr (request->head, FIXTURE_KEY) == NULL
      : g_str_equal (key, "Bearer " FIXTURE_KEY);
  HostAnswer answer = { 0 };

  g_mutex_lock (&self->lock);
  self->counts[place]++;
  self->wrong_keys += right ? 0 : 1;
  if (place == HOST_FILE) {
    g_free (self->range);
    self->range = dup_header (request, "Range");
  }
  if (self->n_answers[place] > 0) {
    answer = self->answers[place][self->next[place]];
    if (self->next[place] + 1 < self->n_answers[place])
      self->next[place]++;
  }
  g_mutex_unlock (&self->lock);
  return answer;
}

/* ListenerServe */
static void
serve (GSocket *socket, gpointer user_data)
{
  Host *self = user_data;
  g_autoptr (GSocketAddress)
      address = g_socket_get_local_address (socket, NULL);
  const guint16 port = g_inet_socket_address_get_port (
      G_INET_SOCKET_ADDRESS (address));
  g_autoptr (GString) own = g_string_new (NULL);
  g_autofree gchar *filled = NULL;
  Request request;
  HostAnswer answer;

  set_no_delay (socket);
  if (!read_request (socket, port == self->ports[1], &request))
    return;
  answer = take_answer (self, &request);
  if (answer.start == NULL || request.place == HOST_SUBMIT)
    forward (self, &request, answer.start == NULL ? socket : NULL,
        answer.own ? own : NULL);
  if (answer.own)
    answer.start = filled = fill_in (answer.start, own->str);
  if (answer.start != NULL)
    send_answer (self, &answer, socket);
}

/* The API's paths are the simulator's. */
static void
introduce (Host *self, Fixture *fixture)
{
  const gchar *base = simulator_get_base_url (fixture->simulator, "apixo");
  const gchar *path = strchr (strstr (base, "://") + 3, '/');
  g_autofree gchar *api = g_strdup_printf (
      "http://127.0.0.1:%u%s", self->ports[0], path);
  g_autofree gchar *files = g_strdup_printf (
      "http://127.0.0.1:%u", self->ports[1]);

  simulator_set_link_origin (fixture->simulator, files);
  fixture_script (fixture, "[{'on':'task','work':0}]");
  fixture_set (fixture, "base-url", api, "retries", 0, "first-poll", 1,
      "poll-interval", 1);
}

Host *
host_new (Fixture *fixture)
{
  Host *self = g_new0 (Host, 1);
  GSocketListener *sockets = g_socket_listener_new ();
  g_autoptr (GInetAddress)
      loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  guint i;

  self->simulator = fixture->simulator;
  g_mutex_init (&self->lock);
  for (i = 0; i < G_N_ELEMENTS (self->ports); i++) {
    g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
    g_autoptr (GSocketAddress) address = NULL;
    g_autoptr (GError) error = NULL;

    g_socket_listener_add_address (sockets, any, G_SOCKET_TYPE_STREAM,
        G_SOCKET_PROTOCOL_TCP, NULL, &address, &error);
    g_assert_no_error (error);
    self->ports[i] = g_inet_socket_address_get_port (
        G_INET_SOCKET_ADDRESS (address));
  }
  self->listener = listener_new (sockets, self->ports[0], serve, self);
  introduce (self, fixture);
  return self;
}

void
host_free (Host *self)
{
  listener_free (self->listener);
  g_free (self->range);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
host_answer (Host *self, HostPlace place, const HostAnswer *answers, guint n)
{
  g_mutex_lock (&self->lock);
  self->answers[place] = answers;
  self->n_answers[place] = n;
  self->next[place] = 0;
  g_mutex_unlock (&self->lock);
}

guint
host_count (Host *self, HostPlace place)
{
  guint count;

  g_mutex_lock (&self->lock);
  count = self->counts[place];
  g_mutex_unlock (&self->lock);
  return count;
}

guint64
host_get_most_sent (Host *self)
{
  guint64 most;

  g_mutex_lock (&self->lock);
  most = self->most_sent;
  g_mutex_unlock (&self->lock);
  return most;
}

void
host_assert_keys (Host *self)
{
  g_mutex_lock (&self->lock);
  g_assert_cmpuint (self->wrong_keys, ==, 0);
  g_mutex_unlock (&self->lock);
}

gchar *
host_get_range (Host *self)
{
  gchar *range;

  g_mutex_lock (&self->lock);
  range = g_strdup (self->range != NULL ? self->range : "");
  g_mutex_unlock (&self->lock);
  return range;
}
