#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""hailuo-shots: lists, sums, forgets and exports what the element has made.
Prints TAP."""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import datetime
import hashlib
import http.server
import json
import os
import subprocess
import threading
import time

from kit import BROKEN, HOSTS, MODERATION, NO_PRICE, PRICE, main, read, sha256, write
from pipelines import Run, task_id
from tap import check, expect

HEAD = ['ID', 'STATE', 'CLIP', 'AGE', 'PROVIDER', 'TAKE', 'LENGTH', 'SIZE', 'PRICE', 'TASK',
        'LABEL']
MEMBERS = ['attempt', 'shot', 'provider', 'base_url', 'model', 'mode', 'image',
           'duration', 'resolution', 'take', 'label', 'adopted', 'created', 'submitted', 'ended',
           'used', 'state', 'task_id', 'price', 'billed', 'fault', 'fail_code',
           'size', 'sha256', 'stored']
ESCAPE = '\x1b[31m'


class Host:
    """Another origin of links, with a clip that is longer than the simulator's."""

    def __init__(self, bench, number):
        free = bytes(4 + number)
        data = read(bench.args.clip) + (len(free) + 4).to_bytes(4, 'big') + b'free' \
            + free[4:]
        self.sha256 = hashlib.sha256(data).hexdigest()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header('Content-Length', str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *unused):
                pass

        self.server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
        self.link = f'http://127.0.0.1:{self.server.server_address[1]}/clip.mp4'
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def get_own_clip(kit, number, **settings):
    """A clip like no other; its task and SHA-256."""
    with Host(kit.bench, number) as host:
        kit.simulator.script({'on': 'poll', 'link': host.link})
        end = kit.run(**settings)
    expect(f'the end of {end}', end['end'], 'eos')
    return task_id(end), host.sha256


def list_rows(kit, *arguments):
    """As they are printed, the newest first."""
    return json.loads(kit.shots('--json', *arguments))


def check_private(kit):
    """Nobody else can read what is in the store, and no secret is in it."""
    for path in [kit.store, *kit.files()]:
        is_file = os.path.isfile(path)
        expect(f'mode of {path}', os.stat(path).st_mode & 0o777,
               0o600 if is_file else 0o700)
        for secret in (b'lighthouse', b'simulator-key', b'.mp4', b'expires'):
            check(not is_file or path.endswith('.mp4') or secret not in read(path),
                  f'{secret} is in {path}')


# --- the list -------------------------------------------------------------------

def table(kit):
    """the table: an attempt in each line, the oldest first, and what was spent"""
    kit.prompt = 'a secret lighthouse'
    done = kit.get_clip(label='opening, wide')
    kit.leave_unfinished(take=2, duration=10)
    kit.lose_answer(take=3, mode='pro-text-to-video')
    kit.get_clip(**NO_PRICE)
    check_private(kit)
    lines = kit.shots().splitlines()
    expect('the head', lines[0].split(), HEAD)
    words = [line.split() for line in lines[1:-1]]
    ids = [row['shot'][:12] for row in list_rows(kit)[::-1]]
    expect('the lines', words, [
        [ids[0], 'delivered', 'yes', '0', 'min', 'apixo', '1', '6', 's', '768p', '$0.336',
         task_id(done), 'opening,', 'wide'],
        [ids[1], 'submitted', '-', '0', 'min', 'apixo', '2', '10', 's', '768p', '$0.56',
         words[1][11]],
        [ids[2], 'intent', '-', '0', 'min', 'apixo', '3', '-', '1080p', '$0.49', '-'],
        [ids[3], 'delivered', 'yes', '0', 'min', 'apixo', '1', '6', 's', '768p', '?',
         words[3][11]]])
    expect('the sum', lines[-1],
           '4 attempts: $0.896 billed, $0.49 more may have been; estimated prices')
    unfinished = kit.shots('--unfinished').splitlines()
    expect('unfinished', unfinished[1:-1], lines[2:4])
    check(unfinished[-1].startswith('2 attempts: $0.56 billed, $0.49 more'),
          unfinished[-1])
    expect('-u', kit.shots('-u').splitlines(), unfinished)
    kit.change('UPDATE attempt SET created = created - 3600000000 * attempt * 20')
    ages = [line.split()[3:5] for line in kit.shots().splitlines()[1:-1]]
    expect('the ages', ages, [['20', 'h'], ['40', 'h'], ['2', 'd'], ['3', 'd']])


