# shellcheck shell=bash disable=SC2034
# A program that prints nothing any more. Megatron-LM core_v0.19.0 on an H100: a rank whose data loader was killed printed its
# exception and never ended, and torchrun waited for it; without this the job would have stayed until its walltime.

LOG_SIZE=0
QUIET_SINCE=0
QUIET_LOOK_AT=0
QUIET_PROBLEM=''

# PyTorch puts [rankN]: before an exception that nobody caught (torch/distributed/distributed_c10d.py): that rank is over.
has_failed_rank() {
  tail -c "+$((LOG_BEGIN + 1))" "$ATTEMPT_DIR/log.txt" | tail -c 65536 |
    grep -aqE '\[rank[0-9]+\]: ([A-Za-z_]+\.)*[A-Za-z_]*(Error|Exception|Interrupt|Failure)(: |:?$)'
}

forget_quiet() {
  LOG_SIZE=0
  QUIET_SINCE=$SECONDS
  QUIET_PROBLEM=''
}

# Every few seconds; leaves what is wrong in QUIET_PROBLEM, else status 1. A size, because clocks of file servers differ.
is_too_quiet() {
  local size quiet
  if ((SECONDS < QUIET_LOOK_AT)); then return 1; fi
  QUIET_LOOK_AT=$((SECONDS + ${MARTLET_QUIET_LOOK_SECONDS:-5}))
  size=$(wc -c <"$ATTEMPT_DIR/log.txt")
  if ((size != LOG_SIZE)); then
    LOG_SIZE=$size QUIET_SINCE=$SECONDS
    return 1
  fi
  quiet=$((SECONDS - QUIET_SINCE))
  if ((MARTLET_STALL_SECONDS > 0 && quiet >= MARTLET_STALL_SECONDS)); then
    QUIET_PROBLEM="it has printed nothing for $quiet seconds (stall_after)"
  elif ((quiet >= ${MARTLET_FAILED_RANK_SECONDS:-120})) && has_failed_rank; then
    QUIET_PROBLEM="a rank has failed, and the others have waited for it for $quiet seconds"
  else
    return 1
  fi
}
