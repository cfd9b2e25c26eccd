/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* faultproxy.h: a TCP proxy in front of a port of this machine that makes the
 * faults a network makes, at exact bytes.
 *
 * A rule is a JSON object:
 *
 *   connection  the Nth connection, from 1; 0 (default): each one
 *   when        where the fault is:
 *               "answer" (default)  in the bytes from the server
 *               "request"           in the bytes from the client
 *               "after-request"     once the first HTTP request was forwarded
 *                                   (headers and as much body as
 *                                   Content-Length says; not in chunks, not
 *                                   over TLS); the server gets all of it and
 *                                   can finish its answer, which nobody reads
 *               "before-connect"    as soon as the connection is accepted (a
 *                                   client may see a RST in connect() already);
 *                                   the server is not contacted
 *               "instead"           the request is read, "text" or "base64" is
 *                                   the answer; the server is not contacted
 *   at          how many bytes of the request or answer pass before it; 0: the
 *               fault comes when the first byte does
 *   action      "reset"    RST; what passed before may be lost to the reader
 *               "close"    FIN; the default of "instead"
 *               "stall"    stays open and silent until the client goes
 *               "drip"     from there on only "bytes" (default 1) at a time,
 *                          each "interval" ms (default 10)
 *               "replace"  the bytes from there on are "text" or "base64",
 *                          as many as that has
 *               "drip" and "replace" only in "answer" and "request"
 *   bytes, interval
 *   text        bytes as a JSON string
 *   base64      bytes
 *
 * So {"connection": 1, "at": 100, "action": "reset"} cuts the first answer
 * after 100 bytes.  All rules for a connection apply to it; those that are
 * added later apply to later connections.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _FaultProxy FaultProxy;

/* Listens on any free port of 127.0.0.1.  Every function may be called from
 * any thread. */
FaultProxy *fault_proxy_new (guint16 target_port, GError **error);
void fault_proxy_free (FaultProxy *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FaultProxy, fault_proxy_free)

guint16 fault_proxy_get_port (FaultProxy *self);

/* Aborts on a rule it does not understand: a typing error in a test must not
 * make the test pass. */
void fault_proxy_add (FaultProxy *self, const gchar *json_rule);

/* The same, but an error instead of the end of the process. */
gboolean fault_proxy_try_add (FaultProxy *self, const gchar *json_rule,
    GError **error);

/* Forgets the rules: later connections are passed on as they are. */
void fault_proxy_clear (FaultProxy *self);

/* Stops listening and ends all connections: whoever connects is refused.  Then
 * on the same port again, where it does not yet. */
void fault_proxy_stop (FaultProxy *self);
void fault_proxy_start (FaultProxy *self);

/* All bytes that came from clients, in the order of their arrival; also those
 * that no server got. (transfer full) */
GBytes *fault_proxy_get_requests (FaultProxy *self);

/* Connections accepted so far, and faults made ("replace": bytes replaced) */
guint fault_proxy_get_connections (FaultProxy *self);
guint fault_proxy_get_faults (FaultProxy *self);

/* Block until there have been @n (TRUE) or @timeout_ms has passed (FALSE). */
gboolean fault_proxy_wait_connections (FaultProxy *self, guint n,
    guint timeout_ms);
gboolean fault_proxy_wait_faults (FaultProxy *self, guint n,
    guint timeout_ms);

G_END_DECLS
