#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes a WebM with VP9 of a clip.
#
#   examples/webm.sh PROMPT FILE.webm
set -euo pipefail
. "$(dirname "$0")/common.sh"
check_arguments "PROMPT FILE.webm" "$@"
# gst-libav 1.26 may abort on clips of 1366 pixels (README, Trouble)
export GST_PLUGIN_FEATURE_RANK=${GST_PLUGIN_FEATURE_RANK:-openh264dec:MAX}
gst-launch-1.0 -e \
  hailuosrc prompt-file="$(prompt_file "$1")" ${SHOT_OPTIONS:-} \
  ! decodebin ! videoconvert \
  ! vp9enc deadline=1 cpu-used=8 threads=4 target-bitrate=2000000 \
  ! webmmux ! filesink location="$part/clip.webm"
mv -fT -- "$part/clip.webm" "$2"
