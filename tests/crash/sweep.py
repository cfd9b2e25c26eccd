#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kills a run, or lets a system call fail, at every system call on files and
the network that the task makes, one after the other; then runs the same line
twice more.  However the first run ended: no task is billed twice, and the
others end with the clip or say that the outcome is unknown.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import collections
import re

import points
from environment import need
from pipelines import Bench, detail
from scenes import Adopted, New, Renewed, Replayed, Resumed
from tap import Skip, check, expect

FAULTS = ['SIGKILL', 'EIO', 'ENOSPC', 'EINTR', 'EMFILE']
FLOOR = 300
PROMISES = [
    'an error says what is billed',
    'what is not billed is not unknown later',
    'a clip is in the store at any moment',
]
SCENES = [New, Resumed, Replayed, Adopted, Renewed]


class Worker(points.Worker):
    def __init__(self, bench):
        super().__init__(bench)
        self.most = 0     # new tasks for one prompt
        self.broken = {promise: [] for promise in PROMISES}

    def count_bills(self):
        """Once more when all is over: a bill may come late."""
        bills = collections.Counter(task['prompt'] for task in self.simulator.tasks())
        for prompt, n in bills.items():
            self.most = max(self.most, n - prompt.startswith(Renewed.__name__))

    def renew_simulator(self):
        self.count_bills()
        super().renew_simulator()

    def end(self):
        super().end()
        self.count_bills()

    def count_calls(self, kind):
        """Of three runs, for the number of polls may differ."""
        counts = collections.Counter()
        for _ in range(3):
            scene = kind(self.bench, self.simulator, self.bench.new_path('store'),
                         self.bench.new(kind.__name__))
            _, end, text = points.trace(self.bench, scene.prepare(self.runner))
            expect('a run with no fault', self.bench.judge(end), 'clip')
            counts |= points.count_calls(text)
        return counts

    def try_point(self, kind, fault, name, number):
        """Whether it was reached, the ends of the first and the second run, and
        how many tasks these have made."""
        bench, simulator = self.bench, self.simulator
        prompt = f'{kind.__name__} {fault} {name} {number}'
        scene = kind(bench, simulator, bench.path(prompt.replace(' ', '-')), prompt)
        line = scene.prepare(self.runner)
        before = simulator.billed(prompt)
        inject = ('signal=' if fault.startswith('SIG') else 'error=') + fault
        run, end, text = points.trace(bench, line, f'{inject}:when={number}', name)
        first, billed = bench.judge(end), simulator.billed(prompt)
        check(first != 'WRONG CLIP', first)
        claim = detail(end or {}, 'billed')
        check(claim != 'no' or billed == before, f'not billed, it says: {end}')
        check(claim != 'yes' or billed > 0, f'billed, it says: {end}')

        point = f'{prompt}: {end and end.get("text")}'
        if end and end['end'] == 'error' and not claim:
            self.broken['an error says what is billed'].append(point)
        if not scene.is_kept(self.runner):
            self.broken['a clip is in the store at any moment'].append(point)
        second, billed = scene.run_again(self.runner, run, end, before)
        if claim == 'no' and second == 'unknown':
            self.broken['what is not billed is not unknown later'].append(point)
        reached = '(INJECTED)' in text or '+++ killed' in text
        return kind.__doc__, fault, reached, first, second, billed


def choose(all_points, number):
    """As many, and at least one of each fault in each scene."""
    chosen = points.sample(all_points, number)
    seen = {point[:2] for point in chosen}
    for point in all_points:
        if point[:2] not in seen:
            seen.add(point[:2])
            chosen.append(point)
    return chosen


def report(tap, workers, all_points, ends, problems):
    most = max(worker.most for worker in workers)
    tap.note(f'{"before it":38} {"fault":8} {"faulty run":27} {"next run":9}'
             ' new bills points')
    for (scene, fault, reached, first, second, billed), n in sorted(ends.items()):
        tap.note(f'{scene:38} {fault:8} {first:27} {second:9} {billed:9} {n:6}'
                 + ('' if reached else '  (not reached)'))
    for kind in SCENES:
        for fault in FAULTS:
            n = sum(point[:2] == (kind, fault) for point in all_points)
            wrong = [f'{point[2]} {point[3]}: {text}' for point, text in problems
                     if point[:2] == (kind, fault)]
            if n:
                tap.report(f'{kind.__doc__}: {fault} at {n} points',
                           '\n'.join(wrong[:10]) or None)
    tap.report(f'at most {most} new task is billed for a shot',
               None if most == 1 else 'a shot was paid twice')
    for promise in PROMISES:
        broken = sorted(sum((worker.broken[promise] for worker in workers), []))
        tap.report(promise, '\n'.join(
            [f'not so at {len(broken)} points:', *broken[:4]]) if broken else None)
    total = sum(n for key, n in ends.items() if key[2]) + len(problems)
    tap.report(f'{total} points were reached', None if total >= min(
        FLOOR, len(all_points)) else f'{FLOOR} at least')


def main():
    bench = Bench(
        __doc__, points={'type': int, 'default': 2000, 'metavar': 'N',
                         'help': 'how many points, evenly chosen'},
        all={'action': 'store_true', 'help': 'all points'},
        calls={'default': '', 'metavar': 'REGEX', 'help': 'only these calls'},
        workers={'type': int, 'default': 6})
    try:
        need('strace')
        workers = [Worker(bench) for _ in range(bench.args.workers)]
        chosen = points.make_points(bench.tap, SCENES, workers[0].count_calls, *FAULTS)
    except Skip as why:
        bench.tap.skip('faults at each system call', why)
        return bench.tap.end()
    if bench.args.calls:
        chosen = [point for point in chosen
                  if re.fullmatch(bench.args.calls, point[2])]
    if not bench.args.all:
        chosen = choose(chosen, bench.args.points)
    ends, problems = points.sweep(workers, chosen)
    report(bench.tap, workers, chosen, ends, problems)
    return bench.tap.end()


sys.exit(main())
