#!/usr/bin/env bash
# A simulated PBS (see pbs/README.md): a server, and one process that is all execution hosts and really runs the jobs. Needs
# Node 24 and bash; as root jobs run as their owner, otherwise everything is one user's.
#
#   pbs.sh packages | install | start | stop | status | env | wipe
#   pbs.sh set KEY=VALUE...         see pbs/settings.ts: flavour=22|23, killDelaySeconds, historySeconds, hook, ...
#   faults:  server-stop | server-kill | server-start      the server is gone, in order or not / back
#            server-pause | server-resume                  it takes connections, and nothing more
#            node-kill NODE | node-start NODE              a host dies with its jobs / is back (hnode001..hnode004)
#   MARTLET_PBS_SETTINGS=           KEY=VALUE words for the first start
# shellcheck source=test/testbed/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PORT=$((PORTS + 900))
PROGRAMS='qsub qstat qdel qhold qrls qselect qsig qrerun pbsnodes'

packages() { :; }
install() { :; }
env_lines() { echo "export PATH=$S/bin:\$PATH"; }

client_conf() { printf 'PORT=%s\nFLAVOUR=%s\n' "$PORT" "$(sed -n 's/^ "flavour": \([0-9]*\).*/\1/p' "$S/settings.json")" >"$S/client.conf"; }

# Copies, because this folder may lie where only its owner can read.
lay_commands() {
  local each
  mkdir -p "$S/bin" "$S/sbin"
  cp "$HERE/pbs/client" "$S/bin/client"
  chmod 755 "$S/bin/client"
  for each in $PROGRAMS; do ln -sfn client "$S/bin/$each"; done
  ln -sfn ../bin/client "$S/sbin/pbs-sim"
  printf 'PORT=%s\nFLAVOUR=22\n' "$PORT" >"$S/client.conf"
}

start_mom() {
  spawn mom "$(node24)" "$HERE/pbs/mom.ts" "$S"
  wait_for 20 "the hosts" test -S "$S/mom.sock"
}

start_server() {
  if ! is_up server; then want_port "$PORT"; fi
  spawn server "$(node24)" "$HERE/pbs/server.ts" "$S" "$PORT"
  wait_for 20 "the server" port_open "$PORT"
  client_conf
}

set_keys() {
  "$S/sbin/pbs-sim" set "$@" >/dev/null || exit 1
  client_conf
}

start() {
  local began is_new=1 i
  began=$(now)
  if [ -e "$S/settings.json" ]; then is_new=0; fi
  clean_orphans
  if ! is_up mom; then rm -f "$S/mom.sock"; fi
  if [ "$(id -u)" = 0 ]; then for i in 1 2 3 4; do name_host "127.0.0.9$i" "hnode00$i"; done; fi
  lay_commands
  start_mom
  start_server
  # shellcheck disable=SC2086
  if [ $is_new = 1 ] && [ -n "${MARTLET_PBS_SETTINGS:-}" ]; then set_keys $MARTLET_PBS_SETTINGS; fi
  log "up in $(since "$began"): simulated PBS, $("$S/bin/qstat" --version)"
}

stop() {
  local began
  began=$(now)
  reap server 5
  reap mom 5
  reap_rest
  log "stopped in $(since "$began")"
}

# The hosts that are down now, with one more or one less.
down_with() { "$S/sbin/pbs-sim" get | sed 's/.*"down":"\([^"]*\)".*/\1/' | tr , '\n' | { grep -vx "$1" || true; }; }

make_state pbs
case ${1:-} in
  packages | install | start | stop) "$1" ;;
  status) say_status ;;
  env) env_lines ;;
  wipe) stop; unname_hosts hnode; rm -rf "$S" ;;
  set) set_keys "${@:2}" ;;
  server-stop) reap server 5 ;;
  server-kill) reap server 1 KILL ;;
  server-start) start_server ;;
  server-pause) kill -STOP "$(pid_of server)" ;;
  server-resume) kill -CONT "$(pid_of server)" ;;
  node-kill) set_keys "down=$({ down_with "${2:?node}"; echo "$2"; } | paste -sd, | sed 's/^,//')" ;;
  node-start) set_keys "down=$(down_with "${2:?node}" | paste -sd,)" ;;
  *) usage ;;
esac
