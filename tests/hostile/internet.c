/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "internet.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "listener.h"
#include "namespace.h"
#include "process.h"

#define PATIENCE (15 * G_TIME_SPAN_SECOND)
#define PROXY_PORT 3128

static const guint16 ports[] = { 1, 21, 22, 70, 80, 443, 2628, PROXY_PORT, 6379,
  8443 };

static const gchar *const hosts_file =
    "127.0.0.1 localhost localhost.localdomain\n"
    "::1 ip6-localhost\n"
    "169.254.169.254 metadata.google.internal\n"
    "93.184.216.10 api.hailuo.test\n"
    "93.184.216.20 files.hailuo.test\n"
    "2606:4700::20 files6.hailuo.test\n"
    "64:ff9b::5db8:d814 files64.hailuo.test\n"
    "93.184.216.30 proxy.hailuo.test\n";

struct _Internet
{
  Listener *listener;

  GMutex lock;
  GCond changed;
  /* lock: */
  Simulator *simulator;
  guint64 opens; /* of the kernel, when it began */
  guint accepted, outside, files, own, proxied, proxied_outside;
};

/* Connections that this network has seen begin, whether or not anybody
 * answered */
static guint64
count_opens (void)
{
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_auto (GStrv) names = NULL;
  g_auto (GStrv) values = NULL;
  guint i;

  g_assert_true (
      g_file_get_contents ("/proc/thread-self/net/snmp", &text, NULL, NULL));
  lines = g_strsplit (strstr (text, "Tcp:"), "\n", 3);
  names = g_strsplit (lines[0], " ", -1);
  values = g_strsplit (lines[1], " ", -1);
  for (i = 0; names[i] != NULL; i++)
    if (g_str_equal (names[i], "ActiveOpens"))
      return g_ascii_strtoull (values[i], NULL, 10);
  g_assert_not_reached ();
}

/* Relaying */

typedef struct
{
  GSocket *from, *to;
} Pump;

static gpointer
run_pump (gpointer user_data)
{
  Pump *pump = user_data;
  gchar buffer[16384];
  gssize n;

  while ((n = g_socket_receive (pump->from, buffer, sizeof buffer, NULL, NULL))
      > 0) {
    if (!listener_send (pump->to, buffer, n))
      break;
  }
  g_socket_shutdown (pump->to, FALSE, TRUE, NULL);
  return NULL;
}