def as_json(kit):
    """--json: all that is kept, the newest first, and that is no key, no prompt and
    no link"""
    kit.prompt = 'a secret lighthouse'
    begun = time.time()
    first = kit.get_clip(label='na\u00efve, of a label')
    kit.get_clip(task_id=task_id(kit.get_clip('submitted', prompt='x',
                                              store=kit.bench.new_path('store'))),
                 prompt=None)
    kit.lose_answer(take=2)
    rows = list_rows(kit)
    for row in rows:
        expect('the names', list(row), MEMBERS)
    expect('the states', [row['state'] for row in rows],
           ['intent', 'delivered', 'delivered'])
    row = rows[2]
    for name in 'created', 'submitted', 'ended', 'used':
        check(begun - 1 <= row.pop(name) <= time.time() + 1, name)
    wanted = {
        'attempt': 1, 'provider': 'apixo', 'base_url': kit.simulator.base['apixo'],
        'model': 'hailuo-2-3', 'mode': 'standard-text-to-video', 'image': False,
        'duration': 6, 'resolution': '768p', 'take': 1,
        'label': 'na\u00efve, of a label', 'adopted': False, 'state': 'delivered',
        'task_id': task_id(first), 'price': PRICE, 'billed': 'yes',
        'fault': None, 'fail_code': None, 'stored': True, 'size': kit.bench.clip['bytes'],
        'sha256': kit.bench.clip['sha256'], 'shot': row['shot']}
    expect('the first', row, wanted)
    # of an adopted task no more is known than its id
    for name in 'mode', 'duration', 'resolution', 'take', 'label', 'price':
        expect(f'{name} of the adopted one', rows[1][name], None)
    expect('adopted', [row['adopted'] for row in rows], [False, True, False])
    for name in 'task_id', 'submitted', 'ended', 'sha256', 'size', 'fault':
        expect(f'{name} of the unknown one', rows[0][name], None)
    expect('billed of the unknown one', rows[0]['billed'], 'unknown')
    expect('--unfinished', list_rows(kit, '--unfinished'), rows[:1])
    check_private(kit)


def failures(kit):
    """what failed, and why, is in the list"""
    kit.simulator.script(MODERATION, BROKEN)
    kit.get_error('settings')
    kit.run(take=2)
    expect('the failures', [(row['state'], row['fault'], row['fail_code'])
                            for row in list_rows(kit)],
           [('failed', 'host', 'InternalError'),
            ('failed', 'request', 'SensitiveContent')])
    expect('--unfinished', list_rows(kit, '--unfinished'), [])


def gone_clips(kit):
    """the list says which clips are in the store; one that is gone is had again at no
    cost, as --export says"""
    kit.get_clip()
    kept = get_own_clip(kit, 1, take=2)
    kit.leave_unfinished(take=3)
    row = list_rows(kit)[2]
    os.unlink(kit.path('clips', row['sha256'] + '.mp4'))
    lines = kit.shots().splitlines()
    expect('the clips', [line.split()[2] for line in lines[:-1]],
           ['CLIP', 'gone', 'yes', '-'])
    # to the price, as much as a terminal has
    expect('the width', lines[0].index('  TASK'), 78)
    expect('the clips', [(row['task_id'] == kept[0], row['stored'])
                         for row in list_rows(kit)],
           [(False, False), (True, True), (False, False)])
    for name in row['shot'], row['task_id']:
        text = kit.shots('--export', name, kit.bench.new_path('x'), status=1)
        for words in 'no longer in the store', 'no cost', f'task-id={row["task_id"]}':
            check(words in text, text)
    kit.get_clip('resumed', task_id=row['task_id'], prompt=None)
    expect('the clip', list_rows(kit)[2]['stored'], True)
    os.unlink(kit.path('clips', row['sha256'] + '.mp4'))
    kit.get_clip('resumed', reuse='always')
    kit.check_billed(3)


