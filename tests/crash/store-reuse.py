#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the store is for: the ways to reuse a clip, takes, hosts, adopted tasks,
unknown outcomes, eviction, dry runs, and hailuo-shots.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
import fcntl
import hashlib
import os
import socket
import subprocess

from harness import (Bench, Kit, Run, Shelf, check, detail, expect, task_id)


# what the second host makes of a prompt needs an image
HOSTS = {'apixo': {'provider': 'apixo'},
         'apiinone': {'provider': 'apiinone', 'image': 'http://127.0.0.1:1/a.png'}}


class Listener:
    """A port that counts connections and answers none."""

    def __init__(self):
        self.socket = socket.create_server(('127.0.0.1', 0), backlog=64)
        self.socket.setblocking(False)
        origin_url = f'http://127.0.0.1:{self.socket.getsockname()[1]}'
        self.base = {'apixo': origin_url + '/api/v1', 'apiinone': origin_url}

    def count(self):
        connections = 0
        while True:
            try:
                self.socket.accept()[0].close()
                connections += 1
            except BlockingIOError:
                return connections

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.socket.close()


def get_state(kit):
    states = kit.states()
    check(len(states) == 1, f'attempts: {states}')
    return states[0]


def list_files(kit):
    return sorted(os.path.relpath(os.path.join(folder, name), kit.store)
                  for folder, _, names in os.walk(kit.store) for name in names)


# --- reuse ------------------------------------------------------------------

def reuse_always(kit):
    """reuse=always: the second run sends nothing and says so"""
    first = kit.get_clip('submitted')
    requests = kit.count()
    again = kit.get_clip('reused')
    expect('requests of the second run', kit.count(), requests)
    expect('the task id', task_id(again), task_id(first))
    check(again['progress'] and all('Reused' in text for text in again['progress']),
          f'the progress does not say so: {again["progress"]}')
    expect('the states', {state['origin'] for state in again['states']}, {'reused'})
    kit.check_billed(1)


def reuse_only(kit):
    """reuse=only: an error at once with no connection, or the clip with none"""
    with Listener() as listener:
        for settings in ({}, {'task_id': 'task-1'},
                         {'task_id': 'task-1', 'prompt': None}):
            end = kit.get_error('not-found', kit.store, 'reuse=only', billed='no',
                                reuse='only', simulator=listener,
                                api_key=None, **settings)
            expect('states', [state['state'] for state in end['states']
                              if state['state'] != 'failed'], [])
        expect('connections', listener.count(), 0)
        check(not os.path.exists(kit.store), 'the store was made')
        # what one host made is no clip of another
        kit.get_clip('submitted')
        kit.get_error('not-found', reuse='only', simulator=listener)
        expect('connections', listener.count(), 0)
    requests = kit.count()
    kit.get_clip('reused', reuse='only', api_key=None)
    expect('requests', kit.count(), requests)
    kit.leave_unfinished(prompt='another')
    requests = kit.count()
    kit.get_error('not-found', reuse='only', prompt='another')
    expect('requests', kit.count(), requests)


def reuse_never(kit):
    """reuse=never twice: two are billed, and the first clip can still be had"""
    first = kit.get_clip('submitted', reuse='never')
    second = kit.get_clip('submitted', reuse='never')
    kit.check_billed(2)
    check(task_id(first) != task_id(second), 'the same task')
    records = {record['task_id']: record for record in kit.list()}
    expect('the tasks in the list', set(records), {task_id(first), task_id(second)})
    requests = kit.count()
    for task, record in records.items():
        expect(f'size of {task}', record['size'], kit.bench.clip['bytes'])
        path = kit.bench.new_path('exported')
        kit.shots('--export', record['shot'], path)
        with open(path, 'rb') as file:
            expect('the exported clip', hashlib.sha256(file.read()).hexdigest(),
                   kit.bench.clip['sha256'])
        again = kit.get_clip('reused', task_id=task)
        expect('the task id', task_id(again), task)
    expect('the task of the plain line', task_id(kit.get_clip('reused')),
           task_id(second))
    expect('requests', kit.count(), requests)
    kit.check_billed(2)


def never_after_unfinished(kit):
    """reuse=never leaves an unfinished task to its id"""
    kit.leave_unfinished()
    first = kit.list()[0]['task_id']
    kit.get_clip('submitted', reuse='never')
    kit.get_clip('resumed', task_id=first)
    kit.get_clip('reused')
    kit.check_billed(2)
    expect('the states', kit.states(), ['delivered', 'delivered'])


