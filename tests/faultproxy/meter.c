/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* meter.c: finds the end of an HTTP request in a stream of bytes. */
#include <string.h>

#include "faultproxy-private.h"

void
request_meter_clear (RequestMeter *meter)
{
  if (meter->head != NULL)
    g_string_free (meter->head, TRUE);
  meter->head = NULL;
}

static guint64
content_length (const gchar *head)
{
  g_auto (GStrv) lines = g_strsplit (head, "\r\n", -1);
  guint i;

  for (i = 0; lines[i] != NULL; i++)
    if (g_ascii_strncasecmp (lines[i], "content-length:", 15) == 0)
      return g_ascii_strtoull (lines[i] + 15, NULL, 10);
  return 0;
}

/* Takes bytes of the head; how many */
static gsize
feed_head (RequestMeter *meter, const guint8 *data, gsize size)
{
  gsize before, i;

  if (meter->head == NULL)
    meter->head = g_string_new (NULL);
  before = meter->head->len;
  for (i = 0; i < size && !meter->in_body; i++) {
    g_string_append_c (meter->head, data[i]);
    meter->in_body = g_str_has_suffix (meter->head->str, "\r\n\r\n");
  }
  if (meter->in_body)
    meter->body_left = content_length (meter->head->str);
  return meter->head->len - before;
}

gsize
request_meter_feed (
    RequestMeter *meter, const guint8 *data, gsize size, gboolean *done)
{
  gsize used = 0;

  if (!meter->in_body)
    used = feed_head (meter, data, size);
  if (meter->in_body) {
    gsize part = MIN (meter->body_left, size - used);

    meter->body_left -= part;
    used += part;
  }
  *done = meter->in_body && meter->body_left == 0;
  return used;
}
