/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-properties.c: what is set is what is read, and the defaults are those of
 * the descriptions. */
#include "fixture.h"

/* Of hailuosrc, which a user sets.  (transfer container) */
static GParamSpec **
list_settings (GstElement *element, guint *n_settings)
{
  guint n, i;
  GParamSpec **specs = g_object_class_list_properties (
      G_OBJECT_GET_CLASS (element), &n);

  *n_settings = 0;
  for (i = 0; i < n; i++) {
    if (specs[i]->owner_type == G_OBJECT_TYPE (element)
        && (specs[i]->flags & G_PARAM_READWRITE) == G_PARAM_READWRITE)
      specs[(*n_settings)++] = specs[i];
  }
  g_assert_cmpuint (*n_settings, >=, 28);
  return specs;
}

static GstElement *
make_element (void)
{
  return gst_object_ref_sink (gst_element_factory_make ("hailuosrc", NULL));
}

static void
test_defaults (void)
{
  g_autoptr (GstElement) element = make_element ();
  guint n, i;
  g_autofree GParamSpec **specs = list_settings (element, &n);

  for (i = 0; i < n; i++) {
    g_auto (GValue) value = G_VALUE_INIT;

    g_value_init (&value, specs[i]->value_type);
    g_object_get_property (G_OBJECT (element), specs[i]->name, &value);
    /* which gst-launch-1.0 takes once only on its line */
    g_assert_false (specs[i]->flags & G_PARAM_CONSTRUCT);
    if (!g_param_value_defaults (specs[i], &value))
      g_error ("%s is not at its default", specs[i]->name);
  }
}

/* One that no other property has, as far as its type has as many. */
static void
make_value (const GParamSpec *spec, guint number, GValue *value)
{
  g_value_init (value, spec->value_type);
  if (G_IS_PARAM_SPEC_STRING (spec))
    g_value_set_string (value, spec->name);
  else if (G_IS_PARAM_SPEC_ENUM (spec))
    g_value_set_enum (value, 1);
  else if (G_IS_PARAM_SPEC_BOOLEAN (spec))
    g_value_set_boolean (value, TRUE);
  else if (G_IS_PARAM_SPEC_UINT (spec))
    g_value_set_uint (value, 100 + number);
  else if (G_IS_PARAM_SPEC_UINT64 (spec))
    g_value_set_uint64 (value, G_MAXUINT32 + G_GUINT64_CONSTANT (100) + number);
  else if (G_IS_PARAM_SPEC_DOUBLE (spec))
    g_value_set_double (value, number + 0.5);
  else
    g_assert_not_reached ();
}

/* Each is set before the first one is read: no two share a field. */
static void
test_set_and_get (void)
{
  g_autoptr (GstElement) element = make_element ();
  guint n, i;
  g_autofree GParamSpec **specs = list_settings (element, &n);

  for (i = 0; i < n; i++) {
    g_auto (GValue) value = G_VALUE_INIT;

    make_value (specs[i], i, &value);
    g_object_set_property (G_OBJECT (element), specs[i]->name, &value);
  }
  for (i = 0; i < n; i++) {
    g_auto (GValue) expected = G_VALUE_INIT;
    g_auto (GValue) value = G_VALUE_INIT;

    make_value (specs[i], i, &expected);
    g_value_init (&value, specs[i]->value_type);
    g_object_get_property (G_OBJECT (element), specs[i]->name, &value);
    if (g_param_values_cmp (specs[i], &value, &expected) != 0)
      g_error ("%s is not what it was set to", specs[i]->name);
  }
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  g_test_add_func ("/properties/defaults", test_defaults);
  g_test_add_func ("/properties/set-and-get", test_set_and_get);
  return fixture_finish ();
}
