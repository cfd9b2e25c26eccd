/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host.h: a host that answers as no host should, byte for byte and without end.
 *
 * It stands between hailuosrc and a simulator: what has no hostile answer goes
 * on to the simulator and back.  A submit goes on in any case, so that the
 * ledger tells what a client that saw only the hostile answer has paid.
 * Nothing it sends is kept: the memory of the process is the element's.
 */
#pragma once

#include "fixture.h"

G_BEGIN_DECLS

/* More than anybody may take */
#define HOST_ENDLESS (G_GUINT64_CONSTANT (256) << 20)

typedef enum
{
  HOST_SUBMIT,
  HOST_POLL,
  HOST_FILE,
  HOST_N_PLACES
} HostPlace;

/* Sent as it is, status line and all, then FIN */
typedef struct
{
  const gchar *start;
  gssize start_size;            /* -1: up to a NUL */
  const gchar *unit;            /* then this, again and again; NULL: nothing */
  gsize unit_size;              /* 0: up to a NUL */
  guint64 limit;                /* up to so many bytes of it */
  const gchar *end;             /* then this; NULL: nothing */
  guint pause;                  /* ms between two units */
  gboolean stay;                /* no FIN: open until the client goes */
  gboolean own;                 /* of the simulator's own answer the body goes
                                 * for @body@ in start, its size for @chunk@,
                                 * and ten more for @long@ and @long-chunk@ */
} HostAnswer;

typedef struct _Host Host;

/* Makes the element of @fixture ask this host, with tasks that take no time,
 * and without retries. */
Host *host_new (Fixture *fixture);
/* Once the fixture is in NULL */
void host_free (Host *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Host, host_free)

/* What the requests at @place get from now on: the first of them the first
 * answer, and so on, and all that follow the last one.  An answer with no start
 * is the simulator's own.  @answers must stay until it has others, and what they
 * point to as long as the host. */
void host_answer (Host *self, HostPlace place, const HostAnswer *answers,
    guint n);

/* So far */
guint host_count (Host *self, HostPlace place);
/* Bytes of units that a client took of one answer, at most */
guint64 host_get_most_sent (Host *self);

/* Each request to the API had the key, none to the files had. */
void host_assert_keys (Host *self);

G_END_DECLS
