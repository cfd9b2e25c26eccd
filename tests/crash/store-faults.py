#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stores that are full, closed, broken or not to be trusted, clocks that are
wrong, and a process that dies with the clip in its hands: nothing is paid
twice, and nothing is paid that could not be kept.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import collections
import os
import sqlite3
import stat
import subprocess
import time

import points
from environment import need
from kit import PAGE, Shelf, main, read, spoil, wait_for_log, wait_until, write
from pipelines import Run, detail, task_id
from tap import check, expect


# --- full disks ---------------------------------------------------------------

def full_disk(kit):
    """a full disk: nothing is submitted, and the error is WRITE"""
    kit.small_disk()
    ballast = kit.fill()
    for made in (False, True):
        if made:
            os.makedirs(kit.store, 0o700, exist_ok=True)
        kit.get_error('write', kit.store, 'Free disk space', billed='no')
        expect('requests', kit.count(), 0)
    os.unlink(ballast)
    kit.get_clip('submitted')
    kit.check_billed(1)


def full_for_clip(kit):
    """a disk with room for the ledger only: one task, and the same line ends with
    its clip when there is room"""
    kit.small_disk()
    shelf = Shelf(kit, 20 * PAGE)
    ballast = kit.fill(20)
    end = kit.run_line(shelf.line('large'))
    expect(f'the end {end}', detail(end, 'billed'), 'yes')
    check(task_id(end), f'no task id: {end}')
    again = kit.run_line(shelf.line('large'))
    expect('the end of the second run', again['text'], end['text'])
    kit.expect_states('submitted')
    os.unlink(ballast)
    shelf.get('large', 'resumed')
    shelf.check_billed()


def full_after_answer(kit):
    """a disk that is full when the host has answered: a warning with the id, and
    it is written as soon as there is room, at a poll"""
    kit.small_disk()
    kit.get_clip(prompt='before')
    kit.simulator.script({'on': 'submit', 'delay': 500},
                         {'on': 'poll', 'times': 3, 'delay': 300,
                          'state': 'processing'},
                         {'on': 'poll', 'delay': 60000})
    with kit.submitting() as run:
        ballast = kit.fill()
        run.wait_for('state pending')
        kit.expect_states('delivered', 'intent')
        os.unlink(ballast)
        polls = kit.count('poll')   # one of them was for the clip before
        wait_until(lambda: kit.count('poll') >= 5, 'polls')
        check(polls < 5, 'too late')
        check((kit.task(), 'submitted') in [row[:2] for row in kit.rows()], kit.rows())
        run.kill()
        expect('the end', run.end(), None)
    expect('the task', task_id(kit.get_clip('resumed')), kit.task())
    kit.check_billed(1)


def full_after_answer_to_end(kit):
    """a disk that is full from the answer on: the warning has the id, with which
    the next run goes on; without it that says that the outcome is unknown"""
    kit.small_disk()
    kit.get_clip(prompt='before')
    kit.simulator.script({'on': 'submit', 'delay': 500})
    with kit.submitting() as run:
        ballast = kit.fill()
        end = run.end()
    task = kit.task()
    expect(f'warnings with the id: {end}', len(
        [text for text in end['warnings'] if f'task-id={task}' in text]), 1)
    check(f'task-id={task}' in end['text'], end['text'])
    expect('billed, it says', detail(end, 'billed'), 'yes')
    os.unlink(ballast)
    with kit.silent():
        kit.get_error('failed', 'outcome is unknown', billed='unknown')
    kit.get_clip('resumed', task_id=task)
    kit.get_clip('reused')
    kit.check_billed(1)


# --- stopped before the answer is written down --------------------------------

def wait_for_row(kit, task):
    wait_until(lambda: (task, 'submitted') in [row[:2] for row in kit.rows()],
               f'task {task} in the ledger')


def stopped_full(kit):
    """stopped before the answer, and a disk that is full when it comes: stderr
    has the id; it is written as soon as there is room"""
    kit.small_disk()
    kit.get_clip(prompt='before')
    kit.simulator.script({'on': 'submit', 'delay': 1000})
    with kit.submitting('--stop') as run:
        ballast = kit.fill()
        run.send()
        run.wait_for('stopped')
        task = kit.task()
        wait_for_log(kit.bench.path('log'), f'task-id={task}')
        kit.expect_states('delivered', 'intent')
        os.unlink(ballast)
        wait_for_row(kit, task)
        run.kill()
    expect('the task', task_id(kit.get_clip('resumed')), task)
    kit.check_billed(1)


