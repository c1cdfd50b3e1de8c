# shellcheck shell=bash
# The beginning of every round, also alone (with no questions): who and where we are, and how long the login took.
# Everything printed after the first line of ours is a fact of the form
#   NUMBER <tab> FIELD <tab> =TEXT    or :BASE64 for a text with other than plain characters
# NUMBER is that of the question, from 0; hello is "hello". What stands before that first line is noise of the login.
# This part is read by bash 3.2 too, so that a bash too old can be told.
set -u
NUMBER=hello

# fact FIELD TEXT
fact() {
  local LC_ALL=C
  case $2 in
    *[![:print:]]*) printf '%s\t%s\t:%s\n' "$NUMBER" "$1" "$(printf %s "$2" | base64 | tr -d '\n')" ;;
    *) printf '%s\t%s\t=%s\n' "$NUMBER" "$1" "$2" ;;
  esac
}

# Hundredths of a second since a process began (proc(5), stat, field 22), its shell's start-up files included.
age_of() {
  local stat now rest hertz=${HERTZ:-100}
  { IFS= read -r stat <"/proc/$1/stat" && read -r now rest </proc/uptime; } 2>/dev/null || return
  now=${now/./}
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  echo "$((10#$now - ${20} * 100 / hertz))"
}

printf '\nmartlet doctor 1\n'
fact clock.begin "$(date +%s.%N)"
HERTZ=$(getconf CLK_TCK 2>/dev/null || echo 100)
fact age "$(age_of "$$")"
fact above "$(cat "/proc/$PPID/comm" 2>/dev/null)"
fact age.above "$(age_of "$PPID")"
fact host "$(uname -n)"
fact system "$(uname -sr)"
fact user "$(id -un)"
fact groups "$(id -Gn)"
fact home "${HOME-}"
fact shell "${SHELL-}"
fact bash "$BASH_VERSION"
