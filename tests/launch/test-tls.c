/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-tls.c: whom the element believes, with certificates made here. */
#undef G_DISABLE_ASSERT
#include <curl/curl.h>

#include "launch.h"
#include "namespace.h"

/* --- certificates ----------------------------------------------------- */

static gboolean
have_openssl (void)
{
  g_autofree gchar *path = g_find_program_in_path ("openssl");

  if (path == NULL)
    g_test_skip ("the command openssl is not installed");
  return path != NULL;
}

static gchar *
file_of (const gchar *name, const gchar *suffix)
{
  return g_strdup_printf ("%s/%s%s", launch_get_folder (), name, suffix);
}

#define NEW_KEY "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"

static void run_openssl (const gchar *format, ...) G_GNUC_PRINTF (1, 2);

static void
run_openssl (const gchar *format, ...)
{
  g_autoptr (LaunchProcess) process = NULL;
  g_autofree gchar *arguments = NULL;
  va_list args;

  va_start (args, format);
  arguments = g_strdup_vprintf (format, args);
  va_end (args);
  process = launch_run (NULL, "openssl %s", arguments);
  if (process->status != 0)
    g_error ("openssl: %s", process->err);
}

/* A certificate that signs itself: NAME.pem and NAME.key */
static void
make_authority (const gchar *name, const gchar *subject_alt_name)
{
  const gchar *folder = launch_get_folder ();

  run_openssl ("req -x509 " NEW_KEY " -keyout '%s/%s.key' -out '%s/%s.pem'"
               " -subj '/CN=%s' -days 2 -addext 'subjectAltName=%s'",
      folder, name, folder, name, name, subject_alt_name);
}

/* One that @authority signs; @days 0: it has expired at once */
static void
make_certificate (const gchar *authority, const gchar *name,
    const gchar *subject_alt_name, gint days)
{
  const gchar *folder = launch_get_folder ();
  g_autofree gchar *extensions = file_of (name, ".ext");
  g_autofree gchar *text = g_strdup_printf (
      "subjectAltName=%s\n", subject_alt_name);

  g_assert_true (g_file_set_contents (extensions, text, -1, NULL));
  run_openssl ("req -new " NEW_KEY " -keyout '%s/%s.key' -out '%s/%s.csr'"
               " -subj '/CN=%s'",
      folder, name, folder, name, name);
  run_openssl ("x509 -req -in '%s/%s.csr' -CA '%s/%s.pem' -CAkey '%s/%s.key'"
               " -CAcreateserial -days %d -extfile '%s' -out '%s/%s.pem'",
      folder, name, folder, authority, folder, authority, days, extensions,
      folder, name);
}

static Simulator *
secure_simulator (const gchar *certificate)
{
  g_autofree gchar *cert_file = file_of (certificate, ".pem");
  g_autofree gchar *key_file = file_of (certificate, ".key");
  SimulatorOptions options = {
    .time_scale = 1e6,
    .clip_file = g_getenv ("TEST_CLIP"),
    .cert_file = cert_file,
    .key_file = key_file,
  };
  g_autoptr (GError) error = NULL;
  Simulator *simulator = simulator_new (&options, &error);

  g_assert_no_error (error);
  return simulator;
}

static LaunchPlayer *
player_at (Simulator *simulator, const gchar *authority)
{
  g_autofree gchar *settings = launch_shot_at (simulator);
  LaunchPlayer *player = launch_player_new (settings);

  g_assert_true (g_str_has_prefix (
      simulator_get_base_url (simulator, "apixo"), "https://127.0.0.1:"));
  if (authority != NULL) {
    g_autofree gchar *ca_file = file_of (authority, ".pem");

    g_object_set (player->src, "ca-file", ca_file, NULL);
  }
  return player;
}

/* --- who is believed -------------------------------------------------- */

typedef struct
{
  const gchar *name;
  const gchar *server;    /* its certificate */
  const gchar *authority; /* as ca-file; or NULL */
  gboolean believed;
} TrustRow;

static const TrustRow trust_rows[] = {
  { "named-authority", "good", "ca", TRUE },
  { "named-self-signed", "self", "self", TRUE },
  { "no-ca-file", "good", NULL, FALSE },
  { "other-authority", "good", "other", FALSE },
  { "self-signed", "self", "ca", FALSE },
  { "expired", "expired", "ca", FALSE },
  { "wrong-host", "wrong-host", "ca", FALSE },
  { "wrong-address", "wrong-address", "ca", FALSE },
};

