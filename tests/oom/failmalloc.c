/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* failmalloc.c: preloaded, lets one allocation of a process fail.
 *
 * Allocations are counted from failmalloc_count(1) to failmalloc_count(0), of
 * all threads.  In the environment:
 *
 *   FAILMALLOC_LOG    what it has to say is appended to this file
 *   FAILMALLOC_AT     the number of the allocation that fails, from 1
 *   FAILMALLOC_EARLY  if set: counts from the start of the process
 *
 * and in the log:
 *
 *   count N           so many were counted, where counting ends
 *   failed N SIZE     that allocation failed; below it, who asked for it
 *   crash SIGNAL      the process ends of it; below it, where
 *
 * For glibc: its own names of the functions save looking them up, which
 * allocates. */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FRAMES 40

extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t n, size_t size);
extern void *__libc_realloc (void *old, size_t size);
extern void *__libc_memalign (size_t alignment, size_t size);

void failmalloc_count (int on);

static atomic_bool counting;
static atomic_long number;
static long at;
static int output = -1;

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

static int
fails (size_t size)
{
  long n;

  if (!atomic_load_explicit (&counting, memory_order_relaxed))
    return 0;
  n = atomic_fetch_add (&number, 1) + 1;
  if (n != at)
    return 0;
  say ("failed %ld %zu\n", n, size);
  say_where ();
  errno = ENOMEM;
  return 1;
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

/* --- what is in the place of the C library's ---------------------------- */

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
