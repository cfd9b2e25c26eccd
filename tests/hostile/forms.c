/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "forms.h"

#include <string.h>

/* Reserved by IANA's registries of special-purpose addresses (RFC 6890 and its
 * updates), embedding one of those or local to a network, or outside 2000::/3, of which alone
 * anything was ever given out.  The last ones have a public address too, where
 * nobody answers. */
const gchar *const form_addresses[] = { "127.0.0.1", "127.9.9.9", "0.0.0.0",
  "0.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.254", "192.168.1.1",
  "169.254.169.254", "100.64.0.1", "100.127.255.254", "192.0.0.8", "192.0.2.1",
  "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250",
  "240.0.0.1", "255.255.255.255", "::1", "::", "fd00::1", "fc00::1", "fe80::1",
  "febf::1", "fec0::1", "ff02::1", "ff0e::1", "::ffff:127.0.0.1",
  "::ffff:10.1.2.3", "::ffff:169.254.169.254", "::127.0.0.1", "::10.1.2.3",
  "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a01:203",
  "2002:7f00:1::1", "2002:a01:203::1", "2001::1", "2001:db8::1", "100::1",
  "::ffff:0:7f00:1", "5f00::1", "3fff::1", "4000::1", "93.184.216.99 10.1.2.3",
  "10.1.2.3 93.184.216.99", "93.184.216.99 ::1", "2606:4700::99 127.0.0.1",
  "2606:4700::99 fd00::1" };
const guint n_form_addresses = G_N_ELEMENTS (form_addresses);

#define FILES "files.hailuo.test"

