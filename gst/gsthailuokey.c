/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsthailuokey.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "gsthailuofile.h"

#include "client/secret.h"

#define KEY_MAX 4096

static gboolean
is_set (const gchar *text)
{
  return text != NULL && *text != '\0';
}

/* --- finding the key ----------------------------------------------------- */

/* Anything else could smuggle a header into the request. */
static gboolean
is_key (const gchar *key)
{
  const gchar *p;

  for (p = key; *p != '\0'; p++) {
    if (!g_ascii_isgraph (*p))
      return FALSE;
  }
  return p > key && p - key <= KEY_MAX;
}

/* NULL: @why says why. (transfer full) (nullable) */
static gchar *
read_key_file (const gchar *path, gchar **why)
{
  gchar text[KEY_MAX + 2];
  struct stat st;
  gchar *key = NULL;
  gssize n = -1;
  gint fd = gst_hailuo_file_open (path, &st, why);

  if (fd < 0)
    return NULL;
  if ((st.st_mode & 077) != 0) {
    *why = g_strdup_printf ("is accessible to other users (mode %03o): run"
                            " chmod 600 on it",
        st.st_mode & 0777);
  } else if (st.st_uid != geteuid () && st.st_uid != 0) {
    *why = g_strdup ("belongs to another user");
  } else {
    n = read (fd, text, sizeof text - 1);
    if (n < 0)
      *why = g_strdup_printf ("cannot be read: %s", g_strerror (errno));
  }
  close (fd);
  if (n < 0)
    return NULL;

  text[n] = '\0';
  g_strchomp (text);
  if ((gsize) n > KEY_MAX || strlen (text) + 2 < (gsize) n || !is_key (text))
    *why = g_strdup ("must hold one line with the key and nothing else");
  else
    key = g_strdup (text);
  explicit_bzero (text, sizeof text);
  return key;
}

/* api-key, else api-key-file, else the environment. (nullable) */
static gchar *
find_key (const GstHailuoSettings *settings, const GstHailuoProvider *provider,
    gboolean usual_base_url, GPtrArray *problems)
{
  const gchar *from_environment = g_getenv (provider->key_env);

  if (is_set (settings->api_key)) {
    if (is_key (settings->api_key))
      return g_strdup (settings->api_key);
    gst_hailuo_add_problem (problems,
        "api-key is not a valid key: at most %d printable ASCII characters"
        " without spaces are allowed.",
        KEY_MAX);
    return NULL;
  }
  if (is_set (settings->api_key_file)) {
    g_autofree gchar *why = NULL;
    gchar *key = read_key_file (settings->api_key_file, &why);

    /* the value may be the key itself, set by mistake: do not show it */
    if (key == NULL
        && !g_file_test (settings->api_key_file, G_FILE_TEST_EXISTS))
      gst_hailuo_add_problem (problems, "api-key-file %s.", why);
    else if (key == NULL)
      gst_hailuo_add_problem (
          problems, "api-key-file=%s %s.", settings->api_key_file, why);
    return key;
  }
  if (is_set (from_environment) && usual_base_url) {
    if (is_key (from_environment))
      return g_strdup (from_environment);
    gst_hailuo_add_problem (problems,
        "%s in the environment contains a space or another character that no key"
        " has: set it to the key alone.",
        provider->key_env);
    return NULL;
  }
  gst_hailuo_add_problem (problems,
      is_set (from_environment)
          ? "api-key is not set: the key in %s is sent only to the provider, or to"
            " %s; set api-key-file to the key for this base-url."
          : "api-key is not set: set %s in the environment, api-key-file or"
            " api-key.",
      provider->key_env, provider->url_env);
  return NULL;
}

/* --- keys in other settings ----------------------------------------------- */

/* A whole key only: part of one may be a word of a path. */
static void
check_text (
    const gchar *key, const gchar *name, const gchar *text, GPtrArray *problems)
{
  g_autofree gchar *plain = g_uri_unescape_string (text, NULL);

  if (text != NULL
      && (strcasestr (text, key) != NULL
          || (plain != NULL && strcasestr (plain, key) != NULL)))
    gst_hailuo_add_problem (problems,
        "%s has the API key in it, which would be kept and shown to others: take"
        " it out, and get a new key if it was seen.",
        name);
}

/* All settings but the key itself, which cannot be read. */
static void
check_texts (const gchar *key, const GstHailuoSettings *settings,
    GObjectClass *object_class, GPtrArray *problems)
{
  guint n, i;
  g_autofree GParamSpec **specs = g_object_class_list_properties (
      object_class, &n);

  for (i = 0; i < n; i++) {
    g_auto (GValue) value = G_VALUE_INIT;

    if (specs[i]->owner_type != G_OBJECT_CLASS_TYPE (object_class)
        || specs[i]->value_type != G_TYPE_STRING
        || (specs[i]->flags & G_PARAM_READABLE) == 0)
      continue;
    g_value_init (&value, G_TYPE_STRING);
    if (gst_hailuo_settings_get (settings, specs[i]->param_id, &value))
      check_text (key, specs[i]->name, g_value_get_string (&value), problems);
  }
}

/* Settings end up in the ledger, in messages and in the tags of files that are
 * published.  @words: the prompt. */
static void
keep_key_out (const gchar *key, const GstHailuoSettings *settings,
    GObjectClass *object_class, const gchar *words, GPtrArray *problems)
{
  const GstHailuoProvider *provider = gst_hailuo_provider_get (
      settings->provider);
  const gchar *base_url = g_getenv (provider->url_env);
  g_autoptr (GstHailuoMask) mask = gst_hailuo_mask_new (key);
  guint i;

  if (mask == NULL)
    return;
  check_texts (key, settings, object_class, problems);
  if (!is_set (settings->params.prompt))
    check_text (key, "prompt-file", words, problems);
  if (!is_set (settings->base_url))
    check_text (key, provider->url_env, base_url, problems);
  /* other problems quote the value */
  for (i = 0; i < problems->len; i++) {
    gchar *masked = gst_hailuo_mask_apply (mask, problems->pdata[i]);

    if (masked == NULL)
      continue;
    g_free (problems->pdata[i]);
    problems->pdata[i] = masked;
  }
}

gchar *
gst_hailuo_key_find (const GstHailuoSettings *settings,
    GObjectClass *object_class, gboolean usual_base_url, gboolean needs,
    const gchar *words, GPtrArray *problems)
{
  g_autoptr (GPtrArray) ignored = g_ptr_array_new_with_free_func (g_free);
  gchar *key = find_key (settings, gst_hailuo_provider_get (settings->provider),
      usual_base_url, needs ? problems : ignored);
  guint i;

  keep_key_out (key, settings, object_class, words, problems);
  for (i = 0; i < GST_HAILUO_N_PROVIDERS; i++) {
    const gchar *other = g_getenv (gst_hailuo_provider_get (i)->key_env);

    if (g_strcmp0 (key, other) != 0)
      keep_key_out (other, settings, object_class, words, problems);
  }
  if (!needs)
    gst_hailuo_secret_clear (&key);
  return key;
}
