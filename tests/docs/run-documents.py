#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the commands of a document as they are printed, block by block, with the
simulator in the place of the hosts.  Prints TAP.

usage: run-documents.py SIMULATOR CLIP SHOTS DOCUMENT...
"""
import os
import re
import shlex
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from simulated import Simulator

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# What is run, and checked better, by somebody else.
ELSEWHERE = {
    'examples/first-clip.sh': '.ci/run',
    'tests/run.sh': 'what runs this',
    'meson setup build --prefix=/usr': 'tests/platforms/build-container.sh',
    'meson install -C build': 'tests/platforms/build-container.sh',
}
# It is there already, and right for the simulator.
GIVEN = re.compile(r'read -rs (APIXO|APIINONE)_API_KEY && export \1_API_KEY$')
TOOLS = re.compile(r'(gst-launch-1\.0|gst-play-1\.0|gst-discoverer-1\.0'
                   r'|ges-launch-1\.0|hailuo-shots|examples/with-simulator\.sh'
                   r'|/usr/bin/python3) ')
# What makes a shot another one
OF_SHOT = re.compile(r'(provider|model|mode|prompt|image|duration|resolution'
                     r'|routing|take)=')


def read_blocks(document):
    """The commands of each sh block, and |[ ]| block in C comments, and each
    python block as one."""
    text = open(document).read()
    for block in re.findall(r'```python\n(.*?)```', text, re.S):
        # no waiting for the first poll
        block = block.replace('hailuosrc ', 'hailuosrc first-poll=100 poll-interval=50 ')
        yield [f'/usr/bin/python3 -c {shlex.quote(block)}']
    blocks = re.findall(r'```sh\n(.*?)```', text, re.S)
    for block in re.findall(r'\|\[\n(.*?)\]\|', text, re.S):
        blocks.append(re.sub(r'^ \* ?', '', block, flags=re.M))
    for block in blocks:
        yield [line.strip() for line in block.replace('\\\n', ' ').splitlines()
               if line.strip() and not line.startswith('#')]


def count_shots(lines):
    """How many tasks the lines make."""
    shots = set()
    for line in lines:
        words = shlex.split(line)
        if words[0] == '/usr/bin/python3':
            shots.add(line)
        if words[0] != 'gst-launch-1.0' or 'dry-run=true' in words or any(
                word.startswith('task-id=') for word in words):
            continue
        shots.add(tuple(sorted(w for w in words if OF_SHOT.match(w))))
    return len(shots)


def run_block(simulator, shots, lines, folder):
    """Returns what is wrong, or None."""
    lines = [re.sub(r'task-id=\S+', 'task-id=' + simulator.make_task(), line)
             if 'task-id=' in line else line for line in lines]
    before = simulator.count_billed()
    env = simulator.environment(folder)
    # for examples: where the simulator is, and that it renders nothing
    env['CLIP'] = simulator.clip
    env['BUILD'] = os.path.abspath(shots).rsplit(os.sep, 2)[0]
    os.symlink(os.path.join(ROOT, 'examples'), os.path.join(folder, 'examples'))
    env['PATH'] = os.pathsep.join([os.path.join(HERE, 'bin'),
                                   os.path.dirname(os.path.abspath(shots)),
                                   env['PATH']])
    done = subprocess.run(['bash', '-euo', 'pipefail', '-c', '\n'.join(lines)],
                          cwd=folder, env=env, capture_output=True, text=True,
                          timeout=120)
    if 'TEST_SCANNED' in os.environ:
        sys.stderr.write(done.stdout + done.stderr)
    if done.returncode != 0:
        return (f'exit status {done.returncode}: {done.stdout[-1000:]}'
                f'{done.stderr[-1000:]}')
    for name in re.findall(r'(?:location=|-o )([\w.-]+)', ' '.join(lines)):
        path = os.path.join(folder, name)
        if not os.path.exists(path) or os.path.getsize(path) < 1000:
            return f'{name} was not made'
    billed = simulator.count_billed() - before
    if billed != count_shots(lines):
        return f'{billed} tasks were billed, not {count_shots(lines)}'
    return None


def check_block(simulator, shots, lines):
    """Runs what is to be run of a block; (what is wrong, how many were run)"""
    lines = [line for line in lines
             if line not in ELSEWHERE and not GIVEN.match(line)]
    for line in lines:
        if not TOOLS.match(line):
            return f'nobody runs: {line}', 0
    # with a sanitizer, only gst-launch-1.0 is known to forget nothing itself
    if not lines or ('TEST_RUNTIME' in os.environ and any(
            not line.startswith('gst-launch-1.0 ') for line in lines)):
        return None, 0
    with tempfile.TemporaryDirectory() as folder:
        return run_block(simulator, shots, lines, folder), len(lines)


def main():
    program, clip, shots = sys.argv[1:4]
    failed = False
    run = 0
    with tempfile.TemporaryDirectory() as folder:
        simulator = Simulator(program, clip, folder)
        blocks = [block for document in sys.argv[4:]
                  for block in read_blocks(document)]
        print(f'1..{len(blocks)}', flush=True)
        for number, lines in enumerate(blocks, 1):
            problem, n = check_block(simulator, shots, lines)
            run += n
            failed = failed or problem is not None
            print(f'{"not ok" if problem else "ok"} {number} {lines[0].splitlines()[0][:60]}')
            for part in (problem or '').splitlines():
                print(f'# {part}')
            sys.stdout.flush()
        print(f'# {run} command lines')
        simulator.process.terminate()
    return 1 if failed or run == 0 else 0


sys.exit(main())
