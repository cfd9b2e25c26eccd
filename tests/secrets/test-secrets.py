#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A key, a prompt and signed links that can be told from all else; runs that
end well and in each way they can fail; and a search of all that they leave.

Searched: the log of *:9 with the log tracer, on stderr and in a file; every
message with its fields, debug text and details; all properties that can be
read, in each state; events, answers to queries, a preset; dot files of each
state; what gst-launch-1.0 -v -m -t prints; the names and the contents of all
files in the store, in HOME and in TMPDIR; what hailuo-shots prints.

The key and the signature may be nowhere.  Where the prompt may be: see scan.py;
beside that, in what is about the property:

  property prompt=...    tell-all.c asked for it
  *.dot                  as the property of the element, once in a line
  *.prs                  as the value of the property in a preset

Plain text is looked for, and each end of a canary by itself, for texts are cut
off.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import json
import os
import re
import resource
import subprocess

import scan
from pipelines import Bench
from simulator import TIMEOUT
from tap import Failure, check, expect

# with a slash, as in base64: some write "\/" for it in JSON
KEY = 'canary-key-4f1d/9c07e2ab'
PROMPT = 'a canary named Oswald7d3e sings'
SIGNATURE = 'clip-signature-canary'
IMAGE = 'https://example.com/first.jpg'
CANARIES = {
    'key': [b'canary-key-4f1d', b'9c07e2ab'],
    'signature': [b'clip-signature'],
    'prompt': [b'Oswald7d3e'],
}


def words(provider, status, text):
    """A host's refusal, with a text."""
    object = {'code': status, 'message': text}
    return {'status': status,
            'json': {'error': object} if provider == 'apiinone' else object}


def escaped(provider, status, text):
    rule = words(provider, status, text)
    rule['body'] = json.dumps(rule.pop('json')).replace('/', '\\/')
    return rule


def word(provider, text):
    """A task id in the answer to a submit that is billed, or a state in that to
    a poll, with the first character of it escaped."""
    members = {'id': {'apixo': 'taskId', 'apiinone': 'task_id'}[provider],
               'state': {'apixo': 'state', 'apiinone': 'status'}[provider]}
    return {name: '{"code":200,"data":{"%s":"\\u%04x%s"}}'
            % (member, ord(text[0]), text[1:]) for name, member in members.items()}


def signed(place):
    return f'{place}/clip.mp4?expires=99&signature={SIGNATURE}'


def failed(code, text):
    return {'on': 'task', 'work': 0, 'outcome': 'failed', 'fail-code': code,
            'fail-message': text}


def file(**rule):
    return [{'on': 'file', 'times': 0, **rule}]


def redirect(place):
    return file(status=302, headers={'Location': place})


def link(place):
    return [{'on': 'poll', 'link': place, 'times': 0}]


# Bytes that a ledger fits into, and no clip of those rows
ROOM = 1 << 17

# Refused before the project has anything to log
SILENT = ['a wrong setting']

