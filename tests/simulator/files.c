/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* files.c: the second origin: result links, signed and short-lived, with
 * ranges.  The hosts say no more of theirs than "Result URLs may be temporary.
 * Download generated videos promptly"; the shape of the link and the status of
 * an expired one are those of the object stores that real links lead to. */
#include <string.h>

#include "simulator-private.h"

#define DEFAULT_LINK_LIFE (24 * 3600) /* seconds, not scaled */

/* By this mark the tests find a signature wherever it stands. */
#define SIGNATURE_MARK "clip-signature-"

static gchar *
sign (Simulator *self, const gchar *task_id, const gchar *expires)
{
  g_autofree gchar *text = g_strdup_printf ("%s:%s", task_id, expires);
  g_autofree gchar *hash = g_compute_hmac_for_string (G_CHECKSUM_SHA256,
      (const guchar *) self->secret, strlen (self->secret), text, -1);

  return g_strconcat (SIGNATURE_MARK, hash, NULL);
}

/* Another link each time, as a host that signs on each poll would give.
 * lock */
gchar *
sim_files_link (Simulator *self, const SimTask *task)
{
  gdouble life = task->link_life >= 0 ? task->link_life : DEFAULT_LINK_LIFE;
  /* in ms, so that short lives can be tested */
  g_autofree gchar *expires = g_strdup_printf (
      "%" G_GINT64_FORMAT, g_get_real_time () / 1000 + (gint64) (life * 1000));
  g_autofree gchar *signature = sign (self, task->id, expires);

  return g_strdup_printf ("%s/files/%s.mp4?expires=%s&signature=%s",
      self->link_origin != NULL ? self->link_origin : self->files.origin,
      task->id, expires, signature);
}

static gchar *
task_id_of (const SimRequest *request)
{
  const gchar *path = request->path;

  if (!g_str_has_prefix (path, "/files/") || !g_str_has_suffix (path, ".mp4"))
    return NULL;
  path += strlen ("/files/");
  return g_strndup (path, strlen (path) - strlen (".mp4"));
}

static guint
check_link (Simulator *self, const SimRequest *request, const gchar *task_id)
{
  const gchar *expires = g_hash_table_lookup (request->query, "expires");
  const gchar *signature = g_hash_table_lookup (request->query, "signature");
  g_autofree gchar *expected = NULL;

  if (task_id == NULL)
    return 404;
  if (expires == NULL || signature == NULL)
    return 403;
  expected = sign (self, task_id, expires);
  if (!g_str_equal (expected, signature))
    return 403;
  if (g_ascii_strtoll (expires, NULL, 10) <= g_get_real_time () / 1000)
    return 403;
  return 200;
}

typedef enum
{
  RANGE_NONE, /* none, or one that is to be ignored */
  RANGE_OK,
  RANGE_UNSATISFIABLE,
} RangeResult;

/* One range of RFC 9110, 14.1.2: "bytes=A-B", "bytes=A-" or "bytes=-N" */
static RangeResult
parse_range (const gchar *text, guint64 size, guint64 *first, guint64 *last)
{
  const gchar *dash;
  guint64 a, b = G_MAXUINT64;

  if (text == NULL || g_ascii_strncasecmp (text, "bytes=", 6) != 0)
    return RANGE_NONE;
  text += 6;
  dash = strchr (text, '-');
  if (dash == NULL || strspn (text, "0123456789-") != strlen (text)
      || strchr (dash + 1, '-') != NULL || (dash == text && dash[1] == '\0'))
    return RANGE_NONE;

  a = g_ascii_strtoull (text, NULL, 10);
  if (dash[1] != '\0')
    b = g_ascii_strtoull (dash + 1, NULL, 10);
  if (dash == text) {
    if (b == 0 || size == 0)
      return RANGE_UNSATISFIABLE;
    *first = size - MIN (b, size);
    *last = size - 1;
    return RANGE_OK;
  }
  if (b < a)
    return RANGE_NONE;
  if (a >= size)
    return RANGE_UNSATISFIABLE;
  *first = a;
  *last = MIN (b, size - 1);
  return RANGE_OK;
}

