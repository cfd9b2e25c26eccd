/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* link.h: which URLs and addresses are gone to.
 *
 * A result link is what a host says: it must not lead into the user's own
 * network.  URLs are parsed by libcurl alone, so that what is checked is what
 * is connected to.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Whether @url may be fetched as a result: well-formed, https (http too where
 * @trust_loopback), no user and no masked key in it, and no literal address that is not public
 * (unless @trust_loopback).  The addresses behind names are checked as they
 * are connected to. */
gboolean gst_hailuo_link_check (const gchar *url, gboolean trust_loopback,
    GError **error);

/* What a redirect from @base to @location leads to, whole, with all that
 * @location says: a user name too, which gst_hailuo_link_check() then refuses.
 * (transfer full) (nullable): NULL if it is not a URL. */
gchar *gst_hailuo_link_resolve (const gchar *base, const gchar *location);

/* Whether @url is http or https, well-formed, with a host, and with no user,
 * query or fragment: what a base URL must be.  @https and @loopback (the host
 * is localhost or a loopback address) are set on success. */
gboolean gst_hailuo_link_check_base (const gchar *url, gboolean *https,
    gboolean *loopback);

/* Whether the address is one of the open Internet: not loopback, private,
 * link-local, multicast, shared or reserved, in any spelling. */
gboolean gst_hailuo_link_is_public (GInetAddress *address);

G_END_DECLS
