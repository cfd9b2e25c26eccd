# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a case about the store has: a simulator, a store, a prompt, and words for
what is done to them."""
import contextlib
import fcntl
import hashlib
import json
import os
import sqlite3
import stat
import subprocess
import time

from pipelines import Bench, Run, detail, origin, query, task_id
from tap import check, expect

PAGE = 4096
PRICE = 0.336    # USD, of the usual shot
PATIENCE = 20    # seconds, for what takes one; the element gives up later than that
PAUSE = 0.005    # between two looks, for those who are waited for
MODERATION = {'on': 'task', 'outcome': 'failed', 'fail-code': 'SensitiveContent'}
BROKEN = {'on': 'task', 'outcome': 'failed', 'fail-code': 'InternalError'}
# what the second host makes of a prompt needs an image
IMAGE = 'http://127.0.0.1:1/a.png'
HOSTS = {'apixo': {'provider': 'apixo'},
         'apiinone': {'provider': 'apiinone', 'image': IMAGE}}
NO_PRICE = {'model': 'hailuo-2-3-fast', 'image': IMAGE,
            'mode': 'standard-image-to-video'}


def wait_until(function, what):
    until = time.monotonic() + PATIENCE
    while not function():
        check(time.monotonic() < until, f'never: {what}')
        time.sleep(PAUSE)


def read(path):
    with open(path, 'rb') as file:
        return file.read()


def write(path, data=b'', mode=0o600, owner=-1):
    with open(path, 'wb') as file:
        file.write(data)
    os.chmod(path, mode)
    os.chown(path, owner, owner)


def sha256(path):
    return hashlib.sha256(read(path)).hexdigest()


def wait_for_log(path, words):
    """Until a process has written them."""
    wait_until(lambda: os.path.exists(path) and words.encode() in read(path),
               f'"{words}" in {path}')


def spoil(bench, path):
    """Puts others of the same name into the place of a file or folder that is
    private, one after the other: says what is wrong with each."""
    aside = bench.new_path('aside')
    is_folder = os.path.isdir(path)
    kind = 'is not a directory' if is_folder else 'is not a regular file'
    modes = {0o777: 'is writable by others', 0o770: 'is writable by others'}
    if is_folder:
        modes.update({0o1777: 'is writable by others', 0o702: 'is writable by others'})
    else:
        modes.update({0o620: 'is writable by others', 0o644: 'is readable by others'})
    for mode, words in modes.items():
        os.chmod(path, mode)
        yield words
    os.chmod(path, 0o700 if is_folder else 0o600)
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
        yield 'belongs to another user'
        os.chown(path, 0, 0)
    os.rename(path, aside)
    for words, make in (('is a symbolic link', lambda: os.symlink(aside, path)),
                        ('is a symbolic link', lambda: os.symlink(aside + '-nowhere',
                                                                  path)),
                        (kind, lambda: os.mkfifo(path)),
                        (kind, lambda: os.mknod(path, stat.S_IFSOCK | 0o600))):
        make()
        yield words
        os.unlink(path)
    if is_folder:
        write(path)
        yield kind
        os.unlink(path)
    else:
        os.mkdir(path)
        yield 'is not a regular file'
        os.rmdir(path)
    os.rename(aside, path)


class Kit:
    """For one case at a time."""

    def __init__(self, bench):
        self.bench = bench
        self.runner = None

    def __call__(self, function):
        """Runs the case."""
        self.simulator = self.bench.simulator()
        self.renew()
        self.bench.tap.case(function, self)
        self.bench.stop(self.simulator)

    def renew(self, name='new'):
        """Another prompt, and another store."""
        self.prompt = self.bench.new(name)
        self.store = self.bench.new_path('store')

    def path(self, *names):
        """In the store."""
        return os.path.join(self.store, *names)

    # --- runs

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
        self.expect_clip(end)
        if wanted:
            expect('the origin', origin(end), wanted)
        return end

    def expect_clip(self, *ends):
        for end in ends:
            expect(f'the end ({(end or {}).get("text", "eos")})', self.bench.judge(end),
                   'clip')

    def get_error(self, code, *words, billed=None, **settings):
        """Must end with that error (None: with any), and these words in its text."""
        end = self.run(**settings)
        check(end['end'] == 'error', f'no error: {end}')
        expect(f'the code of "{end["text"]}"', end['code'], code or end['code'])
        for word in words:
            check(word in end['text'], f'"{word}" is not in "{end["text"]}"')
        if billed:
            expect(f'billed, at "{end["text"]}"', detail(end, 'billed'), billed)
        return end

    def leave_unfinished(self, **settings):
        """Submits the shot; it then waits for a later run."""
        self.get_error('read', billed='yes', max_size=1, **settings)

    def lose_answer(self, billed=True, **settings):
        """Submits the shot; nobody knows what came of it."""
        self.simulator.script({'on': 'submit', 'drop': True, 'billed': billed})
        return self.get_error('failed', billed='unknown', **settings)

    @contextlib.contextmanager
    def submitting(self, *options, env=None, **settings):
        """A process that has sent its submit; the host is to answer late."""
        submits = self.count('submit')
        with Run(self.bench, *options, env=env) as run:
            run.send(self.line(**settings))
            wait_until(lambda: self.count('submit') > submits, 'a submit')
            yield run

    def run_at_once(self, lines):
        """A process for each; how they ended."""
        runs = [Run(self.bench) for _ in lines]
        # all have started before the first gets its line
        for run in runs:
            expect('a run', run.run('fakesrc num-buffers=1 ! fakesink')['end'], 'eos')
        for run, line in zip(runs, lines):
            run.send(line)
        ends = [run.end() for run in runs]
        for run in runs:
            run.close()
        return ends

    # --- what the host has seen

    def check_billed(self, wanted, prompt=None):
        self.simulator.expect_billed(wanted, prompt or self.prompt)

    def task(self, number=0):
        """The id of one of the prompt's tasks."""
        return self.simulator.tasks(self.prompt)[number]['id']

    def count(self, kind=None):
        return self.simulator.count(kind)

    @contextlib.contextmanager
    def silent(self, kind=None):
        """Nothing is sent meanwhile."""
        requests = self.count(kind)
        yield
        expect('requests', self.count(kind), requests)

    # --- what is in the store

    def files(self, ending=''):
        """All in the store, at any depth, that end so."""
        return sorted(os.path.join(folder, name)
                      for folder, folders, names in os.walk(self.store)
                      for name in folders + names if name.endswith(ending))

    def file(self, ending):
        """The one file in the store with that ending."""
        paths = self.files(ending)
        check(len(paths) == 1, f'files *{ending}: {paths}')
        return paths[0]

    def clips(self):
        """The SHA-256 of each."""
        return [os.path.basename(path)[:-len('.mp4')] for path in self.files('.mp4')]

    def database(self):
        return self.path('hailuo.db')

    def query(self, sql):
        """Rows of the ledger, read from the file as anybody may."""
        return query(self.database(), sql)

    def rows(self):
        """(task, state, billed) of all attempts, the oldest first."""
        if not os.path.lexists(self.database()):
            return []
        return self.query('SELECT task_id, state, billed FROM attempt ORDER BY attempt')

    def states(self):
        return [state for _, state, _ in self.rows()]

    def expect_states(self, *wanted):
        expect('the states', self.states(), list(wanted))

    @contextlib.contextmanager
    def unchanged(self):
        """No attempt is made or moved meanwhile."""
        rows = self.rows()
        yield
        expect('the rows', self.rows(), rows)

    def change(self, *statements, checked=False):
        """The ledger, whatever it allows; checked: as another program would."""
        with contextlib.closing(sqlite3.connect(self.database())) as db:
            triggers = [] if checked else db.execute(
                "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
            if not checked:
                db.execute('PRAGMA ignore_check_constraints = ON')
            for name, _ in triggers:
                db.execute(f'DROP TRIGGER {name}')
            for statement in statements:
                db.execute(*([statement] if isinstance(statement, str) else statement))
            for _, sql in triggers:
                db.execute(sql)
            db.commit()

    # --- hailuo-shots

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

    # --- disks and locks

    def small_disk(self):
        """With the store on it."""
        if self.runner is not None and not self.bench.private:
            # one that runs already would not see it
            self.runner.close()
            self.runner = None
        self.disk = self.bench.mount('-t', 'tmpfs', '-o', 'size=256k,mode=700', 'none')
        self.store = os.path.join(self.disk, 'store')

    def fill(self, leave=0):
        """All of the disk but so many pages; what is to be removed again."""
        path = os.path.join(self.disk, 'ballast')
        write(path, bytes(max(os.statvfs(self.disk).f_bavail - leave, 0) * PAGE))
        expect('pages left', os.statvfs(self.disk).f_bavail, leave)
        return path

    def remount(self, mode):
        self.bench.mount('-o', f'remount,{mode}', folder=self.disk)

    @contextlib.contextmanager
    def locked(self):
        """Another process has the lock of the shot."""
        with open(self.file('.lock'), 'rb') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Shelf:
    """Shots that each have another clip, of the same size, in the store of a
    kit.  A name is the prompt of one."""

    def __init__(self, kit, more=8):
        self.kit = kit
        self.more = more    # bytes
        self.hosts, self.sums = {}, {}
        self.clip = read(kit.bench.args.clip)
        self.size = len(self.make('x'))

    def make(self, name):
        """With a box that says nothing."""
        return (self.clip + (8 + self.more).to_bytes(4, 'big') + b'free'
                + name.ljust(self.more)[:self.more].encode())

    def line(self, name, **settings):
        if name not in self.hosts:
            path = self.kit.bench.new_path('clip')
            write(path, self.make(name))
            self.hosts[name] = self.kit.bench.simulator(clip=path)
            self.sums[name] = sha256(path)
        return self.kit.line(**{'simulator': self.hosts[name], 'prompt': name,
                                **settings})

    def get(self, name, wanted, **settings):
        end = self.kit.run_line(self.line(name, **settings))
        expect(f'the end of {name}', end['end'], 'eos')
        expect(f'the clip of {name}', end['clips'][0]['sha256'], self.sums[name])
        expect(f'the origin of {name}', origin(end), wanted)
        return task_id(end)

    def names(self):
        """Whose clips are in the store."""
        return sorted(name for name, digest in self.sums.items()
                      if digest in self.kit.clips())

    def check_billed(self):
        expect('billed', {name: host.billed(name)
                          for name, host in self.hosts.items()},
               {name: 1 for name in self.hosts})

    def count(self):
        """Requests to all hosts"""
        return sum(host.count() for host in self.hosts.values())


def main(description, *cases):
    kit = Kit(Bench(description, shots='hailuo-shots', only={
        'default': '', 'help': 'only cases with that in the names of their functions'}))
    for case in cases:
        if kit.bench.args.only in case.__name__:
            kit(case)
    return kit.bench.tap.end()
