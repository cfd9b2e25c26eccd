#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes a clip of each line of a file of prompts, four at a time, with GNU
# parallel.  First it says what that costs at most, and sends nothing.
#
#   examples/batch.sh PROMPTS.txt FOLDER
#
# The clip of line 3 is clip-3.mp4; blank lines are skipped.  All share one store:
# lines that are there twice, and a batch that is run again after it broke off,
# are paid once.
set -euo pipefail
. "$(dirname "$0")/common.sh"
check_arguments "PROMPTS.txt FOLDER" "$@"
mapfile -t lines <"$1"
numbers=()
for i in "${!lines[@]}"; do
  number=$((i + 1))
  if [[ ${lines[i]} =~ [^[:space:]] ]]; then
    printf %s "${lines[i]}" >"$work/$number"
    numbers+=("$number")
  else
    echo "line $number of $1 is blank: skipped" >&2
  fi
done
[ ${#numbers[@]} -gt 0 ] || die "there is no prompt in $1"

# -q: the words of each line stay as they are here
parallel --will-cite -q -j 4 \
  gst-launch-1.0 -m hailuosrc dry-run=true prompt-file="$work/{}" \
  ${SHOT_OPTIONS:-} ! fakesink ::: "${numbers[@]}" \
  | sed -n 's/.*state=(string)quoted.*cost=(double)\([0-9.]*\).*/\1/p' \
  | awk '{ cost += $1 } END { printf "%d shots, at most $%.2f\n", NR, cost }'
parallel --will-cite -q -j 4 --retries 2 --joblog "$2/log" \
  gst-launch-1.0 -e hailuosrc max-cost=0.60 prompt-file="$work/{}" \
  ${SHOT_OPTIONS:-} ! filesink location="$2/clip-{}.mp4" ::: "${numbers[@]}"
