#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes a clip of each line of a file of prompts, as an array of Slurm jobs on
# many machines that share one store:
#
#   sbatch --array="1-$(grep -c '' prompts.txt)%8" \
#     examples/batch-slurm.sh prompts.txt /shared/clips
#
# The folder has to be on a file system that all of them see and that has locks,
# such as NFS 4.  Blank lines are skipped; jobs that are requeued, and lines that
# are there twice, are paid once (not with reuse=never or reuse=unfinished).
#
# STORE: where the store is, if not in FOLDER: it is refused where a group may
# write to a folder above it, as to those that projects share (mode 2775).  One in
# your home, which all machines see, will do.
# SHOT_OPTIONS: more properties of hailuosrc, such as api-key-file=...; else the
# key is in APIXO_API_KEY
#SBATCH --job-name=hailuo
#SBATCH --cpus-per-task=1
#SBATCH --mem=256M
#SBATCH --time=00:30:00
#SBATCH --requeue
set -euo pipefail
if [ $# -ne 2 ] || [ -z "$2" ] || [ ! -f "$1" ]; then
  echo "usage: $0 PROMPTS.txt FOLDER" >&2
  exit 2
fi
if [[ ${SHOT_OPTIONS:-} == *dry[-_]run* ]]; then
  echo "a dry run makes no clip, but an empty file" >&2
  exit 2
fi
number=${SLURM_ARRAY_TASK_ID:?is set by sbatch --array}
# Slurm runs a copy of this file alone, so there is no common.sh beside it
refuse () {
  echo "$*, so nothing is paid" >&2
  exit 2
}
for value in "$2" "${STORE:-}" "$number"; do
  # gst-launch-1.0 would take such a name for more of the pipeline, which may buy
  (LC_ALL=C; [[ $value != *[[:cntrl:]\"\\]* ]]) \
    || refuse "There is a \" or \\ or control character in $(printf %q "$value")"
done
# bash would cut the line there
[ "$(tr -cd '\0' <"$1" | wc -c)" -eq 0 ] || refuse "There is a NUL character in $1"
file=$2/clip-$number.mp4
[ ! -L "$file" ] && { [ ! -e "$file" ] || [ -f "$file" ]; } \
  || refuse "$file is not a regular file"
prompt=$(sed -n "${number}p" <"$1")
if [[ ! $prompt =~ [^[:space:]] ]]; then
  echo "line $number of $1 is blank, or not there: skipped" >&2
  exit 0
fi
(umask 022; mkdir -p -- "$2") # open to a group, it would be no place for the store
work=$(mktemp -d -- "$2/.part-XXXXXX")
# Slurm may signal all of the job, and twice
trap 'trap "" HUP INT TERM; rm -rf -- "$work"' EXIT
printf %s "$prompt" >"$work/prompt"
gst-launch-1.0 -e hailuosrc store="${STORE:-$2/store}" max-cost=0.60 \
  prompt-file="$work/prompt" ${SHOT_OPTIONS:-} ! filesink location="$work/clip.mp4"
mv -fT -- "$work/clip.mp4" "$file" # what is there stays where a run fails
