#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command hailuo, as a person at a terminal and as a script have it.  Prints
TAP.  Usage: run-command.py SIMULATOR CLIP HAILUO COMPLETION MANUAL [CASE...]"""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import tempfile
import termios
import time

from environment import of_user
from simulator import Simulator
from tap import Tap, check, expect

SIMULATOR, CLIP, HAILUO, COMPLETION, MANUAL = map(os.path.abspath, sys.argv[1:6])
TIMEOUT = 60
FAST = ['--set', 'first-poll=50', '--set', 'poll-interval=50']
LONG = {'on': 'task', 'work': 600000}  # longer than any case


class Stage:
    """A folder of its own, with a simulator and a store."""

    def __init__(self, folder):
        self.folder = folder
        self.simulator = Simulator(SIMULATOR, CLIP)
        self.env = {**of_user(folder), **self.simulator.hosts()}
        with open(CLIP, 'rb') as file:
            self.clip = file.read()

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *words, status=0, text='', **env):
        """What was printed, on both."""
        done = subprocess.run([HAILUO, *words], cwd=self.folder, input=text.encode(),
                              env={**self.env, **env}, capture_output=True,
                              timeout=TIMEOUT)
        out = done.stdout.decode(), done.stderr.decode()
        expect(f'{words}: {out}', done.returncode, status)
        return out

    def make(self, prompt, *words, **more):
        return self.run('make', prompt, *FAST, *words, **more)

    def events(self, prompt, *words, **more):
        out, _ = self.make(prompt, '--json', *words, **more)
        return [json.loads(line) for line in out.splitlines()]

    def expect_clip(self, name):
        with open(self.path(name), 'rb') as file:
            check(file.read() == self.clip, f'{name} is not the clip')

    def expect_none(self, name):
        check(not os.path.exists(self.path(name)), f'there is a file {name}')
        left = [name for name in os.listdir(self.folder) if name.startswith('.hailuo-')]
        expect('partial files', left, [])

    def start(self, *words):
        return subprocess.Popen([HAILUO, *words], cwd=self.folder, env=self.env,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                stdin=subprocess.DEVNULL, text=True)

    def wait_for(self, what):
        until = time.monotonic() + TIMEOUT
        while not what():
            check(time.monotonic() < until, 'it never came to it')

    def terminal(self, columns, answer, *words):
        """On a terminal: the status, and what it shows."""
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            os.execve(HAILUO, [HAILUO, *words], self.env)
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
        shown = b''
        until = time.monotonic() + TIMEOUT
        while time.monotonic() < until:
            if not select.select([fd], [], [], 1)[0]:
                continue
            try:
                data = os.read(fd, 4096)
            except OSError:
                break
            shown += data
            if answer and b'[y/N]' in shown:
                os.write(fd, answer)
                answer = None
            if not data:
                break
        _, status = os.waitpid(pid, 0)
        os.close(fd)
        return os.waitstatus_to_exitcode(status), shown.decode()


def make(stage):
    """make: one clip is paid, and the same command replays it"""
    stage.make('a lighthouse at dawn', '--yes')
    stage.expect_clip('a-lighthouse-at-dawn.mp4')
    out = stage.make('a lighthouse at dawn', '-o', 'again.mp4')[1]
    check('at no cost' in out, out)
    stage.expect_clip('again.mp4')
    stage.simulator.expect_billed(1)


def existing(stage):
    """make: a file that exists stays, and nothing is sent"""
    with open(stage.path('mine.mp4'), 'w') as file:
        file.write('mine')
    out = stage.make('x', '-y', '-o', 'mine.mp4', status=2)[1]
    check('exists' in out, out)
    expect('the file', open(stage.path('mine.mp4')).read(), 'mine')
    expect('requests', stage.simulator.count(), 0)


def prompts(stage):
    """make: the prompt from the standard input and from a file is the same shot"""
    with open(stage.path('prompt.txt'), 'w') as file:
        file.write('say "this"\n')
    stage.make('@prompt.txt', '-y')
    stage.expect_clip('prompt.mp4')
    stage.make('-', '-o', 'b.mp4', text='say "this"\n')
    stage.make('say "this"', '-o', 'c.mp4')
    stage.expect_clip('c.mp4')
    stage.simulator.expect_billed(1, 'say "this"')


def output(stage):
    """make: --output - is the clip and nothing else"""
    done = subprocess.run([HAILUO, 'make', 'x', '-y', '-o', '-', *FAST],
                          cwd=stage.folder, env=stage.env, capture_output=True,
                          timeout=TIMEOUT)
    check(done.stdout == stage.clip, 'this is not the clip')


def consent(stage):
    """make: without a terminal and without consent, nothing is sent"""
    out = stage.make('x', status=2)[1]
    check('--max-cost or --yes' in out, out)
    expect('requests', stage.simulator.count(), 0)
    stage.expect_none('x.mp4')
    stage.make('x', '--max-cost', '0.40')
    stage.simulator.expect_billed(1)


def terminal(stage):
    """make: on a terminal it asks, and its line never wraps"""
    status, shown = stage.terminal(80, b'n\n', 'make', 'no', *FAST)
    expect(shown, status, 1)
    check('$0.336' in shown and 'nothing was sent' in shown, shown)
    expect('requests', stage.simulator.count(), 0)
    expect(shown, stage.terminal(80, b'year\n', 'make', 'no', *FAST)[0], 1)
    expect('requests', stage.simulator.count(), 0)
    for number, columns in enumerate((40, 80, 200), 1):
        stage.simulator.script({'on': 'task', 'work': 20000})
        status, shown = stage.terminal(columns, b'y\n', 'make', f'{columns}', *FAST)
        expect(shown, status, 0)
        stage.simulator.expect_billed(number)
        drawn = [text for line in shown.split('\r\n')[1:] for text in line.split('\r')
                 if text.startswith('\033[K')]
        check(len(drawn) > 3, shown)
        check(max(len(text) - 3 for text in drawn) < columns, shown)
        check(columns < 80 or any('task ' in text for text in drawn), shown)


def statuses(stage):
    """each exit status"""
    stage.make('x', '--duration', '7', '-y', status=2)
    stage.make('x', '--nonsense', status=2)
    stage.make('x', '--take', 'many', '-y', status=2)
    stage.make('x', 'y', '-y', status=2)
    stage.run('nonsense', status=2)
    for setting in 'dry-run=true', 'max-cost=9', 'detach=true', 'prompt=y', 'take=2':
        stage.make('x', '-m', '0.40', '--set', setting, status=2)
    stage.make('x', '--max-cost=-1', status=2)
    stage.make('x', '--max-cost', '0.1', status=3)
    stage.make('x', '-y', status=4, APIXO_API_KEY='')
    expect('requests', stage.simulator.count(), 0)
    stage.make('x', '-y', status=4, APIXO_API_KEY='wrong')
    stage.simulator.script({'on': 'submit', 'status': 402})
    stage.make('x', '-y', status=1)
    stage.simulator.expect_billed(0)
    stage.simulator.script({'on': 'task', 'work': 0, 'outcome': 'failed',
                            'fail-code': 'UnknownError'})
    stage.make('a', '-y', status=5)
    stage.simulator.script({'on': 'submit', 'billed': True, 'drop': True})
    stage.make('b', '-y', status=6)
    stage.simulator.script(LONG)
    stage.make('c', '-y', '--set', 'timeout=1', status=7)
    stage.expect_none('c.mp4')
    stage.simulator.expect_billed(3)


def quote(stage):
    """quote: the price, that the clip is stored, and no request"""
    out, _ = stage.run('quote', 'a boat', APIXO_API_KEY='')
    check('$0.336' in out, out)
    out, _ = stage.run('quote', 'a boat', '--pro')
    check('$0.49' in out, out)
    expect('requests', stage.simulator.count(), 0)
    stage.make('a boat', '-y')
    out, _ = stage.run('quote', 'a boat')
    check('in the store' in out, out)
    stage.simulator.expect_billed(1)


def detach(stage):
    """make --detach and collect: one task, whose clip comes later"""
    out = stage.make('a boat', '-y', '--detach', '--label', 'The boat')[1]
    task = stage.simulator.tasks()[0]['id']
    check(task in out and 'hailuo collect' in out, out)
    stage.expect_none('a-boat.mp4')
    expect('files', stage.simulator.count('file'), 0)
    out, _ = stage.run('quote', 'a boat')
    check('costs nothing more' in out, out)
    stage.simulator.script({'on': 'submit', 'billed': True, 'drop': True})
    stage.make('lost', '-y', status=6)
    out = stage.run('collect', status=6)[1]
    check('outcome' in out, out)
    stage.expect_clip('the-boat.mp4')
    stage.simulator.expect_billed(2)
    expect('submits', stage.simulator.count('submit'), 2)


def interrupted(stage):
    """make: interrupted, it says which task continues, and collect gets it"""
    stage.simulator.script({'on': 'task', 'work': 240000})
    process = stage.start('make', 'x', '-y', *FAST)
    stage.wait_for(lambda: stage.simulator.count('poll') > 0)
    process.send_signal(signal.SIGINT)
    out = process.communicate(timeout=TIMEOUT)[0]
    expect(out, process.returncode, 130)
    task = stage.simulator.tasks()[0]['id']
    check(f'Task {task} continues' in out, out)
    stage.expect_none('x.mp4')
    stage.run('collect')
    stage.expect_clip(f'{task}.mp4')
    stage.simulator.expect_billed(1)


def interrupted_submit(stage):
    """make: interrupted in the submit, it waits for the answer"""
    for number, (rule, words) in enumerate((
            ({'delay': 1000}, 'continues at the host'),
            ({'delay': 1000, 'status': 402}, 'No task was created')), 1):
        stage.simulator.script({'on': 'submit', **rule}, LONG)
        submits = stage.simulator.count('submit')
        process = stage.start('make', f'x{number}', '-y', *FAST)
        stage.wait_for(lambda: stage.simulator.count('submit') > submits)
        process.send_signal(signal.SIGTERM)
        out = process.communicate(timeout=TIMEOUT)[0]
        expect(out, process.returncode, 130)
        check('waiting for the answer' in out and words in out, out)
        expect('submits', stage.simulator.count('submit'), number)
    stage.simulator.expect_billed(1)


def as_json(stage):
    """--json: one object a line, with stable names"""
    events = stage.events('x', '-y')
    # the clip of the tests is not what was requested
    expect('events', {event['event'] for event in events},
           {'state', 'progress', 'warning', 'done'})
    states = [event['state'] for event in events if event['event'] == 'state']
    expect('states', [states[0], states[1], states[-1]],
           ['quoted', 'submitting', 'success'])
    task = stage.simulator.tasks()[0]['id']
    expect('done', events[-1], {'event': 'done', 'file': 'x.mp4', 'task_id': task,
                                'origin': 'submitted'})
    error = stage.events('y', '--max-cost', '0.1', status=3)[-1]
    expect('error', (error['event'], error['cause'], error['billed']),
           ('error', 'limit', 'no'))
    stage.make('y', '--json', '-o', '-', '-y', status=2)
    stage.simulator.expect_billed(1)


def documents(stage):
    """--help, the manual and the completion have the same options"""
    with open(MANUAL) as file:
        manual = set(re.findall(r'--[a-z-]+', file.read().replace('\\-', '-')))
    with open(COMPLETION) as file:
        completion = file.read()
    known = {'--help', '--version'}
    for command in 'make', 'quote', 'collect':
        out, _ = stage.run(command, '--help')
        options = set(re.findall(r'--[a-z][a-z-]+', out))
        known |= options
        check(options <= manual, f'not in the manual: {options - manual}')
        script = (f'{completion}\nCOMP_WORDS=(hailuo {command} --); COMP_CWORD=2\n'
                  '_hailuo; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(['bash', '-c', script], capture_output=True, text=True)
        expect(f'completions of {command}: {done.stderr}', set(done.stdout.split()),
               options)
    check(manual <= known, f'only in the manual: {manual - known}')
    listed = stage.run('--help')[0]
    check(all(name in listed for name in ('make', 'quote', 'collect')), listed)


CASES = [make, existing, prompts, output, consent, terminal, statuses, quote, detach,
         interrupted, interrupted_submit, as_json, documents]


def main():
    tap = Tap()
    for case in CASES:
        if sys.argv[6:] and case.__name__ not in sys.argv[6:]:
            continue
        with tempfile.TemporaryDirectory() as folder:
            stage = Stage(folder)
            tap.case(case, stage)
            stage.simulator.stop()
    return tap.end()


sys.exit(main())
