/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "attempt.h"

#include <string.h>

#include "url.h"
#include "model.h"
#include "provider.h"

#define SHA256_DIGITS 64

/* Upper bounds: no real time (us), price (1/1000000 USD) or sum of prices
 * exceeds them */
#define TIME_MAX (G_GINT64_CONSTANT (253402300799) * G_TIME_SPAN_SECOND)
#define PRICE_MAX (G_GINT64_CONSTANT (1000000) * 1000000)

/* --- the members -------------------------------------------------------- */

static const gchar *const states[] = {
  [GST_HAILUO_ATTEMPT_INTENT] = "intent",
  [GST_HAILUO_ATTEMPT_SUBMITTED] = "submitted",
  [GST_HAILUO_ATTEMPT_FAILED] = "failed",
  [GST_HAILUO_ATTEMPT_FETCHED] = "fetched",
  [GST_HAILUO_ATTEMPT_DELIVERED] = "delivered",
  NULL,
};

static const gchar *const faults[] = {
  [GST_HAILUO_FAULT_NONE] = "none",
  [GST_HAILUO_FAULT_REQUEST] = "request",
  [GST_HAILUO_FAULT_HOST] = "host",
  NULL,
};

#define MEMBER(name, member, kind_, ...) \
  { \
    name, GST_HAILUO_MEMBER_##kind_, \
        G_STRUCT_OFFSET (GstHailuoAttempt, member), __VA_ARGS__ \
  }
#define MOVES TRUE

/* clang-format off */
const GstHailuoMember gst_hailuo_members[GST_HAILUO_N_MEMBERS] = {
  MEMBER ("attempt", number, NUMBER, FALSE),
  MEMBER ("shot", shot, TEXT, FALSE),
  MEMBER ("provider", provider, TEXT, FALSE),
  MEMBER ("base_url", base_url, TEXT, FALSE),
  MEMBER ("model", model, TEXT, FALSE),
  MEMBER ("mode", mode, TEXT, FALSE),
  MEMBER ("image", image, FLAG, FALSE),
  MEMBER ("duration", duration, NUMBER, FALSE),
  MEMBER ("resolution", resolution, TEXT, FALSE),
  MEMBER ("take", take, NUMBER, FALSE),
  MEMBER ("label", label, TEXT, FALSE),
  MEMBER ("adopted", adopted, FLAG, FALSE),
  MEMBER ("created", created, NUMBER, FALSE),
  MEMBER ("submitted", submitted, NUMBER, MOVES),
  MEMBER ("ended", ended, NUMBER, MOVES),
  MEMBER ("used", used, NUMBER, MOVES),
  MEMBER ("state", state, WORD, MOVES, 0, states),
  MEMBER ("task_id", task_id, TEXT, MOVES),
  MEMBER ("price", price, NUMBER, FALSE, GST_HAILUO_PRICE_UNKNOWN),
  MEMBER ("billed", billed, WORD, MOVES, 0, gst_hailuo_billed_names),
  MEMBER ("fault", fault, WORD, MOVES, 0, faults),
  MEMBER ("fail_code", fail_code, TEXT, MOVES),
  MEMBER ("size", size, NUMBER, MOVES),
  MEMBER ("sha256", sha256, TEXT, MOVES),
};
/* clang-format on */

const gchar *
gst_hailuo_attempt_state_get_name (GstHailuoAttemptState state)
{
  return states[state];
}

/* --- the object --------------------------------------------------------- */

gboolean
gst_hailuo_attempt_is_price (gint64 price)
{
  return price >= GST_HAILUO_PRICE_UNKNOWN && price <= PRICE_MAX;
}

gint64
gst_hailuo_attempt_get_time (void)
{
  return MAX (g_get_real_time (), 1);
}

GstHailuoAttempt *
gst_hailuo_attempt_new (void)
{
  GstHailuoAttempt *self = g_new0 (GstHailuoAttempt, 1);

  self->price = GST_HAILUO_PRICE_UNKNOWN;
  self->billed = GST_HAILUO_BILLED_UNKNOWN;
  return self;
}

static gchar **
get_text (GstHailuoAttempt *self, guint n)
{
  return gst_hailuo_members[n].kind == GST_HAILUO_MEMBER_TEXT
      ? G_STRUCT_MEMBER_P (self, gst_hailuo_members[n].offset)
      : NULL;
}

GstHailuoAttempt *
gst_hailuo_attempt_copy (const GstHailuoAttempt *self)
{
  GstHailuoAttempt *copy = g_memdup2 (self, sizeof *self);
  gchar **text;
  guint n;

  for (n = 0; n < GST_HAILUO_N_MEMBERS; n++) {
    if ((text = get_text (copy, n)) != NULL)
      *text = g_strdup (*text);
  }
  return copy;
}

void
gst_hailuo_attempt_free (GstHailuoAttempt *self)
{
  gchar **text;
  guint n;

  if (self == NULL)
    return;
  for (n = 0; n < GST_HAILUO_N_MEMBERS; n++) {
    if ((text = get_text (self, n)) != NULL)
      g_free (*text);
  }
  g_free (self);
}

