/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* faultproxy.c: the object: rules, accepting, counting, the end. */
#include "faultproxy-private.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

struct _FaultProxy
{
  /* constant while it listens */
  guint16 target_port;
  guint16 port;
  GSocket *keeper;           /* has the port while nobody listens */
  GSocket *listener;         /* (nullable) */
  GCancellable *cancellable; /* ends all threads */
  GThread *acceptor;

  /* guards what follows; nothing blocks with it held */
  GMutex lock;
  GCond changed;      /* the counters */
  GPtrArray *rules;   /* (element-type FaultRule) (owned) */
  GPtrArray *threads; /* (element-type GThread) (owned) */
  GByteArray *requests;
  guint connections;
  guint faults;
};

typedef struct
{
  FaultProxy *proxy;
  GSocket *client;  /* (owned) */
  GPtrArray *rules; /* (element-type FaultRule) (owned) */
} Job;

guint16
fault_proxy_get_target (FaultProxy *self)
{
  return self->target_port;
}

GCancellable *
fault_proxy_get_cancellable (FaultProxy *self)
{
  return self->cancellable;
}

void
fault_proxy_count_fault (FaultProxy *self)
{
  g_mutex_lock (&self->lock);
  self->faults++;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

void
fault_proxy_note_request (FaultProxy *self, gconstpointer data, gsize size)
{
  g_mutex_lock (&self->lock);
  g_byte_array_append (self->requests, data, size);
  g_mutex_unlock (&self->lock);
}

static gpointer
run_connection (gpointer data)
{
  g_autofree Job *job = data;

  fault_connection_run (job->proxy, job->client, job->rules);
  g_object_unref (job->client);
  g_ptr_array_unref (job->rules);
  return NULL;
}

/* The rules for the Nth connection.  lock */
static GPtrArray *
select_rules (FaultProxy *self, guint n)
{
  GPtrArray *selected = g_ptr_array_new_with_free_func (
      (GDestroyNotify) fault_rule_unref);
  guint i;

  for (i = 0; i < self->rules->len; i++) {
    FaultRule *rule = g_ptr_array_index (self->rules, i);

    if (rule->connection == 0 || rule->connection == n)
      g_ptr_array_add (selected, fault_rule_ref (rule));
  }
  return selected;
}

static gpointer
run_acceptor (gpointer data)
{
  FaultProxy *self = data;
  GSocket *client;

  while ((client = g_socket_accept (self->listener, self->cancellable, NULL))
      != NULL) {
    Job *job = g_new (Job, 1);

    g_mutex_lock (&self->lock);
    self->connections++;
    *job = (Job){
      .proxy = self,
      .client = client,
      .rules = select_rules (self, self->connections),
    };
    g_ptr_array_add (
        self->threads, g_thread_new ("fault-connection", run_connection, job));
    g_cond_broadcast (&self->changed);
    g_mutex_unlock (&self->lock);
  }
  return NULL;
}

/* Another one with the port of those before it.  GLib's own bind takes
 * SO_REUSEPORT back. (transfer full) (nullable) */
static GSocket *
bind_socket (FaultProxy *self, GError **error)
{
  struct sockaddr_in address = {
    .sin_family = AF_INET,
    .sin_port = g_htons (self->port),
    .sin_addr.s_addr = g_htonl (INADDR_LOOPBACK),
  };
  socklen_t length = sizeof address;
  g_autoptr (GSocket) socket = g_socket_new (
      G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);

  if (socket == NULL
      || !g_socket_set_option (socket, SOL_SOCKET, SO_REUSEPORT, TRUE, error))
    return NULL;
  if (bind (g_socket_get_fd (socket), (struct sockaddr *) &address, length) != 0
      || getsockname (
             g_socket_get_fd (socket), (struct sockaddr *) &address, &length)
          != 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
        "no port: %s", g_strerror (errno));
    return NULL;
  }
  self->port = g_ntohs (address.sin_port);
  return g_steal_pointer (&socket);
}

static gboolean
start_listening (FaultProxy *self, GError **error)
{
  self->listener = bind_socket (self, error);
  return self->listener != NULL && g_socket_listen (self->listener, error);
}

