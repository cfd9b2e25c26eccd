#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What many processes, days and stores spend together, and what is played all
the same.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import os

from kit import NO_PRICE, PRICE, main
from pipelines import task_id
from tap import check, expect

DAY = 86400


def age(kit, seconds):
    """Makes each attempt so much older."""
    kit.change(f'UPDATE attempt SET created = created - {int(seconds * 1e6)}')


def together(kit):
    """16 processes at once within a budget for five: five are billed, the others
    are refused with no request, and the rest of the budget can be spent"""
    kit.simulator.script({'on': 'submit', 'delay': 300, 'times': 0})
    ends = kit.run_at_once([kit.line(prompt=f'shot {number}', budget=5.5 * PRICE)
                             for number in range(16)])
    kit.simulator.expect_billed(5)
    expect('submits', kit.count('submit'), 5)
    ways = sorted(kit.bench.judge(end) for end in ends)
    expect('the ends', ways, ['clip'] * 5 + ['error settings, billed: no'] * 11)
    for end in ends:
        check(end['end'] == 'eos' or 'budget=' in end['text'], str(end))
    expect('attempts', len(kit.rows()), 5)
    kit.get_clip('submitted', budget=6 * PRICE)
    kit.get_error('settings', 'budget', budget=6 * PRICE, take=2)
    kit.simulator.expect_billed(6)


def one_shot(kit):
    """eight processes at once at one shot within its price: one is billed, and all
    of them play it"""
    kit.simulator.script({'on': 'task', 'work': 30000})
    ends = kit.run_at_once([kit.line(budget=PRICE)] * 8)
    kit.expect_clip(*ends)
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
    for shot in {}, NO_PRICE:
        kit.renew()
        kit.leave_unfinished(**shot)
        end = kit.get_clip('resumed', **shot, **nothing)
        for reuse in 'always', 'only':
            kit.get_clip('reused', reuse=reuse, **shot, **nothing)
        os.unlink(kit.file('.mp4'))
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
    for limit in ({'budget': 1000}, {'max_cost': 1000}):
        kit.get_error('settings', 'unknown', billed='no', **NO_PRICE, **limit)
    expect('attempts', kit.rows(), [])
    expect('requests', kit.count(), 0)
    kit.get_clip('submitted', **NO_PRICE)
    kit.get_error('settings', 'is unknown', budget=1000, take=2)
    kit.get_clip('reused', budget=1000, **NO_PRICE)
    age(kit, DAY)
    kit.get_clip('submitted', budget=1000, take=2)
    kit.check_billed(2)


def killed(kit):
    """what a killed process had begun is spent: it may have been billed"""
    kit.simulator.script({'on': 'submit', 'delay': 60000})
    with kit.submitting(budget=PRICE) as run:
        run.kill()
    kit.get_error('settings', '$0.336', budget=PRICE, take=2)
    kit.get_error('failed', billed='unknown', budget=PRICE)
    expect('submits', kit.count('submit'), 1)


sys.exit(main(__doc__, together, one_shot, period, clock_ahead, each_store, paid_is_had,
              no_price, killed))
