/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* launch.h: what the tests of command lines share. */
#pragma once

#include "fixture.h"
#include "process.h"

G_BEGIN_DECLS

/* FIXTURE_KEY, as a setting: GStreamer logs the text of a pipeline, so the key
 * is in none.  launch_init() makes the file, and its folder the current one. */
#define LAUNCH_KEY_FILE "key"
#define LAUNCH_KEYED " api-key-file=" LAUNCH_KEY_FILE " "

/* Settings as gst-launch-1.0 reads them.  None is set twice anywhere: which of
 * the two would count is not documented. */
#define LAUNCH_FAST " first-poll=1 poll-interval=20 "

/* How far away a host is whose answer is an error, in ms.  gst-launch-1.0 quits
 * its main loop in the thread that posts the error, and then waits for ever
 * where it has not yet entered it: a host that answers at once is too quick. */
#define LAUNCH_DISTANCE "200"

/* Instead of fixture_init() */
void launch_init (int *argc, char ***argv);

/* A simulator whose tasks end with the small clip after @work_ms. */
Simulator *launch_simulator (guint work_ms);

/* base-url and a prompt of its own, for APIXO */
gchar *launch_shot (const gchar *base_url);
/* The same at @simulator with its key and with LAUNCH_FAST */
gchar *launch_shot_at (Simulator *simulator);

G_END_DECLS