static void
make_all (void)
{
  make_authority ("ca", "DNS:authority.example");
  make_authority ("other", "DNS:other.example");
  make_authority ("self", "IP:127.0.0.1");
  make_certificate ("ca", "good", "IP:127.0.0.1", 2);
  make_certificate ("ca", "expired", "IP:127.0.0.1", 0);
  make_certificate ("ca", "wrong-host", "DNS:localhost.example", 2);
  make_certificate ("ca", "wrong-address", "IP:127.0.0.2", 2);
}

static void
test_trust (gconstpointer data)
{
  const TrustRow *row = data;
  g_autoptr (Simulator) simulator = NULL;
  g_autoptr (LaunchPlayer) player = NULL;
  g_autoptr (GstMessage) message = NULL;

  if (!have_openssl ())
    return;
  make_all ();
  simulator = secure_simulator (row->server);
  player = player_at (simulator, row->authority);
  launch_player_set_state (player, GST_STATE_PLAYING);
  if (row->believed) {
    launch_player_wait_eos (player);
    g_assert_cmpuint (simulator_get_billed (simulator), ==, 1);
    return;
  }
  message = launch_player_wait_error (player);
  launch_assert_error (
      message, GST_RESOURCE_ERROR_OPEN_READ, "certificate.*ca-file", "no", 1);
  g_assert_cmpuint (simulator_get_requests (simulator, "any"), ==, 0);
  g_assert_cmpuint (simulator_get_billed (simulator), ==, 0);
}

/* --- the system's certificates ---------------------------------------- */

/* (nullable) */
static gchar *
get_system_bundle (void)
{
  gchar *path = NULL;

#if CURL_AT_LEAST_VERSION(7, 84, 0)
  CURL *easy = curl_easy_init ();
  char *known = NULL;

  curl_easy_getinfo (easy, CURLINFO_CAINFO, &known);
  path = g_strdup (known);
  curl_easy_cleanup (easy);
#endif
  if (path != NULL && !g_file_test (path, G_FILE_TEST_EXISTS))
    g_clear_pointer (&path, g_free);
  return path;
}

/* The system trusts "ca" and nobody else. */
static gboolean
enter_system_with_ca (const gchar *test)
{
  g_autofree gchar *bundle = get_system_bundle ();
  g_autofree gchar *ca_file = NULL, *text = NULL;

  if (!have_openssl ())
    return FALSE;
  if (bundle == NULL) {
    g_test_skip ("it is not known where libcurl's certificates are");
    return FALSE;
  }
  if (!namespace_enter (test))
    return FALSE;
  make_all ();
  ca_file = file_of ("ca", ".pem");
  g_assert_true (g_file_get_contents (ca_file, &text, NULL, NULL));
  namespace_replace_file (bundle, text);
  return TRUE;
}

static void
test_system (void)
{
  /* what is in ca-file comes to the system's, and does not take its place */
  static const gchar *const authorities[] = { NULL, "other" };
  guint i;

  if (!enter_system_with_ca ("/tls/system"))
    return;
  for (i = 0; i < G_N_ELEMENTS (authorities); i++) {
    g_autoptr (Simulator) simulator = secure_simulator ("good");
    g_autoptr (LaunchPlayer) player = player_at (simulator, authorities[i]);

    launch_player_set_state (player, GST_STATE_PLAYING);
    launch_player_wait_eos (player);
    g_assert_cmpuint (simulator_get_billed (simulator), ==, 1);
    g_test_message (
        "believed %s", authorities[i] ? "beside a ca-file" : "with no ca-file");
  }
}

int
main (int argc, char **argv)
{
  guint i;

  namespace_init ();
  launch_init (&argc, &argv);
  for (i = 0; i < G_N_ELEMENTS (trust_rows); i++) {
    g_autofree gchar *path = g_strconcat (
        "/tls/trust/", trust_rows[i].name, NULL);

    g_test_add_data_func (path, &trust_rows[i], test_trust);
  }
  g_test_add_func ("/tls/system", test_system);
  return g_test_run ();
}
