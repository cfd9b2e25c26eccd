/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-private.h"

/* --- the only place that waits ------------------------------------------ */

static void
set_polled (GstHailuoHttp *self, CURLM *multi)
{
  g_mutex_lock (&self->lock);
  self->polled = multi;
  g_mutex_unlock (&self->lock);
}

static void
interrupt (GstHailuoHttp *self)
{
  g_mutex_lock (&self->lock);
  curl_multi_wakeup (self->polled);
  g_mutex_unlock (&self->lock);
}

static gboolean
run (GstHailuoHttp *self, CURLM *multi, gint64 until, gint64 interval,
    GstHailuoHttpIsDone is_done, gpointer user_data, GError **error)
{
  for (;;) {
    gint64 now;
    int running;

    if (g_atomic_int_get (&self->cancelled)) {
      g_set_error_literal (
          error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
      return FALSE;
    }
    curl_multi_perform (multi, &running);
    now = gst_hailuo_http_now (self);
    if (is_done (now, user_data) || now >= until)
      return TRUE;
    curl_multi_poll (
        multi, NULL, 0, MIN (until - now, interval) / 1000 + 1, NULL);
  }
}

gboolean
gst_hailuo_http_run (GstHailuoHttp *self, CURLM *multi, gint64 until,
    gint64 interval, GstHailuoHttpIsDone is_done, gpointer user_data,
    GError **error)
{
  gboolean done;

  set_polled (self, multi);
  done = run (self, multi, until, interval, is_done, user_data, error);
  set_polled (self, self->multi);
  return done;
}

gint64
gst_hailuo_http_now (GstHailuoHttp *self)
{
  return g_get_monotonic_time ();
}

/* GstHailuoHttpIsDone */
static gboolean
take_wakeup (gint64 now, gpointer http)
{
  GstHailuoHttp *self = http;

  return g_atomic_int_compare_and_exchange (&self->woken, 1, 0);
}

gboolean
gst_hailuo_http_wait (GstHailuoHttp *self, gint64 until, GError **error)
{
  return gst_hailuo_http_run (
      self, self->multi, until, G_TIME_SPAN_MINUTE, take_wakeup, self, error);
}

void
gst_hailuo_http_cancel (GstHailuoHttp *self)
{
  g_atomic_int_set (&self->cancelled, TRUE);
  interrupt (self);
}

void
gst_hailuo_http_uncancel (GstHailuoHttp *self)
{
  g_atomic_int_set (&self->cancelled, FALSE);
}

gboolean
gst_hailuo_http_is_cancelled (GstHailuoHttp *self)
{
  return g_atomic_int_get (&self->cancelled);
}

void
gst_hailuo_http_wakeup (GstHailuoHttp *self)
{
  g_atomic_int_set (&self->woken, TRUE);
  interrupt (self);
}

/* --- the object --------------------------------------------------------- */

GstHailuoHttp *
gst_hailuo_http_new (void)
{
  static gsize initialized = 0;
  GstHailuoHttp *self;

  if (g_once_init_enter (&initialized)) {
    curl_global_init (CURL_GLOBAL_DEFAULT);
    g_once_init_leave (&initialized, 1);
  }
  self = g_new0 (GstHailuoHttp, 1);
  self->multi = curl_multi_init ();
  if (self->multi == NULL)
    g_error ("out of memory");
  self->polled = self->multi;
  g_mutex_init (&self->lock);
#ifdef HAVE_CURLMOPT_QUICK_EXIT
  curl_multi_setopt (self->multi, CURLMOPT_QUICK_EXIT, 1L);
#endif
  return self;
}

GstHailuoHttp *
gst_hailuo_http_new_like (GstHailuoHttp *other)
{
  GstHailuoHttp *self = gst_hailuo_http_new ();

  self->trust_loopback = other->trust_loopback;
  if (other->certificates != NULL)
    self->certificates = g_bytes_ref (other->certificates);
  return self;
}

static void
add_file (GByteArray *all, const gchar *path)
{
  g_autofree gchar *text = NULL;
  gsize length;

  if (path != NULL && g_file_get_contents (path, &text, &length, NULL))
    g_byte_array_append (all, (const guint8 *) text, length);
}

/* CURLOPT_CAINFO_BLOB replaces the system's bundle, so include that as well. */
static GBytes *
add_system (GBytes *certificates)
{
  GByteArray *all = g_byte_array_new ();
  gsize length;
  gconstpointer data = g_bytes_get_data (certificates, &length);

  g_byte_array_append (all, data, length);
  g_byte_array_append (all, (const guint8 *) "\n", 1);
#if CURL_AT_LEAST_VERSION(7, 84, 0)
  {
    CURL *easy = curl_easy_init ();
    char *path = NULL;

    curl_easy_getinfo (easy, CURLINFO_CAINFO, &path);
    add_file (all, path);
    curl_easy_cleanup (easy);
  }
#endif
  return g_byte_array_free_to_bytes (all);
}

void
gst_hailuo_http_set_policy (
    GstHailuoHttp *self, const GstHailuoHttpPolicy *policy)
{
  g_clear_pointer (&self->certificates, g_bytes_unref);
  self->trust_loopback = policy->trust_loopback;
  if (policy->certificates != NULL)
    self->certificates = add_system (policy->certificates);
}

void
gst_hailuo_http_free (GstHailuoHttp *self)
{
  if (self == NULL)
    return;
  curl_multi_cleanup (self->multi);
  g_clear_pointer (&self->certificates, g_bytes_unref);
  g_mutex_clear (&self->lock);
  g_free (self);
}
