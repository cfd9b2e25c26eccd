#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a store with one slot for each shot lost, hid or paid again: the ledger
keeps it.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
import fcntl
import json
import os
import shutil
import time

from harness import Bench, Failure, Kit, Run, check, detail, expect, lacks, task_id

IMAGE = 'http://127.0.0.1:1/a.png'
MODERATION = {'on': 'task', 'outcome': 'failed', 'fail-code': 'SensitiveContent'}
BROKEN = {'on': 'task', 'outcome': 'failed', 'fail-code': 'InternalError'}
FORGOTTEN = {'on': 'poll', 'status': 404, 'times': 0}
PAGE = 4096


def get_rows(kit):
    """(task, state, billed) of each attempt, the oldest first."""
    rows = sorted(kit.list(), key=lambda row: row['attempt'])
    return [(row['task_id'], row['state'], row['billed']) for row in rows]


def send_nothing(kit, function):
    """What it returns; it must do without the host."""
    requests = kit.count()
    result = function()
    expect('requests', kit.count(), requests)
    return result


def list_clips(kit):
    folder = os.path.join(kit.store, 'clips')
    return sorted(name[:-len('.mp4')] for name in os.listdir(folder)
                  if name.endswith('.mp4'))


def wait_until(function, what):
    until = time.monotonic() + 60
    while not function():
        check(time.monotonic() < until, f'never: {what}')


# --- failures -----------------------------------------------------------------

def refused_seven_times(kit):
    """a shot that the host refused for what it asks for is paid once, however
    often the line is repeated; another take is another shot"""
    kit.simulator.script({**MODERATION, 'times': 1})
    first = kit.get_error('settings')
    rows = get_rows(kit)
    for reuse in 'always', 'unfinished', 'always', 'unfinished', 'always', 'always':
        again = send_nothing(kit, lambda: kit.get_error(
            'settings', 'not submitted again', rows[0][0], reuse=reuse,
            billed=detail(first, 'billed')))
        expect('the code', detail(again, 'provider-code'), 'SensitiveContent')
    expect('the rows', get_rows(kit), rows)
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
        send_nothing(kit, lambda: kit.get_error(
            'failed', '3 times in a row', 'reuse=never', reuse=reuse))
    kit.check_billed(3)
    expect('the rows', [state for _, state, _ in get_rows(kit)], ['failed'] * 3)
    kit.get_clip('submitted', reuse='never')
    kit.get_clip('reused')
    kit.check_billed(4)


def never_fails(kit):
    """a take that reuse=never could not better is still played, with a warning
    that names what failed"""
    for rule in BROKEN, MODERATION:
        kit.prompt = kit.bench.new('never')
        first = task_id(kit.get_clip('submitted'))
        kit.simulator.script(rule)
        check(kit.run(reuse='never')['end'] == 'error', 'no error')
        failed = kit.simulator.tasks(kit.prompt)[1]['id']
        for reuse in 'always', 'only':
            end = send_nothing(kit, lambda: kit.get_clip('reused', reuse=reuse))
            expect('the task', task_id(end), first)
            check(any(failed in text for text in end['warnings']), end['warnings'])
        kit.check_billed(2)


def never_is_unknown(kit):
    """a take is played also where the outcome of a newer submit is unknown, with
    a warning that says so"""
    first = task_id(kit.get_clip('submitted'))
    kit.simulator.script({'on': 'submit', 'drop': True, 'billed': True})
    kit.get_error('failed', billed='unknown', reuse='never')
    end = send_nothing(kit, lambda: kit.get_clip('reused'))
    expect('the task', task_id(end), first)
    check(any('unknown outcome' in text for text in end['warnings']),
          end['warnings'])
    kit.check_billed(2)


def never_is_refused(kit):
    """reuse=never that the host refuses, for lack of credit, takes no clip away
    and leaves no second attempt"""
    kit.get_clip('submitted')
    rows, clips = get_rows(kit), list_clips(kit)
    kit.simulator.script({'on': 'submit', 'status': 402, 'times': 0})
    for _ in range(2):
        kit.get_error('no-space-left', reuse='never', retries=0, billed='no')
    expect('the rows', get_rows(kit), rows)
    expect('the clips', list_clips(kit), clips)
    send_nothing(kit, lambda: kit.get_clip('reused'))
    kit.check_billed(1)


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
    for reuse in 'always', 'unfinished', 'never':
        words = ('Run again without reuse=never to resume task'
                 if reuse == 'never' else
                 'Run again with the same settings to resume task')
        again = {} if reuse == 'never' else {'reuse': reuse}
        for early in False, True:
            kit.prompt = kit.bench.new('advice')
            kit.simulator.script({'on': 'task', 'work': 120000})
            end = (end_early(kit, reuse=reuse) if early else
                   kit.get_error('open-read', reuse=reuse, timeout=1))
            check(words in end['text'], end['text'])
            submitting = [text for text in end['progress']
                          if text.startswith('Submitting')][0]
            check(words.removesuffix('task') in submitting, submitting)
            kit.get_clip('resumed', **again)
            kit.check_billed(1)


