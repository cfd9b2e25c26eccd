#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stores that are full, closed, broken or not to be trusted, clocks that are
wrong, and a process that dies with the clip in its hands: nothing is paid
twice, and nothing is paid that could not be kept.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
import os
import sqlite3
import subprocess
import time

from harness import Bench, Kit, Run, Shelf, check, detail, expect, lacks, task_id

PAGE = 4096
PATIENCE = 30   # seconds, for what takes one


def fill(folder, leave):
    """All of a small tmpfs but so many pages."""
    path = os.path.join(folder, 'ballast')
    about = os.statvfs(folder)
    with open(path, 'wb') as file:
        file.write(bytes(max(about.f_bavail - leave, 0) * PAGE))
    expect('pages left', os.statvfs(folder).f_bavail, leave)
    return path


def mount(kit, *options, size='256k'):
    """A small disk with the store on it.  A text: why not."""
    why = lacks('mount', root=True)
    if why is None:
        try:
            folder = kit.bench.mount('-t', 'tmpfs', '-o', ','.join(
                (f'size={size}', 'mode=700') + options), 'none')
        except OSError as problem:
            why = f'no mounts here: {problem}'
    if why is None:
        kit.store = os.path.join(folder, 'store')
        return folder, None
    return None, why


def full_disk(kit):
    """a full disk: nothing is submitted, and the error is WRITE"""
    folder, why = mount(kit)
    if why:
        return why
    ballast = fill(folder, 0)
    for made in (False, True):
        if made:
            os.makedirs(kit.store, 0o700, exist_ok=True)
        kit.get_error('write', kit.store, 'Free disk space', billed='no')
        kit.check_silent()
    os.unlink(ballast)
    kit.get_clip('submitted')
    kit.check_billed(1)


def full_for_clip(kit):
    """a disk with room for the ledger only: one task, and the same line ends with
    its clip when there is room"""
    folder, why = mount(kit)
    if why:
        return why
    shelf = Shelf(kit, 20 * PAGE)
    ballast = fill(folder, 20)
    end = kit.run_line(shelf.line('large'))
    expect(f'the end {end}', detail(end, 'billed'), 'yes')
    check(task_id(end), f'no task id: {end}')
    again = kit.run_line(shelf.line('large'))
    expect('the end of the second run', again['text'], end['text'])
    expect('the states', kit.states(), ['submitted'])
    os.unlink(ballast)
    shelf.get('large', 'resumed')
    shelf.check_billed()


def full_after_answer(kit):
    """a disk that is full when the host has answered: a warning with the id, and
    it is written as soon as there is room, at a poll"""
    folder, why = mount(kit)
    if why:
        return why
    kit.get_clip(prompt='before')
    kit.simulator.script({'on': 'submit', 'delay': 500},
                         {'on': 'poll', 'times': 3, 'delay': 300,
                          'state': 'processing'},
                         {'on': 'poll', 'delay': 60000})
    with Run(kit.bench) as run:
        run.send(kit.line())
        while kit.count('submit') < 2:
            pass
        ballast = fill(folder, 0)
        run.wait_for('state pending')
        task = kit.simulator.tasks(kit.prompt)[0]['id']
        expect('the states', kit.states(), ['delivered', 'intent'])
        os.unlink(ballast)
        polls = kit.count('poll')   # one of them was for the clip before
        while kit.count('poll') < 5:
            pass
        check(polls < 5, 'too late')
        expect('the ledger', kit.query(
            f"SELECT state FROM attempt WHERE task_id = '{task}'"), [('submitted',)])
        run.kill()
        expect('the end', run.end(), None)
    expect('the task', task_id(kit.get_clip('resumed')), task)
    kit.check_billed(1)


def full_after_answer_to_end(kit):
    """a disk that is full from the answer on: the warning has the id, with which
    the next run goes on; without it that says that the outcome is unknown"""
    folder, why = mount(kit)
    if why:
        return why
    kit.get_clip(prompt='before')
    kit.simulator.script({'on': 'submit', 'delay': 500})
    with Run(kit.bench) as run:
        run.send(kit.line())
        while kit.count('submit') < 2:
            pass
        ballast = fill(folder, 0)
        end = run.end()
    task = kit.simulator.tasks(kit.prompt)[0]['id']
    expect(f'warnings with the id: {end}', len(
        [text for text in end['warnings'] if f'task-id={task}' in text]), 1)
    check(f'task-id={task}' in end['text'], end['text'])
    expect('billed, it says', detail(end, 'billed'), 'yes')
    os.unlink(ballast)
    requests = kit.count()
    kit.get_error('failed', 'outcome is unknown', billed='unknown')
    expect('requests', kit.count(), requests)
    kit.get_clip('resumed', task_id=task)
    kit.get_clip('reused')
    kit.check_billed(1)


