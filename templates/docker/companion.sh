#!/bin/bash
# companion.sh PLACE JOB WALLTIME GRACE UMASK DIR OUTPUT GPUS TICKET COUNT [ok:FOLDER|any:FOLDER]... COMMAND...
# The first process of each job's container (bash 4.2 and newer, any image). It waits for the jobs before and for its turn, runs
# the job, ends it in time and writes down how it ended. All of that is in the folder JOB, which outlives the container:
#   alive -> locked while this process lives       claim -> made once: a container that is started again runs nothing
#   ready, held, started -> one file, renamed      cancel -> somebody wants its end      reason -> why it waits
#   over -> "timeout"                              exit -> "CODE WHY", a link, because a link is made whole or not at all
# Locks are the kernel's: a kill of the container, however hard, gives them back, so nobody waits for the dead.
# Its own variables begin with mj_, so that none is a variable of the job.
set -u
mj_path=${PATH-}
PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:$mj_path
mj_place=$1 mj_job=$2 mj_walltime=$3 mj_grace=$4 mj_umask=$5 mj_dir=$6 mj_output=$7 mj_gpus=$8 mj_ticket=$9
mj_parents=("${@:11:${10}}")
shift "$((10 + ${10}))"
mj_pid='' mj_asked='' mj_woken='' mj_ending='' mj_turn='' mj_devices='' mj_told='' mj_round=0
mj_held=()

trap 'mj_asked=1; mj_woken=1; if [ -n "$mj_pid" ]; then mj_begin_end; fi' TERM
trap '' HUP INT
umask "$mj_umask"

# To the engine's log of this container.
mj_say() { echo "martlet: $*"; }

# Seconds since boot: no setting of a clock moves them.
mj_up() {
  read -r mj_now _ </proc/uptime
  mj_now=${mj_now%.*}
}

# A sleep without a process of its own, because it is slept for days: nothing ever comes out of this pipe.
exec {mj_never}<> <(:)
mj_nap() { read -rt "$1" -u "$mj_never"; }

# mj_finish CODE WHY: the one way out.
mj_finish() {
  local i
  for ((i = 0; i < 600; i++)); do
    if ln -s "$1 $2" "$mj_job/exit" 2>/dev/null || [ -L "$mj_job/exit" ] || [ ! -d "$mj_job" ]; then break; fi
    mj_nap 1
  done
  mj_say "the job is over: $2, code $1"
  exit "$1"
}

mj_why_asked() { if [ -e "$mj_job/cancel" ]; then echo cancelled; else echo stopped; fi; }

mj_reason() {
  if [ "$mj_told" = "$1" ]; then return; fi
  mj_told=$1
  echo "$1" >"$mj_job/reason"
  mj_say "it waits: $1"
}

# How a parent stands, in mj_said: empty while it may still end, else ok or bad.
mj_look() {
  local end
  mj_said=''
  if [ -L "$1/exit" ]; then
    end=$(readlink "$1/exit")
    if [ "$end" = '0 exited' ]; then mj_said=ok; else mj_said=bad; fi
  elif [ ! -d "$1" ]; then
    mj_said=bad
  elif [ $((mj_round % 5)) = 0 ] && [ -L "$1/claim" ] && flock -ns "$1/alive" true; then
    # It does not live. Its end is written before it lets go, so this look is the last one.
    if [ -L "$1/exit" ]; then mj_look "$1"; else mj_said=bad; fi
  fi
}

