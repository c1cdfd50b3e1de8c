#!/bin/bash
# companion.sh QUEUE SPOOL BOOT WALLTIME GRACE UMASK DIR OUTPUT COOKIE NODE PROGRAM COMMAND...
# The program beside each job of the embedded scheduler (bash 3.2 and newer). It outlives martlet and the queue's runner: it
# claims the job, starts it, ends it in time, and writes down how it ended. Facts are links, because a link is made whole or
# not at all, cannot be made twice, and needs next to no room on a full disk:
#   claim -> "PID BEGAN BOOT" of this process    group -> "PID BEGAN" of the job's own process group
#   over -> "timeout"                            exit -> "CODE WHY"
# Its own variables begin with mj_, so that none is a variable of the job.
set -u
mj_path=${PATH-}
PATH=/usr/bin:/bin:/usr/sbin:/sbin:$mj_path
mj_queue=$1 mj_spool=$2 mj_boot=$3 mj_walltime=$4 mj_grace=$5 mj_umask=$6 mj_dir=$7 mj_output=$8 mj_cookie=$9
mj_node=${10} mj_program=${11}
shift 11
mj_job='' mj_asked='' mj_woken='' mj_ending='' mj_timer=''

# When a process began, so that a later one with the same number is not taken for it (proc(5) stat, field 22); nothing when
# it is gone, or dead and never waited for, as happens in containers without an init.
mj_began() {
  local stat
  if [ -r "/proc/$1/stat" ]; then
    IFS= read -r stat <"/proc/$1/stat" || return
    # shellcheck disable=SC2086
    set -- ${stat##*) }
    case $1 in [ZX]) ;; *) echo "${20}" ;; esac
  else
    ps -o lstart= -p "$1" 2>/dev/null | tr -s ' ' _
  fi
}

mj_group() {
  local stat
  IFS= read -r stat 2>/dev/null <"/proc/$1/stat" || return
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  echo "$3"
}

