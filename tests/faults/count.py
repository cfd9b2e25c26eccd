#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts the cells of the table of faults, over all its programs and for each
fault of README.md, and fails where a fault has neither a cell nor a test of
another suite.  Prints TAP.  Usage: count.py SOURCE-ROOT PROGRAM..."""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import collections
import glob
import os
import re

from run import list_cells
from tap import Tap, check, expect

# Faults that need a process or a machine of their own: where they are tested,
# and what that file must say
ELSEWHERE = {
    3: ('tests/element/test-cancel.c', '"/cancel/resolve"'),
    5: ('tests/element/test-tls.c', '"wrong-host"'),
    39: ('tests/crash/sweep.py', "'SIGKILL'"),
    40: ('tests/crash/powerloss.py', 'def cut_power'),
    43: ('tests/crash/race.py', 'def '),
    44: ('tests/oom/*', ''),
    45: ('tests/crash/store-faults.py', 'def jumping_clock'),
    48: ('tests/stress/*', ''),
}


def read_titles(root):
    """{number: title}"""
    with open(os.path.join(root, 'tests/faults/README.md')) as file:
        titles = re.findall(r'^(\d+)\. (.+)$', file.read(), re.M)
    expect('the numbers', [int(number) for number, _ in titles],
           list(range(1, len(titles) + 1)))
    return {int(number): title for number, title in titles}


def find_elsewhere(root, fault):
    """The file that has the fault's test; or None"""
    pattern, text = ELSEWHERE.get(fault, ('', ''))
    for path in sorted(glob.glob(os.path.join(root, pattern))) if pattern else []:
        if os.path.isfile(path):
            with open(path, errors='replace') as file:
                if text in file.read():
                    return os.path.relpath(path, root)
    return None


def main(root, *programs):
    tap = Tap()
    cells = [cell for program in programs for cell in list_cells(program)]
    counts = collections.Counter(int(cell.split('/')[2]) for cell in cells)
    titles = read_titles(root)
    for fault, title in titles.items():
        other = find_elsewhere(root, fault)
        words = [f'{counts[fault]} cells'] if counts[fault] else []
        words += [other] if other else []
        tap.report(f'{fault}, {title}: {", ".join(words)}',
                   None if words else 'neither a cell nor a test elsewhere')
    stages = {tuple(cell.split('/')[2:4]) for cell in cells}
    cancelled = sum(cell.endswith('-cancelled') for cell in cells)
    tap.note(f'{len(cells)} cells of {len(counts)} faults at {len(stages)}'
             f' stages of theirs; {cancelled} are cancelled in the fault')
    unlisted = {*counts, *ELSEWHERE} - {*titles}
    check(not unlisted, f'README.md does not list {sorted(unlisted)}')
    check(len(set(cells)) == len(cells), 'a name is used twice')
    return tap.end()


sys.exit(main(*sys.argv[1:]))
