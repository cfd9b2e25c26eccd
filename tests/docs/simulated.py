# SPDX-License-Identifier: LGPL-2.1-or-later
"""The simulator in the place of the hosts, for what users type."""
import json
import os
import subprocess
import sys
import tempfile
import urllib.request


class Simulator:
    def __init__(self, program, clip, folder, scale=600):
        ports = tempfile.mktemp(dir=folder)
        self.clip = os.path.abspath(clip)
        self.process = subprocess.Popen(
            [program, '--port-file', ports, '--time-scale', str(scale),
             '--clip', clip, '--exit-with-parent'], stdout=subprocess.PIPE)
        # printed when it listens, after the file
        if not self.process.stdout.readline():
            sys.exit('the simulator did not start')
        self.url = f'http://127.0.0.1:{open(ports).read().split()[0]}'

    def environment(self, folder):
        """This process's, with the simulator for the hosts and a store in
        folder."""
        return dict(os.environ,
                    APIXO_BASE_URL=self.url + '/api/v1',
                    APIINONE_BASE_URL=self.url,
                    APIXO_API_KEY='simulator-key',
                    APIINONE_API_KEY='simulator-key',
                    XDG_STATE_HOME=os.path.join(folder, 'state'))

    def script(self, *rules):
        urllib.request.urlopen(f'{self.url}/script', json.dumps(rules).encode(),
                               timeout=10).close()

    def get_ledger(self):
        with urllib.request.urlopen(f'{self.url}/ledger', timeout=10) as reply:
            return json.load(reply)

    def count_billed(self):
        return self.get_ledger()['billed']

    def make_task(self):
        """A task that was submitted before, for a line with task-id=."""
        body = {'request_type': 'async', 'input': {
            'mode': 'standard-text-to-video', 'prompt': 'x', 'duration': 6}}
        request = urllib.request.Request(
            f'{self.url}/api/v1/generateTask/hailuo-2-3',
            json.dumps(body).encode(),
            {'Authorization': 'Bearer simulator-key',
             'Content-Type': 'application/json'})
        reply = json.load(urllib.request.urlopen(request, timeout=10))
        return reply['data']['taskId']
