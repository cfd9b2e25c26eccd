/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* link.h: which URLs and addresses may be contacted.
 *
 * A result link is what a host says: it must not lead into the user's own
 * network.  URLs are parsed by libcurl alone, so that what is checked is what
 * is connected to.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Whether @url may be fetched as a result: well-formed, https (http too where
 * @trust_loopback), no user and no masked key in it, and no literal address
 * that is not open, nor localhost (but where @trust_loopback).  The addresses
 * behind other names are checked as they are connected to. */
gboolean gst_hailuo_link_check (const gchar *url, gboolean trust_loopback,
    GError **error);

/* Whether @text is a URL that any parser reads in the same way. */
gboolean gst_hailuo_link_is_url (const gchar *text);

/* @url in one spelling: scheme and host in lower case, no default port, no "."
 * and ".." in the path. (transfer full) (nullable): NULL if it is not a URL. */
gchar *gst_hailuo_link_normalize (const gchar *url);

/* What a redirect from @base to @location leads to, whole, with all that
 * @location says: a user name too, which gst_hailuo_link_check() then refuses.
 * (transfer full) (nullable): NULL if it is not a URL, or empty, or a fragment. */
gchar *gst_hailuo_link_resolve (const gchar *base, const gchar *location);

/* Whether @url is http or https, well-formed, with a host, and with no user,
 * query or fragment: what a base URL must be.  @https and @loopback (the host
 * is localhost or a loopback address) are set on success. */
gboolean gst_hailuo_link_check_base (const gchar *url, gboolean *https,
    gboolean *loopback);

/* Whether links may lead to the address: it is one of the open Internet, and not
 * loopback (but where @trust_loopback), private, link-local, multicast, shared
 * or reserved, in any spelling. */
gboolean gst_hailuo_link_is_open (GInetAddress *address,
    gboolean trust_loopback);

G_END_DECLS