mj_parents_ended() {
  local each left=()
  for each in ${mj_parents[@]+"${mj_parents[@]}"}; do
    mj_look "${each#*:}"
    case $mj_said:$each in
      :*) left+=("$each") ;;
      bad:ok:*) mj_finish 1 never ;;
    esac
  done
  mj_parents=(${left[@]+"${left[@]}"})
  [ ${#mj_parents[@]} = 0 ]
}

# mj_lock FILE: keeps its lock for the life of this process; the descriptor is in mj_fd.
mj_lock() {
  exec {mj_fd}>>"$1" || return 1
  if flock -n "$mj_fd"; then return 0; fi
  exec {mj_fd}>&-
  return 1
}

# Tickets of those who wait for a slot, oldest first; whoever has none yet takes one. A ticket nobody locks is of the dead.
mj_is_first() {
  local each
  if [ -z "$mj_turn" ] || [ ! -e "$mj_ticket" ]; then
    if [ -n "$mj_turn" ]; then exec {mj_turn}>&-; fi
    mj_turn=''
    mj_lock "$mj_ticket" || return 1
    mj_turn=$mj_fd
  fi
  for each in "$mj_place"/queue/*; do
    if [ "$each" = "$mj_ticket" ]; then return 0; fi
    if [ -e "$each" ] && ! flock -ns "$each" true; then return 1; fi
    rm -f "$each"
  done
}

mj_leave_queue() {
  if [ -z "$mj_turn" ]; then return; fi
  rm -f "$mj_ticket"
  exec {mj_turn}>&-
  mj_turn=''
}

mj_take_slot() {
  local slots i
  read -r slots <"$mj_place/slots" || return 1
  for ((i = 1; i <= slots; i++)); do
    if mj_lock "$mj_place/slot.$i"; then
      mj_held+=("$mj_fd")
      return 0
    fi
  done
  return 1
}

# As many GPUs as the job wants, or all there are; nothing to take where the container sees none.
mj_take_gpus() {
  local device number seen=0 taken=() wanted=$mj_gpus
  if [ "$wanted" = 0 ]; then return 0; fi
  for device in /dev/nvidia[0-9]*; do
    number=${device#/dev/nvidia}
    if [ ! -e "$device" ]; then continue; fi
    seen=$((seen + 1))
    if [ ${#taken[@]} -lt "$wanted" ] && mj_lock "$mj_place/gpu.$number"; then
      mj_held+=("$mj_fd")
      taken+=("$number")
    fi
  done
  if [ "$seen" -lt "$wanted" ]; then wanted=$seen; fi
  if [ ${#taken[@]} -lt "$wanted" ]; then return 1; fi
  if [ "$wanted" -lt "$seen" ]; then
    mj_devices=$(IFS=,; echo "${taken[*]}")
  fi
}

mj_let_go() {
  local fd
  for fd in ${mj_held[@]+"${mj_held[@]}"}; do exec {fd}>&-; done
  mj_held=()
}

mj_may_start() {
  if ! mj_parents_ended; then
    mj_reason Dependency
    return 1
  fi
  if [ -e "$mj_job/held" ]; then
    mj_leave_queue
    mj_told=''
    return 1
  fi
  if mj_is_first && mj_take_slot && mj_take_gpus && mv "$mj_job/ready" "$mj_job/started" 2>/dev/null; then
    mj_leave_queue
    return 0
  fi
  mj_let_go
  mj_reason Resources
  return 1
}

mj_wait() {
  while :; do
    if [ -n "$mj_asked" ] || [ -e "$mj_job/cancel" ]; then mj_finish 143 "$(mj_why_asked)"; fi
    if mj_may_start; then return; fi
    mj_nap 1
    mj_round=$((mj_round + 1))
  done
}

# TERM to the job's first process, which knows what to tell the others; at the end of the grace time KILL to all.
mj_end() {
  local until
  kill -TERM "$mj_pid" 2>/dev/null
  mj_up
  until=$((mj_now + mj_grace))
  while kill -0 "$mj_pid" 2>/dev/null && [ "$mj_now" -lt "$until" ]; do
    mj_nap 0.2
    mj_up
  done
  kill -KILL -- -1 2>/dev/null
}

mj_begin_end() {
  if [ -n "$mj_ending" ]; then return; fi
  mj_ending=1
  mj_end &
  disown "$!"
}

mj_time_out() {
  local until left
  mj_up
  until=$((mj_now + mj_walltime))
  while [ "$mj_now" -lt "$until" ]; do
    left=$((until - mj_now))
    mj_nap "$((left < 5 ? left : 5))"
    mj_up
  done
  ln -s timeout "$mj_job/over"
  mj_end
}

# Processes of this container that the kernel has ended for want of memory, so far.
mj_count_ooms() {
  local file name count
  mj_ooms=0
  for file in /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control; do
    if [ ! -r "$file" ]; then continue; fi
    while read -r name count; do
      if [ "$name" = oom_kill ]; then mj_ooms=$count; fi
    done <"$file"
  done
}

# Whoever makes the link runs the job, for ever: an engine starts an ended container again when it is asked to.
if [ -L "$mj_job/claim" ]; then
  ln -s '137 killed' "$mj_job/exit" 2>/dev/null
  mj_code=$(readlink "$mj_job/exit")
  exit "${mj_code%% *}"
fi
command -v flock >/dev/null || mj_finish 127 no-flock
mj_lock "$mj_job/alive" || exit 1
ln -s "$(uname -n)" "$mj_job/claim" || exit 1

mj_wait

if [ ! -d "$mj_dir" ] || [ ! -x "$mj_dir" ]; then mj_finish 1 no-folder; fi
if [ -n "$mj_output" ]; then
  # Relative to the job's folder, as schedulers have it.
  case $mj_output in /*) ;; *) mj_output=$mj_dir/$mj_output ;; esac
  if ! : >>"$mj_output"; then mj_finish 1 no-output; fi
  mj_say "the job starts; its output goes to $mj_output"
  exec {mj_out}>>"$mj_output"
  mj_err=$mj_out
else
  mj_say 'the job starts'
  mj_out=1 mj_err=2
fi
date -u +%Y-%m-%dT%H:%M:%SZ >"$mj_job/started"

# Job control gives the job a process group of its own, and signals their usual meaning.
set -m
(
  trap - TERM HUP INT
  set +m
  cd -- "$mj_dir" || exit 1
  unset OLDPWD
  PATH=$mj_path
  MARTLET_DOCKER_JOB_ID=$(cat "$mj_job/id")
  export MARTLET_DOCKER_JOB_ID
  if [ -n "$mj_devices" ]; then export CUDA_VISIBLE_DEVICES=$mj_devices CUDA_DEVICE_ORDER=PCI_BUS_ID; fi
  exec "$@"
) </dev/null 1>&"$mj_out" 2>&"$mj_err" &
mj_pid=$!
# Disowned: their own end is nothing to report.
if [ "$mj_walltime" != 0 ]; then
  mj_time_out &
  disown "$!"
fi
set +m
if [ -n "$mj_asked" ]; then mj_begin_end; fi

# A signal ends a wait early with 143; the job's own code is still there for the next one.
mj_code=''
while :; do
  mj_woken=''
  { wait "$mj_pid"; } 2>/dev/null
  mj_ended=$?
  if [ "$mj_ended" = 127 ] && [ -n "$mj_code" ]; then break; fi
  mj_code=$mj_ended
  if [ -z "$mj_woken" ]; then break; fi
done
# What a job leaves running ends with it.
kill -KILL -- -1 2>/dev/null

mj_count_ooms
if [ -L "$mj_job/over" ]; then mj_finish "$mj_code" timeout; fi
if [ -n "$mj_asked" ]; then mj_finish "$mj_code" "$(mj_why_asked)"; fi
if [ "$mj_code" != 0 ] && [ "$mj_ooms" != 0 ]; then mj_finish "$mj_code" oom; fi
mj_finish "$mj_code" exited
