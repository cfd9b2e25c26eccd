#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shows a placeholder until the clip is ready, then the clip.

  examples/placeholder.py PROMPT [FILE.mp4]

In a window or, with FILE, as a film of both.  SHOT_OPTIONS has more properties
of hailuosrc.  After Ctrl-C the task goes on at the host; what hailuosrc says then
is how to pick it up.  Needs PyGObject (python3-gi, gir1.2-gstreamer-1.0).
"""
import argparse
import os
import sys

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
    if os.path.isdir(name):
        raise argparse.ArgumentTypeError(f'{name} is a folder')
    return name


def read_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        usage='%(prog)s PROMPT [FILE.mp4]')
    parser.add_argument('prompt', metavar='PROMPT', type=read_prompt)
    parser.add_argument('file', metavar='FILE.mp4', type=read_file, nargs='?')
    return parser.parse_args()


def main():
    arguments = read_arguments()
    # gst-libav 1.26 may abort on clips of 1366 pixels (README, Trouble)
    os.environ.setdefault('GST_PLUGIN_FEATURE_RANK', 'openh264dec:MAX')
    Gst.init(None)
    pipeline = Gst.parse_launch(PIPELINE.format(
        sink=SAVE if arguments.file else 'autovideosink', caps=CAPS,
        options=os.environ.get('SHOT_OPTIONS', '')))
    choice = pipeline.get_by_name('choice')
    words = pipeline.get_by_name('words')
    pipeline.get_by_name('shot').set_property('prompt', arguments.prompt)
    if arguments.file:
        pipeline.get_by_name('file').set_property('location', arguments.file + '.part')
    if pipeline.get_by_name('shot').get_property('dry-run'):
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

    status = 130
    try:
        pipeline.set_state(Gst.State.PLAYING)
        status = follow(pipeline.get_bus(), words)
    except KeyboardInterrupt:
        # before there is a clip this is an error, which says how to go on
        pipeline.get_by_name('shot').send_event(Gst.Event.new_eos())
        message = pipeline.get_bus().timed_pop_filtered(
            5 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
        if message is not None and message.type == Gst.MessageType.ERROR:
            print(message.parse_error()[0].message, file=sys.stderr)
    finally:
        pipeline.set_state(Gst.State.NULL)
        if arguments.file:
            keep(arguments.file, status == 0)
    return status


def keep(file, whole):
    """A file that was there stays as it was until the new one is whole."""
    if whole:
        os.replace(file + '.part', file)
    elif os.path.exists(file + '.part'):
        os.remove(file + '.part')


def follow(bus, words):
    """To the end; the exit status"""
    while True:
        # Python looks at Ctrl-C between two waits only
        message = bus.timed_pop_filtered(
            Gst.SECOND // 10, Gst.MessageType.EOS | Gst.MessageType.ERROR
            | Gst.MessageType.ELEMENT)
        if message is None:
            continue
        if message.type == Gst.MessageType.EOS:
            return 0
        if message.type == Gst.MessageType.ERROR:
            print(message.parse_error()[0].message, file=sys.stderr)
            return 1
        if message.has_name('hailuo-task'):
            words.set_property('text', message.get_structure().get_value('state'))


if __name__ == '__main__':
    sys.exit(main())
