#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Buys a clip of each line of a file of prompts, four at a time, with GNU
# parallel.  It tells first what they cost at most, and then pays no more: each
# shot is submitted once, and where the price of one is above $0.60 or not known,
# none is.
#
#   examples/batch.sh PROMPTS.txt FOLDER
#
# The clip of line 3 is clip-3.mp4; blank lines are skipped.  All share one store:
# lines that are there twice, and a batch that is run again after it broke off,
# are paid once (not with reuse=never or reuse=unfinished in SHOT_OPTIONS).
#
# SHOT_OPTIONS: more properties of hailuosrc; dry-run=true tells the cost alone
# TIMEOUT: seconds for one shot; the default is more than hailuosrc takes, but
# gst-launch-1.0 may hang after an error (README, Trouble)
set -euo pipefail
. "$(dirname "$0")/common.sh"
check_arguments "PROMPTS.txt FOLDER" "$@"
mapfile -t lines <"$1"
numbers=()
for i in "${!lines[@]}"; do
  number=$((i + 1))
  if [[ ${lines[i]} =~ [^[:space:]] ]]; then
    check_file "the clip of line $number" "$2/clip-$number.mp4"
    printf %s "${lines[i]}" >"$work/$number"
    numbers+=("$number")
  else
    echo "line $number of $1 is blank: skipped" >&2
  fi
done
[ ${#numbers[@]} -gt 0 ] || die "there is no prompt in $1"

# Functions: parallel would take a {} in the name of a folder for its own
quote_shot () {
  gst-launch-1.0 -m hailuosrc max-cost=0.60 prompt-file="$work/$1" \
    ${SHOT_OPTIONS:-} dry-run=true ! fakesink
}
make_shot () {
  gst-launch-1.0 -e hailuosrc max-cost=0.60 prompt-file="$work/$1" \
    ${SHOT_OPTIONS:-} ! filesink location="$part/$1.mp4" \
    && mv -fT -- "$part/$1.mp4" "$folder/clip-$1.mp4"
}
export work part folder=$2 PARALLEL_SHELL=$BASH
export -f quote_shot make_shot

# nothing is asked of a host, so one that takes long hangs after an error
costs=$(parallel --will-cite -j 4 --timeout 30 quote_shot ::: "${numbers[@]}" \
  | sed -n 's/.*state=(string)quoted.*cost=(double)\(-\?[0-9.]*\).*/\1/p') \
  || die "nothing is paid"
[[ $costs != *-* ]] \
  || die "the price of a shot is unknown, so nothing is paid"
awk '{ cost += $1 } END { printf "%d shots, at most $%.2f\n", NR, cost }' <<<"$costs"
[[ ${SHOT_OPTIONS:-} != *dry[-_]run* ]] || exit 0
parallel --will-cite -j 4 --tag --timeout "${TIMEOUT:-2000}" \
  make_shot ::: "${numbers[@]}" \
  || die "not all clips are there. What is paid is kept: the same command resumes it," \
    "but with reuse=never or reuse=unfinished it pays again"
