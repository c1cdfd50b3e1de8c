#!/bin/bash
# look.sh RUN [FOLDER DIARY_BYTE LOG_BYTE]...: what is new in these attempts of a run, one fact a line:
#   FOLDER <tab> exit|boot|rc|out|err|asked|beat|diary|log <tab> base64
# Bytes travel as base64, so that a log in any encoding, cut anywhere, arrives as it is.
set -u
# Whole rounds stay small when a log was long unread; the next round goes on where this one stopped.
limit=4194304

say() { printf '%s\t%s\t%s\n' "$folder" "$1" "$(base64 | tr -d '\n')"; }
whole() { if [ -f "$folder/$2" ]; then say "$1" <"$folder/$2"; fi; }
since() {
  if [ -f "$folder/$2" ]; then tail -c "+$(($3 + 1))" -- "$folder/$2" | head -c "$limit" | say "$1"; fi
}

cd -- "$1" || exit 3
shift
while [ $# -ge 3 ]; do
  folder=$1
  # The exit file is read before the log: a log read after it is known to be whole.
  whole exit exit
  whole boot boot
  whole rc submit.rc
  whole out submit.out
  whole err submit.err
  whole asked asked
  whole beat heartbeat
  since diary events.jsonl "$2"
  since log log.txt "$3"
  shift 3
done
echo end
