#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shows that the tests see it when a line that guards money or secrets goes.

  run.py [--trust] BUILD [NAME...]

Each NAME.patch beside this file is a mutant: a change of one line, under a
head that says what is lost ("Lost:") and which test must fail then ("Test:", a
test's name and, after it, arguments for its program).  In BUILD, a folder of
its own, the source is copied and built; each test must pass there, and fail
with the mutant.  --trust: that they pass has been seen already.
"""
import filecmp
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Mutant:
    def __init__(self, path):
        self.name = path.stem
        self.path = path
        text = path.read_text()
        self.lost = re.search(r'^Lost: (.*)$', text, re.M).group(1)
        self.test = re.search(r'^Test: (.*)$', text, re.M).group(1)
        changed = [line for line in text.splitlines()
                   if re.match(r'[-+](?![-+])', line)]
        added = [line for line in changed if line[0] == '+']
        if len(added) > 1 or not 1 <= len(changed) - len(added) <= 1:
            sys.exit(f'{path.name}: a mutant changes one line')


def run(*command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **more)


def must(*command, **more):
    done = run(*command, **more)
    if done.returncode != 0:
        sys.exit(f'{shlex.join(command)}:\n{done.stdout}')
    return done.stdout


def copy_source(source):
    for name in must('git', 'ls-files', cwd=ROOT).splitlines():
        if not (ROOT / name).exists():
            continue
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        # what is the same keeps its time, and is not built again
        if not target.exists() or not filecmp.cmp(ROOT / name, target, False):
            shutil.copyfile(ROOT / name, target)
            shutil.copymode(ROOT / name, target)


def run_test(build, test):
    """Whether the test passes.  Builds what it needs before."""
    name, *arguments = shlex.split(test)
    command = ['meson', 'test', '-C', str(build), '--no-rebuild', name]
    if arguments:
        command += ['--test-args', shlex.join(arguments)]
    done = run(*command)
    counts = dict(re.findall(r'^(Ok|Fail|Skipped|Timeout): +(\d+)',
                             done.stdout, re.M))
    if counts.get('Skipped', '0') != '0':
        return 'skipped'
    if done.returncode == 0 and counts.get('Ok') == '1':
        return 'passed'
    if '1' in (counts.get('Fail'), counts.get('Timeout')):
        return 'failed'
    sys.exit(f'{test}:\n{done.stdout}')


def try_mutant(source, build, mutant):
    start = time.monotonic()
    with mutant.path.open() as patch:
        done = run('patch', '-p1', '--no-backup-if-mismatch', cwd=source,
                   stdin=patch)
    if done.returncode != 0:
        sys.exit(f'{mutant.name} does not apply any more:\n{done.stdout}')
    try:
        must('ninja', '-C', str(build), '--quiet')
        end = run_test(build, mutant.test)
    finally:
        with mutant.path.open() as patch:
            run('patch', '-p1', '-R', '--no-backup-if-mismatch', cwd=source,
                stdin=patch)
    word = {'failed': 'killed', 'passed': 'SURVIVED', 'skipped': 'skipped'}[end]
    print(f'{word}: {mutant.name}: {mutant.lost} '
          f'({mutant.test}, {time.monotonic() - start:.1f} s)', flush=True)
    return word


def main():
    arguments = [word for word in sys.argv[1:] if word != '--trust']
    build = pathlib.Path(arguments[0]).resolve()
    names = arguments[1:]
    mutants = [Mutant(path) for path in sorted(HERE.glob('*.patch'))
               if not names or path.stem in names]
    source = build / 'source'
    copy_source(source)
    build = build / 'build'
    if not (build / 'build.ninja').exists():
        must('meson', 'setup', str(build), str(source))
    must('ninja', '-C', str(build), '--quiet')

    trusted = '--trust' in sys.argv
    for test in sorted({mutant.test for mutant in mutants if not trusted}):
        if run_test(build, test) == 'failed':
            sys.exit(f'{test} fails without a mutant')
    words = [try_mutant(source, build, mutant) for mutant in mutants]
    killed = words.count('killed')
    print(f'{len(mutants)} mutants, {killed} killed, '
          f'{words.count("skipped")} skipped')
    return 0 if killed + words.count('skipped') == len(mutants) else 1


if __name__ == '__main__':
    sys.exit(main())
