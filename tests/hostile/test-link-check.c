/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-link-check.c: what is refused by how it is written, all forms of it. */
#undef G_DISABLE_ASSERT
#include "forms.h"
#include "link.h"

static guint n_checked;

static void
test_forms (void)
{
  g_autoptr (GPtrArray) forms = forms_new ();
  guint i;

  for (i = 0; i < forms->len; i++) {
    const Form *form = g_ptr_array_index (forms, i);
    g_autoptr (GError) error = NULL;
    const gboolean allowed = gst_hailuo_link_check (form->link, FALSE, &error);

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
    if (address == NULL || !gst_hailuo_link_is_public (address)) {
      n_checked++;
      continue;
    }
    g_test_message ("%s is taken for public", form_addresses[i]);
    g_test_fail ();
  }
}

static void
test_none (void)
{
  g_assert_false (gst_hailuo_link_check (NULL, FALSE, NULL));
  g_assert_false (gst_hailuo_link_check ("", FALSE, NULL));
  g_assert_false (gst_hailuo_link_check ("", TRUE, NULL));
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hostile/link-check/forms", test_forms);
  g_test_add_func ("/hostile/link-check/addresses", test_addresses);
  g_test_add_func ("/hostile/link-check/none", test_none);
  status = g_test_run ();
  g_print ("# %u forms as they should be\n", n_checked);
  return status;
}
