#!/usr/bin/env bash
# A real Grid Engine (Son of Grid Engine 8.1.9) from Debian's packages on one machine: sge_qmaster and one sge_execd a node.
#
#   ge.sh packages | install | start | stop | status | env | wipe
#   faults:  master-stop | master-kill | master-start    the master is gone / back
#            master-next-id N                            the stopped master gives its next job this id
#            node-kill NODE | node-start NODE            execd of one node is killed / back
#            node-disable NODE | node-enable NODE        its queue takes no jobs / does again
#
# Nodes gen-1..gen-N, each a host of its own; resource types as on TSUBAME 4.0 (-l node_f=2 and the like, see ge/jsv.sh), a
# default of -l h_rt=0:10:0, and `-g GROUP` through a wrapper named qsub. Ports: qmaster, and the next one on each node.
#   MARTLET_GE_NODES=3       virtual nodes, at most 9
#   MARTLET_GE_RESCHEDULE=   such as 00:00:20: rerunnable jobs of a lost node start again elsewhere
# shellcheck source=test/testbed/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

NODES=${MARTLET_GE_NODES:-3}
MASTER_PORT=$((PORTS + 844)) EXECD_PORT=$((PORTS + 845))
BIN=/usr/lib/gridengine
HOST=$(hostname -s)
# shellcheck source=test/testbed/ge-conf.sh
. "$HERE/ge-conf.sh"

packages() {
  echo gridengine-master gridengine-exec gridengine-client
  if ! command -v gcc >/dev/null; then echo gcc libc6-dev; fi
}

# The packages' own cluster is kept away: ours lies under the state folder. gridengine-common wants a mailx, and that a mail
# server, which would try to deliver: an empty package stands in for both.
before_install() {
  local each made
  need_root
  if dpkg-query -W -f '${db:Status-Status}\n' gridengine-common 2>/dev/null | grep -qx installed; then return 0; fi
  for each in common master exec client; do echo "gridengine-$each shared/gridengineconfig boolean false"; done | debconf-set-selections
  if dpkg-query -W -f '${db:Status-Status}\n' bsd-mailx martlet-no-mail 2>/dev/null | grep -qx installed; then return 0; fi
  made=$(mktemp -d)
  chmod 755 "$made"
  mkdir -p "$made/package/DEBIAN"
  printf '%s\n' 'Package: martlet-no-mail' 'Version: 1' 'Architecture: all' 'Maintainer: testbed <root@localhost>' \
    'Provides: mailx, mail-transport-agent' 'Description: empty stand-in for mailx and a mail server' >"$made/package/DEBIAN/control"
  dpkg-deb -b "$made/package" "$made/no-mail.deb" >/dev/null || die "dpkg-deb failed"
  dpkg -i "$made/no-mail.deb" >/dev/null || die "dpkg -i martlet-no-mail failed"
  rm -rf "$made"
}

# shellcheck disable=SC2046
install() { before_install; apt_need $(packages); }

node_names() { local i; for i in $(seq "$NODES"); do echo "gen-$i"; done; }
node_addr() { echo "127.0.0.7${1#gen-}"; }

set_env() {
  export SGE_ROOT=$S/sge SGE_CELL=default SGE_QMASTER_PORT=$MASTER_PORT SGE_EXECD_PORT=$EXECD_PORT SGE_ARCH=lx-amd64
}
env_lines() {
  echo "export SGE_ROOT=$S/sge SGE_CELL=default SGE_QMASTER_PORT=$MASTER_PORT SGE_EXECD_PORT=$EXECD_PORT"
  echo "export PATH=$S/bin:\$PATH"
}

start_master() {
  if ! is_up qmaster; then want_port "$MASTER_PORT"; fi
  spawn qmaster env SGE_ND=1 $BIN/sge_qmaster
  wait_for 30 qmaster qconf -sh
}

start_node() {
  spawn "execd-$1" env SGE_ND=1 VHOST_NAME="$1" VHOST_ADDR="$(node_addr "$1")" LD_PRELOAD="$S/vhost.so" $BIN/sge_execd
}

nodes_ready() {
  [ "$(qhost -q | awk '$2 == "BIP" && NF == 3' | wc -l)" = "$NODES" ] && [ "$(qhost | awk 'NR > 3 && $4 != "-"' | wc -l)" = "$NODES" ]
}

start() {
  local began each
  install
  began=$(now)
  configure
  set_env
  clean_orphans
  init_spool
  start_master
  populate
  for each in $(node_names); do start_node "$each"; done
  wait_for 60 "all execution hosts" nodes_ready
  log "up in $(since "$began"): $(qstat -help | head -n 1), $NODES nodes"
}

stop() {
  local began
  began=$(now)
  set_env
  if is_up qmaster; then
    timeout 5 qdel -f -u '*' >/dev/null 2>&1 || true
    sleep 0.5
  fi
  # qmaster takes some 9 s to leave by itself; its Berkeley DB spool survives a KILL.
  # shellcheck disable=SC2046
  reap_all 2 $(names 'execd-*') qmaster
  reap_rest
  log "stopped in $(since "$began")"
}

make_state ge
case ${1:-} in
  packages | install | start | stop) "$1" ;;
  before-install) before_install ;;
  status) say_status ;;
  env) env_lines ;;
  wipe) stop; unname_hosts gen-; rm -rf "$S" ;;
  master-stop) set_env; reap qmaster 15 ;;
  master-kill) set_env; reap qmaster 1 KILL ;;
  master-start) set_env; start_master ;;
  master-next-id) echo $((${2:?id} - 1)) >"$S/spool/qmaster/jobseqnum" ;;
  node-kill) reap "execd-${2:?node}" 1 KILL ;;
  node-start) set_env; start_node "${2:?node}" ;;
  node-disable) set_env; qmod -d "*@${2:?node}" ;;
  node-enable) set_env; qmod -e "*@${2:?node}" ;;
  *) usage ;;
esac
