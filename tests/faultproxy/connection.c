/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* connection.c: one connection: two flows of bytes between two sockets, in one
 * thread, with the faults of the rules. */
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "faultproxy-private.h"

#define BUFFER_SIZE (16 * 1024)

/* How long the other side has to take notice of a FIN, or to take the bytes
 * before a RST */
#define CLOSE_TIME (2 * G_TIME_SPAN_SECOND)

/* The bytes of one direction */
typedef struct
{
  FaultWhen when;
  GSocket *from;
  GSocket *to;
  guint8 buffer[BUFFER_SIZE];
  gsize start; /* of what waits in the buffer */
  gsize end;
  guint64 passed;        /* bytes that have left */
  gboolean ended;        /* nothing more will be read */
  gboolean told;         /* and the other side knows */
  const FaultRule *drip; /* or NULL */
  gint64 not_before;     /* monotonic: of the next drop */
} Flow;

typedef struct
{
  FaultProxy *proxy;
  GCancellable *cancellable;
  GSocket *client;
  GSocket *server; /* NULL: not connected */
  GPtrArray *rules;
  RequestMeter meter;
  gboolean request_done;
  Flow request;
  Flow answer;
} Connection;

static const FaultRule *
find_rule (Connection *self, FaultWhen when)
{
  guint i;

  for (i = 0; i < self->rules->len; i++) {
    const FaultRule *rule = g_ptr_array_index (self->rules, i);

    if (rule->when == when)
      return rule;
  }
  return NULL;
}

/* Waits for one of the sockets, an end of the proxy, or @until (monotonic;
 * -1: for ever).  FALSE: the proxy ends. */
static gboolean
wait_for (Connection *self, GPollFD *fds, guint n, gint64 until)
{
  gint timeout = -1;

  if (until >= 0)
    timeout = CLAMP (
        (until - g_get_monotonic_time () + 999) / 1000, 0, G_MAXINT);
  if (!g_cancellable_make_pollfd (self->cancellable, &fds[n]))
    return FALSE;
  g_poll (fds, n + 1, timeout);
  g_cancellable_release_fd (self->cancellable);
  return !g_cancellable_is_cancelled (self->cancellable);
}

/* Reads and forgets until the other side ends, or @until */
static void
drain (Connection *self, GSocket *socket, gint64 until)
{
  gchar buffer[4096];
  GPollFD fds[2] = { { g_socket_get_fd (socket), G_IO_IN, 0 } };

  while (until < 0 || g_get_monotonic_time () < until) {
    gssize n;

    if (!wait_for (self, fds, 1, until))
      return;
    if (fds[0].revents == 0)
      continue;
    n = g_socket_receive_with_blocking (
        socket, buffer, sizeof buffer, FALSE, NULL, NULL);
    if (n <= 0)
      return;
    if (socket == self->client)
      fault_proxy_note_request (self->proxy, buffer, n);
  }
}

/* FIN: what was sent arrives.  A close() with bytes still unread would be a
 * RST, so they are read. */
static void
close_softly (Connection *self, GSocket *socket)
{
  g_socket_shutdown (socket, FALSE, TRUE, NULL);
  drain (self, socket, g_get_monotonic_time () + CLOSE_TIME);
  g_socket_close (socket, NULL);
}

/* A RST throws away what has not reached the other side yet, so the exact
 * number of bytes gets there first.  Nothing tells when: it is asked for. */
static void
wait_until_sent (Connection *self, GSocket *socket)
{
  gint64 until = g_get_monotonic_time () + CLOSE_TIME;
  GPollFD none[1];
  int left;

  while (ioctl (g_socket_get_fd (socket), SIOCOUTQ, &left) == 0 && left > 0
      && g_get_monotonic_time () < until)
    if (!wait_for (self, none, 0, g_get_monotonic_time () + 1000))
      return;
}

