/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* server.h: a server that misbehaves as a server of HTTP can: at the level of
 * connections, where the simulator is always right. */
#pragma once

#include "listener.h"

G_BEGIN_DECLS

typedef struct _Server Server;

/* What happens once the answer is sent */
typedef enum
{
  SERVER_KEEP,  /* waits for another request on the connection */
  SERVER_CLOSE, /* FIN */
  SERVER_STALL  /* nothing, until the client goes */
} ServerEnd;

typedef struct
{
  gchar *method;
  gchar *target;
  gchar *head;                  /* all of it, with the empty line */
  gchar *body;
  GSocket *socket;              /* for an answer that is sent bit by bit */
} ServerRequest;

/* Writes the answer to @request, as bytes.  Called from threads of the
 * server, also from several at a time. */
typedef ServerEnd (*ServerFunc) (Server *self, const ServerRequest *request,
    GString *answer, gpointer user_data);

/* Listens on any free port of 127.0.0.1.  @func NULL: whatever comes is no
 * HTTP, and is read but never answered; its first bytes count as a request
 * "RAW". */
Server *server_new (ServerFunc func, gpointer user_data);
void server_free (Server *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Server, server_free)

guint16 server_get_port (Server *self);

/* Writes an answer with the right Content-Length. */
void server_write (GString *answer, guint status, const gchar *headers,
    const gchar *body);

/* Writes what APIXO answers to a submit or to a poll that shows no result. */
void server_write_apixo (GString *answer, const ServerRequest *request);

/* A header of the request; "": it has none. (transfer full) */
gchar *server_dup_header (const ServerRequest *request, const gchar *name);

/* How many requests of that method arrived; NULL: all */
guint server_count (Server *self, const gchar *method);

/* The Nth request (from 0), which lives as long as the server. */
const ServerRequest *server_get_request (Server *self, guint n);

/* Blocks until @n answers (partial ones too) were sent and stalled. */
void server_wait_stalls (Server *self, guint n);

G_END_DECLS
