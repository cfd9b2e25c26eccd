/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "turn.h"

static GMutex lock;
/* Resource -> GQueue of turns, whose head has its turn; protected by lock */
static GHashTable *queues;

void
gst_hailuo_turn_begin (GstHailuoTurn *self, const gchar *what)
{
  GQueue *queue;

  self->what = g_strdup (what);
  g_cond_init (&self->cond);
  g_mutex_lock (&lock);
  if (queues == NULL)
    queues = g_hash_table_new_full (
        g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_queue_free);
  queue = g_hash_table_lookup (queues, what);
  if (queue == NULL) {
    queue = g_queue_new ();
    g_hash_table_insert (queues, g_strdup (what), queue);
  }
  g_queue_push_tail (queue, self);
  g_mutex_unlock (&lock);
}

gboolean
gst_hailuo_turn_wait (GstHailuoTurn *self, gint64 until)
{
  GQueue *queue;
  gboolean ours;

  g_mutex_lock (&lock);
  queue = g_hash_table_lookup (queues, self->what);
  do
    ours = g_queue_peek_head (queue) == self;
  while (!ours && g_cond_wait_until (&self->cond, &lock, until));
  g_mutex_unlock (&lock);
  return ours;
}

void
gst_hailuo_turn_end (GstHailuoTurn *self)
{
  GQueue *queue;

  g_mutex_lock (&lock);
  queue = g_hash_table_lookup (queues, self->what);
  g_queue_remove (queue, self);
  if (g_queue_is_empty (queue))
    g_hash_table_remove (queues, self->what);
  else
    g_cond_signal (&((GstHailuoTurn *) g_queue_peek_head (queue))->cond);
  g_mutex_unlock (&lock);
  g_cond_clear (&self->cond);
  g_clear_pointer (&self->what, g_free);
}
