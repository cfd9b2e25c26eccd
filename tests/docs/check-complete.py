#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sees that documents name all that there is: properties with their values and
signals, as gst-inspect-1.0 tells them, what the header defines, and the examples.
Prints TAP.

usage: check-complete.py HEADER EXAMPLES DOCUMENT...
"""
import os
import re
import subprocess
import sys

# GstBaseSrc's own
OTHERS = {'blocksize', 'do-timestamp', 'name', 'num-buffers', 'parent', 'typefind',
          'automatic-eos'}


def inspect():
    done = subprocess.run(['gst-inspect-1.0', '--no-colors', 'hailuosrc'],
                          capture_output=True, text=True, timeout=60)
    properties, rest = re.split('Element (?:Signals|Actions):', done.stdout.split(
        'Element Properties:')[1], 1)
    names = set(re.findall(r'^  ([a-z][a-z-]+) +: ', properties, re.M)) - OTHERS
    values = set(re.findall(r'^ +\(-?\d+\): ([a-z0-9-]+) +- ', properties, re.M))
    signals = set(re.findall(r'^  "([a-z-]+)"', rest, re.M))
    return names, values, signals


def main():
    header, examples = sys.argv[1:3]
    names, values, signals = inspect()
    with open(header) as file:
        fields = set(re.findall(r'#define GST_HAILUO_\w+ "([^"]+)"', file.read()))
    programs = {name for name in os.listdir(examples)
                if name.endswith(('.sh', '.py', '.yaml', '.c'))}
    kinds = {'properties': names, 'values': values, 'signals': signals,
             'fields, codes and details': fields}
    documents = sys.argv[3:]
    print(f'1..{len(kinds) * len(documents) + 1}')
    failed = number = 0

    def report(what, missing, found):
        nonlocal failed, number
        number += 1
        failed += bool(missing or not found)
        print(f'{"not ok" if missing or not found else "ok"} {number} {what}'
              f' ({len(found)})')
        for name in sorted(missing):
            print(f'# {name} is missing')

    for document in documents:
        with open(document) as file:
            text = file.read().replace('\\-', '-')
        words = set(re.findall(r'[a-z0-9][a-z0-9-]*', text))
        for kind, wanted in kinds.items():
            missing = {name for name in wanted if name not in words}
            report(f'{os.path.basename(document)}: {kind}', missing, wanted)
    with open(documents[0]) as file:
        text = file.read()
    report('examples', {name for name in programs if name not in text},
           programs)
    return 1 if failed else 0


sys.exit(main())
