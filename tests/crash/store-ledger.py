#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ledgers that are damaged, foreign, newer, busy or not to be trusted, and rows
that nobody can have written: an error that names the file, and nothing is
paid.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import collections
import contextlib
import errno
import os
import random
import shutil
import sqlite3
import threading
import time

import points
from environment import need
from kit import PAGE, main, read, spoil, write
from pipelines import Run, detail, task_id
from tap import check, expect

ESCAPE = '\x1b[31m'


def refuse_ledger(kit, name, *words, billed='no'):
    """Whatever is wanted of it: nothing is sent."""
    with kit.silent():
        for settings in ({}, {'reuse': 'unfinished'}, {'reuse': 'never'},
                         {'reuse': 'only'}, {'dry_run': True}, {'prompt': 'another'},
                         {'task_id': 'task-1'}):
            end = kit.run(**settings)
            about = f'{name}, {settings}: {end.get("text")}'
            expect(about, end.get('code'), 'write')
            expect(about, detail(end, 'billed'), billed)
            for word in (kit.database(), *words):
                check(word in end['text'], f'"{word}": {about}')
        for arguments in (), ('--json',), ('--forget', 'a'):
            check(kit.database() in kit.shots(*arguments, status=1), f'{name}: not named')


def damage(data):
    """(what, bytes) that are no whole ledger."""
    random_bytes = random.Random(1).randbytes
    for length in (0, 1, 2, 15, 16, 99, 100, 511, 512, 4095, PAGE, PAGE + 1,
                   len(data) - PAGE, len(data) - 1):
        yield f'{length} bytes of it', data[:length]
    for i in range(100):
        for bit in (0x01, 0x02, 0x20, 0x80):
            yield f'byte {i} ^ {bit:#x}', (
                data[:i] + bytes([data[i] ^ bit]) + data[i + 1:])
    for start in range(0, len(data), PAGE):
        for what, page in (('zeroes', bytes(PAGE)), ('ones', b'\xff' * PAGE),
                           ('noise', random_bytes(PAGE))):
            yield (f'{what} at {start}',
                   data[:start] + page + data[start + PAGE:])
    for what, text in {'text': b'not a database ' * 999,
                       'zeroes': bytes(len(data)),
                       'noise': random_bytes(len(data)),
                       'two': data * 2, 'behind a line': b'\n' + data}.items():
        yield what, text


def damaged_ledger(kit):
    """a ledger that is cut, overwritten or no database: the same as before, or an
    error that names it, and no submit of a shot that it had"""
    ends = collections.Counter()
    for state in ('intent', 'submitted', 'delivered'):
        kit.prompt, kit.store = kit.bench.new(state), kit.bench.new_path(state)
        if state == 'intent':
            kit.lose_answer(False)
        elif state == 'submitted':
            kit.leave_unfinished()
        else:
            kit.get_clip()
        ledger = read(kit.database())
        wanted = 'unknown' if state == 'intent' else 'clip'
        with kit.silent('submit'):
            for what, data in damage(ledger):
                write(kit.database(), data)
                end = kit.run()
                judged = kit.bench.judge(end)
                ends[state, judged] += 1
                if judged != wanted:
                    name = f'{state}, {what}: {end.get("text")}'
                    expect(name, end.get('code'), 'write')
                    check(kit.database() in end['text'], name)
                for journal in kit.files('-journal'):
                    os.unlink(journal)
        for what, data in ('text', b'not a database ' * 999), (
                'zeroes', bytes(len(ledger))), ('two bytes', b'SQ'), ('nothing', b''), (
                'a byte', bytes(1)):
            write(kit.database(), data)
            refuse_ledger(kit, what, 'look up its tasks at the host')
        os.unlink(kit.database())
        refuse_ledger(kit, 'gone', 'look up its tasks at the host')
        write(kit.database(), ledger)
        expect(f'{state}, mended', kit.bench.judge(kit.run()), wanted)
        kit.check_billed(state != 'intent')
    kit.bench.tap.note('; '.join(f'{state}: {end}: {n}' for (state, end), n
                                 in sorted(ends.items())))


def foreign_ledger(kit):
    """the database of another program, or of a newer version, under the ledger's
    name is refused by its name, and stays as it is"""
    kit.get_clip(prompt='before')
    os.unlink(kit.database())
    for name, words, statements in (
            ('another program', 'something else', ['CREATE TABLE notes (text)']),
            ('another program, with a version', 'something else',
             ['CREATE TABLE notes (text)', 'PRAGMA user_version = 1']),
            ('a table of the same name', 'something else',
             ['CREATE TABLE attempt (a)', 'PRAGMA user_version = 1']),
            ('a newer version', 'newer version',
             ['CREATE TABLE attempt (a)', 'PRAGMA user_version = 2']),
            ('an empty one of a newer version', 'newer version',
             ['PRAGMA user_version = 99'])):
        write(kit.database())
        kit.change(*statements, checked=True)
        data = read(kit.database())
        refuse_ledger(kit, name, words)
        check(read(kit.database()) == data, f'{name} was changed')


def newer_ledger(kit):
    """a ledger that a newer version has changed is refused, and can be used again
    when it has its version back"""
    kit.get_clip()
    version, = kit.query('PRAGMA user_version')[0]
    kit.change(f'PRAGMA user_version = {version + 1}')
    refuse_ledger(kit, 'newer', 'newer version')
    kit.change(f'PRAGMA user_version = {version}')
    kit.get_clip('reused')
    kit.check_billed(1)


