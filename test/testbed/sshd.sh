#!/usr/bin/env bash
# Real OpenSSH servers on 127.0.0.1: a login node, a jump host that only forwards to it, and a TCP proxy that injects faults.
#
#   sshd.sh packages | install | start | stop | status | env | wipe
#   sshd.sh config                     path of a ready client configuration: ssh -F "$(sshd.sh config)" mt-login
#       mt-login, mt-login-via-jump    the login node, directly and by ProxyJump over mt-jump
#       mt-login-faulty                the login node through the fault proxy
#       mt-login-odd                   sessions with text from ~/.bashrc, a German locale and a clock 90 minutes ahead
#   faults:  fault '{"mode":"reset"}' | fault-state            the proxy (see faultproxy.ts)
#            node-stop|node-start login|jump                   connection refused; open sessions live on
#            pause|resume login                                connects, and nothing more; open sessions freeze
#            kill-sessions login|jump                          every open session dies
#            deny | allow                                      the key is not accepted any more / is again
#            rekey                                             the login node has another host key
#   sessions:  noise on|off                                    ~/.bashrc prints text, also for `ssh host command`
#              locale NAME|off                                 such as de_DE.UTF-8, with its decimal comma
#              clock SECONDS|off                               programs of a session see a clock so much ahead
# Sessions find the shims of Slurm and Grid Engine first in their PATH, and so a job's commands by the name of the scheduler.
# shellcheck source=test/testbed/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=test/testbed/sshd-conf.sh
. "$HERE/sshd-conf.sh"

packages() {
  echo openssh-server openssh-client locales procps
  if ! command -v gcc >/dev/null; then echo gcc libc6-dev; fi
}

# shellcheck disable=SC2046
install() { need_root; apt_need $(packages); }

port_of() { case $1 in login) echo "$LOGIN_PORT" ;; jump) echo "$JUMP_PORT" ;; *) die "login or jump?" ;; esac; }

start_node() {
  if ! is_up "$1"; then want_port "$(port_of "$1")"; fi
  mkdir -p /run/sshd
  /usr/sbin/sshd -t -f "$S/$1/sshd_config" || die "bad sshd_config"
  spawn "$1" /usr/sbin/sshd -D -e -f "$S/$1/sshd_config"
  wait_for 10 "sshd $1" port_open "$(port_of "$1")"
}

start_proxy() {
  local node
  node=$(node24)
  if ! is_up proxy; then want_port "$PROXY_PORT"; want_port "$CONTROL_PORT"; fi
  spawn proxy "$node" "$HERE/faultproxy.ts" "$PROXY_PORT" "$LOGIN_PORT" "$CONTROL_PORT"
  wait_for 20 "the fault proxy" port_open "$CONTROL_PORT"
}

# control OPTIONS [BODY]: asks the proxy's control port, as fetch() does.
control() {
  "$(node24)" -e "fetch('http://127.0.0.1:' + process.argv[1], $1).then(async answer => {
    process.stdout.write(await answer.text()); process.exitCode = answer.ok ? 0 : 1; })" "$CONTROL_PORT" "${2:-}"
}

try_ssh() { [ "$(ssh -F "$S/client/ssh_config" "$1" 'echo ok' 2>>"$S/log/check.log" | tail -n 1)" = ok ]; }

start() {
  local began host
  install
  began=$(now)
  configure
  clean_orphans
  start_node login
  start_node jump
  start_proxy
  for host in mt-login mt-login-via-jump mt-login-faulty mt-login-odd; do
    if [ ! -e "$S/login/denied" ]; then try_ssh "$host" || die "ssh $host does not work: $S/log"; fi
  done
  log "up in $(since "$began"): $(ssh -V 2>&1)"
}

# All descendants of a listener.
sessions_of() {
  local child
  for child in $(pgrep -P "$1" || true); do
    echo "$child"
    sessions_of "$child"
  done
}

# signal_sessions NODE SIGNAL
signal_sessions() {
  local each
  is_up "$1" || die "$1 is not up"
  for each in $(sessions_of "$(pid_of "$1")"); do kill -s "$2" "$each" 2>/dev/null || true; done
}

stop() {
  local began node
  began=$(now)
  reap proxy 3
  for node in login jump; do
    if is_up $node; then kill -CONT "$(pid_of $node)"; fi
  done
  reap_all 3 login jump
  reap_rest
  log "stopped in $(since "$began")"
}

make_state sshd
node=${2:-login}
case ${1:-} in
  packages | install | start | stop) "$1" ;;
  status) say_status ;;
  env) echo "export MARTLET_SSH_CONFIG=$S/client/ssh_config" ;;
  config) echo "$S/client/ssh_config" ;;
  wipe) stop; rm -rf "$S" ;;
  fault) control "{ method: 'POST', body: process.argv[2] }" "${2:?JSON}" ;;
  fault-state) control '{}' ;;
  node-stop) reap "$node" 3 ;;
  node-start) start_node "$node" ;;
  pause) signal_sessions "$node" STOP; kill -STOP "$(pid_of "$node")" ;;
  resume) signal_sessions "$node" CONT; kill -CONT "$(pid_of "$node")" ;;
  kill-sessions) signal_sessions "$node" KILL ;;
  deny) : >"$S/login/authorized_keys"; touch "$S/login/denied" ;;
  allow) rm -f "$S/login/denied"; cp "$S/client/id_ed25519.pub" "$S/login/authorized_keys" ;;
  rekey) rm -f "$S"/login/host_key*; keygen "$S/login/host_key" login; reap login 3; start_node login ;;
  noise) session_line noise "$([ "${2:?on or off}" = off ] || echo "echo '$NOISE'")" ;;
  locale) session_locale "${2:?NAME or off}" ;;
  clock) session_clock "${2:?SECONDS or off}" ;;
  *) usage ;;
esac
