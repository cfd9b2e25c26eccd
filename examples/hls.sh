#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes an HLS playlist with segments of two seconds.
#
#   examples/hls.sh PROMPT FOLDER
#
# Not with hlssink2: in GStreamer 1.22 it may wait for ever after the end.
set -euo pipefail
. "$(dirname "$0")/common.sh"
check_arguments "PROMPT FOLDER" "$@"
# gst-libav 1.26 may abort on clips of 1366 pixels (README, Trouble)
export GST_PLUGIN_FEATURE_RANK=${GST_PLUGIN_FEATURE_RANK:-openh264dec:MAX}
gst-launch-1.0 -e hailuosrc prompt-file="$(prompt_file "$1")" ${SHOT_OPTIONS:-} \
  ! decodebin ! videoconvert \
  ! x264enc speed-preset=veryfast key-int-max=48 ! h264parse \
  ! mpegtsmux ! hlssink target-duration=2 max-files=0 playlist-length=0 \
    location="${part//%/%%}/segment%03d.ts" playlist-location="$part/index.m3u8"
mv -f -t "$2" -- "$part"/*