def reuse_unfinished(kit):
    """reuse=unfinished: picks up what was not delivered, and only that"""
    kit.leave_unfinished()
    expect('the state', get_state(kit), 'submitted')
    kit.get_clip('resumed', reuse='unfinished')
    expect('the state', get_state(kit), 'delivered')
    kit.check_billed(1)
    kit.get_clip('submitted', reuse='unfinished')
    kit.check_billed(2)
    expect('the states', kit.states(), ['delivered', 'delivered'])


def takes(kit):
    """another take is another task, and each is kept"""
    tasks = [task_id(kit.get_clip('submitted', take=take)) for take in (1, 2, 3)]
    kit.check_billed(3)
    for take, task in enumerate(tasks, 1):
        expect('the task', task_id(kit.get_clip('reused', take=take)), task)
    kit.check_billed(3)


def other_shots(kit):
    """each setting of the shot makes it another; where and how it is made does
    not"""
    kit.get_clip('submitted')
    shots = [{'duration': 10}, {'mode': 'pro-text-to-video'},
             {'model': 'hailuo-2-3-fast', 'mode': 'standard-image-to-video',
              'image': 'http://127.0.0.1:1/a.png'},
             {'routing': 'value'}, {'prompt': kit.prompt + ' '}]
    for number, shot in enumerate(shots, 2):
        kit.get_clip('submitted', **shot)
        expect(f'billed with {shot}', len(kit.simulator.get('/ledger')['tasks']),
               number)
    for way in ({'timeout': 99}, {'retries': 1}, {'max_size': 10 ** 6},
                {'base_url': kit.simulator.base['apixo'] + '/'},
                {'resolution': '768p'}, {'mode': 'standard-text-to-video'},
                {'model': 'hailuo-2-3'}):
        kit.get_clip('reused', **way)
    expect('billed', len(kit.simulator.get('/ledger')['tasks']), len(shots) + 1)


def dry_run(kit):
    """dry-run: the price and whether the store has it; no connection, no file"""
    with Listener() as listener:
        end = kit.run(dry_run=True, simulator=listener, api_key=None)
        expect('the end', end['end'], 'eos')
        expect('the state', [state['state'] for state in end['states']], ['quoted'])
        expect('the cost', round(float(end['states'][0]['cost']), 3), 0.336)
        expect('stored', end['states'][0]['stored'], 'false')
        expect('bytes', end['clips'][0]['bytes'], 0)
        expect('connections', listener.count(), 0)
    check(not os.path.exists(kit.store), 'the store was made')
    kit.get_clip('submitted')
    files = list_files(kit)
    requests = kit.count()
    expect('stored', kit.run(dry_run=True)['states'][0]['stored'], 'true')
    expect('requests', kit.count(), requests)
    expect('files', list_files(kit), files)
    kit.check_billed(1)


# --- hosts and ids ----------------------------------------------------------

def two_hosts(kit):
    """the same shot at two hosts, and at two addresses: an attempt for each"""
    other = kit.bench.simulator()
    tasks = {}
    for host in (kit.simulator, other):
        for provider, shot in HOSTS.items():
            end = kit.get_clip('submitted', simulator=host, **shot)
            tasks[host, provider] = task_id(end)
    expect('billed at the other', other.billed(kit.prompt), 2)
    kit.check_billed(2)
    expect('attempts', {(record['base_url'], record['provider'], record['task_id'])
                       for record in kit.list()},
           {(host.base[provider], provider, task)
            for (host, provider), task in tasks.items()})
    for (host, provider), task in tasks.items():
        end = kit.get_clip('reused', simulator=host, **HOSTS[provider])
        expect('the task', task_id(end), task)
    expect('billed at the other', other.billed(kit.prompt), 2)
    kit.check_billed(2)


