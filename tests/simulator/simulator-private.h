/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* simulator-private.h: what the files of the simulator share.
 *
 *   server.c            HTTP in and out (libmicrohttpd), nothing else
 *   api.c, files.c      what the two ports answer
 *   dialect-*.c         one host each: routes, validation, bodies
 *   script.c            rules
 *   ledger.c            requests and bills
 *   task.c              the life of one task
 *   render.c            clips
 *   http.c              the simulator as a client, of this machine only
 */
#pragma once

#include <json-glib/json-glib.h>
#include <microhttpd.h>

#include "simulator.h"

G_BEGIN_DECLS

typedef struct _SimDialect SimDialect;

/* What a request is, and what a rule is about: bits, as a member of a rule
 * can belong to more than one. */
typedef enum
{
  SIM_SUBMIT = 1 << 0,
  SIM_POLL = 1 << 1,
  SIM_FILE = 1 << 2,
  SIM_TASK = 1 << 3,            /* rules only */
  SIM_OTHER = 1 << 4,           /* requests only */
} SimKind;

typedef enum
{
  SIM_FORM_DEFAULT,
  SIM_FORM_FLAT,
  SIM_FORM_ENVELOPED,
} SimForm;

/* One request; constant once it is in the ledger */
typedef struct
{
  SimKind kind;
  gchar *method;
  gchar *target;                /* path and query as they were sent */
  gchar *path;                  /* decoded */
  GHashTable *query;            /* name -> value, decoded */
  GHashTable *headers;          /* lower-case name -> value */
  GString *body;
  gboolean files_port;
  gboolean logged;              /* the ledger owns it */
} SimRequest;

typedef struct
{
  gboolean drop;                /* close without an answer */
  guint delay;                  /* ms */
  guint status;
  GHashTable *headers;          /* lower-case name -> value */
  GBytes *body;
  guint64 cut;                  /* bytes sent before the end; or NO_CUT */
  gboolean chunked;             /* no Content-Length */
} SimAnswer;

#define SIM_NO_CUT G_MAXUINT64

/* A rule of the script; constant but for skip and times (lock) */
typedef struct
{
  SimKind on;
  gint64 skip;
  gint64 times;                 /* left; 0: used up; -1: no end */
  guint status;                 /* 0: the host's own */
  GHashTable *headers;          /* lower-case name -> value; or NULL */
  gchar *body;                  /* NULL: the host's own */
  gboolean is_json;             /* the body is */
  guint delay;
  gboolean drop;
  gboolean billed;
  gchar *state;
  guint64 cut;
  gboolean chunked;
  gboolean has_link;
  gchar *link;                  /* NULL: the member is left out */
  gboolean fails;
  gchar *fail_code;
  gchar *fail_message;
  gdouble work;                 /* seconds, not scaled; < 0: the default */
  gdouble link_life;            /* seconds, not scaled; < 0: the default */
  SimForm form;
} SimRule;

/* A task; constant once it is in the ledger but for the last group */
typedef struct
{
  const SimDialect *dialect;
  gchar *id;
  gchar *model;
  gchar *mode;
  gchar *prompt;
  gchar *image;                 /* URL; or NULL */
  gchar *callback_url;          /* or NULL */
  gint duration;                /* nominal seconds */
  gboolean full_hd;             /* 1920x1080 instead of 1366x768 */

  gint64 created;               /* monotonic us */
  gint64 created_ms;            /* Unix */
  gdouble work;                 /* seconds, not scaled */
  gdouble link_life;            /* seconds, scaled */
  gboolean fails;
  gchar *fail_code;
  gchar *fail_message;

  /* lock */
  GBytes *clip;
  gchar *etag;
  gboolean render_failed;
  guint callbacks;              /* deliveries begun */
  gboolean called_back;         /* one of them was answered with 200 */
} SimTask;

typedef enum
{
  SIM_STATE_PENDING,
  SIM_STATE_PROCESSING,
  SIM_STATE_SUCCESS,
  SIM_STATE_FAILED,
} SimState;

/* What a status answer tells, before a dialect words it */
typedef struct
{
  SimState state;
  const gchar *word;            /* instead of the dialect's own; or NULL */
  const gchar *link;            /* with success; NULL: left out */
  const gchar *fail_code;       /* with failed */
  const gchar *fail_message;
  gint64 cost_ms;               /* the work, as the host would count it */
} SimStatus;

/* Which dialect and which of its routes a request is for */
typedef struct
{
  const SimDialect *dialect;    /* NULL: none */
  SimKind kind;
  gchar *model;                 /* from the path; or NULL */
  gchar *task_id;               /* or NULL */
} SimRoute;

/* A refusal: the code is the HTTP status, the message says why. */
#define SIM_REFUSAL (sim_refusal_quark ())

/* One host.  Pure functions: no lock, no clock, no socket. */
struct _SimDialect
{
  const gchar *name;
  const gchar *base_path;       /* of the base URL given to clients */
  /* Is it a route of this host? */
  gboolean (*route) (const SimRequest *request, SimRoute *route);
  /* Checks a submit; NULL and a SIM_REFUSAL where it is refused */
  SimTask *(*read_submit) (const SimRequest *request, const SimRoute *route,
      GError **error);
  /* Checks a poll before the task is looked up */
  gboolean (*check_poll) (const SimRoute *route, GError **error);
  gchar *(*write_submit) (const SimTask *task, SimForm form);
  gchar *(*write_status) (const SimTask *task, const SimStatus *status,
      SimForm form);
  /* @detail: what exactly is wrong; or NULL */
  gchar *(*write_error) (guint status, const gchar *detail, SimForm form);
  /* Of routes that are neither submit nor poll; may be NULL */
  gchar *(*write_other) (const SimRoute *route);
};

