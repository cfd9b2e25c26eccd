#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs the Debian packages that are named on the command line or, without
# names, those that the project needs to build and to be tested.  Does nothing
# where they are all there.  Where there is no apt it names them and goes on:
# they may be there under other names, and meson says what is really missing.
#
#   tests/install-packages.sh [build|simulator|examples|tests|deb|PACKAGE...]
set -eu

# dpkg-dev: without it meson does not know Debian's library folder
build='gcc libc6-dev dpkg-dev meson ninja-build pkg-config libgstreamer1.0-dev
  libgstreamer-plugins-base1.0-dev libcurl4-openssl-dev libjson-glib-dev
  libsqlite3-dev gstreamer1.0-tools gstreamer1.0-plugins-base ca-certificates'
simulator='libmicrohttpd-dev gstreamer1.0-x gstreamer1.0-plugins-good
  gstreamer1.0-plugins-ugly fonts-dejavu-core'
examples='gstreamer1.0-plugins-bad gstreamer1.0-libav ges1.0-tools graphviz
  parallel python3-gi gir1.2-gstreamer-1.0 gir1.2-gst-plugins-base-1.0
  gir1.2-ges-1.0'
tests='gstreamer1.0-plugins-base-apps ffmpeg openssl python3 curl strace faketime
  e2fsprogs mount iproute2 man-db groff-base git python3-yaml'

deb='build-essential debhelper lintian man-db curl'

case "${1:-tests}" in
  build) wanted=$build ;;
  simulator) wanted="$build $simulator" ;;
  examples) wanted="$build $simulator $examples" ;;
  tests) wanted="$build $simulator $examples $tests" ;;
  deb) wanted="$build $simulator $deb" ;;
  *) wanted=$* ;;
esac

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  # shellcheck disable=SC2086  # one word a package
  echo "No apt here. What is needed, by the names of Debian's packages:" \
    $wanted >&2
  exit 0
fi

missing=
for package in $wanted; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "Please install as root:$missing" >&2
    exit 1
  }
  as_root=sudo
fi
echo "Installing:$missing" >&2
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends $missing >/dev/null