static gint
get_rank (const GstHailuoAttempt *self)
{
  return !self->adopted ? 2 : self->mode != NULL ? 1 : 0;
}

gboolean
gst_hailuo_attempt_outranks (
    const GstHailuoAttempt *self, const GstHailuoAttempt *other)
{
  return get_rank (self) > get_rank (other);
}

void
gst_hailuo_attempt_merge (GstHailuoAttempt *self, const GstHailuoAttempt *other)
{
  if (self->state > GST_HAILUO_ATTEMPT_SUBMITTED || self->ended != 0)
    return;
  self->state = other->state;
  self->submitted = other->submitted;
  self->ended = other->ended;
  self->used = other->used;
  if (self->billed != GST_HAILUO_BILLED_YES)
    self->billed = other->billed;
  self->fault = other->fault;
  g_free (self->fail_code);
  self->fail_code = g_strdup (other->fail_code);
  self->size = other->size;
  g_free (self->sha256);
  self->sha256 = g_strdup (other->sha256);
}

gboolean
gst_hailuo_attempt_has_clip (const GstHailuoAttempt *self)
{
  return self->state == GST_HAILUO_ATTEMPT_FETCHED
      || self->state == GST_HAILUO_ATTEMPT_DELIVERED;
}

/* --- validation --------------------------------------------------------- */

gboolean
gst_hailuo_is_sha256 (const gchar *text)
{
  return text != NULL && strlen (text) == SHA256_DIGITS
      && strspn (text, "0123456789abcdef") == SHA256_DIGITS;
}

gchar *
gst_hailuo_attempt_make_shot (
    const gchar *provider, const gchar *base_url, const gchar *task_id)
{
  g_autofree gchar *text = g_strdup_printf (
      "hailuo-task-1\n%s\n%s\n%s\n", provider, base_url, task_id);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

static gboolean
is_mode (const gchar *nick)
{
  guint mode;

  for (mode = GST_HAILUO_MODE_STANDARD_TEXT_TO_VIDEO;
       mode <= GST_HAILUO_MODE_PRO_IMAGE_TO_VIDEO; mode++) {
    if (g_str_equal (gst_hailuo_mode_get_nick (mode), nick))
      return TRUE;
  }
  return FALSE;
}

/* Same rule as for the base-url property: never send the key in clear text. */
static gboolean
is_base_url (const gchar *url)
{
  gboolean https = FALSE, loopback = FALSE;

  return url != NULL && !g_str_has_suffix (url, "/")
      && gst_hailuo_url_check_base (url, &https, &loopback)
      && (https || loopback);
}

/* Printed verbatim, so only harmless characters */
static gboolean
is_nick (const gchar *text)
{
  return *text != '\0'
      && strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789-")
      == strlen (text);
}

/* The name of the first enum member with an invalid value. (nullable) */
static const gchar *
find_wrong_word (const GstHailuoAttempt *self)
{
  guint n;

  for (n = 0; n < GST_HAILUO_N_MEMBERS; n++) {
    const GstHailuoMember *member = &gst_hailuo_members[n];

    if (member->kind == GST_HAILUO_MEMBER_WORD
        && member->words[G_STRUCT_MEMBER (gint, self, member->offset)] == NULL)
      return member->name;
  }
  return NULL;
}

static gboolean
is_time (gint64 time)
{
  return time >= 0 && time <= TIME_MAX;
}

const gchar *
gst_hailuo_attempt_find_wrong_member (const GstHailuoAttempt *self)
{
  if (!gst_hailuo_is_sha256 (self->shot))
    return "shot";
  if (self->provider == NULL || !is_nick (self->provider))
    return "provider";
  if (!is_base_url (self->base_url))
    return "base_url";
  if (self->model == NULL || !gst_hailuo_model_name_is_valid (self->model))
    return "model";
  if (self->mode != NULL && !is_mode (self->mode))
    return "mode";
  if (self->resolution != NULL && !is_nick (self->resolution))
    return "resolution";
  if (self->label != NULL
      && (!g_utf8_validate (self->label, -1, NULL)
          || g_utf8_strlen (self->label, -1) > GST_HAILUO_LABEL_MAX))
    return "label";
  if (self->state == GST_HAILUO_ATTEMPT_INTENT
          ? self->task_id != NULL
          : !gst_hailuo_task_id_is_valid (self->task_id))
    return "task_id";
  if (gst_hailuo_attempt_has_clip (self) ? !gst_hailuo_is_sha256 (self->sha256)
                                         : self->sha256 != NULL)
    return "sha256";
  if (gst_hailuo_attempt_has_clip (self) ? self->size <= 0 : self->size != 0)
    return "size";
  if (!is_time (self->created) || !is_time (self->submitted)
      || !is_time (self->ended) || !is_time (self->used))
    return "time";
  if (!gst_hailuo_attempt_is_price (self->price))
    return "price";
  return find_wrong_word (self);
}
