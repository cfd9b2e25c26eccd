/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* listener.h: a thread that accepts, and one for each connection. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _Listener Listener;

/* In a thread of its own; the connection is closed when this returns. */
typedef void (*ListenerServe) (GSocket *socket, gpointer user_data);

/* (transfer full) */
GSocketConnection *listener_connect (guint16 port);

/* Accepts at @sockets (transfer full), where 127.0.0.1:@port is one of those,
 * until it is freed. */
Listener *listener_new (GSocketListener *sockets, guint16 port,
    ListenerServe serve, gpointer user_data);
/* Waits until the last connection is served. */
void listener_free (Listener *self);

G_END_DECLS
