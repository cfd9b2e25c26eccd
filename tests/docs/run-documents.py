#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the commands of a document as they are printed, block by block, with the
simulator in the place of the hosts.  Prints TAP.

usage: run-documents.py SIMULATOR CLIP SHOTS DOCUMENT...
"""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import os
import re
import shlex
import subprocess
import tempfile

from environment import of_user
from simulator import Simulator
from tap import Tap, check, expect

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
WORKERS = 3

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


def run_block(clip, shots, lines):
    with Simulator(SIMULATOR, clip, scale=600) as simulator, \
            tempfile.TemporaryDirectory() as folder:
        lines = [re.sub(r'task-id=\S+', 'task-id=' + simulator.make_task(), line)
                 if 'task-id=' in line else line for line in lines]
        before = simulator.billed()
        env = of_user(folder, **simulator.hosts(),
                      # for examples: where the simulator is, and that it renders nothing
                      CLIP=clip, BUILD=os.path.dirname(os.path.dirname(shots)))
        env['PATH'] = os.pathsep.join([os.path.join(HERE, 'bin'), os.path.dirname(shots),
                                       env['PATH']])
        os.symlink(os.path.join(ROOT, 'examples'), os.path.join(folder, 'examples'))
        done = subprocess.run(['bash', '-euo', 'pipefail', '-c', '\n'.join(lines)],
                              cwd=folder, env=env, capture_output=True, text=True,
                              timeout=120)
        if 'TEST_SCANNED' in os.environ:
            sys.stderr.write(done.stdout + done.stderr)
        expect(f'the exit status: {done.stdout[-1000:]}{done.stderr[-1000:]}',
               done.returncode, 0)
        for name in re.findall(r'(?:location=|-o )([\w.-]+)', ' '.join(lines)):
            path = os.path.join(folder, name)
            check(os.path.exists(path) and os.path.getsize(path) >= 1000,
                  f'{name} was not made')
        simulator.expect_billed(before + count_shots(lines))


def check_block(clip, shots, lines):
    """Runs what is to be run of a block."""
    lines = [line for line in lines
             if line not in ELSEWHERE and not GIVEN.match(line)]
    for line in lines:
        check(TOOLS.match(line), f'nobody runs: {line}')
    # with a sanitizer, only gst-launch-1.0 is known to forget nothing itself
    if lines and ('TEST_RUNTIME' not in os.environ or all(
            line.startswith('gst-launch-1.0 ') for line in lines)):
        run_block(clip, shots, lines)
        ran.extend(lines)


SIMULATOR, CLIP, SHOTS, *DOCUMENTS = map(os.path.abspath, sys.argv[1:])
tap, ran = Tap(), []
tap.cases([(lines[0].splitlines()[0][:60], check_block, CLIP, SHOTS, lines)
           for document in DOCUMENTS for lines in read_blocks(document)], WORKERS)
tap.report(f'{len(ran)} command lines are run', None if ran else 'not one')
sys.exit(tap.end())
