/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-client.h: the least client that can test the simulator, and nothing
 * that an element's client is made of. */
#pragma once

#include <json-glib/json-glib.h>

#include "simulator.h"

G_BEGIN_DECLS

#define TEST_AUTH "Authorization: Bearer simulator-key"
#define TEST_JSON "Content-Type: application/json"

typedef struct
{
  guint status;                 /* 0: no answer */
  gboolean complete;            /* the whole answer arrived */
  GString *body;
  GHashTable *headers;          /* lower-case name -> value */
} TestReply;

void test_reply_free (TestReply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestReply, test_reply_free)

/* A simulator that ends each task with the small clip, and no work where
 * @time_scale is high */
Simulator *test_simulator_new (gdouble time_scale);

/* @headers: lines, one string; @ca_file, @body: may be NULL */
TestReply *test_send (const gchar *method, const gchar *url,
    const gchar *const *headers, const gchar *body, const gchar *ca_file);

/* With the key; a submit body where @body is given */
TestReply *test_api (Simulator *simulator, const gchar *path,
    const gchar *body);
/* With no key, and @header where it is given */
TestReply *test_file (const gchar *method, const gchar *url,
    const gchar *header);

/* Submits a shot to APIXO that is in order; its task id.  (transfer full) */
gchar *test_submit (Simulator *simulator);
TestReply *test_poll (Simulator *simulator, const gchar *task_id);
/* The link of a task that has ended.  (transfer full) */
gchar *test_link (Simulator *simulator, const gchar *task_id);

/* What @path (JSONPath) finds in @text, as compact JSON; "" for nothing */
gchar *test_json (const gchar *text, const gchar *path);
#define test_assert_json(text, path, expected) G_STMT_START { \
    g_autofree gchar *__found = test_json (text, path); \
    g_assert_cmpstr (__found, ==, expected); \
  } G_STMT_END

G_END_DECLS
