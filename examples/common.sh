#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the examples share: their arguments are looked at before anything is paid,
# and the prompt goes through a file.  gst-launch-1.0 would take the quotes and
# backslashes of prompt="$1" for its own, and the next word for an empty one.
#
#   . "$(dirname "$0")/common.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

die () {
  echo "$(basename "$0"): $*" >&2
  exit 2
}

# check_arguments "PROMPT FILE.mp4" "$@": one for each name, and of its kind
check_arguments () {
  local names=$1 name
  shift
  for name; do
    [[ $name != -h && $name != --help ]] || { echo "usage: $0 $names"; exit 0; }
  done
  [ $# -eq "$(wc -w <<<"$names")" ] || die "usage: $0 $names"
  # it would leave an empty FILE
  [[ $names == PROMPTS* || ${SHOT_OPTIONS:-} != *dry[-_]run* ]] \
    || die "a dry run makes no clip. The price is told by:" \
      "gst-launch-1.0 -m hailuosrc dry-run=true prompt=... ! fakesink"
  for name in $names; do
    [[ $1 =~ [^[:space:]] ]] || die "$name is empty. usage: $0 $names"
    [[ $1 != -* || ($name == TEXT && $1 != -[[:alpha:]-]*) ]] \
      || die "there is no option $1. usage: $0 $names"
    # gst-launch-1.0 would change such a name
    [[ $name == PROMPT || $name == TEXT || $1 != *[\\\"]* ]] \
      || die "$name may not have \" or \\ in it: $1"
    case $name in
      FILE*)
        [[ $1 == *".${name#*.}" ]] \
          || die "$name has to end with .${name#*.}: $1. usage: $0 $names"
        [ -d "$(dirname -- "$1")" ] || die "the folder of $name does not exist: $1"
        [ ! -d "$1" ] || die "$name is a folder: $1" ;;
      FOLDER) mkdir -p -- "$1" ;;
      LOGO* | PROMPTS*)
        [ -f "$1" ] && [ -r "$1" ] || die "$name cannot be read: $1" ;;
    esac
    shift
  done
}

# save_as FILE LINE...: runs the line, which writes FILE.part, and makes that FILE.
# A filesink empties its file before anything is asked of hailuosrc, so where the
# line fails, a FILE that was there stays as it was.
save_as () {
  local file=$1 status=0
  shift
  "$@" || status=$?
  if [ "$status" -eq 0 ]; then
    mv -fT -- "$file.part" "$file"
  else
    rm -f -- "$file.part"
  fi
  return "$status"
}

# The name of a file with the prompt
prompt_file () {
  local file
  file=$(mktemp "$work/prompt-XXXXXX")
  printf %s "$1" >"$file"
  echo "$file"
}
