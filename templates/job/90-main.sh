# shellcheck shell=bash
# The order of things. Exit codes of our own: 70 these scripts, 81 the stage before, 82 nothing was made, 84 set-up,
# 85 nodes, 86 a node failed its checks, 87 inputs, 88 disk, 89 image, 90 another layout than its checkpoint's format allows,
# 91 another release than the recipe's, 124 no progress before the time limit. 16 and 17 are Megatron-LM's rerun machine.

check_all() {
  check_disk
  check_image
  inputs check_input
  check_layout
  find_hosts
  check_peers
  find_master
  if [ -n "${MARTLET_REHEARSAL:-}" ]; then
    note preflight "rehearsal: GPUs, peers and the image are not looked at; inputs and disk are ready"
  else
    note preflight "inputs, disk and image are ready; $MARTLET_NODES nodes: $MARTLET_HOSTS"
  fi
}

# What each node wrote when it refused to start, `CODE TEXT` a line; the release has a code of its own.
tell_node_trouble() {
  local code text
  if [ ! -s "$ATTEMPT_DIR/trouble.$BOOT" ]; then return 1; fi
  CODE=86
  while read -r code text; do
    note preflight "$text"
    if [ "$code" = 91 ]; then CODE=91; fi
  done <"$ATTEMPT_DIR/trouble.$BOOT"
}

# After code 0: either it got on, or it failed and said so only in words.
conclude_zero() {
  local reached=$1 now=$2 failure=''
  if ! ended_as_planned; then failure=$(zero_failure); fi
  if [ -n "$failure" ]; then fail 82 program "the program ended with code 0 but failed: $failure"; fi
  if ((now > reached)); then
    if [ "$MARTLET_MADE" = megatron-checkpoint ] && ! ended_as_planned; then
      note program 'the program ended with code 0 and no word why; its newest checkpoint is whole, so the next job goes on from there'
    fi
    leave 0 continue
  fi
  if is_trained_out; then
    fail 82 program "the program says that its training is done, though $(what_is_missing)"
  fi
  fail 82 preflight "the program ended with code 0 but made nothing: $(what_is_missing)"
}

# The verdict, from what is there and not from the code alone.
conclude() {
  local reached=$1 now
  mend_checkpoints
  prune_checkpoints
  rm -rf "$ATTEMPT_DIR/barrier.$BOOT".*
  now=$(progress)
  if [[ $MARTLET_MADE == *-checkpoint ]] && ((now > reached)); then
    note progress "steps $reached to $now of $MARTLET_MADE_STEP are in checkpoints"
  fi
  if is_made; then leave 0 complete; fi
  case $ASKED in
    stop) leave 0 stopped ;;
    signal) leave "$((CODE == 0 ? 0 : 143))" stopped ;;
    deadline)
      if ((now > reached)); then leave 0 continue; fi
      fail 124 deadline "no progress before the time limit: $(what_is_missing)"
      ;;
  esac
  if tell_node_trouble; then leave "$CODE" failed; fi
  if ((CODE != 0)); then
    explain_code
    leave "$CODE" failed
  fi
  conclude_zero "$reached" "$now"
}

main() {
  local need reached
  echo "martlet: $MARTLET_RUN/$MARTLET_STAGE/$MARTLET_SEGMENT attempt $ATTEMPT boot $BOOT, job $MARTLET_JOB_ID"
  say started "\"host\":$(json_text "$(uname -n)"),\"job\":$(json_text "$MARTLET_JOB_ID")"
  beat
  check_format
  mend_checkpoints
  if is_made; then leave 0 complete; fi
  if [ -e "$MARTLET_RUN_DIR/STOP" ]; then leave 0 stopped; fi
  for need in $MARTLET_NEEDS; do wait_for "$need"; done
  set_up_site || fail 84 preflight 'the prologue or a module could not be loaded; see the lines above'
  environment
  check_all
  reached=$(progress)
  launch_until_done
  conclude "$reached"
}

main
