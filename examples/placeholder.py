#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shows a placeholder until the clip is ready, then the clip.

  examples/placeholder.py PROMPT [FILE.mp4]

In a window or, with FILE, as a film of both.  SHOT_OPTIONS has more properties
of hailuosrc.  After Ctrl-C (or SIGTERM) the task continues at the host; what
hailuosrc says then is how to pick it up.  Where the host has not answered the
submit yet, that is waited for, up to two minutes; another Ctrl-C leaves at once.
Needs PyGObject (python3-gi, gir1.2-gstreamer-1.0).
"""
import argparse
import contextlib
import os
import signal
import sys
import tempfile

import gi
gi.require_version('Gst', '1.0')
from gi.repository import Gst

PIPELINE = '''
    input-selector name=choice sync-streams=false ! videoconvert ! {sink}
    videotestsrc is-live=true pattern=black ! {caps}
      ! textoverlay name=words text=waiting font-desc="Sans 28"
        valignment=center halignment=center ! choice.sink_0
    hailuosrc name=shot {options} ! decodebin ! videoconvert ! videoscale
      ! videorate ! {caps} ! queue name=clip ! choice.sink_1
'''
CAPS = ('video/x-raw,format=I420,width=1366,height=768,framerate=24/1,'
        'pixel-aspect-ratio=1/1,colorimetry=bt709,chroma-site=mpeg2,multiview-mode=mono')
SAVE = ('x264enc speed-preset=veryfast tune=zerolatency ! h264parse ! mp4mux'
        ' ! filesink name=file')


def read_prompt(text):
    if text.startswith('-') or not text.strip():
        raise argparse.ArgumentTypeError(f'"{text}" is no prompt')
    return text


def read_file(name):
    if name.startswith('-') or not name.endswith('.mp4'):
        raise argparse.ArgumentTypeError(f'{name} has to end with .mp4')
    if os.path.lexists(name) and (os.path.islink(name) or not os.path.isfile(name)):
        raise argparse.ArgumentTypeError(f'{name} is there, and is not a regular file')
    if not os.path.isdir(os.path.dirname(name) or '.'):
        raise argparse.ArgumentTypeError(f'the folder of {name} does not exist')
    return name


def read_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        usage='%(prog)s PROMPT [FILE.mp4]')
    parser.add_argument('prompt', metavar='PROMPT', type=read_prompt)
    parser.add_argument('file', metavar='FILE.mp4', type=read_file, nargs='?')
    return parser.parse_args()


# that came and were not looked at: an exception out of a handler may end inside of
# PyGObject, which aborts then
signals = []


def main():
    arguments = read_arguments()
    # gst-libav 1.26 may abort on clips of 1366 pixels (README, Trouble)
    os.environ.setdefault('GST_PLUGIN_FEATURE_RANK', 'openh264dec:MAX')
    Gst.init(None)
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, lambda *_: signals.append(True))
    if not arguments.file:
        return show(arguments.prompt, None)
    # a file that was there stays as it was until the new one is whole
    with tempfile.TemporaryDirectory(
            prefix='.part-', dir=os.path.dirname(arguments.file) or '.') as folder:
        part = os.path.join(folder, 'film.mp4')
        status = show(arguments.prompt, part)
        if status == 0:
            os.replace(part, arguments.file)
    return status


def show(prompt, file):
    """The exit status"""
    pipeline = Gst.parse_launch(PIPELINE.format(
        sink=SAVE if file else 'autovideosink', caps=CAPS,
        options=os.environ.get('SHOT_OPTIONS', '')))
    choice = pipeline.get_by_name('choice')
    shot = pipeline.get_by_name('shot')
    shot.set_property('prompt', prompt)
    if file:
        pipeline.get_by_name('file').set_property('location', file)
    if shot.get_property('dry-run'):
        sys.exit('a dry run makes no clip to show')
    choice.set_property('active-pad', choice.get_static_pad('sink_0'))

    # In the streaming thread, before the first frame goes to the selector: the
    # clip's time begins now.
    def on_first_frame(pad, info):
        pad.set_offset(pipeline.get_current_running_time())
        choice.set_property('active-pad', choice.get_static_pad('sink_1'))
        return Gst.PadProbeReturn.REMOVE

    pipeline.get_by_name('clip').get_static_pad('src').add_probe(
        Gst.PadProbeType.BUFFER, on_first_frame)

    words = pipeline.get_by_name('words')
    try:
        pipeline.set_state(Gst.State.PLAYING)
        message = follow(pipeline.get_bus(), lambda task: words.set_property(
            'text', task.get_value('state')))
        if message.type == Gst.MessageType.EOS:
            return 0
        print(message.parse_error()[0].message, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        with contextlib.suppress(KeyboardInterrupt):
            # before there is a clip this is an error, which says how to go on
            if end(pipeline, shot) == 'unknown':
                pipeline.set_state(Gst.State.NULL)
                pipeline.remove(shot)
                wait_for_answer(shot)
    finally:
        pipeline.set_state(Gst.State.NULL)
    return 130


def end(pipeline, shot):
    """Whether the task was billed: no, yes, unknown; None: there is a clip"""
    shot.send_event(Gst.Event.new_eos())
    message = pipeline.get_bus().timed_pop_filtered(
        5 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    if message is None or message.type == Gst.MessageType.EOS:
        return None
    print(message.parse_error()[0].message, file=sys.stderr)
    return get_billed(message)


def get_billed(message):
    details = message.parse_error_details()
    return details and details.get_value('billed')


def wait_for_answer(shot):
    """A thread of hailuosrc waits for the host's answer as long as this process
    lives, and the same shot waits for that thread: one that may cost nothing."""
    print('Waiting for the answer; Ctrl-C leaves at once.', file=sys.stderr)
    shot.set_property('max-cost', 0)
    pipeline = Gst.Pipeline()
    sink = Gst.ElementFactory.make('fakesink')
    pipeline.add(shot)
    pipeline.add(sink)
    shot.link(sink)
    try:
        pipeline.set_state(Gst.State.PLAYING)
        message = follow(pipeline.get_bus(), lambda task: task.has_field('task-id'))
        if message.type == Gst.MessageType.ELEMENT:
            end(pipeline, shot)
        elif get_billed(message) == 'no':
            print('The host made no task: nothing is charged.', file=sys.stderr)
        else:
            print(message.parse_error()[0].message, file=sys.stderr)
    finally:
        pipeline.set_state(Gst.State.NULL)


def follow(bus, on_task):
    """The message that ends it: an error, EOS, or what on_task() is true for"""
    while True:
        # Python looks at Ctrl-C between two waits only
        message = bus.timed_pop_filtered(
            Gst.SECOND // 10, Gst.MessageType.EOS | Gst.MessageType.ERROR
            | Gst.MessageType.ELEMENT)
        if signals:
            signals.pop()
            raise KeyboardInterrupt
        if message is None:
            continue
        if message.type != Gst.MessageType.ELEMENT or (
                message.has_name('hailuo-task') and on_task(message.get_structure())):
            return message


if __name__ == '__main__':
    sys.exit(main())
