#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes a picture of each second of a clip, and a contact sheet of the first
# six (contact-sheet.png).
#
#   examples/thumbnails.sh PROMPT FOLDER
set -euo pipefail
. "$(dirname "$0")/common.sh"
check_arguments "PROMPT FOLDER" "$@"
# gst-libav 1.26 may abort on clips of 1366 pixels (README, Trouble)
export GST_PLUGIN_FEATURE_RANK=${GST_PLUGIN_FEATURE_RANK:-openh264dec:MAX}
gst-launch-1.0 -e hailuosrc prompt-file="$(prompt_file "$1")" ${SHOT_OPTIONS:-} \
  ! decodebin ! videorate ! video/x-raw,framerate=1/1 \
  ! videoconvert ! videoscale ! video/x-raw,width=456,height=256 \
  ! pngenc ! multifilesink location="${part//%/%%}/thumbnail-%02d.png"
mv -f -t "$2" -- "$part"/*

places=()
pictures=()
for i in 0 1 2 3 4 5; do
  places+=("sink_$i::xpos=$((i % 3 * 456))" "sink_$i::ypos=$((i / 3 * 256))")
  pictures+=(filesrc location="$2/thumbnail-0$i.png" ! pngdec ! videoconvert
    ! imagefreeze num-buffers=1 ! "sheet.sink_$i")
done
gst-launch-1.0 -e compositor name=sheet "${places[@]}" \
  ! videoconvert ! pngenc snapshot=true \
  ! filesink location="$part/sheet.png" "${pictures[@]}"
mv -fT -- "$part/sheet.png" "$2/contact-sheet.png"
