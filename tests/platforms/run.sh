#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs the two commands of the README on fresh systems: for each Debian suite
# that is named, a bare root made by debootstrap and a clean clone of HEAD, once
# as root and once as a normal user who may use sudo.  Prints a table, a row for
# each; fails if a row does.  Needs root, about 5 GB and ten minutes a row.
#
#   tests/platforms/run.sh [OPTION...] SUITE...      (bookworm, trixie, sid)
#
#   --user NAME    root or user, not both
#   --quick        of the tests, only the suites unit, element and examples
#   --shell        a shell in a fresh root in place of the two commands
#   --work FOLDER  for roots and logs (/var/tmp/hailuo-platforms); what is in it
#                  is kept, so that the next run need not fetch it again
set -euo pipefail
cd "$(dirname "$0")/../.."

work=/var/tmp/hailuo-platforms
users='root user'
mode=all
suites=

usage () {
  sed -n '/^#   tests/,/^set /s/^# \{0,3\}//p' "$0"
}

while [ $# -gt 0 ]; do
  case "$1" in
    --user)
      [[ ${2:-} =~ ^(root|user)$ ]] || { usage >&2; exit 2; }
      users=$2
      shift ;;
    --work)
      [ -n "${2:-}" ] || { usage >&2; exit 2; }
      work=$(realpath -m -- "$2")
      shift ;;
    --quick) mode=quick ;;
    --shell) mode=shell ;;
    -h|--help) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *) suites="$suites $1" ;;
  esac
  shift
done
[ -n "$suites" ] || { usage >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || { echo "$0: making a root needs root" >&2; exit 1; }

mkdir -p "$work"
# shellcheck source=tests/platforms/roots.sh
. tests/platforms/roots.sh

# --- the commands ------------------------------------------------------------

# Seconds that a command took and its status, in $took and $status; its output
# in LOG
timed () {
  local log=$1 begin=$SECONDS
  shift

  status=0
  "$@" >"$log" 2>&1 </dev/null || status=$?
  took=$((SECONDS - begin))
}

versions () {
  local root=$1

  # shellcheck disable=SC2016
  enter "$root" root / dpkg-query -W -f '${Package} ${Version}\n' \
    libgstreamer1.0-0 libglib2.0-0 libglib2.0-0t64 libcurl4 libcurl4t64 \
    2>/dev/null | awk '
      /gstreamer/ { gst = $2 } /glib/ { glib = $2 } /curl/ { curl = $2 }
      END { printf "%s | %s | %s", gst, glib, curl }' | sed 's/-[^ |]*//g'
}

run_row () {
  local suite=$1 user=$2
  local root=$work/$suite-$user home=/root arguments='' clip tests tests_time
  local log=$root

  [ "$user" = root ] || home=/home/user
  make_root "$suite" "$root"
  # as after an installation: git, and a user
  enter "$root" root / bash -euc '
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends git sudo >/dev/null
    useradd --create-home --shell /bin/bash user
    echo "user ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/user' </dev/null
  git bundle create -q "$root$home/hailuo.bundle" HEAD
  enter "$root" "$user" "$home" \
    git -c advice.detachedHead=false -c init.defaultBranch=main \
    clone -q hailuo.bundle gst-hailuo
  if [ "$mode" = shell ]; then
    enter "$root" "$user" "$home/gst-hailuo" bash
    return
  fi
  [ "$mode" = all ] || arguments='--suite unit --suite element --suite examples'

  timed "$log-clip.log" enter "$root" "$user" "$home/gst-hailuo" \
    examples/first-clip.sh
  clip="$took s"
  if [ "$status" -ne 0 ] || [ ! -s "$root$home/gst-hailuo/first-clip.mp4" ]; then
    clip=failed
    failed=1
    tail -20 "$log-clip.log" >&2
  fi
  # shellcheck disable=SC2086  # words
  timed "$log-tests.log" enter "$root" "$user" "$home/gst-hailuo" \
    tests/run.sh $arguments
  tests=$(tail -1 "$log-tests.log")
  tests_time=$took
  if [ "$status" -ne 0 ]; then
    failed=1
    tail -40 "$log-tests.log" >&2
  fi
  cp "$root$home/gst-hailuo/build/meson-logs/testlog.txt" "$log-testlog.txt" \
    2>/dev/null || true
  table+=$(printf '\n| %s | %s | %s | %s | %s | %s | %d s |' "$suite" \
    "$(versions "$root")" "$user" "$clip" "$tests" \
    "$(sed -n 's/ skipped.*//p' "$log-tests.log" | tail -1 | grep . || echo 0)" \
    "$tests_time")
  rm -rf "$root"
}

failed=0
table='| suite | GStreamer | GLib | libcurl | user | first clip | tests | skipped | time |
|---|---|---|---|---|---|---|---|---|'
for suite in $suites; do
  for user in $users; do
    run_row "$suite" "$user"
  done
done
[ "$mode" = shell ] || printf '%s\n' "$table"
exit "$failed"
