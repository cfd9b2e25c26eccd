#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the clips of a storyboard, with a table of states and costs.

  examples/storyboard.py STORYBOARD.json FOLDER

The list has an object for each shot: the properties of hailuosrc, and "name"
for the file.  A dry run of each tells what they cost; where one of them would be
refused, the whole list is, before anything is paid.  All are made at once; a run
after a break pays only for what is missing.  SHOT_OPTIONS has more properties, of
all shots.  After Ctrl-C (or SIGTERM) nothing more is submitted; what the host has
not answered yet is waited for, up to two minutes, and another Ctrl-C leaves at
once.  A ? is behind a cost that is not certain.  Needs PyGObject (python3-gi,
gir1.2-gstreamer-1.0).
"""
import argparse
import json
import os
import signal
import sys
import tempfile

import gi
gi.require_version('Gst', '1.0')
from gi.repository import GLib, Gst


# a submit has that long for its answer, and then is given up
SECONDS_OF_SUBMIT = 120


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
    # another type may be changed on the way, and True is 1
    if (getattr(result, 'value_nick', result) != value
            or isinstance(value, bool) != isinstance(result, bool)):
        raise Wrong(f'{name}: {value!r} is not a value of that property')


def make_source(settings):
    source = Gst.parse_launch('hailuosrc ' + os.environ.get('SHOT_OPTIONS', ''))
    for name, value in settings.items():
        configure(source, name, value)
    return source


def quote(settings):
    """What the shot costs, from a dry run; an exception where it is refused"""
    source, sink = make_source(settings), Gst.ElementFactory.make('fakesink')
    source.set_property('dry-run', True)
    pipeline = Gst.Pipeline()
    pipeline.add(source)
    pipeline.add(sink)
    source.link(sink)
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(
        10 * Gst.SECOND, Gst.MessageType.ELEMENT | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    if message is None:
        raise Wrong('there is no answer')
    if message.type == Gst.MessageType.ERROR:
        raise Wrong(message.parse_error()[0].message)
    return message.get_structure().get_value('cost')


class Shot:
    def __init__(self, name, settings, folder, done):
        self.name = name
        self.state, self.origin = 'waiting', ''
        self.quoted = quote(settings)
        # by this run; unsure: whether it was
        self.paid, self.unsure = 0.0, False
        self.done = done
        self.over = self.stopped = self.asking = False
        self.pipeline = Gst.Pipeline()
        self.source = make_source(settings)
        # a dry run would leave an empty file
        self.dry_run = self.source.get_property('dry-run')
        self.sink = Gst.ElementFactory.make('fakesink' if self.dry_run else 'filesink')
        self.file = os.path.join(folder, self.name + '.mp4')
        if os.path.lexists(self.file) and (
                os.path.islink(self.file) or not os.path.isfile(self.file)):
            raise Wrong(f'{self.file} is there, and is not a regular file')
        self.pipeline.add(self.source)
        self.pipeline.add(self.sink)
        self.source.link(self.sink)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect('message', self.on_message)

    def start(self, parts):
        # a filesink empties its file before anything is asked of hailuosrc
        if not self.dry_run:
            self.part = os.path.join(parts, self.name + '.mp4')
            self.sink.set_property('location', self.part)
        self.pipeline.set_state(Gst.State.PLAYING)

    def on_message(self, bus, message):
        if message.type == Gst.MessageType.ELEMENT:
            fields = message.get_structure()
            if fields.get_name() == 'hailuo-task':
                self.on_task(fields)
        elif message.type == Gst.MessageType.WARNING:
            print(f'{self.name}: {message.parse_warning()[0].message}',
                  file=sys.stderr, flush=True)
        elif message.type == Gst.MessageType.ERROR:
            self.on_error(message)
        elif message.type == Gst.MessageType.EOS:
            self.end('stopped' if self.stopped else
                     'quoted' if self.dry_run else 'done')

    def on_task(self, fields):
        has_id = fields.has_field('task-id')
        if self.asking:
            if has_id: # the answer of the submit is there
                self.unsure = self.quoted < 0
                self.end(f'stopped: task {fields.get_value("task-id")} goes on at the'
                         ' host, and the next run with it')
            return
        self.state = fields.get_value('state')
        self.origin = fields.get_value('origin') or ''
        if self.origin == 'submitted':
            # without an id, the host has not taken it, or not yet
            self.paid = max(self.quoted, 0)
            self.unsure = self.quoted < 0 or not has_id

    def on_error(self, message):
        details = message.parse_error_details()
        # without, it is another element's, and what the task said holds
        billed = details and details.get_value('billed')
        if billed == 'no':
            self.paid, self.unsure = 0.0, False
        elif billed == 'unknown' and self.origin in ('', 'submitted'):
            self.paid, self.unsure = max(self.quoted, 0), True
        text = message.parse_error()[0].message
        if self.stopped and self.unsure and not self.asking:
            print(f'{self.name}: {text}', file=sys.stderr, flush=True)
            self.ask()
        elif self.asking and billed == 'no':
            self.end('stopped: the host made no task')
        else:
            self.end(f'{"stopped" if self.stopped else "failed"}: {text}')

    def stop(self):
        """Before there is a clip, hailuosrc makes an error of it."""
        self.stopped = True
        if not self.source.send_event(Gst.Event.new_eos()):
            self.end('stopped')

    def ask(self):
        """What came of the submit: a thread of hailuosrc waits for that as long as
        this process lives, and the same shot for that thread.  It may cost nothing."""
        self.asking = True
        self.pipeline.set_state(Gst.State.NULL)
        self.source.set_property('max-cost', 0)
        self.pipeline.set_state(Gst.State.PLAYING)

    def end(self, state):
        if self.over:
            return
        self.over = True
        self.state = state
        self.pipeline.set_state(Gst.State.NULL)
        if state == 'done':
            try:
                os.replace(self.part, self.file)
            except OSError as error:
                # the store has it: the next run costs nothing
                self.state = 'failed'
                print(f'{self.name}: {error}', file=sys.stderr, flush=True)
        self.done()


def show(shots):
    for shot in shots:
        print(f'{shot.name:12} {shot.state:12} {shot.origin:10} ${shot.paid:.3f}'
              f'{"?" if shot.unsure else ""}')
    print(f'{"all":36} ${sum(shot.paid for shot in shots):.3f}'
          f'{"?" if any(shot.unsure for shot in shots) else ""}\n', flush=True)


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


def announce(shots):
    costs = [shot.quoted for shot in shots]
    unknown = sum(cost < 0 for cost in costs)
    print(f'{len(shots)} shots, at most ${sum(max(cost, 0) for cost in costs):.3f}'
          f'{f" and the price of {unknown}, which is unknown" if unknown else ""}\n',
          flush=True)


def read_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        usage='%(prog)s STORYBOARD.json FOLDER')
    parser.add_argument('board', metavar='STORYBOARD.json')
    parser.add_argument('folder', metavar='FOLDER')
    return parser.parse_args()


def run(shots, loop, parts):
    """Until all are over.  The first signal stops them, and the second ends it."""
    stopped = []

    def on_signal():
        stopped.append(True)
        if len(stopped) > 1:
            loop.quit()
            return
        show(shots)
        for shot in shots:
            if not shot.over:
                shot.stop()
        if any(shot.state == 'submitting' for shot in shots):
            print('Waiting for answers of the host; Ctrl-C leaves at once.',
                  file=sys.stderr, flush=True)
        GLib.timeout_add_seconds(SECONDS_OF_SUBMIT + 5, loop.quit)

    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, lambda *_: GLib.idle_add(on_signal))
    for shot in shots:
        shot.start(parts)
    GLib.timeout_add_seconds(5, lambda: show(shots) or True)
    loop.run()
    for shot in shots:
        shot.pipeline.set_state(Gst.State.NULL)
    show(shots)
    if stopped:
        return 130
    return 0 if all(shot.state in ('done', 'quoted') for shot in shots) else 1


def main():
    arguments = read_arguments()
    Gst.init(None)
    shots = []
    loop = GLib.MainLoop()

    def done():
        if all(shot.over for shot in shots):
            loop.quit()

    try:
        with open(arguments.board) as file:
            board = json.load(file, object_pairs_hook=read_once)
        if not isinstance(board, list) or not board:
            raise Wrong('there is no list of shots')
        shots += make_shots(board, arguments.folder, done)
        os.makedirs(arguments.folder, exist_ok=True)
        # nobody can have put a link there, and it goes with what is not whole
        folder = tempfile.TemporaryDirectory(prefix='.part-', dir=arguments.folder)
    except (OSError, ValueError, Wrong) as error:
        sys.exit(f'{arguments.board} is refused, and nothing is paid:\n{error}')
    announce(shots)
    with folder as parts:
        return run(shots, loop, parts)


if __name__ == '__main__':
    sys.exit(main())
