/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host.c: one request on each connection. */
#include "host.h"

#include <string.h>

#include "server.h"

/* One of its ports */
typedef struct
{
  Host *host;
  gboolean files; /* else the API */
  Server *server;
} Port;

struct _Host
{
  Simulator *simulator;
  Port api, files;

  GMutex lock;
  /* lock: */
  const HostAnswer *answers[HOST_N_PLACES];
  guint n_answers[HOST_N_PLACES];
  guint next[HOST_N_PLACES];
  guint counts[HOST_N_PLACES];
  guint wrong_keys;
  guint64 most_sent;
};

/* To the simulator; its answer goes to the client and to @copy, or nowhere. */
static void
forward (
    Port *self, const ServerRequest *request, gboolean answer, GString *copy)
{
  Simulator *simulator = self->host->simulator;
  g_autoptr (GSocketConnection) connection = listener_connect (self->files
          ? simulator_get_files_port (simulator)
          : simulator_get_port (simulator));
  const gchar *rest = strstr (request->head, "\r\n") + 2;
  g_autofree gchar *all = g_strdup_printf ("%.*sConnection: close\r\n%s%s",
      (int) (rest - request->head), request->head, rest, request->body);
  gchar buffer[16384];
  GSocket *server;
  gssize n;

  if (connection == NULL)
    return;
  server = g_socket_connection_get_socket (connection);
  if (!listener_send (server, all, strlen (all)))
    return;
  while (
      (n = g_socket_receive (server, buffer, sizeof buffer, NULL, NULL)) > 0) {
    if (copy != NULL)
      g_string_append_len (copy, buffer, n);
    if (answer && !listener_send (request->socket, buffer, n))
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
        || !listener_send (socket, data, n))
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

  if (!listener_send (socket, answer->start, size))
    return;
  if (answer->unit != NULL)
    sent = send_units (socket, answer);
  g_mutex_lock (&self->lock);
  self->most_sent = MAX (self->most_sent, sent);
  g_mutex_unlock (&self->lock);
  if (answer->end != NULL
      && !listener_send (socket, answer->end, strlen (answer->end)))
    return;
  if (answer->stay)
    is_quiet (socket, FIXTURE_PATIENCE_MS * 10);
}

/* With no start: the simulator's own */
static HostAnswer
take_answer (Host *self, const ServerRequest *request, HostPlace place)
{
  g_autofree gchar *key = server_dup_header (request, "Authorization");
  const gboolean right = place == HOST_FILE
      ? strstr (request->head, FIXTURE_KEY) == NULL
      : g_str_equal (key, "Bearer " FIXTURE_KEY);
  HostAnswer answer = { 0 };

  g_mutex_lock (&self->lock);
  self->counts[place]++;
  self->wrong_keys += right ? 0 : 1;
  if (self->n_answers[place] > 0) {
    answer = self->answers[place][self->next[place]];
    if (self->next[place] + 1 < self->n_answers[place])
      self->next[place]++;
  }
  g_mutex_unlock (&self->lock);
  return answer;
}

/* ServerFunc */
static ServerEnd
serve (Server *server, const ServerRequest *request, GString *nothing,
    gpointer user_data)
{
  Port *self = user_data;
  const HostPlace place = self->files         ? HOST_FILE
      : g_str_equal (request->method, "POST") ? HOST_SUBMIT
                                              : HOST_POLL;
  HostAnswer answer = take_answer (self->host, request, place);
  g_autoptr (GString) own = g_string_new (NULL);
  g_autofree gchar *filled = NULL;

  if (answer.start == NULL || place == HOST_SUBMIT)
    forward (self, request, answer.start == NULL, answer.own ? own : NULL);
  if (answer.own)
    answer.start = filled = fill_in (answer.start, own->str);
  if (answer.start != NULL)
    send_answer (self->host, &answer, request->socket);
  return SERVER_CLOSE;
}

/* The API's paths are the simulator's. */
static void
introduce (Host *self, Fixture *fixture)
{
  const gchar *base = simulator_get_base_url (fixture->simulator, "apixo");
  const gchar *path = strchr (strstr (base, "://") + 3, '/');
  g_autofree gchar *api = g_strdup_printf (
      "http://127.0.0.1:%u%s", server_get_port (self->api.server), path);
  g_autofree gchar *files = g_strdup_printf (
      "http://127.0.0.1:%u", server_get_port (self->files.server));

  simulator_set_link_origin (fixture->simulator, files);
  fixture_script (fixture, "[{'on':'task','work':0}]");
  fixture_set (fixture, "base-url", api, "retries", 0, "first-poll", 1,
      "poll-interval", 1);
}

Host *
host_new (Fixture *fixture)
{
  Host *self = g_new0 (Host, 1);

  self->simulator = fixture->simulator;
  g_mutex_init (&self->lock);
  self->api.host = self->files.host = self;
  self->files.files = TRUE;
  self->api.server = server_new (serve, &self->api);
  self->files.server = server_new (serve, &self->files);
  introduce (self, fixture);
  return self;
}

void
host_free (Host *self)
{
  server_free (self->api.server);
  server_free (self->files.server);
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
