# shellcheck shell=bash
# Configurations of sshd.sh, and what its sessions see; sourced by it.
# shellcheck disable=SC2034
LOGIN_PORT=$((PORTS + 22)) JUMP_PORT=$((PORTS + 23)) PROXY_PORT=$((PORTS + 24)) CONTROL_PORT=$((PORTS + 25))
JUMP_USER=mtjump
ODD_LOCALE=de_DE.UTF-8
NOISE='*** maintenance on Monday, see https://example.invalid ***'

keygen() { if [ ! -f "$1" ]; then ssh-keygen -q -t ed25519 -N '' -C "$2" -f "$1"; fi; }

common_conf() {
  printf '%s\n' 'ListenAddress 127.0.0.1' 'StrictModes no' 'PubkeyAuthentication yes' 'PasswordAuthentication no' \
    'KbdInteractiveAuthentication no' 'UsePAM no' 'UseDNS no' 'PrintMotd no' 'LogLevel VERBOSE' 'MaxStartups 50:30:100' \
    'MaxSessions 20' 'Subsystem sftp internal-sftp'
  printf '%s\n' "HostKey $S/$1/host_key" "PidFile $S/$1/own.pid" "AuthorizedKeysFile $S/$1/authorized_keys"
}

# What a session of the login node sees. One SetEnv line: sshd takes the first and ignores the others.
login_env() {
  local shims=$TESTBED_DIR/shims
  echo "MARTLET_TESTBED=$TESTBED_DIR SLURM_CONF=$TESTBED_DIR/slurm/etc/slurm.conf SGE_ROOT=$TESTBED_DIR/ge/sge SGE_CELL=default" \
    "SGE_QMASTER_PORT=$((PORTS + 844)) SGE_EXECD_PORT=$((PORTS + 845))" \
    "PATH=$shims/slurm:$shims/gridengine:$TESTBED_DIR/bin:/usr/local/bin:/usr/bin:/bin"
}

login_conf() {
  common_conf login
  printf '%s\n' "Port $LOGIN_PORT" "AllowUsers $TB_USER" 'AcceptEnv MARTLET_TESTBED_*' "SetEnv $(login_env)" "${MARTLET_SSHD_EXTRA:-}"
}

jump_conf() {
  common_conf jump
  printf '%s\n' "Port $JUMP_PORT" "AllowUsers $JUMP_USER" 'AllowTcpForwarding local' 'X11Forwarding no' 'PermitTTY no' \
    "PermitOpen 127.0.0.1:$LOGIN_PORT 127.0.0.1:$PROXY_PORT" 'AllowAgentForwarding no'
}

client_conf() {
  cat <<CONF
Host mt-login mt-login-via-jump mt-login-odd
  Port $LOGIN_PORT
  User $TB_USER
Host mt-login-odd
  SetEnv MARTLET_TESTBED_NOISE=1 MARTLET_TESTBED_LOCALE=$ODD_LOCALE MARTLET_TESTBED_CLOCK=5400
Host mt-login-via-jump
  ProxyJump mt-jump
Host mt-jump
  Port $JUMP_PORT
  User $JUMP_USER
Host mt-login-faulty
  Port $PROXY_PORT
  User $TB_USER
Host mt-*
  HostName 127.0.0.1
  IdentityFile $S/client/id_ed25519
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile $S/client/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  PasswordAuthentication no
  BatchMode yes
  ConnectTimeout 5
CONF
}

known_hosts() {
  local port
  for port in $LOGIN_PORT $PROXY_PORT; do echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$S/login/host_key.pub")"; done
  echo "[127.0.0.1]:$JUMP_PORT $(cut -d' ' -f1,2 "$S/jump/host_key.pub")"
}

# One line for every testbed of this machine: a session knows its own. At the top, before what Debian's file asks.
bashrc_line() {
  # shellcheck disable=SC2016
  local line='case ${MARTLET_TESTBED:-} in /*) . "$MARTLET_TESTBED/sshd/rc" ;; esac # martlet-testbed'
  touch "$TB_HOME/.bashrc"
  if ! grep -qxF "$line" "$TB_HOME/.bashrc"; then
    printf '%s\n' "$line" | cat - "$TB_HOME/.bashrc" >"$TB_HOME/.bashrc.new"
    chown "$TB_USER:" "$TB_HOME/.bashrc.new"
    mv "$TB_HOME/.bashrc.new" "$TB_HOME/.bashrc"
  fi
}

configure() {
  local node
  make_user
  if ! id $JUMP_USER >/dev/null 2>&1; then useradd --create-home --shell /usr/sbin/nologin $JUMP_USER; fi
  usermod -p '*' $JUMP_USER
  mkdir -p "$S"/{login,jump,client,rc.d} "$TESTBED_DIR/bin"
  chmod 700 "$S/client"
  keygen "$S/client/id_ed25519" client
  for node in login jump; do
    keygen "$S/$node/host_key" $node
    if [ ! -e "$S/$node/denied" ]; then cp "$S/client/id_ed25519.pub" "$S/$node/authorized_keys"; fi
    chmod 644 "$S/$node/authorized_keys"
    ${node}_conf >"$S/$node/sshd_config"
  done
  known_hosts >"$S/client/known_hosts"
  client_conf >"$S/client/ssh_config"
  bashrc_line
  make_locale $ODD_LOCALE
  if [ ! "$S/clock.so" -nt "$HERE/clock.c" ]; then
    gcc -O2 -shared -fPIC -o "$S/clock.so" "$HERE/clock.c" || die "could not build clock.so"
  fi
  session_rc >"$S/rc"
}

# What every session of the login node runs first: the switches of all, and those that a session brings along (mt-login-odd).
session_rc() {
  cat <<RC
for each in "$S"/rc.d/*; do if [ -r "\$each" ]; then . "\$each"; fi; done
unset each
if [ -n "\${MARTLET_TESTBED_NOISE:-}" ]; then echo "$NOISE"; fi
if [ -n "\${MARTLET_TESTBED_LOCALE:-}" ]; then export LOCPATH="$S/locales" LANG="\$MARTLET_TESTBED_LOCALE"; unset LC_ALL; fi
if [ -n "\${MARTLET_TESTBED_CLOCK:-}" ]; then export LD_PRELOAD="$S/clock.so"; fi
RC
}

make_locale() {
  mkdir -p "$S/locales"
  [ -d "$S/locales/$1" ] || localedef -i "${1%%.*}" -f "${1#*.}" "$S/locales/$1" || die "there is no locale $1"
}

# session_line NAME TEXT: a line of bash that every session of the login node runs; none when it is empty.
session_line() {
  rm -f "$S/rc.d/$1"
  if [ -n "$2" ]; then printf '%s\n' "$2" >"$S/rc.d/$1"; fi
}

session_locale() {
  if [ "$1" = off ]; then session_line locale ''; return; fi
  make_locale "$1"
  session_line locale "export LOCPATH=$S/locales LANG=$1; unset LC_ALL"
}

session_clock() {
  if [ "$1" = off ]; then session_line clock ''; return; fi
  session_line clock "export MARTLET_TESTBED_CLOCK=$1 LD_PRELOAD=$S/clock.so"
}
