#!/bin/bash
# round.sh COUNT WORD... [@ RUN_FOLDER | FOLDER DIARY_BYTE LOG_BYTE ANSWER]...: one look at a cluster. COUNT words are the
# question to its scheduler (0: none); then come folders of attempts below a run's. Prints one fact a line:
#   queue <tab> stdout <tab> code <tab> stderr       both texts in base64
#   NTH <tab> exit|boot|rc|asked|found <tab> text    NTH: which attempt, from 0
#   NTH <tab> out|err|diary|log <tab> base64         so that a log in any encoding, cut anywhere, arrives as it is
#   NTH <tab> more <tab> diary|log                   there is more of it than this round carries
#   NTH <tab> cut <tab> diary|log                    it is shorter than what was read of it: read from its beginning again
#   NTH <tab> silent <tab>                           its run's folder cannot be entered, so nothing is known
#   end
# The queue is asked first: a job gone from it has written its exit file by then, if it ever will. The exit file is read
# before the log: a log read after it is known to be whole.
set -u
# Of one file that was long unread, and of all of them: the next look goes on where this one stopped.
limit=4194304
left=33554432
tab=$'\t'

encoded() { base64 | tr -d '\n'; }

ask() {
  local said
  printf 'queue\t'
  exec 3>&1
  said=$({ "$@" </dev/null | encoded >&3; printf '\n%s' "${PIPESTATUS[0]}"; } 2>&1)
  exec 3>&-
  printf '\t%s\t%s\n' "${said##*$'\n'}" "$(printf %s "${said%$'\n'*}" | encoded)"
}

# One line of a small file that our own scripts write.
line() {
  local text=''
  if [ -e "$at/$2" ]; then
    { IFS= read -r text <"$at/$2"; } 2>/dev/null
    printf '%s\t%s\t%s\n' "$nth" "$1" "${text//[$tab$'\r']/ }"
  fi
}

whole() { if [ -f "$at/$2" ]; then printf '%s\t%s\t%s\n' "$nth" "$1" "$(encoded <"$at/$2")"; fi; }

# What is behind byte FROM: since NAME FILE FROM
since() {
  local from=$3 size=${sizes[$at/$2]:-0} part
  # Sizes were taken before the exit file was read.
  if [ -e "$at/exit" ] && [ -e "$at/$2" ]; then size=$(wc -c <"$at/$2"); fi
  if ((size < from)); then
    printf '%s\tcut\t%s\n' "$nth" "$1"
    from=0
  fi
  if ((size <= from)); then return; fi
  part=$((left < limit ? left : limit))
  if ((size - from > part)); then
    printf '%s\tmore\t%s\n' "$nth" "$1"
  else
    part=$((size - from))
  fi
  left=$((left - part))
  if ((part)); then printf '%s\t%s\t%s\n' "$nth" "$1" "$(tail -c "+$((from + 1))" -- "$at/$2" | head -c "$part" | encoded)"; fi
}

# All sizes in one go, because a process for each of thousands of files would take longer than everything else.
measure() {
  local run='' size path
  while [ $# -gt 0 ]; do
    if [ "$1" = @ ]; then
      run=$2
      shift 2
    else
      printf '%s\0%s\0' "$run/$1/events.jsonl" "$run/$1/log.txt"
      shift 4
    fi
  done | xargs -0 wc -c -- 2>/dev/null |
    while read -r size path; do printf '%s %s\n' "$size" "$path"; done
}

count=$1
shift
if ((count > 0)); then ask "${@:1:count}"; fi
shift "$count"

declare -A sizes=()
if [ $# -gt 2 ]; then
  while read -r size path; do sizes[$path]=$size; done < <(measure "$@")
fi
nth=0
run=''
while [ $# -gt 0 ]; do
  if [ "$1" = @ ]; then
    run=$2
    shift 2
    continue
  fi
  at=$run/$1
  # A folder that cannot be entered must not look like one where nothing is new.
  if ! [ -x "$run" ]; then
    printf '%s\tsilent\t\n' "$nth"
    nth=$((nth + 1))
    shift 4
    continue
  fi
  line exit exit
  line boot boot
  if [ "$4" = 1 ]; then
    line asked asked
    line found found
    line rc submit.rc
    whole out submit.out
    whole err submit.err
  fi
  since diary events.jsonl "$2"
  since log log.txt "$3"
  nth=$((nth + 1))
  shift 4
done
echo end
