/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-bodies.c: floods, lies and garbage below JSON, at each of the three
 * places where a host answers. */
#include <curl/curl.h>
#include <string.h>

#include "attack.h"

#define READ GST_RESOURCE_ERROR_READ
#define OPEN_READ GST_RESOURCE_ERROR_OPEN_READ
#define FAILED GST_RESOURCE_ERROR_FAILED

#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n"

#define BLOCK 65536
#define GZIP_START "\x1f\x8b\x08\0\0\0\0\0\0\x03"
/* the inner start as it is, in a block of the outer */
#define NESTED \
  "Transfer-Encoding: gzip, gzip\r\n\r\n" GZIP_START \
  "\0\x0a\0\xf5\xff" GZIP_START

static gchar block[BLOCK + 1];       /* of x */
static gchar spaces[BLOCK + 1];      /* which JSON allows everywhere */
static gchar chunk[BLOCK + 16];      /* of a chunked answer */
static gchar zeros[BLOCK];           /* raw deflate of 16 MiB, a part */
static gchar empties[BLOCK];         /* the same, of such parts with nothing */
static gchar long_header[BLOCK * 4]; /* in one line */

typedef struct
{
  const gchar *description;
  HostAnswer answer;
  gint poll, file; /* how it ends there; 0: not tried */
  gboolean no_submit;
  const gchar *limit; /* in the sentence */
} Row;

#define TEXT(text) \
  { \
    text, -1, NULL, 0, 0, NULL, 0, FALSE \
  }
#define BYTES(bytes) \
  { \
    bytes, sizeof bytes - 1, NULL, 0, 0, NULL, 0, FALSE \
  }
#define FLOOD(text, unit) \
  { \
    text, -1, unit, 0, HOST_ENDLESS, NULL, 0, FALSE \
  }

/* What is said of short headers: libcurl counts them from 8.14 on. */
#if CURL_AT_LEAST_VERSION(8, 14, 0)
#define MANY "Too many response headers, 5000 is max"
#else
#define MANY "64 KiB"
#endif

