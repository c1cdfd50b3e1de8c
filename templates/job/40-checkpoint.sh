# shellcheck shell=bash
# Checkpoints. Megatron-LM's iter_0001200/ is whole when metadata.json is in it (torch_dist writes that last), and
# latest_checkpointed_iteration.txt (the tracker) names the one to resume from. The tracker is truncated and rewritten, not
# moved in: a kill between the two leaves it empty, and the next start would print an error and exit 0.

TRACKER=latest_checkpointed_iteration.txt

# iter_0001200 -> 1200, and global_step_20 of veRL -> 20; status 1 for other names.
step_of() {
  local digits=${1##*/iter_}
  if [ "$MARTLET_MADE" = verl-checkpoint ]; then digits=${1##*/global_step_}; fi
  [[ $digits =~ ^[0-9]+$ ]] && echo "$((10#$digits))"
}

step_folder() {
  if [ "$MARTLET_MADE" = verl-checkpoint ]; then printf '%s/global_step_%d' "$1" "$2"; else printf '%s/iter_%07d' "$1" "$2"; fi
}

step_folders() {
  local folder
  for folder in "$1"/iter_* "$1"/global_step_*; do
    if step_of "$folder" >/dev/null && [ -d "$folder" ]; then echo "$folder"; fi
  done
}

# veRL (verl/utils/checkpoint): reinforcement learning writes actor/ and then data.pt, fine-tuning everything into the folder
# itself. Megatron's part is whole when ckpt_contents.json is there; FSDP writes model, optimizer and rest of each rank, with
# the number of ranks in the names. Another number than ours is whole all the same, and for the program to refuse.
is_complete_verl() {
  local actor=$1 kind rank ranks
  if [ -d "$1/actor" ]; then
    actor=$1/actor
    if [ ! -s "$1/data.pt" ]; then return 1; fi
  fi
  if ((MARTLET_SHARDS == 0)); then
    [ -s "$actor/ckpt_contents.json" ]
    return
  fi
  ranks=$(cd "$actor" && printf '%s\n' model_world_size_*_rank_0.pt | head -n 1)
  ranks=${ranks#model_world_size_}
  ranks=${ranks%_rank_0.pt}
  if [[ ! $ranks =~ ^[0-9]+$ ]]; then return 1; fi
  for kind in model optim extra_state; do
    for ((rank = 0; rank < ranks; rank++)); do
      if [ ! -s "$actor/${kind}_world_size_${ranks}_rank_$rank.pt" ]; then return 1; fi
    done
  done
}

is_complete() {
  if [ "$MARTLET_MADE" = verl-checkpoint ]; then is_complete_verl "$1"; else [ -s "$1/metadata.json" ]; fi
}

# Steps of all whole checkpoints of a folder, smallest first.
complete_steps() {
  local folder
  step_folders "$1" | while IFS= read -r folder; do
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
