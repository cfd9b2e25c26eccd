/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rows-submit.c: faults of the submit and of its answer: nobody pays twice. */
#include "hooks.h"

#define I "apiinone"
#define SUBMIT(rest) "{'on':'submit'," rest "}"
/* The task is made, and the answer is another. */
#define BILLED(rest) "{'on':'submit','billed':true," rest "}"
/* With the whole of a request, or of an answer, at the proxy */
#define AFTER(n, action) \
  "{'connection':" #n ",'when':'after-request','action':'" action "'}"
#define REQUEST(n, at, action) \
  "{'connection':" #n ",'when':'request','at':" #at ",'action':'" action "'}"
#define ANSWER(n, at, action) \
  "{'connection':" #n ",'at':" #at ",'action':'" action "'}"
#define DRIP(n, at) \
  "{'connection':" #n ",'at':" #at ",'action':'drip','bytes':4,'interval':5}"
/* No host behind it */
#define INSTEAD(text) "{'connection':1,'when':'instead','text':'" text "'}"
#define JSON "HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\n"
#define HALF "{\\u0022code\\u0022:200,\\u0022data\\u0022:{\\u0022taskId\\u0022"
#define FORM(code, text) "'json':{'code':" #code ",'message':'" text "'}"
#define FORM_I(code, text) \
  "'json':{'error':{'code':" #code ",'message':'" text "'}}"
#define ID(code, id) \
  "'json':{'code':" #code ",'message':'No','data':{'taskId':'" id "'}}"
#define LATER "'headers':{'Retry-After':'60'}"
#define NO_RETRY .settings = "retries=0"
#define STALLED \
  .endless = TRUE, .lasts = "api", .repair = hook_cut, \
  .after = GST_RESOURCE_ERROR_FAILED
/* Refused once, then made */
#define SECOND_TRY CLIP (2, ANY, ONCE)

/* Leaves a connection behind over which GETs went, and asks for another shot */
static void
poll_another_shot (Run *run)
{
  Fixture *f = run->fixture;

  fault_case_reach (run, "processing");
  g_signal_emit_by_name (f->source, "poll-now");
  fixture_wait_requests (f, "poll", 2);
  fault_case_stop (run, GST_STATE_READY);
  /* nor the messages of the first shot */
  fixture_collect (f);
  g_ptr_array_set_size (f->messages, 0);
  f->n_waited = 0;
  fixture_set (f, "prompt", "and now something else");
}

#define AFTER_POLLS(action) \
  .during = poll_another_shot, .settings = "poll-interval=600000", \
  .script = "{'on':'poll','times':0,'state':'processing'}", \
  .api = AFTER (3, action), \
  ERROR (FAILED, 0, NULL, NULL, 1, FALSE, "unknown", FALSE), .billed = 2, \
  .posts = 2, .polls = { 2, 2 }, .taken = 3, .again = AGAIN_NONE

