/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answer to a poll, by all providers: "200\n{...}" (see fuzz.h). */
#include "fuzz.h"

#include <string.h>

#include "response-parser.h"

static void
check_failure (GstHailuoProviderId id, const GError *failure)
{
  static const GstHailuoBilled billed[GST_HAILUO_N_PROVIDERS] = {
    [GST_HAILUO_PROVIDER_APIXO] = GST_HAILUO_BILLED_UNKNOWN,
    [GST_HAILUO_PROVIDER_APIINONE] = GST_HAILUO_BILLED_NO,
  };

  fuzz_assert_error (failure);
  g_assert_cmpint (
      gst_hailuo_error_get_facts (failure)->billed, ==, billed[id]);
}

static void
check_report (GstHailuoProviderId id, const GstHailuoReport *report,
    const GstHailuoResponse *response)
{
  gboolean ok = response->status >= 200 && response->status < 300;

  g_assert_cmpint (report->state, <=, GST_HAILUO_STATE_FAILED);
  g_assert_true (
      report->url != NULL || report->state != GST_HAILUO_STATE_SUCCESS);
  g_assert_true (report->url == NULL || report->made);
  g_assert_true (
      (report->failure != NULL) == (report->state == GST_HAILUO_STATE_FAILED));
  /* an answer that is an error tells of a task only that it failed */
  g_assert_true (ok || report->failure != NULL);
  if (report->url != NULL) {
    g_assert_true (g_utf8_validate (report->url, -1, NULL));
    g_assert_false (fuzz_has_key (report->url));
    g_assert_true (g_ascii_strncasecmp (report->url, "http://", 7) == 0
        || g_ascii_strncasecmp (report->url, "https://", 8) == 0);
  }
  if (report->failure != NULL)
    check_failure (id, report->failure);
  if (report->unknown_word != NULL)
    fuzz_assert_sane (report->unknown_word);
}

static void
check (GstHailuoProviderId id, const GstHailuoResponse *response)
{
  const GstHailuoProvider *provider = gst_hailuo_provider_get (id);
  g_auto (GstHailuoReport) again = { 0 };
  g_autoptr (GError) error = NULL;
  GstHailuoReport report, untouched;
  gboolean told;

  memset (&report, 0x5a, sizeof report);
  memset (&untouched, 0x5a, sizeof untouched);
  told = gst_hailuo_response_parse_poll (
      provider, response, "t", &report, &error);
  g_assert_true (told
      == gst_hailuo_response_parse_poll (
          provider, response, "t", &again, NULL));
  g_assert_true (told == (error == NULL));
  g_assert_true (report.made == again.made);
  if (!told) {
    untouched.made = report.made;
    g_assert_cmpmem (&report, sizeof report, &untouched, sizeof untouched);
    fuzz_assert_error (error);
    /* the task is there: whatever goes wrong with asking, it costs */
    g_assert_cmpint (
        gst_hailuo_error_get_facts (error)->billed, ==, GST_HAILUO_BILLED_YES);
    return;
  }
  g_assert_cmpint (report.state, ==, again.state);
  g_assert_cmpstr (report.url, ==, again.url);
  check_report (id, &report, response);
  gst_hailuo_report_clear (&report);
}

gint
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_auto (GstHailuoResponse) response = { .retry_after = -1 };
  guint i;

  if (!fuzz_split_response (data, size, &response))
    return 0;
  for (i = 0; i < GST_HAILUO_N_PROVIDERS; i++)
    check (i, &response);
  return 0;
}