def take_over(other, task):
    """As a run does to which the user named the task alone."""
    other.execute(
        'INSERT INTO attempt (shot, provider, base_url, model, image, adopted,'
        ' created, submitted, state, task_id, billed, fault) SELECT ?, provider,'
        " base_url, model, 0, 1, created, created, 'submitted', ?, 'unknown', 'none'"
        ' FROM attempt'
        " WHERE state = 'intent'", ('0' * 64, task))
    other.execute('COMMIT')


def end_locked(kit, option, adopt=False, **settings):
    """Stops a run that has the answer, while another program has the ledger, and
    perhaps takes the task over.  (how it ended, the task)"""
    kit.get_clip(prompt=kit.bench.new('before'))
    kit.simulator.script({'on': 'submit', 'delay': 500})
    debug = kit.bench.new_path('debug')
    env = {'GST_DEBUG': 'hailuo:5', 'GST_DEBUG_FILE': debug}
    with kit.submitting(option, env=env, **settings) as run:
        other = sqlite3.connect(kit.database(), isolation_level=None)
        other.execute('BEGIN EXCLUSIVE')
        wait_for_log(debug, 'submit answered')
        run.send()
        run.wait_for('stopped' if option == '--stop' else 'ended')
        task = kit.task(-1)
        wait_for_log(kit.bench.path('log'), f'task-id={task}')
        if adopt:
            take_over(other, task)
        other.close()
        wait_for_row(kit, task)
        if adopt:
            expect('the task', task_id(kit.get_clip('resumed')), task)
        if option == '--stop':
            run.send()
        return run.end(), task


def stopped_locked(kit):
    """stopped when the answer is there, and another program has the ledger: the
    warning and stderr have the id, and it is written when the other is done"""
    for reuse in 'always', 'never':
        kit.prompt = kit.bench.new('locked')
        end, task = end_locked(kit, '--stop', reuse=reuse)
        texts = [text for text in end['warnings'] if f'task-id={task}' in text]
        expect(f'warnings with the id: {end}', len(texts), 1)
        check('before the answer of APIXO was recorded' in texts[0], texts[0])
        expect('the task', task_id(kit.get_clip('resumed')), task)
        kit.check_billed(1)


def adopted(kit):
    """the same, and the user has named the task for another shot by then: it is the
    shot's whose submit made it"""
    end_locked(kit, '--stop', adopt=True)
    kit.expect_states('delivered', 'delivered')
    kit.check_billed(1)


def ended_locked(kit):
    """the same with EOS: the error has the id, and tells what is true"""
    end, task = end_locked(kit, '--eos')
    for words in 'before the answer of APIXO was recorded', f'task-id={task}':
        check(words in end['text'], end['text'])
    check('answered' not in end['text'], end['text'])
    expect('billed', detail(end, 'billed'), 'yes')
    expect('the id', detail(end, 'task-id'), task)
    expect('the task', task_id(kit.get_clip('resumed')), task)
    kit.check_billed(1)


def any_room(kit):
    """a disk with room for 0 to 18 pages: one task at most at each, and the clip
    when there is room"""
    ends = []
    for pages in range(19):
        kit.small_disk()
        kit.prompt = kit.bench.new('room')
        ballast = kit.fill(pages)
        first = kit.run()
        ends.append(kit.bench.judge(first))
        billed = kit.simulator.billed(kit.prompt)
        expect(f'{pages} pages: {ends[-1]}: billed', billed,
               int('billed: no' not in ends[-1]))
        second = kit.run()
        os.unlink(ballast)
        settings = {}
        if kit.bench.judge(second) == 'unknown':
            # the ledger could not take the task id; then a warning has it
            ends[-1] += ', then unknown'
            settings['task_id'] = task_id(first)
            check(any(f'task-id={task_id(first)}' in text
                      for text in first['warnings']), f'{pages} pages: {first}')
        kit.get_clip(**settings)
        kit.get_clip('reused')
        kit.check_billed(1)
        kit.bench.unmount(kit.disk)
    kit.bench.tap.note('pages: ' + '; '.join(
        f'{pages} {end}' for pages, end in enumerate(ends)))
    check('clip' in ends, 'no run ended with the clip')


