#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looks for secrets in streams of any length, and stores nothing of them.

A hit is a line with a canary in a place where that canary may not be.  The key
and the signature of a result link may be nowhere.  The prompt is in the tags,
and it is a property that can be read; so GStreamer itself shows it

  tags      wherever it logs, posts or prints a tag list
  property  where it prints the property of that name: in dot files, in
            property-notify messages, in presets
  text      where it logs the text of a pipeline that has it
  uri       in the URI of the shot, wherever GStreamer shows that
  test      where a test prints what it runs or what it sends

and nowhere else.  What hailuosrc logs is no such place, whatever is in it.

As a program: runs a command with all debug output on, searches that and what
the command prints, and writes what was found to a file as JSON.
usage: scan.py RESULT_FOLDER COMMAND...
"""
import collections
import fcntl
import json
import os
import re
import select
import subprocess
import sys
import tempfile

BLOCK = 1 << 20
EXAMPLES = 3
TO_END = re.compile(rb'[^\n]*')

# time, process, thread (a number since GStreamer 1.28), level, category,
# file:line:function:
LOG_LINE = re.compile(rb'\S+ +\d+ +(?:0x[0-9a-f]+|\d+) +[A-Z]+ +(\S+) +\S*:\d+:')

# One of this project
OWN_LINE = re.compile(rb'^\S+ +\d+ +(?:0x[0-9a-f]+|\d+) +[A-Z]+ +hailuo\S* +\S*:\d+:',
                      re.M)

# What the tests of this project use, so that no two things look the same.
SUITE = {
    'key': [b'simulator-key'],
    'signature': [b'clip-signature-'],
    # a word of each prompt: spaces are escaped in several ways
    'prompt': [b'Waves', b'harbour', b'dawn'],
}


# Where else a line of a log shows the prompt, by category
TEXT = [
    (b'GST_PIPELINE', rb'prompt'),
    (b'default', rb'gst_parse_(unescape|launchv_full):'),
]
# Lines that are no log
PRINTED = [
    ('tags', rb'(# )? *(title|description): '),        # gst-launch-1.0 -t
    ('property', rb'(# )?/\S+: prompt = '),            # ... -v
    ('test', rb'(# |ok \d+ )(gst-launch-1.0|\S*launch-play) '),
    ('test', rb'# \{.*"prompt":'),
]


def find_place(line):
    """Where the prompt may be, and this line is; None: nowhere."""
    log = LOG_LINE.match(line)
    if log and log[1].startswith(b'hailuo'):
        return None
    if re.search(rb'[Tt]ag ?[Ll]ist.*description', line):
        return 'tags'
    if re.search(rb'property-notify.*property-name=\(string\)prompt', line):
        return 'property'
    if b'hailuo://' in line:
        return 'uri'
    if log:
        return 'text' if any(log[1] == category and re.search(pattern, line)
                             for category, pattern in TEXT) else None
    return next((place for place, pattern in PRINTED
                 if re.match(pattern, line)), None)


class Scanner:
    def __init__(self, canaries, find_place=find_place):
        self.canaries = canaries
        self.find_place = find_place
        self.bytes = 0
        self.hits = collections.Counter()      # (canary, kind) of lines
        self.allowed = collections.Counter()   # of the prompt, by place
        self.examples = {}
        self.rest = {}
        self.has_own_line = False

    def feed(self, kind, data):
        """The next bytes of a stream."""
        self.bytes += len(data)
        data = self.rest.pop(kind, b'') + data
        end = data.rfind(b'\n') + 1
        if end == 0 and len(data) < BLOCK:
            self.rest[kind] = data
            return
        end = end or len(data)
        self.rest[kind] = data[end:]
        self.search(kind, data[:end])

    def finish(self):
        for kind in list(self.rest):
            self.search(kind, self.rest.pop(kind))

    def add(self, kind, data):
        """A whole text."""
        self.bytes += len(data)
        self.search(kind, data)

    def search(self, kind, data):
        self.has_own_line = self.has_own_line or bool(OWN_LINE.search(data))
        for canary, needles in self.canaries.items():
            for needle in needles:
                at = data.find(needle)
                while at >= 0:
                    start = data.rfind(b'\n', 0, at) + 1
                    end = TO_END.match(data, at).end()
                    self.judge(canary, kind, data[start:end])
                    at = data.find(needle, end)

    def judge(self, canary, kind, line):
        place = canary == 'prompt' and self.find_place(line)
        if place:
            self.allowed[place] += 1
            return
        log = LOG_LINE.match(line)
        if log:
            kind += ' ' + log[1].decode()
        self.hits[f'{canary} in {kind}'] += 1
        self.examples.setdefault(f'{canary} in {kind}', [])
        if len(self.examples[f'{canary} in {kind}']) < EXAMPLES:
            self.examples[f'{canary} in {kind}'].append(
                line[:2000].decode(errors='replace'))

    def result(self):
        return {'bytes': self.bytes, 'own': self.has_own_line, 'hits': dict(self.hits),
                'allowed': dict(self.allowed), 'examples': self.examples}


def pump(process, fifo, scanner, echo):
    """Searches all that the process and its children write, until it has ended;
    with echo, what it prints is passed on."""
    streams = {fifo: ('debug', None)}
    for pipe, kind, to in ((process.stdout, 'stdout', 1),
                           (process.stderr, 'stderr', 2)):
        streams[pipe.fileno()] = (kind, to)
    while True:
        ended = process.poll() is not None
        ready = select.select(list(streams), [], [], 0 if ended else 0.1)[0]
        for stream in ready:
            data = os.read(stream, BLOCK)
            kind, to = streams[stream]
            if not data:
                del streams[stream]
                continue
            scanner.feed(kind, data)
            while to and echo and data:
                data = data[os.write(to, data):]
        if ended and not ready:
            return


def run(command, echo=False):
    """Runs it; its exit status and what was found."""
    scanner = Scanner(SUITE)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'debug')
        os.mkfifo(path)
        # for writing too: it does not end when one of the processes does
        fifo = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        fcntl.fcntl(fifo, fcntl.F_SETPIPE_SZ, BLOCK)
        env = dict(os.environ, GST_DEBUG='*:9', GST_DEBUG_FILE=path,
                   GST_DEBUG_NO_COLOR='1', TEST_SCANNED='1')
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        pump(process, fifo, scanner, echo)
        os.close(fifo)
    scanner.finish()
    return process.returncode, scanner


def main():
    folder, command = sys.argv[1], sys.argv[2:]
    status, scanner = run(command, echo=True)
    with open(os.path.join(folder, f'{os.getpid()}.json'), 'w') as file:
        json.dump({'command': [os.path.basename(word) for word in command[:2]],
                   **scanner.result()}, file)
    return status if status >= 0 else 128 - status


if __name__ == '__main__':
    sys.exit(main())
