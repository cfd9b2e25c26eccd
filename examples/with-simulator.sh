#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs a command with the simulator in the place of the host: no key, no cost.
#
#   examples/with-simulator.sh examples/webm.sh "a lighthouse at dawn" dawn.webm
#
# BUILD names the build folder (./build), which has to be built.
set -euo pipefail
: "${1:?usage: $0 COMMAND...}"
build=$(realpath -m "${BUILD:-$(dirname "$0")/../build}")
work=$(mktemp -d)
simulator=
trap '[ -z "$simulator" ] || kill "$simulator" 2>/dev/null; rm -rf "$work"' EXIT

"$build/tests/simulator/hailuo-simulator" --port-file "$work/ports" \
  --time-scale 600 ${CLIP:+--clip "$CLIP"} >"$work/log" &
simulator=$!
until [ -s "$work/ports" ]; do
  kill -0 "$simulator" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
  sleep 0.05
done
read -r port _ <"$work/ports"

export GST_PLUGIN_PATH=$build/gst GST_REGISTRY=$work/registry.bin
export APIXO_BASE_URL=http://127.0.0.1:$port/api/v1 APIXO_API_KEY=simulator-key
# what the simulator makes is no clip of a real host
export XDG_STATE_HOME=${SIMULATOR_STATE:-$work/state}
# and it does not take a minute
export SHOT_OPTIONS="first-poll=100 poll-interval=50"
"$@"
