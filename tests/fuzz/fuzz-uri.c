/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hailuo:// URIs: what is taken is said again as the same shot, and what is
 * refused changes nothing.  A key is never taken. */
#include "fuzz.h"

#include <gst/gst.h>
#include <string.h>

GST_ELEMENT_REGISTER_DECLARE (hailuosrc);

#define BEFORE "hailuo://?prompt=before&take=7"

static GstURIHandler *
get_source (void)
{
  static GstElement *source = NULL;

  if (source == NULL) {
    /* no registry: what it finds on a machine is not of this */
    g_setenv ("GST_REGISTRY_DISABLE", "yes", TRUE);
    gst_init (NULL, NULL);
    g_assert_true (GST_ELEMENT_REGISTER (hailuosrc, NULL));
    source = gst_object_ref_sink (gst_element_factory_make ("hailuosrc", NULL));
  }
  return GST_URI_HANDLER (source);
}

static void
assert_refused (GstURIHandler *source, const gchar *uri, const GError *error)
{
  g_autofree gchar *now = gst_uri_handler_get_uri (source);

  g_assert_cmpstr (now, ==, BEFORE);
  g_assert_nonnull (error);
  g_assert_true (error->domain == GST_URI_ERROR);
  /* others are refused by GStreamer, in its words */
  if (g_ascii_strncasecmp (uri, "hailuo:", 7) == 0)
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

/* Said again it is the same. */
static void
assert_taken (GstURIHandler *source, const gchar *uri)
{
  g_autofree gchar *said = gst_uri_handler_get_uri (source);
  g_autofree gchar *again = NULL;

  g_assert_null (strstr (uri, "&api-key="));
  if (said == NULL)
    return; /* neither a prompt nor a task */
  g_assert_true (g_str_is_ascii (said));
  g_assert_true (gst_uri_handler_set_uri (source, said, NULL));
  again = gst_uri_handler_get_uri (source);
  g_assert_cmpstr (again, ==, said);
}

gint
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  GstURIHandler *source = get_source ();
  g_autofree gchar *uri = g_strndup ((const gchar *) data, size);
  g_autoptr (GError) error = NULL;

  g_object_set (source, "reuse", 0, "max-cost", -1.0, NULL);
  g_assert_true (gst_uri_handler_set_uri (source, BEFORE, NULL));
  if (gst_uri_handler_set_uri (source, uri, &error))
    assert_taken (source, uri);
  else
    assert_refused (source, uri, error);
  return 0;
}
