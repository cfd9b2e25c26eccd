# SPDX-License-Identifier: LGPL-2.1-or-later
"""A sweep over the points at which a run can be killed, or something can fail for
it; and the tracer that does so at a system call."""
import collections
import concurrent.futures
import os
import queue
import re
import subprocess

from environment import start
from pipelines import Run
from tap import Failure, Skip

RENEW = 100   # points, after which the simulator's ledger is long, and slow to read

# All calls are swept but those that are about neither files nor the network.
OTHERS = re.compile(
    'futex|m(map|unmap|protect|advise|remap)|brk|exit|clone|rseq|rt_sig|sched_'
    '|set_robust_list|get(pid|tid|uid|euid|gid|egid)$|restart_syscall|clock_'
    '|getrandom|(ar|)prctl|nanosleep|sysinfo|times$')
# The faults that end a process, and the calls of which nothing is left then: other
# calls are around them.
ENDS = ('SIGKILL', 'power cut')
READS = re.compile('(read|pread|getdents|newfstatat|fstat|statx|lstat|fcntl|access'
                   '|get(sock|peer)name|[gs]etsockopt|poll)(64)?')


class Worker:
    """Tries points; has a simulator, and a process for the runs before and after
    the fault."""

    def __init__(self, bench):
        self.bench = bench
        self.runner = Run(bench)
        self.simulator = bench.simulator()
        self.points = 0

    def try_point(self, *point):
        """What came of it, in what can be counted; raises Failure"""
        raise NotImplementedError

    def work(self, point):
        self.points += 1
        if self.points % RENEW == 0:
            self.renew_simulator()
        try:
            return self.try_point(*point)
        except Failure as problem:
            self.runner.kill()
            self.runner.close()
            self.runner = Run(self.bench)
            return problem

    def renew_simulator(self):
        self.bench.stop(self.simulator)
        self.simulator = self.bench.simulator()

    def end(self):
        self.runner.close()


def sweep(workers, points):
    """How many points came to what, and [(point, what was wrong)]."""
    idle = queue.Queue()
    for worker in workers:
        idle.put(worker)

    def work(point):
        worker = idle.get()
        try:
            return worker.work(point)
        finally:
            idle.put(worker)

    ends, problems = collections.Counter(), []
    with concurrent.futures.ThreadPoolExecutor(len(workers)) as pool:
        for point, result in zip(points, pool.map(work, points)):
            if isinstance(result, Failure):
                problems.append((point, str(result)))
            else:
                ends[result] += 1
        # before the threads are gone, and the simulators with them
        for worker in workers:
            worker.end()
    return ends, problems


def sample(points, number, rng=None):
    """As many, one of each of so many equal parts: the first or, with a generator
    of random numbers, any."""
    if number >= len(points):
        return list(points)
    edges = [i * len(points) // max(number, 1) for i in range(number + 1)]
    return [points[rng.randrange(first, end) if rng else first]
            for first, end in zip(edges, edges[1:])]


def trace(bench, line, inject=None, name=None, env=None, path=None):
    """A run with a tracer at its streaming thread, from before its first
    call; @path: only what is about that file.  Returns the process, how it
    ended, and what the tracer wrote.  Skips the case where nobody may trace."""
    log = bench.new_path('trace')
    options = ['-e', 'trace=' + name, '-e', f'inject={name}:{inject}'] if name else []
    options += ['-P', path] if path else []
    with Run(bench, '--hold', env=env) as run:
        run.send(line)
        thread = run.wait_for('thread').split()[1]
        tracer = start(['strace', '-o', log, *options, '-p', thread],
                       stderr=subprocess.PIPE, text=True)
        told = tracer.stderr.readline()
        try:
            if 'attached' not in told:
                raise Skip(f'strace: {told.strip()}')
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


def count_calls(text):
    """How often each call that is swept is in what the tracer wrote."""
    return collections.Counter(name for name in re.findall(r'^(\w+)\(', text, re.M)
                               if not OTHERS.match(name))


def make_points(tap, kinds, count, *faults):
    """[(kind, fault..., name, number)] of each call in a run of each kind."""
    points = []
    for kind in kinds:
        counts = count(kind)
        tap.note(f'{kind.__doc__}: ' + ' '.join(
            f'{name} {n}' for name, n in sorted(counts.items())))
        points += [(kind, fault, name, number) for fault in faults
                   for name in sorted(counts) for number in range(1, counts[name] + 1)
                   if not (fault in ENDS and READS.fullmatch(name))]
    tap.note(f'{len(points)} points in all')
    return points