# name, rules (or what makes them of a provider), settings, how it ends (None:
# without an error), how many tasks are billed, and how many after the same again
# with gst-launch-1.0, which must get what there is (None: it cannot)
ROWS = [
    ('the clip', [], {}, None, 1, 1),
    ('a dry run', [], {'dry-run': 'true'}, None, 0, 0),
    ('a wrong setting', [], {'duration': '7', 'timeout': '0'}, 'settings', 0, None),
    ('the key refused, with its words',
     lambda p: [{'on': 'submit', **words(p, 401, f'No such key: {KEY}')}],
     {}, 'not-authorized', 0, 1),
    ('the key refused, with its words escaped',
     lambda p: [{'on': 'submit', **escaped(p, 401, f'No such key: {KEY}')}],
     {}, 'not-authorized', 0, 1),
    ('the key refused, escaped and cut off',
     lambda p: [{'on': 'submit', **escaped(p, 401, 'x' * 235 + KEY)}],
     {}, 'not-authorized', 0, 1),
    ('the prompt refused, with its words',
     lambda p: [{'on': 'submit', **words(p, 400, f'"{PROMPT}" is not allowed')}],
     {}, 'settings', 0, 1),
    ('the prompt moderated, with its words',
     [failed('SensitiveContent', f'"{PROMPT}" was rejected')], {}, 'any', 1, None),
    ('busy, with the words of all',
     lambda p: [{'on': 'submit', 'times': 0,
                 **words(p, 429, f'{KEY} {PROMPT} {signed("https://x.org")}')}],
     {}, 'busy', 0, None),
    ('an unknown outcome, with the words of all',
     lambda p: [{'on': 'submit', 'billed': True,
                 **words(p, 504, f'{KEY} {PROMPT}')}],
     {}, 'failed', 1, None),
    ('an unknown outcome', [{'on': 'submit', 'drop': True, 'billed': True}], {},
     'failed', 1, None),
    ('a state that is the key', [
        {'on': 'task', 'work': 1e9}, {'on': 'poll', 'state': KEY},
        {'on': 'poll', 'status': 400}], {}, 'settings', 1, None),
    ('a state that is the key, escaped',
     lambda p: [{'on': 'task', 'work': 1e9},
                {'on': 'poll', 'body': word(p, KEY)['state']},
                {'on': 'poll', 'status': 400}], {}, 'settings', 1, None),
    ('a task id with a part of the key, escaped',
     lambda p: [{'on': 'submit', 'billed': True,
                 'body': word(p, '9c07e2ab')['id']}], {}, 'failed', 1, None),
    ('a task id with a part of the key, in a refusal',
     lambda p: [{'on': 'submit', 'billed': True, 'status': 503,
                 'body': word(p, 'x-9c07e2ab')['id']}], {}, 'failed', 1, None),
    ('a link with the key', link(f'https://x.invalid/{KEY}'), {}, 'read', 1,
     None),
    ('a redirect with the key', redirect(f'https://x.invalid/?{KEY}'), {}, 'read',
     1, None),
    ('a poll refused, with the link',
     lambda p: [{'on': 'task', 'work': 0},
                {'on': 'poll', **words(p, 400, 'not yet: @link@')}],
     {}, 'settings', 1, 1),
    ('a failed task, with the link',
     [failed('GenerationFailed', f'see {signed("https://x.org")}')], {}, 'any',
     1, None),
    ('a link that answers 403', file(status=403), {}, 'read', 1, None),
    ('a link that answers 404', file(status=404), {}, 'read', 1, None),
    ('a link that answers 500', file(status=500), {}, 'read', 1, None),
    ('a redirect to nobody', redirect(signed('http://127.0.0.1:1')), {}, 'any', 1,
     None),
    ('a redirect to what is no clip', redirect(signed('ftp://127.0.0.1')), {},
     'read', 1, None),
    ('a redirect in a circle', redirect(f'?signature={SIGNATURE}'), {}, 'read',
     1, None),
    ('a link to nobody', link(signed('http://127.0.0.1:1')), {}, 'any', 1, None),
    ('a link to no host', link(signed('https://x.invalid')), {}, 'any', 1, None),
    ('a link that is not fetched', link(signed('ftp://127.0.0.1')), {}, 'any', 1,
     None),
    ('a link with a password', link(signed(f'https://a:{SIGNATURE}@x.org')), {},
     'read', 1, None),
    ('a link that is no URL', link(signed('https://a b')), {}, 'read', 1, None),
    ('a link to one who is not trusted', link('@tls@'), {}, 'any', 1, None),
    ('a host that is not trusted', '@tls@', {}, 'open-read', 0, None),
    ('a download that breaks', file(cut=100), {}, 'read', 1, None),
    ('a download that is dropped', file(drop=True), {}, 'any', 1, None),
    ('a download that is no clip', file(
        status=200, body=f'<html>{signed("https://x.org")} {KEY} {PROMPT}'), {},
     'read', 1, None),
    ('a store with no room for a ledger', [], {'room': 0}, 'write', 0, 1),
    ('a store with no room for a clip', [], {'room': ROOM}, 'write', 1, 1),
]


