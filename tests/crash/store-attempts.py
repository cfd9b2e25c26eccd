#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the ledger keeps of all attempts at a shot: none is lost, hidden or paid
for again.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import json
import os
import shutil
import time

from kit import BROKEN, IMAGE, MODERATION, NO_PRICE, main
from pipelines import Run, detail, task_id
from tap import check, expect

FORGOTTEN = {'on': 'poll', 'status': 404, 'times': 0}
# each proves that no task was made
REFUSALS = (400, 401, 402, 429)


def refuse(kit, status, **settings):
    """A run that buys nothing, with reuse=never, for the shot has an attempt; it
    leaves no trace."""
    kit.simulator.script({'on': 'submit', 'status': status})
    with kit.unchanged():
        kit.get_error(None, billed='no', **{'reuse': 'never', 'retries': 0, **settings})


def expect_warning(end, *words):
    check(any(all(word in text for word in words) for text in end['warnings']),
          end['warnings'])


def tell(kit, *answers, task='@task-id@', times=1):
    """What the host answers to polls; each is the data of an APIXO answer, or a
    whole one."""
    kit.simulator.script(*(
        {'on': 'poll', 'times': times, 'json': data if 'data' in data else {
            'code': 200, 'message': 'success', 'data': {'taskId': task, **data}}}
        for data in answers))


# --- failures -----------------------------------------------------------------

def refused_seven_times(kit):
    """a shot that the host refused for what it asks for is paid once, however often
    the line is repeated, also after a refused reuse=never; another take is another
    shot"""
    kit.simulator.script({**MODERATION, 'times': 1})
    first = kit.get_error('settings')
    task = task_id(first)
    with kit.unchanged():
        for reuse in 'always', 'unfinished', 'always', 'unfinished', 'always', 'always':
            with kit.silent():
                again = kit.get_error(
                    'settings', 'not submitted again', task, 'reuse=never', reuse=reuse,
                    billed=detail(first, 'billed'))
            expect('the code', detail(again, 'provider-code'), 'SensitiveContent')
            refuse(kit, 401)
    kit.check_billed(1)
    kit.get_clip('submitted', take=2)
    kit.get_clip('submitted', reuse='never')
    kit.check_billed(3)
    # and then there is a clip to play
    kit.get_clip('reused')


def host_fails_three_times(kit):
    """failures of the host are tried again by the next line, three in a row; then
    nothing is sent until the user asks for it"""
    kit.simulator.script({**BROKEN, 'times': 3})
    for number in 1, 2, 3:
        kit.get_error('failed', 'submits a new task, which may be charged again')
        kit.check_billed(number)
    for reuse in 'always', 'unfinished':
        with kit.silent():
            kit.get_error('failed', '3 times in a row', 'reuse=never', reuse=reuse)
    kit.check_billed(3)
    kit.expect_states(*['failed'] * 3)
    kit.get_clip('submitted', reuse='never')
    kit.get_clip('reused')
    kit.check_billed(4)


def failed_for_all(kit):
    """four processes, and the task fails: one is billed, and each is told"""
    for code, words in (('SensitiveContent', 'rejected the prompt or image of this shot'),
                        ('RateLimited', 'failed at')):
        kit.renew()
        kit.simulator.script({**BROKEN, 'work': 30000, 'fail-code': code})
        ends = kit.run_at_once([kit.line()] * 4)
        expect('the ends', {end['end'] for end in ends}, {'error'})
        kit.check_billed(1)
        told = [end['text'] for end in ends if words in end['text']]
        expect('told by others, of ' + ' / '.join(end['text'] for end in ends),
               len(told), 3)


def never_fails(kit):
    """a take that reuse=never could not better is still played, with a warning
    that names what failed"""
    for rule in BROKEN, MODERATION:
        kit.renew()
        first = task_id(kit.get_clip('submitted'))
        kit.simulator.script(rule)
        kit.get_error(None, reuse='never')
        for reuse in 'always', 'only':
            with kit.silent():
                end = kit.get_clip('reused', reuse=reuse)
            expect('the task', task_id(end), first)
            expect_warning(end, kit.task(1))
        kit.check_billed(2)


def never_is_unknown(kit):
    """a take is played also where the outcome of a newer submit is unknown, with
    a warning that says so"""
    first = task_id(kit.get_clip('submitted'))
    kit.lose_answer(reuse='never')
    with kit.silent():
        end = kit.get_clip('reused')
    expect('the task', task_id(end), first)
    expect_warning(end, 'unknown outcome')
    kit.check_billed(2)


