# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the crash tests share: simulators, processes that run pipelines, mounts
that clean up after themselves, and TAP."""
import argparse
import atexit
import contextlib
import ctypes
import hashlib
import json
import os
import select
import shutil
import signal
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

TIMEOUT = 90   # seconds that nothing here ever takes
SLOW = 3       # seconds of a case that are worth a note
KEY = 'simulator-key'


# Held while a process is started: until it has become the new program it has
# all our files open, and what is on a disk keeps that from being unmounted.
starting = threading.RLock()


def start(*arguments, **settings):
    with starting:
        return subprocess.Popen(*arguments, **settings)


class Failure(Exception):
    """What a case found; its text is the diagnosis."""


def check(right, text):
    if not right:
        raise Failure(text)


def expect(what, value, wanted):
    check(value == wanted, f'{what}: {value!r}, expected {wanted!r}')


class Tap:
    def __init__(self):
        self.number = 0
        self.failed = 0
        self.start = time.monotonic()

    def note(self, text):
        for line in str(text).splitlines():
            print('# ' + line)
        sys.stdout.flush()

    def report(self, name, problem=None):
        self.number += 1
        self.failed += problem is not None
        print(f'{"ok" if problem is None else "not ok"} {self.number} {name}',
              flush=True)
        self.note(problem or '')

    def skip(self, name, why):
        self.number += 1
        print(f'ok {self.number} {name} # SKIP {why}', flush=True)

    def case(self, function, *args):
        """One case: its name is its doc string, a text it returns is why
        it was skipped."""
        name = ' '.join((function.__doc__ or function.__name__).split())
        begun = time.monotonic()
        try:
            why = function(*args)
        except Failure as problem:
            self.report(name, str(problem) or 'failed')
        else:
            if isinstance(why, str):
                self.skip(name, why)
            else:
                self.report(name)
        seconds = time.monotonic() - begun
        if seconds > SLOW:
            self.note(f'{seconds:.0f} s')

    def end(self):
        print(f'1..{self.number}')
        self.note(f'{time.monotonic() - self.start:.0f} s')
        return 1 if self.failed or not self.number else 0


def bail_out(number, frame):
    print(f'Bail out! {signal.Signals(number).name}', flush=True)
    sys.exit(1)


class Simulator:
    def __init__(self, bench, *options, scale=60000, clip=None):
        ports = tempfile.mktemp(dir=bench.folder)
        self.process = start(
            [bench.args.simulator, '--port-file', ports, '--clip',
             clip or bench.args.clip, '--time-scale', str(scale), '--exit-with-parent',
             *options], stdout=subprocess.PIPE, text=True)
        # printed when it listens, after the file
        check(self.process.stdout.readline(), 'the simulator did not start')
        self.port = open(ports).read().split()[0]
        self.origin = f'http://127.0.0.1:{self.port}'
        self.base = {'apixo': self.origin + '/api/v1', 'apiinone': self.origin}

    def get(self, path, data=None):
        with urllib.request.urlopen(self.origin + path, data,
                                    timeout=TIMEOUT) as reply:
            return json.load(reply) if data is None else reply.read()

    def script(self, *rules):
        self.get('/script', json.dumps(rules).encode())

    def tasks(self, prompt):
        return [task for task in self.get('/ledger')['tasks']
                if task['prompt'] == prompt]

    def billed(self, prompt):
        return len(self.tasks(prompt))

    def requests(self, kind=None):
        return [request for request in self.get('/requests')
                if kind in (None, request['kind'])]

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class TlsSimulator(Simulator):
    """Nobody trusts its certificate but we."""

    def get(self, path, data=None):
        context = ssl._create_unverified_context()
        url = self.origin.replace('http:', 'https:') + path
        with urllib.request.urlopen(url, data, TIMEOUT, context=context) as reply:
            return json.load(reply)


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


class Bench:
    """Folder, environment and programs of one test program."""

    def __init__(self, description, **more):
        parser = argparse.ArgumentParser(description=description)
        for name, text in {
                'simulator': 'hailuo-simulator', 'clip': 'what all tasks make',
                'program': 'one-run', 'plugins': 'folder with the element',
                'core-plugins': "folder with GStreamer's own elements",
                **more}.items():
            if isinstance(text, dict):
                parser.add_argument('--' + name, **text)
            else:
                parser.add_argument('--' + name, help=text, required=True)
        self.args = parser.parse_args()
        self.tap = Tap()
        self.mounts = []
        self.private = False   # has mounts of its own
        self.simulators = []
        self.serial = 0
        self.folder = tempfile.mkdtemp(prefix='hailuo-crash-')
        atexit.register(self.clean)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, bail_out)
        self.log = open(self.path('log'), 'ab')
        with open(self.args.clip, 'rb') as clip:
            data = clip.read()
        self.clip = {'sha256': hashlib.sha256(data).hexdigest(),
                     'bytes': len(data)}
        self.make_environment()

    def path(self, name):
        return os.path.join(self.folder, name)

    def make_environment(self):
        """Two plugins in a registry that is warm: a process starts at once."""
        core = self.path('plugins')
        os.mkdir(core)
        name = 'libgstcoreelements.so'
        os.symlink(os.path.join(self.args.core_plugins, name),
                   os.path.join(core, name))
        self.env = {
            'PATH': os.environ['PATH'], 'HOME': self.folder, 'LC_ALL': 'C.UTF-8',
            'GST_PLUGIN_SYSTEM_PATH_1_0': core,
            'GST_PLUGIN_PATH_1_0': self.args.plugins,
            'GST_REGISTRY_1_0': self.path('registry.bin'),
            'GST_REGISTRY_FORK': 'no',
            'G_DEBUG': 'fatal-criticals',
            # under a tracer leaks cannot be found, and some cases preload
            'ASAN_OPTIONS': 'detect_leaks=0:verify_asan_link_order=0',
        }
        # what the tools need beside a plugin with a sanitizer
        for name in ('TEST_TOOLS', 'TEST_RUNTIME'):
            if name in os.environ:
                self.env[name] = os.environ[name]
        with Run(self) as warm:
            expect('a first run', warm.run('fakesrc num-buffers=1 ! fakesink')['end'],
                   'eos')
            warm.close()
        self.env['GST_REGISTRY_UPDATE'] = 'no'
        os.chmod(self.folder, 0o755)

    def simulator(self, *options, **more):
        self.simulators.append(Simulator(self, *options, **more))
        return self.simulators[-1]

    def new(self, name):
        """A name of its own: of a store, a prompt."""
        self.serial += 1
        return f'{name}-{self.serial}'

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
        folder."""
        if not self.private:
            leave_mounts_of_others()
            self.private = True
        folder = folder or self.new_path('mount')
        os.makedirs(folder, exist_ok=True)
        with starting:
            done = subprocess.run(['mount', *arguments, folder],
                                  capture_output=True, text=True)
        if done.returncode != 0:
            raise OSError(done.stderr.strip())
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