# mj_hit SIGNAL: the job's process group, and those of its processes that left the group; they carry the cookie.
mj_hit() {
  local each group began
  read -r group began <<<"$(readlink "$mj_spool/group")"
  if [ -n "$group" ] && [ "$(mj_began "$group")" = "${began:--}" ]; then kill -"$1" -- "-$group" 2>/dev/null; fi
  # shellcheck disable=SC2013
  for each in $(grep -lzxF -- "MARTLET_LOCAL_JOB_COOKIE=$mj_cookie" /proc/[0-9]*/environ 2>/dev/null); do
    each=${each#/proc/}
    each=${each%/environ}
    if [ "$(mj_group "$each")" != "$group" ]; then kill -"$1" "$each" 2>/dev/null; fi
  done
}

mj_end() {
  mj_hit TERM
  sleep "$mj_grace"
  mj_hit KILL
}

# Is anything of the job left? Without /proc its first process alone can be asked about.
mj_lives() {
  local group began
  read -r group began <<<"$(readlink "$mj_spool/group")"
  if [ -n "$group" ] && [ "$(mj_began "$group")" = "${began:--}" ]; then return 0; fi
  grep -qzxF -- "MARTLET_LOCAL_JOB_COOKIE=$mj_cookie" /proc/[0-9]*/environ 2>/dev/null
}

# mj_is_over BEGAN: the job's end is written down, or this companion (which began at BEGAN) was killed and the job is gone.
mj_is_over() {
  if [ -L "$mj_spool/exit" ] || [ ! -d "$mj_spool" ]; then return 0; fi
  [ "$(mj_began "$$")" != "$1" ] && ! mj_lives
}

# It goes on when this companion is killed, so the walltime holds all the same; in slices, so that it leaves with the job.
# SECONDS counts what the slices take besides, but jumps when the clock is set: then a slice counts as what it is.
mj_time_out() {
  local left=$mj_walltime companion slice passed since=$SECONDS now
  companion=$(mj_began "$$")
  while [ "$left" -gt 0 ]; do
    slice=$((left < 3 ? left : 3))
    sleep "$slice"
    if mj_is_over "$companion"; then return; fi
    now=$SECONDS
    passed=$((now - since))
    if [ "$passed" -lt "$((slice - 1))" ] || [ "$passed" -gt "$((slice + 2))" ]; then passed=$slice; fi
    left=$((left - passed))
    since=$now
  done
  ln -s timeout "$mj_spool/over"
  mj_end
}

mj_begin_end() {
  if [ -n "$mj_ending" ]; then return; fi
  mj_ending=1
  mj_end &
}

# The runner goes on with the queue; when it was killed, somebody has to start another one.
mj_wake() {
  local pid began boot
  read -r pid began boot <<<"$(readlink "$mj_queue/runner")"
  if [ -n "$pid" ] && [ "$boot" = "$mj_boot" ] && [ "$(mj_began "$pid")" = "${began:--}" ]; then return; fi
  env -i PATH="$PATH" HOME="${HOME-/}" MARTLET_EMBEDDED_DIR="$mj_queue" MARTLET_EMBEDDED_BOOT_ID="$mj_boot" \
    "$mj_node" "$mj_program" wake </dev/null
}

# mj_finish CODE WHY
mj_finish() {
  local i
  if [ -n "$mj_timer" ]; then kill -KILL -- "-$mj_timer" 2>/dev/null; fi
  for ((i = 0; i < 600; i++)); do
    if ln -s "$1 $2" "$mj_spool/exit" 2>/dev/null || [ -L "$mj_spool/exit" ] || [ ! -d "$mj_spool" ]; then break; fi
    sleep 1
  done
  mj_wake
  exit 0
}

trap 'mj_asked=1; mj_woken=1; if [ -n "$mj_job" ]; then mj_begin_end; fi' TERM
trap '' HUP INT

# Whoever makes the link is the one who runs the job, for ever.
ln -s "$$ $(mj_began "$$") $mj_boot" "$mj_spool/claim" 2>/dev/null || exit 0

# A cancel makes its file first and looks for the claim then; we do it the other way round, so one of us sees the other.
if [ -n "$mj_asked" ] || [ -e "$mj_spool/cancel" ]; then mj_finish 143 cancelled; fi
if [ ! -d "$mj_dir" ] || [ ! -x "$mj_dir" ]; then mj_finish 1 no-folder; fi
# Relative to the job's folder, as schedulers have it.
case $mj_output in /*) ;; *) mj_output=$mj_dir/$mj_output ;; esac
if ! : >>"$mj_output"; then mj_finish 1 no-output; fi

# Job control gives the timer and the job a process group each. The timer is there before the job is.
set -m
if [ "$mj_walltime" != 0 ]; then
  mj_time_out &
  mj_timer=$!
fi
(
  trap - TERM HUP INT
  set +m
  # bash 3.2 has no BASHPID.
  mj_self=${BASHPID:-$(exec sh -c 'echo "$PPID"')}
  ln -s "$mj_self $(mj_began "$mj_self")" "$mj_spool/group" || exit 1
  umask "$mj_umask"
  cd -- "$mj_dir" || exit 1
  unset OLDPWD
  PATH=$mj_path
  export MARTLET_LOCAL_JOB_COOKIE=$mj_cookie
  exec "$@"
) </dev/null >>"$mj_output" 2>&1 &
mj_job=$!
set +m
if [ -n "$mj_asked" ]; then mj_begin_end; fi

# A signal ends a wait early with 143; the job's own code is still there for the next one.
mj_code=''
while :; do
  mj_woken=''
  wait "$mj_job"
  mj_now=$?
  if [ "$mj_now" = 127 ] && [ -n "$mj_code" ]; then break; fi
  mj_code=$mj_now
  if [ -z "$mj_woken" ]; then break; fi
done
# What a job leaves running ends with it.
kill -KILL -- "-$mj_job" 2>/dev/null
mj_hit KILL

if [ -L "$mj_spool/over" ]; then mj_finish "$mj_code" timeout; fi
if [ -n "$mj_asked" ]; then mj_finish "$mj_code" cancelled; fi
mj_finish "$mj_code" exited
