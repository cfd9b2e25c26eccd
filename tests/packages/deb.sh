#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds the Debian packages in a copy of what git tracks, installs them, makes a
# clip with them, purges them, and sees that nothing is left.  It needs root and
# changes the system for that time.
#
#   tests/packages/deb.sh BUILD    (BUILD: a build folder, for the simulator)
set -euo pipefail
build=$(realpath "$1")
cd "$(dirname "$0")/../.."

fail () {
  echo "deb.sh: $*" >&2
  exit 1
}

[ "$(id -u)" -eq 0 ] || fail "needs root"
packages="gstreamer1.0-hailuo gstreamer1.0-hailuo-dev"
for package in $packages; do
  ! dpkg-query -W "$package" >/dev/null 2>&1 || fail "$package is installed"
done
tests/install-packages.sh deb

work=$(mktemp -d)
simulator=
clean () {
  [ -z "$simulator" ] || kill "$simulator"
  # shellcheck disable=SC2086  # one word a package
  dpkg --purge $packages >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean EXIT

traces () {
  find / -xdev \( -path /proc -o -path /tmp -o -path /work -o -path /home \
    -o -path /root -o -path /var/tmp \) -prune -o -iname '*hailuo*' -print | sort
}
traces >"$work/before"

echo "== build"
mkdir "$work/source"
git ls-files -z | xargs -0 cp --parents -t "$work/source"
(cd "$work/source" && dpkg-buildpackage -b -us -uc) >"$work/log" 2>&1 || {
  tail -40 "$work/log" >&2
  fail "dpkg-buildpackage"
}
! grep -E 'dh_missing: warning|dpkg-[a-z]+: warning' "$work/log" ||
  fail "the build has warnings"
lintian --allow-root --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs \
  "$work"/*.changes

echo "== install"
dpkg -i "$work"/gstreamer1.0-hailuo_*.deb "$work"/gstreamer1.0-hailuo-dev_*.deb \
  >"$work/log"
# shellcheck disable=SC2086
dpkg -L $packages | sort -u | while read -r path; do
  [ ! -f "$path" ] || echo "$path"
done >"$work/installed"
cat "$work/installed"

echo "== run, with the system's own paths"
unset GST_PLUGIN_PATH GST_PLUGIN_PATH_1_0 GST_PLUGIN_SYSTEM_PATH \
  GST_PLUGIN_SYSTEM_PATH_1_0
export GST_REGISTRY_1_0=$work/registry.bin XDG_STATE_HOME=$work/state
multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
gst-inspect-1.0 hailuosrc >"$work/inspect"
# /usr/lib, or /lib where that is a link to it
grep -Eq "Filename +(/usr)?/lib/$multiarch/gstreamer-1.0/libgsthailuo.so$" \
  "$work/inspect" || fail "$(cat "$work/inspect")"
pkg-config --exists gst-hailuo-1.0 || fail "no gst-hailuo-1.0.pc"
coproc host { exec "$build/tests/simulator/hailuo-simulator" --exit-with-parent \
  --port-file "$work/ports" --time-scale 60000 \
  --clip "$build/tests/simulator/test-clip-small.mp4"; }
simulator=${host_PID:?}
read -r _ <&"${host[0]}" || fail "the simulator did not start"
read -r port _ <"$work/ports"
APIXO_BASE_URL=http://127.0.0.1:$port/api/v1 APIXO_API_KEY=simulator-key \
  timeout 60 gst-launch-1.0 -q -e hailuosrc prompt=packaged first-poll=1 \
  poll-interval=1 ! filesink location="$work/clip.mp4"
cmp "$work/clip.mp4" "$build/tests/simulator/test-clip-small.mp4"
curl -s "http://127.0.0.1:$port/ledger" | grep -q '"billed": *1\b' ||
  fail "not one task was billed"
/usr/bin/hailuo-shots | grep -q delivered || fail "hailuo-shots does not list it"
man -w hailuo-shots hailuosrc >/dev/null || fail "no manual page"

echo "== remove"
# shellcheck disable=SC2086
dpkg --remove $packages >"$work/log"
while read -r path; do
  [ ! -e "$path" ] || fail "$path is left"
done <"$work/installed"
! gst-inspect-1.0 --exists --atleast-version=0.1 hailuosrc || fail "hailuosrc is still there"
# shellcheck disable=SC2086
dpkg --purge $packages >"$work/log" 2>&1
# shellcheck disable=SC2086
! dpkg-query -W $packages 2>/dev/null || fail "dpkg still knows a package"
traces | diff "$work/before" - || fail "something is left"
echo "The packages install, run, and leave nothing."
