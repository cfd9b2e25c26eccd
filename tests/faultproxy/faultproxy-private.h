/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* faultproxy-private.h: what the files of the fault proxy share. */
#pragma once

#include "faultproxy.h"

G_BEGIN_DECLS

typedef enum
{
  FAULT_ANSWER,
  FAULT_REQUEST,
  FAULT_AFTER_REQUEST,
  FAULT_BEFORE_CONNECT,
  FAULT_INSTEAD,
} FaultWhen;

typedef enum
{
  FAULT_NONE,
  FAULT_RESET,
  FAULT_CLOSE,
  FAULT_STALL,
  FAULT_DRIP,
  FAULT_REPLACE,
} FaultAction;

/* Constant once it is added */
typedef struct
{
  gatomicrefcount refs;
  guint connection;             /* from 1; 0: each */
  FaultWhen when;
  guint64 at;
  FaultAction action;
  gsize bytes;
  guint interval;               /* ms */
  GBytes *data;                 /* or NULL */
} FaultRule;

/* rule.c */
FaultRule *fault_rule_new (const gchar *json, GError **error);
FaultRule *fault_rule_ref (FaultRule *rule);
void fault_rule_unref (FaultRule *rule);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FaultRule, fault_rule_unref)

/* connection.c: runs one connection to its end, in the thread that calls.
 * @rules: (element-type FaultRule), those for this connection */
void fault_connection_run (FaultProxy *proxy, GSocket *client,
    GPtrArray *rules);

/* meter.c: when has a whole HTTP request gone by? */
typedef struct
{
  GString *head;
  gboolean in_body;
  guint64 body_left;
} RequestMeter;

void request_meter_clear (RequestMeter *meter);
/* How many of @size bytes belong to the request; *@done: it is whole then */
gsize request_meter_feed (RequestMeter *meter, const guint8 *data, gsize size,
    gboolean *done);

/* faultproxy.c */
guint16 fault_proxy_get_target (FaultProxy *self);
GCancellable *fault_proxy_get_cancellable (FaultProxy *self);
void fault_proxy_count_fault (FaultProxy *self);
void fault_proxy_note_request (FaultProxy *self, gconstpointer data,
    gsize size);

G_END_DECLS
