/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* attempt.h: what is kept of one task that was, or may have been, made.
 *
 * An attempt holds no key, no prompt and no link.  It only moves forward, and
 * what a reader finds after a crash is, by its state:
 *
 *   (none)     nothing was sent, or the host said no before there was a task
 *   INTENT     a submit may have been sent: nobody knows what became of it
 *   SUBMITTED  the host has the task; with `ended`: it knew no more of it
 *   FAILED     the host could not make it
 *   FETCHED    the verified clip was put into the store
 *   DELIVERED  and went downstream to its end
 */
#pragma once

#include "error.h"

G_BEGIN_DECLS

/* In the order in which they may follow each other. */
typedef enum
{
  GST_HAILUO_ATTEMPT_INTENT,
  GST_HAILUO_ATTEMPT_SUBMITTED,
  GST_HAILUO_ATTEMPT_FAILED,
  GST_HAILUO_ATTEMPT_FETCHED,
  GST_HAILUO_ATTEMPT_DELIVERED
} GstHailuoAttemptState;

/* Whose fault a failure was. */
typedef enum
{
  GST_HAILUO_FAULT_NONE,     /* it has not failed */
  GST_HAILUO_FAULT_REQUEST,  /* the same request fails again: moderation,
                              * prompt, image, parameters */
  GST_HAILUO_FAULT_HOST      /* another try may succeed */
} GstHailuoFault;

#define GST_HAILUO_LABEL_MAX 200 /* characters */
#define GST_HAILUO_NO_LIMIT (-1)  /* of what may be spent */

/* Strings are owned and may be NULL where that is said.  Times are in us since
 * 1970; 0: it has not happened. */
typedef struct
{
  gint64 number;         /* 0: it is in no ledger yet */
  gchar *shot;           /* hex, the identity; or that of a task which is known
                          * by its id only */
  gchar *provider;       /* nick */
  gchar *base_url;
  gchar *model;
  gchar *mode;           /* (nullable) nick; this and what follows to `take` is
                          * not known where the shot is not */
  gboolean image;        /* whether it has a first frame */
  gint64 duration;       /* s, as asked for; 0: the host takes none */
  gchar *resolution;     /* (nullable) nick */
  gint64 take;           /* 0: not known */
  gchar *label;          /* (nullable) the user's name for the shot */
  gboolean adopted;      /* the user named its task: it was not submitted here */

  gint64 created;        /* before the submit */
  gint64 submitted;      /* the host had answered with the task's id */
  gint64 ended;          /* delivered, failed or forgotten by the host */
  gint64 used;           /* the clip was last opened */
  GstHailuoAttemptState state;
  gchar *task_id;        /* from SUBMITTED on */

  gint64 price;          /* 1/1000000 USD, estimated; -1: not known */
  GstHailuoBilled billed;
  GstHailuoFault fault;  /* of FAILED */
  gchar *fail_code;      /* (nullable) the host's code, of FAILED */

  gint64 size;           /* bytes of the clip, from FETCHED on */
  gchar *sha256;         /* hex, of the clip, from FETCHED on */
} GstHailuoAttempt;

typedef enum
{
  GST_HAILUO_MEMBER_NUMBER,  /* gint64 */
  GST_HAILUO_MEMBER_FLAG,    /* gboolean */
  GST_HAILUO_MEMBER_TEXT,    /* gchar *, NULL where it has none */
  GST_HAILUO_MEMBER_WORD     /* an enum; kept as one of `words` */
} GstHailuoMemberKind;

/* A member of GstHailuoAttempt, as the ledger and the user's lists have it. */
typedef struct
{
  const gchar *name;
  GstHailuoMemberKind kind;
  gsize offset;
  gboolean moves;              /* it changes after the attempt was added */
  gint64 none;                 /* the NUMBER that stands for nothing */
  const gchar *const *words;   /* of a WORD, by value; NULL-terminated */
} GstHailuoMember;

#define GST_HAILUO_N_MEMBERS 24
extern const GstHailuoMember gst_hailuo_members[GST_HAILUO_N_MEMBERS];

/* The time now, as the members have it: us since 1970.  A clock that stands before
 * that is at 1: what was paid is written down all the same. */
gint64 gst_hailuo_attempt_get_time (void);

GstHailuoAttempt *gst_hailuo_attempt_new (void);
/* (transfer full) */
GstHailuoAttempt *gst_hailuo_attempt_copy (const GstHailuoAttempt *self);
void gst_hailuo_attempt_free (GstHailuoAttempt *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoAttempt, gst_hailuo_attempt_free)

/* Whether @self names the shot of their task with more right than @other: one that
 * was submitted here before one that the user named, and that before one of which
 * no more than the task's id is known. */
gboolean gst_hailuo_attempt_outranks (
    const GstHailuoAttempt *self, const GstHailuoAttempt *other);

/* Where @self has not ended: takes over what @other, an attempt with the same
 * task, knows of that. */
void gst_hailuo_attempt_merge (
    GstHailuoAttempt *self, const GstHailuoAttempt *other);

/* Whether a clip of it was put into the store; it may be gone by now. */
gboolean gst_hailuo_attempt_has_clip (const GstHailuoAttempt *self);

/* "intent", "submitted", "failed", "fetched" or "delivered".
 * (transfer none) */
const gchar *gst_hailuo_attempt_state_get_name (GstHailuoAttemptState state);

/* Whether @price is one that a task may have, or GST_HAILUO_PRICE_UNKNOWN. */
gboolean gst_hailuo_attempt_is_price (gint64 price);

/* Whether @text is 64 hexadecimal digits, as an identity or a SHA-256 is. */
gboolean gst_hailuo_is_sha256 (const gchar *text);

/* The identity that stands for the shot of a task of which no more is known than
 * its id. (transfer full) */
gchar *gst_hailuo_attempt_make_shot (const gchar *provider,
    const gchar *base_url, const gchar *task_id);

/* Which member breaks the rules of where it came from: the user's settings, the
 * host.  NULL: none.  What was read from a disk is held to them too, for it goes
 * into requests. (transfer none) (nullable) */
const gchar *gst_hailuo_attempt_find_wrong_member (const GstHailuoAttempt *self);

G_END_DECLS
