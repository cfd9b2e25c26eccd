/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rows-download.c: faults between the link and the whole clip: what goes
 * downstream is every byte of it, or none. */
#include "hooks.h"

#define I "apiinone"
#define FILE_(rest) "{'on':'file'," rest "}"
#define EACH(rest) "{'on':'file','times':0," rest "}"
#define CUT FILE_ ("'cut':8000") ","
#define AFTER(action) \
  "{'connection':1,'when':'after-request','action':'" action "'}"
#define ANSWER(at, action) "{'connection':1,'at':" #at ",'action':'" action "'}"
#define NO_RETRY .settings = "retries=0"
#define PATIENT .settings = "retries=5"
#define LATER "'headers':{'Retry-After':'60'}"
#define LOCATION(where) "'status':302,'headers':{'Location':'" where "'}"
#define KEY_LOCATION(part) \
  .script = EACH (LOCATION ("/x.mp4?k=" part)), \
  ERROR (READ, 0, "", "", 0, FALSE, "yes", TRUE), MADE (ANY, 1, 1), \
  .says = "contains the key"
/* A host that begins again each time, and breaks again: what comes then was there
 * before, and is no progress. */
#define FIVE(rules) rules "," rules "," rules "," rules "," rules
#define ROUNDS(odd, even) \
  .big = TRUE, .settings = "retries=2", \
  .script = FIVE (FILE_ (odd) "," FILE_ (even)) "," FIVE ( \
      FILE_ (odd) "," FILE_ (even)), \
  PAID (READ, -1, 0, -1), .polls = { ANY }, .gets = { 2, 12 }
/* so many requests for the file and, where they refresh it, for the link */
#define GETS(n) MADE (ONCE, n, n)
#define REFRESHED(n, m) \
  .billed = 1, .posts = 1, .polls = { n, n }, .gets = { m, m }
#define MADE(n_polls, least, most) \
  .billed = 1, .posts = 1, .polls = { n_polls }, .gets = { least, most }
#define LOST(status, n) \
  PAID (READ, status, 0, -1), .polls = { ANY }, .gets = { n, n }
#define OK "HTTP/1.1 200 OK\r\n"