# --- stopped before the answer is written down --------------------------------

def wait_for_log(path, words):
    """Until a process has written them."""
    until = time.monotonic() + PATIENCE
    while True:
        if os.path.exists(path):
            with open(path, errors='replace') as log:
                if words in log.read():
                    return
        check(time.monotonic() < until, f'never in {path}: {words}')


def wait_for_row(kit, task):
    until = time.monotonic() + PATIENCE
    while not kit.query(f"SELECT 1 FROM attempt WHERE task_id = '{task}'"
                        " AND state = 'submitted'"):
        check(time.monotonic() < until, f'task {task} is not written down')


def stopped_full(kit):
    """stopped before the answer, and a disk that is full when it comes: stderr
    has the id; it is written as soon as there is room"""
    folder, why = mount(kit)
    if why:
        return why
    kit.get_clip(prompt='before')
    kit.simulator.script({'on': 'submit', 'delay': 1000})
    with Run(kit.bench, '--stop') as run:
        run.send(kit.line())
        while kit.count('submit') < 2:
            pass
        ballast = fill(folder, 0)
        run.send()
        run.wait_for('stopped')
        task = kit.simulator.tasks(kit.prompt)[0]['id']
        wait_for_log(kit.bench.path('log'), f'task-id={task}')
        expect('the states', kit.states(), ['delivered', 'intent'])
        os.unlink(ballast)
        wait_for_row(kit, task)
        run.kill()
    expect('the task', task_id(kit.get_clip('resumed')), task)
    kit.check_billed(1)
    return None


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
    submits = kit.count('submit')
    kit.simulator.script({'on': 'submit', 'delay': 500})
    debug = kit.bench.new_path('debug')
    env = {'GST_DEBUG': 'hailuo:5', 'GST_DEBUG_FILE': debug}
    with Run(kit.bench, option, env=env) as run:
        run.send(kit.line(**settings))
        while kit.count('submit') == submits:
            pass
        other = sqlite3.connect(kit.database(), isolation_level=None)
        other.execute('BEGIN EXCLUSIVE')
        wait_for_log(debug, 'submit answered')
        run.send()
        run.wait_for('stopped' if option == '--stop' else 'ended')
        task = kit.simulator.tasks(kit.prompt)[-1]['id']
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
    expect('the states', kit.states(), ['delivered', 'delivered'])
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
        folder, why = mount(kit)
        if why:
            return why
        kit.prompt = kit.bench.new('room')
        ballast = fill(folder, pages)
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
        kit.bench.unmount(folder)
    kit.bench.tap.note('pages: ' + '; '.join(
        f'{pages} {end}' for pages, end in enumerate(ends)))
    check('clip' in ends, 'no run ended with the clip')


def full_at_never(kit):
    """a full disk and reuse=never: the clip that was paid before stays"""
    folder, why = mount(kit)
    if why:
        return why
    kit.get_clip('submitted')
    ballast = fill(folder, 0)
    kit.get_error('write', billed='no', reuse='never')
    kit.check_billed(1)
    kit.get_clip('reused', reuse='only')
    os.unlink(ballast)
    kit.get_clip('reused')
    kit.check_billed(1)


def closed_disk(kit):
    """a read-only disk: nothing is submitted, the error is WRITE; a clip that the
    store has is played with reuse=only, listed, exported and quoted"""
    folder, why = mount(kit)
    if why:
        return why

    def remount(mode):
        subprocess.run(['mount', '-o', f'remount,{mode}', folder], check=True)

    for made in (False, True):
        if made:
            remount('rw')
            os.mkdir(kit.store, 0o700)
        remount('ro')
        kit.get_error('write', kit.store, billed='no')
        kit.get_error('not-found', kit.store, billed='no', reuse='only')
        kit.check_silent()
    remount('rw')
    task = task_id(kit.get_clip('submitted'))
    kit.leave_unfinished(prompt='unfinished')
    # one that did not go downstream to its end
    with Run(kit.bench, '--stall') as run:
        run.send(kit.line(prompt='fetched'))
        run.wait_for('stalled')
    states = kit.states()
    expect('the states', states, ['delivered', 'submitted', 'fetched'])
    remount('ro')
    requests = kit.count()
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
    expect('requests', kit.count(), requests)
    remount('rw')
    kit.get_clip('reused')
    kit.check_billed(1)


def closed_folder(kit):
    """a folder that may not be written or entered: nothing is submitted"""
    prefix = []
    os.mkdir(kit.store)
    if os.geteuid() == 0:
        why = lacks('setpriv')
        if why:
            return why
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
    kit.check_silent()


