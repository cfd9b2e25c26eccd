/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ledger-fixture.h: a ledger in a folder of its own, and attempts to put there. */
#pragma once

#include <sqlite3.h>

#include "ledger.h"

G_BEGIN_DECLS

#define SHOT "00000000000000000000000000000000000000000000000000000000000000aa"
#define OTHER "00000000000000000000000000000000000000000000000000000000000000bb"
#define SHA1 "1111111111111111111111111111111111111111111111111111111111111111"
#define SHA2 "2222222222222222222222222222222222222222222222222222222222222222"
#define BASE_URL "https://api.apixo.ai/api"
#define PRICE 280000 /* 1/1000000 USD */

typedef struct
{
  gchar *folder, *path;
  GstHailuoLedger *ledger;
} LedgerFixture;

void ledger_set_up (LedgerFixture *fixture, gconstpointer data);
void ledger_tear_down (LedgerFixture *fixture, gconstpointer data);
GstHailuoAttempt * ledger_make_intent (const gchar *shot);
/* Of no more than a task's id */
void ledger_make_adopted (GstHailuoAttempt *attempt);
void ledger_make_submitted (GstHailuoAttempt *attempt, const gchar *task_id);
void ledger_make_fetched (GstHailuoAttempt *attempt, const gchar *sha256);
void ledger_make_delivered (GstHailuoAttempt *attempt, const gchar *task_id, const gchar *sha256, gint64 used);
void ledger_make_failed (GstHailuoAttempt *attempt);
void ledger_add (LedgerFixture *fixture, GstHailuoAttempt *attempt);
void ledger_move (LedgerFixture *fixture, GstHailuoAttempt *attempt);
GPtrArray * ledger_list (LedgerFixture *fixture, const gchar *shot);
void ledger_assert_same (const GstHailuoAttempt *one, const GstHailuoAttempt *other);
void ledger_assert_kept (LedgerFixture *fixture, const GstHailuoAttempt *attempt);
/* As another program would use it */
sqlite3 *ledger_open_directly (LedgerFixture *fixture);
int ledger_execute (LedgerFixture *fixture, const gchar *sql);

G_END_DECLS
