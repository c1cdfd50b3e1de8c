# shellcheck shell=bash disable=SC2034
# Questions are asked apart and all at once, so that a file system or a program that hangs costs its own line and no more.
NUMBERS=()
FILES=()
LIMITS=()

# Job control gives it a process group of its own. Whatever is left behind must not hold our output, or the connection
# would stay open with it: stderr goes before anything is started, and not for one command only, since bash would keep it.
apart() {
  exec </dev/null 2>/dev/null
  set -m
  {
    printf 'group\t%s\n' "$BASHPID"
    "$@"
  } &
  wait "$!"
}

# ask NUMBER SECONDS FUNCTION WORDS...
ask() {
  local file
  NUMBER=$1
  exec {file}< <(apart "${@:3}")
  NUMBERS+=("$1")
  FILES+=("$file")
  LIMITS+=("$2")
}

# Passes on what one question prints. A process that waits for a dead disk takes no signal at all, so nobody waits for it:
# gather NUMBER SECONDS FILE
gather() {
  local line group='' left code file=$3
  NUMBER=$1
  while :; do
    left=$(($2 + ASKED - SECONDS))
    IFS= read -r -t "$((left > 0 ? left : 1))" -u "$file" line
    code=$?
    if ((code > 0)); then break; fi
    case $line in
      group*) group=${line#*$'\t'} ;;
      *) printf '%s\n' "$line" ;;
    esac
  done
  exec {file}<&-
  if ((code <= 128)); then return; fi
  fact silent "$2"
  if [ -n "$group" ]; then kill -KILL -- "-$group" 2>/dev/null; fi
}

gather_all() {
  local i
  ASKED=$SECONDS
  for i in "${!FILES[@]}"; do gather "${NUMBERS[i]}" "${LIMITS[i]}" "${FILES[i]}"; done
  NUMBERS=()
  FILES=()
  LIMITS=()
}

# A leading ~/ or $HOME, as profiles may have it; everything else is a name.
placed() {
  case $1 in
    \~ | \~/*) printf '%s' "$HOME${1#\~}" ;;
    \$HOME | \$HOME/*) printf '%s' "$HOME${1#\$HOME}" ;;
    *) printf '%s' "$1" ;;
  esac
}
