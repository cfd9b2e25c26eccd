/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is promised of the ledger, from the documents and not from the client's
 * code: which attempts there may be, how they move, and what a run makes of
 * them. */
#include "world.h"

#include <string.h>

#define HOST_FAILURES_MAX 3

/* --- what the attempts of a shot come to --------------------------------- */

/* Delivered before the run began, whatever clocks say. */
static gboolean
is_old (const Row *row)
{
  return row->delivered != 0 && row->delivered < world.run.began;
}

/* The newest attempt of each kind; NULL: there is none. */
typedef struct
{
  const Row *unfinished, *whole, *gone, *ended, *unknown, *refused, *newest;
  guint failures; /* of the host, the newest ones in a row */
} Kinds;

static void
note (const Row **kind, const Row *row)
{
  if (*kind == NULL)
    *kind = row;
}

/* The newest come first. */
static void
sort_row (Kinds *kinds, const Row *row, gboolean in_a_row)
{
  const GstHailuoAttempt *attempt = row->attempt;

  switch (attempt->state) {
    case GST_HAILUO_ATTEMPT_INTENT:
      note (&kinds->unknown, row);
      break;
    case GST_HAILUO_ATTEMPT_SUBMITTED:
      note (attempt->ended == 0 ? &kinds->unfinished : &kinds->ended, row);
      break;
    case GST_HAILUO_ATTEMPT_FAILED:
      if (attempt->billed == GST_HAILUO_BILLED_YES) /* it had a link */
        note (&kinds->ended, row);
      else if (attempt->fault == GST_HAILUO_FAULT_REQUEST)
        note (&kinds->refused, row);
      else if (in_a_row)
        kinds->failures++;
      break;
    default:
      note (disk_has_whole_clip (attempt) ? &kinds->whole : &kinds->gone, row);
  }
}

static void
sort_rows (gint shot, GstHailuoReuse reuse, gboolean adding, Kinds *kinds)
{
  gboolean in_a_row = TRUE;
  guint i;

  for (i = world.rows->len; i > 0; i--) {
    const Row *row = g_ptr_array_index (world.rows, i - 1);
    const Intent *intent = disk_get_intent (row->intent);

    if (!disk_is_of_shot (row, shot))
      continue;
    if (adding && row->attempt->state == GST_HAILUO_ATTEMPT_INTENT
        && intent->refused && intent->process == world.process)
      continue;
    note (&kinds->newest, row);
    in_a_row = in_a_row && row->attempt->fault == GST_HAILUO_FAULT_HOST;
    if (reuse != GST_HAILUO_REUSE_UNFINISHED || !is_old (row))
      sort_row (kinds, row, in_a_row);
  }
}

/* What was left to a thread goes on; anything else is another one. */
static Verdict
judge_never (const Row **which)
{
  const Row *row = world.handed_over != 0 ? disk_get_row (world.handed_over)
                                          : NULL;

  if (row == NULL)
    return VERDICT_NEW;
  if (row->attempt->state == GST_HAILUO_ATTEMPT_INTENT)
    return VERDICT_UNKNOWN;
  if (row->attempt->state != GST_HAILUO_ATTEMPT_SUBMITTED
      || row->attempt->ended != 0)
    return VERDICT_NEW;
  *which = row;
  return VERDICT_RESUME;
}

Verdict
judge_shot (gint shot, GstHailuoReuse reuse, gboolean adding, const Row **which)
{
  Kinds kinds = { 0 };

  sort_rows (shot, reuse, adding, &kinds);
  *which = NULL;
  if (reuse == GST_HAILUO_REUSE_NEVER)
    return judge_never (which);
  if (reuse == GST_HAILUO_REUSE_ONLY)
    return (*which = kinds.whole) != NULL ? VERDICT_PLAY : VERDICT_NOTHING;
  if ((*which = kinds.unfinished) != NULL)
    return VERDICT_RESUME;
  if ((*which = kinds.whole) != NULL)
    return VERDICT_PLAY;
  if ((*which = kinds.gone) != NULL || (*which = kinds.ended) != NULL)
    return VERDICT_REFETCH;
  if (kinds.unknown != NULL)
    return VERDICT_UNKNOWN;
  if (kinds.refused != NULL)
    return VERDICT_REFUSED;
  return kinds.failures >= HOST_FAILURES_MAX ? VERDICT_GIVEN_UP : VERDICT_NEW;
}

