# shellcheck shell=bash
# What the job must have made before it may call itself complete. Programs exit 0 on some failures, so the code alone is
# no proof. made_files is written above: it calls its argument with each path.

is_there() { [ -d "$1" ] || [ -s "$1" ]; }

FOUND=0
MISSING=''
find_file() {
  if is_there "$1"; then FOUND=$((FOUND + 1)); else MISSING=${MISSING:-$1}; fi
}

# A number that grows as the stage gets on: the checkpoint's step, or how many of its files are there.
progress() {
  case $MARTLET_MADE in
    *-checkpoint) tracker_step "$MARTLET_MADE_DIR" || echo 0 ;;
    files)
      FOUND=0
      made_files find_file
      echo "$FOUND"
      ;;
    hf-folder) if [ -z "$(hf_problem "$MARTLET_MADE_DIR")" ]; then echo 1; else echo 0; fi ;;
  esac
}

is_made() {
  local step
  case $MARTLET_MADE in
    *-checkpoint) step=$(tracker_step "$MARTLET_MADE_DIR") && ((step >= MARTLET_MADE_STEP)) ;;
    files)
      MISSING=''
      made_files find_file
      [ -z "$MISSING" ]
      ;;
    hf-folder) [ -z "$(hf_problem "$MARTLET_MADE_DIR")" ] ;;
    *) return 1 ;;
  esac
}

what_is_missing() {
  case $MARTLET_MADE in
    *-checkpoint) echo "the newest whole checkpoint is step $(progress) of $MARTLET_MADE_STEP in $MARTLET_MADE_DIR" ;;
    hf-folder) hf_problem "$MARTLET_MADE_DIR" ;;
    *) echo "$MISSING is missing" ;;
  esac
}

# Steps are counted over all segments and attempts: where this launch begins.
steps_text() {
  if [[ $MARTLET_MADE != *-checkpoint ]]; then return; fi
  echo "; from step $(progress) of $MARTLET_MADE_STEP"
}