def refused_beside_clip(kit):
    """a refused reuse=never or =unfinished leaves a delivered clip to the plain
    line"""
    kit.get_clip('submitted')
    clips = kit.clips()
    for status in REFUSALS:
        for reuse in 'never', 'unfinished':
            refuse(kit, status, reuse=reuse)
            expect('the clips', kit.clips(), clips)
            with kit.silent():
                kit.get_clip('reused')
    kit.check_billed(1)


def refused_beside_unfinished(kit):
    """a refused reuse=never leaves an unfinished task to the plain line"""
    kit.leave_unfinished()
    for status in REFUSALS:
        refuse(kit, status)
    expect('the task', task_id(kit.get_clip('resumed')), kit.task())
    kit.check_billed(1)


def refused_beside_unknown(kit):
    """a refused reuse=never leaves an unknown outcome unknown"""
    kit.lose_answer()
    for status in REFUSALS:
        refuse(kit, status)
        with kit.silent():
            kit.get_error('failed', billed='unknown')
    kit.check_billed(1)


def retried(kit):
    """a refusal that is retried, and then a task: both clips can be had"""
    first = task_id(kit.get_clip('submitted'))
    kit.simulator.script({'on': 'submit', 'status': 429, 'times': 2})
    second = task_id(kit.get_clip('submitted', reuse='never'))
    expect('the rows', kit.rows(), [(task, 'delivered', 'yes')
                                    for task in (first, second)])
    for task in first, second:
        expect('the task', task_id(kit.get_clip('reused', task_id=task)), task)
    expect('the plain line', task_id(kit.get_clip('reused')), second)
    kit.check_billed(2)


# --- how to go on ---------------------------------------------------------------

def end_early(kit, **settings):
    """What EOS says while the task is made."""
    with Run(kit.bench, '--eos') as run:
        run.send(kit.line(**settings))
        run.wait_for('state pending')
        run.send()
        run.wait_for('ended')
        return run.end()


def advice(kit):
    """who does what the messages say about how to go on pays nothing more, with
    any reuse"""
    unfinished = []
    for reuse in 'always', 'unfinished', 'never':
        words = ('Run again without reuse=never to resume task'
                 if reuse == 'never' else
                 'Run again with the same settings to resume task')
        again = {} if reuse == 'never' else {'reuse': reuse}
        for early in False, True:
            kit.renew()
            kit.simulator.script({'on': 'task', 'work': 120000})
            end = (end_early(kit, reuse=reuse) if early else
                   kit.get_error('open-read', reuse=reuse, timeout=1))
            check(words in end['text'], end['text'])
            submitting = [text for text in end['progress']
                          if text.startswith('Submitting')][0]
            check(words.removesuffix(' resume task') in submitting, submitting)
            unfinished.append((kit.prompt, kit.store, again))
    for kit.prompt, kit.store, again in unfinished:
        kit.get_clip('resumed', **again)
        kit.check_billed(1)


def busy(kit):
    """who waited in vain for another run is told what plays its clip"""
    kit.get_clip()
    for reuse in 'always', 'unfinished', 'never':
        with kit.locked():
            again = '' if reuse == 'always' else ' with reuse=always'
            kit.get_error('busy', f'Run again{again} to play its clip', reuse=reuse,
                          timeout=1)
    kit.get_clip('reused', reuse='always')
    kit.check_billed(1)


# --- what was delivered ---------------------------------------------------------

def forgotten(kit):
    """a host that forgot a delivered task unmakes nothing: it stays delivered and
    billed, and none is bought for it"""
    task = task_id(kit.get_clip('submitted'))
    kit.simulator.script(FORGOTTEN)
    with kit.unchanged(), kit.silent('submit'):
        kit.get_error('not-found', task, billed='yes', task_id=task, reuse='unfinished',
                      retries=0)
        with kit.silent():
            kit.get_clip('reused')
        os.unlink(kit.file('.mp4'))
        for _ in range(2):
            kit.get_error('not-found', task, billed='yes', retries=0)
    kit.check_billed(1)


