/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ledger-schema.h: what the database of ledger.h is made of; for database.c only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define GST_HAILUO_LEDGER_VERSION 1 /* user_version */

/* SQL; the n-th leads from version n to version n + 1.  The last one is compared
 * with what a database has, so there is nothing between the statements but the
 * semicolon. */
extern const gchar *const
    gst_hailuo_ledger_migrations[GST_HAILUO_LEDGER_VERSION];

G_END_DECLS