static const gchar *const refused[] = {
  /* schemes */
  "http://" FILES "/x.mp4",
  "HTTP://" FILES "/x.mp4",
  "http://93.184.216.20/x.mp4",
  "ftp://" FILES "/x.mp4",
  "ftps://" FILES "/x.mp4",
  "sftp://" FILES "/x.mp4",
  "scp://" FILES "/x.mp4",
  "tftp://" FILES "/x.mp4",
  "gopher://" FILES ":70/_x",
  "dict://" FILES ":2628/d:x",
  "telnet://" FILES "/x.mp4",
  "ldap://" FILES "/x.mp4",
  "imap://" FILES "/x.mp4",
  "pop3://" FILES "/x.mp4",
  "smtp://" FILES "/x.mp4",
  "smb://" FILES "/x/x.mp4",
  "rtsp://" FILES "/x.mp4",
  "mqtt://" FILES "/x.mp4",
  "ws://" FILES "/x.mp4",
  "wss://" FILES "/x.mp4",
  "file:///etc/passwd",
  "file://localhost/etc/passwd",
  "file:/etc/passwd",
  "FILE:///etc/passwd",
  "data:video/mp4;base64,AAAA",
  "javascript:alert(1)",
  "blob:https://" FILES "/x",
  "about:blank",
  "unix:/run/docker.sock",
  "https+unix://%2Frun%2Fdocker.sock/x",
  "httpss://" FILES "/x.mp4",
  "https",
  "https:",
  "https://",
  /* a user */
  "https://a@" FILES "/x.mp4",
  "https://a:b@" FILES "/x.mp4",
  "https://:b@" FILES "/x.mp4",
  "https://" FILES "@10.1.2.3/x.mp4",
  "https://" FILES ":443@10.1.2.3/x.mp4",
  "https://10.1.2.3@" FILES "/x.mp4",
  "https://a@b@" FILES "/x.mp4",
  "https://a%40" FILES "@10.1.2.3/x.mp4",
  /* what parsers read differently */
  "https:\\\\10.1.2.3\\x.mp4",
  "https://" FILES "\\@10.1.2.3/x.mp4",
  "https://" FILES "\\.10.1.2.3/x.mp4",
  "https://10.1.2.3\\@" FILES "/x.mp4",
  "https:\\/\\/10.1.2.3/x.mp4",
  "https://10.1.2.3 @" FILES "/x.mp4",
  "https://" FILES " @10.1.2.3/x.mp4",
  " https://10.1.2.3/x.mp4",
  "https://10.1.2.3/x.mp4 ",
  "https://10.1.2.3/x y.mp4",
  "\thttps://10.1.2.3/x.mp4",
  "https://10.1\t.2.3/x.mp4",
  "https://10.1.2.3/\tx.mp4",
  "ht\ntps://10.1.2.3/x.mp4",
  "https://10.1.2.3/x.mp4\r\nHost: b",
  "https://" FILES "/x.mp4\r\nX-A: b",
  "https://" FILES "\r\n/x.mp4",
  "https://10.1.2.3\001/x.mp4",
  "https://10.1.2.3\177/x.mp4",
  "https://127\343\200\2020\343\200\2020\343\200\2021/x.mp4",
  "https://\342\221\240\342\221\241\342\221\246.0.0.1/x.mp4",
  "https://\357\274\221\357\274\220.1.2.3/x.mp4",
  "https://" FILES "/\303\244.mp4",
  "https://10.1.2.3%00." FILES "/x.mp4",
  "https://" FILES "%00.10.1.2.3/x.mp4",
  "https://" FILES "%0d%0aX-A:b/x.mp4",
  "https://" FILES "%2f@10.1.2.3/x.mp4",
  "https://%5b::1%5d/x.mp4",
  "https://<10.1.2.3>/x.mp4",
  "https://10.1.2.3,10.1.2.4/x.mp4",
  "https://{10.1.2.3}/x.mp4",
  "https://`10.1.2.3`/x.mp4",
  /* no host, or more than one port */
  "https:///x.mp4",
  "https:///10.1.2.3/x.mp4",
  "https:////10.1.2.3/x.mp4",
  "https://:443/x.mp4",
  "https://?x",
  "https://#x",
  "https://[]/x.mp4",
  "https://" FILES ":65536/x.mp4",
  "https://" FILES ":-1/x.mp4",
  "https://" FILES ":abc/x.mp4",
  "https://" FILES ":443:80/x.mp4",
  "https://" FILES ":99999999999999999999/x.mp4",
  "https://10.1.2.3:22/x.mp4",
  "https://10.1.2.3:6379/x.mp4",
  /* spellings of IPv4 addresses */
  "https://127.0.0.1/x.mp4",
  "HTTPS://127.0.0.1/x.mp4",
  "https://2130706433/x.mp4",
  "https://0x7f000001/x.mp4",
  "https://0X7F000001/x.mp4",
  "https://017700000001/x.mp4",
  "https://0x7f.0.0.1/x.mp4",
  "https://0177.0.0.1/x.mp4",
  "https://0177.0x0.0.01/x.mp4",
  "https://127.1/x.mp4",
  "https://127.0.1/x.mp4",
  "https://0/x.mp4",
  "https://00/x.mp4",
  "https://0x0/x.mp4",
  "https://0.0.0.0/x.mp4",
  "https://0.0/x.mp4",
  "https://%31%32%37.0.0.1/x.mp4",
  "https://127%2e0%2e0%2e1/x.mp4",
  "https://167838211/x.mp4",
  "https://0xa010203/x.mp4",
  "https://10.66051/x.mp4",
  "https://10.1.515/x.mp4",
  "https://012.1.2.3/x.mp4",
  "https://0xa.0x1.0x2.0x3/x.mp4",
  "https://3232235777/x.mp4",
  "https://192.168.257/x.mp4",
  "https://192.11010305/x.mp4",
  "https://2852039166/x.mp4",
  "https://0xa9fea9fe/x.mp4",
  "https://0251.0376.0251.0376/x.mp4",
  "https://169.254.43518/x.mp4",
  "https://0XA010203/x.mp4",
  "https://0X7F.1/x.mp4",
  "https://0XA9FEA9FE:8443/x.mp4",
  "https://127.0.0.1./x.mp4",
  "https://10.1.2.3./x.mp4",
  "https://0x7f.1./x.mp4",
  "https://0XA.0X1.0X2.0X3./x.mp4",
  "https://127.0.0.1../x.mp4",
  "https://2852039166.../x.mp4",
  /* and of IPv6 ones */
  "https://[0:0:0:0:0:0:0:1]/x.mp4",
  "https://[0000:0000:0000:0000:0000:0000:0000:0001]/x.mp4",
  "https://[::0001]/x.mp4",
  "https://[::ffff:7f00:1]/x.mp4",
  "https://[::FFFF:127.0.0.1]/x.mp4",
  "https://[0:0:0:0:0:ffff:127.0.0.1]/x.mp4",
  "https://[64:ff9b::127.0.0.1]/x.mp4",
  "https://[64:ff9b::169.254.169.254]/x.mp4",
  "https://[fe80::1%25lo]/x.mp4",
  "https://[fe80::1%lo]/x.mp4",
  "https://[fe80::1%251]/x.mp4",
  "https://[::1%25lo]/x.mp4",
  "https://[::1]:22/x.mp4",
  "https://[::1/x.mp4",
  "https://::1/x.mp4",
  "https://[::1]x/x.mp4",
  "https://[127.0.0.1]/x.mp4",
  "https://[v1.127.0.0.1]/x.mp4",
  /* names of this machine, whatever a resolver says (RFC 6761, 6.3) */
  "https://localhost/x.mp4",
  "https://LOCALHOST/x.mp4",
  "HTTPS://LocalHost/x.mp4",
  "https://localhost./x.mp4",
  "https://localhost:22/x.mp4",
  "https://a.localhost/x.mp4",
  "https://A.LocalHost./x.mp4",
  /* and by habit */
  "https://localhost.localdomain/x.mp4",
  "https://ip6-localhost/x.mp4",
  "https://ip6-loopback/x.mp4",
};

