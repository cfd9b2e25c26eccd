/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hooks.h"

#include <string.h>

static void
for_each_proxy (
    Run *run, const gchar *names, void (*function) (FaultProxy *proxy))
{
  if (strstr (names, "api") != NULL)
    function (run->api);
  if (strstr (names, "files") != NULL)
    function (run->files);
  if (strstr (names, "trap") != NULL)
    function (run->trap);
}

void
hook_down (Run *run)
{
  const Restart *restart = run->row->argument;

  for_each_proxy (run, restart->proxies, fault_proxy_stop);
}

void
hook_up (Run *run)
{
  const Restart *restart = run->row->argument;

  for_each_proxy (run, restart->proxies, fault_proxy_start);
}

void
hook_restart (Run *run)
{
  const Restart *restart = run->row->argument;

  if (restart->down != NULL) {
    fault_case_reach (run, restart->down);
    for_each_proxy (run, restart->proxies, fault_proxy_stop);
    for_each_proxy (run, restart->proxies, fault_proxy_clear);
  }
  if (restart->up != NULL && *restart->up == '\0')
    return;
  if (restart->up != NULL)
    fault_case_reach (run, restart->up);
  hook_up (run);
}

void
hook_cut (Run *run)
{
  fault_proxy_stop (run->api);
  fault_proxy_start (run->api);
}

void
hook_raw_file (Run *run)
{
  const RawFile *raw = run->row->argument;
  const Fixture *f = run->fixture;
  gsize end = raw->end != 0 ? raw->end : f->clip_size;
  g_auto (GStrv) parts = g_strsplit (raw->head, "%u", -1);
  g_autofree gchar *size = g_strdup_printf (
      "%" G_GINT64_FORMAT, (gint64) f->clip_size + raw->more);
  g_autofree gchar *head = g_strjoinv (size, parts);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree gchar *base64 = NULL;
  g_autofree gchar *rule = NULL;

  g_byte_array_append (bytes, (const guint8 *) head, strlen (head));
  g_byte_array_append (
      bytes, (const guint8 *) f->clip + raw->first, end - raw->first);
  base64 = g_base64_encode (bytes->data, bytes->len);
  rule = g_strdup_printf ("{\"connection\":%u,\"when\":\"instead\","
                          "\"base64\":\"%s\"}",
      raw->connection, base64);
  fault_proxy_add (run->files, rule);
}
