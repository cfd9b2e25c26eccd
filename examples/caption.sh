#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Writes a caption (Pango markup) over a clip.
#
#   examples/caption.sh PROMPT TEXT FILE.mp4
set -euo pipefail
. "$(dirname "$0")/common.sh"
check_arguments "PROMPT TEXT FILE.mp4" "$@"
# gst-libav 1.26 may abort on clips of 1366 pixels (README, Trouble)
export GST_PLUGIN_FEATURE_RANK=${GST_PLUGIN_FEATURE_RANK:-openh264dec:MAX}
save_as "$3" gst-launch-1.0 -e \
  hailuosrc prompt-file="$(prompt_file "$1")" ${SHOT_OPTIONS:-} \
  ! decodebin ! videoconvert \
  ! textoverlay text="$2" valignment=bottom font-desc="Sans 28" \
  ! videoconvert ! x264enc speed-preset=veryfast ! mp4mux \
  ! filesink location="$3.part"
