/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz.h: what the fuzz targets share.
 *
 * A target is one file with LLVMFuzzerTestOneInput.  It is linked with
 * libFuzzer, or with driver.c, which replays the corpus and simple mutations of
 * it.  A target checks what the headers promise, not only that nothing crashes;
 * criticals and warnings are fatal.
 */
#pragma once

#include "error.h"
#include "response.h"

G_BEGIN_DECLS

gint LLVMFuzzerInitialize (gint *argc, gchar ***argv);
gint LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* The key that went with each request; all of it could be a task id. */
#define FUZZ_KEY "Zq7.fuzz_K3y:91-xV"

/* Whether eight characters of the key, or more, are in @text: in either case,
 * as they are or with %XX. */
gboolean fuzz_has_key (const gchar *text);

/* Whether a host's @text is fit to be shown: what the sanitiser promises. */
void fuzz_assert_sane (const gchar *text);

/* Whether @error is one of the client's, its words fit to be shown. */
void fuzz_assert_error (const GError *error);

/* An answer of the API is written "200\n{...}": three digits, of whatever
 * bytes, a byte that does not count, and the body, which ends where @data
 * ends; FUZZ_KEY went with the request.  FALSE: too short. */
gboolean fuzz_split_response (const guint8 *data, gsize size,
    GstHailuoResponse *response);

G_END_DECLS
