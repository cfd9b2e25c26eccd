/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "provider.h"

#include <string.h>

#define TASK_ID_MAX 128

static const GstHailuoProvider *const providers[] = {
  [GST_HAILUO_PROVIDER_APIXO] = &gst_hailuo_provider_apixo,
  [GST_HAILUO_PROVIDER_APIINONE] = &gst_hailuo_provider_apiinone,
};

G_STATIC_ASSERT (G_N_ELEMENTS (providers) == GST_HAILUO_N_PROVIDERS);

const GstHailuoProvider *
gst_hailuo_provider_get (GstHailuoProviderId id)
{
  g_return_val_if_fail (id < GST_HAILUO_N_PROVIDERS, NULL);
  return providers[id];
}

const GstHailuoProvider *
gst_hailuo_provider_find (const gchar *nick)
{
  guint i;

  for (i = 0; i < GST_HAILUO_N_PROVIDERS; i++) {
    if (g_strcmp0 (providers[i]->catalogue.nick, nick) == 0)
      return providers[i];
  }
  return NULL;
}

gboolean
gst_hailuo_task_id_is_valid (const gchar *task_id)
{
  gsize length = task_id ? strlen (task_id) : 0;

  return length > 0 && length <= TASK_ID_MAX
      && strspn (task_id,
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
             "0123456789._:-/+=@,")
      == length
      && !g_str_equal (task_id, ".") && strstr (task_id, "..") == NULL;
}

void
gst_hailuo_api_request_clear (GstHailuoApiRequest *self)
{
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->body, g_free);
}
