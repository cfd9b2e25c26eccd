#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many at one store: nothing is lost, and how long it takes.

  crowd.py BUILD [ELEMENTS [PROCESSES]]

Runs that many elements of one process (1,000), each with a shot of its own; that
many processes (32) that begin at once, each with a shot of its own; and as many that
want the same shot.  TMPDIR says on which disk the stores are.
"""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import os
import resource
import time

from bench import make_bench
from pipelines import Run, query
from tap import check, expect


def count_attempts(store):
    return query(os.path.join(store, 'hailuo.db'),
                 'SELECT state, count (DISTINCT shot), count (DISTINCT task_id), '
                 'count (*) FROM attempt GROUP BY state')


def check_shots(bench, simulator, store, prompts, ends):
    for end in ends:
        expect(f'the end of {end}', bench.judge(end), 'clip')
    expect('billed', [simulator.billed(prompt) for prompt in prompts],
           [1] * len(prompts))
    expect('the ledger', count_attempts(store),
           [('delivered', *[len(prompts)] * 3)])


def run_elements(bench, simulator, elements):
    store = bench.new_path('store')
    prompts = [bench.new('element') for _ in range(elements)]
    with Run(bench) as run:
        begun = time.monotonic()
        run.send(' '.join(bench.shot(simulator, store, prompt, timeout=600)
                          for prompt in prompts))
        end = run.end()
        took = time.monotonic() - begun
    check_shots(bench, simulator, store, prompts, [end])
    expect('clips', len(end['clips']), elements)
    print(f'{elements} elements of one process, a shot each: {took:.1f} s')


def run_processes(bench, simulator, processes, own):
    store = bench.new_path('store')
    prompts = [bench.new('process') for _ in range(processes if own else 1)]
    runs = [Run(bench, '--hold') for _ in range(processes)]
    for number, run in enumerate(runs):
        run.send(bench.shot(simulator, store, prompts[number % len(prompts)]))
    for run in runs:
        run.wait_for('thread')
    begun = time.monotonic()
    for run in runs:
        run.send()
    ends = [run.end() for run in runs]
    took = time.monotonic() - begun
    for run in runs:
        run.close()
    check_shots(bench, simulator, store, prompts, ends)
    print(f'{processes} processes at once, '
          f'{"a shot each" if own else "the same shot"}: {took:.1f} s')


def main():
    build = os.path.realpath(sys.argv[1])
    elements = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    processes = int(sys.argv[3]) if len(sys.argv) > 3 else 32
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    check(limit >= 16 * elements, f'no more than {limit} files may be open')
    bench = make_bench(build)
    simulator = bench.simulator()
    run_elements(bench, simulator, elements)
    run_processes(bench, simulator, processes, True)
    run_processes(bench, simulator, processes, False)


if __name__ == '__main__':
    main()
