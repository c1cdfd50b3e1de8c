# shellcheck shell=bash
# What others read of us: events.jsonl (the diary), heartbeat, and the exit file, which alone is the verdict.

DIARY=$ATTEMPT_DIR/events.jsonl
# A line torn by a kill would swallow our first one.
if [ -s "$DIARY" ] && [ -n "$(tail -c 1 "$DIARY")" ]; then echo >>"$DIARY"; fi
DIARY_LINE=$(grep -c '' "$DIARY" 2>/dev/null)
DIARY_LINE=${DIARY_LINE:-0}
BEAT_AT=-1000
LEFT=''
CHILD=''

json_text() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\n'/\\n}
  printf '"%s"' "${text//[[:cntrl:]]/ }"
}

# One line of the diary; FIELDS is JSON without braces: say KIND FIELDS
say() {
  DIARY_LINE=$((DIARY_LINE + 1))
  printf '{"n":%d,"boot":%d,"at":"%s","kind":"%s",%s}\n' \
    "$DIARY_LINE" "$BOOT" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "$2" >>"$DIARY"
}

# In the diary for programs, in the log for people: note WHAT TEXT
note() {
  say note "\"what\":\"$1\",\"text\":$(json_text "$2")"
  echo "martlet: $2"
}

# A file that grows old when we are dead or stuck; every 15 seconds.
beat() {
  if ((SECONDS - BEAT_AT < 15)); then return; fi
  BEAT_AT=$SECONDS
  date -u +"$BOOT %Y-%m-%dT%H:%M:%SZ" >"$ATTEMPT_DIR/heartbeat"
}

# The one way out: leave CODE OUTCOME. The exit file first, since it is what the next stage waits for.
leave() {
  local code=$1
  trap '' TERM INT HUP USR1 USR2
  LEFT=yes
  write_file "$ATTEMPT_DIR/exit" "$BOOT $code $2"
  say exited "\"code\":$code,\"outcome\":\"$2\""
  echo "martlet: boot $BOOT of attempt $ATTEMPT ends: $2, code $code"
  # Grid Engine runs a job that exits 99 once more, and puts one that exits 100 into an error state.
  case $code in 99 | 100) code=1 ;; esac
  exit "$code"
}

# Ends with a reason: fail CODE WHAT TEXT
fail() {
  note "$2" "$3"
  leave "$1" failed
}

# Reached only by an error in these scripts themselves.
on_exit() {
  local code=$?
  if [ -n "$LEFT" ]; then return; fi
  if [ -n "$CHILD" ]; then kill -TERM "$CHILD" 2>/dev/null; fi
  fail "$((code == 0 ? 70 : code))" preflight 'the job script ended before its end; its last lines are in log.txt'
}
trap on_exit EXIT
