/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* internet.h: a network of its own (see namespace.h) where every address there
 * is belongs to this machine: so each connection that somebody tries to make,
 * wherever to, arrives, and is seen.
 *
 *   api.hailuo.test    93.184.216.10  port 443: the simulator's API
 *   files.hailuo.test  93.184.216.20  port 443: its files
 *   files6.hailuo.test 2606:4700::20  the same
 *   files64.hailuo.test 64:ff9b::93.184.216.20, as a network with NAT64 has it
 *   proxy.hailuo.test  93.184.216.30  port 3128: a proxy (CONNECT) to those
 *
 * Whoever connects to anything else finds nobody in.
 */
#pragma once

#include <gio/gio.h>

#include "simulator.h"

G_BEGIN_DECLS

typedef struct _Internet Internet;

/* After namespace_enter().  @hosts: more lines of /etc/hosts.  NULL: it cannot
 * be made, and the test is skipped. */
Internet *internet_new (const gchar *hosts);
void internet_free (Internet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Internet, internet_free)

/* The hosts are this simulator from now on, and nothing has happened yet. */
void internet_begin (Internet *self, Simulator *simulator);

/* Waits until all connections that were made are accounted for: those of the
 * kernel's own count that nobody here saw went to a port where nobody
 * listens. */
void internet_settle (Internet *self);

/* Until @n connections went where none should, or patience ends */
void internet_wait_outside (Internet *self, guint n);

/* Since internet_begin(): all of them, those to addresses that are none of the
 * hosts above or of 93.184.216.99 and 2606:4700::99, and those to the files */
guint internet_count (Internet *self);
guint internet_count_outside (Internet *self);
guint internet_count_files (Internet *self);
/* What was asked of the proxy, and what of it with an address, or a name that
 * has one here, other than that of the hosts */
guint internet_count_proxied_outside (Internet *self);
guint internet_count_proxied (Internet *self);

G_END_DECLS