FaultProxy *
fault_proxy_new (guint16 target_port, GError **error)
{
  g_autoptr (FaultProxy) self = g_new0 (FaultProxy, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->target_port = target_port;
  self->cancellable = g_cancellable_new ();
  self->rules = g_ptr_array_new_with_free_func (
      (GDestroyNotify) fault_rule_unref);
  self->threads = g_ptr_array_new ();
  self->requests = g_byte_array_new ();
  self->keeper = bind_socket (self, error);
  if (self->keeper == NULL || !start_listening (self, error))
    return NULL;
  self->acceptor = g_thread_new ("fault-acceptor", run_acceptor, self);
  return g_steal_pointer (&self);
}

void
fault_proxy_stop (FaultProxy *self)
{
  guint i;

  g_cancellable_cancel (self->cancellable);
  /* first the one that makes the others */
  g_clear_pointer (&self->acceptor, g_thread_join);
  for (i = 0; i < self->threads->len; i++)
    g_thread_join (g_ptr_array_index (self->threads, i));
  g_ptr_array_set_size (self->threads, 0);
  g_clear_object (&self->listener);
}

void
fault_proxy_start (FaultProxy *self)
{
  g_autoptr (GError) error = NULL;

  if (self->listener != NULL)
    return;
  g_cancellable_reset (self->cancellable);
  if (!start_listening (self, &error))
    g_error ("%s", error->message);
  self->acceptor = g_thread_new ("fault-acceptor", run_acceptor, self);
}

void
fault_proxy_free (FaultProxy *self)
{
  if (self == NULL)
    return;

  fault_proxy_stop (self);
  g_clear_object (&self->keeper);
  g_ptr_array_unref (self->threads);
  g_ptr_array_unref (self->rules);
  g_byte_array_unref (self->requests);
  g_object_unref (self->cancellable);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

guint16
fault_proxy_get_port (FaultProxy *self)
{
  return self->port;
}

gboolean
fault_proxy_try_add (FaultProxy *self, const gchar *json_rule, GError **error)
{
  FaultRule *rule = fault_rule_new (json_rule, error);

  if (rule == NULL)
    return FALSE;
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->rules, rule);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

void
fault_proxy_add (FaultProxy *self, const gchar *json_rule)
{
  g_autoptr (GError) error = NULL;

  if (!fault_proxy_try_add (self, json_rule, &error))
    g_error ("%s in the rule %s", error->message, json_rule);
}

void
fault_proxy_clear (FaultProxy *self)
{
  g_mutex_lock (&self->lock);
  g_ptr_array_set_size (self->rules, 0);
  g_mutex_unlock (&self->lock);
}

GBytes *
fault_proxy_get_requests (FaultProxy *self)
{
  GBytes *bytes;

  g_mutex_lock (&self->lock);
  bytes = g_bytes_new (self->requests->data, self->requests->len);
  g_mutex_unlock (&self->lock);
  return bytes;
}

static guint
get_counter (FaultProxy *self, const guint *counter)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = *counter;
  g_mutex_unlock (&self->lock);
  return n;
}

static gboolean
wait_counter (FaultProxy *self, const guint *counter, guint n, guint timeout_ms)
{
  gint64 until = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;
  gboolean reached;

  g_mutex_lock (&self->lock);
  while (!(reached = *counter >= n))
    if (!g_cond_wait_until (&self->changed, &self->lock, until))
      break;
  g_mutex_unlock (&self->lock);
  return reached;
}

guint
fault_proxy_get_connections (FaultProxy *self)
{
  return get_counter (self, &self->connections);
}

guint
fault_proxy_get_faults (FaultProxy *self)
{
  return get_counter (self, &self->faults);
}

gboolean
fault_proxy_wait_connections (FaultProxy *self, guint n, guint timeout_ms)
{
  return wait_counter (self, &self->connections, n, timeout_ms);
}

gboolean
fault_proxy_wait_faults (FaultProxy *self, guint n, guint timeout_ms)
{
  return wait_counter (self, &self->faults, n, timeout_ms);
}
