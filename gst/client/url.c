/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>

#include "error.h"
#include "secret.h"

#define LINK_MAX 8192

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CURLU, curl_url_cleanup)

/* Copies a part of the URL out of libcurl, which has its own allocator.
 * (transfer full) (nullable) */
static gchar *
dup_part (CURLU *url, CURLUPart part, guint flags)
{
  char *value = NULL;
  gchar *copy = NULL;

  if (curl_url_get (url, part, &value, flags) == CURLUE_OK)
    copy = g_strdup (value);
  curl_free (value);
  return copy;
}

/* libcurl would trim or encode some of these characters; a host has no reason
 * to send them. */
static gboolean
is_clean (const gchar *text)
{
  for (; *text != '\0'; text++) {
    if ((guchar) *text <= 0x20 || (guchar) *text >= 0x7f || *text == '\\')
      return FALSE;
  }
  return TRUE;
}

/* libcurl reads http:/a/b and http:///a/b as http://a/b, and decodes %XX in a
 * host only after checking it for numbers: %31%32%37.1 stays a name. */
static gboolean
has_plain_host (const gchar *text)
{
  const gchar *host = strstr (text, "://");

  if (host == NULL || host != strchr (text, ':'))
    return FALSE;
  host += strlen ("://");
  return *host != '/' && strcspn (host, "%") >= strcspn (host, "/?#");
}

static CURLU *
parse (const gchar *text)
{
  g_autoptr (CURLU) url = curl_url ();

  if (url == NULL || text == NULL || !has_plain_host (text)
      || strlen (text) > LINK_MAX || !is_clean (text)
      || curl_url_set (url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME)
          != CURLUE_OK)
    return NULL;
  return g_steal_pointer (&url);
}

/* The literal address in @host, NULL for a name. (transfer full) (nullable) */
static GInetAddress *
parse_host (const gchar *host)
{
  gsize length = strlen (host);
  g_autofree gchar *plain = NULL;
  struct in_addr number;

  if (host[0] == '[' && length > 2 && host[length - 1] == ']')
    plain = g_strndup (host + 1, length - 2);
  else
    plain = g_strdup (host);
  /* Anything that a resolver, ours or a proxy's, reads as a number is an
   * address, even if libcurl takes it for a name: https://0X7F000001/ */
  if (inet_aton (plain, &number) != 0)
    return g_inet_address_new_from_bytes (
        (const guint8 *) &number, G_SOCKET_FAMILY_IPV4);
  return g_inet_address_new_from_string (plain);
}

/* All of IPv6 that is allocated so far (RFC 4291, 2.4) */
#define OPEN_IPV6 "2000::/3"

/* RFC 6890 and its updates, plus IPv6 networks that embed IPv4 addresses */
static const gchar *const closed_networks[] = {
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
};

/* The IPv4 address at the end of an IPv6 address that starts with @prefix; any
 * other address unchanged. (transfer full) */
static GInetAddress *
unwrap (GInetAddress *address, const guint8 prefix[12])
{
  const guint8 *bytes = g_inet_address_to_bytes (address);

  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6
      && memcmp (bytes, prefix, 12) == 0)
    return g_inet_address_new_from_bytes (bytes + 12, G_SOCKET_FAMILY_IPV4);
  return g_object_ref (address);
}

static gboolean
is_in (GInetAddress *address, const gchar *network)
{
  g_autoptr (GInetAddressMask)
      mask = g_inet_address_mask_new_from_string (network, NULL);

  return g_inet_address_mask_get_family (mask)
      == g_inet_address_get_family (address)
      && g_inet_address_mask_matches (mask, address);
}

static gboolean
is_public (GInetAddress *address)
{
  /* 64:ff9b::a.b.c.d: how a network without IPv4 reaches a.b.c.d (RFC 6052) */
  static const guint8 nat64[12] = { 0, 0x64, 0xff, 0x9b };
  g_autoptr (GInetAddress) real = unwrap (address, nat64);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (closed_networks); i++) {
    if (is_in (real, closed_networks[i]))
      return FALSE;
  }
  return g_inet_address_get_family (real) == G_SOCKET_FAMILY_IPV4
      || is_in (real, OPEN_IPV6);
}

gboolean
gst_hailuo_address_is_public (GInetAddress *address, gboolean trust_loopback)
{
  /* ::ffff:a.b.c.d is a.b.c.d */
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };
  g_autoptr (GInetAddress) real = unwrap (address, mapped);

  return is_public (real)
      || (trust_loopback && g_inet_address_get_is_loopback (real));
}

/* Names that systems use for themselves, in addition to RFC 6761: whoever
 * resolves one, even a proxy, reaches itself. */