def attach(kit):
    """task-id fetches a task that the store does not know, with and without a
    prompt, and plays it from the store then"""
    for prompt in (kit.prompt, None):
        for shot in HOSTS.values():
            store = kit.bench.new_path('store')
            made = kit.get_clip('submitted', store=store, **{
                **shot, 'prompt': kit.bench.new('made')})
            adopt = {'task_id': task_id(made), 'prompt': prompt, **shot}
            submits = kit.count('submit')
            end = kit.get_clip('resumed', **adopt)
            expect('the task id', task_id(end), task_id(made))
            requests = kit.count()
            kit.get_clip('reused', **adopt)
            kit.get_clip('reused', reuse='only', **adopt)
            expect('requests', kit.count(), requests)
            kit.get_clip('resumed', reuse='never', **adopt)
            expect('submits', kit.count('submit'), submits)
    # what was adopted beside a prompt, and nothing else was there, is that shot's
    kit.get_clip('reused')
    kit.check_billed(0)


def attach_stored(kit):
    """task-id without a prompt plays the clip of the shot that has it"""
    task = task_id(kit.get_clip('submitted'))
    requests = kit.count()
    kit.get_clip('reused', task_id=task, prompt=None, reuse='only')
    kit.get_clip('reused', task_id=task, prompt=None)
    expect('requests', kit.count(), requests)


def wrong_ids(kit):
    """a task id that the host does not know is NOT_FOUND, one that is none is
    refused; nothing is submitted or kept"""
    for prompt in (kit.prompt, None):
        end = kit.get_error('not-found', billed='unknown', task_id='no-such-task',
                            prompt=prompt)
        expect('the task id', detail(end, 'task-id'), 'no-such-task')
        kit.get_error('settings', 'task-id', task_id='a/../b', prompt=prompt)
        expect('attempts', kit.list(), [])
    expect('submits', kit.count('submit'), 0)


# --- unknown outcomes -------------------------------------------------------

def make_unknown(kit, billed=True):
    """Its submit is billed, and the answer is lost."""
    kit.prompt, kit.store = kit.bench.new('unknown'), kit.bench.new_path('store')
    kit.simulator.script({'on': 'submit', 'drop': True, 'billed': billed})
    first = kit.get_error('failed', billed='unknown')
    requests = kit.count()
    for _ in range(2):
        again = kit.get_error('failed', 'task-id', 'take', 'reuse=never',
                              billed='unknown')
        for reuse in ('unfinished', 'always'):
            kit.get_error('failed', billed='unknown', reuse=reuse)
    record = kit.list()[0]
    for text in (first['text'], again['text']):
        check(record['shot'][:12] in text, f'the shot is not named: {text}')
    expect('requests', kit.count(), requests)
    kit.check_billed(int(billed))
    expect('unfinished', [record['state'] for record in kit.list('--unfinished')],
           ['intent'])


def unknown_task_id(kit):
    """an unknown outcome, and the task was made: task-id picks it up"""
    make_unknown(kit)
    task = kit.simulator.tasks(kit.prompt)[0]['id']
    kit.get_clip('resumed', task_id=task)
    expect('the state', get_state(kit), 'delivered')
    expect('the task', task_id(kit.get_clip('reused')), task)
    kit.check_billed(1)


def unknown_never(kit):
    """an unknown outcome, and the user says that no task was made: reuse=never"""
    for billed in (False, True):
        make_unknown(kit, billed)
        kit.get_clip('submitted', reuse='never')
        kit.check_billed(1 + billed)
        kit.get_clip('reused')
        kit.check_billed(1 + billed)
        # what is not known stays on the list
        expect('the states', kit.states(), ['intent', 'delivered'])


def unknown_take(kit):
    """an unknown outcome is left alone by another take"""
    make_unknown(kit)
    kit.get_clip('submitted', take=2)
    kit.check_billed(2)
    kit.get_error('failed', billed='unknown')
    kit.check_billed(2)


def unknown_forget(kit):
    """an unknown outcome that is forgotten is submitted anew"""
    make_unknown(kit, False)
    kit.shots('--forget', kit.list()[0]['shot'][:12])
    kit.get_clip('submitted')
    kit.check_billed(1)


# --- eviction ---------------------------------------------------------------

def evict_oldest(kit):
    """store-max-size: the clip that was used longest ago goes, its attempt stays,
    and it can be fetched again at no cost"""
    shelf = Shelf(kit)
    room = 3 * shelf.size
    for name in 'abc':
        shelf.get(name, 'submitted', store_max_size=room)
    shelf.get('a', 'reused', store_max_size=room)
    shelf.get('d', 'submitted', store_max_size=room)
    expect('clips', shelf.names(), ['a', 'c', 'd'])
    shelf.get('e', 'submitted', store_max_size=room)
    expect('clips', shelf.names(), ['a', 'd', 'e'])
    expect('the states', kit.states(), ['delivered'] * 5)
    shelf.get('b', 'resumed', store_max_size=room)
    expect('clips', shelf.names(), ['b', 'd', 'e'])
    shelf.get('b', 'reused', store_max_size=room)
    expect('the states', kit.states(), ['delivered'] * 5)
    shelf.check_billed()


