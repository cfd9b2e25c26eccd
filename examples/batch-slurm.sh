#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes a clip of each line of a file of prompts, as an array of Slurm jobs on
# many machines that share one store:
#
#   sbatch --array="1-$(wc -l <prompts.txt)%8" \
#     examples/batch-slurm.sh prompts.txt /shared/clips
#
# The folder has to be on a file system that all of them see and that has locks,
# such as NFS 4.  Jobs that are requeued, and lines that are there twice, are
# paid once.  The key is in APIXO_API_KEY or in a file (api-key-file=...).
#SBATCH --job-name=hailuo
#SBATCH --cpus-per-task=1
#SBATCH --mem=256M
#SBATCH --time=00:30:00
#SBATCH --requeue
set -euo pipefail
: "${2:?usage: $0 PROMPTS.txt FOLDER}"
number=$SLURM_ARRAY_TASK_ID
prompt=$(sed -n "${number}p" "$1")
mkdir -p "$2"
gst-launch-1.0 -e hailuosrc store="$2/store" max-cost=0.60 prompt="$prompt" \
  ${SHOT_OPTIONS:-} ! filesink location="$2/clip-$number.mp4"
