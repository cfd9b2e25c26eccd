#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long a run takes by the number of attempts in the ledger.

  bench.py BUILD [ROUNDS]

Prints a table: how many milliseconds each operation takes, from the pipeline to
its end, and the ratio to that in an empty store.  In each round each store has its
turn, and what counts is the fastest quarter of the rounds: on a machine that does
other things too the rest says more about those.  The attempts are those of a year,
and the newest 1,000 have clips; in "one hour" all are of the last hour, the most
that a budget may have to sum.  TMPDIR says on which disk the stores are.
"""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import os
import random
import sqlite3
import statistics
import subprocess
import time

from pipelines import Bench, Run, task_id
from tap import check, expect

YEAR = 365 * 86400 * 10 ** 6
HOUR = 3600 * 10 ** 6
CLIPS = 1000
BUDGET = 0.5   # USD: one shot is within it, two are not
# name, attempts, microseconds that they took
STORES = (('0', 0, YEAR), ('1,000', 1000, YEAR), ('100,000', 100000, YEAR),
          ('one hour', 100000, HOUR))
OPERATIONS = ('new shot', 'replay', 'adoption', 'refusal by budget')


def make_bench(build):
    core = subprocess.run(
        ['pkg-config', '--variable=pluginsdir', 'gstreamer-1.0'],
        capture_output=True, text=True, check=True).stdout.strip()
    return Bench(__doc__, [
        '--simulator', f'{build}/tests/simulator/hailuo-simulator',
        '--clip', f'{build}/tests/simulator/test-clip-small.mp4',
        '--program', f'{build}/tests/crash/one-run',
        '--plugins', f'{build}/gst', '--core-plugins', core])


def fill(store, attempts, span):
    """Copies of the one attempt that is there, as the element would leave them."""
    with sqlite3.connect(os.path.join(store, 'hailuo.db')) as db:
        db.row_factory = sqlite3.Row
        first = dict(db.execute('SELECT * FROM attempt').fetchone())
        names = [name for name in first if name != 'attempt']
        rows = []
        for number in range(attempts):
            row = dict(first)
            shift = (attempts - number) * span // attempts
            for name in 'created', 'submitted', 'ended', 'used':
                row[name] -= shift
            row['shot'] = random.randbytes(32).hex()
            row['task_id'] = random.randbytes(16).hex()
            row['sha256'] = random.randbytes(32).hex()
            rows.append([row[name] for name in names])
            open(os.path.join(store, 'locks', row['shot'] + '.lock'), 'w').close()
            if attempts - number <= CLIPS:
                with open(os.path.join(store, 'clips', row['sha256'] + '.mp4'),
                          'wb') as clip:
                    clip.write(bytes(row['size']))
        db.executemany(
            f'INSERT INTO attempt ({", ".join(names)}) VALUES '
            f'({", ".join("?" * len(names))})', rows)
    db.close()


class Store:
    def __init__(self, bench, simulator, run, name, attempts, span):
        self.bench, self.simulator, self.player = bench, simulator, run
        self.name = name
        self.folder = bench.new_path('store')
        self.times = {operation: [] for operation in OPERATIONS}
        self.play(prompt='the first')
        if attempts:
            fill(self.folder, attempts, span)

    def play(self, wanted='eos', **settings):
        """Its end, and the milliseconds that it took."""
        settings = {'store': self.folder, **settings}
        line = self.bench.shot(self.simulator, **settings)
        begun = time.monotonic()
        end = self.player.run(line)
        took = (time.monotonic() - begun) * 1000
        expect(f'the end of {end}', end['end'], wanted)
        return end, took

    def go_round(self, elsewhere):
        prompt = self.bench.new('prompt')
        made = task_id(self.play(store=elsewhere, prompt=self.bench.new('made'))[0])
        for operation, wanted, settings in (
                ('new shot', 'eos', {'prompt': prompt}),
                ('replay', 'eos', {'prompt': prompt}),
                ('adoption', 'eos', {'task_id': made}),
                ('refusal by budget', 'error',
                 {'prompt': prompt, 'take': 2, 'budget': BUDGET})):
            self.times[operation].append(self.play(wanted, **settings)[1])


def get_time(times):
    """The median of the fastest quarter."""
    return statistics.median(sorted(times)[:max(len(times) // 4, 1)])


def print_table(stores):
    print(f'{"ms":18}' + ''.join(f'{store.name:>20}' for store in stores))
    worst = 0
    for operation in OPERATIONS:
        cells = ''
        base = get_time(stores[0].times[operation])
        for store in stores:
            took = get_time(store.times[operation])
            cells += f'{took:13.2f} ({took / base:4.2f})'
            worst = max(worst, took / base)
        print(f'{operation:18}{cells}')
    print(f'the worst ratio: {worst:.2f}')


def main():
    build = os.path.realpath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    bench = make_bench(build)
    simulator = bench.simulator()
    elsewhere = bench.new_path('elsewhere')
    with Run(bench) as run:
        stores = [Store(bench, simulator, run, *store) for store in STORES]
        for _ in range(rounds):
            for store in stores:
                store.go_round(elsewhere)
    submits = simulator.count('submit')
    expect('submits', submits, len(stores) * (1 + 2 * rounds))
    simulator.expect_billed(submits)
    check(all(len(times) == rounds for store in stores
              for times in store.times.values()), 'a time is missing')
    print_table(stores)


if __name__ == '__main__':
    main()
