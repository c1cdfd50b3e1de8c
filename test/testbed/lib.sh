# shellcheck shell=bash
# Shared by the testbed's scripts; sourced, never run. Everything they write lies below $TESTBED_DIR.
#   MARTLET_TESTBED_DIR    state folder (default /tmp/martlet-testbed): short, absolute, enterable by everybody
#   MARTLET_TESTBED_PORT   first of a range of 1000 loopback ports (default 16000)
#   MARTLET_TESTBED_USER   the unprivileged user who logs in and owns the jobs (default mtuser, made on demand)
#   MARTLET_TESTBED_DEBUG  1: set -x

set -euo pipefail
if [ "${MARTLET_TESTBED_DEBUG:-0}" = 1 ]; then set -x; fi
umask 022
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TESTBED_DIR=${MARTLET_TESTBED_DIR:-/tmp/martlet-testbed}
PORTS=${MARTLET_TESTBED_PORT:-16000}
TB_USER=${MARTLET_TESTBED_USER:-mtuser}
TB_NAME=$(basename "$0" .sh)
export TESTBED_DIR PORTS TB_USER

log() { printf '[%s] %s\n' "$TB_NAME" "$*" >&2; }
die() { printf '[%s] ERROR: %s\n' "$TB_NAME" "$*" >&2; exit 1; }
now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1fs", b - a }'; }

# The comment at the script's head.
usage() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0" >&2; exit 2; }

need_root() { [ "$(id -u)" = 0 ] || die "must run as root"; }

# make_state NAME: $TESTBED_DIR/NAME, which becomes S. Job scripts and sshd's key checks walk down to it as other users.
make_state() {
  case $TESTBED_DIR in /*) ;; *) die "MARTLET_TESTBED_DIR must be absolute: $TESTBED_DIR" ;; esac
  S=$TESTBED_DIR/$1
  mkdir -p "$S/run" "$S/log"
  chmod 755 "$TESTBED_DIR" "$S" "$S/run" "$S/log"
}

# apt_need PACKAGE...: installs from Debian what is missing, and starts no service.
apt_need() {
  local missing=() each began logf=$TESTBED_DIR/apt-$TB_NAME.log
  for each in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$each" 2>/dev/null | grep -qx installed || missing+=("$each")
  done
  if [ ${#missing[@]} = 0 ]; then return 0; fi
  began=$(now)
  log "installing ${missing[*]}"
  mkdir -p "$TESTBED_DIR"
  apt_install "${missing[@]}" >"$logf" 2>&1 </dev/null || { tail -n 20 "$logf" >&2; die "apt-get install failed: $logf"; }
  log "installed in $(since "$began")"
}

# policy-rc.d with 101 keeps maintainer scripts from starting daemons.
apt_install() (
  exec 9>>/tmp/martlet-testbed-apt.lock
  flock -w 300 9 || { echo "another installation is still at it after 300 s"; exit 1; }
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
  fi
  export DEBIAN_FRONTEND=noninteractive
  local get=(apt-get install -y --no-install-recommends -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=300)
  "${get[@]}" "$@" || { apt-get update && "${get[@]}" "$@"; }
)

# The unprivileged user, and TB_HOME. A password field of '!' counts as locked for an sshd without PAM, '*' does not.
make_user() {
  if ! id "$TB_USER" >/dev/null 2>&1; then
    useradd --create-home --shell /bin/bash "$TB_USER" 2>/dev/null || id "$TB_USER" >/dev/null || die "useradd $TB_USER failed"
  fi
  usermod -p '*' "$TB_USER"
  TB_HOME=$(getent passwd "$TB_USER" | cut -d: -f6)
  export TB_HOME
}

# A prefix that runs a command as USER without a process in between: runuser would stay, and be hit by a KILL instead.
as() { echo "setpriv --reuid=$1 --regid=$1 --init-groups --"; }

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
  local seconds=$1 what=$2 end
  shift 2
  end=$(($(date +%s) + seconds))
  until "$@" >/dev/null 2>&1; do
    if [ "$(date +%s)" -ge "$end" ]; then die "$what: not within $seconds s (logs: $S/log)"; fi
    sleep 0.1
  done
}

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
want_port() { if port_open "$1"; then die "port $1 of 127.0.0.1 is taken by something this script did not start"; fi; }

# name_host ADDRESS NAME: the name is made to mean that address of this machine, in a line that `unname_hosts` takes away.
name_host() {
  if ! getent hosts "$2" | grep -q "^${1//./\\.} "; then echo "$1 $2 # martlet-testbed" >>/etc/hosts; fi
}
unname_hosts() { if [ -w /etc/hosts ]; then sed -i "/ $1[^ ]* # martlet-testbed\$/d" /etc/hosts 2>/dev/null || true; fi; }

# Schedulers want this machine's own name to be known.
name_self() {
  if ! getent hosts "$(hostname -s)" >/dev/null; then name_host 127.0.0.1 "$(hostname -s)"; fi
}

# Node 24 of the package, for the helpers written in TypeScript.
node24() {
  local each
  for each in "${MARTLET_TESTBED_NODE:-}" "$HERE/../../node_modules/.bin/node" node; do
    if [ -n "$each" ] && "$each" -e 'process.exit(process.versions.node.split(".")[0] >= 24 ? 0 : 1)' 2>/dev/null; then
      command -v "$each"
      return 0
    fi
  done
  die "Node 24 is wanted: npm run ready installs it"
}

# shellcheck source=test/testbed/process.sh
. "$HERE/process.sh"
