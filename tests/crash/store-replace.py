#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What another submit leaves of the attempts before it: all, whether it makes a
task, is refused, fails, or cannot be kept.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
import collections
import os

import sweep
from harness import (Bench, Failure, Kit, Run, check, detail, expect, lacks, start,
                     task_id)

# each proves that no task was made
REFUSALS = (400, 401, 402, 429)


def refuse(kit, status, **settings):
    """A run that buys nothing: with reuse=never, for the shot has an attempt."""
    kit.simulator.script({'on': 'submit', 'status': status})
    end = kit.run(**{'reuse': 'never', 'retries': 0, **settings})
    check(end['end'] == 'error' and detail(end, 'billed') == 'no', f'{status}: {end}')


def get_tasks(kit):
    return kit.query('SELECT task_id, state FROM attempt ORDER BY attempt')


def delivered(kit):
    """a refused reuse=never or =unfinished leaves a delivered clip to the plain
    line"""
    task = task_id(kit.get_clip('submitted'))
    for status in REFUSALS:
        for reuse in 'never', 'unfinished':
            refuse(kit, status, reuse=reuse)
            expect('the list', get_tasks(kit), [(task, 'delivered')])
            requests = kit.count()
            kit.get_clip('reused')
            expect('requests', kit.count(), requests)
    kit.check_billed(1)


def unfinished(kit):
    """a refused reuse=never leaves an unfinished task to the plain line"""
    kit.leave_unfinished()
    tasks = get_tasks(kit)
    for status in REFUSALS:
        refuse(kit, status)
        expect('the list', get_tasks(kit), tasks)
    end = kit.get_clip('resumed')
    expect('the task', task_id(end), tasks[0][0])
    kit.check_billed(1)


def unknown(kit):
    """a refused reuse=never leaves an unknown outcome unknown"""
    kit.simulator.script({'on': 'submit', 'drop': True, 'billed': True})
    expect('the end', kit.bench.judge(kit.run()), 'unknown')
    for status in REFUSALS:
        refuse(kit, status)
        submits = kit.count('submit')
        expect('the end', kit.bench.judge(kit.run()), 'unknown')
        expect('submits', kit.count('submit'), submits)


def failed(kit):
    """a task that failed for what the shot asks for: the same error again, nothing
    is sent, also after a refused reuse=never; that alone makes another"""
    kit.simulator.script({'on': 'task', 'outcome': 'failed',
                          'fail-code': 'SensitiveContent'})
    kit.get_error('settings', 'SensitiveContent')
    tasks = get_tasks(kit)
    requests = kit.count()
    kit.get_error('settings', 'SensitiveContent', 'reuse=never')
    kit.get_error('settings', 'SensitiveContent', reuse='unfinished')
    expect('requests', kit.count(), requests)
    refuse(kit, 401)
    expect('the list', get_tasks(kit), tasks)
    kit.get_error('settings', 'SensitiveContent')
    kit.check_billed(1)
    new = task_id(kit.get_clip('submitted', reuse='never'))
    expect('the list', get_tasks(kit), [*tasks, (new, 'delivered')])
    kit.get_clip('reused')
    kit.check_billed(2)


def retried(kit):
    """a refusal that is retried, and then a task: both clips can be had"""
    first = task_id(kit.get_clip('submitted'))
    kit.simulator.script({'on': 'submit', 'status': 429, 'times': 2})
    second = task_id(kit.get_clip('submitted', reuse='never'))
    expect('tasks', sorted(task for task, _ in get_tasks(kit)),
           sorted((first, second)))
    for task in first, second:
        expect('the task', task_id(kit.get_clip('reused', task_id=task)), task)
    expect('the plain line', task_id(kit.get_clip('reused')), second)
    kit.check_billed(2)


