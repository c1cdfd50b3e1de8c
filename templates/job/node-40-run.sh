# shellcheck shell=bash
# Starts the program, watches for the wish to end, and returns the program's code. program is written above.

PROGRAM=''
SIGNALLED=''
KILL_BY=0
CAUGHT=''
# The launcher ends us, since another node failed or the job is cancelled.
trap 'CAUGHT=yes' TERM INT HUP

# Process ids on this machine that carry our mark.
marked() {
  grep -lszxF -e "MARTLET_SIGN=$MARTLET_SIGN" /proc/[0-9]*/environ | tr -dc '0-9\n'
}

is_rank() {
  local first=''
  grep -qsz '^LOCAL_RANK=' "/proc/$1/environ" || return 1
  IFS= read -r -d '' first 2>/dev/null <"/proc/$1/cmdline"
  case ${first##*/} in
    python* | node*) ;;
    *) return 1 ;;
  esac
}

# The ranks themselves: not torchrun or a container's starter above them, which would kill them, nor their data
# loaders below, whose death is an error.
rank_pids() {
  local pid parent chosen=' '
  for pid in $(marked); do
    if is_rank "$pid"; then chosen="$chosen$pid "; fi
  done
  for pid in $chosen; do
    parent=$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status" 2>/dev/null)
    if [[ $chosen != *" $parent "* ]]; then echo "$pid"; fi
  done
}

# A program that is no set of ranks is signalled as a terminal would do it: all of it.
tell_program() {
  local pids
  if [ "$MARTLET_START" = torchrun ]; then pids=$(rank_pids); else pids=$(marked); fi
  if [ -z "$pids" ]; then return; fi
  # shellcheck disable=SC2086
  kill -s "${MARTLET_STOP_SIGNAL:-TERM}" $pids 2>/dev/null
  SIGNALLED=yes
}

asked_to_end() {
  [ -n "$CAUGHT" ] || [ -e "$MARTLET_ATTEMPT_DIR/end.$MARTLET_BOOT" ] || [ -e "$MARTLET_RUN_DIR/STOP" ]
}

kill_program() {
  local pids
  pids=$(marked)
  # shellcheck disable=SC2086
  if [ -n "$pids" ]; then kill -KILL $pids 2>/dev/null; fi
}

# On several nodes each has a log of its own, which job.sh merges into log.txt; with one node we write there already.
if [ -n "${MARTLET_NODE_LOGS:-}" ]; then
  exec >>"$MARTLET_NODE_LOGS/$MARTLET_NODE_RANK.$MARTLET_BOOT.log" 2>&1 || refuse 85 "no log can be written into $MARTLET_NODE_LOGS"
fi
program </dev/null &
PROGRAM=$!
while kill -0 "$PROGRAM" 2>/dev/null; do
  if [ -n "$CAUGHT" ] && ((KILL_BY == 0)); then KILL_BY=$((SECONDS + MARTLET_GRACE_SECONDS - 2)); fi
  if ((KILL_BY > 0 && SECONDS >= KILL_BY)); then kill_program; fi
  if [ -z "$SIGNALLED" ] && asked_to_end; then tell_program; fi
  sleep "$((SECONDS < 30 ? 0 : 1)).2" &
  { wait "$!"; } 2>/dev/null
done
{ wait "$PROGRAM"; } 2>/dev/null
exit "$?"