static const gchar *const own_names[] = { "localhost", "localhost.localdomain",
  "localhost4", "localhost4.localdomain4", "localhost6",
  "localhost6.localdomain6", "ip6-localhost", "ip6-loopback", NULL };

/* Whether links may lead to @host, judging by its spelling alone.  Names may,
 * except for localhost: the addresses behind them are checked on connect. */
static gboolean
is_open_host (const gchar *host, gboolean trust_loopback)
{
  g_autofree gchar *plain = g_ascii_strdown (host, -1);
  g_autoptr (GInetAddress) address = NULL;
  gsize length = strlen (plain);

  /* "127.0.0.1." is a name to our resolver; a proxy's may see an address */
  while (length > 1 && plain[length - 1] == '.')
    plain[--length] = '\0';
  address = parse_host (plain);
  if (address != NULL)
    return gst_hailuo_address_is_public (address, trust_loopback);
  /* RFC 6761, 6.3 */
  return trust_loopback
      || (!g_strv_contains (own_names, plain)
          && !g_str_has_suffix (plain, ".localhost"));
}

gboolean
gst_hailuo_url_check (
    const gchar *text, gboolean trust_loopback, GError **error)
{
  g_autoptr (CURLU) url = parse (text);
  g_autofree gchar *scheme = url ? dup_part (url, CURLUPART_SCHEME, 0) : NULL;
  g_autofree gchar *host = url ? dup_part (url, CURLUPART_HOST, 0) : NULL;
  g_autofree gchar *user = url ? dup_part (url, CURLUPART_USER, 0) : NULL;
  g_autofree gchar *password = url ? dup_part (url, CURLUPART_PASSWORD, 0)
                                   : NULL;
  const gchar *problem = NULL;

  if (text != NULL && strstr (text, GST_HAILUO_SECRET_MASK) != NULL)
    problem = "contains the key, which is sent to the API only (use another key"
              " of the account to fetch the clip)";
  else if (scheme == NULL || host == NULL)
    problem = "is not a URL";
  else if (!g_str_equal (scheme, "https")
      && !(trust_loopback && g_str_equal (scheme, "http")))
    problem = "is not https";
  else if (user != NULL || password != NULL)
    problem = "contains a user name";
  else if (!is_open_host (host, trust_loopback))
    problem = "points to an address that is not public";
  if (problem == NULL)
    return TRUE;
  gst_hailuo_set_error (error, GST_HAILUO_ERROR_DOWNLOAD,
      "The link to the clip %s, so it is not fetched.", problem);
  return FALSE;
}

gboolean
gst_hailuo_url_is_valid (const gchar *text)
{
  g_autoptr (CURLU) url = parse (text);

  return url != NULL;
}

gchar *
gst_hailuo_url_normalize (const gchar *text)
{
  g_autoptr (CURLU) url = parse (text);
  g_autofree gchar *host = url ? dup_part (url, CURLUPART_HOST, 0) : NULL;
  g_autofree gchar *lower = host ? g_ascii_strdown (host, -1) : NULL;

  if (lower == NULL
      || curl_url_set (url, CURLUPART_HOST, lower, 0) != CURLUE_OK)
    return NULL;
  return dup_part (url, CURLUPART_URL, CURLU_NO_DEFAULT_PORT);
}

gchar *
gst_hailuo_url_resolve (const gchar *base, const gchar *location)
{
  g_autoptr (CURLU) url = parse (base);

  /* these resolve to @base itself */
  if (url == NULL || *location == '\0' || *location == '#'
      || curl_url_set (url, CURLUPART_URL, location,
             CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME)
          != CURLUE_OK)
    return NULL;
  return dup_part (url, CURLUPART_URL, 0);
}

gboolean
gst_hailuo_url_check_base (
    const gchar *text, gboolean *https, gboolean *loopback)
{
  g_autoptr (CURLU) url = parse (text);
  g_autofree gchar *scheme = url ? dup_part (url, CURLUPART_SCHEME, 0) : NULL;
  g_autofree gchar *host = url ? dup_part (url, CURLUPART_HOST, 0) : NULL;
  g_autofree gchar *user = url ? dup_part (url, CURLUPART_USER, 0) : NULL;
  g_autoptr (GInetAddress) address = host ? parse_host (host) : NULL;

  /* not even an empty query or fragment: paths are appended to the URL */
  if (scheme == NULL || host == NULL || user != NULL
      || strpbrk (text, "@?#") != NULL
      || (!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https")))
    return FALSE;
  *https = g_str_equal (scheme, "https");
  *loopback = g_ascii_strcasecmp (host, "localhost") == 0
      || (address != NULL && g_inet_address_get_is_loopback (address));
  return TRUE;
}
