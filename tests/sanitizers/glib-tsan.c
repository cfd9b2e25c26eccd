/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* glib-tsan.c: tells ThreadSanitizer how GLib orders things, so that it finds
 * the races of the plugin and nothing else; only in a build with it.
 *
 * GLib and GStreamer are not built with ThreadSanitizer.  What they do with
 * pthreads it sees all the same; but GLib's GMutex and GCond are futexes, and
 * its atomic operations are plain instructions.  The functions below come
 * before GLib's own (a program's symbols do), call them, and say beside it that
 * what happened before one thread's "release" happened before another one's
 * "acquire" of the same address.
 *
 * They can only say what their documents promise.  An order that GLib makes
 * where no such function is called stays unknown, and would be a false report;
 * an order that is claimed here and is not there would hide a race.
 */
#include <dlfcn.h>
#include <gst/gst.h>
#include <sanitizer/tsan_interface.h>

#define NO_TSAN __attribute__ ((no_sanitize ("thread")))

/* GLib's function, which this file's hides.  Looked up at the first call, and
 * by no constructor: those of the libraries run first, and lock. */
#define REAL(name) \
  ((__typeof__ (&name)) find (#name, (gpointer *) &real_##name))
#define DECLARE(name) static gpointer real_##name

DECLARE (g_mutex_lock);
DECLARE (g_mutex_trylock);
DECLARE (g_mutex_unlock);
DECLARE (g_cond_wait);
DECLARE (g_cond_wait_until);
DECLARE (g_once_init_leave);
DECLARE (g_object_unref);
DECLARE (gst_mini_object_unref);

static inline gpointer NO_TSAN
find (const gchar *name, gpointer *function)
{
  gpointer found = __atomic_load_n (function, __ATOMIC_RELAXED);

  if (found == NULL) {
    found = dlsym (RTLD_NEXT, name);
    __atomic_store_n (function, found, __ATOMIC_RELAXED);
  }
  return found;
}

/* --- locks --------------------------------------------------------------- */

NO_TSAN void
g_mutex_lock (GMutex *mutex)
{
  REAL (g_mutex_lock) (mutex);
  __tsan_acquire (mutex);
}

NO_TSAN gboolean
g_mutex_trylock (GMutex *mutex)
{
  const gboolean locked = REAL (g_mutex_trylock) (mutex);

  if (locked)
    __tsan_acquire (mutex);
  return locked;
}

NO_TSAN void
g_mutex_unlock (GMutex *mutex)
{
  __tsan_release (mutex);
  REAL (g_mutex_unlock) (mutex);
}

/* Whoever waits gives the lock away meanwhile; the order is the lock's. */
NO_TSAN void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  __tsan_release (mutex);
  REAL (g_cond_wait) (cond, mutex);
  __tsan_acquire (mutex);
}

NO_TSAN gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  gboolean signalled;

  __tsan_release (mutex);
  signalled = REAL (g_cond_wait_until) (cond, mutex, end_time);
  __tsan_acquire (mutex);
  return signalled;
}

/* What is made once: others see the location with an atomic load, which is in
 * the plugin's own code. */
#undef g_once_init_leave
NO_TSAN void (g_once_init_leave) (volatile void *location, gsize result)
{
  __tsan_release ((void *) location);
  REAL (g_once_init_leave) (location, result);
}

/* --- references ---------------------------------------------------------- */

/* The one who drops the last reference frees what all the others did to the
 * object before they dropped theirs. */
NO_TSAN void
g_object_unref (gpointer object)
{
  __tsan_release (object);
  __tsan_acquire (object);
  REAL (g_object_unref) (object);
}

NO_TSAN void
gst_mini_object_unref (GstMiniObject *object)
{
  __tsan_release (object);
  __tsan_acquire (object);
  REAL (gst_mini_object_unref) (object);
}