def odd_labels(kit):
    """a label with control characters does nothing to a terminal"""
    # as another program could put it there: a line of gst-launch-1.0 has none
    kit.get_clip(label='plain')
    kit.change(('UPDATE attempt SET label = ?', [f'a{ESCAPE}b\nc\td']))
    text = kit.shots()
    check('\x1b' not in text, repr(text))
    expect('lines', len(text.splitlines()), 3)
    expect('the label', list_rows(kit)[0]['label'], f'a{ESCAPE}b\nc\td')
    # C1, bidi, no width, a tag, a line's end, private; and what is to be seen
    label = '\x7f\x9b\u202e\u2066\u200b\U000e0041\u2028\ue000 na\u00efve \U0001f30a'
    kit.change(('UPDATE attempt SET label = ?', [label]))
    text = kit.shots('--json')
    check(r'"\u007f\u009b\u202e\u2066\u200b\udb40\udc41\u2028\ue000 na'
          '\u00efve \U0001f30a"' in text, ascii(text))
    expect('the label', json.loads(text)[0]['label'], label)


def costs(kit):
    """--costs: a line for each day and provider, and the total"""
    kit.get_clip()
    kit.get_clip(take=2)
    kit.lose_answer(take=3)
    kit.get_clip(**HOSTS['apiinone'])
    kit.get_clip(**NO_PRICE)
    kit.simulator.script({'on': 'task', 'outcome': 'failed'})
    kit.get_error(None, take=2, **HOSTS['apiinone'])
    day = 86400 * 10 ** 6
    kit.change(f'UPDATE attempt SET created = created - {3 * day} WHERE take = 2')

    def name(days):
        date = datetime.datetime.now() - datetime.timedelta(days=days)
        return date.strftime('%Y-%m-%d')

    lines = [line.split() for line in kit.shots('--costs').splitlines()]
    expect('the sums', lines, [
        ['DAY', 'PROVIDER', 'ATTEMPTS', 'BILLED', 'UNCERTAIN', 'NO', 'PRICE'],
        [name(3), 'apiinone', '1', '$0.00', '$0.00', '0'],
        [name(3), 'apixo', '1', '$0.336', '$0.00', '0'],
        [name(0), 'apiinone', '1', '$0.30', '$0.00', '0'],
        [name(0), 'apixo', '3', '$0.336', '$0.336', '1'],
        ['total', '6', '$0.972', '$0.336', '1']])
    sums = ('attempts', 'billed', 'uncertain', 'no_price')
    expect('as JSON', json.loads(kit.shots('--costs', '--json')), {
        'days': [dict(zip(('day', 'provider') + sums, row)) for row in (
            (name(3), 'apiinone', 1, 0, 0, 0), (name(3), 'apixo', 1, PRICE, 0, 0),
            (name(0), 'apiinone', 1, 0.3, 0, 0), (name(0), 'apixo', 3, PRICE, PRICE, 1))],
        'total': dict(zip(sums, (6, 0.972, PRICE, 1)))})
    lines = [line.split() for line in kit.shots('-c', '-u').splitlines()]
    expect('the unfinished', lines[1:], [
        [name(0), 'apixo', '1', '$0.00', '$0.336', '0'],
        ['total', '1', '$0.00', '$0.336', '0']])
    expect('the unfinished as JSON', json.loads(kit.shots('-c', '-u', '-j'))['total'],
           dict(zip(sums, (1, 0, PRICE, 0))))


# --- the store ------------------------------------------------------------------