def busy(kit):
    """who waited in vain for another run is told what plays its clip"""
    kit.get_clip()
    for reuse in 'always', 'unfinished', 'never':
        with open(kit.file('.lock'), 'rb') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            kit.get_error('busy', 'Run again' + (
                ' to play' if reuse == 'always' else ' with reuse=always to play'),
                reuse=reuse, timeout=1)
    kit.get_clip('reused', reuse='always')
    kit.check_billed(1)


# --- what was delivered ---------------------------------------------------------

def forgotten(kit):
    """a host that forgot a delivered task, or says now that it failed or expired,
    unmakes nothing: it stays delivered and billed, and none is bought for it"""
    task = task_id(kit.get_clip('submitted'))
    rows = get_rows(kit)
    kit.simulator.script(FORGOTTEN)
    kit.get_error('not-found', task, billed='yes', task_id=task, reuse='unfinished',
                  retries=0)
    expect('the rows', get_rows(kit), rows)
    send_nothing(kit, lambda: kit.get_clip('reused'))
    os.unlink(os.path.join(kit.store, 'clips', list_clips(kit)[0] + '.mp4'))
    for _ in range(2):
        kit.get_error('not-found', task, billed='yes', retries=0)
    expect('the rows', get_rows(kit), rows)
    expect('submits', kit.count('submit'), 1)
    kit.check_billed(1)


def fails_later(kit):
    """a task that delivered is billed for ever, whatever the host says later"""
    for code in 'TaskExpired', 'SensitiveContent', 'InternalError':
        kit.prompt = kit.bench.new('later')
        kit.store = kit.bench.new_path('store')
        kit.get_clip('submitted')
        rows = get_rows(kit)
        os.unlink(os.path.join(kit.store, 'clips', list_clips(kit)[0] + '.mp4'))
        kit.simulator.script({'on': 'poll', 'times': 2, 'json': {
            'code': 200, 'message': 'success', 'data': {
                'taskId': '@task-id@', 'state': 'failed', 'failCode': code,
                'failMsg': 'no more'}}})
        for _ in range(2):
            end = kit.run()
            expect('the end', end['end'], 'error')
            expect('billed', detail(end, 'billed'), 'yes')
            expect('the rows', get_rows(kit), rows)
        # the host has it after all
        kit.get_clip('resumed')
        kit.check_billed(1)


def prompt_in_fail_code(kit):
    """a host that repeats the prompt in its fail code does not put it into the
    ledger"""
    kit.prompt = 'zebra secretprompt walks'
    for code in kit.prompt, f'Blocked:{kit.prompt}', kit.prompt[:9]:
        kit.store = kit.bench.new_path('store')
        kit.simulator.script({'on': 'poll', 'json': {
            'code': 200, 'message': 'success', 'data': {
                'taskId': '@task-id@', 'state': 'failed', 'failCode': code}}})
        end = kit.run()
        expect('the end', end['end'], 'error')
        check('***' in end['text'] and 'zebra' not in end['text'], end['text'])
        kept = kit.query('SELECT fail_code FROM attempt')[0][0]
        check('***' in kept and 'zebra' not in kept, kept)
        check('zebra' not in kit.shots('--json'), 'shown')
    kit.check_billed(3)


def linked_then_failed(kit):
    """a task that had a link is billed, and stays so where the host says that it
    failed before its clip was here"""
    kit.simulator.script(
        {'on': 'file', 'status': 410, 'times': 1},
        {'on': 'poll', 'state': 'processing'},
        {'on': 'poll', 'skip': 1, 'json': {
            'code': 200, 'message': 'success', 'data': {
                'taskId': '@task-id@', 'state': 'failed',
                'failCode': 'InternalError', 'failMsg': 'gone'}}})
    kit.simulator.script({'on': 'task', 'work': 0})
    end = kit.run()
    expect('the end', end['end'], 'error')
    check('settings to resume task' in end['text'], end['text'])
    expect('billed', detail(end, 'billed'), 'yes')
    expect('billed', [billed for _, _, billed in get_rows(kit)], ['yes'])
    # the host has it after all
    kit.get_clip('resumed')
    kit.check_billed(1)


