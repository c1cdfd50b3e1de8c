# shellcheck shell=bash
# Names of checkpoints' folders, and veRL's own: the program is told apart by MARTLET_MADE.

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
