/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* simulator.h: hosted video APIs on this machine, as their documents describe
 * them, with a ledger of what was billed.
 *
 * One Simulator listens on two ports of 127.0.0.1 (any free ones by default):
 * the API and, as another origin, the files that result links point to.  It
 * answers in threads of its own; every function may be called from any thread.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _Simulator Simulator;

/* All members optional: zero means the default. */
typedef struct
{
  guint16 port;             /* of the API; 0: any free one */
  guint16 files_port;       /* of the files; 0: any free one */
  const gchar *api_key;     /* the key that is accepted; NULL: "simulator-key" */
  gdouble time_scale;       /* 60: 120 s of work take 2 s; 0: 1 */
  const gchar *cert_file;   /* PEM; with key_file: both ports speak HTTPS */
  const gchar *key_file;    /* PEM */
  const gchar *clip_file;   /* MP4 served for every task; NULL: rendered */
} SimulatorOptions;

Simulator *simulator_new (const SimulatorOptions *options, GError **error);
void simulator_free (Simulator *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Simulator, simulator_free)

/* The base URL to give a client of @provider ("apixo" or "apiinone"). */
const gchar *simulator_get_base_url (Simulator *self, const gchar *provider);

/* Origin of the files port, such as "http://127.0.0.1:4711". */
const gchar *simulator_get_files_url (Simulator *self);

/* Makes result links point to @origin instead: a proxy in front of the files
 * port. */
void simulator_set_link_origin (Simulator *self, const gchar *origin);

/* Adds rules to the script (a JSON array; see README.md beside this file).
 * Aborts on a rule it does not understand: a typing error in a test must not
 * make the test pass. */
void simulator_script (Simulator *self, const gchar *json);

/* The same, but an error instead of the end of the process. */
gboolean simulator_add_script (Simulator *self, const gchar *json,
    GError **error);

/* Forgets the rules that are there: from now on the host answers as it would.
 * What they made of tasks stays. */
void simulator_clear_script (Simulator *self);

/* The ports, such as a proxy in front of one needs to know. */
guint16 simulator_get_port (Simulator *self);
guint16 simulator_get_files_port (Simulator *self);

/* How many tasks were billed, in all and for one prompt. */
guint simulator_get_billed (Simulator *self);
guint simulator_get_billed_for (Simulator *self, const gchar *prompt);

/* How many requests arrived: @what is "submit", "poll", "file" or "any". */
guint simulator_get_requests (Simulator *self, const gchar *what);

/* The Nth (from 0) request of that kind as JSON text:
 * {"kind":..,"method":..,"target":..,"port":"api"|"files","headers":{lower-case
 * name: value},"body":text}; NULL where there was none. (transfer full) */
gchar *simulator_get_request (Simulator *self, const gchar *what, guint n);

/* The answer of GET /ledger. (transfer full) */
gchar *simulator_get_ledger (Simulator *self);

/* Blocks until @n requests of the kind have arrived (TRUE) or @timeout_ms has
 * passed (FALSE): how a test waits for a stage without sleeping.  What a
 * request brings about, above all the bill of a submit, is there by then. */
gboolean simulator_wait_requests (Simulator *self, const gchar *what, guint n,
    guint timeout_ms);

G_END_DECLS
