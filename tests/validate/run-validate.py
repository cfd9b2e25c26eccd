#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plays scenarios of gst-validate with hailuosrc, with the simulator in the place
of the host, and with filesrc on the same clip: all that the first is reported
for, the second has to be reported for too.  Prints TAP.

usage: run-validate.py SIMULATOR CLIP [SCENARIO...]
"""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import os
import re
import shutil
import subprocess
import tempfile

from environment import of_user
from simulator import Simulator
from tap import Failure, Tap, check

TOOL = 'gst-validate-1.0'
TIMEOUT = 60
# they wait for clocks more than they compute
WORKERS = 12
# What is reported of the demuxer, the decoder and the sink depends, now and then,
# on how threads meet while a pipeline stops: with filesrc as well, in about one of
# twenty runs of change_state_intensive.  So filesrc plays a scenario twice, and
# what is reported in any of its runs is its own; and what is not reported of the
# source, and is not critical, has to be there in each of three tries.
BASELINES = 2
TRIES = 3

# The last one stops pipelines and starts them again, which only a pipeline
# survives that makes its elements anew or has no pads that come late: so 'play'
# and 'bytes'.  The tool's own end, as a failure, is the same for any source in
# the others.
SCENARIOS = ['seek_forward', 'seek_backward', 'simple_seeks',
             'scrub_forward_seeking', 'seek_with_stop', 'pause_resume',
             'play_15s', 'change_state_intensive']
PIPELINES = {
    'demux': '! qtdemux ! fakesink sync=true',
    'decode': '! decodebin ! videoconvert ! fakesink sync=true',
    'bytes': '! fakesink',
    'play': None,
}
PROMPT = 'prompt=lighthouse'
SINKS = ['video-sink=fakevideosink', 'audio-sink=fakeaudiosink']
HAILUOSRC = ['hailuosrc', 'name=source', PROMPT, 'first-poll=20',
             'poll-interval=20']

# a report: its level, to the right in ten columns, what it is about, and where
REPORT = re.compile(r'^(?=.{10} : ) *(\w+) : (.+)\n((?: {13}Detected on .*\n)*)',
                    re.M)


def read_reports(text):
    """(level, what it is about, whether that is the source) of each"""
    reports = REPORT.findall(text)
    # it counts them and, unlike what it prints, those that repeat one
    for number in map(int, re.findall(r'^Issues found: (\d+)$', text, re.M)):
        check(bool(number) == bool(reports) and len(reports) <= number,
              f'{len(reports)} of {number} reports are read')
    return {(level, about, bool(re.search(r'\bsource\b', places)))
            for level, about, places in reports}


def describe(reports):
    return '; '.join(f'{level}: {about}{" (the source)" if at_source else ""}'
                     for level, about, at_source in sorted(reports)) or 'nothing'


class Stage:
    """A folder, a store and a simulator, for a scenario with a pipeline."""

    def __init__(self, scenario, pipeline, simulator, clip):
        self.scenario, self.pipeline = scenario, pipeline
        self.clip = os.path.realpath(clip)
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = self.temporary.name
        self.simulator = Simulator(os.path.realpath(simulator), self.clip, scale=600)
        # XDG_DATA_HOME: where the tool would look for scenarios too
        self.env = of_user(self.folder, **self.simulator.hosts(),
                           GST_VALIDATE_REPORTING_DETAILS='all',
                           XDG_DATA_HOME=self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.simulator.stop()
        self.temporary.cleanup()

    def run(self, *line):
        done = subprocess.run(line, cwd=self.folder, env=self.env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=TIMEOUT)
        if 'TEST_SCANNED' in os.environ:
            sys.stderr.write(done.stdout)
        return done

    def play(self, source, uri):
        """(exit status, reports) of the scenario"""
        rest = PIPELINES[self.pipeline]
        line = (['playbin', f'uri={uri}', *SINKS] if rest is None
                else [*source, *rest.split()])
        done = self.run(TOOL, f'--set-scenario={self.scenario}', *line)
        check('Running scenario ' + self.scenario in done.stdout,
              f'the scenario was not played: {done.stdout[-1000:]}')
        return done.returncode, read_reports(done.stdout)

    def play_file(self):
        return self.play(['filesrc', 'name=source', f'location={self.clip}'],
                         f'file://{self.clip}')

    def play_shot(self):
        return self.play(HAILUOSRC, f'hailuo://?{PROMPT}')

    def make_clip(self):
        """For playbin: a URI does not say that the host is a fast one."""
        done = self.run('gst-launch-1.0', '-q', *HAILUOSRC, '!', 'fakesink')
        check(done.returncode == 0, f'no clip: {done.stdout[-1000:]}')


def find_own(what, played, baseline):
    """The reports that only hailuosrc has; some of them are faults at once."""
    status, reports = played
    statuses = {status for status, _ in baseline}
    own = reports.difference(*(theirs for _, theirs in baseline))
    faults = {report for report in own if report[0] == 'critical' or report[2]}
    check(not faults, f'{what}: only hailuosrc has {describe(faults)}')
    check(status == 0 or status in statuses,
          f'{what}: the exit status is {status}, of filesrc {sorted(statuses)}')
    return own


def play_all(stage, baseline):
    """Adds to the baseline; the reports that only hailuosrc has"""
    baseline += [stage.play_file() for _ in range(BASELINES)]
    stage.simulator.expect_billed(0)
    own = set()
    if PIPELINES[stage.pipeline] is None:
        stage.make_clip()
    else:
        own |= find_own('the first run', stage.play_shot(), baseline)
    stage.simulator.expect_billed(1)
    own |= find_own('from the store', stage.play_shot(), baseline)
    # seeks, pauses and starts buy nothing
    stage.simulator.expect_billed(1)
    return own


def compare(scenario, pipeline):
    """What filesrc, and so hailuosrc, is reported for"""
    baseline, own = [], None
    for _ in range(TRIES):
        with Stage(scenario, pipeline, *sys.argv[1:3]) as stage:
            found = play_all(stage, baseline)
        own = found if own is None else own & found
        if not own:
            reports = set().union(*(reports for _, reports in baseline))
            return f'as filesrc: {describe(reports)}'
    raise Failure(f'only hailuosrc has, each time, {describe(own)}')


def main(*wanted):
    if shutil.which(TOOL) is None:
        print(f'1..0 # SKIP {TOOL} is not installed')
        return 0
    tap = Tap()
    tap.cases([(f'{scenario}: {pipeline}', compare, scenario, pipeline)
               for scenario in wanted or SCENARIOS for pipeline in PIPELINES
               # there is no time in bytes
               if pipeline != 'bytes' or scenario == 'change_state_intensive'], WORKERS)
    return tap.end()


sys.exit(main(*sys.argv[3:]))
