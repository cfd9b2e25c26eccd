/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-link-check.c: what is refused by how it is written, all forms of it. */
#undef G_DISABLE_ASSERT
#include "forms.h"
#include "url.h"

static guint n_checked;

static void
test_forms (void)
{
  g_autoptr (GPtrArray) forms = forms_new ();
  guint i;

  for (i = 0; i < forms->len; i++) {
    const Form *form = g_ptr_array_index (forms, i);
    g_autoptr (GError) error = NULL;
    const gboolean allowed = gst_hailuo_url_check (form->link, FALSE, &error);

    /* of names nothing is known yet: but they may be refused */
    if (form->kind == FORM_NAME || allowed == (form->kind == FORM_PUBLIC)) {
      n_checked++;
      continue;
    }
    g_test_message ("%s is %s", form->link, allowed ? "allowed" : "refused");
    g_test_fail ();
  }
}

static void
test_addresses (void)
{
  guint i;

  for (i = 0; i < n_form_addresses; i++) {
    g_autoptr (GInetAddress)
        address = g_inet_address_new_from_string (form_addresses[i]);

    /* several, of one name */
    if (address == NULL || !gst_hailuo_address_is_public (address, FALSE)) {
      n_checked++;
      continue;
    }
    g_test_message ("%s is taken for public", form_addresses[i]);
    g_test_fail ();
  }
}

/* Beside a base URL that is public, and beside one that is loopback */
typedef struct
{
  const gchar *what;
  gboolean strict, trusting;
} Row;

static const Row addresses[] = {
  { "93.184.216.20", TRUE, TRUE },
  { "2606:4700::20", TRUE, TRUE },
  { "::ffff:93.184.216.20", TRUE, TRUE },
  { "127.0.0.1", FALSE, TRUE },
  { "127.9.9.9", FALSE, TRUE },
  { "::1", FALSE, TRUE },
  { "::ffff:127.0.0.1", FALSE, TRUE },
  { "0.0.0.0", FALSE, FALSE },
  { "::", FALSE, FALSE },
  { "10.0.0.5", FALSE, FALSE },
  { "169.254.169.254", FALSE, FALSE },
  { "::ffff:169.254.169.254", FALSE, FALSE },
  { "192.168.1.1", FALSE, FALSE },
  { "100.64.0.1", FALSE, FALSE },
  { "224.0.0.1", FALSE, FALSE },
  { "fd00::1", FALSE, FALSE },
  { "fe80::1", FALSE, FALSE },
  /* NAT64: as the address that is embedded, which is no way to this machine */
  { "64:ff9b::5db8:d814", TRUE, TRUE },
  { "64:ff9b::808:808", TRUE, TRUE },
  { "64:ff9b::7f00:1", FALSE, FALSE },
  { "64:ff9b::a00:5", FALSE, FALSE },
  { "64:ff9b::a9fe:a9fe", FALSE, FALSE },
  { "64:ff9b::", FALSE, FALSE },
  { "64:ff9b::1:5db8:d814", FALSE, FALSE },
  { "64:ff9b:1::5db8:d814", FALSE, FALSE },
};

static void
test_both_addresses (void)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (addresses); i++) {
    const Row *row = &addresses[i];
    g_autoptr (GInetAddress)
        address = g_inet_address_new_from_string (row->what);

    g_test_message ("%s", row->what);
    g_assert_true (
        gst_hailuo_address_is_public (address, FALSE) == row->strict);
    g_assert_true (
        gst_hailuo_address_is_public (address, TRUE) == row->trusting);
    n_checked++;
  }
}

static const Row links[] = {
  { "https://files.hailuo.test/x.mp4", TRUE, TRUE },
  { "http://files.hailuo.test/x.mp4", FALSE, TRUE },
  { "http://93.184.216.20/x.mp4", FALSE, TRUE },
  { "http://127.0.0.1:1/x.mp4", FALSE, TRUE },
  { "https://[::1]/x.mp4", FALSE, TRUE },
  { "https://2130706433/x.mp4", FALSE, TRUE },
  { "https://localhost/x.mp4", FALSE, TRUE },
  { "https://LocalHost./x.mp4", FALSE, TRUE },
  { "https://a.localhost/x.mp4", FALSE, TRUE },
  { "https://a.LOCALHOST./x.mp4", FALSE, TRUE },
  { "https://localhost.localdomain/x.mp4", FALSE, TRUE },
  { "https://LocalHost.LocalDomain./x.mp4", FALSE, TRUE },
  { "https://localhost6.localdomain6/x.mp4", FALSE, TRUE },
  { "https://ip6-localhost/x.mp4", FALSE, TRUE },
  { "https://ip6-loopback/x.mp4", FALSE, TRUE },
  { "https://ip6-localhost.example/x.mp4", TRUE, TRUE },
  { "https://notlocalhost/x.mp4", TRUE, TRUE },
  { "https://localhost.example/x.mp4", TRUE, TRUE },
  { "https://10.0.0.5/x.mp4", FALSE, FALSE },
  { "http://10.0.0.5/x.mp4", FALSE, FALSE },
  { "https://10.0.0.5./x.mp4", FALSE, FALSE },
  { "http://169.254.169.254/x.mp4", FALSE, FALSE },
  { "http://2852039166/x.mp4", FALSE, FALSE },
  { "http://[::ffff:169.254.169.254]/x.mp4", FALSE, FALSE },
  { "http://[fd00::1]/x.mp4", FALSE, FALSE },
  { "http://0.0.0.0/x.mp4", FALSE, FALSE },
  { "https://[64:ff9b::93.184.216.20]/x.mp4", TRUE, TRUE },
  { "http://[64:ff9b::127.0.0.1]/x.mp4", FALSE, FALSE },
};

static void
test_both_links (void)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (links); i++) {
    const Row *row = &links[i];

    g_test_message ("%s", row->what);
    g_assert_true (
        gst_hailuo_url_check (row->what, FALSE, NULL) == row->strict);
    g_assert_true (
        gst_hailuo_url_check (row->what, TRUE, NULL) == row->trusting);
    n_checked++;
  }
}

static void
test_none (void)
{
  g_assert_false (gst_hailuo_url_check (NULL, FALSE, NULL));
  g_assert_false (gst_hailuo_url_check ("", FALSE, NULL));
  g_assert_false (gst_hailuo_url_check ("", TRUE, NULL));
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hostile/link-check/forms", test_forms);
  g_test_add_func ("/hostile/link-check/addresses", test_addresses);
  g_test_add_func ("/hostile/link-check/both-addresses", test_both_addresses);
  g_test_add_func ("/hostile/link-check/both-links", test_both_links);
  g_test_add_func ("/hostile/link-check/none", test_none);
  status = g_test_run ();
  g_print ("# %u forms as they should be\n", n_checked);
  return status;
}
