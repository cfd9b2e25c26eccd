/* SPDX-License-Identifier: LGPL-2.1-or-later */
#undef G_DISABLE_ASSERT
#include "hold.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static GMutex lock;
static gdouble longest; /* lock */

/* of this thread, when it was last in curl_multi_perform() */
static _Thread_local gdouble left;

gdouble
hold_now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

gdouble
hold_get_longest (void)
{
  gdouble value;

  g_mutex_lock (&lock);
  value = longest;
  g_mutex_unlock (&lock);
  return value;
}

void
hold_forget (void)
{
  g_mutex_lock (&lock);
  longest = 0;
  g_mutex_unlock (&lock);
}

static gdouble
get_max (void)
{
  /* a sanitizer takes its own time, which says nothing */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return G_MAXDOUBLE;
#else
  const gchar *factor = g_getenv ("TEST_TIME_FACTOR");

  return HOLD_MAX * (factor != NULL ? MAX (atoi (factor), 1) : 1);
#endif
}

gboolean
hold_is_long (gdouble ms)
{
  return ms > get_max ();
}

void
hold_assert (gdouble ms)
{
  g_assert_cmpfloat (ms, <=, get_max ());
}

/* In the place of libcurl's */
CURLMcode
curl_multi_perform (CURLM *multi, int *running)
{
  static CURLMcode (*perform) (CURLM *, int *);
  const gdouble begin = hold_now ();
  CURLMcode code;
  gdouble end;

  if (perform == NULL)
    perform = (CURLMcode (*) (CURLM *, int *)) dlsym (
        RTLD_NEXT, "curl_multi_perform");
  code = perform (multi, running);
  end = hold_now ();
  g_mutex_lock (&lock);
  longest = MAX (longest, end - begin);
  if (left > 0)
    longest = MAX (longest, begin - left);
  g_mutex_unlock (&lock);
  left = end;
  return code;
}