def fails_later(kit):
    """a task that delivered is billed for ever, whatever the host says later"""
    for code in 'TaskExpired', 'SensitiveContent', 'InternalError':
        kit.renew()
        kit.get_clip('submitted')
        os.unlink(kit.file('.mp4'))
        tell(kit, {'state': 'failed', 'failCode': code, 'failMsg': 'no more'}, times=2)
        for _ in range(2):
            with kit.unchanged():
                kit.get_error(None, billed='yes')
        # the host has it after all
        kit.get_clip('resumed')
        kit.check_billed(1)


def prompt_in_fail_code(kit):
    """a host that repeats the prompt in its fail code does not put it into the
    ledger"""
    kit.prompt = 'zebra secretprompt walks'
    for code in kit.prompt, f'Blocked:{kit.prompt}', kit.prompt[:9]:
        kit.store = kit.bench.new_path('store')
        tell(kit, {'state': 'failed', 'failCode': code})
        end = kit.get_error(None)
        kept = kit.query('SELECT fail_code FROM attempt')[0][0]
        for text in end['text'], kept:
            check('***' in text and 'zebra' not in text, text)
        check('zebra' not in kit.shots('--json'), 'shown')
    kit.check_billed(3)


def linked_then_failed(kit):
    """a task that had a link is billed, and stays so where the host says that it
    failed before its clip was here"""
    kit.simulator.script({'on': 'file', 'status': 410, 'times': 1},
                         {'on': 'poll', 'state': 'processing'},
                         {'on': 'task', 'work': 0})
    kit.simulator.script({'on': 'poll', 'skip': 1, 'json': {
        'code': 200, 'message': 'success', 'data': {
            'taskId': '@task-id@', 'state': 'failed',
            'failCode': 'InternalError', 'failMsg': 'gone'}}})
    kit.get_error(None, 'settings to resume task', billed='yes')
    expect('the rows', kit.rows(), [(kit.task(), 'submitted', 'yes')])
    # the host has it after all
    kit.get_clip('resumed')
    kit.check_billed(1)


def failed_with_link(kit):
    """a task whose clip was made, by its own word or by a link of any kind, in the
    answer that says that it failed or in one before, is billed, and none is bought
    for it"""
    failed = {'state': 'failed', 'failCode': 'InternalError'}

    def one(**members):
        return {'data': {'task_id': '@task-id@', **members}}

    def linked(url):
        return {'resultJson': json.dumps({'resultUrls': [url]})}

    ready = {'state': 'success'}
    answers = [
        ('apixo', linked('@link@') | {'state': 'processing'}, failed),
        ('apixo', linked('@link@') | failed),
        # where no document has it
        ('apixo', {**failed, 'resultUrls': ['@link@']}),
        ('apiinone', one(status='failed', result={'video': '@link@'})),
        # ready, with nothing to fetch
        ('apixo', {'resultJson': '{"resultUrls":[]}'} | ready, failed),
        ('apixo', {'code': 500, 'data': {'taskId': '@task-id@', **ready}}, failed),
        ('apiinone', one(status='completed'), one(status='failed')),
        ('apiinone', one(status='failed', video_url='/v.mp4')),
    ]
    for link in '/v.mp4', 'ftp://127.0.0.1/v.mp4':
        answers += [('apixo', linked(link) | ready, failed),
                    ('apixo', linked(link) | failed)]
    for provider, *texts in answers:
        kit.renew()
        settings = {'provider': provider}
        if provider == 'apiinone':
            settings['image'] = IMAGE
        tell(kit, *texts[:-1])
        tell(kit, texts[-1], times=2)
        for _ in range(2):
            kit.get_error(None, billed='yes', **settings)
            expect('the rows', kit.rows(), [(kit.task(), 'submitted', 'yes')])
        # the host has it after all
        kit.get_clip('resumed', **settings)
        kit.check_billed(1)


def ready_with_no_link(kit):
    """a task that is ready, but with no link, is billed when that is seen: by the
    run whose error says so, and for the one that is told that it failed"""
    for member in {}, {'resultJson': '{"resultUrls":["/v.mp4"]}'}:
        kit.renew()
        tell(kit, {'state': 'success', **member},
             {'state': 'failed', 'failCode': 'InternalError'})
        kit.get_error('failed', 'no link', 'settings to resume task', billed='yes',
                      retries=0)
        expect('the rows', kit.rows(), [(kit.task(), 'submitted', 'yes')])
        kit.get_error(None, billed='yes')
        kit.get_clip('resumed')
        kit.check_billed(1)