/* RST */
static void
reset (GSocket *socket)
{
  struct linger linger = { 1, 0 };

  setsockopt (
      g_socket_get_fd (socket), SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  g_socket_close (socket, NULL);
}

/* Ends the connection as the rule says */
static void
end_with (Connection *self, FaultAction action)
{
  if (action == FAULT_RESET) {
    wait_until_sent (self, self->client);
    reset (self->client);
  } else if (action == FAULT_CLOSE) {
    g_socket_shutdown (self->client, FALSE, TRUE, NULL);
  }
  fault_proxy_count_fault (self->proxy);

  if (action == FAULT_CLOSE)
    close_softly (self, self->client);
  else if (action == FAULT_STALL)
    drain (self, self->client, -1);
}

/* Flows */

static void
replace_bytes (Connection *self, Flow *flow, guint8 *data, gsize size)
{
  guint64 first = flow->passed + (flow->end - flow->start);
  guint i;

  for (i = 0; i < self->rules->len; i++) {
    const FaultRule *rule = g_ptr_array_index (self->rules, i);
    const guint8 *bytes;
    guint64 from, to;
    gsize n;

    if (rule->when != flow->when || rule->action != FAULT_REPLACE)
      continue;
    bytes = g_bytes_get_data (rule->data, &n);
    from = MAX (first, rule->at);
    to = MIN (first + size, rule->at + n);
    if (from >= to)
      continue;
    memcpy (data + (from - first), bytes + (from - rule->at), to - from);
    fault_proxy_count_fault (self->proxy);
  }
}

/* FALSE: the socket is broken */
static gboolean
flow_read (Connection *self, Flow *flow)
{
  g_autoptr (GError) error = NULL;
  gssize n;

  if (flow->start == flow->end)
    flow->start = flow->end = 0;
  n = g_socket_receive_with_blocking (flow->from,
      (gchar *) flow->buffer + flow->end, BUFFER_SIZE - flow->end, FALSE, NULL,
      &error);
  if (n < 0)
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);

  if (flow->when == FAULT_REQUEST)
    fault_proxy_note_request (self->proxy, flow->buffer + flow->end, n);
  replace_bytes (self, flow, flow->buffer + flow->end, n);
  flow->end += n;
  flow->ended = n == 0;
  return TRUE;
}

/* The rule whose place in the flow is reached; NULL: none.  One for the first
 * byte waits until there is one. */
static const FaultRule *
flow_get_fault (Connection *self, Flow *flow)
{
  guint i;

  for (i = 0; i < self->rules->len; i++) {
    const FaultRule *rule = g_ptr_array_index (self->rules, i);

    if (rule->when != flow->when || rule->action == FAULT_REPLACE
        || (rule->action == FAULT_DRIP && flow->drip != NULL
            && flow->drip->at >= rule->at))
      continue;
    if (rule->at == flow->passed && (rule->at > 0 || flow->start < flow->end))
      return rule;
  }
  return NULL;
}

/* How many bytes may go in one piece */
static gsize
flow_get_limit (Connection *self, Flow *flow)
{
  gsize limit = flow->end - flow->start;
  guint i;

  if (flow->drip != NULL)
    limit = MIN (limit, flow->drip->bytes);
  for (i = 0; i < self->rules->len; i++) {
    const FaultRule *rule = g_ptr_array_index (self->rules, i);

    if (rule->when == flow->when && rule->action != FAULT_REPLACE
        && rule->at > flow->passed)
      limit = MIN (limit, rule->at - flow->passed);
  }
  return limit;
}

/* FALSE: the socket is broken */
static gboolean
flow_write (Connection *self, Flow *flow)
{
  g_autoptr (GError) error = NULL;
  const guint8 *data = flow->buffer + flow->start;
  gssize n = g_socket_send_with_blocking (flow->to, (const gchar *) data,
      flow_get_limit (self, flow), FALSE, NULL, &error);

  if (n < 0)
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  if (flow->when == FAULT_REQUEST && !self->request_done)
    request_meter_feed (&self->meter, data, n, &self->request_done);
  flow->start += n;
  flow->passed += n;
  if (flow->drip != NULL)
    flow->not_before = g_get_monotonic_time ()
        + flow->drip->interval * G_TIME_SPAN_MILLISECOND;
  return TRUE;
}

/* What the flow waits for; *@until: the time, if that is it */
static gint
flow_get_events (Flow *flow, GSocket *socket, gint64 *until)
{
  if (flow->start == flow->end)
    return socket == flow->from && !flow->ended ? G_IO_IN : 0;
  if (socket != flow->to)
    return 0;
  if (flow->drip == NULL || flow->not_before <= g_get_monotonic_time ())
    return G_IO_OUT;
  *until = *until < 0 ? flow->not_before : MIN (*until, flow->not_before);
  return 0;
}

/* Moves what can be moved; *@fault: the rule that ends the connection */
static gboolean
flow_step (Connection *self, Flow *flow, const FaultRule **fault)
{
  const FaultRule *rule;

  if (flow->start == flow->end && !flow->ended && !flow_read (self, flow))
    return FALSE;
  while ((rule = flow_get_fault (self, flow)) != NULL) {
    if (rule->action != FAULT_DRIP) {
      *fault = rule;
      return TRUE;
    }
    fault_proxy_count_fault (self->proxy);
    flow->drip = rule;
  }
  if (flow->start < flow->end && flow->not_before <= g_get_monotonic_time ()
      && !flow_write (self, flow))
    return FALSE;

  rule = flow_get_fault (self, flow);
  if (rule != NULL && rule->action != FAULT_DRIP)
    *fault = rule;
  return TRUE;
}

/* A flow that has ended ends for the other side too. */
static void
flow_tell_end (Flow *flow)
{
  if (!flow->ended || flow->told || flow->start < flow->end)
    return;
  g_socket_shutdown (flow->to, FALSE, TRUE, NULL);
  flow->told = TRUE;
}

