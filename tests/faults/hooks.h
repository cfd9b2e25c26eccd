/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hooks.h: what a row cannot say, for more than one of the tables. */
#pragma once

#include "fault-case.h"

G_BEGIN_DECLS

/* Which of the proxies stops, when (a stage of fault_case_reach(); NULL: before the
 * run), and when it listens again (NULL: at once; "": not before the repair) */
typedef struct
{
  const gchar *proxies;
  const gchar *down;
  const gchar *up;
} Restart;

#define RESTART(...) .argument = &(const Restart){ __VA_ARGS__ }

void hook_down (Run *run);
void hook_restart (Run *run);
void hook_up (Run *run);
/* The connections to the API end. */
void hook_cut (Run *run);

/* A download that the proxy before the files answers with no host behind it:
 * these headers, then the clip's bytes from @first up to @end, then a FIN.
 * %u in the headers: the clip's size, plus @more. */
typedef struct
{
  const gchar *head;
  guint first;
  guint end;                    /* 0: of the clip */
  gint more;
  guint connection;             /* of the proxy; 0: all */
} RawFile;

#define RAW(...) \
  .prepare = hook_raw_file, .argument = &(const RawFile){ __VA_ARGS__ }

void hook_raw_file (Run *run);

G_END_DECLS
