# shellcheck shell=bash
# The shell and what our scripts call.

# look_tools NAME...
look_tools() {
  local name
  for name in "$@"; do fact "$name" "$(type -P "$name")"; done
  # The first line of every job script names this one.
  fact /bin/bash "$(/bin/bash -c 'echo "$BASH_VERSION"')"
}

look_locale() {
  fact charmap "$(locale charmap)"
  fact lang "${LC_ALL:-${LC_CTYPE:-${LANG:-}}}"
  fact utf8 "$(locale -a | grep -iE '^(C|en_US)\.utf-?8$' | head -n 1)"
}

# look_limits NAME...: soft and hard, in the units of ulimit
look_limits() {
  local name flag
  for name in "$@"; do
    case $name in
      core) flag=c ;;
      data) flag=d ;;
      fsize) flag=f ;;
      memlock) flag=l ;;
      nofile) flag=n ;;
      nproc) flag=u ;;
      stack) flag=s ;;
      *) continue ;;
    esac
    fact "$name" "$(ulimit -S"$flag") $(ulimit -H"$flag")"
  done
}

# look_login: another login, as sshd starts one for a command (bash(1), INVOCATION: invoked by the remote shell daemon), with
# what it prints by itself and how long it takes
look_login() {
  local began ended out shell=${SHELL:-/bin/bash}
  began=$(date +%s%N)
  out=$(SHLVL=0 "$shell" -c 'exec true' 2>/dev/null)
  ended=$(date +%s%N)
  fact out "$out"
  fact err "$(SHLVL=0 "$shell" -c 'exec true' 2>&1 >/dev/null)"
  if [[ $began$ended != *[!0-9]* ]]; then fact milliseconds "$(((ended - began) / 1000000))"; fi
}
