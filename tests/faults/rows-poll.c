/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rows-poll.c: faults of polls, and words of the host about the task.  The
 * second connection to the API is that of the first poll. */
#include "hooks.h"

#define I "apiinone"
#define POLL(rest) "{'on':'poll'," rest "}"
#define EACH(rest) "{'on':'poll','times':0," rest "}"
#define AFTER(action) \
  "{'connection':2,'when':'after-request','action':'" action "'}"
#define REQUEST(at, action) \
  "{'connection':2,'when':'request','at':" #at ",'action':'" action "'}"
#define ANSWER(at, action) "{'connection':2,'at':" #at ",'action':'" action "'}"
#define DRIP(at) \
  "{'connection':2,'at':" #at ",'action':'drip','bytes':8,'interval':3}"
#define INSTEAD(text) "{'connection':2,'when':'instead','text':'" text "'}"
#define JSON "HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\n"
#define HALF "{\\u0022code\\u0022:200,\\u0022data\\u0022:{\\u0022taskId\\u0022"
#define FORM(code, text) "'json':{'code':" #code ",'message':'" text "'}"
#define FORM_I(code, text) \
  "'json':{'error':{'code':" #code ",'message':'" text "'}}"
#define STATE(word, rest) \
  "'json':{'code':200,'message':'success','data':{'taskId':'@task-id@'," \
  "'state':'" word "'" rest "}}"
#define RESULT(links) ",'resultJson':'{\\u0022resultUrls\\u0022:[" links "]}'"
#define LINK "\\u0022@link@\\u0022"
#define LATER "'headers':{'Retry-After':'60'}"
#define TASK(code, message) \
  "{'on':'task','work':0,'outcome':'failed','fail-code':'" code \
  "','fail-message':'" message "'}"
#define LOCATION(status) \
  EACH ("'status':" #status \
        ",'headers':{'Location':'http://127.0.0.1:@trap@/x'}")
#define LINK_TO(code, link) \
  NO_RETRY, .script = EACH ("'link':'" link "'"), PAID (code, -1, 0, -1), \
            .polls = { ANY }
/* The key goes to the API, and to no other place that a host names.  What is
 * paid is there all the same, once the host names a better one. */
#define KEY_LINK(part) \
  .script = EACH ("'link':'http://127.0.0.1:@api@/clip.mp4?k=" part "'"), \
  ERROR (READ, 0, "", "", 0, FALSE, "yes", TRUE), .billed = 1, .posts = 1, \
  .polls = { ANY }, .says = "contains the key"
#define ONE_SECOND .settings = "timeout=1"
#define NO_RETRY .settings = "retries=0"
/* Asked again, then made */
#define ONCE_MORE .billed = 1, .posts = 1, .polls = { 2, 9 }, .gets = { ONCE }
#define FOR_EVER(code, status) PAID (code, status, 2, -1), .polls = { 2, 2 }
/* The task has failed: the next run makes another, unless the request was at
 * fault. */
#define FAILED_TASK(code, name, is_billed) \
  ERROR (code, -1, name, NULL, 0, -1, is_billed, TRUE), \
      .billed = 1, .posts = 1, .polls = { ANY }, \
      .again = GST_RESOURCE_ERROR_##code == GST_RESOURCE_ERROR_SETTINGS \
      ? AGAIN_SAME \
      : AGAIN_NEW

