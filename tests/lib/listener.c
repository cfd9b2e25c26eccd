/* SPDX-License-Identifier: LGPL-2.1-or-later */
#undef G_DISABLE_ASSERT
#include "listener.h"

struct _Listener
{
  GSocketListener *sockets;
  guint16 port;
  ListenerServe serve;
  gpointer user_data;
  GThread *thread;

  GMutex lock;
  GCond idle;
  /* lock: */
  gboolean stopping;
  GPtrArray *open; /* GSocketConnection: those that are served */
};

typedef struct
{
  Listener *listener;
  GSocketConnection *connection;
} Visit;

static gpointer
run_visit (gpointer user_data)
{
  Visit *visit = user_data;
  Listener *self = visit->listener;

  self->serve (
      g_socket_connection_get_socket (visit->connection), self->user_data);
  g_mutex_lock (&self->lock);
  g_ptr_array_remove_fast (self->open, visit->connection);
  g_object_unref (visit->connection);
  g_cond_signal (&self->idle);
  g_mutex_unlock (&self->lock);
  g_free (visit);
  return NULL;
}

/* FALSE: it is the last one. */
static gboolean
begin_visit (Listener *self, GSocketConnection *connection)
{
  Visit *visit;
  gboolean stopping;

  g_mutex_lock (&self->lock);
  stopping = self->stopping;
  if (!stopping)
    g_ptr_array_add (self->open, connection);
  g_mutex_unlock (&self->lock);
  if (stopping) {
    g_object_unref (connection);
    return FALSE;
  }
  visit = g_new (Visit, 1);
  visit->listener = self;
  visit->connection = connection;
  g_thread_unref (g_thread_new ("visit", run_visit, visit));
  return TRUE;
}

static gpointer
run (gpointer user_data)
{
  Listener *self = user_data;
  GSocketConnection *connection;

  do {
    g_autoptr (GError) error = NULL;

    connection = g_socket_listener_accept (self->sockets, NULL, NULL, &error);
    g_assert_no_error (error);
  } while (begin_visit (self, connection));
  return NULL;
}

Listener *
listener_new_at (GSocketListener *sockets, guint16 port, ListenerServe serve,
    gpointer user_data)
{
  Listener *self = g_new0 (Listener, 1);

  self->sockets = sockets;
  self->port = port;
  self->serve = serve;
  self->user_data = user_data;
  self->open = g_ptr_array_new ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->idle);
  self->thread = g_thread_new ("listener", run, self);
  return self;
}

Listener *
listener_new (ListenerServe serve, gpointer user_data)
{
  GSocketListener *sockets = g_socket_listener_new ();
  g_autoptr (GInetAddress)
      loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;

  g_socket_listener_add_address (sockets, any, G_SOCKET_TYPE_STREAM,
      G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
  g_assert_no_error (error);
  return listener_new_at (sockets,
      g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)), serve,
      user_data);
}

void
listener_free (Listener *self)
{
  GSocketConnection *last;
  guint i;

  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  for (i = 0; i < self->open->len; i++)
    g_socket_shutdown (
        g_socket_connection_get_socket (g_ptr_array_index (self->open, i)),
        TRUE, TRUE, NULL);
  g_mutex_unlock (&self->lock);
  /* GLib 2.74 may leak a source where an accept is cancelled. */
  last = listener_connect (self->port);
  g_assert_nonnull (last);
  g_thread_join (self->thread);
  g_object_unref (last);
  g_mutex_lock (&self->lock);
  while (self->open->len > 0)
    g_cond_wait (&self->idle, &self->lock);
  g_mutex_unlock (&self->lock);
  g_socket_listener_close (self->sockets);
  g_object_unref (self->sockets);
  g_ptr_array_unref (self->open);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->idle);
  g_free (self);
}

guint16
listener_get_port (Listener *self)
{
  return self->port;
}

GSocketConnection *
listener_connect (guint16 port)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  g_socket_client_set_enable_proxy (client, FALSE);
  return g_socket_client_connect_to_host (
      client, "127.0.0.1", port, NULL, NULL);
}

gboolean
listener_send (GSocket *socket, const gchar *data, gsize size)
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