/* The connection */

static gboolean
wait_for_flows (Connection *self)
{
  GPollFD fds[3] = {
    { g_socket_get_fd (self->client), 0, 0 },
    { g_socket_get_fd (self->server), 0, 0 },
  };
  gint64 until = -1;

  fds[0].events = flow_get_events (&self->request, self->client, &until)
      | flow_get_events (&self->answer, self->client, &until);
  fds[1].events = flow_get_events (&self->request, self->server, &until)
      | flow_get_events (&self->answer, self->server, &until);
  /* one that nothing is wanted of would report each hang-up again and again */
  if (fds[0].events == 0)
    fds[0].fd = -1;
  if (fds[1].events == 0)
    fds[1].fd = -1;
  return wait_for (self, fds, 2, until);
}

/* The server finishes its answer, so whatever the request asked for is done
 * and nobody is told. */
static void
end_after_request (Connection *self, const FaultRule *rule)
{
  if (rule->action == FAULT_RESET)
    reset (self->client);
  else if (rule->action == FAULT_CLOSE)
    g_socket_shutdown (self->client, FALSE, TRUE, NULL);
  fault_proxy_count_fault (self->proxy);

  g_socket_shutdown (self->server, FALSE, TRUE, NULL);
  if (rule->action == FAULT_STALL)
    drain (self, self->client, -1);
  drain (self, self->server, -1);
}

/* Passes bytes on until a fault or an end */
static void
relay (Connection *self)
{
  const FaultRule *after = find_rule (self, FAULT_AFTER_REQUEST);
  const FaultRule *fault = NULL;
  gboolean ok;

  while (!self->answer.told) {
    if (!wait_for_flows (self))
      return;
    ok = flow_step (self, &self->request, &fault);
    if (after != NULL && self->request_done) {
      end_after_request (self, after);
      return;
    }
    if (ok && fault == NULL)
      ok = flow_step (self, &self->answer, &fault);
    if (fault != NULL) {
      end_with (self, fault->action);
      return;
    }
    if (!ok) {
      /* either end broke off: so does the other */
      reset (self->client);
      return;
    }
    flow_tell_end (&self->request);
    flow_tell_end (&self->answer);
  }
  close_softly (self, self->client);
}

static gboolean
connect_server (Connection *self)
{
  g_autoptr (GInetAddress)
      loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (
      loopback, fault_proxy_get_target (self->proxy));

  self->server = g_socket_new (
      G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  if (!g_socket_connect (self->server, address, self->cancellable, NULL))
    return FALSE;
  /* pieces leave as they are */
  g_socket_set_option (self->server, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  self->request = (Flow){
    .when = FAULT_REQUEST,
    .from = self->client,
    .to = self->server,
  };
  self->answer = (Flow){
    .when = FAULT_ANSWER,
    .from = self->server,
    .to = self->client,
  };
  return TRUE;
}

/* Reads the request and answers with the rule's bytes */
static void
answer_instead (Connection *self, const FaultRule *rule)
{
  GPollFD fds[2] = { { g_socket_get_fd (self->client), G_IO_IN, 0 } };
  gsize size, sent = 0;
  const gchar *data = g_bytes_get_data (rule->data, &size);
  guint8 buffer[4096];

  while (!self->request_done) {
    gssize n;

    if (!wait_for (self, fds, 1, -1))
      return;
    n = g_socket_receive_with_blocking (
        self->client, (gchar *) buffer, sizeof buffer, FALSE, NULL, NULL);
    if (n <= 0)
      return;
    fault_proxy_note_request (self->proxy, buffer, n);
    request_meter_feed (&self->meter, buffer, n, &self->request_done);
  }
  while (sent < size) {
    gssize n = g_socket_send_with_blocking (
        self->client, data + sent, size - sent, TRUE, self->cancellable, NULL);

    if (n <= 0)
      return;
    sent += n;
  }
  end_with (self, rule->action);
}

void
fault_connection_run (FaultProxy *proxy, GSocket *client, GPtrArray *rules)
{
  /* with its two buffers too large for a thread's stack */
  g_autofree Connection *self = g_new0 (Connection, 1);
  const FaultRule *rule;

  self->proxy = proxy;
  self->cancellable = fault_proxy_get_cancellable (proxy);
  self->client = client;
  self->rules = rules;
  g_socket_set_option (client, IPPROTO_TCP, TCP_NODELAY, 1, NULL);

  if ((rule = find_rule (self, FAULT_BEFORE_CONNECT)) != NULL)
    end_with (self, rule->action);
  else if ((rule = find_rule (self, FAULT_INSTEAD)) != NULL)
    answer_instead (self, rule);
  else if (connect_server (self))
    relay (self);
  else
    reset (client);

  request_meter_clear (&self->meter);
  g_clear_object (&self->server);
}
