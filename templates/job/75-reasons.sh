# shellcheck shell=bash
# Why the program ended, in its own words. Megatron-LM exits 0 on some failures, and torchrun makes 1 of every code; the lines
# are those of megatron/training/{training,checkpointing,arguments,global_vars}.py (0.18, 0.19) and torch/distributed/elastic.

# An end it was asked for, or the end of training.
PLANNED_ENDS='\[after training is done\] datetime|\[exiting program (after|at) |Exiting during evaluation, timelimit reached'
# After these lines it exits 0 although it failed. The first column is looked for, the second is said.
ZERO_FAILURES="ERROR: Invalid metadata file|the checkpoint's tracker names no step
could not load the checkpoint|a checkpoint file cannot be read
A metadata file exists but unable to load iteration|the checkpoint does not hold its step (weights that were imported need --pretrained-checkpoint or --finetune)
Unable to load rng state from checkpoint|the checkpoint holds no random states (--no-load-rng)
'--exit-on-missing-checkpoint' set|there is no checkpoint to load, and --exit-on-missing-checkpoint is given
Invalid checkpoint version|the checkpoint is of a version that is not known
--checkpoint-activations is no longer valid|--checkpoint-activations is no flag of this release
ADLR autoresume is not available|--adlr-autoresume needs a library that is not there"

# The log of this launch alone.
launch_log() { tail -c "+$((LOG_BEGIN + 1))" "$ATTEMPT_DIR/log.txt"; }

ended_as_planned() { launch_log | grep -aqE -e "$PLANNED_ENDS"; }

is_trained_out() { launch_log | grep -aqF -e '[after training is done] datetime'; }

# What failed although the code is 0; nothing when no such line is there.
zero_failure() {
  local line
  while IFS= read -r line; do
    if launch_log | grep -aqF -e "${line%%|*}"; then
      echo "${line#*|}: \"${line%%|*}\""
      return
    fi
  done <<<"$ZERO_FAILURES"
}

# torchrun's tables, one for each node: `CODE RANK HOST` of the rank that ended first. Codes of the rerun machine count wherever
# they are: the other ranks end because of it.
first_failure() {
  launch_log | awk '
    /Root Cause \(first observed failure\)/ { table = 1; time = host = rank = code = "" }
    table && match($0, /time +: [0-9_:.-]+/) { time = substr($0, RSTART, RLENGTH); sub(/.*: /, "", time) }
    table && match($0, /host +: [^ ]+/) { host = substr($0, RSTART, RLENGTH); sub(/.*: /, "", host) }
    table && match($0, /rank +: [0-9]+/) { rank = substr($0, RSTART, RLENGTH); sub(/.*: /, "", rank) }
    table && match($0, /exitcode +: -?[0-9]+/) {
      code = substr($0, RSTART, RLENGTH); sub(/.*: /, "", code); table = 0
      verdict = code == 16 || code == 17
      if (!found || verdict > best || (verdict == best && time < first)) {
        found = 1; best = verdict; first = time; line = code " " rank " " host
      }
    }
    END { print line }'
}

# What the rerun state machine found out (megatron/core/rerun_state_machine.py).
rerun_text() {
  if launch_log | grep -aq 'Correct result (but possible Application error)'; then
    echo 'the same NaN came again on another run of the step: look at data, learning rate and precision'
  elif launch_log | grep -aq 'Possible persistent error!'; then
    echo 'a GPU computes wrong results: leave its node out'
  elif launch_log | grep -aq 'Possible transient error!'; then
    echo 'a GPU computed a wrong result once: going on from the newest checkpoint is right, and its node is to be watched'
  else
    echo 'a result was not valid, and was not computed again'
  fi
}

# Puts the first rank's own code into CODE, and says what is known of it. A signal N is 128 + N, as everywhere.
explain_code() {
  local code='' rank='' host='' where='' how=''
  read -r code rank host <<<"$(first_failure)"
  if [[ $code =~ ^-?[0-9]+$ ]]; then
    CODE=$((code < 0 ? 128 - code : code))
    where=" (rank ${rank:-?} on ${host:-?})"
    how="with code $code"
    if ((code < 0)); then how="by signal ${code#-}"; fi
  fi
  case $CODE in
    16) note program "code 16$where: Megatron-LM wants another GPU to decide whether a result is wrong; it has saved: resume without this node" ;;
    17) note program "code 17$where: $(rerun_text)" ;;
    *) if [ -n "$where" ]; then note program "rank ${rank:-?} on ${host:-?} ended first, $how"; fi ;;
  esac
}
