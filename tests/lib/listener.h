/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* listener.h: a thread that accepts, and one for each connection. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _Listener Listener;

/* In a thread of its own; the connection is closed when this returns. */
typedef void (*ListenerServe) (GSocket *socket, gpointer user_data);

/* At any free port of 127.0.0.1 */
Listener *listener_new (ListenerServe serve, gpointer user_data);
/* At @sockets (transfer full), where 127.0.0.1:@port is one of those */
Listener *listener_new_at (GSocketListener *sockets, guint16 port,
    ListenerServe serve, gpointer user_data);
/* Ends what is open, and waits until the last connection is served. */
void listener_free (Listener *self);

guint16 listener_get_port (Listener *self);

/* To 127.0.0.1; NULL: nobody is there. (transfer full) */
GSocketConnection *listener_connect (guint16 port);
/* All of it; FALSE: the other side has gone. */
gboolean listener_send (GSocket *socket, const gchar *data, gsize size);

G_END_DECLS
