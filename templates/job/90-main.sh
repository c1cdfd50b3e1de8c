# shellcheck shell=bash
# The order of things. Exit codes of our own: 70 these scripts, 81 the stage before, 82 nothing was made, 84 set-up,
# 85 nodes, 86 a node failed its checks, 87 inputs, 88 disk, 89 image, 124 no progress before the time limit.

check_all() {
  check_disk
  check_image
  inputs check_input
  find_hosts
  check_peers
  find_master
  if [ -n "${MARTLET_REHEARSAL:-}" ]; then
    note preflight "rehearsal: GPUs, peers and the image are not looked at; inputs and disk are ready"
  else
    note preflight "inputs, disk and image are ready; $MARTLET_NODES nodes: $MARTLET_HOSTS"
  fi
}

# What each node wrote when it refused to start.
tell_node_trouble() {
  local line
  if [ ! -s "$ATTEMPT_DIR/trouble.$BOOT" ]; then return 1; fi
  while IFS= read -r line; do note preflight "$line"; done <"$ATTEMPT_DIR/trouble.$BOOT"
}

# The verdict, from what is there and not from the code alone.
conclude() {
  local reached=$1 now
  mend_checkpoints
  prune_checkpoints
  rm -rf "$ATTEMPT_DIR/barrier.$BOOT".*
  now=$(progress)
  if is_made; then leave 0 complete; fi
  case $ASKED in
    stop) leave 0 stopped ;;
    signal) leave "$((CODE == 0 ? 0 : 143))" stopped ;;
    deadline)
      if ((now > reached)); then leave 0 continue; fi
      fail 124 deadline "no progress before the time limit: $(what_is_missing)"
      ;;
  esac
  if tell_node_trouble; then leave 86 failed; fi
  if ((CODE != 0)); then leave "$CODE" failed; fi
  if ((now > reached)); then leave 0 continue; fi
  fail 82 preflight "the program ended with code 0 but made nothing: $(what_is_missing)"
}

main() {
  local need reached
  echo "martlet: $MARTLET_RUN/$MARTLET_STAGE/$MARTLET_SEGMENT attempt $ATTEMPT boot $BOOT, job $MARTLET_JOB_ID"
  say started "\"host\":$(json_text "$(uname -n)"),\"job\":$(json_text "$MARTLET_JOB_ID")"
  beat
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