def failed_with_link(kit):
    """a task whose clip was made, by its own word or by a link of any kind, in the
    answer that says that it failed or in one before, is billed, and none is bought
    for it"""
    failed = {'taskId': '@task-id@', 'state': 'failed', 'failCode': 'InternalError'}

    def told(*urls, **members):
        return {'code': 200, 'data': {
            'taskId': '@task-id@', **members,
            'resultJson': json.dumps({'resultUrls': urls})}}

    answers = [
        ('apixo', told('@link@', state='processing'), told(**failed)),
        ('apixo', told('@link@', **failed)),
        # where no document has it
        ('apixo', {'code': 200, 'data': {**failed, 'resultUrls': ['@link@']}}),
        ('apiinone', {'data': {'task_id': '@task-id@', 'status': 'failed',
                               'result': {'video': '@link@'}}}),
        # ready, with nothing to fetch
        ('apixo', told(state='success'), told(**failed)),
        ('apixo', {'code': 500, 'data': {'taskId': '@task-id@', 'state': 'success'}},
         told(**failed)),
        ('apiinone', {'data': {'task_id': '@task-id@', 'status': 'completed'}},
         {'data': {'task_id': '@task-id@', 'status': 'failed'}}),
        ('apiinone', {'data': {'task_id': '@task-id@', 'status': 'failed',
                               'video_url': '/v.mp4'}}),
    ]
    for link in '/v.mp4', 'ftp://127.0.0.1/v.mp4':
        answers.append(('apixo', told(link, state='success'), told(**failed)))
        answers.append(('apixo', told(link, **failed)))
    for provider, *texts in answers:
        kit.prompt = kit.bench.new('both')
        kit.store = kit.bench.new_path('store')
        settings = {'provider': provider}
        if provider == 'apiinone':
            settings['image'] = 'http://127.0.0.1:1/a.png'
        kit.simulator.script(
            *({'on': 'poll', 'json': answer} for answer in texts[:-1]),
            {'on': 'poll', 'times': 2, 'json': texts[-1]})
        for _ in range(2):
            end = kit.run(**settings)
            expect('the end', end['end'], 'error')
            expect('billed', detail(end, 'billed'), 'yes')
            expect('the rows', [row[1:] for row in get_rows(kit)],
                   [('submitted', 'yes')])
        # the host has it after all
        kit.get_clip('resumed', **settings)
        kit.check_billed(1)


def ready_with_no_link(kit):
    """a task that is ready, but with no link, is billed when that is seen: by the
    run whose error says so, and for the one that is told that it failed"""
    for member in {}, {'resultJson': '{"resultUrls":["/v.mp4"]}'}:
        kit.prompt = kit.bench.new('ready')
        kit.store = kit.bench.new_path('store')
        kit.simulator.script(
            {'on': 'poll', 'times': 1, 'json': {'code': 200, 'data': {
                'taskId': '@task-id@', 'state': 'success', **member}}},
            {'on': 'poll', 'times': 1, 'json': {'code': 200, 'data': {
                'taskId': '@task-id@', 'state': 'failed',
                'failCode': 'InternalError'}}})
        kit.get_error('failed', 'no link', 'settings to resume task', billed='yes',
                      retries=0)
        expect('the rows', [row[1:] for row in get_rows(kit)],
               [('submitted', 'yes')])
        end = kit.run()
        expect('the end', end['end'], 'error')
        expect('billed', detail(end, 'billed'), 'yes')
        kit.get_clip('resumed')
        kit.check_billed(1)


def made_after_failure(kit):
    """a task that failed, and of which the host says later that its clip was made,
    is billed from then on, and none is bought for it"""
    kit.simulator.script(BROKEN)
    task = detail(kit.get_error('failed'), 'task-id')
    kit.simulator.script({'on': 'poll', 'json': {
        'code': 200, 'data': {'taskId': task, 'state': 'success'}}})
    kit.get_error('failed', task_id=task, retries=0)
    expect('the rows', get_rows(kit), [(task, 'failed', 'yes')])
    kit.get_error('failed', billed='yes')
    expect('submits', kit.count('submit'), 1)