class Kit:
    """For one case: a simulator, a store, a prompt and a process of its own."""

    def __init__(self, bench):
        self.bench = bench
        self.runner = None

    def __call__(self, function):
        """Runs the case."""
        self.simulator = self.bench.simulator()
        self.store = self.bench.new_path('store')
        self.prompt = self.bench.new('prompt')
        self.bench.tap.case(function, self)
        self.bench.simulators.remove(self.simulator)
        self.simulator.stop()

    def line(self, **settings):
        return self.bench.shot(settings.pop('simulator', self.simulator), **{
            'store': self.store, 'prompt': self.prompt, **settings})

    def run_line(self, line):
        if self.runner is None or self.runner.process.poll() is not None:
            self.runner = Run(self.bench)
        return self.runner.run(line)

    def run(self, **settings):
        return self.run_line(self.line(**settings))

    def get_clip(self, wanted=None, **settings):
        """Must end with the clip, and be of that origin."""
        end = self.run(**settings)
        expect(f'the end ({end.get("text", "eos")})', self.bench.judge(end), 'clip')
        if wanted:
            expect('the origin', origin(end), wanted)
        return end

    def get_error(self, code, *words, billed=None, **settings):
        """Must end with that error, and these words in its text."""
        end = self.run(**settings)
        check(end['end'] == 'error', f'no error: {end}')
        expect(f'the code of "{end["text"]}"', end['code'], code)
        for word in words:
            check(word in end['text'], f'"{word}" is not in "{end["text"]}"')
        if billed:
            expect(f'billed, at "{end["text"]}"', detail(end, 'billed'), billed)
        return end

    def leave_unfinished(self, **settings):
        """Submits the shot; it then waits for a later run."""
        self.get_error('read', billed='yes', max_size=1, **settings)

    def check_billed(self, wanted, prompt=None):
        expect('billed', self.simulator.billed(prompt or self.prompt), wanted)

    def count(self, kind=None):
        return len(self.simulator.requests(kind))

    def check_silent(self):
        expect('requests', self.count(), 0)

    def files(self, ending):
        """All in the store, at any depth, that end so."""
        return sorted(os.path.join(folder, name)
                      for folder, folders, names in os.walk(self.store)
                      for name in folders + names if name.endswith(ending))

    def file(self, ending):
        """The one file in the store with that ending."""
        paths = self.files(ending)
        check(len(paths) == 1, f'files *{ending}: {paths}')
        return paths[0]

    def database(self):
        return os.path.join(self.store, 'hailuo.db')

    def query(self, sql):
        """Rows of the ledger, read from the file as anybody may."""
        return query(self.database(), sql)

    def states(self):
        """Of all attempts, the oldest first."""
        return [state for state, in self.query(
            'SELECT state FROM attempt ORDER BY attempt')]

    def shots(self, *arguments, status=0):
        """What hailuo-shots prints."""
        done = subprocess.run(
            [self.bench.args.shots, '--store', self.store, *arguments],
            capture_output=True, text=True, env=self.bench.env)
        expect(f'exit status: {done.stderr}', done.returncode, status)
        return done.stdout if status == 0 else done.stderr

    def list(self, *arguments):
        """The attempts, the oldest first."""
        if not os.path.lexists(self.database()):
            return []
        return json.loads(self.shots('--json', *arguments))[::-1]


