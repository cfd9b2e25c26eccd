/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-tls.c: whom the element believes, with certificates made here. */
#include <curl/curl.h>

#include "fixture.h"
#include "namespace.h"
#include "process.h"

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
  return g_strdup_printf ("%s/%s%s", fixture_get_folder (), name, suffix);
}

#define NEW_KEY "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"

static void run_openssl (const gchar *format, ...) G_GNUC_PRINTF (1, 2);

static void
run_openssl (const gchar *format, ...)
{
  g_autoptr (Process) process = NULL;
  g_autofree gchar *arguments = NULL;
  va_list args;

  va_start (args, format);
  arguments = g_strdup_vprintf (format, args);
  va_end (args);
  process = process_run (NULL, "openssl %s", arguments);
  if (process->status != 0)
    g_error ("openssl: %s", process->err);
}

/* A certificate that signs itself: NAME.pem and NAME.key */
static void
make_authority (const gchar *name, const gchar *subject_alt_name)
{
  const gchar *folder = fixture_get_folder ();

  run_openssl ("req -x509 " NEW_KEY " -keyout '%s/%s.key' -out '%s/%s.pem'"
               " -subj '/CN=%s' -days 2 -addext 'subjectAltName=%s'",
      folder, name, folder, name, name, subject_alt_name);
}

/* One that @authority signs; @days 0: it has expired at once */
static void
make_certificate (const gchar *authority, const gchar *name,
    const gchar *subject_alt_name, gint days)
{
  const gchar *folder = fixture_get_folder ();
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

/* @certificate: of the host; @authority: as ca-file, or NULL */
static Fixture *
secure_fixture (const gchar *certificate, const gchar *authority)
{
  g_autofree gchar *cert_file = file_of (certificate, ".pem");
  g_autofree gchar *key_file = file_of (certificate, ".key");
  const FixtureOptions options = { .cert_file = cert_file,
    .key_file = key_file };
  Fixture *f = fixture_new (&options);

  g_assert_true (g_str_has_prefix (
      simulator_get_base_url (f->simulator, "apixo"), "https://127.0.0.1:"));
  if (authority != NULL) {
    g_autofree gchar *ca_file = file_of (authority, ".pem");

    fixture_set (f, "ca-file", ca_file);
  }
  return f;
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

/* What it takes to be @name: signed by itself, or by "ca", which is there anyway */
static void
make_server (const gchar *name)
{
  make_authority ("ca", "DNS:authority.example");
  if (g_str_equal (name, "self"))
    make_authority ("self", "IP:127.0.0.1");
  else
    make_certificate ("ca", name,
        g_str_equal (name, "wrong-host")          ? "DNS:localhost.example"
            : g_str_equal (name, "wrong-address") ? "IP:127.0.0.2"
                                                  : "IP:127.0.0.1",
        g_str_equal (name, "expired") ? 0 : 2);
}

static void
test_trust (gconstpointer data)
{
  const TrustRow *row = data;
  const FixtureDetails expected = { 0, NULL, NULL, 1, FALSE, "no", FALSE };
  g_autoptr (Fixture) f = NULL;
  g_autoptr (GError) error = NULL;
  GstMessage *message;

  if (!have_openssl ())
    return;
  make_server (row->server);
  if (g_strcmp0 (row->authority, "other") == 0)
    make_authority ("other", "DNS:other.example");
  f = secure_fixture (row->server, row->authority);
  if (row->believed) {
    fixture_run (f);
    fixture_assert_ledger (f, 1);
    return;
  }
  message = fixture_run_error (f, GST_RESOURCE_ERROR_OPEN_READ);
  fixture_assert_details (f, message, &expected);
  gst_message_parse_error (message, &error, NULL);
  process_assert_match (error->message, "certificate.*ca-file");
  fixture_assert_requests (f, "any", 0);
  fixture_assert_ledger (f, 0);
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
  make_server ("good");
  make_authority ("other", "DNS:other.example");
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
    g_autoptr (Fixture) f = secure_fixture ("good", authorities[i]);

    fixture_set (f, "take", i + 1);
    fixture_run (f);
    fixture_assert_ledger (f, 1);
    g_test_message (
        "believed %s", authorities[i] ? "beside a ca-file" : "with no ca-file");
  }
}

int
main (int argc, char **argv)
{
  guint i;

  namespace_init ();
  fixture_init (&argc, &argv);
  for (i = 0; i < G_N_ELEMENTS (trust_rows); i++) {
    g_autofree gchar *path = g_strconcat (
        "/tls/trust/", trust_rows[i].name, NULL);

    g_test_add_data_func (path, &trust_rows[i], test_trust);
  }
  g_test_add_func ("/tls/system", test_system);
  return fixture_finish ();
}