def delivered_beside_newer(kit):
    """a clip that is played while reuse=never makes another is delivered when it
    was, though it is the newest no more"""
    with Run(kit.bench, '--stall') as player:
        player.send(kit.line())
        player.wait_for('stalled')
        expect('the state', [row[1] for row in get_rows(kit)], ['fetched'])
        kit.get_clip('submitted', reuse='never')
        expect('the states', [row[1] for row in get_rows(kit)],
               ['fetched', 'delivered'])
        player.send()
        expect('the end', kit.bench.judge(player.end()), 'clip')
    expect('the states', [row[1] for row in get_rows(kit)], ['delivered'] * 2)
    kit.check_billed(2)


def four_unfinished(kit):
    """four processes at once with reuse=unfinished buy one, and each plays it; a
    later one buys another"""
    runs = [Run(kit.bench) for _ in range(4)]
    kit.simulator.script({'on': 'task', 'work': 30000})
    for run in runs:
        run.send(kit.line(reuse='unfinished'))
    ends = [run.end() for run in runs]
    for run in runs:
        run.close()
    expect('the ends', [kit.bench.judge(end) for end in ends], ['clip'] * 4)
    kit.check_billed(1)
    kit.get_clip('submitted', reuse='unfinished')
    kit.check_billed(2)


# --- adopted tasks --------------------------------------------------------------

def adopted_model(kit):
    """task-id alone asks for the task by the model that made it"""
    model = {'model': 'hailuo-2-3-fast', 'mode': 'standard-image-to-video',
             'image': IMAGE}
    kit.simulator.script({'on': 'submit', 'times': 1, 'delay': 0})
    end = kit.get_error('read', billed='yes', max_size=1, **model)
    polls = kit.count('poll')
    kit.get_clip('resumed', task_id=task_id(end), prompt=None)
    targets = {request['target'].split('?')[0].rsplit('/', 1)[1]
               for request in kit.simulator.requests('poll')[polls:]}
    expect('the models that were polled', targets, {'hailuo-2-3-fast'})
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
    check([request for request in other.requests('poll')], 'it was not asked')
    expect('the rows', get_rows(kit), [(task, 'delivered', 'yes')])
    kit.check_billed(1)


def mistyped_id(kit):
    """a mistyped task-id leaves no trace and says that nobody knows what was
    billed; the right one then is the shot's"""
    kit.simulator.script({'on': 'submit', 'drop': True, 'billed': True})
    kit.get_error('failed', billed='unknown')
    rows = get_rows(kit)
    expect('the rows', rows, [(None, 'intent', 'unknown')])
    for prompt in kit.prompt, None:
        kit.get_error('not-found', 'task_mistyped', billed='unknown', retries=0,
                      task_id='task_mistyped', prompt=prompt)
        expect('the rows', get_rows(kit), rows)
    task = kit.simulator.tasks(kit.prompt)[0]['id']
    kit.get_clip('resumed', task_id=task)
    expect('the rows', get_rows(kit), [(task, 'delivered', 'yes')])
    end = send_nothing(kit, lambda: kit.get_clip('reused'))
    expect('the task', task_id(end), task)
    kit.check_billed(1)


def adopted_first(kit):
    """the task of a lost submit is adopted by its id alone, and then named for its
    shot: from then on it is the shot's, and there is one attempt"""
    kit.simulator.script({'on': 'submit', 'drop': True, 'billed': True})
    kit.get_error('failed', billed='unknown')
    task = kit.simulator.tasks(kit.prompt)[0]['id']
    kit.get_clip('resumed', task_id=task, prompt=None)
    expect('the rows', get_rows(kit), [(None, 'intent', 'unknown'),
                                       (task, 'delivered', 'yes')])
    kit.get_error('failed', billed='unknown')
    kit.get_clip('reused', task_id=task)
    expect('the rows', get_rows(kit), [(task, 'delivered', 'yes')])
    kit.get_clip('reused')
    kit.get_clip('reused', prompt=None, task_id=task)
    kit.check_billed(1)


def adopted_elsewhere(kit):
    """the task of a lost submit is named for another take by mistake: named for its
    own shot it is that one's; a task that was submitted here stays its shot's"""
    kit.simulator.script({'on': 'submit', 'drop': True, 'billed': True})
    kit.get_error('failed', billed='unknown')
    task = kit.simulator.tasks(kit.prompt)[0]['id']
    kit.get_clip('resumed', task_id=task, take=2)
    kit.get_error('failed', billed='unknown')
    kit.get_clip('reused', task_id=task)
    expect('the rows', get_rows(kit), [(task, 'delivered', 'yes')])
    kit.get_clip('reused')
    kit.check_billed(1)

    kit.simulator.script({'on': 'submit', 'drop': True, 'billed': True})
    kit.get_error('failed', billed='unknown', take=3)
    kit.get_clip('submitted', take=4)
    other = get_rows(kit)[-1][0]
    end = kit.get_clip('reused', task_id=other, take=3)
    check(any(f'--forget={other}' in text for text in end['warnings']), end['warnings'])
    kit.get_error('failed', billed='unknown', take=3)
    kit.get_clip('reused', take=4)
    kit.check_billed(3)


