#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Adds a made-up host to a copy of the sources, by the recipe of CONTRIBUTING.md,
and generates clips with it.  Usage: run-recipe.py SOURCE CLIP.  Prints TAP."""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.path[0] + '/../lib')
import http.server
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading

from environment import of_user
from tap import Tap, check, expect

KEY = 'acme-secret-key'


class Acme(http.server.BaseHTTPRequestHandler):
    """The host.  The prompt says how it behaves."""
    protocol_version = 'HTTP/1.1'
    ledger = []  # the bodies of accepted submits
    polls = 0
    clip = b''

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def is_allowed(self):
        if self.headers.get('Authorization') == f'Bearer {KEY}':
            return True
        self.answer(401, {'problem': {'number': 401, 'why': 'no key'}})
        return False

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        if not self.is_allowed():
            return
        assert self.path == '/v9/renders', self.path
        assert body['engine'] == 'acme-1' and body['seconds'] == 4, body
        if 'poor' in body['text']:
            self.answer(400, {'problem': {'number': 400,
                                          'why': 'Your purse is empty'}})
            return
        Acme.ledger.append(body)
        self.answer(201, {'render': {'ref': f'r{len(Acme.ledger)}',
                                     'phase': 'waiting for a render node'}})

    def do_GET(self):
        if self.path.startswith('/film/'):
            self.answer(200, Acme.clip)
            return
        if not self.is_allowed():
            return
        ref = self.path.rsplit('/', 1)[1]
        text = Acme.ledger[int(ref[1:]) - 1]['text']
        Acme.polls += 1
        render = {'ref': ref, 'phase': 'rendering'}
        body = {'render': render}
        if 'rude' in text:
            render['phase'] = 'crashed'
            body['problem'] = {'kind': 'Rude', 'why': 'Mind your language'}
        elif Acme.polls % 2 == 0:
            host = self.headers['Host']
            render.update(phase='rendered', film={'href': f'http://{host}/film/1'})
        self.answer(200, body)


def add_line(path, after, line):
    with open(path) as file:
        text = file.read()
    assert len(re.findall(after, text)) == 1, (path, after)
    with open(path, 'w') as file:
        file.write(re.sub(after, lambda match: match[0] + line, text))


def build(source, folder):
    """Follows the recipe; returns the folder of the plugin."""
    copy = os.path.join(folder, 'source')
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns(
        '.git', 'build*', 'corpus*', 'tests'))
    os.makedirs(os.path.join(copy, 'tests'))
    shutil.copy(os.path.join(source, 'tests/meson.build'),
                os.path.join(copy, 'tests'))
    client = os.path.join(copy, 'gst/client')
    shutil.copy(os.path.join(source, 'tests/recipe/provider-acme.c'), client)
    add_line(f'{client}/provider.h', r'  GST_HAILUO_PROVIDER_APIINONE,\n',
             '  GST_HAILUO_PROVIDER_ACME,\n')
    add_line(f'{client}/provider.h',
             r'extern const GstHailuoProvider gst_hailuo_provider_apiinone;\n',
             'extern const GstHailuoProvider gst_hailuo_provider_acme;\n')
    add_line(f'{client}/provider.c', r'= &gst_hailuo_provider_apiinone,\n',
             '  [GST_HAILUO_PROVIDER_ACME] = &gst_hailuo_provider_acme,\n')
    add_line(f'{copy}/gst/meson.build', r"  'client/provider-apiinone.c',\n",
             "  'client/provider-acme.c',\n")
    out = os.path.join(folder, 'build')
    for command in (
            ['meson', 'setup', out, copy, '-Dtests=disabled', '-Dexamples=disabled',
             '-Doptimization=0', '-Dreceiver=disabled', '-Dwerror=true'],
            ['ninja', '-C', out, 'gst/libgsthailuo.so']):
        subprocess.run(command, check=True, capture_output=True, text=True)
    return os.path.join(out, 'gst')


class User:
    def __init__(self, folder, plugin, port):
        self.folder = folder
        self.env = of_user(folder, GST_PLUGIN_PATH=plugin, ACME_API_KEY=KEY,
                           GST_REGISTRY=os.path.join(folder, 'registry.bin'),
                           ACME_BASE_URL=f'http://127.0.0.1:{port}/v9')

    def run(self, *settings, **environment):
        """Exit status, what was printed, and the bytes of the clip."""
        clip = os.path.join(self.folder, 'clip.mp4')
        done = subprocess.run(
            ['gst-launch-1.0', '-m', 'hailuosrc', 'provider=acme', *settings, '!',
             'filesink', f'location={clip}'], env={**self.env, **environment},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        with open(clip, 'rb') as file:
            return done.returncode, done.stdout + done.stderr, file.read()


def test_clip(user):
    """one submit is paid, and the clip is delivered as it is"""
    status, out, clip = user.run('duration=4', 'prompt=a lighthouse')
    check(status == 0 and clip == Acme.clip, out)
    expect('the ledger', Acme.ledger, [{'engine': 'acme-1', 'text': 'a lighthouse',
                                        'seconds': 4}])
    check('cost=(double)0.25' in out and 'Acme' in out, out)


def test_replay(user):
    """the same shot is played from the store"""
    status, out, clip = user.run('duration=4', 'prompt=a lighthouse')
    check(status == 0 and clip == Acme.clip and len(Acme.ledger) == 1, out)


def test_limits(user):
    """its durations and its prices hold"""
    status, out, _ = user.run('duration=6', 'prompt=a castle')
    check('duration must be 4' in out and len(Acme.ledger) == 1, out)
    status, out, _ = user.run('duration=4', 'prompt=a castle', 'max-cost=0.2')
    check('$0.25 exceeds max-cost=0.20' in out and len(Acme.ledger) == 1, out)


def test_key(user):
    """its own variable holds the key"""
    _, out, _ = user.run('duration=4', 'prompt=a castle', ACME_API_KEY='')
    check('set ACME_API_KEY in the environment' in out, out)
    check(len(Acme.ledger) == 1, Acme.ledger)


def test_refusal(user):
    """its messages say that the account is empty"""
    _, out, _ = user.run('duration=4', 'prompt=a poor man')
    check('Your purse is empty' in out and 'Add credit' in out, out)
    check('billed: no' in out and len(Acme.ledger) == 1, out)


def test_failure(user):
    """its fail codes say what to change, and a repeat submits nothing"""
    _, out, _ = user.run('duration=4', 'prompt=a rude man')
    check('Change the prompt or the image' in out, out)
    _, out, _ = user.run('duration=4', 'prompt=a rude man')
    check('rejected the prompt' in out and len(Acme.ledger) == 2, out)


def main():
    source, clip = sys.argv[1:]
    with open(clip, 'rb') as file:
        Acme.clip = file.read()
    tap = Tap()
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Acme)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        try:
            plugin = build(source, folder)
        except subprocess.CalledProcessError as problem:
            print(f'Bail out! {problem.stdout[-2000:]} {problem.stderr}')
            return 1
        user = User(folder, plugin, server.server_port)
        for test in test_clip, test_replay, test_limits, test_key, test_refusal, test_failure:
            tap.case(test, user)
    return tap.end()


sys.exit(main())
