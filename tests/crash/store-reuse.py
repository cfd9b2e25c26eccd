#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the store is for: the ways to reuse a clip, takes, hosts, adopted tasks,
unknown outcomes, eviction and dry runs.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import os
import socket
import subprocess

from kit import HOSTS, NO_PRICE, Shelf, main, sha256
from pipelines import Run, task_id
from tap import check, expect


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


# --- reuse ------------------------------------------------------------------

def reuse_always(kit):
    """reuse=always: the second run sends nothing and says so"""
    first = kit.get_clip('submitted')
    with kit.silent():
        again = kit.get_clip('reused')
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
    with kit.silent():
        kit.get_clip('reused', reuse='only', api_key=None)
    kit.leave_unfinished(prompt='another')
    with kit.silent():
        kit.get_error('not-found', reuse='only', prompt='another')


def reuse_never(kit):
    """reuse=never twice: two are billed, and the first clip can still be had"""
    first = kit.get_clip('submitted', reuse='never')
    second = kit.get_clip('submitted', reuse='never')
    kit.check_billed(2)
    check(task_id(first) != task_id(second), 'the same task')
    records = {record['task_id']: record for record in kit.list()}
    expect('the tasks in the list', set(records), {task_id(first), task_id(second)})
    with kit.silent():
        for task, record in records.items():
            expect(f'size of {task}', record['size'], kit.bench.clip['bytes'])
            path = kit.bench.new_path('exported')
            kit.shots('--export', record['shot'], path)
            expect('the exported clip', sha256(path), kit.bench.clip['sha256'])
            again = kit.get_clip('reused', task_id=task)
            expect('the task id', task_id(again), task)
        expect('the task of the plain line', task_id(kit.get_clip('reused')),
               task_id(second))
    kit.check_billed(2)


def never_after_unfinished(kit):
    """reuse=never leaves an unfinished task to its id"""
    kit.leave_unfinished()
    first = kit.task()
    kit.get_clip('submitted', reuse='never')
    kit.get_clip('resumed', task_id=first)
    kit.get_clip('reused')
    kit.check_billed(2)
    kit.expect_states('delivered', 'delivered')


def reuse_unfinished(kit):
    """reuse=unfinished: picks up what was not delivered, and only that"""
    kit.leave_unfinished()
    kit.expect_states('submitted')
    kit.get_clip('resumed', reuse='unfinished')
    kit.expect_states('delivered')
    kit.check_billed(1)
    kit.get_clip('submitted', reuse='unfinished')
    kit.check_billed(2)
    kit.expect_states('delivered', 'delivered')


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
             NO_PRICE, {'routing': 'value'}, {'prompt': kit.prompt + ' '}]
    for number, shot in enumerate(shots, 2):
        kit.get_clip('submitted', **shot)
        kit.simulator.expect_billed(number)
    for way in ({'timeout': 99}, {'retries': 1}, {'max_size': 10 ** 6},
                {'base_url': kit.simulator.base['apixo'] + '/'},
                {'resolution': '768p'}, {'mode': 'standard-text-to-video'},
                {'model': 'hailuo-2-3'}):
        kit.get_clip('reused', **way)
    kit.simulator.expect_billed(len(shots) + 1)


def dry_run(kit):
    """dry-run: the price and whether the clip is in the store; no connection, no
    file"""
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
    files = kit.files()
    with kit.silent():
        expect('stored', kit.run(dry_run=True)['states'][0]['stored'], 'true')
    expect('files', kit.files(), files)
    os.unlink(kit.file('.mp4'))
    expect('stored', kit.run(dry_run=True)['states'][0]['stored'], 'false')
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
            with kit.silent():
                kit.get_clip('reused', **adopt)
                kit.get_clip('reused', reuse='only', **adopt)
            kit.get_clip('resumed', reuse='never', **adopt)
            expect('submits', kit.count('submit'), submits)
    # what was adopted beside a prompt, and nothing else was there, is that shot's
    kit.get_clip('reused')
    kit.check_billed(0)


# --- unknown outcomes -------------------------------------------------------

def make_unknown(kit, billed=True):
    """Its submit is billed, and the answer is lost: that is what each run says."""
    kit.renew()
    text = kit.lose_answer(billed)['text']
    shot = kit.list()[0]['shot'][:12]
    check(shot in text, f'the shot is not named: {text}')
    with kit.silent():
        for reuse in 'always', 'always', 'unfinished':
            kit.get_error('failed', 'task-id', 'take', 'reuse=never', shot,
                          billed='unknown', reuse=reuse)
    kit.check_billed(int(billed))
    expect('unfinished', [record['state'] for record in kit.list('--unfinished')],
           ['intent'])


def unknown_never(kit):
    """an unknown outcome, and the user says that no task was made: reuse=never"""
    for billed in (False, True):
        make_unknown(kit, billed)
        kit.get_clip('submitted', reuse='never')
        kit.check_billed(1 + billed)
        kit.get_clip('reused')
        kit.check_billed(1 + billed)
        # what is not known stays on the list
        kit.expect_states('intent', 'delivered')


def unknown_take(kit):
    """an unknown outcome is left alone by another take"""
    make_unknown(kit)
    kit.get_clip('submitted', take=2)
    kit.check_billed(2)
    kit.get_error('failed', billed='unknown')
    kit.check_billed(2)


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
    kit.expect_states(*['delivered'] * 5)
    shelf.get('b', 'resumed', store_max_size=room)
    expect('clips', shelf.names(), ['b', 'd', 'e'])
    shelf.get('b', 'reused', store_max_size=room)
    kit.expect_states(*['delivered'] * 5)
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
    kit.expect_states(*['delivered'] * 5)
    shelf.check_billed()


# --- stopped while the host thinks ------------------------------------------

def stopped_and_killed(kit):
    """stopped before the submit was answered, and killed as soon as others may
    work on the shot: the task is known, and the next run goes on with it"""
    kit.simulator.script({'on': 'submit', 'delay': 500})
    with kit.submitting('--stop') as run:
        run.send()
        run.wait_for('stopped')
        with kit.locked():
            run.kill()
    kit.expect_states('submitted')
    kit.get_clip('resumed')
    kit.check_billed(1)
    expect('submits', kit.count('submit'), 1)


def stopped_and_killed_at_once(kit):
    """stopped before the submit was answered, and killed before the answer: the
    outcome is unknown, and nothing is sent again"""
    kit.simulator.script({'on': 'submit', 'delay': 60000})
    with kit.submitting('--stop') as run:
        run.send()
        run.wait_for('stopped')
        run.kill()
    kit.get_error('failed', 'outcome is unknown', billed='unknown')
    expect('submits', kit.count('submit'), 1)


# --- no store ---------------------------------------------------------------

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


sys.exit(main(
    __doc__, reuse_always, reuse_only, reuse_never, never_after_unfinished,
    reuse_unfinished, takes, other_shots, dry_run, two_hosts, attach, unknown_never,
    unknown_take, stopped_and_killed, stopped_and_killed_at_once, evict_oldest,
    evict_not_used, homeless))
