/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dialect.c: codes and messages of APIXO, which other hosts of the same model
 * share. */
#include "dialect.h"

#define CONTENT GST_HAILUO_FAILURE_CONTENT
#define PROMPT GST_HAILUO_FAILURE_PROMPT
#define IMAGE GST_HAILUO_FAILURE_IMAGE
#define CREDIT GST_HAILUO_FAILURE_CREDIT
#define HOST GST_HAILUO_FAILURE_HOST

/* APIXO, page Hailuo 2.3, "Task failure codes", plus the spellings of its older
 * error pages */
const GstHailuoFailCode gst_hailuo_dialect_failures[] = {
  { "sensitivecontent", CONTENT },
  { "sensitivecontentdetected", CONTENT },
  { "inputimagesensitivecontentdetected", CONTENT },
  { "inputoutputsensitivecontentdetected", CONTENT },
  { "nsfw", CONTENT },
  { "nsfwdetected", CONTENT },
  { "prohibitedcontentdetected", CONTENT },
  { "contentviolation", CONTENT },
  { "promptinvalid", PROMPT },
  { "invalidprompt", PROMPT },
  { "promptlengthexceeded", PROMPT },
  { "prompttoolong", PROMPT },
  { "imageformatincorrect", IMAGE },
  { "invalidimagesize", IMAGE },
  { "invalidimageurl", IMAGE },
  { "imagetoolarge", IMAGE },
  { "unsupportedformat", IMAGE },
  { "imagedownloadfailed", IMAGE },
  { "insufficientcredits", CREDIT },
  { "ratelimited", HOST },
  { "timeout", HOST },
  { "unknownerror", HOST },
  { "processingtimeout", HOST },
  { "modelunavailable", HOST },
  { "generationfailed", HOST },
  { NULL },
};

const GstHailuoMessageHint gst_hailuo_dialect_hints[] = {
  /* APIXO's gpt-image-1 page: {"code":400,"message":"Insufficient credits" */
  { 400, "insufficient credit", GST_HAILUO_ERROR_NO_CREDIT },
  { 400, "insufficient balance", GST_HAILUO_ERROR_NO_CREDIT },
  { 400, "insufficient quota", GST_HAILUO_ERROR_NO_CREDIT },
  { 400, "insufficient fund", GST_HAILUO_ERROR_NO_CREDIT },
  /* APIXO's errors page: 403 "Content violates policy" */
  { 403, "content violat", GST_HAILUO_ERROR_SETTINGS },
  { 0, NULL },
};