static const Row *
get_newest (gint shot)
{
  Kinds kinds = { 0 };

  sort_rows (shot, GST_HAILUO_REUSE_ALWAYS, FALSE, &kinds);
  return kinds.newest;
}

gint64
judge_get_newest (gint shot)
{
  const Row *newest = get_newest (shot);

  return newest != NULL ? newest->attempt->number : 0;
}

/* What a run lists before it has had the lock, only tells what had ended. */
void
judge_list (void)
{
  Run *run = &world.run;
  const Row *which;

  if (world.in_thread)
    return;
  if (!run->locked)
    run->began = ++world.moment;
  if (run->shot < 0 || run->adopt != NULL || (!run->locked && !run->silent))
    return;
  run->verdict = judge_shot (run->shot, run->reuse, FALSE, &which);
  run->expected[0] = '\0';
  if (which != NULL)
    g_strlcpy (run->expected, which->attempt->task_id, sizeof run->expected);
  world.handed_over = 0;
}

/* --- rows ---------------------------------------------------------------- */

static void
check_texts (const GstHailuoAttempt *attempt)
{
  const gchar *const texts[] = { attempt->shot, attempt->provider,
    attempt->base_url, attempt->model, attempt->mode, attempt->resolution,
    attempt->label, attempt->task_id, attempt->fail_code, attempt->sha256 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++)
    world_check_text (texts[i]);
}

/* What a row may be at all. */
static void
check_row (const GstHailuoAttempt *attempt)
{
  const GstHailuoAttemptState state = attempt->state;
  const gboolean has_clip = state == GST_HAILUO_ATTEMPT_FETCHED
      || state == GST_HAILUO_ATTEMPT_DELIVERED;
  const gchar *wrong = gst_hailuo_attempt_find_wrong_member (attempt);

  check_texts (attempt);
  if (wrong != NULL)
    world_violate ("the %s of an attempt cannot be read again", wrong);
  if ((state == GST_HAILUO_ATTEMPT_INTENT) != (attempt->task_id == NULL)
      || (state == GST_HAILUO_ATTEMPT_INTENT) != (attempt->submitted == 0))
    world_violate ("an attempt is %s, and its task says otherwise",
        gst_hailuo_attempt_state_get_name (state));
  if ((state == GST_HAILUO_ATTEMPT_FAILED)
      != (attempt->fault != GST_HAILUO_FAULT_NONE))
    world_violate ("the fault of an attempt is not that of its state");
  if (has_clip != (attempt->sha256 != NULL) || has_clip != (attempt->size > 0))
    world_violate ("the clip of an attempt is not that of its state");
  if (has_clip && attempt->billed != GST_HAILUO_BILLED_YES)
    world_violate ("a clip was made and not billed");
  if ((state == GST_HAILUO_ATTEMPT_FAILED
          || state == GST_HAILUO_ATTEMPT_DELIVERED)
      && attempt->ended == 0)
    world_violate ("an attempt has ended at no time");
}

static void
check_change (const gchar *shot, const gchar *what)
{
  if (disk_get (shot)->holder != HOLDER_US)
    world_violate ("%s at %.8s without its lock", what, shot);
  if (world.run.silent)
    world_violate ("%s at %.8s with reuse=only", what, shot);
}

static void
check_submit (const GstHailuoAttempt *attempt)
{
  const Run *run = &world.run;
  const Row *which;
  Verdict verdict;

  if (run->adopt != NULL || run->shot < 0
      || disk_get (attempt->shot)->shot != run->shot) {
    world_violate ("an intent that nobody wanted");
    return;
  }
  verdict = judge_shot (run->shot, run->reuse, TRUE, &which);
  if (verdict != VERDICT_NEW)
    world_violate ("a new attempt at shot %d, and the old ones (%d, %s) say no",
        run->shot, verdict, which ? which->attempt->task_id : "no task");
  if (run->max_cost >= 0 && attempt->price > run->max_cost)
    world_violate ("an attempt costs more than max-cost");
}

/* The host must have answered for a task that the user named. */
static void
check_adopted (const GstHailuoAttempt *attempt)
{
  if (g_strcmp0 (world.run.adopt, attempt->task_id) != 0)
    world_violate ("task %s is adopted, and nobody named it", attempt->task_id);
  else if (!world.run.answered || host_find (attempt->task_id) == NULL)
    world_violate (
        "task %s is adopted before the host knows of it", attempt->task_id);
}

void
judge_add (const GstHailuoAttempt *attempt)
{
  check_change (attempt->shot, "an attempt is added");
  check_row (attempt);
  if (attempt->state == GST_HAILUO_ATTEMPT_INTENT)
    check_submit (attempt);
  else
    check_adopted (attempt);
}