def another_store(kit):
    """the store is removed while a submit is open, and another shot begins a new
    one: each has its own task"""
    kit.simulator.script({'on': 'submit', 'delay': 3000})
    one, other = kit.bench.new('one'), kit.bench.new('other')
    with Run(kit.bench) as run:
        run.send(kit.line(prompt=one))
        wait_until(lambda: kit.count('submit') == 1, 'a submit')
        shutil.rmtree(kit.store)
        kit.get_clip('submitted', prompt=other)
        expect('the end', kit.bench.judge(run.end()), 'clip')
    tasks = [kit.simulator.tasks(prompt)[0]['id'] for prompt in (other, one)]
    expect('the rows', get_rows(kit), [(task, 'delivered', 'yes') for task in tasks])
    for prompt, task in zip((other, one), tasks):
        expect('the task', task_id(kit.get_clip('reused', prompt=prompt)), task)
        kit.check_billed(1, prompt)


def silent_host(kit):
    """a task-id for which the host has not answered leaves no trace either"""
    kit.simulator.script({'on': 'poll', 'drop': True, 'times': 0})
    end = kit.run(task_id='task_unheard', retries=0)
    expect('billed', detail(end, 'billed'), 'unknown')
    expect('the rows', get_rows(kit), [])
    expect('submits', kit.count('submit'), 0)


# --- limits ---------------------------------------------------------------------

def slow_file(kit):
    """timeout bounds the download: the clip is not lost, and the next run has it"""
    kit.simulator.script({'on': 'file', 'delay': 30000})
    begun = time.monotonic()
    kit.get_error('open-read', 'timeout', billed='yes', timeout=2)
    check(time.monotonic() - begun < 20, 'timeout was not heeded')
    expect('the rows', [row[1:] for row in get_rows(kit)], [('submitted', 'yes')])
    kit.get_clip('resumed')
    kit.check_billed(1)


# --- disks ----------------------------------------------------------------------

def mount(kit, *options):
    """A small disk with the store on it."""
    why = lacks('mount', root=True)
    if why is None:
        try:
            folder = kit.bench.mount('-t', 'tmpfs', '-o', ','.join(
                ('size=256k', 'mode=700') + options), 'none')
        except OSError as problem:
            why = f'no mounts here: {problem}'
    if why is None:
        # a process that runs already does not see it
        if kit.runner is not None:
            kit.runner.close()
        kit.store = os.path.join(folder, 'store')
        return folder, None
    return None, why


def fill(folder, leave=0):
    path = os.path.join(folder, 'ballast')
    with open(path, 'wb') as file:
        file.write(bytes(max(os.statvfs(folder).f_bavail - leave, 0) * PAGE))
    return path


def full_after_intent(kit):
    """the disk is full when the host has answered: a warning has the id, the
    ledger gets it as soon as there is room, and no text promises it before"""
    folder, why = mount(kit)
    if why:
        return why
    kit.get_clip(prompt='another')
    kit.simulator.script({'on': 'task', 'work': 1e9},
                         {'on': 'submit', 'delay': 1000})
    with Run(kit.bench) as run:
        run.send(kit.line())
        wait_until(lambda: kit.count('submit') == 2, 'a submit')
        ballast = fill(folder)
        run.wait_for('state pending')
        task = kit.simulator.tasks(kit.prompt)[0]['id']
        expect('the rows', get_rows(kit)[1:], [(None, 'intent', 'unknown')])
        os.unlink(ballast)
        wait_until(lambda: get_rows(kit)[1:] == [(task, 'submitted', 'unknown')],
                   'the id in the ledger')
        run.kill()
    kit.check_billed(1)
    end = kit.get_error('open-read', task, timeout=1)
    expect('the id', task_id(end), task)
    kit.check_billed(1)
    return None