static const FaultCase rows[] = {
  { 7, "P", "rst", .api = AFTER ("reset"), ONCE_MORE },
  { 7, "P", "fin", .api = AFTER ("close"), ONCE_MORE },
  { 7, "P", "rst-in-request", .api = REQUEST (40, "reset"), ONCE_MORE },
  { 7, "P", "rst-apiinone", I, .api = AFTER ("reset"), ONCE_MORE },
  { 7, "P", "fin-apiinone", I, .api = AFTER ("close"), ONCE_MORE },
  { 7, "P", "rst-for-ever",
      .api = "{'connection':2,'when':'after-request','action':'reset'},"
             "{'connection':3,'when':'after-request','action':'reset'}",
      FOR_EVER (OPEN_READ, 0) },

  /* a connection that was used before */
  { 8, "P", "fin",
      .script = POLL ("'state':'processing'") "," POLL ("'drop':true"),
      ONCE_MORE },
  { 8, "P", "fin-apiinone", I,
      .script = POLL ("'state':'processing'") "," POLL ("'drop':true"),
      ONCE_MORE },

  { 9, "P", "rst-in-headers", .api = ANSWER (20, "reset"), ONCE_MORE },
  { 9, "P", "rst-in-body", .api = ANSWER (200, "reset"), ONCE_MORE },
  { 9, "P", "rst-in-headers-apiinone", I, .api = ANSWER (20, "reset"),
      ONCE_MORE },
  { 9, "P", "rst-in-body-apiinone", I, .api = ANSWER (200, "reset"),
      ONCE_MORE },

  /* A poll may take no longer than the run. */
  { 10, "P", "stall-to-deadline", ONE_SECOND, .api = AFTER ("stall"),
      PAID (OPEN_READ, -1, 0, TRUE), .polls = { ANY } },
  { 10, "P", "stall", .endless = TRUE, .api = AFTER ("stall"), .lasts = "api" },
  { 10, "P", "stall-in-request", .endless = TRUE, .api = REQUEST (40, "stall"),
      .lasts = "api" },
  { 10, "P", "stall-in-headers", .endless = TRUE, .api = ANSWER (20, "stall"),
      .lasts = "api" },
  { 10, "P", "stall-in-body", .endless = TRUE, .api = ANSWER (200, "stall"),
      .lasts = "api" },
  { 10, "P", "stall-apiinone", I, .endless = TRUE, .api = AFTER ("stall"),
      .lasts = "api" },
  { 10, "P", "late", .script = POLL ("'delay':200"), CLIP (1, ANY, ONCE),
      .lasts = "poll" },

  { 11, "P", "drip-in-headers", .api = DRIP (0), CLIP (1, ANY, ONCE),
      .lasts = "api" },
  { 11, "P", "drip-in-body", .api = DRIP (120), CLIP (1, ANY, ONCE),
      .lasts = "api" },
  { 11, "P", "drip-in-body-apiinone", I, .api = DRIP (120), CLIP (1, ANY, ONCE),
      .lasts = "api" },

  { 12, "P", "length", .api = ANSWER (200, "close"), ONCE_MORE },
  { 12, "P", "length-apiinone", I, .api = ANSWER (200, "close"), ONCE_MORE },
  { 12, "P", "close", .api = INSTEAD (JSON "\\r\\n" HALF), ONCE_MORE },
  { 12, "P", "chunked",
      .api = INSTEAD (
          JSON "Transfer-Encoding: chunked\\r\\n\\r\\n1c\\r\\n" HALF),
      ONCE_MORE },
  { 12, "P", "whole", .script = POLL ("'body':'" HALF "'"), ONCE_MORE },
  { 12, "P", "whole-apiinone", I, .script = POLL ("'body':'" HALF "'"),
      ONCE_MORE },

  { 15, "P", "length-too-long",
      .api = INSTEAD (JSON "Content-Length: 500\\r\\n\\r\\n" HALF), ONCE_MORE },

  { 17, "P", "401", .script = EACH ("'status':401"),
      PAID (NOT_AUTHORIZED, 401, 1, FALSE), .polls = { ONCE } },
  { 17, "P", "403", .script = EACH ("'status':403"),
      PAID (NOT_AUTHORIZED, 403, 1, FALSE), .polls = { ONCE } },
  { 17, "P", "401-apiinone", I, .script = EACH ("'status':401"),
      PAID (NOT_AUTHORIZED, 401, 1, FALSE), .polls = { ONCE } },
  { 17, "P", "401-with-key",
      .script = EACH ("'status':401," FORM (401, "No " FIXTURE_KEY " here")),
      PAID (NOT_AUTHORIZED, 401, 1, FALSE), .polls = { ONCE } },

  { 19, "P", "once", .script = POLL ("'status':404"), ONCE_MORE },
  { 19, "P", "once-apiinone", I, .script = POLL ("'status':404"), ONCE_MORE },
  { 19, "P", "for-ever", .script = EACH ("'status':404"),
      FOR_EVER (NOT_FOUND, 404) },
  { 19, "P", "three-times", .settings = "retries=5",
      .script = EACH ("'status':404"), PAID (NOT_FOUND, 404, 3, -1),
      .polls = { 3, 3 } },

  { 21, "P", "408", .script = POLL ("'status':408"), ONCE_MORE },
  { 21, "P", "500", .script = POLL ("'status':500"), ONCE_MORE },
  { 21, "P", "502-html", .script = POLL ("'status':502,'body':'<html>'"),
      ONCE_MORE },
  { 21, "P", "503", .script = POLL ("'status':503"), ONCE_MORE },
  { 21, "P", "504", .script = POLL ("'status':504"), ONCE_MORE },
  { 21, "P", "500-apiinone", I, .script = POLL ("'status':500"), ONCE_MORE },
  { 21, "P", "502-html-apiinone", I,
      .script = POLL ("'status':502,'body':'<html>'"), ONCE_MORE },
  { 21, "P", "503-for-ever", .script = EACH ("'status':503"),
      FOR_EVER (BUSY, 503), .lasts = "retry" },

  /* HTTP says yes, the envelope no. */
  { 22, "P", "401", .script = EACH (FORM (401, "Bad")),
      PAID (NOT_AUTHORIZED, 401, 1, FALSE), .polls = { ONCE } },
  { 22, "P", "429", .script = POLL (FORM (429, "Bad")), ONCE_MORE },
  { 22, "P", "500", .script = POLL (FORM (500, "Bad")), ONCE_MORE },
  { 22, "P", "404-apiinone", I, .script = POLL (FORM_I (404, "Bad")),
      ONCE_MORE },
  { 22, "P", "401-apiinone", I, .script = EACH (FORM_I (401, "Bad")),
      PAID (NOT_AUTHORIZED, 401, 1, FALSE), .polls = { ONCE } },
  /* in the poll for another link */
  { 22, "U", "500",
      .script = "{'on':'file','status':410},{'on':'poll','skip':1," FORM (
          500, "Bad") "}",
      .billed = 1, .posts = 1, .polls = { 3, 3 }, .gets = { 2, 2 } },
  { 22, "U", "401",
      .script = "{'on':'file','status':410},{'on':'poll','skip':1,"
                "'times':0," FORM (401, "Bad") "}",
      PAID (NOT_AUTHORIZED, 401, 1, FALSE), .polls = { 2, 2 },
      .gets = { ONCE } },

  { 23, "P", "html", .script = POLL ("'body':'<html></html>'"), ONCE_MORE },
  { 23, "P", "empty", .script = POLL ("'body':''"), ONCE_MORE },
  { 23, "P", "xml", .script = POLL ("'body':'<?xml?><state>success</state>'"),
      ONCE_MORE },
  { 23, "P", "binary", .script = POLL ("'body':'\\u0001\\u0002\\u007f'"),
      ONCE_MORE },
  { 23, "P", "no-http", .api = INSTEAD ("SSH-2.0-OpenSSH_9.2\\r\\n"),
      ONCE_MORE },
  { 23, "P", "html-apiinone", I, .script = POLL ("'body':'<html></html>'"),
      ONCE_MORE },
  { 23, "P", "empty-for-ever", .script = EACH ("'body':''"),
      FOR_EVER (FAILED, 200) },
  { 23, "P", "content-type",
      .script = EACH ("'headers':{'Content-Type':'text/html'}"),
      CLIP (1, ANY, ONCE) },

  { 24, "P", "seconds",
      .script = POLL ("'status':429,'headers':{'Retry-After':'1'}"),
      ONCE_MORE },
  { 24, "P", "minute", .endless = TRUE, .script = POLL ("'status':429," LATER),
      .lasts = "retry" },
  { 24, "P", "minute-apiinone", I, .endless = TRUE,
      .script = POLL ("'status':503," LATER), .lasts = "retry" },
  { 24, "P", "after-deadline", ONE_SECOND,
      .script = EACH ("'status':429," LATER), PAID (BUSY, 429, 2, TRUE),
      .polls = { 2, 2 } },
  { 25, "P", "none", .script = POLL ("'status':429"), ONCE_MORE },
  { 25, "P", "word-apiinone", I,
      .script = POLL ("'status':429,'headers':{'Retry-After':'soon'}"),
      ONCE_MORE },

  { 26, "P", "302", .script = LOCATION (302), PAID (FAILED, 302, 1, FALSE),
      .polls = { ONCE } },
  { 26, "P", "303", .script = LOCATION (303), PAID (FAILED, 303, 1, FALSE),
      .polls = { ONCE } },
  { 26, "P", "307", .script = LOCATION (307), PAID (FAILED, 307, 1, FALSE),
      .says = "307", .polls = { ONCE } },
  { 26, "P", "308-apiinone", I, .script = LOCATION (308),
      PAID (FAILED, 308, 1, FALSE), .polls = { ONCE } },

  /* Links that are not followed, and words that are no links */
  { 27, "P", "link-to-file", LINK_TO (FAILED, "file:///etc/passwd") },
  { 27, "P", "link-to-ftp", LINK_TO (FAILED, "ftp://127.0.0.1:@trap@/x") },
  { 27, "P", "link-to-gopher",
      LINK_TO (FAILED, "gopher://127.0.0.1:@trap@/x") },
  { 27, "P", "link-without-scheme", LINK_TO (FAILED, "//127.0.0.1:@files@/x") },
  { 27, "P", "link-without-host", LINK_TO (FAILED, "/files/x.mp4") },
  { 27, "P", "link-empty", LINK_TO (FAILED, "") },
  { 27, "P", "link-with-user",
      LINK_TO (READ, "http://a@@127.0.0.1:@files@/x") },
  { 27, "P", "link-with-password",
      LINK_TO (READ, "http://a:b@@127.0.0.1:@files@/x") },
  { 27, "P", "link-with-lines",
      LINK_TO (READ, "http://127.0.0.1:@files@/x\\r\\nX-Other: 1") },
  { 27, "P", "link-with-space",
      LINK_TO (READ, "http://127.0.0.1:@files@/x y.mp4") },
  { 27, "P", "link-with-key", KEY_LINK (FIXTURE_KEY) },
  { 27, "P", "link-with-key-in-part", KEY_LINK ("aTor-Key&x") },
  { 27, "P", "link-with-key-escaped", KEY_LINK ("%73imulato") },

  { 34, "P", "too-long", NO_RETRY, .script = EACH ("'body':'@big@'"),
      PAID (FAILED, -1, 1, -1), .polls = { ONCE } },

  { 35, "P", "deep", .script = POLL ("'body':'@deep@'"), ONCE_MORE },
  { 35, "P", "lone-surrogate",
      .script = POLL ("'body':'{\\u0022code\\u0022:200,\\u0022data\\u0022:"
                      "{\\u0022state\\u0022:\\u0022\\\\ud800\\u0022}}'"),
      ONCE_MORE },
  { 35, "P", "nul-apiinone", I,
      .script = POLL ("'body':'{\\u0022data\\u0022:{\\u0022status\\u0022:"
                      "\\u0022\\\\u0000\\u0022}}'"),
      ONCE_MORE },

  { 36, "P", "failed", .script = TASK ("SensitiveContent", "Not this"),
      FAILED_TASK (SETTINGS, "SensitiveContent", "unknown") },
  { 36, "P", "failed-for-a-while", .script = TASK ("RateLimited", "Busy"),
      FAILED_TASK (BUSY, "RateLimited", "unknown") },
  { 36, "P", "failed-unheard-of", .script = TASK ("Xyzzy", "Nothing"),
      FAILED_TASK (FAILED, "Xyzzy", "unknown") },
  /* "Billing: Successful requests" */
  { 36, "P", "failed-apiinone", I, .script = TASK ("any", "Broken"),
      FAILED_TASK (FAILED, NULL, "no") },
  /* the host's text is shown, and not as a terminal would obey it */
  { 36, "P", "failed-in-odd-words",
      .script = TASK ("Xyzzy", "a\\u001b[31m\\u202eb\\nc"),
      FAILED_TASK (FAILED, "Xyzzy", "unknown") },
  { 36, "P", "failed-with-key", .script = TASK (FIXTURE_KEY, FIXTURE_KEY),
      FAILED_TASK (FAILED, NULL, "unknown") },
  { 36, "P", "unknown-word", .script = POLL (STATE ("dreaming", "")), ONCE_MORE,
      .warns = "dreaming" },
  { 36, "P", "unknown-word-apiinone", I,
      .script = POLL ("'json':{'code':200,'data':{'task_id':'@task-id@',"
                      "'status':'DREAMING'}}"),
      ONCE_MORE, .warns = "DREAMING" },
  { 36, "P", "unknown-word-with-link",
      .script = POLL (STATE ("dreaming", RESULT (LINK))),
      CLIP (1, ONCE, ONCE) },
  { 36, "P", "back-to-pending",
      .script = POLL ("'state':'processing'") "," POLL ("'state':'pending'"),
      .billed = 1, .posts = 1, .polls = { 3, 3 }, .gets = { ONCE } },
  { 36, "P", "no-link", NO_RETRY, .script = EACH ("'link':null"),
      PAID (FAILED, -1, 1, -1), .polls = { ONCE } },
  { 36, "P", "no-link-once", .script = POLL ("'link':null"), ONCE_MORE },
  { 36, "P", "no-link-apiinone", I, NO_RETRY, .script = EACH ("'link':null"),
      PAID (FAILED, -1, 1, -1), .polls = { ONCE } },
  { 36, "P", "two-links",
      .script = POLL (STATE (
          "success", RESULT (LINK ",\\u0022http://127.0.0.1:@trap@/x\\u0022"))),
      CLIP (1, ONCE, ONCE) },
  { 36, "P", "capitals", .script = POLL (STATE ("SUCCESS", RESULT (LINK))),
      CLIP (1, ONCE, ONCE) },
  { 36, "U", "back-to-processing", NO_RETRY,
      .script = "{'on':'file','status':410},{'on':'poll','skip':1,"
                "'times':0,'state':'processing','link':null}",
      PAID (READ, -1, 0, TRUE), .polls = { 2, 2 }, .gets = { ONCE } },
  /* what had a link is billed, and the next run asks for it again */
  { 36, "U", "failed",
      .script = "{'on':'file','status':410},{'on':'poll','skip':1,"
                "'times':0," STATE ("failed", ",'failCode':'Xyzzy'") "}",
      ERROR (FAILED, -1, "Xyzzy", NULL, 0, -1, "yes", TRUE), .billed = 1,
      .posts = 1, .polls = { 2, 2 }, .gets = { ONCE } },

  /* The deadline is no failure: the next run goes on waiting. */
  { 37, "P", "deadline", ONE_SECOND, .script = EACH ("'state':'processing'"),
      PAID (OPEN_READ, -1, 0, TRUE), .polls = { ANY }, .lasts = "processing",
      .least = 1000 },
  /* no poll before its time */
  { 37, "P", "intervals", .settings = "first-poll=400 poll-interval=200",
      .script = "{'on':'poll','times':2,'state':'processing'}", .billed = 1,
      .posts = 1, .polls = { 3, 3 }, .gets = { ONCE }, .least = 800 },
  { 37, "P", "deadline-apiinone", I, ONE_SECOND,
      .script = EACH ("'state':'IN_PROGRESS'"), PAID (OPEN_READ, -1, 0, TRUE),
      .polls = { ANY }, .lasts = "processing" },
  { 37, "P", "interval-beyond-deadline",
      .settings = "timeout=1 poll-interval=600000",
      .script = EACH ("'state':'pending'"), PAID (OPEN_READ, -1, 0, TRUE),
      .polls = { ANY }, .lasts = "pending", .repaired = "poll-interval=20" },

  /* Asleep for so long that the connections are dead, and the links too */
  { 46, "P", "asleep",
      .script = POLL ("'state':'processing'") "," POLL (
          "'drop':true") ",{'on':'file','status':403}",
      .billed = 1, .posts = 1, .polls = { 3, 9 }, .gets = { 2, 2 } },
};

int
main (int argc, char **argv)
{
  return fault_case_main (argc, argv, rows, G_N_ELEMENTS (rows));
}