static const FaultCase rows[] = {
  /* The connection ends before there is an answer: in the request, after it.
   * In the first three nothing could be made of what arrived. */
  { 7, "S", "rst-in-headers", .api = REQUEST (1, 60, "reset"), UNKNOWN (0, 0) },
  { 7, "S", "fin-in-headers", .api = REQUEST (1, 60, "close"), UNKNOWN (0, 0) },
  { 7, "S", "rst-in-body-apiinone", I, .api = REQUEST (1, 300, "reset"),
      UNKNOWN (0, 0) },
  { 7, "W", "rst", .api = AFTER (1, "reset"), UNKNOWN (0, 1) },
  { 7, "W", "fin", .api = AFTER (1, "close"), UNKNOWN (0, 1) },
  { 7, "W", "rst-apiinone", I, .api = AFTER (1, "reset"), UNKNOWN (0, 1) },
  { 7, "W", "fin-apiinone", I, .api = AFTER (1, "close"), UNKNOWN (0, 1) },

  /* libcurl sends a POST again where a connection that it reused dies. */
  { 8, "W", "rst", .script = SUBMIT ("'status':429"), .api = AFTER (2, "reset"),
      ERROR (FAILED, 0, NULL, NULL, 0, FALSE, "unknown", FALSE), .billed = 1,
      .posts = 2, .again = AGAIN_SAME },
  { 8, "W", "fin", .script = SUBMIT ("'status':429"), .api = AFTER (2, "close"),
      ERROR (FAILED, 0, NULL, NULL, 0, FALSE, "unknown", FALSE), .billed = 1,
      .posts = 2, .again = AGAIN_SAME },
  { 8, "W", "fin-apiinone", I, .script = SUBMIT ("'status':429"),
      .api = AFTER (2, "close"),
      ERROR (FAILED, 0, NULL, NULL, 0, FALSE, "unknown", FALSE), .billed = 1,
      .posts = 2, .again = AGAIN_SAME },

  /* the polls of a shot before it left a connection: it is not used either */
  { 8, "W", "rst-after-polls", AFTER_POLLS ("reset") },
  { 8, "W", "fin-after-polls", AFTER_POLLS ("close") },

  { 9, "W", "rst-in-headers", .api = ANSWER (1, 20, "reset"), UNKNOWN (-1, 1) },
  { 9, "W", "rst-in-body", .api = ANSWER (1, 130, "reset"), UNKNOWN (-1, 1) },
  { 9, "W", "rst-at-last-byte", .api = ANSWER (1, 192, "reset"),
      UNKNOWN (-1, 1) },
  { 9, "W", "rst-in-headers-apiinone", I, .api = ANSWER (1, 20, "reset"),
      UNKNOWN (-1, 1) },
  { 9, "W", "rst-in-body-apiinone", I, .api = ANSWER (1, 130, "reset"),
      UNKNOWN (-1, 1) },

  /* What is never answered is waited for as long as a submit may take, see
   * hostile/test-drip.c; stopped before, it ends with its connection. */
  { 10, "S", "stall-in-request", STALLED, .api = REQUEST (1, 60, "stall"),
      UNKNOWN (0, 0) },
  { 10, "W", "stall", STALLED, .api = AFTER (1, "stall"), UNKNOWN (0, 1) },
  { 10, "W", "stall-in-headers", STALLED, .api = ANSWER (1, 20, "stall"),
      UNKNOWN (-1, 1) },
  { 10, "W", "stall-in-body", STALLED, .api = ANSWER (1, 130, "stall"),
      UNKNOWN (-1, 1) },
  { 10, "W", "stall-apiinone", I, STALLED, .api = AFTER (1, "stall"),
      UNKNOWN (0, 1) },
  /* the property timeout is not for the submit */
  { 10, "W", "later-than-timeout", .settings = "timeout=1",
      .script = SUBMIT ("'delay':1500"), CLIP (1, ANY, ONCE) },
  { 10, "W", "later-than-timeout-apiinone", I, .settings = "timeout=1",
      .script = SUBMIT ("'delay':1500"), CLIP (1, ANY, ONCE) },
  /* the answer is late, and comes to the run after the stop */
  { 10, "W", "late", .script = SUBMIT ("'delay':200"), CLIP (1, ANY, ONCE),
      .lasts = "submit" },
  { 10, "W", "late-apiinone", I, .script = SUBMIT ("'delay':200"),
      CLIP (1, ANY, ONCE), .lasts = "submit" },

  { 11, "S", "drip",
      .api = "{'connection':1,'when':'request','action':'drip',"
             "'bytes':8,'interval':3}",
      CLIP (1, ANY, ONCE), .lasts = "api" },
  { 11, "W", "drip-in-headers", .api = DRIP (1, 0), CLIP (1, ANY, ONCE),
      .lasts = "api" },
  { 11, "W", "drip-in-body-apiinone", I, .api = DRIP (1, 120),
      CLIP (1, ANY, ONCE), .lasts = "api" },

  /* Half an answer, and how it is told that there is no more */
  { 12, "W", "length", .api = ANSWER (1, 150, "close"), UNKNOWN (-1, 1) },
  { 12, "W", "length-apiinone", I, .api = ANSWER (1, 150, "close"),
      UNKNOWN (-1, 1) },
  { 12, "W", "close", .api = INSTEAD (JSON "\\r\\n" HALF), UNKNOWN (200, 0) },
  { 12, "W", "chunked",
      .api = INSTEAD (
          JSON "Transfer-Encoding: chunked\\r\\n\\r\\n1c\\r\\n" HALF),
      UNKNOWN (-1, 0) },
  { 12, "W", "whole", .script = BILLED ("'body':'" HALF "'"),
      UNKNOWN (200, 1) },
  { 12, "W", "whole-apiinone", I, .script = BILLED ("'body':'" HALF "'"),
      UNKNOWN (200, 1) },

  { 15, "W", "length-too-long",
      .api = INSTEAD (JSON "Content-Length: 500\\r\\n\\r\\n" HALF),
      UNKNOWN (-1, 0) },
  { 15, "W", "length-too-short",
      .api = INSTEAD (JSON "Content-Length: 9\\r\\n\\r\\n" HALF),
      UNKNOWN (200, 0) },
  { 15, "W", "length-negative",
      .api = INSTEAD (JSON "Content-Length: -1\\r\\n\\r\\n" HALF),
      UNKNOWN (-1, 0) },

  { 16, "W", "400", .script = SUBMIT ("'status':400"),
      REFUSED (SETTINGS, 400, "Invalid request", 1, FALSE) },
  { 16, "W", "400-detail",
      .script = SUBMIT ("'status':400,'json':{'code':400,'message':'No','data':"
                        "{'error':'Missing required field: input.prompt'}}"),
      REFUSED (SETTINGS, 400, "Missing required field", 1, FALSE) },
  { 16, "W", "422", .script = SUBMIT ("'status':422," FORM (422, "Not this")),
      REFUSED (SETTINGS, 422, "Not this", 1, FALSE) },
  { 16, "W", "400-apiinone", I, .script = SUBMIT ("'status':400"),
      REFUSED (SETTINGS, 400, NULL, 1, FALSE) },
  { 16, "W", "400-control-characters",
      .script = SUBMIT ("'status':400," FORM (400, "a\\u001b[31mb")),
      REFUSED (SETTINGS, 400, "a [31mb", 1, FALSE) },

  { 17, "W", "401", .script = SUBMIT ("'status':401"),
      REFUSED (NOT_AUTHORIZED, 401, "Invalid or missing", 1, FALSE) },
  { 17, "W", "403", .script = SUBMIT ("'status':403"),
      REFUSED (NOT_AUTHORIZED, 403, NULL, 1, FALSE) },
  { 17, "W", "401-apiinone", I, .script = SUBMIT ("'status':401"),
      REFUSED (NOT_AUTHORIZED, 401, "Invalid API key", 1, FALSE) },
  { 17, "W", "403-apiinone", I,
      .script = SUBMIT ("'status':403," FORM_I (403, "Not yours")),
      REFUSED (NOT_AUTHORIZED, 403, "Not yours", 1, FALSE) },
  /* a host that repeats the key */
  { 17, "W", "401-with-key",
      .script = SUBMIT ("'status':401," FORM (401, "No " FIXTURE_KEY " here")),
      REFUSED (NOT_AUTHORIZED, 401, "No *", 1, FALSE) },

  { 18, "W", "402", .script = SUBMIT ("'status':402"),
      REFUSED (NO_SPACE_LEFT, 402, "Insufficient credits", 1, -1) },
  { 18, "W", "400-in-words",
      .script = SUBMIT ("'status':400," FORM (400, "Insufficient credits")),
      REFUSED (NO_SPACE_LEFT, 400, "Insufficient credits", 1, -1) },
  { 18, "W", "402-apiinone", I, .script = SUBMIT ("'status':402"),
      REFUSED (NO_SPACE_LEFT, 402, "Insufficient credits", 1, -1) },

  { 19, "W", "404", .script = SUBMIT ("'status':404"),
      REFUSED (NOT_FOUND, 404, NULL, 1, FALSE) },
  { 19, "W", "404-html", .script = SUBMIT ("'status':404,'body':'<html>'"),
      REFUSED (NOT_FOUND, 404, NULL, 1, FALSE) },
  { 19, "W", "404-apiinone", I, .script = SUBMIT ("'status':404"),
      REFUSED (NOT_FOUND, 404, NULL, 1, FALSE) },

  /* A gateway's word, which may stand for a task that was made */
  { 20, "W", "408", .script = BILLED ("'status':408"), UNKNOWN (408, 1) },
  { 20, "W", "500-html", .script = BILLED ("'status':500,'body':'<html>'"),
      UNKNOWN (500, 1) },
  { 20, "W", "502-html", .script = BILLED ("'status':502,'body':'<html>'"),
      UNKNOWN (502, 1) },
  { 20, "W", "503-empty", .script = BILLED ("'status':503,'body':''"),
      UNKNOWN (503, 1) },
  { 20, "W", "503-no-envelope",
      .script = BILLED ("'status':503,'json':{'error':'busy'}"),
      UNKNOWN (503, 1) },
  { 20, "W", "503-other-code",
      .script = BILLED ("'status':503," FORM (200, "success")),
      UNKNOWN (503, 1) },
  { 20, "W", "504", .script = BILLED ("'status':504"), UNKNOWN (504, 1) },
  { 20, "W", "501", .script = BILLED ("'status':501," FORM (501, "What?")),
      UNKNOWN (501, 1) },
  { 20, "W", "408-apiinone", I, .script = BILLED ("'status':408"),
      UNKNOWN (408, 1) },
  { 20, "W", "502-html-apiinone", I,
      .script = BILLED ("'status':502,'body':'<html>'"), UNKNOWN (502, 1) },
  { 20, "W", "504-apiinone", I, .script = BILLED ("'status':504"),
      UNKNOWN (504, 1) },
  /* in the host's own format, which its gateways may use as well */
  { 20, "W", "500-own", .script = BILLED ("'status':500"), UNKNOWN (500, 1) },
  { 20, "W", "502-own", .script = BILLED ("'status':502"), UNKNOWN (502, 1) },
  { 20, "W", "503-own", .script = BILLED ("'status':503"), UNKNOWN (503, 1) },
  { 20, "W", "503-apiinone", I,
      .script = SUBMIT ("'status':503," FORM_I (503, "Busy")),
      UNKNOWN (503, 0) },
  { 20, "W", "429", .script = SUBMIT ("'status':429"), SECOND_TRY,
      .lasts = "retry", .posts_after = 2 },
  { 20, "W", "429-for-ever", .script = SUBMIT ("'times':0,'status':429"),
      REFUSED (BUSY, 429, "Rate limit exceeded", 2, TRUE) },
  { 20, "W", "500-with-task",
      .script = BILLED ("'status':500,'json':{'code':500,'message':'Oops',"
                        "'data':{'taskId':'@task-id@'}}"),
      CLIP (1, ANY, ONCE) },

  /* HTTP says yes, the envelope no. */
  { 22, "W", "400", .script = SUBMIT (FORM (400, "Bad")),
      REFUSED (SETTINGS, 400, "Bad", 1, FALSE) },
  { 22, "W", "401", .script = SUBMIT (FORM (401, "Bad")),
      REFUSED (NOT_AUTHORIZED, 401, "Bad", 1, FALSE) },
  { 22, "W", "402", .script = SUBMIT (FORM (402, "Bad")),
      REFUSED (NO_SPACE_LEFT, 402, "Bad", 1, -1) },
  { 22, "W", "403", .script = SUBMIT (FORM (403, "Bad")),
      REFUSED (NOT_AUTHORIZED, 403, "Bad", 1, FALSE) },
  { 22, "W", "404", .script = SUBMIT (FORM (404, "Bad")),
      REFUSED (NOT_FOUND, 404, "Bad", 1, FALSE) },
  { 22, "W", "429", NO_RETRY, .script = SUBMIT (FORM (429, "Bad")),
      REFUSED (BUSY, 429, "Bad", 1, TRUE) },
  { 22, "W", "500", .script = BILLED (FORM (500, "Bad")), UNKNOWN (500, 1) },
  { 22, "W", "504", .script = BILLED (FORM (504, "Bad")), UNKNOWN (504, 1) },
  { 22, "W", "402-apiinone", I, .script = SUBMIT (FORM_I (402, "Bad")),
      REFUSED (NO_SPACE_LEFT, 402, "Bad", 1, -1) },
  { 22, "W", "504-apiinone", I, .script = BILLED (FORM_I (504, "Bad")),
      UNKNOWN (504, 1) },

  { 23, "W", "html", .script = BILLED ("'body':'<html>Hello</html>'"),
      UNKNOWN (200, 1) },
  { 23, "W", "empty", .script = BILLED ("'body':''"), UNKNOWN (200, 1) },
  { 23, "W", "xml",
      .script = BILLED ("'body':'<?xml version=\\u00221.0\\u0022?>"
                        "<taskId>1</taskId>'"),
      UNKNOWN (200, 1) },
  { 23, "W", "binary", .script = BILLED ("'body':'\\u0001\\u0002\\u007f'"),
      UNKNOWN (200, 1) },
  { 23, "W", "no-http", .api = INSTEAD ("SSH-2.0-OpenSSH_9.2\\r\\n"),
      UNKNOWN (-1, 0) },
  { 23, "W", "no-task-id",
      .script = BILLED ("'json':{'code':200,'message':'success','data':{}}"),
      UNKNOWN (200, 1) },
  { 23, "W", "html-apiinone", I, .script = BILLED ("'body':'<html></html>'"),
      UNKNOWN (200, 1) },
  { 23, "W", "empty-apiinone", I, .script = BILLED ("'body':''"),
      UNKNOWN (200, 1) },
  { 23, "W", "content-type",
      .script = SUBMIT ("'headers':{'Content-Type':'text/html'}"),
      CLIP (1, ANY, ONCE) },

  { 24, "W", "seconds",
      .script = SUBMIT ("'status':429,'headers':{'Retry-After':'1'}"),
      SECOND_TRY, .least = 1000 },
  { 24, "W", "date",
      .script = SUBMIT ("'status':429,'headers':{'Retry-After':'@date@'}"),
      SECOND_TRY, .least = 1900 },
  { 24, "W", "seconds-apiinone", I,
      .script = SUBMIT ("'status':429,'headers':{'Retry-After':'1'}"),
      SECOND_TRY },
  /* no longer than to the deadline */
  { 24, "W", "after-deadline", .settings = "timeout=1 retries=5",
      .script = SUBMIT ("'times':0,'status':429," LATER),
      REFUSED (BUSY, 429, NULL, 2, TRUE), .lasts = "retry", .posts_after = 2 },
  { 24, "W", "minute-apiinone", I, .script = SUBMIT ("'status':429," LATER),
      .endless = TRUE, .lasts = "retry", .posts_after = 2 },

  { 25, "W", "none", .script = SUBMIT ("'status':429"), SECOND_TRY },
  { 25, "W", "none-apiinone", I, .script = SUBMIT ("'status':429"),
      SECOND_TRY },
  { 25, "W", "word",
      .script = SUBMIT ("'status':429,'headers':{'Retry-After':'banana'}"),
      SECOND_TRY },
  { 25, "W", "negative",
      .script = SUBMIT ("'status':429,'headers':{'Retry-After':'-7'}"),
      SECOND_TRY },
  { 25, "W", "huge",
      .script = SUBMIT ("'status':429,'headers':{'Retry-After':"
                        "'99999999999999999999'}"),
      SECOND_TRY },
  { 25, "W", "year-2099",
      .script = SUBMIT ("'status':429,'headers':{'Retry-After':"
                        "'Thu, 01 Jan 2099 00:00:00 GMT'}"),
      .endless = TRUE, .lasts = "retry", .posts_after = 2 },

  { 26, "W", "301",
      .script = BILLED (
          "'status':301,'headers':{'Location':'http://127.0.0.1:@trap@/x'}"),
      UNKNOWN (301, 1) },
  { 26, "W", "302",
      .script = BILLED (
          "'status':302,'headers':{'Location':'http://127.0.0.1:@trap@/x'}"),
      UNKNOWN (302, 1) },
  { 26, "W", "307",
      .script = BILLED (
          "'status':307,'headers':{'Location':'http://127.0.0.1:@trap@/x'}"),
      UNKNOWN (307, 1) },
  { 26, "W", "308-apiinone", I,
      .script = BILLED (
          "'status':308,'headers':{'Location':'http://127.0.0.1:@trap@/x'}"),
      UNKNOWN (308, 1) },
  { 26, "W", "303",
      .script = BILLED (
          "'status':303,'headers':{'Location':'http://127.0.0.1:@trap@/x'}"),
      UNKNOWN (303, 1) },

  { 22, "W", "429-html", .script = BILLED ("'status':429,'body':'<html>'"),
      UNKNOWN (429, 1) },
  { 22, "W", "409-html-apiinone", I,
      .script = BILLED ("'status':409,'body':'<html>'"), UNKNOWN (409, 1) },

  { 34, "W", "too-long", .script = BILLED ("'body':'@big@'"), UNKNOWN (-1, 1) },

  { 35, "W", "deep", .script = BILLED ("'body':'@deep@'"), UNKNOWN (200, 1) },
  { 35, "W", "twice",
      .script = BILLED ("'body':'{\\u0022code\\u0022:200,\\u0022data\\u0022:"
                        "{\\u0022taskId\\u0022:\\u0022a\\u0022,"
                        "\\u0022taskId\\u0022:\\u0022b\\u0022}}'"),
      UNKNOWN (200, 1) },
  { 35, "W", "trailing-apiinone", I,
      .script = BILLED ("'body':'{\\u0022task_id\\u0022:\\u0022a\\u0022} x'"),
      UNKNOWN (200, 1) },
  /* An id with the key in it is not kept; but there may be a task, whatever else
   * the answer says. */
  { 35, "W", "key-as-id", .script = BILLED (ID (200, FIXTURE_KEY)),
      UNKNOWN (200, 1) },
  { 35, "W", "key-as-id-escaped",
      .script = BILLED ("'body':'{\\u0022code\\u0022:200,\\u0022data\\u0022:"
                        "{\\u0022taskId\\u0022:\\u0022\\\\u0073imul"
                        "\\\\u0061tor-key\\u0022}}'"),
      UNKNOWN (200, 1) },
  { 35, "W", "key-as-id-in-part", .script = BILLED (ID (200, "task_SIMULATO")),
      UNKNOWN (200, 1) },
  { 35, "W", "key-as-id-in-a-refusal",
      .script = BILLED ("'status':400," ID (400, FIXTURE_KEY)),
      UNKNOWN (400, 1) },
  { 35, "W", "key-as-id-in-an-error",
      .script = BILLED ("'status':503," ID (503, FIXTURE_KEY)),
      UNKNOWN (503, 1) },
  { 35, "W", "key-as-id-apiinone", I,
      .script = BILLED ("'json':{'task_id':'" FIXTURE_KEY "'}"),
      UNKNOWN (200, 1) },
};

int
main (int argc, char **argv)
{
  return fault_case_main (argc, argv, rows, G_N_ELEMENTS (rows));
}
