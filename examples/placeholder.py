#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shows a placeholder until the clip is ready, then the clip.

  examples/placeholder.py PROMPT [FILE.mp4]

In a window or, with FILE, as a film of both.  SHOT_OPTIONS has more properties
of hailuosrc.  Needs PyGObject (python3-gi, gir1.2-gstreamer-1.0).
"""
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


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    # gst-libav 1.26 may abort on clips of 1366 pixels (README, Trouble)
    os.environ.setdefault('GST_PLUGIN_FEATURE_RANK', 'openh264dec:MAX')
    Gst.init(None)
    pipeline = Gst.parse_launch(PIPELINE.format(
        sink=SAVE if len(sys.argv) > 2 else 'autovideosink', caps=CAPS,
        options=os.environ.get('SHOT_OPTIONS', '')))
    choice = pipeline.get_by_name('choice')
    words = pipeline.get_by_name('words')
    pipeline.get_by_name('shot').set_property('prompt', sys.argv[1])
    if len(sys.argv) > 2:
        pipeline.get_by_name('file').set_property('location', sys.argv[2])
    choice.set_property('active-pad', choice.get_static_pad('sink_0'))

    # In the streaming thread, before the first frame goes to the selector: the
    # clip's time begins now.
    def on_first_frame(pad, info):
        pad.set_offset(pipeline.get_current_running_time())
        choice.set_property('active-pad', choice.get_static_pad('sink_1'))
        return Gst.PadProbeReturn.REMOVE

    pipeline.get_by_name('clip').get_static_pad('src').add_probe(
        Gst.PadProbeType.BUFFER, on_first_frame)

    pipeline.set_state(Gst.State.PLAYING)
    bus = pipeline.get_bus()
    status = None
    while status is None:
        message = bus.timed_pop_filtered(
            Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR
            | Gst.MessageType.ELEMENT)
        if message.type == Gst.MessageType.EOS:
            status = 0
        elif message.type == Gst.MessageType.ERROR:
            print(message.parse_error()[0].message, file=sys.stderr)
            status = 1
        elif message.has_name('hailuo-task'):
            words.set_property('text', message.get_structure().get_value('state'))
    pipeline.set_state(Gst.State.NULL)
    return status


if __name__ == '__main__':
    sys.exit(main())
