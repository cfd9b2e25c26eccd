#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is left of the key in the memory of a process whose element is gone.

Nothing may be left that is ours, however the run ended.  What libcurl and GLib
leave in memory that they have freed is told, and no more: they do not wipe it,
and have no way to ask for it.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import re
import subprocess

from pipelines import Bench
from tap import check, expect

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
        bench.write_private('key', KEY + '\n')

    def run(self, rules, settings, where, wiped=True):
        """How it ended, the places where a part of the key is, and how many tasks were
        billed."""
        args = self.bench.args
        tls = rules == '@tls@'
        options = ['--cert', args.cert, '--key', args.key] if tls else []
        simulator = self.bench.simulator('--api-key', KEY, *options)
        settings = {'base-url': simulator.base['apixo'],
                    'prompt': 'x', 'store': self.bench.new_path('store'),
                    'first-poll': '1', 'poll-interval': '1', 'retries': '1',
                    **({'ca-file': args.cert} if tls else {}), **settings}
        env = dict(self.bench.env)
        if wiped:
            env['FORGET_CURL'] = '1'
        if where == 'environment':
            env['APIXO_API_KEY'] = KEY
            env['APIXO_BASE_URL'] = settings.pop('base-url')
        if rules and not tls:
            simulator.script(*rules)
        done = subprocess.run(
            [args.forget, ','.join(map(encode, PARTS)), where, self.key_file,
             *(f'{name}={value}' for name, value in settings.items())],
            env=env, capture_output=True, text=True, timeout=PATIENCE)
        billed = simulator.billed()
        self.bench.stop(simulator)
        expect(f'exit status ({done.stderr[-300:]})', done.returncode, 0)
        found = re.findall(r'^found part \d+ in .* (\S*)$', done.stdout, re.M)
        expect('parts', len(found), int(re.search(r'^(\d+) parts', done.stdout,
                                                  re.M)[1]))
        return done.stdout.split()[0], found, billed

    def forgets(self, row, where):
        rules, settings, end, wanted = row[1:]
        ended, found, billed = self.run(rules, settings, where)
        expect('end', ended, end)
        check(not found, f'{len(found)} parts of the key are left: {found}')
        expect('billed', billed, wanted)

    def finds(self):
        """What is freed as it is is found"""
        found = self.run([], {}, 'leak')[1]
        check(len(found) >= 2, f'{len(found)} parts of a copy')

    def tells(self):
        """What libcurl and GLib leave is told"""
        for name, where, wiped in (('libcurl', 'file', False),
                                   ('GLib', 'property', True),
                                   ('both', 'property', False)):
            ended, found, _ = self.run([], {}, where, wiped)
            expect('end', ended, 'played')
            self.bench.tap.note(f'{name}: {len(found)} parts of {len(PARTS)} are left')


def main():
    bench = Bench(__doc__, forget='the program', cert='of a server',
                  key='of the certificate')
    memory = Memory(bench)
    bench.tap.case(memory.finds)
    bench.tap.cases([(f'{row[0]}, the key from the {where}', memory.forgets, row, where)
                     for row in ROWS for where in ('file', 'environment')], 4)
    bench.tap.case(memory.tells)
    return bench.tap.end()


sys.exit(main())