def untrusted_folder(kit):
    """a store that is a link, a file, another's or writable by others is refused
    by its name"""
    store = kit.store
    good = kit.bench.new_path('good')
    os.mkdir(good, 0o700)

    def refuse(words, path=store):
        kit.get_error('write', path, words, billed='no', store=path)
        kit.check_silent()

    os.symlink(good, store)
    refuse('is a symbolic link')
    os.unlink(store)
    os.symlink(store + '-nowhere', store)
    refuse('is a symbolic link')
    os.unlink(store)
    open(store, 'w').close()
    refuse('is not a directory')
    refuse('is not a directory', store + '/below')
    os.unlink(store)
    os.mkfifo(store)
    refuse('is not a directory')
    os.unlink(store)
    os.mkdir(store)
    for mode in (0o777, 0o1777, 0o770, 0o702):
        os.chmod(store, mode)
        refuse('is writable by others')
    if os.geteuid() == 0:
        os.chmod(store, 0o700)
        os.chown(store, 65534, 65534)
        refuse('belongs to another user')
        os.chown(store, 0, 0)
    else:
        refuse('belongs to another user', '/usr')
    os.chmod(store, 0o755)
    kit.get_clip('submitted')
    kit.check_billed(1)


def replaced_lock(kit):
    """a lock file that is a link, a FIFO, a folder, another's, or open to others
    is refused by its name; never a hang, never two tasks"""
    kit.get_clip()
    path = kit.file('.lock')

    def make(mode, owner=-1):
        open(path, 'w').close()
        os.chmod(path, mode)
        os.chown(path, owner, owner)

    makers = {
        'is a symbolic link': lambda: os.symlink(kit.database(), path),
        'is not a regular file': lambda: os.mkfifo(path),
        'is writable by others': lambda: make(0o620),
        'is readable by others': lambda: make(0o644),
        'cannot be opened': lambda: os.mkdir(path),
    }
    if os.geteuid() == 0:
        makers['belongs to another user'] = lambda: make(0o600, 65534)
    for words, maker in makers.items():
        os.unlink(path)
        maker()
        kit.get_error('write', path, words, billed='no')
        kit.get_error('write', path, words, billed='no', reuse='never')
        if os.path.isdir(path):
            os.rmdir(path)
            make(0o600)
    os.unlink(path)
    kit.get_clip('reused')
    kit.check_billed(1)


