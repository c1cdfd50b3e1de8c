# shellcheck shell=bash
# The launcher of this machine: pretend nodes, as many as there are slots, each one process.

# The last of the pretended nodes that has a process here.
MARTLET_LAST_NODE=$((MARTLET_NODES * MARTLET_RANKS_PER_NODE))
if ((MARTLET_LAST_NODE > ${MARTLET_SLOTS:-4})); then MARTLET_LAST_NODE=${MARTLET_SLOTS:-4}; fi
MARTLET_LAST_NODE=$(((MARTLET_LAST_NODE - 1) / MARTLET_RANKS_PER_NODE))

# All of them are this machine.
pretend_hosts() {
  local i
  for ((i = 0; i < $1; i++)); do echo localhost; done
}

# pretend_nodes NODES RANKS_PER_NODE COMMAND...: rank 0 up to the slots; the first bad code ends the others and is ours.
pretend_nodes() {
  local per_node=$2 total=$(($1 * $2)) started rank pid left='' code=0 ended
  shift 2
  started=$((total < ${MARTLET_SLOTS:-4} ? total : ${MARTLET_SLOTS:-4}))
  trap 'code=143; end_nodes "$left"' TERM
  for ((rank = 0; rank < started; rank++)); do
    MARTLET_RANK=$rank MARTLET_LOCAL_RANK=$((rank % per_node)) MARTLET_SIZE=$total MARTLET_PROCESSES=$started \
      MARTLET_PRETEND_HOST=pretend-$((rank / per_node)) "$@" &
    left="$left $!"
  done
  while [ -n "$left" ]; do
    for pid in $left; do
      if kill -0 "$pid" 2>/dev/null; then continue; fi
      { wait "$pid"; } 2>/dev/null
      ended=$?
      left=${left/ $pid/}
      if ((ended != 0 && code == 0)); then
        code=$ended
        end_nodes "$left"
      fi
    done
    sleep 0.1
  done
  return "$code"
}

end_nodes() {
  local pid
  for pid in $1; do kill -TERM "$pid" 2>/dev/null; done
}
