#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is left of the key in the memory of a process whose element is gone.

Nothing may be left that is ours, however the run ended.  What libcurl and GLib
leave in memory that they have freed is told, and no more: they do not wipe it,
and have no way to ask for it.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
import os
import re
import subprocess

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), 'crash')]
import harness
from harness import Bench, check, expect

# the parts have no character in common in the same place
KEY = 'fq7Xw2Lk9Zr4Tb6V-nM3cHs8Jd5Pg1Yt-uA0eKo4Ri7WlQx2'
PARTS = [KEY[:16], KEY[16:32], KEY[32:]]
PATIENCE = 90

# name, rules, settings, how it ends, how many tasks are billed
ROWS = [
    ('a clip', [], {}, 'played', 1),
    ('a clip, over TLS', '@tls@', {}, 'played', 1),
    ('a submit that is refused', [{'on': 'submit', 'status': 401}], {}, 'failed',
     0),
    ('a submit with no answer', [{'on': 'submit', 'drop': True}], {}, 'failed', 0),
    ('a submit that is tried again', [{'on': 'submit', 'status': 429}], {},
     'played', 1),
    ('a poll that fails', [{'on': 'poll', 'status': 400}], {}, 'failed', 1),
    ('a download that fails', [{'on': 'file', 'times': 0, 'status': 500}], {},
     'failed', 1),
    ('nobody there', [], {'base-url': 'http://127.0.0.1:1/api/v1'}, 'failed', 0),
    ('a wrong setting', [], {'duration': '7'}, 'failed', 0),
]


def encode(part):
    return ''.join(f'{ord(c) ^ 0x5a:02x}' for c in part)


class Memory:
    def __init__(self, bench):
        self.bench = bench
        self.key_file = bench.path('key')
        with open(os.open(self.key_file, os.O_WRONLY | os.O_CREAT, 0o600), 'w') as out:
            out.write(KEY + '\n')

    def run(self, rules, settings, where, wiped=True):
        """How it ended, and the places where a part of the key is."""
        args = self.bench.args
        tls = rules == '@tls@'
        options = ['--cert', args.cert, '--key', args.key] if tls else []
        simulator = (harness.TlsSimulator if tls else harness.Simulator)(
            self.bench, '--api-key', KEY, *options)
        base = simulator.base['apixo']
        settings = {'base-url': base.replace('http', 'https', 1) if tls else base,
                    'prompt': 'x', 'store': self.bench.new_path('store'),
                    'first-poll': '1', 'poll-interval': '1', 'retries': '1',
                    **({'ca-file': args.cert} if tls else {}), **settings}
        env = dict(self.bench.env)
        if wiped:
            env['FORGET_CURL'] = '1'
        if where == 'environment':
            env['APIXO_API_KEY'] = KEY
            env['APIXO_BASE_URL'] = settings.pop('base-url')
        try:
            if rules and not tls:
                simulator.script(*rules)
            done = subprocess.run(
                [args.forget, ','.join(map(encode, PARTS)), where, self.key_file,
                 *(f'{name}={value}' for name, value in settings.items())],
                env=env, capture_output=True, text=True, timeout=PATIENCE)
            self.billed = simulator.get('/ledger')['billed']
        finally:
            simulator.stop()
        expect(f'exit status ({done.stderr[-300:]})', done.returncode, 0)
        found = re.findall(r'^found part \d+ in .* (\S*)$', done.stdout, re.M)
        expect('parts', len(found), int(re.search(r'^(\d+) parts', done.stdout,
                                                  re.M)[1]))
        return done.stdout.split()[0], found

    def forgets(self, row, where):
        rules, settings, end, billed = row[1:]
        ended, found = self.run(rules, settings, where)
        expect('end', ended, end)
        check(not found, f'{len(found)} parts of the key are left: {found}')
        expect('billed', self.billed, billed)

    def finds(self):
        """What is freed as it is is found"""
        found = self.run([], {}, 'leak')[1]
        check(len(found) >= 2, f'{len(found)} parts of a copy')

    def tells(self):
        """What libcurl and GLib leave is told"""
        for name, where, wiped in (('libcurl', 'file', False),
                                   ('GLib', 'property', True),
                                   ('both', 'property', False)):
            ended, found = self.run([], {}, where, wiped)
            expect('end', ended, 'played')
            self.bench.tap.note(f'{name}: {len(found)} parts of {len(PARTS)} are left')


def main():
    bench = Bench(__doc__, forget='the program', cert='of a server',
                  key='of the certificate')
    memory = Memory(bench)
    bench.tap.case(memory.finds)
    for row in ROWS:
        for where in ('file', 'environment'):
            def case(row=row, where=where):
                memory.forgets(row, where)
            case.__doc__ = f'{row[0]}, the key from the {where}'
            bench.tap.case(case)
    bench.tap.case(memory.tells)
    return bench.tap.end()


if __name__ == '__main__':
    sys.exit(main())