extern const SimDialect sim_dialect_apixo;
extern const SimDialect sim_dialect_apiinone;

/* One listening port */
typedef struct
{
  Simulator *simulator;
  gboolean is_files;
  struct MHD_Daemon *daemon;
  guint16 port;
  gchar *origin;
} SimPort;

struct _Simulator
{
  /* constant while requests arrive */
  gchar *api_key;
  gdouble time_scale;
  gchar *secret;                /* that links are signed with */
  GBytes *clip;                 /* for every task; NULL: rendered */
  gchar *cert;                  /* PEM text; NULL: plain HTTP */
  gchar *key;                   /* PEM text */
  SimPort api;
  SimPort files;
  GHashTable *base_urls;        /* dialect name -> URL */
  GCancellable *cancellable;    /* stops renderings and callbacks */

  /* Guards what follows and the fields marked so elsewhere.  Nothing is
   * called back, rendered or sent with it held. */
  GMutex lock;
  GCond changed;                /* requests, tasks or quitting */
  gboolean quitting;
  gchar *link_origin;           /* NULL: that of the files port */
  GPtrArray *rules;             /* (element-type SimRule) (owned) */
  GPtrArray *requests;          /* (element-type SimRequest) (owned) */
  GPtrArray *tasks;             /* (element-type SimTask) (owned) */
  GPtrArray *workers;           /* (element-type GThread) (owned) */
};

/* simulator.c */
GQuark sim_refusal_quark (void);
const SimDialect *const *sim_dialects (void);

/* server.c */
gboolean sim_port_listen (SimPort *port, guint16 wanted, GError **error);
void sim_port_stop (SimPort *port);
void sim_request_free (SimRequest *request);
void sim_answer_set_header (SimAnswer *answer, const gchar *name,
    const gchar *value);
void sim_answer_take_text (SimAnswer *answer, guint status, const gchar *type,
    gchar *text);
/* Waits until @until (monotonic); FALSE: the simulator ends, or the event
 * before it.  Called without the lock. */
gboolean sim_sleep_until (Simulator *self, gint64 until);

/* api.c */
void sim_api_answer (Simulator *self, SimRequest *request, SimAnswer *answer);

/* files.c */
gchar *sim_files_link (Simulator *self, const SimTask *task);   /* lock */
void sim_files_answer (Simulator *self, SimRequest *request,
    SimAnswer *answer);

/* script.c */
gboolean sim_script_add (Simulator *self, const gchar *json, guint *n_added,
    GError **error);
/* The rule for a request (lock); NULL: none.  @done: a poll whose answer would
 * be success. */
void sim_script_clear (Simulator *self);
const SimRule *sim_script_take (Simulator *self, SimKind kind, gboolean done);
void sim_rule_free (SimRule *rule);

/* ledger.c */
const gchar *sim_kind_nick (SimKind kind);
void sim_ledger_log (Simulator *self, SimRequest *request,
    SimKind kind);                                              /* lock */
gchar *sim_ledger_requests_text (Simulator *self);

/* task.c */
SimTask *sim_task_new (const SimDialect *dialect);
void sim_task_free (SimTask *task);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimTask, sim_task_free)
void sim_task_accept (Simulator *self, SimTask *task);          /* lock */
SimTask *sim_task_find (Simulator *self, const gchar *id);      /* lock */
gint64 sim_task_get_end (Simulator *self, const SimTask *task);
SimState sim_task_get_state (Simulator *self, const SimTask *task); /* lock */
void sim_task_get_status (Simulator *self, const SimTask *task,
    SimStatus *status);                                         /* lock */
gchar *sim_clip_etag (GBytes *clip);

/* callback.c */
/* Delivers the end of @task, with the host's retries; in a worker */
void sim_callback_deliver (Simulator *self, SimTask *task);

/* render.c */
typedef struct
{
  guint width;
  guint height;
  guint frames;
  const gchar *prompt;          /* or NULL */
  GBytes *image;                /* or NULL: a test pattern */
} SimClipSpec;

GBytes *sim_render (const SimClipSpec *spec, GCancellable *cancellable,
    GError **error);

/* http.c: only to loopback addresses; certificates are not checked there */
gboolean sim_http_is_loopback (const gchar *url);
GBytes *sim_http_get (const gchar *url, gsize max_size,
    GCancellable *cancellable, GError **error);
/* The HTTP status; 0 with an error */
guint sim_http_post_json (const gchar *url, const gchar *body,
    guint timeout_ms, GCancellable *cancellable, GError **error);

/* json.c */
JsonNode *sim_json_parse (const gchar *text, GError **error);
gchar *sim_json_take_text (JsonObject *object);
/* NULL where there is none or it is of another type */
const gchar *sim_json_string (JsonObject *object, const gchar *name);
JsonObject *sim_json_object (JsonObject *object, const gchar *name);
/* A number with no fraction; FALSE where it is none */
gboolean sim_json_integer (JsonObject *object, const gchar *name,
    gint64 *value);
gboolean sim_json_is_http_url (const gchar *text);
/* The request's body as an object, by the rules all hosts share */
JsonNode *sim_json_request_body (const SimRequest *request, GError **error);

G_END_DECLS
