#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Draws the graph of a pipeline that saves a clip (needs graphviz).
#
#   examples/graph.sh PROMPT FILE.png
set -euo pipefail
. "$(dirname "$0")/common.sh"
check_arguments "PROMPT FILE.png" "$@"
GST_DEBUG_DUMP_DOT_DIR=$work gst-launch-1.0 -e \
  hailuosrc prompt-file="$(prompt_file "$1")" ${SHOT_OPTIONS:-} \
  ! qtdemux ! h264parse ! mp4mux ! filesink location="$work/clip.mp4"
dot -Tpng -Gdpi=60 -o "$part/graph.png" "$work"/*READY_PAUSED.dot
mv -fT -- "$part/graph.png" "$2"