def full_to_the_end(kit):
    """the disk stays full: what is said then, with the id, is what gets the clip"""
    folder, why = mount(kit)
    if why:
        return why
    kit.get_clip(prompt='another')
    kit.simulator.script({'on': 'submit', 'delay': 1000})
    with Run(kit.bench) as run:
        run.send(kit.line())
        wait_until(lambda: kit.count('submit') == 2, 'a submit')
        ballast = fill(folder)
        end = run.end()
    task = kit.simulator.tasks(kit.prompt)[0]['id']
    expect('the end', end['end'], 'error')
    wanted = f'task-id={task}'
    check(any(wanted in text for text in end['warnings']), end['warnings'])
    check(wanted in end['text'], end['text'])
    os.unlink(ballast)
    kit.get_error('failed', billed='unknown')
    kit.get_clip('resumed', task_id=task)
    kit.get_clip('reused')
    kit.check_billed(1)
    return None


def full_for_row(kit):
    """a disk that is full at any moment of a fetch leaves no clip that no attempt
    has, and the next run ends with the clip"""
    folder, why = mount(kit)
    if why:
        return why
    for pages in range(12):
        kit.prompt = kit.bench.new('room')
        kit.leave_unfinished()
        ballast = fill(folder, pages)
        kit.run()
        os.unlink(ballast)
        kit.get_clip()
        kit.get_clip('reused')
        kit.check_billed(1)
        expect(f'clips after {pages} pages', list_clips(kit),
               sorted({row['sha256'] for row in kit.list() if row['sha256']}))
    return None


def read_only(kit):
    """a store on a disk that is mounted read-only plays with reuse=only, lists and
    exports; where something has to be written that is an error, and nothing is
    sent"""
    folder, why = mount(kit)
    if why:
        return why
    kit.get_clip('submitted')
    rows = get_rows(kit)
    kit.bench.mount('-o', 'remount,ro', folder=folder)

    def try_all():
        kit.get_clip('reused', reuse='only', api_key=None)
        kit.get_error('not-found', reuse='only', take=2)
        kit.get_error('write', billed='no', take=2)
        expect('the rows', get_rows(kit), rows)
        kit.shots('--export', rows[0][0], kit.bench.new_path('exported'))

    send_nothing(kit, try_all)
    kit.check_billed(1)
    return None


# --- forgotten while in use -----------------------------------------------------

def forgotten_in_ready(kit):
    """--forget of a shot whose element is in READY: when it goes on, the ledger
    has the task again, and what the error says of it is true"""
    kit.simulator.script({'on': 'task', 'work': 1e9})
    with Run(kit.bench, '--rest') as run:
        run.send(kit.line(timeout=1))
        run.wait_for('state pending')
        run.send()
        run.wait_for('ready')
        task = get_rows(kit)[0][0]
        kit.shots('--forget', task)
        expect('the rows', get_rows(kit), [])
        run.send()
        end = run.end()
    check(task in end['text'] and 'to resume task' in end['text'], end['text'])
    expect('the rows', [row[:2] for row in get_rows(kit)], [(task, 'submitted')])
    kit.get_error('open-read', task, billed='yes', timeout=1)
    kit.check_billed(1)


def made_by_another(kit):
    """an element that goes on after READY, when another run has had the clip and
    its file is gone, fetches it again and moves nothing back"""
    kit.simulator.script({'on': 'task', 'work': 30000})
    with Run(kit.bench, '--rest') as run:
        run.send(kit.line())
        run.wait_for('state pending')
        run.send()
        run.wait_for('ready')
        kit.get_clip('resumed')
        rows = get_rows(kit)
        os.unlink(os.path.join(kit.store, 'clips', list_clips(kit)[0] + '.mp4'))
        run.send()
        end = run.end()
    expect('the end', kit.bench.judge(end), 'clip')
    check(not any('ledger' in text for text in end['warnings']), end['warnings'])
    expect('the rows', get_rows(kit), rows)
    kit.check_billed(1)


def main():
    kit = Kit(Bench(__doc__, shots='hailuo-shots'))
    for case in (
            refused_seven_times, host_fails_three_times, never_fails,
            never_is_unknown, never_is_refused, advice, busy, forgotten, fails_later,
            prompt_in_fail_code, linked_then_failed, failed_with_link, ready_with_no_link,
            made_after_failure,
            delivered_beside_newer, four_unfinished, adopted_model, other_host,
            mistyped_id, adopted_first, adopted_elsewhere,
            another_store, silent_host, slow_file,
            full_after_intent, full_to_the_end, full_for_row, read_only,
            forgotten_in_ready, made_by_another):
        kit(case)
    return kit.bench.tap.end()


if __name__ == '__main__':
    sys.exit(main())