/* The row of a submit gets its task. */
static void
check_submitted (const Row *row, const GstHailuoAttempt *attempt)
{
  const HostTask *task = host_find (attempt->task_id);

  if (world.run.adopt != NULL)
    check_adopted (attempt);
  else if (task == NULL || task->intent != row->intent)
    world_violate ("the attempt of a submit names the task of another");
}

static void
check_failed (const GstHailuoAttempt *attempt)
{
  const HostTask *task = host_find (attempt->task_id);

  if (task == NULL || !task->failed_told)
    world_violate ("task %s has not failed", attempt->task_id);
  else if ((attempt->fault == GST_HAILUO_FAULT_REQUEST)
      != host_is_refusal (task->fail_code))
    world_violate ("%s is the fault of the other one", task->fail_code);
}

static void
check_clip (const GstHailuoAttempt *attempt)
{
  const HostTask *task = host_find (attempt->task_id);
  const gint number = disk_get_clip (attempt->sha256)->now;
  const File *file = number >= 0 ? disk_get_file (number) : NULL;

  /* it may have been damaged, but for the first time it is there */
  if (file == NULL || task == NULL
      || host_get (file->task)->content != task->content
      || file->size != (guint64) attempt->size)
    world_violate ("task %s has another clip", attempt->task_id);
}

static void
check_fixed (const GstHailuoAttempt *old, const GstHailuoAttempt *attempt)
{
  if (strcmp (old->shot, attempt->shot) != 0
      || strcmp (old->provider, attempt->provider) != 0
      || strcmp (old->base_url, attempt->base_url) != 0
      || strcmp (old->model, attempt->model) != 0
      || g_strcmp0 (old->label, attempt->label) != 0
      || old->created != attempt->created || old->price != attempt->price
      || old->take != attempt->take)
    world_violate ("attempt %d becomes another", (gint) old->number);
  if (old->task_id != NULL && strcmp (old->task_id, attempt->task_id) != 0)
    world_violate ("attempt %d gets another task", (gint) old->number);
  if (attempt->state < old->state)
    world_violate ("attempt %d moves back from %s to %s", (gint) old->number,
        gst_hailuo_attempt_state_get_name (old->state),
        gst_hailuo_attempt_state_get_name (attempt->state));
}

void
judge_move (const Row *row, const GstHailuoAttempt *attempt)
{
  const GstHailuoAttempt *old = row ? row->attempt : NULL;

  check_change (attempt->shot, "an attempt moves");
  check_row (attempt);
  if (old == NULL)
    return;
  check_fixed (old, attempt);
  if (old->state == GST_HAILUO_ATTEMPT_INTENT)
    check_submitted (row, attempt);
  if (attempt->state == GST_HAILUO_ATTEMPT_FAILED
      && old->state != attempt->state)
    check_failed (attempt);
  if (attempt->state == GST_HAILUO_ATTEMPT_FETCHED
      && old->state != attempt->state)
    check_clip (attempt);
}

/* The task was known by its id alone before. */
void
judge_bind (const GstHailuoAttempt *attempt)
{
  check_change (attempt->shot, "an attempt gets its task");
  check_row (attempt);
}

void
judge_withdraw (const Row *row)
{
  const Intent *intent = disk_get_intent (row->intent);

  check_change (row->attempt->shot, "an attempt is withdrawn");
  if (intent->process != world.process || (intent->posted && !intent->refused))
    world_violate ("an attempt is withdrawn that may stand for a task");
}

/* The tasks of a shot that no row names are no more than its rows that name
 * none. */
static void
count_unnamed (gint shot)
{
  guint unnamed = 0, unknown = 0;
  guint i;

  for (i = 0; i < world.tasks->len; i++) {
    const HostTask *task = host_get (i);

    if (task->shot == shot && !disk_get_intent (task->intent)->forgotten
        && disk_find_row (task->id) == NULL)
      unnamed++;
  }
  for (i = 0; i < world.rows->len; i++) {
    const Row *row = g_ptr_array_index (world.rows, i);

    if (disk_is_of_shot (row, shot)
        && row->attempt->state == GST_HAILUO_ATTEMPT_INTENT)
      unknown++;
  }
  if (unnamed > unknown)
    world_violate (
        "%u tasks of shot %d were paid and are lost", unnamed - unknown, shot);
}

