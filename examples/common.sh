#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the examples share: their arguments are looked at before anything is paid,
# and the prompt goes through a file.  gst-launch-1.0 would take the quotes and
# backslashes of prompt="$1" for its own, the next word for an empty one, and what
# is behind a line break or a tab for more of the pipeline, which may buy.
#
#   . "$(dirname "$0")/common.sh"

work=$(mktemp -d)
# A folder beside FILE, or in FOLDER, for what is not whole yet: a filesink empties
# its file before anything is asked of hailuosrc, and follows links.
part=
# who stops the script may signal all of its group, and twice
trap 'trap "" HUP INT TERM; rm -rf -- "$work" ${part:+"$part"}' EXIT

die () {
  echo "$(basename "$0"): $*" >&2
  exit 2
}

# check_value NAME VALUE: of a property on the line of gst-launch-1.0, which splits
# it at white space (but for spaces), and takes quotes and backslashes out of it
check_value () {
  local LC_ALL=C advice="choose another"
  [ "$1" != TEXT ] || advice="write &quot; or &#92; or, for a line break, &#10;"
  [[ $2 != *[[:cntrl:]\"\\]* ]] \
    || die "$1 may not have \" or \\ or control characters (line breaks, tabs) in" \
      "it, $advice: $(printf %q "$2")"
}
check_value TMPDIR "$work"

# check_file NAME FILE: it is about to be replaced
check_file () {
  [ ! -L "$2" ] && { [ ! -e "$2" ] || [ -f "$2" ]; } \
    || die "$1 is there, and is not a regular file: $2"
}

# check_arguments "PROMPT FILE.mp4" "$@": one for each name, and of its kind
check_arguments () {
  local names=$1 name folder=
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
    [ "$name" = PROMPT ] || check_value "$name" "$1"
    case $name in
      FILE*)
        [[ $1 == *".${name#*.}" ]] \
          || die "$name has to end with .${name#*.}: $1. usage: $0 $names"
        [ -d "$(dirname -- "$1")" ] || die "the folder of $name does not exist: $1"
        check_file "$name" "$1"
        folder=$(dirname -- "$1") ;;
      FOLDER)
        mkdir -p -- "$1"
        folder=$1 ;;
      LOGO* | PROMPTS*)
        [ -f "$1" ] && [ -r "$1" ] || die "$name cannot be read: $1" ;;&
      PROMPTS*) # bash would cut the line there
        [ "$(tr -cd '\0' <"$1" | wc -c)" -eq 0 ] \
          || die "$name has a NUL character in it: $1" ;;
    esac
    shift
  done
  [ -z "$folder" ] || part=$(mktemp -d -- "$folder/.part-XXXXXX") \
    || die "nothing can be written into $folder"
}

# The name of a file with the prompt
prompt_file () {
  local file
  file=$(mktemp "$work/prompt-XXXXXX")
  printf %s "$1" >"$file"
  echo "$file"
}
