# shellcheck shell=bash
# Who we are: the attempt, its folder, and how often the scheduler has started it (boot).
set -u
umask "$MARTLET_UMASK"
# The site's own commands come last, so that the stand-ins of a rehearsal are found first.
PATH=$PATH${MARTLET_SITE_BIN:+:$MARTLET_SITE_BIN}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin

# The highest N of a job folder's A1, A2, ...; nothing when it has none.
newest_attempt() {
  local folder number newest=0
  for folder in "$1"/A*; do
    number=${folder##*/A}
    if [[ $number =~ ^[1-9][0-9]*$ ]] && ((number > newest)); then newest=$number; fi
  done
  if ((newest > 0)); then echo "$newest"; fi
}

# The last part of our own name on the scheduler; a job started by hand takes the newest folder.
attempt_number() {
  local last=${MARTLET_JOB_NAME##*-}
  if [[ $last =~ ^[1-9][0-9]*$ && -d $MARTLET_JOB_DIR/A$last ]]; then
    echo "$last"
  else
    newest_attempt "$MARTLET_JOB_DIR"
  fi
}

# Beside its place and moved in, because others are watching it: write_file PATH TEXT
write_file() {
  printf '%s\n' "$2" >"$1.tmp.$$" && mv -f "$1.tmp.$$" "$1"
}

ATTEMPT=$(attempt_number)
ATTEMPT=${ATTEMPT:-1}
ATTEMPT_DIR=$MARTLET_JOB_DIR/A$ATTEMPT
mkdir -p "$ATTEMPT_DIR" || exit 1
BOOT=$(($(cat "$ATTEMPT_DIR/boot" 2>/dev/null || echo 0) + 1))
write_file "$ATTEMPT_DIR/boot" "$BOOT" || exit 1
# An exit file of an older boot says nothing about this one.
rm -f "$ATTEMPT_DIR/exit"
export MARTLET_ATTEMPT=$ATTEMPT MARTLET_ATTEMPT_DIR=$ATTEMPT_DIR MARTLET_BOOT=$BOOT

# Our own log, live on every scheduler: PBS would show its file only when the job has ended.
echo "martlet: $MARTLET_JOB_ID goes on in $ATTEMPT_DIR/log.txt"
exec </dev/null >>"$ATTEMPT_DIR/log.txt" 2>&1
