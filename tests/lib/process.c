/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process.h"

#include <signal.h>
#include <sys/prctl.h>

#include "fixture.h"

/* A child that hangs ends the test, and not the other way round. */
static gpointer
watch (gpointer user_data)
{
  Process *self = user_data;
  gint64 until = g_get_monotonic_time ()
      + fixture_ms (FIXTURE_PATIENCE_MS) * G_TIME_SPAN_MILLISECOND;
  gboolean over;

  g_mutex_lock (&self->lock);
  while (!self->over && g_cond_wait_until (&self->cond, &self->lock, until))
    continue;
  over = self->over;
  g_mutex_unlock (&self->lock);
  if (!over)
    g_subprocess_force_exit (self->process);
  return NULL;
}

/* In the child */
static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocessLauncher *
make_launcher (const gchar *const *environment)
{
  GSubprocessLauncher *launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  const struct
  {
    const gchar *name;
    const gchar *value;
  } folders[] = {
    { "HOME", fixture_get_folder () },
    { "XDG_STATE_HOME", g_get_user_state_dir () },
    { "XDG_CACHE_HOME", g_get_user_cache_dir () },
    { "XDG_CONFIG_HOME", g_get_user_config_dir () },
    { "XDG_DATA_HOME", g_get_user_data_dir () },
    { "XDG_RUNTIME_DIR", fixture_get_folder () },
  };
  guint i;

  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C", TRUE);
  for (i = 0; i < G_N_ELEMENTS (folders); i++)
    g_subprocess_launcher_setenv (
        launcher, folders[i].name, folders[i].value, TRUE);
  for (i = 0; environment != NULL && environment[i] != NULL; i += 2)
    g_subprocess_launcher_setenv (
        launcher, environment[i], environment[i + 1], TRUE);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  return launcher;
}

static Process *
start (const gchar *const *environment, const gchar *line)
{
  static guint number = 0;
  g_autoptr (GSubprocessLauncher) launcher = make_launcher (environment);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = NULL;
  Process *self = g_new0 (Process, 1);

  g_test_message ("%s", line);
  g_shell_parse_argv (line, NULL, &argv, &error);
  g_assert_no_error (error);
  self->err_path = g_strdup_printf (
      "%s/stderr-%u.txt", fixture_get_folder (), ++number);
  g_subprocess_launcher_set_stderr_file_path (launcher, self->err_path);
  self->process = g_subprocess_launcher_spawnv (
      launcher, (const gchar *const *) argv, &error);
  g_assert_no_error (error);
  self->stdout_lines = g_data_input_stream_new (
      g_subprocess_get_stdout_pipe (self->process));
  self->out = g_string_new (NULL);
  self->status = -1;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->watchdog = g_thread_new ("watchdog", watch, self);
  return self;
}

Process *
process_start (const gchar *const *environment, const gchar *format, ...)
{
  g_autofree gchar *line = NULL;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  return start (environment, line);
}

Process *
process_run (const gchar *const *environment, const gchar *format, ...)
{
  g_autofree gchar *line = NULL;
  Process *self;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  self = start (environment, line);
  process_finish (self);
  return self;
}

/* (transfer full) (nullable) */
static gchar *
read_line (Process *self)
{
  gchar *line = g_data_input_stream_read_line (
      self->stdout_lines, NULL, NULL, NULL);

  if (line != NULL)
    g_string_append_printf (self->out, "%s\n", line);
  return line;
}

void
process_wait_line (Process *self, const gchar *pattern)
{
  for (;;) {
    g_autofree gchar *line = read_line (self);

    if (line == NULL) {
      process_finish (self);
      g_error ("ended before it said \"%s\":\n%s%s", pattern, self->out->str,
          self->err);
    }
    if (g_regex_match_simple (pattern, line, 0, 0))
      return;
  }
}

/* Its output goes into files of the test too, where a test may search it. */
void
process_finish (Process *self)
{
  g_autofree gchar *out_path = g_strconcat (self->err_path, ".out", NULL);
  gboolean more = TRUE;

  while (more) {
    g_autofree gchar *line = read_line (self);

    more = line != NULL;
  }
  g_subprocess_wait (self->process, NULL, NULL);
  self->ended = g_get_monotonic_time ();
  g_mutex_lock (&self->lock);
  self->over = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&self->watchdog, g_thread_join);
  if (g_subprocess_get_if_exited (self->process))
    self->status = g_subprocess_get_exit_status (self->process);
  g_free (self->err);
  if (!g_file_get_contents (self->err_path, &self->err, NULL, NULL))
    self->err = g_strdup ("");
  g_file_set_contents (out_path, self->out->str, self->out->len, NULL);
  if (g_getenv ("TEST_SCANNED") != NULL) {
    process_log (self->out->str);
    process_log (self->err != NULL ? self->err : "");
  }
}

void
process_free (Process *self)
{
  if (self->watchdog != NULL) {
    g_subprocess_force_exit (self->process);
    process_finish (self);
  }
  g_clear_object (&self->stdout_lines);
  g_clear_object (&self->process);
  g_string_free (self->out, TRUE);
  g_free (self->err);
  g_free (self->err_path);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

/* --- reading ---------------------------------------------------------- */

void
process_assert_match_ (
    const gchar *where, const gchar *text, const gchar *pattern)
{
  if (g_regex_match_simple (pattern, text, G_REGEX_MULTILINE, 0))
    return;
  process_log (text);
  g_test_fail_printf ("%s: no \"%s\" in that", where, pattern);
}

void
process_log (const gchar *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  guint i;

  for (i = 0; lines[i] != NULL; i++) {
    if (lines[i][0] != '\0')
      g_test_message ("%s", lines[i]);
  }
}
