/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fault-case-text.c: the words of the texts of a case that are known when it runs. */
#include <string.h>

#include "fault-case.h"

#define REPLY_MAX (1024 * 1024)

static gchar *
port_text (FaultProxy *proxy)
{
  return g_strdup_printf ("%u", fault_proxy_get_port (proxy));
}

/* Three seconds from now, as Retry-After has it */
static gchar *
date_text (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) then = g_date_time_add_seconds (now, 3);

  return g_date_time_format (then, "%a, %d %b %Y %H:%M:%S GMT");
}

/* How many bytes of the small clip are all but its last one */
static gchar *
but_last_text (void)
{
  g_autoptr (GMappedFile)
      clip = g_mapped_file_new (g_getenv ("TEST_CLIP_SMALL"), FALSE, NULL);

  return g_strdup_printf (
      "%" G_GSIZE_FORMAT, g_mapped_file_get_length (clip) - 1);
}

static gchar *
expand (Run *run, const gchar *word)
{
  if (*word == '\0')
    return g_strdup ("@");
  if (g_str_equal (word, "api"))
    return port_text (run->api);
  if (g_str_equal (word, "files"))
    return port_text (run->files);
  if (g_str_equal (word, "trap"))
    return port_text (run->trap);
  if (g_str_equal (word, "date"))
    return date_text ();
  if (g_str_equal (word, "but-last"))
    return but_last_text ();
  if (g_str_equal (word, "cert"))
    return g_strdup (g_getenv ("TEST_CERT"));
  /* no API has a reason to say that much */
  if (g_str_equal (word, "big"))
    return g_strnfill (REPLY_MAX + 1, ' ');
  if (g_str_equal (word, "deep"))
    return g_strnfill (100000, '[');
  /* a name that no resolver looks up, as a part of it is too long */
  if (g_str_equal (word, "nohost")) {
    g_autofree gchar *label = g_strnfill (64, 'a');

    return g_strconcat (label, ".invalid", NULL);
  }
  /* the simulator's own: @link@, @task-id@ */
  return g_strdup_printf ("@%s@", word);
}

gchar *
fault_case_text (Run *run, const gchar *text)
{
  g_autoptr (GString) out = NULL;
  g_auto (GStrv) parts = NULL;
  guint i;

  if (text == NULL)
    return NULL;
  out = g_string_new (NULL);
  parts = g_strsplit (text, "@", -1);
  for (i = 0; parts[i] != NULL; i++) {
    g_autofree gchar *word = i % 2 == 1 ? expand (run, parts[i]) : NULL;

    g_string_append (out, word != NULL ? word : parts[i]);
  }
  g_assert_true (i == 0 || i % 2 == 1);
  g_strdelimit (out->str, "'", '"');
  return g_string_free (g_steal_pointer (&out), FALSE);
}
