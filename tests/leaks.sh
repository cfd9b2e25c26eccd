#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs the element's tests under GStreamer's leaks tracer: no object may be
# alive at the end.  usage: tests/leaks.sh BUILD
set -euo pipefail
build=$(realpath "$1")
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
alive=0
programs=0
for program in "$build"/tests/element/test-*; do
  [ -x "$program" ] && [ -f "$program" ] || continue
  programs=$((programs + 1))
  name=$(basename "$program")
  # one for each process: what a program starts would write over its own
  rm -f "$logs"/*
  GST_TRACERS=leaks GST_DEBUG=GST_TRACER:7 GST_DEBUG_NO_COLOR=1 \
    GST_DEBUG_FILE=$logs/%p meson test -C "$build" --no-rebuild \
    "${name#test-}" >/dev/null || echo "$name: failed under the tracer"
  # two lines in which the tracer describes itself, whatever is found
  grep -qr object-alive "$logs" || { echo "$name: the tracer did not run"; exit 1; }
  n=$(cat "$logs"/* | grep -c ':: object-alive, type-name' || true)
  echo "$name: $n objects alive"
  cat "$logs"/* | grep ':: object-alive, type-name' | head -5 || true
  alive=$((alive + n))
done
[ "$programs" -gt 0 ] && [ "$alive" -eq 0 ]
