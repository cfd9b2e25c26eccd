#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cuts three shots with titles into a film, with GStreamer Editing Services.

  examples/timeline.py PROMPT PROMPT PROMPT FILE.webm

The shots have to be in the store (examples/film.sh makes them, for one): GES
looks into each clip before it plays it, and a look must not cost anything.  Needs
python3-gi, gir1.2-ges-1.0 and ges1.0-tools.
"""
import argparse
import os
import signal
import sys
import tempfile
import urllib.parse

import gi
gi.require_version('Gst', '1.0')
gi.require_version('GES', '1.0')
gi.require_version('GstPbutils', '1.0')
from gi.repository import GES, GLib, Gst, GstPbutils

SECONDS = 2


def read_file(name):
    if not name.endswith('.webm'):
        raise argparse.ArgumentTypeError(f'{name} has to end with .webm')
    if os.path.lexists(name) and (os.path.islink(name) or not os.path.isfile(name)):
        raise argparse.ArgumentTypeError(f'{name} is there, and is not a regular file')
    if not os.path.isdir(os.path.dirname(name) or '.'):
        raise argparse.ArgumentTypeError(f'the folder of {name} does not exist')
    return name


def read_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        usage='%(prog)s PROMPT... FILE.webm')
    parser.add_argument('prompts', metavar='PROMPT', nargs='+')
    parser.add_argument('file', metavar='FILE.webm', type=read_file)
    return parser.parse_args()


def wait(bus):
    """For the end, and what it is"""
    message = None
    while message is None:
        # Python looks at Ctrl-C between two waits only
        message = bus.timed_pop_filtered(
            Gst.SECOND // 10, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    return message


def make_timeline(prompts):
    timeline = GES.Timeline.new()
    timeline.add_track(GES.VideoTrack.new())
    titles, clips = timeline.append_layer(), timeline.append_layer()
    for number, prompt in enumerate(prompts):
        uri = 'hailuo://?reuse=only&prompt=' + urllib.parse.quote(prompt)
        try:
            asset = GES.UriClipAsset.request_sync(uri)
        except GLib.Error as error:
            sys.exit(f'"{prompt}" is not in the store: {error.message}')
        start, length = number * SECONDS * Gst.SECOND, SECONDS * Gst.SECOND
        clips.add_asset(asset, start, 0, length, GES.TrackType.VIDEO)
        title = GES.TitleClip.new()
        title.set_start(start)
        title.set_duration(length)
        titles.add_clip(title)
        title.set_child_property('text', GLib.markup_escape_text(prompt))
        title.set_child_property('background', 0)
    return timeline


def render(timeline, file):
    """The exit status"""
    profile = GstPbutils.EncodingContainerProfile.new(
        None, None, Gst.Caps.from_string('video/webm'), None)
    profile.add_profile(GstPbutils.EncodingVideoProfile.new(
        Gst.Caps.from_string('video/x-vp8'), None, None, 0))
    pipeline = GES.Pipeline.new()
    pipeline.set_timeline(timeline)
    pipeline.set_render_settings(
        GLib.filename_to_uri(os.path.abspath(file), None), profile)
    pipeline.set_mode(GES.PipelineFlags.RENDER)
    try:
        pipeline.set_state(Gst.State.PLAYING)
        message = wait(pipeline.get_bus())
    except KeyboardInterrupt:
        return 130
    finally:
        pipeline.set_state(Gst.State.NULL)
    if message.type == Gst.MessageType.ERROR:
        print(message.parse_error()[0].message, file=sys.stderr)
        return 1
    return 0


def main():
    arguments = read_arguments()
    # gst-libav 1.26 may abort on clips of 1366 pixels (README, Trouble)
    os.environ.setdefault('GST_PLUGIN_FEATURE_RANK', 'openh264dec:MAX')
    Gst.init(None)
    GES.init()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    timeline = make_timeline(arguments.prompts)
    # a file that was there stays as it was until the new one is whole
    with tempfile.TemporaryDirectory(
            prefix='.part-', dir=os.path.dirname(arguments.file) or '.') as folder:
        part = os.path.join(folder, 'film.webm')
        status = render(timeline, part)
        if status == 0:
            os.replace(part, arguments.file)
    return status


if __name__ == '__main__':
    sys.exit(main())
