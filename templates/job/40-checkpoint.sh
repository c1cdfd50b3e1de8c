# shellcheck shell=bash
# Megatron-LM's checkpoints: iter_0001200/ is whole when metadata.json is in it (torch_dist writes that last), and
# latest_checkpointed_iteration.txt (the tracker) names the one to resume from. The tracker is truncated and rewritten, not
# moved in: a kill between the two leaves it empty, and the next start would print an error and exit 0.

TRACKER=latest_checkpointed_iteration.txt

# iter_0001200 -> 1200; status 1 for other names.
step_of() {
  local digits=${1##*/iter_}
  [[ $digits =~ ^[0-9]+$ ]] && echo "$((10#$digits))"
}

step_folder() { printf '%s/iter_%07d' "$1" "$2"; }

# The legacy format `torch` has no such file: a converter of ours moved it in as a whole.
is_complete() {
  local rank
  if [ -s "$1/metadata.json" ]; then return; fi
  for rank in "$1"/mp_rank_00*/model_optim_rng.pt; do
    if [ -s "$rank" ]; then return; fi
  done
  return 1
}

# Steps of all whole checkpoints of a folder, smallest first.
complete_steps() {
  local folder
  for folder in "$1"/iter_*; do
    if is_complete "$folder"; then step_of "$folder"; fi
  done | sort -n
}

# The step a right tracker names; status 1 when the tracker is missing, broken, or names what is not whole.
tracker_step() {
  local text
  text=$(tr -d '[:space:]' 2>/dev/null <"$1/$TRACKER") || return 1
  if [ "$text" = release ]; then
    is_complete "$1/release" && echo 0
  elif [[ $text =~ ^[0-9]+$ ]]; then
    is_complete "$(step_folder "$1" "$((10#$text))")" && echo "$((10#$text))"
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
  if [ "$MARTLET_MADE" != megatron-checkpoint ]; then return; fi
  dir=$MARTLET_MADE_DIR
  for folder in "$dir"/iter_*; do
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
  if [ "$MARTLET_MADE" != megatron-checkpoint ]; then return; fi
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
  for folder in "$dir"/iter_*.pruned; do
    if [ -d "$folder" ]; then rm -rf "$folder" & fi
  done
}