/* (not const: the size of the zeros is known when they are made) */
static Row floods[] = {
  { "body", FLOOD (OK "\r\n", block), FAILED, READ },
  { "body-of-spaces", FLOOD (OK "\r\n", spaces), FAILED, READ },
  { "body-of-arrays", FLOOD (OK "\r\n", "[[[[[[[["), FAILED, READ },
  { "body-of-one-string", FLOOD (OK "\r\n{\"code\":\"", block), FAILED, READ },
  { "body-of-names", FLOOD (OK "\r\n{\"a\":0", ",\"a\":0"), FAILED, READ },
  { "body-of-ten-gigabytes",
      FLOOD (OK "Content-Length: 10737418240\r\n\r\n", block), FAILED, READ },
  { "chunks", FLOOD (CHUNKED "\r\n", chunk), FAILED, READ },
  { "chunks-of-one-byte", FLOOD (CHUNKED "\r\n", "1\r\nx\r\n"), FAILED, READ },
  { "chunk-size", FLOOD (CHUNKED "\r\n", "0000000000000000"), OPEN_READ, READ },
  { "chunk-extension", { CHUNKED "\r\n1;", -1, block, 0, HOST_ENDLESS / 4 },
      OPEN_READ, READ },
  { "trailers", { CHUNKED "\r\n1\r\nx\r\n0\r\n", -1, "X-A: b\r\n", 0, 8 << 20 },
      OPEN_READ, READ },
  { "headers", FLOOD (OK, "X-A: a value of some length\r\n"), OPEN_READ, READ,
      FALSE, "64 KiB" },
  { "headers-many", FLOOD (OK, "A:\r\n"), OPEN_READ, READ, FALSE, MANY },
  { "cookies", FLOOD (OK, "Set-Cookie: a=b\r\n"), OPEN_READ, READ },
  { "folded-header", FLOOD (OK "X-A: b\r\n", " c\r\n"), OPEN_READ, READ },
  { "one-header", FLOOD (OK "X-A: ", block), OPEN_READ, READ, FALSE,
      "100 KiB" },
  { "header-with-no-colon", FLOOD (OK, block), OPEN_READ, READ },
  { "long-headers", FLOOD (OK, long_header), OPEN_READ, READ },
  { "status-line", FLOOD ("HTTP/1.1 200 ", block), OPEN_READ, OPEN_READ },
  { "line-ends", FLOOD ("", "\r\n"), OPEN_READ, OPEN_READ },
  { "1xx", FLOOD ("", "HTTP/1.1 100 Continue\r\n\r\n"), OPEN_READ, OPEN_READ },
  { "103", FLOOD ("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
      OPEN_READ, OPEN_READ },
  { "garbage", FLOOD ("\1\2\3\4", block), OPEN_READ, OPEN_READ },
  { "gzip",
      { OK "Content-Encoding: gzip\r\n\r\n" GZIP_START,
          sizeof (OK "Content-Encoding: gzip\r\n\r\n" GZIP_START) - 1, zeros, 0,
          HOST_ENDLESS },
      FAILED, READ },
  { "gzip-of-the-transfer",
      { OK "Transfer-Encoding: gzip\r\n\r\n" GZIP_START,
          sizeof (OK "Transfer-Encoding: gzip\r\n\r\n" GZIP_START) - 1, zeros,
          0, HOST_ENDLESS },
      FAILED, READ },
  { "deflate-of-the-transfer",
      { OK "Transfer-Encoding: deflate\r\n\r\n\x78\x9c", -1, zeros, 0,
          HOST_ENDLESS },
      FAILED, READ },
  { "nothing-in-gzip-in-gzip",
      { OK NESTED, sizeof (OK NESTED) - 1, empties, 0, HOST_ENDLESS }, FAILED,
      READ },
  { "error-page", FLOOD ("HTTP/1.1 500 Oh\r\n\r\n", block), FAILED, READ },
  { "gone-page", FLOOD ("HTTP/1.1 410 Gone\r\n\r\n", block), FAILED, READ,
      TRUE },
};

static Row lies[] = {
  { "length-too-long", TEXT (OK "Content-Length: 100\r\n\r\nx"), OPEN_READ,
      READ },
  { "length-too-short", TEXT (OK "Content-Length: 1\r\n\r\n{}xx"), FAILED,
      READ },
  { "length-negative", TEXT (OK "Content-Length: -1\r\n\r\nx"), OPEN_READ,
      READ },
  { "length-2^63-1", TEXT (OK "Content-Length: 9223372036854775807\r\n\r\nx"),
      OPEN_READ, READ },
  { "length-10^20", TEXT (OK "Content-Length: 100000000000000000000\r\n\r\nx"),
      FAILED, READ },
  { "length-twice",
      TEXT (OK "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"), FAILED,
      READ },
  { "length-no-number", TEXT (OK "Content-Length: many\r\n\r\nx"), OPEN_READ,
      READ },
  { "length-and-chunks",
      TEXT (CHUNKED "Content-Length: 2\r\n\r\n1\r\nx\r\n0\r\n\r\n"), FAILED,
      READ },
  { "length-0", TEXT (OK "Content-Length: 0\r\n\r\n{}"), FAILED, READ },
  { "chunk-2^64", TEXT (CHUNKED "\r\nffffffffffffffff\r\nx"), OPEN_READ, READ },
  { "chunk-2^68", TEXT (CHUNKED "\r\n10000000000000000\r\nx"), OPEN_READ,
      READ },
  { "chunk-negative", TEXT (CHUNKED "\r\n-1\r\nx"), OPEN_READ, READ },
  { "chunk-no-number", TEXT (CHUNKED "\r\nxyz\r\nx"), OPEN_READ, READ },
  { "chunk-with-no-end", TEXT (CHUNKED "\r\n1\r\nxx"), OPEN_READ, READ },
  { "chunks-cut", TEXT (CHUNKED "\r\n4\r\nx"), OPEN_READ, READ },
  { "chunks-not-ended", TEXT (CHUNKED "\r\n1\r\nx\r\n"), OPEN_READ, READ },
  { "coding-unknown", TEXT (OK "Transfer-Encoding: zip\r\n\r\nx"), FAILED, READ,
      FALSE, "a transfer coding other than chunked" },
  { "coding-identity", TEXT (OK "Transfer-Encoding: identity\r\n\r\nx"), FAILED,
      READ, FALSE, "a transfer coding other than chunked" },
  { "coding-quoted",
      TEXT (OK "Transfer-Encoding: \"chunked\"\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
      FAILED, READ, FALSE, "a transfer coding other than chunked" },
  { "coding-not-so",
      TEXT (OK "Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx"), FAILED,
      READ, FALSE, "compressed" },
  { "coding-broken",
      TEXT (OK "Transfer-Encoding: gzip\r\n\r\n\x1f\x8bxxxxxxxxx"), FAILED,
      READ },
  { "coding-in-capitals", TEXT (OK "TRANSFER-ENCODING: GZIP\r\n\r\nx"), FAILED,
      READ },
  { "coding-in-a-list",
      TEXT (OK "Transfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
      FAILED, READ },
  { "coding-after-nothing", TEXT (OK "Transfer-Encoding: ,, ,gzip\r\n\r\nx"),
      FAILED, READ },
  { "coding-in-a-second-line",
      TEXT (CHUNKED "Transfer-Encoding: deflate\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
      FAILED, READ },
  { "coding-with-a-parameter",
      TEXT (OK "Transfer-Encoding: chunked;q=1\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
      FAILED, READ },
  { "coding-folded",
      TEXT (
          OK "Transfer-Encoding: chunked,\r\n gzip\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
      FAILED, READ },
  { "coding-of-the-content-folded",
      TEXT (OK "Content-Encoding:\r\n\tgzip\r\n\r\nx"), FAILED, READ },
  { "coding-of-the-content-in-a-list",
      TEXT (OK "content-encoding: identity, zstd, zstd\r\n\r\nx"), FAILED,
      READ },
  { "coding-of-the-content-chunked",
      TEXT (OK "Content-Encoding: chunked\r\n\r\nx"), FAILED, READ },
  { "coding-of-103",
      TEXT ("HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: gzip\r\n\r\n" OK
            "\r\nx"),
      FAILED, READ },
  { "coding-in-a-trailer",
      TEXT (CHUNKED "\r\n1\r\nx\r\n0\r\nContent-Encoding: gzip\r\n\r\n"),
      FAILED, READ },
  { "coding-of-an-error",
      TEXT ("HTTP/1.1 401 No\r\nContent-Encoding: gzip\r\n\r\n{\"code\":401}"),
      FAILED, READ },
  { "ranges-unasked",
      TEXT ("HTTP/1.1 206 Partial\r\nContent-Range: bytes 5-6/9\r\n"
            "Content-Length: 2\r\n\r\nxx"),
      FAILED, READ },
  { "ranges-unasked-of-all",
      TEXT ("HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-1/2\r\n"
            "ETag: \"one\"\r\nContent-Length: 2\r\n\r\nxx"),
      FAILED, READ },
  { "range-of-nothing", TEXT ("HTTP/1.1 206 Partial\r\n\r\nxx"), FAILED, READ },
};

static Row garbage[] = {
  { "nothing", TEXT (""), OPEN_READ, OPEN_READ },
  { "one-byte", TEXT ("H"), OPEN_READ, OPEN_READ },
  { "no-http", TEXT ("220 mail.example ESMTP\r\n"), OPEN_READ, OPEN_READ },
  { "http-0.9", TEXT ("{\"code\":200}"), OPEN_READ, OPEN_READ },
  { "http-2", BYTES ("\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x64"), OPEN_READ,
      OPEN_READ },
  { "http-7", TEXT ("HTTP/7.0 200 OK\r\n\r\n{}"), OPEN_READ, OPEN_READ },
  { "http-2-in-words", TEXT ("HTTP/2 200\r\n\r\n{}"), FAILED, READ },
  { "status-0", TEXT ("HTTP/1.1 0 No\r\n\r\n"), OPEN_READ, OPEN_READ },
  { "status-999", TEXT ("HTTP/1.1 999 No\r\n\r\n"), GST_RESOURCE_ERROR_BUSY,
      READ },
  { "status-1000", TEXT ("HTTP/1.1 1000 No\r\n\r\n"), OPEN_READ, OPEN_READ },
  { "status-negative", TEXT ("HTTP/1.1 -1 No\r\n\r\n"), OPEN_READ, OPEN_READ },
  { "status-101", TEXT ("HTTP/1.1 101 Over\r\nUpgrade: x\r\n\r\nx"), FAILED,
      READ },
  { "status-100-and-no-more", TEXT ("HTTP/1.1 100 Continue\r\n\r\n"), OPEN_READ,
      OPEN_READ },
  { "status-204", TEXT ("HTTP/1.1 204 No Content\r\n\r\nx"), FAILED, READ },
  { "status-304", TEXT ("HTTP/1.1 304 Not Modified\r\n\r\n"), FAILED, READ },
  { "status-300", TEXT ("HTTP/1.1 300 Choose\r\n\r\n"), FAILED, READ },
  { "status-302-to-nowhere", TEXT ("HTTP/1.1 302 Found\r\n\r\n"), FAILED, READ,
      TRUE },
  { "headers-cut", TEXT (OK "Content-Le"), OPEN_READ, READ, FALSE,
      "ended in the headers" },
  { "headers-cut-at-a-line", TEXT (OK "X-A: b\r\n"), OPEN_READ, READ, FALSE,
      "ended in the headers" },
  { "headers-cut-of-a-redirect",
      TEXT ("HTTP/1.1 302 Found\r\nLocation: https://example.com/v.mp4\r\n"),
      OPEN_READ, READ, FALSE, "ended in the headers" },
  { "headers-cut-after-a-coding", TEXT (OK "Content-Encoding: gzip\r\n"),
      FAILED, READ, FALSE, "is compressed" },
  { "header-of-nul", BYTES (OK "X-A: \0\0\r\n\r\n{}"), OPEN_READ, READ },
  { "line-feeds", TEXT ("HTTP/1.1 200 OK\n\n{}"), FAILED, READ },
  { "empty", TEXT (OK "\r\n"), FAILED, READ },
  { "html",
      TEXT (OK "Content-Type: text/html\r\n\r\n<html>Sign in to the WLAN"),
      FAILED, READ },
  { "html-as-a-film",
      TEXT (OK "Content-Type: video/mp4\r\nContent-Length: 6\r\n\r\n<html>"),
      FAILED, READ },
  { "xml", TEXT (OK "\r\n<?xml version=\"1.0\"?><Error>AccessDenied</Error>"),
      FAILED, READ },
  { "json-error", TEXT (OK "\r\n{\"error\":\"expired\"}"), FAILED, READ },
  { "jpeg", BYTES (OK "\r\n\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"),
      FAILED, READ },
  { "ftyp-and-no-more",
      BYTES (OK "\r\n\0\0\0\x10"
                "ftypisom\0\0\2\0"),
      FAILED, READ },
  { "no-such-host-in-html",
      TEXT ("HTTP/1.1 502 Bad Gateway\r\n\r\n<html>502</html>"),
      GST_RESOURCE_ERROR_BUSY, READ },
};

/* The blocks */

/* 16 MiB of @pattern, a page of it at a time, to @target */
static gsize
deflate_pattern (const gchar *pattern, gsize length, gchar *target)
{
  g_autoptr (GConverter) converter = G_CONVERTER (
      g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_RAW, 9));
  const gsize page_size = BLOCK / length * length;
  g_autofree gchar *page = g_malloc (page_size);
  gsize size = 0;
  guint i;

  for (i = 0; i < page_size; i++)
    page[i] = pattern[i % length];
  /* flushed, so that the next unit can follow */
  for (i = 0; i < 256; i++) {
    gsize read, written;
    GConverterResult result = g_converter_convert (converter, page, page_size,
        target + size, BLOCK - size,
        i == 255 ? G_CONVERTER_FLUSH : G_CONVERTER_NO_FLAGS, &read, &written,
        NULL);

    g_assert_cmpint (result, !=, G_CONVERTER_ERROR);
    g_assert_cmpuint (read, ==, page_size);
    size += written;
  }
  return size;
}

static void
make_blocks (void)
{
  static const gchar empty[] = { 0, 0, 0, '\xff', '\xff' };
  const gsize zeros_size = deflate_pattern ("", 1, zeros);
  const gsize empties_size = deflate_pattern (empty, sizeof empty, empties);
  guint i;

  memset (block, 'x', BLOCK);
  memset (spaces, ' ', BLOCK);
  g_snprintf (chunk, sizeof chunk, "%x\r\n%s\r\n", BLOCK, block);
  memset (long_header, 'x', sizeof long_header - 3);
  memcpy (long_header, "X-A: ", 5);
  memcpy (long_header + sizeof long_header - 3, "\r\n", 3);
  for (i = 0; i < G_N_ELEMENTS (floods); i++) {
    if (floods[i].answer.unit == zeros)
      floods[i].answer.unit_size = zeros_size;
    if (floods[i].answer.unit == empties)
      floods[i].answer.unit_size = empties_size;
  }
}

/* Newer libcurl refuses two lengths. */
static void
set_by_curl (void)
{
  guint i;

  if (curl_version_info (CURLVERSION_NOW)->version_num < 0x081400)
    return;
  for (i = 0; i < G_N_ELEMENTS (lies); i++)
    if (g_str_equal (lies[i].description, "length-twice"))
      lies[i].poll = OPEN_READ;
}

/* The tests */

/* The disk is not what is tested. */
#define SETTINGS "max-size=4194304"

/* The second request gets what it should get. */
static const struct
{
  const gchar *description;
  HostPlace place;
  HostAnswer answers[2];
} once[] = {
  { "poll-no-http", HOST_POLL, { TEXT ("<html>Sign in to the WLAN") } },
  { "poll-status-0", HOST_POLL, { TEXT ("HTTP/1.1 0 No\r\n\r\n") } },
  { "poll-html", HOST_POLL, { TEXT (OK "\r\n<html>Sign in") } },
  { "poll-cut", HOST_POLL, { TEXT (OK "Content-Length: 9\r\n\r\nx") } },
  { "file-no-http", HOST_FILE, { TEXT ("<html>Sign in to the WLAN") } },
  { "poll-coding", HOST_POLL, { TEXT (OK "Content-Encoding: gzip\r\n\r\nx") } },
  { "file-coding", HOST_FILE,
      { TEXT (OK "Transfer-Encoding: gzip\r\n\r\nx") } },
  { "file-status-0", HOST_FILE, { TEXT ("HTTP/1.1 0 No\r\n\r\n") } },
  { "file-html", HOST_FILE, { TEXT (OK "\r\n<html>Sign in") } },
  { "file-cut", HOST_FILE, { TEXT (OK "Content-Length: 9\r\n\r\nx") } },
  { "file-cut-after-100", HOST_FILE,
      { TEXT ("HTTP/1.1 100 Continue\r\n\r\n") } },
  { "poll-cut-in-headers", HOST_POLL, { TEXT (OK "X-A: b\r\n") } },
  { "file-cut-in-headers", HOST_FILE, { TEXT (OK "X-A: b\r\n") } },
  { "file-cut-after-103", HOST_FILE,
      { TEXT ("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") } },
};

static void
test_once (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);

  attack_run_with (
      once[i].place, once[i].answers, 2, ATTACK_PLAYS, "retries=1");
}

/* The id that was paid for is there; only after it the answer breaks. */

#define OWN(text) \
  { \
    text, -1, NULL, 0, 0, NULL, 0, FALSE, TRUE \
  }

static const Row broken[] = {
  { "length-too-long", OWN (OK "Content-Length: @long@\r\n\r\n@body@") },
  { "chunks-not-ended", OWN (CHUNKED "\r\n@chunk@\r\n@body@\r\n") },
  { "chunk-too-long", OWN (CHUNKED "\r\n@long-chunk@\r\n@body@") },
  { "coding-in-a-trailer",
      OWN (CHUNKED "\r\n@chunk@\r\n@body@\r\n0\r\n"
                   "Transfer-Encoding: gzip\r\n\r\n") },
  /* that are none */
  { "codings",
      OWN (OK "transfer-encoding: ,CHUNKED,, \r\n ,\r\n"
              "content-encoding: Identity , identity\r\n"
              "Content-Encoding:\r\nX-A: gzip\r\n"
              "Transfer-Encodings: gzip\r\n\r\n"
              "@chunk@\r\n@body@\r\n0\r\n\r\n") },
};

static void
test_broken (gconstpointer data)
{
  const Row *row = data;

  attack_run (HOST_SUBMIT, &row->answer, 1, ATTACK_PLAYS);
}

static void
test_submit (gconstpointer data)
{
  const Row *row = data;

  attack_run (HOST_SUBMIT, &row->answer, 1, FAILED);
}

static void
test_poll (gconstpointer data)
{
  const Row *row = data;

  attack_expect (row->limit);
  attack_run (HOST_POLL, &row->answer, 1, row->poll);
}

static void
test_file (gconstpointer data)
{
  const Row *row = data;

  attack_expect (row->limit);
  attack_run_with (HOST_FILE, &row->answer, 1, row->file, SETTINGS);
}

static void
add (HostPlace place, const gchar *table, const Row *row, GTestDataFunc test)
{
  g_autofree gchar *path = g_strdup_printf (
      "/hostile/%s/%s-%s", attack_place_name (place), table, row->description);

  g_test_add_data_func (path, row, test);
}

static void
add_table (const gchar *table, const Row *rows, guint n)
{
  guint i;

  for (i = 0; i < n; i++) {
    if (!rows[i].no_submit)
      add (HOST_SUBMIT, table, &rows[i], test_submit);
    if (rows[i].poll != 0)
      add (HOST_POLL, table, &rows[i], test_poll);
    if (rows[i].file != 0)
      add (HOST_FILE, table, &rows[i], test_file);
  }
}

int
main (int argc, char **argv)
{
  guint i;

  fixture_init (&argc, &argv);
  make_blocks ();
  set_by_curl ();
  add_table ("flood", floods, G_N_ELEMENTS (floods));
  add_table ("lie", lies, G_N_ELEMENTS (lies));
  add_table ("garbage", garbage, G_N_ELEMENTS (garbage));
  for (i = 0; i < G_N_ELEMENTS (broken); i++)
    add (HOST_SUBMIT, "broken", &broken[i], test_broken);
  for (i = 0; i < G_N_ELEMENTS (once); i++) {
    g_autofree gchar *path = g_strconcat (
        "/hostile/once/", once[i].description, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_once);
  }
  return attack_finish ();
}
