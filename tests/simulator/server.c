/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* server.c: HTTP in and out.  One thread for each connection, so a delayed
 * answer holds up nobody else. */
#include <errno.h>
#include <unistd.h>
#include <netinet/in.h>
#include <string.h>

#include "simulator-private.h"

/* More than any request of a client that is well */
#define MAX_BODY (16 * 1024 * 1024)

#define BLOCK_SIZE (32 * 1024)

/* Requests */

/* MHD_OPTION_URI_LOG_CALLBACK: the only place that shows the target as it was
 * sent; what it returns becomes the request's context. */
static void *
on_target (void *data, const char *target, struct MHD_Connection *connection)
{
  SimRequest *request = g_new0 (SimRequest, 1);

  request->target = g_strdup (target);
  return request;
}

void
sim_request_free (SimRequest *request)
{
  g_free (request->method);
  g_free (request->target);
  g_free (request->path);
  g_clear_pointer (&request->query, g_hash_table_unref);
  g_clear_pointer (&request->headers, g_hash_table_unref);
  if (request->body != NULL)
    g_string_free (request->body, TRUE);
  g_free (request);
}

/* MHD_OPTION_NOTIFY_COMPLETED */
static void
on_completed (void *data, struct MHD_Connection *connection, void **context,
    enum MHD_RequestTerminationCode how)
{
  SimRequest *request = *context;

  if (request != NULL && !request->logged)
    sim_request_free (request);
  *context = NULL;
}

static enum MHD_Result
on_query (
    void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
  g_hash_table_insert (
      data, g_strdup (name), g_strdup (value != NULL ? value : ""));
  return MHD_YES;
}

static enum MHD_Result
on_header (
    void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
  gchar *key = g_ascii_strdown (name, -1);
  const gchar *before = g_hash_table_lookup (data, key);

  g_hash_table_insert (data, key,
      before == NULL ? g_strdup (value)
                     : g_strdup_printf ("%s, %s", before, value));
  return MHD_YES;
}

static void
begin_request (SimRequest *request, struct MHD_Connection *connection,
    const gchar *path, const gchar *method, gboolean files_port)
{
  request->method = g_strdup (method);
  request->path = g_strdup (path);
  request->files_port = files_port;
  request->body = g_string_new (NULL);
  request->query = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, g_free);
  request->headers = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, g_free);
  MHD_get_connection_values (
      connection, MHD_GET_ARGUMENT_KIND, on_query, request->query);
  MHD_get_connection_values (
      connection, MHD_HEADER_KIND, on_header, request->headers);
}

/* Answers */

void
sim_answer_set_header (SimAnswer *answer, const gchar *name, const gchar *value)
{
  g_hash_table_insert (answer->headers, g_strdup (name), g_strdup (value));
}

/* (text: transfer full) */
void
sim_answer_take_text (
    SimAnswer *answer, guint status, const gchar *type, gchar *text)
{
  answer->status = status;
  answer->body = g_bytes_new_take (text, strlen (text));
  sim_answer_set_header (answer, "content-type", type);
}

