/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-links.c: a host on the Internet whose links lead elsewhere: into the
 * user's own network, to other protocols, to nothing at all.  No connection is
 * made that is not to a public address. */
#include "fixture.h"
#include "forms.h"
#include "internet.h"
#include "namespace.h"
#include "process.h"

#define BUNDLE "/etc/ssl/certs/ca-certificates.crt"
#define GOOD "https://files.hailuo.test"

/* How a link comes */
typedef enum
{
  DIRECT,   /* the result of the task */
  REDIRECT, /* where a good link redirects to */
  REFRESH,  /* the result, asked for again as a good link had gone */
  N_WAYS
} Way;

static const gchar *const way_names[] = { "direct", "redirect", "refresh" };

static gchar *
make_hosts (void)
{
  GString *lines = g_string_new (NULL);
  guint i, j;

  for (i = 0; i < n_form_addresses; i++) {
    g_auto (GStrv) addresses = g_strsplit (form_addresses[i], " ", -1);

    for (j = 0; addresses[j] != NULL; j++)
      g_string_append_printf (lines, "%s " FORMS_NAME "\n", addresses[j], i);
  }
  return g_string_free (lines, FALSE);
}

/* One for all hosts, that signs itself; the fixture's simulator has it. */
static gboolean
make_certificate (void)
{
  const gchar *folder = fixture_get_folder ();
  g_autofree gchar *cert = g_build_filename (folder, "cert.pem", NULL);
  g_autofree gchar *key = g_build_filename (folder, "key.pem", NULL);
  g_autofree gchar *openssl = g_find_program_in_path ("openssl");
  g_autoptr (Process) process = NULL;

  if (openssl == NULL) {
    g_test_skip ("the command openssl is not installed");
    return FALSE;
  }
  process = process_run (NULL,
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
      " -nodes -keyout '%s' -out '%s' -subj /CN=hailuo.test -days 2 -addext"
      " subjectAltName=DNS:*.hailuo.test,IP:93.184.216.20,IP:2606:4700::20",
      key, cert);
  g_assert_cmpint (process->status, ==, 0);
  /* what ca-file comes to is read for each connection: it may be short */
  if (g_file_test (BUNDLE, G_FILE_TEST_EXISTS))
    namespace_replace_file (BUNDLE, "");
  g_setenv ("TEST_CERT", cert, TRUE);
  g_setenv ("TEST_KEY", key, TRUE);
  return TRUE;
}

/* Another shot each time: the store is one. */
static void
set_prompt (Fixture *f)
{
  static guint number = 0;
  g_autofree gchar *prompt = g_strdup_printf ("shot %u", ++number);

  fixture_set (f, "prompt", prompt);
}

/* A fixture whose host is on the Internet */
static Fixture *
new_fixture (Internet *internet)
{
  const FixtureOptions options = { .tls = TRUE };
  Fixture *f = fixture_new (&options);

  set_prompt (f);
  simulator_set_link_origin (f->simulator, GOOD);
  fixture_set (f, "base-url", "https://api.hailuo.test/api/v1", "ca-file",
      g_getenv ("TEST_CERT"), "retries", 0, "first-poll", 1, "poll-interval",
      1);
  internet_begin (internet, f->simulator);
  return f;
}

static gchar *
quote (const gchar *text)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_VALUE);

  json_node_set_string (node, text);
  return json_to_string (node, FALSE);
}

static void
give_link (Fixture *f, Way way, const gchar *link)
{
  static const gchar *const scripts[] = {
    "[{\"on\":\"task\",\"work\":0},{\"on\":\"poll\",\"times\":0,\"link\":%s}]",
    "[{\"on\":\"task\",\"work\":0},{\"on\":\"file\",\"times\":0,\"status\":302,"
    "\"headers\":{\"Location\":%s}}]",
    "[{\"on\":\"task\",\"work\":0},{\"on\":\"file\",\"status\":404},"
    "{\"on\":\"poll\",\"skip\":1,\"times\":0,\"link\":%s}]",
  };
  g_autofree gchar *quoted = quote (link);
  g_auto (GStrv) parts = g_strsplit (scripts[way], "%s", 2);
  g_autofree gchar *script = g_strjoinv (quoted, parts);

  simulator_script (f->simulator, script);
}

