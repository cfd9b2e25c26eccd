/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:hailuo
 * @title: Names
 * @short_description: what an application reads from hailuosrc
 *
 * Names of the element message, its fields, the progress codes and the details
 * of errors.  A plugin is loaded and never linked, so there are only names
 * here: an application may include this header or write the strings itself.
 */
#pragma once

/**
 * GST_HAILUO_MESSAGE_TASK:
 *
 * Name of the structure of the element message that #hailuosrc posts at each
 * change of the state of its task.  Fields: %GST_HAILUO_FIELD_STATE,
 * %GST_HAILUO_FIELD_TASK_ID, %GST_HAILUO_FIELD_PROVIDER,
 * %GST_HAILUO_FIELD_MODEL, %GST_HAILUO_FIELD_MODE, %GST_HAILUO_FIELD_ELAPSED,
 * %GST_HAILUO_FIELD_COST, %GST_HAILUO_FIELD_ORIGIN.
 *
 * Since: 0.1
 */
#define GST_HAILUO_MESSAGE_TASK "hailuo-task"

/**
 * GST_HAILUO_FIELD_STATE:
 *
 * (string) `quoted` (a dry run), `submitting`, `pending`, `processing`,
 * `downloading`, `success` or `failed`.
 *
 * Since: 0.1
 */
#define GST_HAILUO_FIELD_STATE "state"

/**
 * GST_HAILUO_FIELD_TASK_ID:
 *
 * (string) the id the host gave the task; not there before the host accepted
 * it.  Also a detail of every error after that.
 *
 * Since: 0.1
 */
#define GST_HAILUO_FIELD_TASK_ID "task-id"

/**
 * GST_HAILUO_FIELD_PROVIDER:
 *
 * (string) nick of the host, such as `apixo`.
 *
 * Since: 0.1
 */
#define GST_HAILUO_FIELD_PROVIDER "provider"

/**
 * GST_HAILUO_FIELD_MODEL:
 *
 * (string) the model as it is sent to the host.
 *
 * Since: 0.1
 */
#define GST_HAILUO_FIELD_MODEL "model"

/**
 * GST_HAILUO_FIELD_MODE:
 *
 * (string) the mode, never `auto`; not there where only a task id is known.
 *
 * Since: 0.1
 */
#define GST_HAILUO_FIELD_MODE "mode"

/**
 * GST_HAILUO_FIELD_ELAPSED:
 *
 * (#GstClockTime as guint64) nanoseconds since the task was submitted.
 *
 * Since: 0.1
 */
#define GST_HAILUO_FIELD_ELAPSED "elapsed"

/**
 * GST_HAILUO_FIELD_COST:
 *
 * (double) the estimated cost of the task in USD, -1 if unknown.
 *
 * Since: 0.1
 */
#define GST_HAILUO_FIELD_COST "cost"

/**
 * GST_HAILUO_FIELD_ORIGIN:
 *
 * (string) where the clip comes from: `submitted` (a new task, to be paid),
 * `resumed` (a task of an earlier run, or one adopted by its id) or `reused`
 * (the clip was there already).  Absent before that is known, and if nothing was
 * submitted.
 *
 * Since: 0.1
 */
#define GST_HAILUO_FIELD_ORIGIN "origin"

/**
 * GST_HAILUO_FIELD_STORED:
 *
 * (boolean) of the state `quoted` only: whether the store has the clip, so that
 * the shot costs nothing.
 *
 * Since: 0.1
 */
#define GST_HAILUO_FIELD_STORED "stored"

/**
 * GST_HAILUO_FIELD_ACTION:
 *
 * (string) with the state `quoted` only: what a run would do: `submit` (a new
 * task, to be paid), `resume` (a task), `reuse` (the clip in the store) or `none`
 * (fail, as with `reuse=only`).
 *
 * Since: 0.1
 */
#define GST_HAILUO_FIELD_ACTION "action"

/* Codes of the GST_MESSAGE_PROGRESS messages, in the order of a run */

/**
 * GST_HAILUO_PROGRESS_SUBMIT:
 *
 * Progress code while the task is being submitted.
 *
 * Since: 0.1
 */
#define GST_HAILUO_PROGRESS_SUBMIT "submit"

/**
 * GST_HAILUO_PROGRESS_GENERATE:
 *
 * Progress code while the host generates the clip.
 *
 * Since: 0.1
 */
#define GST_HAILUO_PROGRESS_GENERATE "generate"

/**
 * GST_HAILUO_PROGRESS_DOWNLOAD:
 *
 * Progress code while the clip is downloaded and verified.
 *
 * Since: 0.1
 */
#define GST_HAILUO_PROGRESS_DOWNLOAD "download"

/**
 * GST_HAILUO_PROGRESS_PERCENT:
 *
 * (int) field of a progress message of type CONTINUE: 0 to 100.  It is an
 * estimate while the host generates the clip.
 *
 * Since: 0.1
 */
#define GST_HAILUO_PROGRESS_PERCENT "percent"

/* Details of error messages (gst_message_parse_error_details()), beside
 * GST_HAILUO_FIELD_TASK_ID */

/**
 * GST_HAILUO_DETAIL_CAUSE:
 *
 * (string) the kind of failure: `settings`, `limit` (above `max-cost` or a
 * budget), `not-found`, `not-authorized`, `no-credit`, `busy`, `connect`,
 * `timeout`, `download`, `store`, `outcome-unknown` or `failed`.
 *
 * Since: 0.1
 */
#define GST_HAILUO_DETAIL_CAUSE "cause"

/**
 * GST_HAILUO_DETAIL_HTTP_STATUS:
 *
 * (uint) the HTTP status, or the code in the reply's envelope where that is an
 * error and the status is not; 0 where there was no reply.
 *
 * Since: 0.1
 */
#define GST_HAILUO_DETAIL_HTTP_STATUS "http-status-code"

/**
 * GST_HAILUO_DETAIL_PROVIDER_CODE:
 *
 * (string) the host's own code of the failure, such as `SensitiveContent`.
 *
 * Since: 0.1
 */
#define GST_HAILUO_DETAIL_PROVIDER_CODE "provider-code"

/**
 * GST_HAILUO_DETAIL_PROVIDER_MESSAGE:
 *
 * (string) the host's own words, sanitised, 256 characters at most.
 *
 * Since: 0.1
 */
#define GST_HAILUO_DETAIL_PROVIDER_MESSAGE "provider-message"

/**
 * GST_HAILUO_DETAIL_ATTEMPTS:
 *
 * (uint) how often the thing that failed was tried.
 *
 * Since: 0.1
 */
#define GST_HAILUO_DETAIL_ATTEMPTS "attempts"

/**
 * GST_HAILUO_DETAIL_RETRYABLE:
 *
 * (boolean) whether the same request may succeed later.
 *
 * Since: 0.1
 */
#define GST_HAILUO_DETAIL_RETRYABLE "retryable"

/**
 * GST_HAILUO_DETAIL_BILLED:
 *
 * (string) `no`, `yes` or `unknown`: whether the shot costs money.
 *
 * Since: 0.1
 */
#define GST_HAILUO_DETAIL_BILLED "billed"