def unseen_ledger(kit):
    """a ledger that cannot be looked at or opened, for whatever reason, is not one
    that is not there: an error, and nothing is sent"""
    need('strace')
    kit.get_clip()
    with kit.silent():
        for calls in '?newfstatat,?lstat,?stat,?statx,?access,?faccessat2', 'openat':
            for error in 'EIO', 'EACCES', 'ENOSPC', 'EMFILE', 'ENOMEM':
                for settings in ({}, {'reuse': 'unfinished'}, {'reuse': 'only'},
                                 {'dry_run': True}):
                    _, end, text = points.trace(
                        kit.bench, kit.line(**settings), f'error={error}', calls,
                        path=kit.database())
                    about = f'{calls}, {error}, {settings}: {end}'
                    check('(INJECTED)' in text, f'not reached: {about}')
                    expect(about, kit.bench.judge(end), 'error write, billed: no')
                    check(kit.database() in end['text'], about)
                    # SQLite has words of its own
                    check(calls == 'openat'
                          or os.strerror(getattr(errno, error)) in end['text'], about)
    kit.get_clip('reused')
    kit.check_billed(1)


def replaced_ledger(kit):
    """a ledger that is a link, a FIFO, a folder, a socket, another's, or open to
    others is refused by its name; no submit, no hang"""
    kit.get_clip()
    for words in spoil(kit.bench, kit.database()):
        refuse_ledger(kit, words, words)
    kit.get_clip('reused')
    kit.check_billed(1)


def busy_ledger(kit):
    """a ledger that another program has: the run waits for it, and can be stopped
    meanwhile; then it goes on"""
    kit.get_clip(prompt='before')
    with contextlib.closing(sqlite3.connect(kit.database(), isolation_level=None,
                                            check_same_thread=False)) as other:
        other.execute('BEGIN EXCLUSIVE')
        with Run(kit.bench, '--stop') as run:
            run.send(kit.line())
        with Run(kit.bench, '--stop') as run:
            begun = time.monotonic()
            run.send(kit.line() + '\n')
            run.wait_for('stopped')
            check(time.monotonic() - begun < 10, 'a stop took too long')
        threading.Timer(0.5, lambda: other.execute('ROLLBACK')).start()
        kit.get_clip('submitted')
    kit.check_billed(1)


def hot_journal(kit):
    """a writer that was killed in the middle: what it left half done is taken
    back before anything is read"""
    kit.get_clip()
    crashed = kit.bench.new_path('crashed')
    os.mkdir(crashed)
    with contextlib.closing(sqlite3.connect(
            kit.database(), isolation_level=None)) as other:
        # so small a cache that it writes to the database before the commit
        other.execute('PRAGMA cache_size = 1')
        other.execute('BEGIN IMMEDIATE')
        other.execute('DELETE FROM attempt')
        other.execute('CREATE TABLE filler (a)')
        for _ in range(50):
            other.execute('INSERT INTO filler VALUES (randomblob(3000))')
        for path in kit.files('.db') + kit.files('-journal'):
            shutil.copy(path, crashed)
        other.execute('ROLLBACK')
    expect('files', sorted(os.listdir(crashed)), ['hailuo.db', 'hailuo.db-journal'])
    for reuse, wanted in (('only', 'reused'), ('always', 'reused'),
                          ('never', 'submitted')):
        for name in os.listdir(crashed):
            shutil.copy(os.path.join(crashed, name), kit.store)
        kit.get_clip(wanted, reuse=reuse)
    kit.expect_states('delivered', 'delivered')
    kit.check_billed(2)


# each with a value that its source cannot give
WRONG = {
    'task_id': ('a/../../b', 'a' + ESCAPE, 'a?b=c', '..', '', 'a' * 129, 'a\nb'),
    'provider': ('apixo' + ESCAPE, 'Apixo!', ''),
    'base_url': ('http://example.com/api', 'https://user@example.com',
                 'https://example.com/' + ESCAPE, 'ftp://example.com', 'x',
                 'https://example.com/'),
    'model': ('../x', ESCAPE, '', 'a' * 129),
    'mode': ('auto', ESCAPE, ''),
    'state': ('none', ESCAPE, 'FETCHED'),
    'sha256': ('0' * 63, '0' * 65, 'g' * 64, '../../../etc/passwd'),
    'created': (-1, 'yesterday'),
    'price': (-2, 'much'),
    'size': (0, -1),
    'resolution': ('7 68p', ESCAPE),
    'billed': ('perhaps', ''),
    'fault': ('mine', ''),
}


def wrong_members(kit):
    """a row with a member that its source cannot give is refused by its name: no
    request, and nothing of it on a terminal"""
    end = kit.get_clip()
    ledger = read(kit.database())
    for name, value in ((name, value) for name in WRONG for value in WRONG[name]):
        write(kit.database(), ledger)
        try:
            kit.change((f'UPDATE attempt SET {name} = ?', [value]))
        except sqlite3.IntegrityError as problem:
            # the type of a column is checked all the same
            check('cannot store' in str(problem), problem)
            continue
        settings = [{'reuse': reuse} for reuse in ('always', 'only', 'never')]
        if name not in ('provider', 'base_url', 'task_id'):
            settings.append({'task_id': task_id(end), 'prompt': None})
        with kit.silent():
            for more in settings:
                error = kit.get_error('write', kit.database(), billed='no', **more)
                check(ESCAPE not in error['text'], repr(error['text']))
        for arguments in (), ('--json',), ('--costs',), ('--export', task_id(end),
                                                         kit.bench.new_path('x')):
            text = kit.shots(*arguments, status=1)
            check(kit.database() in text and ESCAPE not in text, repr(text))
    write(kit.database(), ledger)
    kit.get_clip('reused')
    kit.check_billed(1)


sys.exit(main(__doc__, damaged_ledger, foreign_ledger, newer_ledger, unseen_ledger,
              replaced_ledger, busy_ledger, hot_journal, wrong_members))