/* TRUE: it played, and what it played was the clip. */
static gboolean
play (Fixture *f)
{
  GstMessage *message;
  gboolean played;

  gst_element_set_state (f->pipeline, GST_STATE_PLAYING);
  message = fixture_wait (f, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  played = GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS;
  f->had_error = !played;
  if (played)
    fixture_assert_clip (f);
  else
    fixture_assert_nothing (f);
  fixture_reset (f, GST_STATE_NULL);
  return played;
}

/* What the simulator's library refuses to send in a header */
static gboolean
fits_in_header (const gchar *link)
{
  const gchar *at;

  for (at = link; *at != '\0'; at++)
    if ((guchar) *at < 0x20 || *at == 0x7f)
      return FALSE;
  return *link != '\0';
}

typedef struct
{
  guint cells, connections, outside, proxied_outside;
} Sum;

static void
try_form (Internet *internet, const Form *form, Way way, Sum *sum)
{
  g_autoptr (Fixture) f = NULL;
  guint outside;

  if (way == REDIRECT && !fits_in_header (form->link))
    return;
  f = new_fixture (internet);
  give_link (f, way, form->link);
  if (play (f) && form->kind != FORM_PUBLIC)
    g_test_fail ();
  internet_settle (internet);
  outside = internet_count_outside (internet);
  if (outside > 0) {
    g_test_message ("%s, %s: outside", way_names[way], form->link);
    g_test_fail ();
  }
  /* the link itself is not followed, good as the host may be */
  if (form->kind == FORM_REFUSED && way == DIRECT
      && internet_count_files (internet) > 0) {
    g_test_message ("%s was fetched", form->link);
    g_test_fail ();
  }
  fixture_assert_ledger (f, 1);
  fixture_assert_requests (f, "submit", 1);
  fixture_assert_keys (f);
  sum->cells++;
  sum->connections += internet_count (internet);
  sum->outside += outside;
  sum->proxied_outside += internet_count_proxied_outside (internet);
}

static Internet *
enter (const gchar *test)
{
  g_autofree gchar *hosts = make_hosts ();
  Internet *internet;

  if (!namespace_enter (test))
    return NULL;
  internet = internet_new (hosts);
  if (internet != NULL && !make_certificate ())
    g_clear_pointer (&internet, internet_free);
  return internet;
}

static void
test_forms (gconstpointer data)
{
  const Way way = GPOINTER_TO_UINT (data);
  g_autofree gchar *path = g_strconcat (
      "/hostile/links/forms/", way_names[way], NULL);
  g_autoptr (Internet) internet = enter (path);
  g_autoptr (GPtrArray) forms = forms_new ();
  Sum sum = { 0 };
  guint i;

  if (internet == NULL)
    return;
  for (i = 0; i < forms->len; i++)
    try_form (internet, g_ptr_array_index (forms, i), way, &sum);
  g_test_message ("%s: %u forms, %u connections, %u of them outside",
      way_names[way], sum.cells, sum.connections, sum.outside);
}

/* The test can fail: a good link is fetched ... */
static void
test_good (void)
{
  static const gchar *const links[] = { NULL, GOOD,
    "https://files6.hailuo.test", "https://files64.hailuo.test",
    "HTTPS://93.184.216.20", "https://[2606:4700::20]:443" };
  g_autoptr (Internet) internet = enter ("/hostile/links/good");
  guint i;

  for (i = 0; internet != NULL && i < G_N_ELEMENTS (links); i++) {
    g_autoptr (Fixture) f = new_fixture (internet);

    if (links[i] != NULL)
      simulator_set_link_origin (f->simulator, links[i]);
    fixture_run (f);
    fixture_reset (f, GST_STATE_NULL);
    internet_settle (internet);
    g_assert_cmpuint (internet_count_files (internet), ==, 1);
    g_assert_cmpuint (internet_count_outside (internet), ==, 0);
    fixture_assert_ledger (f, 1);
  }
}

/* ... and where links may lead to this machine, or anywhere on the Internet,
 * each of them is seen to do so. */
static void
test_seen (void)
{
  static const gchar *const links[] = { "http://127.9.9.9:22/x.mp4",
    "https://127.0.0.1:70/x.mp4", "http://[::1]:6379/x.mp4",
    "http://localhost/x.mp4", "http://n1.hailuo.test/x.mp4",
    "http://2130706433/x.mp4", "http://93.184.216.77:8443/x.mp4",
    "https://[2606:4700::77]/x.mp4" };
  g_autoptr (Internet) internet = enter ("/hostile/links/seen");
  guint i;

  for (i = 0; internet != NULL && i < G_N_ELEMENTS (links); i++) {
    g_autoptr (Fixture) f = fixture_new (NULL);

    set_prompt (f);
    fixture_set (f, "retries", 0);
    internet_begin (internet, f->simulator);
    give_link (f, DIRECT, links[i]);
    g_assert_false (play (f));
    internet_wait_outside (internet, 1);
    g_test_message ("%s: %u", links[i], internet_count_outside (internet));
    g_assert_cmpuint (internet_count_outside (internet), ==, 1);
    fixture_assert_ledger (f, 1);
  }
}

/* A base URL that is loopback opens this machine, and no network of the
 * user's. */
static void
test_beside_loopback (void)
{
  static const gchar *const links[] = { "http://10.1.2.3/x.mp4",
    "https://10.1.2.3/x.mp4", "https://169.254.169.254/x.mp4",
    "http://2852039166/x.mp4", "http://[::ffff:169.254.169.254]/x.mp4",
    "http://[fd00::1]:6379/x.mp4", "http://[64:ff9b::7f00:1]/x.mp4",
    "http://0.0.0.0/x.mp4", "http://192.168.1.1:8443/x.mp4",
    "http://n4.hailuo.test/x.mp4", "https://n8.hailuo.test./x.mp4",
    "http://metadata.google.internal/x.mp4" };
  g_autoptr (Internet) internet = enter ("/hostile/links/beside-loopback");
  guint i, way;

  for (i = 0; internet != NULL && i < G_N_ELEMENTS (links); i++) {
    for (way = 0; way < N_WAYS; way++) {
      g_autoptr (Fixture) f = fixture_new (NULL);

      set_prompt (f);
      fixture_set (f, "retries", 0);
      internet_begin (internet, f->simulator);
      give_link (f, way, links[i]);
      g_assert_false (play (f));
      g_test_message ("%s, %s: %u", way_names[way], links[i],
          internet_count_outside (internet));
      g_assert_cmpuint (internet_count_outside (internet), ==, 0);
      fixture_assert_ledger (f, 1);
    }
  }
}

/* A proxy is asked for no name that leads where links may not lead, as far as
 * this machine knows. */
static void
test_proxy (gconstpointer data)
{
  const Way way = GPOINTER_TO_UINT (data);
  g_autofree gchar *path = g_strconcat (
      "/hostile/links/proxy/", way_names[way], NULL);
  g_autoptr (Internet) internet = enter (path);
  g_autoptr (GPtrArray) forms = forms_new ();
  Sum sum = { 0 };
  guint i;

  if (internet == NULL)
    return;
  g_setenv ("https_proxy", "http://proxy.hailuo.test:3128", TRUE);
  for (i = 0; i < forms->len; i++) {
    const Form *form = g_ptr_array_index (forms, i);

    if (form->kind != FORM_PUBLIC)
      try_form (internet, form, way, &sum);
  }
  g_assert_cmpuint (sum.proxied_outside, ==, 0);
  {
    g_autoptr (Fixture) f = new_fixture (internet);

    fixture_run (f);
    fixture_reset (f, GST_STATE_NULL);
    internet_settle (internet);
    g_assert_cmpuint (internet_count_proxied (internet), >=, 2);
    g_assert_cmpuint (internet_count_files (internet), ==, 0);
  }
  g_unsetenv ("https_proxy");
  g_test_message ("%u cells with a proxy: it was asked for %u addresses",
      sum.cells, sum.proxied_outside);
}

/* The same for proxies that know nothing of HTTP: none of them is even
 * connected to. */
static void
test_socks (void)
{
  static const gchar *const proxies[] = { "socks4", "socks4a", "socks5",
    "socks5h" };
  static const gchar *const links[] = { "https://n4.hailuo.test/x.mp4",
    "https://localhost/x.mp4", "https://ip6-localhost/x.mp4",
    "https://10.1.2.3/x.mp4" };
  g_autoptr (Internet) internet = enter ("/hostile/links/socks");
  guint i, j;

  g_setenv ("no_proxy", "api.hailuo.test", TRUE);
  for (i = 0; internet != NULL && i < G_N_ELEMENTS (proxies); i++) {
    g_autofree gchar *proxy = g_strconcat (
        proxies[i], "://proxy.hailuo.test:3128", NULL);

    g_setenv ("ALL_PROXY", proxy, TRUE);
    for (j = 0; j < G_N_ELEMENTS (links); j++) {
      const Form form = { (gchar *) links[j], FORM_NAME };
      Sum sum = { 0 };

      try_form (internet, &form, DIRECT, &sum);
      g_assert_cmpuint (internet_count_proxied (internet), ==, 0);
    }
  }
  g_unsetenv ("ALL_PROXY");
  g_unsetenv ("no_proxy");
}

/* Of a name that nobody here knows the proxy judges. */
static void
test_unknown (void)
{
  g_autoptr (Internet) internet = enter ("/hostile/links/unknown");
  g_autoptr (Fixture) f = NULL;

  if (internet == NULL)
    return;
  g_setenv ("https_proxy", "http://proxy.hailuo.test:3128", TRUE);
  g_setenv ("no_proxy", "api.hailuo.test", TRUE);
  f = new_fixture (internet);
  give_link (f, DIRECT, "https://unknown.hailuo.test/x.mp4");
  g_assert_false (play (f));
  internet_settle (internet);
  g_assert_cmpuint (internet_count_proxied (internet), ==, 1);
  g_assert_cmpuint (internet_count_outside (internet), ==, 0);
  fixture_assert_ledger (f, 1);
  g_unsetenv ("https_proxy");
  g_unsetenv ("no_proxy");
}

/* Until somebody asks for the address of the name whose first part is @part.
 * libcurl asks for others, too: from 8.20 on it looks up IPv6 on its own, of
 * names that /etc/hosts has an IPv4 address of as well. */
static void
wait_for_question (GSocket *server, const gchar *part)
{
  gchar question[512];
  gssize n;

  do {
    n = g_socket_receive (server, question, sizeof question, NULL, NULL);
    g_assert_cmpint (n, >, 0);
  } while (memmem (question, n, part, strlen (part)) == NULL);
}

/* While a name server says nothing, the element can be stopped. */
static void
test_silent (void)
{
  g_autoptr (Internet) internet = enter ("/hostile/links/silent");
  g_autoptr (GSocketAddress)
      address = g_inet_socket_address_new_from_string ("127.0.0.9", 53);
  g_autoptr (GSocket) server = g_socket_new (G_SOCKET_FAMILY_IPV4,
      G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
  g_autoptr (Fixture) f = NULL;
  g_autoptr (GError) error = NULL;

  if (internet == NULL)
    return;
  g_socket_bind (server, address, FALSE, &error);
  g_assert_no_error (error);
  g_setenv ("https_proxy", "http://proxy.hailuo.test:3128", TRUE);
  g_setenv ("no_proxy", "api.hailuo.test", TRUE);
  f = new_fixture (internet);
  give_link (f, DIRECT, "https://unknown.hailuo.test/x.mp4");
  fixture_ask (f, GST_STATE_PLAYING);
  wait_for_question (server, "unknown");
  fixture_stop (f, GST_STATE_NULL);
  g_assert_cmpuint (internet_count_proxied (internet), ==, 0);
  fixture_assert_ledger (f, 1);
  g_unsetenv ("https_proxy");
  g_unsetenv ("no_proxy");
}

/* A host that is not asked through the proxy is connected to from here, and
 * then the policy holds. */
static void
test_no_proxy (void)
{
  static const gchar *const exceptions[] = { "*", ".hailuo.test",
    "n4.hailuo.test" };
  g_autoptr (Internet) internet = enter ("/hostile/links/no-proxy");
  const Form form = { (gchar *) "https://n4.hailuo.test/x.mp4", FORM_NAME };
  Sum sum = { 0 };
  guint i, way;

  if (internet == NULL)
    return;
  g_setenv ("https_proxy", "http://proxy.hailuo.test:3128", TRUE);
  for (i = 0; i < G_N_ELEMENTS (exceptions); i++) {
    g_setenv ("no_proxy", exceptions[i], TRUE);
    for (way = 0; way < N_WAYS; way++)
      try_form (internet, &form, way, &sum);
  }
  g_unsetenv ("no_proxy");
  g_unsetenv ("https_proxy");
  g_test_message (
      "%u cells with no_proxy: %u connections outside", sum.cells, sum.outside);
}

int
main (int argc, char **argv)
{
  guint i;

  namespace_init ();
  fixture_init (&argc, &argv);
  g_test_add_func ("/hostile/links/good", test_good);
  g_test_add_func ("/hostile/links/seen", test_seen);
  for (i = 0; i < N_WAYS; i++) {
    g_autofree gchar *path = g_strconcat (
        "/hostile/links/forms/", way_names[i], NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_forms);
  }
  g_test_add_func ("/hostile/links/beside-loopback", test_beside_loopback);
  for (i = 0; i <= REDIRECT; i++) {
    g_autofree gchar *path = g_strconcat (
        "/hostile/links/proxy/", way_names[i], NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_proxy);
  }
  g_test_add_func ("/hostile/links/socks", test_socks);
  g_test_add_func ("/hostile/links/unknown", test_unknown);
  g_test_add_func ("/hostile/links/silent", test_silent);
  g_test_add_func ("/hostile/links/no-proxy", test_no_proxy);
  return fixture_finish ();
}
