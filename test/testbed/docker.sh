#!/usr/bin/env bash
# A real Docker engine (Debian's docker.io): own data root, own socket, no bridge, no iptables, and one local image made
# without a registry, localhost/martlet-test:base (busybox and bash).
#
#   docker.sh packages | install | start | stop | status | env | wipe
#   faults:  daemon-stop | daemon-kill | daemon-start     daemon-kill takes the containers along
#
# With --bridge=none a container has no network unless it says --network host.
#   MARTLET_DOCKER_FAKE_GPU=1   --gpus is accepted, and gives nothing; 0: refused, as on a machine without GPUs
# shellcheck source=test/testbed/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=test/testbed/containers.sh
. "$HERE/containers.sh"

SOCKET=$TESTBED_DIR/docker/docker.sock
env_lines() { echo "export DOCKER_HOST=unix://$SOCKET"; }
api() { docker -H "unix://$SOCKET" "$@"; }

packages() { echo docker.io runc busybox-static python3; }
# shellcheck disable=SC2046
install() { need_root; apt_need $(packages); }

start_daemon() {
  is_up containerd || rm -f "$S/containerd.sock"
  is_up dockerd || rm -f "$SOCKET" "$S/dockerd.pid"
  mkdir -p "$S/hook" "$S/containerd"
  rm -f "$S/hook/nvidia-container-runtime-hook"
  if [ "${MARTLET_DOCKER_FAKE_GPU:-1}" = 1 ]; then
    printf '#!/bin/sh\nexit 0\n' >"$S/hook/nvidia-container-runtime-hook"
    chmod 755 "$S/hook/nvidia-container-runtime-hook"
  fi
  printf '%s\n' 'version = 2' "root = \"$S/containerd/root\"" "state = \"$S/containerd/state\"" \
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]' '[grpc]' "  address = \"$S/containerd.sock\"" >"$S/containerd/config.toml"
  spawn containerd containerd --config "$S/containerd/config.toml"
  wait_for 30 "containerd" test -S "$S/containerd.sock"
  spawn dockerd env PATH="$S/hook:$PATH" dockerd --data-root "$S/data" --exec-root "$S/exec" --pidfile "$S/dockerd.pid" \
    -H "unix://$SOCKET" --containerd "$S/containerd.sock" --bridge=none --iptables=false --ip6tables=false \
    --storage-driver overlay2 --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$(cg_name docker)" \
    --add-runtime "clamp=$HERE/clamp-runc" --default-runtime clamp
  wait_for 60 "dockerd" api version
}

start() {
  local began
  install
  began=$(now)
  clean_orphans
  start_daemon
  if ! api image inspect $TB_IMAGE >/dev/null 2>&1; then import_image docker -H "unix://$SOCKET"; fi
  [ "$(api run --rm --network host --ulimit memlock=-1 $TB_IMAGE bash -c 'echo ok')" = ok ] || die "a container does not run: $S/log"
  log "up in $(since "$began"): docker $(api version --format '{{.Server.Version}}')"
}

stop() {
  local began
  began=$(now)
  # shellcheck disable=SC2046
  if is_up dockerd; then timeout 20 docker -H "unix://$SOCKET" kill $(timeout 10 docker -H "unix://$SOCKET" ps -q) >/dev/null 2>&1 || true; fi
  reap dockerd 15
  reap containerd 10
  reap_rest
  unmount_all
  rm -f "$SOCKET"
  log "stopped in $(since "$began")"
}

make_state docker
case ${1:-} in
  packages | install | start | stop) "$1" ;;
  status) say_status ;;
  env) env_lines ;;
  wipe) stop; rm -rf "$S" ;;
  daemon-stop) reap dockerd 15 ;;
  daemon-kill) reap dockerd 1 KILL; reap containerd 1 KILL; reap_rest ;;
  daemon-start) start_daemon ;;
  *) usage ;;
esac
