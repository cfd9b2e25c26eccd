#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the cells of one program of the table of faults: several at once, as
most of the time they wait, and to the end, also where one of them ends the
process.  Prints TAP.  Usage: run.py PROGRAM [PREFIX]"""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import concurrent.futures
import re
import subprocess
import threading

from tap import Tap

SLICES = 3
SECONDS = 100  # at most, for one slice

RESULT = re.compile(r'(ok|not ok) \d+ (/\S+)(.*)')
LONGEST = re.compile(r'# longest stop: ([\d.]+) ms')


def run_once(program, paths, tap, stops):
    """Runs the cells in one process; returns those that it did not come to."""
    left, lines = list(paths), []
    command = [program] + [word for path in paths for word in ('-p', path)]
    process = subprocess.Popen(command, text=True, errors='replace',
                               stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    killer = threading.Timer(SECONDS, process.kill)
    killer.start()
    with process:
        for line in process.stdout:
            result = RESULT.match(line)
            longest = LONGEST.match(line)
            if result:
                tap.report(result[2] + result[3],
                           None if result[1] == 'ok' else '\n'.join(lines))
                left.remove(result[2])
                lines = []
            elif longest:
                stops.append(float(longest[1]))
            elif 'GLib-DEBUG' not in line:
                lines.append(line.rstrip().lstrip('# '))
    killer.cancel()
    if left:
        # GLib runs them in the order of their names, not in ours
        tap.report(find_culprit(program, left), '\n'.join(
            lines + [f'the process ended with {process.returncode}']))
    return left


def find_culprit(program, left):
    """The first of the paths in the order in which they are run"""
    for path in list_cells(program):
        if path in left:
            left.remove(path)
            return path
    raise AssertionError(left)


def list_cells(program):
    """The paths of a program's cells: /faults/FAULT/STAGE/NAME"""
    lines = subprocess.run([program, '-l'], check=True, text=True, timeout=60,
                           stdout=subprocess.PIPE).stdout.splitlines()
    # since GLib 2.80 they are comments of TAP
    cells = [line.removeprefix('# ') for line in lines
             if line.removeprefix('# ').startswith('/faults/')]
    if not cells:
        raise AssertionError(f'{program} -l lists no cells: {lines[:3]}')
    return cells


def main(program, prefix='/'):
    cells = [cell for cell in list_cells(program) if cell.startswith(prefix)]
    tap, stops = Tap(), []

    def run_slice(paths):
        while paths:
            paths = run_once(program, paths, tap, stops)

    with concurrent.futures.ThreadPoolExecutor(SLICES) as pool:
        list(pool.map(run_slice, (cells[i::SLICES] for i in range(SLICES))))
    tap.note(f'longest stop: {max(stops, default=0)} ms')
    return tap.end()


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