def no_store(kit):
    """a store that is named and not there is an error, and is not made; the default
    one is empty until there is one"""
    for arguments in ([], ['--json'], ['--costs'], ['--unfinished'],
                      ['--forget', 'abc'], ['--export', 'abc', '/nowhere']):
        text = kit.shots(*arguments, status=1)
        check(kit.store in text, text)
    check(not os.path.exists(kit.store), 'the store was made')
    write(kit.store)
    check(kit.store in kit.shots(status=1), 'a file is taken for a store')
    os.unlink(kit.store)
    os.mkdir(kit.store, 0o700)
    for arguments in ([], ['--json'], ['--costs'], ['--unfinished'],
                      ['--forget', '0' * 12], ['--export', '0' * 12, '/nowhere']):
        text = kit.shots(*arguments, status=1)
        check(kit.store in text and 'no ledger' in text, text)
    expect('files in it', os.listdir(kit.store), [])

    home = kit.bench.new_path('home')
    env = {**kit.bench.env, 'HOME': home}

    def run(*arguments):
        return subprocess.run([kit.bench.args.shots, *arguments], env=env,
                              capture_output=True, text=True)

    done = run()
    expect('the table', (done.returncode, len(done.stdout.splitlines())), (0, 1))
    done = run('--json')
    expect('the list', (done.returncode, json.loads(done.stdout)), (0, []))
    expect('--costs', run('--costs').returncode, 0)
    expect('--forget', run('--forget', 'abc').returncode, 1)
    check(not os.path.exists(home), 'the store was made')
    kit.store = os.path.join(home, '.local/state/hailuo')
    os.makedirs(kit.store, 0o700)
    done = run('--json')
    expect('of the folder alone', (done.returncode, json.loads(done.stdout)), (0, []))
    kit.get_clip()
    expect('the list', [row['state'] for row in json.loads(run('--json').stdout)],
           ['delivered'])


def broken_store(kit):
    """a ledger that cannot be read, or a folder that is not trusted, is an error that
    names it, whatever is asked, and says what can be done here"""
    kit.get_clip()
    path = kit.database()
    shot = list_rows(kit)[0]['shot']
    before = kit.clips()
    with open(path, 'r+b') as file:
        file.write(b'nothing of the kind')
    for mode, name in (0o700, path), (0o777, kit.store):
        os.chmod(kit.store, mode)
        for arguments in ([], ['--json'], ['--costs'], ['--forget', shot],
                          ['--export', shot, kit.bench.new_path('x')]):
            text = kit.shots(*arguments, status=1)
            check(name in text, text)
            check('set store' not in text and 'submit' not in text, text)
    expect('the clips', kit.clips(), before)


# What goes with what; the store goes with all
PARTS = {'--unfinished': (), '--costs': (), '--json': (), '--forget': ('ID',),
         '--export': ('ID',), 'FILE': ()}
TOGETHER = [{'--unfinished', '--costs'}, {'--unfinished', '--json'}, {'--costs', '--json'},
            {'--export', 'FILE'}]


def wrong_options(kit):
    """options that do not go together, or are none, are an error, and nothing is
    removed or written"""
    kit.get_clip()
    rows, files = list_rows(kit), kit.clips()
    shot = rows[0]['shot']
    path = kit.bench.new_path('x')
    lines = [['--nonsense'], ['--forget'], ['--export'], [path], ['--export', shot],
             ['--export', shot, path, 'b'], ['--forget', shot, '--export', shot, path],
             ['--export', shot, path, '--json'], ['--export', shot, path, '--unfinished'],
             ['--export', shot, path, '--costs'],
             ['--forget', shot, '--store='], ['--export', shot, '--store=', path]]
    for first in PARTS:
        for second in PARTS:
            if {first, second} in TOGETHER or (first == second
                                               and first not in ('--forget', '--export')):
                continue
            lines.append([{'ID': shot, 'FILE': path}.get(word, word)
                          for part in (first, second) for word in (part, *PARTS[part])])
    for line in lines:
        text = kit.shots(*line, status=2)
        check('hailuo-shots --help' in text, text)
        check(not os.path.exists(path), f'{line} wrote a file')
        expect(f'the clips after {line}', kit.clips(), files)
    expect('attempts', list_rows(kit), rows)
    text = kit.shots('--unfinished', '--forget', shot, status=2)
    check('--unfinished and --forget do not go together' in text, text)
    # as a variable that is not set leaves it; in a store, as it would be found
    program = os.path.abspath(kit.bench.args.shots)
    empty = {'--store': ['--store='], '--forget': ['--forget='],
             '--export': ['--export=', path], 'FILE': ['--export', shot, '']}
    for name, line in empty.items():
        done = subprocess.run([program, *line], cwd=kit.store, text=True,
                              env=kit.bench.env, capture_output=True)
        expect(name, (done.returncode, done.stdout), (2, ''))
        check(f'{name} is empty' in done.stderr, done.stderr)
    # twice is once
    for part in '--unfinished', '--costs', '--json':
        expect(part, kit.shots(part, part), kit.shots(part))
    check('--costs' in kit.shots('--help'), 'no help')