static const gchar *const names[] = {
  "https://metadata.google.internal/x.mp4",
  "https://METADATA.google.INTERNAL./x.mp4",
  "https://n4.hailuo.test:8443/x.mp4",
  "https://n4.hailuo.test:22/x.mp4",
  "https://n4.hailuo.test./x.mp4",
  "https://N4.Hailuo.Test/x.mp4",
  /* no addresses, but the resolver may think so */
  "https://256.256.256.256/x.mp4",
  "https://1.2.3.4.5/x.mp4",
  "https://4294967297/x.mp4",
  "https://0x1007f000001/x.mp4",
  "https://127.0.0.0x1g/x.mp4",
  "https://127.0.0.08/x.mp4",
  "https://does-not-exist.hailuo.test/x.mp4",
};

static const gchar *const public[] = {
  "https://" FILES "/x.mp4",
  "HTTPS://" FILES "/x.mp4",
  "hTTps://FILES.Hailuo.Test/x.mp4",
  "https://" FILES "./x.mp4",
  "https://" FILES ":443/x.mp4",
  "https://" FILES ":8443/x.mp4",
  "https://" FILES ":22/x.mp4",
  "https://" FILES ":1/x.mp4",
  "https://" FILES "#@10.1.2.3/x.mp4",
  "https://" FILES "?@10.1.2.3/x.mp4",
  "https://" FILES "/@10.1.2.3/x.mp4",
  "https://" FILES "/%0d%0aHost:%20b",
  "https://" FILES "/../../../x.mp4",
  "https://" FILES "/?x=https://10.1.2.3/",
  "https://" FILES "//10.1.2.3/x.mp4",
  "https://93.184.216.20/x.mp4",
  "https://1572395028/x.mp4",
  "https://[2606:4700::20]/x.mp4",
  "https://[::ffff:93.184.216.20]/x.mp4",
  "https://[64:ff9b::93.184.216.20]/x.mp4",
  "https://files6.hailuo.test/x.mp4",
};

static void
add (GPtrArray *forms, const gchar *link, FormKind kind)
{
  Form *form = g_new (Form, 1);

  form->link = g_strdup (link);
  form->kind = kind;
  g_ptr_array_add (forms, form);
}

static void
form_free (gpointer data)
{
  Form *form = data;

  g_free (form->link);
  g_free (form);
}

/* The literal, and the name that leads there */
static void
add_address (GPtrArray *forms, guint i)
{
  const gchar *address = form_addresses[i];
  const gchar *format = strchr (address, ':') ? "https://[%s]/x.mp4"
                                              : "https://%s/x.mp4";
  g_autofree gchar *name = g_strdup_printf ("https://" FORMS_NAME "/x.mp4", i);

  add (forms, name, FORM_NAME);
  if (strchr (address, ' ') == NULL) {
    g_auto (GStrv) parts = g_strsplit (format, "%s", 2);
    g_autofree gchar *literal = g_strjoinv (address, parts);

    add (forms, literal, FORM_REFUSED);
  }
}

GPtrArray *
forms_new (void)
{
  GPtrArray *forms = g_ptr_array_new_with_free_func (form_free);
  g_autofree gchar *filler = g_strnfill (9000, 'x');
  g_autofree gchar *overlong = g_strconcat ("https://" FILES "/", filler, NULL);
  g_autofree gchar *long_host = g_strdup_printf (
      "https://%.300s.hailuo.test/x.mp4", filler);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (refused); i++)
    add (forms, refused[i], FORM_REFUSED);
  add (forms, overlong, FORM_REFUSED);
  for (i = 0; i < G_N_ELEMENTS (names); i++)
    add (forms, names[i], FORM_NAME);
  add (forms, long_host, FORM_NAME);
  for (i = 0; i < n_form_addresses; i++)
    add_address (forms, i);
  for (i = 0; i < G_N_ELEMENTS (public); i++)
    add (forms, public[i], FORM_PUBLIC);
  return forms;
}
