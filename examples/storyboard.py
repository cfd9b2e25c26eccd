#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the clips of a storyboard, with a table of states and costs.

  examples/storyboard.py STORYBOARD.json FOLDER

The list has an object for each shot: the properties of hailuosrc, and "name"
for the file.  A list with a property or a value that there is not is refused as a
whole, before anything is paid.  All are made at once; a run after a break pays
only for what is missing.  SHOT_OPTIONS has more properties, of all shots.  Needs
PyGObject (python3-gi, gir1.2-gstreamer-1.0).
"""
import json
import os
import signal
import sys

import gi
gi.require_version('Gst', '1.0')
from gi.repository import GLib, Gst


class Wrong(Exception):
    pass


def configure(source, name, value):
    """Sets a property; unlike GStreamer, says so where that does not work."""
    spec = source.find_property(name)
    low, high = getattr(spec, 'minimum', None), getattr(spec, 'maximum', None)
    if None not in (low, high) and isinstance(value, (int, float)) and not (
            low <= value <= high):
        raise Wrong(f'{name}: {value!r} is not from {low} to {high}')
    try:
        source.set_property(name, value)
        result = source.get_property(name)
    except (TypeError, OverflowError) as error:
        raise Wrong(f'{name}: {error}') from None
    # another type may be changed on the way
    if getattr(result, 'value_nick', result) != value:
        raise Wrong(f'{name}: {value!r} is not a value of that property')


def make_source(settings):
    source = Gst.parse_launch('hailuosrc ' + os.environ.get('SHOT_OPTIONS', ''))
    for name, value in settings.items():
        configure(source, name, value)
    return source


class Shot:
    def __init__(self, name, settings, folder, done):
        self.name = name
        self.state, self.cost, self.origin = 'waiting', 0.0, ''
        self.done = done
        self.over = False
        self.pipeline = Gst.Pipeline()
        source = make_source(settings)
        sink = Gst.ElementFactory.make('filesink')
        sink.set_property('location', os.path.join(folder, self.name + '.mp4'))
        self.pipeline.add(source)
        self.pipeline.add(sink)
        source.link(sink)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect('message', self.on_message)

    def start(self):
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


def read_once(pairs):
    """A JSON object, whose last "max-cost" of two would count"""
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise Wrong(f'a name is there twice: {", ".join(names)}')
    return dict(pairs)


def make_shots(board, folder, done):
    """All of them, or nothing"""
    shots, problems = [], []
    for number, settings in enumerate(board, 1):
        try:
            settings = dict(settings)
            name = settings.pop('name', None)
            if not isinstance(name, str) or not name or os.sep in name:
                raise Wrong('"name" has to be the name of a file')
            if name in [shot.name for shot in shots]:
                raise Wrong(f'there are two shots with the name "{name}"')
            shots.append(Shot(name, settings, folder, done))
        except (Wrong, GLib.Error, TypeError, ValueError) as error:
            problems.append(f'shot {number}: {error}')
    if problems:
        raise Wrong('\n'.join(problems))
    return shots


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    Gst.init(None)
    folder = sys.argv[2]
    shots = []
    loop = GLib.MainLoop()

    def done():
        if all(shot.over for shot in shots):
            loop.quit()

    try:
        with open(sys.argv[1]) as file:
            board = json.load(file, object_pairs_hook=read_once)
        if not isinstance(board, list) or not board:
            raise Wrong('there is no list of shots')
        shots += make_shots(board, folder, done)
        os.makedirs(folder, exist_ok=True)
    except (OSError, ValueError, Wrong) as error:
        sys.exit(f'{sys.argv[1]} is refused, and nothing is paid:\n{error}')
    for shot in shots:
        shot.start()
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT, loop.quit)
    GLib.timeout_add_seconds(5, lambda: show(shots) or True)
    loop.run()
    for shot in shots:
        shot.pipeline.set_state(Gst.State.NULL)
    show(shots)
    return 0 if all(shot.state == 'done' for shot in shots) else 1


if __name__ == '__main__':
    sys.exit(main())
