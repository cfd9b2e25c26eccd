#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lets one allocation of a whole run fail, evenly chosen from all that a run
makes; then runs the same line again with memory enough.  The first run may end
with the clip, with an error, or by GLib, which ends the process where it gets
no memory; never with a segmentation fault and never not at all.  However it
ended: one task is billed at most, and the next start ends with the clip or
says that the outcome is unknown.  The same for each thread that cannot be
made.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import collections
import json
import os
import random
import re
import select
import shutil
import signal
import subprocess

import points
from pipelines import Bench, Run, detail
from tap import Failure, check, expect

EARLY = 30      # of the points: before the first line of a run, in GLib's start
# What is counted, and fails
RUN, START, THREAD = 'allocation', 'allocation (early)', 'thread'
VARIABLES = {START: 'FAILMALLOC_EARLY', THREAD: 'FAILMALLOC_THREAD'}
GLIB = ('libglib', 'libgobject', 'libgmodule', 'libgio')
SEED = 1
MOST = 10       # problems that are told
PATIENCE = 60   # seconds until a run hangs; the element itself waits 30 s for
                # bytes that do not come

# What hangs for want of memory and is not ours to mend: what the frames of the
# allocation are then, and why.  These are waited for KNOWN_PATIENCE only.
KNOWN_PATIENCE = 3
# a thread, and nobody but GLib and GStreamer between it and ...
NO_THREAD = (r'pthread_create[^\n]*\n'
             r'(?:[^\n]*/(?:libglib|libgobject|libc|libgstreamer)[-.][^\n]*\n)*[^\n]*')
KNOWN_HANGS = [
    (r'g_slist_prepend[^\n]*\n[^\n]*g_once_init_enter',
     'GLib: g_once_init_enter() has its lock while it allocates, and g_error()'
     ' wants it too'),
    (NO_THREAD + 'gst_task_(?:set_state|new)',
     'GStreamer: gst_task_join() waits for a thread that could not be made'),
    # (from 1.28 on it is a function with no name for it)
    (NO_THREAD + '(?:gst_element_call_async|gst_bus_post)',
     'GStreamer: a bin goes on to PLAYING in a thread that could not be made'),
]

CRASHES = {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE}
ABORTS = {signal.SIGABRT, signal.SIGTRAP}


class Log:
    """What failmalloc.c wrote about one process."""

    def __init__(self, path):
        text = ''
        if os.path.exists(path):
            with open(path) as file:
                text = file.read()
        found = re.search(r'^count (\d+)$', text, re.M)
        self.count = int(found[1]) if found else None
        self.failed = self.frames(text, 'failed')
        self.crash = self.frames(text, 'crash')

    def known_hang(self):
        text = '\n'.join(self.failed or [])
        return next((why for pattern, why in KNOWN_HANGS
                     if re.search(pattern, text)), None)

    @staticmethod
    def frames(text, word):
        """None: there is no such line."""
        found = re.search(rf'^{word} .*\n((?:.*\[0x[0-9a-f]+\]\n)*)', text, re.M)
        return found and [frame for frame in found[1].splitlines()
                          if 'failmalloc' not in frame
                          or 'pthread_create' in frame]

    @staticmethod
    def owner(frames):
        """Whose frame is the first, GLib's and the C library's put aside: they
        do what others ask them for."""
        for frame in frames or []:
            name = os.path.basename(frame.split('(')[0])
            if not name.startswith(GLIB + ('failmalloc', 'libc.so', 'ld-linux')):
                return name.split('.so')[0].removesuffix('-1.0')
        return 'the C library or GLib'


class KnownHang(Exception):
    pass


class Victim(Run):
    """A run that tells where it hangs."""
    where = ''

    def kill(self):
        if self.process.poll() is None and shutil.which('gdb'):
            self.where = subprocess.run(
                ['gdb', '--batch', '-ex', 'thread apply all backtrace 25', '-p',
                 str(self.process.pid)], capture_output=True, text=True).stdout
        super().kill()

    def end_or_hang(self, log):
        """How it ended; None: the process is gone."""
        output = self.process.stdout
        while True:
            if b'\n' not in self.buffer and not select.select(
                    [output], [], [], KNOWN_PATIENCE)[0]:
                known = Log(log).known_hang()
                if known:
                    raise KnownHang(known)
            line = self.read(PATIENCE)
            if line is None or line.startswith('{'):
                return line and json.loads(line)


