#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kills a run, or lets a system call fail, at every system call on files and
the network that the task makes, one after the other; then runs the same line
twice more.  However the first run ended: no task is billed twice, and the
others end with the clip or say that the outcome is unknown.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
import collections
import concurrent.futures
import os
import queue
import re
import subprocess

import harness
from harness import Bench, Failure, Run, check, detail, expect

FAULTS = ['SIGKILL', 'EIO', 'ENOSPC', 'EINTR', 'EMFILE']
FLOOR = 300

# All calls are swept but those that are about neither files nor the network.
OTHERS = re.compile(
    'futex|m(map|unmap|protect|advise|remap)|brk|exit|clone|rseq|rt_sig|sched_'
    '|set_robust_list|get(pid|tid|uid|euid|gid|egid)$|restart_syscall|clock_'
    '|getrandom|(ar|)prctl|nanosleep|sysinfo|times$')


class Scene:
    """What is in the store before the run that the fault hits."""
    new_task = 1     # how many tasks that run may make
    again = {}       # settings of the runs after it

    def __init__(self, bench, simulator, store, prompt):
        self.bench, self.simulator = bench, simulator
        self.store, self.prompt = store, prompt

    def line(self, **settings):
        return self.bench.shot(self.simulator, self.store,
                               **{'prompt': self.prompt, **settings})

    def prepare(self, runner):
        """The line that the fault hits."""
        return self.line()

    def is_kept(self, runner):
        """After the fault: whether what the store had is there."""
        return True

    def check_end(self, runner):
        pass


class New(Scene):
    """a new shot"""


class Resumed(Scene):
    """an unfinished task"""
    new_task = 0

    def prepare(self, runner):
        end = runner.run(self.line(max_size=1))
        expect('the unfinished run', end.get('code'), 'read')
        return self.line()


class Replayed(Scene):
    """a delivered clip"""
    new_task = 0

    def prepare(self, runner):
        expect('the run before', self.bench.judge(runner.run(self.line())), 'clip')
        return self.line()


class Adopted(Scene):
    """a task by its id"""
    new_task = 0

    def prepare(self, runner):
        end = runner.run(self.bench.shot(
            self.simulator, self.store + '-other', self.prompt))
        self.again = {'task-id': harness.task_id(end), 'prompt': None}
        return self.bench.shot(self.simulator, self.store, **self.again)


class Renewed(Scene):
    """a delivered clip, and reuse=never"""

    def prepare(self, runner):
        end = runner.run(self.line())
        expect('the run before', self.bench.judge(end), 'clip')
        self.first = harness.task_id(end)
        return self.line(reuse='never')

    def is_kept(self, runner):
        end = runner.run(self.line(task_id=self.first, reuse='only'))
        return self.bench.judge(end) == 'clip'

    def check_end(self, runner):
        """The first clip was paid as well: it is there, by its id."""
        end = runner.run(self.line(task_id=self.first, reuse='only'))
        expect(f'the clip of the first task: {end.get("text")}',
               self.bench.judge(end), 'clip')


PROMISES = [
    'an error says what is billed',
    'what is not billed is not unknown later',
    'a clip is in the store at any moment',
]
SCENES = [New, Resumed, Replayed, Adopted, Renewed]


def trace(bench, line, inject=None, name=None, env=None, path=None):
    """A run with a tracer at its streaming thread, from before its first
    call; @path: only what is about that file.  Returns the process, how it
    ended, and what the tracer wrote."""
    log = bench.new_path('trace')
    options = ['-e', 'trace=' + name, '-e', f'inject={name}:{inject}'] if name else []
    options += ['-P', path] if path else []
    with Run(bench, '--hold', env=env) as run:
        run.send(line)
        thread = run.wait_for('thread').split()[1]
        tracer = harness.start(['strace', '-o', log, *options, '-p', thread],
                               stderr=subprocess.PIPE, text=True)
        told = tracer.stderr.readline()
        try:
            check('attached' in told, f'strace: {told}')
            run.send()
            end = run.end()
        finally:
            run.kill()
            tracer.wait()
            tracer.stderr.close()
    with open(log) as file:
        text = file.read()
    os.unlink(log)
    return run, end, text


