#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sees that documents name all that there is: properties with their values and
signals, as gst-inspect-1.0 tells them, what the header defines, and the examples.
Prints TAP.

usage: check-complete.py HEADER EXAMPLES DOCUMENT...
"""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import os
import re
import subprocess

from tap import Tap

# GstBaseSrc's own
OTHERS = {'blocksize', 'do-timestamp', 'name', 'num-buffers', 'parent', 'typefind',
          'automatic-eos'}


def read(path):
    with open(path) as file:
        return file.read()


def inspect():
    done = subprocess.run(['gst-inspect-1.0', '--no-colors', 'hailuosrc'],
                          capture_output=True, text=True, timeout=60)
    properties, rest = re.split('Element (?:Signals|Actions):', done.stdout.split(
        'Element Properties:')[1], 1)
    names = set(re.findall(r'^  ([a-z][a-z-]+) +: ', properties, re.M)) - OTHERS
    values = set(re.findall(r'^ +\(-?\d+\): ([a-z0-9-]+) +- ', properties, re.M))
    signals = set(re.findall(r'^  "([a-z-]+)"', rest, re.M))
    return {'properties': names, 'values': values, 'signals': signals}


def main(header, examples, *documents):
    tap = Tap()

    def report(what, wanted, there):
        missing = ''.join(f'{name} is missing\n' for name in sorted(wanted)
                          if name not in there)
        tap.report(f'{what} ({len(wanted)})',
                   missing or (None if wanted else 'there are none'))

    kinds = {**inspect(), 'fields, codes and details': set(re.findall(
        r'#define GST_HAILUO_\w+ "([^"]+)"', read(header)))}
    for document in documents:
        words = set(re.findall(r'[a-z0-9][a-z0-9-]*', read(document).replace('\\-', '-')))
        for kind, wanted in kinds.items():
            report(f'{os.path.basename(document)}: {kind}', wanted, words)
    report('examples', {name for name in os.listdir(examples)
                        if name.endswith(('.sh', '.py', '.yaml', '.c'))},
           read(documents[0]))
    return tap.end()


sys.exit(main(*sys.argv[1:]))
