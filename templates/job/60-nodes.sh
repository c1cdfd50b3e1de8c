# shellcheck shell=bash
# The nodes we got, and env.BOOT: what is known only now. node.sh reads that file, so nothing hangs on what a launcher
# forwards to the other nodes. hosts and environment are written above.

# mpirun gives rank 0 to the first host of its file, and the ranks are to meet on this node: our own line comes first.
own_host_first() {
  awk -v us="$(uname -n)" '
    function short(name) { sub(/[.].*/, "", name); return name }
    short($1) == short(us) && own == "" { own = $0; next }
    { rest[++count] = $0 }
    END { if (own != "") print own; for (i = 1; i <= count; i++) print rest[i] }'
}

# In the scheduler's order, each node once (hosts sees to that); the host file has the slots of each.
find_hosts() {
  local file=$ATTEMPT_DIR/hosts.$BOOT count told=''
  # In a shell of its own: a variable that the scheduler did not set ends that one, not us.
  (hosts) >"$file.given" || told=', and its list could not be read: see the lines above'
  awk 'NF { print $1 }' "$file.given" | own_host_first >"$file"
  rm -f "$file.given"
  # A job on part of a node may get no host file at all.
  if [ ! -s "$file" ] && ((MARTLET_NODES == 1)); then uname -n >"$file"; fi
  count=$(grep -c . "$file")
  if ((count != MARTLET_NODES)); then fail 85 preflight "the scheduler gave $count nodes, the plan has $MARTLET_NODES$told"; fi
  awk -v slots="$MARTLET_RANKS_PER_NODE" '{ print $1 " slots=" slots }' "$file" >"$ATTEMPT_DIR/hostfile.$BOOT"
  export MARTLET_HOSTFILE=$ATTEMPT_DIR/hostfile.$BOOT
  MARTLET_HOSTS=$(tr '\n' ' ' <"$file")
  export MARTLET_HOSTS=${MARTLET_HOSTS% }
}

# The IPv4 address of an interface of this node.
interface_address() {
  ip -4 -o addr show dev "$1" 2>/dev/null | awk '{ split($4, part, "/"); print part[1]; exit }'
}

# This script runs on the first node, which has rank 0: the address of our own interface is the meeting point.
master_address() {
  case $MARTLET_MASTER in
    interface:*) interface_address "${MARTLET_MASTER#interface:}" ;;
    first-host) echo "${MARTLET_HOSTS%% *}" ;;
    *) echo "$MARTLET_MASTER" ;;
  esac
}

# Why there is no meeting point: the command, the interface, or its address.
master_problem() {
  local name=${MARTLET_MASTER#interface:} others
  if ! command -v ip >/dev/null; then
    echo "the command ip is not there to ask for the address of interface $name"
    return
  fi
  others=$(ip -4 -o addr show 2>/dev/null | awk '{ printf " %s (%s)", $2, $4 }')
  if ip -o link show dev "$name" >/dev/null 2>&1; then
    echo "interface $name has no IPv4 address; this node has:${others:- none}"
  else
    echo "there is no interface $name; this node has:${others:- none}"
  fi
}

find_master() {
  MASTER_ADDR=$(master_address)
  if [ -z "$MASTER_ADDR" ]; then fail 85 preflight "no address on $(uname -n) where the ranks could meet: $(master_problem)"; fi
  export MASTER_ADDR
}

# A number that differs between jobs, array tasks and het components: 1234[7].pbs1, 1234.7, 1234_7 and 1234+7 are 1241.
job_number() {
  local id=$MARTLET_JOB_ID number index=0
  if [[ $id =~ ^([0-9]+)(\[([0-9]+)\].*|[._+]([0-9]+))$ ]]; then
    index=${BASH_REMATCH[3]:-${BASH_REMATCH[4]}}
  elif [[ ${SGE_TASK_ID:-} =~ ^[0-9]+$ ]]; then
    index=$SGE_TASK_ID
  fi
  number=${id%%[.\[_+]*}
  number=${number//[!0-9]/}
  # The last nine digits: the ports repeat every 50000, and no id is too long for arithmetic.
  if ((${#number} > 9)); then number=${number: -9}; fi
  if ((${#index} > 9)); then index=${index: -9}; fi
  echo "$((10#${number:-0} + 10#$index))"
}

# Does somebody listen on this port of this node? (/proc/net/tcp: hexadecimal, state 0A is LISTEN)
is_taken() {
  grep -qE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F]+:[0-9A-F]+ 0A " /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# 10000 + job % 50000; one more for each restart, since the old port may still be taken, and for each that is: two jobs on
# one node (TSUBAME's parts of a node) may come to the same number.
master_port() {
  local port=$(((($(job_number) + LAUNCH - 1) % 50000) + 10000)) tries
  for ((tries = 0; tries < 100; tries++)); do
    if ! is_taken "$port"; then break; fi
    port=$(((port - 10000 + 1) % 50000 + 10000))
  done
  echo "$port"
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
  MARTLET_ATTEMPT MARTLET_ATTEMPT_DIR MARTLET_BOOT MARTLET_LAUNCH MARTLET_BARRIER_DIR MARTLET_NODE_LOGS
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
