/* SPDX-License-Identifier: LGPL-2.1-or-later */
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
  guint busy; /* connections that are served */
};

typedef struct
{
  Listener *listener;
  GSocketConnection *connection;
} Visit;

GSocketConnection *
listener_connect (guint16 port)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  g_socket_client_set_enable_proxy (client, FALSE);
  return g_socket_client_connect_to_host (
      client, "127.0.0.1", port, NULL, NULL);
}

static gpointer
run_visit (gpointer user_data)
{
  Visit *visit = user_data;
  Listener *self = visit->listener;

  self->serve (
      g_socket_connection_get_socket (visit->connection), self->user_data);
  g_object_unref (visit->connection);
  g_free (visit);
  g_mutex_lock (&self->lock);
  self->busy--;
  g_cond_signal (&self->idle);
  g_mutex_unlock (&self->lock);
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
  self->busy += stopping ? 0 : 1;
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
listener_new (GSocketListener *sockets, guint16 port, ListenerServe serve,
    gpointer user_data)
{
  Listener *self = g_new0 (Listener, 1);

  self->sockets = sockets;
  self->port = port;
  self->serve = serve;
  self->user_data = user_data;
  g_mutex_init (&self->lock);
  g_cond_init (&self->idle);
  self->thread = g_thread_new ("listener", run, self);
  return self;
}

void
listener_free (Listener *self)
{
  GSocketConnection *last;

  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  g_mutex_unlock (&self->lock);
  /* GLib 2.74 may leak a source where an accept is cancelled. */
  last = listener_connect (self->port);
  g_assert_nonnull (last);
  g_thread_join (self->thread);
  g_object_unref (last);
  g_mutex_lock (&self->lock);
  while (self->busy > 0)
    g_cond_wait (&self->idle, &self->lock);
  g_mutex_unlock (&self->lock);
  g_socket_listener_close (self->sockets);
  g_object_unref (self->sockets);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->idle);
  g_free (self);
}