def full_at_never(kit):
    """a full disk and reuse=never: the clip that was paid before stays"""
    kit.small_disk()
    kit.get_clip('submitted')
    ballast = kit.fill()
    kit.get_error('write', billed='no', reuse='never')
    kit.check_billed(1)
    kit.get_clip('reused', reuse='only')
    os.unlink(ballast)
    kit.get_clip('reused')
    kit.check_billed(1)


def closed_disk(kit):
    """a read-only disk: nothing is submitted, the error is WRITE; a clip that the
    store has is played with reuse=only, listed, exported and quoted"""
    kit.small_disk()
    for made in (False, True):
        if made:
            kit.remount('rw')
            os.mkdir(kit.store, 0o700)
        kit.remount('ro')
        kit.get_error('write', kit.store, billed='no')
        kit.get_error('not-found', kit.store, billed='no', reuse='only')
        expect('requests', kit.count(), 0)
    kit.remount('rw')
    task = task_id(kit.get_clip('submitted'))
    kit.leave_unfinished(prompt='unfinished')
    # one that did not go downstream to its end
    with Run(kit.bench, '--stall') as run:
        run.send(kit.line(prompt='fetched'))
        run.wait_for('stalled')
    states = ['delivered', 'submitted', 'fetched']
    kit.expect_states(*states)
    kit.remount('ro')
    with kit.silent():
        for settings in {}, {'prompt': 'fetched'}, {'task_id': task, 'prompt': None}:
            for _ in range(2):
                kit.get_clip('reused', reuse='only', **settings)
        expect('stored', kit.run(dry_run=True)['states'][-1]['stored'], 'true')
        kit.get_error('not-found', reuse='only', prompt='unfinished')
        copy = kit.bench.new_path('copy')
        kit.shots('--export', task, copy)
        expect('the copy', os.path.getsize(copy), kit.bench.clip['bytes'])
        expect('the list', [one['state'] for one in kit.list()], states)
        kit.get_error('write', kit.store, billed='no', reuse='never')
        kit.get_error('write', kit.store, billed='no', prompt='another')
    kit.remount('rw')
    kit.get_clip('reused')
    kit.check_billed(1)


def closed_folder(kit):
    """a folder that may not be written or entered: nothing is submitted"""
    prefix = []
    os.mkdir(kit.store)
    if os.geteuid() == 0:
        need('setpriv')
        # root without the right to open what its mode closes
        prefix = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search',
                  '--']
    for mode in (0o500, 0o000):
        os.chmod(kit.store, mode)
        with Run(kit.bench, prefix=prefix) as run:
            end = run.run(kit.line())
            expect(f'the code of {end}', end['code'], 'write')
            check(kit.store in end['text'], end['text'])
    os.chmod(kit.store, 0o700)
    expect('requests', kit.count(), 0)


def untrusted_folder(kit):
    """a store that is a link, a file, another's or writable by others is refused
    by its name"""
    os.mkdir(kit.store, 0o700)

    def refuse(words, path=kit.store):
        kit.get_error('write', path, words, billed='no', store=path)

    for words in spoil(kit.bench, kit.store):
        refuse(words)
        if os.path.isfile(kit.store):
            refuse(words, kit.path('below'))
    if os.geteuid() != 0:
        refuse('belongs to another user', '/usr')
    expect('requests', kit.count(), 0)
    os.chmod(kit.store, 0o755)
    kit.get_clip('submitted')
    kit.check_billed(1)


def replaced_lock(kit):
    """a lock file that is a link, a FIFO, a folder, another's, or open to others
    is refused by its name; never a hang, never two tasks"""
    kit.get_clip()
    path = kit.file('.lock')
    for words in spoil(kit.bench, path):
        if os.path.isdir(path) or stat.S_ISSOCK(os.lstat(path).st_mode):
            words = 'cannot be opened'
        for reuse in 'always', 'never':
            kit.get_error('write', path, words, billed='no', reuse=reuse)
    kit.get_clip('reused')
    kit.check_billed(1)


