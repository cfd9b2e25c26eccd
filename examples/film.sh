#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Joins three shots into one film.  Each is made, and paid, once: what is there
# already is taken from the store, unless SHOT_OPTIONS has reuse=never or
# reuse=unfinished.
#
#   examples/film.sh PROMPT PROMPT PROMPT FILE.mp4
set -euo pipefail
. "$(dirname "$0")/common.sh"
check_arguments "PROMPT PROMPT PROMPT FILE.mp4" "$@"
# gst-libav 1.26 may abort on clips of 1366 pixels (README, Trouble)
export GST_PLUGIN_FEATURE_RANK=${GST_PLUGIN_FEATURE_RANK:-openh264dec:MAX}
film=(concat name=film ! x264enc speed-preset=veryfast ! mp4mux
  ! filesink location="$part/clip.mp4")
for prompt in "$1" "$2" "$3"; do
  # shellcheck disable=SC2206  # one word a property
  film+=(hailuosrc prompt-file="$(prompt_file "$prompt")" ${SHOT_OPTIONS:-}
    ! decodebin ! videoconvert ! queue ! film.)
done
gst-launch-1.0 -e "${film[@]}"
mv -fT -- "$part/clip.mp4" "$4"
