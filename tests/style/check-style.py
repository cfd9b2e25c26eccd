#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the structure of the source without building it: licences, sizes, the
direction of includes, calls that are banned, formatting.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import os
import re
import shutil
import subprocess

from tap import Skip, Tap, check

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
FILE_MAX = 600
FUNCTION_MAX = 60

# name: why it is banned
BANNED = {
    'sleep': 'waiting goes through gst_hailuo_http_wait',
    'usleep': 'waiting goes through gst_hailuo_http_wait',
    'g_usleep': 'waiting goes through gst_hailuo_http_wait',
    'select': 'overflows above 1024 descriptors',
    'curl_easy_perform': 'cannot be interrupted at once',
    'strcpy': 'no bound', 'strcat': 'no bound', 'sprintf': 'no bound',
    'atoi': 'no errors', 'sscanf': 'no errors', 'strtok': 'hidden state',
    'printf': 'a plugin does not print', 'g_print': 'a plugin does not print',
}

# who may include what, besides its own header and the system's
LAYERS = {
    'attempt': ['error', 'url', 'model', 'provider'],
    'budget': ['error', 'model'],
    'error': [], 'debug': [], 'model': [], 'secret': [],
    'json': ['error', 'json', 'secret'],
    'url': ['error', 'secret'], 'retry': [], 'clip': ['error', 'clip-tables'],
    'state': [],
    'shot': ['model', 'error'],
    'dialect': ['error', 'state'],
    'provider': ['dialect', 'shot', 'error'],
    'provider-': ['provider'],
    'response': ['secret'],
    'response-parser': ['json', 'provider', 'response', 'response-refusal',
                        'response-url', 'secret'],
    'response-refusal': ['json', 'provider', 'response'],
    'response-url': ['json', 'response-parser'],
    'http': ['error', 'http-private'],
    'http-transfer': ['error', 'http-private', 'secret', 'url'],
    'http-request': ['debug', 'http', 'http-request-private', 'http-transfer',
                     'response', 'secret'],
    'http-download': ['http', 'http-transfer', 'secret', 'url'],
    'http-private': ['http'],
    'post': ['http', 'http-request-private', 'response'],
    'part': ['http-download', 'debug'],
    'trust': ['error'],
    'turn': [],
    'database': ['error', 'ledger-schema', 'trust', 'turn'],
    'ledger': ['attempt', 'database', 'model', 'provider', 'debug'],
    'store': ['attempt', 'clip', 'error', 'part', 'trust', 'debug'],
    'task': ['budget', 'clip', 'debug', 'http', 'http-download', 'http-request',
             'ledger', 'part', 'post', 'provider', 'response-parser', 'retry',
             'secret', 'state', 'store', 'task', 'task-private'],
}


def sources(*folders):
    for folder in folders:
        for path, _, names in os.walk(os.path.join(ROOT, folder)):
            for name in sorted(names):
                if name.endswith(('.c', '.h')):
                    yield os.path.relpath(os.path.join(path, name), ROOT)


def read(path):
    with open(os.path.join(ROOT, path)) as file:
        return file.read()


def check_licences():
    for path in sources('gst', 'include', 'tools', 'tests', 'examples'):
        if not read(path).startswith('/* SPDX-License-Identifier: '):
            yield f'{path}: the first line names no licence'


def check_sizes():
    for path in sources('gst', 'include', 'tools', 'tests', 'examples'):
        lines = read(path).splitlines()
        if len(lines) > FILE_MAX:
            yield f'{path}: {len(lines)} lines, {FILE_MAX} are allowed'
        start, name = None, ''
        for number, line in enumerate(lines, 1):
            if re.match(r'[a-z_]+ \(', line):
                name = line.split(' ')[0]
            if line == '{':
                start = number
            elif line == '}' and start is not None:
                size = number - start - 1
                if size > FUNCTION_MAX:
                    yield f'{path}:{start}: {name} has {size} lines'
                start = None


def check_bans():
    pattern = re.compile(r'(?<![\w.>])(' + '|'.join(BANNED) + r') ?\(')
    for path in sources('gst'):
        for number, line in enumerate(read(path).splitlines(), 1):
            found = pattern.search(line)
            if found and not line.lstrip().startswith(('*', '/*')):
                yield f'{path}:{number}: {found[1]}: {BANNED[found[1]]}'


def check_includes():
    for path in sources('gst/client'):
        stem = os.path.basename(path)[:-2]
        layer = next((name for name in sorted(LAYERS, key=len, reverse=True)
                      if stem == name or stem.startswith(name.rstrip('-') + '-')), None)
        if layer is None:
            yield f'{path}: say in tests/style/check-style.py what it may include'
            continue
        for include in re.findall(r'#include "(.*)\.h"', read(path)):
            if include != stem and include not in LAYERS[layer]:
                yield f'{path}: may not include {include}.h'
        text = read(path)
        if '<curl/' in text and not layer.startswith('http') and layer != 'url':
            yield f'{path}: only http*.c and url.c know curl'
        if re.search(r'json_(object|array|node)_get_', text) and layer != 'json':
            yield f'{path}: only json*.c reads json-glib members'
        if stem != 'debug' and re.search(r'Gst(Element|Pad|Message)\b|<gst/base', text):
            yield f'{path}: the client knows nothing of elements'
    calls = sum(read(path).count('curl_multi_poll (') for path in sources('gst'))
    if calls != 1:
        yield f'curl_multi_poll is called in {calls} places, one is allowed'


def calls_by_file():
    """{file: {files with functions that it calls}}, of what is not static"""
    texts = {path: re.sub(r'/\*.*?\*/', '', read(path), flags=re.S)
             for path in sources('gst') if path.endswith('.c')}
    home = {name: path for path, text in texts.items() for name in re.findall(
        r'^(?!static)[a-zA-Z_][^\n;={}()]*\n(gst_hailuo_\w+) \(', text, re.M)}
    return {path: {home[name] for name in re.findall(r'\bgst_hailuo_\w+', text)
                   if name in home and home[name] != path}
            for path, text in texts.items()}


def check_calls():
    """Calls go one way, too: no file reaches itself over others."""
    calls = calls_by_file()
    if not calls:
        yield 'no calls are found'
    for start in sorted(calls):
        seen, todo = set(), sorted(calls[start])
        while todo:
            path = todo.pop()
            if path not in seen:
                seen.add(path)
                todo += calls[path]
        if start in seen:
            others = sorted(path for path in calls[start] if start in calls[path])
            yield f'{start}: calls {", ".join(others)}, and is called by it'


def check_format():
    # other versions format some lines in another way
    version = shutil.which('clang-format') and subprocess.run(
        ['clang-format', '--version'], capture_output=True, text=True).stdout
    if not version or 'version 14.' not in version:
        raise Skip('clang-format 14 is not installed')
    paths = [path for path in sources('gst', 'tools', 'tests', 'examples')
             if path.endswith('.c')]
    done = subprocess.run(['clang-format', '--dry-run', '-Werror', *paths], cwd=ROOT,
                          capture_output=True, text=True)
    wrong = sorted(set(re.findall(r'^(\S+?):\d+:\d+: ', done.stderr, re.M)))
    for path in wrong:
        yield f'{path}: run clang-format -i on it'
    if done.returncode != 0 and not wrong:
        yield done.stderr


def run(find_problems):
    problems = list(find_problems())
    check(not problems, '\n'.join(problems))


tap = Tap()
for function in (check_licences, check_sizes, check_bans, check_includes, check_calls,
                 check_format):
    tap.case(run, function, name=function.__name__[6:])
sys.exit(tap.end())
