/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* link.h: which URLs and addresses may be contacted.
 *
 * A result link comes from the host and must not lead into the user's own
 * network.  Only libcurl parses URLs, so that what is checked is what is
 * connected to.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Whether @url may be fetched as a result link.  It has to be well-formed and
 * https (http too if @trust_loopback), without a user name and without a masked
 * key.  Its host must not be localhost (unless @trust_loopback) or a literal
 * address that gst_hailuo_address_is_public() rejects.  The addresses of other
 * hosts are checked when connecting. */
gboolean gst_hailuo_url_check (const gchar *url, gboolean trust_loopback,
    GError **error);

/* Whether @text is a URL that every parser reads in the same way. */
gboolean gst_hailuo_url_is_valid (const gchar *text);

/* @url in canonical form: scheme and host in lower case, no default port, no
 * "." or ".." in the path.  NULL if it is not a URL.
 * (transfer full) (nullable) */
gchar *gst_hailuo_url_normalize (const gchar *url);

/* The absolute URL that a redirect from @base to @location leads to.  It keeps
 * everything in @location, even a user name, which gst_hailuo_url_check() then
 * refuses.  NULL if @location is not a URL, is empty, or is a fragment.
 * (transfer full) (nullable) */
gchar *gst_hailuo_url_resolve (const gchar *base, const gchar *location);

/* Whether @url can be a base URL: http or https, well-formed, with a host, and
 * with no user, query or fragment.  @https and @loopback (the host is localhost
 * or a loopback address) are set on success. */
gboolean gst_hailuo_url_check_base (const gchar *url, gboolean *https,
    gboolean *loopback);

/* Whether links may lead to @address: it has to be public, that is, not
 * loopback (unless @trust_loopback), private, link-local, multicast, shared or
 * reserved, nor the IPv4-mapped or NAT64 form of such an address. */
gboolean gst_hailuo_address_is_public (GInetAddress *address,
    gboolean trust_loopback);

G_END_DECLS
