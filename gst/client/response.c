/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "response.h"

#include "secret.h"

void
gst_hailuo_response_clear (GstHailuoResponse *self)
{
  g_clear_pointer (&self->body, g_bytes_unref);
  gst_hailuo_secret_clear (&self->key);
}