class Worker(points.Worker):
    def preload(self, kind, at=0):
        """Environment and log of a run that is counted."""
        log = self.bench.new_path('failmalloc')
        env = {'LD_PRELOAD': os.path.abspath(self.bench.args.failmalloc),
               'FAILMALLOC_LOG': log, 'FAILMALLOC_AT': str(at)}
        if kind in VARIABLES:
            env[VARIABLES[kind]] = '1'
        return env, log

    def count(self, kind):
        """How many of them a run makes; the fewest of three."""
        counts = []
        for _ in range(3):
            env, log = self.preload(kind)
            with Run(self.bench, env=env) as run:
                end = run.run(self.bench.shot(
                    self.simulator, self.bench.new_path('store'),
                    self.bench.new('count')))
                expect('a run with no failure', self.bench.judge(end), 'clip')
                run.close()
            counts.append(Log(log).count)
            os.unlink(log)
            check(counts[-1], 'nothing was counted')
        return min(counts)

    def fail_one(self, line, kind, at):
        """How that run ended, in words, its line of JSON, and its log."""
        env, path = self.preload(kind, at)
        with Victim(self.bench, env=env) as run:
            end = known = None
            try:
                run.send(line)
                end = run.end_or_hang(path)
            except BrokenPipeError:
                pass
            except KnownHang as why:
                known = str(why)
                super(Victim, run).kill()
            except Failure:
                raise Failure(f'hangs, after this failed:\n'
                              f'{lines(Log(path).failed)}\n{run.where}')
            status = run.close()
        log = Log(path)
        os.unlink(path)
        return known or self.judge(end, -status, log), end, log

    def judge(self, end, number, log):
        if number in CRASHES:
            raise Failure(f'{signal.Signals(number).name} in '
                          f'{log.owner(log.crash)}:\n{lines(log.crash)}\n'
                          f'after this failed:\n{lines(log.failed)}')
        if number > 0:
            check(number in ABORTS, f'ended by {signal.Signals(number).name}')
            return 'ended by GLib' + (' late' if end else '')
        if end is None:
            return f'exit status {-number}'
        return self.bench.judge(end)

    def try_point(self, kind, at):
        """Who was refused, how the run and the next one ended."""
        bench, simulator = self.bench, self.simulator
        prompt = f'{kind} {at}'
        store = bench.new_path('store')
        line = bench.shot(simulator, store, prompt)
        first, end, log = self.fail_one(line, kind, at)
        billed = simulator.billed(prompt)
        about = f'{first}, {billed} billed: {end and end.get("text")}'
        check(first != 'WRONG CLIP', first)
        check(billed <= 1, about)
        check(first != 'clip' or billed == 1, about)
        claim = detail(end or {}, 'billed')
        check(claim != 'no' or billed == 0, f'it says: not billed; {about}')
        check(claim != 'yes' or billed == 1, f'it says: billed; {about}')

        again = self.runner.run(line)
        second, after = bench.judge(again), simulator.billed(prompt)
        about += f'; then {second}, {after} billed: {again.get("text")}'
        check(after <= 1, f'paid twice: {about}')
        check(second in ('clip', 'unknown'), about)
        check(second == 'clip' or (claim != 'no' and first != 'clip'), about)
        if second == 'unknown':
            self.get_by_id(store, prompt, about)
        expect(f'billed in the end, {about}', simulator.billed(prompt), 1)
        refused = log.owner(log.failed) if log.failed is not None else None
        return refused, first, second, billed

    def get_by_id(self, store, prompt, about):
        """What to do where the outcome is unknown: the task, if it is there, by
        its id, else a new one."""
        tasks = self.simulator.tasks(prompt)
        settings = {'task_id': tasks[0]['id']} if tasks else {'reuse': 'never'}
        end = self.runner.run(self.bench.shot(
            self.simulator, store, prompt, **settings))
        expect(f'with {settings}: {end.get("text")}, {about}',
               self.bench.judge(end), 'clip')


def lines(frames):
    return '\n'.join('  ' + frame for frame in frames or ['(not known)'])


def report(tap, tried, ends, problems):
    refused = collections.Counter()
    kinds = collections.Counter()
    for (library, first, second, billed), n in ends.items():
        refused[library] += n
        kinds[(first, second, billed)] += n
    tap.note(f'{"run with the failure":36} {"next start":10} billed before it  runs')
    for (first, second, billed), n in sorted(kinds.items()):
        tap.note(f'{first:36} {second:10} {billed:16} {n:5}')
    tap.note('refused: ' + ', '.join(
        f'{library or "(not reached)"} {n}' for library, n in refused.most_common()))
    hangs = [p for p in problems if p[1].startswith('hangs')]
    crashes = [p for p in problems if p[1].startswith('SIG')]
    others = [p for p in problems if p not in hangs + crashes]
    for name, found in (('a segmentation fault', crashes), ('a hang', hangs),
                        ('a bill or an end that is wrong', others)):
        tap.report(f'no run of {len(tried)} ends with {name}', '\n'.join(
            f'{point[0]} {point[1]}: {text}'
            for point, text in found[:MOST]) or None)
    reached = sum(n for library, n in refused.items() if library)
    tap.report(f'{reached} allocations and threads failed', None if reached >= 0.9 * len(tried)
               - len(problems) else 'too few')


def main():
    bench = Bench(
        __doc__, failmalloc='the library to preload',
        points={'type': int, 'default': 300, 'metavar': 'N',
                'help': 'how many allocations, evenly chosen'},
        at={'type': int, 'help': 'only this one'},
        early={'action': 'store_true', 'help': '--at: of those at the start'},
        thread={'action': 'store_true', 'help': '--at: of the threads'},
        seed={'type': int, 'default': SEED},
        workers={'type': int, 'default': 2})
    args = bench.args
    # each allocation of GLib's slices is one of its own, as in newer versions
    bench.env['G_SLICE'] = 'always-malloc'
    bench.env['MALLOC_CHECK_'] = '0'
    workers = [Worker(bench) for _ in range(args.workers)]
    run, start, threads = map(workers[0].count, (RUN, START, THREAD))
    bench.tap.note(f'{run} allocations in a run, {start - run} before it, and'
                   f' {threads} threads')
    rng = random.Random(args.seed)
    early = start - run if args.points > run else min(EARLY, args.points // 10)
    chosen = [(kind, at) for kind, count, number in (
        (RUN, run, args.points - early), (START, start - run, early),
        (THREAD, threads, threads))
        for at in points.sample(range(1, count + 1), number, rng)]
    if args.at:
        chosen = [(THREAD if args.thread else START if args.early else RUN,
                   args.at)]
    ends, problems = points.sweep(workers, chosen)
    report(bench.tap, chosen, ends, problems)
    return bench.tap.end()


sys.exit(main())