def damaged_clip(kit):
    """a stored clip that is cut, empty, gone, changed or no file is fetched again
    or refused, at no cost"""
    kit.get_clip()
    path = kit.file('.mp4')
    clip = read(path)

    def turn(place):
        write(path, clip[:place] + bytes([clip[place] ^ 1]) + clip[place + 1:])

    for what, make in {
            'gone': lambda: None, 'empty': lambda: write(path, b''),
            'cut': lambda: write(path, clip[:-1]), 'half': lambda: write(path, clip[:7000]),
            'longer': lambda: write(path, clip + b'x'),
            'text': lambda: write(path, b'x' * len(clip)),
            'the first bit': lambda: turn(0),
            'a bit in the middle': lambda: turn(len(clip) // 2),
            'the last bit': lambda: turn(len(clip) - 1),
            'a link': lambda: os.symlink(kit.bench.args.clip, path),
            'a FIFO': lambda: os.mkfifo(path)}.items():
        os.unlink(path)
        make()
        with kit.silent():
            kit.get_error('not-found', 'or damaged', 'reuse=always', reuse='only')
        copy = kit.bench.new_path('copy')
        kit.shots('--export', kit.list()[0]['shot'], copy, status=1)
        check(not os.path.exists(copy), f'{what}: exported')
        kit.get_clip()
        kit.get_clip('reused', reuse='only')
    os.unlink(path)
    os.mkdir(path)
    end = kit.run()
    check(kit.store in end.get('text', ''), f'a folder: {end}')
    os.rmdir(path)
    kit.get_clip()
    kit.check_billed(1)


def replaced_part(kit):
    """a .part that is a folder is refused by its name, at no cost; a link is not
    followed"""
    kit.leave_unfinished()
    shot = kit.list()[0]['shot']
    path = kit.path('parts', shot + '.part')
    os.mkdir(path)
    end = kit.run()
    check(path in end.get('text', '') and task_id(end), str(end))
    os.rmdir(path)
    victim = kit.bench.new_path('victim')
    write(victim, b'precious')
    os.symlink(victim, path)
    kit.get_clip('resumed')
    expect('the file behind the link', read(victim), b'precious')
    kit.check_billed(1)


# --- clocks -----------------------------------------------------------------

# the last one is before 1970
SHIFTS = ('+3650d', '-3650d', '-25000d')


def preload():
    """Variables for a wrong clock."""
    need('faketime')
    done = subprocess.run(['faketime', '-f', '+0', 'sh', '-c', 'echo $LD_PRELOAD'],
                          capture_output=True, text=True)
    return {'LD_PRELOAD': done.stdout.strip(), 'FAKETIME_NO_CACHE': '1',
            'FAKETIME_DONT_FAKE_MONOTONIC': '1', 'DONT_FAKE_MONOTONIC': '1'}


def set_clock(stamp, shift):
    """Sets the clock of the processes that read @stamp; libfaketime ends one that
    finds it empty."""
    write(stamp + '.new', f'{shift}\n'.encode())
    os.replace(stamp + '.new', stamp)


def wrong_clock(kit):
    """a clock that is years off in one of two runs changes nothing"""
    clock = preload()
    for shift in SHIFTS:
        for first in (True, False):
            for unfinished in (True, False):
                kit.prompt = kit.bench.new('clock')
                for wrong in (first, not first):
                    env = {**clock, 'FAKETIME': shift} if wrong else None
                    settings = {'max_size': 1} if unfinished and wrong == first else {}
                    with Run(kit.bench, env=env) as run:
                        end = run.run(kit.line(**settings))
                    name = f'{shift}, {first}, {unfinished}: {end}'
                    if settings:
                        expect(name, end.get('code'), 'read')
                    else:
                        expect(name, kit.bench.judge(end), 'clip')
                kit.check_billed(1)


def jumping_clock(kit):
    """a clock that jumps for years while the host works changes nothing"""
    clock = preload()
    for shift in SHIFTS:
        kit.prompt = kit.bench.new('jump')
        stamp = kit.bench.new_path('stamp')
        set_clock(stamp, '+0d')
        kit.simulator.script({'on': 'poll', 'times': 2, 'delay': 200,
                              'state': 'processing'})
        env = {**clock, 'FAKETIME_TIMESTAMP_FILE': stamp}
        with Run(kit.bench, env=env) as run:
            begun = time.monotonic()
            run.send(kit.line())
            run.wait_for('state pending')
            set_clock(stamp, shift)
            kit.expect_clip(run.end())
            check(time.monotonic() - begun < 20, 'it took too long')
            kit.expect_clip(run.run(kit.line()))
        kit.get_clip('reused')
        kit.check_billed(1)


def clocks_of_two(kit):
    """two at once with reuse=unfinished buy one, though the clock of the one that
    waits is ahead of the other's, and may be set back meanwhile"""
    clock = preload()
    for ahead, then in ('+3s', '+3s'), ('+0s', '-5s'):
        kit.prompt = kit.bench.new('two')
        stamp, debug = kit.bench.new_path('stamp'), kit.bench.new_path('debug')
        set_clock(stamp, ahead)
        env = {**clock, 'FAKETIME_TIMESTAMP_FILE': stamp, 'GST_DEBUG': 'GST_BUS:5',
               'GST_DEBUG_FILE': debug}
        kit.simulator.script({'on': 'submit', 'delay': 1000})
        with Run(kit.bench, env=env) as second, kit.submitting(reuse='unfinished') as first:
            second.send(kit.line(reuse='unfinished'))
            wait_for_log(debug, 'Waiting')
            set_clock(stamp, then)
            kit.expect_clip(first.end(), second.end())
        kit.check_billed(1)


# --- deaths -----------------------------------------------------------------

def forgotten_task(kit):
    """a task that the host forgot: NOT_FOUND with its id, and no other task"""
    kit.simulator.script({'on': 'poll', 'status': 404, 'times': 0})
    first = kit.get_error('not-found', billed='yes')
    expect('the task id', detail(first, 'task-id'), kit.task())
    again = kit.get_error('not-found', billed='yes')
    expect('the second run', again['text'], first['text'])
    kit.check_billed(1)


def killed_before_end(kit):
    """killed between the download and EOS: unfinished and always play the clip
    from the store"""
    for reuse in ('unfinished', 'always', 'only'):
        kit.renew()
        with Run(kit.bench, '--stall') as run:
            run.send(kit.line())
            run.wait_for('stalled')
            run.kill()
        kit.expect_states('fetched')
        with kit.silent():
            kit.get_clip('reused', reuse=reuse)
        kit.expect_states('delivered')
        kit.check_billed(1)


def killed_while_made(kit):
    """killed while the host works: the next run resumes the task"""
    for reuse in ('unfinished', 'always'):
        kit.renew()
        kit.simulator.script({'on': 'task', 'work': 12000})
        with Run(kit.bench) as run:
            run.send(kit.line())
            run.wait_for('state pending')
            run.kill()
        kit.get_error('not-found', reuse='only')
        kit.get_clip('resumed', reuse=reuse)
        kit.check_billed(1)


# --- disks that do not keep -----------------------------------------------------

def not_synced(kit):
    """a disk that syncs nothing from some moment on: nothing is sent that is not
    kept, and nothing is sent twice"""
    need('strace')
    kit.get_clip(prompt='another')  # the files are there
    ends = collections.Counter()
    for number in range(1, 16):
        kit.prompt = kit.bench.new('synced')
        submits = kit.count('submit')
        _, end, _ = points.trace(kit.bench, kit.line(), f'error=EIO:when={number}+',
                                 'fdatasync')
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


def clip_not_synced(kit):
    """a new take of the same bytes, and the folder of the clips cannot be synced:
    the clip that was there before is whole"""
    need('strace')
    first = task_id(kit.get_clip('submitted'))
    _, end, text = points.trace(kit.bench, kit.line(reuse='never'), 'error=EIO', 'fsync',
                                path=kit.path('clips'))
    expect(f'{end}', kit.bench.judge(end), 'error write, billed: yes')
    check('(INJECTED)' in text, 'not reached')
    kit.expect_states('delivered', 'submitted')
    kit.get_clip('reused', reuse='only', task_id=first)
    expect('the task', task_id(kit.get_clip('resumed')), task_id(end))
    kit.check_billed(2)


sys.exit(main(
    __doc__, full_disk, full_for_clip, full_after_answer, full_after_answer_to_end,
    stopped_full, stopped_locked, adopted, ended_locked, any_room, full_at_never,
    closed_disk, closed_folder, untrusted_folder, replaced_lock, damaged_clip,
    replaced_part, wrong_clock, jumping_clock, clocks_of_two, forgotten_task,
    killed_before_end, killed_while_made, not_synced, clip_not_synced))
