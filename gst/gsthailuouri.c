/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsthailuouri.h"

#include <float.h>
#include <string.h>

#include "client/error.h"

/* Set by the class of the element */
static GstHailuoGetTerms get_terms;

#define SCHEME "hailuo"
#define REUSE "reuse"
#define MAX_COST "max-cost"

#define DECIMALS_MAX 340 /* enough for the smallest double */

/* Where a property is in the URI */
typedef enum
{
  PLACE_HOST,
  PLACE_PATH,
  PLACE_QUERY,
  PLACE_NOWHERE /* no property that names a local file: a URI may come from anybody */
} Place;

static const struct
{
  const gchar *name;
  Place place;
  gboolean is_shot; /* part of the shot: its default if not in the URI; the
                     * others are the terms */
} parts[] = {
  { "provider", PLACE_HOST, TRUE },
  { "mode", PLACE_PATH, TRUE },
  { "prompt", PLACE_QUERY, TRUE },
  { "prompt-file", PLACE_NOWHERE, TRUE },
  { "image", PLACE_QUERY, TRUE },
  { "model", PLACE_QUERY, TRUE },
  { "duration", PLACE_QUERY, TRUE },
  { "resolution", PLACE_QUERY, TRUE },
  { "routing", PLACE_QUERY, TRUE },
  { "take", PLACE_QUERY, TRUE },
  { "task-id", PLACE_QUERY, TRUE },
  { REUSE, PLACE_QUERY, FALSE },
  { MAX_COST, PLACE_QUERY, FALSE },
};

static gboolean set_error (GError **error, GstURIError code,
    const gchar *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
set_error (GError **error, GstURIError code, const gchar *format, ...)
{
  g_autofree gchar *sentence = NULL;
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  sentence = gst_hailuo_make_harmless (text, -1);
  g_set_error_literal (error, GST_URI_ERROR, code, sentence);
  return FALSE;
}

/* --- from a URI --------------------------------------------------------- */

static gboolean
is_like_key (const gchar *name)
{
  static const gchar *const words[] = { "key", "token", "auth", "secret",
    "password", "bearer", "credential" };
  g_autofree gchar *lower = g_ascii_strdown (name, -1);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (words); i++) {
    if (strstr (lower, words[i]) != NULL)
      return TRUE;
  }
  return FALSE;
}

static gboolean
set_key_error (GError **error)
{
  return set_error (error, GST_URI_ERROR_BAD_URI,
      "A key does not belong in a hailuo:// URI, which others may read in logs"
      " and playlists. Set it in the environment (APIXO_API_KEY,"
      " APIINONE_API_KEY) or in the property api-key-file.");
}

static gboolean
check_name (const gchar *name, GError **error)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (parts); i++) {
    if (parts[i].place == PLACE_QUERY && g_str_equal (name, parts[i].name))
      return TRUE;
  }
  if (is_like_key (name))
    return set_key_error (error);
  return set_error (error, GST_URI_ERROR_BAD_URI,
      "A hailuo:// URI has no parameter \"%s\"; it may have prompt, image,"
      " model, duration, resolution, routing, take, task-id, reuse and"
      " max-cost.",
      name);
}

/* The parameters of the query.  Fails if one is unknown or given twice.
 * (transfer full) (nullable) */
static GHashTable *
read_query (const gchar *text, GError **error)
{
  g_autoptr (GHashTable)
      query = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GError) problem = NULL;
  GUriParamsIter iter;
  gchar *name, *value;

  /* + is a space, as in web browsers and GstUri */
  g_uri_params_iter_init (
      &iter, text != NULL ? text : "", -1, "&", G_URI_PARAMS_WWW_FORM);
  while (g_uri_params_iter_next (&iter, &name, &value, &problem)) {
    gboolean fine = check_name (name, error);

    if (fine && g_hash_table_contains (query, name))
      fine = set_error (error, GST_URI_ERROR_BAD_URI,
          "The hailuo:// URI names %s twice (an & in a value is written %%26).",
          name);
    g_hash_table_insert (query, name, value);
    if (!fine)
      return NULL;
  }
  if (problem != NULL) {
    set_error (error, GST_URI_ERROR_BAD_URI,
        "The query of the hailuo:// URI is not name=value&name=value in UTF-8,"
        " with %%26 for & and %%25 for %%: %s.",
        problem->message);
    return NULL;
  }
  return g_steal_pointer (&query);
}