void
judge_rows (void)
{
  gint shot;

  for (shot = 0; shot < N_SHOTS; shot++)
    count_unnamed (shot);
}

/* --- money --------------------------------------------------------------- */

/* Whether it costs nothing, for all that can be known here: a link may have been
 * lost on its way. */
static gboolean
is_free (const HostTask *task)
{
  const Row *row = disk_find_row (task->id);

  return task->failed_told && host_fails_free ()
      && (row == NULL || row->attempt->billed != GST_HAILUO_BILLED_YES);
}

void
judge_bill (const Intent *intent)
{
  const GstHailuoLimit *limit = &world.run.limit;
  gint64 sum = intent->price;
  guint i;

  for (i = 0; limit->budget >= 0 && i < world.tasks->len; i++) {
    const HostTask *task = host_get (i);
    const Intent *other = disk_get_intent (task->intent);

    if (!is_free (task) && !other->forgotten
        && other->created > intent->created - limit->period)
      sum += other->price;
  }
  if (limit->budget >= 0 && sum > limit->budget)
    world_violate (
        "%d are spent of a budget of %d", (gint) sum, (gint) limit->budget);
}

void
judge_billed (const gchar *task_id, GstHailuoBilled billed)
{
  const HostTask *task = host_find (task_id);
  const Row *row = disk_find_row (task_id);

  if (task != NULL && !is_free (task) && billed == GST_HAILUO_BILLED_NO)
    world_violate ("an error says that task %s is not billed", task_id);
  if (row != NULL && row->attempt->billed == GST_HAILUO_BILLED_YES
      && billed != GST_HAILUO_BILLED_YES)
    world_violate ("an error says no more that task %s is billed", task_id);
  if (task == NULL && *task_id != '\0' && billed != GST_HAILUO_BILLED_UNKNOWN)
    world_violate ("an error speaks of the bill for a task of nobody");
}

/* --- what a run came to -------------------------------------------------- */

static void
judge_new (const GError *error)
{
  const Run *run = &world.run;
  const Row *newest = get_newest (run->shot);

  if (error == NULL || run->posts > 0 || run->trouble)
    return;
  if (error->code == GST_HAILUO_ERROR_LIMIT
      && (run->max_cost >= 0 || run->limit.budget >= 0))
    return;
  if (!run->waited || newest == NULL
      || newest->attempt->state != GST_HAILUO_ATTEMPT_FAILED)
    world_violate (
        "nothing keeps it from a new attempt, but: %s", error->message);
}

static void
judge_play (const GstHailuoStatus *status, const GError *error)
{
  const Run *run = &world.run;
  const Row *newest = get_newest (run->shot);

  if (run->trouble)
    return;
  if (error != NULL) {
    world_violate ("there is a clip, but: %s", error->message);
    return;
  }
  if (status->origin != GST_HAILUO_ORIGIN_REUSED || run->requests > 0
      || strcmp (status->task_id, run->expected) != 0)
    world_violate (
        "task %s is played, and not %s", status->task_id, run->expected);
  if (newest->attempt->sha256 == NULL && !run->warned)
    world_violate ("nothing is said of the newer attempt %d",
        (gint) newest->attempt->number);
}

static void
expect (const GError *error, GstHailuoError code)
{
  if (error == NULL || error->code != (gint) code || world.run.requests > 0)
    world_violate ("verdict %d, and after %u requests: %s", world.run.verdict,
        world.run.requests, error ? error->message : "a clip");
}

void
judge_run (const GstHailuoStatus *status, const GError *error)
{
  const Run *run = &world.run;

  world.figures.verdicts[run->verdict]++;
  switch (run->verdict) {
    case VERDICT_NONE:
      break;
    case VERDICT_NEW:
      judge_new (error);
      break;
    case VERDICT_PLAY:
      judge_play (status, error);
      break;
    case VERDICT_RESUME:
    case VERDICT_REFETCH:
      if (strcmp (status->task_id, run->expected) != 0)
        world_violate (
            "task %s goes on, and not %s", status->task_id, run->expected);
      break;
    case VERDICT_UNKNOWN:
      expect (error, GST_HAILUO_ERROR_OUTCOME_UNKNOWN);
      break;
    case VERDICT_REFUSED:
      expect (error, GST_HAILUO_ERROR_SETTINGS);
      break;
    case VERDICT_GIVEN_UP:
      expect (error, GST_HAILUO_ERROR_FAILED);
      break;
    default:
      expect (error, GST_HAILUO_ERROR_NOT_FOUND);
  }
}
