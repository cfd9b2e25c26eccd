#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Draws the graph of a pipeline that saves a clip (needs graphviz).
#
#   examples/graph.sh PROMPT FILE.png
set -euo pipefail
: "${2:?usage: $0 PROMPT FILE.png}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
GST_DEBUG_DUMP_DOT_DIR=$work gst-launch-1.0 -e \
  hailuosrc prompt="$1" ${SHOT_OPTIONS:-} ! qtdemux ! h264parse ! mp4mux \
  ! filesink location="$work/clip.mp4"
dot -Tpng -Gdpi=60 -o "$2" "$work"/*READY_PAUSED.dot
