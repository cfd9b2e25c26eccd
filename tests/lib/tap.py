# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cases, checks, and the report of them in TAP."""
import concurrent.futures
import sys
import threading
import time
import traceback

SLOW = 3   # seconds that are worth a note


class Failure(Exception):
    """What a case found; its text is the diagnosis."""


class Skip(Exception):
    """Why a case cannot run here."""


def check(right, text):
    if not right:
        raise Failure(text)


def expect(what, value, wanted):
    check(value == wanted, f'{what}: {value!r}, expected {wanted!r}')


def attempt(function, *args):
    """What is wrong, or None; why it was skipped, or None; what it returned; and
    the seconds that it took."""
    begun = time.monotonic()
    problem = why = result = None
    try:
        result = function(*args)
    except Skip as reason:
        why = str(reason)
    except Failure as failure:
        problem = str(failure) or 'failed'
    except Exception:
        problem = traceback.format_exc()
    return problem, why, result, time.monotonic() - begun


class Tap:
    """Prints a line for each case, from any thread, and the plan at the end."""

    def __init__(self):
        self.number = 0
        self.failed = 0
        self.start = time.monotonic()
        self.lock = threading.RLock()

    def note(self, text):
        with self.lock:
            for line in str(text).splitlines():
                print('# ' + line)
            sys.stdout.flush()

    def report(self, name, problem=None):
        with self.lock:
            self.number += 1
            self.failed += problem is not None
            print('ok' if problem is None else 'not ok', self.number, name,
                  flush=True)
            self.note(problem or '')

    def skip(self, name, why):
        self.report(f'{name} # SKIP {why}')

    def tell(self, name, problem, why, result, seconds):
        with self.lock:
            if why is not None:
                self.skip(name, why)
            else:
                self.report(name, problem)
            if isinstance(result, str):
                self.note(result)
            if seconds > SLOW:
                self.note(f'{seconds:.0f} s')

    def case(self, function, *args, name=None):
        """One case: its name is its doc string; a text that it returns is a note."""
        name = name or ' '.join((function.__doc__ or function.__name__).split())
        self.tell(name, *attempt(function, *args))

    def cases(self, cases, workers):
        """Cases that run at the same time: each is its name, a function and its
        arguments."""
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            jobs = [(name, pool.submit(attempt, function, *args))
                    for name, function, *args in cases]
            for name, job in jobs:
                self.tell(name, *job.result())

    def end(self):
        print(f'1..{self.number}')
        self.note(f'{time.monotonic() - self.start:.0f} s')
        return 1 if self.failed or not self.number else 0
