# SPDX-License-Identifier: LGPL-2.1-or-later
"""Processes that run pipelines, and the bench on which a test program has them:
a folder, an environment, simulators, mounts, which are gone when it ends."""
import argparse
import atexit
import contextlib
import hashlib
import itertools
import json
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

import environment
from environment import start, starting
from simulator import KEY, TIMEOUT, Simulator
from tap import Failure, Skip, Tap, check, expect


def bail_out(number, frame):
    print(f'Bail out! {signal.Signals(number).name}', flush=True)
    sys.exit(1)


class Run:
    """A process that runs pipelines, one for each line it is sent."""

    def __init__(self, bench, *options, env=None, prefix=()):
        self.process = start(
            [*prefix, bench.args.program, *options], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=bench.log, bufsize=0,
            env={**bench.env, **(env or {})})
        self.buffer = b''
        self.lines = []

    def send(self, line=''):
        self.process.stdin.write(line.encode() + b'\n')

    def read(self, timeout=TIMEOUT):
        """The next line; None: the process is gone."""
        output = self.process.stdout
        deadline = time.monotonic() + timeout
        while b'\n' not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([output], [], [], left)[0]:
                self.kill()
                raise Failure(f'nothing happened for {timeout} s, after '
                              f'{self.lines[-3:]}')
            data = os.read(output.fileno(), 65536)
            if not data:
                return None
            self.buffer += data
        line, self.buffer = self.buffer.split(b'\n', 1)
        self.lines.append(line.decode())
        return self.lines[-1]

    def wait_for(self, start):
        """The line that begins so."""
        while True:
            line = self.read()
            check(line is not None, f'the process ended before "{start}"')
            if line.startswith(start):
                return line
            check(not line.startswith('{'), f'ended before "{start}": {line}')

    def end(self):
        """How the pipeline ended; None: the process was killed."""
        while True:
            line = self.read()
            if line is None or line.startswith('{'):
                return line and json.loads(line)

    def run(self, line):
        self.send(line)
        end = self.end()
        check(end is not None, 'the process died')
        return end

    def saw(self, line):
        return line in self.lines

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            return self.process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.kill()
        self.close()


def query(database, sql):
    with contextlib.closing(sqlite3.connect(
            f'file:{database}?mode=ro', uri=True)) as connection:
        return connection.execute(sql).fetchall()


def detail(end, name):
    return end.get('details', {}).get(name, '')


def origin(end):
    return end['states'][-1].get('origin') if end['states'] else None


def task_id(end):
    ids = [state['task-id'] for state in end['states'] if 'task-id' in state]
    return ids[-1] if ids else detail(end, 'task-id')


OPTIONS = {'simulator': 'hailuo-simulator', 'clip': 'what all tasks make',
           'program': 'one-run', 'plugins': 'folder with the element',
           'core-plugins': "folder with GStreamer's own elements"}


class Bench:
    """Folder, environment and programs of one test program."""

    def __init__(self, description, argv=None, without=(), **more):
        parser = argparse.ArgumentParser(description=description)
        for name, text in {**OPTIONS, **more}.items():
            if isinstance(text, dict):
                parser.add_argument('--' + name, **text)
            elif name not in without:
                parser.add_argument('--' + name, help=text, required=True)
        self.args = parser.parse_args(argv)
        self.tap = Tap()
        self.mounts = []
        self.private = False   # has mounts of its own
        self.simulators = []
        self.serial = itertools.count(1)
        self.folder = tempfile.mkdtemp(prefix='hailuo-', dir=environment.find_memory())
        atexit.register(self.clean)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, bail_out)
        self.log = open(self.path('log'), 'ab')
        with open(self.args.clip, 'rb') as clip:
            data = clip.read()
        self.clip = {'sha256': hashlib.sha256(data).hexdigest(),
                     'bytes': len(data)}
        if 'program' not in without:
            self.make_environment()

    def path(self, name):
        return os.path.join(self.folder, name)

    def make_environment(self):
        """With a registry that is warm: a process starts at once."""
        self.env = environment.alone(
            self.folder, self.args.core_plugins, self.args.plugins,
            GST_REGISTRY_FORK='no',
            # under a tracer leaks cannot be found, and some cases preload
            ASAN_OPTIONS='detect_leaks=0:verify_asan_link_order=0')
        with Run(self) as warm:
            expect('a first run', warm.run('fakesrc num-buffers=1 ! fakesink')['end'],
                   'eos')
            warm.close()
        self.env['GST_REGISTRY_UPDATE'] = 'no'
        os.chmod(self.folder, 0o755)

    def simulator(self, *options, clip=None, **more):
        self.simulators.append(Simulator(
            self.args.simulator, clip or self.args.clip, *options, **more))
        return self.simulators[-1]

    def stop(self, simulator):
        self.simulators.remove(simulator)
        simulator.stop()

    def write_private(self, name, text):
        path = self.path(name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), 'w') as file:
            file.write(text)
        return path

    def new(self, name):
        """A name of its own: of a store, a prompt."""
        return f'{name}-{next(self.serial)}'

    def new_path(self, name):
        return self.path(self.new(name))

    def shot(self, simulator, store, prompt=None, provider='apixo', **more):
        """A line for Run."""
        settings = {
            'base-url': simulator.base[provider] if simulator else None,
            'api-key': KEY, 'store': store, 'prompt': prompt,
            'provider': provider, 'first-poll': 1, 'poll-interval': 1, **more}
        words = ['hailuosrc']
        for name, value in settings.items():
            if value is not None:
                value = str(value).lower() if isinstance(value, bool) else value
                words.append(f'{name.replace("_", "-")}="{value}"')
        return ' '.join(words) + ' ! fakesink'

    def judge(self, end):
        """In a few words, how a run ended."""
        if end is None:
            return 'killed'
        if end['end'] == 'eos':
            right = all(clip == self.clip for clip in end['clips'])
            return 'clip' if right else 'WRONG CLIP'
        if detail(end, 'billed') == 'unknown':
            return 'unknown'
        return f'error {end["code"]}, billed: {detail(end, "billed") or "?"}'

    def mount(self, *arguments, folder=None):
        """mount ... FOLDER, where nobody else sees it; the default is a new
        folder.  Skips the case where that cannot be done."""
        environment.need('mount', root=True)
        if not self.private:
            try:
                environment.leave_mounts_of_others()
            except OSError as problem:
                raise Skip(f'no mounts here: {problem}')
            self.private = True
        folder = folder or self.new_path('mount')
        os.makedirs(folder, exist_ok=True)
        with starting:
            done = subprocess.run(['mount', *arguments, folder],
                                  capture_output=True, text=True)
        if done.returncode != 0:
            raise Skip(f'no mounts here: {done.stderr.strip()}')
        self.mounts.append(folder)
        return folder

    def unmount(self, folder):
        """A thread of GstBin's pool may be the last to let the pipeline go, and with it
        the clip, after the application has gone on."""
        until = time.monotonic() + 10
        while True:
            with starting:
                done = subprocess.run(['umount', folder], capture_output=True, text=True)
            if done.returncode == 0 or time.monotonic() > until:
                break
        expect(f'umount: {done.stderr}', done.returncode, 0)
        self.mounts.remove(folder)

    def clean(self):
        for simulator in self.simulators:
            simulator.stop()
        for folder in self.mounts:
            subprocess.run(['umount', '-l', folder], capture_output=True)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
