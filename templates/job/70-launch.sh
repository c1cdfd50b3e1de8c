# shellcheck shell=bash
# Starts the program on all nodes, waits, and starts it again after a passing fault. launch is written above.

LAUNCH=0
CODE=0

# mpirun complains about a variable that -x names and nobody set.
export LD_LIBRARY_PATH=${LD_LIBRARY_PATH-}

# A function of ours runs as it is; a program takes this process's place, so that a signal to CHILD reaches it.
start() {
  if [ "$(type -t "$1")" = function ]; then "$@"; else exec "$@"; fi
}

# end_launch WHAT TEXT: told to end, then killed.
end_launch() {
  local i patience=8
  # After the scheduler's TERM its KILL is near, and the exit file comes first.
  if [ "$ASKED" = signal ]; then patience=1; fi
  note "$1" "$2"
  kill -TERM "$CHILD" 2>/dev/null
  for ((i = 0; i < patience; i++)); do
    kill -0 "$CHILD" 2>/dev/null || return
    nap
  done
  kill -KILL "$CHILD" 2>/dev/null
}

# Leaves the launcher's exit code in CODE.
launch_once() {
  local prune_at=$((SECONDS + 60))
  LAUNCH=$((LAUNCH + 1))
  write_layout
  write_environment
  LOG_BEGIN=$(wc -c <"$ATTEMPT_DIR/log.txt")
  note launch "launch $LAUNCH on $MARTLET_NODES nodes; master $MASTER_ADDR:$MASTER_PORT; $MARTLET_MINUTES_LEFT minutes$(steps_text)"
  forget_quiet
  launch &
  CHILD=$!
  while kill -0 "$CHILD" 2>/dev/null; do
    look_around
    if ((END_BY > 0 && SECONDS >= END_BY)); then
      END_BY=0
      end_launch deadline 'the program did not end in time and is killed'
    elif [ -z "$QUIET_PROBLEM" ] && is_too_quiet; then
      end_launch stall "the program is ended: $QUIET_PROBLEM"
    fi
    if ((SECONDS >= prune_at)); then
      prune_at=$((SECONDS + 60))
      prune_checkpoints
    fi
    if ! merge_node_logs; then nap "$((SECONDS < 30 ? 0 : 1)).3"; fi
  done
  { wait "$CHILD"; } 2>/dev/null
  CODE=$?
  CHILD=''
  # The nodes see RUN/STOP by themselves, and the program may have ended of it before we have looked.
  hear
  finish_node_logs
}

# Faults of the network that a second start on the same nodes may well survive, and signs that it would not. The earliest
# line counts: when one rank runs out of memory, the others report broken connections.
PASSING='NCCL (error|WARN).*(unhandled system error|remote process exited|internal error|Connection closed)
ncclSystemError|ncclRemoteError|ncclInternalError
NET/IB.*(Got completion.*error|async event|timeout)
Watchdog caught collective operation timeout
DistNetworkError|DistStoreError|TCPStore.*(timed out|failed)|RendezvousTimeoutError
Connection refused|Connection reset by peer
Address already in use|The server socket has failed to listen|EADDRINUSE
srun: error: .*(Unable to contact slurm controller|Socket timed out on send/recv)'
LASTING='OutOfMemoryError|CUDA out of memory|uncorrectable ECC|fallen off the bus|illegal memory access|unspecified launch failure
No space left on device|Disk quota exceeded|Permission denied|ModuleNotFoundError|ImportError|unrecognized arguments|error: argument
found (NaN|Inf) in|AssertionError|size mismatch for|CheckpointingException|Segmentation fault|oom-kill'

is_passing_fault() {
  local first
  if [[ $QUIET_PROBLEM == *stall_after* ]]; then
    FAULT=$QUIET_PROBLEM
    return
  fi
  first=$(tail -c "+$((LOG_BEGIN + 1))" "$ATTEMPT_DIR/log.txt" | grep -aiEm1 -e "$PASSING" -e "$LASTING") || return 1
  if grep -qiE -e "$LASTING" <<<"$first"; then return 1; fi
  FAULT=${first:0:200}
}

# The first fault is always forgiven; a later one only when a checkpoint was made since the launch before.
may_restart() {
  local now
  now=$(progress)
  if ((CODE == 0 || LAUNCH > MARTLET_RESTARTS)) || [ -n "$ASKED" ]; then return 1; fi
  if ((LAUNCH > 1 && now <= REACHED)); then return 1; fi
  is_passing_fault || return 1
  REACHED=$now
}

launch_until_done() {
  REACHED=$(progress)
  open_node_logs
  while :; do
    mend_checkpoints
    launch_once
    if is_made || ! may_restart; then return; fi
    note restart "code $CODE looks like a passing fault, so it is started again ($LAUNCH of $MARTLET_RESTARTS): $FAULT"
    nap "${MARTLET_RESTART_PAUSE:-20}"
    look_around
    if [ -n "$ASKED" ]; then return; fi
  done
}
