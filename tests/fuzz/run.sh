#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Fuzzes each target for SECONDS (default 30), two at a time, with clang's
# address, leak and undefined-behaviour sanitizers.  Fails on any finding and
# shows its input.  New inputs stay in the build folder, BUILD (default
# ./build-fuzz).
#
#   tests/fuzz/run.sh [SECONDS [TARGET...]]
set -euo pipefail
source=$(realpath "$(dirname "$0")/../..")
cd "$source"
build=$(realpath -m "${BUILD:-build-fuzz}")
seconds=${1:-30}
shift || true
targets=("$@")
[ $# -gt 0 ] || targets=(submit poll json link headers clip uri)

tests/install-packages.sh tests
tests/install-packages.sh clang libclang-rt-dev llvm
CC=clang tests/configure.sh "$build" -Dfuzzing=true -Dexamples=disabled
ninja -C "$build" --quiet "${targets[@]/#/tests/fuzz/fuzz-}"

fuzz () {
  local target=$1 folder=$build/fuzz/$1 status=0 runs coverage findings
  rm -rf "$folder/findings"
  mkdir -p "$folder/new" "$folder/findings"
  # GLib 2.74's slices would hide what is read after it is freed
  G_SLICE=always-malloc G_DEBUG=fatal-criticals \
    ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 \
    UBSAN_OPTIONS=print_stacktrace=1 \
    "$build/tests/fuzz/fuzz-$target" -max_total_time="$seconds" \
    -max_len=4096 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
    -dict="$source/tests/fuzz/dictionaries/$target" \
    -artifact_prefix="$folder/findings/" \
    "$folder/new" "$source/tests/fuzz/corpus/$target" \
    >"$folder/log" 2>&1 || status=$?
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/log")
  coverage=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$folder/log" | tail -1)
  findings=0
  [ "$status" -eq 0 ] || findings=1
  echo "$target: ${runs:-0} executions, coverage ${coverage:-0}," \
    "$findings findings"
  echo "${runs:-0}" >"$folder/runs"
  [ "$status" -ne 0 ] || return 0
  # not each error has a summary: then the last lines tell
  grep -m5 -E 'ERROR|runtime error|CRITICAL|WARNING' "$folder/log" ||
    tail -5 "$folder/log"
  for input in "$folder"/findings/*; do
    [ ! -f "$input" ] || echo "  $(basename "$input"): $(base64 -w0 "$input")"
  done
  return 1
}
export -f fuzz
export build seconds source

status=0
printf '%s\n' "${targets[@]}" |
  xargs -P 2 -I '{}' bash -c 'said=$(fuzz {}) || failed=1
    printf "%s\n" "$said"
    exit ${failed:-0}' || status=1
total=0
for target in "${targets[@]}"; do
  total=$((total + $(cat "$build/fuzz/$target/runs")))
done
echo "total: $total executions in $seconds s each"
exit $status
