/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rows-connect.c: names, connections, TLS, proxies on the way, hosts that go
 * away: where nothing was sent, nothing is lost by trying again. */
#include <string.h>

#include "hooks.h"

#define I "apiinone"
#define NO_RETRY .settings = "retries=0"
/* Nothing was sent: it may be tried again, and nobody has to pay. */
#define NOT_SENT(code, n_attempts, retryable) \
  ERROR (code, 0, "", "", n_attempts, retryable, "no", FALSE)
#define AT_ONCE "{'connection':1,'when':'before-connect','action':"
#define HTTPS "https://127.0.0.1:"
#define HTTPS_API "base-url=" HTTPS "@api@/api/v1 "
#define CA "ca-file=@cert@"
#define SLOW \
  "{'action':'drip','bytes':64,'interval':2}," \
  "{'when':'request','action':'drip','bytes':64,'interval':2}"
#define NAMED "base-url=http://localhost:@api@/api/v1"
#define BEHIND_PROXY "base-url=https://api.example.invalid/api/v1 retries=0"

/* A port where connections are neither taken nor refused */

static void
close_sockets (Run *run)
{
  g_clear_pointer ((GPtrArray **) &run->data, g_ptr_array_unref);
}

static GSocket *
add_socket (Run *run)
{
  GSocket *socket = g_socket_new (
      G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

  g_assert_nonnull (socket);
  if (run->data == NULL)
    run->data = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (run->data, socket);
  return socket;
}

static guint16
fill_port (Run *run)
{
  g_autoptr (GInetAddress)
      loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  GSocket *listener = add_socket (run);

  g_socket_set_listen_backlog (listener, 0);
  g_assert_true (g_socket_bind (listener, any, FALSE, NULL));
  g_assert_true (g_socket_listen (listener, NULL));
  bound = g_socket_get_local_address (listener, NULL);
  /* a backlog of 0 has room for one */
  g_assert_true (g_socket_connect (add_socket (run), bound, NULL, NULL));
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
}

static void
stall_api (Run *run)
{
  g_autofree gchar *url = g_strdup_printf (
      "http://127.0.0.1:%u%s", fill_port (run), (gchar *) run->row->argument);

  fixture_set (run->fixture, "base-url", url);
}

static void
stall_files (Run *run)
{
  g_autofree gchar *origin = g_strdup_printf (
      "http://127.0.0.1:%u", fill_port (run));

  simulator_set_link_origin (run->fixture->simulator, origin);
}

/* The kernel tells nobody. */
static void
wait_connecting (Run *run)
{
  GSocket *listener = g_ptr_array_index ((GPtrArray *) run->data, 0);
  g_autoptr (GSocketAddress)
      bound = g_socket_get_local_address (listener, NULL);
  g_autofree gchar *row = g_strdup_printf (" 0100007F:%04X 02 ",
      g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
  gint64 until = g_get_monotonic_time ()
      + fault_case_patience () * G_TIME_SPAN_MILLISECOND;
  gboolean found = FALSE;

  while (!found) {
    g_autofree gchar *table = NULL;

    g_assert_true (g_file_get_contents ("/proc/net/tcp", &table, NULL, NULL));
    found = strstr (table, row) != NULL;
    g_assert_cmpint (g_get_monotonic_time (), <, until);
    g_thread_yield ();
  }
}

/* Files on a host with a certificate that nobody trusts */

static void
distrust_files (Run *run)
{
  const SimulatorOptions options = {
    .clip_file = g_getenv ("TEST_CLIP_SMALL"),
    .cert_file = g_getenv ("TEST_CERT"),
    .key_file = g_getenv ("TEST_KEY"),
  };

  run->data = simulator_new (&options, NULL);
  g_assert_nonnull (run->data);
  simulator_set_link_origin (
      run->fixture->simulator, simulator_get_files_url (run->data));
}

static void
forget_files (Run *run)
{
  g_assert_cmpuint (simulator_get_requests (run->data, "any"), ==, 0);
  simulator_free (run->data);
}

/* A proxy that the environment names */

static void
set_proxy (Run *run)
{
  g_autofree gchar *url = fault_case_text (run, "http://127.0.0.1:@trap@");

  if (run->row->argument != NULL)
    fault_proxy_add (run->trap, run->row->argument);
  else
    fault_proxy_stop (run->trap);
  g_setenv ("https_proxy", url, TRUE);
}

static void
unset_proxy (Run *run)
{
  g_unsetenv ("https_proxy");
}

#define PROXY(rule) \
  .prepare = set_proxy, .repair = unset_proxy, .argument = rule, .repaired = ""

static const FaultCase rows[] = {
  { 1, "C", "submit", NO_RETRY, .prepare = hook_down, .repair = hook_up,
      RESTART (.proxies = "api"), NOT_SENT (OPEN_READ, 1, TRUE) },
  { 1, "C", "submit-again", .prepare = hook_down, .repair = hook_up,
      RESTART (.proxies = "api"), NOT_SENT (OPEN_READ, 2, TRUE),
      .lasts = "retry" },
  { 1, "C", "submit-apiinone", I, NO_RETRY, .prepare = hook_down,
      .repair = hook_up, RESTART (.proxies = "api"),
      NOT_SENT (OPEN_READ, 1, TRUE) },
  { 1, "C", "submit-then-made", .prepare = hook_down, .during = hook_restart,
      RESTART (.proxies = "api", .up = "retry"), CLIP (1, ANY, ONCE) },
  { 1, "C", "poll", .settings = "retries=0 first-poll=200",
      .during = hook_restart, .repair = hook_up, RESTART ("api", "pending", ""),
      PAID (OPEN_READ, 0, 1, TRUE) },
  { 1, "C", "poll-then-made", .settings = "first-poll=200",
      .during = hook_restart, RESTART ("api", "pending", "retry"),
      CLIP (1, ANY, ONCE) },
  { 1, "C", "poll-then-made-apiinone", I, .settings = "first-poll=200",
      .during = hook_restart, RESTART ("api", "pending", "retry"),
      CLIP (1, ANY, ONCE) },
  { 1, "C", "download", NO_RETRY, .prepare = hook_down, .repair = hook_up,
      RESTART (.proxies = "files"), PAID (OPEN_READ, 0, 1, TRUE),
      .polls = { ANY } },
  { 1, "C", "download-then-made", .prepare = hook_down, .during = hook_restart,
      .repair = hook_up, RESTART (.proxies = "files", .up = "retry"),
      CLIP (1, ANY, ONCE), .lasts = "retry" },

  { 2, "R", "submit", .settings = "base-url=https://@nohost@/api/v1 retries=0",
      .repaired = "", NOT_SENT (NOT_FOUND, 1, TRUE) },
  { 2, "R", "submit-again", .settings = "base-url=https://@nohost@/api/v1",
      .repaired = "", NOT_SENT (NOT_FOUND, 2, TRUE), .lasts = "retry" },
  { 2, "R", "submit-apiinone", I,
      .settings = "base-url=https://@nohost@ retries=0", .repaired = "",
      NOT_SENT (NOT_FOUND, 1, TRUE) },
  { 2, "R", "download", NO_RETRY, .origin = "http://@nohost@",
      PAID (NOT_FOUND, 0, 1, TRUE), .polls = { ANY } },
  { 2, "R", "redirect", NO_RETRY,
      .script = "{'on':'file','times':0,'status':302,'headers':"
                "{'Location':'http://@nohost@/x'}}",
      PAID (NOT_FOUND, 0, 1, TRUE), .polls = { ANY }, .gets = { ONCE } },

  { 4, "C", "submit", .endless = TRUE, .prepare = stall_api,
      .repair = close_sockets, .argument = "/api/v1", .repaired = "",
      .during = wait_connecting, .lasts = "during" },
  { 4, "C", "submit-apiinone", I, .endless = TRUE, .prepare = stall_api,
      .repair = close_sockets, .argument = "", .repaired = "",
      .during = wait_connecting, .lasts = "during" },
  { 4, "C", "download", .endless = TRUE, .prepare = stall_files,
      .repair = close_sockets, .during = wait_connecting, .lasts = "during",
      .fresh = TRUE },

  { 5, "T", "submit", .tls = TRUE, .repaired = CA,
      NOT_SENT (OPEN_READ, 1, FALSE), .taken = 1 },
  { 5, "T", "submit-apiinone", I, .tls = TRUE, .repaired = CA,
      NOT_SENT (OPEN_READ, 1, FALSE), .taken = 1 },
  { 5, "T", "trusted", .tls = TRUE, .settings = CA, CLIP (1, ANY, ONCE) },
  { 5, "T", "trusted-apiinone", I, .tls = TRUE, .settings = CA,
      CLIP (1, ANY, ONCE) },
  { 5, "T", "download", .prepare = distrust_files, .repair = forget_files,
      PAID (OPEN_READ, 0, 1, FALSE), .polls = { ANY } },

  { 6, "T", "submit-rst", .settings = HTTPS_API "retries=0",
      .api = AT_ONCE "'reset'}", .repaired = "", NOT_SENT (OPEN_READ, 1, -1),
      .taken = 1 },
  { 6, "T", "submit-fin", .settings = HTTPS_API "retries=0",
      .api = AT_ONCE "'close'}", .repaired = "", NOT_SENT (OPEN_READ, 1, -1),
      .taken = 1 },
  { 6, "T", "submit-no-tls", .settings = HTTPS_API "retries=0", .repaired = "",
      NOT_SENT (OPEN_READ, 1, -1), .taken = 1 },
  { 6, "T", "submit-no-tls-apiinone", I,
      .settings = "base-url=" HTTPS "@api@ retries=0", .repaired = "",
      NOT_SENT (OPEN_READ, 1, -1), .taken = 1 },
  { 6, "T", "submit-stall", .settings = HTTPS_API "retries=1", .endless = TRUE,
      .api = "{'when':'request','at':50,'action':'stall'}", .repaired = "",
      NOT_SENT (OPEN_READ, 0, TRUE), .taken = 1, .lasts = "api" },
  { 6, "T", "submit-rst-in-handshake", .tls = TRUE, .settings = CA " retries=0",
      .api = "{'connection':1,'at':100,'action':'reset'}",
      NOT_SENT (OPEN_READ, 1, -1), .taken = 1 },
  { 6, "T", "submit-garbage-in-handshake", .tls = TRUE,
      .settings = CA " retries=0",
      .api = "{'at':200,'action':'replace','text':'garbage garbage garbage'}",
      NOT_SENT (OPEN_READ, 1, -1), .taken = 1 },
  { 6, "T", "submit-stall-in-handshake", .tls = TRUE, .settings = CA,
      .endless = TRUE, .api = "{'at':100,'action':'stall'}",
      NOT_SENT (OPEN_READ, 0, TRUE), .taken = 1, .lasts = "api" },
  { 6, "T", "submit-then-made", .tls = TRUE, .settings = CA,
      .api = "{'connection':1,'at':100,'action':'reset'}", CLIP (1, ANY, ONCE),
      .taken = 3 },
  { 6, "T", "poll-then-made", .tls = TRUE, .settings = CA,
      .api = "{'connection':2,'at':100,'action':'reset'}", CLIP (1, ANY, ONCE),
      .taken = 3 },
  { 6, "T", "download-rst", NO_RETRY, .origin = HTTPS "@files@",
      .files = AT_ONCE "'reset'}", PAID (OPEN_READ, 0, 1, -1),
      .polls = { ANY } },
  { 6, "T", "download-no-tls", NO_RETRY, .origin = HTTPS "@files@",
      PAID (OPEN_READ, 0, 1, -1), .polls = { ANY } },
  { 6, "T", "download-stall", .endless = TRUE, .origin = HTTPS "@files@",
      .files = "{'when':'request','at':50,'action':'stall'}", .lasts = "files",
      .fresh = TRUE },

  /* All connections die, and the host is back at once or later. */
  { 38, "S", "in-back-off", .script = "{'on':'submit','status':429}",
      .during = hook_restart, RESTART ("api files", "retry", NULL),
      CLIP (2, ANY, ONCE) },
  { 38, "W", "in-submit", .script = "{'on':'submit','delay':600}",
      .during = hook_restart, .repair = hook_up,
      RESTART ("api files", "submit", NULL), UNKNOWN (0, 1) },
  { 38, "P", "in-poll", .script = "{'on':'poll','delay':100}",
      .during = hook_restart, RESTART ("api files", "poll", NULL),
      CLIP (1, ANY, ONCE) },
  { 38, "P", "between-polls",
      .script = "{'on':'poll','times':3,'state':'processing'}",
      .settings = "poll-interval=100", .during = hook_restart,
      RESTART ("api files", "processing", "retry"), CLIP (1, ANY, ONCE) },
  { 38, "P", "in-poll-apiinone", I, .script = "{'on':'poll','delay':100}",
      .during = hook_restart, RESTART ("api files", "poll", "retry"),
      CLIP (1, ANY, ONCE) },
  { 38, "D", "in-request", .script = "{'on':'file','delay':100}",
      .during = hook_restart, RESTART ("api files", "file", NULL),
      CLIP (1, ANY, ANY) },
  { 38, "B", "in-body", .files = "{'at':8000,'action':'stall'}",
      .during = hook_restart, RESTART ("api files", "files", "retry"),
      CLIP (1, ANY, ANY) },

  { 53, "C", "refused", .settings = BEHIND_PROXY, PROXY (NULL),
      NOT_SENT (OPEN_READ, 1, TRUE) },
  { 53, "C", "407", .settings = BEHIND_PROXY,
      PROXY ("{\"when\":\"instead\",\"text\":\"HTTP/1.1 407 Who are you\\r\\n"
             "Proxy-Authenticate: Basic\\r\\nContent-Length: 0\\r\\n\\r\\n\"}"),
      NOT_SENT (OPEN_READ, 1, -1), .trapped = 1 },
  { 53, "C", "502", .settings = BEHIND_PROXY,
      PROXY ("{\"when\":\"instead\",\"text\":\"HTTP/1.1 502 No\\r\\n"
             "Content-Length: 0\\r\\n\\r\\n\"}"),
      NOT_SENT (OPEN_READ, 1, -1), .trapped = 1 },
  { 53, "C", "stall", .settings = BEHIND_PROXY, .endless = TRUE,
      PROXY ("{\"when\":\"before-connect\",\"action\":\"stall\"}"),
      NOT_SENT (OPEN_READ, 1, TRUE), .trapped = 1, .lasts = "trap" },
  /* what is done then is to load certificates, so there is no stop */
  { 53, "T", "stall", .settings = BEHIND_PROXY " retries=0",
      PROXY ("{\"when\":\"instead\",\"action\":\"stall\",\"text\":"
             "\"HTTP/1.1 200 Connected\\r\\n\\r\\n\"}"),
      NOT_SENT (OPEN_READ, 1, TRUE), .trapped = 1 },

  /* The name has an IPv6 address too, and nobody is there. */
  { 54, "C", "submit-and-poll", .settings = NAMED, CLIP (1, ANY, ONCE) },
  { 54, "C", "submit-and-poll-apiinone", I,
      .settings = "base-url=http://localhost:@api@", CLIP (1, ANY, ONCE) },
  { 54, "C", "download", .origin = "http://localhost:@files@",
      CLIP (1, ANY, ONCE) },
  { 54, "C", "ipv6-only", .repaired = "",
      .settings = "base-url=http://[::1]:@api@/api/v1 retries=0",
      NOT_SENT (OPEN_READ, 1, TRUE) },

  /* 32 kB/s, in pieces */
  { 55, "X", "slow", .api = SLOW, .files = SLOW, CLIP (1, ANY, ONCE),
      .lasts = "api" },
  { 55, "X", "slow-apiinone", I, .api = SLOW, .files = SLOW,
      CLIP (1, ANY, ONCE), .lasts = "files" },
};

int
main (int argc, char **argv)
{
  return fault_case_main (argc, argv, rows, G_N_ELEMENTS (rows));
}
