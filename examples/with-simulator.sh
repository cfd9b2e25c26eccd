#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs a command with the simulator in the place of the hosts: no key, no cost.
#
#   examples/with-simulator.sh examples/webm.sh "a lighthouse at dawn" dawn.webm
#
# BUILD names the build folder (./build), which has to be built.  Each run has a
# simulator and a store of its own, so what belongs together goes into one:
#
#   examples/with-simulator.sh bash -c 'COMMAND && COMMAND'
set -euo pipefail
case ${1:-} in
  -h | --help) echo "usage: $0 COMMAND..."; exit 0 ;;
  '' | -*) echo "usage: $0 COMMAND..." >&2; exit 2 ;;
esac
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

export GST_PLUGIN_PATH=$build/gst GST_REGISTRY=${GST_REGISTRY:-$work/registry.bin}
# each host: a key that is in the environment must not go to the real one
export APIXO_BASE_URL=http://127.0.0.1:$port/api/v1 APIXO_API_KEY=simulator-key
export APIINONE_BASE_URL=http://127.0.0.1:$port APIINONE_API_KEY=simulator-key
# what the simulator makes is no clip of a real host
export XDG_STATE_HOME=$work/state
# and it does not take a minute
export SHOT_OPTIONS="first-poll=100 poll-interval=50 ${SHOT_OPTIONS:-}"
"$@"