def damaged_clip(kit):
    """a stored clip that is cut, empty, gone, changed or no file is fetched again
    or refused, at no cost"""
    kit.get_clip()
    path = kit.file('.mp4')
    with open(path, 'rb') as file:
        clip = file.read()

    def write(data):
        with open(path, 'wb') as file:
            os.chmod(path, 0o600)
            file.write(data)

    def turn(place):
        write(clip[:place] + bytes([clip[place] ^ 1]) + clip[place + 1:])

    for what, make in {
            'gone': lambda: None, 'empty': lambda: write(b''),
            'cut': lambda: write(clip[:-1]), 'half': lambda: write(clip[:7000]),
            'longer': lambda: write(clip + b'x'),
            'text': lambda: write(b'x' * len(clip)),
            'the first bit': lambda: turn(0),
            'a bit in the middle': lambda: turn(len(clip) // 2),
            'the last bit': lambda: turn(len(clip) - 1),
            'a link': lambda: os.symlink(kit.bench.args.clip, path),
            'a FIFO': lambda: os.mkfifo(path)}.items():
        os.unlink(path)
        make()
        requests = kit.count()
        kit.get_error('not-found', 'or damaged', 'reuse=always', reuse='only')
        expect(f'{what}: requests with reuse=only', kit.count(), requests)
        copy = kit.bench.new_path('copy')
        kit.shots('--export', kit.list()[0]['shot'], copy, status=1)
        check(not os.path.exists(copy), f'{what}: exported')
        expect(what, kit.bench.judge(kit.run()), 'clip')
        expect(what, kit.bench.judge(kit.run(reuse='only')), 'clip')
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
    path = os.path.join(kit.store, 'parts', shot + '.part')
    os.mkdir(path)
    end = kit.run()
    check(path in end.get('text', '') and task_id(end), str(end))
    os.rmdir(path)
    victim = kit.bench.new_path('victim')
    with open(victim, 'w') as file:
        file.write('precious')
    os.symlink(victim, path)
    kit.get_clip('resumed')
    with open(victim) as file:
        expect('the file behind the link', file.read(), 'precious')
    kit.check_billed(1)


# --- clocks -----------------------------------------------------------------

# the last one is before 1970
SHIFTS = ('+3650d', '-3650d', '-25000d')


def preload():
    """(environment for a wrong clock, why there is none)"""
    why = lacks('faketime')
    if why:
        return None, why
    done = subprocess.run(['faketime', '-f', '+0', 'sh', '-c', 'echo $LD_PRELOAD'],
                          capture_output=True, text=True)
    return {'LD_PRELOAD': done.stdout.strip(), 'FAKETIME_NO_CACHE': '1',
            'FAKETIME_DONT_FAKE_MONOTONIC': '1', 'DONT_FAKE_MONOTONIC': '1'}, None


def set_clock(stamp, shift):
    """Sets the clock of the processes that read @stamp; libfaketime ends one that
    finds it empty."""
    with open(stamp + '.new', 'w') as file:
        file.write(shift + '\n')
    os.replace(stamp + '.new', stamp)


def wrong_clock(kit):
    """a clock that is years off in one of two runs changes nothing"""
    clock, why = preload()
    if why:
        return why
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
    clock, why = preload()
    if why:
        return why
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
            end = run.end()
            expect(f'{shift}: {end}', kit.bench.judge(end), 'clip')
            check(time.monotonic() - begun < 20, 'it took too long')
            expect('a second run', kit.bench.judge(run.run(kit.line())), 'clip')
        kit.get_clip('reused')
        kit.check_billed(1)


def clocks_of_two(kit):
    """two at once with reuse=unfinished buy one, though the clock of the one that
    waits is ahead of the other's, and may be set back meanwhile"""
    clock, why = preload()
    if why:
        return why
    for ahead, then in ('+3s', '+3s'), ('+0s', '-5s'):
        kit.prompt = kit.bench.new('two')
        stamp = kit.bench.new_path('stamp')
        set_clock(stamp, ahead)
        debug = kit.bench.new_path('debug')
        env = {**clock, 'FAKETIME_TIMESTAMP_FILE': stamp, 'GST_DEBUG': 'GST_BUS:5',
               'GST_DEBUG_FILE': debug}
        kit.simulator.script({'on': 'submit', 'delay': 1000})
        submits = kit.count('submit')
        with Run(kit.bench) as first, Run(kit.bench, env=env) as second:
            first.send(kit.line(reuse='unfinished'))
            while kit.count('submit') == submits:
                pass
            second.send(kit.line(reuse='unfinished'))
            wait_for_log(debug, 'another')
            set_clock(stamp, then)
            for run in first, second:
                expect('the end', kit.bench.judge(run.end()), 'clip')
        kit.check_billed(1)


# --- deaths -----------------------------------------------------------------

def forgotten_task(kit):
    """a task that the host forgot: NOT_FOUND with its id, and no other task"""
    kit.simulator.script({'on': 'poll', 'status': 404, 'times': 0})
    first = kit.get_error('not-found', billed='yes')
    expect('the task id', detail(first, 'task-id'),
           kit.simulator.tasks(kit.prompt)[0]['id'])
    again = kit.get_error('not-found', billed='yes')
    expect('the second run', again['text'], first['text'])
    kit.check_billed(1)


def killed_before_end(kit):
    """killed between the download and EOS: unfinished and always play the clip
    from the store"""
    for reuse in ('unfinished', 'always', 'only'):
        kit.prompt, kit.store = kit.bench.new('killed'), kit.bench.new_path('store')
        with Run(kit.bench, '--stall') as run:
            run.send(kit.line())
            run.wait_for('stalled')
            run.kill()
            expect('the end', run.end(), None)
        expect('the states', kit.states(), ['fetched'])
        requests = kit.count()
        kit.get_clip('reused', reuse=reuse)
        expect('new requests', kit.count(), requests)
        expect('the states', kit.states(), ['delivered'])
        kit.check_billed(1)


def killed_while_made(kit):
    """killed while the host works: the next run resumes the task"""
    for reuse in ('unfinished', 'always'):
        kit.prompt, kit.store = kit.bench.new('killed'), kit.bench.new_path('store')
        kit.simulator.script({'on': 'poll', 'delay': 2000})
        with Run(kit.bench) as run:
            run.send(kit.line())
            run.wait_for('state pending')
            run.kill()
            expect('the end', run.end(), None)
        kit.get_error('not-found', reuse='only')
        kit.get_clip('resumed', reuse=reuse)
        kit.check_billed(1)


def main():
    bench = Bench(__doc__, shots='hailuo-shots')
    kit = Kit(bench)
    for case in (
            full_disk, full_for_clip, full_after_answer, full_after_answer_to_end,
            stopped_full, stopped_locked, adopted, ended_locked,
            any_room, full_at_never, closed_disk, closed_folder, untrusted_folder,
            replaced_lock, damaged_clip, replaced_part, wrong_clock,
            jumping_clock, clocks_of_two, forgotten_task, killed_before_end, killed_while_made):
        kit(case)
    return bench.tap.end()


if __name__ == '__main__':
    sys.exit(main())
