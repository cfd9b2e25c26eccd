#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the test suites that have keys, prompts and links with GST_DEBUG=*:9, and
looks for these in all that is logged and printed.
usage: whole-suite.py BUILD [SUITE...]"""
import sys
sys.dont_write_bytecode = True
import collections
import json
import os
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
SUITES = ['element', 'launch', 'documents']
# They start no task: one asks what elements there are, one sets and reads
# properties
SILENT = ['check-complete.py', 'test-element-properties']


def find_tests(build, suites):
    listed = subprocess.run(['meson', 'introspect', '--tests', build],
                            capture_output=True, text=True, check=True).stdout
    return [test['name'] for test in json.loads(listed)
            if any(suite.split(':')[-1] in suites for suite in test['suite'])]


def run(build, tests, folder):
    """What was found in each, and whether all passed."""
    scan = f'{sys.executable} {os.path.join(HERE, "scan.py")} {folder}'
    # all that may take long takes longer
    env = dict(os.environ, TEST_TIME_FACTOR='10', PYTHONDONTWRITEBYTECODE='1')
    done = subprocess.run(
        ['meson', 'test', '-C', build, '--no-rebuild', '--logbase', 'secrets',
         '--print-errorlogs', '--wrapper', scan, '--num-processes',
         # they wait more than they work
         str(3 * os.cpu_count()), *tests], env=env)
    results = []
    for name in os.listdir(folder):
        with open(os.path.join(folder, name)) as file:
            results.append(json.load(file))
    return results, done.returncode


def main():
    build, suites = sys.argv[1], sys.argv[2:] or SUITES
    tests = find_tests(build, suites)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        results, status = run(build, tests, folder)
    hits, allowed = collections.Counter(), collections.Counter()
    for result in results:
        hits.update(result['hits'])
        allowed.update(result['allowed'])
        for kind, lines in result['examples'].items():
            for line in lines:
                print(f'{" ".join(result["command"])}: {kind}: {line}')
    print(f'{len(results)} of {len(tests)} tests,'
          f' {sum(result["bytes"] for result in results) / 1e6:.0f} MB searched,'
          f' {time.monotonic() - begun:.0f} s')
    print('the prompt where it may be: ' + ', '.join(
        f'{place} {n}' for place, n in sorted(allowed.items())))
    for kind, n in sorted(hits.items()):
        print(f'HIT: {kind}: {n} lines')
    if status:
        print('a test failed')
    # where nothing is logged, nothing can be found
    silent = [' '.join(result['command']) for result in results
              if not result['own'] and result['command'][-1] not in SILENT]
    for command in silent:
        print(f'{command}: not one line of the log is of this project')
    return 1 if (hits or status or silent or len(results) < len(tests)
                 or not allowed) else 0


if __name__ == '__main__':
    sys.exit(main())
