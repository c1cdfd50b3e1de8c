#!/usr/bin/env bash
# Several parts at once, side by side.
#
#   testbed.sh install|start|stop|wipe|status|env [PART]...      PARTs: slurm ge pbs sshd shims docker podman (default: all)
# start installs what is missing, in one go. eval "$(testbed.sh env)" gives a shell the parts' commands.
# shellcheck source=test/testbed/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
verb=${1:-}
shift || true
PARTS=("$@")
if [ ${#PARTS[@]} = 0 ]; then PARTS=(slurm ge pbs sshd shims docker podman); fi
for part in "${PARTS[@]}"; do [ -x "$HERE/$part.sh" ] || die "there is no part $part"; done

# each VERB: all parts side by side, what they say kept apart; answers 1 when one failed.
each() {
  local part failed=0 said=$TESTBED_DIR/said
  declare -A pids=()
  mkdir -p "$said"
  chmod 755 "$TESTBED_DIR"
  for part in "${PARTS[@]}"; do
    "$HERE/$part.sh" "$1" >"$said/$part-$1" 2>&1 </dev/null &
    pids[$part]=$!
  done
  for part in "${PARTS[@]}"; do
    if wait "${pids[$part]}"; then
      grep -E 'up in|stopped in' "$said/$part-$1" >&2 || true
    else
      failed=1
      log "$part $1 FAILED"
      sed 's/^/    /' "$said/$part-$1" >&2
    fi
  done
  return $failed
}

install_all() {
  local part all=()
  need_root
  for part in "${PARTS[@]}"; do
    if [ "$part" = ge ]; then "$HERE/ge.sh" before-install; fi
    read -ra more <<<"$("$HERE/$part.sh" packages | tr '\n' ' ')"
    all+=("${more[@]}")
  done
  apt_need "${all[@]}"
}

began=$(now)
case $verb in
  install) install_all ;;
  start)
    install_all
    make_user
    each start || die "not everything started"
    log "all up in $(since "$began")"
    ;;
  stop | wipe) each "$verb"; log "$verb done in $(since "$began")" ;;
  env) for part in "${PARTS[@]}"; do if [ "$part" != shims ]; then "$HERE/$part.sh" env; fi; done ;;
  status)
    for part in "${PARTS[@]}"; do
      echo "== $part"
      "$HERE/$part.sh" status
    done
    ;;
  *) usage ;;
esac
