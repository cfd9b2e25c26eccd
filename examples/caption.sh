#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Writes a caption over a clip.  It is Pango markup, in which &#10; is a line break,
# &quot; a quote and &#92; a backslash.
#
#   examples/caption.sh PROMPT TEXT FILE.mp4
set -euo pipefail
. "$(dirname "$0")/common.sh"
check_arguments "PROMPT TEXT FILE.mp4" "$@"
# gst-libav 1.26 may abort on clips of 1366 pixels (README, Trouble)
export GST_PLUGIN_FEATURE_RANK=${GST_PLUGIN_FEATURE_RANK:-openh264dec:MAX}
gst-launch-1.0 -e \
  hailuosrc prompt-file="$(prompt_file "$1")" ${SHOT_OPTIONS:-} \
  ! decodebin ! videoconvert \
  ! textoverlay text="$2" valignment=bottom font-desc="Sans 28" \
  ! videoconvert ! x264enc speed-preset=veryfast ! mp4mux \
  ! filesink location="$part/clip.mp4"
mv -fT -- "$part/clip.mp4" "$3"
