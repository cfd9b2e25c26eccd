/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* attack.h: one hostile answer at one place: what the user is told, what was
 * paid, what went downstream, and how much memory it took. */
#pragma once

#include "host.h"

G_BEGIN_DECLS

/* By how much the process may grow, in MiB */
#define ATTACK_GROWTH_MAX 32

/* Of @code: the clip is played all the same */
#define ATTACK_PLAYS (-1)

/* A shot whose requests at @place get @answers.  @code: the error it ends with
 * (GstResourceError), or ATTACK_PLAYS.  At HOST_SUBMIT that has to be an unknown
 * outcome.
 *
 * Also checked: one task is paid, by one POST, and remains so when the shot is
 * played again; then, where the host has come to its senses, the clip that was
 * paid is there.  No byte but the clip's goes downstream.  The key goes to the
 * API alone. */
void attack_run (HostPlace place, const HostAnswer *answers, guint n, gint code);

/* With settings for fixture_configure() */
void attack_run_with (HostPlace place, const HostAnswer *answers, guint n,
    gint code, const gchar *settings);

/* What the sentence of the next one's error has in it, at the poll and the file;
 * NULL: whatever. */
void attack_expect (const gchar *words);

const gchar *attack_place_name (HostPlace place);

/* From here on the growth of the process is measured. */
void attack_watch_memory (void);
/* Aborts the test where it was too much.  Counts an attack. */
void attack_check_memory (void);

/* fixture_finish(), and the figures */
int attack_finish (void);

G_END_DECLS