def find_place(line):
    """Beside scan.find_place()"""
    if line.startswith(b'property prompt=') or line.startswith(b'prompt='):
        return 'property'
    # in a dot file, once in a line
    if re.match(rb'\s*(color|label|src)\S*=?', line) and b'prompt=' in line:
        rest = re.sub(rb'prompt=\S?"?a canary named \S+ sings', b'', line, 1)
        return None if b'Oswald7d3e' in rest else 'property'
    if line.startswith(b'event tag '):
        return 'tags'
    return scan.find_place(line)


class Cell:
    """A row at a provider."""

    def __init__(self, bench, row, provider):
        self.bench, self.provider = bench, provider
        self.name, rules, self.settings, self.wanted, self.billed, self.again = row
        self.scanner = scan.Scanner(CANARIES, find_place)
        self.home = bench.new_path('home')
        os.mkdir(self.home, 0o700)
        self.store = os.path.join(self.home, 'store')
        self.tls = rules == '@tls@'
        self.rules = [] if self.tls else (
            rules(provider) if callable(rules) else rules)

    def prepare(self):
        args = self.bench.args
        options = ['--cert', args.cert, '--key', args.key] if self.tls else []
        self.simulator = self.bench.simulator(
            '--api-key', KEY, *options,
            clip=self.bench.large if 'room' in self.settings else None)
        text = json.dumps(self.rules).replace('@tls@', signed(self.bench.tls))
        self.simulator.script(*json.loads(text))

    def get_settings(self):
        settings = {'provider': self.provider, 'base-url': self.simulator.base[self.provider],
                    'prompt': PROMPT, 'store': self.store, 'first-poll': '1',
                    'poll-interval': '1', 'retries': '1', **self.settings}
        if self.provider == 'apiinone':
            settings['image'] = IMAGE
        settings.pop('room', None)
        return settings

    def start(self, command, **env):
        """All that it writes is searched; what it printed."""
        room = self.settings.get('room')

        def limit():
            if room is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        env = {**self.bench.env, 'HOME': self.home, 'TMPDIR': self.home,
               'XDG_DATA_HOME': self.home, 'GST_DEBUG': '*:9',
               'GST_DEBUG_NO_COLOR': '1', 'GST_TRACERS': 'log',
               'GST_DEBUG_DUMP_DOT_DIR': self.home, **env}
        if room is not None:
            # these are files that grow as well, in the same process
            del env['GST_DEBUG_DUMP_DOT_DIR']
        done = subprocess.run(command, env=env, capture_output=True,
                              timeout=TIMEOUT, preexec_fn=limit,
                              restore_signals=False)
        self.scanner.add('stdout', done.stdout)
        self.scanner.add('stderr', done.stderr)
        check(room is not None or 'GST_DEBUG_FILE' in env
              or b'hailuosrc' in done.stderr, 'there is no log')
        return done

    def tell(self):
        """Plays; the nick of the error, or None."""
        settings = [f'{name}={value}' for name, value in self.get_settings().items()]
        done = self.start([self.bench.args.tell, *settings], TELL_KEY=KEY)
        expect(f'exit status ({done.stderr[-300:]!r})', done.returncode, 0)
        for text in (b'property prompt=', b'preset ', b'message state-changed'):
            check('room' in self.settings or text in done.stdout,
                  f'it does not tell {text}')
        code = re.findall(rb'^code (\S+)', done.stdout, re.M)
        error = re.search(rb'^error (.*)', done.stdout, re.M)
        if error and self.wanted != 'any':
            check(self.wanted and self.wanted.encode() in code,
                  f'{code}, expected {self.wanted}: {error[1].decode()}')
        check(bool(error) == bool(self.wanted), 'no error')

    def launch(self):
        """The same with gst-launch-1.0, which must end with the clip."""
        key = self.bench.write_private('key', KEY)
        settings = [f'{name}={value}' for name, value in self.get_settings().items()]
        done = self.start(
            ['gst-launch-1.0', '-v', '-m', '-t', 'hailuosrc', f'api-key-file={key}',
             *settings, '!', 'fakesink'],
            GST_DEBUG_FILE=os.path.join(self.home, 'debug'))
        expect(f'exit status of gst-launch-1.0 ({done.stderr[-300:]!r})',
               done.returncode, 0)

    def search_files(self):
        """Names and contents of all that it left."""
        dots = 0
        for folder, _, names in os.walk(self.home):
            for name in names:
                path = os.path.join(folder, name)
                kind = 'the store' if folder.startswith(self.store) else (
                    os.path.splitext(name)[1] or name)
                self.scanner.add(f'a name in {kind}', name.encode())
                # what was downloaded is the host's, whatever is in it
                if not name.endswith(('.mp4', '.part')):
                    with open(path, 'rb') as data:
                        self.scanner.add(kind, data.read())
                dots += name.endswith('.dot')
        check(dots or 'room' in self.settings, 'there are no dot files')

    def list_shots(self):
        for more in ([], ['--json'], ['--unfinished']):
            done = subprocess.run(
                [self.bench.args.shots, '--store', self.store, *more],
                env=self.bench.env, capture_output=True)
            # what sends nothing makes no store
            expect('exit status of hailuo-shots', done.returncode,
                   0 if os.path.exists(os.path.join(self.store, 'hailuo.db')) else 1)
            self.scanner.add('hailuo-shots', done.stdout + done.stderr)

    def run(self):
        self.prepare()
        self.tell()
        self.simulator.expect_billed(self.billed)
        self.list_shots()
        if self.again is not None:
            self.settings = {name: value for name, value
                             in self.settings.items() if name != 'room'}
            self.launch()
            self.simulator.expect_billed(self.again)
        self.bench.stop(self.simulator)
        self.search_files()

    def judge(self):
        """Runs it, and says what was found, whatever came of the run."""
        problem = ''
        try:
            self.run()
        except Failure as failure:
            problem = str(failure)
        found = self.scanner.result()
        for kind, n in found['hits'].items():
            problem += f'\n{kind}: {n} lines' + ''.join(
                '\n  ' + line[:600] for line in found['examples'][kind][:1])
        check(not problem, problem)
        check(found['allowed'] or self.tls,
              'the prompt was nowhere: this looked in the wrong places')
        check(found['own'] or self.name in SILENT,
              'not one line of the log is of this project')


