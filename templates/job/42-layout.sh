# shellcheck shell=bash
# How the model was split when a checkpoint was saved: martlet-layout.txt beside the checkpoints, a line for each change,
# `STEP NAME=VALUE...`: every checkpoint after STEP has it. Written before a launch, so that no kill can lose it. What may
# change from one start to the next depends on the format (src/model/checkpoint-layout.ts has the same rules).

LAYOUTS=martlet-layout.txt

# layout_value LAYOUT NAME
layout_value() {
  if [[ " $1 " == *" $2="* ]]; then
    local rest=${1#*"$2="}
    echo "${rest%% *}"
  fi
}

# The layout that the checkpoint of a step was saved with; nothing when it is not known: saved_layout STEP
saved_layout() {
  awk -v step="$1" '$1 ~ /^[0-9]+$/ && $1 < step && / tensor=[0-9]+ .* end$/ { $1 = ""; line = $0 } END { print line }' \
    "$MARTLET_MADE_DIR/$LAYOUTS" 2>/dev/null | sed 's/^ *//; s/ end$//'
}

# The names whose values differ: layout_changes BEFORE NOW NAME...
layout_changes() {
  local before=$1 now=$2 name text=''
  shift 2
  for name in "$@"; do
    if [ "$(layout_value "$before" "$name")" != "$(layout_value "$now" "$name")" ]; then
      text="$text, $name $(layout_value "$before" "$name") to $(layout_value "$now" "$name")"
    fi
  done
  echo "${text#, }"
}

# Why a checkpoint saved with BEFORE cannot be gone on with by NOW; nothing when it can.
layout_problem() {
  local before=$1 now=$2 format split
  format=$(layout_value "$before" format)
  split=$(layout_changes "$before" "$now" tensor pipeline expert)
  if [ "$format" != "$(layout_value "$now" format)" ]; then
    echo "it was saved as $format, and $(layout_value "$now" format) is to read it"
  elif [ "$format" = torch ]; then
    split=$(layout_changes "$before" "$now" gpus tensor pipeline context expert)
    if [ -n "$split" ]; then echo "the format torch is read by the very layout that wrote it ($split)"; fi
  elif [ -n "$split" ] && [ "$format" = torch_dist ] && [ "$(layout_value "$before" optimizer)" = distributed ] &&
    [ "$(layout_value "$before" reshardable)" = no ] && [ "$(layout_value "$now" loads)" != weights ]; then
    echo "its optimizer was saved without --dist-ckpt-optim-fully-reshardable, so only the number of data-parallel ranks may change ($split)"
  fi
}

# Before anything is mended: folders of another format would all look half-written.
check_format() {
  local before
  if [ "$MARTLET_MADE" != megatron-checkpoint ] || [ -z "${MARTLET_LAYOUT:-}" ]; then return; fi
  before=$(saved_layout 999999999999999)
  if [ -z "$before" ] || ! compgen -G "$MARTLET_MADE_DIR/iter_*" >/dev/null; then return; fi
  if [ "$(layout_value "$before" format)" = "$(layout_value "$MARTLET_LAYOUT" format)" ]; then return; fi
  fail 90 layout "the checkpoints in $MARTLET_MADE_DIR cannot be gone on with: $(layout_problem "$before" "$MARTLET_LAYOUT")"
}

# Before the start: is the checkpoint one that this layout can go on with?
check_layout() {
  local step before problem change
  if [ "$MARTLET_MADE" != megatron-checkpoint ] || [ -z "${MARTLET_LAYOUT:-}" ]; then return; fi
  step=$(tracker_step "$MARTLET_MADE_DIR") || return 0
  before=$(saved_layout "$step")
  if [ -z "$before" ]; then return; fi
  problem=$(layout_problem "$before" "$MARTLET_LAYOUT")
  if [ -n "$problem" ]; then fail 90 layout "the checkpoint of step $step cannot be gone on with: $problem"; fi
  change=$(layout_changes "$before" "$MARTLET_LAYOUT" gpus tensor pipeline context expert)
  if [ -n "$change" ]; then note layout "goes on from step $step with another layout, which its format allows: $change"; fi
}

# Before each launch: what will be saved behind the newest step has our layout.
write_layout() {
  local step
  if [ "$MARTLET_MADE" != megatron-checkpoint ] || [ -z "${MARTLET_LAYOUT:-}" ]; then return; fi
  step=$(progress)
  if [ "$(saved_layout $((step + 1)))" = "$MARTLET_LAYOUT" ]; then return; fi
  mkdir -p "$MARTLET_MADE_DIR"
  # A line torn by a kill must not swallow this one.
  if [ -n "$(tail -c 1 "$MARTLET_MADE_DIR/$LAYOUTS" 2>/dev/null)" ]; then echo >>"$MARTLET_MADE_DIR/$LAYOUTS"; fi
  echo "$step $MARTLET_LAYOUT end" >>"$MARTLET_MADE_DIR/$LAYOUTS"
}
