#!/usr/bin/env bash
# A real podman from Debian with its Docker-compatible socket, and the same local image as docker.sh. Own storage; never pulls.
#
#   podman.sh packages | install | start | stop | status | env | wipe
#   faults:  api-stop | api-kill | api-start       containers go on: conmon keeps them
#
#   MARTLET_PODMAN_DRIVER=overlay      or vfs
# shellcheck source=test/testbed/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=test/testbed/containers.sh
. "$HERE/containers.sh"

SOCKET=$TESTBED_DIR/podman/podman.sock
env_lines() { echo "export DOCKER_HOST=unix://$SOCKET CONTAINERS_CONF=$S/containers.conf CONTAINERS_STORAGE_CONF=$S/storage.conf"; }

packages() { echo podman runc conmon busybox-static python3; }
# shellcheck disable=SC2046
install() { need_root; apt_need $(packages); }

# crun refuses a hybrid cgroup layout, so runc; behind clamp-runc, for machines that grant no higher limits.
configure() {
  printf '%s\n' '[storage]' "driver = \"${MARTLET_PODMAN_DRIVER:-overlay}\"" "graphroot = \"$S/storage\"" "runroot = \"$S/runroot\"" \
    >"$S/storage.conf"
  printf '%s\n' '[containers]' 'netns = "host"' 'log_driver = "k8s-file"' '[engine]' 'cgroup_manager = "cgroupfs"' \
    'events_logger = "file"' 'pull_policy = "never"' 'runtime = "clamp"' 'runtime_supports_json = ["clamp"]' "tmp_dir = \"$S/tmp\"" \
    '[engine.runtimes]' "clamp = [\"$HERE/clamp-runc\"]" >"$S/containers.conf"
}

start_api() {
  is_up api || rm -f "$SOCKET"
  spawn api podman system service --time=0 "unix://$SOCKET"
  wait_for 30 "podman's socket" test -S "$SOCKET"
}

start() {
  local began
  install
  began=$(now)
  configure
  eval "$(env_lines)"
  unset DOCKER_HOST
  clean_orphans
  if ! podman image exists $TB_IMAGE 2>/dev/null; then import_image podman; fi
  [ "$(podman run --rm --ulimit memlock=-1 $TB_IMAGE bash -c 'echo ok')" = ok ] || die "a container does not run"
  start_api
  log "up in $(since "$began"): $(podman --version)"
}

stop() {
  local began
  began=$(now)
  eval "$(env_lines)"
  if [ -f "$S/storage.conf" ] && command -v podman >/dev/null; then timeout 20 podman rm -f -a -t 1 >/dev/null 2>&1 || true; fi
  reap api 5
  reap_rest
  unmount_all
  rm -f "$SOCKET"
  log "stopped in $(since "$began")"
}

make_state podman
case ${1:-} in
  packages | install | start | stop) "$1" ;;
  status) say_status ;;
  env) env_lines ;;
  wipe) stop; rm -rf "$S" ;;
  api-stop) reap api 5 ;;
  api-kill) reap api 1 KILL ;;
  api-start) eval "$(env_lines)"; start_api ;;
  *) usage ;;
esac
