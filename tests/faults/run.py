#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the cells of one program of the table of faults: several at once, as
most of the time they wait, and to the end, also where one of them ends the
process.  Prints TAP.  Usage: run.py PROGRAM [PREFIX]"""
import concurrent.futures
import re
import subprocess
import sys
import threading

SLICES = 3
SECONDS = 100  # at most, for one slice

RESULT = re.compile(r'(ok|not ok) \d+ (/\S+)(.*)')
LONGEST = re.compile(r'# longest stop: ([\d.]+) ms')


class Report:
    """What is printed, by one slice at a time"""

    def __init__(self):
        self.lock = threading.Lock()
        self.number = 0
        self.failed = 0
        self.longest = 0.0

    def tell(self, good, path, rest='', lines=()):
        with self.lock:
            self.number += 1
            self.failed += not good
            print(*(f'# {line}' for line in lines), sep='\n',
                  end='\n' if lines else '')
            print(f'{"ok" if good else "not ok"} {self.number} {path}{rest}',
                  flush=True)

    def note_stop(self, milliseconds):
        with self.lock:
            self.longest = max(self.longest, milliseconds)


def run_once(program, paths, report):
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
                good = result[1] == 'ok'
                report.tell(good, result[2], result[3], [] if good else lines)
                left.remove(result[2])
                lines = []
            elif longest:
                report.note_stop(float(longest[1]))
            elif 'GLib-DEBUG' not in line:
                lines.append(line.rstrip().lstrip('# '))
    killer.cancel()
    if left:
        # GLib runs them in the order of their names, not in ours
        report.tell(False, find_culprit(program, left), '',
                    lines + [f'the process ended with {process.returncode}'])
    return left


def find_culprit(program, left):
    """The first of the paths in the order in which they are run"""
    for path in list_cells(program):
        if path in left:
            left.remove(path)
            return path
    raise AssertionError(left)


def run_slice(program, paths, report):
    while paths:
        paths = run_once(program, paths, report)


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
    report = Report()
    print(f'1..{len(cells)}')
    with concurrent.futures.ThreadPoolExecutor(SLICES) as pool:
        jobs = [pool.submit(run_slice, program, cells[i::SLICES], report)
                for i in range(SLICES)]
    for job in jobs:
        job.result()
    print(f'# {len(cells)} cells')
    print(f'# longest stop: {report.longest} ms')
    return 1 if report.failed else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
