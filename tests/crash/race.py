#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many processes, and many elements of one process, want the same shot at the
same moment: one task is billed, and all get its clip; also where one of them
is killed.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import collections
import os
import random
import select
import threading

from pipelines import Bench, Run, origin, query
from tap import check, expect

PROCESSES = 8


class Race:
    def __init__(self, bench):
        self.bench = bench
        self.simulator = bench.simulator()
        self.runs = [Run(bench, '--hold') for _ in range(PROCESSES)]
        self.random = random.Random(bench.args.seed)

    def start(self, name, elements=1, own=False, **settings):
        """All processes at the same moment, each with so many elements; with a
        shot of its own, or all with one."""
        self.prompt = self.bench.new(name)
        self.store = self.bench.new_path('store')
        self.line = self.bench.shot(self.simulator, self.store, self.prompt,
                                    **settings)
        for number, run in enumerate(self.runs):
            line = self.line.replace(self.prompt, f'{self.prompt} {number}')
            run.lines.clear()
            run.send(' '.join([line if own else self.line] * elements))
        for run in self.runs:
            for _ in range(elements):
                run.wait_for('thread')
        for run in self.runs:
            run.send()

    def check_end(self, ends, elements=1):
        """Of those that were not killed."""
        judged = {self.bench.judge(end) for end in ends}
        billed = self.simulator.billed(self.prompt)
        check(billed <= 1, f'{billed} tasks were billed')
        check(judged in ({'clip'}, {'unknown'}), f'the ends are {judged}: {ends}')
        expect('clips of each', {len(end['clips']) for end in ends}, {elements})
        return judged.pop()

    def expect_one(self, elements=1):
        """One task, and all end with its clip."""
        ends = [run.end() for run in self.runs]
        expect('the ends', self.check_end(ends, elements), 'clip')
        self.simulator.expect_billed(1, self.prompt)
        return ends

    def find_submitter(self):
        while True:
            ready = select.select([run.process.stdout for run in self.runs],
                                  [], [], 60)[0]
            check(ready, 'nobody submits')
            for run in self.runs:
                if run.process.stdout in ready:
                    run.read()
                    if run.saw('state submitting'):
                        return run

    def run_alone(self, run):
        run.send(self.line)
        run.wait_for('thread')
        run.send()
        return self.bench.judge(run.end())

    def kill(self, victim):
        """The others go on; a new process takes its place."""
        victim.kill()
        victim.end()
        victim.close()
        ends = [run.end() for run in self.runs if run is not victim]
        how = self.check_end(ends)
        fresh = Run(self.bench, '--hold')
        self.runs[self.runs.index(victim)] = fresh
        expect('a run after it', self.run_alone(fresh), how)
        billed = self.simulator.billed(self.prompt)
        check(how == 'unknown' or billed == 1, f'{billed} tasks were billed')
        return how, billed


def race_processes(race):
    """8 processes, again and again: one task, eight identical clips"""
    origins = collections.Counter()
    for _ in range(race.bench.args.races):
        race.start('race')
        ends = race.expect_one()
        got = collections.Counter(map(origin, ends))
        expect(f'submitted, of {got}', got['submitted'], 1)
        origins += got
    race.bench.tap.note(dict(origins))


def race_unfinished(race):
    """4 and 8 processes with reuse=unfinished: one task, and all play its clip;
    whoever comes later makes another"""
    all_runs = race.runs
    for processes in (4, PROCESSES):
        race.runs = all_runs[:processes]
        for _ in range(max(race.bench.args.races // 8, 1)):
            # all have begun when the first one is done
            race.simulator.script({'on': 'submit', 'delay': 500})
            race.start('unfinished', reuse='unfinished')
            race.expect_one()
        race.runs = all_runs[:1]
        expect('the end', race.run_alone(race.runs[0]), 'clip')
        race.simulator.expect_billed(2, race.prompt)
    race.runs = all_runs


def race_shots(race):
    """8 processes, each with a shot of its own, at one store: eight tasks, and the
    ledger has them all"""
    for _ in range(max(race.bench.args.races // 8, 1)):
        race.start('shots', own=True)
        expect('the ends', {race.bench.judge(run.end()) for run in race.runs},
               {'clip'})
        expect('billed', [race.simulator.billed(f'{race.prompt} {n}')
                          for n in range(PROCESSES)], [1] * PROCESSES)
        expect('the ledger', query(
            os.path.join(race.store, 'hailuo.db'),
            'SELECT state, count (DISTINCT shot), count (DISTINCT task_id), count (*)'
            ' FROM attempt GROUP BY state'), [('delivered', *[PROCESSES] * 3)])


def race_killed(race):
    """8 processes, one of them killed at a random moment: one task at most, and
    the others agree"""
    ends = collections.Counter()
    for _ in range(race.bench.args.races // 3):
        race.start('killed')
        threading.Event().wait(race.random.uniform(0, 0.02))
        ends[race.kill(race.random.choice(race.runs))] += 1
    race.bench.tap.note('; '.join(
        f'{how}, {billed} billed: {n}' for (how, billed), n in sorted(ends.items())))


def race_submitter_killed(race):
    """8 processes, the one that submits killed at some stage: one task at most,
    and the others agree"""
    ends = collections.Counter()
    stages = ('submitting', 'pending', 'downloading', 'success')
    for number in range(race.bench.args.races // 3):
        stage = stages[number % len(stages)]
        race.start('killed')
        victim = race.find_submitter()
        if not victim.saw(f'state {stage}'):
            victim.wait_for(f'state {stage}')
        how, billed = race.kill(victim)
        check(how == 'clip' or stage == 'submitting',
              f'{how}, but it was killed when it was {stage}')
        ends[stage, how, billed] += 1
    race.bench.tap.note('; '.join(f'{stage}: {how}, {billed} billed: {n}' for
                                  (stage, how, billed), n in sorted(ends.items())))


def race_elements(race):
    """2 and 4 elements in one pipeline: one task, identical clips"""
    all_runs = race.runs
    race.runs = all_runs[:1]
    for elements in (2, 4):
        for _ in range(race.bench.args.races // 4):
            race.start('elements', elements)
            race.expect_one(elements)
    race.runs = all_runs


def race_both(race):
    """8 processes with 2 elements each: one task, sixteen identical clips"""
    for _ in range(race.bench.args.races // 4):
        race.start('both', 2)
        race.expect_one(2)


def race_never(race):
    """8 processes with reuse=never: eight tasks, and all are in the store"""
    for _ in range(3):
        race.start('never', reuse='never')
        expect('the ends', {race.bench.judge(run.end()) for run in race.runs},
               {'clip'})
        tasks = race.simulator.tasks(race.prompt)
        expect('billed', len(tasks), PROCESSES)
        with Run(race.bench) as run:
            for task in tasks:
                end = run.run(race.bench.shot(
                    race.simulator, race.store, race.prompt, task_id=task['id'],
                    reuse='only'))
                expect(f'task {task["id"]}', race.bench.judge(end), 'clip')


def main():
    bench = Bench(__doc__, races={'type': int, 'default': 50},
                  seed={'type': int, 'default': random.randrange(10 ** 6)})
    race = Race(bench)
    bench.tap.note(f'--seed {bench.args.seed}')
    for case in (race_processes, race_unfinished, race_shots, race_killed, race_submitter_killed,
                 race_elements, race_both, race_never):
        bench.tap.case(case, race)
    for run in race.runs:
        run.kill()
        run.close()
    return bench.tap.end()


sys.exit(main())