static void
relay (Internet *self, GSocket *client, gboolean files)
{
  g_autoptr (GSocketConnection) connection = NULL;
  Pump up = { client, NULL }, down = { NULL, client };
  GThread *thread;
  guint16 port;

  g_mutex_lock (&self->lock);
  self->own++;
  port = files ? simulator_get_files_port (self->simulator)
               : simulator_get_port (self->simulator);
  g_mutex_unlock (&self->lock);
  connection = listener_connect (port);
  if (connection == NULL)
    return;
  up.to = down.from = g_socket_connection_get_socket (connection);
  g_socket_set_option (client, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  g_socket_set_option (up.to, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  thread = g_thread_new ("up", run_pump, &up);
  run_pump (&down);
  g_socket_shutdown (client, TRUE, TRUE, NULL);
  g_thread_join (thread);
}

/* Whether a proxy may be asked for it ("CONNECT HOST:PORT ..."): for the files,
 * and for names that nobody here knows; not for an address in any spelling. */
static gboolean
asks_for_outside (const gchar *head)
{
  const gchar *host = head + MIN (strlen ("CONNECT "), strlen (head));
  g_autofree gchar *alone = g_strndup (host, strcspn (host, ": "));
  struct addrinfo *found = NULL;
  gboolean known;

  if (host[0] == '[' || g_str_equal (alone, "api.hailuo.test")
      || g_str_equal (alone, "files.hailuo.test"))
    return host[0] == '[';
  known = getaddrinfo (alone, NULL, NULL, &found) == 0;
  if (known)
    freeaddrinfo (found);
  return known;
}

/* "CONNECT HOST:PORT HTTP/1.1" and an empty line */
static void
serve_proxy (Internet *self, GSocket *client)
{
  static const gchar yes[] = "HTTP/1.1 200 Connected\r\n\r\n";
  g_autoptr (GString) head = g_string_new (NULL);
  gboolean api, files;
  gchar c;

  while (strstr (head->str, "\r\n\r\n") == NULL
      && g_socket_receive (client, &c, 1, NULL, NULL) == 1)
    g_string_append_c (head, c);
  api = g_str_has_prefix (head->str, "CONNECT api.hailuo.test:443 ");
  files = g_str_has_prefix (head->str, "CONNECT files.hailuo.test:443 ");
  g_mutex_lock (&self->lock);
  self->proxied++;
  if (asks_for_outside (head->str)) {
    self->proxied_outside++;
    g_test_message ("the proxy was asked: %.60s", head->str);
  }
  g_mutex_unlock (&self->lock);
  if (!api && !files)
    return;
  g_socket_send (client, yes, sizeof yes - 1, NULL, NULL);
  relay (self, client, files);
}

/* Who is connected to */

/* ListenerServe */
static void
serve (GSocket *socket, gpointer user_data)
{
  Internet *self = user_data;
  g_autoptr (GSocketAddress) local = g_socket_get_local_address (socket, NULL);
  GInetSocketAddress *where = G_INET_SOCKET_ADDRESS (local);
  g_autofree gchar *text = g_inet_address_to_string (
      g_inet_socket_address_get_address (where));
  /* as the socket is one for both families */
  const gchar *address = g_str_has_prefix (text, "::ffff:")
          && strchr (text, '.') != NULL
      ? text + strlen ("::ffff:")
      : text;
  const guint16 port = g_inet_socket_address_get_port (where);
  const gboolean api = g_str_equal (address, "93.184.216.10");
  const gboolean files = g_str_equal (address, "93.184.216.20")
      || g_str_equal (address, "2606:4700::20")
      || g_str_equal (address, "64:ff9b::5db8:d814");
  const gboolean proxy = g_str_equal (address, "93.184.216.30");

  g_mutex_lock (&self->lock);
  self->accepted++;
  self->files += files ? 1 : 0;
  if (!api && !files && !proxy && !g_str_equal (address, "93.184.216.99")
      && !g_str_equal (address, "2606:4700::99")) {
    self->outside++;
    g_test_message ("a connection to %s port %u", address, port);
  }
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  if (proxy && port == PROXY_PORT)
    serve_proxy (self, socket);
  else if ((api || files) && port == 443)
    relay (self, socket, files);
}

/* The network */

static gboolean
own_all_addresses (void)
{
  static const gchar *const lines[] = { "ip route add local 0.0.0.0/0 dev lo",
    "ip -6 route add local ::/0 dev lo" };
  g_autofree gchar *ip = g_find_program_in_path ("ip");
  guint i;

  if (ip == NULL) {
    g_test_skip ("the command ip is not installed");
    return FALSE;
  }
  for (i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_autoptr (Process) process = process_run (NULL, "%s", lines[i]);

    if (process->status != 0) {
      g_test_skip (process->err);
      return FALSE;
    }
  }
  return TRUE;
}

Internet *
internet_new (const gchar *hosts)
{
  g_autofree gchar *all = g_strconcat (hosts_file, hosts, NULL);
  GSocketListener *sockets;
  Internet *self;
  guint i;

  if (!own_all_addresses ())
    return NULL;
  namespace_replace_file ("/etc/hosts", all);
  namespace_replace_file ("/etc/resolv.conf", "nameserver 127.0.0.9\n");
  self = g_new0 (Internet, 1);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  sockets = g_socket_listener_new ();
  for (i = 0; i < G_N_ELEMENTS (ports); i++) {
    g_autoptr (GError) error = NULL;

    g_socket_listener_add_inet_port (sockets, ports[i], NULL, &error);
    g_assert_no_error (error);
  }
  self->listener = listener_new_at (sockets, ports[0], serve, self);
  return self;
}

void
internet_free (Internet *self)
{
  listener_free (self->listener);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

void
internet_begin (Internet *self, Simulator *simulator)
{
  g_mutex_lock (&self->lock);
  self->simulator = simulator;
  self->accepted = self->outside = self->files = self->own = 0;
  self->proxied = self->proxied_outside = 0;
  self->opens = count_opens ();
  g_mutex_unlock (&self->lock);
}

void
internet_settle (Internet *self)
{
  const gint64 until = g_get_monotonic_time () + PATIENCE;
  guint64 opens = 0;

  g_mutex_lock (&self->lock);
  do
    opens = count_opens () - self->opens;
  while (opens != self->accepted + self->own
      && g_cond_wait_until (&self->changed, &self->lock, until));
  if (opens > self->accepted + self->own) {
    self->outside += opens - self->accepted - self->own;
    g_test_message ("%" G_GUINT64_FORMAT " connections to other ports",
        opens - self->accepted - self->own);
  }
  g_mutex_unlock (&self->lock);
}

void
internet_wait_outside (Internet *self, guint n)
{
  const gint64 until = g_get_monotonic_time () + PATIENCE;

  g_mutex_lock (&self->lock);
  while (self->outside < n
      && g_cond_wait_until (&self->changed, &self->lock, until))
    continue;
  g_mutex_unlock (&self->lock);
}

static guint
get (Internet *self, const guint *what)
{
  guint value;

  g_mutex_lock (&self->lock);
  value = *what;
  g_mutex_unlock (&self->lock);
  return value;
}

guint
internet_count (Internet *self)
{
  return get (self, &self->accepted);
}

guint
internet_count_outside (Internet *self)
{
  return get (self, &self->outside);
}

guint
internet_count_files (Internet *self)
{
  return get (self, &self->files);
}

guint
internet_count_proxied (Internet *self)
{
  return get (self, &self->proxied);
}

guint
internet_count_proxied_outside (Internet *self)
{
  return get (self, &self->proxied_outside);
}
