/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which links are gone to.  The input is a URL; its first bytes are an address
 * as well.  GLib's and the resolver's reading of it check libcurl's. */
#include "fuzz.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "url.h"

/* By GLib's own words: fewer than ours, so what is public to us is to it. */
static gboolean
is_inside (GInetAddress *address)
{
  return g_inet_address_get_is_loopback (address)
      || g_inet_address_get_is_any (address)
      || g_inet_address_get_is_link_local (address)
      || g_inet_address_get_is_site_local (address)
      || g_inet_address_get_is_multicast (address);
}

/* 127.1, 0x7f000001, 017700000001 and the like are addresses to a resolver. */
static void
assert_outside (const gchar *host, gboolean trust_loopback)
{
  struct addrinfo hints = { .ai_flags = AI_NUMERICHOST };
  struct addrinfo *found = NULL;

  if (getaddrinfo (host, NULL, &hints, &found) == 0) {
    g_autoptr (GSocketAddress)
        socket_address = g_socket_address_new_from_native (
            found->ai_addr, found->ai_addrlen);
    GInetAddress *address = g_inet_socket_address_get_address (
        G_INET_SOCKET_ADDRESS (socket_address));

    g_assert_true (!is_inside (address)
        || (trust_loopback && g_inet_address_get_is_loopback (address)));
    freeaddrinfo (found);
  }
}

static void
check_link (const gchar *text)
{
  g_autoptr (GError) strict_error = NULL;
  g_autoptr (GError) error = NULL;
  gboolean strict = gst_hailuo_url_check (text, FALSE, &strict_error);
  gboolean trusting = gst_hailuo_url_check (text, TRUE, &error);
  g_autoptr (GUri) uri = NULL;

  g_assert_true (strict == (strict_error == NULL));
  g_assert_true (trusting == (error == NULL));
  g_assert_true (trusting || !strict);
  if (strict_error != NULL)
    fuzz_assert_error (strict_error);
  if (!trusting)
    return;
  g_assert_cmpuint (strlen (text), <=, 8192);
  uri = g_uri_parse (
      text, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_HAS_PASSWORD, NULL);
  /* what GLib cannot read (a bad port or escape) is for libcurl alone */
  if (uri == NULL)
    return;
  g_assert_true (g_str_equal (g_uri_get_scheme (uri), "https")
      || (!strict && g_str_equal (g_uri_get_scheme (uri), "http")));
  g_assert_null (g_uri_get_userinfo (uri));
  g_assert_nonnull (g_uri_get_host (uri));
  g_assert_cmpstr (g_uri_get_host (uri), !=, "");
  assert_outside (g_uri_get_host (uri), !strict);
  g_assert_false (strict
      && g_ascii_strncasecmp (g_uri_get_host (uri), "localhost", 10) == 0);
}

static void
check_base (const gchar *text)
{
  gboolean https = FALSE, loopback = FALSE;
  g_autoptr (GUri) uri = NULL;

  if (!gst_hailuo_url_check_base (text, &https, &loopback))
    return;
  g_assert_true (gst_hailuo_url_is_valid (text));
  uri = g_uri_parse (
      text, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_HAS_PASSWORD, NULL);
  if (uri == NULL)
    return;
  g_assert_true (https == g_str_equal (g_uri_get_scheme (uri), "https"));
  g_assert_null (g_uri_get_userinfo (uri));
  g_assert_null (g_uri_get_query (uri));
  g_assert_null (g_uri_get_fragment (uri));
  /* plain http may go there, so it must really be this machine */
  if (loopback && g_ascii_strcasecmp (g_uri_get_host (uri), "localhost") != 0) {
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST };
    struct addrinfo *found = NULL;
    g_autofree gchar *host = g_strdup (g_uri_get_host (uri));

    /* newer versions of libcurl connect to 127.0.0.1. as to the number */
    if (g_str_has_suffix (host, "."))
      host[strlen (host) - 1] = '\0';
    g_assert_cmpint (getaddrinfo (host, NULL, &hints, &found), ==, 0);
    freeaddrinfo (found);
  }
}

static void
check_open (GInetAddress *address)
{
  const gboolean strict = gst_hailuo_address_is_public (address, FALSE);
  const gboolean trusting = gst_hailuo_address_is_public (address, TRUE);

  g_assert_false (strict && is_inside (address));
  g_assert_false (strict && !trusting);
  g_assert_false (trusting && is_inside (address)
      && !g_inet_address_get_is_loopback (address));
}

static void
check_address (const guint8 *bytes, gsize size)
{
  guint8 mapped[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
  guint8 nat64[16] = { 0, 0x64, 0xff, 0x9b };
  gboolean trust;

  if (size >= 16) {
    g_autoptr (GInetAddress)
        address = g_inet_address_new_from_bytes (bytes, G_SOCKET_FAMILY_IPV6);

    check_open (address);
  }
  if (size >= 4) {
    g_autoptr (GInetAddress)
        address = g_inet_address_new_from_bytes (bytes, G_SOCKET_FAMILY_IPV4);
    g_autoptr (GInetAddress) as_ipv6 = NULL;
    g_autoptr (GInetAddress) as_nat64 = NULL;

    memcpy (mapped + 12, bytes, 4);
    as_ipv6 = g_inet_address_new_from_bytes (mapped, G_SOCKET_FAMILY_IPV6);
    memcpy (nat64 + 12, bytes, 4);
    as_nat64 = g_inet_address_new_from_bytes (nat64, G_SOCKET_FAMILY_IPV6);
    check_open (address);
    for (trust = FALSE; trust <= TRUE; trust++)
      g_assert_true (gst_hailuo_address_is_public (address, trust)
          == gst_hailuo_address_is_public (as_ipv6, trust));
    for (trust = FALSE; trust <= TRUE; trust++)
      g_assert_true (gst_hailuo_address_is_public (address, FALSE)
          == gst_hailuo_address_is_public (as_nat64, trust));
  }
}

gint
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree gchar *text = g_strndup ((const gchar *) data, size);

  check_link (text);
  check_base (text);
  check_address (data, size);
  return 0;
}