class Worker:
    """Has a simulator, and a process for the runs before and after the fault."""

    def __init__(self, bench):
        self.bench = bench
        self.runner = Run(bench)
        self.simulator = bench.simulator()
        self.points = 0
        self.most = 0     # new tasks for one prompt
        self.broken = {promise: [] for promise in PROMISES}

    def count_bills(self):
        """Once more when all is over: a bill may come late."""
        bills = collections.Counter(
            task['prompt'] for task in self.simulator.get('/ledger')['tasks'])
        for prompt, n in bills.items():
            self.most = max(self.most, n - prompt.startswith(Renewed.__name__))

    def renew_simulator(self):
        """A long ledger takes long to read."""
        self.count_bills()
        self.bench.simulators.remove(self.simulator)
        self.simulator.stop()
        self.simulator = self.bench.simulator()

    def count_calls(self, kind):
        """How often each call is made in a whole run; of three runs, for the
        number of polls may differ."""
        counts = collections.Counter()
        for _ in range(3):
            scene = kind(self.bench, self.simulator, self.bench.new_path('store'),
                         self.bench.new(kind.__name__))
            _, end, text = trace(self.bench, scene.prepare(self.runner))
            expect('a run with no fault', self.bench.judge(end), 'clip')
            counts |= collections.Counter(
                name for name in re.findall(r'^(\w+)\(', text, re.M)
                if not OTHERS.match(name))
        return counts

    def try_point(self, kind, fault, name, number):
        """Whether it was reached, the ends of the first and the second run, and
        how many tasks these have made."""
        self.points += 1
        if self.points % 100 == 0:
            self.renew_simulator()
        try:
            return self.try_scene(kind, fault, name, number)
        except Failure:
            self.runner.kill()
            self.runner.close()
            self.runner = Run(self.bench)
            raise

    def try_scene(self, kind, fault, name, number):
        bench, simulator = self.bench, self.simulator
        prompt = f'{kind.__name__} {fault} {name} {number}'
        scene = kind(bench, simulator, bench.path(prompt.replace(' ', '-')), prompt)
        line = scene.prepare(self.runner)
        before = simulator.billed(prompt)
        inject = ('signal=' if fault.startswith('SIG') else 'error=') + fault
        run, end, text = trace(bench, line, f'{inject}:when={number}', name)
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
        line = scene.line(**scene.again)
        ends = [self.runner.run(line), self.runner.run(line)]
        second, third = (bench.judge(one) for one in ends)
        billed = simulator.billed(prompt) - before
        about = f'{first}, then {second} and {third}, {billed} billed: {ends}'
        check(billed <= scene.new_task, f'{billed} tasks were billed: {about}')
        check(second in ('clip', 'unknown' if scene.new_task else ''), about)
        check(second == third, f'the third run is another: {about}')
        check(second == 'clip' or not (first == 'clip' or run.saw('state pending')),
              f'the task id was told, and is not in the ledger: {about}')
        if claim == 'no' and second == 'unknown':
            self.broken['what is not billed is not unknown later'].append(point)
        scene.check_end(self.runner)
        return ('(INJECTED)' in text or '+++ killed' in text), first, second, billed


def sample(points, number):
    """As many, evenly from the first to the last."""
    if number >= len(points):
        return points
    return [points[i * len(points) // number] for i in range(number)]


def sweep(workers, points):
    """How many points ended how, and what was wrong at which."""
    idle = queue.Queue()
    ends, problems = collections.Counter(), []

    def work(point):
        worker = idle.get()
        try:
            return worker.try_point(*point)
        except Failure as problem:
            return problem
        finally:
            idle.put(worker)

    for worker in workers:
        idle.put(worker)
    with concurrent.futures.ThreadPoolExecutor(len(workers)) as pool:
        for point, result in zip(points, pool.map(work, points)):
            if isinstance(result, Failure):
                problems.append((point, result))
            else:
                ends[(point[0].__doc__, point[1], *result)] += 1
        # before the threads are gone, and the simulators with them
        for worker in workers:
            worker.runner.close()
            worker.count_bills()
    return ends, problems


def report(tap, workers, points, ends, problems):
    most = max(worker.most for worker in workers)
    tap.note(f'{"before it":38} {"fault":8} {"faulty run":27} {"next run":9}'
             ' new bills points')
    for (scene, fault, reached, first, second, billed), n in sorted(ends.items()):
        tap.note(f'{scene:38} {fault:8} {first:27} {second:9} {billed:9} {n:6}'
                 + ('' if reached else '  (not reached)'))
    for kind in SCENES:
        for fault in FAULTS:
            n = sum(point[:2] == (kind, fault) for point in points)
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
        FLOOR, len(points)) else f'{FLOOR} at least')


def main():
    bench = Bench(
        __doc__, points={'type': int, 'default': 2000, 'metavar': 'N',
                         'help': 'how many points, evenly chosen'},
        all={'action': 'store_true', 'help': 'all points'},
        calls={'default': '', 'metavar': 'REGEX', 'help': 'only these calls'},
        workers={'type': int, 'default': 6})
    why = harness.lacks('strace')
    workers, points = [], []
    try:
        if why is None:
            workers = [Worker(bench) for _ in range(bench.args.workers)]
            for kind in SCENES:
                counts = workers[0].count_calls(kind)
                bench.tap.note(f'{kind.__doc__}: ' + ' '.join(
                    f'{name} {n}' for name, n in sorted(counts.items())))
                points += [(kind, fault, name, number) for fault in FAULTS
                           for name in sorted(counts)
                           for number in range(1, counts[name] + 1)]
    except Failure as problem:
        if not str(problem).startswith('strace:'):
            raise
        why = str(problem).splitlines()[0]
    if why is not None:
        bench.tap.skip('faults at each system call', why)
        return bench.tap.end()
    bench.tap.note(f'{len(points)} points in all')
    if bench.args.calls:
        points = [point for point in points
                  if re.fullmatch(bench.args.calls, point[2])]
    if not bench.args.all:
        points = sample(points, bench.args.points)
    ends, problems = sweep(workers, points)
    report(bench.tap, workers, points, ends, problems)
    return bench.tap.end()


if __name__ == '__main__':
    sys.exit(main())
