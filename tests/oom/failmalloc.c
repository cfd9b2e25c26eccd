/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* failmalloc.c: preloaded, lets one allocation of a process fail, or one thread.
 *
 * They are counted from failmalloc_count(1) to failmalloc_count(0), of
 * all threads.  In the environment:
 *
 *   FAILMALLOC_LOG    what it has to say is appended to this file
 *   FAILMALLOC_AT     the number of the one that fails, from 1
 *   FAILMALLOC_EARLY  if set: counts from the start of the process
 *   FAILMALLOC_THREAD if set: not allocations are counted, but threads
 *
 * and in the log:
 *
 *   count N           so many were counted, where counting ends
 *   failed N SIZE     that one failed; below it, who asked for it, and below
 *                     that who asked GLib for a thread, if it was that
 *   crash SIGNAL      the process ends of it; below it, where
 *
 * For glibc: its own names of the functions save looking them up, which
 * allocates. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define FRAMES 40

extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t n, size_t size);
extern void *__libc_realloc (void *old, size_t size);
extern void *__libc_memalign (size_t alignment, size_t size);

typedef int Push (void *pool, void *data, void **error);
typedef int Create (pthread_t *thread, const pthread_attr_t *attributes,
    void *(*start) (void *), void *data);

void failmalloc_count (int on);
Push g_thread_pool_push;

static atomic_bool counting;
static atomic_long number;
static long at;
static int output = -1;
static int threads;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *pusher[FRAMES]; /* lock: who waits for a thread of a pool */
static int n_pusher;         /* lock */

static void __attribute__ ((format (printf, 1, 2)))
say (const char *format, ...)
{
  char line[80];
  va_list args;
  int n;

  va_start (args, format);
  n = vsnprintf (line, sizeof line, format, args);
  va_end (args);
  if (write (output, line, n) < 0)
    return;
}

static void
say_where (void)
{
  void *frames[FRAMES];

  backtrace_symbols_fd (frames, backtrace (frames, FRAMES), output);
}

/* GLib, from 2.75.3 on, makes the threads of its shared pools in a thread of its
 * own, whose frames do not say for whom. */
static void
say_for_whom (void)
{
  char name[16] = "";

  prctl (PR_GET_NAME, name);
  if (strcmp (name, "pool-spawner") != 0)
    return;
  pthread_mutex_lock (&lock);
  backtrace_symbols_fd (pusher, n_pusher, output);
  pthread_mutex_unlock (&lock);
}

static int
is_next (size_t size)
{
  long n;

  if (!atomic_load_explicit (&counting, memory_order_relaxed))
    return 0;
  n = atomic_fetch_add (&number, 1) + 1;
  if (n != at)
    return 0;
  say ("failed %ld %zu\n", n, size);
  say_where ();
  say_for_whom ();
  errno = ENOMEM;
  return 1;
}

static int
fails (size_t size)
{
  return !threads && is_next (size);
}

void
failmalloc_count (int on)
{
  if (atomic_exchange (&counting, on) && !on)
    say ("count %ld\n", (long) number);
}

/* Returns, and as the default is restored the process ends there again. */
static void
on_crash (int signal_number)
{
  atomic_store (&counting, 0);
  say ("crash %d\n", signal_number);
  say_where ();
}

static void __attribute__ ((constructor)) begin (void)
{
  const struct sigaction action = {
    .sa_handler = on_crash,
    .sa_flags = SA_RESETHAND,
  };
  const char *text = getenv ("FAILMALLOC_AT");
  const char *path = getenv ("FAILMALLOC_LOG");
  void *frame;

  threads = getenv ("FAILMALLOC_THREAD") != NULL;
  at = text != NULL ? atol (text) : 0;
  if (path != NULL)
    output = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  sigaction (SIGSEGV, &action, NULL);
  sigaction (SIGBUS, &action, NULL);
  /* the first call allocates */
  backtrace (&frame, 1);
  if (getenv ("FAILMALLOC_EARLY") != NULL)
    failmalloc_count (1);
}

/* --- what is in the place of GLib's -------------------------------------- */

static void
set_pusher (void *const *frames, int n)
{
  pthread_mutex_lock (&lock);
  memcpy (pusher, frames, n * sizeof *frames);
  n_pusher = n;
  pthread_mutex_unlock (&lock);
}

int
g_thread_pool_push (void *pool, void *data, void **error)
{
  static Push *theirs;
  void *frames[FRAMES];
  int pushed;

  if (theirs == NULL)
    theirs = (Push *) dlsym (RTLD_NEXT, "g_thread_pool_push");
  set_pusher (frames, backtrace (frames, FRAMES));
  pushed = theirs (pool, data, error);
  set_pusher (frames, 0);
  return pushed;
}

/* --- what is in the place of the C library's ---------------------------- */

int
pthread_create (pthread_t *thread, const pthread_attr_t *attributes,
    void *(*start) (void *), void *data)
{
  static Create *theirs;

  if (threads && is_next (0))
    return EAGAIN;
  if (theirs == NULL)
    theirs = (Create *) dlsym (RTLD_NEXT, "pthread_create");
  return theirs (thread, attributes, start, data);
}

void *
malloc (size_t size)
{
  return fails (size) ? NULL : __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  return fails (n * size) ? NULL : __libc_calloc (n, size);
}

void *
realloc (void *old, size_t size)
{
  return fails (size) ? NULL : __libc_realloc (old, size);
}

void *
aligned_alloc (size_t alignment, size_t size)
{
  return fails (size) ? NULL : __libc_memalign (alignment, size);
}

int
posix_memalign (void **result, size_t alignment, size_t size)
{
  void *memory = aligned_alloc (alignment, size);

  if (memory == NULL)
    return ENOMEM;
  *result = memory;
  return 0;
}
