# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for hailuo(1)

_hailuo () {
  local words word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local shot='--image --pro --fast --duration --resolution --provider --take
    --label --max-cost --store --set --json --help'

  COMPREPLY=()
  case $previous in
    --output | -o | --store | -s | --directory)
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return ;;
    --provider | -p) words='apixo apiinone' ;;
    --duration | -d) words='6 10' ;;
    --resolution | -r) words='768p 1080p' ;;
    *)
      case ${COMP_WORDS[1]} in
        make) words="$shot --output --detach --yes" ;;
        quote) words=$shot ;;
        collect) words='--directory --store --json --help' ;;
        *) words='make quote collect --help --version' ;;
      esac ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _hailuo hailuo
