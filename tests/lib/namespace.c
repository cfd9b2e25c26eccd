/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixture.h"
#include "process.h"

#define VARIABLE "TEST_NAMESPACE"
#define EXIT_SKIP 77

static gboolean
set_loopback_up (void)
{
  struct ifreq request = { .ifr_name = "lo" };
  gint fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean done = FALSE;

  if (fd >= 0 && ioctl (fd, SIOCGIFFLAGS, &request) == 0) {
    request.ifr_flags |= IFF_UP;
    done = ioctl (fd, SIOCSIFFLAGS, &request) == 0;
  }
  if (fd >= 0)
    close (fd);
  return done;
}

static gboolean
write_file (const gchar *path, const gchar *text)
{
  const gint fd = open (path, O_WRONLY | O_CLOEXEC);
  const gssize length = strlen (text);
  const gboolean done = fd >= 0 && write (fd, text, length) == length;

  if (fd >= 0)
    close (fd);
  return done;
}

/* A normal user gets the right to the other namespaces from one of users, in
 * which this user is root; user_namespaces(7). */
static gboolean
become_root (void)
{
  g_autofree gchar *users = g_strdup_printf ("0 %u 1", (guint) getuid ());
  g_autofree gchar *groups = g_strdup_printf ("0 %u 1", (guint) getgid ());

  return unshare (CLONE_NEWUSER) == 0
      && write_file ("/proc/self/setgroups", "deny")
      && write_file ("/proc/self/uid_map", users)
      && write_file ("/proc/self/gid_map", groups);
}

void
namespace_init (void)
{
  if (g_getenv (VARIABLE) == NULL)
    return;
  if ((geteuid () == 0 || become_root ())
      && unshare (CLONE_NEWNET | CLONE_NEWNS) == 0
      && mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
      && set_loopback_up ())
    return;
  g_printerr ("%s\n", g_strerror (errno));
  exit (EXIT_SKIP);
}

/* What the child had to say, but for its own plan and results */
static void
relay (const gchar *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  guint i;

  for (i = 0; lines[i] != NULL; i++) {
    if (g_str_has_prefix (lines[i], "# ")
        && strstr (lines[i], " tests") == NULL)
      g_test_message ("%s", lines[i] + 2);
  }
}

gboolean
namespace_enter (const gchar *test)
{
  const gchar *const environment[] = { VARIABLE, "1", NULL };
  g_autofree gchar *program = NULL;
  g_autoptr (Process) child = NULL;

  if (g_getenv (VARIABLE) != NULL)
    return TRUE;
  program = g_file_read_link ("/proc/self/exe", NULL);
  child = process_run (environment, "'%s' --tap -p %s", program, test);
  relay (child->out->str);
  if (child->status == EXIT_SKIP) {
    g_autofree gchar *why = g_strdup_printf (
        "no namespace of its own: %s", child->err);

    g_test_skip (g_strstrip (why));
  } else if (child->status != 0) {
    process_log (child->out->str);
    process_log (child->err);
    g_test_fail ();
  } else if (strstr (child->out->str, "# SKIP") != NULL) {
    g_test_skip ("skipped in its namespace, see above");
  }
  return FALSE;
}

void
namespace_replace_file (const gchar *path, const gchar *text)
{
  g_autofree gchar *base = g_path_get_basename (path);
  g_autofree gchar *mine = g_build_filename (fixture_get_folder (), base, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (mine, text, -1, &error);
  g_assert_no_error (error);
  if (mount (mine, path, NULL, MS_BIND, NULL) != 0)
    g_error ("%s cannot be replaced: %s", path, g_strerror (errno));
}