# --- one shot -------------------------------------------------------------------

def export(kit):
    """--export: by the start of a shot's id the newest clip, by a task's id its
    own; nothing is written over"""
    tasks = [get_own_clip(kit, number, reuse='never') for number in (1, 2)]
    check(tasks[0][1] != tasks[1][1], 'the same clip')
    shot = list_rows(kit)[0]['shot']
    for name, wanted in ((shot[:12], 1), (shot, 1), (shot[:8], 1),
                         (tasks[0][0], 0), (tasks[1][0], 1)):
        path = kit.bench.new_path('exported')
        kit.shots('--export', name, path)
        expect(f'the clip of {name}', sha256(path), tasks[wanted][1])
        text = kit.shots('--export', name, path, status=1)
        check(path in text, text)
        expect('the file that was there', sha256(path), tasks[wanted][1])
    # no more of what cannot be than that
    for name in 'f' * 64, shot + '0', tasks[0][0][:-1], 'g', shot[:7]:
        path = kit.bench.new_path('exported')
        kit.shots('--export', name, path, status=1)
        check(not os.path.exists(path), f'{name} made a file')
    kit.shots('--export', shot, '/nowhere/at/all', status=1)
    # the newest that is as it was downloaded
    with open(kit.path('clips', tasks[1][1] + '.mp4'), 'r+b') as file:
        file.write(b'x')
    path = kit.bench.new_path('exported')
    kit.shots('--export', shot, path)
    expect('the older clip', sha256(path), tasks[0][1])
    path = kit.bench.new_path('exported')
    text = kit.shots('--export', tasks[1][0], path, status=1)
    check('damaged' in text, text)
    check(not os.path.exists(path), 'a damaged clip was copied')


def no_clip(kit):
    """--export of a shot that has no clip is an error"""
    kit.lose_answer()
    kit.leave_unfinished(take=2)
    for row in list_rows(kit):
        path = kit.bench.new_path('x')
        text = kit.shots('--export', row['shot'], path, status=1)
        check('no clip' in text and not os.path.exists(path), text)


def forget_task(kit):
    """--forget by a task's id: that attempt and its clip, and no other"""
    tasks = [get_own_clip(kit, number, reuse='never') for number in (1, 2, 3)]
    text = kit.shots('--forget', tasks[1][0])
    check(text.startswith('Forgotten: ') and tasks[1][0] in text, text)
    expect('the tasks', [row['task_id'] for row in list_rows(kit)],
           [tasks[2][0], tasks[0][0]])
    expect('the clips', kit.clips(), sorted([tasks[0][1], tasks[2][1]]))
    kit.shots('--forget', tasks[1][0], status=1)
    kit.shots('--forget', tasks[2][0])
    # the next one is played then
    with kit.silent():
        expect('the task', task_id(kit.run()), tasks[0][0])
    kit.check_billed(3)


def forget_shot(kit):
    """--forget by the start of a shot's id: all of its attempts and clips, and
    nothing of another's; the same line then is a new shot"""
    kit.get_clip(prompt='another')
    other = list_rows(kit)[0]
    get_own_clip(kit, 1)
    get_own_clip(kit, 2, reuse='never')
    kit.lose_answer(reuse='never')
    shot = list_rows(kit)[0]['shot']
    check(shot[0] != other['shot'][0] or shot[:12] != other['shot'][:12], 'chance')
    text = kit.shots('--forget', shot[:12])
    expect('lines', len(text.splitlines()), 3)
    expect('attempts', list_rows(kit), [other])
    expect('clips', kit.clips(), [other['sha256']])
    kit.shots('--forget', shot, status=1)
    # two were billed, one may have been, and all of it is spent
    expect('the costs', kit.shots('--costs').splitlines()[-1].split(),
           ['total', '4', '$1.008', '$0.336', '0'])
    kit.get_error('settings', 'budget', budget=5 * PRICE - 0.001)
    kit.get_clip('submitted', budget=5 * PRICE)
    kit.get_clip('reused', prompt='another')
    kit.check_billed(4)


