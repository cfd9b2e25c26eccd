#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes a clip of each line of a file of prompts, four at a time, with GNU
# parallel.  First it says what that costs at most, and sends nothing.
#
#   examples/batch.sh PROMPTS.txt FOLDER
#
# All share one store: lines that are there twice, and a batch that is run
# again after it broke off, are paid once.
set -euo pipefail
: "${2:?usage: $0 PROMPTS.txt FOLDER}"
mkdir -p "$2"
parallel --will-cite -j 4 \
  gst-launch-1.0 -m hailuosrc dry-run=true prompt={} ! fakesink :::: "$1" \
  | sed -n 's/.*state=(string)quoted.*cost=(double)\([0-9.]*\).*/\1/p' \
  | awk '{ cost += $1 } END { printf "%d shots, at most $%.2f\n", NR, cost }'
parallel --will-cite -j 4 --retries 2 --joblog "$2/log" \
  gst-launch-1.0 -e hailuosrc max-cost=0.60 prompt={} ${SHOT_OPTIONS:-} \
  ! filesink location="$2/clip-{#}.mp4" :::: "$1"
