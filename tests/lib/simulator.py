# SPDX-License-Identifier: LGPL-2.1-or-later
"""The simulator, in the place of the hosts."""
import json
import ssl
import subprocess
import urllib.request

from environment import start
from tap import check, expect

TIMEOUT = 90   # seconds that nothing here ever takes
KEY = 'simulator-key'
NOT_VERIFIED = ssl._create_unverified_context()


class Simulator:
    def __init__(self, program, clip, *options, scale=60000):
        self.process = start(
            [program, '--clip', clip, '--time-scale', str(scale),
             '--exit-with-parent', *options], stdout=subprocess.PIPE, text=True)
        # printed when it listens
        words = self.process.stdout.readline().split()
        check(words, 'the simulator did not start')
        self.base = dict(zip(words[::2], words[1::2]))
        self.origin = self.base['apiinone']

    def get(self, path, data=None, **headers):
        request = urllib.request.Request(self.origin + path, data, headers)
        with urllib.request.urlopen(request, timeout=TIMEOUT,
                                    context=NOT_VERIFIED) as reply:
            text = reply.read()
        return json.loads(text) if text.strip() else None

    def script(self, *rules):
        self.get('/script', json.dumps(rules).encode())

    def tasks(self, prompt=None):
        return [task for task in self.get('/ledger')['tasks']
                if prompt in (None, task['prompt'])]

    def billed(self, prompt=None):
        return len(self.tasks(prompt))

    def requests(self, kind=None):
        return [request for request in self.get('/requests')
                if kind in (None, request['kind'])]

    def count(self, kind=None):
        return len(self.requests(kind))

    def expect_billed(self, wanted, prompt=None):
        expect('billed', self.billed(prompt), wanted)

    def make_task(self):
        """A task that was submitted before; its id."""
        body = {'request_type': 'async', 'input': {
            'mode': 'standard-text-to-video', 'prompt': 'x', 'duration': 6}}
        return self.get('/api/v1/generateTask/hailuo-2-3', json.dumps(body).encode(),
                        Authorization=f'Bearer {KEY}',
                        **{'Content-Type': 'application/json'})['data']['taskId']

    def hosts(self):
        """Variables that put it into the place of each host."""
        return {f'{name.upper()}_{suffix}': value
                for name in ('apixo', 'apiinone')
                for suffix, value in (('BASE_URL', self.base[name]),
                                      ('API_KEY', KEY))}

    def stop(self):
        self.process.terminate()
        self.process.wait(TIMEOUT)
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()
