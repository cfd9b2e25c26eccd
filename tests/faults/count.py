#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts the cells of the table of faults, over all its programs and for each
fault, and fails where a fault has neither a cell nor a test of another suite.
Prints TAP.  Usage: count.py SOURCE-ROOT PROGRAM..."""
import collections
import glob
import os
import sys

sys.dont_write_bytecode = True
from run import list_cells  # noqa: E402

FAULTS = 60

# Faults that need a process or a machine of their own: where they are tested,
# and what that file must say
ELSEWHERE = {
    3: ('tests/element/test-cancel.c', '"/cancel/resolve"'),
    5: ('tests/element/test-tls.c', '"wrong-host"'),
    39: ('tests/crash/sweep.py', 'def sweep'),
    40: ('tests/crash/powerloss.py', 'def sweep_points'),
    43: ('tests/crash/race.py', 'def '),
    44: ('tests/oom/*', ''),
    45: ('tests/crash/store-faults.py', 'def jumping_clock'),
    48: ('tests/stress/*', ''),
}


def find_elsewhere(root, fault):
    """The file that has the fault's test; or None"""
    pattern, text = ELSEWHERE.get(fault, (None, None))
    if pattern is None:
        return None
    for path in sorted(glob.glob(os.path.join(root, pattern))):
        if os.path.isfile(path):
            with open(path, errors='replace') as file:
                if text in file.read():
                    return os.path.relpath(path, root)
    return None


def main(root, programs):
    cells = [cell for program in programs for cell in list_cells(program)]
    counts = collections.Counter(int(cell.split('/')[2]) for cell in cells)
    print(f'1..{FAULTS}')
    for fault in range(1, FAULTS + 1):
        other = find_elsewhere(root, fault)
        words = [f'{counts[fault]} cells'] if counts[fault] else []
        words += [other] if other else []
        good = words and set(counts) <= set(range(1, FAULTS + 1))
        print(f'{"ok" if good else "not ok"} {fault} fault {fault}:',
              ', '.join(words) or 'neither a cell nor a test elsewhere')
    stages = {tuple(cell.split('/')[2:4]) for cell in cells}
    cancelled = sum(cell.endswith('-cancelled') for cell in cells)
    twice = len(cells) - len(set(cells))
    print(f'# {len(cells)} cells of {len(counts)} faults at {len(stages)}'
          f' stages of theirs; {cancelled} are cancelled in the fault')
    if twice:
        print(f'Bail out! {twice} names are used twice')
    return 1 if twice else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2:]))
