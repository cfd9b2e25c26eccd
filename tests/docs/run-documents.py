#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the gst-launch-1.0 lines of a document as they are printed, with the
simulator in the place of the hosts.  Prints TAP.

usage: run-documents.py SIMULATOR CLIP DOCUMENT...
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.realpath(__file__))


def read_lines(document):
    """The commands of the sh blocks, and of |[ ]| blocks in C comments."""
    text = open(document).read()
    blocks = re.findall(r'```sh\n(.*?)```', text, re.S)
    for block in re.findall(r'\|\[\n(.*?)\]\|', text, re.S):
        blocks.append(re.sub(r'^ \* ?', '', block, flags=re.M))
    for block in blocks:
        for line in block.replace('\\\n', ' ').splitlines():
            if 'gst-launch-1.0' in line:
                yield line.strip()


class Simulator:
    def __init__(self, program, clip, folder):
        ports = os.path.join(folder, 'ports')
        self.process = subprocess.Popen(
            [program, '--port-file', ports, '--time-scale', '600', '--clip',
             clip, '--exit-with-parent'], stdout=subprocess.DEVNULL)
        while not os.path.exists(ports):
            if self.process.poll() is not None:
                sys.exit('the simulator did not start')
            time.sleep(0.02)
        self.port = open(ports).read().split()[0]

    def get(self, path):
        url = f'http://127.0.0.1:{self.port}{path}'
        return json.load(urllib.request.urlopen(url, timeout=10))

    def make_task(self):
        """A task that was submitted before, for a line with task-id=."""
        body = {'request_type': 'async', 'input': {
            'mode': 'standard-text-to-video', 'prompt': 'x', 'duration': 6}}
        request = urllib.request.Request(
            f'http://127.0.0.1:{self.port}/api/v1/generateTask/hailuo-2-3',
            json.dumps(body).encode(),
            {'Authorization': 'Bearer simulator-key',
             'Content-Type': 'application/json'})
        reply = json.load(urllib.request.urlopen(request, timeout=10))
        return reply['data']['taskId']


def run_line(simulator, line):
    adopts = 'task-id=' in line
    if adopts:
        line = re.sub(r'task-id=\S+', 'task-id=' + simulator.make_task(), line)
    before = simulator.get('/ledger')['billed']
    with tempfile.TemporaryDirectory() as folder:
        env = dict(os.environ, SIMULATOR_PORT=simulator.port,
                   PATH=HERE + os.pathsep + os.environ['PATH'],
                   XDG_STATE_HOME=os.path.join(folder, 'state'))
        done = subprocess.run(line, shell=True, cwd=folder, env=env,
                              capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            return f'exit status {done.returncode}: {done.stderr[-2000:]}'
        location = re.search(r'location=(\S+)', line)
        if location:
            path = os.path.join(folder, location.group(1))
            if not os.path.exists(path) or os.path.getsize(path) < 1000:
                return f'{location.group(1)} was not made'
    billed = simulator.get('/ledger')['billed'] - before
    if billed != (0 if adopts or 'dry-run=true' in line else 1):
        return f'{billed} tasks were billed'
    return None


def main():
    program, clip, documents = sys.argv[1], sys.argv[2], sys.argv[3:]
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        simulator = Simulator(program, clip, folder)
        lines = [line for document in documents for line in read_lines(document)]
        print(f'1..{len(lines)}', flush=True)
        for number, line in enumerate(lines, 1):
            problem = run_line(simulator, line)
            failed = failed or problem is not None
            print(f'{"not ok" if problem else "ok"} {number} {line[:60]}')
            for part in (problem or '').splitlines():
                print(f'# {part}')
            sys.stdout.flush()
        simulator.process.terminate()
    return 1 if failed or not lines else 0


sys.exit(main())
