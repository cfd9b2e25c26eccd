#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The scanner finds what it looks for: planted in a log, in what is printed,
over the edges of blocks; and tells where the prompt may be.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import scan
from tap import Tap, check, expect

LOG = '0:00:00.1 4711 0x55d0 {} {:>20} some-file.c:12:some_function:<src> {}\n'
NEW_LOG = LOG.replace('0x55d0', '4712')   # since GStreamer 1.28
TAGS = 'taglist, description=(string)"Waves", comment=(string)x'
# category, text, canary, whether it may be there
LINES = [
    ('basesrc', f'event {TAGS}', 'prompt', True),
    ('hailuosrc', f'event {TAGS}', 'prompt', False),
    ('hailuoclient', 'submitting Waves', 'prompt', False),
    ('GST_BUS', 'error: Waves were rejected', 'prompt', False),
    ('GST_PIPELINE', 'prompt="Waves"', 'prompt', True),
    ('GST_PIPELINE', 'api-key=simulator-key', 'key', False),
    ('basesrc', f'{TAGS} simulator-key', 'key', False),
    ('GST_BUS', '?expires=1&signature=clip-signature-0a1b', 'signature', False),
    ('GST_BUS', 'nothing at all', None, True),
]


def find(text, size=None):
    """The hits in a stream that comes in pieces of that size."""
    scanner = scan.Scanner(scan.SUITE)
    data = text.encode()
    for at in range(0, len(data), size or len(data)):
        scanner.feed('log', data[at:at + (size or len(data))])
    scanner.finish()
    expect('bytes', scanner.bytes, len(data))
    return scanner.hits


def lines():
    """each line is told"""
    for category, text, canary, allowed in LINES:
        for form in LOG, NEW_LOG:
            line = form.format('DEBUG', category, text)
            hits = {} if allowed else {f'{canary} in log {category}': 1}
            expect(line, dict(find(line)), hits)


def own_lines():
    """a log in which this project says nothing is told from one in which it does"""
    for form in LOG, NEW_LOG:
        for category, own in (('basesrc', False), ('hailuosrc', True),
                              ('hailuoclient', True)):
            scanner = scan.Scanner(scan.SUITE)
            scanner.add('log', ('a line\n' + form.format(
                'LOG', category, 'x')).encode())
            expect(category, scanner.has_own_line, own)


def pieces():
    """a key is found wherever a piece of the stream ends"""
    text = LOG.format('LOG', 'task', 'idle') * 3 + LOG.format(
        'LOG', 'curl', 'Bearer simulator-key') + 'no new line at the end'
    for size in range(1, len(text)):
        expect(f'pieces of {size}', sum(find(text, size).values()), 1)
    expect('all of them', sum(find('simulator-key\n' * 1000, 4099).values()), 1000)


def processes():
    """a key is found that a process, or a child of it, prints or logs"""
    for where in ('>&2', '', '>>"$GST_DEBUG_FILE"', '| cat >"$GST_DEBUG_FILE"'):
        command = f'(echo simulator-key {where}) {where}; exit 3'
        status, scanner = scan.run(['sh', '-c', command])
        expect('exit status', status, 3)
        expect(f'hits of {command}', sum(scanner.hits.values()), 1)
        status, scanner = scan.run(['sh', '-c', command.replace('key', 'kex')])
        expect('hits of another word', sum(scanner.hits.values()), 0)


def elements():
    """the log of a pipeline with a key in its text has it"""
    # what GStreamer forgets as it makes a registry is not looked for here
    status, scanner = scan.run(['env', 'ASAN_OPTIONS=detect_leaks=0',
                                'gst-launch-1.0', 'fakesrc', 'name=simulator-key',
                                'num-buffers=1', '!', 'fakesink'])
    expect('exit status', status, 0)
    check(scanner.bytes > 100000, f'{scanner.bytes} bytes are no log')
    check(any(kind.startswith('key in debug') for kind in scanner.hits),
          f'nothing was found: {scanner.hits}')


tap = Tap()
for function in lines, own_lines, pieces, processes, elements:
    tap.case(function)
sys.exit(tap.end())