/* The text of the part in the URI. (transfer none) (nullable) */
static const gchar *
get_part (GUri *uri, GHashTable *query, guint part)
{
  const gchar *text;

  switch (parts[part].place) {
    case PLACE_HOST:
      text = g_uri_get_host (uri);
      break;
    case PLACE_PATH:
      text = g_uri_get_path (uri);
      text = *text == '/' ? text + 1 : text;
      break;
    case PLACE_NOWHERE:
      return NULL;
    default:
      return g_hash_table_lookup (query, parts[part].name);
  }
  return text != NULL && *text != '\0' ? text : NULL;
}

/* Decimal digits within the range of a guint: gst_value_deserialize() would
 * accept 010 as 8, and 4294967298 as 2. */
static gboolean
read_number (const GParamSpecUInt *spec, const gchar *text, GValue *value)
{
  guint64 number;
  gboolean fine = g_ascii_string_to_unsigned (
      text, 10, spec->minimum, spec->maximum, &number, NULL);

  if (fine)
    g_value_set_uint (value, number);
  return fine;
}

/* Plain decimals such as 0.40 or -1: no exponent, no hexadecimal number, no
 * "inf", as in HAILUO_URI_BUDGET. */
static gboolean
read_amount (GParamSpec *spec, const gchar *text, GValue *value)
{
  const gboolean plain = text[strspn (text, "-.0123456789")] == '\0';
  gchar *end;

  g_value_set_double (value, g_ascii_strtod (text, &end));
  return plain && end != text && *end == '\0'
      && !g_param_value_validate (spec, value);
}

static gboolean
read_nick (const GParamSpecEnum *spec, const gchar *text, GValue *value)
{
  const GEnumValue *found = g_enum_get_value_by_nick (spec->enum_class, text);

  if (found != NULL)
    g_value_set_enum (value, found->value);
  return found != NULL;
}

/* Parses @text as a value of the property.  NULL: sets the default. */
static gboolean
read_value (GParamSpec *spec, const gchar *text, GValue *value, GError **error)
{
  gboolean fine = TRUE;

  g_value_init (value, spec->value_type);
  if (text == NULL)
    g_param_value_set_default (spec, value);
  else if (G_IS_PARAM_SPEC_UINT (spec))
    fine = read_number (G_PARAM_SPEC_UINT (spec), text, value);
  else if (G_IS_PARAM_SPEC_DOUBLE (spec))
    fine = read_amount (spec, text, value);
  else if (G_IS_PARAM_SPEC_ENUM (spec))
    fine = read_nick (G_PARAM_SPEC_ENUM (spec), text, value);
  else
    g_value_set_string (value, text);
  return fine
      || set_error (error, GST_URI_ERROR_BAD_URI,
          "%s=%s in the hailuo:// URI is not a value of that property:"
          " gst-inspect-1.0 hailuosrc lists them.",
          spec->name, text);
}

/* Like g_uri_parse(), but does not remove "x/.." from the path: no part of a URI
 * is ignored. (transfer full) (nullable) */
static GUri *
parse (const gchar *text)
{
  const GUriFlags flags = G_URI_FLAGS_ENCODED_QUERY;
  g_autofree gchar *scheme = NULL;
  g_autofree gchar *userinfo = NULL;
  g_autofree gchar *host = NULL;
  g_autofree gchar *path = NULL;
  g_autofree gchar *query = NULL;
  g_autofree gchar *fragment = NULL;
  gint port;

  if (!g_uri_split (text, flags, &scheme, &userinfo, &host, &port, &path,
          &query, &fragment, NULL)
      || scheme == NULL)
    return NULL;
  return g_uri_build (
      flags, scheme, userinfo, host, port, path, query, fragment);
}

