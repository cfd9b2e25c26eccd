#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cuts the power at every system call on files and the network that a run
makes: the store is on an ext4 file system of its own, which is shut down with
nothing flushed after the kill.  When it is mounted again the same line must
not make a second task.

That these power cuts are real is shown by the last case: with --nosync, where
syncing a folder does nothing, the journal of the ledger is there again after
some of them, and takes back what was written.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
import collections
import concurrent.futures
import fcntl
import os
import queue
import re
import shutil
import struct
import subprocess

import sweep
from harness import Bench, Failure, Run, check, expect, lacks, start, starting

SHUTDOWN = 0x8004587d   # EXT4_IOC_SHUTDOWN
NO_LOG_FLUSH = 2
SIZE = 8 << 20
# What they do is not seen on a disk, and other calls are around them.
NOT_ON_DISK = re.compile('read|pread|getdents|newfstatat|fstat|statx|lstat|fcntl'
                         '|get(sock|peer)name|[gs]etsockopt|poll')


class Disk:
    """An ext4 file system in a file, with a store."""

    def __init__(self, bench, blank):
        self.bench = bench
        self.blank = blank
        self.image = bench.new_path('image')
        self.folder = bench.new_path('disk')
        self.store = os.path.join(self.folder, 'state', 'store')

    def begin(self):
        shutil.copyfile(self.blank, self.image)
        self.mount()

    def mount(self):
        self.bench.mount('-o', 'loop', '-t', 'ext4', self.image, folder=self.folder)

    def flush(self):
        expect('sync', start(['sync', '-f', self.folder]).wait(), 0)

    def cut_power(self):
        with starting:
            folder = os.open(self.folder, os.O_RDONLY)
            fcntl.ioctl(folder, SHUTDOWN, struct.pack('I', NO_LOG_FLUSH))
            os.close(folder)
        self.end()
        self.mount()

    def end(self):
        self.bench.unmount(self.folder)


def make_blank(bench):
    """An empty file system, to be copied."""
    path = bench.path('blank')
    with open(path, 'wb') as file:
        file.truncate(SIZE)
    env = {**os.environ, 'PATH': os.environ['PATH'] + ':/usr/sbin:/sbin'}
    subprocess.run(['mkfs.ext4', '-q', '-F', path], check=True, env=env)
    return path


SCENES = [sweep.New, sweep.Resumed, sweep.Adopted, sweep.Renewed]


class Worker:
    def __init__(self, bench, blank, env):
        self.bench = bench
        self.env = env
        self.disk = Disk(bench, blank)
        self.simulator = bench.simulator()

    def count_calls(self, kind):
        counts = collections.Counter()
        self.disk.begin()
        try:
            with Run(self.bench) as runner:
                scene = kind(self.bench, self.simulator, self.disk.store,
                             self.bench.new('traced'))
                line = scene.prepare(runner)
                _, end, text = sweep.trace(self.bench, line)
            expect('a run with no fault', self.bench.judge(end), 'clip')
        finally:
            self.disk.end()
        counts.update(
            name for name in re.findall(r'^(\w+)\(', text, re.M)
            if not sweep.OTHERS.match(name)
            and not NOT_ON_DISK.fullmatch(name.rstrip('64')))
        return counts

    def try_point(self, kind, name, number):
        self.disk.begin()
        try:
            return self.try_scene(kind, name, number)
        finally:
            self.disk.end()

    def try_scene(self, kind, name, number):
        bench = self.bench
        prompt = bench.new(f'{kind.__name__} {name} {number}')
        scene = kind(bench, self.simulator, self.disk.store, prompt)
        with Run(bench) as before:
            line = scene.prepare(before)
        had = self.simulator.billed(prompt)
        # what was there before the fault is old: it is on the disk
        self.disk.flush()
        run, end, _ = sweep.trace(bench, line, f'signal=SIGKILL:when={number}',
                                  name, env=self.env)
        self.disk.cut_power()
        line = scene.line(**scene.again)
        with Run(bench) as after:
            ends = [bench.judge(after.run(line)), bench.judge(after.run(line))]
            if had:
                scene.check_end(after)
        billed = self.simulator.billed(prompt) - had
        about = f'{bench.judge(end)}, then {ends}, {billed} billed'
        check(billed <= scene.new_task, f'paid twice: {about}')
        check(ends[0] == ends[1], about)
        check(ends[0] in ('clip', 'unknown' if scene.new_task else ''), about)
        check(ends[0] == 'clip' or not run.saw('state pending'),
              f'a task id that was told is lost: {about}')
        return kind.__doc__, bench.judge(end), ends[0], billed


