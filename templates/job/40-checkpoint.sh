# shellcheck shell=bash
# Checkpoints. Megatron-LM's iter_0001200/ is whole when the file that its format writes last is in it, and
# latest_checkpointed_iteration.txt (the tracker) names the one to resume from. The tracker is truncated and rewritten, not
# moved in: a kill between the two leaves it empty, and the next start would print an error and exit 0.
# The legacy format (torch) has no marker; its tracker is written when every rank has written its part.

TRACKER=latest_checkpointed_iteration.txt

# The old format has no marker: a file for each part of the model (tensor x pipeline x expert), none of them empty.
has_all_parts() {
  local part parts=0
  for part in "$1"/mp_rank_*; do
    if [ ! -s "$part/model_optim_rng.pt" ]; then return 1; fi
    if [ -e "$part/distrib_optim.pt" ] && [ ! -s "$part/distrib_optim.pt" ]; then return 1; fi
    parts=$((parts + 1))
  done
  # A rehearsal's trainer is one process, whatever the layout.
  if [ -n "${MARTLET_REHEARSAL:-}" ]; then ((parts > 0)); else ((parts >= ${MARTLET_MODEL_PARTS:-1})); fi
}

# Folders of the old format are whole up to the one the tracker names. When it is empty, all ranks have written the newest, for
# the tracker comes last. When there is none, all are whole but the newest (also one that was put aside), for a save begins after
# the one before has ended.
is_told_whole() {
  local step named folder name
  if [ "${1##*/}" = release ]; then return 0; fi
  step=$(step_of "$1") || return 1
  named=$(tr -d '[:space:]' 2>/dev/null <"${1%/*}/$TRACKER")
  if [[ $named =~ ^[0-9]{1,15}$ ]]; then
    ((step <= 10#$named))
    return
  fi
  if [ -e "${1%/*}/$TRACKER" ] && [ -z "$named" ]; then return 0; fi
  for folder in "${1%/*}"/iter_*; do
    name=${folder##*/}
    if ((step < $(step_of "/${name%%.*}" || echo 0))); then return 0; fi
  done
  return 1
}

own_format() { echo "${MARTLET_FORMAT:-torch_dist}"; }

# Is a checkpoint's folder whole? is_complete FOLDER FORMAT; without a format it is the job's own, and a conversion's is what
# the folder shows.
is_complete() {
  if [ "$MARTLET_MADE" = verl-checkpoint ]; then
    is_complete_verl "$1"
    return
  fi
  case ${2:-${MARTLET_FORMAT:-}} in
    torch_dist) [ -s "$1/metadata.json" ] ;;
    fsdp_dtensor | torch_dcp) [ -s "$1/.metadata" ] ;;
    torch) has_all_parts "$1" && is_told_whole "$1" ;;
    *) is_complete_somehow "$1" ;;
  esac
}

# A checkpoint that another stage or program made, whichever format its folder shows. Half of a torch_dist one looks like the
# formats without metadata.json, so these count only where the job's own is one of them.
is_complete_somehow() {
  if compgen -G "$1/mp_rank_*" >/dev/null; then
    MARTLET_MODEL_PARTS=1 is_complete "$1" torch
  else
    is_complete "$1" torch_dist || { [[ $(own_format) =~ ^(fsdp_dtensor|torch_dcp)$ ]] && is_complete "$1"; }
  fi
}

# Steps of all whole checkpoints of a folder, smallest first.
complete_steps() {
  local folder
  step_folders "$1" | while IFS= read -r folder; do
    if is_complete "$folder"; then step_of "$folder"; fi
  done | sort -n
}

# The step a right tracker names; status 1 when the tracker is missing, broken, or names what is not whole.
# tracker_step FOLDER [CHECK]
tracker_step() {
  local text check=${2:-is_complete}
  text=$(tr -d '[:space:]' 2>/dev/null <"$1/$TRACKER") || return 1
  if [ "$text" = release ]; then
    "$check" "$1/release" && echo 0
  elif [[ $text =~ ^[0-9]{1,15}$ ]]; then
    "$check" "$(step_folder "$1" "$((10#$text))")" && echo "$((10#$text))"
  else
    return 1
  fi
}

# A name beside FOLDER that is free: set_aside PATH SUFFIX
set_aside() {
  local to=$1.$2
  while [ -e "$to" ]; do to=$to+; done
  mv "$1" "$to" && note mended "${1##*/} was not whole; it is now ${to##*/}"
}

# Before every launch: what a kill has left half-written is put aside, and the tracker points to the newest whole one.
mend_checkpoints() {
  local dir folder newest
  if [[ $MARTLET_MADE != *-checkpoint ]]; then return; fi
  dir=$MARTLET_MADE_DIR
  for folder in "$dir"/iter_* "$dir"/global_step_*; do
    if step_of "$folder" >/dev/null && [ -d "$folder" ] && ! is_complete "$folder"; then
      set_aside "$folder" "incomplete-$BOOT"
    fi
  done
  if tracker_step "$dir" >/dev/null; then return; fi
  newest=$(complete_steps "$dir" | tail -n 1)
  if [ -n "$newest" ]; then
    printf '%s' "$newest" >"$dir/$TRACKER.tmp" && mv -f "$dir/$TRACKER.tmp" "$dir/$TRACKER"
    note mended "the tracker named no whole checkpoint; it now names step $newest"
  elif [ -e "$dir/$TRACKER" ]; then
    set_aside "$dir/$TRACKER" "broken-$BOOT"
  fi
}

# Keeps the tracker's checkpoint, the MARTLET_KEEP newest up to it, and multiples of MARTLET_RETAIN_EVERY; never touches
# newer ones, which may still be being written. Renamed first, so that half a removal is never taken for a checkpoint.
prune_checkpoints() {
  local dir current step kept=0 folder removed=''
  if [[ $MARTLET_MADE != *-checkpoint ]]; then return; fi
  dir=$MARTLET_MADE_DIR
  current=$(tracker_step "$dir") || return
  for step in $(complete_steps "$dir" | sort -rn); do
    if ((step > current)); then continue; fi
    kept=$((kept + 1))
    if ((kept <= MARTLET_KEEP || step == current)); then continue; fi
    if ((MARTLET_RETAIN_EVERY > 0 && step % MARTLET_RETAIN_EVERY == 0)); then continue; fi
    folder=$(step_folder "$dir" "$step")
    mv "$folder" "$folder.pruned" && removed="$step $removed"
  done
  if [ -n "$removed" ]; then note pruned "newer checkpoints are whole, so these steps were removed: ${removed% }"; fi
  # In the background: thousands of files take minutes on Lustre. What a kill leaves, the next call removes.
  for folder in "$dir"/iter_*.pruned "$dir"/global_step_*.pruned; do
    if [ -d "$folder" ]; then rm -rf "$folder" & fi
  done
}

# Where a release's first start takes other words than a later one: the folder it loads, and whether this start is the first.
choose_load() {
  if [ -z "${MARTLET_START_FROM:-}" ]; then return; fi
  export MARTLET_LOAD=$MARTLET_MADE_DIR MARTLET_FIRST=''
  if [ ! -e "$MARTLET_MADE_DIR/$TRACKER" ]; then MARTLET_LOAD=$MARTLET_START_FROM MARTLET_FIRST=yes; fi
}