class Shelf:
    """Shots that each have another clip, of the same size, in the store of a
    kit.  A name is the prompt of one."""

    def __init__(self, kit, more=8):
        self.kit = kit
        self.more = more    # bytes
        self.hosts, self.sums = {}, {}
        with open(kit.bench.args.clip, 'rb') as clip:
            self.clip = clip.read()
        self.size = len(self.make('x'))

    def make(self, name):
        """With a box that says nothing."""
        return (self.clip + (8 + self.more).to_bytes(4, 'big') + b'free'
                + name.ljust(self.more)[:self.more].encode())

    def line(self, name, **settings):
        if name not in self.hosts:
            path = self.kit.bench.new_path('clip')
            with open(path, 'wb') as clip:
                clip.write(self.make(name))
            self.hosts[name] = self.kit.bench.simulator(clip=path)
            self.sums[name] = hashlib.sha256(self.make(name)).hexdigest()
        return self.kit.line(simulator=self.hosts[name], prompt=name, **settings)

    def get(self, name, wanted, **settings):
        end = self.kit.run_line(self.line(name, **settings))
        expect(f'the end of {name}', end['end'], 'eos')
        expect(f'the clip of {name}', end['clips'][0]['sha256'], self.sums[name])
        expect(f'the origin of {name}', origin(end), wanted)

    def names(self):
        """Whose clips are in the store."""
        return sorted(name for name, digest in self.sums.items()
                      if self.kit.files(digest + '.mp4'))

    def check_billed(self):
        expect('billed', {name: host.billed(name)
                          for name, host in self.hosts.items()},
               {name: 1 for name in self.hosts})

    def count(self):
        """Requests to all hosts"""
        return sum(len(host.requests()) for host in self.hosts.values())


def leave_mounts_of_others():
    """A mount namespace of our own: what is mounted goes with the process."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_namespace, recursive, private = 0x20000, 0x4000, 1 << 18
    if libc.unshare(new_namespace) != 0 or libc.mount(
            b'none', b'/', None, recursive | private, None) != 0:
        raise OSError(os.strerror(ctypes.get_errno()))


def lacks(*programs, root=False):
    """Why a case cannot run here; None: it can."""
    if root and os.geteuid() != 0:
        return 'needs root'
    for program in programs:
        path = os.environ['PATH'] + ':/usr/sbin:/sbin'
        if shutil.which(program, path=path) is None:
            return f'needs {program}'
    return None
