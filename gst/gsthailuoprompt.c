/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsthailuoprompt.h"

#include <string.h>

#include "gsthailuofile.h"

#define FILE_MAX (64 * 1024)
#define NOTHING_SAID "punctuation alone: describe the clip in a few words"
#define BOM "\xef\xbb\xbf"

static gboolean
is_set (const gchar *text)
{
  return text != NULL && *text != '\0';
}

/* --- the text ------------------------------------------------------------ */

/* Emoji and other pictographs are a description; punctuation, mathematical and
 * currency signs are not.  An unassigned code point may be a newer emoji. */
static gboolean
says_something (const gchar *text)
{
  const gchar *p;

  for (p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    const gunichar c = g_utf8_get_char (p);

    if (g_unichar_isalnum (c) || g_unichar_type (c) == G_UNICODE_OTHER_SYMBOL
        || g_unichar_type (c) == G_UNICODE_UNASSIGNED)
      return TRUE;
  }
  return FALSE;
}

/* The first word in @text that sets a property, such as "max-cost=0.40" or
 * "num-buffers = 1".  After other words, only hailuosrc's own properties count,
 * since they may be limits that would be lost; "a sign: name=Bob" is a prompt.
 * (transfer none) (nullable) */
static const gchar *
find_setting (const gchar *text, GObjectClass *object_class)
{
  static const gchar spaces[] = " \t\r\n\v\f";
  const gchar *first = text + strspn (text, spaces);
  const gchar *word = first;

  while (*word != '\0') {
    const gsize length = strspn (
        word, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    g_autofree gchar *name = g_strndup (word, length);
    GParamSpec *spec = word[length + strspn (word + length, spaces)] == '='
        ? g_object_class_find_property (object_class, name)
        : NULL;

    if (spec != NULL
        && (word == first
            || spec->owner_type == G_OBJECT_CLASS_TYPE (object_class)))
      return spec->name;
    word += strcspn (word, spaces);
    word += strspn (word, spaces);
  }
  return NULL;
}

/* --- the prompt ---------------------------------------------------------- */

void
gst_hailuo_prompt_check_swallowed (const gchar *property, const gchar *text,
    GObjectClass *object_class, GPtrArray *problems)
{
  const gchar *name = find_setting (text, object_class);

  if (name != NULL || g_str_equal (text, "!"))
    gst_hailuo_add_problem (problems,
        "%s has \"%s%s\" in it, which looks like the next argument of"
        " gst-launch-1.0: a value that is empty or ends with a backslash"
        " absorbs it. Correct that%s.",
        property, name != NULL ? name : "!", name != NULL ? "=" : "",
        g_str_equal (property, "prompt")
            ? "; if the prompt is meant that way, put it in a file and set"
              " prompt-file"
            : "");
}

static void
check_property (
    const gchar *prompt, GObjectClass *object_class, GPtrArray *problems)
{
  const guint before = problems->len;

  /* gst_hailuo_shot_new() rejects these */
  if (!g_utf8_validate (prompt, -1, NULL)
      || prompt[strspn (prompt, " \t\r\n\v\f")] == '\0')
    return;
  gst_hailuo_prompt_check_swallowed ("prompt", prompt, object_class, problems);
  if (problems->len == before && !says_something (prompt))
    gst_hailuo_add_problem (problems, "prompt is " NOTHING_SAID ".");
}

static gchar *
read_prompt_file (const gchar *path, GPtrArray *problems)
{
  g_autofree gchar *why = NULL;
  g_autoptr (GByteArray) content = gst_hailuo_file_read (path, FILE_MAX, &why);
  g_autofree gchar *text = NULL;

  if (content != NULL
      && !g_utf8_validate ((gchar *) content->data, content->len, NULL))
    why = g_strdup ("is not valid UTF-8");
  else if (content != NULL)
    text = g_strdup ((gchar *) content->data
        + (g_str_has_prefix ((gchar *) content->data, BOM) ? strlen (BOM) : 0));
  if (text != NULL && *g_strstrip (text) == '\0')
    why = g_strdup ("is blank: describe the clip in a few words");
  else if (text != NULL && !says_something (text))
    why = g_strdup ("is punctuation alone: describe the clip in a few words");
  if (why == NULL)
    return g_steal_pointer (&text);
  gst_hailuo_add_problem (problems, "prompt-file=%s %s.", path, why);
  return NULL;
}

gchar *
gst_hailuo_prompt_find (const GstHailuoSettings *settings,
    GObjectClass *object_class, GPtrArray *problems)
{
  if (is_set (settings->params.prompt) && is_set (settings->prompt_file))
    gst_hailuo_add_problem (
        problems, "prompt and prompt-file are both set: only one may be.");
  if (is_set (settings->params.prompt)) {
    check_property (settings->params.prompt, object_class, problems);
    return g_strdup (settings->params.prompt);
  }
  return is_set (settings->prompt_file)
      ? read_prompt_file (settings->prompt_file, problems)
      : NULL;
}