def sweep_points(bench, blank, points, env=None):
    """How many points ended how, and what was wrong at which."""
    idle = queue.Queue()
    for _ in range(bench.args.workers):
        idle.put(Worker(bench, blank, env))
    ends, problems = collections.Counter(), []

    def work(point):
        worker = idle.get()
        try:
            return worker.try_point(*point)
        except Failure as problem:
            return problem
        finally:
            idle.put(worker)

    with concurrent.futures.ThreadPoolExecutor(bench.args.workers) as pool:
        for point, result in zip(points, pool.map(work, points)):
            if isinstance(result, Failure):
                problems.append(f'{point[0].__name__} {point[1]} {point[2]}: {result}')
            else:
                ends[result] += 1
    return ends, problems


def find_points(bench, blank):
    worker = Worker(bench, blank, None)
    points = []
    for kind in SCENES:
        counts = worker.count_calls(kind)
        bench.tap.note(f'{kind.__doc__}: ' + ' '.join(
            f'{name} {n}' for name, n in sorted(counts.items())))
        points += [(kind, name, number) for name in sorted(counts)
                   for number in range(1, counts[name] + 1)]
    return points


def show(bench, ends):
    for (scene, first, second, billed), n in sorted(ends.items()):
        bench.tap.note(f'{scene}: {first}, next run {second}, {billed} new bills:'
                       f' {n} points')


def without_folder_sync(bench, blank, points):
    """Whether the cuts lose something then: where an attempt must be on the disk,
    and the end of its journal is in a folder that was not synced."""
    points = [point for point in points if point[0] is sweep.New
              and point[1] in ('connect', 'sendto', 'recvfrom', 'socket')]
    points = points[:bench.args.proof_points]
    ends, problems = sweep_points(bench, blank, points,
                                  {'LD_PRELOAD': bench.args.nosync})
    show(bench, ends)
    for problem in problems:
        bench.tap.note(problem)
    twice = sum('paid twice' in problem for problem in problems)
    bench.tap.report(
        f'without the sync of the folder {twice} of {len(points)} power cuts make a'
        ' second task', None if twice else 'the power cuts are not real')


def find_obstacle(bench):
    """Why nothing can be done here; else an empty file system."""
    why = lacks('strace', 'mkfs.ext4', 'mount', root=True)
    if why:
        return why, None
    blank = make_blank(bench)
    disk = Disk(bench, blank)
    try:
        disk.begin()
    except OSError as problem:
        return f'no loop devices or mounts here: {problem}', None
    disk.end()
    return None, blank


def main():
    bench = Bench(
        __doc__, nosync='nosync.so, to be preloaded',
        points={'type': int, 'default': 400, 'metavar': 'N',
                         'help': 'how many points at most, evenly chosen'},
        workers={'type': int, 'default': 4},
        **{'proof-points': {'type': int, 'default': 12},
           'without-folder-sync': {'action': 'store_true',
                                   'help': 'only show that the cuts are real'}})
    why, blank = find_obstacle(bench)
    if why:
        bench.tap.skip('power cuts', why)
        bench.tap.skip('without the sync of the folder', why)
        return bench.tap.end()
    points = find_points(bench, blank)
    bench.tap.note(f'{len(points)} points in all')
    if not bench.args.without_folder_sync:
        chosen = sweep.sample(points, bench.args.points)
        ends, problems = sweep_points(bench, blank, chosen)
        show(bench, ends)
        bench.tap.report(f'power cuts at {len(chosen)} points: no shot is paid twice,'
                         ' no task id that was told is lost',
                         '\n'.join(problems[:10]) or None)
    without_folder_sync(bench, blank, points)
    return bench.tap.end()


if __name__ == '__main__':
    sys.exit(main())
