#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Saves a clip as it comes from the host.
#
#   examples/save.sh PROMPT FILE.mp4
#
# Running it again pays nothing: it takes the clip from the store.
# SHOT_OPTIONS: more properties of hailuosrc, such as "take=2 max-cost=0.40"; with
# reuse=never or reuse=unfinished, each run pays
set -euo pipefail
. "$(dirname "$0")/common.sh"
check_arguments "PROMPT FILE.mp4" "$@"
gst-launch-1.0 -e \
  hailuosrc prompt-file="$(prompt_file "$1")" ${SHOT_OPTIONS:-} \
  ! filesink location="$part/clip.mp4"
mv -fT -- "$part/clip.mp4" "$2"