static void
sim_answer_clear (SimAnswer *answer)
{
  g_hash_table_unref (answer->headers);
  g_clear_pointer (&answer->body, g_bytes_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SimAnswer, sim_answer_clear)

typedef struct
{
  GBytes *body;
  guint64 cut;
} BodyReader;

/* MHD_ContentReaderCallback */
static ssize_t
read_body (void *data, uint64_t position, char *buffer, size_t max)
{
  BodyReader *reader = data;
  gsize size;
  const gchar *bytes = g_bytes_get_data (reader->body, &size);
  guint64 end = MIN (size, reader->cut);

  if (position >= end)
    return reader->cut < size ? MHD_CONTENT_READER_END_WITH_ERROR
                              : MHD_CONTENT_READER_END_OF_STREAM;
  max = MIN (max, end - position);
  memcpy (buffer, bytes + position, max);
  return max;
}

static void
free_reader (void *data)
{
  BodyReader *reader = data;

  g_bytes_unref (reader->body);
  g_free (reader);
}

static struct MHD_Response *
new_response (const SimAnswer *answer)
{
  BodyReader *reader = g_new (BodyReader, 1);
  struct MHD_Response *response;
  GHashTableIter iter;
  gpointer name, value;

  *reader = (BodyReader){
    .body = g_bytes_ref (answer->body),
    .cut = answer->cut,
  };
  response = MHD_create_response_from_callback (
      answer->chunked ? MHD_SIZE_UNKNOWN : g_bytes_get_size (answer->body),
      BLOCK_SIZE, read_body, reader, free_reader);

  g_hash_table_iter_init (&iter, answer->headers);
  while (g_hash_table_iter_next (&iter, &name, &value))
    if (MHD_add_response_header (response, name, value) != MHD_YES)
      g_warning ("The header \"%s: %s\" cannot be sent", (gchar *) name,
          (gchar *) value);
  return response;
}

gboolean
sim_sleep_until (Simulator *self, gint64 until)
{
  gboolean quitting;

  g_mutex_lock (&self->lock);
  while (!self->quitting && g_get_monotonic_time () < until)
    g_cond_wait_until (&self->changed, &self->lock, until);
  quitting = self->quitting;
  g_mutex_unlock (&self->lock);
  return !quitting;
}

static enum MHD_Result
answer_request (
    SimPort *port, SimRequest *request, struct MHD_Connection *connection)
{
  g_auto (SimAnswer) answer = {
    .headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
    .cut = SIM_NO_CUT,
  };
  struct MHD_Response *response;
  enum MHD_Result result;

  if (port->is_files)
    sim_files_answer (port->simulator, request, &answer);
  else
    sim_api_answer (port->simulator, request, &answer);

  if (!sim_sleep_until (port->simulator,
          g_get_monotonic_time () + answer.delay * G_TIME_SPAN_MILLISECOND)
      || answer.drop)
    return MHD_NO;

  response = new_response (&answer);
  result = MHD_queue_response (connection, answer.status, response);
  MHD_destroy_response (response);
  return result;
}

/* MHD_AccessHandlerCallback: called when the headers are there, for each part
 * of the body, and when all is read */
static enum MHD_Result
on_request (void *data, struct MHD_Connection *connection, const char *path,
    const char *method, const char *version, const char *upload,
    size_t *upload_size, void **context)
{
  SimPort *port = data;
  SimRequest *request = *context;

  if (request->method == NULL) {
    begin_request (request, connection, path, method, port->is_files);
    return MHD_YES;
  }
  if (*upload_size > 0) {
    if (request->body->len + *upload_size > MAX_BODY)
      return MHD_NO;
    g_string_append_len (request->body, upload, *upload_size);
    *upload_size = 0;
    return MHD_YES;
  }
  return answer_request (port, request, connection);
}

/* Not left to libmicrohttpd, which may lose errno: -1 and errno */
static gint
open_listener (guint16 wanted)
{
  const struct sockaddr_in address = {
    .sin_family = AF_INET,
    .sin_port = g_htons (wanted),
    .sin_addr.s_addr = g_htonl (INADDR_LOOPBACK),
  };
  const gint fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const gint on = 1;
  gint saved;

  if (fd < 0)
    return -1;
  if (setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0
      && bind (fd, (const struct sockaddr *) &address, sizeof address) == 0
      && listen (fd, SOMAXCONN) == 0)
    return fd;
  saved = errno;
  close (fd);
  errno = saved;
  return -1;
}

gboolean
sim_port_listen (SimPort *port, guint16 wanted, GError **error)
{
  Simulator *self = port->simulator;
  const gint fd = open_listener (wanted);
  struct MHD_OptionItem tls[] = {
    { MHD_OPTION_HTTPS_MEM_CERT, 0, self->cert },
    { MHD_OPTION_HTTPS_MEM_KEY, 0, self->key },
    { MHD_OPTION_END, 0, NULL },
  };
  struct MHD_OptionItem none = { MHD_OPTION_END, 0, NULL };
  const union MHD_DaemonInfo *info;

  if (fd < 0) {
    const gint saved = errno;

    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved),
        "Cannot listen on 127.0.0.1:%u: %s", wanted, g_strerror (saved));
    return FALSE;
  }
  port->daemon = MHD_start_daemon (MHD_USE_INTERNAL_POLLING_THREAD
          | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL
          | (self->cert != NULL ? MHD_USE_TLS : 0),
      0, NULL, NULL, on_request, port, MHD_OPTION_LISTEN_SOCKET, fd,
      MHD_OPTION_URI_LOG_CALLBACK, on_target, NULL, MHD_OPTION_NOTIFY_COMPLETED,
      on_completed, NULL, MHD_OPTION_ARRAY, self->cert != NULL ? tls : &none,
      MHD_OPTION_END);
  if (port->daemon == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
        "Cannot listen on 127.0.0.1:%u: no certificate and key that can be"
        " used",
        wanted);
    close (fd);
    return FALSE;
  }

  info = MHD_get_daemon_info (port->daemon, MHD_DAEMON_INFO_BIND_PORT);
  port->port = info->port;
  port->origin = g_strdup_printf (
      "%s://127.0.0.1:%u", self->cert != NULL ? "https" : "http", port->port);
  return TRUE;
}

void
sim_port_stop (SimPort *port)
{
  g_clear_pointer (&port->daemon, MHD_stop_daemon);
  g_clear_pointer (&port->origin, g_free);
}
