/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* attempt.h: the record of one task that was, or may have been, created.
 *
 * An attempt holds no key, prompt or link.  It only moves forward, and after a
 * crash its state means:
 *
 *   (none)     nothing was sent, or the host refused before there was a task
 *   INTENT     a submit may have been sent, its outcome is unknown
 *   SUBMITTED  the host has the task; if `ended` is set, the host later did not
 *              know it, or called it failed after the clip was made
 *   FAILED     the host could not make the clip
 *   FETCHED    the verified clip was put into the store
 *   DELIVERED  and went downstream to its end
 */
#pragma once

#include "error.h"

G_BEGIN_DECLS

/* In order: a state is only followed by a later one. */
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
  GST_HAILUO_FAULT_NONE,     /* not failed */
  GST_HAILUO_FAULT_REQUEST,  /* the same request fails again: moderation,
                              * prompt, image, parameters */
  GST_HAILUO_FAULT_HOST      /* another try may succeed */
} GstHailuoFault;

#define GST_HAILUO_LABEL_MAX 200 /* characters */
#define GST_HAILUO_NO_LIMIT (-1)  /* no spending limit */

/* Strings are owned; they may be NULL only where noted.  Times are in us since
 * 1970; 0: has not happened. */
typedef struct
{
  gint64 number;         /* 0: not in a ledger yet */
  gchar *shot;           /* hex, the identity; for a task known by its id only,
                          * see gst_hailuo_attempt_make_shot() */
  gchar *provider;       /* nick */
  gchar *base_url;
  gchar *model;
  gchar *mode;           /* (nullable) nick; like the members down to `take`,
                          * unknown if the shot is */
  gboolean image;        /* has a first frame */
  gint64 duration;       /* s, as requested; 0: the host takes none */
  gchar *resolution;     /* (nullable) nick */
  gint64 take;           /* 0: unknown */
  gchar *label;          /* (nullable) the user's name for the shot */
  gboolean adopted;      /* the user gave its task id: not submitted here */

  gint64 created;        /* before the submit is sent */
  gint64 submitted;      /* the host answered with the task id */
  gint64 ended;          /* delivered, failed, or forgotten by the host */
  gint64 used;           /* the clip was last put into the store */
  GstHailuoAttemptState state;
  gchar *task_id;        /* NULL before SUBMITTED */

  gint64 price;          /* 1/1000000 USD, estimated; -1: unknown */
  GstHailuoBilled billed;
  GstHailuoFault fault;  /* FAILED only */
  gchar *fail_code;      /* (nullable) the host's code, FAILED only */

  gint64 size;           /* of the clip, in bytes, from FETCHED on */
  gchar *sha256;         /* of the clip, hex; NULL before FETCHED */
} GstHailuoAttempt;

typedef enum
{
  GST_HAILUO_MEMBER_NUMBER,  /* gint64 */
  GST_HAILUO_MEMBER_FLAG,    /* gboolean */
  GST_HAILUO_MEMBER_TEXT,    /* gchar *, may be NULL */
  GST_HAILUO_MEMBER_WORD     /* an enum, stored as one of `words` */
} GstHailuoMemberKind;

/* Describes a member of GstHailuoAttempt, for the ledger and for the lists
 * shown to the user. */
typedef struct
{
  const gchar *name;
  GstHailuoMemberKind kind;
  gsize offset;
  gboolean moves;              /* may change after the attempt was added */
  gint64 none;                 /* NUMBER: the value that means none */
  const gchar *const *words;   /* WORD: the names by value, NULL-terminated */
} GstHailuoMember;

#define GST_HAILUO_N_MEMBERS 24
extern const GstHailuoMember gst_hailuo_members[GST_HAILUO_N_MEMBERS];

/* The current time as the members have it, in us since 1970, but at least 1: a
 * clock set before 1970 must not keep a paid task from being recorded. */
gint64 gst_hailuo_attempt_get_time (void);

GstHailuoAttempt *gst_hailuo_attempt_new (void);
/* (transfer full) */
GstHailuoAttempt *gst_hailuo_attempt_copy (const GstHailuoAttempt *self);
void gst_hailuo_attempt_free (GstHailuoAttempt *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHailuoAttempt, gst_hailuo_attempt_free)

/* Whether @self has a better claim than @other to name the shot of the task
 * they share.  An attempt submitted here ranks first, then one whose task id
 * the user gave for a shot, then one known by its task id only. */
gboolean gst_hailuo_attempt_outranks (
    const GstHailuoAttempt *self, const GstHailuoAttempt *other);

/* Unless @self has ended, takes over what @other, an attempt with the same
 * task, knows of the outcome. */
void gst_hailuo_attempt_merge (
    GstHailuoAttempt *self, const GstHailuoAttempt *other);

/* Whether its clip was put into the store; it may be gone by now. */
gboolean gst_hailuo_attempt_has_clip (const GstHailuoAttempt *self);

/* "intent", "submitted", "failed", "fetched" or "delivered".
 * (transfer none) */
const gchar *gst_hailuo_attempt_state_get_name (GstHailuoAttemptState state);

/* Whether @price is a price that a task can have, or GST_HAILUO_PRICE_UNKNOWN. */
gboolean gst_hailuo_attempt_is_price (gint64 price);

/* Whether @text is 64 lower-case hex digits, like an identity or a SHA-256. */
gboolean gst_hailuo_is_sha256 (const gchar *text);

/* The identity that stands for the shot of a task known by its id only.
 * (transfer full) */
gchar *gst_hailuo_attempt_make_shot (const gchar *provider,
    const gchar *base_url, const gchar *task_id);

/* The name of the first member that breaks the rules of its source (the user's
 * settings, the host); NULL if there is none.  What is read from disk has to
 * pass too, since it goes into requests. (transfer none) (nullable) */
const gchar *gst_hailuo_attempt_find_wrong_member (const GstHailuoAttempt *self);

G_END_DECLS
