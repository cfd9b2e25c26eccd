#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes a clip from a prompt: installs what is missing, builds, and runs the
# element.  By default against the simulator: no key, no cost.
#
#   examples/first-clip.sh ["PROMPT" [FILE.mp4]]
#   APIXO_API_KEY=... examples/first-clip.sh --real ["PROMPT" [FILE.mp4]]
set -euo pipefail

usage () {
  echo "usage: $0 [--real] [PROMPT [FILE.mp4]]"
  echo
  echo "Makes a clip from PROMPT and saves it as FILE.mp4 (first-clip.mp4)."
  echo "--real: at APIXO, with the key in APIXO_API_KEY; that costs about \$0.34."
}

real=no
case "${1:-}" in
  --real) real=yes; shift ;;
  -h|--help) usage; exit 0 ;;
  -*) usage >&2; exit 2 ;;
esac
[ $# -le 2 ] || { usage >&2; exit 2; }
prompt=${1-a lighthouse on a cliff at dawn, waves below, slow push in}
file=${2:-first-clip.mp4}
. "$(dirname "$0")/common.sh"
check_arguments "PROMPT FILE.mp4" "$prompt" "$file"
file=$(realpath -m "$file")
if [ "$real" = yes ] && [ -z "${APIXO_API_KEY:-}" ]; then
  echo "--real needs a key: set APIXO_API_KEY in the environment." >&2
  exit 2
fi

cd "$(dirname "$(realpath "$0")")/.."
build=$(realpath -m "${BUILD:-build}")
tests/install-packages.sh simulator
tests/configure.sh "$build"
ninja -C "$build" --quiet gst/libgsthailuo.so
export GST_PLUGIN_PATH=$build/gst GST_REGISTRY=$build/registry.bin

if [ "$real" = yes ]; then
  examples/save.sh "$prompt" "$file"
else
  ninja -C "$build" --quiet tests/simulator/hailuo-simulator
  echo "The simulator answers for the host: this clip is a test picture and" \
    "costs nothing."
  BUILD=$build examples/with-simulator.sh examples/save.sh "$prompt" "$file"
fi
echo "The clip is $file"
