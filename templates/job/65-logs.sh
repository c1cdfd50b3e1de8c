# shellcheck shell=bash
# One log for each node, and one merged for reading. On several nodes the program of each writes A1/nodes/NODE.BOOT.log itself:
# launchers cut lines of many ranks into each other. Here they are copied into log.txt, whole lines only, while the job runs:
# the first node's (rank 0: checkpoints, exits) and the last node's (the training line) as they are, others with their node.

NODE_FDS=()
NODE_PARTS=()
NODE_NAMES=()
LAST_NODE=${MARTLET_LAST_NODE:-$((MARTLET_NODES - 1))}
# Lines of one node in one round: a node that writes without end must not keep us from the clock.
LINES_A_ROUND=2000

node_log() { printf '%s/%d.%d.log' "$1" "$2" "$BOOT"; }

# Before the first launch; with one node log.txt is its log.
open_node_logs() {
  local node fd file
  if ((MARTLET_NODES == 1)); then return; fi
  read -r -a NODE_NAMES <<<"$MARTLET_HOSTS"
  mkdir -p "$ATTEMPT_DIR/nodes" || fail 88 preflight "$ATTEMPT_DIR/nodes cannot be made"
  for ((node = 0; node < MARTLET_NODES; node++)); do
    file=$(node_log "$ATTEMPT_DIR/nodes" "$node")
    : >>"$file"
    exec {fd}<"$file" || fail 88 preflight "$file cannot be read"
    NODE_FDS[node]=$fd
    NODE_PARTS[node]=''
  done
  export MARTLET_NODE_LOGS=$ATTEMPT_DIR/nodes
}

# One line into log.txt: tell_line NODE TEXT
tell_line() {
  if (($1 == 0 || $1 == LAST_NODE)); then
    printf '%s\n' "$2"
  else
    printf '[node %d %s] %s\n' "$1" "${NODE_NAMES[$1]:-?}" "$2"
  fi
}

# What came since the last round. Status 0: there is more of it.
merge_node_logs() {
  # Bytes, not characters: a log may hold anything.
  local LC_ALL=C node line count more=1
  for node in "${!NODE_FDS[@]}"; do
    count=0
    while IFS= read -r -u "${NODE_FDS[node]}" line; do
      tell_line "$node" "${NODE_PARTS[node]}$line"
      NODE_PARTS[node]=''
      count=$((count + 1))
      if ((count >= LINES_A_ROUND)); then
        more=0
        continue 2
      fi
    done
    # Half a line waits for its end, but not for ever: a progress bar never ends its line.
    NODE_PARTS[node]+=$line
    if ((${#NODE_PARTS[node]} > 65536)); then
      tell_line "$node" "${NODE_PARTS[node]}"
      NODE_PARTS[node]=''
    fi
  done
  return "$more"
}

# Everything, when the launcher has ended; half lines too.
finish_node_logs() {
  local node
  if ((${#NODE_FDS[@]} == 0)); then return; fi
  # Another node's last words may take a moment to be seen from here; after the scheduler's TERM there is none.
  if ((CODE != 0)) && [ "$ASKED" != signal ]; then nap; fi
  while merge_node_logs && [ "$ASKED" != signal ]; do beat; done
  for node in "${!NODE_PARTS[@]}"; do
    if [ -n "${NODE_PARTS[node]}" ]; then tell_line "$node" "${NODE_PARTS[node]}"; fi
    NODE_PARTS[node]=''
  done
}
