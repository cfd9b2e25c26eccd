#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Lays a logo (PNG) into the upper right corner of a clip.
#
#   examples/logo.sh PROMPT LOGO.png FILE.mp4
set -euo pipefail
. "$(dirname "$0")/common.sh"
check_arguments "PROMPT LOGO.png FILE.mp4" "$@"
# gst-libav 1.26 may abort on clips of 1366 pixels (README, Trouble)
export GST_PLUGIN_FEATURE_RANK=${GST_PLUGIN_FEATURE_RANK:-openh264dec:MAX}
gst-launch-1.0 -e \
  hailuosrc prompt-file="$(prompt_file "$1")" ${SHOT_OPTIONS:-} \
  ! decodebin ! videoconvert \
  ! gdkpixbufoverlay location="$2" offset-x=-24 offset-y=24 \
    overlay-width=160 overlay-height=90 alpha=0.8 \
  ! videoconvert ! x264enc speed-preset=veryfast ! mp4mux \
  ! filesink location="$part/clip.mp4"
mv -fT -- "$part/clip.mp4" "$3"
