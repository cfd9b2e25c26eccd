#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Configures the build folder, again if it is there: what was installed since is
# found then.  What meson says is only shown if it fails.
#
#   tests/configure.sh BUILD [OPTION...]     (OPTION: of 'meson setup')
set -eu
build=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
again=
[ ! -f "$build/build.ninja" ] || again=--reconfigure
# shellcheck disable=SC2086  # a word, or none
meson setup $again "$build" "$@" >"$log" 2>&1 || {
  cat "$log" >&2
  exit 1
}
