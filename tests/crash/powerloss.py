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
sys.path.insert(0, sys.path[0] + '/../lib')
import fcntl
import os
import shutil
import struct
import subprocess

import environment
import points
from environment import need, start, starting
from pipelines import Bench
from scenes import Adopted, New, Renewed, Resumed
from tap import Skip, expect

SHUTDOWN = 0x8004587d   # EXT4_IOC_SHUTDOWN
NO_LOG_FLUSH = 2
SIZE = 8 << 20
SCENES = [New, Resumed, Adopted, Renewed]


class Disk:
    """An ext4 file system in a file."""

    def __init__(self, bench, blank):
        self.bench = bench
        self.blank = blank
        self.image = bench.new_path('image')
        self.folder = bench.new_path('disk')

    def mount(self):
        self.bench.mount('-o', 'loop', '-t', 'ext4', self.image, folder=self.folder)

    def flush(self):
        expect('sync', start(['sync', '-f', self.folder]).wait(), 0)

    def cut_power(self):
        with starting:
            folder = os.open(self.folder, os.O_RDONLY)
            fcntl.ioctl(folder, SHUTDOWN, struct.pack('I', NO_LOG_FLUSH))
            os.close(folder)
        self.bench.unmount(self.folder)
        self.mount()

    def __enter__(self):
        shutil.copyfile(self.blank, self.image)
        self.mount()

    def __exit__(self, *unused):
        self.bench.unmount(self.folder)


def make_blank(bench):
    """An empty file system, to be copied."""
    need('strace', 'mkfs.ext4', 'mount', root=True)
    path = bench.path('blank')
    with open(path, 'wb') as file:
        file.truncate(SIZE)
    subprocess.run(['mkfs.ext4', '-q', '-F', path], check=True,
                   env={**os.environ, 'PATH': environment.PATH})
    with Disk(bench, path):
        return path


class Worker(points.Worker):
    def __init__(self, bench, blank, env=None):
        super().__init__(bench)
        self.disk, self.env = Disk(bench, blank), env

    def make_scene(self, kind):
        # of a name of its own: the runner is not to know anything of it
        store = os.path.join(self.disk.folder, 'state', self.bench.new('store'))
        return kind(self.bench, self.simulator, store, self.bench.new(kind.__name__))

    def count_calls(self, kind):
        with self.disk:
            scene = self.make_scene(kind)
            _, end, text = points.trace(self.bench, scene.prepare(self.runner))
            expect('a run with no fault', self.bench.judge(end), 'clip')
        return points.count_calls(text)

    def try_point(self, kind, fault, name, number):
        with self.disk:
            scene = self.make_scene(kind)
            line = scene.prepare(self.runner)
            before = self.simulator.billed(scene.prompt)
            # what was there before the fault is old: it is on the disk
            self.disk.flush()
            run, end, _ = points.trace(self.bench, line,
                                       f'signal=SIGKILL:when={number}', name, self.env)
            self.disk.cut_power()
            return (kind.__doc__, self.bench.judge(end),
                    *scene.run_again(self.runner, run, end, before))


def sweep(bench, blank, chosen, env=None):
    """What was wrong at which point."""
    ends, problems = points.sweep(
        [Worker(bench, blank, env) for _ in range(bench.args.workers)], chosen)
    for (scene, first, second, billed), n in sorted(ends.items()):
        bench.tap.note(f'{scene}: {first}, next run {second}, {billed} new bills:'
                       f' {n} points')
    return [f'{point[0].__name__} {point[2]} {point[3]}: {problem}'
            for point, problem in problems]


def without_folder_sync(bench, blank, all_points):
    """Whether the cuts lose something then: where an attempt must be on the disk,
    and the end of its journal is in a folder that was not synced."""
    chosen = [point for point in all_points if point[0] is New
              and point[2] in ('connect', 'sendto', 'recvfrom', 'socket')]
    chosen = chosen[:bench.args.proof_points]
    problems = sweep(bench, blank, chosen, {'LD_PRELOAD': bench.args.nosync})
    bench.tap.note('\n'.join(problems))
    twice = sum('paid twice' in problem for problem in problems)
    bench.tap.report(
        f'without the sync of the folder {twice} of {len(chosen)} power cuts make a'
        ' second task', None if twice else 'the power cuts are not real')


def main():
    bench = Bench(
        __doc__, nosync='nosync.so, to be preloaded',
        points={'type': int, 'default': 400, 'metavar': 'N',
                         'help': 'how many points at most, evenly chosen'},
        workers={'type': int, 'default': 4},
        **{'proof-points': {'type': int, 'default': 12},
           'without-folder-sync': {'action': 'store_true',
                                   'help': 'only show that the cuts are real'}})
    try:
        blank = make_blank(bench)
        worker = Worker(bench, blank)
        all_points = points.make_points(bench.tap, SCENES, worker.count_calls,
                                        'power cut')
    except Skip as why:
        bench.tap.skip('power cuts', why)
        bench.tap.skip('without the sync of the folder', why)
        return bench.tap.end()
    if not bench.args.without_folder_sync:
        chosen = points.sample(all_points, bench.args.points)
        problems = sweep(bench, blank, chosen)
        bench.tap.report(f'power cuts at {len(chosen)} points: no shot is paid twice,'
                         ' no task id that was told is lost',
                         '\n'.join(problems[:10]) or None)
    without_folder_sync(bench, blank, all_points)
    return bench.tap.end()


sys.exit(main())