def evict_not_used(kit):
    """store-max-size: a clip that is being played or was not delivered stays"""
    shelf = Shelf(kit)
    with Run(kit.bench, '--stall') as player:
        shelf.get('played', 'submitted')
        player.send(shelf.line('played'))
        player.wait_for('stalled')
        with Run(kit.bench, '--stall') as victim:
            victim.send(shelf.line('undelivered'))
            victim.wait_for('stalled')
        shelf.get('delivered', 'submitted')
        shelf.get('last', 'submitted', store_max_size=1)
        expect('clips', shelf.names(), ['last', 'played', 'undelivered'])
        player.send()
        expect('the player', player.end()['clips'][0]['sha256'],
               shelf.sums['played'])
    requests = shelf.count()
    shelf.get('undelivered', 'reused', store_max_size=1)
    expect('requests', shelf.count(), requests)
    shelf.get('after', 'submitted', store_max_size=1)
    expect('clips', shelf.names(), ['after'])
    expect('the states', kit.states(), ['delivered'] * 5)
    shelf.check_billed()


# --- stopped while the host thinks ------------------------------------------

def stopped_and_killed(kit):
    """stopped before the submit was answered, and killed as soon as others may
    work on the shot: the task is known, and the next run goes on with it"""
    kit.simulator.script({'on': 'submit', 'delay': 500})
    with Run(kit.bench, '--stop') as run:
        run.send(kit.line())
        while not kit.count('submit'):
            pass
        run.send()
        run.wait_for('stopped')
        with open(kit.file('.lock'), 'rb') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
        run.kill()
    expect('the state', get_state(kit), 'submitted')
    kit.get_clip('resumed')
    kit.check_billed(1)
    expect('submits', kit.count('submit'), 1)


def stopped_and_killed_at_once(kit):
    """stopped before the submit was answered, and killed before the answer: the
    outcome is unknown, and nothing is sent again"""
    kit.simulator.script({'on': 'submit', 'delay': 60000})
    with Run(kit.bench, '--stop') as run:
        run.send(kit.line())
        while not kit.count('submit'):
            pass
        run.send()
        run.wait_for('stopped')
        run.kill()
    kit.get_error('failed', 'outcome is unknown', billed='unknown')
    expect('submits', kit.count('submit'), 1)


# --- hailuo-shots -----------------------------------------------------------

def list_shots(kit):
    """hailuo-shots: lists, as a table and as JSON, all or the unfinished; no key,
    no prompt, no link"""
    kit.prompt = 'a secret lighthouse'
    done = kit.get_clip()
    kit.leave_unfinished(take=2)
    kit.simulator.script({'on': 'submit', 'drop': True, 'billed': True})
    kit.get_error('failed', billed='unknown', take=3)
    records = kit.list()
    expect('the states, oldest first', [record['state'] for record in records],
           ['delivered', 'submitted', 'intent'])
    expect('the first', {name: records[0][name] for name in
                         ('provider', 'mode', 'task_id', 'price', 'size')},
           {'provider': 'apixo', 'mode': 'standard-text-to-video',
            'task_id': task_id(done), 'price': 0.336,
            'size': kit.bench.clip['bytes']})
    table = kit.shots().splitlines()
    # the first names the columns, the last has the sum
    expect('lines of the table', len(table), 5)
    for line, record in zip(table[1:], records):
        check(line.startswith(record['shot'][:12]) and record['state'] in line, line)
    expect('unfinished', [record['state'] for record in kit.list('--unfinished')],
           ['submitted', 'intent'])
    expect('lines of the short table', len(kit.shots('--unfinished').splitlines()), 4)
    for name in list_files(kit):
        path = os.path.join(kit.store, name)
        expect(f'mode of {name}', os.stat(path).st_mode & 0o777, 0o600)
        if name.endswith('.mp4'):
            continue
        with open(path, 'rb') as file:
            text = file.read()
        for secret in (b'lighthouse', b'simulator-key', b'.mp4', b'expires'):
            check(secret not in text, f'{secret} is in {name}')
    for folder, _, _ in os.walk(kit.store):
        expect(f'mode of {folder}', os.stat(folder).st_mode & 0o777, 0o700)


