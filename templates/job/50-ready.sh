# shellcheck shell=bash
# Before the start: the stages before us ended well, our inputs are whole, and there is room. Fails closed.

# A whole .bin/.idx pair (megatron/core/datasets/indexed_dataset.py): magic, version, S sequences, N documents; the last
# sequence's offset and length tell how long the .bin must be. Prints what is wrong, or nothing.
dataset_problem() {
  local idx=$1.idx bin=$1.bin sequences documents size item length offset
  # By dtype code; 6 and 7 are floating point and hold no tokens.
  local items=(0 1 1 2 4 8 0 0 2)
  if [ ! -s "$idx" ] || [ ! -e "$bin" ]; then echo "$1.idx or .bin is missing"; return; fi
  if [ "$(od -An -v -tx1 -N17 "$idx" | tr -d ' \n')" != 4d4d494449445800000100000000000000 ]; then
    echo "$idx does not begin as an index file of version 1"
    return
  fi
  sequences=$(od -An -v -tu8 -j18 -N8 "$idx" | tr -d ' ')
  documents=$(od -An -v -tu8 -j26 -N8 "$idx" | tr -d ' ')
  size=$(wc -c <"$idx")
  if ((sequences < 1 || (size != 34 + 12 * sequences + 8 * documents && size != 34 + 13 * sequences + 8 * documents))); then
    echo "$idx has $size bytes, which does not fit its $sequences sequences"
    return
  fi
  item=${items[$(od -An -v -tu1 -j17 -N1 "$idx")]:-0}
  if ((item == 0)); then echo "$idx holds no tokens: its dtype code is$(od -An -v -tu1 -j17 -N1 "$idx")"; return; fi
  length=$(od -An -v -td4 -j$((30 + 4 * sequences)) -N4 "$idx")
  offset=$(od -An -v -td8 -j$((26 + 12 * sequences)) -N8 "$idx")
  if (($(wc -c <"$bin") != offset + length * item)); then echo "$bin is not as long as $idx says"; fi
}

input_problem() {
  case $1 in
    dataset) dataset_problem "$2" ;;
    megatron-checkpoint) tracker_step "$2" is_complete_somehow >/dev/null || echo "no whole checkpoint in $2" ;;
    hf-folder) hf_problem "$2" ;;
    *) is_there "$2" || echo "$2 is missing" ;;
  esac
}

# inputs is written above: it calls its argument with the kind and the path of each.
check_input() {
  local problem
  problem=$(input_problem "$1" "$2")
  if [ -n "$problem" ]; then fail 87 preflight "an input is not complete: $problem"; fi
}

# The newest attempt's exit file of a stage we need, while it may still be on its way (file systems are late).
wait_for() {
  local folder=$MARTLET_RUN_DIR/$1 until=$((SECONDS + ${MARTLET_PATIENCE_SECONDS:-120})) verdict=''
  while [ -z "$verdict" ]; do
    verdict=$(cat "$folder/A$(newest_attempt "$folder")/exit" 2>/dev/null)
    if [ -n "$verdict" ]; then break; fi
    if ((SECONDS >= until)); then fail 81 waiting "$1 has no exit file, so its work is not known to be complete"; fi
    look_around
    leave_if_asked
    nap
  done
  if [[ $verdict != *' 0 complete' ]]; then fail 81 waiting "$1 is not complete: its exit file says \"$verdict\""; fi
}

check_disk() {
  local free_mib least=${MARTLET_LEAST_FREE_MIB:-$((${MARTLET_REHEARSAL:-0} ? 64 : 5120))}
  free_mib=$(df -Pk "$MARTLET_RUN_DIR" | awk 'NR == 2 { print int($4 / 1024) }')
  if [ -n "$free_mib" ] && ((free_mib < least)); then
    fail 88 preflight "$MARTLET_RUN_DIR has $free_mib MiB free; at least $least are wanted"
  fi
}

# An image that is a file must be there; one of a registry is the runtime's business.
check_image() {
  if [[ $MARTLET_IMAGE != /* ]] || [ -n "${MARTLET_REHEARSAL:-}" ]; then return; fi
  if [ ! -r "$MARTLET_IMAGE" ]; then fail 89 preflight "the container image $MARTLET_IMAGE cannot be read"; fi
}

# Only the first node's name has to mean something to the others, and only where it is the meeting point: Slurm's node names
# need not be host names.
check_peers() {
  local host=${MARTLET_HOSTS%% *}
  if [ -n "${MARTLET_REHEARSAL:-}" ] || [ "$MARTLET_MASTER" != first-host ] || ! command -v getent >/dev/null; then return; fi
  if ! getent ahosts "$host" >/dev/null; then fail 85 preflight "the name of node $host, where the ranks are to meet, cannot be resolved"; fi
}
