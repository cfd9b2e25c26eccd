/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* simulator.c: the object: options, start and end. */
#include <curl/curl.h>
#include <gst/gst.h>

#include "simulator-private.h"

#define DEFAULT_KEY "simulator-key"

G_DEFINE_QUARK (sim - refusal - quark, sim_refusal)

/* NULL-terminated; a new host is one file and one line */
const SimDialect *const *
sim_dialects (void)
{
  static const SimDialect *const dialects[] = { &sim_dialect_apixo,
    &sim_dialect_apiinone, NULL };

  return dialects;
}

static gboolean
read_text (const gchar *file, gchar **text, GError **error)
{
  return file == NULL || g_file_get_contents (file, text, NULL, error);
}

static gboolean
read_clip (Simulator *self, const gchar *file, GError **error)
{
  gchar *data;
  gsize size;

  if (file == NULL)
    return TRUE;
  if (!g_file_get_contents (file, &data, &size, error))
    return FALSE;
  self->clip = g_bytes_new_take (data, size);
  return TRUE;
}

static gboolean
read_files (Simulator *self, const SimulatorOptions *options, GError **error)
{
  if ((options->cert_file == NULL) != (options->key_file == NULL)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "A certificate needs a key, and a key a certificate");
    return FALSE;
  }
  return read_text (options->cert_file, &self->cert, error)
      && read_text (options->key_file, &self->key, error)
      && read_clip (self, options->clip_file, error);
}

static Simulator *
simulator_alloc (const SimulatorOptions *options)
{
  Simulator *self = g_new0 (Simulator, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->rules = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_rule_free);
  self->requests = g_ptr_array_new_with_free_func (
      (GDestroyNotify) sim_request_free);
  self->tasks = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_task_free);
  self->workers = g_ptr_array_new ();
  self->base_urls = g_hash_table_new_full (
      g_str_hash, g_str_equal, NULL, g_free);
  self->cancellable = g_cancellable_new ();
  self->secret = g_uuid_string_random ();
  self->api_key = g_strdup (
      options->api_key != NULL ? options->api_key : DEFAULT_KEY);
  self->time_scale = options->time_scale > 0 ? options->time_scale : 1;
  self->api = (SimPort){ .simulator = self };
  self->files = (SimPort){ .simulator = self, .is_files = TRUE };
  return self;
}

static void
set_base_urls (Simulator *self)
{
  const SimDialect *const *dialect;

  for (dialect = sim_dialects (); *dialect != NULL; dialect++)
    g_hash_table_insert (self->base_urls, (gpointer) (*dialect)->name,
        g_strconcat (self->api.origin, (*dialect)->base_path, NULL));
}

Simulator *
simulator_new (const SimulatorOptions *options, GError **error)
{
  static const SimulatorOptions defaults = {
    0,
  };
  g_autoptr (Simulator) self = NULL;
  gboolean listening;

  if (options == NULL)
    options = &defaults;
  curl_global_init (CURL_GLOBAL_DEFAULT);
  self = simulator_alloc (options);
  if (!read_files (self, options, error))
    return NULL;
  /* it takes a while and cannot be interrupted, so not in a worker */
  if (self->clip == NULL && !gst_init_check (NULL, NULL, error))
    return NULL;

  /* On a fixed port a request may arrive at once; the lock, which each answer
   * takes, keeps it waiting until the links can be made. */
  g_mutex_lock (&self->lock);
  listening = sim_port_listen (&self->files, options->files_port, error)
      && sim_port_listen (&self->api, options->port, error);
  if (listening)
    set_base_urls (self);
  g_mutex_unlock (&self->lock);

  return listening ? g_steal_pointer (&self) : NULL;
}

void
simulator_free (Simulator *self)
{
  guint i;

  if (self == NULL)
    return;

  g_mutex_lock (&self->lock);
  self->quitting = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  g_cancellable_cancel (self->cancellable);

  /* first the ports, so that no worker is added while they are joined */
  sim_port_stop (&self->api);
  sim_port_stop (&self->files);
  for (i = 0; i < self->workers->len; i++)
    g_thread_join (g_ptr_array_index (self->workers, i));

  g_ptr_array_unref (self->workers);
  g_ptr_array_unref (self->tasks);
  g_ptr_array_unref (self->requests);
  g_ptr_array_unref (self->rules);
  g_hash_table_unref (self->base_urls);
  g_object_unref (self->cancellable);
  g_clear_pointer (&self->clip, g_bytes_unref);
  g_free (self->cert);
  g_free (self->key);
  g_free (self->secret);
  g_free (self->link_origin);
  g_free (self->api_key);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

const gchar *
simulator_get_base_url (Simulator *self, const gchar *provider)
{
  const gchar *url = g_hash_table_lookup (self->base_urls, provider);

  if (url == NULL)
    g_error ("The simulator knows no provider \"%s\"", provider);
  return url;
}

const gchar *
simulator_get_files_url (Simulator *self)
{
  return self->files.origin;
}

void
simulator_set_link_origin (Simulator *self, const gchar *origin)
{
  g_mutex_lock (&self->lock);
  g_free (self->link_origin);
  self->link_origin = g_strdup (origin);
  g_mutex_unlock (&self->lock);
}

guint16
simulator_get_port (Simulator *self)
{
  return self->api.port;
}

guint16
simulator_get_files_port (Simulator *self)
{
  return self->files.port;
}

void
simulator_script (Simulator *self, const gchar *json)
{
  g_autoptr (GError) error = NULL;

  if (!sim_script_add (self, json, NULL, &error))
    g_error ("%s in the script %s", error->message, json);
}

void
simulator_clear_script (Simulator *self)
{
  sim_script_clear (self);
}

gboolean
simulator_add_script (Simulator *self, const gchar *json, GError **error)
{
  return sim_script_add (self, json, NULL, error);
}
