#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Shows what a camera recorded (here a test picture) in a corner of a clip.
#
#   examples/picture-in-picture.sh PROMPT FILE.mp4
#
# CAMERA: another source, which has to end by itself, such as
# "filesrc location=me.webm ! decodebin ! videoconvert ! videoscale ! videorate".
# A live one does not, and does not wait for the clip either: record it first.
set -euo pipefail
. "$(dirname "$0")/common.sh"
check_arguments "PROMPT FILE.mp4" "$@"
# gst-libav 1.26 may abort on clips of 1366 pixels (README, Trouble)
export GST_PLUGIN_FEATURE_RANK=${GST_PLUGIN_FEATURE_RANK:-openh264dec:MAX}
gst-launch-1.0 -e compositor name=mix \
    sink_1::xpos=1022 sink_1::ypos=24 sink_1::width=320 sink_1::height=180 \
  ! video/x-raw,format=I420,colorimetry=bt709 \
  ! x264enc speed-preset=veryfast ! mp4mux \
  ! filesink location="$part/clip.mp4" \
  hailuosrc prompt-file="$(prompt_file "$1")" ${SHOT_OPTIONS:-} \
  ! decodebin ! videoconvert ! queue ! mix.sink_0 \
  ${CAMERA:-videotestsrc pattern=ball num-buffers=141} \
  ! video/x-raw,width=320,height=180,framerate=24/1 ! queue ! mix.sink_1
mv -fT -- "$part/clip.mp4" "$2"
