# shellcheck shell=bash disable=SC2034,SC2317
# One walk at a time in a run's folder, also from several machines.

# A dead process that nobody has waited for yet still takes signals.
is_alive() {
  kill -0 "$1" 2>/dev/null && ! grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"
}

# One walk at a time. Some Lustre mounts have no flock: there a link is the lock, made whole in one step, and a dead owner's
# is taken over. Should that ever let two walks in, `asked` still lets only one of them ask.
hold_lock() {
  local i me owner lock=submit.lock-link
  exec 9>>submit.flock
  flock -E 75 -w 600 9
  case $? in
    0)
      LOCK='flock'
      return
      ;;
    75) return 1 ;;
  esac
  LOCK='link'
  me="$(uname -n) $$"
  for ((i = 0; i < 6000; i++)); do
    if ln -sn "$me" "$lock" 2>/dev/null; then
      trap 'rm -f submit.lock-link' EXIT
      return
    fi
    owner=$(readlink "$lock")
    if [ "${owner% *}" = "${me% *}" ] && ! is_alive "${owner##* }"; then
      mv "$lock" "$lock.$$" 2>/dev/null
      if [ "$(readlink "$lock.$$")" != "$owner" ]; then mv -n "$lock.$$" "$lock" 2>/dev/null; fi
      rm -f "$lock.$$"
    fi
    sleep 0.1
  done
  return 1
}