def forget_shared(kit):
    """--forget leaves a clip that another attempt, or another shot, has too"""
    for more in {'reuse': 'never'}, {'take': 2}:
        kit.renew()
        kit.get_clip()
        kit.get_clip(**more)
        first, second = list_rows(kit)
        expect('the clips', first['sha256'], second['sha256'])
        kit.shots('--forget', first['task_id'])
        with kit.silent():
            expect('the task', task_id(kit.get_clip('reused')), second['task_id'])
        kit.shots('--forget', second['task_id'])
        expect('the clips', kit.clips(), [])


def forget_unfinished(kit):
    """--forget removes what a download has left, and an unknown outcome"""
    size = kit.bench.clip['bytes']
    kit.simulator.script({'on': 'file', 'cut': size // 2})
    kit.get_error('read', billed='yes', retries=0)
    expect('the parts', len(kit.files('.part')), 1)
    kit.shots('--forget', list_rows(kit)[0]['shot'])
    expect('the parts', kit.files('.part'), [])
    kit.lose_answer()
    kit.shots('--forget', list_rows(kit)[0]['shot'][:12])
    expect('attempts', list_rows(kit), [])
    kit.get_clip('submitted')
    kit.check_billed(3)


def in_use(kit):
    """--forget of a shot that is being made is refused, and loses nothing"""
    kit.simulator.script({'on': 'task', 'work': 60000})
    with Run(kit.bench) as run:
        run.send(kit.line())
        run.wait_for('state pending')
        row = list_rows(kit)[0]
        for name in row['shot'], row['task_id']:
            check('in use' in kit.shots('--forget', name, status=1), 'not told')
        expect('attempts', len(list_rows(kit)), 1)
        expect('the end', kit.bench.judge(run.end()), 'clip')
    kit.get_clip('reused')
    kit.check_billed(1)


def ambiguous(kit):
    """an id that begins two shots names none"""
    kit.get_clip()
    kit.get_clip(take=2)
    kit.change("UPDATE attempt SET shot = '0123456789a' || substr (shot, 12)")
    rows = list_rows(kit)
    for arguments in (['--forget', '0123456789a'],
                      ['--export', '01234567', kit.bench.new_path('x')]):
        text = kit.shots(*arguments, status=1)
        check('Several shots' in text, text)
    expect('attempts', list_rows(kit), rows)
    kit.shots('--forget', rows[0]['shot'])
    expect('attempts', list_rows(kit), rows[1:])


def too_short(kit):
    """an id is at least eight characters of a shot's, or all of a task's: a slip
    forgets nothing, though there is but one shot"""
    kit.get_clip()
    row, = list_rows(kit)
    for name in row['shot'][0], row['shot'][:7], row['task_id'][:7]:
        for arguments in ['--forget', name], ['--export', name, kit.bench.new_path('x')]:
            text = kit.shots(*arguments, status=1)
            check('too short' in text and '8 characters' in text, text)
    expect('attempts', list_rows(kit), [row])
    # a host's ids may be
    kit.change("UPDATE attempt SET task_id = '5'")
    kit.shots('--forget', '5')
    expect('attempts', list_rows(kit), [])


def forget_loss(kit):
    """--forget tells what is given up"""
    kit.get_clip(take=1)
    kit.leave_unfinished(take=2)
    kit.lose_answer(take=3)
    kit.get_clip(take=4)
    kit.change("UPDATE attempt SET state = 'fetched', ended = NULL WHERE take = 4")
    for row, loss in zip(list_rows(kit), ('its clip was not played', 'it may have been paid',
                                          'its clip was not fetched', None)):
        task = f', task {row["task_id"]}' if row['task_id'] else ''
        expect('the line', kit.shots('--forget', row['shot'][:8]),
               f'Forgotten: {row["shot"]}{task}{f" ({loss})" if loss else ""}\n')


os.environ.pop('TZ', None)
time.tzset()
sys.exit(main(
    __doc__, table, as_json, failures, gone_clips, odd_labels, costs, no_store,
    broken_store, wrong_options, export, no_clip, forget_task, forget_shot,
    forget_shared, forget_unfinished, forget_loss, in_use, ambiguous, too_short))