def make_environment(bench):
    """With the tracers."""
    name = 'libgstcoretracers.so'
    os.symlink(os.path.join(bench.args.core_plugins, name),
               os.path.join(bench.path('plugins'), name))
    bench.env['GST_REGISTRY_1_0'] = bench.path('registry-tracers.bin')
    del bench.env['GST_REGISTRY_UPDATE']
    subprocess.run(['gst-launch-1.0', 'fakesrc', 'num-buffers=1', '!', 'fakesink'],
                   env=bench.env, capture_output=True, check=True)
    bench.env['GST_REGISTRY_UPDATE'] = 'no'


def main():
    bench = Bench(__doc__, tell='tell-all', shots='hailuo-shots', cert='of a server',
                  key='of the certificate',
                  row={'help': 'only rows with that in their names', 'default': ''})
    make_environment(bench)
    bench.tls = bench.simulator('--cert', bench.args.cert, '--key',
                                bench.args.key).origin
    bench.large = bench.path('large.mp4')
    with open(bench.args.clip, 'rb') as clip, open(bench.large, 'wb') as large:
        # with a box that says nothing
        large.write(clip.read() + (2 * ROOM).to_bytes(4, 'big') + b'free'
                    + bytes(2 * ROOM - 8))
    cells = [Cell(bench, row, provider) for row in ROWS
             for provider in ('apixo', 'apiinone') if bench.args.row in row[0]]
    bench.tap.cases([(f'{cell.provider}: {cell.name}', cell.judge) for cell in cells], 4)
    total = sum(cell.scanner.bytes for cell in cells)
    bench.tap.note(f'{total / 1e6:.0f} MB were searched')
    return bench.tap.end()


sys.exit(main())