/* (transfer full) (nullable) */
static GUri *
read_form (const gchar *text, GError **error)
{
  g_autoptr (GUri) uri = parse (text);

  if (uri == NULL || g_strcmp0 (g_uri_get_scheme (uri), SCHEME) != 0)
    set_error (error, GST_URI_ERROR_BAD_URI,
        "This is not a URI like"
        " hailuo://apixo/standard-text-to-video?prompt=a+lighthouse.");
  else if (g_uri_get_userinfo (uri) != NULL)
    set_key_error (error);
  else if (g_uri_get_port (uri) >= 0 || g_uri_get_fragment (uri) != NULL)
    set_error (error, GST_URI_ERROR_BAD_URI,
        "A hailuo:// URI has no port and no fragment (a # in a value is written"
        " %%23).");
  else
    return g_steal_pointer (&uri);
  return NULL;
}

static gboolean
check_state (GstElement *element, GError **error)
{
  GstState state;

  GST_OBJECT_LOCK (element);
  state = MAX (GST_STATE (element), GST_STATE_PENDING (element));
  GST_OBJECT_UNLOCK (element);
  if (state < GST_STATE_PAUSED)
    return TRUE;
  return set_error (error, GST_URI_ERROR_BAD_STATE,
      "The URI of hailuosrc can be changed in the NULL and READY states only:"
      " stop the element first.");
}

/* A URI may come from anybody, so it can only narrow the terms. */
static gboolean
read_terms (GObjectClass *object_class, GHashTable *query, gboolean *only,
    gdouble *max_cost, GError **error)
{
  const gchar *reuse = g_hash_table_lookup (query, REUSE);
  g_auto (GValue) cost = G_VALUE_INIT;

  *only = g_strcmp0 (reuse, "only") == 0;
  if (reuse != NULL && !*only && !g_str_equal (reuse, "always"))
    return set_error (error, GST_URI_ERROR_BAD_URI,
        REUSE "=%s is not allowed in a hailuo:// URI, which may set only or"
              " always. Set it on the element, after the URI.",
        reuse);
  if (!read_value (g_object_class_find_property (object_class, MAX_COST),
          g_hash_table_lookup (query, MAX_COST), &cost, error))
    return FALSE;
  *max_cost = g_value_get_double (&cost);
  if (*max_cost < 0 && *max_cost != -1)
    return set_error (error, GST_URI_ERROR_BAD_URI,
        MAX_COST
        "=%g is not for a hailuo:// URI: it is an amount in US dollars,"
        " or -1.",
        *max_cost);
  return TRUE;
}

static void
set_terms (GObject *object, gboolean only, gdouble max_cost)
{
  GST_OBJECT_LOCK (object);
  gst_hailuo_terms_set_uri (get_terms (object), only, max_cost);
  GST_OBJECT_UNLOCK (object);
  g_object_notify (object, REUSE);
  g_object_notify (object, MAX_COST);
}

/* The task id, if set, is from the URI. */
static void
note_task (gpointer self)
{
  GST_OBJECT_LOCK (self);
  get_terms (self)->uri_task = TRUE;
  GST_OBJECT_UNLOCK (self);
}

static gboolean
gst_hailuo_uri_set (GstURIHandler *handler, const gchar *text, GError **error)
{
  GObjectClass *object_class = G_OBJECT_GET_CLASS (handler);
  g_autoptr (GUri) uri = read_form (text, error);
  g_autoptr (GHashTable) query = uri ? read_query (g_uri_get_query (uri), error)
                                     : NULL;
  GValue values[G_N_ELEMENTS (parts)] = { G_VALUE_INIT };
  gboolean only = TRUE;
  gdouble max_cost = 0;
  gboolean done = query != NULL && check_state (GST_ELEMENT (handler), error)
      && read_terms (object_class, query, &only, &max_cost, error);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (parts) && done; i++) {
    if (parts[i].is_shot)
      done = read_value (
          g_object_class_find_property (object_class, parts[i].name),
          get_part (uri, query, i), &values[i], error);
  }
  /* before the shot, so that it never applies with other terms */
  if (done)
    set_terms (G_OBJECT (handler), only, max_cost);
  for (i = 0; i < G_N_ELEMENTS (parts); i++) {
    if (done && G_IS_VALUE (&values[i]))
      g_object_set_property (G_OBJECT (handler), parts[i].name, &values[i]);
    if (G_IS_VALUE (&values[i]))
      g_value_unset (&values[i]);
  }
  if (done)
    note_task (handler);
  return done;
}