def failed_for_all(kit):
    """four processes, and the task fails: one is billed, and each is told"""
    for code, words in ('SensitiveContent', 'rejected the prompt or image of this shot'), (
            'RateLimited', 'failed at'):
        kit.prompt = kit.bench.new('failed')
        kit.simulator.script({'on': 'task', 'work': 30000, 'outcome': 'failed',
                              'fail-code': code})
        runs = [Run(kit.bench) for _ in range(4)]
        for run in runs:
            run.send(kit.line())
        ends = [run.end() for run in runs]
        for run in runs:
            run.close()
        expect('the ends', {end['end'] for end in ends}, {'error'})
        kit.check_billed(1)
        told = [end['text'] for end in ends if words in end['text']]
        expect('told by others, of ' + ' / '.join(end['text'] for end in ends),
               len(told), 3)


def not_synced(kit):
    """a disk that syncs nothing from some moment on: nothing is sent that is not
    kept, and nothing is sent twice"""
    why = lacks('strace')
    if why is not None:
        return why
    kit.get_clip(prompt='another')  # the files are there
    ends = collections.Counter()
    for number in range(1, 16):
        kit.prompt = kit.bench.new('synced')
        submits = kit.count('submit')
        with Run(kit.bench, '--hold') as run:
            run.send(kit.line())
            thread = run.wait_for('thread').split()[1]
            tracer = start(
                ['strace', '-o', '/dev/null', '-e', 'trace=fdatasync', '-e',
                 f'inject=fdatasync:error=EIO:when={number}+', '-p', thread],
                stderr=-1, text=True)
            try:
                if 'attached' not in tracer.stderr.readline():
                    return 'strace may not trace here'
                run.send()
                end = run.end()
            finally:
                run.kill()
                tracer.wait()
                tracer.stderr.close()
        first = kit.bench.judge(end)
        if number == 1:
            expect('the first end', first, 'error write, billed: no')
            check(kit.store in end['text'], end['text'])
        billed = kit.simulator.billed(kit.prompt)
        expect(f'{number}: submits, {first}', kit.count('submit') - submits, billed)
        check(billed == 0 or first == 'clip', f'{number}: {end}')
        second = kit.run()
        again = kit.bench.judge(second)
        if again == 'unknown' and billed:
            check(any(f'task-id={task_id(end)}' in text for text in
                      end['warnings']), f'{number}: {end}')
            again += ' with the id'
            kit.get_clip(task_id=task_id(end))
        check(again == 'clip' or 'unknown' in again, f'{number}: {second}')
        expect(f'{number}: billed, {first}, {again}',
               kit.simulator.billed(kit.prompt), int(again != 'unknown'))
        ends[first, again] += 1
    kit.bench.tap.note(dict(ends))
    return None


def clip_not_synced(kit):
    """a new take of the same bytes, and the folder of the clips cannot be synced:
    the clip that was there before is whole"""
    why = lacks('strace')
    if why is not None:
        return why
    first = task_id(kit.get_clip('submitted'))
    try:
        _, end, text = sweep.trace(kit.bench, kit.line(reuse='never'), 'error=EIO',
                                   'fsync', path=os.path.join(kit.store, 'clips'))
    except Failure as problem:
        if str(problem).startswith('strace:'):
            return str(problem).splitlines()[0]
        raise
    expect(f'{end}', kit.bench.judge(end), 'error write, billed: yes')
    check('(INJECTED)' in text, 'not reached')
    expect('the states', kit.states(), ['delivered', 'submitted'])
    kit.get_clip('reused', reuse='only', task_id=first)
    expect('the task', task_id(kit.get_clip('resumed')), task_id(end))
    kit.check_billed(2)
    return None


def quoted(kit):
    """a dry run says that the clip is stored where its file is"""
    kit.get_clip('submitted')

    def is_stored():
        return kit.run(dry_run=True)['states'][-1]['stored']

    expect('stored', is_stored(), 'true')
    os.unlink(kit.file('.mp4'))
    expect('stored', is_stored(), 'false')
    kit.check_billed(1)


def main():
    kit = Kit(Bench(__doc__, shots='hailuo-shots'))
    for case in (delivered, unfinished, unknown, failed, retried, failed_for_all,
                 not_synced, clip_not_synced, quoted):
        kit(case)
    return kit.bench.tap.end()


if __name__ == '__main__':
    sys.exit(main())