def made_after_failure(kit):
    """a task that failed, and of which the host says later that its clip was made,
    is billed from then on, and none is bought for it"""
    kit.simulator.script(BROKEN)
    task = detail(kit.get_error('failed'), 'task-id')
    tell(kit, {'state': 'success'}, task=task)
    kit.get_error('failed', task_id=task, retries=0)
    expect('the rows', kit.rows(), [(task, 'failed', 'yes')])
    kit.get_error('failed', billed='yes')
    kit.check_billed(1)


def delivered_beside_newer(kit):
    """a clip that is played while reuse=never makes another is delivered when it
    was, though it is the newest no more"""
    with Run(kit.bench, '--stall') as player:
        player.send(kit.line())
        player.wait_for('stalled')
        kit.expect_states('fetched')
        kit.get_clip('submitted', reuse='never')
        kit.expect_states('fetched', 'delivered')
        player.send()
        kit.expect_clip(player.end())
    kit.expect_states('delivered', 'delivered')
    kit.check_billed(2)


# --- adopted tasks --------------------------------------------------------------

def adopted_model(kit):
    """task-id alone asks for the task by the model that made it"""
    kit.leave_unfinished(**NO_PRICE)
    polls = kit.count('poll')
    kit.get_clip('resumed', task_id=kit.task(), prompt=None)
    targets = {request['target'].split('?')[0].rsplit('/', 1)[1]
               for request in kit.simulator.requests('poll')[polls:]}
    expect('the models that were polled', targets, {NO_PRICE['model']})
    kit.check_billed(1)


def other_host(kit):
    """a task-id is a task of the host that is set, not another's of that id: that
    one's clip is not played"""
    task = task_id(kit.get_clip('submitted'))
    other = kit.bench.simulator()
    for settings in {'simulator': other}, {'provider': 'apiinone', 'image': IMAGE}:
        kit.get_error('not-found', task_id=task, reuse='only', **settings)
        kit.get_error('not-found', task_id=task, retries=0, billed='unknown',
                      **settings)
    check(other.count('poll'), 'it was not asked')
    expect('the rows', kit.rows(), [(task, 'delivered', 'yes')])
    kit.check_billed(1)


def mistyped_id(kit):
    """a mistyped task-id leaves no trace and says that nobody knows what was
    billed; the right one then is the shot's"""
    kit.lose_answer()
    for prompt in kit.prompt, None:
        with kit.unchanged():
            kit.get_error('not-found', 'task_mistyped', billed='unknown', retries=0,
                          task_id='task_mistyped', prompt=prompt)
    task = kit.task()
    kit.get_clip('resumed', task_id=task)
    expect('the rows', kit.rows(), [(task, 'delivered', 'yes')])
    with kit.silent():
        expect('the task', task_id(kit.get_clip('reused')), task)
    kit.check_billed(1)


def adopted_first(kit):
    """the task of a lost submit is adopted by its id alone, and then named for its
    shot: from then on it is the shot's, and there is one attempt"""
    kit.lose_answer()
    task = kit.task()
    kit.get_clip('resumed', task_id=task, prompt=None)
    expect('the rows', kit.rows(), [(None, 'intent', 'unknown'),
                                    (task, 'delivered', 'yes')])
    kit.get_error('failed', billed='unknown')
    with kit.silent():
        kit.get_clip('reused', task_id=task)
        expect('the rows', kit.rows(), [(task, 'delivered', 'yes')])
        kit.get_clip('reused')
        for reuse in 'always', 'only':
            kit.get_clip('reused', prompt=None, task_id=task, reuse=reuse)
    kit.check_billed(1)


def adopted_elsewhere(kit):
    """the task of a lost submit is named for another take by mistake: named for its
    own shot it is that one's; a task that was submitted here stays its shot's"""
    kit.lose_answer()
    task = kit.task()
    kit.get_clip('resumed', task_id=task, take=2)
    kit.get_error('failed', billed='unknown')
    kit.get_clip('reused', task_id=task)
    expect('the rows', kit.rows(), [(task, 'delivered', 'yes')])
    kit.get_clip('reused')
    kit.check_billed(1)

    kit.lose_answer(take=3)
    kit.get_clip('submitted', take=4)
    other = kit.rows()[-1][0]
    end = kit.get_clip('reused', task_id=other, take=3)
    expect_warning(end, f'--forget={other}')
    kit.get_error('failed', billed='unknown', take=3)
    kit.get_clip('reused', take=4)
    kit.check_billed(3)


