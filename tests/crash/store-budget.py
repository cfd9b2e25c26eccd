#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What many processes, days and stores spend together, and what is played all
the same.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
import os
import sqlite3
import time

from harness import Bench, Kit, Run, check, expect, task_id

PRICE = 0.336   # USD, of each shot here
DAY = 86400


def run_at_once(kit, lines):
    """One process for each; how each of them ended."""
    runs = [Run(kit.bench) for _ in lines]
    # all have started before the first gets its line
    for run in runs:
        expect('a run', run.run('fakesrc num-buffers=1 ! fakesink')['end'], 'eos')
    for run, line in zip(runs, lines):
        run.send(line)
    ends = [run.end() for run in runs]
    for run in runs:
        run.close()
    return ends


def count_tasks(kit):
    return len(kit.simulator.get('/ledger')['tasks'])


def age(kit, seconds):
    """Makes each attempt so much older."""
    path = os.path.join(kit.store, 'hailuo.db')
    with sqlite3.connect(path) as db:
        trigger = db.execute("SELECT name, sql FROM sqlite_schema"
                             " WHERE type = 'trigger'").fetchall()
        for name, _ in trigger:
            db.execute(f'DROP TRIGGER {name}')
        db.execute('UPDATE attempt SET created = created - ?',
                   (int(seconds * 1e6),))
        for _, sql in trigger:
            db.execute(sql)
    db.close()


def together(kit):
    """16 processes at once within a budget for five: five are billed, the others
    are refused with no request, and the rest of the budget can be spent"""
    kit.simulator.script({'on': 'submit', 'delay': 300, 'times': 0})
    ends = run_at_once(kit, [kit.line(prompt=f'shot {number}', budget=5.5 * PRICE)
                             for number in range(16)])
    expect('billed', count_tasks(kit), 5)
    expect('submits', kit.count('submit'), 5)
    ways = sorted(kit.bench.judge(end) for end in ends)
    expect('the ends', ways, ['clip'] * 5 + ['error settings, billed: no'] * 11)
    for end in ends:
        check(end['end'] == 'eos' or 'budget=' in end['text'], str(end))
    expect('attempts', len(kit.list()), 5)
    kit.get_clip('submitted', budget=6 * PRICE)
    kit.get_error('settings', 'budget', budget=6 * PRICE, take=2)
    expect('billed', count_tasks(kit), 6)


def one_shot(kit):
    """eight processes at once at one shot within its price: one is billed, and all
    of them play it"""
    kit.simulator.script({'on': 'task', 'work': 30000})
    ends = run_at_once(kit, [kit.line(budget=PRICE)] * 8)
    expect('the ends', [kit.bench.judge(end) for end in ends], ['clip'] * 8)
    kit.check_billed(1)


def period(kit):
    """what began before the period is spent no more; what began within it is"""
    kit.get_clip('submitted')
    kit.get_error('settings', budget=PRICE, take=2)
    age(kit, DAY - 100)
    kit.get_error('settings', budget=PRICE, take=2)
    kit.get_error('settings', budget=PRICE, take=2, budget_period=2 * DAY)
    age(kit, 200)
    kit.get_error('settings', budget=PRICE, take=2, budget_period=2 * DAY)
    kit.get_clip('submitted', budget=PRICE, take=2)
    kit.get_error('settings', budget=PRICE, take=3)
    kit.check_billed(2)


def clock_ahead(kit):
    """an attempt of a clock that was ahead counts too"""
    kit.get_clip('submitted')
    age(kit, -1000 * DAY)
    kit.get_error('settings', budget=PRICE, take=2, budget_period=1)
    kit.check_billed(1)


def each_store(kit):
    """a budget is a store's own"""
    kit.get_clip('submitted', budget=PRICE)
    kit.get_error('settings', budget=PRICE, take=2)
    kit.get_clip('submitted', budget=PRICE, take=2,
                 store=kit.bench.new_path('store'))
    kit.check_billed(2)


def paid_is_had(kit):
    """with nothing to spend a clip is played, an unfinished task resumed, a lost
    clip fetched again and a task adopted, whatever a shot costs"""
    nothing = {'budget': 0, 'max_cost': 0}
    known = {}
    no_price = {'model': 'hailuo-2-3-fast', 'image': 'http://127.0.0.1:1/a.png',
                'mode': 'standard-image-to-video'}
    for shot in known, no_price:
        kit.prompt = kit.bench.new('paid')
        kit.leave_unfinished(**shot)
        end = kit.get_clip('resumed', **shot, **nothing)
        for reuse in 'always', 'only':
            kit.get_clip('reused', reuse=reuse, **shot, **nothing)
        os.unlink(os.path.join(kit.store, 'clips',
                               kit.list()[-1]['sha256'] + '.mp4'))
        kit.get_clip('resumed', **shot, **nothing)
        kit.get_clip('reused', task_id=task_id(end), prompt=None, **nothing)
        kit.get_clip('resumed', task_id=task_id(end), prompt=None, **nothing,
                     store=kit.bench.new_path('store'), model=shot.get('model'))
        kit.get_error('settings', take=2, **shot, **nothing)
        kit.get_error('settings', reuse='never', **shot, **nothing)
        kit.check_billed(1)


def no_price(kit):
    """a shot with an unknown price is refused within any budget, and makes no
    attempt; what is left of a budget is unknown after one that was made without
    it"""
    shot = {'model': 'hailuo-2-3-fast', 'image': 'http://127.0.0.1:1/a.png',
            'mode': 'standard-image-to-video'}
    for limit in ({'budget': 1000}, {'max_cost': 1000}):
        kit.get_error('settings', 'is unknown', billed='no', **shot, **limit)
    expect('attempts', len(kit.list()), 0)
    kit.check_silent()
    kit.get_clip('submitted', **shot)
    kit.get_error('settings', 'is unknown', budget=1000, take=2)
    kit.get_clip('reused', budget=1000, **shot)
    age(kit, DAY)
    kit.get_clip('submitted', budget=1000, take=2)
    kit.check_billed(2)


def killed(kit):
    """what a killed process had begun is spent: it may have been billed"""
    kit.simulator.script({'on': 'submit', 'delay': 60000})
    with Run(kit.bench) as run:
        run.send(kit.line(budget=PRICE))
        until = time.monotonic() + 60
        while not kit.count('submit'):
            check(time.monotonic() < until, 'nothing was submitted')
        run.kill()
    kit.get_error('settings', '$0.336', budget=PRICE, take=2)
    kit.get_error('failed', billed='unknown', budget=PRICE)
    expect('submits', kit.count('submit'), 1)


def main():
    kit = Kit(Bench(__doc__, shots='hailuo-shots'))
    for case in (together, one_shot, period, clock_ahead, each_store, paid_is_had,
                 no_price, killed):
        kit(case)
    return kit.bench.tap.end()


if __name__ == '__main__':
    sys.exit(main())
