# shellcheck shell=bash
# The nodes we got, and env.BOOT: what is known only now. node.sh reads that file, so nothing hangs on what a launcher
# forwards to the other nodes. hosts and environment are written above.

find_hosts() {
  local file=$ATTEMPT_DIR/hosts.$BOOT count
  hosts >"$file"
  # A job on part of a node may get no host file at all.
  if [ ! -s "$file" ] && ((MARTLET_NODES == 1)); then uname -n >"$file"; fi
  count=$(grep -c . "$file")
  if ((count != MARTLET_NODES)); then fail 85 preflight "the scheduler gave $count nodes, the plan has $MARTLET_NODES"; fi
  awk -v slots="$MARTLET_RANKS_PER_NODE" '{ print $1 " slots=" slots }' "$file" >"$ATTEMPT_DIR/hostfile.$BOOT"
  export MARTLET_HOSTFILE=$ATTEMPT_DIR/hostfile.$BOOT
  MARTLET_HOSTS=$(tr '\n' ' ' <"$file")
  export MARTLET_HOSTS=${MARTLET_HOSTS% }
}

# This script runs on the first node, which has rank 0: the address of our own interface is the meeting point.
master_address() {
  case $MARTLET_MASTER in
    interface:*) ip -4 -o addr show dev "${MARTLET_MASTER#interface:}" | awk '{ split($4, part, "/"); print part[1]; exit }' ;;
    first-host) echo "${MARTLET_HOSTS%% *}" ;;
    *) echo "$MARTLET_MASTER" ;;
  esac
}

find_master() {
  MASTER_ADDR=$(master_address)
  if [ -z "$MASTER_ADDR" ]; then fail 85 preflight "no IPv4 address for $MARTLET_MASTER on $(uname -n)"; fi
  export MASTER_ADDR
}

# 1234[7].pbs1 -> 1234; one more for each restart, since the old port may still be taken.
master_port() {
  local digits=${MARTLET_JOB_ID%%[.\[]*}
  digits=${digits//[!0-9]/}
  # A substring from the end is empty when the text is shorter.
  if ((${#digits} > 9)); then digits=${digits: -9}; fi
  echo "$((10000 + (10#${digits:-0} + LAUNCH - 1) % 50000))"
}

# For Megatron's --exit-duration-in-mins. A rehearsal lives in virtual time, where nothing has passed yet.
minutes_left() {
  local passed=$SECONDS minutes
  if ((MARTLET_WALLTIME_SECONDS == 0)); then
    echo 525600
    return
  fi
  if [ -n "${MARTLET_REHEARSAL:-}" ]; then passed=0; fi
  minutes=$(((MARTLET_WALLTIME_SECONDS - MARTLET_MARGIN_SECONDS - passed) / 60))
  echo "$((minutes > 1 ? minutes : 1))"
}

# Names a node needs and cannot know by itself; scheduler variables because mpirun does not forward them.
FORWARD='MASTER_ADDR MASTER_PORT MARTLET_MINUTES_LEFT MARTLET_HOSTS MARTLET_HOSTFILE MARTLET_JOB_ID MARTLET_JOB_NAME
  MARTLET_LOAD MARTLET_FIRST
  MARTLET_ATTEMPT MARTLET_ATTEMPT_DIR MARTLET_BOOT MARTLET_LAUNCH MARTLET_BARRIER_DIR
  PBS_JOBID PBS_LOCALDIR PBS_NODEFILE JOB_ID T4TMPDIR PE_HOSTFILE SLURM_JOB_ID
  MARTLET_REHEARSAL MARTLET_REHEARSAL_STEP_SECONDS MARTLET_REHEARSAL_BIN MARTLET_NODE MARTLET_RECORD_DIR
  MARTLET_PRETEND_MODULES'

# Written anew before each launch.
write_environment() {
  local name file=$ATTEMPT_DIR/env.$BOOT
  MASTER_PORT=$(master_port)
  MARTLET_MINUTES_LEFT=$(minutes_left)
  MARTLET_BARRIER_DIR=$ATTEMPT_DIR/barrier.$BOOT.$LAUNCH
  export MASTER_PORT MARTLET_MINUTES_LEFT MARTLET_BARRIER_DIR MARTLET_LAUNCH=$LAUNCH MARTLET_ENV=$file
  choose_load
  mkdir -p "$MARTLET_BARRIER_DIR"
  for name in $FORWARD; do
    if [ -n "${!name+set}" ]; then printf 'export %s=%q\n' "$name" "${!name}"; fi
  done >"$file.tmp"
  mv -f "$file.tmp" "$file"
}