/* The part of @clip that is asked for */
static void
answer_clip (const SimRequest *request, GBytes *clip, const gchar *etag,
    gboolean whole, SimAnswer *answer)
{
  const gchar *if_range = g_hash_table_lookup (request->headers, "if-range");
  const gchar *range = g_hash_table_lookup (request->headers, "range");
  guint64 size = g_bytes_get_size (clip);
  guint64 first = 0, last = 0;
  RangeResult result = RANGE_NONE;
  g_autofree gchar *content_range = NULL;

  /* a range is defined for GET only; an If-Range that is no ETag is a date,
   * which never matches as no Last-Modified is sent */
  if (!whole && g_str_equal (request->method, "GET")
      && (if_range == NULL || g_str_equal (if_range, etag)))
    result = parse_range (range, size, &first, &last);

  sim_answer_set_header (answer, "accept-ranges", "bytes");
  sim_answer_set_header (answer, "etag", etag);
  sim_answer_set_header (answer, "content-type", "video/mp4");
  answer->status = 200;
  if (result == RANGE_NONE) {
    answer->body = g_bytes_ref (clip);
    return;
  }

  if (result == RANGE_OK) {
    answer->status = 206;
    answer->body = g_bytes_new_from_bytes (clip, first, last - first + 1);
    content_range = g_strdup_printf (
        "bytes %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT,
        first, last, size);
  } else {
    answer->status = 416;
    answer->body = g_bytes_new_static ("", 0);
    content_range = g_strdup_printf ("bytes */%" G_GUINT64_FORMAT, size);
  }
  sim_answer_set_header (answer, "content-range", content_range);
}

static void
answer_refusal (guint status, SimAnswer *answer)
{
  sim_answer_take_text (
      answer, status, "text/plain", g_strdup_printf ("%u\n", status));
}

static void
answer_as_host (Simulator *self, const SimRequest *request, gboolean whole,
    SimAnswer *answer)
{
  g_autofree gchar *id = task_id_of (request);
  guint status = check_link (self, request, id);
  g_autoptr (GBytes) clip = NULL;
  g_autofree gchar *etag = NULL;
  SimTask *task = NULL;

  if (!g_str_equal (request->method, "GET")
      && !g_str_equal (request->method, "HEAD")) {
    answer_refusal (405, answer);
    return;
  }
  if (status != 200) {
    answer_refusal (status, answer);
    return;
  }

  g_mutex_lock (&self->lock);
  task = sim_task_find (self, id);
  if (task != NULL && task->clip != NULL) {
    clip = g_bytes_ref (task->clip);
    etag = g_strdup (task->etag);
  }
  g_mutex_unlock (&self->lock);

  if (clip != NULL)
    answer_clip (request, clip, etag, whole, answer);
  else
    answer_refusal (404, answer);
}

static void
apply_rule (const SimRule *rule, SimAnswer *answer)
{
  GHashTableIter iter;
  gpointer name, value;

  answer->drop = rule->drop;
  answer->delay = rule->delay;
  answer->cut = rule->cut;
  answer->chunked = rule->chunked;
  if (rule->status != 0)
    answer->status = rule->status;
  if (rule->headers == NULL)
    return;
  g_hash_table_iter_init (&iter, rule->headers);
  while (g_hash_table_iter_next (&iter, &name, &value))
    sim_answer_set_header (answer, name, value);
}

void
sim_files_answer (Simulator *self, SimRequest *request, SimAnswer *answer)
{
  const SimRule *rule;

  g_mutex_lock (&self->lock);
  sim_ledger_log (self, request, SIM_FILE);
  rule = sim_script_take (self, SIM_FILE, FALSE);
  g_mutex_unlock (&self->lock);

  if (rule != NULL && rule->body != NULL)
    sim_answer_take_text (answer, 200,
        rule->is_json ? "application/json" : "text/plain; charset=utf-8",
        g_strdup (rule->body));
  else if (rule != NULL && rule->status >= 300)
    answer_refusal (rule->status, answer);
  else
    /* a plain 200 asked for by a rule: ranges are not understood then */
    answer_as_host (self, request, rule != NULL && rule->status == 200, answer);

  if (rule != NULL)
    apply_rule (rule, answer);
}
