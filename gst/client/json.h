/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* json.h: parses JSON from a host that may be broken or hostile.
 *
 * json.c is the only file that reads json-glib members.  Members are addressed
 * by a path: "data.taskId".  A number selects an element of an array:
 * "resultUrls.0".
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define GST_HAILUO_JSON_MAX_SIZE (1024 * 1024)
#define GST_HAILUO_JSON_MAX_DEPTH 32
/* Per object, and in total: a name is compared with all earlier ones that have
 * the same hash. */
#define GST_HAILUO_JSON_MAX_MEMBERS 256
#define GST_HAILUO_JSON_MAX_NAMES 1024
/* Hosts' responses have a few dozen.  Each takes 100 bytes of memory or more. */
#define GST_HAILUO_JSON_MAX_VALUES 16384
/* Bytes of JSON text inside a string.  A response may have several such
 * strings, and each is parsed like the whole response.  Those of real hosts
 * hold a few links. */
#define GST_HAILUO_JSON_MAX_EMBEDDED (64 * 1024)

/* Whether @data is exactly one JSON text as in RFC 8259, in UTF-8, with no lone
 * surrogate, no duplicate name in an object and no NUL in a string.  At most
 * MAX_SIZE bytes, MAX_DEPTH levels, MAX_VALUES values, MAX_MEMBERS members per
 * object and MAX_NAMES names in total.  Does not recurse. */
gboolean gst_hailuo_json_validate (const gchar *data, gsize length,
    GError **error);

/* Validates and parses; the root must be an object.  Whatever a value contains
 * of @key is masked (see secret.h), so that no getter can give it away.  The
 * error is GST_HAILUO_ERROR_FAILED. (transfer full) (nullable) */
JsonNode *gst_hailuo_json_parse (const gchar *data, gsize length,
    const gchar *key, GError **error);

/* The getters return NULL or FALSE if the member is missing, null or of another
 * type: no response can trigger a critical. */

/* (transfer none) (nullable) "" counts as missing */
const gchar *gst_hailuo_json_get_string (JsonNode *root, const gchar *path);
/* An integer from 0 to 2^53, including one written as 200.0 or "200". */
gboolean gst_hailuo_json_get_int (JsonNode *root, const gchar *path,
    gint64 *value);
/* A string, or a number as text; "" counts as missing.
 * (transfer full) (nullable) */
gchar *gst_hailuo_json_dup_text (JsonNode *root, const gchar *path);
/* Whether the member has a value; "" counts as missing. */
gboolean gst_hailuo_json_has (JsonNode *root, const gchar *path);

/* The names of the members of the object at @path whose values are not null, "", {}
 * or [].  Any other non-empty value counts as one member with an empty name.
 * (transfer full) */
GStrv gst_hailuo_json_list_members (JsonNode *root, const gchar *path);

/* A string member that contains JSON text, parsed as above, or an object member
 * as it is. (transfer full) (nullable) */
JsonNode *gst_hailuo_json_dup_embedded (JsonNode *root, const gchar *path,
    const gchar *key);

/* The first string, depth first, for which @match returns TRUE.  @name is the
 * name of its member, or that of the array around it.
 * (transfer full) (nullable) */
typedef gboolean (*GstHailuoJsonMatch) (const gchar *name, const gchar *value);
gchar *gst_hailuo_json_search (JsonNode *root, GstHailuoJsonMatch match);

G_END_DECLS
