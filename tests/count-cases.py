#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts the cases of a run of 'meson test', and prints "N passed, N failed".

A test that ran fewer cases than tests/cases.txt says, one that did not run, and
a skip that is not allowed there count as failures: a check that had nothing to
check is none.

usage: count-cases.py TESTLOG.json STATUS [ALL]
STATUS: the exit status of 'meson test'; ALL: 0 if it was to run every test"""
import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))


def succeeds(*command):
    path = os.environ['PATH'] + ':/usr/sbin:/sbin'
    return shutil.which(command[0], path=path) is not None and subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=dict(os.environ, PATH=path)).returncode == 0


def has_clang_format():
    return succeeds('sh', '-c', 'clang-format --version | grep -q "version 14\\."')


# Where a skip may be allowed
PLACES = {
    'normal user': lambda: os.geteuid() != 0,
    'no namespaces': lambda: not succeeds(
        *[] if os.geteuid() == 0 else ['unshare', '-Ur'],
        'unshare', '-mn', 'mount', '--make-rprivate', '/'),
    'closed folder': lambda: os.geteuid() == 0 and not succeeds(
        'setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--', 'test',
        '-x', HERE),
    'no user namespaces': lambda: not succeeds(
        *['setpriv', '--reuid=4242', '--regid=4242', '--clear-groups']
        if os.geteuid() == 0 else [], 'unshare', '-Ur', 'true'),
    'no loop devices': lambda: not succeeds('losetup', '-f'),
    'no clang-format 14': lambda: not has_clang_format(),
}


def read_cases():
    """(name: cases at least), [(place, name, reason)]"""
    least, skips = {}, []
    with open(os.path.join(HERE, 'cases.txt')) as file:
        for line in file:
            fields = [field.strip() for field in line.split('|')]
            if line.startswith('#') or not line.strip():
                continue
            if len(fields) == 2:
                least[fields[0]] = int(fields[1])
            else:
                name, place, reason = fields
                skips.append((PLACES[place], name, reason))
    return least, skips


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.least, self.skips = read_cases()
        self.problems = []

    def fail(self, text):
        self.problems.append(text)
        self.failed += 1

    def may_skip(self, name, reason):
        return any(fnmatch.fnmatch(name, wanted) and re.search(pattern, reason)
                   and place() for place, wanted, pattern in self.skips)

    def add_skip(self, name, case):
        self.skipped += 1
        what, _, reason = case.partition('# SKIP')
        if not self.may_skip(name, reason):
            self.fail(f'{name}: skipped, which is not allowed here: '
                      f'{what.strip()}: {reason.strip()}')

    def add(self, test):
        # "project:suite / name", or since meson 1.9 "suite - project:name"
        name = test['name'].split(' / ')[-1].split(':')[-1]
        cases = re.findall(r'^\s*(not ok|ok)\b(.*)$', test.get('stdout') or '',
                           re.M)
        bad = sum(kind == 'not ok' for kind, _ in cases)
        for kind, rest in cases:
            if kind == 'ok' and '# SKIP' in rest:
                self.add_skip(name, rest)
            else:
                self.passed += kind == 'ok'
        self.failed += bad
        if test['result'] == 'SKIP' and not cases:
            self.add_skip(name, f'all of it # SKIP {test["stdout"]}')
        elif test['result'] not in ('OK', 'EXPECTEDFAIL', 'SKIP') and not bad:
            self.fail(f'{name}: {test["result"]}')
        if name not in self.least:
            self.fail(f'{name}: tests/cases.txt does not say how many cases it has')
        elif len(cases) < self.least[name]:
            self.fail(f'{name}: {len(cases)} cases, {self.least[name]} are expected')
        return name


def main(log, status, arguments='0'):
    count = Count()
    names = set()
    if os.path.exists(log):
        with open(log) as file:
            names = {count.add(json.loads(line)) for line in file}
    if not names:
        count.fail('no test ran')
    elif arguments == '0':
        for name in sorted(set(count.least) - names):
            count.fail(f'{name}: did not run')
    else:
        print('A part of the tests: nobody asks whether one is missing.')
    for problem in count.problems:
        print(problem)
    if count.failed == 0 and int(status) != 0:
        count.failed = 1
    if count.skipped:
        print(f'{count.skipped} skipped: see {log}')
    print(f'{count.passed} passed, {count.failed} failed')
    return 1 if count.failed or not count.passed else 0


sys.exit(main(*sys.argv[1:]))
