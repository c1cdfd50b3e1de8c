# shellcheck shell=bash
# Being asked to end: by RUN/STOP, by our own clock, or by a signal of the scheduler. node.sh sees the file
# end.BOOT and tells its ranks to save; a signal sent to mpirun or torchrun would kill them instead.

CAUGHT=''
ASKED='' # stop, deadline, or signal; empty while nobody asked
END_BY=0 # seconds of this shell when the launcher is killed; 0: never
# Traps only write down what came: they may run in the middle of anything else.
trap 'CAUGHT=TERM' TERM
trap 'CAUGHT=INT' INT
trap 'CAUGHT=HUP' HUP
trap 'CAUGHT=USR1' USR1
trap 'CAUGHT=USR2' USR2

DEADLINE_AT=0
if ((MARTLET_WALLTIME_SECONDS > 0)); then
  DEADLINE_AT=$((MARTLET_WALLTIME_SECONDS > MARTLET_MARGIN_SECONDS + 1 ? MARTLET_WALLTIME_SECONDS - MARTLET_MARGIN_SECONDS : 1))
fi

# ask_to_end WHY PATIENCE_SECONDS TEXT; a later, shorter patience counts, the first reason stays.
ask_to_end() {
  local by=$((SECONDS + $2))
  if ((END_BY == 0 || by < END_BY)); then END_BY=$by; fi
  if [ -n "$ASKED" ]; then return; fi
  ASKED=$1
  : >"$ATTEMPT_DIR/end.$BOOT"
  note "$1" "$3"
}

# Long enough to save a checkpoint, short enough to write the exit file before the scheduler's KILL.
save_seconds() {
  local seconds=$((MARTLET_MARGIN_SECONDS - MARTLET_GRACE_SECONDS - 15))
  echo "$((seconds > 5 ? seconds : 5))"
}

# What others want of us: a signal that came, or RUN/STOP.
hear() {
  local caught=$CAUGHT
  CAUGHT=''
  case $caught in
    '') ;;
    # Slurm's --signal, Grid Engine's -notify and s_rt: a warning that the time limit is near.
    USR1 | USR2) ask_to_end deadline "$(save_seconds)" "SIG$caught: the scheduler warns of the time limit" ;;
    *) ask_to_end signal "$MARTLET_GRACE_SECONDS" "SIG$caught: somebody or the scheduler ends this job" ;;
  esac
  if [ -z "$ASKED" ] && [ -e "$MARTLET_RUN_DIR/STOP" ]; then
    ask_to_end stop "$(save_seconds)" 'RUN/STOP is there: the program is told to save and end'
  fi
}

# Called every second while we wait for anything.
look_around() {
  beat
  hear
  if ((DEADLINE_AT > 0 && SECONDS >= DEADLINE_AT)) && [ -z "$ASKED" ]; then
    ask_to_end deadline "$(save_seconds)" "$MARTLET_MARGIN_SECONDS seconds of walltime are left: the program is told to save and end"
  fi
}

# Before anything was started there is nothing to save.
leave_if_asked() {
  case $ASKED in
    '') ;;
    stop) leave 0 stopped ;;
    *) leave 143 stopped ;;
  esac
}

# A sleep that a signal ends at once: bash runs a trap only between commands, or in `wait`.
nap() {
  sleep "${1:-1}" &
  { wait "$!"; } 2>/dev/null
}
