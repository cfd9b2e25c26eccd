#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Plays a clip in a window as soon as it is made.
#
#   examples/play.sh PROMPT
#
# SINK: another video sink than autovideosink
set -euo pipefail
. "$(dirname "$0")/common.sh"
check_arguments "PROMPT" "$@"
check_value SINK "${SINK:-}"
# gst-libav 1.26 may abort on clips of 1366 pixels (README, Trouble)
export GST_PLUGIN_FEATURE_RANK=${GST_PLUGIN_FEATURE_RANK:-openh264dec:MAX}
gst-launch-1.0 hailuosrc prompt-file="$(prompt_file "$1")" ${SHOT_OPTIONS:-} \
  ! decodebin ! videoconvert ! "${SINK:-autovideosink}"
