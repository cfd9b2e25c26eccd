# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is in the store before a run that a fault hits, and what must be true after
it."""
from pipelines import task_id
from tap import check, expect


class Scene:
    new_task = 1     # how many tasks the run may make
    again = {}       # settings of the runs after it

    def __init__(self, bench, simulator, store, prompt):
        self.bench, self.simulator = bench, simulator
        self.store, self.prompt = store, prompt

    def line(self, **settings):
        return self.bench.shot(self.simulator, **{
            'store': self.store, 'prompt': self.prompt, **settings})

    def prepare(self, runner):
        """The line that the fault hits."""
        return self.line()

    def get_clip(self, runner, **settings):
        end = runner.run(self.line(**settings))
        expect(f'the end ({end.get("text")})', self.bench.judge(end), 'clip')
        return task_id(end)

    def is_kept(self, runner):
        """After the fault: whether what the store had is there."""
        return True

    def check_end(self, runner):
        pass

    def run_again(self, runner, run, end, before):
        """The same line twice more, after the run with the fault: how the next one
        ended, and how many tasks were billed since."""
        line = self.line(**self.again)
        ends = [runner.run(line), runner.run(line)]
        first, second, third = (self.bench.judge(one) for one in (end, *ends))
        billed = self.simulator.billed(self.prompt) - before
        about = f'{first}, then {second} and {third}, {billed} billed: {ends}'
        check(billed <= self.new_task, f'paid twice: {about}')
        check(second in ('clip', 'unknown' if self.new_task else ''), about)
        check(second == third, f'the third run is another: {about}')
        check(second == 'clip' or not (first == 'clip' or run.saw('state pending')),
              f'the task id was told, and is not in the ledger: {about}')
        self.check_end(runner)
        return second, billed


class New(Scene):
    """a new shot"""


class Resumed(Scene):
    """an unfinished task"""
    new_task = 0

    def prepare(self, runner):
        end = runner.run(self.line(max_size=1))
        expect('the unfinished run', end.get('code'), 'read')
        return self.line()


class Replayed(Scene):
    """a delivered clip"""
    new_task = 0

    def prepare(self, runner):
        self.get_clip(runner)
        return self.line()


class Adopted(Scene):
    """a task by its id"""
    new_task = 0

    def prepare(self, runner):
        task = self.get_clip(runner, store=self.store + '-other')
        self.again = {'task-id': task, 'prompt': None}
        return self.line(**self.again)


class Renewed(Scene):
    """a delivered clip, and reuse=never"""

    def prepare(self, runner):
        self.first = self.get_clip(runner)
        return self.line(reuse='never')

    def is_kept(self, runner):
        end = runner.run(self.line(task_id=self.first, reuse='only'))
        return self.bench.judge(end) == 'clip'

    def check_end(self, runner):
        """The first clip was paid as well: it is there, by its id."""
        self.get_clip(runner, task_id=self.first, reuse='only')
