#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What another submit replaces in the store, and what comes back where it makes
nothing.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
import os

from harness import (Bench, Kit, Run, check, detail, expect, lacks, start, task_id)

# each proves that no task was made
REFUSALS = (400, 401, 402, 429)


def refuse(kit, status, **settings):
    """A run that buys nothing: with reuse=never, as the record is there."""
    kit.simulator.script({'on': 'submit', 'status': status})
    end = kit.run(**{'reuse': 'never', 'retries': 0, **settings})
    check(end['end'] == 'error' and detail(end, 'billed') == 'no', f'{status}: {end}')


def get_tasks(kit):
    return [(record['task-id'], record['state']) for record in kit.list()]


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
    """a refused submit leaves a failed task failed: another is made when asked"""
    kit.simulator.script({'on': 'task', 'outcome': 'failed',
                          'fail-code': 'SensitiveContent'})
    kit.get_error('settings')
    tasks = get_tasks(kit)
    refuse(kit, 401, reuse='always')
    expect('the list', get_tasks(kit), tasks)
    kit.get_clip('submitted')
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
    kit.simulator.script({'on': 'task', 'work': 30000, 'times': 0,
                          'outcome': 'failed', 'fail-code': 'SensitiveContent'})
    runs = [Run(kit.bench) for _ in range(4)]
    for run in runs:
        run.send(kit.line())
    ends = [run.end() for run in runs]
    for run in runs:
        run.close()
    expect('the ends', {end['end'] for end in ends}, {'error'})
    kit.check_billed(1)
    told = [end['text'] for end in ends if 'failed at' in end['text']]
    expect(f'told by others, of {ends}', len(told), 3)


def folder_not_synced(kit):
    """the folder cannot be synced for the record: nothing is sent"""
    why = lacks('strace')
    if why is not None:
        return why
    kit.get_clip(prompt='another')  # the folder is there
    submits = kit.count('submit')
    with Run(kit.bench, '--hold') as run:
        run.send(kit.line())
        thread = run.wait_for('thread').split()[1]
        # the first sync is that of the file
        tracer = start(['strace', '-o', '/dev/null', '-e', 'trace=fsync', '-e',
                        'inject=fsync:error=EIO:when=2+', '-p', thread],
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
    expect('the end', kit.bench.judge(end), 'error write, billed: no')
    check(kit.store in end['text'], end['text'])
    expect('submits', kit.count('submit'), submits)
    kit.get_clip('submitted')
    kit.check_billed(1)


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
                 folder_not_synced, quoted):
        kit(case)
    return kit.bench.tap.end()


if __name__ == '__main__':
    sys.exit(main())