def forget_and_export(kit):
    """hailuo-shots: --export copies, --forget removes, but no clip that another
    shot has too; a shot in use stays"""
    kit.get_clip()
    record = kit.list()[0]
    path = kit.bench.new_path('exported')
    kit.shots('--export', record['shot'][:12], path)
    with open(path, 'rb') as file:
        expect('the exported clip', hashlib.sha256(file.read()).hexdigest(),
               kit.bench.clip['sha256'])
    check(path in kit.shots('--export', record['shot'], path, status=1),
          'a file that exists is not named')
    kit.shots('--export', 'f' * 64, kit.bench.new_path('x'), status=1)
    kit.shots('--export', record['shot'], status=2)

    kit.simulator.script({'on': 'poll', 'delay': 2000})
    with Run(kit.bench) as run:
        run.send(kit.line(take=2))
        run.wait_for('state pending')
        busy = next(one for one in kit.list() if one['state'] == 'submitted')
        check('in use' in kit.shots('--forget', busy['shot'], status=1),
              'forgotten while in use')
        expect('the end', kit.bench.judge(run.end()), 'clip')
    check('Forgotten' in kit.shots('--forget', record['shot'][:12]), 'not told')
    kit.shots('--forget', record['shot'], status=1)
    expect('shots', [one['shot'] for one in kit.list()], [busy['shot']])
    kit.get_clip('reused', take=2)
    kit.shots('--forget', busy['task_id'])
    expect('attempts', kit.list(), [])
    expect('clips', kit.files('.mp4'), [])
    kit.get_clip('submitted')
    kit.check_billed(3)


def empty_store(kit):
    """hailuo-shots: a store that is not there is an error, and is not made; nor
    is a folder without a ledger, and it stays so"""
    for arguments in (), ('--json',), ('--costs',), ('--forget', 'abc'):
        check(kit.store in kit.shots(*arguments, status=1), 'not named')
    check(not os.path.exists(kit.store), 'the store was made')
    os.mkdir(kit.store, 0o700)
    for arguments in (), ('--json',), ('--costs',), ('--forget', 'abc'):
        check('no ledger' in kit.shots(*arguments, status=1), 'not told')
    expect('files', os.listdir(kit.store), [])


def homeless(kit):
    """where the environment has no absolute folder for the store, nothing is sent
    and nothing made; with a store that is named it does without"""
    folder = kit.bench.new_path('current')
    os.mkdir(folder)
    args = kit.bench.args
    args.program, args.shots = map(os.path.abspath, (args.program, args.shots))
    for home in '', 'home', '.':
        before = kit.count()
        env = {**kit.bench.env, 'HOME': home}
        with Run(kit.bench, env={'HOME': home}, prefix=('env', '-C', folder)) as run:
            for settings in {}, {'dry_run': True}, {'reuse': 'only'}:
                end = run.run(kit.line(store=None, **settings))
                expect('the end', (end['end'], end['code']), ('error', 'settings'))
                check('HOME' in end['text'], end['text'])
            done = subprocess.run([args.shots], env=env, cwd=folder,
                                  capture_output=True, text=True)
            expect('hailuo-shots', (done.returncode, done.stdout), (1, ''))
            check('HOME' in done.stderr, done.stderr)
            expect('files', os.listdir(folder), [])
            expect('requests', kit.count(), before)
            expect('with a store', kit.bench.judge(run.run(kit.line())), 'clip')
    kit.check_billed(1)


def main():
    bench = Bench(__doc__, shots='hailuo-shots')
    kit = Kit(bench)
    for case in (
            reuse_always, reuse_only, reuse_never, never_after_unfinished,
            reuse_unfinished, takes, other_shots, dry_run, two_hosts, attach,
            attach_stored, wrong_ids, unknown_task_id, unknown_never, unknown_take,
            unknown_forget, stopped_and_killed, stopped_and_killed_at_once,
            evict_oldest, evict_not_used, list_shots,
            forget_and_export, empty_store, homeless):
        kit(case)
    return bench.tap.end()


if __name__ == '__main__':
    sys.exit(main())
