/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* namespace.h: a test in a process that has a network and mounts of its own:
 * there it may say who answers DNS, and which certificates the system trusts.
 *
 * main() calls namespace_init() before anything else.  The test begins with
 *
 *   if (!namespace_enter ("/path/of/the/test"))
 *     return;
 *
 * which runs the program again for that test alone, and there returns TRUE.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Before there is a second thread */
void namespace_init (void);

/* Skips the test where there can be no namespace. */
gboolean namespace_enter (const gchar *test);

/* Puts @text in the place of the file, for the processes of the namespace. */
void namespace_replace_file (const gchar *path, const gchar *text);

G_END_DECLS
