#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs what is missing, builds, and runs all tests.  The last line is
# "N passed, N failed".  BUILD names another build folder than ./build; other
# arguments go to 'meson test'.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."
build=$(realpath -m "${BUILD:-build}")

tests/install-packages.sh tests
tests/configure.sh "$build"
ninja -C "$build"

# what is counted is this run's
rm -f "$build/meson-logs/testlog.json"
status=0
# they wait more than they compute
meson test -C "$build" --no-rebuild --print-errorlogs \
  --num-processes "$((2 * $(nproc)))" "$@" || status=$?

# every case of every program counts, not only the programs
python3 tests/count-cases.py "$build/meson-logs/testlog.json" "$status" "$#"
