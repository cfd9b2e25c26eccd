#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A folder with the plugins that the tests use, and no other: what other plugins
# do when they are loaded is not our matter.  Not libav: with the names of its
# elements GLib's first table of quarks is full, which it then forgets in a way
# that is a leak to a leak checker.  openh264 decodes instead.
# usage: make-world.sh PLUGINS STAMP, a file in the folder that is filled
set -eu
folder=$(dirname "$2")
for name in app autodetect coreelements coretracers gio imagefreeze isomp4 \
    matroska openh264 pango playback png typefindfunctions videoconvert \
    videoconvertscale videoparsersbad videoscale videotestsrc vpx x264; do
  # not every version has each of them
  [ ! -e "$1/libgst$name.so" ] || ln -sf "$1/libgst$name.so" "$folder/"
done
touch "$2"
