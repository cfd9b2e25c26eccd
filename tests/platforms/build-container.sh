#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds the image of the Containerfile, of what is committed, without a container
# engine: each stage in a bare root of the Debian release that it names.  Then
# its hailuosrc makes a dry run.  Needs root.
#
#   tests/platforms/build-container.sh [FOLDER]     (/var/tmp/hailuo-platforms)
set -euo pipefail
cd "$(dirname "$0")/../.."
[[ ${1:-} != -* ]] || { echo "usage: $0 [FOLDER]" >&2; exit 2; }
work=$(realpath -m "${1:-/var/tmp/hailuo-platforms}")
declare -A suites=([12]=bookworm [13]=trixie)

[ "$(id -u)" -eq 0 ] || { echo "$0: making a root needs root" >&2; exit 1; }
mkdir -p "$work"
# shellcheck source=tests/platforms/roots.sh
. tests/platforms/roots.sh

stages=0
root=
user=root
directory=/
variables=()

begin_stage () {
  [[ $1 =~ ^docker.io/library/debian:([0-9]+)-slim ]] ||
    { echo "$0: not known: FROM $1" >&2; exit 1; }
  stages=$((stages + 1))
  root=$work/container-$stages
  user=root
  directory=/
  variables=()
  make_root "${suites[${BASH_REMATCH[1]}]}" "$root"
}

copy () {
  if [ "$1" = --from=build ]; then
    cp -a "$work/container-1$2." "$root$3"
  else
    mkdir -p "$root$2"
    git archive HEAD | tar -C "$root$2" -xf -
  fi
}

run () {
  enter "$root" "$user" "$directory" env "${variables[@]}" sh -euc "$1" \
    </dev/null
}

# an instruction a line, with no comments
sed -e '/^#/d' -e ':next' -e '/\\$/N;s/\\\n//;tnext' Containerfile |
  while read -r instruction arguments; do
    [ -n "$instruction" ] || continue
    echo "$instruction $arguments" | tr -s ' '
    # shellcheck disable=SC2086  # words
    case "$instruction" in
      FROM) begin_stage $arguments ;;
      COPY) copy $arguments ;;
      RUN) run "$arguments" ;;
      ENV) variables+=("$arguments") ;;
      USER) user=$arguments ;;
      WORKDIR) directory=$arguments ;;
      VOLUME|CMD) ;;
      ENTRYPOINT)
        run 'gst-launch-1.0 hailuosrc dry-run=true prompt="a lighthouse" \
               api-key=none ! fakesink' ;;
      *) echo "$0: not known: $instruction" >&2; exit 1 ;;
    esac
  done
rm -rf "$work"/container-[0-9]
echo "The image builds, and its hailuosrc runs."
