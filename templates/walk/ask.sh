# shellcheck shell=bash disable=SC2317
# One question to the scheduler: room for its answer, the mark that says who asks, then the question.

# EX_CANTCREAT of sysexits.h: there was no room for an answer, so somebody was not asked.
NO_ROOM=73

# Room for an answer, taken before anybody is asked: a job that was taken and whose id cannot be written down is nobody's.
# Three blocks and three names on the disk; what is moved from here needs neither.
make_room() {
  local each
  mkdir -p "$1" || return
  for each in submit.out submit.err submit.rc.tmp; do printf '%4096s' '' >"$1/$each" || return; done
}

# This machine, and which start of it, where it can tell one from another.
THIS_HOST=$(uname -n)
THIS_BOOT=''
if [ -r /proc/sys/kernel/random/boot_id ]; then read -r THIS_BOOT </proc/sys/kernel/random/boot_id; fi

# Marked, but whoever did so died before the scheduler's client was started: its output would have emptied the room that was
# taken for it. Certain only on the machine and in the boot of the mark, and under a lock that every asker there keeps.
never_asked() {
  local host pid boot
  if [ "$LOCK" != flock ] || [ -e "$1/submit.rc" ]; then return 1; fi
  read -r host pid boot <"$1/asked" || return 1
  if [ "$host" != "$THIS_HOST" ] || [ -z "$boot" ] || [ "$boot" != "$THIS_BOOT" ] || is_alive "$pid"; then return 1; fi
  [ ! -e "$1/submit.out" ] || { [ "$(wc -c <"$1/submit.out")" = 4096 ] && [ -z "$(tr -d ' ' <"$1/submit.out")" ]; }
}

# The mark with its words in it, all at once: a link to a whole file. Some file systems have no links: there O_EXCL is next best.
mark_asked() { # FOLDER ROOM WORDS
  echo "$3" >"$2/asked" || return "$NO_ROOM"
  ln "$2/asked" "$1/asked" 2>/dev/null && return
  if [ ! -e "$1/asked" ]; then
    (
      set -o noclobber
      echo "$3" >"$1/asked"
    ) 2>/dev/null && return
  fi
  # Somebody else was first, or there was no room even for a name.
  if [ -e "$1/asked" ]; then return 1; else return "$NO_ROOM"; fi
}

# A process of its own, which keeps the lock: if the walk is killed, the answer still arrives. ask FOLDER WORDS...
ask() {
  local at=$MARTLET_RUN_DIR/$1
  shift
  (
    trap - HUP
    room=$at/room.$THIS_HOST.$BASHPID code=0
    make_room "$room" || code=$NO_ROOM
    if ((code == 0)); then mark_asked "$at" "$room" "$THIS_HOST $BASHPID $THIS_BOOT" || code=$?; fi
    if ((code == 0)); then mv -f "$room"/submit.* "$at"; fi
    rm -rf "$room"
    if ((code == NO_ROOM)); then exit "$code"; elif ((code)); then exit 0; fi
    cd "$at/.." || exit 0
    # Some clients leave a helper behind (PBS for a minute), which must not hold our lock: 9>&-
    clean "$@" </dev/null >"$at/submit.out" 2>"$at/submit.err" 9>&-
    echo "$?" >"$at/submit.rc.tmp" && mv -f "$at/submit.rc.tmp" "$at/submit.rc"
  ) &
  wait "$!"
}
