/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ledger-schema.h: the tables of the ledger's database; for database.c only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define GST_HAILUO_LEDGER_VERSION 1 /* PRAGMA user_version */

/* SQL: entry n migrates from version n to version n + 1.  The last one is
 * compared with the schema that a database has, so only a semicolon may
 * separate its statements. */
extern const gchar *const
    gst_hailuo_ledger_migrations[GST_HAILUO_LEDGER_VERSION];

G_END_DECLS
