# shellcheck shell=bash disable=SC2317
# The walk: asks the scheduler for each job above, in order and exactly once. It may be run any number of times, also by two
# at once, and killed at any moment. Answers go to files first; what is printed is read from those files.
#   A1/asked       made whole, in one step, right before asking: whoever makes it is the one who asks, for ever
#   A1/submit.out, submit.err, submit.rc   the scheduler's answer; the last is moved in when the answer is whole
#   A1/found       the id of a job whose answer was lost and that was looked up by its token
set -u
umask "$MARTLET_UMASK"
case $0 in /*) SELF=$0 ;; *) SELF=$PWD/$0 ;; esac
cd "$MARTLET_RUN_DIR" || exit 75
FULL='' # somebody was not asked for want of room

# The id in a stored answer, by the expression that martlet reads it with; nothing when refused or not known. Without a process of
# its own: it is called several times a job.
id_of() {
  local line='' rc=0
  if [ -s "$1/found" ]; then
    read -r line <"$1/found"
    echo "$line"
    return
  fi
  if [ -e "$1/submit.rc" ]; then read -r rc <"$1/submit.rc"; fi
  if [ "$rc" != 0 ] || [ ! -e "$1/submit.out" ]; then return; fi
  while IFS= read -r line || [ -n "$line" ]; do
    if [[ $line =~ $MARTLET_ID_PATTERN ]]; then
      echo "${BASH_REMATCH[1]}"
      return
    fi
  done <"$1/submit.out"
}

# The person's own settings (SBATCH_*, PBS_*, and all the rest) must not change what was planned.
clean() {
  local name kept=()
  for name in $MARTLET_KEEPS; do
    if [ -n "${!name+set}" ]; then kept+=("$name=${!name}"); fi
  done
  env -i "${kept[@]}" "$@"
}

# Somebody who asked from this machine may still be waiting for the answer.
wait_for_asker() {
  local host pid i
  read -r host pid _ <"$1/asked" || return
  if [ "$host" != "$THIS_HOST" ]; then return; fi
  for ((i = 0; i < 300; i++)); do
    if [ -e "$1/submit.rc" ] || ! is_alive "$pid"; then return; fi
    sleep 0.2
  done
}

# ask_once FOLDER 'PARENT PARENT' WORDS...: nothing is asked while a parent has no id, and never twice.
ask_once() {
  local folder=$1 parents=$2 parent
  shift 2
  if [ -e "$folder/asked" ] && never_asked "$folder"; then rm -f "$folder/asked"; fi
  if [ -e "$folder/asked" ]; then
    if [ ! -e "$folder/submit.rc" ]; then wait_for_asker "$folder"; fi
    return
  fi
  for parent in $parents; do
    if [ -z "$(id_of "$parent")" ]; then return; fi
  done
  ask "$folder" "$@"
  if (($? == NO_ROOM)); then FULL=yes; fi
}

encoded() {
  local text=''
  # Most answers have no words of error: no processes for those.
  if [ -s "$1" ]; then text=$(head -c 60000 "$1" | base64); fi
  text=${text//$'\n'/}
  echo "${text:--}"
}

# One line a job: @martlet FOLDER STATE CODE OUT ERR, the last two in base64, - for nothing.
tell() {
  local state=not-asked rc=-
  if [ -s "$1/found" ]; then
    echo "@martlet $1 answered 0 $(encoded "$1/found") -"
    return
  fi
  if [ -e "$1/submit.rc" ]; then
    state=answered
    read -r rc <"$1/submit.rc"
  elif [ -n "$(id_of "$1")" ]; then
    state=answered
  elif [ -e "$1/asked" ] && [ "$(head -c 9 "$1/asked")" != cancelled ]; then
    state=unsure
  fi
  echo "@martlet $1 $state $rc $(encoded "$1/submit.out") $(encoded "$1/submit.err")"
}

job() { "$VERB" "$@"; }

# known FOLDER ID: martlet has its id already. It is written down for the jobs that wait for it.
known() {
  if [ "$VERB" = ask_once ] && [ -z "$(id_of "$1")" ]; then
    mkdir -p "$1" && echo "$2" >"$1/found.tmp" && mv -f "$1/found.tmp" "$1/found"
  fi
  if [ "$VERB" = tell ]; then tell "$1"; fi
}

if [ "${1:-}" = walk ]; then
  trap '' HUP
  hold_lock || exit 75
  VERB=ask_once
  jobs
  if [ -n "$FULL" ]; then exit "$NO_ROOM"; fi
  exit 0
fi

# A session of its own: neither a hang-up nor a kill of our group ends it.
# shellcheck disable=SC2046,SC2086
$(command -v setsid) bash $MARTLET_LOGIN "$SELF" walk </dev/null >>submit.log 2>&1 &
wait "$!"
CODE=$?
VERB=tell
jobs
if ((CODE == NO_ROOM)); then
  echo "$MARTLET_RUN_DIR has no room for an answer (disk full, or a quota): nobody was asked who could not be written down" >&2
fi
exit "$CODE"