/* --- to a URI ----------------------------------------------------------- */

/* With as few digits as possible, and no exponent. (transfer full) */
static gchar *
write_amount (gdouble amount)
{
  gchar text[DBL_MAX_10_EXP + DECIMALS_MAX + 8];
  gchar format[8];
  guint decimals = 0;

  do {
    g_snprintf (format, sizeof format, "%%.%uf", decimals);
    g_ascii_formatd (text, sizeof text, format, amount);
  } while (g_ascii_strtod (text, NULL) != amount && ++decimals <= DECIMALS_MAX);
  return g_strdup (text);
}

/* The text of the property in a URI; NULL if it has its default.
 * (transfer full) (nullable) */
static gchar *
dup_property (GObject *object, const gchar *name)
{
  GParamSpec *spec = g_object_class_find_property (
      G_OBJECT_GET_CLASS (object), name);
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, spec->value_type);
  g_object_get_property (object, name, &value);
  if (g_param_value_defaults (spec, &value))
    return NULL;
  return G_VALUE_HOLDS_STRING (&value) ? g_value_dup_string (&value)
      : G_VALUE_HOLDS_DOUBLE (&value)
      ? write_amount (g_value_get_double (&value))
      : gst_value_serialize (&value);
}

/* A property may have values that a URI must not have. */
static gchar *
dup_reuse (GObject *object)
{
  gboolean only;

  GST_OBJECT_LOCK (object);
  only = gst_hailuo_terms_is_only (get_terms (object));
  GST_OBJECT_UNLOCK (object);
  return only ? g_strdup ("only") : NULL;
}

static gchar *
gst_hailuo_uri_get (GstURIHandler *handler)
{
  g_autoptr (GString) uri = g_string_new (SCHEME "://");
  gchar separator = '?';
  gboolean is_shot = FALSE;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (parts); i++) {
    g_autofree gchar *text = parts[i].place == PLACE_NOWHERE ? NULL
        : g_str_equal (parts[i].name, REUSE)
        ? dup_reuse (G_OBJECT (handler))
        : dup_property (G_OBJECT (handler), parts[i].name);

    /* with a prompt, the task id is a result and not part of the shot */
    if (text == NULL || (is_shot && g_str_equal (parts[i].name, "task-id")))
      continue;
    if (parts[i].place == PLACE_PATH)
      g_string_append_c (uri, '/');
    if (parts[i].place == PLACE_QUERY) {
      g_string_append_printf (uri, "%c%s=", separator, parts[i].name);
      separator = '&';
      is_shot = is_shot || g_str_equal (parts[i].name, "prompt")
          || g_str_equal (parts[i].name, "task-id");
    }
    g_string_append_uri_escaped (uri, text, NULL, FALSE);
  }
  return is_shot ? g_strdup (uri->str) : NULL;
}

/* --- the interface ------------------------------------------------------ */

static GstURIType
gst_hailuo_uri_get_uri_type (GType type)
{
  return GST_URI_SRC;
}

static const gchar *const *
gst_hailuo_uri_get_protocols (GType type)
{
  static const gchar *const protocols[] = { SCHEME, NULL };

  return protocols;
}

void
gst_hailuo_uri_handler_init (gpointer interface, gpointer terms_getter)
{
  GstURIHandlerInterface *handler = interface;

  get_terms = terms_getter;
  handler->get_type = gst_hailuo_uri_get_uri_type;
  handler->get_protocols = gst_hailuo_uri_get_protocols;
  handler->get_uri = gst_hailuo_uri_get;
  handler->set_uri = gst_hailuo_uri_set;
}
