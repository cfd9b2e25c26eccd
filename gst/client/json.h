/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* json.h: JSON from a host that may be broken or hostile.
 *
 * json.c is the only file that reads json-glib members.  Members are named by
 * a path: "data.taskId"; a number picks an element of an array:
 * "resultUrls.0".
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define GST_HAILUO_JSON_MAX_SIZE (1024 * 1024)
#define GST_HAILUO_JSON_MAX_DEPTH 32
/* In one object, and in all: among names of one hash each is compared with all
 * those before it. */
#define GST_HAILUO_JSON_MAX_MEMBERS 256
#define GST_HAILUO_JSON_MAX_NAMES 1024
/* A host's answers have a few dozen; each takes a hundred bytes and more. */
#define GST_HAILUO_JSON_MAX_VALUES 16384
/* Bytes of JSON in a string of it: an answer may have more than one, and each is
 * read as the whole is.  Those of hosts hold a few links. */
#define GST_HAILUO_JSON_MAX_EMBEDDED (64 * 1024)

/* Whether @data is one JSON text of RFC 8259: UTF-8, no lone surrogates, no
 * name twice in an object, no NUL in a string, at most MAX_SIZE bytes,
 * MAX_DEPTH levels and MAX_VALUES values, MAX_MEMBERS members in an object and
 * MAX_NAMES of them in all.  It does not recurse. */
gboolean gst_hailuo_json_validate (const gchar *data, gsize length,
    GError **error);

/* Validates and parses; the root must be an object.  What any value in it has
 * of @key is masked (see secret.h), so that no getter can give it away.  The
 * error is GST_HAILUO_ERROR_FAILED. (transfer full) (nullable) */
JsonNode *gst_hailuo_json_parse (const gchar *data, gsize length,
    const gchar *key, GError **error);

/* The getters give NULL or FALSE where the member is missing, null or of
 * another type: a host's answer never makes a critical. */

/* (transfer none) (nullable), "" counts as missing */
const gchar *gst_hailuo_json_get_string (JsonNode *root, const gchar *path);
/* An integer from 0 to 2^53, also one written as 200.0 or "200". */
gboolean gst_hailuo_json_get_int (JsonNode *root, const gchar *path,
    gint64 *value);
/* A string or a number as text. (transfer full) (nullable), "" is missing */
gchar *gst_hailuo_json_dup_text (JsonNode *root, const gchar *path);
/* Whether there is anything; "" counts as missing. */
gboolean gst_hailuo_json_has (JsonNode *root, const gchar *path);

/* The names of the members of the object at @path that are not null, "", {} or [];
 * anything else that is not one of these has one member without a name.
 * (transfer full) */
GStrv gst_hailuo_json_list_members (JsonNode *root, const gchar *path);

/* A string member that holds JSON text in itself, parsed as above, or the
 * object as it is. (transfer full) (nullable) */
JsonNode *gst_hailuo_json_dup_embedded (JsonNode *root, const gchar *path,
    const gchar *key);

/* The first string, depth first, for which @match says TRUE; @name is the name
 * of the member it is in, or of the array around it. (transfer full) (nullable) */
typedef gboolean (*GstHailuoJsonMatch) (const gchar *name, const gchar *value);
gchar *gst_hailuo_json_search (JsonNode *root, GstHailuoJsonMatch match);

G_END_DECLS
