#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the clips of a storyboard, with a table of states and costs.

  examples/storyboard.py STORYBOARD.json FOLDER

The list has an object for each shot: the properties of hailuosrc, and "name"
for the file.  All are made at once; a run after a break pays only for what is
missing.  Needs PyGObject (python3-gi, gir1.2-gstreamer-1.0).
"""
import json
import os
import signal
import sys

import gi
gi.require_version('Gst', '1.0')
from gi.repository import GLib, Gst


class Shot:
    def __init__(self, settings, folder, done):
        settings = dict(settings)
        self.name = settings.pop('name')
        self.state, self.cost, self.origin = 'waiting', 0.0, ''
        self.done = done
        self.over = False
        self.pipeline = Gst.Pipeline()
        source = Gst.ElementFactory.make('hailuosrc')
        sink = Gst.ElementFactory.make('filesink')
        for name, value in settings.items():
            Gst.util_set_object_arg(source, name, str(value))
        for word in os.environ.get('SHOT_OPTIONS', '').split():
            Gst.util_set_object_arg(source, *word.split('='))
        sink.set_property('location', os.path.join(folder, self.name + '.mp4'))
        self.pipeline.add(source)
        self.pipeline.add(sink)
        source.link(sink)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect('message', self.on_message)
        self.pipeline.set_state(Gst.State.PLAYING)

    def on_message(self, bus, message):
        if message.type == Gst.MessageType.ELEMENT:
            fields = message.get_structure()
            if fields.get_name() == 'hailuo-task':
                self.state = fields.get_value('state')
                self.origin = fields.get_value('origin')
                self.cost = fields.get_value('cost')
        elif message.type == Gst.MessageType.ERROR:
            self.end('failed: ' + message.parse_error()[0].message)
        elif message.type == Gst.MessageType.EOS:
            self.end('done')

    def end(self, state):
        if self.over:
            return
        self.over = True
        self.state = state
        self.pipeline.set_state(Gst.State.NULL)
        self.done()

    def paid(self):
        return self.cost if self.origin == 'submitted' else 0.0


def show(shots):
    for shot in shots:
        print(f'{shot.name:12} {shot.state:12} {shot.origin:10} ${shot.paid():.3f}')
    print(f'{"all":36} ${sum(shot.paid() for shot in shots):.3f}\n', flush=True)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    Gst.init(None)
    with open(sys.argv[1]) as file:
        board = json.load(file)
    folder = sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    loop = GLib.MainLoop()
    shots = []

    def done():
        if len(shots) == len(board) and all(shot.over for shot in shots):
            loop.quit()

    for settings in board:
        shots.append(Shot(settings, folder, done))
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT, loop.quit)
    GLib.timeout_add_seconds(5, lambda: show(shots) or True)
    done()
    loop.run()
    for shot in shots:
        shot.pipeline.set_state(Gst.State.NULL)
    show(shots)
    return 0 if all(shot.state == 'done' for shot in shots) else 1


if __name__ == '__main__':
    sys.exit(main())