static const FaultCase rows[] = {
  { 7, "D", "rst", .files = AFTER ("reset"), GETS (2) },
  { 7, "D", "fin", .files = AFTER ("close"), GETS (2) },
  { 7, "D", "rst-apiinone", I, .files = AFTER ("reset"), GETS (2) },
  { 7, "D", "rst-in-request",
      .files = "{'connection':1,'when':'request',"
               "'at':30,'action':'reset'}",
      GETS (2) },
  { 7, "D", "rst-for-ever",
      .files = "{'when':'after-request','action':'reset'}",
      PAID (OPEN_READ, 0, 2, TRUE), .polls = { ANY }, .gets = { 2, 2 } },

  { 9, "D", "rst-in-status", .files = ANSWER (10, "reset"), GETS (2) },
  { 9, "D", "rst-in-headers", .files = ANSWER (100, "reset"), GETS (2) },
  { 9, "B", "rst", .files = ANSWER (8000, "reset"), GETS (2) },
  { 9, "B", "rst-apiinone", I, .files = ANSWER (8000, "reset"), GETS (2) },
  { 9, "B", "rst-twice", PATIENT,
      .files = ANSWER (8000, "reset") ",{'connection':2,'at':2000,"
                                      "'action':'reset'}",
      GETS (3) },
  { 9, "B", "rst-for-ever", .files = "{'at':300,'action':'reset'}",
      LOST (-1, 2) },
  { 9, "B", "rst-in-large", .big = TRUE, .files = ANSWER (700000, "reset"),
      GETS (2) },

  { 10, "D", "stall", .endless = TRUE, .files = AFTER ("stall"),
      .lasts = "files" },
  { 10, "D", "stall-apiinone", I, .endless = TRUE, .files = AFTER ("stall"),
      .lasts = "files" },
  { 10, "D", "stall-in-headers", .endless = TRUE,
      .files = ANSWER (100, "stall"), .lasts = "files" },
  { 10, "B", "stall", .endless = TRUE, .files = ANSWER (8000, "stall"),
      .lasts = "files" },
  { 10, "B", "stall-in-large", .endless = TRUE, .big = TRUE,
      .files = ANSWER (1000000, "stall"), .lasts = "files" },
  { 10, "B", "stall-in-resumed", .endless = TRUE,
      .script = FILE_ ("'cut':8000"),
      .files = "{'connection':2,'at':1000,'action':'stall'}",
      .lasts = "files" },
  { 10, "D", "late", .script = FILE_ ("'delay':200"), GETS (1),
      .lasts = "file" },

  { 11, "D", "drip",
      .files = "{'connection':1,'action':'drip','bytes':8,"
               "'interval':2},{'connection':1,'at':200,"
               "'action':'drip','bytes':999999,'interval':1}",
      GETS (1), .lasts = "files" },
  { 11, "B", "drip",
      .files = "{'connection':1,'at':500,'action':'drip',"
               "'bytes':300,'interval':5}",
      GETS (1), .lasts = "files" },
  { 11, "B", "trickle", .endless = TRUE,
      .files = "{'connection':1,'at':500,'action':'drip','interval':20}",
      .lasts = "files" },
  { 11, "B", "trickle-apiinone", I, .endless = TRUE,
      .files = "{'connection':1,'at':500,'action':'drip','interval':20}",
      .lasts = "files" },

  { 13, "B", "length", .script = FILE_ ("'cut':8000"), GETS (2),
      .starts = "0- 8000-" },
  { 13, "B", "length-apiinone", I, .script = FILE_ ("'cut':8000"), GETS (2) },
  { 13, "B", "first-byte", .script = FILE_ ("'cut':0"), GETS (2),
      .starts = "0- 0-" },
  { 13, "B", "last-byte", .script = FILE_ ("'cut':@but-last@"), GETS (2) },
  { 13, "B", "chunked", .script = FILE_ ("'cut':8000,'chunked':true"), GETS (2),
      .starts = "0- 8000-" },
  /* what was received counts: these are not three failures in a row */
  { 13, "B", "three-times", .big = TRUE, .script = EACH ("'cut':500000"),
      GETS (4), .starts = "0- 500000- 1000000- 1500000-" },
  { 13, "B", "for-ever", .script = EACH ("'cut':0"), LOST (-1, 2) },

  /* Only the boxes of the MP4 tell. */
  { 14, "B", "half", RAW (OK "\r\n", 0, 8000, 0, 1), REFRESHED (2, 2) },
  { 14, "B", "all-but-one", RAW (OK "\r\n", 0, 15094, 0, 1), REFRESHED (2, 2) },
  { 14, "B", "half-chunked",
      .script = FILE_ ("'status':200,'chunked':true,'cut':8000"), GETS (2) },
  { 14, "B", "half-for-ever", RAW (OK "\r\n", 0, 8000, 0, 0), LOST (-1, 4) },
  { 14, "B", "whole", RAW (OK "\r\n", 0, 0, 0, 1), GETS (1) },
  { 14, "B", "whole-chunked", .script = FILE_ ("'chunked':true"), GETS (1) },
  { 14, "B", "whole-by-203", .script = FILE_ ("'status':203"), GETS (1) },

  { 15, "B", "too-long", RAW (OK "Content-Length: %u\r\n\r\n", 0, 0, 100, 1),
      MADE (ANY, 2, 3) },
  { 15, "B", "too-long-with-etag", PATIENT,
      RAW (OK "ETag: \"a\"\r\nContent-Length: %u\r\n\r\n", 0, 0, 100, 1),
      MADE (ANY, 2, 4) },
  { 15, "B", "too-short", RAW (OK "Content-Length: %u\r\n\r\n", 0, 0, -100, 1),
      REFRESHED (2, 2) },
  { 15, "D", "negative", RAW (OK "Content-Length: -5\r\n\r\n", 0, 0, 0, 1),
      MADE (ANY, 1, 2) },
  { 15, "D", "huge",
      RAW (OK "Content-Length: 99999999999999999999\r\n\r\n", 0, 0, 0, 1),
      MADE (ANY, 1, 2) },
  { 15, "D", "max",
      RAW (OK "Content-Length: 9223372036854775807\r\n\r\n", 0, 0, 0, 1),
      LOST (-1, 1) },

  { 21, "D", "408", .script = FILE_ ("'status':408"), GETS (2) },
  { 21, "D", "500", .script = FILE_ ("'status':500"), GETS (2) },
  { 21, "D", "502", .script = FILE_ ("'status':502"), GETS (2) },
  { 21, "D", "503", .script = FILE_ ("'status':503"), GETS (2) },
  { 21, "D", "504", .script = FILE_ ("'status':504"), GETS (2) },
  { 21, "B", "503-on-resume", PATIENT, .script = CUT FILE_ ("'status':503"),
      GETS (3), .starts = "0- 8000- 8000-" },
  { 21, "D", "503-for-ever", .script = EACH ("'status':503"), LOST (503, 2),
      .lasts = "retry" },

  { 24, "D", "seconds",
      .script = FILE_ ("'status':429,'headers':{'Retry-After':'1'}"), GETS (2),
      .least = 1000 },
  { 24, "D", "minute", .endless = TRUE, .script = FILE_ ("'status':503," LATER),
      .lasts = "retry" },
  { 25, "D", "none", .script = FILE_ ("'status':429"), GETS (2) },
  { 25, "D", "word",
      .script = FILE_ ("'status':429,'headers':{'Retry-After':'soon'}"),
      GETS (2) },

  /* The link is on another origin, and its redirect on yet another. */
  { 27, "D", "other-origin", .origin = "http://127.0.0.1:@trap@",
      CLIP (1, ONCE, NEVER), .trapped = 1 },
  { 27, "D", "redirect-to-nothing",
      .script = FILE_ (LOCATION ("http://127.0.0.1:@trap@/x")),
      REFRESHED (2, 2), .trapped = 1 },
  { 27, "D", "loop", NO_RETRY, .script = EACH (LOCATION ("/files/x.mp4")),
      LOST (-1, 6) },
  { 27, "D", "to-file", NO_RETRY,
      .script = EACH (LOCATION ("file:///etc/passwd")), LOST (-1, 1) },
  { 27, "D", "to-ftp", NO_RETRY,
      .script = EACH (LOCATION ("ftp://127.0.0.1:@trap@/x")), LOST (-1, 1) },
  { 27, "D", "with-user", NO_RETRY,
      .script = EACH (LOCATION ("http://a:b@@127.0.0.1:@trap@/x")),
      LOST (-1, 1) },
  /* to where it is, and by a status that redirects nothing */
  { 27, "D", "to-fragment", NO_RETRY, .script = EACH (LOCATION ("#x")),
      LOST (-1, 1) },
  { 27, "D", "by-305", NO_RETRY,
      .script = EACH ("'status':305,'headers':{'Location':'/files/x.mp4'}"),
      LOST (-1, 1) },
  { 27, "D", "with-key", KEY_LOCATION (FIXTURE_KEY) },
  { 27, "D", "with-key-in-part", KEY_LOCATION ("aTor-Key&x") },
  { 27, "D", "with-key-escaped", KEY_LOCATION ("%73imulato") },
  { 27, "D", "nowhere", NO_RETRY, .script = EACH ("'status':302"),
      LOST (302, 1) },

  { 28, "D", "403", .script = FILE_ ("'status':403"), REFRESHED (2, 2) },
  { 28, "D", "404", .script = FILE_ ("'status':404"), REFRESHED (2, 2) },
  { 28, "D", "410", .script = FILE_ ("'status':410"), REFRESHED (2, 2) },
  { 28, "D", "403-apiinone", I, .script = FILE_ ("'status':403"),
      REFRESHED (2, 2) },
  /* links are signed by the millisecond, and it is the new one that is used */
  { 28, "D", "three-times",
      .script = "{'on':'poll','times':0,'delay':5},"
                "{'on':'file','times':3,'status':410}",
      REFRESHED (4, 4), .links = 4 },
  { 28, "D", "for-ever", .script = EACH ("'status':404"),
      PAID (READ, 404, 4, -1), .polls = { 4, 4 }, .gets = { 4, 4 } },

  { 29, "B", "403", .script = CUT FILE_ ("'status':403"), REFRESHED (2, 3) },
  { 29, "B", "404", .script = CUT FILE_ ("'status':404"), REFRESHED (2, 3) },
  { 29, "B", "410-apiinone", I, .script = CUT FILE_ ("'status':410"),
      REFRESHED (2, 3) },

  { 30, "B", "once", .script = CUT FILE_ ("'status':200"), GETS (2) },
  { 30, "B", "and-cut-again", PATIENT,
      .script = CUT FILE_ ("'status':200,'cut':9000"), GETS (3),
      .starts = "0- 8000- 9000-" },
  { 30, "B", "changing-places",
      ROUNDS ("'status':200,'cut':100000", "'status':200,'cut':200000") },
  { 30, "B", "chunked", .script = CUT FILE_ ("'status':200,'chunked':true"),
      GETS (2) },

  { 31, "B", "earlier", PATIENT,
      .script = CUT FILE_ (
          "'headers':{'Content-Range':'bytes 7000-15094/15095'}"),
      GETS (3) },
  { 31, "B", "other-total", PATIENT,
      .script = CUT FILE_ (
          "'headers':{'Content-Range':'bytes 8000-19999/20000'}"),
      GETS (3) },
  { 31, "B", "other-unit", PATIENT,
      .script = CUT FILE_ ("'headers':{'Content-Range':'lines 1-2/3'}"),
      GETS (3) },
  { 31, "B", "416", .script = CUT FILE_ ("'status':416"), GETS (3) },
  { 31, "B", "416-again-and-again",
      ROUNDS ("'status':200,'cut':100000", "'status':416") },
  { 31, "B", "304", .script = CUT FILE_ ("'status':304"), GETS (3),
      .starts = "0- 8000- 0-" },
  { 31, "D", "206-unasked",
      RAW ("HTTP/1.1 206 Partial Content\r\n"
           "Content-Range: bytes 100-%u/99999\r\nContent-Length: 8000\r\n\r\n",
          100, 8100, 0, 1),
      GETS (2) },

  { 32, "B", "other-etag", PATIENT,
      .script = CUT FILE_ ("'headers':{'ETag':'\\u0022other\\u0022'}"),
      GETS (3) },
  /* the rest of another file, with no word that it is one */
  { 32, "B", "other-size", PATIENT, .script = FILE_ ("'cut':8000"),
      RAW ("HTTP/1.1 206 Partial Content\r\nContent-Length: 4000\r\n"
           "Content-Range: bytes 8000-11999/12000\r\n\r\n",
          0, 4000, 0, 2),
      GETS (3) },

  { 33, "D", "html", .script = FILE_ ("'body':'<html>Sign in</html>'"),
      REFRESHED (2, 2) },
  { 33, "D", "json", .script = FILE_ ("'json':{'error':'expired'}"),
      REFRESHED (2, 2) },
  { 33, "D", "jpeg",
      RAW (OK "Content-Type: image/jpeg\r\n\r\n\xff\xd8\xff\xe0JFIF", 100, 200,
          0, 1),
      REFRESHED (2, 2) },
  { 33, "D", "empty", .script = FILE_ ("'body':''"), REFRESHED (2, 2) },
  { 33, "D", "html-apiinone", I, .script = FILE_ ("'body':'<html></html>'"),
      REFRESHED (2, 2) },
  { 33, "D", "html-for-ever", .script = EACH ("'body':'<html></html>'"),
      LOST (-1, 4) },
  { 23, "D", "no-http",
      .files = "{'connection':1,'when':'instead','text':'SSH-2.0-x\\r\\n'}",
      GETS (2) },

  { 34, "B", "too-large", .settings = "max-size=15000", LOST (-1, 1),
      .repaired = "max-size=15095" },
  { 34, "B", "too-large-with-no-length", .settings = "max-size=15000",
      .script = EACH ("'chunked':true"), LOST (-1, 1),
      .repaired = "max-size=15095" },
  { 34, "D", "headers",
      .files = "{'connection':1,'when':'instead','text':"
               "'HTTP/1.1 200 OK\\r\\nX: @big@\\r\\n\\r\\n'}",
      GETS (2) },

  { 28, "D", "expired-for-ever", .again = AGAIN_NONE,
      .script = "{'on':'task','work':0,'link-life':0}", LOST (403, 4) },
  /* The time for the download is over, which is none of the time to make the
   * clip: what came of it stays for the next run. */
  { 37, "B", "deadline", .settings = "timeout=1 retries=5",
      .script = CUT EACH ("'delay':9000"), PAID (OPEN_READ, -1, 0, TRUE),
      .polls = { ANY }, .gets = { 2, 2 }, .says = "not lost", .least = 1000,
      .starts = "0- 8000- 8000-" },
  { 37, "D", "time-anew", .settings = "timeout=2",
      .script = "{'on':'poll','delay':1100},{'on':'file','delay':1100}",
      GETS (1), .least = 2200 },

  /* Asleep for so long that the connections are dead, and the links too */
  { 46, "D", "asleep",
      .script = FILE_ ("'drop':true") "," FILE_ ("'status':403"),
      REFRESHED (2, 3) },
  { 46, "B", "asleep-apiinone", I, .script = CUT FILE_ ("'status':403"),
      .files = ANSWER (9000, "reset"), REFRESHED (2, 3) },
};

int
main (int argc, char **argv)
{
  return fault_case_main (argc, argv, rows, G_N_ELEMENTS (rows));
}