def another_store(kit):
    """the store is removed while a submit is open, and another shot begins a new
    one: each has its own task"""
    kit.simulator.script({'on': 'submit', 'delay': 1500})
    one, other = kit.bench.new('one'), kit.bench.new('other')
    with kit.submitting(prompt=one) as run:
        shutil.rmtree(kit.store)
        kit.get_clip('submitted', prompt=other)
        kit.expect_clip(run.end())
    tasks = [kit.simulator.tasks(prompt)[0]['id'] for prompt in (other, one)]
    expect('the rows', kit.rows(), [(task, 'delivered', 'yes') for task in tasks])
    for prompt, task in zip((other, one), tasks):
        expect('the task', task_id(kit.get_clip('reused', prompt=prompt)), task)
        kit.check_billed(1, prompt)


def silent_host(kit):
    """a task-id for which the host has not answered leaves no trace either"""
    kit.simulator.script({'on': 'poll', 'drop': True, 'times': 0})
    kit.get_error(None, billed='unknown', task_id='task_unheard', retries=0)
    expect('the rows', kit.rows(), [])
    expect('submits', kit.count('submit'), 0)


# --- limits ---------------------------------------------------------------------

def slow_file(kit):
    """timeout bounds the download: the clip is not lost, and the next run has it"""
    kit.simulator.script({'on': 'file', 'delay': 15000})
    begun = time.monotonic()
    kit.get_error('open-read', 'timeout', billed='yes', timeout=1)
    check(time.monotonic() - begun < 20, 'timeout was not heeded')
    expect('the rows', kit.rows(), [(kit.task(), 'submitted', 'yes')])
    kit.get_clip('resumed')
    kit.check_billed(1)


def full_for_row(kit):
    """a disk that is full at any moment of a fetch leaves no clip that no attempt
    has, and the next run ends with the clip"""
    kit.small_disk()
    for pages in range(12):
        kit.prompt = kit.bench.new('room')
        kit.leave_unfinished()
        ballast = kit.fill(pages)
        kit.run()
        os.unlink(ballast)
        kit.get_clip()
        kit.get_clip('reused')
        kit.check_billed(1)
        expect(f'clips after {pages} pages', kit.clips(),
               sorted({row['sha256'] for row in kit.list() if row['sha256']}))


# --- forgotten while in use -----------------------------------------------------

def rest(kit, **settings):
    """A run that is in READY while its task is made."""
    run = Run(kit.bench, '--rest')
    run.send(kit.line(**settings))
    run.wait_for('state pending')
    run.send()
    run.wait_for('ready')
    return run


def forgotten_in_ready(kit):
    """--forget of a shot whose element is in READY: when it goes on, the ledger
    has the task again, and what the error says of it is true"""
    kit.simulator.script({'on': 'task', 'work': 1e9})
    with rest(kit, timeout=1) as run:
        task = kit.rows()[0][0]
        kit.shots('--forget', task)
        expect('the rows', kit.rows(), [])
        run.send()
        end = run.end()
    check(task in end['text'] and 'to resume task' in end['text'], end['text'])
    expect('the rows', [row[:2] for row in kit.rows()], [(task, 'submitted')])
    kit.get_error('open-read', task, billed='yes', timeout=1)
    kit.check_billed(1)


def made_by_another(kit):
    """an element that goes on after READY, when another run has had the clip and
    its file is gone, fetches it again and moves nothing back"""
    kit.simulator.script({'on': 'task', 'work': 30000})
    with rest(kit) as run:
        kit.get_clip('resumed')
        with kit.unchanged():
            os.unlink(kit.file('.mp4'))
            run.send()
            end = run.end()
            kit.expect_clip(end)
    check(not any('ledger' in text for text in end['warnings']), end['warnings'])
    kit.check_billed(1)


sys.exit(main(
    __doc__, refused_seven_times, host_fails_three_times, failed_for_all, never_fails,
    never_is_unknown, refused_beside_clip, refused_beside_unfinished,
    refused_beside_unknown, retried, advice, busy, forgotten, fails_later,
    prompt_in_fail_code, linked_then_failed, failed_with_link, ready_with_no_link,
    made_after_failure, delivered_beside_newer, adopted_model, other_host, mistyped_id,
    adopted_first, adopted_elsewhere, another_store, silent_host, slow_file,
    full_for_row, forgotten_in_ready, made_by_another))
